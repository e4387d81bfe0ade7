"""The head of the till: who pays, where they live, how late they are, what they have in credit, who stands in."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.models.values import NIL, Money
from desktop.services.till import TillFacts
from desktop.views.buttons import Button
from desktop.views.labels import FreeText, Glyph, MoneyLabel, Tag, label
from desktop.views.one_off_dialog import KEY


class PayerHead(QWidget):
    """`one_off`, `stand_in` and `change` are its buttons; the page says what they do."""

    def __init__(self) -> None:
        super().__init__()
        self.glyph = Glyph("user-round", "text-muted", 18)
        self.name, self.room = FreeText("", "page"), FreeText("", token="text-muted")
        self.let_tag = Tag(self.tr("在租"), "info", "user-round")
        self.late_tag = Tag("", "danger", "circle-alert")
        self.instead = FreeText("", token="text-muted")
        self.prepaid_words = label(self.tr("预存"), "muted")
        self.prepaid = MoneyLabel(NIL, role="title")
        self.one_off = Button(self.tr("开单"), "quiet", icon="file-plus", key=KEY)
        self.one_off.setAccessibleDescription(self.tr("一次性收费"))
        self.stand_in = Button(self.tr("由他人代交"), "quiet", icon="user-round-plus", key="Alt+7")
        self.change = Button(self.tr("换交款人"), "quiet", key="Ctrl+K")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.glyph, self.name, self.room, self.let_tag, self.late_tag, self.instead):
            row.addWidget(widget)
        row.addStretch(1)
        for trailing in (self.prepaid_words, self.prepaid, self.one_off, self.stand_in, self.change):
            row.addWidget(trailing)

    def show_question(self, words: str) -> None:
        """Somebody is being chosen: only what for."""
        self.glyph.set("users")
        self.name.setText(words)
        self.room.setText("")
        for widget in (self.let_tag, self.late_tag, self.instead, self.prepaid_words, self.prepaid):
            widget.hide()
        self.stand_in.hide()
        self.change.hide()

    def show_payer(self, facts: TillFacts, instead: str, prepaid: Money) -> None:
        """Who owes; `instead` is the name of who brings the money, empty when they come themselves, `prepaid` what
        stands to the credit of whoever pays."""
        self.glyph.set("user-round")
        self.name.setText(facts.payer)
        self.room.setText(facts.rooms)
        self.let_tag.setVisible(bool(facts.rooms))
        late = facts.overdue_days()
        self.late_tag.set(self.tr("欠费 {n} 天").format(n=late), "danger", "circle-alert")
        self.late_tag.setVisible(late > 0)
        self.instead.setText(self.tr("由 {name} 代交").format(name=instead) if instead else "")
        self.instead.setVisible(bool(instead))
        self.prepaid.set_amount(prepaid)
        self.prepaid_words.setVisible(prepaid > NIL)
        self.prepaid.setVisible(prepaid > NIL)
        self.change.show()
