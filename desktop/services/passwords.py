"""Passwords and PINs of the staff: hashed with argon2id, checked with patience that grows after five wrong tries."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desktop.services.secret import FULL_COST, Cost
from desktop.world import World

PASSWORD_MIN = 8
PIN_MIN, PIN_USUAL, PIN_MAX = 4, 6, 8
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class PasswordChecked:
    """`right`, and whether the hash should be made anew because it was made with other settings than today's."""

    right: bool
    needs_rehash: bool = False


class Passwords:
    """Makes and checks hashes. A cheaper `cost` is for tests and the demo office; real offices take the default."""

    def __init__(self, world: World, cost: Cost = FULL_COST) -> None:
        self._world = world
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes)
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The text to store for a password or PIN; about 150 ms, so off the GUI thread."""
        return self._hasher.hash(_typed(password), salt=self._world.random_bytes(SALT_BYTES))

    def check(self, stored: str | None, password: str) -> PasswordChecked:
        """Whether this is the password. For a name that does not exist (None) it takes as long and says no."""
        if stored is None:
            self._nobody = self._nobody or self.hash("nobody's password")
        try:
            self._hasher.verify(stored or self._nobody or "", _typed(password))
        except (VerificationError, InvalidHashError):
            # Another password, or a damaged hash: that lets nobody in until an administrator resets it.
            return PasswordChecked(right=False)
        if stored is None:
            return PasswordChecked(right=False)
        return PasswordChecked(right=True, needs_rehash=self._hasher.check_needs_rehash(stored))


def password_problem(password: str, login: str = "") -> str | None:
    """Why a new password is not taken, in one sentence; None when it is."""
    typed = unicodedata.normalize("NFKC", password)
    if len(typed) < PASSWORD_MIN:
        return f"密码至少 {PASSWORD_MIN} 个字符"
    if login and login.casefold() in typed.casefold():
        return "密码里不要包含工号，换一个"
    if len(set(typed)) < 4 or typed.isdecimal():
        return "密码太容易猜，请混用字母、数字或汉字"
    return None


def is_pin(typed: str) -> bool:
    """Whether what was typed can only be a PIN: digits alone are never taken as a password."""
    plain = unicodedata.normalize("NFKC", typed)
    return plain.isascii() and plain.isdecimal() and PIN_MIN <= len(plain) <= PIN_MAX


def pin_problem(pin: str, digits: int = PIN_USUAL, login: str = "") -> str | None:
    """Why a new PIN is not taken; None when it is. `digits`: the office's fewest."""
    typed = unicodedata.normalize("NFKC", pin)
    if not is_pin(typed) or len(typed) < digits:
        return f"PIN 用 {digits} 位数字" if digits == PIN_MAX else f"PIN 用 {digits} 至 {PIN_MAX} 位数字"
    steps = {int(b) - int(a) for a, b in pairwise(typed)}
    if len(steps) == 1 and steps <= {-1, 0, 1}:
        return "连号和同一个数字别人第一个就会试，换一个"
    if len(set(typed)) < 3 or _repeats(typed):
        return "重复的数字太好猜，换一个"
    if _like_a_day(typed):
        return "像生日或年份，认识您的人会试，换一个"
    if len(typed) > 3 and typed in login:
        return "不要用工号里的数字，换一个"
    return None


def _repeats(typed: str) -> bool:
    """112233, 123123, 252525."""
    halves = any(typed == typed[:n] * (len(typed) // n) for n in range(1, len(typed) // 2 + 1))
    pairs = len(typed) % 2 == 0 and all(typed[n] == typed[n + 1] for n in range(0, len(typed), 2))
    return halves or pairs


def _like_a_day(typed: str) -> bool:
    """A birthday as people write it: 19960418, 960418, 199604, 0418, 1804, 1996."""
    match len(typed):
        case 4:
            return _is_day(2000, typed[:2], typed[2:]) or _is_day(2000, typed[2:], typed[:2]) or _is_year(typed)
        case 6:
            by_day = _is_day(2000 + int(typed[:2]), typed[2:4], typed[4:])
            return by_day or (_is_year(typed[:4]) and 1 <= int(typed[4:]) <= 12)
        case 8:
            return _is_year(typed[:4]) and _is_day(int(typed[:4]), typed[4:6], typed[6:])
    return False


def _is_year(typed: str) -> bool:
    return 1930 <= int(typed) <= 2049


def _is_day(year: int, month: str, day: str) -> bool:
    try:
        date(year, int(month), int(day))
    except ValueError:
        return False
    return True


def wait_after(failures: int) -> timedelta:
    """How long the next try waits after so many wrong ones in a row: none up to four, then 30 s doubling to 15 min."""
    if failures < FREE_TRIES:
        return timedelta()
    doublings: int = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def wait_left(failures: int, last_failure: datetime | None, now: datetime) -> timedelta:
    """What is left of that wait. A clock set back does not lengthen it beyond the whole wait."""
    whole = wait_after(failures)
    if last_failure is None:
        return timedelta()
    return min(max(last_failure + whole - now, timedelta()), whole)


def _typed(password: str) -> str:
    # An input method left in full-width mode types １２３: the same password.
    return unicodedata.normalize("NFKC", password)
