"""The form of one person, or of the company, in 更多的人: what is asked follows the role."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import DocumentKind
from desktop.services import capacity, typed_card
from desktop.services.check_in_people import GUARANTEES, IN_PERSON, ROLE_WORDS, Role
from desktop.services.check_in_people_draft import CompanyDraft, PersonDraft, take_role
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.problems import Problem
from desktop.views.check_in.reading import PasteFilter
from desktop.views.check_in.review_widgets import chain
from desktop.views.check_in.step import Tick, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, IdNumberField, PhoneField
from desktop.views.forms import FormRow, MessageLine
from desktop.views.keys import swallows_enter
from desktop.views.labels import label
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField

COMPANY = "company"
_ROLES = (*Role, COMPANY)
_ORDER: dict[str, tuple[tuple[str, ...], ...]] = {
    Role.HOUSEHOLD: (("name", "document.number", "document.kind"), ("relation", "phone", "birth")),
    Role.CO_TENANT: (("name", "document.number", "document.kind"), ("relation", "phone", "birth")),
    Role.GUARANTOR: (("name", "document.number", "document.kind"), ("phone", "guarantee", "birth")),
    Role.AGENT: (("name", "document.number", "document.kind"), ("phone", "birth"), ("basis",)),
    Role.GUARDIAN: (("name", "document.number", "document.kind"), ("relation", "phone", "birth"), ("basis",)),
    COMPANY: (("company", "legal_person"), ("code", "company_phone"), ("authority",), ("company_address",)),
}
"""Rows of the form by role, as they stand side by side in three columns."""
_WIDE = {"basis": 3, "document.address": 3, "company_address": 3, "authority": 3, "company": 2, "code": 2}
"""Columns of a row that needs more than one."""
_ADDRESS = ("document.address",)
_ATTRIBUTES = {
    "document.number": "number", "document.kind": "kind", "document.address": "address", "company": "name",
    "company_phone": "phone", "company_address": "address",
}  # fmt: skip
"""Row → attribute of the draft, where it is called otherwise."""
_SAID_OF = {
    "company.name": "company", "company.document.number": "code", "company.phone": "company_phone",
    "company.legal_person": "legal_person", "company.authority": "authority",
}  # fmt: skip
"""Field of a remark about a company → row."""
PERSONAL = tuple(kind for kind in DocumentKind if kind is not DocumentKind.BUSINESS_LICENCE)


class RoleSegment(Segment):
    """What somebody is. A digit or the arrows choose, Enter moves on."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        if swallows_enter(event):
            self.focusNextPrevChild(True)
        elif digit.isdecimal() and 1 <= int(digit) <= len(_ROLES) and not event.modifiers() & _CHORDS:
            self.set_value(_ROLES[int(digit) - 1])
        else:
            super().keyPressEvent(event)


_CHORDS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier


class PersonPanel(QWidget):
    """Shows one draft and writes what is typed into it.

    Signals: changed() after anything typed; role_chosen(role); number_changed(); pasted(pictures).
    """

    changed = Signal()
    role_chosen = Signal(object)
    number_changed = Signal()
    pasted = Signal(list)

    def __init__(self, page: Wizard) -> None:
        super().__init__()
        self._page = page
        self.draft: PersonDraft | CompanyDraft = PersonDraft()
        self._showing = False
        self._touched: set[str] = set()
        self.stops: list[str] = []
        self.rows = self._make_rows()
        words = [*ROLE_WORDS.values(), self.tr("承租单位")]
        named = enumerate(zip(_ROLES, words, strict=True), 1)
        self.role = RoleSegment([Option(value, f"{n} {each}") for n, (value, each) in named])
        self.role.setAccessibleName(self.tr("身份"))
        self.note = label("", "small", wrap=True)
        self.lives_in = Tick(self.tr("也住在这里"))
        self.matched = Tick(self.tr("人证一致（人工核对）"), "Alt+9")
        self.consented = Tick(self.tr("监护人同意登记（未满 14 周岁）"))
        self.own_income = Tick(self.tr("靠自己的劳动收入生活（16、17 岁）"))
        self.said = MessageLine()
        self._lay_out()
        self._wire()

    def _make_rows(self) -> dict[str, FormRow]:
        today = self._page.shell.today
        kinds = ChoiceField([(kind, DOCUMENT_NAMES[kind]) for kind in PERSONAL], DocumentKind.ID_CARD)
        kinds.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        kinds.setMinimumContentsLength(6)
        fields: dict[str, tuple[str, QWidget]] = {
            "name": (self.tr("姓名"), TextField(limit=40)),
            "document.number": (self.tr("证件号码"), IdNumberField()),
            "document.kind": (self.tr("证件种类"), kinds),
            "relation": (self.tr("与承租人的关系"), TextField(limit=20)),
            "phone": (self.tr("电话"), PhoneField()),
            "birth": (self.tr("出生日期"), DateField(today)),
            "guarantee": (self.tr("保证方式"), ChoiceField([(each, each) for each in GUARANTEES])),
            "basis": (self.tr("授权委托书"), TextField(limit=80)),
            "document.address": (self.tr("证件住址"), TextField(limit=120)),
            "company": (self.tr("单位名称"), TextField(limit=80)),
            "code": (self.tr("统一社会信用代码"), IdNumberField()),
            "legal_person": (self.tr("法定代表人"), TextField(limit=40)),
            "authority": (self.tr("经办人的授权"), TextField(limit=80, hint=self.tr("例如 授权委托书 2026-11-20"))),
            "company_phone": (self.tr("单位电话"), PhoneField()),
            "company_address": (self.tr("住所"), TextField(limit=120)),
        }
        return {name: FormRow(words, field) for name, (words, field) in fields.items()}

    def _lay_out(self) -> None:
        for row in self.rows.values():
            row.setParent(self)  # one that is shown before it has a place would be a window of its own
        self.grid = QGridLayout()
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(12)
        self.grid.setVerticalSpacing(0)
        for at in range(3):
            self.grid.setColumnStretch(at, 1)
        ticks = QHBoxLayout()
        ticks.setSpacing(16)
        self.ticks = (self.lives_in, self.matched, self.consented, self.own_income)
        for tick in self.ticks[:2]:
            ticks.addWidget(tick)
        ticks.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.role)
        column.addWidget(self.note)
        column.addLayout(self.grid)
        column.addLayout(ticks)
        column.addWidget(self.consented)
        column.addWidget(self.own_income)
        column.addWidget(self.said)
        column.addStretch(1)

    def _wire(self) -> None:
        self.paste_filter = PasteFilter(self)
        self.paste_filter.pasted.connect(self.pasted)
        for name, row in self.rows.items():
            field: Any = row.field
            field.changed.connect(partial(self._typed, name))
            if isinstance(field, TextField):
                field.installEventFilter(self.paste_filter)
                field.entered.connect(partial(self._entered, name))
        self.role.changed.connect(self._role_changed)
        for tick in self.ticks:
            tick.changed.connect(self._ticked)

    # what it shows

    def show_draft(self, draft: PersonDraft | CompanyDraft) -> None:
        """Another row is in hand, or what is in it came from a card."""
        fresh = draft is not self.draft
        self.draft = draft
        self._showing = True
        self.role.set_value(self.kind)
        for name in self._names():
            field: Any = self.rows[name].field
            if isinstance(field, ChoiceField) or field.text() != self._value(name):
                field.set_value(self._value(name))
        self.lives_in.set_value(draft.lives_in)
        if isinstance(draft, PersonDraft):
            self.matched.set_value(draft.matched)
            self.consented.set_value(draft.consented)
            self.own_income.set_value(draft.own_income)
        self._showing = False
        filled = {name for name in self._names() if self._value(name)}
        self._touched = filled if fresh else self._touched | filled
        self._arrange()

    @property
    def kind(self) -> str:
        """The role, or COMPANY."""
        return self.draft.role if isinstance(self.draft, PersonDraft) else COMPANY

    def _lines(self) -> tuple[tuple[str, ...], ...]:
        lines = _ORDER[self.kind]
        return lines if self.kind == COMPANY else (*lines, _ADDRESS)

    def _names(self) -> list[str]:
        return [name for line in self._lines() for name in line]

    def _value(self, name: str) -> Any:
        return getattr(self.draft, _ATTRIBUTES.get(name, name))

    def _arrange(self) -> None:
        """The rows of the role in their places; what is not asked of it is hidden."""
        names = self._names()
        for name, row in self.rows.items():
            self.grid.removeWidget(row)
            row.setVisible(name in names)
        for at, line in enumerate(self._lines()):
            column = 0
            for name in line:
                self.grid.addWidget(self.rows[name], at, column, 1, _WIDE.get(name, 1))
                column += _WIDE.get(name, 1)
        relation = self.tr("与未成年人的关系") if self.kind == Role.GUARDIAN else self.tr("与承租人的关系")
        self.rows["relation"].caption.setText(relation)
        basis = self.tr("授权委托书：日期、事项、期限")
        proof = self.tr("监护证明（父母不用填）")
        self.rows["basis"].caption.setText(proof if self.kind == Role.GUARDIAN else basis)
        self._show_ticks()
        chain([self.role, *(self.rows[name].field for name in names), *(tick.box for tick in self.ticks)])
        self._say_note()

    def _show_ticks(self) -> None:
        draft = self.draft
        self.lives_in.setVisible(self.kind != Role.HOUSEHOLD)
        self.lives_in.box.setText(self.tr("经办人住在这里") if self.kind == COMPANY else self.tr("也住在这里"))
        self.matched.setVisible(self.kind in IN_PERSON)
        birth = typed_card.day_of(draft.birth) if isinstance(draft, PersonDraft) else None
        today = self._page.shell.today()
        tenant = typed_card.day_of(self._page.draft.birth)
        guards = self.kind == Role.GUARDIAN and capacity.is_child(tenant, today)
        self.consented.setVisible(guards or capacity.is_child(birth, today))
        self.own_income.setVisible(self.kind == Role.CO_TENANT and capacity.may_earn(birth, today))

    def _say_note(self) -> None:
        """What the role means, where it is not plain."""
        who = self._page.draft.name or self.tr("刚才读证件的人")
        words = {
            COMPANY: self.tr("租约由单位签，{who}是经办人；账单和押金都记在单位名下。").format(who=who),
            Role.GUARANTOR: self.tr("保证人要成年，租约上另有保证条款和签字处。"),
            Role.GUARDIAN: self.tr("租客未满 18 周岁，租约由监护人一起签或代签（《民法典》第十九条、第二十条）。"),
            Role.AGENT: self.tr("代理人凭书面授权替租客签字（《民法典》第一百六十五条）。"),
        }.get(self.kind, "")
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def show_problems(self, problems: Sequence[Problem], asked: bool) -> None:
        """What the service says of this row, under its fields; what has no field of its own stands below."""
        named = [Problem(p.level, self._row_of(p.field), p.text) for p in problems]
        rows = {name: self.rows[name] for name in self._names()}
        self.stops = say_problems(rows, named, tuple(self._touched), asked)
        ticks = {"matched": self.matched, "consented": self.consented}
        said = {p.field: p.text for p in named if p.stops and p.field not in rows}
        for name, tick in ticks.items():
            tick.set_state("error" if asked and name in said else "")
        shown = [text for name, text in said.items() if asked or name not in ticks]
        warned = [p.text for p in named if not p.stops and p.field not in rows and p.field not in ticks]
        self.said.set((shown or warned or [""])[0], "danger" if shown else "warn" if warned else "")
        self.stops += [name for name in said if name not in self.stops]

    def _row_of(self, field: str) -> str:
        if self.kind == COMPANY:
            return _SAID_OF.get(field, field)
        return "guarantee" if field == "basis" and self.kind == Role.GUARANTOR else field

    def focus_problem(self) -> None:
        """Go to the first field that stops, else to the tick that is missing."""
        name = self.stops[0] if self.stops else ""
        target = {"matched": self.matched, "consented": self.consented, "role": self.role}.get(name)
        if target is None and name in self.rows:
            target = self.rows[name].field  # type: ignore[assignment]
        (target or self.role).setFocus(Qt.FocusReason.TabFocusReason)

    def focus_first(self, role_known: bool = False) -> None:
        """A new row begins with what somebody is, unless that is known; any other with its first empty field."""
        if self.draft.empty and not role_known:
            self.role.setFocus(Qt.FocusReason.TabFocusReason)
            return
        empty = next((name for name in self._names() if not self._value(name)), self._names()[0])
        self.rows[empty].field.setFocus(Qt.FocusReason.TabFocusReason)

    # what happens

    def _typed(self, name: str) -> None:
        if self._showing or name not in self._names():
            return
        field: Any = self.rows[name].field
        if isinstance(field, DateField):
            day = field.value()
            value: Any = day.isoformat() if day is not None else field.text()
        else:
            value = field.value()
        attribute = _ATTRIBUTES.get(name, name)
        if getattr(self.draft, attribute) == value:
            return
        setattr(self.draft, attribute, value)
        self._touched.add(name)
        if isinstance(self.draft, PersonDraft):
            typed_card.settle(self.draft, attribute)
            if attribute in ("number", "kind"):
                self._follow_number(self.draft)
            if attribute in ("number", "kind", "birth"):
                self._show_ticks()
        if attribute in ("number", "kind", "code"):
            self.number_changed.emit()
        self.changed.emit()

    def _follow_number(self, person: PersonDraft) -> None:
        """Another number is another person: birthday and sex come from it alone."""
        person.birth = person.sex = ""
        typed_card.follow_number(person, self._page.shell.today())
        self._showing = True
        self.rows["birth"].field.set_value(person.birth)  # type: ignore[attr-defined]
        self._showing = False

    def _entered(self, name: str) -> None:
        """Enter on what was read doubtfully confirms it as it stands."""
        if isinstance(self.draft, PersonDraft) and _ATTRIBUTES.get(name, name) in self.draft.doubts:
            typed_card.settle(self.draft, _ATTRIBUTES.get(name, name))
            self.changed.emit()

    def _role_changed(self) -> None:
        if self._showing:
            return
        role = self.role.value()
        if isinstance(self.draft, PersonDraft) and isinstance(role, Role):
            take_role(self.draft, role)
            self.show_draft(self.draft)
            self.changed.emit()
        else:
            self.role_chosen.emit(role)

    def _ticked(self) -> None:
        if self._showing:
            return
        self.draft.lives_in = self.lives_in.value()
        if isinstance(self.draft, PersonDraft):
            self.draft.matched = self.matched.value()
            self.draft.consented = self.consented.value()
            self.draft.own_income = self.own_income.value()
        self.changed.emit()
