"""The citizen number: published vectors, what is refused and why, repairs, and invented numbers."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ocr.id_number import (
    INVENTED_REGION,
    IdNumberError,
    NumberDoubt,
    NumberProblem,
    check_digit,
    is_valid,
    make_id_number,
    normalise,
    parse_id_number,
    repairs,
)

TODAY = date(2026, 11, 22)
BIRTHS = st.dates(date(1906, 1, 1), date(2026, 11, 22))
SEXES = st.sampled_from(("male", "female"))
SEQUENCES = st.integers(0, 499)


@pytest.mark.parametrize(("body", "check"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_check_digit_of_the_published_vectors(body: str, check: str) -> None:
    assert check_digit(body) == check


def test_what_a_number_says() -> None:
    number = parse_id_number("11010519491231002X", TODAY)
    assert (number.number, number.birth, number.sex) == ("11010519491231002X", date(1949, 12, 31), "female")
    assert (number.region, number.province, number.kind, number.warnings) == ("110105", "北京市", "resident", ())
    assert number.masked == "110105********002X"


def test_the_second_vector_is_valid_but_its_holder_is_very_old() -> None:
    number = parse_id_number("440524188001010014", TODAY)
    assert number.sex == "male"
    assert [warning.reason for warning in number.warnings] == [NumberDoubt.VERY_OLD]


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 1949 1231 002X ",
        "110105-19491231-002X",
        "11010519491231002×",
        "11010519491231002Х",
        "\u200b11010519491231002X\ufeff",
    ],
)
def test_the_ways_people_type_it(typed: str) -> None:
    assert parse_id_number(typed).number == "11010519491231002X"
    assert normalise(typed) == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", NumberProblem.EMPTY),
        ("   ", NumberProblem.EMPTY),
        ("1101051949123100", NumberProblem.LENGTH),
        ("1101051949123100200", NumberProblem.LENGTH),
        ("11010519491231OO2X", NumberProblem.CHARACTERS),
        ("X10105194912310021", NumberProblem.CHARACTERS),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", NumberProblem.CHARACTERS),
        ("110105194912310021", NumberProblem.CHECK_DIGIT),
        ("110105194902310026", NumberProblem.BIRTH_IMPOSSIBLE),
        ("110105190002290023", NumberProblem.BIRTH_IMPOSSIBLE),
        ("110105194900310024", NumberProblem.BIRTH_IMPOSSIBLE),
    ],
)
def test_what_is_refused_and_why(typed: str, reason: NumberProblem) -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(typed, TODAY)
    assert caught.value.reason is reason
    assert caught.value.message.endswith("。")


def test_a_wrong_check_digit_names_the_right_one() -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number("110105194912310021")
    assert caught.value.expected == "X"


def test_a_birth_still_to_come_is_refused_only_when_today_is_known() -> None:
    tomorrow = make_id_number(date(2026, 11, 23), "female")
    assert parse_id_number(tomorrow).birth == date(2026, 11, 23)
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(tomorrow, TODAY)
    assert caught.value.reason is NumberProblem.BIRTH_FUTURE
    assert parse_id_number(make_id_number(TODAY, "female"), TODAY).birth == TODAY


def test_a_birth_too_long_ago_is_refused() -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(make_id_number(date(1870, 1, 1), "male"), TODAY)
    assert caught.value.reason is NumberProblem.BIRTH_TOO_EARLY


def test_a_fifteen_digit_number_is_expanded_and_said_so() -> None:
    number = parse_id_number("110105491231002", TODAY)
    assert number.number == "11010519491231002X"
    assert [warning.reason for warning in number.warnings] == [NumberDoubt.EXPANDED]


def test_an_unknown_region_is_a_warning_never_a_refusal() -> None:
    number = parse_id_number(make_id_number(date(1990, 5, 6), "male", region="770101"), TODAY)
    assert number.province is None
    assert [warning.reason for warning in number.warnings] == [NumberDoubt.PROVINCE_UNKNOWN]
    assert parse_id_number(make_id_number(date(1990, 5, 6), "male", region="119999"), TODAY).warnings == ()


@pytest.mark.parametrize(
    ("region", "kind", "province", "sex"),
    [
        ("810000", "hmt", "香港特别行政区", "male"),
        ("820000", "hmt", "澳门特别行政区", "male"),
        ("830000", "hmt", "台湾地区", "male"),
        ("911840", "foreigner", None, None),
        ("330106", "resident", "浙江省", "male"),
        (INVENTED_REGION, "resident", None, "male"),
    ],
)
def test_kinds_of_holders(region: str, kind: str, province: str | None, sex: str | None) -> None:
    number = parse_id_number(make_id_number(date(1988, 8, 8), "male", region=region), TODAY)
    assert (number.kind, number.province, number.sex) == (kind, province, sex)
    assert number.region == ("" if kind == "foreigner" else region)


@given(BIRTHS, SEXES, SEQUENCES)
def test_an_invented_number_reads_back_as_it_was_made(birth: date, sex: str, sequence: int) -> None:
    number = parse_id_number(make_id_number(birth, sex, sequence=sequence), TODAY)  # type: ignore[arg-type]
    assert (number.birth, number.sex, number.region) == (birth, sex, INVENTED_REGION)
    assert NumberDoubt.INVENTED in [warning.reason for warning in number.warnings]


@given(BIRTHS, SEXES)
def test_five_hundred_people_of_one_day_have_five_hundred_numbers(birth: date, sex: str) -> None:
    numbers = {make_id_number(birth, sex, sequence=i) for i in range(500)}  # type: ignore[arg-type]
    assert len(numbers) == 500


@given(BIRTHS, SEXES, SEQUENCES, st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_one_wrong_digit_is_noticed_and_the_right_number_is_among_the_repairs(
    birth: date, sex: str, sequence: int, place: int, digit: str
) -> None:
    right = make_id_number(birth, sex, "330106", sequence)  # type: ignore[arg-type]
    wrong = right[:place] + digit + right[place + 1 :]
    if wrong == right:
        assert repairs(wrong, TODAY) == []
        return
    assert not is_valid(wrong)
    found = repairs(wrong, TODAY)
    assert right in found
    assert all(is_valid(number) for number in found)
    assert len(found) == len(set(found))


@given(BIRTHS, SEXES, SEQUENCES, st.integers(0, 15))
def test_two_swapped_neighbours_are_noticed_and_repaired(birth: date, sex: str, sequence: int, place: int) -> None:
    right = make_id_number(birth, sex, "330106", sequence)  # type: ignore[arg-type]
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    if wrong != right:
        assert not is_valid(wrong)
        assert right in repairs(wrong, TODAY)


def test_a_lost_last_character_is_given_back() -> None:
    assert repairs("11010519491231002", TODAY) == ["11010519491231002X"]
    assert repairs("1101051949123100", TODAY) == []


def test_digits_that_look_alike_are_offered_first() -> None:
    right = make_id_number(date(1980, 3, 8), "female", "330106", 44)
    assert repairs("3801" + right[4:], TODAY)[0] == right
    unlike = "3701" + right[4:]  # nobody reads a 3 as a 7: swapped and look-alike digits come before it
    assert right in repairs(unlike, TODAY)[1:]


@given(st.text(max_size=24))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        number = parse_id_number(text, TODAY)
    except IdNumberError as refused:
        assert refused.message  # noqa: PT017  the sentence matters, whatever the text
    else:
        assert len(number.number) == 18
    assert all(is_valid(found) for found in repairs(text, TODAY))


@pytest.mark.parametrize("bad", ["1234567890123456", "1234567890123456X", "123456789012345678"])
def test_check_digit_wants_seventeen_digits(bad: str) -> None:
    with pytest.raises(ValueError, match="seventeen"):
        check_digit(bad)


@pytest.mark.parametrize(("region", "sequence"), [("99010", 0), ("9901O1", 0), ("990101", 500), ("990101", -1)])
def test_the_generator_refuses_what_would_not_be_a_number(region: str, sequence: int) -> None:
    with pytest.raises(ValueError, match=r"region|sequence"):
        make_id_number(date(2000, 1, 1), "male", region, sequence)


def test_a_typed_number_costs_no_picture_library() -> None:
    asked = "import sys, desktop.ocr.id_number as _; print(sorted({'cv2', 'numpy'} & sys.modules.keys()))"
    seen = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
