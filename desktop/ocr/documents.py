"""Where the print stands on a resident identity card 居民身份证, in millimetres from its top left corner.

To teach the reader another layout, describe its labels and slots here; nothing else knows a position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["front", "back"]

CARD_MM = (85.6, 54.0)
FRONT_FIELDS = ("name", "sex", "ethnicity", "birth", "address", "number")
BACK_FIELDS = ("issuer", "valid_from", "valid_to")
FIELDS = FRONT_FIELDS + BACK_FIELDS

FIELD_NAMES = {
    "name": "姓名",
    "sex": "性别",
    "ethnicity": "民族",
    "birth": "出生日期",
    "address": "住址",
    "number": "公民身份号码",
    "issuer": "签发机关",
    "valid_from": "有效期起",
    "valid_to": "有效期止",
}
SIDE_NAMES: dict[Side, str] = {"front": "人像面", "back": "国徽面"}


@dataclass(frozen=True, slots=True)
class Label:
    """Words printed on every card: the middles of the first and the last character, in mm."""

    key: str
    text: str
    side: Side
    first: float
    last: float
    y: float
    weight: float = 1.0


OTHER_DOCUMENTS = {
    "驾驶证": "机动车驾驶证",
    "行驶证": "机动车行驶证",
    "居住证": "居住证",
    "通行证": "通行证",
    "护照": "护照",
    "PASSPORT": "护照",
    "营业执照": "营业执照",
    "户口": "户口簿",
    "银行": "银行卡",
    "储蓄卡": "银行卡",
    "会员": "会员卡",
    "合同": "合同文件",
    "甲方": "合同文件",
    "经理": "名片",
}
"""Words that tell what a picture shows when it is no identity card, for the sentence that refuses it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The strip of the card where one line is printed, label included; `value_x` is where the value begins, in mm."""

    key: str
    label: str
    side: Side
    left: float
    right: float
    y: float
    value_x: float


# The portrait side has its labels in blue at the left, the emblem side two rows at the bottom.
LABELS = (
    Label("name", "姓名", "front", 7.35, 10.25, 8.5),
    Label("sex", "性别", "front", 7.35, 10.25, 15.1),
    Label("ethnicity", "民族", "front", 24.05, 26.95, 15.1),
    Label("birth", "出生", "front", 7.35, 10.25, 21.6),
    Label("date", "", "front", 25.8, 42.4, 21.6),
    Label("address", "住址", "front", 7.35, 10.25, 28.4),
    Label("number", "公民身份号码", "front", 7.4, 22.4, 46.6, 2.0),
    Label("digits", "", "front", 30.5, 75.75, 46.6, 2.0),
    Label("state", "中华人民共和国", "back", 33.3, 72.9, 9.4),
    Label("title", "居民身份证", "back", 32.7, 73.5, 18.0, 1.5),
    Label("issuer", "签发机关", "back", 22.25, 30.95, 40.6, 1.5),
    Label("valid", "有效期限", "back", 22.25, 30.95, 47.0, 1.5),
)
SLOTS = (
    Slot("name", "姓名", "front", 4.8, 56.0, 8.5, 13.9),
    Slot("sex", "性别", "front", 4.8, 20.8, 15.1, 13.9),
    Slot("ethnicity", "民族", "front", 21.6, 48.0, 15.1, 29.6),
    Slot("birth", "出生", "front", 4.8, 47.0, 21.6, 13.9),
    Slot("address", "住址", "front", 4.8, 54.0, 28.4, 13.9),
    Slot("number", "公民身份号码", "front", 4.8, 79.6, 46.6, 27.2),
    Slot("issuer", "签发机关", "back", 19.8, 82.5, 40.6, 33.0),
    Slot("valid", "有效期限", "back", 19.8, 82.5, 47.0, 33.0),
)
VALUE_STARTS: dict[Side, tuple[tuple[float, float], ...]] = {
    "front": ((16.8, 8.5), (16.7, 15.1), (32.7, 15.1), (16.3, 21.6), (16.7, 28.4), (16.7, 32.95), (16.7, 37.5)),
    "back": ((36.0, 40.6), (35.6, 47.0)),
}
"""Where the first character of each value stands, in mm: weaker evidence than a printed word, but often the only."""
Area = tuple[float, float, float, float]
PRINTED: dict[Side, tuple[Area, ...]] = {
    "front": (
        (5.9, 6.9, 24.0, 10.1), (5.9, 13.6, 18.4, 16.6), (22.6, 13.6, 34.4, 16.6), (5.9, 20.1, 43.4, 23.1),
        (5.9, 26.9, 47.0, 29.9), (15.2, 31.5, 42.0, 34.4), (5.9, 44.8, 77.0, 48.4), (59.5, 9.0, 79.0, 37.7),
    ),
    "back": (
        (30.0, 6.9, 76.2, 11.9), (27.6, 14.2, 78.6, 21.8), (20.8, 39.1, 62.0, 42.1), (20.8, 45.5, 72.0, 48.5),
        (5.3, 5.9, 21.9, 22.5),
    ),
}  # fmt: skip
"""Where a side is dark with print, in mm (left, top, right, bottom): rough, for telling the sides of a small copy."""
ADDRESS_LINES = (26.2, 43.6)  # mm: between the birth line and the number
ADDRESS_PITCH = 4.55  # mm

ETHNIC_GROUPS = (
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白", "土家", "哈尼",
    "哈萨克", "傣", "黎", "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土",
    "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克",
    "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺",
    "穿青人", "革家人",
)  # fmt: skip
"""GB/T 3304 without 族, and the two recognised groups that are none of the 56."""


def labels_of(side: Side) -> tuple[Label, ...]:
    """The printed words of one side."""
    return tuple(label for label in LABELS if label.side == side)


def slots_of(side: Side) -> tuple[Slot, ...]:
    """The lines of one side, from the top."""
    return tuple(slot for slot in SLOTS if slot.side == side)
