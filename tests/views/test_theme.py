"""The look: contrasts recomputed, every placeholder filled, every icon there, fonts ours, switching while running."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontInfo, QImage, QPainter, QPalette, QRawFont
from PySide6.QtWidgets import QApplication, QLabel

from desktop.models.values import RoomMark, RoomState
from desktop.views import icons
from desktop.views.theme import Shade, Theme, TypeSize, tokens
from resources import resource

PAPER = {"preview.py", "form_canvas.py"}
"""Shows printed pages: paper is white under any theme."""
VIEWS = Path(__file__).resolve().parents[2] / "desktop" / "views"


def luminance(colour: str) -> float:
    parts = [int(colour[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colour_of(name: str, shade: str) -> str:
    if name.startswith("room."):
        _, state, part = name.split(".")
        return tokens()["room"][state][shade][part]
    return tokens()["color"][shade][name]


PAIRS = [(shade, pair) for shade in ("light", "dark") for pair in tokens()["contrast"][shade]]


@pytest.mark.parametrize(("shade", "pair"), PAIRS)
def test_every_contrast_pair_is_recomputed(shade: str, pair: str) -> None:
    ink, ground = pair.split("/")
    if ground in {"fg", "bg", "line"}:
        ground = f"{ink.rsplit('.', 1)[0]}.{ground}"
    found = contrast(colour_of(ink, shade), colour_of(ground, shade))
    assert found == pytest.approx(tokens()["contrast"][shade][pair], abs=0.02)
    assert found >= (3.0 if ink in {"focus", "line-input"} else 4.5)


def test_both_shades_have_the_same_tokens() -> None:
    assert tokens()["color"]["light"].keys() == tokens()["color"]["dark"].keys()


def test_every_room_state_and_mark_has_a_look(look: Theme) -> None:
    for state in RoomState:
        assert look.room(state).word
        assert resource(f"icons/{look.room(state).icon}.svg").exists()
    for mark in RoomMark:
        assert resource(f"icons/{look.mark(mark).icon}.svg").exists()
    assert look.mark(RoomMark.HOLDOVER).token == "danger"
    assert look.mark(RoomMark.ARREARS).corner


@pytest.mark.parametrize("shade", list(Shade))
@pytest.mark.parametrize("size", list(TypeSize))
def test_the_sheet_is_filled_for_each_theme_and_size(
    look: Theme, qapp: QApplication, shade: Shade, size: TypeSize
) -> None:
    look.switch(shade, size)
    sheet = qapp.styleSheet()
    assert "{{" not in sheet
    assert tokens()["color"][shade]["canvas"].lower() in sheet
    for path in re.findall(r"url\(([^)]+)\)", sheet):
        assert "currentColor" not in Path(path).read_text(encoding="utf-8")
    assert look.font("body").pointSizeF() == tokens()["type"]["sizes_pt"][size]


def test_no_colour_is_typed_in_code() -> None:
    named = re.compile(r"#[0-9A-Fa-f]{6}\b|QColor\(\s*\d|GlobalColor\.(?!transparent)")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(VIEWS.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if named.search(line) and "QColor(0, 0, 0" not in line and path.name not in PAPER  # shadows are black
    ]
    assert found == []


def test_every_icon_named_in_code_is_there() -> None:
    known = {path.stem for path in resource("icons").glob("*.svg")}
    named = re.compile(r"""(?:icon=|Glyph\(|qicon\(|pixmap\(|IconButton\(\s*)["']([a-z0-9-]+)["']""")
    used = {name for path in VIEWS.rglob("*.py") for name in named.findall(path.read_text(encoding="utf-8"))}
    assert used - known == set()
    assert len(used) > 10


def test_our_own_fonts_are_used(look: Theme) -> None:
    for role, weight in (("body", 400), ("strong", 500), ("small", 600)):
        assert QFontInfo(look.font(role, weight)).family().startswith("Noto Sans SC")
    raw = QRawFont.fromFont(look.font("body"))
    assert all(raw.supportsCharacter(ord(character)) for character in "安居前台¥，。「」①㎡")
    widths = {raw.advancesForGlyphIndexes(raw.glyphIndexesForString(digit))[0].x() for digit in "0123456789"}
    assert len(widths) == 1, "digits are tabular"


def test_switching_repaints_what_is_open(look: Theme, qtbot: object) -> None:
    words = QLabel("安居")
    words.setProperty("kind", "page")
    before = words.sizeHint().height()
    told = []
    look.changed.connect(lambda: told.append(look.shade))
    look.switch(Shade.DARK, TypeSize.LARGE)
    assert told == [Shade.DARK]
    assert words.sizeHint().height() > before
    assert QApplication.palette().window().color() == QColor(tokens()["color"]["dark"]["canvas"])


def test_icons_are_drawn_in_their_colour(look: Theme) -> None:
    picture = QImage(24, 24, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    look.icon(painter, "check", "danger", QRectF(0, 0, 24, 24))
    painter.end()
    solid = [picture.pixelColor(x, y) for x in range(24) for y in range(24) if picture.pixelColor(x, y).alpha() > 250]
    assert solid
    assert all(abs(pixel.red() - look.colour("danger").red()) < 4 for pixel in solid)


def test_tinted_files_are_written_once(look: Theme, tmp_path: Path) -> None:
    first = icons.file("check", look.colour("ok"), tmp_path)
    stamp = first.stat().st_mtime_ns
    assert icons.file("check", look.colour("ok"), tmp_path) == first
    assert first.stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_a_name_nobody_ships_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        resource("icons/no-such-icon.svg")


def test_high_contrast_takes_the_system_colours_and_keeps_the_words(
    look: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = QPalette()
    for role, colour in (
        (QPalette.ColorRole.WindowText, "#ffff00"),
        (QPalette.ColorRole.Base, "#000000"),
        (QPalette.ColorRole.Highlight, "#00ffff"),
        (QPalette.ColorRole.HighlightedText, "#000000"),
    ):
        system.setColor(role, QColor(colour))
    monkeypatch.setattr("desktop.views.theme.wants_high_contrast", lambda: True)
    monkeypatch.setattr(look, "_system", system)
    look.switch(Shade.DARK)
    found = {token: look.colour(token).name() for token in tokens()["color"]["dark"]}
    for pair in tokens()["contrast"]["dark"]:
        ink, ground = pair.split("/")
        if ink in found and ground in found:
            assert contrast(found[ink], found[ground]) >= 7, pair
    state = look.room(RoomState.VACANT_DIRTY)
    assert (state.fg.name(), state.bg.name(), state.word) == ("#ffff00", "#000000", "空脏")
    monkeypatch.undo()
    look.switch(Shade.LIGHT)
    assert look.colour("text").name() == tokens()["color"]["light"]["text"].lower()
