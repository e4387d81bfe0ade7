"""The days of prices: which one a new price closes, what would overlap, where a gap is left, what was billed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.places import Room
from desktop.models.values import Period, RoomKind
from desktop.services.fee_catalogue import ONE_DAY, FeeItemRow, Scope, TariffRow, catalogue_from, tariff_runs
from desktop.services.rights import part
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class BilledDays:
    """From when to when an item was billed to rooms of a building and kind."""

    building_id: UUID
    room_kind: RoomKind
    days: Period


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another price of the same scope holds on some of the days."""

    other: TariffRow
    days: Period


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between two prices of a scope; `wider`: prices of a wider scope hold on all of them."""

    days: Period
    wider: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What storing a price means for the others of its scope."""

    after: tuple[TariffRow, ...]
    """All prices of the item as they would stand."""
    moved: TariffRow | None
    """The price before it, with the end it gets: the day before the new one begins."""
    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]


def plan_of(new: TariffRow, rows: Sequence[TariffRow], item: FeeItemRow) -> Plan:
    """What storing `new` means; `rows` are all prices of the item, among them perhaps its earlier version (same id).

    The open price ends the day before a new one; a corrected one takes along the price that ended the day before it.
    """
    old = next((row for row in rows if row.id == new.id), None)
    others = [row for row in rows if row.id != new.id]
    mine = sorted((row for row in others if row.scope == new.scope), key=lambda row: row.valid_from)
    moved = _before(new, old, mine)
    if moved is not None:
        others = [moved if row.id == moved.id else row for row in others]
        mine = [moved if row.id == moved.id else row for row in mine]
    overlaps = tuple(Overlap(row, days) for row in mine if (days := _common(row, new)) is not None)
    return Plan((*others, new), moved, overlaps, () if overlaps else _gaps(new, mine, others, item))


def plan_without(gone: TariffRow, rows: Sequence[TariffRow]) -> Plan:
    """What taking a price away means: the one that ended the day before it goes on in its place."""
    others = [row for row in rows if row.id != gone.id]
    before = next((row for row in others if row.scope == gone.scope and _adjoins(row, gone)), None)
    moved = replace(before, valid_to=gone.valid_to) if before is not None else None
    after = tuple(moved if moved is not None and row.id == moved.id else row for row in others)
    return Plan(after, moved, (), ())


def _before(new: TariffRow, old: TariffRow | None, mine: Sequence[TariffRow]) -> TariffRow | None:
    for row in mine:
        follows = row.valid_to is None if old is None else _adjoins(row, old)
        if follows and row.valid_from < new.valid_from and row.valid_to != new.valid_from - ONE_DAY:
            return replace(row, valid_to=new.valid_from - ONE_DAY)
    return None


def _adjoins(row: TariffRow, following: TariffRow) -> bool:
    return row.valid_to is not None and row.valid_to + ONE_DAY == following.valid_from


def _common(one: TariffRow, other: TariffRow) -> Period | None:
    start, end = max(one.valid_from, other.valid_from), min(one.valid_to or date.max, other.valid_to or date.max)
    return Period(start, end) if start <= end else None


def _gaps(new: TariffRow, mine: Sequence[TariffRow], others: Sequence[TariffRow], item: FeeItemRow) -> tuple[Gap, ...]:
    """The days between the new price and its neighbours of the same scope, as far as the item is charged."""
    found = []
    ends = [row.valid_to for row in mine if row.valid_to is not None and row.valid_to < new.valid_from]
    if ends and max(ends) + ONE_DAY < new.valid_from:
        found.append(Period(max(ends) + ONE_DAY, new.valid_from - ONE_DAY))
    if new.valid_to is not None:
        starts = [row.valid_from for row in mine if row.valid_from > new.valid_to]
        if starts and new.valid_to + ONE_DAY < min(starts):
            found.append(Period(new.valid_to + ONE_DAY, min(starts) - ONE_DAY))
    charged = [part for days in found if (part := _charged(days, item)) is not None]
    return tuple(Gap(days, covered(days, [row for row in others if wider(row.scope, new.scope)])) for days in charged)


def _charged(days: Period, item: FeeItemRow) -> Period | None:
    start, end = max(days.start, item.valid_from), min(days.end, item.valid_to or date.max)
    return Period(start, end) if start <= end else None


def wider(one: Scope, other: Scope) -> bool:
    """Whether the first scope takes in every room of the second, and more."""
    return one != other and all(mine is None or mine == theirs for mine, theirs in zip(one, other, strict=True))


def covered(days: Period, rows: Iterable[TariffRow]) -> bool:
    """Whether on each of the days at least one of the prices holds."""
    upto = days.start - ONE_DAY
    for row in sorted(rows, key=lambda each: each.valid_from):
        if row.valid_from <= upto + ONE_DAY:
            upto = max(upto, row.valid_to or date.max)
        if upto >= days.end:
            return True
    return False


# ---- what was billed -------------------------------------------------------------------------------------------------


def last_other_day(
    item: FeeItemRow, before: Sequence[TariffRow], after: Sequence[TariffRow], billed: Iterable[BilledDays]
) -> tuple[BilledDays, date] | None:
    """The latest day that was billed at a price and would have another one, or none, afterwards. None: no day."""
    old, new = catalogue_from([item], before), catalogue_from([item], after)
    worst: tuple[BilledDays, date] | None = None
    for each in billed:
        asked = (item.id, each.building_id, each.room_kind, each.days)
        now = tariff_runs(new, *asked)
        for days, row in tariff_runs(old, *asked):
            if row is None:  # nothing was charged on these days, whatever was billed before and behind them
                continue
            for piece, other in now:
                if piece.overlaps(days) and (other is None or terms_of(other) != terms_of(row)):
                    day = min(piece.end, days.end)
                    if worst is None or day > worst[1]:
                        worst = each, day
    return worst


def terms_of(row: TariffRow) -> tuple[object, ...]:
    """What of a price an amount is worked out from."""
    return (row.unit_price, row.tiers, row.tier_span if row.tiers else None, row.one_line if row.tiers else None,
            row.minimum, row.tax_rate)  # fmt: skip


@part
def billed_days(look: Look, item_id: UUID) -> tuple[BilledDays, ...]:
    """From when to when the item was billed, by building and kind of room; what was taken back does not count."""
    undone = sa.select(BillLine.reverses_id).where(BillLine.fee_item_id == item_id, BillLine.reverses_id.is_not(None))
    rows = look.session.execute(
        sa.select(
            Room.building_id, Room.kind, sa.func.min(BillLine.period_start).label("first"),
            sa.func.max(BillLine.period_end).label("last"),
        )
        .join(Room, Room.id == BillLine.room_id)
        .where(
            BillLine.fee_item_id == item_id, BillLine.reverses_id.is_(None), BillLine.id.not_in(undone),
            BillLine.period_start.is_not(None), BillLine.period_end.is_not(None),
        )
        .group_by(Room.building_id, Room.kind)
    )  # fmt: skip
    return tuple(BilledDays(row.building_id, row.kind, Period(row.first, row.last)) for row in rows)
