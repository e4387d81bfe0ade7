"""How the money comes: what is due, the means of payment, what was put down, and what is too much or too little.

    form = PayForm()
    form.start(due, bills=2)                # prefilled with what is due; form.due_is(...) when other bills are ticked
    form.changed.connect(self._check)       # form.tenders(), form.surplus() make the TakePayment
    form.pay_wanted.connect(self._pay)      # too much was given and the clerk has answered what becomes of it
    form.less_wanted.connect(self._less)    # too little was given: take only this much of the bills now
    form.show_problems(payments.payment_problems(request, owed))

The till and the payment step of a check-in are made of it; it never asks a service itself.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money, PayMethod, Surplus, total
from desktop.services.payments import METHOD_WORDS, NEEDS_REFERENCE, TenderForm
from desktop.services.rmb import uppercase_rmb
from desktop.views.buttons import Button, IconButton
from desktop.views.fields import MoneyField
from desktop.views.forms import MessageLine
from desktop.views.keys import bind
from desktop.views.labels import Glyph, MoneyLabel, label, rule, set_property
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField

METHOD_ICONS = {
    PayMethod.CASH: "banknote",
    PayMethod.WECHAT: "qr-code",
    PayMethod.ALIPAY: "scan-line",
    PayMethod.TRANSFER: "landmark",
    PayMethod.POS: "credit-card",
}
"""Glyphs of the means of payment, in the order in which they stand."""


class DueHead(QWidget):
    """本次应收: how much, of how many bills, and the same in capital figures."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.count = label("", "muted"), label("", "small")
        self.money = MoneyLabel(NIL, role="total")
        self.capitals = label("", "small", wrap=True)
        self.capitals.setAlignment(Qt.AlignmentFlag.AlignRight)
        top = QHBoxLayout()
        top.addWidget(self.words)
        top.addStretch(1)
        top.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.money, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.capitals)
        self.words.setText(self.tr("本次应收"))

    def show_due(self, due: Money, bills: int) -> None:
        """What is to be paid now, of how many bills."""
        self.money.set_amount(due)
        self.count.setText(self.tr("{n} 张账单").format(n=bills) if bills else "")
        self.capitals.setText(uppercase_rmb(due))


class _PutLine(QWidget):
    """One means of payment already put down: 「微信 1,000.00 · 4821」 with a cross. Signals: dropped(index)."""

    dropped = Signal(int)

    def __init__(self, at: int, tender: TenderForm) -> None:
        super().__init__()
        self._at = at
        words = METHOD_WORDS[tender.method]
        cross = IconButton("x", self.tr("去掉{method} {amount}").format(method=words, amount=tender.amount), size=26)
        cross.clicked.connect(self._drop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Glyph(METHOD_ICONS[tender.method], "text-muted", 15))
        row.addWidget(label(words))
        if tender.reference:
            row.addWidget(label(f"…{tender.reference[-6:]}", "hint"))
        row.addStretch(1)
        row.addWidget(label(str(tender.amount), "strong"))
        row.addWidget(cross)

    def _drop(self) -> None:
        self.dropped.emit(self._at)


class ChangeStrip(QWidget):
    """What is over or missing, and the answers to it. Signals: answered("change", "credit", "add" or "less")."""

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
            ("less", "Alt+2", self._less),
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


class PayForm(QWidget):
    """The tender part of a payment.

    Signals: changed() whenever tenders or the choice may differ; pay_wanted() once the choice on a surplus is made;
    less_wanted(Money) when the clerk takes only what is there.
    """

    changed = Signal()
    pay_wanted = Signal()
    less_wanted = Signal(object)

    def __init__(self, *, partial: bool = True) -> None:
        super().__init__()
        self._partial = partial
        self._due = NIL
        self._filled: Money | None = None
        self._put: list[TenderForm] = []
        self._surplus: Surplus | None = None
        self._asked = False
        self.due = DueHead()
        self._line = QWidget()
        self._line_column = QVBoxLayout(self._line)
        self._line_column.setContentsMargins(0, 8, 0, 8)
        self._line_column.addWidget(rule())
        self._method_label = label(self.tr("收款方式　Ctrl 1…5"), "label")
        self.method = Segment(
            [Option(method, METHOD_WORDS[method], icon) for method, icon in METHOD_ICONS.items()], PayMethod.CASH
        )
        self.method.setAccessibleName(self.tr("收款方式"))
        self._given_label = label(self.tr("实收（元）"), "label")
        self.given = MoneyField(big=True)
        self.given.setAccessibleName(self.tr("实收（元）"))
        self.given.enter_moves_on = False
        self._reference_label = label(self.tr("流水号或单号"), "label")
        self.reference = TextField(limit=64, hint=self.tr("流水号后几位也可以"))
        self.reference.setAccessibleName(self.tr("流水号或单号"))
        self.reference.enter_moves_on = False
        self.message = MessageLine()
        self.strip = ChangeStrip()
        self._lines = QWidget()
        self._lay_out()
        for at, way in enumerate(METHOD_ICONS, 1):
            bind(self.method, f"Ctrl+{at}", functools.partial(self.choose, way))
        self.method.changed.connect(self._method_changed)
        self.given.changed.connect(self._typed)
        self.reference.changed.connect(self._reference_typed)
        self.strip.answered.connect(self._answered)
        self._method_changed()

    def _lay_out(self) -> None:
        self._lines_column = QVBoxLayout(self._lines)
        self._lines_column.setContentsMargins(0, 0, 0, 0)
        self._lines_column.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.due)
        column.addWidget(self._line)
        column.addWidget(self._lines)
        column.addWidget(self._method_label)
        column.addWidget(self.method)
        column.addSpacing(5)
        column.addWidget(self._given_label)
        column.addWidget(self.given)
        column.addWidget(self._reference_label)
        column.addWidget(self.reference)
        column.addWidget(self.message)
        column.addSpacing(5)
        column.addWidget(self.strip)
        column.addStretch(1)

    def set_compact(self, compact: bool) -> None:
        """On a low screen the rule and the label over the means of payment go."""
        self._line.setVisible(not compact)
        self._method_label.setVisible(not compact)

    @property
    def wants_room(self) -> bool:
        """Whether more than the plain case stands here: answers, a number to type, a message, several tenders."""
        answers = any(not button.isHidden() for button in self.strip.answers.values())
        return answers or bool(self._put) or not self.reference.isHidden() or not self.message.isHidden()

    # what it is told

    def start(self, due: Money, bills: int = 1) -> None:
        """A new payment: cash, prefilled with what is due."""
        self._put, self._surplus, self._asked = [], None, False
        self._show_put()
        self.method.set_value(PayMethod.CASH)
        self.reference.set_value("")
        self._filled = None
        self.given.set_value(None)
        self.due_is(due, bills)

    def due_is(self, due: Money, bills: int = 1) -> None:
        """Other bills or amounts were chosen. An amount the clerk has typed stays, a prefilled one follows.

        What becomes of too much is asked anew only when the sum is another one.
        """
        if self._due == due and self._filled is not None and self.given.value() is not None:
            self.due.show_due(due, bills)
            return
        self._due = due
        self.due.show_due(due, bills)
        if self.given.value() == self._filled:
            self._prefill()
        self._typed()

    def _prefill(self) -> None:
        rest = self._due - total(tender.amount for tender in self._put)
        self._filled = rest if rest > NIL else None
        self.given.set_value(self._filled)
        self.given.selectAll()

    # what was put down

    def tenders(self) -> tuple[TenderForm, ...]:
        """Every means of payment with its amount, the one being typed last."""
        amount = self.given.value()
        if amount is None and self._put:
            return tuple(self._put)
        method: PayMethod = self.method.value()  # type: ignore[assignment]
        reference = self.reference.value() if method in NEEDS_REFERENCE else ""
        return (*self._put, TenderForm(method, amount or NIL, reference))

    def surplus(self) -> Surplus | None:
        """What becomes of money above what is due, once the clerk has said so."""
        return self._surplus if self.over > NIL else None

    @property
    def over(self) -> Money:
        """How much more is given than is due; negative when something is missing."""
        return total(tender.amount for tender in self.tenders()) - self._due

    def add_tender(self) -> None:
        """Keep what was typed and go on with another means of payment for the rest."""
        amount = self.given.value()
        if amount is None or amount <= NIL or self.over >= NIL:
            return
        method: PayMethod = self.method.value()  # type: ignore[assignment]
        if method in NEEDS_REFERENCE and not self.reference.value():
            self.show_problems({"reference": self.tr("先填{way}的流水号或单号").format(way=METHOD_WORDS[method])})
            self.reference.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._put.append(self.tenders()[-1])
        self._show_put()
        self.reference.set_value("")
        self._prefill()
        self.choose(PayMethod.CASH if method is not PayMethod.CASH else PayMethod.WECHAT)
        self._typed()

    def choose(self, method: PayMethod) -> None:
        """Ctrl 1…5: pay in this way, with the focus on what it still wants: its number, else the amount."""
        self.method.set_value(method)
        if method in NEEDS_REFERENCE and self.given.value():
            self.reference.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_given()

    def _show_put(self) -> None:
        while (item := self._lines_column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, tender in enumerate(self._put):
            line = _PutLine(at, tender)
            line.dropped.connect(self._drop)
            self._lines_column.addWidget(line)
        self._lines.setVisible(bool(self._put))

    def _drop(self, at: int) -> None:
        del self._put[at]
        self._show_put()
        self._prefill()
        self.focus_given()
        self._typed()

    # what is shown

    def focus_given(self) -> None:
        """Into 实收, with the amount selected."""
        self.given.setFocus(Qt.FocusReason.OtherFocusReason)
        self.given.selectAll()

    def ask_surplus(self) -> None:
        """Ask what becomes of the surplus; Enter takes the first answer, which is change where cash can give it."""
        self._asked = True
        self._show_strip()
        answers = self.strip.answers
        answers["change" if not answers["change"].isHidden() else "credit"].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """The service's problems at their fields; what is only missing by amount stands in the strip already."""
        own = self.given.problem()
        given = own or problems.get("given", "")
        reference = problems.get("reference", "")
        self.given.set_state("error" if own or (given and self.over >= NIL) else "")
        self.reference.set_state("error" if reference else "")
        missing = self.over < NIL and not own
        words = own or reference or ("" if missing else given) or problems.get("surplus", "")
        self.message.set(words, "danger" if words else "")
        self.message.setVisible(bool(words))

    def _method_changed(self) -> None:
        needed = self.method.value() in NEEDS_REFERENCE
        self._reference_label.setVisible(needed)
        self.reference.setVisible(needed)
        self._typed()

    def _reference_typed(self) -> None:
        self.show_problems({})
        self.changed.emit()

    def _typed(self) -> None:
        self._surplus, self._asked = None, False
        self.show_problems({})
        self._show_strip()
        self.changed.emit()

    def _cash(self) -> Money:
        return total(tender.amount for tender in self.tenders() if tender.method is PayMethod.CASH)

    def _show_strip(self) -> None:
        over, given = self.over, self.given.value()
        if given is None and not self._put:
            self.strip.show_state(self.tr("填写实收金额"), None, "", {})
        elif over < NIL:
            answers = {}
            if given is not None and given > NIL:
                answers["add"] = self.tr("再加一种")
            if self._partial:
                answers["less"] = self.tr("只收这些")
            self.strip.show_state(self.tr("还差"), -over, "warn", answers if self._due + over > NIL else {})
        elif over == NIL:
            cash = self._cash() > NIL
            self.strip.show_state(self.tr("找零") if cash else self.tr("正好收齐"), NIL if cash else None, "ok", {})
        else:
            self._show_over(over)

    def _show_over(self, over: Money) -> None:
        can_change = over <= self._cash()
        if self._surplus is Surplus.CHANGE:
            self.strip.show_state(self.tr("找零"), over, "ok", {"credit": self.tr("改为存入预存")})
            return
        if self._surplus is Surplus.CREDIT:
            answers = {"change": self.tr("改为找零")} if can_change else {}
            self.strip.show_state(self.tr("存入预存"), over, "ok", answers)
            return
        answers = {"change": self.tr("找零")} if can_change else {}
        answers["credit"] = self.tr("存入预存")
        if self._asked or not can_change:
            words = (
                self.tr("多收 {over}：找零，还是存入预存？") if can_change else self.tr("多收 {over}：只有现金能找零")
            )
            self.strip.show_state(words.format(over=over), None, "warn", answers)
        else:
            self.strip.show_state(self.tr("找零"), over, "ok", {"credit": answers["credit"]})

    def _answered(self, answer: str) -> None:
        if answer == "add":
            self.add_tender()
        elif answer == "less":
            self.less_wanted.emit(self._due + self.over)
        else:
            self._surplus = Surplus(answer)
            self._show_strip()
            self.changed.emit()
            self.pay_wanted.emit()
