"""续租: the terms of the next lease beside those of the old one, and what it comes to, by every keystroke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from desktop.models.values import NIL, Money, PayMethod, Right
from desktop.services import lease_words, leases, renewal_forms, renewals
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.lease_terms import PAY_CHOICES, LeaseTerms, RentStep, end_after, term_from_choice
from desktop.services.payments import METHOD_WORDS
from desktop.services.renewal_forms import Renewal, RenewalChanged, RenewalFacts, RenewalSums
from desktop.services.renewals import Renewed
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import MoneyLabel, Well, label
from desktop.views.lease_dialogs import LeaseDialog
from desktop.views.lease_paper import print_lease
from desktop.views.on_the_spot import Act
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

MONTHS = (1, 3, 6, 12, 24, 36, 60)
_AS_BEFORE = ""
_GUARANTEED = "guaranteed"
_FIELDS = {"cycle_months": "pay_choice", "steps": "step_rent", "property_area": "property_price"}
"""Where the service names a remark after a term, the field that it stands under."""


class RenewalWell(Well):
    """What the renewal comes to in words, and what is to be paid."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self.words, self.sum = label("", "muted", wrap=True), label("", "strong"), MoneyLabel(role="figure")
        line = QHBoxLayout()
        line.addWidget(self.told, 1)
        line.addSpacing(10)
        line.addWidget(self.words)
        line.addSpacing(6)
        line.addWidget(self.sum, 0, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(line)

    def show_sums(self, sums: RenewalSums | None, facts: RenewalFacts) -> None:
        """Show them; None: something is still to be mended."""
        if sums is None:
            self.told.setText(self.tr("改好标红的几项，这里就会算出来"))
            self.words.setText("")
            self.sum.hide()
            return
        over = sums.to_pay < NIL
        self.told.setText("\n".join(renewal_forms.told(sums, facts)))
        self.words.setText(self.tr("记在租客账上") if over else self.tr("要收"))
        self.sum.set_amount(abs(sums.to_pay))
        self.sum.show()


class RenewalDialog(LeaseDialog):
    """续租. Signals: done(Renewed) once it is posted."""

    help_topic = "lease.renew"
    op: ClassVar[Op] = Op.RENEW_LEASE

    def __init__(self, shell: Shell, facts: RenewalFacts) -> None:
        title = shell.frame.tr("续租")
        super().__init__(shell, facts.row, title, primary=title, primary_icon="calendar-plus", wide=900)
        self.facts = facts
        self._showing = False
        self.well = RenewalWell()
        self.body.addWidget(self.well)
        self._build(renewal_forms.begin_with(facts))
        assert self.form is not None
        for name in ("start", "months", "end", "pay_choice"):
            self.form.field(name).changed.connect(partial(self._follow, name))
        self.form.changed.connect(self._show)
        self.draft = FormDraft(shell, self, "lease.renew", facts.row.id)
        self._show()

    def _build(self, terms: LeaseTerms) -> None:
        today, form, old = self.shell.today, self.use_form(4), self.facts.terms
        months = renewal_forms.months_of(terms.period)
        form.add("start", self.tr("起租日"), DateField(today, terms.start), required=True)
        words = [(n, self.tr("{n} 个月").format(n=n)) for n in sorted({*MONTHS, months})]
        form.add("months", self.tr("租期"), ChoiceField([*words, (0, self.tr("自定到期日"))], months))
        form.add("end", self.tr("到期日"), DateField(today, terms.end), required=True)
        same = self.tr("不变（{words}）").format(words=lease_words.pay_words(old))
        choices = [(_AS_BEFORE, same), *((choice.name, choice.name) for choice in PAY_CHOICES)]
        form.add("pay_choice", self.tr("付款方式"), ChoiceField(choices, _AS_BEFORE))
        form.add("rent", self.tr("月租金（元）"), MoneyField(terms.rent), required=True)
        form.add("deposit", self.tr("押金（元）"), MoneyField(terms.deposit))
        form.add("key_deposit", self.tr("钥匙押金（元）"), MoneyField(terms.key_deposit or None))
        per_metre = None if terms.property_price is None else Decimal(f"{terms.property_price.normalize():f}")
        price = NumberField(per_metre, decimals=6, most=1000)
        form.add("property_price", self.tr("物业费（元/m²）"), price, hint=self.tr("不收留空"))
        form.add("step_start", self.tr("哪天起调租"), DateField(today), hint=self.tr("不调留空"))
        form.add("step_rent", self.tr("调后月租（元）"), MoneyField())
        methods = [(None, self.tr("先留着")), *((each, METHOD_WORDS[each]) for each in PayMethod)]
        form.add("refund", self.tr("多出的押金怎么退"), ChoiceField(methods, None))
        form.add("reference", self.tr("流水号"), TextField(limit=60), hint=self.tr("现金不用填"))
        ticks = [(_GUARANTEED, self.tr("保证人书面同意继续担保"), "")] if self.facts.guarantors else []
        form.add(_GUARANTEED, self.tr("保证"), TicksField(ticks, columns=1), span=4)
        form.rows[_GUARANTEED].setVisible(bool(ticks))
        self.print_too = QCheckBox(self.tr("办好就打印租约"))
        self.print_too.setChecked(self.shell.allowed(Right.PRINT_PAPER))
        self.foot.insertWidget(self.foot.indexOf(self.primary), self.print_too)
        if not self.shell.allowed(Right.PRINT_PAPER):
            self.print_too.hide()

    # what stands in the fields

    def typed(self) -> Renewal | None:
        """What is asked for; None while a day or an amount is missing."""
        assert self.form is not None
        values, begin = self.form.values(), renewal_forms.begin_with(self.facts)
        if values["start"] is None or values["end"] is None or values["rent"] is None:
            return None
        steps: tuple[RentStep, ...] = ()
        if values["step_start"] is not None and values["step_rent"] is not None:
            steps = (RentStep(values["step_start"], values["step_rent"]),)
        price = values["property_price"]
        area = self.facts.terms.property_area or self.facts.area
        terms = replace(
            begin, start=values["start"], end=values["end"], rent=values["rent"], deposit=values["deposit"] or NIL,
            key_deposit=values["key_deposit"] or NIL, steps=steps, property_price=price,
            property_area=None if price is None else area,
        )  # fmt: skip
        if values["pay_choice"]:
            terms = replace(terms, cycle_months=term_from_choice(values["pay_choice"]).cycle_months)
        method = values["refund"] if not self.form.rows["refund"].isHidden() else None
        return Renewal(
            self.facts.row.id, terms, _GUARANTEED in values[_GUARANTEED], method,
            values["reference"] if method is not None else "",
        )  # fmt: skip

    def sums(self) -> RenewalSums | None:
        """What it comes to; None while something is to be mended."""
        form = self.typed()
        if form is None or self._step() or renewal_forms.renewal_problems(replace(form, refund=None), self.facts):
            return None
        return renewal_forms.sums_of(form, self.facts)

    def problems(self) -> Mapping[str, str]:
        form = self.typed()
        if form is None:
            return self._missing()
        found = renewal_forms.renewal_problems(form, self.facts)
        if step := self._step():
            found.setdefault(step, self.tr("调租要写哪天起、多少钱；不调就都留空"))
        return {_FIELDS.get(name, name): text for name, text in found.items()}

    def _step(self) -> str:
        """Which half of a change of rent is missing; empty: none."""
        assert self.form is not None
        empty = [name for name in ("step_start", "step_rent") if self.form.field(name).value() is None]
        return empty[0] if len(empty) == 1 else ""

    def _missing(self) -> dict[str, str]:
        assert self.form is not None
        told = {
            "start": self.tr("填写起租日"), "end": self.tr("填写到期日"),
            "rent": self.tr("填写月租金，免租写 0"),
        }  # fmt: skip
        return {name: text for name, text in told.items() if self.form.field(name).value() is None}

    def doubts(self) -> Mapping[str, str]:
        form = self.typed()
        if form is None:
            return {}
        found = renewal_forms.renewal_doubts(form, self.facts)
        return {_FIELDS.get(name, name): text for name, text in found.items()}

    def request(self) -> Renewal:
        form = self.typed()
        assert form is not None
        return replace(form, shown=renewal_forms.sums_of(form, self.facts))

    def order(self, request: Renewal) -> Act:
        return lambda work: renewals.renew_lease(work, request)

    @property
    def prints(self) -> bool:
        """Whether the new lease is to be printed at once."""
        return self.print_too.isChecked()

    # what follows what

    def _follow(self, name: str) -> None:
        """The end follows beginning and term; a term of one's own follows the end; a way to pay names its deposit."""
        if self._showing or self.form is None:
            return
        self._showing = True
        field = self.form.field
        start, months, end = field("start").value(), int(field("months").value() or 0), field("end").value()
        if name in ("start", "months") and start is not None and months:
            field("end").set_value(end_after(start, months))
        elif name == "end" and start is not None and end is not None:
            fits = [n for n in MONTHS if end_after(start, n) == end]
            field("months").set_value(fits[0] if fits else 0)
        elif name == "pay_choice" and field("pay_choice").value():
            rent: Money | None = field("rent").value()
            if rent is not None:
                choice = term_from_choice(field("pay_choice").value())
                field("deposit").set_value(rent * choice.deposit_months)
        self._showing = False

    def _show(self) -> None:
        """The sums, and under each field what is other than in the old lease."""
        form, sums = self.typed(), self.sums()
        self.well.show_sums(sums, self.facts)
        assert self.form is not None
        other = dict(renewal_forms.differences(form.terms, self.facts.terms)) if form is not None else {}
        for name in ("start", "rent", "pay_choice", "deposit", "key_deposit", "property_price"):
            self.form.rows[name].set_note(other.get(name, ""))
        over = sums is not None and sums.back > NIL
        for name in ("refund", "reference"):
            self.form.rows[name].setVisible(over)

    # what comes back

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RenewalChanged):
            read = partial(self.shell.session.read, renewals.renewal_facts, self.facts.row.id)
            self.shell.run(read, self._know)
        if isinstance(error, DomainError) and error.field in _FIELDS:
            error.field = _FIELDS[error.field]
        super().refuse(error)

    def _know(self, facts: RenewalFacts) -> None:
        self.facts = facts
        self._show()


class WithdrawRenewalDialog(LeaseDialog):
    """撤销续租: the new lease is cancelled, the old one goes on."""

    help_topic = "lease.renew"
    op: ClassVar[Op] = Op.RENEW_LEASE

    def __init__(self, shell: Shell, row: leases.LeaseRow) -> None:
        title = shell.frame.tr("撤销续租")
        super().__init__(shell, row, title, primary=title, kind="danger", cancel=shell.frame.tr("保留续租"))
        self.primary.set_key(None)  # a danger is pressed, never entered by a key in passing
        text = self.tr("原租约接着有效，押金用红字收据转回去，新租约没收过款的账单冲回。已收的款要先在收据页冲红。")
        self.body.addWidget(label(text, wrap=True))
        form = self.use_form(1)
        form.add("reason", self.tr("撤销原因"), TextField(limit=60, hint=self.tr("例如 租客改了主意")), required=True)
        self.draft = FormDraft(shell, self, "lease.withdraw_renewal", row.id)

    def problems(self) -> Mapping[str, str]:
        short = len(self.request().strip()) < 2
        return {"reason": self.tr("写明撤销原因，例如 租客改了主意")} if short else {}

    def request(self) -> str:
        assert self.form is not None
        reason: str = self.form.values()["reason"]
        return reason

    def order(self, request: str) -> Act:
        return lambda work: renewals.withdraw_renewal(work, self.row.id, request)


class Renewing(QObject):
    """Renews leases for one page: reads how one stands, asks, and opens the new lease."""

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell

    def begin(self, lease_id: UUID | None) -> None:
        """Shift F2 on a lease in hand; what cannot be renewed says why."""
        shell = self._shell
        if lease_id is None:
            shell.toast(self.tr("先选一份在租的租约"))
        elif not shell.allowed(Right.CHECK_IN):
            shell.toast(self.tr("您的角色不能办续租：请前台或主管登录后办理"))
        else:
            read = partial(shell.session.read, renewals.renewal_facts, lease_id)
            shell.run(read, self._open, busy=self.tr("正在读取租约"))

    def _open(self, facts: RenewalFacts) -> None:
        dialog = RenewalDialog(self._shell, facts)
        dialog.done.connect(partial(self._renewed, dialog))
        self._shell.open(dialog)

    def _renewed(self, dialog: RenewalDialog, news: Renewed) -> None:
        shell, prints = self._shell, dialog.prints
        shell.navigate("lease", lease_id=news.lease_id)
        shell.toast(self.tr("已续租，新合同号 {number}").format(number=news.lease_number))
        if prints:
            print_lease(shell, news.lease_id)
