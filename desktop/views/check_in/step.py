"""What every step of the wizard is: it shows the draft, writes what is typed into it, and says where the focus goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLayout, QSizePolicy, QStackedWidget, QWidget

from desktop.services.check_in_draft import CheckInDraft, Step
from desktop.services.problems import Level, Problem
from desktop.views.buttons import KeyCap
from desktop.views.check_in.wizard import Wizard
from desktop.views.forms import FormRow
from desktop.views.keys import bind, leaves_field
from desktop.views.labels import label, set_property
from desktop.views.layouts import Flow


class StepView(QWidget):
    """One step. Signals: none; it calls the wizard. Override what is needed."""

    step: Step
    scrolls = True
    """Whether the page scrolls the whole step; False: it scrolls parts of itself."""
    asked = False
    """Whether the primary was pressed here: from then on empty fields are named too."""

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self.wizard = wizard
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    @property
    def draft(self) -> CheckInDraft:
        return self.wizard.draft

    def show_draft(self) -> None:
        """Fill the fields from the draft; no signal of it counts as typing."""

    def entered(self) -> None:
        """The step comes to the front: load what it needs, place the focus."""

    def bring_forward(self, stack: QStackedWidget) -> None:
        """Show the step in the stack it stands in, by itself or in its scroll area."""
        for at in range(stack.count()):
            place = stack.widget(at)
            if place is self or place.isAncestorOf(self):
                stack.setCurrentIndex(at)

    def forget(self) -> None:
        """Another check-in begins."""

    def left_behind(self) -> None:
        """Another step comes to the front."""

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Put what the service says under the fields."""

    def focus_problem(self) -> None:
        """Go to the first field that stops."""

    def primary(self) -> tuple[str, str]:
        """Words and icon of the primary on this step."""
        return self.tr("下一步"), ""

    def ready(self) -> str:
        """Why the primary cannot be pressed; empty when it can. Missing fields are no reason: it names them."""
        return ""

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+Enter 下一步 · Esc 暂存并离开")


class Tick(QWidget):
    """A tick with its key beside it, or below it where it is `narrow`. Signals: changed(); entered() for Enter on the
    `last` one, else Enter moves on."""

    changed = Signal()
    entered = Signal()

    def __init__(self, words: str, key: str = "", *, last: bool = False, narrow: bool = False) -> None:
        super().__init__()
        self.box = _Box(words)
        self.box.enter_moves_on = not last
        self.box.entered.connect(self.entered)
        self.box.toggled.connect(self._tell)
        row: QLayout = Flow(8) if narrow else QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.box)
        if key:
            row.addWidget(KeyCap(key))
            self._binding = bind(self, key, self.flip)
        if isinstance(row, QHBoxLayout):
            row.addStretch(1)
        self.setLayout(row)
        self.setFocusProxy(self.box)
        self.box.setAccessibleName(words)

    def flip(self) -> None:
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.toggle()

    def value(self) -> bool:
        return self.box.isChecked()

    def set_value(self, value: bool) -> None:
        self.box.setChecked(value)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        set_property(self.box, "state", state)

    def _tell(self) -> None:
        self.changed.emit()


class _Box(QCheckBox):
    entered = Signal()
    enter_moves_on = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if leaves_field(event):
            self.entered.emit()
            if self.enter_moves_on:
                self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)


def say_problems(rows: dict[str, FormRow], problems: Sequence[Problem], typed: Sequence[str], asked: bool) -> list[str]:
    """Put each remark into its row, but hold back what stops in a field not touched yet. Names of rows that stop."""
    stops: dict[str, str] = {}
    doubts: dict[str, str] = {}
    notes: dict[str, str] = {}
    for problem in problems:
        target = {Level.ERROR: stops, Level.WARN: doubts, Level.NOTE: notes}[problem.level]
        target.setdefault(problem.field, problem.text)
    for name, row in rows.items():
        own = row.field.problem()  # type: ignore[attr-defined]
        stop = own or stops.get(name, "")
        if stop and not own and not asked and name not in typed:
            stop = ""
        doubt = doubts.get(name, "")
        row.say(stop or doubt or notes.get(name, ""), "danger" if stop else "warn" if doubt else "")
        row.field.set_state("error" if stop else "doubt" if doubt else "")  # type: ignore[attr-defined]
        row.field.setAccessibleDescription(stop or doubt)
    return [name for name in rows if name in stops or rows[name].field.problem()]  # type: ignore[attr-defined]


def sentence(text: str) -> str:
    """A sentence of the reader with Chinese punctuation and without its full stop, as messages stand here."""
    return text.replace(",", "，").replace(";", "；").rstrip("。")


def heading(text: str) -> QWidget:
    """A small heading inside a card."""
    return label(text, "strong")


def page_of(step: StepView) -> QWidget:
    """The page a step stands on, as a widget."""
    page = step.parentWidget()
    while page is not None and not getattr(page, "is_page", False):
        page = page.parentWidget()
    return page or step
