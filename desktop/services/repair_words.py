"""Guessing what a request is about from the words in which somebody reports it: category, urgency, complaint or repair.

Pure: text in, a guess out. The words are data, `resources/repair_words.tsv`; the clerk sees the guess and corrects it
with one key, so a wrong guess costs a keystroke and never decides by itself.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from desktop.models.values import OrderKind, RepairCategory
from desktop.services.pinyin import usual_sounds
from resources import resource

CATEGORY_WORDS = {
    RepairCategory.WATER: "给排水",
    RepairCategory.POWER: "电路照明",
    RepairCategory.HEAT: "燃气热水",
    RepairCategory.APPLIANCE: "家电",
    RepairCategory.DOOR: "门窗锁",
    RepairCategory.FURNITURE: "家具",
    RepairCategory.WALLS: "墙顶地面",
    RepairCategory.LIFT: "电梯",
    RepairCategory.NETWORK: "网络门禁",
    RepairCategory.FIRE: "消防",
    RepairCategory.CLEANING: "保洁虫害",
    RepairCategory.ORDER: "秩序噪音",
    RepairCategory.SERVICE: "服务收费",
    RepairCategory.OTHER: "其他",
}
ALWAYS_COMPLAINTS = frozenset({RepairCategory.ORDER, RepairCategory.SERVICE})
URGENT_FROM, COMPLAINT_FROM = 4, 3
_URGENT, _CALM, _COMPLAINT = "urgent", "calm", "complaint"


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text seems to be about. `because`: the words that told, in their order; `next`: the categories that come
    after the guessed one, the likeliest first."""

    category: RepairCategory
    urgent: bool
    kind: OrderKind
    because: tuple[str, ...] = ()
    next: tuple[RepairCategory, ...] = ()


@lru_cache(maxsize=1)
def words() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """{word: what it tells and how strongly}; the shipped table, read once."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for line in resource("repair_words.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            word, tells, weight = line.split("\t")
            found[word].append((tells, int(weight)))
    return {word: tuple(told) for word, told in found.items()}


def guess(text: str) -> Guess:
    """What a request is about; a text without a known word is "other", ordinary, a repair."""
    told: dict[str, int] = defaultdict(int)
    because: dict[str, list[str]] = defaultdict(list)
    for word, tells in _spoken("".join(unicodedata.normalize("NFKC", text).lower().split())):
        for what, weight in tells:
            told[what] += weight
            because[what].append(word)
    ranked = sorted((each for each in RepairCategory if told[each] > 0), key=lambda each: -told[each])
    category = ranked[0] if ranked else RepairCategory.OTHER
    urgent = told[_URGENT] - told[_CALM] >= URGENT_FROM
    complaint = category in ALWAYS_COMPLAINTS or told[_COMPLAINT] >= COMPLAINT_FROM
    kind = OrderKind.COMPLAINT if complaint else OrderKind.REPAIR
    reasons = because[category] + (because[_URGENT] if urgent else [])
    return Guess(category, urgent, kind, tuple(dict.fromkeys(reasons)), tuple(ranked[1:]))


def _spoken(text: str) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    """The known words of a text, in order. Of each kind of telling a word inside a longer one does not count."""
    table, longest = words(), _longest()
    spans: list[tuple[int, int, str]] = []
    for start in range(len(text)):
        for length in range(min(longest, len(text) - start), 0, -1):
            if (word := text[start : start + length]) in table:
                spans.append((start, start + length, word))
    spans += _misspelt(text, spans)
    spans.sort(key=lambda span: (span[0], -span[1]))
    found = []
    for start, end, word in spans:
        around = [other for other in spans if other[0] <= start and end <= other[1] and other[2] != word]
        hidden = {_side(what) for _, _, other in around for what, _ in table[other]}
        tells = tuple((what, weight) for what, weight in table[word] if _side(what) not in hidden)
        if tells:
            found.append((word, tells))
    return found


def _misspelt(text: str, spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Words that were meant where another character of the same sound was written or heard: 店梯, 沙法, 水笼头. Where
    a word stands as it is written, nothing is guessed."""
    sounds, known = usual_sounds(), _by_sound()
    taken = {at for start, end, _ in spans if end - start > 1 for at in range(start, end)}
    heard = [sounds.get(character, character) for character in text]
    found = []
    for start in range(len(text)):
        for length in range(min(_longest(), len(text) - start), 1, -1):
            here = range(start, start + length)
            for word in known.get(" ".join(heard[start : start + length]), ()):
                same = sum(a == b for a, b in zip(word, text[start : start + length], strict=True))
                if same == length - 1 and taken.isdisjoint(here):
                    found.append((start, start + length, word))
    return found


@lru_cache(maxsize=1)
def _by_sound() -> Mapping[str, tuple[str, ...]]:
    """{syllables: words of things that sound so}; what is urgent or a complaint is taken at its word."""
    sounds, found = usual_sounds(), defaultdict[str, list[str]](list)
    for word, tells in words().items():
        if len(word) > 1 and any(_side(what) == "category" for what, _ in tells):
            found[" ".join(sounds.get(character, character) for character in word)].append(word)
    return {sound: tuple(alike) for sound, alike in found.items()}


def _side(what: str) -> str:
    """Categories hide categories, urgency hides urgency: 燃气 in 燃气味 is the same smell twice."""
    if what in (_URGENT, _CALM):
        return _URGENT
    return what if what == _COMPLAINT else "category"


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, words()))
