"""The machine-readable lines of a passport: ICAO's specimen, its check digits, and every slip in it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import Sex
from desktop.services.errors import DomainError
from desktop.services.passport_mrz import mrz_check_digit, parse_mrz

TODAY = date(2026, 11, 22)
FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
SECOND = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"


@pytest.mark.parametrize(("field", "digit"), [("L898902C3", 6), ("740812", 2), ("120415", 9), ("<<<<<<", 0)])
def test_check_digits(field: str, digit: int) -> None:
    assert mrz_check_digit(field) == digit


def test_the_specimen() -> None:
    read = parse_mrz(f"{FIRST}\n{SECOND}", TODAY)
    assert read.problems == ()
    assert (read.name, read.number, read.nationality, read.issuer) == ("ERIKSSON ANNA MARIA", "L898902C3", "UTO", "UTO")
    assert (read.birth, read.sex, read.valid_to) == (date(1974, 8, 12), Sex.FEMALE, date(2012, 4, 15))
    assert read.personal_number == "ZE184226B"


def test_lines_pasted_together_small_or_spaced_read_alike() -> None:
    whole = parse_mrz(f"{FIRST}\n{SECOND}", TODAY)
    assert parse_mrz(FIRST + SECOND, TODAY) == whole
    assert parse_mrz(f"\n{FIRST.lower()} \r\n\n {SECOND.lower()}", TODAY) == whole


def line(number: str, birth: str, sex: str, expiry: str, personal: str = "<" * 14) -> str:
    """A second line whose check digits hold."""
    body = f"{number:<9}".replace(" ", "<")
    parts = [f"{body}{mrz_check_digit(body)}", "UTO", f"{birth}{mrz_check_digit(birth)}", sex]
    parts += [f"{expiry}{mrz_check_digit(expiry)}", f"{personal}{mrz_check_digit(personal)}"]
    text = "".join(parts)
    return text + str(mrz_check_digit(text[:10] + text[13:20] + text[21:43]))


@pytest.mark.parametrize(
    ("birth", "year"), [("261122", 2026), ("261123", 1926), ("270101", 1927), ("000229", 2000), ("991231", 1999)]
)
def test_two_digit_births_lie_before_today(birth: str, year: int) -> None:
    read = parse_mrz(f"{FIRST}\n{line('E12345678', birth, 'M', '350101')}", TODAY)
    assert read.birth is not None
    assert read.birth.year == year
    assert (read.sex, read.problems) == (Sex.MALE, ())


def test_unknown_sex_and_birth_stay_unknown() -> None:
    read = parse_mrz(f"{FIRST}\n{line('E12345678', '<<<<<<', '<', '350101')}", TODAY)
    assert (read.birth, read.sex, read.problems) == (None, None, ())


def test_impossible_dates_are_named() -> None:
    read = parse_mrz(f"{FIRST}\n{line('E12345678', '991331', 'M', '350231')}", TODAY)
    assert [problem.field for problem in read.problems] == ["birth", "valid_to"]


def test_an_empty_personal_number_may_leave_its_digit_out() -> None:
    text = line("E12345678", "900307", "F", "350101")
    text = text[:42] + "<"
    text += str(mrz_check_digit(text[:10] + text[13:20] + text[21:43]))
    assert parse_mrz(f"{FIRST}\n{text}", TODAY).problems == ()


@given(st.sampled_from([n for n in range(44) if n not in range(10, 13) and n != 20]), st.sampled_from("0123456789"))
def test_a_misread_digit_is_noticed(place: int, digit: str) -> None:
    old = SECOND[place]
    if old.isdigit() and old != digit:
        text = SECOND[:place] + digit + SECOND[place + 1 :]
        assert parse_mrz(f"{FIRST}\n{text}", TODAY).problems


@pytest.mark.parametrize("text", ["", FIRST, f"{FIRST}\n{SECOND[:-1]}", f"I{FIRST[1:]}\n{SECOND}", "中" * 44 + SECOND])
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse_mrz(text, TODAY)
    assert caught.value.field == "mrz"
