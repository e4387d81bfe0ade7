"""Drafts 草稿 of every form: sealed with this device's key, kept every few seconds, resumed after lock, crash or
power cut."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.documents import Draft
from desktop.models.trust import AuditHead
from desktop.models.values import Right
from desktop.services import draft_files
from desktop.services.device_key import LocalSealBroken
from desktop.services.draft_files import KeptHere
from desktop.services.errors import NotFound, Outage, Refused
from desktop.services.moved_on import refuse_moved
from desktop.services.office import Office
from desktop.services.rights import needs, part
from desktop.services.trouble import translated
from desktop.services.work import Actor, Look, Work

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft to resume."""

    id: UUID
    kind: str
    title: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """When a draft was kept; `here`: on this PC alone, since the database did not take it."""

    at: datetime
    here: bool = False


def keep_draft(office: Office, actor: Actor, kind: str, draft_id: UUID, title: str, body: bytes) -> Kept:
    """Keep the state of a form, whatever happens to the database: without it, in a sealed file on this PC.

    Raises Refused; and what the database raised when the disk of this PC does not take it either.
    """
    try:
        return Kept(save_draft(office, actor, kind, draft_id, title, body))
    except Outage:
        assert actor.staff_id is not None
        now = office.world.now()
        try:
            draft_files.keep(office, KeptHere(draft_id, actor.staff_id, kind, title, body, now))
        except OSError:
            log.warning("a draft was kept neither in the database nor here")
        else:
            return Kept(now, here=True)
        raise


def save_draft(office: Office, actor: Actor, kind: str, draft_id: UUID, title: str, body: bytes) -> datetime:
    """Keep the state of a form in the database. Its own small transaction, no act: a draft is not yet a fact of the
    office.

    Returns when it was saved. Raises Refused, OfficeMoved, DatabaseBusy, DatabaseGone, DiskFull.
    """
    if Right.USE_DRAFTS not in actor.rights or actor.staff_id is None:
        raise Refused(Right.USE_DRAFTS.value)
    now = office.world.now()
    seal = office.vault.device.seal_local
    values = {
        "device_id": office.device_id, "staff_id": actor.staff_id, "kind": kind, "saved_at": now,
        "title": seal(f"draft-title:{draft_id}", title.encode()), "body": seal(f"draft:{draft_id}", body),
    }  # fmt: skip
    with translated(), office.writing() as session:
        _still_here(session)
        mine = Draft.id == draft_id, Draft.staff_id == actor.staff_id, Draft.device_id == office.device_id
        done = session.execute(sa.update(Draft).where(*mine).values(**values))
        if done.rowcount == 0:  # type: ignore[attr-defined]
            if session.get(Draft, draft_id) is not None:
                raise Refused(Right.USE_DRAFTS.value, "这份草稿是别人的，您填的还在：另开一份再存")
            session.execute(sa.insert(Draft).values(id=draft_id, **values))
        office.world.fault("draft.written")
        office.world.fault("draft.before_commit")
        session.commit()
    office.world.fault("draft.after_commit")
    draft_files.forget(office, draft_id)
    return now


def _still_here(session: Session) -> None:
    """Raise OfficeMoved when the office has gone; while it is going, wait: a draft behind the copy would be lost."""
    head = session.execute(
        sa.select(AuditHead.moved_to, AuditHead.moved_at).where(AuditHead.id == 1).with_for_update(read=True)
    ).one()
    if head.moved_to is not None:
        refuse_moved(head.moved_to, head.moved_at)


def drop_draft(office: Office, actor: Actor, draft_id: UUID) -> None:
    """Throw one's own draft away."""
    if (here := draft_files.find(office, draft_id)) is not None and here.staff_id == actor.staff_id:
        draft_files.forget(office, draft_id)
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
    rows = {}
    for draft in look.session.scalars(query):
        try:
            title = look.vault.device.open_local(f"draft-title:{draft.id}", bytes(draft.title)).decode()
        except LocalSealBroken:
            continue
        rows[draft.id] = DraftRow(draft.id, draft.kind, title, draft.saved_at)
    for here in draft_files.all_of(look.office, look.actor.staff_id):
        stored = rows.get(here.id)
        if kind in (None, here.kind) and (stored is None or stored.saved_at <= here.saved_at):
            rows[here.id] = DraftRow(here.id, here.kind, here.title, here.saved_at)
    return sorted(rows.values(), key=lambda row: (row.saved_at, row.id), reverse=True)


@needs(Right.USE_DRAFTS)
def read_draft(look: Look, draft_id: UUID) -> bytes:
    """The state of a form as it was kept last, here or in the database. Raises NotFound, LocalSealBroken."""
    draft = _mine(look, draft_id)
    here = draft_files.find(look.office, draft_id)
    if here is not None and here.staff_id == look.actor.staff_id and (draft is None or draft.saved_at <= here.saved_at):
        return here.body
    return stored_draft(look, draft_id)


@needs(Right.USE_DRAFTS)
def stored_draft(look: Look, draft_id: UUID) -> bytes:
    """The state of a form as it lies in the database: what an act made of it stands there. Raises NotFound,
    LocalSealBroken."""
    draft = _mine(look, draft_id)
    if draft is None:
        raise NotFound("这份草稿")
    return look.vault.device.open_local(f"draft:{draft_id}", bytes(draft.body))


def _mine(look: Look, draft_id: UUID) -> Draft | None:
    draft = look.session.get(Draft, draft_id)
    return draft if draft is not None and draft.staff_id == look.actor.staff_id else None


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
