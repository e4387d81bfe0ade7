"""The office's rules, each effective from a date: what is not set has the default written here.

To add a rule: a line in DEFAULTS, its meaning beside it; a line in RULES when the office may change it on screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from desktop.models.offices import Node
from desktop.models.trust import Setting
from desktop.models.values import Right
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.paper.receipt_form import KEYS
from desktop.services.quick import Quick
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work
from desktop.services.working_time import BadHours, make_calendar, parse_hours, parse_weekdays

DEFAULTS: dict[str, Any] = {
    "lock_minutes": 5,  # idle minutes before the window locks
    "pin_digits": 6,  # fewest digits of a PIN
    "pin_days": 7,  # after so many days without a sign-in by password on a PC the PIN sleeps there
    "over_limit_approval": False,  # a deposit or rent ahead above the limits waits for a second person
    "deposit_months_limit": 1,  # 建房规〔2021〕2号: above it the clerk is warned
    "rent_ahead_months_limit": 3,  # likewise for rent collected at once
    "late_fee_per_mille": "0.5",  # suggested 违约金 per day, ‰
    "property_fee_price": None,  # yuan per m² and month, suggested in a lease
    "expiring_days": 30,  # a lease is "expiring" this many days before its end
    "deposit_return_days": 7,  # printed in the lease: days after settlement
    "deposit_proof": True,  # a deduction for damage needs a photo or file
    "post_ahead_days": 7,  # bills falling due within so many days are posted ahead
    "meter_jump_times": "3",  # a use so many times the usual is asked about when a meter is read
    "meter_jump_least": 5,  # … where it is so many units above the usual, too
    "keep_card_pictures": False,  # only under a named local duty; default is read, verify, discard
    "cash_rounding_below": "1.00",  # 抹零: only less than so many yuan are let off a sum in cash; 0: never
    "cash_rounding_to": "0.1",  # and what is offered: down to whole steps of so many yuan
    "receipt_paper": "a5",  # key of a receipt form (services.paper.receipt_form)
    "bill_notice_full_names": False,  # a bill notice lies in a letter box: 张*三, companies whole
    "bill_notice_pay": "",  # how to pay, printed on bill notices beside the codes
    "notice_contact": "",  # who answers questions on personal data, printed in the notice
    "retention_years": 3,  # after move-out, then personal fields are cleared
    "office_hours": "08:30-12:00 13:30-17:30",  # when the office works: deadlines of repairs are counted in it
    "office_weekdays": "1234567",  # 1 Monday … 7 Sunday
    "office_holidays": True,  # the country's holidays and make-up days change its hours
    "office_days_off": [],  # days of its own, ISO, beside the country's
    "office_days_on": [],
    "repair_answer_minutes": 120,  # REQUIREMENTS M-06: somebody is sent within two working hours
    "repair_urgent_answer_minutes": 30,  # … and within half an hour, day and night, where it is urgent
    "repair_finish_minutes": 900,  # what is promised unless somebody says otherwise: two working days of the office
    "repair_urgent_finish_minutes": 240,  # … and four hours, day and night
    "repair_minutes": {},  # of single categories: {"lift": {"answer": 60, "urgent_answer": 15}}
    "case_minutes": {  # of complaints and incidents by level: working minutes, of a grave one all minutes
        "complaint": {"2": 480, "3": 240},
        "incident": {"1": 480, "2": 240, "3": 60},
    },
    "backup_days": 1,  # O-02: a backup is overdue so many days after the last
    "short_stay_days": 30,  # leases shorter than this draw a warning (may count as hotel business)
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the office sees it.

    `kind`: days, months, minutes, years, times, units, price, per_mille, yuan, yes_no, paper, text, hours,
    weekdays or dates.
    """

    title: str
    kind: str
    note: str = ""
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    places: int = 0
    """Decimal places; a rule with places is kept as text, e.g. "0.5"."""
    optional: bool = False
    """None is a value too: nothing is suggested."""
    answers: tuple[str, str] = ("不要", "要")
    """What no and yes mean here."""


def _number(title: str, kind: str, least: int, most: int, note: str = "", places: int = 0) -> Rule:
    return Rule(title, kind, note, Decimal(least), Decimal(most), places, optional=kind == "price")


RULES: dict[str, Rule] = {
    "lock_minutes": _number("无人操作几分钟后锁屏", "minutes", 1, 120),
    "pin_digits": _number("PIN 至少几位", "digits", 4, 8, "锁屏和当场授权用的数字"),
    "pin_days": _number("几天没用密码登录就停用 PIN", "days", 1, 60, "每台电脑分开算"),
    "expiring_days": _number("到期前几天提醒", "days", 1, 180),
    "post_ahead_days": _number("提前几天生成账单", "days", 0, 60),
    "meter_jump_times": _number("抄表用量超过平时几倍提醒", "times", 1, 100, "可以照存，但要核对确认", 1),
    "meter_jump_least": _number("……并且至少多出几个单位", "units", 0, 10_000, "用量小的表不会一动就提醒"),
    # 建房规〔2021〕2号: no more than one month as deposit and three months ahead, as a rule
    "deposit_months_limit": _number(
        "押金超过几个月租金提醒", "months", 0, 12, "建房规〔2021〕2 号：押金一般不超过 1 个月"
    ),
    "rent_ahead_months_limit": _number(
        "一次收租超过几个月提醒", "months", 1, 12, "同一规定：一次收租一般不超过 3 个月"
    ),
    "over_limit_approval": Rule(
        "押金或预收超限要第二个人同意", "yes_no", "主管当场输 PIN 才能办", answers=("只提醒", "要同意")
    ),
    "deposit_return_days": _number("退租结清后几天内退押金", "days", 0, 60, "印在合同里"),
    "deposit_proof": Rule("从押金扣赔偿要附照片或文件", "yes_no", "验房单、维修单也可以", answers=("不要求", "要求")),
    "late_fee_per_mille": _number("建议的违约金", "per_mille", 0, 5, "每日千分之几，写进新合同", 2),
    "property_fee_price": _number("建议的物业费", "price", 0, 100, "空着就不建议", 2),
    "short_stay_days": _number("短于几天的租期提醒", "days", 0, 180, "太短可能被认定为旅馆业"),
    "cash_rounding_below": _number("抹零要小于", "yuan", 0, 10, "只用于现金，要有权限；0 为不抹零", 2),
    "cash_rounding_to": _number("抹零抹到", "yuan", 0, 10, "例如 0.1：12.33 收 12.30", 2),
    "receipt_paper": Rule("收据版式", "paper", "每台电脑可以在「打印机」里另选"),
    "bill_notice_full_names": Rule(
        "缴费通知单上的姓名", "yes_no", "单子放进信箱，谁都看得到；公司名总是印全", answers=("打码 张*三", "印全名")
    ),
    "bill_notice_pay": Rule("缴费通知单上的缴费办法", "text", "例如 转账 建行望江支行 3300…0421，户名写全"),
    "office_hours": Rule("上班时间", "hours", "维修时限按它算，例如 08:30-12:00 13:30-17:30"),
    "office_weekdays": Rule("星期几上班", "weekdays"),
    "office_holidays": Rule("国家放假和补班", "yes_no", answers=("不管它", "按国家安排")),
    "office_days_off": Rule("另外放假的日子", "dates", "例如 2027-02-05 2027-02-06，中间空一格"),
    "office_days_on": Rule("另外上班的日子", "dates", "补班，或放假那天照常上班"),
    "repair_answer_minutes": _number("普通报修几分钟内响应", "minutes", 1, 2880, "只算上班时间；120 是两小时"),
    "repair_urgent_answer_minutes": _number("紧急报修几分钟内响应", "minutes", 1, 1440, "日夜都算"),
    "repair_finish_minutes": _number("普通报修几分钟内修完", "minutes", 1, 86_400, "只算上班时间，没另外约的按它"),
    "repair_urgent_finish_minutes": _number("紧急报修几分钟内修完", "minutes", 1, 14_400, "日夜都算"),
    "retention_years": _number("退租几年后清除个人资料", "years", 1, 30, "告知书里写的年数"),
    "notice_contact": Rule("个人信息联系人", "text", "印在告知书里，例如 林经理 0571-88001234"),
    "keep_card_pictures": Rule(
        "保存证件照片", "yes_no", "只在当地明文要求时打开；平时读完核对就删", answers=("不保存", "保存")
    ),
}
"""What the settings page offers, in its order."""

_TEXT_MOST = 100
_DATES_MOST = 60


def setting_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is still to be mended of changed rules, by rule. KeyError for a rule nobody declared."""
    problems: dict[str, str] = {}
    for key, value in values.items():
        if trouble := _problem_of(RULES[key], value):
            problems[key] = trouble
    return problems


def _problem_of(rule: Rule, value: Any) -> str:
    match rule.kind:
        case "yes_no":
            return "" if isinstance(value, bool) else "从「是」和「否」里选一个"
        case "paper":
            return "" if value in KEYS else "从列表里选一种收据版式"
        case "hours" | "weekdays" | "dates":
            return _calendar_problem(rule.kind, value)
        case "text":
            return "" if isinstance(value, str) and len(value) <= _TEXT_MOST else f"最多 {_TEXT_MOST} 个字"
    if value is None:
        return "" if rule.optional else "这里填一个数字"
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        return "这里只写数字"
    if number != round(number, rule.places):
        return f"最多 {rule.places} 位小数" if rule.places else "这里只写整数"
    if not rule.least <= number <= rule.most:
        return f"写 {rule.least} 到 {rule.most} 之间的数"
    return ""


def _calendar_problem(kind: str, value: Any) -> str:
    """Why hours or days of the office cannot be read; empty when they can."""
    try:
        if kind == "hours":
            parse_hours(value)
        elif kind == "weekdays":
            parse_weekdays(value)
        elif not isinstance(value, list):
            return "日期写成 2027-02-05，中间空一格；没有就空着"
        else:
            make_calendar("08:30-17:30", "1", holidays=False, off=value)
    except (BadHours, TypeError) as error:
        return str(error) if isinstance(error, BadHours) else "这里读不懂，重新填"
    return "" if kind != "dates" or len(value) <= _DATES_MOST else f"最多 {_DATES_MOST} 天：去掉过去的日子"


@needs(Right.SEE_BOARD)
def setting(look: Look, key: str, on: date | None = None) -> Any:
    """The value of a rule on a day (today when none is given). KeyError for a rule nobody declared."""
    return value_of(look, key, on)


@part
def value_of(look: Look, key: str, on: date | None = None) -> Any:
    """`setting` inside an act."""
    default = DEFAULTS[key]
    day = on or look.world.today()
    look.settle()
    found = _RULES_OF.rows(look.connection, (key,), today=day)
    if not found:
        return default
    value = found[-1].value
    # An optional rule that was emptied is kept as "": NULL would not fit into the column.
    return None if value == "" and key in RULES and RULES[key].optional else value


@part
def values_of(look: Look, *keys: str) -> dict[str, Any]:
    """Several rules of today at once."""
    found = {key: DEFAULTS[key] for key in keys}
    look.settle()
    rows = _RULES_OF.rows(look.connection, keys, today=look.world.today())
    return found | {row.key: row.value for row in rows}


_RULES_OF = Quick(
    lambda q: sa.select(Setting.key, Setting.value)
    .where(
        q.among(Setting.key), Setting.valid_from <= sa.bindparam("today", type_=Setting.valid_from.type),
        Setting.deleted_at.is_(None),
    )
    # Two offices may have made one on the same day without knowing of each other: every copy takes the same one.
    .order_by(Setting.valid_from, Setting.updated_at, Setting.id)
)  # fmt: skip


@needs(Right.EDIT_SETTINGS)
def change_setting(work: Work, key: str, value: Any, valid_from: date | None = None) -> None:
    """Set a rule from a day on (today when none is given); what was valid before stays readable."""
    put(work, key, value, valid_from)


@needs(Right.SEE_BOARD)
def current_settings(look: Look) -> dict[str, Any]:
    """Every rule the settings page offers, as it holds today."""
    return {key: value_of(look, key) for key in RULES}


@needs(Right.EDIT_SETTINGS)
def change_settings(
    work: Work, values: Mapping[str, Any], seen: Mapping[str, Any], valid_from: date | None = None
) -> None:
    """Set several rules from a day on, in one act. `seen`: what stood on the screen when they were changed.

    Raises ProblemsFound by rule, or naming `valid_from`; RowChanged when somebody else has set one of them meanwhile.
    """
    if valid_from is not None and valid_from < work.world.today():
        raise ProblemsFound({"valid_from": "规则不能从过去的日子起生效：选今天或以后"})
    if problems := setting_problems(values):
        raise ProblemsFound(problems)
    _unchanged_since(work, values, seen, valid_from or work.world.today())
    for key, value in values.items():
        put(work, key, "" if value is None else value, valid_from)
    work.record(setting="、".join(values))


def _unchanged_since(work: Work, values: Mapping[str, Any], seen: Mapping[str, Any], day: date) -> None:
    work.session.execute(sa.select(Node.id).with_for_update())  # two who save at once come one after the other
    now = {key: value_of(work, key, day) for key in values}
    other = [key for key in values if now[key] != seen[key]]
    if not other:
        return
    from desktop.services.changes import last_touch

    rows = work.session.scalars(
        sa.select(Setting)
        .where(Setting.key.in_(other), Setting.valid_from <= day, Setting.deleted_at.is_(None))
        .order_by(Setting.valid_from)
    )
    by = {row.key: last_touch(work, row) for row in rows}
    raise RowChanged({key: now[key] for key in other}, {key: values[key] for key in other}, by=by)


@part
def put(work: Work, key: str, value: Any, valid_from: date | None = None) -> None:
    """`change_setting` inside another act."""
    if key not in DEFAULTS:
        raise KeyError(key)
    day = valid_from or work.world.today()
    row = work.session.scalar(
        sa.select(Setting)
        .where(Setting.key == key, Setting.valid_from == day)
        .order_by(Setting.updated_at.desc(), Setting.id.desc())
        .limit(1)
    )
    if row is None:
        row = work.add(Setting(key=key, value=value, valid_from=day))
    else:
        row.value, row.deleted_at = value, None
    work.record(setting=key)
