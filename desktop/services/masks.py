"""How secrets look on screens and paper: stars in place of what need not be read, and secrets noticed in free text.

Stars keep the length, counted in characters as people see them. Source: DOMAIN §16.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from desktop.ocr.id_number import is_valid

STAR = "*"
_NAME = "[^0-9\\s省市县路街号]"
_REGION = re.compile(
    rf"(?:{_NAME}{{2,8}}?(?:省|自治区|特别行政区))?"
    rf"(?:{_NAME}{{2,12}}?(?:市|自治州|盟|地区))?"
    rf"(?:{_NAME}{{1,12}}?(?:自治县|自治旗|(?<!小)区|县|旗|市))?"
)


def mask_name(name: str) -> str:
    """First and last character stay: 张*三, 欧**娜; of two the first, a single one is hidden."""
    characters = _characters(name)
    if len(characters) < 2:
        return STAR * len(characters)
    if len(characters) == 2:
        return characters[0] + STAR
    return characters[0] + STAR * (len(characters) - 2) + characters[-1]


def mask_phone(stored: str) -> str:
    """138****5678; of a landline the area code stays, of a number abroad the country: 0571-****1234."""
    if "-" in stored:
        area, number, *extension = stored.split("-")
        return "-".join([area, _ends(number, 0, 4), *(STAR * len(part) for part in extension)])
    if stored.startswith("+"):
        return "+" + _ends(stored[1:], 3, 4)
    return _ends(stored, 3, 4)


def mask_id_number(number: str) -> str:
    """990101********002X; shorter document numbers show less: E****5678."""
    return _ends(number, 6, 4) if len(number) >= 15 else _ends(number, 1, 4)


def public_id(number: str) -> str:
    """For screens that face the public: the last four alone."""
    return _ends(number, 0, 4)


def mask_bank_card(number: str) -> str:
    """The last four alone."""
    return _ends(number, 0, 4)


def mask_address(address: str) -> str:
    """Province, city and district stay, the street and the door do not; without any of them two characters stay."""
    found = _REGION.match(address)
    kept = found.end() if found and 0 < found.end() < len(address) else min(2, len(address) // 2)
    return address[:kept] + STAR * len(_characters(address[kept:]))


class SecretKind(StrEnum):
    """What kind of secret stands in a free text."""

    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where in the text (0-based, end not counted) a secret stands, and its digits without gaps."""

    start: int
    end: int
    kind: SecretKind
    digits: str


_GAP = "[ \\-\u2010-\u2015\u00a0\u3000]"
_UNBROKEN = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[Xx]|[0-9]{11,19})(?![0-9A-Za-z])")
_GAPPED = re.compile(rf"(?<![0-9])[0-9](?:{_GAP}{{0,2}}[0-9]){{10,18}}(?:{_GAP}?[Xx])?(?![0-9A-Za-z])")


def find_secrets(text: str) -> list[SecretSpan]:
    """ID numbers, bank cards and mobiles in a note, in order, so that the form can move or refuse them.

    A number counts when its arithmetic holds, or when it looks so much like an ID number that only a slip is missing.
    Order and transaction numbers (28 digits), receipts and amounts are left alone.
    """
    folded = "".join(_fold(character) for character in text)
    found: list[SecretSpan] = []
    for pattern in (_UNBROKEN, _GAPPED):
        for match in pattern.finditer(folded):
            digits = re.sub(r"[^0-9Xx]", "", match[0]).upper()
            kind = _kind(digits, gapped=pattern is _GAPPED)
            start, end = match.span()
            if kind and not any(start < other.end and other.start < end for other in found):
                found.append(SecretSpan(start, end, kind, digits))
    return sorted(found, key=lambda span: span.start)


def hide_secrets(text: str) -> str:
    """The text with every secret in it masked, the same length."""
    for span in find_secrets(text):
        hidden = STAR * (span.end - span.start - 4) + text[span.end - 4 : span.end]
        text = text[: span.start] + hidden + text[span.end :]
    return text


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number holds. Source: ISO/IEC 7812-1."""
    doubled = (int(digit) * (2 - (place % 2 == 0)) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _kind(digits: str, gapped: bool) -> SecretKind | None:
    """Gapped digits must prove themselves by a check digit; unbroken ones may be a mistyped ID number."""
    if len(digits) == 18 and (is_valid(digits) or (not gapped and _looks_like_birth(digits[6:14]))):
        return SecretKind.ID_NUMBER
    if digits.endswith("X"):
        return None
    if len(digits) == 15 and not gapped and _looks_like_birth("19" + digits[6:12]):
        return SecretKind.ID_NUMBER
    if 13 <= len(digits) <= 19 and luhn(digits) and set(digits) != {"0"} and digits[0] in "34569":
        return SecretKind.BANK_CARD
    if re.fullmatch(r"(?:86)?1[3-9][0-9]{9}", digits):
        return SecretKind.PHONE
    return None


def _looks_like_birth(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False


def _fold(character: str) -> str:
    """Full-width digits and letters as their plain twins, everything else kept: places in the text do not move."""
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


def _ends(text: str, head: int, tail: int) -> str:
    """Keeps the ends; a text too short for them keeps less, so that at least half of it is hidden."""
    if len(text) < head + tail + 3:
        head, tail = min(head, len(text) // 4), min(tail, len(text) // 4)
    return text[:head] + STAR * (len(text) - head - tail) + text[len(text) - tail :]


def _characters(text: str) -> list[str]:
    """Characters as people see them: a combining mark or variation selector belongs to the one before."""
    seen: list[str] = []
    for character in text:
        if seen and (unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me")):
            seen[-1] += character
        else:
            seen.append(character)
    return seen
