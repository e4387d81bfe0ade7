"""Icons drawn sharp at every scale: Lucide SVGs tinted by token, one renderer per name, colour and stroke."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap

from desktop.views.icon_store import IconStore
from resources import resource

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

STROKE = 1.9
STROKE_SMALL = 2.1
STROKE_TICK = 2.6
_SMALL = 14.0
_RENDERERS = 600
"""Renderers kept: every icon in the handful of colours a screen uses, for both themes."""


_store: IconStore | None = None


def keep_in(folder: Path) -> None:
    """Take icons drawn at an earlier start from a folder of the cache, and gather there what is drawn from now on."""
    global _store
    _store = IconStore(folder / "drawn")


def save() -> None:
    """Write what has been drawn since; when nobody waits."""
    if _store is not None:
        _store.save()


@lru_cache(maxsize=400)
def _svg(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def _tinted(name: str, colour: str, stroke: float) -> str:
    text = _svg(name).replace("currentColor", colour)
    return re.sub(r'stroke-width="[^"]*"', f'stroke-width="{stroke:g}"', text, count=1)


@lru_cache(maxsize=_RENDERERS)
def _renderer(name: str, colour: str, stroke: float) -> QSvgRenderer:
    from PySide6.QtSvg import QSvgRenderer  # what the store has needs none

    return QSvgRenderer(QByteArray(_tinted(name, colour, stroke).encode()))


@lru_cache(maxsize=_RENDERERS)
def _stamp(name: str, colour: str, stroke: float, pixels: int) -> QPixmap:
    """An icon in device pixels: stamping it is some ten times cheaper than rendering it for each tile."""
    key = f"{name} {colour} {stroke:g} {pixels}"
    if _store is not None and (kept := _store.get(key)) is not None:
        return kept
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, colour, stroke).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    if _store is not None:
        _store.put(key, pixmap)
    return pixmap


def _stroke(name: str, size: float) -> float:
    if name in {"check", "minus"}:
        return STROKE_TICK
    return STROKE_SMALL if size <= _SMALL else STROKE


def draw(painter: QPainter, name: str, colour: QColor, rect: QRectF, stroke: float | None = None) -> None:
    """Draw an icon into a square in logical pixels, snapped to device pixels so that strokes stay even."""
    ratio = painter.device().devicePixelRatioF()
    pixels = max(1, round(rect.width() * ratio))
    stamp = _stamp(name, colour.name(), stroke or _stroke(name, rect.width()), pixels)
    origin = painter.transform().map(rect.topLeft()) * ratio
    size = pixels / ratio
    x = rect.x() + (round(origin.x()) - origin.x()) / ratio
    y = rect.y() + (round(origin.y()) - origin.y()) / ratio
    painter.drawPixmap(QRectF(x, y, size, size), stamp, QRectF(0, 0, pixels, pixels))


def pixmap(name: str, colour: QColor, size: int, ratio: float) -> QPixmap:
    """An icon for a QLabel or QAction, `size` logical pixels wide at the screen's ratio."""
    image = QPixmap(_stamp(name, colour.name(), _stroke(name, size), round(size * ratio)))
    image.setDevicePixelRatio(ratio)
    return image


def icon(name: str, colour: QColor, size: int = 16) -> QIcon:
    """A QIcon for menus and line-edit actions, sharp on the screens there are."""
    app = QGuiApplication.instance()
    return _icon(name, colour.name(), size, app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0)


@lru_cache(maxsize=_RENDERERS)
def _icon(name: str, colour: str, size: int, most: float) -> QIcon:
    result = QIcon()
    for ratio in {1.0, most}:
        result.addPixmap(pixmap(name, QColor(colour), size, ratio))
    return result


def file(name: str, colour: QColor, folder: Path) -> Path:
    """A tinted SVG on disk for the style sheet, which can only take files. Written aside and swapped in."""
    path = folder / f"{name}-{colour.name()[1:]}.svg"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{path.name}.{os.getpid()}"
        aside.write_text(_tinted(name, colour.name(), _stroke(name, _SMALL)), encoding="utf-8")
        os.replace(aside, path)
    return path


def forget() -> None:
    """Drop every renderer and stamp: the theme has changed, or the application is about to end."""
    _renderer.cache_clear()
    _stamp.cache_clear()
    _icon.cache_clear()
