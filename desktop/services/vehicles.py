"""Vehicles 车辆 of a party by their plates: one written form, found by any part; registered, corrected, removed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party, Vehicle
from desktop.models.values import Right
from desktop.services import timeline
from desktop.services.changes import last_touch
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.party_edits import UndoTooLate
from desktop.services.problems import Problem, error, warn
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

_BETWEEN = re.compile(r"[\s,，、;；/]+")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_APART = re.compile(rf"(?<![^\s,，、;；/])([{_PROVINCES}])\s*([A-Z]?)\s+(?=[A-Z0-9])")
"""A blank that many put behind the letter of the city: 川A D12345."""
_USUAL = re.compile(
    rf"([{_PROVINCES}][A-Z])"
    r"([A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9学警港澳挂]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])"
)
"""GA 36: five signs; of a new-energy vehicle six, its letter first (a car) or last (a lorry or bus). No I and O."""
_MOST, _LEAST = 12, 4


def plates_of(text: str) -> list[str]:
    """The plates in what was typed, each in its written form (川A·8K3Z7), once."""
    folded = _APART.sub(r"\1\2", unicodedata.normalize("NFKC", text).upper())
    return list(dict.fromkeys(_written(piece) for piece in _BETWEEN.split(folded) if _bare(piece)))


def plate_problems(text: str) -> list[Problem]:
    """What to say of plates as typed (field plates): too short or long stops, an unusual one is only asked about."""
    found = []
    for plate in plates_of(text):
        length = len(_bare(plate))
        if not _LEAST <= length <= _MOST:
            found.append(error("plates", f"车牌「{plate}」有 {length} 位：照车牌填写，几辆用空格分开"))
        elif not _USUAL.fullmatch(_bare(plate)):
            found.append(warn("plates", f"核对车牌「{plate}」，和一般的不一样。{_advice(_bare(plate))}"))
    return found[:1]


def _advice(bare: str) -> str:
    """What to look at first."""
    if any(sign in "IO" for sign in bare[2:]):
        return "车牌里没有字母 I 和 O：看看是不是数字 1 和 0"
    if len(bare) == 8:
        return "新能源车牌是 8 位，第 3 位或末位是字母：请对照车牌"
    return "请对照车牌"


def _bare(plate: str) -> str:
    return "".join(c for c in plate if c.isalnum())


def _written(piece: str) -> str:
    bare = _bare(piece)
    usual = _USUAL.fullmatch(bare)
    return f"{usual.group(1)}·{usual.group(2)}" if usual else bare


@part
def put_vehicles(work: Work, party_id: UUID, text: str) -> int:
    """Register the vehicles of a party by their plates, which were checked; how many are new."""
    plates = plates_of(text)
    if not plates:
        return 0
    kept = set(
        work.session.scalars(sa.select(Vehicle.plate).where(Vehicle.party_id == party_id, Vehicle.deleted_at.is_(None)))
    )
    fresh = [plate for plate in plates if plate not in kept]
    for plate in fresh:
        work.add(Vehicle(party_id=party_id, plate=plate, colour=None, space_room_id=None))
    return len(fresh)


# ---- on the page of a party ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlatesChanged:
    """News of a change; `undo_plates` takes it back."""

    party_id: UUID
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def words(self) -> str:
        """「登记 川A·8K3Z7」, 「川A·8K3Z7 改为 川A·8K3Z8」, 「删除 川A·8K3Z7」, or how many of each."""
        added = [plate for plate in self.after if plate not in self.before]
        gone = [plate for plate in self.before if plate not in self.after]
        if len(added) == len(gone) == 1:
            return f"{gone[0]} 改为 {added[0]}"
        parts = [f"登记 {'、'.join(added)}"] if added else []
        return "，".join([*parts, f"删除 {'、'.join(gone)}"] if gone else parts)


@needs(Right.SEE_PARTIES)
def plates_of_party(look: Look, party_id: UUID) -> tuple[str, ...]:
    """The plates of a party's vehicles, in the order in which they were registered."""
    return tuple(row.plate for row in _vehicles(look, party_id))


@needs(Right.EDIT_PARTIES)
def set_plates(work: Work, party_id: UUID, known: Sequence[str], text: str) -> PlatesChanged:
    """The vehicles of a party are those with the plates in a text: what is new is registered or corrects one that is no
    longer there, the others go.

    `known`: the plates that stood on the screen. Raises ProblemsFound (plates), RowChanged when others stand there now.
    """
    party = work.take(Party, party_id)
    rows = _vehicles(work, party_id)
    if [row.plate for row in rows] != list(known):
        theirs, yours = " ".join(row.plate for row in rows), " ".join(plates_of(text))
        latest = max(rows, key=lambda row: row.updated_at, default=None)
        by = {"plates": last_touch(work, latest)} if latest is not None else {}
        raise RowChanged({"plates": theirs}, {"plates": yours}, *timeline.last_act(work, party_id), by)
    if stops := [problem.text for problem in plate_problems(text) if problem.stops]:
        raise ProblemsFound({"plates": stops[0]})
    return _put(work, party, rows, plates_of(text))


@needs(Right.EDIT_PARTIES)
def undo_plates(work: Work, changed: PlatesChanged) -> None:
    """The plates are as they were before a change. Raises UndoTooLate when they were changed again since."""
    party = work.take(Party, changed.party_id)
    rows = _vehicles(work, changed.party_id)
    if tuple(row.plate for row in rows) != changed.after:
        raise UndoTooLate(*timeline.last_act(work, changed.party_id))
    _put(work, party, rows, changed.before)


def _put(work: Work, party: Party, rows: Sequence[Vehicle], wanted: Sequence[str]) -> PlatesChanged:
    before = tuple(row.plate for row in rows)
    gone = [row for row in rows if row.plate not in wanted]
    fresh = [plate for plate in wanted if plate not in {row.plate for row in rows}]
    for row in _vehicles(work, party.id, gone=True) if fresh else []:
        if row.plate in fresh:  # removed by mistake, or back after all: the vehicle of before, with all that is known
            row.deleted_at = None
            fresh.remove(row.plate)
    for row, plate in zip(gone, fresh, strict=False):
        row.plate = plate
    for row in gone[len(fresh) :]:
        row.deleted_at = work.at
    for plate in fresh[len(gone) :]:
        work.add(Vehicle(party_id=party.id, plate=plate, colour=None, space_room_id=None))
    work.session.flush()
    work.subject(party)
    work.record(vehicles=len(wanted))
    after = tuple(row.plate for row in _vehicles(work, party.id))
    return PlatesChanged(party.id, party.name, before, after)


def _vehicles(look: Look, party_id: UUID, *, gone: bool = False) -> list[Vehicle]:
    removed = Vehicle.deleted_at.is_not(None) if gone else Vehicle.deleted_at.is_(None)
    return list(
        look.session.scalars(
            sa.select(Vehicle).where(Vehicle.party_id == party_id, removed).order_by(Vehicle.created_at, Vehicle.id)
        )
    )
