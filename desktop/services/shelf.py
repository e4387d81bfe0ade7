"""What stands in the search box before anything is typed: pinned tenants, rooms, leases and receipts, and those that
were open just now.

Pins are somebody's own, on this PC, kept sealed as her drafts are: a handful of ids, which no act of the office needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from desktop.models.values import Right
from desktop.services.device_key import LocalSealBroken
from desktop.services.drafts import keep_draft, list_drafts, read_draft
from desktop.services.errors import NotFound
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.search import Found, Group
from desktop.services.search_hits import Hit, HitKind, hits_of
from desktop.services.work import Actor, Look, look

KIND = "search.pins"
MOST_PINS, MOST_RECENT = 8, 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A record by its kind and id."""

    kind: HitKind
    id: UUID


@needs(Right.SEE_BOARD)
def at_hand(look: Look, visited: Sequence[Spot]) -> Found:
    """The pinned records, the latest first, and those of `visited` (the latest first) that are not pinned; what is
    gone or not for this role is left out."""
    pinned = pins(look)
    recent = [spot for spot in dict.fromkeys(visited) if spot not in pinned][:MOST_RECENT]
    groups = [
        *_groups("置顶", [replace(hit, pinned=True) for hit in _hits(look, pinned)]),
        *_groups("最近打开", _hits(look, recent)),
    ]
    return Found("", tuple(groups))


def _groups(head: str, hits: Sequence[Hit]) -> list[Group]:
    return [Group(hits[0].kind, tuple(hits), head=head)] if hits else []


def _hits(look: Look, spots: Sequence[Spot]) -> list[Hit]:
    found: dict[Spot, Hit] = {}
    for kind in HitKind:
        ids = [spot.id for spot in spots if spot.kind is kind]
        found |= {Spot(kind, hit.id): hit for hit in hits_of(look, kind, ids)}
    return [found[spot] for spot in spots if spot in found]


@needs(Right.SEE_BOARD)
def pins(look: Look) -> tuple[Spot, ...]:
    """What this person has pinned on this PC, the latest first; nothing for a role without drafts."""
    if Right.USE_DRAFTS not in look.actor.rights:
        return ()
    for row in list_drafts(look, KIND)[:1]:
        try:
            kept = msgspec.json.decode(read_draft(look, row.id), type=list[tuple[HitKind, UUID]])
        except (LocalSealBroken, NotFound, msgspec.DecodeError):
            return ()
        return tuple(Spot(kind, row_id) for kind, row_id in kept)
    return ()


def pin(office: Office, actor: Actor, spot: Spot) -> bool:
    """Pin a record, or take its pin away; True when it is pinned now. The oldest of nine goes.

    Raises Refused without the right to drafts, Outage when neither database nor disk takes it.
    """
    with look(office, actor) as reading:
        before = pins(reading)
        rows = list_drafts(reading, KIND)
    after = [each for each in before if each != spot]
    if spot not in before:
        after = [spot, *after][:MOST_PINS]
    body = msgspec.json.encode([(each.kind, each.id) for each in after])
    keep_draft(office, actor, KIND, rows[0].id if rows else office.world.new_id(), "置顶", body)
    return spot not in before
