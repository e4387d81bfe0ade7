"""Drafts 草稿 of every form: sealed with this device's key, kept every few seconds, resumed after lock, crash or
power cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from desktop.models.documents import Draft
from desktop.models.values import Right
from desktop.services.device_key import LocalSealBroken
from desktop.services.errors import NotFound
from desktop.services.office import Office
from desktop.services.rights import needs, part
from desktop.services.trouble import translated
from desktop.services.work import Actor, Look, Work


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft to resume."""

    id: UUID
    kind: str
    title: str
    saved_at: datetime


def save_draft(office: Office, actor: Actor, kind: str, draft_id: UUID, title: str, body: bytes) -> datetime:
    """Keep the state of a form. Its own small transaction, no act: a draft is not yet a fact of the office.

    Returns when it was saved. Raises Refused, DatabaseBusy, DatabaseGone, DiskFull.
    """
    from desktop.services.errors import Refused

    if Right.USE_DRAFTS not in actor.rights or actor.staff_id is None:
        raise Refused(Right.USE_DRAFTS.value)
    now = office.world.now()
    seal = office.vault.device.seal_local
    values = {
        "device_id": office.device_id, "staff_id": actor.staff_id, "kind": kind, "saved_at": now,
        "title": seal(f"draft-title:{draft_id}", title.encode()), "body": seal(f"draft:{draft_id}", body),
    }  # fmt: skip
    with translated(), office.writing() as session:
        done = session.execute(sa.update(Draft).where(Draft.id == draft_id).values(**values))
        if done.rowcount == 0:  # type: ignore[attr-defined]
            session.execute(sa.insert(Draft).values(id=draft_id, **values))
        office.world.fault("draft.written")
        office.world.fault("draft.before_commit")
        session.commit()
    office.world.fault("draft.after_commit")
    return now


def drop_draft(office: Office, actor: Actor, draft_id: UUID) -> None:
    """Throw one's own draft away."""
    with translated(), office.writing() as session:
        session.execute(sa.delete(Draft).where(Draft.id == draft_id, Draft.staff_id == actor.staff_id))
        office.world.fault("draft.dropping")
        session.commit()
    office.world.fault("draft.dropped")


@needs(Right.USE_DRAFTS)
def list_drafts(look: Look, kind: str | None = None) -> list[DraftRow]:
    """One's own drafts on this PC, the latest first; one that does not open here is left out."""
    query = sa.select(Draft).where(Draft.staff_id == look.actor.staff_id, Draft.device_id == look.office.device_id)
    if kind is not None:
        query = query.where(Draft.kind == kind)
    rows = []
    for draft in look.session.scalars(query.order_by(Draft.saved_at.desc(), Draft.id)):
        try:
            title = look.vault.device.open_local(f"draft-title:{draft.id}", bytes(draft.title)).decode()
        except LocalSealBroken:
            continue
        rows.append(DraftRow(draft.id, draft.kind, title, draft.saved_at))
    return rows


@needs(Right.USE_DRAFTS)
def read_draft(look: Look, draft_id: UUID) -> bytes:
    """The state of a form as it was saved. Raises NotFound, LocalSealBroken."""
    draft = look.session.get(Draft, draft_id)
    if draft is None or draft.staff_id != look.actor.staff_id:
        raise NotFound("这份草稿")
    return look.vault.device.open_local(f"draft:{draft_id}", bytes(draft.body))


@part
def follow(work: Work, /, draft_id: UUID, body: bytes | None, **facts: UUID) -> None:
    """In the act that fulfils a draft: its next state (with the facts made), or gone when there is none.

    Same transaction as the act, so after a crash there is either the old draft and no fact, or the fact and the
    next step.
    """
    if body is None:
        work.derive(sa.delete(Draft).where(Draft.id == draft_id), "draft")
        return
    state = msgspec.json.decode(body)
    state |= {name: value.hex for name, value in facts.items()}
    sealed = work.vault.device.seal_local(f"draft:{draft_id}", msgspec.json.encode(state))
    work.derive(sa.update(Draft).where(Draft.id == draft_id).values(body=sealed, saved_at=work.at), "draft")
