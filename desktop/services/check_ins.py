"""Checking in 办理入住: tenant, notice, lease, bills due now, readings and keys, in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from desktop.models.leases import Lease, LeaseRoom
from desktop.models.values import (
    LeaseKind,
    LeaseRole,
    LeaseState,
    Money,
    Right,
    SignedPaper,
    total,
)
from desktop.services import (
    approvals,
    attachments,
    billing,
    consents,
    derived,
    drafts,
    handover,
    ink,
    lease_people,
    notice_signers,
    parties,
    party_forms,
    settings,
    signed,
    templates,
    vehicles,
)
from desktop.services.check_in_forms import CheckIn, check_in_problems
from desktop.services.errors import ProblemsFound
from desktop.services.lease_limits import limits
from desktop.services.lease_terms import LeaseTerms
from desktop.services.leases import term_row
from desktop.services.numbers import Series, take_number
from desktop.services.problems import Level
from desktop.services.rights import needs, part
from desktop.services.room_claims import facts_of, limit_rules, lock_rooms
from desktop.services.schedule import due_at_signing, plan_bills
from desktop.services.transitions import LEASE, move
from desktop.services.trouble import RoomTaken
from desktop.services.work import Work


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """News of a check-in: the lease, and the bills to be paid now."""

    lease_id: UUID
    lease_number: str
    party_id: UUID
    due_now: tuple[UUID, ...]
    due_now_amount: Money
    moved_in: bool


@needs(Right.CHECK_IN)
def check_in(work: Work, form: CheckIn) -> CheckedIn:
    """Check a tenant in: party, notice, lease, bills due now, readings, keys; the flow decides at once.

    Raises ProblemsFound with every field to mend, RoomTaken when the room was let in this very moment, Refused when the
    terms go above a limit that this office lets nobody pass alone.
    """
    may_exceed(work, form.terms)
    return put_check_in(work, form)


@part
def may_exceed(work: Work, terms: LeaseTerms) -> None:
    """An office may ask for a second person where a deposit or rent ahead is above what it allows. Raises Refused."""
    if not settings.value_of(work, "over_limit_approval"):
        return
    for remark in limits(terms, limit_rules(work)):
        if remark.field in ("deposit", "cycle_months") and remark.level is Level.WARN:
            work.require(Right.APPROVE_CASES, f"{remark.text.partition('：')[0]}：要主管同意才能办")


@part
def put_check_in(work: Work, form: CheckIn) -> CheckedIn:
    """`check_in` inside another act."""
    return put_check_ins(work, [form])[0]


@part
def put_check_ins(work: Work, forms: Sequence[CheckIn]) -> list[CheckedIn]:
    """Several check-ins in one act, each as `check_in` does it: the bulk path of imports and the demo office."""
    made = _put_leases(work, forms)
    orders = _begin(work, made)
    world = work.world
    bills = iter(billing.put_bills(work, orders))
    world.fault("check_in.bills")
    from desktop.services import reservations

    posted = [tuple(next(bills) for _ in order.planned) for order in orders]
    offset = reservations.become_leases(
        work,
        [reservations.Signed(m.form.room_id, m.party_id, m.lease.id, ids) for m, ids in zip(made, posted, strict=True)],
    )
    news = []
    for m, order, ids in zip(made, orders, posted, strict=True):
        for photo in m.form.photos:
            attachments.put_file(work, "condition_photo", "lease", m.lease.id, photo)
        if m.form.draft_id is not None:
            drafts.follow(work, m.form.draft_id, m.form.draft_body, lease_id=m.lease.id)
        due = offset.get(m.lease.id, total(planned.money for planned in order.planned))
        moved_in = m.lease.moved_in_on is not None
        news.append(CheckedIn(m.lease.id, m.lease.number, m.party_id, ids, due, moved_in))
    world.fault("check_in.photos")
    work.record(bills=sum(map(len, posted)), expired_reason=any(m.form.expired_reason.strip() for m in made))
    if len(made) == 1:
        work.subject(made[0].lease)
        work.record(room=made[0].form.room_id.hex)
    else:
        work.record(check_ins=len(made))
    world.fault("check_in.draft")
    return news


def _begin(work: Work, made: Sequence[_Made]) -> list[billing.BillOrder]:
    """Send the leases through the flow, sign them, hand over the rooms of those that begin; what is to be billed."""
    world, today = work.world, work.world.today()
    handings = []
    for m in made:
        m.lease.state = move(LEASE, m.lease.state, "sign")
        if m.form.terms.start <= today:
            m.lease.state, m.lease.moved_in_on = move(LEASE, m.lease.state, "move_in"), today
            handings.append(
                handover.Handing(m.form.room_id, m.lease.id, m.party_id, m.form.readings, m.form.keys, m.form.cards)
            )
    # Only now are the rows written, all at once and as they stay; whoever the flow refuses leaves no trace of them.
    _store(work, made)
    approvals.run_walk_in(
        work, "lease", {m.lease.id: {"completeness": True, "notice": m.form.notice_told} for m in made}
    )
    world.fault("check_in.flow")
    handover.put_readings(work, handings)
    handover.hand_out(work, handings)
    world.fault("check_in.handover")
    return [
        billing.lease_bills(m.lease.id, m.party_id, m.form.room_id, due_at_signing(plan_bills(m.form.terms), today))
        for m in made
    ]


@part
def put_lease_draft(work: Work, form: CheckIn) -> UUID:
    """Keep a lease that is not signed yet: its room is held, nothing is billed. Raises ProblemsFound, RoomTaken."""
    made = _put_leases(work, [form])[0]
    made.lease.signed_on = None
    _store(work, [made])
    work.subject(made.lease)
    work.record(draft=True)
    return made.lease.id


@dataclass(frozen=True, slots=True)
class _Made:
    """A lease as a draft, with its tenant, out of a form."""

    form: CheckIn
    party_id: UUID
    signer: UUID
    """The person at the desk: the tenant, or the handler of a company."""
    guardian: UUID | None
    """Of a minor at the desk."""
    lease: Lease
    notice: UUID
    """The words the tenant was told."""
    names: list[tuple[UUID, str]]
    """(id, name) of everybody who is new here."""


def _put_leases(work: Work, forms: Sequence[CheckIn]) -> list[_Made]:
    """Check everything with the rooms locked, then make the rows of tenants and leases; `_store` writes them."""
    world = work.world
    lock_rooms(work, [form.room_id for form in forms])
    facts = facts_of(work, [(form.room_id, form.terms.period) for form in forms])
    for form, known in zip(forms, facts, strict=True):
        stops = {p.field: p.text for p in check_in_problems(form, known) if p.stops}
        if known.taken is not None:
            raise RoomTaken(stops["room"])
        if stops:
            raise ProblemsFound(stops)
    world.fault("check_in.checked")
    papers = templates.latest_ids(work)
    made = []
    for form in forms:
        names: list[tuple[UUID, str]] = []
        notice = form.notice_id or papers["pipl_notice"]
        signer = _put_signer(work, form, names)
        world.fault("check_in.party")
        party_id, sides = _put_people(work, form, signer, notice, names)
        world.fault("check_in.people")
        lease = _put_lease(work, form, papers["housing_lease"], sides)
        guardian = next((side.party_id for side in sides if side.role is LeaseRole.GUARDIAN), None)
        made.append(_Made(form, party_id, signer, guardian, lease, notice, names))
    world.fault("check_in.lease")
    return made


def _store(work: Work, made: Sequence[_Made]) -> None:
    """Write the tenants and leases, what the tenants were told, and the ways to type their names."""
    answers: list[tuple[UUID, str, str, UUID | None]] = []
    for m in made:
        answers.append((m.signer, "notice", "told", m.notice))
        if m.form.party is not None and m.form.party.bank is not None:
            answers.append((m.party_id, "bank_account", "given", m.notice))
    work.session.flush()
    kept = consents.put_many(work, answers)
    notices = [row_id for row_id, answer in zip(kept, answers, strict=True) if answer[1] == "notice"]
    for m, consent_id in zip(made, notices, strict=True):
        if m.form.notice_ink:
            _sign_notice(work, m, consent_id)
    derived.add_names(work.session, [name for m in made for name in m.names])


def _sign_notice(work: Work, m: _Made, consent_id: UUID) -> None:
    """The person at the desk, or a minor's guardian, has signed that the notice was read: bound to its version, to what
    was told and to who signed."""
    drawn, words_sha = ink.decode(m.form.notice_ink), bytes.fromhex(m.form.notice_sha)
    signer = notice_signers.of_notice(work, m.form, m.signer, m.guardian)
    if m.form.notice_by and m.form.notice_by != signer.words:
        raise ProblemsFound({"notice": f"告知书上签的是 {m.form.notice_by}，现在该签的是 {signer.words}：请再签一次"})
    signed.put_signature(work, SignedPaper.NOTICE, m.signer, consent_id, m.notice, words_sha, drawn, signer)
    work.record(signed_notice=True)


def _put_signer(work: Work, form: CheckIn, names: list[tuple[UUID, str]]) -> UUID:
    """The person at the desk, new or known."""
    if form.party_id is None:
        added = parties.add_party(work, _party(form), matched=True)
        names += added
        return added[0][0]
    if form.party is not None:
        names += parties.complete_party(work, form.party_id, _party(form))
    else:
        parties.meet_again(work, form.party_id, form.shown, form.phone)
    return form.party_id


def _put_people(
    work: Work, form: CheckIn, signer: UUID, notice: UUID, names: list[tuple[UUID, str]]
) -> tuple[UUID, list[lease_people.Side]]:
    """The tenant, the person at the desk or their company, and everybody's place in the lease."""
    tenant_id, sides = signer, [lease_people.Side(signer, LeaseRole.TENANT)]
    if form.company is not None:
        phone = form.party.phone if form.party is not None else form.phone
        tenant_id, handler = lease_people.put_company(work, form.company, signer, phone, names)
        sides = [lease_people.Side(tenant_id, LeaseRole.TENANT, lives_in=False), handler]
    sides += lease_people.put_others(work, form, tenant_id, notice, names)
    vehicles.put_vehicles(work, tenant_id, form.plates)
    return tenant_id, sides


def _put_lease(work: Work, form: CheckIn, template: UUID, sides: Sequence[lease_people.Side]) -> Lease:
    """The lease itself as a draft: terms, room, who signed it and who lives there."""
    start = form.terms.start
    lease = work.add(
        Lease(
            number=take_number(work, Series.LEASE), kind=LeaseKind.LEASE, state=LeaseState.DRAFT, lessor_id=None,
            renews_id=None, template_id=template, signed_on=form.signed_on or work.world.today(), moved_in_on=None,
            notice_on=None, moved_out_on=None,
        )
    )  # fmt: skip
    work.add(term_row(lease.id, form.terms, form.purpose))
    work.add(LeaseRoom(lease_id=lease.id, room_id=form.room_id, valid_from=start, valid_to=form.terms.end))
    lease_people.place(work, lease.id, sides, start)
    return lease


def _party(form: CheckIn) -> party_forms.PartyForm:
    assert form.party is not None
    return form.party
