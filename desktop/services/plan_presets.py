"""Plans that most offices have 常用计划: what the law asks of lifts, fire equipment and water tanks, to begin with.

The days are the longest the rules allow; contracts and local rules are often shorter, so the dialog shows them to be
changed. To add one: a line in PRESETS with the rule it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.models.values import OrderKind, PlanUnit, RepairCategory


@dataclass(frozen=True, slots=True)
class Preset:
    """What of a plan is known before anybody says where."""

    name: str
    kind: OrderKind
    category: RepairCategory
    every: int
    unit: PlanUnit
    lead_days: int
    basis: str
    lines: tuple[str, ...] = ()


_M, _I = OrderKind.MAINTENANCE, OrderKind.INSPECTION
PRESETS = (
    Preset(
        "电梯半月维保", _M, RepairCategory.LIFT, 15, PlanUnit.DAY, 2, "特种设备安全监察条例 31 条：至少每 15 日一次",
        ("轿厢照明、风扇、应急照明正常", "轿厢报警和对讲能通", "层门轿门开关正常，门锁可靠", "平层准确",
         "底坑干净，没有积水", "维保记录已签字"),
    ),
    Preset(
        "电梯定期检验", _M, RepairCategory.LIFT, 12, PlanUnit.MONTH, 40,
        "特种设备安全法 40 条：有效期满前一个月申请", ("已向检验机构申请", "检验合格标志已换新", "报告已存档"),
    ),
    Preset(
        "消防设施年度检测", _M, RepairCategory.FIRE, 12, PlanUnit.MONTH, 30, "消防法 16 条：每年至少全面检测一次",
        ("检测单位已到场", "报警、喷淋、消火栓、防排烟都测到", "检测报告已存档"),
    ),
    Preset(
        "消防月检", _I, RepairCategory.FIRE, 1, PlanUnit.MONTH, 3, "消防法 16 条：组织防火检查",
        ("灭火器在位，压力在绿区", "消火栓门能开，水带水枪齐全", "应急灯、疏散标志亮", "疏散通道、楼梯没有堵",
         "防火门能自己关上", "消防控制室有人，主机没有故障"),
    ),
    Preset(
        "水箱清洗消毒", _M, RepairCategory.WATER, 12, PlanUnit.MONTH, 15, "GB 17051：每年至少清洗一次，另看当地规定",
        ("停水通知已贴", "清洗消毒完成", "水质检测合格，报告已公示"),
    ),
    Preset(
        "楼栋每日巡查", _I, RepairCategory.ORDER, 1, PlanUnit.DAY, 0, "物业服务合同",
        ("大堂、电梯厅干净", "楼道灯亮", "没有堆放杂物、飞线充电", "门禁正常", "屋面、外墙没有松动"),
    ),
)  # fmt: skip
