"""Due things somebody wants to see again later 明天再说: put off on this PC by this person, until an instant.

Kept as one of her drafts: sealed, small, her own, and nothing of the office. A colleague sees the thing all the same,
and its next rung comes when its time comes, since that is another fact.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from desktop.models.values import Right
from desktop.services.device_key import LocalSealBroken
from desktop.services.drafts import keep_draft, list_drafts, read_draft
from desktop.services.due_lists import DueRow
from desktop.services.errors import NotFound
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.work import Actor, Look, look
from desktop.world import OFFICE_ZONE

KIND = "due.later"
MOST = 200
"""Things put off at once; the one that comes back first goes for another."""
SOON = timedelta(hours=1)


@needs(Right.SEE_BOARD)
def put_off_now(look: Look) -> dict[UUID, datetime]:
    """{fact: when it comes back}, of this person on this PC; what has come back is left out."""
    if Right.USE_DRAFTS not in look.actor.rights:
        return {}
    now = look.world.now()
    for row in list_drafts(look, KIND)[:1]:
        try:
            kept = msgspec.json.decode(read_draft(look, row.id), type=dict[UUID, datetime])
        except (LocalSealBroken, NotFound, msgspec.DecodeError):
            return {}
        return {fact_id: until for fact_id, until in kept.items() if until > now}
    return {}


def in_minutes(row: DueRow) -> bool:
    """Whether its clock counts minutes: a repair's does, the day of a plan does not."""
    return row.subject_table == "work_order" and isinstance(row.cause, datetime)


def until_when(row: DueRow, now: datetime) -> datetime:
    """A repair, whose clock counts minutes, comes back in an hour, everything else when the next day begins."""
    if in_minutes(row):
        return now + SOON
    return datetime.combine(now.astimezone(OFFICE_ZONE).date() + timedelta(days=1), time(), OFFICE_ZONE)


def put_off(office: Office, actor: Actor, fact_id: UUID, until: datetime | None) -> None:
    """See a due thing again at an instant; None: now. Raises Refused without the right to drafts, Outage."""
    with look(office, actor) as reading:
        kept = put_off_now(reading)
        rows = list_drafts(reading, KIND)
    kept.pop(fact_id, None)
    if until is not None:
        kept = dict(sorted(kept.items(), key=lambda one: one[1])[-MOST + 1 :])
        kept[fact_id] = until
    body = msgspec.json.encode(kept)
    keep_draft(office, actor, KIND, rows[0].id if rows else office.world.new_id(), "稍后再办", body)
