"""The caller of a repair where the desk stands before somebody or some room already: nothing is typed."""

from __future__ import annotations

from uuid import UUID

from desktop.models.places import Room
from desktop.models.values import Right
from desktop.services.repair_intake import Caller, phone_of
from desktop.services.rights import needs
from desktop.services.search_hits import HitKind, hits_of
from desktop.services.work import Look


@needs(Right.EDIT_REPAIRS)
def caller_of(look: Look, kind: HitKind, row_id: UUID) -> Caller | None:
    """Who would report a repair of this room, or from this person's room; None where it is gone or may not be seen."""
    hits = hits_of(look, kind, [row_id])
    if not hits:
        return None
    hit = hits[0]
    party = hit.id if hit.kind is HitKind.PARTY else hit.party_id
    room = hit.id if hit.kind is HitKind.ROOM else hit.room_id
    words = " · ".join(each for each in (hit.title, hit.name, hit.second) if each)
    house = None if room is None else look.get(Room, room).building_id
    phone = None if party is None else phone_of(look, party)
    return Caller(party, room, words, hit.third or hit.note, phone, building_id=house)
