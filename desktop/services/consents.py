"""Notices given and consents 授权同意: which words, when, by whom, with what answer (PIPL 13–17, 29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.documents import Template
from desktop.models.signatures import Signature
from desktop.models.trust import Consent
from desktop.models.values import Right
from desktop.services import signed
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

KIND_WORDS = {
    "notice": "个人信息处理告知",
    "bank_account": "银行账户（单独同意）",
    "card_picture": "保留证件照片（单独同意）",
    "under_14": "登记未满 14 周岁的人（监护人同意）",
}
ANSWER_WORDS = {"told": "已告知", "given": "已同意", "refused": "不同意", "withdrawn": "已撤回"}


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One answer, for the party page."""

    kind: str
    answer: str
    version: int | None
    at: datetime
    by: str
    signed: bool = False
    """Somebody signed under it before the clerk."""
    signed_by: str = ""
    """Who, in what capacity."""


@part
def put(
    work: Work,
    party_id: UUID,
    kind: str,
    answer: str,
    template_id: UUID | None,
    way: str = "read_on_screen",
    by: UUID | None = None,
) -> None:
    """Keep that a notice was given or a consent answered, `by` a guardian where it was not the party's own word."""
    work.add(Consent(party_id=party_id, kind=kind, answer=answer, template_id=template_id, way=way, by_party_id=by))


@part
def put_many(
    work: Work, answers: Sequence[tuple[UUID, str, str, UUID | None]], way: str = "read_on_screen"
) -> list[UUID]:
    """Keep several answers at once: (party, kind, answer, template); their ids, for signatures under them."""
    columns = ["id", "party_id", "kind", "answer", "template_id", "way", "by_party_id"]
    ids = [work.world.new_id() for _ in answers]
    work.insert_many(
        Consent, columns, [(row_id, *answer, way, None) for row_id, answer in zip(ids, answers, strict=True)]
    )
    return ids


_SIGNED = sa.exists().where(Signature.subject_id == Consent.id, Signature.deleted_at.is_(None)).correlate(Consent)


@part
def notice_told(look: Look, party_ids: Sequence[UUID], moment: datetime) -> int | None:
    """The version of the notice these people had been told by a moment: the latest then, else the first one after it.
    None: none of them was ever told."""
    told = (
        sa.select(Template.ordinal)
        .join(Consent, Consent.template_id == Template.id)
        .where(Consent.party_id.in_(party_ids), Consent.kind == "notice", Consent.answer == "told")
        .limit(1)
    )
    before = told.where(Consent.created_at <= moment).order_by(Consent.created_at.desc(), Consent.id.desc())
    found = look.session.scalar(before)
    return found if found is not None else look.session.scalar(told.order_by(Consent.created_at, Consent.id))


@needs(Right.SEE_PARTIES)
def consents_of(look: Look, party_id: UUID) -> list[ConsentRow]:
    """What a party was told and agreed to, newest first."""
    return [
        ConsentRow(
            row.kind,
            row.answer,
            ordinal,
            row.created_at,
            name or "程序",
            is_signed,
            signed.told_of(look, row.id) if is_signed else "",
        )
        for row, ordinal, name, is_signed in look.session.execute(
            sa.select(Consent, Template.ordinal, StaffMember.name, _SIGNED)
            .outerjoin(Template, Template.id == Consent.template_id)
            .outerjoin(StaffMember, StaffMember.id == Consent.created_by)
            .where(Consent.party_id == party_id)
            .order_by(Consent.created_at.desc(), Consent.id.desc())
        )
    ]


@needs(Right.EDIT_PARTIES)
def withdraw(work: Work, party_id: UUID, kind: str) -> None:
    """A consent is withdrawn as easily as it was given (PIPL 15)."""
    put(work, party_id, kind, "withdrawn", None)
    work.subject_id("party", party_id)
    work.record(kind=kind)
