"""What a bill run needs to know, read in one go: rooms with their tenancies and owners, uses of meters, shared costs.

Columns instead of rows: an office may have 100,000 rooms. `charges` works on what is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.places import Building, Ownership, Room
from desktop.models.pools import PoolCharge
from desktop.models.values import FeeBasis, LeaseRole, LeaseState, Period, TierSpan, add_months
from desktop.services import fee_catalogue, meter_uses, pool_split
from desktop.services.bearers import Owned, RoomPast, Stay
from desktop.services.charge_values import ChargeFacts, RoomToBill, ShareToBill, UseToBill
from desktop.services.charges import item_windows
from desktop.services.fee_catalogue import Catalogue
from desktop.services.leases import INSIDE
from desktop.services.month_lines import plain_number
from desktop.services.proration import ONE_DAY
from desktop.services.rent_discounts import count_renewals, renewed_of
from desktop.services.rights import part
from desktop.services.work import Look

NEVER_BEGAN = (LeaseState.DRAFT, LeaseState.CANCELLED)


@part
def charge_facts(look: Look, span: Period, building_id: UUID | None = None) -> ChargeFacts:
    """What is known of a span of days, of one building or of all."""
    catalogue = fee_catalogue.catalogue_of(look)
    reach = reach_of(catalogue, span)
    rooms = _rooms(look, reach, building_id)
    return ChargeFacts(catalogue, rooms, _uses(look, catalogue, span, building_id), _shares(look, catalogue, span))


def reach_of(catalogue: Catalogue, span: Period) -> Period:
    """The days over which something of the span may stretch: collecting periods it touches, readings that end in it."""
    starts, ends = [span.start], [span.end]
    for item in catalogue.items:
        for window in item_windows(item, span):
            starts.append(window.start)
            ends.append(window.end)
    if any(item.basis in (FeeBasis.METER, FeeBasis.SHARED) for item in catalogue.items):
        starts.append(add_months(span.start, -12))
    return Period(min(starts), max(ends))


def _rooms(look: Look, reach: Period, building_id: UUID | None) -> list[RoomToBill]:
    stays, owners = _stays(look, reach), _owners(look, reach)
    query = (
        sa.select(
            Room.id,
            Room.building_id,
            Room.kind,
            Room.area,
            Room.inner_area,
            Room.retired_on,
            Building.name,
            Room.number,
        )
        .join(Building, Building.id == Room.building_id)
        .where(
            Room.deleted_at.is_(None),
            Building.deleted_at.is_(None),
            sa.or_(Room.retired_on.is_(None), Room.retired_on > reach.start),
        )
        .order_by(Building.sort, Building.name, Room.floor, Room.number, Room.id)
    )
    if building_id is not None:
        query = query.where(Room.building_id == building_id)
    nobody = RoomPast()
    return [
        RoomToBill(
            *row[:6], f"{row.name} {row.number}",
            RoomPast(_in_turn(stays.get(row.id, ())), tuple(owners.get(row.id, ())))
            if row.id in stays or row.id in owners else nobody,
        )
        for row in look.connection.execute(query)
    ]  # fmt: skip


def _stays(look: Look, reach: Period) -> dict[UUID, list[Stay]]:
    """Tenancies of the reach by room, the earliest first."""
    renewed = renewed_of(look)
    with_fee = set(
        look.connection.scalars(
            sa.select(LeaseTerm.lease_id).where(
                LeaseTerm.property_fee_price.is_not(None), LeaseTerm.deleted_at.is_(None)
            )
        )
    )
    last_room = sa.func.max(LeaseRoom.valid_from).over(partition_by=LeaseRoom.lease_id).label("last_from")
    query = (
        sa.select(
            LeaseRoom.room_id, LeaseRoom.lease_id, LeaseParty.party_id, LeaseRoom.valid_from, LeaseRoom.valid_to,
            Lease.state, last_room,
        )
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .where(
            Lease.state.not_in(NEVER_BEGAN), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
            LeaseParty.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to,
            LeaseRoom.valid_from <= reach.end, sa.or_(LeaseRoom.valid_to >= reach.start, Lease.state.in_(INSIDE)),
        )
        .order_by(LeaseRoom.room_id, LeaseRoom.valid_from, LeaseRoom.id)
    )  # fmt: skip
    found: dict[UUID, list[Stay]] = {}
    for row in look.connection.execute(query):
        # Past its last day a tenant who has not left still lives there (Civil Code 734).
        stayed = row.state in INSIDE and row.valid_from == row.last_from
        found.setdefault(row.room_id, []).append(
            Stay(
                row.lease_id, row.party_id, row.valid_from, None if stayed else row.valid_to,
                count_renewals(renewed, row.lease_id), row.lease_id in with_fee,
            )
        )  # fmt: skip
    return found


def _in_turn(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Whoever has not left by the book is out when the next one comes."""
    found: list[Stay] = []
    for stay in stays:
        if found and (found[-1].end is None or found[-1].end >= stay.start):
            found[-1] = replace(found[-1], end=stay.start - ONE_DAY)
        found.append(stay)
    return tuple(each for each in found if each.end is None or each.start <= each.end)


def _owners(look: Look, reach: Period) -> dict[UUID, list[Owned]]:
    """Owners of the reach by room, the largest share first."""
    query = (
        sa.select(
            Ownership.room_id, Ownership.party_id, Ownership.owner_occupied, Ownership.valid_from, Ownership.valid_to
        )
        .where(
            Ownership.deleted_at.is_(None), Ownership.valid_from <= reach.end,
            sa.or_(Ownership.valid_to.is_(None), Ownership.valid_to >= reach.start),
        )
        .order_by(Ownership.room_id, Ownership.share.desc(), Ownership.valid_from, Ownership.id)
    )  # fmt: skip
    found: dict[UUID, list[Owned]] = {}
    for row in look.connection.execute(query):
        found.setdefault(row.room_id, []).append(Owned(*row[1:]))
    return found


def _uses(look: Look, catalogue: Catalogue, span: Period, building_id: UUID | None) -> list[UseToBill]:
    metered = [item for item in catalogue.items if item.basis is FeeBasis.METER]
    if not metered:
        return []
    by_year = any(
        tariff.tier_span is TierSpan.YEAR
        for item in metered
        for rows in catalogue.tariffs.get(item.id, {}).values()
        for tariff in rows
    )
    first = date(span.start.year, 1, 1) if by_year else span.start
    return [
        _use(each, each.room_id)
        for each in meter_uses.metered_uses(look, first, span.end, building_id)
        if each.room_id is not None
    ]


def _use(each: meter_uses.MeteredUse, room_id: UUID) -> UseToBill:
    return UseToBill(
        each.meter_id, room_id, each.kind, each.root_id, Period(each.start, each.end), each.use, _use_words(each),
        each.lease_id, each.estimated, each.trouble,
    )  # fmt: skip


def _use_words(each: meter_uses.MeteredUse) -> tuple[str, ...]:
    """How a use came about, a line a meter: 上次 1,234 → 本次 1,250，用量 16."""
    words = []
    for piece in each.pieces:
        meter = f"{piece.serial}：" if len(each.pieces) > 1 and piece.serial else ""
        times = f" × 倍率 {plain_number(piece.multiplier)}" if piece.multiplier != 1 else ""
        over = "（过零）" if piece.rolled_over else ""
        words.append(
            f"{meter}上次 {plain_number(piece.earlier)}，本次 {plain_number(piece.later)}{over}{times}，"
            f"用量 {plain_number(piece.use)}"
        )
    return (*words, *(["本次为估读，下次抄表后多退少补"] if each.estimated else []))


def _shares(look: Look, catalogue: Catalogue, span: Period) -> list[ShareToBill]:
    if not any(item.basis is FeeBasis.SHARED for item in catalogue.items):
        return []
    ended = sa.select(PoolCharge.id).where(
        PoolCharge.period_end.between(span.start, span.end),
        PoolCharge.reverses_id.is_(None),
        PoolCharge.id.not_in(sa.select(PoolCharge.reverses_id).where(PoolCharge.reverses_id.is_not(None))),
    )
    charge_ids = list(look.connection.scalars(ended.order_by(PoolCharge.id)))
    return [
        ShareToBill(each.charge_id, each.fee_item_id, each.period, each.room_id, each.money, each.lines)
        for each in pool_split.pool_shares(look, charge_ids)
    ]
