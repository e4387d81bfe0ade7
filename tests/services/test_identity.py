"""Identity papers: what a number gives away, what contradicts it, what is no longer good."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import DocumentKind, Sex, add_months, birthday
from desktop.ocr.id_number import check_digit, make_id_number
from desktop.services.identity import (
    DOCUMENT_NAMES,
    LONG_TERM,
    check_account_holder,
    check_bank_card,
    check_document,
    normalise_bank_card,
    read_number,
    uscc_check_character,
)
from desktop.services.problems import Level, Problem

TODAY = date(2026, 11, 22)
BIRTH = date(1990, 3, 7)
NUMBER = make_id_number(BIRTH, "female", sequence=1)
FROM, TO = date(2020, 5, 1), date(2040, 5, 1)


def said(problems: list[Problem] | tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Level and field, without the note that the number is an invented one."""
    return [(str(p.level), p.field) for p in problems if "示例号码" not in p.text]


def check(kind: DocumentKind = DocumentKind.ID_CARD, number: str = NUMBER, **facts: object) -> list[Problem]:
    given_facts = {"birth": BIRTH, "valid_from": FROM, "valid_to": TO, "today": TODAY} | facts
    return check_document(kind, number, **given_facts)  # type: ignore[arg-type]


def test_a_good_card_has_only_the_remark_that_its_number_is_invented() -> None:
    assert [(p.level, p.field) for p in check(sex=Sex.FEMALE)] == [(Level.NOTE, "number")]


def test_every_kind_of_paper_has_a_name() -> None:
    assert set(DOCUMENT_NAMES) == set(DocumentKind)


@pytest.mark.parametrize("kind", DocumentKind)
def test_an_empty_number_is_asked_for_by_the_name_of_the_paper(kind: DocumentKind) -> None:
    (problem,) = read_number(kind, " ", TODAY).problems
    assert problem == Problem(Level.ERROR, "number", f"请填{DOCUMENT_NAMES[kind]}号码")


def test_a_wrong_check_digit_says_what_was_expected() -> None:
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    assert [p.text for p in check(number=wrong)] == [
        f"末位校验不符：校验位算得 {NUMBER[-1]}，现在是 {wrong[-1]}，请逐位核对"
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"number": NUMBER[:17]}, ("error", "number")),
        ({"number": "99010119900230001" + check_digit("99010119900230001")}, ("error", "number")),
        ({"birth": date(1990, 3, 8)}, ("error", "birth")),
        ({"sex": Sex.MALE}, ("error", "sex")),
        ({"valid_to": date(2020, 5, 1)}, ("error", "valid_to")),
        ({"valid_from": date(2026, 11, 23), "valid_to": date(2046, 11, 23)}, ("warn", "valid_from")),
        ({"valid_to": None}, ("note", "valid_to")),
        ({"valid_from": date(2006, 11, 1), "valid_to": date(2016, 11, 1)}, ("warn", "valid_to")),
        ({"valid_from": date(2006, 12, 1), "valid_to": date(2016, 12, 1)}, ("warn", "valid_to")),
        ({"valid_to": LONG_TERM}, ("warn", "valid_to")),
        ({"valid_to": date(2030, 5, 1)}, ("warn", "valid_to")),
    ],
)
def test_what_contradicts_a_card_stands_under_its_field(facts: dict[str, object], expected: tuple[str, str]) -> None:
    assert said(check(**facts)) == [expected]  # type: ignore[arg-type]


def test_the_last_day_of_a_card_still_counts() -> None:
    start = date(2006, 11, 22)
    texts = {
        left: [p.text for p in check(valid_from=start, valid_to=TODAY + timedelta(days=left)) if p.field == "valid_to"]
        for left in (-1, 0, 30)
    }
    assert texts[-1][0] == "证件已于 2026-11-21 过期：请换有效证件，或写明原因后继续"
    assert texts[0][0] == "证件 2026-11-22 到期，还剩 0 天"
    assert texts[30][0] == "证件 2026-12-22 到期，还剩 30 天"


@pytest.mark.parametrize(
    ("age", "years"), [(15, 5), (16, 10), (25, 10), (26, 20), (45, 20), (46, None)], ids=lambda value: str(value)
)
def test_the_validity_changes_at_the_birthdays_of_the_law(age: int, years: int | None) -> None:
    birth = date(1970, 6, 15)
    issued = birthday(birth, age)
    end = add_months(issued, years * 12) if years else LONG_TERM
    assert said(check_document(DocumentKind.ID_CARD, make_id_number(birth, "male"), birth, issued, end, issued)) == []


@given(st.dates(date(1930, 1, 1), date(2024, 1, 1)), st.integers(0, 70))
def test_the_validity_that_the_law_gives_each_age_is_never_doubted(birth: date, age: int) -> None:
    issued = birthday(birth, age)
    years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None
    end = add_months(issued, years * 12) if years else LONG_TERM
    found = check_document(
        DocumentKind.ID_CARD, make_id_number(birth, "male"), birth, issued, end, today=max(issued, birth)
    )
    assert said(found) == []
    other = LONG_TERM if years else add_months(issued, 240)
    doubted = check_document(DocumentKind.ID_CARD, make_id_number(birth, "male"), birth, issued, other, today=issued)
    assert said(doubted) == [("warn", "valid_to")]


@pytest.mark.parametrize(
    ("kind", "number", "stored", "problems"),
    [
        (DocumentKind.HK_MACAO_TRAVEL_PERMIT, "h 1234 5678", "H12345678", []),
        (DocumentKind.HK_MACAO_TRAVEL_PERMIT, "M1234567801", "M1234567801", []),
        (DocumentKind.HK_MACAO_TRAVEL_PERMIT, "X1", "X1", [("warn", "number")]),
        (DocumentKind.TAIWAN_TRAVEL_PERMIT, "12345678", "12345678", []),
        (DocumentKind.TAIWAN_TRAVEL_PERMIT, "1234567", "1234567", [("warn", "number")]),
        (DocumentKind.PASSPORT, "e12345678", "E12345678", []),
        (DocumentKind.PASSPORT, "EA1", "EA1", [("warn", "number")]),
        (DocumentKind.FOREIGNER_PERMANENT_CARD, "USA310012345678", "USA310012345678", []),
        (DocumentKind.BUSINESS_LICENCE, "91350100m000100y43", "91350100M000100Y43", []),
        (DocumentKind.BUSINESS_LICENCE, "91350100M000100Y44", "91350100M000100Y44", [("error", "number")]),
        (DocumentKind.BUSINESS_LICENCE, "91350100M00010OY43", "91350100M00010OY43", [("error", "number")]),
        (DocumentKind.BUSINESS_LICENCE, "9135", "9135", [("error", "number")]),
        (DocumentKind.BUSINESS_LICENCE, "330100000012345", "330100000012345", [("warn", "number")]),
    ],
)
def test_other_papers(kind: DocumentKind, number: str, stored: str, problems: list[tuple[str, str]]) -> None:
    facts = read_number(kind, number, TODAY)
    assert facts.number == stored
    assert said(facts.problems) == problems


@pytest.mark.parametrize(
    ("region", "fits", "other"),
    [
        ("810000", DocumentKind.HMT_RESIDENCE_PERMIT, DocumentKind.ID_CARD),
        ("830000", DocumentKind.HMT_RESIDENCE_PERMIT, DocumentKind.HOUSEHOLD_REGISTER),
        ("911200", DocumentKind.FOREIGNER_PERMANENT_CARD, DocumentKind.ID_CARD),
    ],
)
def test_a_number_of_another_paper_is_doubted_never_refused(
    region: str, fits: DocumentKind, other: DocumentKind
) -> None:
    number = make_id_number(BIRTH, "female", region)
    assert said(read_number(fits, number, TODAY).problems) == []
    doubted = read_number(other, number, TODAY)
    assert said(doubted.problems) == [("warn", "kind")]
    assert doubted.birth == BIRTH


def test_a_foreigners_number_gives_birth_but_leaves_sex_to_the_clerk() -> None:
    facts = read_number(DocumentKind.FOREIGNER_PERMANENT_CARD, make_id_number(BIRTH, "female", "911200"), TODAY)
    assert (facts.birth, facts.sex) == (BIRTH, None)


def test_a_15_digit_number_is_expanded_with_a_warning() -> None:
    facts = read_number(DocumentKind.ID_CARD, NUMBER[:6] + NUMBER[8:17], TODAY)
    assert facts.number == NUMBER
    assert said(facts.problems) == [("warn", "number")]


def test_unknown_regions_are_only_doubted() -> None:
    assert said(read_number(DocumentKind.ID_CARD, make_id_number(BIRTH, "male", "180101"), TODAY).problems) == [
        ("warn", "number")
    ]


@pytest.mark.parametrize(
    ("birth", "problems"),
    [(date(2026, 11, 23), [("error", "birth")]), (date(1905, 1, 1), [("warn", "birth")]), (TODAY, []), (None, [])],
)
def test_birth_of_a_passport_holder(birth: date | None, problems: list[tuple[str, str]]) -> None:
    assert said(check(DocumentKind.PASSPORT, "E12345678", birth=birth)) == problems


@given(st.dates(date(1930, 1, 1), TODAY), st.sampled_from(["male", "female"]), st.integers(0, 499))
def test_one_wrong_digit_never_passes(birth: date, sex: str, sequence: int) -> None:
    number = make_id_number(birth, sex, sequence=sequence)  # type: ignore[arg-type]
    place = sequence % 17
    slipped = number[:place] + str((int(number[place]) + 1 + sequence % 9) % 10) + number[place + 1 :]
    if slipped != number:
        assert any(problem.stops for problem in read_number(DocumentKind.ID_CARD, slipped, TODAY).problems)


@given(st.sampled_from(list(DocumentKind)), st.text(max_size=30), st.dates(), st.dates(), st.dates())
def test_no_input_breaks_the_check(kind: DocumentKind, number: str, birth: date, start: date, end: date) -> None:
    for problem in check_document(kind, number, birth, start, end, TODAY):
        assert problem.text
        assert problem.field in ("number", "kind", "birth", "sex", "valid_from", "valid_to")


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 30))
def test_a_credit_code_catches_every_single_slip(body: str, place: int, by: int) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    other = alphabet[(alphabet.index(body[place]) + by) % 31]
    assert uscc_check_character(body) != uscc_check_character(body[:place] + other + body[place + 1 :])


@pytest.mark.parametrize(
    ("text", "company", "levels"),
    [
        ("6222 0200 0000 0000 000", False, []),
        ("6222020000000000001", False, ["warn"]),
        ("6222020000000000001", True, []),
        ("62220200", False, ["error"]),
        ("3301000000", True, []),
        ("６２２２０２０００００００００００００", False, []),
        ("6222-abc", False, ["error"]),
        ("", False, ["error"]),
    ],
)
def test_bank_cards(text: str, company: bool, levels: list[str]) -> None:
    assert [str(problem.level) for problem in check_bank_card(text, company)] == levels


def test_bank_cards_are_stored_as_digits() -> None:
    assert normalise_bank_card(" ６222-0200 0000 ") == "622202000000"


@pytest.mark.parametrize(
    ("holder", "party", "levels"),
    [("张 三", "张三", []), ("阿依•古丽", "阿依·古丽", []), ("李四", "张三", ["warn"]), (" ", "张三", ["error"])],
)
def test_the_account_belongs_to_the_tenant(holder: str, party: str, levels: list[str]) -> None:
    assert [str(problem.level) for problem in check_account_holder(holder, party)] == levels
