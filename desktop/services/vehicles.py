"""Vehicles 车辆 of a party by their plates: one written form, found by any part of it."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Vehicle
from desktop.services.problems import Problem, error, warn
from desktop.services.rights import part
from desktop.services.work import Work

_BETWEEN = re.compile(r"[\s,，、;；/]+")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_USUAL = re.compile(rf"([{_PROVINCES}][A-Z])([A-HJ-NP-Z0-9]{{4,6}}[A-HJ-NP-Z0-9学警港澳挂])")
_MOST, _LEAST = 12, 4


def plates_of(text: str) -> list[str]:
    """The plates in what was typed, each in its written form (川A·8K3Z7), once."""
    folded = unicodedata.normalize("NFKC", text).upper()
    return list(dict.fromkeys(_written(piece) for piece in _BETWEEN.split(folded) if _bare(piece)))


def plate_problems(text: str) -> list[Problem]:
    """What to say of plates as typed (field plates): too short or long stops, an unusual one is only asked about."""
    found = []
    for plate in plates_of(text):
        length = len(_bare(plate))
        if not _LEAST <= length <= _MOST:
            found.append(error("plates", f"车牌「{plate}」有 {length} 位：照车牌填写，几辆用空格分开"))
        elif not _USUAL.fullmatch(_bare(plate)):
            found.append(warn("plates", f"车牌「{plate}」和一般的不一样，请对照车牌"))
    return found[:1]


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
