"""Rooms changed afterwards: split 拆分, merged 合并, renumbered 改号, struck off 注销, and all of it taken back.

Nothing that happened in a room is moved: the old room stays with its leases and money, retired from a day on, and the
new one knows where it came from. The day is today or one since which nobody had the room.
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
from desktop.models.places import Building, Room, RoomNumber, RoomOrigin
from desktop.models.values import LeaseState, ReservationState, Right, RoomCondition, RoomKind
from desktop.services import places, timeline
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
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


def split_problems(
    parts: Sequence[RoomDraft], taken: Sequence[str], area: Decimal | None, reason: str = ""
) -> dict[str, str]:
    """What is still to be mended of a split. `taken`: numbers in use in the building, `area`: of the room, in m²."""
    if len(parts) < 2:
        return {"parts": "拆成两间以上"}
    return _draft_problems(parts, taken) | _area_problems([part.area for part in parts], area, reason)


def merge_problems(
    into: RoomDraft, taken: Sequence[str], areas: Sequence[Decimal | None], reason: str = ""
) -> dict[str, str]:
    """What is still to be mended of a merge. `areas`: of the rooms that go, in m²; None: not known."""
    if len(areas) < 2:
        return {"rooms": "选两间以上的房合并"}
    found = _draft_problems([into], taken)
    known = [area for area in areas if area is not None]
    whole = sum(known, Decimal(0)) if len(known) == len(areas) else None
    problems = {"into": found["parts"]} if found else {}
    return problems | _area_problems([into.area], whole, reason)


def _draft_problems(drafts: Sequence[RoomDraft], taken: Sequence[str]) -> dict[str, str]:
    numbers = [draft.number.strip() for draft in drafts]
    for number in numbers:
        if trouble := number_problem(number, [*taken, *(n for n in numbers if numbers.count(n) > 1)]):
            return {"parts": trouble}
    if any(draft.area is not None and draft.area <= 0 for draft in drafts):
        return {"parts": "面积要大于 0"}
    return {}


def _area_problems(new: Sequence[Decimal | None], old: Decimal | None, reason: str) -> dict[str, str]:
    """Areas stay what they were, or somebody says why not."""
    if old is None or len(reason.strip()) >= 2:
        return {}
    empty = sum(area is None for area in new)
    if empty:
        return {"reason": f"还有 {empty} 间没有填面积：填上，或写明原因"}
    whole = sum((area for area in new if area is not None), Decimal(0))
    if whole > old:
        return {"reason": f"面积合计 {whole}，超过原来的 {old} m²：改面积，或写明原因，例如 重新测绘"}
    if whole < old:
        return {"reason": f"面积合计 {whole}，比原来的 {old} m² 少 {old - whole}：改面积，或写明原因，例如 隔墙、过道"}
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


def day_problem(on: date | None, first: date, today: date) -> str:
    """Why a change cannot be of that day; "" when it can. `first`: since when nobody has had the rooms."""
    if on is None:
        return "填写从哪天起，例如今天"
    if on > today:
        return "从今天或以前的日子起；以后的日子到时再改"
    if on < first:
        return f"{first} 以前还有租约或别的房号：选那天或之后"
    return ""


@needs(Right.EDIT_PLACES)
def split_room(
    work: Work, room_id: UUID, parts: Sequence[RoomDraft], on: date | None = None, reason: str = ""
) -> list[UUID]:
    """One room becomes several from a day on, today when none is given; `reason`: why areas differ. Raises
    ProblemsFound, RoomBusy."""
    old, day = work.take(Room, room_id), on or work.world.today()
    _refuse_busy(work, [room_id])
    taken = places.numbers_in_use(work, old.building_id, but=[room_id])
    problems = split_problems(parts, taken, old.area, reason) | _late(work, [room_id], day)
    if problems:
        raise ProblemsFound(problems)
    made = [_make(work, old, draft, day) for draft in parts]
    for room in made:
        work.add(RoomOrigin(room_id=room.id, from_room_id=old.id, kind="split", on=day))
    _retire(work, [old], day)
    work.subject(old)
    work.record(split="、".join(room.number for room in made), since=day.isoformat(), **_why(reason))
    return [room.id for room in made]


@needs(Right.EDIT_PLACES)
def merge_rooms(
    work: Work, room_ids: Sequence[UUID], into: RoomDraft, on: date | None = None, reason: str = ""
) -> UUID:
    """Several rooms of one building become one from a day on, today when none is given; `reason`: why the area
    differs. Raises ProblemsFound, RoomBusy."""
    rooms = [work.take(Room, room_id) for room_id in dict.fromkeys(room_ids)]
    if len(rooms) < 2:
        raise ProblemsFound({"rooms": "选两间以上的房合并"})
    if len({room.building_id for room in rooms}) > 1:
        raise ProblemsFound({"rooms": "只能合并同一栋楼的房间"})
    ids, day = [room.id for room in rooms], on or work.world.today()
    _refuse_busy(work, ids)
    taken = places.numbers_in_use(work, rooms[0].building_id, but=ids)
    problems = merge_problems(into, taken, [room.area for room in rooms], reason) | _late(work, ids, day)
    if problems:
        raise ProblemsFound(problems)
    made = _make(work, rooms[0], into, day)
    for room in rooms:
        work.add(RoomOrigin(room_id=made.id, from_room_id=room.id, kind="merge", on=day))
    _retire(work, rooms, day)
    work.subject(made)
    work.record(merged="、".join(room.number for room in rooms), since=day.isoformat(), **_why(reason))
    return made.id


def _why(reason: str) -> dict[str, str]:
    return {"reason": reason.strip()} if reason.strip() else {}


def _late(look: Look, room_ids: Sequence[UUID], day: date) -> dict[str, str]:
    trouble = day_problem(day, _free_since(look, room_ids), look.world.today())
    return {"on": trouble} if trouble else {}


@needs(Right.EDIT_PLACES)
def take_back(work: Work, made: Sequence[UUID]) -> None:
    """A split or merge never was, while nothing has come to hang on the new rooms. Raises RoomUsed, ProblemsFound."""
    rooms = [work.take(Room, room_id) for room_id in made]
    origins = work.session.scalars(
        sa.select(RoomOrigin).where(RoomOrigin.room_id.in_(made), RoomOrigin.deleted_at.is_(None))
    ).all()
    if not origins:
        raise NotFound("这次改动")
    places.refuse_used(work, rooms)
    old = [work.take(Room, room_id) for room_id in dict.fromkeys(row.from_room_id for row in origins)]
    taken = places.numbers_in_use(work, rooms[0].building_id, but=made)
    for room in old:
        if trouble := number_problem(room.number, taken):
            raise ProblemsFound({"number": trouble})
    for row in origins:
        row.deleted_at = work.at
    places.drop_rooms(work, rooms)
    for room in old:
        room.retired_on = None
        current = _current_number(work, room.id)
        if current is not None:
            current.valid_to = None
    work.subject(old[0])
    work.record(taken_back="、".join(room.number for room in rooms))


@needs(Right.EDIT_PLACES)
def retire_room(work: Work, room_id: UUID, reason: str) -> None:
    """A room is no more from today on: pulled down, given back. Raises ProblemsFound without a reason, RoomBusy."""
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明原因，例如 已拆除、已交还业主"})
    room = work.take(Room, room_id)
    _refuse_busy(work, [room_id])
    _retire(work, [room], work.world.today())
    work.subject(room)
    work.record(retired=True, reason=reason.strip())


@needs(Right.EDIT_PLACES)
def restore_room(work: Work, room_id: UUID) -> None:
    """A room that was struck off stands again, under the number it bore. Raises ProblemsFound when that is taken."""
    room = work.take(Room, room_id)
    gone = work.session.scalar(
        sa.select(RoomOrigin.id).where(RoomOrigin.from_room_id == room_id, RoomOrigin.deleted_at.is_(None)).limit(1)
    )
    if gone is not None:
        raise DomainError("这间房已经拆分或合并成别的房：先撤销那次改动")
    if trouble := number_problem(room.number, places.numbers_in_use(work, room.building_id, but=[room_id])):
        raise ProblemsFound({"number": trouble})
    room.retired_on = None
    current = _current_number(work, room_id)
    if current is not None:
        current.valid_to = None
    work.subject(room)
    work.record(retired=False)


def _current_number(look: Look, room_id: UUID) -> RoomNumber | None:
    """The number a room bears, or bore last."""
    return look.session.scalars(
        sa.select(RoomNumber)
        .where(RoomNumber.room_id == room_id, RoomNumber.deleted_at.is_(None))
        .order_by(RoomNumber.valid_from.desc(), RoomNumber.id.desc())
        .limit(1)
    ).first()


def _make(work: Work, like: Room, draft: RoomDraft, day: date) -> Room:
    room = work.add(
        Room(
            building_id=like.building_id, parent_id=like.parent_id, kind=draft.kind, number=draft.number.strip(),
            floor=draft.floor, area=draft.area, layout=(draft.layout or "").strip() or None,
            asking_rent=draft.asking_rent, habitable=draft.kind in (RoomKind.FLAT, RoomKind.ROOM, RoomKind.BED),
            capacity=None, condition=RoomCondition.DIRTY, condition_note=None, retired_on=None,
        )
    )  # fmt: skip
    work.add(RoomNumber(room_id=room.id, number=room.number, valid_from=day, valid_to=None))
    return room


def _retire(work: Work, rooms: Sequence[Room], day: date) -> None:
    for room in rooms:
        room.retired_on = day
    for row in work.session.scalars(
        sa.select(RoomNumber).where(
            RoomNumber.room_id.in_([room.id for room in rooms]),
            RoomNumber.valid_to.is_(None),
            RoomNumber.deleted_at.is_(None),
        )
    ):
        row.valid_to = max(row.valid_from, day - timedelta(days=1))


def _refuse_busy(look: Look, room_ids: Sequence[UUID]) -> None:
    for why in busy_rooms(look, room_ids).values():
        raise RoomBusy(why)


@part
def busy_rooms(look: Look, room_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Which of these rooms cannot go, and why: rooms inside them, leases that are not over, reservations."""
    found: dict[UUID, str] = {}
    for inner in look.session.execute(
        sa.select(Room.parent_id, Room.number).where(
            Room.parent_id.in_(room_ids), Room.retired_on.is_(None), Room.deleted_at.is_(None)
        )
    ):
        if inner.parent_id is not None:
            found.setdefault(inner.parent_id, f"里面还有 {inner.number} 这样的分间")
    for lease in look.session.execute(
        sa.select(LeaseRoom.room_id, Lease.number)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .where(
            LeaseRoom.room_id.in_(room_ids), LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
            LeaseRoom.valid_from <= LeaseRoom.valid_to,
            Lease.state.in_((*INSIDE, LeaseState.SIGNED, LeaseState.DRAFT)),
        )
    ):  # fmt: skip
        found.setdefault(lease.room_id, f"租约 {lease.number} 还没有结束")
    for held in look.session.execute(
        sa.select(Reservation.room_id, Party.name, Reservation.valid_to)
        .join(Party, Party.id == Reservation.party_id)
        .where(
            Reservation.room_id.in_(room_ids), Reservation.state == ReservationState.HELD,
            Reservation.deleted_at.is_(None),
        )
    ):  # fmt: skip
        found.setdefault(held.room_id, f"这间房为{held.name}留到 {held.valid_to}")
    return found


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A room that may be merged with another; `busy` says why not."""

    id: UUID
    number: str
    floor: int
    area: Decimal | None
    busy: str = ""


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What the dialogs that change a room need to know beforehand."""

    place: places.RoomPlace
    busy: str
    """Why the room can be neither split, merged nor struck off now; "" when it can."""
    free_since: date
    """The first day from which it may be changed."""
    number_since: date
    taken: tuple[str, ...]
    """Numbers of the other rooms of the building."""
    neighbours: tuple[Neighbour, ...]
    """The other rooms of the building, those of the same floor first."""


@needs(Right.EDIT_PLACES)
def change_facts(look: Look, room_id: UUID) -> ChangeFacts:
    """The facts behind splitting, merging, renumbering and striking off one room. Raises NotFound."""
    room = look.get(Room, room_id)
    others = look.session.scalars(
        sa.select(Room)
        .where(
            Room.building_id == room.building_id, Room.id != room_id, Room.retired_on.is_(None),
            Room.deleted_at.is_(None), Room.parent_id.is_(None) if room.parent_id is None
            else Room.parent_id == room.parent_id,
        )
        .order_by(Room.floor, sa.func.length(Room.number), Room.number)
    ).all()  # fmt: skip
    why = busy_rooms(look, [room_id, *(other.id for other in others)])
    near = sorted(others, key=lambda other: (other.floor != room.floor, abs(other.floor - room.floor)))
    current = _current_number(look, room_id)
    return ChangeFacts(
        places.place_of(look, room_id), why.get(room_id, ""), _free_since(look, [room_id]),
        current.valid_from if current is not None else look.world.today(),
        tuple(places.numbers_in_use(look, room.building_id, but=[room_id])),
        tuple(Neighbour(o.id, o.number, o.floor, o.area, why.get(o.id, "")) for o in near),
    )  # fmt: skip


def _free_since(look: Look, room_ids: Sequence[UUID]) -> date:
    """Since when nobody has had any of the rooms, and they have borne their numbers."""
    latest = [date.min]
    for row in look.session.execute(
        sa.select(LeaseRoom.valid_to, Lease.moved_out_on)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .where(
            LeaseRoom.room_id.in_(room_ids), LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
            LeaseRoom.valid_from <= LeaseRoom.valid_to, Lease.state != LeaseState.CANCELLED,
        )
    ):  # fmt: skip
        latest.append(row.moved_out_on or row.valid_to)
    latest += look.session.scalars(
        sa.select(sa.func.max(RoomNumber.valid_from)).where(
            RoomNumber.room_id.in_(room_ids), RoomNumber.deleted_at.is_(None)
        )
    ).all()  # fmt: skip
    return max(day for day in latest if day is not None)


# ---- numbers -------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_PLACES)
def renumber_room(work: Work, room_id: UUID, shown: str, number: str, since: date) -> None:
    """The room bears another number from a day on, today or before; what was printed keeps the old one.

    `shown`: the number that stood on the screen. Raises ProblemsFound by field: `number`, `since`; RowChanged with both
    numbers when somebody gave it another one first. What else was changed of the room does not matter.
    """
    room, today, number = work.take(Room, room_id), work.world.today(), number.strip()
    if room.number != shown:
        by = last_changes(work, "room", [room_id])
        raise RowChanged({"number": room.number}, {"number": number}, *timeline.last_act(work, room_id), by)
    if trouble := number_problem(number, places.numbers_in_use(work, room.building_id, but=[room_id])):
        raise ProblemsFound({"number": trouble})
    if number == room.number:
        raise ProblemsFound({"number": f"现在就是 {number}，填新的房号"})
    if since > today:
        raise ProblemsFound({"since": "改号从今天或以前的日子起；以后的日子到时再改"})
    current = _current_number(work, room_id)
    if current is not None and since < current.valid_from:
        raise ProblemsFound({"since": f"{current.number} 从 {current.valid_from} 才开始用：选那天或之后"})
    if current is not None and since == current.valid_from:
        _rename(work, current, number)
    else:
        if current is not None:
            current.valid_to = since - timedelta(days=1)
        work.add(RoomNumber(room_id=room_id, number=number, valid_from=since, valid_to=None))
    before, room.number = room.number, number
    work.subject(room)
    work.record(renumbered=f"{before} → {number}", since=since.isoformat())


def _rename(work: Work, current: RoomNumber, number: str) -> None:
    """A number changed again on its first day; back to the one before it: as if nothing had been."""
    before = work.session.scalars(
        sa.select(RoomNumber)
        .where(
            RoomNumber.room_id == current.room_id, RoomNumber.id != current.id, RoomNumber.deleted_at.is_(None),
            RoomNumber.valid_to == current.valid_from - timedelta(days=1),
        )
        .limit(1)
    ).first()  # fmt: skip
    if before is not None and before.number == number:
        before.valid_to, current.deleted_at = None, work.at
    else:
        current.number = number


# ---- where rooms came from ------------------------------------------------------------------------------------------


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
