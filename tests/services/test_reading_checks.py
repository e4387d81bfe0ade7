"""What is wrong or strange about a reading, said before it is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ids import id_of_hex
from desktop.models.values import MeterKind, ReadingKind
from desktop.services.problems import Level
from desktop.services.reading_checks import (
    FEWEST_DAYS,
    JumpLimits,
    MeterStand,
    NewReading,
    estimate,
    reading_problem,
    reading_problems,
    usual_per_day,
)
from desktop.services.readings import StandingReading

ID, OTHER = id_of_hex("0" * 31 + "1"), id_of_hex("0" * 31 + "2")
TODAY = date(2026, 11, 22)
LIMITS = JumpLimits()


def shown(value: str, day: date, *, rolled_over: bool = False) -> StandingReading:
    return StandingReading(ID, ID, ID, None, ReadingKind.REGULAR, Decimal(value), day, rolled_over, None)


STAND = MeterStand(
    ID, "1 栋 1203", MeterKind.WATER, "W-1", Decimal(1), None, date(2026, 1, 1), None,
    last=shown("356.5", date(2026, 10, 22)), before=shown("344.5", date(2026, 9, 22)), per_day=Decimal("0.4"),
)  # fmt: skip


def said(value: str, day: date = TODAY, stand: MeterStand = STAND, **form: object) -> tuple[Level, str, str] | None:
    problem = reading_problem(stand, NewReading(ID, Decimal(value), day, **form), TODAY, LIMITS)  # type: ignore[arg-type]
    return None if problem is None else (problem.level, problem.field, problem.text)


@pytest.mark.parametrize(
    ("value", "day", "level", "field", "words"),
    [
        ("356", TODAY, Level.ERROR, "value", "低于上次 356.5"),
        ("-1", TODAY, Level.ERROR, "value", "不能小于 0"),
        ("360.1234", TODAY, Level.ERROR, "value", "3 位小数"),
        ("10000000000", TODAY, Level.ERROR, "value", "数字太大"),
        ("368", date(2026, 11, 23), Level.ERROR, "read_on", "还没到"),
        ("368", date(2027, 11, 22), Level.ERROR, "read_on", "明年"),
        ("368", date(2026, 10, 1), Level.ERROR, "read_on", "上次是 2026-10-22 抄的"),
        ("368", date(2026, 10, 22), Level.ERROR, "read_on", "已有读数 356.5"),
        ("368", date(2025, 12, 31), Level.ERROR, "read_on", "才装上"),
        ("368500", TODAY, Level.WARN, "value", "1000 倍：是按升（L）抄的吗？应为 368.5"),
        ("456.5", TODAY, Level.WARN, "value", "是平时的 8.1 倍（约 12.4，这次 100）"),
    ],
)  # fmt: skip
def test_what_is_said(value: str, day: date, level: Level, field: str, words: str) -> None:
    told = said(value, day)
    assert told is not None
    assert told[:2] == (level, field)
    assert words in told[2]


@pytest.mark.parametrize("value", ["356.5", "368", "393.7"])
def test_nothing_is_said_of_what_is_usual(value: str) -> None:
    assert said(value) is None


def test_a_jump_is_more_than_three_times_and_five_units() -> None:
    slow = replace(STAND, per_day=Decimal("0.05"))  # 1.55 in the month
    assert said("362.5", stand=slow) is None  # 6: nearly four times, but not five units more
    assert said("363.06", stand=slow) is not None
    assert said("393.8") is not None  # 37.3 of 12.4
    assert (
        reading_problem(STAND, NewReading(ID, Decimal(394), TODAY), TODAY, JumpLimits(Decimal(4), Decimal(5))) is None
    )


def test_what_was_confirmed_is_taken_and_an_error_is_not() -> None:
    assert said("456.5", confirmed=True) is None
    assert said("368500", confirmed=True) is None
    assert said("300", confirmed=True) is not None


def test_the_first_reading_of_a_meter_has_nothing_to_be_held_against() -> None:
    fresh = replace(STAND, last=None, before=None, per_day=None)
    assert said("999999", stand=fresh) is None


def test_a_roll_over_is_said_by_a_person_and_needs_the_highest_figure() -> None:
    near = replace(STAND, last=shown("9995", date(2026, 10, 22)), highest=Decimal(9999))
    told = said("4", stand=near)
    assert told is not None
    assert "过零" in told[2]
    assert said("4", stand=near, rolled_over=True) is None
    assert near.use_of(Decimal(4), True) == 9
    told = said("9997", stand=near, rolled_over=True)
    assert told is not None
    assert "不是过零" in told[2]
    told = said("4", stand=replace(near, highest=None), rolled_over=True)
    assert told is not None
    assert "最大读数" in told[2]
    told = said("10000", stand=near)
    assert told is not None
    assert "最大只到 9,999" in told[2]


def test_somebody_else_was_quicker() -> None:
    told = said("368", seen=OTHER)
    assert told is not None
    assert "刚由别人录过" in told[2]


def test_of_many_each_is_said_by_its_place_and_none_twice() -> None:
    forms = [
        NewReading(ID, Decimal(368), TODAY),
        NewReading(ID, Decimal(369), TODAY),
        NewReading(OTHER, Decimal(1), TODAY),
    ]
    problems = reading_problems({ID: STAND}, forms, TODAY, LIMITS)
    assert {at: problem.text[:8] for at, problem in problems.items()} == {1: "这块表填了两次：", 2: "这块表已经不在了"}


def test_an_estimate_goes_on_as_before_in_whole_units() -> None:
    assert estimate(STAND, TODAY) == 368  # 12 in 30 days: 31 days give 12.4, from 356.5: 368.9
    assert estimate(replace(STAND, before=None), TODAY) is None
    assert estimate(STAND, date(2026, 10, 22)) is None


def test_an_estimate_is_never_below_the_last_reading() -> None:
    still = replace(STAND, before=shown("356.5", date(2026, 9, 22)))
    assert estimate(still, TODAY) == Decimal("356.5")


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 500)), min_size=1, max_size=12))
def test_the_usual_use_is_the_mean_of_the_last_uses(steps: list[tuple[int, int]]) -> None:
    day, value = date(2020, 1, 1).toordinal(), 0
    readings = [shown("0", date.fromordinal(day))]
    for days, used in steps:
        day, value = day + days, value + used
        readings.append(shown(str(value), date.fromordinal(day)))
    last = steps[-6:]
    usual = usual_per_day(readings, Decimal(2), None)
    days = sum(days for days, _ in last)
    if days < FEWEST_DAYS:
        assert usual is None
    else:
        assert usual == Decimal(2 * sum(used for _, used in last)) / days


def test_a_multiplier_counts_in_use_and_in_alarms() -> None:
    big = replace(STAND, multiplier=Decimal(40), per_day=Decimal(16))
    assert big.use_of(Decimal("368.5")) == 480
    assert said("368.5", stand=big) is None
    assert said("400", stand=big) is not None
