"""Correcting a running lease 更正登记: facts that carry no money, each edited in place and merged field by field.

Rent, cycle, days, deposit and whoever owes or stands surety are agreed anew, never corrected: bills hang on them, and a
guarantor answers only for what they agreed to (Civil Code 695). What nobody touched in the form stays as it is stored,
so two clerks meet only where both wrote the same fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseParty, LeaseRoom, Occupant
from desktop.models.parties import Party, PartyRelation
from desktop.models.places import Room
from desktop.models.values import LeaseRole, LeaseState, PartyKind, Right
from desktop.services import leases, timeline
from desktop.services.changes import last_changes, last_touch
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.lease_words import LEASE_ROLE_WORDS
from desktop.services.rights import needs
from desktop.services.work import Look, Work


class CorrectedAgain(DomainError):
    """Somebody has corrected the same fact once more; taking the first correction back would write over it."""

    def __init__(self, who: str = "", when: str = "") -> None:
        by = f"{who} {when} ".lstrip() if who else ""
        super().__init__(f"{by}又更正过这份租约，不能撤销：打开「更正登记」看看再改")


OVER = frozenset({LeaseState.CLOSED, LeaseState.CANCELLED})
"""Leases that can only be looked at."""
LIVED_IN = frozenset({LeaseState.DRAFT, LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE})
"""In which people may come to live there, or leave."""
PURPOSE_LIMIT = 20
FIELD_WORDS = {
    "purpose": "用途",
    "signed_on": "签约日",
    "moved_in_on": "交房日",
    "notice_on": "退租通知日",
    "living": "实际居住人",
}
BASIS = "basis."
"""Before the id of a party's row in the lease: the field of what their signing rests on."""
_SIGNS_FOR = (LeaseRole.AGENT, LeaseRole.GUARDIAN)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What may be corrected. A day that is None has not come yet and is given by its own act."""

    purpose: str
    signed_on: date | None
    moved_in_on: date | None
    notice_on: date | None
    living: frozenset[UUID]
    """Who really lives there now 实际居住人 (regulation 812)."""
    bases: Mapping[UUID, str]
    """What an agent's or guardian's signing rests on, by their row in the lease: 授权委托书, 单位介绍信."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives there or may come to: of the lease, or a household member of its tenants."""

    party_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for the tenant: their row in the lease, 代理人 林以宁; an agent shows written authority (art. 165)."""

    row_id: UUID
    words: str
    must: bool


@dataclass(frozen=True, slots=True)
class Correctable:
    """A lease as the correction dialog needs it."""

    lease_id: UUID
    state: LeaseState
    start: date
    now: Particulars
    people: tuple[Person, ...]
    """Who may be ticked; empty when nobody can come or leave any more."""
    signers: tuple[Signer, ...]
    """One for each entry in `now.bases`."""
    habitable: bool
    most: int | None
    """So many may live in the room; None: not laid down."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """News of a correction; taken back by correcting `after` into `before`."""

    lease_id: UUID
    before: Particulars
    after: Particulars
    since: date


def correction_problems(form: Particulars, lease: Correctable, since: date | None, today: date) -> dict[str, str]:
    """What is still to be mended, by field. `since`: from which day others live there."""
    found: dict[str, str] = {}
    purpose = form.purpose.strip()
    if not purpose:
        found["purpose"] = "填写用途，例如 居住、办公"
    elif len(purpose) > PURPOSE_LIMIT:
        found["purpose"] = f"用途最多 {PURPOSE_LIMIT} 个字"
    elif purpose == "居住" and not lease.habitable:
        found["purpose"] = "厨房、阳台、储藏间等不能供人居住：填实际的用途"
    for name in ("signed_on", "moved_in_on", "notice_on"):
        day, stood = getattr(form, name), getattr(lease.now, name)
        if stood is not None and day is None:
            found[name] = f"填写{FIELD_WORDS[name]}，不能空着"
        elif day is not None and day > today:
            found[name] = f"{FIELD_WORDS[name]}不能在今天之后"
    if form.notice_on and form.signed_on and form.notice_on < form.signed_on:
        found["notice_on"] = "退租通知日早于签约日，核对一下"
    for signer in lease.signers:
        if signer.must and not form.bases.get(signer.row_id, "").strip():
            found[f"{BASIS}{signer.row_id.hex}"] = "写明授权文件，例如 授权委托书和日期"
    if form.living != lease.now.living:
        if since is None:
            found["since"] = "填写从哪天起"
        elif since > max(today, lease.start):
            found["since"] = "填今天或以前的日子，还没搬的到那天再改"
        elif since < lease.start:
            found["since"] = f"租期从 {lease.start} 开始：填那天或之后"
    return found


def correction_doubts(form: Particulars, lease: Correctable) -> dict[str, str]:
    """What is allowed but unusual: more people than the room is for."""
    living = len(form.living)
    if lease.most is not None and living > max(lease.most, len(lease.now.living)):
        return {"living": f"这间房最多住 {lease.most} 人，现在登记 {living} 人：核对一下"}
    return {}


@needs(Right.SEE_LEASES)
def correctable(look: Look, lease_id: UUID) -> Correctable:
    """What of a lease may be corrected, as it stands. Raises NotFound."""
    return _correctable(look, look.get(Lease, lease_id))


@needs(Right.EDIT_LEASES)
def correct_lease(
    work: Work, lease_id: UUID, shown: Particulars, form: Particulars, since: date | None = None
) -> Corrected:
    """Correct the facts in which `form` differs from what was `shown`; all others stay as they are stored.

    `since`: from which day others live there, today when None. Raises ProblemsFound by field, RowChanged with both
    versions of the facts that somebody else has corrected meanwhile, DomainError for a lease that is put away.
    """
    lease = work.take(Lease, lease_id)
    if lease.state in OVER:
        raise DomainError("这份租约已经办结，只能查看：要记什么，写进备注（Ctrl N）")
    known = _correctable(work, lease)
    wanted, clashes = _merged(shown, form, known.now)
    if clashes:
        raise _overtaken(work, known, form, clashes)
    day = since or max(work.world.today(), known.start)
    if problems := correction_problems(wanted, known, day, work.world.today()):
        raise ProblemsFound(problems)
    _store(work, lease, known.now, wanted, day)
    changed = [_word(name) for name in _differing(known.now, wanted)]
    work.subject(lease)
    work.record(corrected="、".join(dict.fromkeys(changed)))
    return Corrected(lease_id, known.now, wanted, day)


@needs(Right.EDIT_LEASES)
def undo_correction(work: Work, news: Corrected) -> None:
    """Write the facts back as they were before a correction. Raises CorrectedAgain when one was changed since."""
    try:
        correct_lease(work, news.lease_id, news.after, news.before, news.since)
    except RowChanged as error:
        raise CorrectedAgain(*timeline.last_act(work, news.lease_id)) from error


# ---- three-way -----------------------------------------------------------------------------------------------------


def _flat(facts: Particulars) -> dict[str, Any]:
    """By field of the form."""
    plain = {each.name: getattr(facts, each.name) for each in fields(facts) if each.name != "bases"}
    return plain | {f"{BASIS}{row_id.hex}": text for row_id, text in facts.bases.items()}


def _differing(one: Particulars, other: Particulars) -> list[str]:
    first, second = _flat(one), _flat(other)
    return [name for name in first if first[name] != second.get(name, first[name])]


def _merged(shown: Particulars, form: Particulars, now: Particulars) -> tuple[Particulars, list[str]]:
    """The stored facts with hers in place, and the fields that both sides wrote differently."""
    was, mine, stored = _flat(shown), _flat(form), _flat(now)
    clashes = [
        name
        for name in stored
        if name != "living" and was.get(name) != mine.get(name) and stored[name] not in (was.get(name), mine.get(name))
    ]
    taken = {name: mine[name] if name in mine and mine[name] != was.get(name) else stored[name] for name in stored}
    taken["living"] = (now.living | (form.living - shown.living)) - (shown.living - form.living)
    bases = {row_id: taken[f"{BASIS}{row_id.hex}"].strip() for row_id in now.bases}
    merged = Particulars(
        taken["purpose"].strip(), taken["signed_on"], taken["moved_in_on"], taken["notice_on"], taken["living"], bases
    )
    return merged, clashes


def _overtaken(work: Work, known: Correctable, form: Particulars, clashes: Sequence[str]) -> RowChanged:
    theirs, yours = _flat(known.now), _flat(form)
    term = leases.term_of(work, known.lease_id)
    by = last_changes(work, "lease", [known.lease_id]) | last_changes(work, "lease_term", [term.id])
    for row_id in known.now.bases:
        by[f"{BASIS}{row_id.hex}"] = last_touch(work, work.get(LeaseParty, row_id))
    return RowChanged(
        {name: theirs[name] for name in clashes}, {name: yours[name] for name in clashes},
        *timeline.last_act(work, known.lease_id), by,
    )  # fmt: skip


def _word(name: str) -> str:
    return FIELD_WORDS.get(name, "签字依据")


# ---- storing -------------------------------------------------------------------------------------------------------


def _store(work: Work, lease: Lease, before: Particulars, after: Particulars, since: date) -> None:
    lease.signed_on, lease.moved_in_on, lease.notice_on = after.signed_on, after.moved_in_on, after.notice_on
    leases.term_of(work, lease.id).purpose = after.purpose
    for row_id, text in after.bases.items():
        work.take(LeaseParty, row_id).basis = text or None
    if lease.state in LIVED_IN:
        for party_id in sorted(before.living - after.living):
            _leaves(work, lease.id, party_id, since)
        for party_id in sorted(after.living - before.living):
            _comes(work, lease.id, party_id, since)


def _leaves(work: Work, lease_id: UUID, party_id: UUID, last: date) -> None:
    """Somebody has moved out on a day; whoever leaves on the day of coming was ticked by mistake, never lived there."""
    for row in _stays(work, [lease_id], party_id):
        if row.valid_to is not None:
            continue
        if row.valid_from > last:
            raise ProblemsFound({"since": f"有人从 {row.valid_from} 才住进来：填那天或之后"})
        if row.valid_from == last:
            row.deleted_at = work.at
        else:
            row.valid_to = last


def _comes(work: Work, lease_id: UUID, party_id: UUID, first: date) -> None:
    """Somebody lives there from a day on; whoever is ticked again on the day of leaving has never left."""
    work.get(Party, party_id)
    for row in _stays(work, [lease_id], party_id):
        if row.valid_to is not None and row.valid_to >= first:
            row.valid_to = None
            return
    work.add(Occupant(lease_id=lease_id, party_id=party_id, valid_from=first, valid_to=None))


def _stays(look: Look, lease_ids: Sequence[UUID], party_id: UUID) -> Sequence[Occupant]:
    return look.session.scalars(
        sa.select(Occupant)
        .where(Occupant.lease_id.in_(lease_ids), Occupant.party_id == party_id, Occupant.deleted_at.is_(None))
        .order_by(Occupant.valid_from, Occupant.id)
    ).all()


# ---- reading -------------------------------------------------------------------------------------------------------


def _correctable(look: Look, lease: Lease) -> Correctable:
    term = leases.term_of(look, lease.id)
    sides = look.session.execute(
        sa.select(LeaseParty, Party.name, Party.kind)
        .join(Party, Party.id == LeaseParty.party_id)
        .where(LeaseParty.lease_id == lease.id, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.created_at, LeaseParty.id)
    ).all()
    signers = tuple(
        Signer(side.id, f"{LEASE_ROLE_WORDS[side.role]} {name}", side.role is LeaseRole.AGENT)
        for side, name, _ in sides
        if side.role in _SIGNS_FOR
    )
    living = frozenset(
        look.session.scalars(
            sa.select(Occupant.party_id).where(
                Occupant.lease_id == lease.id, Occupant.valid_to.is_(None), Occupant.deleted_at.is_(None)
            )
        )
    )
    now = Particulars(
        term.purpose, lease.signed_on, lease.moved_in_on, lease.notice_on, living,
        {side.id: side.basis or "" for side, *_ in sides if side.role in _SIGNS_FOR},
    )  # fmt: skip
    persons = {side.party_id: name for side, name, kind in sides if kind is PartyKind.PERSON and _may_live(side.role)}
    people = _people(look, lease.id, persons, [side.party_id for side, *_ in sides if side.role in _RENTS], living)
    room = look.session.scalars(
        sa.select(Room).join(LeaseRoom, LeaseRoom.room_id == Room.id).where(LeaseRoom.lease_id == lease.id).limit(1)
    ).one()
    return Correctable(
        lease.id, lease.state, term.start, now, people if lease.state in LIVED_IN else (), signers, room.habitable,
        room.capacity,
    )  # fmt: skip


_RENTS = (LeaseRole.TENANT, LeaseRole.CO_TENANT)


def _may_live(role: LeaseRole) -> bool:
    """A guarantor has no home by the lease; a guardian or handler may live there."""
    return role is not LeaseRole.GUARANTOR


def _people(
    look: Look, lease_id: UUID, persons: Mapping[UUID, str], tenants: Iterable[UUID], living: frozenset[UUID]
) -> tuple[Person, ...]:
    """Those of the lease first, then who ever lived there, then the household as the tenants' pages tell it."""
    session = look.session
    relations = session.execute(
        sa.select(Party.id, Party.name, PartyRelation.words)
        .join(PartyRelation, PartyRelation.other_id == Party.id)
        .where(
            PartyRelation.party_id.in_(list(tenants)), PartyRelation.kind == "household",
            PartyRelation.until.is_(None), PartyRelation.deleted_at.is_(None), Party.deleted_at.is_(None),
        )
        .order_by(PartyRelation.created_at, PartyRelation.id)
    ).all()  # fmt: skip
    lived = session.execute(
        sa.select(Party.id, Party.name)
        .join(Occupant, Occupant.party_id == Party.id)
        .where(Occupant.lease_id == lease_id, Occupant.deleted_at.is_(None))
        .order_by(Occupant.created_at, Occupant.id)
    ).all()
    words = {row.id: row.words for row in relations}
    names = dict(persons) | {row.id: row.name for row in lived} | {row.id: row.name for row in relations}
    assert living <= names.keys()
    return tuple(
        Person(party_id, f"{name}（{words[party_id]}）" if words.get(party_id) else name)
        for party_id, name in names.items()
    )
