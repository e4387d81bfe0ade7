"""Buildings and rooms: made in runs at first start, changed one by one afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseRoom
from desktop.models.places import Building, Room, RoomNumber
from desktop.models.values import LeaseState, Money, Right, RoomCondition, RoomKind
from desktop.services import timeline
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.masks import find_secrets
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """A room to be made."""

    number: str
    floor: int
    area: Decimal | None = None
    layout: str | None = None
    asking_rent: Money | None = None
    kind: RoomKind = RoomKind.FLAT


@dataclass(frozen=True, slots=True)
class BuildingDraft:
    """A building to be made with its rooms."""

    name: str
    rooms: Sequence[RoomDraft]


@dataclass(frozen=True, slots=True)
class RoomForm:
    """What the room dialog edits."""

    area: Decimal | None
    layout: str | None
    asking_rent: Money | None
    condition: RoomCondition
    condition_note: str | None


@needs(Right.EDIT_PLACES)
def add_building(work: Work, draft: BuildingDraft) -> UUID:
    """A building with its rooms. Raises ProblemsFound for a name or room number twice."""
    return put_building(work, draft)


@needs(Right.EDIT_PLACES)
def add_buildings(work: Work, drafts: Sequence[BuildingDraft]) -> int:
    """Several buildings in one act; returns how many rooms. Raises ProblemsFound, also for a name that exists."""
    known = set(work.session.scalars(sa.select(Building.name).where(Building.deleted_at.is_(None))))
    for draft in drafts:
        if draft.name.strip() in known:
            raise ProblemsFound({"name": f"已经有{draft.name.strip()}了，换个名称"})
        known.add(draft.name.strip())
        put_building(work, draft)
    rooms = sum(len(draft.rooms) for draft in drafts)
    work.record(rooms=rooms)
    return rooms


@part
def put_building(work: Work, draft: BuildingDraft) -> UUID:
    """`add_building` inside another act, by the bulk path."""
    if problems := building_problems(draft):
        raise ProblemsFound(problems)
    last = work.session.scalar(sa.select(sa.func.max(Building.sort))) or 0
    building = work.add(Building(name=draft.name.strip(), sort=last + 1))
    ids = [work.world.new_id() for _ in draft.rooms]
    work.insert_many(
        Room,
        [
            "id", "building_id", "parent_id", "kind", "number", "floor", "area", "layout", "asking_rent", "habitable",
            "capacity", "condition", "condition_note",
        ],
        [
            (
                room_id, building.id, None, room.kind, room.number, room.floor, room.area, room.layout,
                room.asking_rent, room.kind in (RoomKind.FLAT, RoomKind.ROOM, RoomKind.BED), None,
                RoomCondition.CLEAN, None,
            )
            for room_id, room in zip(ids, draft.rooms, strict=True)
        ],
    )  # fmt: skip
    today = work.world.today()
    work.insert_many(
        RoomNumber,
        ["id", "room_id", "number", "valid_from", "valid_to"],
        [(work.world.new_id(), i, room.number, today, None) for i, room in zip(ids, draft.rooms, strict=True)],
    )
    work.subject(building)
    work.record(rooms=len(ids))
    return building.id


def building_problems(draft: BuildingDraft) -> dict[str, str]:
    """What is still to be mended of a new building."""
    problems: dict[str, str] = {}
    if not draft.name.strip():
        problems["name"] = "给这栋楼起个名字，例如 1 栋"
    numbers = [room.number for room in draft.rooms]
    twice = sorted({n for n in numbers if numbers.count(n) > 1}) if len(numbers) != len(set(numbers)) else []
    if twice:
        problems["rooms"] = f"房号重复，改成不同的：{'、'.join(twice[:5])}"
    if any(room.area is not None and room.area <= 0 for room in draft.rooms):
        problems["rooms"] = "面积要大于 0"
    return problems


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """A room to choose, in words."""

    id: UUID
    building: str
    number: str
    floor: int
    kind: RoomKind
    area: Decimal | None
    layout: str | None
    asking_rent: Money | None
    condition: RoomCondition
    condition_note: str | None
    version: int

    @property
    def words(self) -> str:
        """1 栋 1203."""
        return f"{self.building} {self.number}"


@needs(Right.SEE_BOARD)
def room_place(look: Look, room_id: UUID) -> RoomPlace:
    """One room with its building. Raises NotFound."""
    return place_of(look, room_id)


@part
def place_of(look: Look, room_id: UUID) -> RoomPlace:
    """`room_place` inside another function."""
    room = look.get(Room, room_id)
    building = look.get(Building, room.building_id)
    return RoomPlace(
        room.id, building.name, room.number, room.floor, room.kind, room.area, room.layout, room.asking_rent,
        room.condition, room.condition_note, room.version,
    )  # fmt: skip


CLOSED = (RoomCondition.REPAIR, RoomCondition.OUT_OF_USE)
"""Conditions in which a room is not let."""
NOTE_LIMIT = 20


class Inhabited(DomainError):
    """Somebody lives in the room: it can be closed only after they have left."""

    def __init__(self) -> None:
        super().__init__("这间房有人住，退租后再改成维修或停用", "condition")


def room_problems(form: RoomForm, inhabited: bool) -> dict[str, str]:
    """What is still to be mended in the room dialog."""
    problems: dict[str, str] = {}
    if form.area is not None and not 0 < form.area < 100_000:
        problems["area"] = "面积要大于 0，小于 10 万平方米"
    if form.asking_rent is not None and form.asking_rent.fen <= 0:
        problems["asking_rent"] = "挂牌租金要大于 0；没定就留空"
    if form.condition in CLOSED and inhabited:
        problems["condition"] = Inhabited().message
    note = form.condition_note or ""
    if len(note) > NOTE_LIMIT:
        problems["condition_note"] = f"会显示在房态图上，最多 {NOTE_LIMIT} 个字"
    elif find_secrets(note):
        problems["condition_note"] = "像是证件号或电话：备注不加密，请填到租客资料里"
    return problems


@part
def inhabited(look: Look, room_id: UUID) -> bool:
    """Whether a tenant has the keys of the room."""
    row = look.session.execute(
        sa.select(LeaseRoom.id)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .where(
            LeaseRoom.room_id == room_id, Lease.state.in_((LeaseState.ACTIVE, LeaseState.NOTICE)),
            LeaseRoom.valid_from <= look.world.today(), LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    return row is not None


@needs(Right.EDIT_PLACES)
def change_room(work: Work, room_id: UUID, version: int, form: RoomForm) -> None:
    """Change area, layout, asking rent or condition.

    Raises ProblemsFound, or RowChanged with both versions and who saved first.
    """
    room = work.take(Room, room_id)
    if room.version != version:
        theirs = {name: getattr(room, name) for name in RoomForm.__dataclass_fields__}
        yours = {name: getattr(form, name) for name in RoomForm.__dataclass_fields__}
        who, when = timeline.last_act(work, room_id)
        raise RowChanged(theirs, yours, who, when, last_changes(work, "room", [room_id]))
    if problems := room_problems(form, inhabited(work, room_id)):
        raise ProblemsFound(problems)
    room.area, room.layout, room.asking_rent = form.area, (form.layout or "").strip() or None, form.asking_rent
    room.condition, room.condition_note = form.condition, (form.condition_note or "").strip() or None
    work.subject(room)
    work.record()


@needs(Right.CHECK_IN)
def mark_clean(work: Work, room_id: UUID, clean: bool) -> None:
    """Say that an empty room is clean, or is not. A closed room is refused: it is put back into use first."""
    room = work.get(Room, room_id)
    if room.condition in CLOSED:
        raise DomainError("这间房在维修或停用，先恢复使用再标记打扫")
    room.condition = RoomCondition.CLEAN if clean else RoomCondition.DIRTY
    work.subject(room)
    work.record(clean=clean)


@needs(Right.EDIT_PLACES)
def close_room(work: Work, room_id: UUID, condition: RoomCondition, note: str) -> None:
    """Take an empty room out for repair or out of use, with a word for its tile. Raises Inhabited, ProblemsFound."""
    room = work.get(Room, room_id)
    if condition not in CLOSED:
        raise ValueError(f"{condition} closes no room")
    form = RoomForm(room.area, room.layout, None, condition, note.strip())
    if problems := room_problems(form, inhabited(work, room_id)):
        raise ProblemsFound(problems)
    room.condition, room.condition_note = condition, note.strip() or None
    work.subject(room)
    work.record(closed=condition.value)


@needs(Right.EDIT_PLACES)
def reopen_room(work: Work, room_id: UUID) -> None:
    """Put a closed room back into use; it is to be cleaned before somebody moves in."""
    room = work.get(Room, room_id)
    if room.condition in CLOSED:
        room.condition, room.condition_note = RoomCondition.DIRTY, None
    work.subject(room)
    work.record(reopened=True)


@needs(Right.SEE_BOARD)
def list_buildings(look: Look) -> list[tuple[UUID, str]]:
    """Buildings in their order."""
    rows = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    return [(row.id, row.name) for row in rows]
