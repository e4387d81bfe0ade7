"""Templates 合同模板 and notices with their versions: an edit makes the next version, a lease keeps the one it was
printed by."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import Template
from desktop.models.values import Right
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work
from resources import resource

SHIPPED = {
    "housing_lease": ("住房租赁合同", "templates/housing_lease.zh.jinja"),
    "pipl_notice": ("个人信息处理告知书", "templates/pipl_notice.zh.jinja"),
}


@dataclass(frozen=True, slots=True)
class TemplateText:
    """One version of a template."""

    id: UUID
    kind: str
    ordinal: int
    title: str
    body: str


@part
def ship_templates(work: Work) -> None:
    """Store version 1 of every shipped template."""
    for kind, (title, name) in SHIPPED.items():
        body = resource(name).read_text("utf-8")
        work.add(Template(kind=kind, ordinal=1, title=title, body=body))


@part
def latest(look: Look, kind: str) -> TemplateText:
    """The version in force. KeyError for a kind nobody shipped."""
    row = look.session.scalar(
        sa.select(Template)
        .where(Template.kind == kind, Template.deleted_at.is_(None))
        .order_by(Template.ordinal.desc())
        .limit(1)
    )
    if row is None:
        raise KeyError(kind)
    return TemplateText(row.id, row.kind, row.ordinal, row.title, row.body)


@part
def latest_ids(look: Look) -> dict[str, UUID]:
    """{kind: the version in force}, without the texts."""
    return {row.kind: row.id for row in look.session.connection().execute(_LATEST)}


_LATEST = sa.select(Template.kind, Template.id).where(Template.deleted_at.is_(None)).order_by(Template.ordinal)


@needs(Right.SEE_LEASES)
def current_template(look: Look, kind: str) -> TemplateText:
    """The version in force, to read or show."""
    return latest(look, kind)


@needs(Right.EDIT_TEMPLATES)
def save_template(work: Work, kind: str, body: str) -> TemplateText:
    """The next version of a template. What was printed keeps the version it was printed by."""
    old = latest(work, kind)
    row = work.add(Template(kind=kind, ordinal=old.ordinal + 1, title=old.title, body=body))
    work.session.flush()
    work.subject(row)
    work.record(ordinal=row.ordinal)
    return TemplateText(row.id, row.kind, row.ordinal, row.title, row.body)
