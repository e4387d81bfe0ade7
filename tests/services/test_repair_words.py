"""Guessing categories, measured on the two lists of requests that stood here before the words (docs/guessing.md).

Of the first list the third that is held out flatters: the words came from the hand that had written the sentences, so
150 of 1,041 occur in a sentence held out and in none of the others; without those it is too strict. The half held out
of the second list, written in other mouths by somebody who had not seen the words, is nearest to what an office hears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop.models.values import OrderKind, RepairCategory
from desktop.services import repair_words
from desktop.services.repair_words import CATEGORY_WORDS, guess, words
from tests.services.test_repair_requests import rows_of

FIRST, HEARD = "repair_requests.tsv", "repair_requests_heard.tsv"
PARTS = {
    (name, part): [row for row in rows_of(name) if row[3] == part]
    for name in (FIRST, HEARD) for part in ("tune", "held-out")
}  # fmt: skip


@dataclass(frozen=True)
class Score:
    """Shares of requests: category right, right one among the first three, urgency right, kind right; and of those
    that are urgent, how many are seen to be."""

    category: float
    offered: float
    urgency: float
    kind: float
    alarms: float


def score(name: str, part: str) -> Score:
    rows = PARTS[name, part]
    found = [(row, guess(row[4])) for row in rows]
    urgent = [each.urgent for row, each in found if row[2] == "urgent"]
    return Score(
        sum(each.category == row[0] for row, each in found) / len(rows),
        sum(row[0] in (each.category, *each.next[:2]) for row, each in found) / len(rows),
        sum(each.urgent == (row[2] == "urgent") for row, each in found) / len(rows),
        sum(each.kind == row[1] for row, each in found) / len(rows),
        sum(urgent) / len(urgent),
    )


def test_the_part_for_tuning_is_guessed_right() -> None:
    found = score(FIRST, "tune")
    assert found.category >= 0.98
    assert found.urgency >= 0.98
    assert found.kind >= 0.98
    assert found.alarms == 1


def test_what_other_mouths_say_is_guessed_as_well_as_docs_guessing_tells() -> None:
    tuned, held = score(HEARD, "tune"), score(HEARD, "held-out")
    assert tuned.category >= 0.98
    assert tuned.alarms == 1
    assert held.category >= 0.79
    assert held.offered >= 0.83
    assert held.urgency >= 0.93
    assert held.alarms >= 0.7
    assert held.kind >= 0.9


def test_the_part_held_out_is_guessed_right_by_all_words() -> None:
    found = score(FIRST, "held-out")
    assert found.category >= 0.95
    assert found.offered >= 0.97
    assert found.urgency >= 0.97
    assert found.kind >= 0.97


def test_the_part_held_out_is_guessed_by_what_the_other_part_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = {
        part: ["".join(row[4].lower().split()) for row in rows] for (name, part), rows in PARTS.items() if name == FIRST
    }
    taught: Mapping[str, tuple[tuple[str, int], ...]] = {
        word: told
        for word, told in words().items()
        if any(word in text for text in spoken["tune"]) or not any(word in text for text in spoken["held-out"])
    }
    assert len(words()) - len(taught) <= 150
    monkeypatch.setattr(repair_words, "words", lambda: taught)
    repair_words._by_sound.cache_clear()
    found = score(FIRST, "held-out")
    repair_words._by_sound.cache_clear()
    assert found.category >= 0.58
    assert found.urgency >= 0.9
    assert found.kind >= 0.85


def test_most_of_what_cannot_wait_is_heard_and_little_else() -> None:
    lines = (Path(__file__).parent / "repair_urgency.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    urgent, ordinary = ([guess(text).urgent for told, text in rows if told == each] for each in ("urgent", "ordinary"))
    assert (len(urgent), len(ordinary)) == (50, 50)
    assert sum(urgent) >= 43
    assert sum(ordinary) <= 3


def test_every_word_tells_something_the_program_knows() -> None:
    known = {*RepairCategory, "urgent", "calm", "complaint"}
    assert {what for told in words().values() for what, _ in told} <= known
    assert {weight for told in words().values() for _, weight in told} <= set(range(13))
    assert set(CATEGORY_WORDS) == set(RepairCategory)


def test_a_guess_says_by_which_words() -> None:
    found = guess("厨房 水龙头 一直滴水，柜门也坏了")
    assert (found.category, found.urgent, found.kind) == (RepairCategory.WATER, False, OrderKind.REPAIR)
    assert found.because == ("水龙头", "滴水")
    assert found.next == (RepairCategory.FURNITURE,)
    assert guess("") == guess("你好") == repair_words.Guess(RepairCategory.OTHER, False, OrderKind.REPAIR)


def test_a_word_inside_a_longer_one_does_not_count() -> None:
    assert guess("电梯坏了").next == ()  # 电 is not heard in it
    assert not guess("热水器点不着火").urgent
    assert guess("着火了").urgent
    assert guess("ＷＩＦＩ 没有").category is RepairCategory.NETWORK


def test_a_character_that_only_sounds_right_is_heard() -> None:
    assert guess("店梯又坏了").category is RepairCategory.LIFT
    assert guess("店梯又坏了").because == ("电梯",)
    assert guess("沙法塌了").category is RepairCategory.FURNITURE
    assert guess("开关不灵").category is guess("开关").category  # a word that stands as it is written is no other one
    assert not guess("找火").urgent  # what is urgent is taken at its word
