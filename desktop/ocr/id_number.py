"""The 18-character citizen number 公民身份号码 of GB 11643: check, read, repair and invent one.

Imports nothing but the standard library, so a form can check a typed number without loading a picture library.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

Sex = Literal["male", "female"]
Kind = Literal["resident", "hmt", "foreigner"]

INVENTED_REGION = "990101"
"""A prefix no authority issues: 99 is no province and 90 no receiving province of a foreigner's card, so people
invented for tests, screens and the demo office can never share a number with someone real."""

PROVINCES: dict[str, str] = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
    "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省",
    "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区",
    "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
    "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区", "83": "台湾地区",
}  # fmt: skip
"""Names by the first two digits (GB/T 2260); 83 stands on residence permits of Taiwan residents."""

HMT_REGIONS = ("810000", "820000", "830000")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_DROPPED = re.compile(r"[\s\-\u2010-\u2015\u00b7.,_\u200b-\u200d\u2060\ufeff]")
# What people press for the last X: the multiplication sign and the Cyrillic and Greek letters of the same shape.
_AS_X = str.maketrans("×хХχΧ✕", "XXXXXX")
_LOOK_ALIKE = {
    frozenset(pair) for pair in ("08", "06", "17", "14", "23", "27", "38", "35", "56", "58", "68", "49", "89", "09")
}
_OLDEST_DOUBTED, _OLDEST = 120, 150  # years


class NumberProblem(StrEnum):
    """Why a text cannot be a citizen number."""

    EMPTY = "empty"
    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_DIGIT = "check_digit"
    BIRTH_IMPOSSIBLE = "birth_impossible"
    BIRTH_FUTURE = "birth_future"
    BIRTH_TOO_EARLY = "birth_too_early"


class NumberDoubt(StrEnum):
    """What deserves a second look although the number is well formed."""

    EXPANDED = "expanded"
    PROVINCE_UNKNOWN = "province_unknown"
    VERY_OLD = "very_old"
    INVENTED = "invented"


class IdNumberError(ValueError):
    """The text is no citizen number; `reason` is the fact, `message` the sentence for the clerk, `text` what was read.

    `expected` is the check character the other seventeen ask for when that is what failed, otherwise None.
    """

    def __init__(self, reason: NumberProblem, message: str, text: str, expected: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.text = text
        self.expected = expected


@dataclass(frozen=True, slots=True)
class NumberWarning:
    """One doubt about a well-formed number: the fact and the sentence for the clerk."""

    reason: NumberDoubt
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class IdNumber:
    """What a well-formed number says about its holder.

    `number` always has 18 characters, upper case. `sex` and `province` are None on a foreigner's card, whose middle
    digits follow another rule; `region` is the six digits of the first registration, not today's domicile, and empty
    on a foreigner's card.
    """

    number: str
    birth: date
    sex: Sex | None
    region: str
    province: str | None
    kind: Kind
    warnings: tuple[NumberWarning, ...] = ()

    @property
    def masked(self) -> str:
        """The number with the middle hidden, for screens and paper where the whole is not needed."""
        return f"{self.number[:6]}********{self.number[-4:]}"


def normalise(text: str) -> str:
    """The characters of a typed or read number: full width folded, spaces and dashes dropped, X upper case."""
    folded = unicodedata.normalize("NFKC", text.translate(_AS_X))
    return _DROPPED.sub("", folded).upper()


def check_digit(first17: str) -> str:
    """The 18th character the first seventeen digits ask for. Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    if not re.fullmatch(r"[0-9]{17}", first17):
        raise ValueError("seventeen ASCII digits are needed")
    return _CHECK_CHARACTERS[sum(int(c) * w for c, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def parse_id_number(text: str, today: date | None = None) -> IdNumber:
    """What the number says, or `IdNumberError`; a 15-digit number of before 1999 is expanded.

    With `today` a birth in the future or over 150 years ago is refused and one over 120 years ago doubted. An unknown
    region is only a warning: codes are merged and abolished, a number is for life (DOMAIN §10).
    """
    number = normalise(text)
    if not number:
        raise IdNumberError(NumberProblem.EMPTY, "请输入公民身份号码。", number)
    warnings: list[NumberWarning] = []
    if re.fullmatch(r"[0-9]{15}", number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_digit(body)
        warnings.append(NumberWarning(NumberDoubt.EXPANDED, f"15 位旧号码已换算为 18 位:{number},请与证件核对。"))
    if len(number) != 18:
        raise IdNumberError(NumberProblem.LENGTH, f"公民身份号码应为 18 位,现在是 {len(number)} 位。", number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise IdNumberError(NumberProblem.CHARACTERS, "公民身份号码前 17 位应为数字,最后一位为数字或 X。", number)
    birth = _birth(number)
    expected = check_digit(number[:17])
    if number[17] != expected:
        raise IdNumberError(
            NumberProblem.CHECK_DIGIT, "公民身份号码校验位不符,请逐位核对是否输错或读错。", number, expected
        )
    if today is not None:
        _check_age(number, birth, today, warnings)
    return _described(number, birth, warnings)


def is_valid(text: str) -> bool:
    """Whether the text is a well-formed number with a possible birth date and the right check character."""
    try:
        parse_id_number(text)
    except IdNumberError:
        return False
    return True


def repairs(number: str, today: date | None = None) -> list[str]:
    """Well-formed numbers one slip away: a wrong character, two neighbours swapped, or a lost last character.

    The likeliest first (digits that look alike, swapped neighbours, the rest); empty when the number already holds or
    nothing fits. They are suggestions: the clerk compares them with the card.
    """
    text = normalise(number)
    if re.fullmatch(r"[0-9]{17}", text):
        text += check_digit(text)
        return [text] if _plausible(text, today) else []
    if len(text) != 18 or _plausible(text, today):
        return []
    found: dict[str, int] = {}
    for place, old in enumerate(text):
        for new in "0123456789X" if place == 17 else "0123456789":
            if new != old:
                rank = 0 if frozenset((old, new)) in _LOOK_ALIKE else 2
                found.setdefault(text[:place] + new + text[place + 1 :], rank)
    for place in range(16):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if swapped != text:
            found[swapped] = 1
    fitting = [candidate for candidate in found if _plausible(candidate, today)]
    return sorted(fitting, key=lambda candidate: found[candidate])


def make_id_number(birth: date, sex: Sex, region: str = INVENTED_REGION, sequence: int = 0) -> str:
    """A well-formed number for an invented person; `sequence` counts people of one day and sex, 0 to 499."""
    if not re.fullmatch(r"[0-9]{6}", region):
        raise ValueError("a region is six digits")
    if not 0 <= sequence <= 499:
        raise ValueError("sequence must be 0 to 499")
    body = f"{region}{birth:%Y%m%d}{sequence * 2 + (sex == 'male'):03d}"
    return body + check_digit(body)


def _birth(number: str) -> date:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        told = f"{number[6:10]}年{number[10:12]}月{number[12:14]}日"
        raise IdNumberError(
            NumberProblem.BIRTH_IMPOSSIBLE, f"公民身份号码中的出生日期 {told} 不存在。", number
        ) from None


def _check_age(number: str, birth: date, today: date, warnings: list[NumberWarning]) -> None:
    if birth > today:
        raise IdNumberError(NumberProblem.BIRTH_FUTURE, f"公民身份号码中的出生日期 {birth:%Y-%m-%d} 还没有到。", number)
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age > _OLDEST:
        raise IdNumberError(NumberProblem.BIRTH_TOO_EARLY, f"公民身份号码中的出生日期 {birth:%Y-%m-%d} 过早。", number)
    if age > _OLDEST_DOUBTED:
        warnings.append(NumberWarning(NumberDoubt.VERY_OLD, f"按号码已 {age} 岁,请核对。"))


def _described(number: str, birth: date, warnings: list[NumberWarning]) -> IdNumber:
    region = number[:6]
    sex: Sex = "male" if int(number[16]) % 2 else "female"
    if region == INVENTED_REGION:
        warnings.append(NumberWarning(NumberDoubt.INVENTED, "示例号码:地区码 990101 不存在,不属于任何真实的人。"))
        return IdNumber(number, birth, sex, region, None, "resident", tuple(warnings))
    if number[0] == "9":  # foreigner's permanent residence card of 2023: no region, no parity rule is published
        return IdNumber(number, birth, None, "", None, "foreigner", tuple(warnings))
    province = PROVINCES.get(region[:2])
    if province is None:
        warnings.append(
            NumberWarning(NumberDoubt.PROVINCE_UNKNOWN, f"地区码 {region[:2]} 不是已知的省级代码,请与证件核对。")
        )
    kind: Kind = "hmt" if region in HMT_REGIONS else "resident"
    return IdNumber(number, birth, sex, region, province, kind, tuple(warnings))


def _plausible(number: str, today: date | None) -> bool:
    try:
        found = parse_id_number(number, today)
    except IdNumberError:
        return False
    return all(warning.reason not in (NumberDoubt.PROVINCE_UNKNOWN, NumberDoubt.VERY_OLD) for warning in found.warnings)
