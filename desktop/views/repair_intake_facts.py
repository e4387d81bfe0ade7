"""What is known while a repair is taken in: the number to call today, and what is open on the same thing."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services.repair_intake import IntakeFacts
from desktop.views.buttons import Button
from desktop.views.history import when_words
from desktop.views.labels import Well, label
from desktop.views.pages import Shell
from desktop.world import OFFICE_ZONE

_SHOWN = 3


class PhoneToday(QWidget):
    """Today's number in large type, or why there is none. It is only read."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.empty = True
        self.show_phone(None, False)

    def value(self) -> None:
        """Nothing is asked here."""

    def set_value(self, value: object) -> None:
        """It comes from what is known of the caller."""

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        """Nothing can be wrong with it."""

    def show_phone(self, value: QWidget | None, known: bool) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.empty = value is None
        shown = value if value is not None else label(self.tr("资料里没有电话") if known else "", "muted")
        self._row.addWidget(shown)
        self._row.addStretch(1)


class OpenHere(Well):
    """What is open there already, and the two answers to it."""

    def __init__(self) -> None:
        super().__init__("warn")
        self.lines = label("", wrap=True)
        self.add_to = Button("", "secondary", key="Alt+8", size="small", writes=True)
        self.other = Button(self.tr("不是同一件，另报一单"), "quiet", key="Alt+9", size="small")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.add_to)
        row.addWidget(self.other)
        row.addStretch(1)
        self.body.addWidget(self.lines)
        self.body.addLayout(row)
        self.hide()

    def show_facts(self, facts: IntakeFacts, despite: frozenset[UUID], shell: Shell) -> None:
        """Hidden where nothing is open and nobody gave a warranty."""
        lines = []
        for each in facts.similar[:_SHOWN]:
            since = when_words(each.since.astimezone(OFFICE_ZONE), shell.today(), time=True)
            who = f" · {each.who}" if each.who else ""
            lines.append(f"{each.why}：{each.number}「{each.summary}」{each.state}{who} · {since}")
        if len(facts.similar) > _SHOWN:
            lines.append(self.tr("还有 {n} 单没结").format(n=len(facts.similar) - _SHOWN))
        if facts.warranty is not None:
            words = self.tr("{who} 修过（{number}），保修到 {until}：请他们免费来")
            known = facts.warranty
            lines.append(words.format(who=known.who, number=known.number, until=known.until))
        self.lines.setText("\n".join(lines))
        asked = bool(facts.similar) and not {each.order_id for each in facts.similar} <= despite
        self.add_to.setVisible(asked)
        self.other.setVisible(asked and facts.similar[0].same)
        if facts.similar:
            self.add_to.setText(self.tr("补充到 {number}").format(number=facts.similar[0].number))
        self.setVisible(bool(lines))
