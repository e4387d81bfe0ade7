"""The two machine-readable lines of a passport (ICAO 9303, TD3): what they say and whether their check digits hold."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from desktop.models.values import Sex
from desktop.services.errors import DomainError
from desktop.services.problems import Problem, error

_WIDTH = 44
_VALUES = {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the lines say. Dates are None where the lines hold none; `problems` name what does not add up."""

    issuer: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth: date | None
    sex: Sex | None
    valid_to: date | None
    personal_number: str
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        """Surname and given names in Latin letters; kept beside the name as printed, never instead of it."""
        return f"{self.surname} {self.given_names}".strip()


def mrz_check_digit(field: str) -> int:
    """The check digit of a field: weights 7 3 1, A=10 … Z=35, < = 0, modulo 10. KeyError for other characters."""
    return sum(_VALUES[character] * (7, 3, 1)[place % 3] for place, character in enumerate(field)) % 10


def parse_mrz(text: str, today: date) -> Mrz:
    """The lines as read or typed, 2 × 44. Raises DomainError (field mrz) for another shape; slips are `problems`."""
    first, second = _lines(text)
    surname, _, given = first[5:44].partition("<<")
    problems: list[Problem] = []
    number, personal = second[:9], second[28:42]
    checks = (
        ("number", "护照号码", number, second[9]),
        ("birth", "出生日期", second[13:19], second[19]),
        ("valid_to", "有效期", second[21:27], second[27]),
        ("personal_number", "个人号码", personal, second[42]),
        ("mrz", "整行", second[:10] + second[13:20] + second[21:43], second[43]),
    )
    for field, word, part, digit in checks:
        expected = str(mrz_check_digit(part))
        empty = field == "personal_number" and digit == "<" and not part.strip("<")
        if digit != expected and not empty:
            problems.append(error(field, f"机读码{word}的校验位算得 {expected}，读到 {digit}，请对照护照"))
    birth = _date(second[13:19], today, future=False)
    valid_to = _date(second[21:27], today, future=True)
    if birth is None and second[13:19].strip("<"):
        problems.append(error("birth", "机读码里的出生日期不存在，请对照护照"))
    if valid_to is None:
        problems.append(error("valid_to", "机读码里的有效期不存在，请对照护照"))
    return Mrz(
        issuer=first[2:5].rstrip("<"),
        surname=_words(surname),
        given_names=_words(given),
        number=number.rstrip("<"),
        nationality=second[10:13].rstrip("<"),
        birth=birth,
        sex={"M": Sex.MALE, "F": Sex.FEMALE}.get(second[20]),
        valid_to=valid_to,
        personal_number=personal.rstrip("<"),
        problems=tuple(problems),
    )


def _lines(text: str) -> tuple[str, str]:
    folded = unicodedata.normalize("NFKC", text).upper().replace("«", "<<")
    rows = [re.sub(r"\s", "", row) for row in folded.splitlines() if row.strip()]
    if len(rows) == 1 and len(rows[0]) == 2 * _WIDTH:
        rows = [rows[0][:_WIDTH], rows[0][_WIDTH:]]
    if len(rows) != 2 or any(len(row) != _WIDTH for row in rows):
        read = "、".join(str(len(row)) for row in rows) or "0"
        raise DomainError(f"护照机读码是两行、每行 44 个字符，现在读到 {read} 个", "mrz")
    if not all(re.fullmatch(r"[A-Z0-9<]+", row) for row in rows) or not rows[0].startswith("P"):
        raise DomainError("护照机读码以 P 开头，只有大写字母、数字和 <", "mrz")
    return rows[0], rows[1]


def _date(digits: str, today: date, future: bool) -> date | None:
    """Two-digit years: births lie in the hundred years before today, expiries within fifty years of it."""
    if not digits.isdigit():
        return None
    latest = today.year + (50 if future else 0)
    year = latest - (latest - int(digits[:2])) % 100
    for candidate in (year,) if future else (year, year - 100):
        try:
            day = date(candidate, int(digits[2:4]), int(digits[4:6]))
        except ValueError:
            continue
        if future or day <= today:
            return day
    return None


def _words(field: str) -> str:
    return " ".join(field.replace("<", " ").split())
