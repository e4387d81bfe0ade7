"""The embedded fonts of everything printed: loaded once, a fallback for each character, no empty squares.

ReportLab is imported inside the functions: a page that only names a paper must not pay for the PDF engine at start.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, cast

from desktop.services.errors import DomainError
from resources import resource

REGULAR = "NotoSansSC-Regular"
BOLD = "NotoSansSC-Bold"
RARE = "RareNames"
_CHAINS = {False: (REGULAR, RARE), True: (BOLD, REGULAR, RARE)}

MISSING_MARK = "〓"
"""What printers have always set for a character they lack; the clerk writes it in by hand."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_COMBINED = re.compile("[A-Za-z][\u0300-\u036f]+")

T = TypeVar("T")

_lock = threading.Lock()
_loaded = False
_fonts: dict[str, Any] = {}


class MissingGlyphs(DomainError):
    """No embedded font has these characters; `characters` are they, once each, in the order found."""

    def __init__(self, characters: str) -> None:
        named = "、".join(f"{_shown(character)}（U+{ord(character):04X}）" for character in characters)
        super().__init__(f"字库里没有这些字：{named}。请核对是否输错；确为生僻字时，可以空出后手写")
        self.characters = characters


class Glyphs(dict[str, tuple[str, float]]):
    """Which font draws a character in one weight, and how wide it is in ems; filled as characters come by."""

    def __init__(self, bold: bool) -> None:
        super().__init__()
        self._chain = _CHAINS[bold]

    def __missing__(self, character: str) -> tuple[str, float]:
        load_fonts()
        point = ord(character)
        for name in self._chain:
            face = _fonts[name].face
            if point in face.charToGlyph:
                glyph = (name, face.charWidths[point] / 1000)
                break
        else:
            raise MissingGlyphs(character)
        self[character] = glyph
        return glyph


_glyphs = {False: Glyphs(False), True: Glyphs(True)}


def glyphs(bold: bool = False) -> Glyphs:
    """The glyph table of a weight. Looking up a character that no font has raises MissingGlyphs."""
    return _glyphs[bold]


def load_fonts() -> None:
    """Make the fonts ready, once for the process; a background job may call it after start so that nobody waits."""
    global _loaded
    if _loaded:
        return
    with _lock:
        if _loaded:
            return
        from reportlab import rl_config
        from reportlab.pdfbase import pdfmetrics, ttfonts

        rl_config.useA85 = 0  # fonts as plain bytes: a fifth smaller than in printable characters
        # reportlab writes code points above U+FFFF as five digits, which readers split wrongly: 𬭎 would come out as Ⲵ.
        ttfonts.makeToUnicodeCMap = to_unicode_map
        for name in (REGULAR, BOLD, RARE):
            path = str(resource(f"fonts/{name}.ttf"))
            # Without asciiReadable a subset holds the letters used, not all of ASCII in every font and file.
            _fonts[name] = ttfonts.TTFont(name, path, asciiReadable=False, shapable=False)
            pdfmetrics.registerFont(_fonts[name])
        _loaded = True


def font_named(name: str) -> Any:
    """The loaded reportlab font that `glyphs` named."""
    return _fonts[name]


def write_lock() -> threading.Lock:
    """Held while a document is being closed: reportlab's font files keep one read position for all documents."""
    return _lock


def clean(text: str) -> str:
    """Text as it is drawn: control characters and variation selectors dropped, letters joined with their accents."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n").replace("\t", " ")
    text = _INVISIBLE.sub("", text)
    return _COMBINED.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)


def check_text(text: str, bold: bool = False) -> str:
    """The characters of a text that no embedded font can draw, once each; empty when all can be printed."""
    table = _glyphs[bold]
    missing = []
    for character in dict.fromkeys(clean(text)):
        if character != "\n":
            try:
                table[character]
            except MissingGlyphs:
                missing.append(character)
    return "".join(missing)


def printable(facts: T, mark_missing: bool = False) -> T:
    """The facts of a paper (a dataclass), checked before anything is drawn.

    Raises MissingGlyphs with every character no font has; with `mark_missing` they become 〓, to be written by hand.
    """
    missing = check_text("".join(_texts(facts)))
    if not missing:
        return facts
    if not mark_missing:
        raise MissingGlyphs(missing)
    return cast(T, _marked(facts, str.maketrans(dict.fromkeys(missing, MISSING_MARK))))


def to_unicode_map(font_name: str, subset: Sequence[int]) -> str:
    """The ToUnicode table of one font subset: UTF-16 (pairs above U+FFFF), at most 100 rows a block as PDF demands."""
    head = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        f"/CIDSystemInfo\n<< /Registry ({font_name})\n/Ordering ({font_name})\n/Supplement 0\n>> def\n"
        f"/CMapName /{font_name} def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <{len(subset) - 1:02X}>\nendcodespacerange\n"
    )
    rows = [f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>" for code, point in enumerate(subset)]
    blocks = (rows[first : first + 100] for first in range(0, len(rows), 100))
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return f"{head}{body}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


def _texts(facts: object) -> Iterator[str]:
    if isinstance(facts, str):
        yield facts
    elif is_dataclass(facts):
        for field in fields(facts):
            yield from _texts(getattr(facts, field.name))
    elif isinstance(facts, tuple):
        for item in facts:
            yield from _texts(item)


def _marked(facts: object, table: dict[int, str]) -> object:
    if isinstance(facts, StrEnum):
        return facts
    if isinstance(facts, str):
        return facts.translate(table)
    if is_dataclass(facts) and not isinstance(facts, type):
        return replace(facts, **{field.name: _marked(getattr(facts, field.name), table) for field in fields(facts)})
    if isinstance(facts, tuple):
        return tuple(_marked(item, table) for item in facts)
    return facts


def _shown(character: str) -> str:
    return character if character.isprintable() else "不可见字符"
