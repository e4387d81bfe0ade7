"""Words and figures at rest: labels by role, money with small decimals, tags, masked values, lists of key facts."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import IconButton
from desktop.views.painting import em, paint_tag, put, tag_width, tone_colours, width
from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.models.values import Money, RoomState

REVEAL_SECONDS = 30


def label(text: str = "", kind: str = "body", *, tone: str = "", wrap: bool = False, select: bool = False) -> QLabel:
    """A label of a role: page, title, strong, muted, small, caption, label, hint, error, warnhint, link, figure.

    `wrap` lets it break into lines instead of being cut; `select` lets the clerk copy from it.
    """
    made = QLabel(text)
    made.setProperty("kind", kind)
    if tone:
        made.setProperty("tone", tone)
    made.setIndent(0)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names may hold "<"
    made.setWordWrap(wrap)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Change a property the style sheet looks at, and let it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def rule(vertical: bool = False) -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("kind", "vrule" if vertical else "rule")
    return line


class Painted(QWidget):
    """A widget that paints itself in the theme's fonts and measures itself again when they change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()
        super().changeEvent(event)


class Glyph(Painted):
    """An icon standing alone beside words."""

    def __init__(self, name: str, token: str = "text-muted", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._token, self._size = name, token, size

    def set(self, name: str, token: str | None = None) -> None:
        self._name, self._token = name, token or self._token
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(self._size), theme().scaled(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = theme().scaled(self._size)
        theme().icon(painter, self._name, self._token, QRectF(0, (self.height() - size) / 2, size, size))


class FreeText(Painted):
    """One line of free text (a name, rooms, a note): shortened where there is no room, then whole in the tooltip."""

    def __init__(self, text: str = "", role: str = "body", *, token: str = "text") -> None:
        super().__init__()
        self._role, self._token = role, token
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        font = theme().font(self._role)
        return QSize(ceil(width(font, self._text)) + 1 if self._text else 0, round(em(font) * 1.5))

    def minimumSizeHint(self) -> QSize:
        """Four characters and the dots."""
        least = round(em(theme().font(self._role)) * 5)
        return QSize(min(self.sizeHint().width(), least), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, font = QPainter(self), theme().font(self._role)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        baseline = self.height() / 2 + em(font) * 0.365
        put(painter, 0, baseline, self._text, font, theme().colour(self._token), room=self.width())


class MoneyLabel(Painted):
    """An amount with a small ¥ and small decimals on one baseline. `owed` is danger; roles figure, total, display."""

    def __init__(
        self, amount: Money | None = None, *, role: str = "total", owed: bool = False, tone: str = "text"
    ) -> None:
        super().__init__()
        self._role, self._tone, self._owed = role, tone, owed
        self._amount: Money | None = None
        self.set_amount(amount)

    def set_amount(self, amount: Money | None, *, owed: bool | None = None, tone: str | None = None) -> None:
        """Show an amount, or "—" for None."""
        self._amount = amount
        self._owed = self._owed if owed is None else owed
        self._tone = tone or self._tone
        self.setAccessibleName("" if amount is None else f"{amount} 元")
        self.updateGeometry()
        self.update()

    def _parts(self) -> tuple[str, str, str]:
        if self._amount is None:
            return "", "—", ""
        whole, cents = str(self._amount).rsplit(".", 1)
        return ("-¥" if whole.startswith("-") else "¥"), whole.lstrip("-"), f".{cents}"

    def _fonts(self) -> tuple:
        look = theme()
        if self._role == "display":
            return look.font("total", 400), look.font("display"), look.font("total", 400)
        if self._role == "total":
            return look.font("title", 400), look.font("total"), look.font("page", 400)
        return look.font("small", 400), look.font(self._role, 500), look.font("body", 400)

    def sizeHint(self) -> QSize:
        wide = sum(width(font, part) for font, part in zip(self._fonts(), self._parts(), strict=True))
        return QSize(round(wide + 5), round(em(self._fonts()[1]) * 1.25))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme().colour("danger" if self._owed else self._tone)
        fonts, parts = self._fonts(), self._parts()
        x = float(self.width()) - sum(width(font, part) for font, part in zip(fonts, parts, strict=True)) - 4
        baseline = self.height() / 2 + em(fonts[1]) * 0.365
        for at, (font, part) in enumerate(zip(fonts, parts, strict=True)):
            x += put(painter, x, baseline, part, font, colour) + (4 if at == 0 else 0)


class Tag(Painted):
    """Tint, line, glyph and word; not clickable. Tones danger, warn, ok, info, violet, or "" for neutral."""

    def __init__(self, text: str, tone: str = "", icon: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._tone, self._icon = text, tone, icon
        self._state: RoomState | None = None
        self.setAccessibleName(text)

    @classmethod
    def room(cls, state: RoomState) -> Tag:
        """The tag of a room state, in the colours of its tile."""
        look = theme().room(state)
        tag = cls(look.word, "", look.icon)
        tag._state = state
        return tag

    def set(self, text: str, tone: str = "", icon: str | None = None) -> None:
        self._text, self._tone, self._icon, self._state = text, tone, icon, None
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(tag_width(self._text, self._icon) + 0.5), theme().height("tag"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._state is not None:
            room = theme().room(self._state)
            colours = (room.fg, room.bg, room.line)
        else:
            colours = tone_colours(self._tone)
        paint_tag(painter, 0, self.height() / 2, self._text, self._icon, colours)


class MaskedValue(QWidget):
    """A masked phone or number with an eye. Signals: reveal_requested() when the clerk asks for the whole value.

    The page asks the service, which logs it, and answers with `show_value(text)`: shown for 30 s, then masked again.
    """

    reveal_requested = Signal()

    def __init__(
        self, masked: str, name: str, *, can_reveal: bool = True, wrap: bool = False, kind: str = "body",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._masked = masked
        self._text = label(masked, kind, wrap=wrap)
        self._eye = IconButton(
            "eye", self.tr("显示{name}原文").format(name=name), size=26, glyph=14, token="text-faint"
        )
        self._eye.clicked.connect(self._asked)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)  # a coarse one may show it for a second and a half longer
        self._clock.timeout.connect(self.mask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._text, 1 if wrap else 0)  # an address breaks into lines; its eye stays in sight
        row.addWidget(self._eye)
        if not wrap:
            row.addStretch(1)
        self._eye.setVisible(can_reveal)  # only now: shown without a parent it would be a window of its own

    @property
    def revealed(self) -> bool:
        return self._clock.isActive()

    def set_masked(self, masked: str) -> None:
        self._masked = masked
        self.mask()

    def show_value(self, value: str) -> None:
        """Show the whole value for 30 s."""
        self._text.setText(value)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._eye.set_icon("eye-off")
        self._clock.start(REVEAL_SECONDS * 1000)

    def mask(self) -> None:
        """Hide it again: time is up, the page is left, or the desk is locked."""
        self._clock.stop()
        self._text.setText(self._masked)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._eye.set_icon("eye")

    def hideEvent(self, event: QHideEvent) -> None:
        self.mask()
        super().hideEvent(event)

    def _asked(self) -> None:
        if self.revealed:
            self.mask()
        else:
            self.reveal_requested.emit()


class Fact(NamedTuple):
    """One line of a list of facts. `value` is text or a widget (a MaskedValue, a Tag)."""

    name: str
    value: str | QWidget
    tone: str = ""


class FactList(QWidget):
    """Names left, values beside or at the right edge; long values wrap, nothing is cut."""

    def __init__(
        self, facts: Sequence[Fact] = (), *, right: bool = False, tight: bool = False, names: int = 0,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._right = right
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8 if tight else 12)
        self._grid.setVerticalSpacing(0 if tight else 4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, names)  # lists one below the other stand in one column
        self._stand: list[Fact] = []
        self.set_facts(facts)

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Replace all facts; the same ones stay as they are, so that nothing around them moves."""
        wanted = list(facts)
        if wanted and wanted == self._stand and all(isinstance(fact.value, str) for fact in wanted):
            return
        self._stand = wanted
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        middle_line = Qt.AlignmentFlag.AlignVCenter
        for at, fact in enumerate(facts):
            value = self._value(fact)
            name = label(fact.name, "label")
            name.setMinimumHeight(26)
            if not self._right:
                self._grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(value, at, 1, middle_line)
                continue
            # Each line on its own: a long name must not take room from every other value.
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
            if not isinstance(fact.value, str):
                row.addStretch(1)
            row.addWidget(value, 0 if row.count() > 1 else 1, middle_line)
            self._grid.addWidget(line, at, 0, 1, 2)

    def _value(self, fact: Fact) -> QWidget:
        if isinstance(fact.value, QWidget):
            fact.value.setMinimumHeight(26)
            return fact.value
        value = label(fact.value, tone=fact.tone, wrap=True, select=True)
        value.setMinimumHeight(26)
        side = Qt.AlignmentFlag.AlignRight if self._right else Qt.AlignmentFlag.AlignLeft
        value.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        return value


class Card(QFrame):
    """A white surface with one line around it. `body` is the column to fill; `head(...)` adds a title row."""

    def __init__(self, title: str = "", *, count: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 10)
        self.body.setSpacing(8)
        self.head_row: QHBoxLayout | None = None
        if title:
            self.head(title, count)

    def head(self, title: str, count: str = "", *trailing: QWidget) -> None:
        """A title with a faint count, and widgets at the right."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(title, "strong"))
        if count:
            row.addWidget(label(count, "hint"))
        row.addStretch(1)
        for widget in trailing:
            row.addWidget(widget)
        self.body.insertLayout(0, row)
        self.head_row = row


class Well(QFrame):
    """A sunken box for a figure or a read-only value; tones ok, warn, danger tint it."""

    def __init__(self, tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "well")
        if tone:
            self.setProperty("tone", tone)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(2)

    def set_tone(self, tone: str) -> None:
        set_property(self, "tone", tone)


class Avatar(Painted):
    """The first character of a name in a disc, beside the name in a page head."""

    def __init__(self, name: str, size: int = 44) -> None:
        super().__init__()
        self._letter, self._size = name[:1], size

    def set_name(self, name: str) -> None:
        self._letter = name[:1]
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("primary-tint"))
        painter.drawEllipse(QRectF(0, 0, self._size, self._size))
        font = look.font("page")
        put(
            painter,
            self._size / 2,
            self._size / 2 + em(font) * 0.365,
            self._letter,
            font,
            look.colour("primary-text"),
            "c",
        )


class PictureLabel(QLabel):
    """A picture that is scaled down into the space it has, never up, keeping its proportions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(80, 50)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def set_picture(self, picture: QPixmap) -> None:
        self._whole = picture
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        if self._whole.isNull():
            self.clear()
            return
        ratio = self.devicePixelRatioF()
        room = self.contentsRect().size() * ratio
        room = room.boundedTo(self._whole.size())
        smooth = Qt.TransformationMode.SmoothTransformation
        scaled = self._whole.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        scaled.setDevicePixelRatio(ratio)
        self.setPixmap(scaled)
