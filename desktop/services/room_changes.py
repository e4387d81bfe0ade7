"""Rooms changed afterwards: split 拆分, merged 合并, renumbered 改号, pulled down; owners 业主 with their shares.

Nothing that happened in a room is moved: the old room stays with its leases and money, retired from a day on, and the
new one knows where it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseRoom
from desktop.models.parties import Party
from desktop.models.places import Building, Ownership, Room, RoomNumber, RoomOrigin
from desktop.models.values import LeaseState, ReservationState, Right, RoomCondition, RoomKind
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.leases import INSIDE
from desktop.services.places import RoomDraft
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

NUMBER_LIMIT = 12


class RoomBusy(DomainError):
    """The room cannot go: somebody lives in it, will, or holds it. `why` names them."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}：退租、撤销或解除预订之后再改")
        self.why = why


@dataclass(frozen=True, slots=True)
class OwnerForm:
    """One owner and how much of the room is theirs; `share` 1 is the whole."""

    party_id: UUID
    share: Decimal
    owner_occupied: bool = False


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner as the room's page shows them."""

    party_id: UUID
    name: str
    share: Decimal
    owner_occupied: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a room came from, or what became of it."""

    room_id: UUID
    words: str
    kind: str
    """split | merge."""
    on: date
    into: bool
    """True: this room went into that one."""


# ---- splitting and merging -----------------------------------------------------------------------------------------


def split_problems(parts: Sequence[RoomDraft], taken: Sequence[str], area: Decimal | None) -> dict[str, str]:
    """What is still to be mended of a split. `taken`: numbers in use in the building, `area`: of the room, in m²."""
    if len(parts) < 2:
        return {"parts": "拆成两间以上"}
    return _draft_problems(parts, taken, area)


def _draft_problems(drafts: Sequence[RoomDraft], taken: Sequence[str], area: Decimal | None) -> dict[str, str]:
    numbers = [draft.number.strip() for draft in drafts]
    for number in numbers:
        if trouble := number_problem(number, [*taken, *(n for n in numbers if numbers.count(n) > 1)]):
            return {"parts": trouble}
    areas = [draft.area for draft in drafts if draft.area is not None]
    if any(each <= 0 for each in areas):
        return {"parts": "面积要大于 0"}
    if area is not None and sum(areas, Decimal(0)) > area:
        return {"parts": f"各间面积合计 {sum(areas)}，超过原来的 {area} m²"}
    return {}


def number_problem(number: str, taken: Sequence[str]) -> str:
    """Why a room number is not taken; "" when it is."""
    if not number:
        return "填写房号，例如 1203"
    if len(number) > NUMBER_LIMIT:
        return f"房号最多 {NUMBER_LIMIT} 个字"
    if number in taken:
        return f"{number} 已有，换一个房号"
    return ""


@needs(Right.EDIT_PLACES)
def split_room(work: Work, room_id: UUID, parts: Sequence[RoomDraft]) -> list[UUID]:
    """One room becomes several from today on. Raises ProblemsFound, RoomBusy."""
    old = work.get(Room, room_id)
    _refuse_busy(work, [room_id])
    if problems := split_problems(parts, numbers_in_use(work, old.building_id, but=[room_id]), old.area):
        raise ProblemsFound(problems)
    made = [_make(work, old, draft) for draft in parts]
    for room in made:
        work.add(RoomOrigin(room_id=room.id, from_room_id=old.id, kind="split", on=work.world.today()))
    _retire(work, [old])
    work.subject(old)
    work.record(split=len(made))
    return [room.id for room in made]


@needs(Right.EDIT_PLACES)
def merge_rooms(work: Work, room_ids: Sequence[UUID], into: RoomDraft) -> UUID:
    """Several rooms of one building become one from today on. Raises ProblemsFound, RoomBusy."""
    rooms = [work.get(Room, room_id) for room_id in dict.fromkeys(room_ids)]
    if len(rooms) < 2:
        raise ProblemsFound({"rooms": "选两间以上的房合并"})
    if len({room.building_id for room in rooms}) > 1:
        raise ProblemsFound({"rooms": "只能合并同一栋楼的房间"})
    _refuse_busy(work, [room.id for room in rooms])
    ids = [room.id for room in rooms]
    if problems := _draft_problems([into], numbers_in_use(work, rooms[0].building_id, but=ids), None):
        raise ProblemsFound({"into": problems["parts"]})
    made = _make(work, rooms[0], into)
    for room in rooms:
        work.add(RoomOrigin(room_id=made.id, from_room_id=room.id, kind="merge", on=work.world.today()))
    _retire(work, rooms)
    work.subject(made)
    work.record(merged=len(rooms))
    return made.id


@needs(Right.EDIT_PLACES)
def retire_room(work: Work, room_id: UUID, reason: str) -> None:
    """A room is no more from today on: pulled down, given back. Raises ProblemsFound without a reason, RoomBusy."""
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明原因，例如 已拆除、已交还业主"})
    room = work.get(Room, room_id)
    _refuse_busy(work, [room_id])
    _retire(work, [room])
    work.subject(room)
    work.record(retired=True, reason=reason.strip())


def _make(work: Work, like: Room, draft: RoomDraft) -> Room:
    room = work.add(
        Room(
            building_id=like.building_id, parent_id=like.parent_id, kind=draft.kind, number=draft.number.strip(),
            floor=draft.floor, area=draft.area, layout=(draft.layout or "").strip() or None,
            asking_rent=draft.asking_rent, habitable=draft.kind in (RoomKind.FLAT, RoomKind.ROOM, RoomKind.BED),
            capacity=None, condition=RoomCondition.DIRTY, condition_note=None, retired_on=None,
        )
    )  # fmt: skip
    work.add(RoomNumber(room_id=room.id, number=room.number, valid_from=work.world.today(), valid_to=None))
    return room


def _retire(work: Work, rooms: Sequence[Room]) -> None:
    today = work.world.today()
    for room in rooms:
        room.retired_on = today
    for row in work.session.scalars(
        sa.select(RoomNumber).where(
            RoomNumber.room_id.in_([room.id for room in rooms]),
            RoomNumber.valid_to.is_(None),
            RoomNumber.deleted_at.is_(None),
        )
    ):
        row.valid_to = max(row.valid_from, today - timedelta(days=1))


def _refuse_busy(look: Look, room_ids: Sequence[UUID]) -> None:
    inner = look.session.execute(
        sa.select(Room.number).where(Room.parent_id.in_(room_ids), Room.retired_on.is_(None), Room.deleted_at.is_(None))
    ).first()
    if inner is not None:
        raise RoomBusy(f"里面还有 {inner.number} 这样的分间")
    lease = look.session.execute(
        sa.select(Lease.number, Lease.state)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(
            LeaseRoom.room_id.in_(room_ids), LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
            LeaseRoom.valid_from <= LeaseRoom.valid_to,
            Lease.state.in_((*INSIDE, LeaseState.SIGNED, LeaseState.DRAFT)),
        )
        .limit(1)
    ).first()  # fmt: skip
    if lease is not None:
        raise RoomBusy(f"租约 {lease.number} 还没有结束")
    held = look.session.execute(
        sa.select(Party.name, Reservation.valid_to)
        .join(Party, Party.id == Reservation.party_id)
        .where(
            Reservation.room_id.in_(room_ids), Reservation.state == ReservationState.HELD,
            Reservation.deleted_at.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    if held is not None:
        raise RoomBusy(f"这间房为{held.name}留到 {held.valid_to}")


@part
def numbers_in_use(look: Look, building_id: UUID, but: Sequence[UUID] = ()) -> list[str]:
    """Numbers of the rooms that stand in a building today."""
    return list(
        look.session.scalars(
            sa.select(Room.number).where(
                Room.building_id == building_id, Room.retired_on.is_(None), Room.deleted_at.is_(None),
                Room.id.not_in(but),
            )
        )
    )  # fmt: skip


@needs(Right.SEE_BOARD)
def numbers_of_building(look: Look, room_id: UUID) -> list[str]:
    """Numbers that are taken beside this room, for the dialogs that give new ones."""
    return numbers_in_use(look, look.get(Room, room_id).building_id, but=[room_id])


# ---- numbers -------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_PLACES)
def renumber_room(work: Work, room_id: UUID, number: str, since: date) -> None:
    """The room bears another number from a day on, today or before; what was printed keeps the old one.

    Raises ProblemsFound by field: `number`, `since`.
    """
    room, today, number = work.get(Room, room_id), work.world.today(), number.strip()
    if trouble := number_problem(number, numbers_in_use(work, room.building_id, but=[room_id])):
        raise ProblemsFound({"number": trouble})
    if number == room.number:
        raise ProblemsFound({"number": f"现在就是 {number}，填新的房号"})
    if since > today:
        raise ProblemsFound({"since": "改号从今天或以前的日子起；以后的日子到时再改"})
    current = work.session.scalars(
        sa.select(RoomNumber)
        .where(RoomNumber.room_id == room_id, RoomNumber.deleted_at.is_(None))
        .order_by(RoomNumber.valid_from.desc(), RoomNumber.id.desc())
        .limit(1)
    ).first()
    if current is not None and since < current.valid_from:
        raise ProblemsFound({"since": f"{current.number} 从 {current.valid_from} 才开始用：选那天或之后"})
    if current is not None and since == current.valid_from:
        current.number = number
    else:
        if current is not None:
            current.valid_to = since - timedelta(days=1)
        work.add(RoomNumber(room_id=room_id, number=number, valid_from=since, valid_to=None))
    before, room.number = room.number, number
    work.subject(room)
    work.record(renumbered=f"{before} → {number}", since=since.isoformat())


# ---- owners --------------------------------------------------------------------------------------------------------


def owner_problems(owners: Sequence[OwnerForm]) -> dict[str, str]:
    """What is still to be mended of a room's owners: shares sum to exactly the whole. No owner at all is allowed."""
    if not owners:
        return {}
    if any(not 0 < owner.share <= 1 for owner in owners):
        return {"owners": "每位业主的份额大于 0，不超过 100%"}
    if len({owner.party_id for owner in owners}) < len(owners):
        return {"owners": "同一位业主列了两次，合成一行"}
    whole = sum((owner.share for owner in owners), Decimal(0))
    if whole != 1:
        return {"owners": f"份额合计 {whole * 100:.4f}%，要正好 100%".replace(".0000%", "%", 1)}
    return {}


@needs(Right.EDIT_PLACES)
def set_owners(work: Work, room_id: UUID, owners: Sequence[OwnerForm], since: date) -> None:
    """Who owns the room from a day on; earlier owners keep their days. Raises ProblemsFound: `owners`, `since`."""
    room = work.get(Room, room_id)
    if problems := owner_problems(owners):
        raise ProblemsFound(problems)
    for row in work.session.scalars(
        sa.select(Ownership).where(
            Ownership.room_id == room_id, Ownership.valid_to.is_(None), Ownership.deleted_at.is_(None)
        )
    ):
        if row.valid_from > since:
            raise ProblemsFound({"since": f"已有从 {row.valid_from} 起的业主：选那天或之后"})
        if row.valid_from == since:
            row.deleted_at = work.at
        else:
            row.valid_to = since - timedelta(days=1)
    for owner in owners:
        work.get(Party, owner.party_id)
        work.add(
            Ownership(
                room_id=room_id, party_id=owner.party_id, share=owner.share, owner_occupied=owner.owner_occupied,
                valid_from=since, valid_to=None,
            )
        )  # fmt: skip
    work.subject(room)
    work.record(owners=len(owners), since=since.isoformat())


@needs(Right.SEE_BOARD)
def owners_of(look: Look, room_id: UUID) -> list[OwnerRow]:
    """The owners of a room, today's first."""
    rows = look.session.execute(
        sa.select(Ownership, Party.name)
        .join(Party, Party.id == Ownership.party_id)
        .where(Ownership.room_id == room_id, Ownership.deleted_at.is_(None))
        .order_by(Ownership.valid_to.is_not(None), Ownership.valid_from.desc(), Ownership.share.desc(), Party.name)
    )
    return [
        OwnerRow(row.party_id, name, row.share, row.owner_occupied, row.valid_from, row.valid_to) for row, name in rows
    ]


@needs(Right.SEE_BOARD)
def origins_of(look: Look, room_id: UUID) -> list[Origin]:
    """Where a room came from, and what became of it."""
    other = sa.orm.aliased(Room)
    found = []
    for mine, theirs, into in (
        (RoomOrigin.room_id, RoomOrigin.from_room_id, False),
        (RoomOrigin.from_room_id, RoomOrigin.room_id, True),
    ):
        for row in look.session.execute(
            sa.select(other.id, other.number, Building.name, RoomOrigin.kind, RoomOrigin.on)
            .join(RoomOrigin, theirs == other.id)
            .join(Building, Building.id == other.building_id)
            .where(mine == room_id, RoomOrigin.deleted_at.is_(None))
            .order_by(other.number)
        ):
            found.append(Origin(row.id, f"{row.name} {row.number}", row.kind, row.on, into))
    return found
