"""Dialogs: a card over a scrim inside the window, at most 900 by 480, with an error summary, a fixed foot and its keys.

A dialog gathers one request: subclass `Dialog`, fill `body` or `form`, override `problems()` and `request()`, listen to
`submitted(request)`, open it with `shell.open(dialog)`. What was typed stays until the service has agreed: call
`accept()` then, or `refuse(error)` to bring a DomainError back to its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import Button, IconButton
from desktop.views.forms import ErrorSummary, Form
from desktop.views.holding import hold
from desktop.views.keys import bind
from desktop.views.labels import label, rule
from desktop.views.overlays import BodyScroll, Overlay, focusable

MOST_WIDE, MOST_HIGH = 900, 480
_EDGE = 12


class Dialog(Overlay):
    """Signals: submitted(request) when the primary is pressed and nothing is wrong; closed(accepted)."""

    submitted = Signal(object)
    closed = Signal(bool)
    writes: ClassVar[bool] = True
    """What the primary does is stored: it waits while the database cannot be reached."""
    help_topic: ClassVar[str] = ""
    """Where F1 opens the handbook; empty: where the page beneath does."""
    fills: ClassVar[bool] = False
    """As high as a dialog may be, whatever is in it: for what scrolls by itself."""

    def __init__(
        self,
        window: QWidget,
        title: str,
        *,
        subtitle: str = "",
        primary: str = "",
        primary_icon: str | None = None,
        kind: str = "primary",
        cancel: str = "",
        wide: int = 800,
    ) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._wide = min(wide, MOST_WIDE)
        self._asked = False
        self.card = QFrame(self)
        self.card.setProperty("kind", "dialog")
        self.setAccessibleName(title)
        self.summary = ErrorSummary()
        self.summary.next_wanted.connect(self._next_problem)
        self.form: Form | None = None
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        self.scroller = BodyScroll(self._content, grows=True)
        self.close_button = IconButton("x", self.tr("关闭，Esc"), size=30, glyph=18)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.close_button.clicked.connect(self.cancel)
        self.cancel_button = Button(cancel or self.tr("取消"), "quiet", key="Esc")
        self.cancel_button.clicked.connect(self.cancel)
        self.note = label("", "muted")
        self.primary = Button(primary or self.tr("保存"), kind, key="Ctrl+Return", icon=primary_icon)
        self.primary.clicked.connect(self.submit)
        self.primary.set_writes(self.writes)
        hold().changed.connect(self._held)
        self._alt_down = bind(self, "Alt+Down", self._next_problem)
        self._lay_out(title, subtitle)

    def _lay_out(self, title: str, subtitle: str) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(title, "page"))
        head.addWidget(label(subtitle, "muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addWidget(self.close_button)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        self.foot.addWidget(self.cancel_button)
        self.foot.addWidget(self.note)
        self.foot.addStretch(1)
        self.foot.addWidget(self.primary)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(24, 16, 24, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.summary)
        column.addWidget(self.scroller, 1)
        column.addWidget(rule())
        column.addLayout(self.foot)

    # what a subclass says

    def use_form(self, columns: int = 2, *, side: bool = False) -> Form:
        """Give the dialog a form: it is checked on every change and opens on its first field."""
        self.form = Form(columns, side=side)
        self.form.changed.connect(self.check)
        self.body.addWidget(self.form)
        self.body.addStretch(1)
        return self.form

    def problems(self) -> Mapping[str, str]:
        """What is wrong, by field name; override with the service's `problems(request, facts)`."""
        return {}

    def doubts(self) -> Mapping[str, str]:
        """What is allowed but unusual, by field name."""
        return {}

    def request(self) -> Any:
        """The request dataclass; override. Called only when nothing is wrong."""
        return self.form.values() if self.form is not None else None

    # what happens

    def check(self) -> int:
        """Look at every field again; before the first attempt to save only what is wrong by itself is shown."""
        if self.form is None:
            return 0
        problems = {**self.form.own_problems()}
        if self._asked:
            problems = {**self.problems(), **problems}
        count = self.form.show_problems(problems, self.doubts())
        self.summary.show_count(count if self._asked else 0)
        return count

    def submit(self) -> None:
        """Check everything; with problems left go to the first, else emit the request."""
        self._asked = True
        if self.check():
            assert self.form is not None
            self.form.focus_first()
            return
        self.submitted.emit(self.request())

    def refuse(self, error: Exception) -> None:
        """The service said no: its sentences go to their fields, or over the form. What was typed stays."""
        from desktop.services.errors import ProblemsFound  # not at first paint: no service is imported by then

        text, name = getattr(error, "message", "") or str(error), getattr(error, "field", None)
        said = error.problems if isinstance(error, ProblemsFound) else {name: text} if name else {}
        here = {field: words for field, words in said.items() if self.form is not None and field in self.form.rows}
        if self.form is not None and here:
            self.form.show_problems(here, self.doubts())
            self.summary.show_count(len(here))
            self.form.focus_first()
        else:
            self.summary.say(text)
        self.set_busy(False)

    def set_busy(self, busy: bool, words: str = "") -> None:
        """Keep the primary from being pressed twice while the service works."""
        self.primary.allow(words or self.tr("正在保存") if busy else "")
        self.note.setText(words if busy else self._waits())

    def _waits(self) -> str:
        return hold().reason if self.writes else ""

    def _held(self, _reason: str) -> None:
        self.note.setText(self._waits())

    def open(self) -> None:
        """Show it over the window, with the focus in the first field, or the first wrong one."""
        self.cover()
        self._held("")
        self._place()
        if self.form is not None:
            self.form.focus_first()
        else:
            ring = focusable(self)
            (ring[0] if ring else self).setFocus(Qt.FocusReason.TabFocusReason)

    def accept(self) -> None:
        self._end(True)

    def cancel(self) -> None:
        """Esc: close without saving; drafts are the page's and stay."""
        self._end(False)

    def _end(self, accepted: bool) -> None:
        self.uncover()
        self.closed.emit(accepted)
        self.deleteLater()

    def _next_problem(self) -> None:
        if self.form is not None:
            self.form.focus_next_problem()

    # where it lies

    def minimumSizeHint(self) -> QSize:
        return self.card.minimumSizeHint()

    def _place(self) -> None:
        room = self.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        wide = min(max(self._wide, self.card.minimumSizeHint().width()), room.width(), MOST_WIDE)
        layout = self.card.layout()
        layout.activate()
        self.card.resize(wide, room.height())
        layout.activate()
        high = max(self.card.sizeHint().height(), layout.heightForWidth(wide) if layout.hasHeightForWidth() else 0)
        high = min(MOST_HIGH if self.fills else high + 2, room.height(), MOST_HIGH)
        self.card.setGeometry((self.width() - wide) // 2, (self.height() - high) // 2, wide, high)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return super().eventFilter(watched, event)

    def shaded(self) -> QRectF | None:
        return QRectF(self.card.geometry())


class Question(Dialog):
    """A question with named answers instead of yes and no. Signals: answered(value); closed(False) for cancel.

    `answers` are (value, words, kind); the last is the one Enter takes unless it is dangerous, which Enter never is.
    """

    answered = Signal(object)

    def __init__(
        self,
        window: QWidget,
        title: str,
        text: str,
        answers: Sequence[tuple[Any, str, str]],
        *,
        cancel: str = "",
        wide: int = 520,
    ) -> None:
        super().__init__(window, title, cancel=cancel, wide=wide)
        self.primary.hide()
        self.primary.set_key(None)
        self.body.addWidget(label(text, wrap=True))
        self.body.addStretch(1)
        self.buttons: list[Button] = []
        for at, (value, words, kind) in enumerate(answers):
            last = at == len(answers) - 1
            key = "Ctrl+Return" if last and kind != "danger" else f"Alt+{at + 1}"
            button = Button(words, kind, key=key, writes=self.writes)
            button.clicked.connect(_Answer(self, value))
            self.buttons.append(button)
            self.foot.addWidget(button)

    def open(self) -> None:
        super().open()
        safe = [button for button in self.buttons if button.kind != "danger"]
        (safe[-1] if safe else self.cancel_button).setFocus(Qt.FocusReason.TabFocusReason)

    def answer(self, value: Any) -> None:
        self.uncover()
        self.answered.emit(value)
        self.closed.emit(True)
        self.deleteLater()


class _Answer:
    """A bound answer: a lambda in a loop would give every button the last value."""

    def __init__(self, question: Question, value: Any) -> None:
        self._question, self._value = question, value

    def __call__(self, *_: object) -> None:
        self._question.answer(self._value)
