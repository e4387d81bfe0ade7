"""Templates 合同模板, notices and receipt forms with their versions: an edit makes the next version, a lease keeps the
one it was printed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.documents import Template
from desktop.models.leases import Lease
from desktop.models.offices import Node
from desktop.models.values import Right
from desktop.services import template_pictures
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work
from resources import resource

SHIPPED = {
    "housing_lease": ("住房租赁合同", "templates/housing_lease.zh.jinja"),
    "pipl_notice": ("个人信息处理告知书", "templates/pipl_notice.zh.jinja"),
}


class TemplateChanged(DomainError):
    """Somebody stored a version while this one was being edited; `newest` is it, `newest.who` stored it."""

    def __init__(self, kind: str, newest: TemplateVersion) -> None:
        super().__init__(f"{newest.who}在您修改期间存了第 {newest.ordinal} 版：看过两个版本，合在一起再存", "template")
        self.kind = kind
        self.newest = newest


@dataclass(frozen=True, slots=True)
class TemplateText:
    """One version of a template."""

    id: UUID
    kind: str
    ordinal: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """A version in the list of versions, without its text."""

    id: UUID
    ordinal: int
    saved_at: datetime
    who: str
    leases: int
    """How many leases were signed on it."""


@part
def ship_templates(work: Work) -> None:
    """Store version 1 of every shipped template."""
    for kind, (title, name) in SHIPPED.items():
        body = resource(name).read_text("utf-8")
        work.add(Template(kind=kind, ordinal=1, title=title, body=body))


@part
def newest(look: Look, kind: str) -> TemplateText | None:
    """The version in force, or None where none was ever stored."""
    row = look.session.scalar(_versions(kind).order_by(Template.ordinal.desc()).limit(1))
    return None if row is None else _text(row)


@part
def latest(look: Look, kind: str) -> TemplateText:
    """The version in force. KeyError for a kind nobody shipped."""
    found = newest(look, kind)
    if found is None:
        raise KeyError(kind)
    return found


@part
def newest_then(look: Look, kind: str, moment: datetime) -> TemplateText | None:
    """The version that was in force at a moment, or None where none had been stored yet."""
    row = look.session.scalar(
        _versions(kind).where(Template.created_at <= moment).order_by(Template.ordinal.desc()).limit(1)
    )
    return None if row is None else _text(row)


def _versions(kind: str) -> sa.Select[Template]:
    return sa.select(Template).where(Template.kind == kind, Template.deleted_at.is_(None))


def _text(row: Template) -> TemplateText:
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
def list_versions(look: Look, kind: str) -> list[TemplateVersion]:
    """Every version of a template, the newest first."""
    return versions_of(look, kind)


@part
def versions_of(look: Look, kind: str, ordinal: int | None = None) -> list[TemplateVersion]:
    """`list_versions` inside another function; one of them by its number."""
    used = sa.select(Lease.template_id, sa.func.count().label("n")).group_by(Lease.template_id).subquery()
    query = (
        sa.select(Template, StaffMember.name, used.c.n)
        .outerjoin(StaffMember, StaffMember.id == Template.created_by)
        .outerjoin(used, used.c.template_id == Template.id)
        .where(Template.kind == kind, Template.deleted_at.is_(None))
        .order_by(Template.ordinal.desc())
    )
    if ordinal is not None:
        query = query.where(Template.ordinal == ordinal)
    return [
        TemplateVersion(row.id, row.ordinal, row.created_at, name or "程序", count or 0)
        for row, name, count in look.session.execute(query)
    ]


@needs(Right.EDIT_TEMPLATES)
def read_version(look: Look, kind: str, ordinal: int) -> TemplateText:
    """One version with its text. Raises NotFound."""
    row = look.session.scalar(_versions(kind).where(Template.ordinal == ordinal))
    if row is None:
        raise NotFound(f"第 {ordinal} 版")
    return _text(row)


@needs(Right.EDIT_TEMPLATES)
def save_template(work: Work, kind: str, body: str, based_on: int | None = None) -> TemplateText:
    """The next version of a template. What was printed keeps the version it was printed by.

    `based_on` is the version that was edited. Raises TemplateProblem (with the line), ProblemsFound, TemplateChanged
    when somebody has stored another one since, KeyError for a kind nobody shipped.
    """
    title = _checked(work, kind, body)
    work.session.execute(sa.select(Node.id).with_for_update())  # two who save at once come one after the other
    old = newest(work, kind)
    ordinal = 0 if old is None else old.ordinal
    if based_on is not None and ordinal != based_on:
        raise TemplateChanged(kind, versions_of(work, kind, ordinal)[0])
    if old is not None and old.body == body:
        raise ProblemsFound({"template": f"和现在用的第 {ordinal} 版一样，不用再存"})
    row = work.add(Template(kind=kind, ordinal=ordinal + 1, title=title, body=body))
    work.session.flush()
    work.subject(row)
    work.record(ordinal=row.ordinal, kind=kind)
    return _text(row)


def _checked(work: Work, kind: str, body: str) -> str:
    """The title of a template whose text was tried first: what cannot be printed is not stored."""
    from desktop.services.paper import receipt_form

    if kind.startswith(receipt_form.KIND):
        form = receipt_form.read_form(body)
        if problems := receipt_form.form_problems(form):
            raise ProblemsFound(problems)
        if form.key not in receipt_form.KEYS or kind != receipt_form.KIND + form.key:
            raise KeyError(kind)
        return form.title
    from desktop.services.paper.trial import trial_pdf

    title = SHIPPED[kind][0]
    trial_pdf(kind, body, template_pictures.pictures_of(work, body))
    return title
