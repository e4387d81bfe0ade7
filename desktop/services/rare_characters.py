"""Finding a rare character 生僻字 for a name or an address: by sound, by radical, by strokes, in any order and mixture.

「yi 12」 read yi with twelve strokes, 「火 yu」 read yu with the radical of fire, 「王 13」. The tables are
resources/pinyin.tsv and resources/strokes.tsv; only characters that our fonts can show and print are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from desktop.services import pinyin
from resources import resource

MOST = 240
"""Characters found at most: whoever has more before them adds the strokes."""

_FORMS = {
    "亻": "9", "冫": "15", "刂": "18", "卩": "26", "忄": "61", "扌": "64", "攵": "66", "氵": "85", "灬": "86",
    "爫": "87", "牜": "93", "犭": "94", "王": "96", "疒": "104", "礻": "113", "罒": "122", "艹": "140", "衤": "145",
    "辶": "162", "镸": "168", "纟": "120'", "见": "147'", "讠": "149'", "贝": "154'", "车": "159'", "钅": "167'",
    "长": "168'", "门": "169'", "韦": "178'", "页": "181'", "风": "182'", "飞": "183'", "饣": "184'", "马": "187'",
    "鱼": "195'",
    "鸟": "196'", "卤": "197'", "麦": "199'", "黄": "201", "黾": "205'", "齐": "210'", "齿": "211'", "龙": "212'",
    "龟": "213'",
}  # fmt: skip
"""How radicals look inside a character, beside the 214 of Kangxi themselves."""
_EITHER = {"阝": ("163", "170"), "月": ("74", "130")}
"""Two radicals of one shape: 阜 at the left and 邑 at the right, 月 and 肉."""


@dataclass(frozen=True, slots=True)
class Found:
    """A character, every way it is read, the one that was asked for first, and its strokes."""

    character: str
    sounds: tuple[str, ...]
    strokes: int


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a search: `characters` in the order worth looking at, and how many there are beyond them."""

    characters: tuple[Found, ...] = ()
    beyond: int = 0
    problem: str = ""
    """In Chinese, when what was typed cannot be looked for."""


@dataclass(slots=True)
class _Tables:
    strokes: dict[str, int] = field(default_factory=dict)
    radicals: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    level: dict[str, int] = field(default_factory=dict)


def find_characters(asked: str) -> Search:
    """The characters that fit everything asked: the rarer ones of the national table first, everyday ones last.

    An input method knows the everyday ones; who comes here has tried it.
    """
    words = re.findall(r"[a-z]+|[0-9]+|[^\W\d_]", _plain(asked))
    if not words:
        return Search()
    tables = _tables()
    found: set[str] | None = None
    asked_for = [word for word in words if word.isascii() and word.isalpha()]
    for word in words:
        if word.isascii() and word.isdigit():
            fits = {character for character, count in tables.strokes.items() if count == int(word)}
        elif word.isascii():
            fits = set(pinyin.sounding(word)) & tables.strokes.keys()
            if not fits:
                return Search(problem=f"没有读“{word}”的字：写一个字的拼音，不写声调")
        else:
            radicals = _radicals(word)
            if not radicals:
                return Search(problem=f"“{word}”不是部首：写部首，例如 火、氵、王")
            fits = {character for radical in radicals for character in tables.radicals.get(radical, ())}
        found = fits if found is None else found & fits
    usual = {each for word in asked_for for each in found or () if word in pinyin.sounds_of(each)[:1]}
    ordered = sorted(found or (), key=lambda each: (_rank(tables, each), each not in usual, tables.strokes[each], each))
    shown = tuple(Found(each, _sounds(each, asked_for), tables.strokes[each]) for each in ordered[:MOST])
    return Search(shown, len(ordered) - len(shown), "" if ordered else "没有这样的字：少写一个条件再试")


def _rank(tables: _Tables, character: str) -> int:
    return {2: 0, 0: 1, 1: 2}[tables.level.get(character, 0)]


def _sounds(character: str, asked_for: list[str]) -> tuple[str, ...]:
    return tuple(sorted(pinyin.sounds_of(character), key=lambda sound: sound not in asked_for))


def _plain(text: str) -> str:
    """Small letters without tones; ü is v; a radical of the compatibility block is the usual character."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("ü", "v"))
    return unicodedata.normalize("NFKC", "".join(c for c in apart if not unicodedata.combining(c)))


def _radicals(character: str) -> tuple[str, ...]:
    """The radicals a character stands for, the simplified form with the whole one; empty when it is none."""
    if character in _EITHER:
        return _EITHER[character]
    known = _FORMS.get(character) or _kangxi().get(character)
    if known is None:
        return ()
    return (known,) if known.endswith("'") else (known, f"{known}'")


@lru_cache(maxsize=1)
def _kangxi() -> dict[str, str]:
    """The 214 radicals, by the character each is."""
    return {unicodedata.normalize("NFKC", chr(0x2F00 + at)): str(at + 1) for at in range(214)}


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    tables = _Tables()
    for line in resource("strokes.tsv").read_text(encoding="utf-8").splitlines():
        head, count, characters = line.split("\t")
        if head == "table":
            tables.level |= dict.fromkeys(characters, int(count))
            continue
        tables.radicals[head].extend(characters)
        tables.strokes |= dict.fromkeys(characters, int(count))
    return tables
