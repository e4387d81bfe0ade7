"""What happened, newest first, and what to say when there is nothing: the timeline and the empty state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.labels import Painted, label
from desktop.views.painting import em, middle, put, rounded, tone_colours
from desktop.views.theme import theme

_DISC = 24.0


@dataclass(frozen=True, slots=True)
class Event:
    """One line of history: glyph and tone of its disc, what, when, one line of detail."""

    icon: str
    title: str
    when: str
    detail: str = ""
    tone: str = ""


class Timeline(Painted):
    """Events with a thread between their discs. Details that do not fit are shortened, and whole in the tooltip."""

    def __init__(self, events: Sequence[Event] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.events: list[Event] = []
        self.show_events(events)

    def show_events(self, events: Sequence[Event]) -> None:
        self.events = list(events)
        self.setAccessibleName("；".join(f"{each.when} {each.title} {each.detail}".strip() for each in events))
        self.updateGeometry()
        self.update()

    def _step(self) -> int:
        return theme().scaled(50)

    def sizeHint(self) -> QSize:
        return QSize(200, self._step() * len(self.events))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._step() * len(self.events))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, step = theme(), QPainter(self), self._step()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = max(0, event.rect().top() // step)
        body, small, caption = look.font("body"), look.font("small"), look.font("caption")
        for at in range(first, min(len(self.events), event.rect().bottom() // step + 1)):
            each, top = self.events[at], float(at * step)
            if at < len(self.events) - 1:
                painter.fillRect(QRectF(_DISC / 2 - 0.5, top + 2 + _DISC, 1, step - _DISC), look.colour("line-strong"))
            ink, fill, line = tone_colours(each.tone)
            disc = QRectF(0, top + 2, _DISC, _DISC)
            painter.setPen(QPen(line, 1))
            painter.setBrush(fill)
            painter.drawEllipse(disc.adjusted(0.5, 0.5, -0.5, -0.5))
            look.icon(painter, each.icon, ink, disc.adjusted(5.5, 5.5, -5.5, -5.5))
            x, high = _DISC + 10, em(body) * 1.5
            y = middle(body, top, high)
            when = put(painter, self.width(), y, each.when, caption, look.colour("text-faint"), "r")
            put(painter, x, y, each.title, body, look.colour("text"), room=self.width() - x - when - 8)
            low = middle(small, top + high - 3, em(small) * 1.5)
            put(painter, x, low, each.detail, small, look.colour("text-muted"), room=self.width() - x)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = event.pos().y() // max(1, self._step())
            self.setToolTip(self.events[at].detail if 0 <= at < len(self.events) else "")
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
        column.addWidget(_Drawing(icon, tone), 0, Qt.AlignmentFlag.AlignHCenter)
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
