"""A dialog whose request is one act: stored off the GUI thread, refused at its fields, told once it is done."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal

from desktop.views.dialogs import Dialog
from desktop.views.pages import Shell


class ActDialog(Dialog):
    """Say in `order` which act the request is. Signals: done(news) once it is stored."""

    done = Signal(object)

    def __init__(self, shell: Shell, title: str, **looks: Any) -> None:
        super().__init__(shell.frame, title, **looks)
        self.shell = shell
        self.submitted.connect(self.store)

    @abstractmethod
    def order(self, request: Any) -> Callable[[], object]:
        """The service call that stores the request."""

    def store(self, request: Any) -> None:
        """Do the act; what was typed stays until it is done."""
        self.set_busy(True)
        self.shell.run(self.order(request), self.stored, self.refuse, write=True)

    def stored(self, news: Any) -> None:
        """It is done: close and tell."""
        self.accept()
        self.done.emit(news)
