"""The bars around every page: top bar with search and daily actions, status bar with lights, the message bar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from desktop.models.right import Right
from desktop.views.buttons import Button, IconButton, KeyCap
from desktop.views.keys import asks_for_key, key_words, swallows_enter
from desktop.views.labels import Painted, label
from desktop.views.painting import cap_width, key_cap, middle, put, width
from desktop.views.text_fields import SearchField
from desktop.views.theme import theme
from desktop.views.words import weekday


class Action(NamedTuple):
    """One of the daily actions in the top bar; it is there when its page is, and opens it, or what `opens` names: a
    function of the shell, "module:name", for what is done over the page in front."""

    words: str
    icon: str
    key: str
    page: str
    right: Right
    opens: str = ""


ACTIONS = (
    Action("入住", "log-in", "F2", "check_in", Right.CHECK_IN),
    Action("收款", "banknote", "F4", "till", Right.TAKE_PAYMENT),
    Action("报修", "wrench", "F7", "repairs", Right.EDIT_REPAIRS, "desktop.views.repair_intake:take_in"),
)


LIGHT_ORDER = ("tenant", "devices", "database", "sync", "unsent", "drafts", "engine", "due", "backup", "printer")
"""Where each light stands, so that a clerk finds it without reading."""
OPENING_LIGHTS = {"printer": "Shift+F6", "tenant": "Shift+F12", "due": "Shift+F5", "sync": "Shift+F7"}
"""Lights that open something, by a click or by their key."""


class SearchBox(SearchField):
    """The box in the top bar. Signals besides SearchField's: steered(key) for ↑ ↓ PgUp PgDn, left() for Esc."""

    steered = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._key = KeyCap("Ctrl+K", self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("搜索，Ctrl K"))
        self.setTextMargins(4, 0, 64, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._key.sizeHint()
        self._key.setGeometry(
            self.width() - size.width() - 8, (self.height() - size.height()) // 2, size.width(), size.height()
        )
        whole = self.tr("姓名 / 拼音 / 房号 / 手机后 4 位 / 单号")
        brief = self.tr("姓名 / 房号 / 手机后 4 位")
        room = self.width() - size.width() - 84  # the glass, the margins and a little air
        fits = next((text for text in (whole, brief, self.tr("搜索")) if width(self.font(), text) <= room), "")
        self.setPlaceholderText(fits)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.steered.emit(key.value)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and (
            event.key() == Qt.Key.Key_Escape or swallows_enter(event)  # type: ignore[attr-defined]
        ):
            event.accept()  # Esc leaves the box, not the page; Enter is the box's, not a page-wide button's
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(391), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(150, super().minimumSizeHint().height())


class TopBar(QFrame):
    """Office and desk, search, daily actions: always in the same place. Signals: action_chosen(page key)."""

    action_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("TopBar")
        self.office = label("", "strong")
        self.desk = label("", "caption")
        self._desk = ""
        self._day: date | None = None
        self.search = SearchBox()
        self.search.setMaximumWidth(theme().scaled(391))
        self.buttons: dict[str, Button] = {}
        names = QVBoxLayout()
        names.setContentsMargins(0, 4, 0, 4)
        names.setSpacing(0)
        names.addWidget(self.office)
        names.addWidget(self.desk)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 12, 0)
        row.setSpacing(8)
        row.addLayout(names)
        row.addSpacing(12)
        row.addStretch(3)
        row.addWidget(self.search, 100)
        row.addStretch(2)
        row.addSpacing(12)
        for action in ACTIONS:
            button = Button(action.words, "secondary", icon=action.icon, key=action.key)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._clicked)
            self.buttons[action.page] = button
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _clicked(self) -> None:
        for page, button in self.buttons.items():
            if button is self.sender():
                self.action_chosen.emit(page)

    def show_names(self, office: str, desk: str, day: date) -> None:
        """Who and where this desk is, and the business date."""
        self._desk, self._day = desk, day
        self.office.setText(office)
        self._spell()

    def _spell(self) -> None:
        if self._day is None:
            return
        day = self._day
        year = f"{day.year}年" if self.width() >= 980 else ""  # the year goes first when it gets narrow
        self.desk.setText(
            " · ".join(part for part in (self._desk, f"{year}{day.month}月{day.day}日 {weekday(day)}") if part)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spell()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme().height("topbar"))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), theme().height("topbar"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "search"):
            self.search.setMaximumWidth(theme().scaled(391))
        super().changeEvent(event)


class Light(Painted):
    """Glyph, word and time: green means checked lately, not "not yet failed". Signals: clicked()."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._text, self._detail, self.tone = "circle", "", "", ""
        self.brief = False

    def show_state(self, icon: str, text: str, detail: str, tone: str) -> None:
        self._icon, self._text, self._detail, self.tone = icon, text, detail, tone
        self.setAccessibleName(f"{text} {detail}".strip())
        self.setToolTip(f"{text} {detail}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        look = theme()
        wide = look.scaled(15) + 5 + width(look.font("small"), self._text)
        if self._detail and not self.brief:
            wide += 5 + width(look.font("caption"), self._detail)
        return QSize(round(wide + 1), look.height("statusbar") - 2)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        size, font = look.scaled(15), look.font("small")
        ink = look.colour(self.tone if self.tone in {"ok", "warn", "danger", "info"} else "text-muted")
        look.icon(painter, self._icon, ink, QRectF(0, (self.height() - size) / 2, size, size))
        words = look.colour(self.tone) if self.tone in {"danger", "warn"} else look.colour("text-muted")
        x = size + 5 + put(painter, size + 5, middle(font, 0, self.height()), self._text, font, words) + 5
        if self._detail and not self.brief:
            caption = look.font("caption")
            put(painter, x, middle(caption, 0, self.height()), self._detail, caption, look.colour("text-faint"))


class LockButton(IconButton):
    """锁定 F9 in the status bar."""

    def __init__(self, slot: Callable[[], object]) -> None:
        super().__init__("lock", "锁定", key="F9", slot=slot)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        look = theme()
        wide = look.scaled(15) + 5 + width(look.font("small"), self.tr("锁定")) + 6 + cap_width("F9")
        return QSize(round(wide + 1), look.height("statusbar") - 2)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size, font = look.scaled(15), look.font("small")
        ink = look.colour("text" if self.underMouse() else "text-muted")
        look.icon(painter, "lock", ink, QRectF(0, (self.height() - size) / 2, size, size))
        x = size + 5 + put(painter, size + 5, middle(font, 0, self.height()), self.tr("锁定"), font, ink) + 6
        key_cap(painter, "F9", x, self.height() / 2, look.colour("text-muted"), look.colour("line-strong"))


class StatusBar(QFrame):
    """What the keys do here at the left, lights and clerk at the right. What does not fit goes whole, never cut:

    first the key hints, then the lights' times, then the lights that are well, last ones first.

    Signals: lock_wanted(); light_chosen(key) for a click on a light that opens something.
    """

    lock_wanted = Signal()
    light_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("StatusBar")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._hint = label("", "caption")
        self._hint.setParent(self)
        self._hints, self._tip, self._standing = "", "", ""
        self.lights: dict[str, Light] = {}
        self.clerk = Light()
        self.clerk.setParent(self)
        self.clerk.hide()
        self.lock = LockButton(self.lock_wanted.emit)
        self.lock.setParent(self)
        self.lock.hide()

    def show_hints(self, text: str) -> None:
        self._hints = text
        self._lay_out()

    def show_standing(self, text: str) -> None:
        """What holds for every page in place of the hints, such as that nothing can be saved; empty ends it."""
        self._standing = text
        self._lay_out()

    def show_tip(self, text: str) -> None:
        """A reason while the mouse rests on something disabled; empty brings the hints back."""
        self._tip = text
        self._lay_out()

    def set_light(self, key: str, icon: str, text: str, detail: str = "", tone: str = "ok") -> None:
        """Add or change a light; an empty text takes it away."""
        if not text:
            if (gone := self.lights.pop(key, None)) is not None:
                gone.deleteLater()
        else:
            if key not in self.lights:
                self.lights[key] = Light()
                self.lights[key].setParent(self)
                if key in OPENING_LIGHTS:
                    self.lights[key].setCursor(Qt.CursorShape.PointingHandCursor)
                    self.lights[key].clicked.connect(partial(self.light_chosen.emit, key))
                known = [*LIGHT_ORDER, *(each for each in self.lights if each not in LIGHT_ORDER)]
                self.lights = {each: self.lights[each] for each in known if each in self.lights}
            self.lights[key].show_state(icon, text, detail, tone)
            if key in OPENING_LIGHTS:
                self.lights[key].setToolTip(f"{text}（{key_words(OPENING_LIGHTS[key])}）")
        self._lay_out()

    def show_clerk(self, name: str, shift: str = "") -> None:
        """Who is signed in; empty for nobody."""
        self.clerk.show_state("user-round", name, shift, "")
        self.clerk.setVisible(bool(name))
        self.lock.setVisible(bool(name))
        self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(600, theme().height("statusbar"))

    minimumSizeHint = sizeHint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "lock"):
            self._lay_out()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        gap, edge = 18, 12
        fixed = [widget for widget in (self.clerk, self.lock) if not widget.isHidden()]
        lights = list(self.lights.values())
        for light in [*lights, self.clerk]:
            light.brief = False
        self._hint.setText(self._tip or self._standing or self._hints)
        hint = self._hint.sizeHint().width() if self._hint.text() else 0

        def used(shown: list[Light]) -> int:
            return sum(widget.sizeHint().width() + gap for widget in [*shown, *fixed]) + 2 * edge

        if used(lights) > self.width():
            for light in [*lights, self.clerk]:
                light.brief = True
        well = [light for light in lights if light.tone == "ok"]
        while used(lights) > self.width() and well:
            lights.remove(well.pop())
        x = self.width() - edge
        for widget in reversed([*lights, *fixed]):
            size = widget.sizeHint()
            x -= size.width()
            widget.setGeometry(x, (self.height() - size.height()) // 2 + 1, size.width(), size.height())
            x -= gap
        for light in self.lights.values():
            light.setVisible(light in lights)
        self._hint.setVisible(hint > 0 and edge + hint <= x)
        self._hint.setGeometry(edge, 1, hint, self.height() - 1)
