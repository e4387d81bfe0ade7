"""Where one is and what to choose: steps of a wizard, segments, tabs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.labels import Painted
from desktop.views.painting import focus_ring, middle, put, rounded, width
from desktop.views.theme import theme


class StepsHead(Painted):
    """The numbered steps of a wizard: done with a tick and clickable, the current one solid, the coming ones outlined.

    Signals: chosen(index) when a done step is clicked. Words of coming steps go first when the width does not do.
    """

    chosen = Signal(int)

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._current = list(words), 0
        self._done: set[int] = set()
        self._spots: list[QRectF] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_step(self, current: int, done: set[int] | None = None) -> None:
        """Make a step the current one; `done` defaults to all before it."""
        self._current = current
        self._done = set(range(current)) if done is None else done
        said = "，".join(
            word + ("，已完成" if at in self._done else "，当前" if at == current else "")
            for at, word in enumerate(self._words)
        )
        self.setAccessibleName(said)
        self.update()

    def _disc(self) -> float:
        return theme().scaled(20)

    def sizeHint(self) -> QSize:
        font = theme().font("small", 500)
        wide = sum(self._disc() + 6 + width(font, word) for word in self._words) + 26 * (len(self._words) - 1)
        return QSize(round(wide), theme().scaled(34))

    def minimumSizeHint(self) -> QSize:
        font = theme().font("small", 500)
        longest = max((width(font, word) for word in self._words), default=0.0)
        wide = self._disc() * len(self._words) + 14 * (len(self._words) - 1) + 6 + longest
        return QSize(round(wide), theme().scaled(34))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, disc = look.font("small"), self._disc()
        whole = self.sizeHint().width() <= self.width()
        shown = [word if whole or at == self._current else "" for at, word in enumerate(self._words)]
        used = sum(disc + (6 + width(look.font("small", 500), word) if word else 0) for word in shown)
        gap = (self.width() - used) / max(1, len(shown) - 1)
        x, centre = 0.0, self.height() / 2
        self._spots = []
        for at, word in enumerate(shown):
            done, now = at in self._done and at != self._current, at == self._current
            box = QRectF(x, centre - disc / 2, disc, disc)
            painter.setPen(Qt.PenStyle.NoPen)
            if now or done:
                painter.setBrush(look.colour("primary" if now else "primary-tint"))
                painter.drawEllipse(box)
            else:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(look.colour("line-strong"), 1))
                painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
            if done:
                tick = disc * 0.62
                spot = QRectF(box.center().x() - tick / 2, centre - tick / 2, tick, tick)
                look.icon(painter, "check", "primary-text", spot)
            else:
                number = look.font("caption", 600)
                ink = look.colour("on-primary" if now else "text-faint")
                put(painter, box.center().x(), middle(number, box.y(), disc), str(at + 1), number, ink, "c")
            end = box.right()
            if word:
                role = look.font("small", 500) if now else font
                ink = look.colour("primary-text" if now else "text" if done else "text-faint")
                end += 6 + put(painter, end + 6, middle(role, 0, self.height()), word, role, ink)
            self._spots.append(QRectF(x, 0, end - x, self.height()))
            if at < len(shown) - 1:
                line = look.colour("primary" if done else "line-strong")
                painter.fillRect(QRectF(end + 6, round(centre), max(0.0, gap - 12), 1), line)
            x = end + gap

    def _at(self, point: QPointF) -> int:
        return next((at for at, box in enumerate(self._spots) if box.contains(point) and at in self._done), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hand = self._at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(event.position())
        if at >= 0 and at != self._current:
            self.chosen.emit(at)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a segment or tab."""

    value: Hashable
    words: str
    icon: str | None = None
    count: str = ""


class Segment(Painted):
    """A few choices side by side in a groove; arrows move. Signals: changed(). Has the methods of a form field."""

    changed = Signal()

    def __init__(self, options: Sequence[Option], value: Hashable | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if value is not None:
            self.set_value(value)
        self._tell()

    def value(self) -> Hashable:
        return self._options[self._at].value

    def set_value(self, value: Hashable) -> None:
        for at, option in enumerate(self._options):
            if option.value == value and at != self._at:
                self._choose(at)

    def set_options(self, options: Sequence[Option], value: Hashable) -> None:
        """Other choices, one of them chosen; told to nobody."""
        self._options = list(options)
        self._at = next((at for at, option in enumerate(self._options) if option.value is value), 0)
        self._tell()
        self.updateGeometry()
        self.update()

    def choose_next(self) -> None:
        """The next choice, round and round."""
        self._choose(self._at + 1)

    @property
    def count(self) -> int:
        return len(self._options)

    def choose(self, at: int) -> None:
        """A key for one of the choices: it is taken, and the focus stays where the clerk types."""
        if at != self._at:
            self._choose(at)

    def words_of(self, value: Hashable) -> str:
        """How a value reads on screen."""
        return next((option.words for option in self._options if option.value == value), "")

    def typed(self) -> str:
        """What is chosen, in words: for a draft."""
        return self._options[self._at].words

    def show_typed(self, words: str) -> None:
        """Choose by words; what is no choice any more changes nothing."""
        for option in self._options:
            if option.words == words:
                self.set_value(option.value)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.setProperty("state", state)

    def _choose(self, at: int) -> None:
        self._at = at % len(self._options)
        self._tell()
        self.update()
        self.changed.emit()

    def _tell(self) -> None:
        self.setAccessibleDescription(self._options[self._at].words)

    def _widths(self, glyphs: bool = True) -> list[float]:
        look = theme()
        font, glyph = look.font("small", 500), look.scaled(15)
        return [
            width(font, each.words)
            + (glyph + 5 if each.icon and (glyphs or at == self._at) else 0)
            + (14 if glyphs else 12)
            for at, each in enumerate(self._options)
        ]

    def _roomy(self) -> bool:
        """Whether every choice can show its glyph; in a narrow column only the chosen one does."""
        return sum(self._widths()) + 4 <= self.width()

    def sizeHint(self) -> QSize:
        return QSize(round(sum(self._widths()) + 6), theme().scaled(36))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(sum(self._widths(glyphs=False)) + 6), theme().scaled(36))

    def _boxes(self) -> list[QRectF]:
        widths = self._widths(self._roomy())
        spare = max(0.0, self.width() - 4 - sum(widths)) / len(self._options)
        boxes, x = [], 2.0
        for wide in widths:
            boxes.append(QRectF(x, 2, wide + spare, self.height() - 4))
            x += wide + spare
        return boxes

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), 6, look.colour("sunken"))
        roomy = self._roomy()
        for at, (box, option) in enumerate(zip(self._boxes(), self._options, strict=True)):
            on = at == self._at
            font = look.font("small", 500 if on else 400)
            ink = look.colour("primary-text" if on else "text-muted")
            if on:
                rounded(painter, box, 5, look.colour("surface"), look.colour("primary"), 1.5)
                if self.hasFocus():
                    focus_ring(painter, box, 5)
            glyph = look.scaled(15) if option.icon and (roomy or on) else 0
            x = box.center().x() - (width(font, option.words) + (glyph + 5 if glyph else 0)) / 2
            if option.icon and glyph:
                look.icon(painter, option.icon, ink, QRectF(x, box.center().y() - glyph / 2, glyph, glyph))
                x += glyph + 5
            put(painter, x, middle(font, box.y(), box.height()), option.words, font, ink)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for at, box in enumerate(self._boxes()):
            if box.contains(event.position()) and at != self._at:
                self._choose(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key())
        )
        if step is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._choose(self._at + step)
        else:
            super().keyPressEvent(event)


class Tabs(Painted):
    """Words with a faint count, the chosen one underlined; Ctrl 1…9 is the page's to bind. Signals: changed()."""

    changed = Signal()

    def __init__(self, options: Sequence[Option] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options, self._at = list(options), 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_options(self, options: Sequence[Option]) -> None:
        """Replace words and counts; the chosen value stays chosen while it exists."""
        kept = self.value()
        self._options = list(options)
        self._at = next((at for at, option in enumerate(options) if option.value == kept), 0)
        self.updateGeometry()
        self.update()

    @property
    def count(self) -> int:
        """How many tabs there are."""
        return len(self._options)

    def value(self) -> Hashable | None:
        return self._options[self._at].value if self._options else None

    def set_value(self, value: Hashable) -> None:
        for at, option in enumerate(self._options):
            if option.value == value:
                self.choose(at)

    def words_of(self, value: Hashable) -> str:
        """How a value reads on screen."""
        return next((option.words for option in self._options if option.value == value), "")

    def choose(self, at: int) -> None:
        """Choose by position, from 0; out of range does nothing."""
        if 0 <= at < len(self._options) and at != self._at:
            self._at = at
            self.setAccessibleName(self._options[at].words)
            self.update()
            self.changed.emit()

    def _widths(self) -> list[float]:
        look = theme()
        strong, small = look.font("strong"), look.font("small")
        return [
            width(strong, each.words) + (5 + width(small, each.count) if each.count else 0) + 12
            for each in self._options
        ]

    def sizeHint(self) -> QSize:
        return QSize(round(sum(self._widths()) + 6 * max(0, len(self._options) - 1)), theme().height("tab"))

    def _boxes(self) -> list[QRectF]:
        boxes, x = [], 0.0
        for wide in self._widths():
            boxes.append(QRectF(x, 0, wide, self.height()))
            x += wide + 6
        return boxes

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, (box, option) in enumerate(zip(self._boxes(), self._options, strict=True)):
            on = at == self._at
            font, small = look.font("strong" if on else "body"), look.font("small")
            ink = look.colour("primary-text" if on else "text-muted")
            x = box.x() + 6
            x += put(painter, x, middle(font, 0, self.height() - 3), option.words, font, ink) + 5
            if option.count:
                put(painter, x, middle(small, 0, self.height() - 3), option.count, small, look.colour("text-faint"))
            if on:
                rounded(painter, QRectF(box.x(), self.height() - 3, box.width(), 3), 1.5, look.colour("primary"))
                if self.hasFocus():
                    focus_ring(painter, box.adjusted(0, 2, 0, -5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for at, box in enumerate(self._boxes()):
            if box.contains(event.position()):
                self.choose(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.choose(max(0, min(len(self._options) - 1, self._at + step)))
        else:
            super().keyPressEvent(event)
