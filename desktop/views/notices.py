"""Notices in the frame: the banner under the top bar, the message over the page, the toast with undo, the busy bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from desktop.views.buttons import Button, IconButton
from desktop.views.keys import Binding, bind, key_words
from desktop.views.labels import Glyph, Painted, label, set_property
from desktop.views.painting import cap_width, em, key_cap, middle, put, rounded, soft_shadow, width
from desktop.views.theme import theme, tokens

BUSY_AFTER_MS = 300


class Notice(NamedTuple):
    """What a banner says. `tone` is "danger" (cannot save) or "warn" (works, but); `action` is words, key and slot."""

    cause: str
    text: str
    tone: str = "danger"
    icon: str = "cloud-off"
    note: str = ""
    action: tuple[str, str, Callable[[], object]] | None = None
    tip: str = ""
    """More of the cause, for whoever rests the mouse on it."""
    action_icon: str = "refresh-cw"


class Banner(QFrame):
    """One strip under the top bar, the worst there is: bold cause, consequence, note, one button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice: Notice | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._glyph = _BannerGlyph()
        self._cause = label("", "strong")
        self._text = label("", "muted", wrap=True)
        self._note = label("", "small")
        self._button = Button("", "secondary", icon="refresh-cw")
        self._button.clicked.connect(self._act)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 12, 3)
        row.setSpacing(8)
        row.addWidget(self._glyph)
        row.addWidget(self._cause)
        row.addWidget(self._text, 1)
        row.addWidget(self._note)
        row.addWidget(self._button)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        return self._notice

    def show_notice(self, notice: Notice | None) -> None:
        """Show a notice, or hide for None."""
        self._notice = notice
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._glyph.set(notice.icon, notice.tone)
        self._cause.setText(notice.cause)
        set_property(self._cause, "tone", notice.tone)
        self._text.setText(notice.text)
        self.setToolTip(notice.tip)
        self._note.setText(notice.note)
        self._button.setVisible(notice.action is not None)
        if notice.action is not None:
            words, key, _ = notice.action
            self._button.setText(words)
            self._button.set_icon(notice.action_icon)
            self._button.set_key(key or None)
        self.setAccessibleName(f"{notice.cause}，{notice.text}")
        self.update()

    def _act(self) -> None:
        if self._notice is not None and self._notice.action is not None:
            self._notice.action[2]()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), max(super().sizeHint().height(), theme().scaled(40)))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, theme().scaled(40))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._notice is None:
            return
        look, tone = theme(), self._notice.tone
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.colour(f"{tone}-tint"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, look.colour(f"{tone}-line"))
        painter.fillRect(0, 0, 3, self.height(), look.colour(tone))


class _BannerGlyph(Painted):
    def __init__(self) -> None:
        super().__init__()
        self._name, self._tone = "cloud-off", "danger"

    def set(self, name: str, tone: str) -> None:
        self._name, self._tone = name, tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(18), theme().scaled(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme().icon(QPainter(self), self._name, self._tone, QRectF(self.rect()))


class MessageBar(QFrame):
    """One sentence over the page about what was just tried, perhaps with 重试. Goes when the page changes."""

    def __init__(self) -> None:
        super().__init__()
        self._retry: Callable[[], object] | None = None
        self.setProperty("kind", "strip")
        self._glyph = Glyph("triangle-alert", "warn", 16)
        self.text = label("", wrap=True)
        self._again = Button(self.tr("重试"), "secondary", size="small", icon="refresh-cw")
        self._again.clicked.connect(self._try_again)
        self._cross = IconButton("x", self.tr("关闭"), glyph=14)
        self._cross.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._cross.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 5, 8, 5)
        row.setSpacing(8)
        row.addWidget(self._glyph)
        row.addWidget(self.text, 1)
        row.addWidget(self._again)
        row.addWidget(self._cross)
        self.hide()

    def say(self, text: str, tone: str = "warn", retry: Callable[[], object] | None = None) -> None:
        """Show a sentence in danger or warn."""
        self._retry = retry
        self.text.setText(text)
        set_property(self.text, "tone", tone)
        set_property(self, "tone", "" if tone == "danger" else "warn")
        self._glyph.set("circle-alert" if tone == "danger" else "triangle-alert", tone)
        self._again.setVisible(retry is not None)
        self.setAccessibleName(text)
        self.show()

    def _try_again(self) -> None:
        retry, self._retry = self._retry, None
        self.hide()
        if retry is not None:
            retry()


class Toast(QWidget):
    """Bottom centre of the window for 10 s, with 撤销 when something can be undone. Hover or focus stops the clock.

    Never for money, never for errors.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._text, self._left = "", 0
        self._undo: Callable[[], object] | None = None
        self._key: Binding | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMouseTracking(True)
        window.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    @property
    def seconds_left(self) -> int:
        return self._left

    def say(self, text: str, undo: Callable[[], object] | None = None) -> None:
        """Show a text; with `undo` offer to take it back."""
        self._text, self._undo = text, undo
        self._left = int(tokens()["motion"]["toast-s"])
        if self._key is not None:
            self._key.release()
        self._key = bind(self, "Ctrl+Z", self.take_back) if undo is not None else None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if undo is not None else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(text + (self.tr("，撤销 Ctrl Z") if undo is not None else ""))
        self._place()
        self.show()
        self.raise_()
        self._clock.start()

    def take_back(self) -> None:
        """Undo, once."""
        undo, self._undo = self._undo, None
        self.dismiss()
        if undo is not None:
            undo()

    def dismiss(self) -> None:
        self._clock.stop()
        self._undo = None
        if self._key is not None:
            self._key.release()
            self._key = None
        self.hide()

    def _tick(self) -> None:
        if self.underMouse() or self.hasFocus():
            return
        self._left -= 1
        if self._left <= 0:
            self.dismiss()
        self.update()

    def _measure(self) -> tuple[float, float, float]:
        """Widths of the words, the undo part and the seconds."""
        look = theme()
        words = width(look.font("body"), self._text)
        undo = (
            width(look.font("body"), self.tr("撤销")) + 8 + cap_width(key_words("Ctrl+Z"))
            if self._undo is not None
            else 0.0
        )
        return words, undo, width(look.font("small"), self.tr("{n} 秒").format(n=10))

    def _place(self) -> None:
        window = self.parentWidget()
        words, undo, seconds = self._measure()
        wide = 14 + theme().scaled(16) + 9 + words + (56 + undo if undo else 24) + 16 + seconds + 14
        wide = min(wide, window.width() - 40)
        high = theme().scaled(42)
        self.setGeometry(
            round((window.width() - wide) / 2) - 12,
            window.height() - theme().scaled(36) - high - 14,
            round(wide) + 24,
            high + 24,
        )

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent() and self.isVisible():
            self._place()
        return False

    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(12, 8, -12, -16)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, box = theme(), QPainter(self), self._box()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        soft_shadow(painter, box, 8, blur=16, drop=4, alpha=0.25)
        rounded(painter, box, 8, look.colour("toast"))
        ink, body, small = look.colour("toast-text"), look.font("body"), look.font("small")
        _words, undo, seconds = self._measure()
        size, centre = look.scaled(16), box.center().y()
        x = box.x() + 14
        look.icon(painter, "circle-check", look.colour("rail-mark"), QRectF(x, centre - size / 2, size, size))
        x += size + 9
        room = box.right() - 14 - seconds - 16 - (undo + 40 if undo else 0) - x
        put(painter, x, middle(body, box.y(), box.height()), self._text, body, ink, room=max(40.0, room))
        right = box.right() - 14
        put(
            painter,
            right,
            middle(small, box.y(), box.height()),
            self.tr("{n} 秒").format(n=self._left),
            small,
            ink,
            "r",
        )
        if self._undo is not None:
            accent = look.colour("rail-mark") if look.shade == "light" else look.colour("rail-active")
            x = right - seconds - 16 - undo
            x += put(painter, x, middle(body, box.y(), box.height()), self.tr("撤销"), body, accent) + 8
            key_cap(painter, key_words("Ctrl+Z"), x, centre, ink, look.colour("toast-text", 0.5))
            if self.hasFocus():
                rounded(painter, box, 8, None, look.colour("focus"), 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        _, undo, seconds = self._measure()
        right = self._box().right() - 14 - seconds - 8
        if self._undo is not None and right - undo - 12 <= event.position().x() <= right:
            self.take_back()

    def keyPressEvent(self, event: object) -> None:
        key = event.key()  # type: ignore[attr-defined]
        if self._undo is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.take_back()
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]


class BusyBar(QWidget):
    """A thin bar with words, shown only when work takes longer than 300 ms; with steps when the work tells them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done, self._total, self._phase = 0, 0, 0.0
        self._words = ""
        self._count = 0
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(BUSY_AFTER_MS)
        self._delay.timeout.connect(self._appear)
        self._motion = QTimer(self)
        self._motion.setInterval(60)
        self._motion.timeout.connect(self._move)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def begin(self, words: str = "") -> None:
        """One more piece of work is under way."""
        self._count += 1
        self._words = words or self._words or self.tr("正在读取")
        if self._count == 1:
            self._done = self._total = 0
            self._delay.start()

    def end(self) -> None:
        """One piece of work is over."""
        self._count = max(0, self._count - 1)
        if self._count == 0:
            self._delay.stop()
            self._motion.stop()
            self._words = ""
            self.hide()

    def rest(self) -> None:
        """Nobody waits any more: the window goes, and work that was cut off does not say so."""
        self._count = 1
        self.end()

    def show_step(self, done: int, total: int, text: str = "") -> None:
        self._done, self._total = done, total
        self._words = text or self._words
        self.update()

    def _appear(self) -> None:
        self.setAccessibleName(self._words)
        self.show()
        self.raise_()
        self._motion.start()

    def _move(self) -> None:
        self._phase = (self._phase + 0.03) % 1.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(0, 0, self.width(), 3, look.colour("primary-tint"))
        if self._total > 0:
            painter.fillRect(QRectF(0, 0, self.width() * min(1.0, self._done / self._total), 3), look.colour("primary"))
        else:
            start = self._phase * self.width() * 1.3 - self.width() * 0.3
            painter.fillRect(QRectF(start, 0, self.width() * 0.3, 3), look.colour("primary"))
        words = self._words
        if self._total > 0:
            words = f"{words} {self._done:,} / {self._total:,}"
        font = look.font("caption", 500)
        wide = width(font, words) + 16
        box = QRectF((self.width() - wide) / 2, 5, wide, em(font) * 1.6)
        rounded(painter, box, 4, look.colour("raised"), look.colour("line-strong"))
        put(painter, box.center().x(), middle(font, box.y(), box.height()), words, font, look.colour("text-muted"), "c")
