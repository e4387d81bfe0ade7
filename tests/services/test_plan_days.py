"""On which days a plan is due, against an oracle that walks from day to day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import PlanUnit
from desktop.services.plan_days import Pause, Rhythm

DAY = timedelta(days=1)
START = date(2026, 1, 1)
days = st.integers(-400, 800).map(lambda n: START + n * DAY)


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    unit = draw(st.sampled_from(PlanUnit))
    every = draw(st.integers(1, 45 if unit is PlanUnit.DAY else 13))
    first = draw(days)
    last = draw(st.none() | st.integers(0, 500).map(lambda n: first + n * DAY))
    pauses = tuple(
        Pause(since, None if length is None else since + length * DAY)
        for since, length in draw(st.lists(st.tuples(days, st.none() | st.integers(0, 200)), max_size=2))
    )
    return Rhythm(draw(days), every, unit, first, last, pauses)


def is_round(rhythm: Rhythm, day: date) -> bool:
    """Asked of the day alone."""
    if day < rhythm.valid_from or (rhythm.valid_to is not None and day > rhythm.valid_to) or rhythm.rests(day):
        return False
    if rhythm.unit is PlanUnit.DAY:
        return (day - rhythm.anchor).days % rhythm.every == 0
    months = (day.year - rhythm.anchor.year) * 12 + day.month - rhythm.anchor.month
    return months % rhythm.every == 0 and day.day == min(rhythm.anchor.day, monthrange(day.year, day.month)[1])


@given(rhythms(), days, st.integers(0, 500))
def test_rounds_are_the_days_that_are_rounds(rhythm: Rhythm, first: date, length: int) -> None:
    last = first + length * DAY
    wanted = [day for n in range(length + 1) if is_round(rhythm, day := first + n * DAY)]
    assert list(rhythm.rounds(first, last)) == wanted


@given(rhythms(), days, st.integers(0, 60))
def test_the_round_that_has_begun_is_the_latest(rhythm: Rhythm, today: date, lead: int) -> None:
    wanted = None
    if not rhythm.rests(today) and not rhythm.ended(today):
        day = today + lead * DAY
        while day >= rhythm.valid_from and wanted is None:
            wanted = day if is_round(rhythm, day) else None
            day -= DAY
    assert rhythm.begun(today, lead) == wanted


@given(rhythms(), days)
def test_the_next_round_is_the_first_that_comes(rhythm: Rhythm, after: date) -> None:
    found = rhythm.next(after)
    far = (found or after + 1500 * DAY) - DAY
    assert not list(rhythm.rounds(after + DAY, far)) or any(p.last is None for p in rhythm.pauses)
    assert found is None or (found > after and is_round(rhythm, found))


def test_a_plan_of_the_31st_comes_back_to_it() -> None:
    rhythm = Rhythm(date(2026, 1, 31), 1, PlanUnit.MONTH, date(2026, 1, 1))
    assert [f"{day:%m%d}" for day in rhythm.rounds(date(2026, 1, 1), date(2026, 5, 31))] == [
        "0131", "0228", "0331", "0430", "0531",
    ]  # fmt: skip
    leap = Rhythm(date(2024, 2, 29), 12, PlanUnit.MONTH, date(2024, 1, 1))
    assert [f"{day}" for day in leap.rounds(date(2024, 1, 1), date(2028, 12, 31))] == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip
