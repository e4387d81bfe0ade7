"""The form in which names, plates and repairs are compared, and the pieces by which any part of one is found.

A text is cut into single characters and pairs; whatever somebody types is cut the same way, and a text that has all
the pieces is looked at whole. SQLite keeps them as tokens of FTS5, PostgreSQL as an array under GIN.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 4
"""36⁴ is more than there are code points. Tokens of FTS5 are plain letters and digits: what SQLite holds to be a letter
depends on its version, and a name beyond its tables would fall apart silently."""
_UNSEEN = frozenset("Zs Zl Zp Pc Pd Ps Pe Pi Pf Po Mn Mc Me Cc Cf Cs".split())  # noqa: SIM905
LAST = "\U0010ffff"
"""Comes after every character, so that a text with it is the end of all that begin with the text."""


class Searched(StrEnum):
    """What is found by any part of it. The letter keeps pieces of one kind apart from the others'."""

    PARTY = "p"
    """Names of parties."""
    VEHICLE = "v"
    """Plates of vehicles."""
    ORDER = "o"
    """Work orders: number, a blank, what is broken and where."""


def fold(text: str) -> str:
    """A text as it is compared: one width, small letters, no accents, blanks, dots, marks or invisible characters.

    Character by character, so that what is a part of a text stays one: 阿依古丽·买买提 contains 丽买.
    """
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    # Unassigned characters (Cn) stay: those newer than this Python are real names.
    return "".join(c for c in apart if unicodedata.category(c) not in _UNSEEN)


def folded_of(kind: Searched, text: str) -> str:
    """`fold`, but that of an order leaves the blank behind its number standing: nothing is found across it, and what
    ends there is a number's end."""
    if kind is not Searched.ORDER:
        return fold(text)
    number, _, words = text.partition(" ")
    return f"{fold(number)} {fold(words)}"


def number_end(end: str) -> str:
    """The piece by which an order is found by the last four of its number. Their pairs would not do: those of its
    beginning are in every number, and each is a list as long as the table."""
    return f"{Searched.ORDER}n{end[-4:]}"


def _cut_of(kind: Searched, folded: str) -> tuple[str, list[str]]:
    """What of a folded text is cut up, and the pieces it has besides."""
    if kind is not Searched.ORDER:
        return folded, []
    number, _, words = folded.partition(" ")
    return words, [number_end(number)]


def pieces(kind: Searched, folded: str) -> list[str]:
    """What PostgreSQL keeps of a text: its characters and its pairs, each once."""
    folded, besides = _cut_of(kind, folded)
    single = [kind + character for character in folded]
    pairs = [kind + a + b for a, b in pairwise(folded)]
    return list(dict.fromkeys([*besides, *single, *pairs]))


def wanted_pieces(kind: Searched, folded: str) -> list[str]:
    """What a text must have to contain this one: its pairs, of a single character itself."""
    pairs = dict.fromkeys(kind + a + b for a, b in pairwise(folded))
    return list(pairs) or [kind + folded]


def tokens(kind: Searched, folded: str) -> str:
    """What SQLite keeps of a text: its pairs and its last character; the others are beginnings of pairs."""
    folded, besides = _cut_of(kind, folded)
    codes = [_code(character) for character in folded]
    pairs = [kind + a + b for a, b in pairwise(codes)]
    return " ".join(dict.fromkeys([*besides, *pairs, *(kind + code for code in codes[-1:])]))


def wanted_tokens(kind: Searched, folded: str) -> str:
    """`wanted_pieces` as an FTS5 query."""
    codes = [_code(character) for character in folded]
    pairs = dict.fromkeys(kind + a + b for a, b in pairwise(codes))
    return " AND ".join(pairs) or f"{kind}{codes[0]} *"


PREFIX = len(Searched.PARTY) + _WIDTH
"""Characters of a token that a single character is: the length FTS5 indexes beginnings by."""


@lru_cache(maxsize=8192)
def _code(character: str) -> str:
    number, code = ord(character), ""
    for _ in range(_WIDTH):
        number, digit = divmod(number, 36)
        code = _DIGITS[digit] + code
    return code
