"""Invented work slips: an ordinary one, one with all that may be said, one with next to nothing."""

from __future__ import annotations

from dataclasses import replace

from desktop.services.paper.work_slip import WorkSlipPaper
from tests.services.paper.samples import LONG_NAME, OFFICE

CODE = "ANJU:W:0192F3A4B5C67D8E9FA0B1C200000001:0"


def slip() -> WorkSlipPaper:
    """A tap in a flat, for the office's own technician."""
    return WorkSlipPaper(
        office=OFFICE, office_phone="0755-2600-0000", number="CHY0126-W00012", code=CODE,
        place="3 栋 1205 · 主卧卫生间", summary="水龙头滴水，关不紧", category="给排水", urgent=False, who="顾听澜",
        phone="13812345678", whole_phone=True, wished="11 月 26 日（周四）14:00–16:00",
        promised="11 月 27 日（周五）17:30", reported="11 月 25 日（周三）09:12　电话", hands="方一鸣",
        note="交代：带 6 分角阀，先打电话", printed="林小满 2026-11-26 08:35 打印", photos=2,
    )  # fmt: skip


def full_slip() -> WorkSlipPaper:
    """As much as may be said: the longest words, an urgent complaint for an outside firm, printed anew."""
    return replace(
        slip(), number="CHYAB26-W123456", place=f"青川·望江花园人才公寓 12 栋乙座 B-1208 · {'客厅与厨房之间' * 5}",
        summary="卫生间顶部渗水，水滴到吊顶和灯上，已经跳闸两次；" * 8, category="墙顶地面（投诉）", urgent=True,
        who=LONG_NAME, phone="138****5678", whole_phone=False, wished="", hands="深圳市迅达电梯维保工程有限公司",
        note=f"交代：{'进门换鞋套，家里有老人和孩子；' * 6}", reprint=2, photos=0,
        code=CODE.replace("01:0", "02:2"),
    )  # fmt: skip


def bare_slip() -> WorkSlipPaper:
    """Of a common part, nobody is known to have reported it, nobody is sent yet."""
    return replace(
        slip(), office_phone="", place="1 栋 · 2 号电梯", summary="困人", category="电梯", who="", phone="",
        whole_phone=False, wished="", promised="", hands="", note="", printed="", photos=0,
        code=CODE.replace("01:0", "03:0"),
    )  # fmt: skip


def round_slip() -> WorkSlipPaper:
    """A round of an inspection, two lines of its list answered already."""
    return replace(
        bare_slip(), place="1 栋 · 消防设施", summary="消防设施月检", category="消防（巡检）", hands="方一鸣",
        promised="11 月 30 日（周一）17:30", code=CODE.replace("01:0", "04:0"),
        checks=(
            ("灭火器压力在绿区，铅封完好", "正常"), ("消火栓箱门能开，水带、水枪齐全", ""), ("应急灯断电能亮", "异常"),
            ("疏散指示标志亮", ""), ("防火门能自己关上", ""), ("疏散通道、安全出口没有堵", ""), ("烟感指示灯闪", ""),
        ),
    )  # fmt: skip


def long_round_slip() -> WorkSlipPaper:
    """As many and as long lines as a list may have: it goes on over more sheets."""
    words = "逐层看一遍楼道和前室的防火门、消火栓、灭火器、应急照明"
    return replace(round_slip(), checks=tuple((f"{n} 层：{words}", "") for n in range(1, 61)))
