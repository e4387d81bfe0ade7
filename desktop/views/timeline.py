"""What happened, newest first, and what to say when there is nothing: the timeline and the empty state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.labels import Painted, label
from desktop.views.painting import em, focus_ring, middle, put, rounded, tone_colours, width
from desktop.views.theme import theme

_DISC, _EDGE = 24.0, 5.0


@dataclass(frozen=True, slots=True)
class Event:
    """One line of history: glyph and tone of its disc, what, when, one line of detail."""

    icon: str
    title: str
    when: str
    detail: str = ""
    tone: str = ""
    opens: bool = False
    """Whether there is something behind it to open."""


class Timeline(Painted):
    """Events with a thread between their discs. Details that do not fit are shortened, and whole in the tooltip.

    Signals: opened(index) by Enter or a click, where the event `opens`; current_changed(index) as arrows walk.
    """

    opened = Signal(int)
    current_changed = Signal(int)

    def __init__(self, events: Sequence[Event] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.events: list[Event] = []
        self.current = 0
        self._hover = -1
        self.show_events(events)

    def show_events(self, events: Sequence[Event]) -> None:
        self.events = list(events)
        self.current = min(self.current, max(0, len(self.events) - 1))
        opens = any(each.opens for each in self.events)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if opens else Qt.FocusPolicy.NoFocus)
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        words = [f"{each.when} {each.title} {each.detail}".strip() for each in self.events]
        self.setAccessibleName("；".join(words))
        self.setAccessibleDescription(words[self.current] if words else "")

    def _step(self) -> int:
        return theme().scaled(50)

    def sizeHint(self) -> QSize:
        return QSize(200, self._step() * len(self.events))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._step() * len(self.events))

    def box_of(self, at: int) -> QRect:
        """Where an event stands, for scrolling it into view."""
        return QRect(0, at * self._step(), self.width(), self._step())

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, step = theme(), QPainter(self), self._step()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = max(0, event.rect().top() // step)
        for at in range(first, min(len(self.events), event.rect().bottom() // step + 1)):
            box = QRectF(self.box_of(at)).adjusted(0, -1, 0, -3)
            if at == self._hover and self.events[at].opens:
                rounded(painter, box, 5, look.colour("hover"))
            self._paint_event(painter, at, step)
            if self.hasFocus() and at == self.current:
                focus_ring(painter, box.adjusted(1, 1, -1, -1), 5)

    def _paint_event(self, painter: QPainter, at: int, step: int) -> None:
        look, each, top = theme(), self.events[at], float(at * step)
        body, small, caption = look.font("body"), look.font("small"), look.font("caption")
        if at < len(self.events) - 1:
            painter.fillRect(
                QRectF(_EDGE + _DISC / 2 - 0.5, top + 2 + _DISC, 1, step - _DISC), look.colour("line-strong")
            )
        ink, fill, line = tone_colours(each.tone)
        disc = QRectF(_EDGE, top + 2, _DISC, _DISC)
        painter.setPen(QPen(line, 1))
        painter.setBrush(fill)
        painter.drawEllipse(disc.adjusted(0.5, 0.5, -0.5, -0.5))
        look.icon(painter, each.icon, ink, disc.adjusted(5.5, 5.5, -5.5, -5.5))
        x, right, high = _EDGE + _DISC + 10, self.width() - _EDGE, em(body) * 1.5
        y, low = middle(body, top, high), middle(small, top + high - 3, em(small) * 1.5)
        faint, when = look.colour("text-faint"), width(caption, each.when) + 8
        # A title is never shortened: where it needs the line for itself, the time goes below.
        beside = width(body, each.title) + when <= right - x
        put(painter, right, y if beside else low, each.when, caption, faint, "r")
        put(painter, x, y, each.title, body, look.colour("text"), room=right - x)
        put(painter, x, low, each.detail, small, look.colour("text-muted"), room=right - x - (0 if beside else when))

    # walking and opening

    def _at(self, y: float) -> int:
        at = int(y) // max(1, self._step())
        return at if 0 <= at < len(self.events) else -1

    def _choose(self, at: int) -> None:
        self.current = max(0, min(len(self.events) - 1, at))
        self._tell()
        self.update()
        self.current_changed.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.events) - 1
        steps = {
            Qt.Key.Key_Up: self.current - 1, Qt.Key.Key_Down: self.current + 1,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._choose(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.events and self.events[self.current].opens:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position().y())
        if at >= 0 and self.events[at].opens:
            self._choose(at)
            self.opened.emit(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered(self._at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered(-1)
        super().leaveEvent(event)

    def _hovered(self, at: int) -> None:
        if at != self._hover:
            self._hover = at
            opens = at >= 0 and self.events[at].opens
            self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = self._at(event.pos().y())
            self.setToolTip(self.events[at].detail if at >= 0 else "")
        return super().event(event)


class _Drawing(Painted):
    """Three sheets and a disc: the small line drawing of every empty state."""

    def __init__(self, icon: str, tone: str) -> None:
        super().__init__()
        self._icon, self._tone = icon, tone

    def sizeHint(self) -> QSize:
        return QSize(110, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, shift in enumerate((14.0, 7.0, 0.0)):
            sheet = QRectF(8 + shift, 14 - shift + 1, 76, 54)
            rounded(painter, sheet, 6, look.colour("surface"), look.colour("line-strong"), 1.5)
            if at == 2:
                for line, long in enumerate((44, 30, 38)):
                    painter.fillRect(
                        QRectF(sheet.x() + 14, sheet.y() + 15 + line * 12, long, 2.5), look.colour("line-strong")
                    )
        ink, fill, _ = tone_colours(self._tone)
        disc = QRectF(72, 50, 32, 32)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawEllipse(disc)
        look.icon(painter, self._icon, ink, disc.adjusted(8, 8, -8, -8))


class EmptyState(QWidget):
    """What is so, why, and one or two ways on: `EmptyState("3 栋 12 月没有欠费", "换个条件…", [Button(...)])`."""

    def __init__(
        self, title: str, why: str = "", ways: Sequence[Button] = (), *, icon: str = "check", tone: str = "ok"
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        self.drawing = _Drawing(icon, tone)
        column.addWidget(self.drawing, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        self.title, self.why = label(title, "title", wrap=True), label(why, "muted", wrap=True)
        for words in (self.title, self.why):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for way in ways:
            row.addWidget(way)
        row.addStretch(1)
        column.addSpacing(4)
        column.addLayout(row)
        column.addStretch(3)
