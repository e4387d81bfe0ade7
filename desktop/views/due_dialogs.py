"""不用办: why a due thing needs nothing done, chosen by one key."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from PySide6.QtCore import Qt, Signal

from desktop.services.due_lists import NEEDLESS_WORDS, DueRow, Needless
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.pages import Shell


class NeedlessDialog(Dialog):
    """Signals: answered(Needless), once."""

    answered = Signal(object)
    help_topic: ClassVar[str] = "today.answers"

    def __init__(self, shell: Shell, row: DueRow) -> None:
        super().__init__(shell.frame, self.tr("为什么不用办"), cancel=self.tr("还是要办"), wide=560)
        self.primary.hide()
        self.primary.set_key(None)
        self.body.addWidget(label(f"{row.subject}：{row.what_to_do}", wrap=True))
        self.buttons: list[Button] = []
        for at, (reason, words) in enumerate(NEEDLESS_WORDS.items(), 1):
            button = Button(words, "secondary", key=f"Alt+{at}", writes=True, slot=partial(self._answer, reason))
            self.buttons.append(button)
            self.body.addWidget(button)
        self.body.addWidget(label(self.tr("这一步以后不再提醒；谁说的、为什么，记在日志里。"), "muted", wrap=True))
        self.body.addStretch(1)

    def open(self) -> None:
        super().open()
        self.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _answer(self, reason: Needless) -> None:
        self.uncover()
        self.answered.emit(reason)
        self.closed.emit(True)
        self.deleteLater()
