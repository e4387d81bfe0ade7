"""What is wrong, or strange, about a reading before it is stored. Pure: grid, import and act ask the same.

An error stops. A warning asks the clerk to look again: the reading is taken when she confirms it, and says so for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from uuid import UUID

from desktop.models.values import MeterKind, ReadingKind
from desktop.services.bill_lists import plain
from desktop.services.errors import DomainError
from desktop.services.meter_usage import estimate_on, usage_between
from desktop.services.problems import Problem, error, warn
from desktop.services.readings import StandingReading

PLACES = 3
INTERVALS = 6
"""So many uses back is what a meter usually counts."""
FEWEST_DAYS = 7
"""Fewer days are no measure of what is usual."""
_HIGHEST = Decimal(10) ** 9
_SMALL_UNITS = {
    MeterKind.WATER: "升（L）", MeterKind.HOT_WATER: "升（L）", MeterKind.GAS: "升（L）",
    MeterKind.ELECTRICITY: "瓦时（Wh）", MeterKind.HEAT: "瓦时（Wh）",
}  # fmt: skip
_THOUSAND_FROM, _THOUSAND_TO = 400, 2500
"""A figure so many times what the meter can show was read in a unit a thousand times smaller."""


@dataclass(frozen=True, slots=True)
class JumpLimits:
    """From where on a use draws an alarm: so many times the usual, and so many units above it."""

    times: Decimal = Decimal(3)
    least: Decimal = Decimal(5)


@dataclass(frozen=True, slots=True)
class MeterStand:
    """A meter as it stands before somebody reads it."""

    id: UUID
    place: str
    """1 栋 1203, or where a master meter hangs."""
    kind: MeterKind
    serial: str | None
    multiplier: Decimal
    highest: Decimal | None
    installed_on: date
    removed_on: date | None
    room_id: UUID | None = None
    last: StandingReading | None = None
    before: StandingReading | None = None
    """The one before the last."""
    per_day: Decimal | None = None
    """What it usually counts a day, multiplied; None without two readings."""

    def use_of(self, value: Decimal, rolled_over: bool = False) -> Decimal | None:
        """What was used since the last reading; None without one, or where it would be below nothing."""
        if self.last is None:
            return None
        try:
            return usage_between(self.last.value, value, self.multiplier, self.highest, rolled_over)
        except DomainError:
            return None

    def usual(self, day: date) -> Decimal | None:
        """What would be used by a day if it went on as before; None without a measure."""
        if self.last is None or self.per_day is None:
            return None
        return self.per_day * (day - self.last.read_on).days


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading as somebody gives it."""

    meter_id: UUID
    value: Decimal
    read_on: date
    rolled_over: bool = False
    """The counter passed its highest figure; a person said so."""
    estimated: bool = False
    remark: str = ""
    confirmed: bool = False
    """Somebody looked again at the warning and stands by it."""
    seen: UUID | None = None
    """The last reading on screen when this one was typed."""


def usual_per_day(
    readings: Sequence[StandingReading], multiplier: Decimal, highest: Decimal | None
) -> Decimal | None:  # fmt: skip
    """What a meter counts a day, over its last `INTERVALS` uses; None where they cover too few days."""
    used, days = Decimal(0), 0
    for earlier, later in list(pairwise(readings))[-INTERVALS:]:
        if later.kind is ReadingKind.INITIAL:
            continue  # nobody lived there: what leaks into a vacant home is no measure
        try:
            used += usage_between(earlier.value, later.value, multiplier, highest, later.rolled_over)
        except DomainError:
            continue
        days += (later.read_on - earlier.read_on).days
    return used / days if days >= FEWEST_DAYS else None


def estimate(stand: MeterStand, day: date) -> Decimal | None:
    """What the meter would show on a day if it went on as between its last two readings; None where nobody can say."""
    before, last = stand.before, stand.last
    if before is None or last is None or last.rolled_over or last.kind is ReadingKind.INITIAL:
        return None
    if not before.read_on < last.read_on < day:
        return None
    if before.value > last.value:
        return None
    return max(estimate_on(day, (before.read_on, before.value), (last.read_on, last.value)), last.value)


def reading_problems(
    stands: Mapping[UUID, MeterStand], forms: Sequence[NewReading], today: date, limits: JumpLimits
) -> dict[int, Problem]:
    """What is to be mended or confirmed, by place in `forms`; the field is "value" or "read_on"."""
    found: dict[int, Problem] = {}
    seen: set[UUID] = set()
    for at, form in enumerate(forms):
        stand = stands.get(form.meter_id)
        if stand is None:
            found[at] = error("value", "这块表已经不在了：刷新（F5）后再录")
        elif form.meter_id in seen:
            found[at] = error("value", "这块表填了两次：一天只留一个读数")
        elif problem := reading_problem(stand, form, today, limits):
            found[at] = problem
        seen.add(form.meter_id)
    return found


def reading_problem(stand: MeterStand, form: NewReading, today: date, limits: JumpLimits) -> Problem | None:
    """The first thing to be mended or confirmed of one reading; None when it is as usual."""
    return (
        figure_problem(form.value, stand)
        or _day_problem(stand, form, today)
        or _order_problem(stand, form)
        or _doubt(stand, form, limits)
    )


def figure_problem(value: Decimal, stand: MeterStand) -> Problem | None:
    """Why a figure cannot be what a meter shows."""
    if not value.is_finite() or value < 0:
        return error("value", "读数不能小于 0")
    if value != round(value, PLACES):
        return error("value", f"最多 {PLACES} 位小数")
    # A counter of 9999 with red figures behind the point shows up to 9999.999.
    if stand.highest is not None and value >= stand.highest.to_integral_value(ROUND_FLOOR) + 1:
        return error("value", f"这块表最大只到 {plain(stand.highest)}：看看是不是多抄了一位")
    if value >= _HIGHEST:
        return error("value", "数字太大：看看是不是多抄了几位")
    return None


def _day_problem(stand: MeterStand, form: NewReading, today: date) -> Problem | None:
    day, last = form.read_on, stand.last
    if day > today:
        if day.year > today.year:
            return error("read_on", f"{day:%Y-%m-%d} 是明年以后的日期：今天是 {today:%Y-%m-%d}，改年份")
        return error("read_on", f"{day:%Y-%m-%d} 还没到：抄表日期填今天或以前")
    if day < stand.installed_on:
        return error("read_on", f"这块表 {stand.installed_on:%Y-%m-%d} 才装上：改抄表日期")
    if stand.removed_on is not None:
        return error("read_on", f"这块表 {stand.removed_on:%Y-%m-%d} 已拆下：录到新表上")
    if last is None:
        return None
    if form.seen is not None and form.seen != last.id:
        return error("value", f"这块表刚由别人录过 {plain(last.value)}（{last.read_on:%m-%d}）：刷新（F5）看一眼")
    if day == last.read_on:
        return error("read_on", f"{day:%m-%d} 已有读数 {plain(last.value)}：错了就更正那一条")
    if day < last.read_on:
        return error("read_on", f"上次是 {last.read_on:%Y-%m-%d} 抄的：改抄表日期，或更正上次的读数")
    return None


def _order_problem(stand: MeterStand, form: NewReading) -> Problem | None:
    last = stand.last
    if form.rolled_over:
        if stand.highest is None:
            return error("value", "不知道这块表最大到多少：先在表的资料里填「最大读数」")
        if last is None or form.value >= last.value:
            return error("value", "读数没有比上次小，不是过零：去掉「过零」")
        return None
    if last is not None and form.value < last.value:
        ways = (
            "过零了就标「过零」，换了表就办「换表」"
            if stand.highest is not None
            else "换了表就办「换表」，上次抄错就更正上次"
        )
        return error("value", f"低于上次 {plain(last.value)}：{ways}")
    return None


def _doubt(stand: MeterStand, form: NewReading, limits: JumpLimits) -> Problem | None:
    """What a clerk confirms: another unit, a jump. Nothing is said of what she has confirmed."""
    use = stand.use_of(form.value, form.rolled_over)
    if form.confirmed or use is None or stand.last is None:
        return None
    usual = stand.usual(form.read_on)
    expected = stand.last.value + (usual or Decimal(0)) / stand.multiplier
    if expected >= 1 and _THOUSAND_FROM <= form.value / expected <= _THOUSAND_TO:
        meant = plain(round(form.value / 1000, PLACES))
        return warn("value", f"约是平时的 1000 倍：是按{_SMALL_UNITS[stand.kind]}抄的吗？应为 {meant}")
    if usual is None:
        return None
    # A meter that stood still for months has no "times": what is far above nothing is strange, too.
    if use > usual * limits.times and use - usual >= limits.least:
        if usual < 1:
            return warn("value", f"平时几乎不用（这次 {plain(use)}）：核对后确认")
        times = plain(round(use / usual, 1))
        return warn("value", f"是平时的 {times} 倍（约 {plain(round(usual, 1))}，这次 {plain(use)}）：核对后确认")
    return None


def short_of(problem: Problem) -> str:
    """The gist of a problem, for a line of the grid: 低于上次 110, 是平时的 6.8 倍."""
    return problem.text.split("：")[0].split("（")[0]


def kind_of(form: NewReading) -> ReadingKind:
    """How a new reading is stored."""
    return ReadingKind.ESTIMATED if form.estimated else ReadingKind.REGULAR
