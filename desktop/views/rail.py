"""The rail at the left: one entry a registered page, glyph over word, badges where work waits.

Ctrl Tab takes it in hand: a figure opens that page, Home 今日, or the arrows choose and Enter opens; Esc goes
back to the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop.views.keys import asks_for_key, bind, swallows_enter
from desktop.views.labels import Painted
from desktop.views.pages import PageSpec, page_title
from desktop.views.painting import em, middle, put, rounded, width
from desktop.views.theme import theme, tokens

BOTTOM = 90
"""Rail positions from here on stand at the bottom."""
_AIR = 12
"""Above and below the entries."""
HOME = 0
"""今日 has a key of its own, so that the figures of the others stay where fingers know them."""


class RailEntry(QAbstractButton):
    """One page on the rail. Signals: held(bool) as the focus comes and goes."""

    held = Signal(bool)

    def __init__(self, spec: PageSpec) -> None:
        super().__init__()
        self.spec = spec
        self._badge = 0
        self._figure = ""
        self.setText(page_title(spec))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._describe()

    def set_badge(self, count: int) -> None:
        self._badge = count
        self._describe()
        self.update()

    def set_figure(self, figure: str) -> None:
        """The figure that opens this page, shown while the rail is in hand; empty: none."""
        self._figure = figure
        self.update()

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and (swallows_enter(event) or _is_escape(event)):
            event.accept()  # the page's own Enter and Esc wait while the rail is in hand
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.held.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.held.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event):
            self.click()
        elif event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()  # the rail's: arrows, figures, Esc

    def _describe(self) -> None:
        self.setAccessibleName(self.text() + (f"，{self._badge}" if self._badge else ""))

    def nextCheckState(self) -> None:
        """The window checks the entry once the page is really open; a click alone does not."""

    def sizeHint(self) -> QSize:
        return QSize(tokens()["width"]["rail"], theme().scaled(50))

    def minimumSizeHint(self) -> QSize:
        look = theme()
        return QSize(tokens()["width"]["rail"], round(20 + em(look.font("caption")) * 1.35 + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, box = theme(), QPainter(self), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, alive = self.isChecked(), self.isEnabled()
        tile = box.adjusted(5, 1, -5, -1)
        if on:
            rounded(painter, tile, 7, look.colour("rail-active"))
            rounded(painter, QRectF(-3, box.center().y() - 15, 6, 30), 3, look.colour("rail-mark"))
        elif alive and self.underMouse():
            rounded(painter, tile, 7, look.colour("rail-hover"))
        if self.hasFocus():
            rounded(painter, tile, 7, None, look.colour("focus"), 2)
        ink = look.colour("rail-on") if on else look.colour("rail-text", 1.0 if alive else 0.55)
        font, size = look.font("caption", 500 if on else 400), 18.0
        line = em(font) * 1.35
        top = (box.height() - size - 3 - line) / 2
        if not alive:
            painter.setOpacity(0.55)
        look.icon(
            painter,
            self.spec.icon,
            look.colour("rail-on" if on else "rail-text"),
            QRectF((box.width() - size) / 2, top, size, size),
        )
        painter.setOpacity(1.0)
        put(painter, box.center().x(), middle(font, top + size + 3, line), self.text(), font, ink, "c")
        if self._figure:
            put(painter, 10, middle(font, top, line), self._figure, font, look.colour("rail-mark"))
        if self._badge:
            self._paint_badge(painter, box.center().x() + 13, top + 2)

    def _paint_badge(self, painter: QPainter, x: float, y: float) -> None:
        look = theme()
        words = str(self._badge) if self._badge < 100 else "99+"
        font = look.font("caption", 600)
        wide = max(15.0, width(font, words) + 8)
        box = QRectF(min(x - wide / 2 + 2, self.width() - wide - 2), y - 7, wide, 15)
        # On the dark rail of both themes the light theme's red is the one that carries white.
        rounded(painter, box, 7.5, look.colour("badge"))
        put(painter, box.center().x(), middle(font, box.y(), box.height()), words, font, look.colour("rail-on"), "c")


class _Logo(Painted):
    def sizeHint(self) -> QSize:
        return QSize(tokens()["width"]["rail"], 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF((self.width() - 30) / 2, 10, 30, 30)
        rounded(painter, box, 8, look.colour("rail-mark"))
        look.icon(painter, "house", look.colour("rail-ink"), box.adjusted(6, 6, -6, -6))


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape


class Rail(QFrame):
    """Signals: chosen(page key)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Rail")
        self.setFixedWidth(tokens()["width"]["rail"])
        self.entries: dict[str, RailEntry] = {}
        self._before: QWidget | None = None
        self._key = bind(self, "Ctrl+Tab", self.take_hand)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(0)
        self._logo = _Logo()
        self._column.addWidget(self._logo)
        self._column.addSpacing(6)

    def show_pages(self, specs: Sequence[PageSpec]) -> None:
        """List these pages; those from position 90 stand at the bottom."""
        for entry in self.entries.values():
            self._column.removeWidget(entry)
            entry.deleteLater()
        self.entries = {}
        while self._column.count() > 2:
            self._column.takeAt(2)
        listed = sorted((spec for spec in specs if spec.rail is not None), key=lambda spec: spec.rail or 0)
        for spec in (spec for spec in listed if (spec.rail or 0) < BOTTOM):
            self._add(spec)
        self._column.addStretch(1)
        for spec in (spec for spec in listed if (spec.rail or 0) >= BOTTOM):
            self._add(spec)

    def _add(self, spec: PageSpec) -> None:
        entry = RailEntry(spec)
        entry.clicked.connect(self._clicked)
        entry.held.connect(self._held)
        self.entries[spec.key] = entry
        self._column.addWidget(entry)

    def fit(self) -> None:
        """In a low window with large type the house at the top gives its place to the pages."""
        needed = sum(entry.minimumSizeHint().height() for entry in self.entries.values() if not entry.isHidden())
        self._logo.setVisible(needed + self._logo.sizeHint().height() + _AIR <= self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_logo"):
            self.fit()
        super().changeEvent(event)

    def _clicked(self) -> None:
        entry = self.sender()
        if isinstance(entry, RailEntry):
            self.chosen.emit(entry.spec.key)

    # in hand

    def _reach(self) -> list[RailEntry]:
        """The pages that can be opened now, from above."""
        return [entry for entry in self.entries.values() if not entry.isHidden() and entry.isEnabled()]

    def _numbered(self) -> list[RailEntry]:
        """Those with 1 to 9, from above."""
        return [entry for entry in self._reach() if HOME < (entry.spec.rail or 0) < BOTTOM]

    def _bottom(self) -> list[RailEntry]:
        """Those at the bottom: the first of them is 0, however many pages stand above."""
        return [entry for entry in self._reach() if (entry.spec.rail or 0) >= BOTTOM]

    def take_hand(self) -> None:
        """Ctrl Tab: onto the entry of the page in front."""
        reach, focus = self._reach(), QApplication.focusWidget()
        if reach:
            self._before = focus if focus not in reach else self._before
            here = next((entry for entry in reach if entry.isChecked()), reach[0])
            here.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        reach, focus = self._reach(), self.focusWidget()
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        figure = event.key() - Qt.Key.Key_1
        if event.key() == Qt.Key.Key_Escape:
            if self._before is not None and isValid(self._before) and self._before.isVisible():
                self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        elif step is not None and focus in reach:
            reach[(reach.index(focus) + step) % len(reach)].setFocus(Qt.FocusReason.TabFocusReason)  # type: ignore[arg-type]
        elif 0 <= figure < len(self._numbered()[:9]):
            self._numbered()[figure].click()
        elif event.key() == Qt.Key.Key_Home and (home := [each for each in reach if each.spec.rail == HOME]):
            home[0].click()
        elif event.key() == Qt.Key.Key_0 and (bottom := self._bottom()):
            bottom[0].click()
        else:
            super().keyPressEvent(event)

    def _held(self, held: bool) -> None:
        """The figures show themselves while a key can use them."""
        for entry in self.entries.values():
            entry.set_figure("")
        for at, entry in enumerate(self._numbered()[:9] if held else [], 1):
            entry.set_figure(f"{at}")
        for entry in self._bottom()[:1] if held else []:
            entry.set_figure("0")

    def light(self, key: str) -> None:
        """Mark the entry of the page in front; "" marks none."""
        for name, entry in self.entries.items():
            entry.setChecked(name == key)
            entry.update()

    def set_alive(self, alive: bool) -> None:
        for entry in self.entries.values():
            entry.setEnabled(alive)
