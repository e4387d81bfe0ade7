"""What the words of the fee catalogue are called: how a fee is worked out, who owes it, its price, its discounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from desktop.models.values import AreaKind, DebtorRule, DiscountKind, FeeBasis, FeeType, MeterKind, RoomKind, TierSpan
from desktop.services.fee_catalogue import DiscountRow, FeeItemRow, Scope, TariffRow, Tiers
from desktop.services.handover import METER_UNITS

BASIS_WORDS: dict[FeeBasis, str] = {
    FeeBasis.AREA: "按面积", FeeBasis.MONTHLY: "按月定额", FeeBasis.PIECE: "按个数", FeeBasis.METER: "按表计",
    FeeBasis.SHARED: "公摊", FeeBasis.ONE_OFF: "一次性",
}  # fmt: skip
DEBTOR_WORDS: dict[DebtorRule, str] = {
    DebtorRule.OCCUPANT: "住户（空房找业主）", DebtorRule.OWNER: "业主", DebtorRule.TENANT_ONLY: "租客（空房不收）",
}  # fmt: skip
DEBTOR_SHORT: dict[DebtorRule, str] = {
    DebtorRule.OCCUPANT: "住户", DebtorRule.OWNER: "业主", DebtorRule.TENANT_ONLY: "租客",
}  # fmt: skip
AREA_WORDS: dict[AreaKind, str] = {AreaKind.BUILDING: "建筑面积", AreaKind.INNER: "套内面积"}
SPAN_WORDS: dict[TierSpan, str] = {TierSpan.BILL: "按月分档", TierSpan.YEAR: "按年累计分档"}
DISCOUNT_WORDS: dict[DiscountKind, str] = {
    DiscountKind.LOYAL_RENEWAL: "老租户续约", DiscountKind.PREPAY_MONTHS: "一次预缴几个月",
    DiscountKind.EARLY_PAYMENT: "提前缴费", DiscountKind.VACANCY: "房间空置",
}  # fmt: skip
THRESHOLD_UNITS: dict[DiscountKind, str] = {
    DiscountKind.LOYAL_RENEWAL: "次", DiscountKind.PREPAY_MONTHS: "个月", DiscountKind.EARLY_PAYMENT: "天",
    DiscountKind.VACANCY: "",
}  # fmt: skip
KIND_WORDS: dict[RoomKind, str] = {
    RoomKind.FLAT: "住房", RoomKind.ROOM: "单间", RoomKind.BED: "床位", RoomKind.SHOP: "商铺", RoomKind.PARKING: "车位",
    RoomKind.STORE: "储藏间",
}  # fmt: skip
METERS_OF: dict[FeeType, tuple[MeterKind, ...]] = {
    FeeType.WATER: (MeterKind.WATER, MeterKind.HOT_WATER), FeeType.ELECTRICITY: (MeterKind.ELECTRICITY,),
    FeeType.GAS: (MeterKind.GAS,), FeeType.HEATING: (MeterKind.HEAT, MeterKind.HOT_WATER),
}  # fmt: skip
"""The meters that count what a fee type charges for."""


def cycle_words(months: int) -> str:
    """每月, 每季, 每半年, 每年, 每 2 个月."""
    return {1: "每月", 3: "每季", 6: "每半年", 12: "每年"}.get(months, f"每 {months} 个月")


def quantity_unit(item: FeeItemRow) -> str:
    """What one unit of the price stands for: m², 车位, 度; 月 for a sum a month."""
    match item.basis:
        case FeeBasis.AREA:
            return "m²"
        case FeeBasis.PIECE:
            return item.unit or "个"
        case FeeBasis.METER | FeeBasis.SHARED:
            return METER_UNITS[item.meter_kind] if item.meter_kind is not None else "单位"
        case FeeBasis.MONTHLY:
            return "月"
        case FeeBasis.ONE_OFF:
            return item.unit or "次"


def price_unit(item: FeeItemRow) -> str:
    """元/m²·月, 元/车位·月, 元/度, 元/月, 元/次."""
    per_month = item.basis in (FeeBasis.AREA, FeeBasis.PIECE)
    return f"元/{quantity_unit(item)}{'·月' if per_month else ''}"


def plain(number: Decimal) -> str:
    """A number as people write it: 180, 3.45, 0.5583; no zeros behind."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(price: Decimal) -> str:
    """A price with at least two places: 2.80, 0.558300 → 0.5583."""
    text = plain(price)
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<2}"


def tier_words(tiers: Tiers) -> list[str]:
    """180 以内 3.45, 180–260 4.83, 260 以上 5.83."""
    words, below = [], None
    for upto, price in tiers:
        if upto is None:
            where = f"{plain(below)} 以上" if below is not None else "不分档"
        elif below is None:
            where = f"{plain(upto)} 以内"
        else:
            where = f"{plain(below)}–{plain(upto)}"
        words.append(f"{where} {yuan(price)}")
        below = upto
    return words


def price_words(tariff: TariffRow) -> str:
    """The price in a few words, without its unit: 2.80, or 3 档 3.45–5.83."""
    if tariff.unit_price is not None:
        return yuan(tariff.unit_price)
    prices = sorted(price for _, price in tariff.tiers)
    if not prices:
        return "—"
    return f"{len(prices)} 档 {yuan(prices[0])}–{yuan(prices[-1])}" if len(prices) > 1 else yuan(prices[0])


def scope_words(scope: Scope, buildings: Mapping[UUID, str]) -> str:
    """全部房间, 1 栋, 商铺, 1 栋商铺."""
    building, kind = scope
    where = buildings.get(building, "已删除的楼栋") if building is not None else ""
    if kind is None:
        return where or "全部房间"
    return f"{where}{KIND_WORDS[kind]}"


def covers_words(item: FeeItemRow, buildings: Mapping[UUID, str], named: int = 0) -> str:
    """Which rooms an item is for: 全部房间, 1 栋、2 栋的住房, 登记的 12 间."""
    if item.basis is FeeBasis.ONE_OFF:
        return "按次开单"
    where = "、".join(name for each, name in buildings.items() if each in item.building_ids)
    kinds = "、".join(word for kind, word in KIND_WORDS.items() if kind in item.room_kinds)
    if item.every_room:
        return f"{where}的{kinds}" if where and kinds else where or (f"全部{kinds}" if kinds else "全部房间")
    return f"登记的 {named} 间"


def span_words(valid_from: object, valid_to: object | None) -> str:
    """2026-01-01 至 2026-12-31, 2026-01-01 起."""
    return f"{valid_from} 至 {valid_to}" if valid_to is not None else f"{valid_from} 起"


def discount_words(rule: DiscountRow) -> str:
    """What earns it: 续约 1 次及以上, 一次缴 12 个月及以上, 提前 5 天及以上, 房间空置."""
    match rule.kind:
        case DiscountKind.LOYAL_RENEWAL:
            return f"续约 {rule.threshold} 次及以上"
        case DiscountKind.PREPAY_MONTHS:
            return f"一次缴 {rule.threshold} 个月及以上"
        case DiscountKind.EARLY_PAYMENT:
            return f"提前 {rule.threshold} 天及以上缴清"
        case DiscountKind.VACANCY:
            return "房间空置"


def off_words(rule: DiscountRow, names: Mapping[UUID, str]) -> str:
    """What it is taken off: 租金、住宅物业费."""
    return "、".join([*(["租金"] if rule.of_rent else []), *(n for i, n in names.items() if i in rule.fee_item_ids)])
