"""A short list of colleagues to choose one from: on the lock card and where a second person gives her word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.views.keys import bind
from desktop.views.labels import Painted
from desktop.views.painting import cap_width, em, focus_ring, key_cap, middle, put, rounded, width
from desktop.views.theme import theme

MOST_KEYS = 9


@dataclass(frozen=True, slots=True)
class Colleague:
    """One line: name, roles, and a word at the right (「刚才在这里」)."""

    name: str
    roles: str
    word: str = ""


class PersonList(Painted):
    """Arrows, digits, Alt with a digit or the mouse choose. Signals: changed() when another one is in hand."""

    changed = Signal()

    def __init__(self, name: str, keys: int = MOST_KEYS) -> None:
        """`keys`: so many lines have a key of their own."""
        super().__init__()
        self._name, self._most = name, keys
        self._people: list[Colleague] = []
        self._at = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._keys = [bind(self, f"Alt+{at + 1}", _Choose(self, at)) for at in range(keys)]
        self._describe()

    @property
    def at(self) -> int:
        """Which one is in hand, from 0."""
        return self._at

    def show_people(self, people: Sequence[Colleague], at: int = 0) -> None:
        """Show these, with one of them in hand."""
        self._people, self._at = list(people), at
        self._describe()
        self.updateGeometry()
        self.update()

    def choose(self, at: int) -> None:
        """Take one in hand; a number that is not here changes nothing."""
        if 0 <= at < len(self._people) and at != self._at:
            self._at = at
            self._describe()
            self.update()
            self.changed.emit()

    def step(self, by: int) -> None:
        """Up or down, round and round."""
        if self._people:
            self.choose((self._at + by) % len(self._people))

    def _describe(self) -> None:
        self.setAccessibleName(self._name)
        if self._people:
            person = self._people[self._at]
            said = (person.name, person.roles, person.word, f"第 {self._at + 1} 位，共 {len(self._people)} 位")
            self.setAccessibleDescription("，".join(part for part in said if part))

    # how it looks

    def _row(self) -> int:
        return theme().height("row") + 2

    def sizeHint(self) -> QSize:
        return QSize(240, self._row() * len(self._people) + (4 if self._people else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = self._row()
        for at, person in enumerate(self._people):
            box = QRectF(2, 2 + at * high, self.width() - 4, high)
            if at == self._at:
                rounded(painter, box.adjusted(0, 1, 0, -1), 5, look.colour("selected"))
                painter.fillRect(QRectF(box.x(), box.y() + 2, 3, box.height() - 4), look.colour("primary"))
                if self.hasFocus():
                    focus_ring(painter, box.adjusted(0, 1, 0, -1))
            self._paint(painter, at, person, box)

    def _paint(self, painter: QPainter, at: int, person: Colleague, box: QRectF) -> None:
        look, centre = theme(), box.center().y()
        strong, small = look.font("strong"), look.font("small")
        disc = box.height() - 12
        round_ = QRectF(box.x() + 10, centre - disc / 2, disc, disc)
        rounded(painter, round_, disc / 2, look.colour("surface" if at == self._at else "primary-tint"))
        put(
            painter, round_.center().x(), centre + em(small) * 0.365, person.name[:1], small,
            look.colour("primary-text"), "c",
        )  # fmt: skip
        right = box.right() - 10
        if len(self._people) > 1 and at < self._most:
            words = f"Alt {at + 1}"
            right -= cap_width(words)
            key_cap(painter, words, right, centre, look.colour("text-muted"), look.colour("line-strong"))
            right -= 10
        low = middle(small, box.y(), box.height())
        if person.word:
            right -= put(painter, right, low, person.word, small, look.colour("text-muted"), "r") + 10
        x = round_.right() + 10
        room = min(width(strong, person.name), max(60.0, (right - x) * 0.6))
        x += put(painter, x, middle(strong, box.y(), box.height()), person.name, strong, look.colour("text"), room=room)
        put(painter, x + 10, low, person.roles, small, look.colour("text-muted"), room=max(0.0, right - x - 12))

    # keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif not event.modifiers() & Qt.KeyboardModifier.AltModifier and event.text() in "123456789" and event.text():
            self.choose(int(event.text()) - 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose_at(event.position())

    def _choose_at(self, point: QPointF) -> None:
        self.choose(int((point.y() - 2) // self._row()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class _Choose:
    """A key's person; kept alive by the list's binding."""

    def __init__(self, people: PersonList, at: int) -> None:
        self._people, self._at = people, at

    def __call__(self) -> None:
        self._people.choose(self._at)
