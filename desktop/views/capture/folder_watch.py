"""The folder a scanner's own software fills: new pictures are offered while cards are wanted, never read unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.services.errors import DomainError
from desktop.views.check_in.step import sentence
from desktop.views.pages import Shell

if TYPE_CHECKING:
    from desktop.ocr.sources import WatchedFolder

EVERY_MS = 1000
"""Between two looks; a picture is offered at the second look that finds it whole."""


class FolderTrouble(DomainError):
    """The folder cannot be looked into."""


class FolderWatch(QObject):
    """Looks while `wanted()` says that pictures are. Signals: changed() other pictures wait, or the trouble did.

    `waiting` are the pictures nobody has taken yet, `trouble` a sentence when the folder cannot be looked into.
    """

    changed = Signal()

    def __init__(self, shell: Shell, wanted: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._shell, self._wanted = shell, wanted
        self._path = ""
        self._folder: WatchedFolder | None = None
        self._looking = False
        self.waiting: list[Path] = []
        self.trouble = ""
        self.timer = QTimer(self)
        self.timer.setInterval(EVERY_MS)
        self.timer.timeout.connect(self.look)

    def begin(self) -> None:
        """The page is in front: look now and then, if this PC has a folder to look into."""
        path = self._shell.session.preferences.cards.folder
        if path != self._path:
            self._path, self._folder = path, None
            self._set([], "")
        if path:
            self.timer.start()
            self.look()
        else:
            self.timer.stop()

    def end(self) -> None:
        """The page goes to the back."""
        self.timer.stop()

    def look(self) -> None:
        """One look, in a job: the folder may lie on a server that answers slowly."""
        if self._looking or not self._path or not self._wanted():
            return
        self._looking = True
        self._shell.run(self._look, self._found, self._failed)

    def take(self) -> list[Path]:
        """The pictures that wait; they are not offered again."""
        taken = self.waiting
        if taken:
            self._set([], self.trouble)
        return taken

    def _look(self) -> list[Path]:
        from desktop.ocr.sources import SourceError, WatchedFolder

        folder = self._folder
        if folder is None:
            folder = WatchedFolder(Path(self._path))
        try:
            found = [file.path for file in folder.look()]
        except SourceError as trouble:
            raise FolderTrouble(sentence(trouble.message)) from trouble
        self._folder = folder
        return found

    def _found(self, found: Sequence[Path]) -> None:
        self._looking = False
        kept = [path for path in self.waiting if path not in found]
        if found or self.trouble:
            self._set([*kept, *found], "")

    def _failed(self, trouble: Exception) -> None:
        self._looking = False
        words = getattr(trouble, "message", "") or type(trouble).__name__
        if words != self.trouble:
            self._set(self.waiting, words)

    def _set(self, waiting: Sequence[Path], trouble: str) -> None:
        self.waiting, self.trouble = list(waiting), trouble
        self.changed.emit()
