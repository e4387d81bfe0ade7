"""Makes the vendored fonts from their full versions: `python resources/fonts/make_fonts.py SOURCE_FOLDER [OUT_FOLDER]`.

SOURCE_FOLDER holds, anywhere below it (COPYRIGHT.md says which packages they come in):
    NotoSansSC_400Regular.ttf  NotoSansSC_500Medium.ttf  NotoSansSC_600SemiBold.ttf  NotoSansSC_700Bold.ttf
    LXGWWenKai-Regular.ttf     Unihan_OtherMappings.txt or .txt.bz2 (its kTGH field is the 8,105-character table)

TrueType outlines only: reportlab refuses CFF. Layout tables and hints are dropped: no form or lease misses them.
Adding a character: if it is Chinese and in neither Regular nor RareNames, a newer WenKai is the place to look.
"""

from __future__ import annotations

import bz2
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Noto Sans SC"
RARE_FAMILY = "Anju Rare Names"
VERSION = "Version 2.004; subset for Anju Desk"

SYMBOLS = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x1CD, 0x1DC), (0x2B0, 0x2DF), (0x391, 0x3C9), (0x401, 0x451), (0x1E00, 0x1EFF),
    (0x2010, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x23FF), (0x2460, 0x27BF), (0x2B00, 0x2BFF), (0x2E80, 0x312F),
    (0x31C0, 0x31EF), (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
]  # fmt: skip
HAN = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]
LATIN = [(0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2026), (0x2030, 0x2030), (0x2190, 0x2193), (0x2212, 0x2212)]
CJK_MARKS = "、。〈〉《》「」『』【】！％（），．：；？￥～"


def in_ranges(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {point for low, high in ranges for point in range(low, high + 1)}


def gb2312() -> set[int]:
    """Every character of GB 2312: 6,763 han and its symbols."""
    cells = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(character) for pair in cells for character in pair.decode("gb2312", "ignore")}


def common_characters(source: Path) -> set[int]:
    """The 8,105 characters of 《通用规范汉字表》, from Unihan's kTGH field."""
    path = find(source, "Unihan_OtherMappings.txt*")
    text = bz2.decompress(path.read_bytes()).decode() if path.suffix == ".bz2" else path.read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if "\tkTGH\t" in line and not line.startswith("#"))
    points = {int(row[0].removeprefix("U+"), 16) for row in rows}
    if len(points) != 8105:
        raise SystemExit(f"kTGH names {len(points)} characters, expected 8105")
    return points


def find(source: Path, pattern: str) -> Path:
    found = sorted(source.rglob(pattern))
    if not found:
        raise SystemExit(f"{pattern} is not below {source}")
    return found[0]


def cut(path: Path, points: set[int]) -> TTFont:
    """The font with only these code points, without hints and layout tables."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "DSIG", "gasp"]
    options.notdef_outline = True
    options.glyph_names = False
    font = TTFont(path, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points & set(font.getBestCmap()))
    cutter.subset(font)
    return font


def rename(font: TTFont, family: str, style: str, weight: int) -> None:
    """Names by which Windows, macOS and Qt all file the font under one family with its weight.

    Only Regular and Bold fit the four-style names 1 and 2; the other weights say their family in names 16 and 17.
    """
    plain = style in ("Regular", "Bold")
    postscript = f"{family.replace(' ', '')}-{style}"
    wanted = {
        1: family if plain else f"{family} {style}",
        2: style if plain else "Regular",
        3: f"{VERSION};{postscript}",
        4: f"{family} {style}",
        5: VERSION,
        6: postscript,
        16: None if plain else family,
        17: None if plain else style,
    }
    for name_id, text in wanted.items():
        font["name"].removeNames(nameID=name_id)
        if text is not None:
            font["name"].setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
    font["head"].macStyle = 1 if style == "Bold" else 0


def main(source: Path, out: Path) -> None:
    symbols = in_ranges(SYMBOLS)
    han = in_ranges(HAN)
    paper = gb2312() | common_characters(source) | symbols
    digits = in_ranges(LATIN) | {ord(mark) for mark in CJK_MARKS}
    regular = find(source, "NotoSansSC_400Regular.ttf")
    wenkai = find(source, "LXGWWenKai-Regular.ttf")
    rare = (set(TTFont(wenkai).getBestCmap()) & han) - set(TTFont(regular).getBestCmap())
    jobs = [
        ("NotoSansSC-Regular.ttf", regular, han | symbols, FAMILY, "Regular", 400),
        ("NotoSansSC-Medium.ttf", find(source, "NotoSansSC_500Medium.ttf"), paper, FAMILY, "Medium", 500),
        ("NotoSansSC-SemiBold.ttf", find(source, "NotoSansSC_600SemiBold.ttf"), digits, FAMILY, "SemiBold", 600),
        ("NotoSansSC-Bold.ttf", find(source, "NotoSansSC_700Bold.ttf"), paper, FAMILY, "Bold", 700),
        ("RareNames.ttf", wenkai, rare | {0x20}, RARE_FAMILY, "Regular", 400),
    ]
    for name, path, points, family, style, weight in jobs:
        font = cut(path, points)
        rename(font, family, style, weight)
        font.save(out / name, reorderTables=True)
        size = (out / name).stat().st_size / 1e6
        print(f"{name}: {len(font.getBestCmap())} characters, {size:.2f} MB")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent)
