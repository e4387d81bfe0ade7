"""Telephone numbers of every kind, the way people type and paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import ContactKind
from desktop.services.phones import Phone, PhoneError, parse_phone

M, L, F = ContactKind.MOBILE, ContactKind.LANDLINE, ContactKind.FOREIGN_PHONE


@pytest.mark.parametrize(
    ("text", "kind", "stored", "display"),
    [
        ("13812345678", M, "13812345678", "138 1234 5678"),
        ("138 1234 5678", M, "13812345678", "138 1234 5678"),
        ("138-1234-5678", M, "13812345678", "138 1234 5678"),
        ("+86 138 1234 5678", M, "13812345678", "138 1234 5678"),
        ("0086-13812345678", M, "13812345678", "138 1234 5678"),
        ("8613812345678", M, "13812345678", "138 1234 5678"),
        ("(+86)13812345678", M, "13812345678", "138 1234 5678"),
        ("013812345678", M, "13812345678", "138 1234 5678"),
        ("１３８１２３４５６７８", M, "13812345678", "138 1234 5678"),
        ("\u202a13812345678\u202c", M, "13812345678", "138 1234 5678"),
        ("19912345678", M, "19912345678", "199 1234 5678"),
        ("0571-88001234", L, "0571-88001234", "0571-88001234"),
        ("057188001234", L, "0571-88001234", "0571-88001234"),
        ("(0571)8800 1234", L, "0571-88001234", "0571-88001234"),
        ("（0571）88001234", L, "0571-88001234", "0571-88001234"),
        ("0571-8800-1234", L, "0571-88001234", "0571-88001234"),
        ("0571—88001234—806", L, "0571-88001234-806", "0571-88001234 转 806"),
        ("0571-88001234转806", L, "0571-88001234-806", "0571-88001234 转 806"),
        ("0571 8800123 ext. 12", L, "0571-8800123-12", "0571-8800123 转 12"),
        ("031188001234", L, "0311-88001234", "0311-88001234"),
        ("0755 2600123", L, "0755-2600123", "0755-2600123"),
        ("010-65001234", L, "010-65001234", "010-65001234"),
        ("01065001234", L, "010-65001234", "010-65001234"),
        ("02161234567", L, "021-61234567", "021-61234567"),
        ("+86 571 8800 1234", L, "0571-88001234", "0571-88001234"),
        ("+86 (0)571 88001234", L, "0571-88001234", "0571-88001234"),
        ("+86-10-65001234", L, "010-65001234", "010-65001234"),
        ("400-800-1234", L, "400-8001234", "400-8001234"),
        ("+852 9123 4567", F, "+85291234567", "+852 91234567"),
        ("00853 6612 3456", F, "+85366123456", "+853 66123456"),
        ("+886 912 345 678", F, "+886912345678", "+886 912345678"),
        ("+1 (212) 555-0123", F, "+12125550123", "+12125550123"),
        ("+44 20 7946 0958", F, "+442079460958", "+442079460958"),
    ],
)
def test_customary_forms(text: str, kind: ContactKind, stored: str, display: str) -> None:
    phone = parse_phone(text)
    assert (phone.kind, phone.stored, phone.display) == (kind, stored, display)
    assert parse_phone(phone.stored) == phone
    assert parse_phone(phone.display) == phone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "请填电话号码"),
        ("  ", "请填电话号码"),
        ("1381234", "手机号要 11 位，现在 7 位"),
        ("138123456789", "手机号要 11 位，现在 12 位"),
        ("12012345678", "手机号第二位是 3 到 9，现在是 2"),
        ("+86 12012345678", "手机号第二位是 3 到 9，现在是 2"),
        ("88001234", "固定电话要带区号，例如 0571-88001234；境外号码前加 + 和国家区号"),
        ("0571-880012", "固定电话号码是 7 到 8 位，区号 0571 后面现在 6 位"),
        ("+852 123", "境外号码写成 +国家区号 加号码，共 8 到 15 位，现在 6 位"),
        ("+1234567890123456", "境外号码写成 +国家区号 加号码，共 8 到 15 位，现在 16 位"),
        ("13812345678 小王", "电话号码里有认不出的字符，只填数字"),
        ("8612012345678", "看不懂这个号码（13 位）：手机 11 位，固定电话带区号，境外号码前加 +"),
    ],
)
def test_bad_numbers_say_what_to_do(text: str, message: str) -> None:
    with pytest.raises(PhoneError) as caught:
        parse_phone(text)
    assert caught.value.message == message
    assert caught.value.field == "phone"


def test_numbers_for_dialling_from_anywhere() -> None:
    assert parse_phone("13812345678").e164 == "+8613812345678"
    assert parse_phone("0571-88001234-806").e164 == "+8657188001234"
    assert parse_phone("+85291234567").e164 == "+85291234567"
    assert parse_phone("400-800-1234").e164 is None


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(mobiles, st.sampled_from(["", "+86", "86", "0086", "+86 ", "0"]), st.sampled_from(["", " ", "-", "\u200b"]))
def test_every_mobile_however_written_is_stored_alike(number: str, prefix: str, gap: str) -> None:
    text = prefix + gap.join((number[:3], number[3:7], number[7:]))
    assert parse_phone(text).stored == number


def read(text: str) -> Phone | PhoneError:
    try:
        return parse_phone(text)
    except PhoneError as problem:
        return problem


@given(st.text(st.sampled_from("0123456789+-() 转x０１８\u200b６"), max_size=22))
def test_anything_is_a_phone_that_reads_back_or_a_sentence(text: str) -> None:
    phone = read(text)
    if isinstance(phone, PhoneError):
        assert phone.message
        return
    assert parse_phone(phone.stored) == phone
    assert parse_phone(phone.display) == phone
    if phone.e164:
        without_extension = "-".join(phone.stored.split("-")[:2])
        assert parse_phone(phone.e164).stored == without_extension


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    phone = read(text)
    assert isinstance(phone, Phone) or phone.field == "phone"
