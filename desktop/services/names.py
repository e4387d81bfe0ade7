"""Names of people and of ethnic groups, in one written form each."""

from __future__ import annotations

import re
import unicodedata

from desktop.services.errors import DomainError

MAX_NAME = 30
"""Characters. Cards hold 15, passports 39; the longest names seen at desks stay below."""
MAX_COMPANY_NAME = 60

DOT = "\u00b7"
_DOTS = re.compile(r"\s*(?:[\u2022\u2027\u2219\u22c5\u30fb\u0387\u25cf\u2024\uff65\u00b7]\s*)+")
_CHINESE = r"\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOT_BETWEEN_CHINESE = re.compile(rf"(?<=[{_CHINESE}])\s*[.]\s*(?=[{_CHINESE}])")
_SPACE_BETWEEN_CHINESE = re.compile(rf"(?<=[{_CHINESE}{DOT}])\s+(?=[{_CHINESE}{DOT}])")

ETHNIC_GROUPS = (
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白", "土家", "哈尼",
    "哈萨克", "傣", "黎", "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土", "达斡尔",
    "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克", "俄罗斯",
    "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺",
)  # fmt: skip
"""The 56 groups of GB/T 3304 in its order, without 族, as ID cards print them."""

OTHER_GROUPS = ("穿青人", "革家人")
"""Printed on cards though not among the 56."""


def normalise_name(text: str, company: bool = False) -> str:
    """The name as it is stored and compared: NFKC, one kind of dot, nothing invisible, at most 30 characters.

    A single character is a name; a company's has up to 60. Raises DomainError (field name) for none or a longer one.
    """
    # Cc and Cf are control and zero-width characters, Cs halves of a broken pair, variation selectors (of Mn) change
    # only how a character is drawn. Unassigned ones stay: characters newer than this Python are real names.
    spaced = re.sub(r"\s", " ", text)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs") and not _selects_variant(c))
    name = unicodedata.normalize("NFKC", seen)
    name = _DOTS.sub(DOT, _DOT_BETWEEN_CHINESE.sub(DOT, name))
    name = _SPACE_BETWEEN_CHINESE.sub("", " ".join(name.split())).strip(f" {DOT}")
    if not name:
        raise DomainError("请填单位名称，照营业执照上的写" if company else "请填姓名，照证件上的写", "name")
    most = MAX_COMPANY_NAME if company else MAX_NAME
    if len(name) > most:
        raise DomainError(f"{'单位名称' if company else '姓名'}最多 {most} 个字，现在 {len(name)} 个", "name")
    return name


def normalise_ethnicity(text: str) -> str | None:
    """The group without 族 (汉, 维吾尔, 穿青人); None when it is not on the list."""
    word = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    for candidate in (word, word.removesuffix("族"), word.removesuffix("人"), f"{word}人"):
        if candidate in ETHNIC_GROUPS or candidate in OTHER_GROUPS:
            return candidate
    return None


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
