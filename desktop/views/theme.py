"""The look: tokens, palette, fonts and style sheet for light or dark in three sizes of type, switched while running.

The look belongs to the process as QPalette does: `Theme.install(app)` once at start, `theme()` wherever something is
painted. No colour, size or font is named anywhere else; `resources/tokens.json` is the source.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.views import icons
from desktop.views.fonts import FAMILIES, load_fonts
from resources import resource

if TYPE_CHECKING:
    from desktop.models.values import RoomMark, RoomState

_BASE_POINTS = 11.0
_HOLDOVER, _ARREARS = "holdover", "arrears"
"""`RoomMark` as the token file names them: the model behind it is not loaded by the first paint."""


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class TypeSize(StrEnum):
    """紧凑, 标准, 大: 10, 11 and 12.5 pt."""

    COMPACT = "compact"
    STANDARD = "standard"
    LARGE = "large"


class Face(QFont):
    """A font of the look. It is never changed, and its key is asked for with every word that is painted."""

    @cached_property
    def _key(self) -> str:
        return super().key()

    def key(self) -> str:
        return self._key


class StateLook(NamedTuple):
    """How a room state looks on a tile, a tag or a legend chip."""

    word: str
    icon: str
    hatched: bool
    fg: QColor
    bg: QColor
    line: QColor


class MarkLook(NamedTuple):
    word: str
    icon: str
    token: str
    corner: bool


@lru_cache(maxsize=1)
def tokens() -> dict[str, Any]:
    """Everything in tokens.json. Raises FileNotFoundError when the installation is incomplete."""
    return json.loads(resource("tokens.json").read_text(encoding="utf-8"))


def system_shade() -> Shade:
    """What the system asks for now; light when it does not say."""
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return Shade.DARK if dark else Shade.LIGHT


def wants_high_contrast() -> bool:
    """Whether the person has switched the system to high contrast (told by Qt from 6.10 on)."""
    accessibility = getattr(QGuiApplication.styleHints(), "accessibility", None)
    return accessibility is not None and accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast


def high_contrast(system: QPalette) -> dict[str, QColor]:
    """Every token in the system's own colours: tints become the ground, lines and tones the ink. Shapes stay."""
    role, ink, ground = QPalette.ColorRole, ("text", "line", "rail-text", "rail-on", "toast-text"), {}
    tones = ("danger", "warn", "ok", "info", "violet")
    for name in tokens()["color"][Shade.LIGHT]:
        if name in {"scrim", "paper", "paper-ink"}:
            continue
        if name in {"primary", "primary-hover", "primary-press", "focus", "rail-mark"}:
            ground[name] = system.color(role.Highlight)
        elif name in {"on-primary", "rail-ink"}:
            ground[name] = system.color(role.HighlightedText)
        elif name == "text-disabled":
            ground[name] = system.color(QPalette.ColorGroup.Disabled, role.WindowText)
        elif (name.startswith(ink) or name in tones or name.endswith("-line") or name == "primary-text") and (
            not name.endswith("-tint")
        ):
            ground[name] = system.color(role.WindowText)
        else:
            ground[name] = system.color(role.Base)
    return ground


class Theme(QObject):
    """The look in force. Signals: changed() after colours or sizes have been replaced."""

    changed = Signal()

    def __init__(self, cache: Path | None = None) -> None:
        super().__init__()
        self.shade = Shade.LIGHT
        self.size = TypeSize.STANDARD
        self._cache = cache or _usual_cache()
        self._colours: dict[str, QColor] = {}
        self._rooms: dict[str, StateLook] = {}
        self._marks: dict[str, MarkLook] = {}
        self._fonts: dict[tuple[str, int | None], Face] = {}
        self._family = FAMILIES
        self._system = QPalette()

    def install(self, app: QApplication, shade: Shade = Shade.LIGHT, size: TypeSize = TypeSize.STANDARD) -> Theme:
        """Make this the look of the process: Fusion, then fonts, palette and style sheet, in this order."""
        global _current
        app.setStyle("Fusion")
        self._family = load_fonts()
        self._system = app.palette()
        _current = self
        icons.keep_in(self._cache)
        self._fill(app, shade, size)
        return self

    def switch(self, shade: Shade | None = None, size: TypeSize | None = None) -> None:
        """Change to light, dark or another size of type while the window is open."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._fill(app, shade or self.shade, size or self.size)
        for widget in app.allWidgets():
            widget.update()
        self.changed.emit()

    def _fill(self, app: QApplication, shade: Shade, size: TypeSize) -> None:
        self.shade, self.size = shade, size
        icons.forget()
        self._fonts.clear()
        self._colours = {name: QColor(value) for name, value in tokens()["color"][shade].items()}
        if wants_high_contrast():
            self._colours |= high_contrast(self._system)
        self._rooms = {
            name: StateLook(
                raw["word"],
                raw["icon"],
                raw["pattern"] == "hatch",
                *self._state_colours(raw[shade]),
            )
            for name, raw in tokens()["room"].items()
        }
        # A tenant who stays after the end is late, and late is danger (UI.md wins over the token file here).
        self._marks = {
            name: MarkLook(
                raw["word"],
                raw["icon"],
                "danger" if name == _HOLDOVER else raw["color"],
                name == _ARREARS,
            )
            for name, raw in tokens()["mark"].items()
        }
        app.setFont(self.font("body"))
        app.setPalette(self._palette())
        app.setStyleSheet(self._sheet())

    # colours

    def colour(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of a token in the present shade. Raises KeyError for a token that does not exist."""
        found = self._colours[token]
        if alpha < 1.0:
            found = QColor(found)
            found.setAlphaF(alpha)
        return found

    def room(self, state: RoomState | str) -> StateLook:
        """Of a state or its value."""
        return self._rooms[state]

    def mark(self, mark: RoomMark) -> MarkLook:
        return self._marks[mark]

    def _state_colours(self, raw: dict[str, str]) -> tuple[QColor, QColor, QColor]:
        """Ink, fill and border of a room state; in high contrast glyph and word alone tell the states apart."""
        if wants_high_contrast():
            return self._colours["text"], self._colours["surface"], self._colours["line"]
        return QColor(raw["fg"]), QColor(raw["bg"]), QColor(raw["line"])

    def _palette(self) -> QPalette:
        role, palette = QPalette.ColorRole, QPalette()
        plain = {
            role.Window: "canvas",
            role.WindowText: "text",
            role.Base: "surface",
            role.AlternateBase: "surface",
            role.Text: "text",
            role.Button: "surface",
            role.ButtonText: "text",
            role.BrightText: "danger",
            role.Highlight: "primary",
            role.HighlightedText: "on-primary",
            role.PlaceholderText: "text-faint",
            role.Accent: "primary",
            role.Link: "primary-text",
            role.LinkVisited: "primary-text",
            role.ToolTipBase: "toast",
            role.ToolTipText: "toast-text",
            role.Light: "surface",
            role.Midlight: "line",
            role.Mid: "line-strong",
            role.Dark: "line-input",
            role.Shadow: "text-faint",
        }
        for which, token in plain.items():
            palette.setColor(which, self.colour(token))
        for which in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, which, self.colour("text-disabled"))
        return palette

    # type and measures

    @property
    def factor(self) -> float:
        """How much larger than 标准 text is now; heights that bear text grow with it, gaps do not."""
        return float(tokens()["type"]["sizes_pt"][self.size]) / _BASE_POINTS

    def points(self, role: str) -> float:
        return float(tokens()["type"]["sizes_pt"][self.size]) * float(tokens()["type"]["roles"][role]["factor"])

    def font(self, role: str, weight: int | None = None) -> QFont:
        """The font of a type role (caption, small, body, strong, title, page, figure, total, display) and weight."""
        key = (role, weight)
        if key not in self._fonts:
            font = Face(self._family)
            font.setPointSizeF(self.points(role))
            font.setWeight(QFont.Weight(weight or tokens()["type"]["roles"][role]["weight"]))
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            font.setFeature(QFont.Tag("tnum"), 1)  # Noto's digits are tabular by nature; a fallback font's need not be
            self._fonts[key] = font
        return self._fonts[key]

    def height(self, name: str) -> int:
        """A height of tokens.json in logical pixels at the present size of type."""
        return self.scaled(tokens()["height"][name])

    def panel(self, name: str) -> int:
        """The width of a side panel (detail, till-pay, receipt, party-facts, timeline…); it grows with the type."""
        return self.scaled(tokens()["panel"][name])

    def scaled(self, pixels: float) -> int:
        """Pixels that bear text, at the present size of type."""
        return round(pixels * self.factor)

    def motion(self, name: str) -> int:
        """Milliseconds of a movement, 0 when the system asks for less, over remote desktop, and in tests."""
        calm = QGuiApplication.platformName() in {"offscreen", "minimal"}
        wanted = QApplication.isEffectEnabled(Qt.UIEffect.UI_AnimateMenu) or QApplication.isEffectEnabled(
            Qt.UIEffect.UI_General
        )
        return int(tokens()["motion"][name]) if wanted and not calm else 0

    # icons

    def icon(
        self, painter: QPainter, name: str, colour: QColor | str, rect: QRectF, stroke: float | None = None
    ) -> None:
        """Draw an icon in a token's colour (or a colour) into a square."""
        icons.draw(painter, name, self.colour(colour) if isinstance(colour, str) else colour, rect, stroke)

    def pixmap(self, name: str, token: str, size: int = 16, ratio: float | None = None) -> QPixmap:
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        return icons.pixmap(name, self.colour(token), size, ratio or app.devicePixelRatio())

    def qicon(self, name: str, token: str = "text-muted", size: int = 16) -> QIcon:
        return icons.icon(name, self.colour(token), size)

    # style sheet

    def _sheet(self) -> str:
        def value(match: re.Match[str]) -> str:
            kind, *rest = match[1].split(":")
            if kind == "pt":
                return f"{self.points(rest[0]):.2f}pt"
            if kind == "px":
                return f"{self.scaled(float(rest[0]))}px"
            if kind == "icon":
                return icons.file(rest[0], self.colour(rest[1]), self._cache).as_posix()
            return self.colour(kind).name()

        template = resource("style.qss").read_text(encoding="utf-8")
        return re.sub(r"\{\{([a-z0-9:.-]+)\}\}", value, re.sub(r"/\*.*?\*/", "", template, flags=re.DOTALL))


def _usual_cache() -> Path:
    from PySide6.QtCore import QStandardPaths

    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)) / "icons"


_current: Theme | None = None


def theme() -> Theme:
    """The look in force. Raises RuntimeError before `Theme.install`."""
    if _current is None:
        raise RuntimeError("Theme.install(app) has not run")
    return _current
