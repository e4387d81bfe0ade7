"""Who is behind an amount: who billed it, who set its price, who read the meter, who took it back, and when.

The arithmetic stands on the line itself; here are the people. Asked for one bill at a time, when its page is open.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill, BillLine
from desktop.models.fees import RoomFee, Tariff
from desktop.models.leases import Lease
from desktop.models.meters import Reading
from desktop.models.places import Room
from desktop.models.values import FeeBasis, Right, RoomKind
from desktop.services import one_off, timeline
from desktop.services.changes import last_touch
from desktop.services.fee_catalogue import (
    Catalogue,
    catalogue_from,
    items_of,
    room_fee_for,
    room_fees_of,
    tariff_for,
    tariffs_of,
)
from desktop.services.fee_words import plain
from desktop.services.rights import needs
from desktop.services.work import Look


@needs(Right.SEE_BILLS)
def origins_of_lines(look: Look, bill_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """{line: sentences} of a bill: 出账：周砚秋 11-01 09:12；单价：苏见山 10-20 15:00 录入，皖价〔2020〕12 号."""
    lines = look.session.execute(
        sa.select(
            BillLine.id, BillLine.source_key, BillLine.period_start, BillLine.period_end, BillLine.room_id,
            BillLine.fee_item_id, BillLine.lease_id, BillLine.reverses_id, BillLine.created_at,
            StaffMember.name.label("who"), Bill.run_id, Bill.issued_on, Room.building_id, Room.kind.label("room_kind"),
        )
        .join(Bill, Bill.id == BillLine.bill_id)
        .outerjoin(StaffMember, StaffMember.id == BillLine.created_by)
        .outerjoin(Room, Room.id == BillLine.room_id)
        .where(BillLine.bill_id == bill_id)
    ).all()  # fmt: skip
    catalogues: dict[UUID, Catalogue] = {}
    found = {}
    for line in lines:
        told = [_posted_by(look, line)]
        if line.reverses_id is None and line.fee_item_id is None and line.lease_id is not None:
            told.append(f"条款：租约由 {_made_by(look, Lease, line.lease_id)} 登记")
        elif line.reverses_id is None and line.fee_item_id is not None:
            if line.fee_item_id not in catalogues:
                catalogues[line.fee_item_id] = _catalogue(look, line.fee_item_id, line.room_id)
            told += _price(look, catalogues[line.fee_item_id], line)
            told += _readings(look, line.source_key)
        found[line.id] = tuple(told)
    return found


def _posted_by(look: Look, line: Any) -> str:
    if line.reverses_id is not None:
        act = "撤回"
    elif line.source_key.startswith(one_off.SOURCE):
        act = "开单"
    elif line.run_id is not None:
        act = "出账"
    else:
        act = "入账"
    return f"{act}：{line.who or '程序'} {timeline.moment_words(look, line.created_at)}"


def _made_by(look: Look, model: type[Any], row_id: UUID) -> str:
    """Who made a row, and when: 周砚秋 11-01 09:12."""
    row = look.session.execute(
        sa.select(model.created_at, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == model.created_by)
        .where(model.id == row_id)
    ).one()
    return f"{row.name or '程序'} {timeline.moment_words(look, row.created_at)}"


def _catalogue(look: Look, item_id: UUID, room_id: UUID | None) -> Catalogue:
    fees = room_fees_of(look, item_id, room_id) if room_id is not None else []
    return catalogue_from(items_of(look, item_id), tariffs_of(look, item_id), fees)


def _price(look: Look, catalogue: Catalogue, line: Any) -> list[str]:
    """Who set the price of a line's days, its paper, and whether somebody touched it after the line was billed."""
    item = catalogue.by_id.get(line.fee_item_id)
    if item is None or item.basis is FeeBasis.ONE_OFF or line.room_kind is None:
        return []
    day: date = line.period_start if item.basis not in (FeeBasis.METER, FeeBasis.SHARED) else line.period_end
    told = []
    fee = room_fee_for(catalogue, item.id, line.room_id, day)
    if fee is not None:
        reason = f"，{fee.reason}" if fee.reason else ""
        told.append(f"本房约定：{last_touch(look, look.session.get_one(RoomFee, fee.id))}{reason}")
    tariff = tariff_for(catalogue, item.id, line.building_id, RoomKind(line.room_kind), day)
    if tariff is not None and (fee is None or fee.unit_price is None):
        row = look.session.get_one(Tariff, tariff.id)
        paper = f"，{tariff.document}" if tariff.document else ""
        told.append(f"单价：{last_touch(look, row)}{paper}")
        if row.updated_at > line.created_at:
            told.append("出账以后这条单价又改过：重新出账会按新价格补差")
    return told


def _readings(look: Look, source_key: str) -> list[str]:
    """The reading that ended a metered use, and each that took its place."""
    parts = source_key.split(":")
    if parts[0] != "meter":
        return []
    wanted, told = UUID(hex=parts[2]), list[str]()
    while True:
        row = look.session.execute(
            sa.select(Reading.id, Reading.value, Reading.read_on, Reading.remark, Reading.created_at, StaffMember.name)
            .outerjoin(StaffMember, StaffMember.id == Reading.created_by)
            .where(Reading.reverses_id == wanted if told else Reading.id == wanted)
        ).first()
        if row is None:
            return told
        word = "更正为" if told else "抄表"
        remark = f"，{row.remark}" if row.remark else ""
        told.append(
            f"{word}：{plain(row.value)}（{row.read_on}），{row.name or '程序'} "
            f"{timeline.moment_words(look, row.created_at)}{remark}"
        )
        wanted = row.id
