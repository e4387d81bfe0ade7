"""Strokes every painted widget shares: one line of text, the key cap, the tag, the focus ring, the soft shadow.

Positions are logical pixels. Noto Sans SC sits low in its line box, so baselines come from `middle`, never from ascent.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QMargins, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from desktop.views.theme import theme

_LOW = 0.365
CAP_HEIGHT = 18.0


@lru_cache(maxsize=128)
def _metrics(key: str) -> QFontMetricsF:
    font = QFont()
    font.fromString(key)
    return QFontMetricsF(font)


@lru_cache(maxsize=20_000)
def _width(key: str, text: str) -> float:
    return _metrics(key).horizontalAdvance(text)


def width(font: QFont, text: str) -> float:
    """How wide a line of text is, remembered: measuring in `paint` would lay the text out again for each tile."""
    return _width(font.key(), text)


@lru_cache(maxsize=20_000)
def _elided(key: str, text: str, room: int) -> str:
    return _metrics(key).elidedText(text, Qt.TextElideMode.ElideRight, room)


def elided(font: QFont, text: str, room: float) -> str:
    """Free text (names, notes) shortened with "…" to fit. Never for labels."""
    return text if width(font, text) <= room else _elided(font.key(), text, int(room))


def em(font: QFont) -> float:
    """The em of a font in logical pixels (96 to the inch, as Qt counts)."""
    return font.pointSizeF() * 96 / 72


def middle(font: QFont, top: float, height: float) -> float:
    """The baseline that centres Chinese in a box."""
    return top + height / 2 + em(font) * _LOW


def put(
    painter: QPainter,
    x: float,
    y: float,
    text: str,
    font: QFont,
    colour: QColor,
    align: str = "l",
    room: float | None = None,
) -> float:
    """One line of text on baseline y, left, centred or right of x ("l", "c", "r"); answers its width."""
    if room is not None:
        text = elided(font, text, room)
    wide = width(font, text)
    if align != "l":
        x -= wide if align == "r" else wide / 2
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QPointF(x, y), text)
    return wide


def cap_width(words: str) -> float:
    return max(20.0, width(theme().font("caption", 500), words) + 9)


def key_cap(painter: QPainter, words: str, left: float, centre: float, ink: QColor, line: QColor) -> float:
    """A key ("Ctrl Enter") in its rounded frame; answers the width used."""
    font = theme().font("caption", 500)
    high = max(CAP_HEIGHT, em(font) * 1.45)
    box = QRectF(left, centre - high / 2, cap_width(words), high)
    painter.setPen(QPen(line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3.5, 3.5)
    put(painter, box.center().x(), middle(font, box.y(), box.height()), words, font, ink, "c")
    return box.width()


def rounded(
    painter: QPainter, rect: QRectF, radius: float, fill: QColor | None, line: QColor | None = None, pen: float = 1.0
) -> None:
    """A rounded box whose border lies on whole pixels."""
    half = pen / 2 if line is not None else 0.0
    painter.setPen(QPen(line, pen) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def focus_ring(painter: QPainter, rect: QRectF, radius: float = 5.0) -> None:
    """The one ring on screen: 2 px, just inside the rectangle."""
    rounded(painter, rect, radius, None, theme().colour("focus"), 2.0)


TONES = ("danger", "warn", "ok", "info", "violet")
ROOM_TONE = "room:"
"""Before a room state: the colours of its tile."""


def tone_colours(tone: str) -> tuple[QColor, QColor, QColor]:
    """Ink, fill and border of a tone, or of a room state ("room:let"); the neutral tone is the sunken grey."""
    look = theme()
    if tone.startswith(ROOM_TONE):
        state = look.room(tone.removeprefix(ROOM_TONE))
        return state.fg, state.bg, state.line
    if tone in TONES:
        return look.colour(tone), look.colour(f"{tone}-tint"), look.colour(f"{tone}-line")
    return look.colour("text-muted"), look.colour("sunken"), look.colour("sunken")


def tag_width(text: str, glyph: str | None = None) -> float:
    return width(theme().font("caption", 500), text) + (16 if glyph else 0) + 14


def paint_tag(
    painter: QPainter,
    left: float,
    centre: float,
    text: str,
    glyph: str | None,
    colours: tuple[QColor, QColor, QColor],
) -> float:
    """A tag of tint, line, glyph and word, vertically centred; answers its width."""
    look = theme()
    font = look.font("caption", 500)
    ink, fill, line = colours
    high = look.height("tag")
    box = QRectF(left, round(centre - high / 2), tag_width(text, glyph), high)
    rounded(painter, box, 4, fill, line)
    x = box.x() + 7
    if glyph:
        look.icon(painter, glyph, ink, QRectF(x - 1, centre - 6.5, 13, 13))
        x += 16
    put(painter, x, middle(font, box.y(), box.height()), text, font, ink)
    return box.width()


def soft_shadow(
    painter: QPainter, rect: QRectF, radius: float, blur: int = 30, drop: int = 8, alpha: float = 0.30
) -> None:
    """The shadow of a popup or dialog. QGraphicsDropShadowEffect would render the whole child again."""
    picture, outside, corner = _shadow(radius, blur, alpha)
    box = rect.toAlignedRect().translated(0, drop) + QMargins(outside, outside, outside, outside)
    for from_x, wide, to_x, width_ in _thirds(corner, box.width()):
        for from_y, high, to_y, height_ in _thirds(corner, box.height()):
            target = QRect(box.x() + to_x, box.y() + to_y, width_, height_)
            painter.drawPixmap(target, picture, QRect(from_x, from_y, wide, high))


def _thirds(corner: int, whole: int) -> tuple[tuple[int, int, int, int], ...]:
    """Corner, stretched pixel, corner along one side: from and length in the picture, then in what is painted."""
    between = whole - 2 * corner
    return (
        (0, corner, 0, corner), (corner, 1, corner, between), (corner + 1, corner, corner + between, corner),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _shadow(radius: float, blur: int, alpha: float) -> tuple[QPixmap, int, int]:
    """Nested rings round the smallest box, of which only corners and edges are used: (picture, pixels outside the box,
    pixels of a corner)."""
    steps = blur // 2
    outside, inside = math.ceil(steps * 0.55), math.ceil(steps * 0.45)
    corner = outside + inside + math.ceil(radius)
    picture = QPixmap(2 * corner + 1, 2 * corner + 1)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    ring = QColor(0, 0, 0)
    ring.setAlphaF((1 - (1 - alpha) ** (1 / steps)) * 0.55)
    painter.setBrush(ring)
    box = QRectF(picture.rect()).adjusted(outside, outside, -outside, -outside)
    for step in range(steps):
        spread = (steps - step) - steps * 0.45
        painter.drawRoundedRect(box.adjusted(-spread, -spread, spread, spread), radius + spread, radius + spread)
    painter.end()
    return picture, outside, corner
