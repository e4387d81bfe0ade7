"""Stars in the right places, and secrets noticed where they do not belong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop.ocr.id_number import make_id_number
from desktop.services.masks import (
    SecretKind,
    find_secrets,
    hide_secrets,
    luhn,
    mask_address,
    mask_bank_card,
    mask_id_number,
    mask_name,
    mask_phone,
    public_id,
)

NUMBER = make_id_number(date(1990, 3, 7), "female", sequence=1)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张小三", "张*三"),
        ("欧阳安娜", "欧**娜"),
        ("古丽米热·艾曼", "古*****曼"),
        ("张三", "张*"),
        ("张", "*"),
        ("", ""),
        ("𠮷田𬭎", "𠮷*𬭎"),
        ("\u845b\U000e0100城", "\u845b\U000e0100*"),
    ],
)
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("stored", "masked"),
    [
        ("13812345678", "138****5678"),
        ("0571-88001234", "0571-****1234"),
        ("0571-88001234-806", "0571-****1234-***"),
        ("010-6500123", "010-***0123"),
        ("+85291234567", "+852****4567"),
    ],
)
def test_phones(stored: str, masked: str) -> None:
    assert mask_phone(stored) == masked


def test_document_numbers_and_bank_cards() -> None:
    assert mask_id_number(NUMBER) == f"990101********{NUMBER[-4:]}"
    assert public_id(NUMBER) == "*" * 14 + NUMBER[-4:]
    assert mask_id_number("E12345678") == "E****5678"
    assert mask_bank_card("6222020000000000123") == "*" * 15 + "0123"
    assert mask_id_number("12") == "**"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("浙江省杭州市上城区望江路 12 号", "浙江省杭州市上城区********"),
        ("北京市朝阳区建国路1号", "北京市朝阳区*****"),
        ("四川省凉山彝族自治州西昌市航天大道1号", "四川省凉山彝族自治州西昌市******"),
        ("内蒙古自治区锡林郭勒盟正蓝旗上都镇", "内蒙古自治区锡林郭勒盟正蓝旗***"),
        ("杭州市望江路1号市民中心", "杭州市*********"),
        ("望江小区3幢", "望江****"),
        ("望江路12号", "望江****"),
        ("", ""),
    ],
)
def test_addresses(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@given(st.text(st.characters(categories=["Lo", "Nd", "Ll"]), max_size=60))
def test_masks_keep_the_length_and_hide_something(text: str) -> None:
    for mask in (mask_name, mask_id_number, public_id, mask_bank_card, mask_address):
        masked = mask(text)
        assert len(masked) == len(text)
        if text:
            assert "*" in masked


@given(st.text("0123456789", min_size=5, max_size=30))
def test_of_a_number_at_least_three_digits_and_never_only_the_ends_are_hidden(digits: str) -> None:
    for mask in (mask_phone, mask_id_number, mask_bank_card):
        assert mask(digits).count("*") >= 3


@pytest.mark.parametrize(
    ("note", "kind", "found"),
    [
        (f"身份证{NUMBER}已核对", SecretKind.ID_NUMBER, NUMBER),
        (f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}", SecretKind.ID_NUMBER, NUMBER),
        ("990101199003070011", SecretKind.ID_NUMBER, "990101199003070011"),
        ("旧证 990101900307001。", SecretKind.ID_NUMBER, "990101900307001"),
        ("卡号 6222 0200 0000 0000 000 工行", SecretKind.BANK_CARD, "6222020000000000000"),
        ("6222020000000000000", SecretKind.BANK_CARD, "6222020000000000000"),
        ("联系138 1234 5678（夫）", SecretKind.PHONE, "13812345678"),
        ("电话１３８１２３４５６７８", SecretKind.PHONE, "13812345678"),
    ],
)
def test_secrets_in_notes_are_noticed(note: str, kind: SecretKind, found: str) -> None:
    (span,) = find_secrets(note)
    assert (span.kind, span.digits) == (kind, found)
    hidden = hide_secrets(note)
    assert len(hidden) == len(note)
    assert find_secrets(hidden) == []


@pytest.mark.parametrize(
    "note",
    [
        "", "房租 1,860.00 元，2026-11-25 至 2027-11-24", "收据 A2-0004518", "微信 4200001234202611221234567890",
        "订单 20261122143600", "2 栋 0903，46.20 m²，电表 000123456789", "第 1234567890 号合同", "00000000000000000",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(note: str) -> None:
    assert find_secrets(note) == []
    assert hide_secrets(note) == note


def test_several_secrets_in_one_note_stand_in_order() -> None:
    note = f"{NUMBER}，13812345678，6222020000000000000"
    assert [span.kind for span in find_secrets(note)] == [
        SecretKind.ID_NUMBER,
        SecretKind.PHONE,
        SecretKind.BANK_CARD,
    ]


@given(st.dates(date(1920, 1, 1), date(2026, 1, 1)), st.integers(0, 499), st.text("字，。 （）ab\n", max_size=9))
def test_no_id_number_hides_between_words(birth: date, sequence: int, words: str) -> None:
    assume(not words.endswith(("a", "b")))
    number = make_id_number(birth, "male", sequence=sequence)
    note = f"{words}{number}，{words}"
    assert [note[span.start : span.end] for span in find_secrets(note)] == [number]


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(0 <= span.start < span.end <= len(text) for span in find_secrets(text))


@pytest.mark.parametrize("card", ["6222020000000000000", "4111111111111111", "79927398713"])
def test_luhn_catches_every_single_slip(card: str) -> None:
    assert luhn(card)
    for place, digit in enumerate(card):
        for other in "0123456789".replace(digit, ""):
            assert not luhn(card[:place] + other + card[place + 1 :])
