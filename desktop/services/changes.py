"""Who changed a field last, and when: for the question between two versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.base import Profile
from desktop.models.trust import AuditEntry, FieldChange
from desktop.services import timeline
from desktop.services.rights import part
from desktop.services.work import Look


@part
def last_changes(look: Look, table: str, row_ids: Iterable[UUID]) -> dict[str, str]:
    """{field: "周砚秋 今天 14:30"} for every field of these rows that was ever edited; the latest edit of each."""
    found = look.session.execute(_edits(table, row_ids).order_by(AuditEntry.n))
    return {row.field: _words(look, row.name, row.at) for row in found}


@part
def last_touch(look: Look, row: Profile) -> str:
    """Who wrote a row last, whatever field it was: the latest edit, else its author. "周砚秋 今天 14:30"."""
    found = look.session.execute(_edits(row.__tablename__, [row.id]).order_by(AuditEntry.n.desc()).limit(1)).first()
    if found is not None:
        return _words(look, found.name, found.at)
    author = look.session.scalar(sa.select(StaffMember.name).where(StaffMember.id == row.created_by))
    return _words(look, author, row.created_at)


def _edits(table: str, row_ids: Iterable[UUID]) -> sa.Select[str, datetime, str]:
    return (
        sa.select(FieldChange.field, AuditEntry.at, StaffMember.name)
        .join(AuditEntry, AuditEntry.act_id == FieldChange.act_id)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
        .where(FieldChange.row_id.in_(list(row_ids)), FieldChange.table_name == table)
    )


def _words(look: Look, name: str | None, at: datetime) -> str:
    return f"{name or '程序'} {timeline.moment_words(look, at)}"
