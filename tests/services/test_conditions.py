"""Conditions as data: one form for equal choices, flipping, what is no longer there, and the days they name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.conditions import DAYS, chips, chosen_of, condition, days_of, flip, still_there, without

HOUSE = condition("building", "楼栋", [("a", "1 栋"), ("b", "2 栋"), ("c", "3 栋")])
OWED = condition("arrears", "欠费", [("any", "有欠费"), ("none", "没有欠费")], single=True)


def test_equal_choices_are_equal() -> None:
    assert chosen_of({"x": ["2", "1", "1"], "a": ["3"], "none": []}) == (("a", ("3",)), ("x", ("1", "2")))
    assert chosen_of({"a": ["3"], "x": ["1", "2"]}) == chosen_of({"x": ("2", "1"), "a": ("3",)})


def test_values_are_taken_and_let_go() -> None:
    chosen = flip(flip((), HOUSE, "b"), HOUSE, "a")
    assert chips(chosen, [OWED, HOUSE]) == [("building", "楼栋 1 栋、2 栋")]
    chosen = flip(flip(chosen, OWED, "any"), OWED, "none")
    assert dict(chosen)["arrears"] == ("none",)
    assert chips(chosen, [OWED, HOUSE]) == [("arrears", "没有欠费"), ("building", "楼栋 1 栋、2 栋")]
    assert flip(chosen, OWED, "none") == without(chosen, "arrears")


@given(st.lists(st.tuples(st.sampled_from([HOUSE, OWED]), st.integers(0, 2)), max_size=12))
def test_flipping_twice_changes_nothing(steps: list[tuple[object, int]]) -> None:
    chosen = chosen_of({})
    for asked, at in steps:
        chosen = flip(chosen, asked, asked.choices[at % len(asked.choices)].value)  # type: ignore[attr-defined,arg-type]
        assert flip(flip(chosen, HOUSE, "c"), HOUSE, "c") == chosen
        assert still_there(chosen, [HOUSE, OWED]) == chosen


def test_what_has_gone_is_let_go() -> None:
    chosen = chosen_of({"building": ["a", "pulled down"], "arrears": ["any"], "unknown": ["1"]})
    assert still_there(chosen, [HOUSE]) == (("building", ("a",)),)
    assert chips(chosen, [HOUSE]) == [("building", "楼栋 1 栋")]


@given(st.dates(date(1999, 1, 1), date(2100, 12, 31)))
def test_days_are_whole_months_and_meet(today: date) -> None:
    spans = {name: days_of(name, today) for name in DAYS}
    assert all(first <= last for first, last in spans.values())
    day = timedelta(days=1)
    assert spans["last_month"][1] + day == spans["month"][0]
    assert spans["month"][1] + day == spans["next_month"][0]
    assert spans["month"][0] <= today <= spans["month"][1]
    assert spans["yesterday"][1] + day == spans["today"][0]
    assert (spans["last_7"][1] - spans["last_7"][0]).days == 6


def test_an_unknown_span_is_a_bug() -> None:
    with pytest.raises(KeyError):
        days_of("tomorrow", date(2026, 11, 22))
