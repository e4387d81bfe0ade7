"""Buildings and rooms: made in runs at first start, changed one by one afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import Nature, models, table_of
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
    ids = put_rooms(work, building.id, draft.rooms)
    work.subject(building)
    work.record(rooms=len(ids))
    return building.id


@part
def put_rooms(work: Work, building_id: UUID, rooms: Sequence[RoomDraft]) -> list[UUID]:
    """Rooms of a building with their first numbers, by the bulk path."""
    ids = [work.world.new_id() for _ in rooms]
    work.insert_many(
        Room,
        [
            "id", "building_id", "parent_id", "kind", "number", "floor", "area", "layout", "asking_rent", "habitable",
            "capacity", "condition", "condition_note",
        ],
        [
            (
                room_id, building_id, None, room.kind, room.number, room.floor, room.area, room.layout,
                room.asking_rent, room.kind in (RoomKind.FLAT, RoomKind.ROOM, RoomKind.BED), None,
                RoomCondition.CLEAN, None,
            )
            for room_id, room in zip(ids, rooms, strict=True)
        ],
    )  # fmt: skip
    today = work.world.today()
    work.insert_many(
        RoomNumber,
        ["id", "room_id", "number", "valid_from", "valid_to"],
        [(work.world.new_id(), i, room.number, today, None) for i, room in zip(ids, rooms, strict=True)],
    )
    return ids


@dataclass(frozen=True, slots=True)
class PlacesAdded:
    """News of new floors, rooms and buildings, by which they can be taken back."""

    rooms: tuple[UUID, ...]
    buildings: tuple[UUID, ...]


@needs(Right.EDIT_PLACES)
def add_places(work: Work, drafts: Sequence[BuildingDraft]) -> PlacesAdded:
    """New buildings, and floors and rooms of buildings that stand, in one act. Raises ProblemsFound."""
    known = {name: building_id for building_id, name in list_buildings(work)}
    rooms: list[UUID] = []
    buildings: list[UUID] = []
    for draft in drafts:
        if problems := building_problems(draft):
            raise ProblemsFound(problems)
        building_id = known.get(draft.name.strip())
        if building_id is None:
            building_id = put_building(work, BuildingDraft(draft.name, ()))
            known[draft.name.strip()] = building_id
            buildings.append(building_id)
        elif twice := both_have(draft, numbers_in_use(work, building_id)):
            raise ProblemsFound({"rooms": twice})
        rooms += put_rooms(work, building_id, draft.rooms)
    if len(drafts) == 1:
        work.subject_id("building", known[drafts[0].name.strip()])
    work.record(rooms=len(rooms))
    return PlacesAdded(tuple(rooms), tuple(buildings))


def both_have(draft: BuildingDraft, taken: Collection[str]) -> str:
    """Why rooms cannot be added to a building: it has some of their numbers; "" when it has none."""
    have = set(taken)
    twice = [room.number for room in draft.rooms if room.number in have]
    if not twice:
        return ""
    more = f" 等 {len(twice)} 个" if len(twice) > 3 else ""
    return f"{draft.name.strip()} 已有 {'、'.join(twice[:3])}{more}：改楼层或房号"


@needs(Right.EDIT_PLACES)
def take_back_places(work: Work, added: PlacesAdded) -> None:
    """What was just added never was, while nothing has come to hang on it. Raises RoomUsed."""
    rooms = [work.get(Room, room_id) for room_id in added.rooms]
    refuse_used(work, rooms)
    drop_rooms(work, rooms)
    for building_id in added.buildings:
        work.get(Building, building_id).deleted_at = work.at
    work.record(taken_back=len(rooms))


class RoomUsed(DomainError):
    """Something has come to hang on a new room, so it cannot be taken back. `number` says which room."""

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} 已经有租约、账单、钥匙、照片或备注，撤不回来了：要去掉就注销这间房")
        self.number = number


_ITS_OWN = frozenset({"room_number", "room_origin"})
"""Tables whose rows are made with a room."""


@part
def refuse_used(look: Look, rooms: Sequence[Room]) -> None:
    """Raise RoomUsed when a row of any table points at one of these rooms, but those that were made with it."""
    look.settle()
    numbers = {room.id: room.number for room in rooms}
    for model in models():
        table = table_of(model)
        for column in table.columns:
            points = any(key.column.table.name == "room" for key in column.foreign_keys)
            if column.name == "subject_id" and "subject_table" in table.columns:
                points = model.__nature__ is not Nature.LOCAL
            if column.name != "from_room_id" and (not points or table.name in _ITS_OWN):
                continue
            live = table.columns.deleted_at.is_(None) if "deleted_at" in table.columns else sa.true()
            found = look.session.execute(sa.select(column).where(column.in_(numbers), live).limit(1)).first()
            if found is not None:
                raise RoomUsed(numbers[found[0]])


@part
def drop_rooms(work: Work, rooms: Sequence[Room]) -> None:
    """Rooms with their numbers become tombstones."""
    for room in rooms:
        room.deleted_at = work.at
    for number in work.session.scalars(
        sa.select(RoomNumber).where(RoomNumber.room_id.in_([room.id for room in rooms]))
    ):
        number.deleted_at = work.at


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
    if form.condition not in CLOSED:
        room.condition_until = None
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


def closing_problems(condition: RoomCondition, note: str, until: date | None, today: date) -> dict[str, str]:
    """What is still to be mended when an empty room is closed: a reason for the tile, a day that is still to come."""
    problems = room_problems(RoomForm(None, None, None, condition, note.strip()), inhabited=False)
    if not note.strip():
        problems["condition_note"] = "写明原因，会显示在房态图上，例如 换门锁、样板间"
    if until is not None and until < today:
        problems["until"] = "停用到哪天：选今天或以后，不知道就留空"
    return problems


@needs(Right.EDIT_PLACES)
def close_room(
    work: Work, room_id: UUID, condition: RoomCondition, note: str, until: date | None = None
) -> RoomCondition:
    """Take an empty room out for repair or out of use, with a word for its tile and its last day where one is known.

    Returns how it stood before. Raises ProblemsFound.
    """
    room = work.get(Room, room_id)
    if condition not in CLOSED:
        raise ValueError(f"{condition} closes no room")
    problems = {"condition": Inhabited().message} if inhabited(work, room_id) else {}
    problems |= closing_problems(condition, note, until, work.world.today())
    if problems:
        raise ProblemsFound(problems)
    before = room.condition
    room.condition, room.condition_note, room.condition_until = condition, note.strip(), until
    work.subject(room)
    work.record(closed=condition.value, reason=note.strip(), **({"until": until.isoformat()} if until else {}))
    return before


@needs(Right.EDIT_PLACES)
def reopen_room(work: Work, room_id: UUID, clean: bool = False) -> None:
    """Put a closed room back into use; it is to be cleaned before somebody moves in, unless it never was closed."""
    room = work.get(Room, room_id)
    if room.condition in CLOSED:
        room.condition = RoomCondition.CLEAN if clean else RoomCondition.DIRTY
        room.condition_note = room.condition_until = None
    work.subject(room)
    work.record(reopened=True)


@needs(Right.SEE_BOARD)
def list_buildings(look: Look) -> list[tuple[UUID, str]]:
    """Buildings in their order."""
    rows = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    return [(row.id, row.name) for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """A building as it stands: the numbers of its rooms and its highest floor."""

    id: UUID
    name: str
    numbers: frozenset[str]
    top_floor: int


@needs(Right.SEE_BOARD)
def standing_buildings(look: Look) -> list[Standing]:
    """Buildings in their order with what is in them, for those who add floors and rooms."""
    rooms: dict[UUID, list[tuple[str, int]]] = {}
    for row in look.session.execute(
        sa.select(Room.building_id, Room.number, Room.floor).where(
            Room.retired_on.is_(None), Room.deleted_at.is_(None)
        )
    ):  # fmt: skip
        rooms.setdefault(row.building_id, []).append((row.number, row.floor))
    return [
        Standing(
            building_id, name, frozenset(number for number, _ in rooms.get(building_id, ())),
            max((floor for _, floor in rooms.get(building_id, ())), default=0),
        )
        for building_id, name in list_buildings(look)
    ]  # fmt: skip
