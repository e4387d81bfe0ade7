"""No name shows as a box, at any weight; a renamed font is a sound font."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont
from PySide6.QtGui import QTextLayout

from desktop.views.fonts import FAMILIES, FAMILY, WHOLE_FAMILY, load_whole_family, renamed
from desktop.views.theme import Theme
from resources import resource


@pytest.mark.parametrize("role", ["body", "strong", "page"])
def test_rare_and_traditional_names_are_set_in_our_fonts(look: Theme, role: str) -> None:
    load_whole_family()
    layout = QTextLayout("峯叡甦囍䶵㛃䶮𬭎𡒄𠮷 1203", look.font(role))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    runs = layout.glyphRuns()
    assert {run.rawFont().familyName() for run in runs} <= set(FAMILIES)
    assert all(glyph for run in runs for glyph in run.glyphIndexes()), "glyph 0 is the box"


def test_a_renamed_font_keeps_its_tables_and_checksums() -> None:
    font = resource("fonts/NotoSansSC-Regular.ttf").read_bytes()
    other = TTFont(io.BytesIO(renamed(font, FAMILY, WHOLE_FAMILY)), checkChecksums=2)
    assert other["name"].getDebugName(1) == WHOLE_FAMILY
    assert other["name"].getDebugName(6).startswith("AnjuSansSC")
    assert len(other.getGlyphOrder()) > 29_000


def test_names_of_other_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        renamed(b"", "Noto Sans SC", "Anju")
