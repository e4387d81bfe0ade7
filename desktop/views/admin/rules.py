"""Section 规则: the office's rules in words, changed together and effective from a day."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from desktop.services import settings
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.paper.receipt_form import SHIPPED
from desktop.services.settings import RULES, Rule
from desktop.services.working_time import holiday_words
from desktop.views.admin.calendar_fields import DatesField, WeekField
from desktop.views.admin.payment_codes import PaymentCodes
from desktop.views.admin.repair_minutes import RepairMinutesDialog
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.forms import ErrorSummary, Form
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.versions import VersionsDialog, differing


class RulesSection(Section):
    """Only what was changed is stored, as one act."""

    help_topic = "settings.rules"

    tables = frozenset({"setting"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._stored: dict[str, Any] = {}
        card = self.card(self.tr("办公规则"), self.tr("改动从生效日起用于新办的事；已经签的合同、出的账单不变。"))
        self.summary = ErrorSummary()
        self.column.insertWidget(0, self.summary)
        self.form = Form(3)
        for key, rule in RULES.items():
            note = holiday_words(shell.today()) if key == "office_holidays" else rule.note
            self.form.add(key, f"{rule.title}{self._unit(rule)}", self._field(rule), note=note)
        self.form.add("valid_from", self.tr("从哪天起生效"), DateField(shell.today, shell.today()), required=True)
        card.body.addWidget(self.form)
        self.minutes = Button(
            self.tr("各类时限"), "secondary", icon="hourglass", key="Alt+8", size="small", slot=self._minutes
        )
        self.add_button(card, self.minutes)
        codes = self.card(self.tr("收款码"), self.tr("存好后，收款时客户屏会显示给客户扫。加密保存。"))
        self.codes = PaymentCodes(shell)
        codes.body.addWidget(self.codes)
        self.column.addStretch(1)
        self.save = Button(self.tr("保存规则"), "primary", icon="save", key="Ctrl+Return", slot=self._save, writes=True)
        self.state = label("", "muted")
        self.add_foot(self.state, self.save)
        self.summary.next_wanted.connect(self.form.focus_next_problem)
        self.form.changed.connect(self._typed)

    def _unit(self, rule: Rule) -> str:
        return {"per_mille": self.tr("（‰/日）"), "price": self.tr("（元/m²·月）"), "yuan": self.tr("（元）")}.get(
            rule.kind, ""
        )

    def _field(self, rule: Rule) -> Any:
        match rule.kind:
            case "yes_no":
                return ChoiceField([(False, rule.answers[0]), (True, rule.answers[1])])
            case "paper":
                return ChoiceField([(form.key, form.title) for form in SHIPPED])
            case "text" | "hours":
                return TextField(limit=100)
            case "weekdays":
                return WeekField()
            case "dates":
                return DatesField()
        return NumberField(decimals=rule.places, least=None)

    def _minutes(self) -> None:
        self.shell.open(RepairMinutesDialog(self.shell))

    # showing

    def entered(self) -> None:
        self.form.focus_first()
        self.codes.load()
        if not self.changes():
            self.refresh()

    def refresh(self) -> None:
        self.shell.run(partial(self.shell.session.read, settings.current_settings), self.show_rules)

    def show_rules(self, values: dict[str, Any]) -> None:
        """Show what holds today; what was typed and not saved stays."""
        typed = self.changes()
        self._stored = values
        self.form.set_values({key: value for key, value in values.items() if key not in typed})
        self._typed()

    def changes(self) -> dict[str, Any]:
        """What differs from what is stored, in the form in which it would be stored."""
        if not self._stored:
            return {}
        found = {}
        for key, rule in RULES.items():
            field = self.form.field(key)
            value = field.value()
            if isinstance(field, NumberField):
                value = field.text() if field.problem() else self._plain(rule, value)
            if not _same(value, self._stored[key]):
                found[key] = value
        return found

    @staticmethod
    def _plain(rule: Rule, value: Decimal | None) -> Any:
        if value is None:
            return None
        return f"{value}" if rule.places else int(value) if value == value.to_integral() else f"{value}"

    def _typed(self) -> None:
        changed = self.changes()
        problems = settings.setting_problems(changed) | {
            name: text for name, text in self.form.own_problems().items() if name in changed or name == "valid_from"
        }
        count = self.form.show_problems(problems)
        self.summary.show_count(count)
        self.state.setText(self.tr("改了 {n} 条，还没有保存").format(n=len(changed)) if changed else "")
        self.save.allow("" if changed else self.tr("还没有改动"))

    # saving

    def _save(self) -> None:
        changed = self.changes()
        self._typed()
        day = self.form.field("valid_from").value()
        problems = settings.setting_problems(changed)
        if problems or day is None:
            self.form.focus_first()
            return
        seen = {key: self._stored[key] for key in changed}
        self.shell.run(
            partial(self.shell.session.act, Op.CHANGE_SETTING, settings.change_settings, changed, seen, day),
            self._saved, self._refused, write=True,
        )  # fmt: skip

    def _saved(self, _nothing: object) -> None:
        day = self.form.field("valid_from").value()
        later = day is not None and day > self.shell.today()
        self.shell.toast(self.tr("已保存，{day} 起生效").format(day=day) if later else self.tr("规则已保存"))
        self._stored = {}
        self.refresh()

    def _compare(self, error: RowChanged) -> None:
        """Somebody else has set some of these rules meanwhile: one side of each is kept, then the rest is saved."""
        names = {key: RULES[key].title for key in error.theirs}
        rows = differing(self._stored, error.theirs, error.yours, names, error.by, self._words)
        dialog = VersionsDialog(self.shell.frame, error.message, rows)
        dialog.decided.connect(partial(self._decided, error))
        self.shell.open(dialog)

    def _words(self, key: str, value: Any) -> str:
        worded = getattr(self.form.field(key), "words_of", None)
        return worded(value) if worded is not None else "" if value is None else str(value)

    def _decided(self, error: RowChanged, mine: frozenset[str]) -> None:
        self._stored = self._stored | error.theirs
        self.form.set_values({key: value for key, value in error.theirs.items() if key not in mine})
        self._typed()
        if self.changes():
            self._save()

    def _refused(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and error.theirs:
            self._compare(error)
            return
        problems = getattr(error, "problems", None)
        if problems:
            self.form.show_problems(problems)
            self.form.focus_first()
        self.summary.say(getattr(error, "message", "") or str(error))

    def can_leave(self) -> bool:
        return True

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+Enter 保存规则")


def _same(typed: Any, stored: Any) -> bool:
    """Whether two values mean the same rule: "0.50" is 0.5, 5 is not True."""
    if isinstance(typed, bool | list) or isinstance(stored, bool | list):
        return bool(typed == stored) and type(typed) is type(stored)
    if typed in (None, "") or stored in (None, ""):
        return (typed or None) == (stored or None)
    try:
        return Decimal(str(typed)) == Decimal(str(stored))
    except ArithmeticError:
        return bool(typed == stored)
