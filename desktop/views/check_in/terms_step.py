"""Step 5 租期租金: the form at the left, at the right the bills it makes, rated anew by every keystroke."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.values import FeeType
from desktop.services import check_in_draft as wizard
from desktop.services import check_in_steps as way
from desktop.services.check_in_draft import Step, Stub, amount_of
from desktop.services.errors import DomainError
from desktop.services.lease_terms import PAY_CHOICES, term_from_choice
from desktop.services.problems import Level, Problem
from desktop.services.rmb import uppercase_rmb
from desktop.services.schedule import due_at_signing, plan_bills
from desktop.services.typed_card import day_of
from desktop.views.check_in.schedule_view import ScheduleView, lines_of, today_sum
from desktop.views.check_in.step import StepView, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.forms import FormRow
from desktop.views.labels import Card, Glyph, MoneyLabel, Tag, Well, label
from desktop.views.overlays import BodyScroll
from desktop.views.text_fields import TextField
from desktop.views.words import weekday

MONTHS = (1, 3, 6, 12, 24, 36, 60)
AHEAD = (0, 3, 5, 7, 10, 15)
_FIELDS = {
    "start": "start", "months": "months", "end": "end", "rent": "rent", "cycle_months": "pay_choice",
    "deposit": "deposit", "pay_ahead_days": "ahead", "stub": "stub", "free_days": "free_days",
    "late_fee_per_mille": "late_fee", "property_price": "property_price", "key_deposit": "key_deposit",
}  # fmt: skip
"""Row (named as the service names its remarks) → attribute of the draft."""


class TermsStep(StepView):
    """Defaults come from room and settings: most leases are one Ctrl+Enter."""

    step = Step.TERMS
    scrolls = False

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self._showing = False
        self._stops: list[str] = []
        self.rows: dict[str, FormRow] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self._form(), 5)
        row.addWidget(self._plan(), 6)
        for name, each in self.rows.items():
            each.field.changed.connect(partial(self._typed, name))  # type: ignore[attr-defined]
        self.rows["key_deposit"].field.enter_moves_on = False  # type: ignore[attr-defined]
        self.rows["key_deposit"].field.entered.connect(page.go_on)  # type: ignore[attr-defined]

    def _form(self) -> QWidget:
        today = self.wizard.shell.today
        self.room = TextField()
        self.room.setReadOnly(True)
        self.room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.room_row = FormRow(self.tr("房间"), self.room, side=True)
        choices = [(months, self._months_words(months)) for months in MONTHS]
        stubs = [
            (Stub.LEASE_DAY, self.tr("按起租日对月")), (Stub.MERGED, self.tr("并入首期")),
            (Stub.OWN_BILL, self.tr("单独一期")),
        ]  # fmt: skip
        ahead = [(days, self.tr("每期首日") if not days else self.tr("提前 {n} 天").format(n=days)) for days in AHEAD]
        fields: list[tuple[str, str, QWidget]] = [
            ("start", self.tr("起租日"), DateField(today)),
            ("months", self.tr("租期"), ChoiceField([*choices, (0, self.tr("自定到期日"))], 12)),
            ("end", self.tr("到期日"), DateField(today)),
            ("rent", self.tr("月租金"), MoneyField()),
            ("cycle_months", self.tr("付款方式"), ChoiceField([(choice.name, choice.name) for choice in PAY_CHOICES])),
            ("deposit", self.tr("押金"), MoneyField()),
            ("pay_ahead_days", self.tr("收租日"), ChoiceField(ahead, 0)),
            ("stub", self.tr("首期不足月"), ChoiceField(stubs, Stub.LEASE_DAY)),
            ("free_days", self.tr("免租期"), NumberField(0, most=3650)),
            ("late_fee_per_mille", self.tr("违约金"), NumberField(decimals=2, most=100)),
            ("property_price", self.tr("物业费"), NumberField(decimals=6, most=1000)),
            ("key_deposit", self.tr("钥匙押金"), MoneyField()),
        ]  # fmt: skip
        card = Card()
        card.body.setSpacing(6)
        card.body.addWidget(self.room_row)
        for name, words, field in fields:
            self.rows[name] = FormRow(words, field, side=True)
            card.body.addWidget(self.rows[name])
        card.body.addStretch(1)
        return BodyScroll(card)

    def _months_words(self, months: int) -> str:
        if months % 12 == 0 and months > 12:
            return self.tr("{n} 年（{m} 个月）").format(n=months // 12, m=months)
        return self.tr("{n} 个月").format(n=months)

    def _plan(self) -> QWidget:
        card = Card()
        card.head(
            self.tr("账单计划"), "", Tag(self.tr("随输入更新"), "info", "refresh-cw"),
            label(self.tr("与实际生成的账单同一算法"), "hint"),
        )  # fmt: skip
        self.schedule = ScheduleView()
        card.body.addWidget(BodyScroll(self.schedule), 1)
        warning = QHBoxLayout()
        warning.setSpacing(6)
        self.warn_glyph = Glyph("triangle-alert", "warn", 15)
        self.warn_words = label("", "warnhint", wrap=True)
        warning.addWidget(self.warn_glyph)
        warning.addWidget(self.warn_words, 1)
        card.body.addLayout(warning)
        well = Well()
        inside = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(0)
        self.sum_words = label(self.tr("今天应收（押金 + 首期）"), "small")
        self.uppercase = label("", "muted", wrap=True)
        words.addWidget(self.sum_words)
        words.addWidget(self.uppercase)
        inside.addLayout(words, 1)
        self.sum = MoneyLabel()
        inside.addWidget(self.sum)
        well.body.addLayout(inside)
        card.body.addWidget(well)
        self.schedule.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return card

    # what it shows

    def show_draft(self) -> None:
        self._showing = True
        draft = self.draft
        self.room.set_value(draft.room)
        area = f"{draft.area} m²" if draft.area else ""
        self.room_row.set_hint(" · ".join(word for word in (draft.layout, area) if word))
        for name, attribute in _FIELDS.items():
            value = getattr(draft, attribute)
            field = self.rows[name].field
            if name == "pay_ahead_days":
                value = int(value) if value.isdecimal() else 0
                if value not in AHEAD:
                    field.set_choices([(days, f"提前 {days} 天" if days else "每期首日") for days in (*AHEAD, value)])  # type: ignore[attr-defined]
            if name == "months" and value not in (*MONTHS, 0):
                field.set_choices([(m, self._months_words(m)) for m in (*MONTHS, value)] + [(0, self.tr("自定到期日"))])  # type: ignore[attr-defined]
            if isinstance(field, MoneyField) and (amount := amount_of(value)) is not None:
                value = str(amount)
            field.set_value(value)  # type: ignore[attr-defined]
        self._showing = False

    def show_problems(self, problems: Sequence[Problem]) -> None:
        named = [p for p in problems if p.field in self.rows and p.stops]
        self._stops = say_problems(self.rows, named, tuple(self.rows), self.asked)
        for problem in problems:
            if problem.level is Level.WARN and problem.field in self.rows and problem.field not in self._stops:
                self.rows[problem.field].field.set_state("doubt")  # type: ignore[attr-defined]
        taken = next((p.text for p in problems if p.field == "room" and p.stops), "")
        self.room_row.say(taken, "danger")
        self._hints()
        warnings = [p.text for p in problems if p.level is Level.WARN]
        self.warn_words.setText("；".join(warnings))
        self.warn_glyph.setVisible(bool(warnings))
        self.warn_words.setVisible(bool(warnings))
        self._show_plan(any(p.stops for p in problems))

    def _hints(self) -> None:
        """What stands at the right of a field when nothing is wrong with it."""
        draft = self.draft
        start, rent, deposit = day_of(draft.start), amount_of(draft.rent), amount_of(draft.deposit)
        self.rows["start"].set_hint(weekday(start) if start is not None else "")
        end = day_of(draft.end)
        self.rows["months"].set_hint(self.tr("至 {day}").format(day=end) if end is not None else "")
        self.rows["end"].set_hint(weekday(end) if end is not None else "")
        same = draft.rent and draft.rent == draft.asking_rent
        asking = self.tr("元 · 挂牌 {rent}").format(rent=draft.asking_rent) if draft.asking_rent else self.tr("元")
        self.rows["rent"].set_hint(self.tr("元 · 挂牌同价") if same else asking)
        try:
            cycle = term_from_choice(draft.pay_choice).cycle_months
            self.rows["cycle_months"].set_hint(self.tr("每 {n} 个月一期").format(n=cycle))
        except DomainError:
            pass
        if rent and deposit is not None:
            months = deposit.fen / rent.fen
            self.rows["deposit"].set_hint(self.tr("元 · {n} 个月租金").format(n=f"{months:.1f}".removesuffix(".0")))
        self.rows["free_days"].set_hint(self.tr("天"))
        self.rows["late_fee_per_mille"].set_hint(self.tr("‰ 每日 · 逾期后"))
        area = self.tr("元/m²·月 × {area}").format(area=draft.area) if draft.area else self.tr("元/m²·月")
        self.rows["property_price"].set_hint(area)
        self.rows["key_deposit"].set_hint(self.tr("元 · 不收就留空"))

    def _show_plan(self, wrong: bool) -> None:
        terms = wizard.terms_of(self.draft)
        today = self.wizard.shell.today()
        if terms is None or wrong:
            self.sum_words.setText(self.tr("改好左边标红的几项，这里就会算出账单"))
            self.uppercase.setText("")
            self.sum.set_amount(None)  # a sum of terms that no longer hold is not read out either
            self.sum.hide()
            self.schedule.show_lines([])
            return
        plan = plan_bills(terms)
        due = today_sum(plan, today)
        self.schedule.show_lines(lines_of(terms, plan, today))
        fees = any(bill.fee_type is FeeType.PROPERTY_FEE for bill in due_at_signing(plan, today))
        parts = self.tr("押金 + 首期 + 物业费") if fees else self.tr("押金 + 首期")
        words = self.tr("起租前应收（{parts}）") if terms.start > today else self.tr("今天应收（{parts}）")
        self.sum_words.setText(words.format(parts=parts))
        self.sum.show()
        self.uppercase.setText(uppercase_rmb(due))
        self.sum.set_amount(due)

    def focus_problem(self) -> None:
        # Nothing stops in these fields: the room is taken on these days.
        self._go_to(self._stops[0] if self._stops else "start")

    def entered(self) -> None:
        if self.asked and self._stops:
            self.focus_problem()
        else:
            # A room without an asking rent lacks just that: the clerk types it and goes on.
            self._go_to("start" if self.draft.rent else "rent")

    def _go_to(self, name: str) -> None:
        field = self.rows[name].field
        field.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(field, TextField):
            field.selectAll()  # the step may come to the front only after the focus: what is typed replaces

    def primary(self) -> tuple[str, str]:
        if way.stores_on_leaving(self.draft, Step.TERMS, self.wizard.shell.today()):
            return self.tr("签约，去收款"), ""
        return self.tr("保存条款，下一步"), ""

    def hints(self) -> str:
        return self.tr("Enter 下一项 · Ctrl+Enter 保存并继续")

    # what happens

    def _typed(self, name: str) -> None:
        if self._showing:
            return
        draft, field = self.draft, self.rows[name].field
        if isinstance(field, DateField):
            day = field.value()
            text = day.isoformat() if day is not None else field.text()
        elif isinstance(field, ChoiceField):
            text = str(field.value())
        else:
            text = field.text()  # type: ignore[attr-defined]
        if name == "months":
            draft.months = int(text)
            if not draft.months:
                self.rows["end"].field.setFocus(Qt.FocusReason.TabFocusReason)
        elif name == "stub":
            draft.stub = Stub(text)
        else:
            setattr(draft, _FIELDS[name], str(text))
        if name in ("start", "months"):
            wizard.follow_start(draft)
            self._fill("end")
        elif name == "end":
            wizard.follow_end(draft, MONTHS)
            self._fill("months")
        elif name == "deposit":
            draft.own_deposit = True
        if name == "cycle_months":
            draft.own_deposit = False  # a way to pay names its deposit
        if name in ("rent", "cycle_months"):
            wizard.follow_rent(draft)
            self._fill("deposit")
        self.wizard.typed()

    def _fill(self, *names: str) -> None:
        self._showing = True
        for name in names:
            self.rows[name].field.set_value(getattr(self.draft, _FIELDS[name]))  # type: ignore[attr-defined]
        self._showing = False
