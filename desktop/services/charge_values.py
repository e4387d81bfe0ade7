"""What a plan of charges is made of and what comes of it: values that its parts share, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from desktop.models.values import NIL, DebtorRule, DiscountKind, MeterKind, Money, Period, RoomKind, total
from desktop.services.bearers import Bearer, RoomPast
from desktop.services.discounting import stack_off
from desktop.services.fee_catalogue import Catalogue, FeeItemRow, RoomFeeRow, TariffRow, discounts_on
from desktop.services.month_lines import PlannedLine, plain_number
from desktop.services.schedule import PlannedBill
from desktop.services.tariff_rating import TOP_UP


@dataclass(frozen=True, slots=True)
class RoomToBill:
    """A room as the bill run knows it."""

    id: UUID
    building_id: UUID
    kind: RoomKind
    area: Decimal | None
    inner_area: Decimal | None
    retired_on: date | None
    words: str
    """3 栋 1203."""
    past: RoomPast


@dataclass(frozen=True, slots=True)
class UseToBill:
    """What a meter of a room counted between two readings that follow each other."""

    meter_id: UUID
    room_id: UUID
    kind: MeterKind
    root_id: UUID
    """The later reading, or the first of a chain of corrections: the same bill whatever it is corrected to."""
    period: Period
    """The day after the earlier reading to the day of the later."""
    use: Decimal
    why: tuple[str, ...]
    lease_id: UUID | None
    """Of a reading at a handover: whose tenancy it ends."""
    estimated: bool = False
    trouble: str = ""
    """Why no use can be worked out; "" usually."""


@dataclass(frozen=True, slots=True)
class ShareToBill:
    """A room's share of a cost that a house bears together."""

    charge_id: UUID
    fee_item_id: UUID
    period: Period
    room_id: UUID
    money: Money
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """Everything a plan is made of."""

    catalogue: Catalogue
    rooms: Sequence[RoomToBill]
    """In the order of buildings, floors and numbers."""
    uses: Sequence[UseToBill] = ()
    """Of the span, and of the year before it where a ladder runs over a year."""
    shares: Sequence[ShareToBill] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """One bill to be, of one fee item, room and debtor."""

    source: str
    """With `bill.source_key` it is the bill's own: the same run twice finds it."""
    item: FeeItemRow
    room: RoomToBill
    bearer: Bearer
    period: Period
    title: str
    bill: PlannedBill

    @property
    def key(self) -> str:
        return f"{self.source}:{self.bill.source_key}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Days of a room for which an item is not billed, and why; what to do stands in the reason."""

    item: FeeItemRow
    room: RoomToBill
    period: Period
    reason: str
    expected: bool = False
    """Nothing is wrong: the room is exempt, or pays with its lease."""


@dataclass(slots=True)
class Plan:
    """What a span of days comes to."""

    charges: list[Charge] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def discount_lines(
    catalogue: Catalogue, item: FeeItemRow, bearer: Bearer, day: date, key: str, lines: Sequence[PlannedLine],
    months: int,
) -> list[PlannedLine]:  # fmt: skip
    """What the office's rules take off a bill, each on a line that says so."""
    earned = [
        rule for rule in discounts_on(catalogue, item.id, day) if is_earned(rule.kind, rule.threshold, bearer, months)
    ]
    base = total(line.money for line in lines)
    if not earned or base <= NIL:
        return []
    taken, left, found = stack_off(base, [rule.percent for rule in earned]), base, []
    for number, (rule, off) in enumerate(zip(earned, taken, strict=True), 1):
        if off:
            why = f"{rule.name}：{left} × {plain_number(rule.percent)}% = {off}"
            found.append(
                PlannedLine(
                    f"{key}/off{number}", item.fee_type, lines[0].period, Decimal(-1), "项", Decimal(off.fen) / 100,
                    -off, rule.name, (why,), lines[0].tax_rate, item.id,
                )
            )  # fmt: skip
            left -= off
    return found


def is_earned(kind: DiscountKind, threshold: int, bearer: Bearer, months: int) -> bool:
    """Whether a discount is earned when the bill is made; early payment is earned at the till."""
    match kind:
        case DiscountKind.VACANCY:
            return bearer.vacant
        case DiscountKind.LOYAL_RENEWAL:
            return bearer.stay is not None and bearer.stay.renewals >= max(threshold, 1)
        case DiscountKind.PREPAY_MONTHS:
            return months >= max(threshold, 1)
        case DiscountKind.EARLY_PAYMENT:
            return False


def price_words(tariff: TariffRow | None, fee: RoomFeeRow | None) -> str:
    """By which rule a price holds: the tariff with its day and the paper that allows it, or the room's own."""
    if fee is not None and fee.unit_price is not None:
        return f"本房间另定单价 {plain_number(fee.unit_price)}，{fee.valid_from} 起" + _paper(fee.reason)
    if tariff is None:
        return ""
    price = "阶梯价" if tariff.tiers else f"单价 {plain_number(tariff.unit_price or Decimal(0))}"
    return f"{price}，{tariff.valid_from} 起" + _paper(tariff.document)


def _paper(words: str | None) -> str:
    return f"（{words}）" if words else ""


def top_up_line(item: FeeItemRow, key: str, period: Period, missing: Money, tariff: TariffRow) -> PlannedLine:
    return PlannedLine(
        key, item.fee_type, period, Decimal(1), "项", Decimal(missing.fen) / 100, missing, TOP_UP,
        (f"不足最低消费 {tariff.minimum}，补 {missing}",), tariff.tax_rate, item.id,
    )  # fmt: skip


def charge_of(
    item: FeeItemRow, room: RoomToBill, bearer: Bearer, period: Period, source: str, key: str,
    lines: Sequence[PlannedLine], due_from: date, today: date,
) -> Charge:  # fmt: skip
    due = max(due_from + timedelta(days=item.due_days), today)
    bill = PlannedBill(key, 0, item.fee_type, period, due, tuple(lines))
    same_month = (period.start.year, period.start.month) == (period.end.year, period.end.month)
    months = f"{period.start:%Y-%m}" if same_month else f"{period.start:%Y-%m} 至 {period.end:%Y-%m}"
    return Charge(source, item, room, bearer, period, f"{item.name} {months}", bill)


def nobody_owes(rule: DebtorRule) -> tuple[str, bool]:
    """(why nobody owes, whether that is as it should be)."""
    if rule is DebtorRule.TENANT_ONLY:
        return "没有租客，不收", True
    if rule is DebtorRule.OWNER:
        return "没有登记业主：在房间里登记", False
    return "空置，也没有登记业主", True
