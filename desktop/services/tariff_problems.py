"""What is still to be mended of a price 计费单价 while it is typed, and once more in the act: one sentence a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from desktop.models.values import NIL, FeeBasis, Money, RoomKind, TierSpan
from desktop.services.attachments import FileForm
from desktop.services.fee_catalogue import ONE_DAY, FeeItemRow, Scope, TariffRow, Tiers
from desktop.services.fee_words import KIND_WORDS, plain, price_words, scope_words, span_words
from desktop.services.tariff_days import BilledDays, Gap, Overlap, Plan, last_other_day, plan_of, wider

PLACES, MOST = 6, Decimal(1_000_000)
MOST_TIERS = 8
DOCUMENT_LIMIT = 60
FAR = Decimal(5)
"""A price so many times the one before it is asked about: mostly a point in the wrong place."""


@dataclass(frozen=True, slots=True)
class TariffForm:
    """What the dialog of a price gathers."""

    fee_item_id: UUID
    valid_from: date
    valid_to: date | None = None
    building_id: UUID | None = None
    room_kind: RoomKind | None = None
    unit_price: Decimal | None = None
    tiers: Tiers = ()
    tier_span: TierSpan = TierSpan.BILL
    one_line: bool = False
    minimum: Money = NIL
    tax_rate: Decimal | None = None
    """0.06 is 6 %."""
    document: str = ""
    pauses: bool = False
    """Days without a price between two are meant: nothing is charged on them."""
    file: FileForm | None = None
    """The approval, to be kept with the price."""

    @property
    def scope(self) -> Scope:
        return (self.building_id, self.room_kind)


@dataclass(frozen=True, slots=True)
class TariffFacts:
    """What is known beside the form."""

    item: FeeItemRow
    rows: tuple[TariffRow, ...]
    """All prices of the item."""
    buildings: Mapping[UUID, str]
    billed: tuple[BilledDays, ...] = ()
    today: date = field(default=date.min)


NEW = UUID(int=0)
"""Stands for the id of a price that is not stored yet."""


def row_of(form: TariffForm, tariff_id: UUID = NEW, version: int = 0) -> TariffRow:
    """The price as it would be stored."""
    return TariffRow(
        tariff_id, version, form.fee_item_id, form.building_id, form.room_kind, form.valid_from, form.valid_to,
        form.unit_price if not form.tiers else None, form.tiers, form.tier_span, form.one_line, form.minimum,
        form.tax_rate, form.document.strip() or None,
    )  # fmt: skip


def tariff_plan(form: TariffForm, facts: TariffFacts, tariff_id: UUID = NEW) -> Plan:
    """What storing the form means for the other prices of its scope."""
    return plan_of(row_of(form, tariff_id), facts.rows, facts.item)


def tariff_problems(form: TariffForm, facts: TariffFacts, tariff_id: UUID = NEW) -> dict[str, str]:
    """What is still to be mended of a price, by field. `tariff_id`: of the one that is changed."""
    problems = _price(form, facts.item) | _dates(form, facts.item) | _scope(form, facts)
    if form.minimum < NIL:
        problems["minimum"] = "最低消费从 0 起，0 表示没有"
    if form.tax_rate is not None and not 0 <= form.tax_rate <= 1:
        problems["tax_rate"] = "税率写 0 到 100，例如 6"
    elif form.tax_rate is not None and form.tax_rate != round(form.tax_rate, 4):
        problems["tax_rate"] = "税率最多 2 位小数"
    if len(form.document) > DOCUMENT_LIMIT:
        problems["document"] = f"最多 {DOCUMENT_LIMIT} 个字：写文号，全文放附件"
    if "valid_from" in problems or "valid_to" in problems:
        return problems
    plan = tariff_plan(form, facts, tariff_id)
    for overlap in plan.overlaps:
        problems.setdefault(*_overlap(form, overlap))
    if not plan.overlaps:
        if billed := _billed(form, facts, plan, tariff_id):
            problems.setdefault(*billed)
        if not form.pauses and (gap := next((gap for gap in plan.gaps if not gap.wider), None)) is not None:
            problems["pauses"] = f"{_days(gap)}没有价格，不收费：确实暂停就勾选，不是就改日期"
    return problems


def tariff_doubts(form: TariffForm, facts: TariffFacts, tariff_id: UUID = NEW) -> dict[str, str]:
    """What is allowed but worth a look, by field."""
    doubts: dict[str, str] = {}
    plan = tariff_plan(form, facts, tariff_id)
    before = next((row for row in plan.after if row.id != tariff_id and row.scope == form.scope
                   and row.valid_to == form.valid_from - ONE_DAY), None)  # fmt: skip
    if plan.moved is not None:
        doubts["valid_from"] = f"现在的 {price_words(plan.moved)} 到 {plan.moved.valid_to} 为止"
    elif form.scope == (None, None) and form.valid_from > facts.item.valid_from and not _earlier(form, facts):
        doubts["valid_from"] = f"{facts.item.valid_from} 起到这天以前没有价格，不收费"
    for gap in plan.gaps:
        if gap.wider:
            doubts["valid_from"] = f"{_days(gap)}按范围更大的价格收"
    if form.valid_to is not None and not _goes_on(form, facts, plan):
        doubts["valid_to"] = f"{form.valid_to} 以后没有价格，不收费；长期有效就留空"
    if before is not None and before.unit_price and form.unit_price:
        times = form.unit_price / before.unit_price
        if not 1 / FAR < times < FAR:
            doubts["unit_price"] = f"上一段是 {price_words(before)}：核对小数点"
    prices = [price for _, price in form.tiers]
    if prices != sorted(prices):
        doubts["tiers"] = "后一档比前一档便宜：核对单价"
    return doubts


def _price(form: TariffForm, item: FeeItemRow) -> dict[str, str]:
    if form.tiers:
        if item.basis is not FeeBasis.METER:
            return {"tiers": "阶梯价只用于按表计的项目：改成一个价"}
        trouble = tier_problem(form.tiers)
        return {"tiers": trouble} if trouble else {}
    if form.unit_price is None:
        return {"unit_price": "填写单价，免费就写 0"}
    trouble = price_problem(form.unit_price)
    return {"unit_price": trouble} if trouble else {}


def tier_problem(tiers: Tiers) -> str:
    """Why these tiers cannot be stored; "" when they can: ends rise, the last has none, prices as any price."""
    if len(tiers) < 2:
        return "阶梯至少两档；只有一个价就选「一个价」"
    if len(tiers) > MOST_TIERS:
        return f"最多 {MOST_TIERS} 档"
    below = Decimal(0)
    for number, (upto, price) in enumerate(tiers, 1):
        last = number == len(tiers)
        if last and upto is not None:
            return f"最后一档不写上限，{plain(upto)} 以上都按它算：再加一档，或清空上限"
        if not last and upto is None:
            return f"第 {number} 档要写用到多少为止"
        if upto is not None and upto <= below:
            return f"第 {number} 档的上限要比前一档的 {plain(below)} 大" if below else "第 1 档的上限要大于 0"
        if upto is not None and upto != round(upto, 3):
            return f"第 {number} 档的上限最多 3 位小数"
        if trouble := price_problem(price):
            return f"第 {number} 档：{trouble}"
        below = upto or below
    return ""


def price_problem(price: Decimal) -> str:
    """Why this price cannot be stored; "" when it can: 0 or more, at most six places."""
    if not price.is_finite() or price < 0:
        return "单价不能小于 0，免费就写 0"
    if price != round(price, PLACES):
        return f"单价最多 {PLACES} 位小数"
    return f"单价不超过 {plain(MOST)} 元：核对小数点" if price > MOST else ""


def _dates(form: TariffForm, item: FeeItemRow) -> dict[str, str]:
    if form.valid_to is not None and form.valid_to < form.valid_from:
        return {"valid_to": f"止日早于起日 {form.valid_from}：改晚，或留空表示长期"}
    if item.valid_to is not None and form.valid_from > item.valid_to:
        return {"valid_from": f"{item.name}收到 {item.valid_to} 为止：选那天以前，或先改项目的停收日"}
    return {}


def _scope(form: TariffForm, facts: TariffFacts) -> dict[str, str]:
    item, problems = facts.item, dict[str, str]()
    if form.building_id is not None and form.building_id not in facts.buildings:
        problems["building_id"] = "这栋楼已经不在了：选别的楼栋"
    elif form.building_id is not None and item.building_ids and form.building_id not in item.building_ids:
        problems["building_id"] = f"{item.name}不收{facts.buildings[form.building_id]}：选别的楼，或先改项目的楼栋"
    if form.room_kind is not None and item.room_kinds and form.room_kind not in item.room_kinds:
        problems["room_kind"] = f"{item.name}不收{KIND_WORDS[form.room_kind]}：选别的，或先改项目的房间类型"
    return problems


def _overlap(form: TariffForm, overlap: Overlap) -> tuple[str, str]:
    """Where the sentence stands, and the sentence: the days that would have two prices, and what to do."""
    other, days = overlap.other, overlap.days
    price = price_words(other)
    span = span_words(other.valid_from, other.valid_to)
    if other.valid_from == form.valid_from:
        return "valid_from", f"{other.valid_from} 起已有 {price}：选别的日子，或改那一条"
    if other.valid_from > form.valid_from:
        return "valid_to", f"和 {price}（{span}）重叠：止日填 {other.valid_from - ONE_DAY} 或以前"
    if other.valid_to is None:
        return "valid_from", f"和 {price}（{span}）重叠：选 {other.valid_from - ONE_DAY} 以前的日子，或先给那一段填止日"
    return "valid_from", (
        f"和 {price}（{span}）重叠 {days.days} 天：从 {other.valid_to + ONE_DAY} 起，或先把那一段的止日改早"
    )


def _billed(form: TariffForm, facts: TariffFacts, plan: Plan, tariff_id: UUID) -> tuple[str, str] | None:
    """Days that were billed would have another price."""
    found = last_other_day(facts.item, facts.rows, plan.after, facts.billed)
    if found is None:
        return None
    whose, day = found
    where = scope_words((whose.building_id, whose.room_kind), facts.buildings)
    old = next((row for row in facts.rows if row.id == tariff_id), None)
    if old is None:
        return "valid_from", f"{where}已按原价出账到 {day}：新价格从 {day + ONE_DAY} 起"
    if form.valid_from != old.valid_from:
        return "valid_from", f"{where}已按这个价出账到 {day}，起日不能改：从 {day + ONE_DAY} 起新增一个价格"
    if form.valid_to != old.valid_to and form.valid_to is not None and form.valid_to < day:
        return "valid_to", f"{where}已按这个价出账到 {day}：止日选那天或以后"
    name = "tiers" if form.tiers else "unit_price"
    return name, f"{where}已按这个价出账到 {day}，不能改：从 {day + ONE_DAY} 起新增一个价格"


def _earlier(form: TariffForm, facts: TariffFacts) -> bool:
    return any(row.scope == form.scope and row.valid_from < form.valid_from for row in facts.rows)


def _goes_on(form: TariffForm, facts: TariffFacts, plan: Plan) -> bool:
    """Whether something is charged on the day after the last one."""
    assert form.valid_to is not None
    after = form.valid_to + ONE_DAY
    if facts.item.valid_to is not None and after > facts.item.valid_to:
        return True
    rows: Sequence[TariffRow] = [row for row in plan.after if row.scope == form.scope or wider(row.scope, form.scope)]
    return any(row.valid_from >= after and row.scope == form.scope for row in rows) or any(
        row.valid_from <= after and (row.valid_to is None or row.valid_to >= after) for row in rows
    )


def _days(gap: Gap) -> str:
    days = gap.days
    return f"{days.start} 一天" if days.days == 1 else f"{days.start} 至 {days.end}（{days.days} 天）"
