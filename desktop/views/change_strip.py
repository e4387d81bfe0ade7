"""The strip under what was put down: what is over or missing, and the answers to it by key."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money
from desktop.views.buttons import Button
from desktop.views.labels import MoneyLabel, label, set_property


class ChangeStrip(QWidget):
    """What is over or missing, and the answers to it.

    Signals: answered("change", "credit", "add", "less" or "legal").
    """

    answered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.well = QFrame()
        self.well.setProperty("kind", "well")
        self.words = label("", "strong", wrap=True)
        self.money = MoneyLabel(NIL, role="figure")
        row = QHBoxLayout(self.well)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(self.words, 1)
        row.addWidget(self.money, 0, Qt.AlignmentFlag.AlignVCenter)
        self.answers: dict[str, Button] = {}
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.well)
        column.addLayout(self._row)
        for name, key, slot in (
            ("change", "Alt+1", self._change), ("credit", "Alt+2", self._credit), ("add", "Alt+1", self._add),
            ("less", "Alt+2", self._less), ("legal", "Alt+3", self._legal),
        ):  # fmt: skip
            button = Button("", "secondary", key=key, size="small", slot=slot)
            button.hide()
            self.answers[name] = button
            self._row.addWidget(button)

    def _change(self) -> None:
        self.answered.emit("change")

    def _credit(self) -> None:
        self.answered.emit("credit")

    def _add(self) -> None:
        self.answered.emit("add")

    def _less(self) -> None:
        self.answered.emit("less")

    def _legal(self) -> None:
        self.answered.emit("legal")

    def show_state(self, words: str, money: Money | None, tone: str, answers: Mapping[str, str]) -> None:
        """Say it, and offer these answers: {name: words}."""
        self.words.setText(words)
        self.money.setVisible(money is not None)
        self.money.set_amount(money, tone=tone or "text-muted")
        set_property(self.words, "tone", tone)
        set_property(self.well, "tone", tone)
        self.setAccessibleName(words if money is None else f"{words} {money}")
        for name, button in self.answers.items():
            button.set_kind("warn" if tone == "warn" else "secondary")
            if name in answers:
                button.setText(answers[name])
            button.setVisible(name in answers)
        self._turn()

    def _turn(self) -> None:
        """Answers side by side where they fit, else one below the other."""
        wide = [button.sizeHint().width() for button in self.answers.values() if not button.isHidden()]
        fits = sum(wide) + self._row.spacing() * max(0, len(wide) - 1) <= self.width()
        way = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if self._row.direction() != way:
            self._row.setDirection(way)

    def minimumSizeHint(self) -> QSize:
        """No wider than its widest answer: they go below one another first."""
        wide = [button.sizeHint().width() for button in self.answers.values() if not button.isHidden()]
        return QSize(max(wide, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()
