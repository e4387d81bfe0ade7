"""What is said beside the terms of a lease, and what stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.models.values import CollectionBasis, Money
from desktop.services.errors import DomainError
from desktop.services.lease_limits import LimitRules, limits
from desktop.services.lease_terms import (
    PAY_CHOICES,
    LeaseTerms,
    RentStep,
    end_after,
    term_from_choice,
    term_text,
    with_choice,
)
from desktop.services.problems import Level
from desktop.services.schedule import plan_bills

START = date(2026, 11, 25)
YEAR = with_choice(LeaseTerms(START, end_after(START, 12), Money.yuan(1860)), term_from_choice("押一付三"))


def said(terms: LeaseTerms) -> list[tuple[str, str, str]]:
    return [(str(remark.level), remark.field, remark.text) for remark in limits(terms)]


def test_one_month_and_three_months_stand_exactly_on_the_limit() -> None:
    assert said(YEAR) == []


def test_a_merged_stub_takes_the_first_collection_over_three_months() -> None:
    assert said(replace(YEAR, basis=CollectionBasis.CALENDAR)) == [
        ("warn", "cycle_months", "首期合 3.2 个月租金，超过 3 个月：请按当地规定确认")
    ]


def test_a_later_collection_over_three_months_is_named() -> None:
    sunny = replace(YEAR, end=end_after(START, 15), cycle_months=6, free_days=100)
    assert said(sunny) == [("warn", "cycle_months", "第 2 期合 6 个月租金，超过 3 个月：请按当地规定确认")]


def test_a_hair_above_the_limit_never_reads_as_the_limit() -> None:
    over = replace(YEAR, deposit=Money(186_001))
    assert said(over) == [("warn", "deposit", "押金合 1.1 个月租金，超过 1 个月：请按当地规定确认")]


def test_two_and_six_is_over_both() -> None:
    assert said(with_choice(YEAR, term_from_choice("押二付六"))) == [
        ("warn", "cycle_months", "首期合 6 个月租金，超过 3 个月：请按当地规定确认"),
        ("warn", "deposit", "押金合 2 个月租金，超过 1 个月：请按当地规定确认"),
    ]


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"end": date(2026, 11, 24)}, "end", "到期日早于起租日，请选 11-25 之后"),
        ({"end": date(2025, 11, 24)}, "end", "到期日早于起租日，请选 2026-11-25 之后"),
        ({"end": date(2046, 11, 25)}, "end", "租期最长 20 年，超过的部分无效：到期日最晚 2046-11-24"),
        ({"start": date(1026, 11, 25)}, "start", "起租日不对，请核对年份"),
        ({"start": date(9999, 11, 25), "end": date.max}, "start", "起租日不对，请核对年份"),
        ({"rent": Money(-1)}, "rent", "月租金不能是负数"),
        ({"deposit": Money(-1)}, "deposit", "押金不能是负数"),
        ({"cycle_months": 0}, "cycle_months", "每期至少 1 个月"),
        ({"free_days": 400}, "free_days", "免租期 400 天，比租期 365 天还长"),
        ({"steps": (RentStep(START, Money(1)),)}, "steps", "租金调整日要在起租日之后、到期日之前"),
        (
            {"steps": (RentStep(date(2027, 3, 1), Money(1)), RentStep(date(2027, 3, 1), Money(2)))},
            "steps",
            "租金调整日要从早到晚，不能重复",
        ),
        ({"property_price": Decimal("1.8")}, "property_area", "物业费按面积计算，面积要大于 0"),
        (
            {"property_price": Decimal("1.8"), "property_area": Decimal(0)},
            "property_area",
            "物业费按面积计算，面积要大于 0",
        ),
        (
            {"property_price": Decimal("1.8"), "property_area": Decimal("46.205")},
            "property_area",
            "面积最多两位小数",
        ),
    ],
)
def test_impossible_terms_say_only_what_must_be_mended(change: dict[str, object], field: str, text: str) -> None:
    terms = replace(YEAR, **change)  # type: ignore[arg-type]
    assert said(terms) == [("error", field, text)]
    with pytest.raises(DomainError) as caught:
        plan_bills(terms)
    assert (caught.value.field, caught.value.message) == (field, text)


def test_twenty_years_to_the_day_are_allowed() -> None:
    assert said(replace(YEAR, end=date(2046, 11, 24))) == []
    leap = date(2028, 2, 29)
    assert not any(r.level is Level.ERROR for r in limits(replace(YEAR, start=leap, end=date(2048, 2, 28))))
    assert [r.field for r in limits(replace(YEAR, start=leap, end=date(2048, 2, 29)))] == ["end"]


@pytest.mark.parametrize(
    ("end", "level"),
    [(end_after(START, 6), None), (end_after(START, 6) - timedelta(days=1), Level.NOTE), (START, Level.WARN)],
)
def test_short_terms(end: date, level: Level | None) -> None:
    assert [remark.level for remark in limits(replace(YEAR, end=end))] == ([level] if level else [])


def test_a_heavy_late_fee_is_remarked_and_cities_set_their_own_limits() -> None:
    assert [r.field for r in limits(replace(YEAR, late_fee_per_mille=Decimal(3)))] == ["late_fee_per_mille"]
    strict = LimitRules(rent_months=1)
    assert [r.text for r in limits(YEAR, strict)] == ["首期合 3 个月租金，超过 1 个月：请按当地规定确认"]


def test_rent_of_nothing_is_asked_about_once() -> None:
    assert [r.field for r in limits(replace(YEAR, rent=Money(0)))] == ["rent"]


@pytest.mark.parametrize(
    ("text", "deposit", "cycle"),
    [
        ("押一付一", 1, 1), ("押一付三", 1, 3), ("押二付六", 2, 6), ("半年付", 1, 6), ("年付", 1, 12), ("季付", 1, 3),
        ("押零付一", 0, 1), ("无押金付三", 0, 3), ("押1付3", 1, 3), (" 押一 付十二 ", 1, 12), ("押两付六", 2, 6),
    ],
)  # fmt: skip
def test_customary_ways_to_pay(text: str, deposit: int, cycle: int) -> None:
    choice = term_from_choice(text)
    assert (choice.deposit_months, choice.cycle_months) == (deposit, cycle)


@pytest.mark.parametrize("text", ["", "付三", "押一", "押一付零", "押金付三", "押一付三付四"])
def test_other_words_are_refused_with_examples(text: str) -> None:
    with pytest.raises(DomainError, match="押一付三") as caught:
        term_from_choice(text)
    assert caught.value.field == "pay_choice"


@pytest.mark.parametrize("choice", PAY_CHOICES, ids=lambda choice: choice.name)
def test_what_the_list_offers_reads_back(choice: object) -> None:
    assert term_from_choice(choice.name) == choice  # type: ignore[attr-defined]


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2080, 1, 1)), st.integers(1, 240))
def test_the_length_of_a_lease_reads_back(start: date, months: int) -> None:
    assert term_text(start, end_after(start, months)) == f"{months} 个月"
    assert term_text(start, end_after(start, months) + timedelta(days=1)) == f"{months} 个月 1 天"


def test_the_length_in_days() -> None:
    assert term_text(START, START + timedelta(days=5)) == "6 天"
    assert term_text(START, START - timedelta(days=1)) == ""
