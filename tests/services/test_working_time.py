"""Working time against an oracle that walks from minute to minute; the State Council's year day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from desktop.services.working_time import (
    ALWAYS,
    BadHours,
    Calendar,
    Pause,
    Span,
    add_working_minutes,
    latest_start,
    make_calendar,
    parse_hours,
    working_minutes_between,
    working_time_between,
)
from desktop.world import OFFICE_ZONE

MINUTE = timedelta(minutes=1)
OFFICE = make_calendar("08:30-12:00 13:30-17:30", "12345")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant as the clock on the office's wall shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


# ---- the oracle: every minute is looked at by itself -----------------------------------------------------------------


def _worked(minute: datetime, calendar: Calendar, pauses: list[Pause]) -> bool:
    here = minute.astimezone(OFFICE_ZONE)
    day, of_day = here.date(), here.hour * 60 + here.minute
    if day in calendar.on:
        open_ = True
    elif day in calendar.off:
        open_ = False
    else:
        open_ = here.weekday() + 1 in calendar.weekdays
    inside = any(span.since <= of_day < span.until for span in calendar.spans)
    paused = any(since <= minute and (until is None or minute < until) for since, until in pauses)
    return open_ and inside and not paused


def _stepped(start: datetime, minutes: int, calendar: Calendar, pauses: list[Pause], most: int) -> datetime | None:
    now, left = start, minutes
    for _ in range(most):
        if left == 0:
            return now
        if _worked(now, calendar, pauses):
            left -= 1
        now += MINUTE
    return now if left == 0 else None


# ---- what is drawn ---------------------------------------------------------------------------------------------------

minutes_of_year = st.integers(0, 365 * 1440)
instants = minutes_of_year.map(lambda n: FIRST + n * MINUTE)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any hours in up to three spans, any weekdays, and days off and on thickly sown over the year."""
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    spans = tuple(Span(edges[n], edges[n + 1]) for n in range(0, len(edges) - 1, 2))
    days = st.integers(0, 370).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
    off = draw(st.frozensets(days, max_size=40))
    on = draw(st.frozensets(days, max_size=40))
    return Calendar(spans, draw(st.frozensets(st.integers(1, 7), min_size=1)), off - on, on)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> list[Pause]:
    """Pauses around the days after a start: overlapping, empty and upside down ones too, the last perhaps open."""
    found: list[Pause] = []
    for _ in range(draw(st.integers(0, 4))):
        since = start + draw(st.integers(-600, 4000)) * MINUTE
        open_ended = draw(st.integers(0, 9)) == 0
        found.append((since, None if open_ended else since + draw(st.integers(-30, 3000)) * MINUTE))
    return found


# ---- the properties --------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_deadline_is_where_walking_by_minutes_ends(data: st.DataObject) -> None:
    calendar, start = data.draw(st.one_of(st.just(OFFICE), st.just(ALWAYS), calendars())), data.draw(instants)
    pauses, minutes = data.draw(pauses_after(start)), data.draw(st.integers(0, 1500))
    found = add_working_minutes(start, minutes, calendar, pauses)
    stepped = _stepped(start, minutes, calendar, pauses, most=12 * 1440)
    if stepped is not None:
        assert found == stepped
    else:
        assert found is None or found > start + 12 * 1440 * MINUTE


@given(st.data())
def test_minutes_between_are_the_minutes_walked(data: st.DataObject) -> None:
    calendar, start = data.draw(st.one_of(st.just(OFFICE), calendars())), data.draw(instants)
    end = start + data.draw(st.integers(-500, 8 * 1440)) * MINUTE
    pauses = data.draw(pauses_after(start))
    walked, now = 0, start
    while now < end:
        walked += _worked(now, calendar, pauses)
        now += MINUTE
    assert working_minutes_between(start, end, calendar, pauses) == walked


@given(instants, st.integers(1, 100_000), st.integers(0, 59_999_999))
@example(at("2026-02-14 17:29"), 2, 0)
def test_out_and_back_is_the_identity(start: datetime, minutes: int, more: int) -> None:
    start += timedelta(microseconds=more)
    end = add_working_minutes(start, minutes, OFFICE)
    assert end is not None
    assert end.tzinfo is UTC
    assert working_time_between(start, end, OFFICE) == minutes * MINUTE
    assert working_time_between(start, end - timedelta(microseconds=1), OFFICE) < minutes * MINUTE


@given(st.data())
def test_what_began_by_the_latest_start_is_due_and_nothing_later(data: st.DataObject) -> None:
    calendar, until = data.draw(st.one_of(st.just(OFFICE), st.just(ALWAYS), calendars())), data.draw(instants)
    minutes = data.draw(st.integers(0, 1500))
    found = latest_start(until, minutes, calendar)
    assume(found is not None)
    assert found is not None
    due = add_working_minutes(found, minutes, calendar)
    assert due is not None
    assert due <= until
    after = add_working_minutes(found + timedelta(microseconds=1), minutes, calendar)
    assert after is None or after > until
    assert latest_start(until, 1, Calendar((), frozenset())) is None


# ---- the year 2026 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reported", "minutes", "due"),
    [
        ("2026-11-23 09:00", 120, "2026-11-23 11:00"),
        ("2026-11-23 11:00", 120, "2026-11-23 14:30"),  # over lunch
        ("2026-11-23 16:30", 120, "2026-11-24 09:30"),  # over night
        ("2026-11-20 17:00", 120, "2026-11-23 10:00"),  # over a weekend
        ("2026-11-22 03:00", 120, "2026-11-23 10:30"),  # on a Sunday
        ("2026-02-14 17:00", 60, "2026-02-24 09:00"),  # a make-up Saturday, then the Spring Festival
        ("2026-09-30 17:00", 60, "2026-10-08 09:00"),  # the National Day week
        ("2026-10-09 17:00", 60, "2026-10-10 09:00"),  # a make-up Saturday follows
        ("2026-01-03 12:00", 30, "2026-01-04 09:00"),  # a make-up Sunday follows
    ],
)
def test_two_hours_of_an_office(reported: str, minutes: int, due: str) -> None:
    assert add_working_minutes(at(reported), minutes, OFFICE) == at(due)


def test_the_year_has_the_days_of_the_notice() -> None:
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(OFFICE.works_on(day) for day in year) == 248
    assert [day.isoformat() for day in year if OFFICE.works_on(day) and day.isoweekday() > 5] == [
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    ]  # fmt: skip
    assert not any(OFFICE.works_on(date(2026, 2, day)) for day in range(15, 24))


def test_the_offices_own_days_go_before_the_countrys() -> None:
    calendar = make_calendar("09:00-18:00", "1234567", off=["2026-02-14"], on=["2026-02-17"])
    assert not calendar.works_on(date(2026, 2, 14))
    assert calendar.works_on(date(2026, 2, 17))
    assert not make_calendar("09:00-18:00", "1234567").works_on(date(2026, 2, 17))
    assert make_calendar("09:00-18:00", "1234567", holidays=False).works_on(date(2026, 2, 17))


def test_a_pause_without_an_end_has_no_deadline() -> None:
    start = at("2026-11-23 09:00")
    assert add_working_minutes(start, 120, OFFICE, [(start + 30 * MINUTE, None)]) is None
    assert add_working_minutes(start, 30, OFFICE, [(start + 30 * MINUTE, None)]) == at("2026-11-23 09:30")


@pytest.mark.parametrize("text", ["", "8-12", "12:00-08:30", "08:00-25:00", "08:00-12:00 11:00-13:00", "08:60-09:00"])
def test_hours_that_cannot_be_read_are_told(text: str) -> None:
    with pytest.raises(BadHours, match=r"[一-龥]"):
        parse_hours(text)


@pytest.mark.parametrize(
    ("weekdays", "off", "on"),
    [("8", [], []), ("", [], []), ("1", ["10月1日"], []), ("1", ["2026-10-01"], ["2026-10-01"])],
)
def test_days_that_cannot_be_read_are_told(weekdays: str, off: list[str], on: list[str]) -> None:
    with pytest.raises(BadHours, match=r"[一-龥]"):
        make_calendar("08:30-17:30", weekdays, off=off, on=on)
