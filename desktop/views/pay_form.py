"""How the money comes: what is due, the means of payment, what was put down, and what is too much or too little.

    form = PayForm()
    form.start(due, bills=2)                # prefilled with what is due; form.due_is(...) when other bills are ticked
    form.changed.connect(self._check)       # form.tenders(), form.surplus() make the TakePayment
    form.pay_wanted.connect(self._pay)      # too much was given and the clerk has answered what becomes of it
    form.less_wanted.connect(self._less)    # too little was given: take only this much of the bills now
    form.legal_wanted.connect(self._legal)  # the same, in the legal order over everything open
    form.may_use(credit, rule)              # what may lessen it: form.credit, form.rounding
    form.show_problems(payments.payment_problems(request, owed))

The till and the payment step of a check-in are made of it; it never asks a service itself.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.values import NIL, Money, PayMethod, Surplus, total
from desktop.services.cash_off import RoundingRule
from desktop.services.tenders import METHOD_WORDS, NEEDS_REFERENCE, TenderForm
from desktop.views.change_strip import ChangeStrip
from desktop.views.fields import MoneyField
from desktop.views.forms import MessageLine
from desktop.views.keys import bind
from desktop.views.labels import label, rule
from desktop.views.pay_extras import PayExtras
from desktop.views.pay_lines import METHOD_ICONS, DueHead, PutLine
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField


class PayForm(QWidget):
    """The tender part of a payment.

    Signals: changed() whenever tenders or the choice may differ; pay_wanted() once the choice on a surplus is made;
    less_wanted(Money) when the clerk takes only what is there, of the bills in order; legal_wanted(Money) in the legal
    order.
    """

    changed = Signal()
    pay_wanted = Signal()
    less_wanted = Signal(object)
    legal_wanted = Signal(object)

    def __init__(self, *, partial: bool = True) -> None:
        super().__init__()
        self._partial = partial
        self._asked_for, self._bills = NIL, 0
        self.legal_offered = False
        """Whether there is more than one debt, so that an order of them means something."""
        self.ahead = False
        """No bill is to be paid: the money is paid ahead, for the payer's credit."""
        self._filled: Money | None = None
        self._put: list[TenderForm] = []
        self._surplus: Surplus | None = None
        self._asked = False
        self.due = DueHead()
        self.extras = PayExtras()
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
        self.extras.changed.connect(self._lessened)
        self._method_changed()

    def _lay_out(self) -> None:
        self._lines_column = QVBoxLayout(self._lines)
        self._lines_column.setContentsMargins(0, 0, 0, 0)
        self._lines_column.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.due)
        column.addWidget(self.extras)
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
    def crowded(self) -> bool:
        """Whether so much is asked at once that rule and label have to go."""
        answers = sum(not button.isHidden() for button in self.strip.answers.values())
        return answers + (not self.extras.isHidden()) > 2

    @property
    def wants_room(self) -> bool:
        """Whether more than the plain case stands here: answers, a number to type, a message, several tenders."""
        answers = any(not button.isHidden() for button in self.strip.answers.values())
        plain = self.reference.isHidden() and self.message.isHidden() and self.extras.isHidden()
        return answers or bool(self._put) or not plain

    # what it is told

    def start(self, due: Money, bills: int = 1, *, ahead: bool = False) -> None:
        """A new payment: cash, prefilled with what is due; `ahead`: there is no bill to be paid."""
        self._put, self._surplus, self._asked = [], None, False
        self.ahead = ahead
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
        same = self._asked_for == due and self._filled is not None and self.given.value() is not None
        self._asked_for, self._bills = due, bills
        self.extras.asked_is(due, cash=self._in_cash)
        self.due.show_due(self.net, bills)
        if same:
            return
        if self.given.value() == self._filled:
            self._prefill()
        self._typed()

    def may_use(self, credit: Money, rule: RoundingRule | None) -> None:
        """What may lessen a new payment: the payer's credit, and what is let off in cash."""
        self.extras.start(credit, rule)
        self._lessened()

    def credit_is(self, credit: Money) -> None:
        """Somebody else pays, or credit was used elsewhere; what was chosen stays."""
        self.extras.have(credit)
        self._lessened()

    @property
    def credit(self) -> Money:
        """So much of the payer's credit is used."""
        return self.extras.credit

    @property
    def rounding(self) -> Money:
        """So much is let off 抹零."""
        return self.extras.rounding

    @property
    def net(self) -> Money:
        """What is to be put down; below zero when the bills are in the payer's favour."""
        return self._asked_for - self.credit - self.rounding

    @property
    def _in_cash(self) -> bool:
        return self.method.value() is PayMethod.CASH or any(put.method is PayMethod.CASH for put in self._put)

    def _lessened(self) -> None:
        """Credit or 抹零 differ: what was filled in follows, what the clerk has typed stays."""
        self.extras.asked_is(self._asked_for, cash=self._in_cash)
        self.due.show_due(self.net, self._bills)
        if self.given.value() == self._filled:
            self._prefill()
        self._typed()

    def _prefill(self) -> None:
        rest = self.net - total(tender.amount for tender in self._put)
        self._filled = rest if rest > NIL else None
        self.given.set_value(self._filled)
        self.given.selectAll()

    # what was put down

    def tenders(self) -> tuple[TenderForm, ...]:
        """Every means of payment with its amount, the one being typed last."""
        amount = self.given.value()
        if not amount and (self._put or (self.net <= NIL and not self.ahead and self._bills)):
            return tuple(self._put)
        method: PayMethod = self.method.value()  # type: ignore[assignment]
        reference = self.reference.value() if method in NEEDS_REFERENCE else ""
        return (*self._put, TenderForm(method, amount or NIL, reference))

    def surplus(self) -> Surplus | None:
        """What becomes of money above what is due, once the clerk has said so."""
        if self.ahead:
            return Surplus.CREDIT
        return self._surplus if self.over > NIL else None

    @property
    def over(self) -> Money:
        """How much more is given than is due; negative when something is missing."""
        return total(tender.amount for tender in self.tenders()) - self.net

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
            line = PutLine(at, tender)
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
        shown = [answers[name] for name in ("change", "credit") if not answers[name].isHidden()]
        (shown[0] if shown else self.given).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """The service's problems at their fields; what is only missing by amount stands in the strip already."""
        own = self.given.problem()
        given = own or problems.get("given", "")
        reference = problems.get("reference", "")
        self.given.set_state("error" if own or (given and self.over >= NIL) else "")
        self.reference.set_state("error" if reference else "")
        missing = self.over < NIL and not own
        rest = (problems.get(name, "") for name in ("credit", "rounding", "surplus"))
        words = own or reference or ("" if missing else given) or next(filter(None, rest), "")
        self.message.set(words, "danger" if words else "")
        self.message.setVisible(bool(words))

    def _method_changed(self) -> None:
        needed = self.method.value() in NEEDS_REFERENCE
        self._reference_label.setVisible(needed)
        self.reference.setVisible(needed)
        self._lessened()

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
        if self.ahead:
            self.strip.show_state(self.tr("存入预存"), given or NIL, "ok" if given else "", {})
        elif self._bills and self.net == NIL and not given and not self._put:
            self.strip.show_state(self.tr("不用收钱，直接抵扣"), None, "ok", {})
        elif given is None and not self._put and self.net >= NIL:
            self.strip.show_state(self.tr("填写实收金额"), None, "", {})
        elif over < NIL:
            answers = {}
            if given is not None and given > NIL:
                answers["add"] = self.tr("再加一种")
            if self._partial:
                answers["less"] = self.tr("只收这些")
                if self.legal_offered:
                    answers["legal"] = self.tr("按法定顺序")
            self.strip.show_state(self.tr("还差"), -over, "warn", answers if self.net + over > NIL else {})
        elif over == NIL:
            cash = self._cash() > NIL
            self.strip.show_state(self.tr("找零") if cash else self.tr("正好收齐"), NIL if cash else None, "ok", {})
        else:
            self._show_over(over)

    def _show_over(self, over: Money) -> None:
        if self.net < NIL and self._surplus is not Surplus.CREDIT:
            words = self.tr("该退的多 {over}：存入预存，要退现再从预存退").format(over=over)
            self.strip.show_state(words, None, "warn", {"credit": self.tr("存入预存")})
            return
        can_change = over <= self._cash()
        if self._surplus is Surplus.CHANGE:
            self.strip.show_state(self.tr("找零"), over, "ok", {"credit": self.tr("改为存入预存")})
            return
        if self._surplus is Surplus.CREDIT:
            answers = {"change": self.tr("改为找零")} if can_change else {}
            self.strip.show_state(self.tr("存入预存"), over, "ok", answers)
            return
        answers = {"change": self.tr("找零")} if can_change else {}
        if not (self.credit or self.rounding):
            answers["credit"] = self.tr("存入预存")
        if self._asked or not can_change:
            words = (
                self.tr("多收 {over}：找零，还是存入预存？") if can_change else self.tr("多收 {over}：只有现金能找零")
            )
            self.strip.show_state(words.format(over=over), None, "warn", answers)
        else:
            answers.pop("change", None)
            self.strip.show_state(self.tr("找零"), over, "ok", answers)

    def _answered(self, answer: str) -> None:
        if answer == "add":
            self.add_tender()
        elif answer == "less":
            self.less_wanted.emit(self._asked_for + self.over)
        elif answer == "legal":
            self.legal_wanted.emit(self._asked_for + self.over)
        else:
            self._surplus = Surplus(answer)
            self._show_strip()
            self.changed.emit()
            self.pay_wanted.emit()
