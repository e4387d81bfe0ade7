"""Telephone numbers as the desk writes them down: mainland mobiles, landlines, and numbers from abroad.

Only the form is checked, never the carrier: numbers move between carriers and new ranges open (DOMAIN §13).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from desktop.models.values import ContactKind
from desktop.services.errors import DomainError

_MOBILE = re.compile(r"1[3-9]\d{9}")
_HOTLINE = re.compile(r"[48]00\d{7}")
_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|x|,|;|#)\s*(\d{1,6})$", re.IGNORECASE)
_CLOSE_COUNTRIES = ("852", "853", "886")


class PhoneError(DomainError):
    """The text is no telephone number. `digits` are the digits that were read."""

    def __init__(self, message: str, digits: str) -> None:
        super().__init__(message, "phone")
        self.digits = digits


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number. `stored` is what the encrypted column holds and the blind index is made of."""

    kind: ContactKind
    stored: str
    """Mobile: 11 digits; landline: area code-number[-extension]; abroad: + and up to 15 digits (E.164)."""

    @property
    def display(self) -> str:
        """As people read it out: 138 1234 5678, 0571-88001234 转 806, +852 91234567."""
        if self.kind is ContactKind.MOBILE:
            return f"{self.stored[:3]} {self.stored[3:7]} {self.stored[7:]}"
        if self.kind is ContactKind.LANDLINE:
            area, number, *extension = self.stored.split("-")
            return f"{area}-{number}" + "".join(f" 转 {part}" for part in extension)
        if self.stored[1:4] in _CLOSE_COUNTRIES:
            return f"{self.stored[:4]} {self.stored[4:]}"
        return self.stored

    @property
    def e164(self) -> str | None:
        """For dialling from anywhere; None for 400 and 800 numbers, which have no form abroad."""
        if self.kind is ContactKind.MOBILE:
            return f"+86{self.stored}"
        if self.kind is ContactKind.LANDLINE:
            area, number = self.stored.split("-")[:2]
            return f"+86{area[1:]}{number}" if area.startswith("0") else None
        return self.stored


def parse_phone(text: str) -> Phone:
    """The number a person typed or pasted, in any of its customary forms. Raises PhoneError with what to do."""
    clean = _clean(text)
    digits = re.sub(r"\D", "", clean)
    if not digits:
        raise PhoneError("请填电话号码", digits)
    if re.search(r"[^\d\s+\-()x转轉分机機ext.,;#]", clean, re.IGNORECASE):
        raise PhoneError("电话号码里有认不出的字符，只填数字", digits)
    abroad = _without_prefix(clean)
    if abroad is not None:
        return _international(abroad)
    return _domestic(clean, digits)


def _clean(text: str) -> str:
    """Half-width digits, one kind of dash, no invisible characters (they come along with a paste)."""
    folded = unicodedata.normalize("NFKC", text)
    dashed = re.sub(r"[\u2010-\u2015\u2212\u30fc_/~]", "-", folded)
    return "".join(c for c in dashed if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n").strip()


def _without_prefix(clean: str) -> str | None:
    """What stands after + or 00; None for a number dialled inside the country."""
    compact = re.sub(r"^[\s(]+", "", clean)
    if compact.startswith("+"):
        return compact[1:]
    return compact[2:] if compact.startswith("00") else None


def _international(rest: str) -> Phone:
    digits = re.sub(r"\D", "", rest)
    if digits.startswith("86"):
        home = re.sub(r"^[^\d]*8[^\d]*6", "", rest).strip(" -")
        home_digits = digits[2:]
        if _MOBILE.fullmatch(home_digits.removeprefix("0")):
            return Phone(ContactKind.MOBILE, home_digits.removeprefix("0"))
        if home_digits.startswith("1") and not home_digits.startswith("10"):
            raise PhoneError(_mobile_problem(home_digits), home_digits)
        # Abroad the 0 of the area code is left out: +86 571 8800 1234; some write it in brackets: +86 (0)571.
        home = re.sub(r"^\(0\)", "0", home)
        return _landline(home if home.lstrip("(").startswith("0") else f"0{home.lstrip('(')}")
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        raise PhoneError(f"境外号码写成 +国家区号 加号码，共 8 到 15 位，现在 {len(digits)} 位", digits)
    return Phone(ContactKind.FOREIGN_PHONE, f"+{digits}")


def _domestic(clean: str, digits: str) -> Phone:
    # A leading 86 without + is only a country code when a whole mobile follows (DOMAIN §16); so is a trunk 0.
    for prefix in ("", "86", "0"):
        number = digits.removeprefix(prefix)
        if digits.startswith(prefix) and _MOBILE.fullmatch(number):
            return Phone(ContactKind.MOBILE, number)
    if _HOTLINE.fullmatch(digits):
        return Phone(ContactKind.LANDLINE, f"{digits[:3]}-{digits[3:]}")
    if digits.startswith("1"):
        raise PhoneError(_mobile_problem(digits), digits)
    if digits.startswith("0"):
        return _landline(clean)
    if len(digits) in (7, 8):
        raise PhoneError("固定电话要带区号，例如 0571-88001234；境外号码前加 + 和国家区号", digits)
    raise PhoneError(f"看不懂这个号码（{len(digits)} 位）：手机 11 位，固定电话带区号，境外号码前加 +", digits)


def _mobile_problem(digits: str) -> str:
    if len(digits) != 11:
        return f"手机号要 11 位，现在 {len(digits)} 位"
    return f"手机号第二位是 3 到 9，现在是 {digits[1]}"


def _landline(text: str) -> Phone:
    """0571-88001234, (010)8800 1234 转 806, 057188001234-806: the area code tells where the number begins."""
    extension = ""
    if found := _EXTENSION.search(text):
        extension, text = found[1], text[: found.start()]
    groups = re.findall(r"\d+", text)
    digits = "".join(groups)
    area_length = 3 if digits.startswith(("010", "02")) else 4
    area, number = digits[:area_length], digits[area_length:]
    if not extension and len(groups) > 1 and "-" in text:
        # A last group after a dash is an extension when what stands before it is already a whole number.
        before = len(digits) - len(groups[-1]) - area_length
        if before in (7, 8):
            extension, number = groups[-1], number[:before]
    if area in ("000", "0000") or area[1:2] == "0" or (area[1:2] == "1" and area != "010"):
        raise PhoneError(f"没有 {area} 这个区号，请核对：例如杭州是 0571", digits)
    if len(number) not in (7, 8) or number.startswith(("0", "1")) or len(extension) > 6:
        raise PhoneError(f"固定电话号码是 7 到 8 位，区号 {area} 后面现在 {len(number)} 位", digits)
    return Phone(ContactKind.LANDLINE, "-".join([area, number, extension] if extension else [area, number]))
