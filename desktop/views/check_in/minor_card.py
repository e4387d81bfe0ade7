"""「租客未成年」: why somebody under 18 does not sign alone, and the two ways on: a guardian, or own income."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from desktop.services import capacity
from desktop.services.check_in_people import Role
from desktop.services.typed_card import day_of
from desktop.views.buttons import Button
from desktop.views.check_in.step import Tick
from desktop.views.check_in.wizard import Wizard
from desktop.views.labels import Card, Glyph, label


class MinorCard(Card):
    """Hidden for grown-ups. Signals: changed() when own income is said; guardian_wanted()."""

    changed = Signal()
    guardian_wanted = Signal()

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self._wizard = wizard
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("triangle-alert", "warn", 18))
        row.addWidget(label(self.tr("租客未成年"), "strong"))
        row.addStretch(1)
        self.body.addLayout(row)
        self.words = label("", "small", wrap=True)
        self.guardian = Button(
            self.tr("登记监护人"), "warn", icon="user-plus", key="Alt+7", slot=self.guardian_wanted.emit
        )
        self.own_income = Tick(self.tr("靠自己的劳动收入生活"), "Alt+6")
        self.own_income.changed.connect(self.changed)
        for widget in (self.words, self.own_income, self.guardian):
            self.body.addWidget(widget)
        self.hide()

    def show_age(self) -> None:
        """What the birthday of the draft asks for."""
        draft, today = self._wizard.draft, self._wizard.shell.today()
        birth = day_of(draft.birth)
        minor = capacity.is_minor(birth, today) and draft.company is None
        self.setVisible(minor)
        if not minor or birth is None:
            return
        guardian = next((person for person in draft.people if person.role is Role.GUARDIAN), None)
        problem = capacity.signing_problem(birth, today, own_income=draft.own_income)
        if guardian is not None:
            words = self.tr("监护人 {name} 一起签租约。").format(name=guardian.name or self.tr("（还没有填姓名）"))
        elif problem is not None:
            words = problem.text + self.tr("。")
        else:
            words = self.tr("本人说明靠自己的劳动收入生活，可以自己签（《民法典》第十八条）。")
        self.words.setText(words)
        self.own_income.setVisible(capacity.may_earn(birth, today) and guardian is None)
        self.guardian.setText(self.tr("登记监护人") if guardian is None else self.tr("看监护人"))
