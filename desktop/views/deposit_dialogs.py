"""Dialogs that move a deposit 押金: 退 refund, 扣 deduct, 转 transfer, 没收 forfeit; what it comes to is shown live."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from desktop.models.values import NIL, FeeType, Money, PayMethod, total
from desktop.services import deposit_forms, deposit_moves
from desktop.services.acts import Op
from desktop.services.billing import FEE_WORDS
from desktop.services.deposit_forms import (
    CAUSE_WORDS,
    CHARGEABLE,
    Cause,
    Deduct,
    DepositChanged,
    DepositFacts,
    Forfeit,
    Move,
    MoveSums,
    Refund,
    Transfer,
    sums_of,
)
from desktop.services.paper.markup import Clause
from desktop.services.payments import METHOD_WORDS
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, MoneyField
from desktop.views.files_field import FilesField
from desktop.views.form_draft import FormDraft
from desktop.views.found_field import PersonField
from desktop.views.labels import MoneyLabel, Well, label
from desktop.views.on_the_spot import Act, Asked, act_or_ask
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

_CLAUSE_SHOWN = 16
"""Characters of a clause beside its number: enough to know it by."""


class SumsWell(Well):
    """在管, what leaves it, and what is left."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self.words, self.left = label("", "muted", wrap=True), label("", "strong"), MoneyLabel(role="figure")
        line = QHBoxLayout()
        line.addWidget(self.told, 1)
        line.addWidget(self.words)
        line.addSpacing(6)
        line.addWidget(self.left, 0, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(line)

    def show_sums(self, sums: MoveSums, words: str) -> None:
        """Show what a move comes to, in words what becomes of the money."""
        over = sums.left < NIL
        self.set_tone("warn" if over else "")
        self.told.setText(words)
        self.words.setText(self.tr("超出在管") if over else self.tr("办完还在管"))
        self.left.set_amount(abs(sums.left) if over else sums.left, owed=over)


class DepositDialog(Dialog):
    """One move of one deposit. Signals: done(DepositMoved) once it is posted.

    Money that moved meanwhile is told with both sums: the figures are those of now, what was typed stays.
    """

    help_topic = "deposit.moves"
    act: ClassVar[Any]
    """The service call: act(work, request)."""

    done = Signal(object)

    def __init__(
        self, shell: Shell, facts: DepositFacts, title: str, verb: str, icon: str, kind: str = "primary"
    ) -> None:
        about = " · ".join(part for part in (facts.title, facts.room, facts.debtor) if part)
        super().__init__(shell.frame, title, subtitle=about, primary=verb, primary_icon=icon, kind=kind, wide=820)
        self.shell, self.facts, self._title = shell, facts, title
        self.well = SumsWell()
        self.body.addWidget(self.well)
        self.submitted.connect(self._store)

    def begin(self, draft: str) -> None:
        """The form is whole: keep what is typed, and show what it comes to with every key."""
        assert self.form is not None
        self.form.changed.connect(self._show)
        self.draft = FormDraft(self.shell, self, draft, self.facts.bill_id)
        self._show()

    @abstractmethod
    def typed(self) -> Move:
        """What is asked for, as it stands in the fields."""

    @abstractmethod
    def told(self, sums: MoveSums) -> str:
        """What becomes of the money, in one line."""

    def problems(self) -> Mapping[str, str]:
        return deposit_forms.move_problems(self.typed(), self.facts)

    def doubts(self) -> Mapping[str, str]:
        return deposit_forms.move_doubts(self.typed(), self.facts)

    def request(self) -> Move:
        asked = self.typed()
        return replace(asked, shown=sums_of(asked, self.facts))

    def _show(self) -> None:
        sums = sums_of(self.typed(), self.facts)
        self.well.show_sums(sums, self.told(sums))

    def _store(self, request: Move) -> None:
        self.set_busy(True)
        amount = self.tr("{amount}，{debtor} {room}").format(
            amount=request.amount, debtor=self.facts.debtor, room=self.facts.room
        )  # fmt: skip
        asked = Asked(f"{self._title} {amount}", request.reason)
        order: Act = partial(_run, type(self).act, request)
        act_or_ask(self.shell, asked, Op.MOVE_DEPOSIT, order, self._stored, self.refuse)

    def _stored(self, news: object) -> None:
        self.accept()
        self.done.emit(news)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, DepositChanged):
            self.facts = replace(self.facts, received=self.facts.received - self.facts.held + error.now.held)
            self._show()
            self.shell.run(partial(_facts_again, self.shell.session, self.facts.bill_id), self._know)
        super().refuse(error)

    def _know(self, facts: DepositFacts) -> None:
        self.facts = facts
        self._show()

    def amount(self) -> Money:
        assert self.form is not None
        found: Money | None = self.form.field("amount").value()
        return found or NIL


def _run(act: Any, request: Move, work: Any) -> Any:
    return act(work, request)


def _facts_again(session: Any, bill_id: Any) -> DepositFacts:
    from desktop.services import deposits

    facts: DepositFacts = session.read(deposits.deposit_facts, bill_id)
    return facts


class ClauseField(ChoiceField):
    """The clauses of the lease by number, and last 「另写」, where the ground stands in the field beside it."""

    def __init__(self, clauses: Sequence[Clause], other: str) -> None:
        named = [(f"{each.number} {each.title}", _clause_words(each)) for each in clauses]
        super().__init__([("", ""), *named, (OTHER, other)] if named else [(OTHER, other)])
        self.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


OTHER = "other"


def _clause_words(clause: Clause) -> str:
    text = " ".join(clause.text.split())
    short = text if len(text) <= _CLAUSE_SHOWN else text[: _CLAUSE_SHOWN - 1] + "…"
    return f"{clause.number} {clause.title}：{short}"


class GroundedDialog(DepositDialog):
    """A move that needs a ground in the contract: clause, reason, evidence."""

    def add_ground(self, clauses: Sequence[Clause], reason_hint: str, proof: str, reason_wide: int = 3) -> None:
        """The fields of the ground, in a form of three columns."""
        assert self.form is not None
        form = self.form
        reason = TextField(limit=80, hint=reason_hint)
        form.add("reason", self.tr("原因"), reason, required=True, span=reason_wide)
        form.add("clause", self.tr("依据合同哪一条"), ClauseField(clauses, self.tr("另写条款")), required=True, span=2)
        form.add("other", self.tr("另写"), TextField(limit=40, hint=self.tr("例如 补充协议第三条")))
        form.add("evidence", proof, FilesField(self.shell, self.tr("凭据")), span=3)

    def clause(self) -> str:
        """What was chosen, or written where 另写 was."""
        assert self.form is not None
        chosen, written = self.form.field("clause").value(), self.form.field("other").value()
        return written if chosen in (OTHER, "", None) or written else str(chosen)


class DeductDialog(GroundedDialog):
    """扣款: what it is for, on which ground, what proves it; open bills are ticked where it pays those."""

    act = staticmethod(deposit_moves.deduct_deposit)

    def __init__(
        self, shell: Shell, facts: DepositFacts, clauses: Sequence[Clause], *, cause: Cause | None = None,
        amount: Money | None = None, reason: str = "",
    ) -> None:  # fmt: skip
        super().__init__(shell, facts, shell.frame.tr("押金扣款"), shell.frame.tr("扣款"), "circle-minus")
        form = self.use_form(3)
        causes = [(each, CAUSE_WORDS[each]) for each in Cause]
        form.add("cause", self.tr("为什么扣"), ChoiceField([(None, ""), *causes], cause), required=True)
        form.add("amount", self.tr("扣多少（元）"), MoneyField(amount), required=True)
        fees = [(fee, FEE_WORDS[fee]) for fee in dict.fromkeys(CHARGEABLE)]
        form.add("fee", self.tr("记成哪种费用"), ChoiceField(fees, FeeType.DAMAGE))
        debts = [(bill.bill_id, f"{bill.title} {bill.owed}", f"{bill.room} {bill.due}") for bill in facts.debts]
        form.add("against", self.tr("抵哪些账单"), TicksField(debts, columns=3), span=3)
        hint = self.tr("例如 客厅墙面被砸破 20 厘米，补墙刷漆")
        self.add_ground(clauses, hint, self.tr("照片、验房单、维修单"))
        if reason:
            form.field("reason").set_value(reason)
        form.field("cause").changed.connect(self._fold)
        self._fold()
        self.begin("deposit.deduct")

    def _fold(self) -> None:
        """The bills stand there where they are what it is for; the amount then begins with what they come to."""
        assert self.form is not None
        rows, arrears = self.form.rows, self.form.field("cause").value() is Cause.ARREARS
        rows["against"].setVisible(arrears)
        rows["evidence"].setVisible(not arrears)
        self.form.field("fee").setEnabled(not arrears)
        if arrears and not self.form.field("against").value():
            self.form.field("against").set_value(bill.bill_id for bill in self.facts.debts)
            if self.form.field("amount").value() is None:
                most = min(self.facts.held, total(bill.owed for bill in self.facts.debts))
                self.form.field("amount").set_value(most or None)

    def typed(self) -> Deduct:
        assert self.form is not None
        values = self.form.values()
        arrears = values["cause"] is Cause.ARREARS
        return Deduct(
            self.facts.bill_id, values["amount"] or NIL, values["cause"], values["reason"], self.clause(),
            values["fee"], values["against"] if arrears else (), () if arrears else values["evidence"],
        )  # fmt: skip

    def told(self, sums: MoveSums) -> str:
        asked = self.typed()
        if asked.cause is Cause.ARREARS:
            paid = total(fen for _, fen in sums.pays)
            return self.tr("在管 {held}，抵账单 {paid}").format(held=sums.held, paid=paid)
        words = self.tr("在管 {held}，扣 {moved}，出一张{fee}账单并当场抵清")
        return words.format(held=sums.held, moved=sums.moved, fee=FEE_WORDS[asked.fee])


class RefundDialog(DepositDialog):
    """退押金: to whoever paid; to somebody else with the written authority."""

    act = staticmethod(deposit_moves.refund_deposit)

    def __init__(self, shell: Shell, facts: DepositFacts) -> None:
        super().__init__(shell, facts, shell.frame.tr("退押金"), shell.frame.tr("退款"), "hand-coins")
        form = self.use_form(3)
        likely = [
            (payer.party_id, self.tr("{name} · 付了 {paid}").format(name=payer.name, paid=payer.paid))
            for payer in facts.payers
        ]
        if facts.debtor_id not in [payer.party_id for payer in facts.payers]:
            likely.append((facts.debtor_id, self.tr("{name} · 租客").format(name=facts.debtor)))
        form.add("payee", self.tr("退给谁"), PersonField(shell, likely), required=True, span=2)
        first = facts.payers[0].left if facts.payers else facts.held
        form.add("amount", self.tr("退多少（元）"), MoneyField(min(facts.held, first)), required=True)
        methods = [(method, METHOD_WORDS[method]) for method in PayMethod]
        form.add("method", self.tr("怎么退"), ChoiceField(methods, PayMethod.TRANSFER))
        form.add("reference", self.tr("流水号"), TextField(limit=60), hint=self.tr("现金不用填"))
        form.add("reason", self.tr("说明"), TextField(limit=60, hint=self.tr("例如 退租验房无误")))
        authority = TextField(limit=80, hint=self.tr("例如 顾知夏 2026-11-20 书面授权退给顾听澜"))
        form.add("authority", self.tr("书面授权（退给别人才要）"), authority, span=3)
        form.add("authority_files", self.tr("授权书照片或扫描件"), FilesField(shell, self.tr("授权书")), span=3)
        form.field("payee").changed.connect(self._fold)
        self._fold()
        self.begin("deposit.refund")

    def _fold(self) -> None:
        """The authority is asked for where somebody else is paid."""
        assert self.form is not None
        payer = self._payer()
        other = payer is None or (self.form.field("amount").value() or NIL) > payer.left
        for name in ("authority", "authority_files"):
            self.form.rows[name].setVisible(other)

    def _payer(self) -> deposit_forms.Payer | None:
        assert self.form is not None
        payee = self.form.field("payee").value()
        return next((payer for payer in self.facts.payers if payer.party_id == payee), None)

    def check(self) -> int:
        if self.form is not None and "authority_files" in self.form.rows:
            self._fold()
        return super().check()

    def typed(self) -> Refund:
        assert self.form is not None
        values = self.form.values()
        other = not self.form.rows["authority"].isHidden()
        return Refund(
            self.facts.bill_id, values["amount"] or NIL, values["payee"], values["method"], values["reference"],
            values["reason"], values["authority"] if other else "", values["authority_files"] if other else (),
        )  # fmt: skip

    def told(self, sums: MoveSums) -> str:
        return self.tr("在管 {held}，付出 {paid}").format(held=sums.held, paid=sums.paid_out)


class TransferDialog(DepositDialog):
    """转押金: to the deposit of the tenant's next lease, where it stays in hand."""

    act = staticmethod(deposit_moves.transfer_deposit)

    def __init__(self, shell: Shell, facts: DepositFacts) -> None:
        super().__init__(shell, facts, shell.frame.tr("转到新租约"), shell.frame.tr("转过去"), "arrow-right-left")
        form = self.use_form(2)
        targets = [
            (bill.bill_id, self.tr("{room} {title}，还差 {owed}").format(
                room=bill.room, title=bill.title, owed=bill.owed)) for bill in facts.next_deposits
        ]  # fmt: skip
        form.add("to_bill", self.tr("转到哪张押金账单"), ChoiceField(targets), required=True, span=2)
        most = min([facts.held, *(bill.owed for bill in facts.next_deposits[:1])])
        form.add("amount", self.tr("转多少（元）"), MoneyField(most), required=True)
        form.add("reason", self.tr("说明"), TextField(limit=60, hint=self.tr("例如 续租、换房")))
        self.begin("deposit.transfer")

    def typed(self) -> Transfer:
        assert self.form is not None
        values = self.form.values()
        return Transfer(self.facts.bill_id, values["amount"] or NIL, values["to_bill"], values["reason"])

    def told(self, sums: MoveSums) -> str:
        moved = total(fen for _, fen in sums.pays)
        return self.tr("在管 {held}，转 {moved}，钱还在管，只是换了租约").format(held=sums.held, moved=moved)


class ForfeitDialog(GroundedDialog):
    """没收: it stays with the office as income; a colleague with the right agrees on the spot where it is missing."""

    act = staticmethod(deposit_moves.forfeit_deposit)

    def __init__(self, shell: Shell, facts: DepositFacts, clauses: Sequence[Clause]) -> None:
        super().__init__(shell, facts, shell.frame.tr("押金不退"), shell.frame.tr("没收"), "gavel", "danger")
        form = self.use_form(3)
        form.add("amount", self.tr("没收多少（元）"), MoneyField(facts.held), required=True)
        self.add_ground(clauses, self.tr("例如 租期未满擅自搬离，通知后仍不回来"), self.tr("通知、照片等凭据"), 2)
        self.begin("deposit.forfeit")

    def typed(self) -> Forfeit:
        assert self.form is not None
        values = self.form.values()
        return Forfeit(
            self.facts.bill_id, values["amount"] or NIL, values["reason"], self.clause(), values["evidence"]
        )  # fmt: skip

    def told(self, sums: MoveSums) -> str:
        return self.tr("在管 {held}，{moved} 转为收入").format(held=sums.held, moved=sums.moved)
