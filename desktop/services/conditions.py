"""Conditions 条件 of a list as data: what it can be narrowed by, and what somebody has chosen of that.

A list module names its conditions in `…_conditions(look)` and turns what was chosen into SQL; strip, chips and saved
views know nothing else. Conditions of one list go together; several values of one condition are one or the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from desktop.models.values import add_months

Chosen = tuple[tuple[str, tuple[str, ...]], ...]
"""((condition, (value, …)), …), sorted: equal choices are equal, and a list can tell whether it is shown already."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a condition and how it reads: 「2 栋」."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What a list can be narrowed by. `single`: another value takes the place of the first."""

    key: str
    words: str
    choices: tuple[Choice, ...]
    single: bool = False

    def words_of(self, values: Iterable[str]) -> str:
        """How values read: 「2 栋、3 栋」; of what is no longer there nothing."""
        wanted = set(values)
        return "、".join(choice.words for choice in self.choices if choice.value in wanted)

    def said(self, values: Iterable[str]) -> str:
        """The condition in one breath: 「楼栋 2 栋」, but 「有欠费」 where the value says what it is about."""
        words = self.words_of(values)
        return words if self.words in words else f"{self.words} {words}"


def condition(key: str, words: str, choices: Iterable[tuple[str, str]], *, single: bool = False) -> Condition:
    """A condition from pairs of value and words."""
    return Condition(key, words, tuple(Choice(value, name) for value, name in choices), single)


def chosen_of(values: Mapping[str, Iterable[str]]) -> Chosen:
    """A choice in its one form; conditions with nothing chosen are left out."""
    sets = {key: set(some) for key, some in values.items()}
    return tuple(sorted((key, tuple(sorted(some))) for key, some in sets.items() if some))


def flip(chosen: Chosen, asked: Condition, value: str) -> Chosen:
    """The choice with one value taken or let go."""
    kept = {key: set(some) for key, some in chosen}
    mine = kept.get(asked.key, set())
    kept[asked.key] = mine - {value} if value in mine else {value} if asked.single else mine | {value}
    return chosen_of(kept)


def without(chosen: Chosen, key: str) -> Chosen:
    """The choice with one condition let go."""
    return tuple(each for each in chosen if each[0] != key)


def still_there(chosen: Chosen, known: Sequence[Condition]) -> Chosen:
    """What of a choice can still be chosen: a building may have gone since a view was saved, or a right."""
    values = {each.key: {choice.value for choice in each.choices} for each in known}
    return chosen_of({key: [one for one in some if one in values.get(key, set())] for key, some in chosen})


def chips(chosen: Chosen, known: Sequence[Condition]) -> list[tuple[str, str]]:
    """(condition, 「楼栋 2 栋、3 栋」) of everything in force, in the order of the list."""
    some = dict(chosen)
    return [(each.key, each.said(some[each.key])) for each in known if each.key in some]


# ---- days ----------------------------------------------------------------------------------------------------------


DAYS: Mapping[str, str] = {
    "today": "今天", "yesterday": "昨天", "last_7": "近 7 天", "next_7": "7 天内", "month": "本月",
    "last_month": "上月", "next_month": "下月", "year": "今年",
}  # fmt: skip


def days_of(name: str, today: date) -> tuple[date, date]:
    """First and last day of a span by its name; both counted. Raises KeyError for a name there is not."""
    month = today.replace(day=1)
    spans = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "last_7": (today - timedelta(days=6), today),
        "next_7": (today, today + timedelta(days=7)),
        "month": (month, add_months(month, 1) - timedelta(days=1)),
        "last_month": (add_months(month, -1), month - timedelta(days=1)),
        "next_month": (add_months(month, 1), add_months(month, 2) - timedelta(days=1)),
        "year": (date(today.year, 1, 1), date(today.year, 12, 31)),
    }
    return spans[name]
