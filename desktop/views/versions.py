"""Somebody saved first: both versions side by side, and the clerk decides which one stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import label, rule


@dataclass(frozen=True, slots=True)
class Versions:
    """One field in words: what is stored now and what was typed here."""

    name: str
    theirs: str
    yours: str


class VersionsDialog(Dialog):
    """Signals: decided(keep_mine) after the clerk has chosen; cancelling leaves the form as it was typed."""

    help_topic = "versions"

    decided = Signal(bool)

    def __init__(self, window: QWidget, message: str, rows: Sequence[Versions]) -> None:
        super().__init__(window, self.tr("有人先保存了"), cancel=self.tr("回去再改"), wide=640)
        self.body.addWidget(label(message, wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for column, words in enumerate((self.tr("项目"), self.tr("现在存的"), self.tr("您填的"))):
            grid.addWidget(label(words, "hint"), 0, column)
        for line, row in enumerate(rows, start=2):
            differs = row.theirs != row.yours
            grid.addWidget(label(row.name, "label"), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(row.theirs or "—", "strong" if differs else "body", wrap=True), line, 1)
            mine = label(row.yours or "—", "strong" if differs else "body", tone="warn" if differs else "", wrap=True)
            grid.addWidget(mine, line, 2)
        grid.addWidget(rule(), 1, 0, 1, 3)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self.keep_theirs = Button(self.tr("用现在存的"), "secondary", key="Alt+1")
        self.keep_theirs.clicked.connect(self._theirs)
        self.foot.insertWidget(self.foot.count() - 1, self.keep_theirs)
        self.primary.setText(self.tr("用我填的覆盖"))

    def open(self) -> None:
        """The safe answer has the focus: Enter must not write over somebody's work."""
        super().open()
        self.keep_theirs.setFocus(Qt.FocusReason.TabFocusReason)

    def submit(self) -> None:
        self.accept()
        self.decided.emit(True)

    def _theirs(self) -> None:
        self.accept()
        self.decided.emit(False)
