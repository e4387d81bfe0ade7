"""Who may sign alone by age: the days on which that changes, over all birthdays (Civil Code 17–20)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import birthday
from desktop.services.capacity import adult_problem, is_child, is_minor, may_earn, signing_problem

TODAY = date(2026, 11, 22)
BIRTHS = st.dates(date(1930, 1, 1), date(2026, 11, 22))
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("birth", "article"),
    [
        (date(2008, 11, 22), None),
        (date(2008, 11, 23), "第十八条"),
        (date(2010, 11, 22), "第十八条"),
        (date(2010, 11, 23), "第十九条"),
        (date(2018, 11, 22), "第十九条"),
        (date(2018, 11, 23), "第二十条"),
    ],
)
def test_the_article_is_named(birth: date, article: str | None) -> None:
    problem = signing_problem(birth, TODAY)
    assert (problem is None) == (article is None)
    if problem is not None and article is not None:
        assert article in problem.text
        assert problem.stops


def test_born_on_29_february_is_of_age_on_1_march() -> None:
    born = date(2008, 2, 29)
    assert signing_problem(born, date(2026, 2, 28)) is not None
    assert signing_problem(born, date(2026, 3, 1)) is None


@given(BIRTHS)
def test_the_eighteenth_birthday_itself_counts(birth: date) -> None:
    day = birthday(birth, 18)
    assert signing_problem(birth, day) is None
    assert signing_problem(birth, day - timedelta(days=1)) is not None
    assert adult_problem("birth", "保证人", birth, day) is None
    assert adult_problem("birth", "保证人", birth, day - timedelta(days=1)) is not None


@given(BIRTHS)
def test_own_income_counts_from_sixteen_on_and_never_before(birth: date) -> None:
    day = birthday(birth, 16)
    assert signing_problem(birth, day, own_income=True) is None
    assert signing_problem(birth, day - timedelta(days=1), own_income=True) is not None
    assert may_earn(birth, day)
    assert not may_earn(birth, birthday(birth, 18))


@given(BIRTHS, DAYS)
def test_growing_older_never_takes_a_right_away(birth: date, day: date) -> None:
    """Whoever may sign may sign on every later day, too; a child is a minor."""
    later = day + timedelta(days=400)
    for own in (False, True):
        if birth <= day and signing_problem(birth, day, own_income=own) is None:
            assert signing_problem(birth, later, own_income=own) is None
    if is_child(birth, day):
        assert is_minor(birth, day)


def test_nobody_is_a_minor_while_the_birthday_is_not_known() -> None:
    assert not is_minor(None, TODAY)
    assert not is_child(None, TODAY)
