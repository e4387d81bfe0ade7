"""Buttons: icon, label and key cap painted in one piece, so that what is written and what is pressed stay one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.views.holding import hold
from desktop.views.keys import Binding, asks_for_key, bind, key_words, swallows_enter
from desktop.views.painting import cap_width, em, focus_ring, key_cap, middle, put, rounded, width
from desktop.views.theme import theme

KINDS = ("primary", "secondary", "quiet", "link", "warn", "danger")
_PADDING = {"normal": 12, "small": 9, "pay": 16}
_HEIGHT = {"normal": "control", "small": "control-small", "pay": "control-pay"}


class Button(QAbstractButton):
    """A button of kind primary, secondary, quiet, link, warn or danger, with an optional icon and key.

    A link stands among values and begins where they begin: a name that opens its page.

    The key is a `QKeySequence` or its portable text ("Ctrl+Return"). Sizes: "normal" 32, "small" 26, "pay" 46.
    `writes`: what it does is stored, so it waits, and says why, while the database cannot be reached.
    """

    def __init__(
        self,
        text: str,
        kind: str = "secondary",
        *,
        icon: str | None = None,
        key: QKeySequence | str | None = None,
        size: str = "normal",
        slot: Callable[[], object] | None = None,
        parent: QWidget | None = None,
        writes: bool = False,
    ) -> None:
        super().__init__(parent)
        if kind not in KINDS:
            raise ValueError(f"no button kind {kind!r}")
        self.kind, self._icon, self._size = kind, icon, size
        self._reason = self._held = ""
        self._writes = self._off = False
        self._key = ""
        self._binding: Binding | None = None
        self.setText(text)
        self.set_key(key)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if slot is not None:
            self.clicked.connect(slot)
        if writes:
            self.set_writes(True)

    def set_writes(self, writes: bool) -> None:
        """Whether what it does is stored."""
        if writes == self._writes:
            return
        self._writes = writes
        if writes:
            hold().changed.connect(self._hold)
        else:
            hold().changed.disconnect(self._hold)
        self._hold(hold().reason if writes else "")

    def _hold(self, reason: str) -> None:
        self._held = reason
        self._settle()

    # what it says

    def setText(self, text: str) -> None:
        super().setText(text)
        self._describe()
        self.updateGeometry()

    def set_icon(self, name: str | None) -> None:
        self._icon = name
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: str) -> None:
        self.kind = kind
        self.update()

    def set_key(self, key: QKeySequence | str | None) -> None:
        """Give the button a key, or None; cap, shortcut, tooltip and accessible name follow."""
        if self._binding is not None:
            self._binding.release()
        self._binding = bind(self, key, self._by_key) if key else None
        self._key = key_words(key)
        self._describe()
        self.updateGeometry()

    def disable(self, reason: str) -> None:
        """Grey the button and say why, in the tooltip and in the status line."""
        self._reason = reason
        self._off = True
        self._settle()

    def enable(self) -> None:
        self._reason, self._off = "", False
        self._settle()

    def _settle(self) -> None:
        self.setEnabled(not (self._off or self._held))
        self._describe()

    def allow(self, reason: str = "") -> None:
        """Enable without a reason, disable with one: `button.allow(service_reason)`."""
        self.disable(reason) if reason else self.enable()

    @property
    def reason(self) -> str:
        """Why it is disabled; empty when it is not."""
        return self._held or self._reason

    def _describe(self) -> None:
        name = "，".join(part for part in (self.text(), self._key) if part)
        self.setAccessibleName(name)
        self.setAccessibleDescription(self.reason)
        self.setToolTip(self.reason or (name if self._key else ""))
        self.setStatusTip(self.reason)

    def _by_key(self) -> None:
        self.click()  # the focus stays where it is: every field's value() is up to date with each keystroke

    # how it looks

    def _font_role(self) -> tuple[str, int | None]:
        if self._size == "pay":
            return "title", 500
        if self.kind == "link":
            return "body", 400
        if self._size == "small":
            return "small", 500 if self.kind == "primary" else 400
        return "body", 500 if self.kind in {"primary", "danger"} else 400

    def sizeHint(self) -> QSize:
        look = theme()
        side = {"quiet": _PADDING[self._size] - 2, "link": 2}.get(self.kind, _PADDING[self._size])
        wide = 2.0 * side
        wide += width(look.font(*self._font_role()), self.text())
        if self._icon:
            wide += self._icon_size() + (7 if self.text() else 0)
        if self._key:
            wide += 8 + cap_width(self._key)
        return QSize(round(wide + 0.5), look.height(_HEIGHT[self._size]))

    minimumSizeHint = sizeHint

    def _icon_size(self) -> int:
        return theme().scaled(14 if self._size == "small" else 16)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor, QColor]:
        """Fill, border, ink, cap border for the present state."""
        look = theme()
        pressed, over = self.isDown() or self.isChecked(), self.underMouse()
        if not self.isEnabled():
            ink = look.colour("text-disabled")
            bare = self.kind in ("quiet", "link")
            fill = None if bare else look.colour("sunken")
            return fill, None if bare else look.colour("line"), ink, look.colour("text-disabled", 0.45)
        if self.kind == "primary":
            fill = look.colour("primary-press" if pressed else "primary-hover" if over else "primary")
            return fill, None, look.colour("on-primary"), look.colour("on-primary", 0.5)
        if self.kind == "danger":
            fill = look.colour("danger")
            fill = fill.darker(112) if pressed or over else fill
            return fill, None, look.colour("surface"), look.colour("surface", 0.5)
        if self.kind == "warn":
            fill = look.colour("warn-line" if pressed else "warn-tint")
            return fill, look.colour("warn" if over else "warn-line"), look.colour("warn"), look.colour("warn", 0.5)
        if self.kind in ("quiet", "link"):
            fill = look.colour("selected") if pressed else look.colour("hover") if over else None
            return fill, None, look.colour("primary-text"), look.colour("primary-text", 0.5)
        fill = look.colour("selected" if pressed else "hover" if over else "surface")
        return (
            fill,
            look.colour("line-input" if over else "line-strong"),
            look.colour("text"),
            look.colour("text", 0.35),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        fill, border, ink, cap_line = self._colours()
        if self.hasFocus():
            # The ring takes the widget's edge and leaves one pixel of air, so nothing moves.
            focus_ring(painter, box, 6)
            inner = box.adjusted(3, 3, -3, -3) if fill is not None else box
            if fill is not None:
                rounded(painter, inner, 3, fill, border)
        else:
            rounded(painter, box, 5, fill, border)
        font = look.font(*self._font_role())
        icon = self._icon_size() if self._icon else 0
        label = width(font, self.text())
        whole = (
            label + (icon + (7 if self.text() else 0) if icon else 0) + (8 + cap_width(self._key) if self._key else 0)
        )
        x = max(4.0 if self.kind != "link" else 0.0, (box.width() - whole) / 2)
        centre = box.center().y()
        if self._icon:
            look.icon(painter, self._icon, ink, QRectF(x, centre - icon / 2, icon, icon))
            x += icon + (7 if self.text() else 0)
        put(painter, x, middle(font, box.y(), box.height()), self.text(), font, ink)
        if self._key:
            key_cap(painter, self._key, x + label + 8, centre, ink, cap_line)

    # Enter on a focused button presses it, and nothing else on the page

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()
        super().changeEvent(event)


class IconButton(QAbstractButton):
    """A glyph without a word: only the eye, the close cross and the like. Its name is read out and shown as tooltip."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        token: str = "text-muted",
        size: int = 26,
        glyph: int = 16,
        key: QKeySequence | str | None = None,
        slot: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self._token, self._size, self._glyph = icon, token, size, glyph
        self._binding = bind(self, key, self.click) if key else None
        words = "，".join(part for part in (name, key_words(key)) if part)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if slot is not None:
            self.clicked.connect(slot)

    def set_icon(self, icon: str, name: str | None = None) -> None:
        self._icon = icon
        if name is not None:
            self.setAccessibleName(name)
            self.setToolTip(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self.isDown() or self.underMouse():
            rounded(painter, box, 5, look.colour("hover"))
        if self.hasFocus():
            focus_ring(painter, box)
        half = self._glyph / 2
        token = self._token if self.isEnabled() else "text-disabled"
        look.icon(
            painter, self._icon, token, QRectF(box.center().x() - half, box.center().y() - half, half * 2, half * 2)
        )

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event):
            self.click()
            return
        super().keyPressEvent(event)


class KeyCap(QWidget):
    """A key standing alone in a row of hints."""

    def __init__(self, key: QKeySequence | str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = key_words(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(cap_width(self._words) + 0.5), max(18, round(em(theme().font("caption")) * 1.45) + 1))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme()
        key_cap(painter, self._words, 0, self.height() / 2, look.colour("text-muted"), look.colour("line-strong"))
