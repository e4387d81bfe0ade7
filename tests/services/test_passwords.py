"""Passwords and PINs: hashed dear, checked patiently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.passwords import (
    PasswordChecked,
    Passwords,
    is_pin,
    password_problem,
    pin_problem,
    wait_after,
    wait_left,
)
from desktop.services.secret import Cost
from desktop.world import MemoryKeyring, World

WORLD = World(MemoryKeyring())
CHEAP = Passwords(WORLD, Cost(1, 64, 1))
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@given(password=st.text(min_size=1, max_size=40))
def test_right_password_is_right_and_another_is_not(password: str) -> None:
    stored = CHEAP.hash(password)
    assert CHEAP.check(stored, password) == PasswordChecked(right=True)
    assert not CHEAP.check(stored, password + "!").right
    assert CHEAP.hash(password) != stored, "each hash has a salt of its own"


def test_full_width_typing_is_the_same_password() -> None:
    assert CHEAP.check(CHEAP.hash("Anju2026"), "Ａｎｊｕ２０２６").right


def test_hash_made_with_other_settings_is_to_be_made_anew() -> None:
    """A demo hash that came into a real office, and later settings of the library."""
    full = Passwords(WORLD)
    checked = full.check(CHEAP.hash("correct horse"), "correct horse")
    assert checked == PasswordChecked(right=True, needs_rehash=True)
    assert not full.check(CHEAP.hash("correct horse"), "wrong horse").needs_rehash


def test_real_office_uses_the_dear_settings() -> None:
    full = Passwords(WORLD)
    stored = full.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert full.check(stored, "correct horse") == PasswordChecked(right=True)


def test_hash_of_another_program_with_the_same_standard_is_read() -> None:
    """The test value of the argon2 reference implementation (t=2, m=64 MiB, p=1)."""
    stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    assert CHEAP.check(stored, "password").right


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", None])
def test_damaged_hash_and_unknown_name_let_nobody_in(stored: str | None) -> None:
    assert not CHEAP.check(stored, "nobody's password").right
    assert not CHEAP.check(stored, "").right


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("青山绿水a1b2", True),
        ("correct horse", True),
        ("short7!", False),
        ("12345678901", False),
        ("aaaaaaaaab", False),
        ("ＷａｎｇＬｉ88", False),
        ("１２３４５６７８９０", False),
    ],
)
def test_what_a_new_password_must_be(password: str, fine: bool) -> None:
    assert (password_problem(password, "wangli") is None) == fine


@pytest.mark.parametrize(
    ("pin", "fine"),
    [
        *((good, True) for good in ("407186", "２８５９１６", "90817263", "1324576")),
        *((bad, False) for bad in ("4071", "123456", "876543", "000000", "12a456", "123456789", "", "२८५९१६")),
        *((repeated, False) for repeated in ("112233", "123123", "404040", "407407", "334455", "878878", "88887777")),
        *((day, False) for day in ("960418", "199604", "19960418", "000229", "202512")),
        *((no_day, True) for no_day in ("961318", "960231", "19961318", "187604")),
    ],
)
def test_what_a_new_pin_must_be(pin: str, fine: bool) -> None:
    assert (pin_problem(pin) is None) == fine


@pytest.mark.parametrize(
    ("pin", "fine"),
    [
        *((good, True) for good in ("4071", "1357", "9427")),
        *((bad, False) for bad in ("1234", "4321", "1111", "1212", "1122", "0418", "1804", "1996", "2024", "407")),
    ],
)
def test_an_office_may_do_with_four_digits(pin: str, fine: bool) -> None:
    assert (pin_problem(pin, 4) is None) == fine


def test_the_work_number_is_no_pin() -> None:
    assert pin_problem("407186", login="wy407186") is not None
    assert pin_problem("407186", login="wy407187") is None


def test_digits_alone_are_a_pin_and_never_a_password() -> None:
    assert is_pin("407186")
    assert is_pin("４０７１")
    assert not is_pin(PASSWORD_LIKE)
    assert not is_pin("407")
    assert password_problem("40718690") is not None, "so nobody means a password by them"


PASSWORD_LIKE = "Spruce-41"


def test_patience_after_five_wrong_tries() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(12)]
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert wait_after(1_000_000) == timedelta(minutes=15)


def test_what_is_left_of_the_wait() -> None:
    assert wait_left(6, NOW, NOW) == timedelta(seconds=60)
    assert wait_left(6, NOW, NOW + timedelta(seconds=45)) == timedelta(seconds=15)
    assert wait_left(6, NOW, NOW + timedelta(hours=1)) == timedelta()
    assert wait_left(6, NOW, NOW - timedelta(days=2)) == timedelta(seconds=60), "a clock set back locks nobody out"
    assert wait_left(4, NOW, NOW) == timedelta()
    assert wait_left(9, None, NOW) == timedelta()
