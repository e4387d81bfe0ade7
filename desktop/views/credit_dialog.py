"""退预存款: what stands to somebody's credit goes back to them, the whole of it or a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import NIL, Money, PayMethod
from desktop.services import credit
from desktop.services.acts import Op
from desktop.services.credit import RefundCredit
from desktop.services.tenders import METHOD_WORDS
from desktop.views.act_dialog import ActDialog
from desktop.views.fields import ChoiceField, MoneyField, NoteField
from desktop.views.form_draft import FormDraft
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField


class RefundCreditDialog(ActDialog):
    """Signals: done(PaymentTaken)."""

    help_topic = "till.credit"

    def __init__(self, shell: Shell, party_id: UUID, name: str, have: Money) -> None:
        super().__init__(
            shell, shell.frame.tr("退预存款"), subtitle=name, primary=shell.frame.tr("退款"),
            primary_icon="hand-coins", wide=560,
        )  # fmt: skip
        self.party_id, self.have = party_id, have
        form = self.use_form(2)
        form.add(
            "amount", self.tr("退多少（元）"), MoneyField(have), required=True,
            note=self.tr("预存 {have}").format(have=have),
        )  # fmt: skip
        form.add("method", self.tr("退款方式"), ChoiceField(list(METHOD_WORDS.items()), PayMethod.CASH))
        form.add("reference", self.tr("流水号"), TextField(limit=60), hint=self.tr("现金不用填"))
        form.add(
            "reason", self.tr("为什么退"), NoteField(hint=self.tr("例如 退租不再使用"), lines=2, limit=200),
            required=True, span=2,
        )  # fmt: skip
        self.draft = FormDraft(shell, self, "till.credit", party_id)

    def problems(self) -> Mapping[str, str]:
        return credit.refund_problems(self.request(), self.have)

    def request(self) -> RefundCredit:
        values = self.form.values() if self.form is not None else {}
        return RefundCredit(
            self.party_id, values["amount"] or NIL, values["method"], values["reference"], values["reason"]
        )

    def order(self, request: Any) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.TAKE_PAYMENT, credit.refund_credit, request)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, credit.CreditChanged):
            self.have = error.left
        super().refuse(error)
