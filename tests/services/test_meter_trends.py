"""The trend of a household and the list of unusual uses, by median and in words."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ids import id_of_hex
from desktop.models.values import MeterKind, Period, ReadingKind
from desktop.services import meter_trends
from desktop.services.meter_trends import UnusualUse, by_month, judge
from desktop.services.meter_uses import MeteredUse
from desktop.services.office import Office
from desktop.services.reading_checks import JumpLimits
from desktop.services.work import PROGRAM, look
from tests.offices import check_in, rooms_of, sit_down
from tests.services.meter_kit import meter_with

ID = id_of_hex("0" * 31 + "1")
LIMITS = JumpLimits()


def use_of(first: date, last: date, used: str, kind: ReadingKind = ReadingKind.REGULAR) -> MeteredUse:
    return MeteredUse(
        ID, ID, MeterKind.WATER, ID, ID, kind, first, last, Decimal(0), Decimal(used), Decimal(used),
        kind is ReadingKind.ESTIMATED, (), None,
    )  # fmt: skip


def test_a_use_of_two_months_is_spread_by_its_days() -> None:
    until = date(2026, 11, 22)
    months = by_month([use_of(date(2026, 9, 16), date(2026, 10, 30), "45", ReadingKind.ESTIMATED)], until)
    assert len(months) == 12
    assert (months[0].month, months[-1].month) == (date(2025, 12, 1), date(2026, 11, 1))
    assert [(month.use, month.estimated) for month in months[-4:]] == [
        (None, False), (Decimal("15.0"), True), (Decimal("30.0"), True), (None, False),
    ]  # fmt: skip


@given(st.integers(1, 400), st.integers(0, 5000))
def test_the_months_of_a_use_add_up_to_it(days: int, used: int) -> None:
    until = date(2026, 11, 30)
    use = use_of(until - timedelta(days=days - 1), until, str(used))
    known = [month.use for month in by_month([use], until, 24) if month.use is not None]
    assert abs(sum(known, Decimal(0)) - used) <= Decimal("0.05") * len(known)
    assert Period(use.start, use.end).days == days


@pytest.mark.parametrize(
    ("rate", "own", "peers", "let", "verdict", "words"),
    [
        ("2", ["0.4", "0.5", "0.4"], [], True, "high", "自己以往 3 次的中位数是 0.4（5 倍）"),
        ("2", [], ["0.4"] * 6, True, "high", "同类 6 户的中位数是 0.4（5 倍）"),
        ("2", ["0.4"] * 3, ["0.3"] * 6, True, "high", "同类 6 户"),
        ("0.5", ["0.4"] * 3, ["0.4"] * 6, True, "", ""),
        ("0.5", ["0.1"] * 3, [], True, "high", "5 倍"),
        ("0.1", ["0.01"] * 3, [], True, "", ""),  # ten times next to nothing is still next to nothing
        ("0.3", ["0.4"] * 3, [], False, "vacant", "房间空置，30 天仍用了 9 m³"),
        ("0", ["0.4"] * 3, [], True, "low", "表可能停走"),
        ("0", ["0.4"] * 3, [], False, "", ""),
        ("2", ["0.4"], ["0.4"] * 4, True, "", ""),  # too few to speak of what is usual
    ],
)  # fmt: skip
def test_what_is_unusual(rate: str, own: list[str], peers: list[str], let: bool, verdict: str, words: str) -> None:
    found, why = judge(
        Fraction(rate), 30, [Fraction(each) for each in own], [Fraction(each) for each in peers], let=let, unit="m³",
        limits=LIMITS,
    )  # fmt: skip
    assert found == verdict
    assert words in "；".join(why)


DAYS = [date(2026, month, 20) for month in (5, 6, 7, 8, 9, 10)]


def household(office: Office, room: UUID, *used: int) -> UUID:
    value, shown = 100, [(DAYS[0], "100")]
    for day, each in zip(DAYS[1:], used, strict=False):
        value += each
        shown.append((day, str(value)))
    return meter_with(office, room, *shown)


def unusual(office: Office) -> list[UnusualUse]:
    with look(office, PROGRAM) as reading:
        return meter_trends.unusual_uses(reading, MeterKind.WATER, date(2026, 10, 1), date(2026, 10, 31))


def test_a_leak_stands_out_against_itself_and_its_neighbours(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    rooms = rooms_of(office)
    check_in(office, clerk, rooms[0])
    for room in rooms[1:8]:
        household(office, room, 0, 0, 0, 0, 0)
    household(office, rooms[0], 10, 11, 9, 10, 80)
    household(office, rooms[8], 10, 10, 10, 10, 6)
    found = unusual(office)
    # Both stood vacant in October; the leak is first, and a room that used nothing is no surprise.
    assert [(each.room, each.verdict) for each in found] == [("1 栋 301", "vacant"), ("1 栋 101", "vacant")]
    assert "房间空置" in found[0].why[0]
    assert "自己以往 4 次的中位数" in found[0].why[1]
    assert "同类 8 户的中位数是 0" in found[0].why[2]


def test_a_household_is_told_month_by_month(office: Office) -> None:
    room = rooms_of(office)[0]
    household(office, room, 31, 30, 31, 31, 30)
    with look(office, PROGRAM) as reading:
        found = meter_trends.use_by_month(reading, room)
    months = {month.month.month: month.use for month in found[MeterKind.WATER]}
    assert months[7] == Decimal("31.0")
    assert months[12] is None
