"""What every step of the first start is: fields in a card, a word of explanation beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.forms import Form
from desktop.views.labels import Card, label
from desktop.views.overlays import BodyScroll
from desktop.views.theme import theme

NARROW = 900
"""Below it the explanation folds away."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a worker has loaded or looked up: functions of the services, which cost too much at first paint."""

    services: Any
    """A namespace: first_start_problems, FirstStart, generate_rooms, …"""


class StepView(QWidget):
    """One step. Signals: changed() on any keystroke; go_on() when the step wants the primary pressed.

    `card.body` is the column to fill; `form` the fields of it, if there are any.
    """

    changed = Signal()
    go_on = Signal()

    def __init__(self, aside: str = "", points: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.known: Known | None = None
        self.form: Form | None = None
        self.card = Card()
        self.card.body.setContentsMargins(18, 14, 18, 12)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self.card, 1)
        self.aside = Card(aside)
        self.aside.setFixedWidth(theme().panel("detail"))
        for point in points:
            self.aside.body.addWidget(label(point, "muted", wrap=True))
        self.aside.body.addStretch(1)
        if aside:
            row.addWidget(self.aside)
        self._has_aside = bool(aside)
        self.aside.setVisible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.scroller = BodyScroll(content)
        outer.addWidget(self.scroller)

    def use_form(self, columns: int = 2) -> Form:
        self.form = Form(columns)
        self.form.changed.connect(self.changed)
        return self.form

    # what the page asks

    def learned(self, known: Known) -> None:
        """The services are loaded."""
        self.known = known

    def entered(self) -> None:
        """The step comes to the front: place the focus."""
        if self.form is not None:
            self.form.focus_first()

    def values(self) -> Mapping[str, Any]:
        """What is typed here, by the names of the request."""
        return self.form.values() if self.form is not None else {}

    def own_problems(self) -> dict[str, str]:
        """What is wrong with the texts by themselves."""
        return self.form.own_problems() if self.form is not None else {}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Put each sentence under its field."""
        if self.form is not None:
            self.form.show_problems(problems)

    def focus_problem(self) -> None:
        if self.form is not None:
            self.form.focus_first()

    def next_problem(self) -> None:
        if self.form is not None:
            self.form.focus_next_problem()

    def may_go_on(self, then: Callable[[], object]) -> bool:
        """False: not yet, either because something is missing (the step says what) or because work was begun
        that will call `then` itself."""
        return True

    def primary(self) -> tuple[str, str]:
        """Words and icon of the primary on this step."""
        return self.tr("下一步"), ""

    def barred(self) -> str:
        """Why the primary cannot be pressed at all; empty when it can."""
        return ""

    def missing(self) -> str:
        """What is still missing and no field names, to stand beside the primary."""
        return ""

    def wipe(self) -> None:
        """Passwords leave the widgets."""

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+Enter 下一步 · Alt+← 上一步")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.aside.setVisible(self._has_aside and event.size().width() >= NARROW * theme().factor)
