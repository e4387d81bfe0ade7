"""Leases 租赁合同: checking in, and what stands in a lease afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm, Occupant
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    Account,
    LeaseKind,
    LeaseRole,
    LeaseState,
    Money,
    Period,
    ReservationState,
    Right,
    RoomCondition,
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
    journal,
    parties,
    party_forms,
    settings,
    templates,
)
from desktop.services.asked import Asked
from desktop.services.errors import NotFound, ProblemsFound
from desktop.services.lease_limits import LimitRules, limits
from desktop.services.lease_terms import CollectionBasis, LeaseTerms, RentStep
from desktop.services.numbers import Series, take_number
from desktop.services.problems import Level, Problem, error
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, due_at_signing, plan_bills
from desktop.services.transitions import LEASE, move
from desktop.services.trouble import RoomTaken
from desktop.services.work import Look, Work

HOLDING = (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE, LeaseState.MOVED_OUT)
"""States in which a lease still stands in the books of its room."""
INSIDE = (LeaseState.ACTIVE, LeaseState.NOTICE)
"""States in which the tenant has the keys."""


# ---- the terms in the table and in the arithmetic ------------------------------------------------------------------


def terms_of(row: LeaseTerm) -> LeaseTerms:
    """The stored terms as the arithmetic wants them."""
    return LeaseTerms(
        start=row.start, end=row.end, rent=row.rent, cycle_months=row.cycle_months, deposit=row.deposit,
        stub_rule=row.stub_rule, stub_placement=row.stub_placement,
        basis=CollectionBasis.CALENDAR if row.calendar_months else CollectionBasis.LEASE_DAY,
        pay_ahead_days=row.pay_ahead_days, free_days=row.free_days, free_rule=row.free_days_rule,
        steps=tuple(RentStep(date.fromisoformat(day), Money(fen)) for day, fen in row.rent_steps or ()),
        late_fee_per_mille=row.late_fee_per_mille, property_price=row.property_fee_price,
        property_area=row.property_fee_area, property_cycle_months=row.property_fee_months, key_deposit=row.key_deposit,
    )  # fmt: skip


def term_row(lease_id: UUID, terms: LeaseTerms, purpose: str) -> LeaseTerm:
    """The inverse of `terms_of`, effective from the start."""
    return LeaseTerm(
        lease_id=lease_id, effective_from=terms.start, start=terms.start, end=terms.end, rent=terms.rent,
        rent_steps=[[step.start.isoformat(), step.rent.fen] for step in terms.steps], cycle_months=terms.cycle_months,
        calendar_months=terms.basis is CollectionBasis.CALENDAR, pay_ahead_days=terms.pay_ahead_days,
        deposit=terms.deposit, stub_rule=terms.stub_rule, stub_placement=terms.stub_placement,
        free_days=terms.free_days,
        free_days_rule=terms.free_rule, late_fee_per_mille=terms.late_fee_per_mille,
        property_fee_price=terms.property_price, property_fee_area=terms.property_area,
        property_fee_months=terms.property_cycle_months, key_deposit=terms.key_deposit, purpose=purpose,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A lease with the terms in force, its debtor and its room: what a bill run walks over."""

    lease_id: UUID
    debtor_id: UUID
    room_id: UUID
    state: LeaseState
    terms: LeaseTerms


@part
def standing_terms(look: Look, states: Sequence[LeaseState]) -> Iterator[Standing]:
    """Every lease in one of these states with its latest terms, by page."""
    query = (
        sa.select(Lease.id, Lease.state, LeaseParty.party_id, LeaseRoom.room_id, LeaseTerm)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(
            Lease.state.in_(states), Lease.deleted_at.is_(None), LeaseTerm.deleted_at.is_(None),
            LeaseParty.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        )
        .order_by(Lease.id, LeaseTerm.effective_from, LeaseRoom.valid_from)
    )  # fmt: skip
    latest: dict[UUID, Standing] = {}
    for lease_id, state, party_id, room_id, term in look.session.execute(query):
        latest[lease_id] = Standing(lease_id, party_id, room_id, state, terms_of(term))
    yield from latest.values()


# ---- check-in ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Everything the check-in wizard gathered, to be stored in one act."""

    room_id: UUID
    terms: LeaseTerms
    party: party_forms.PartyForm | None = None
    party_id: UUID | None = None
    """A returning party instead of a new one; with `party` one that is here by name and phone, completed by it."""
    shown: party_forms.DocumentForm | None = None
    """The paper a returning party showed: its validity and the match are renewed."""
    phone: str = ""
    """The number a returning party has now; empty: the one already kept."""
    matched: bool = False
    """The clerk looked at card and person: 「人证一致(人工核对)」."""
    notice_told: bool = False
    notice_id: UUID | None = None
    """Template version of the notice that was read."""
    bank_consent: bool = False
    """Separate consent for the bank account (PIPL 29)."""
    expired_reason: str = ""
    """Why an expired card is accepted."""
    purpose: str = "居住"
    occupants: Sequence[party_forms.PartyForm] = ()
    readings: Sequence[handover.ReadingForm] = ()
    keys: int = 0
    cards: int = 0
    photos: Sequence[attachments.FileForm] = ()
    signed_on: date | None = None
    draft_id: UUID | None = None
    """The draft this came from; it goes on as the draft of the payment."""
    draft_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """News of a check-in: the lease, and the bills to be paid now."""

    lease_id: UUID
    lease_number: str
    party_id: UUID
    due_now: tuple[UUID, ...]
    due_now_amount: Money
    moved_in: bool


@dataclass(frozen=True, slots=True)
class CheckInFacts:
    """What the problems of a check-in depend on beside the form."""

    today: date
    rules: LimitRules
    taken: tuple[Period, str] | None = None
    """A lease already on the room in that time, and whose."""
    held: tuple[str, date, UUID] | None = None
    """Whom the room is held for, until when, and who that is."""
    condition: RoomCondition = RoomCondition.CLEAN
    habitable: bool = True
    returning_name: str | None = None


def check_in_problems(form: CheckIn, facts: CheckInFacts) -> list[Problem]:
    """Everything to say about a check-in; the wizard asks on every change, the act asks again."""
    found: list[Problem] = list(limits(form.terms, facts.rules))
    if form.party is not None:
        remarks = party_forms.party_problems(form.party, facts.today)
        # The number somebody called from is known; only another one is typed.
        kept = form.party_id is not None and not form.party.phone.strip()
        found += [remark for remark in remarks if not (kept and remark.field == "phone")]
        if form.party.birth is not None and (young := party_forms.age_problem(form.party.birth, facts.today)):
            found.append(young)
        document = form.party.document
        if document is None:
            found.append(error("document.number", "登记有效证件后才能办理入住"))
        else:
            found += _expiry(document, form.expired_reason, facts.today)
    elif form.party_id is None:
        found.append(error("party", "先登记租客"))
    else:
        found += party_forms.return_problems(form.shown, form.phone, facts.today)
        if form.shown is not None:
            found += _expiry(form.shown, form.expired_reason, facts.today)
    if not form.matched:
        found.append(error("matched", "看一眼证件照片与本人，勾选「人证一致（人工核对）」"))
    if not form.notice_told:
        found.append(error("notice", "把个人信息处理告知书给租客看过，再勾选已告知"))
    if form.party is not None and form.party.bank is not None and not form.bank_consent:
        found.append(error("bank_consent", "银行账户要单独同意：租客同意后勾选，不同意就不填"))
    if facts.taken is not None:
        period, name = facts.taken
        found.append(error("room", f"这间房在 {period.end} 前已出租给{name}，换房或改起租日"))
    if facts.held is not None and facts.held[2] != form.party_id:
        name, until, _ = facts.held
        found.append(error("room", f"这间房为{name}留到 {until}：换一间，或从那份预订办入住"))
    if facts.condition in (RoomCondition.REPAIR, RoomCondition.OUT_OF_USE):
        word = "维修" if facts.condition is RoomCondition.REPAIR else "停用"
        found.append(error("room", f"这间房正在{word}，换一间，或先改房间状态"))
    if not facts.habitable and form.purpose == "居住":
        found.append(error("room", "厨房、阳台、储藏间等不能单独出租供人居住：换一间"))
    return found


def _expiry(document: party_forms.DocumentForm, reason: str, today: date) -> list[Problem]:
    if document.valid_to is None or document.valid_to >= today or reason.strip():
        return []
    return [error("expired_reason", "证件已过期：写明先办理的原因，例如 已在换证、有回执")]


@needs(Right.CHECK_IN)
def check_in_facts(look: Look, room_id: UUID | None, period: Period | None) -> CheckInFacts:
    """The facts that `check_in_problems` needs, as they are now."""
    return facts_now(look, room_id, period)


@part
def facts_now(look: Look, room_id: UUID | None, period: Period | None) -> CheckInFacts:
    """`check_in_facts` inside an act."""
    if room_id is None:
        return CheckInFacts(look.world.today(), _rules(look))
    return _facts_of(look, [(room_id, period)])[0]


def _rules(look: Look) -> LimitRules:
    rules = settings.values_of(look, "deposit_months_limit", "rent_ahead_months_limit", "short_stay_days")
    return LimitRules(
        deposit_months=int(rules["deposit_months_limit"]), rent_months=int(rules["rent_ahead_months_limit"]),
        short_stay_days=int(rules["short_stay_days"]),
    )  # fmt: skip


def _facts_of(look: Look, wanted: Sequence[tuple[UUID, Period | None]]) -> list[CheckInFacts]:
    """The facts of several rooms, each for its own time."""
    today, rules = look.world.today(), _rules(look)
    ids = sorted({room_id for room_id, _ in wanted})
    rooms = {room.id: room for room in _ROOMS.rows(look.session.connection(), ids)}
    families = _families(look, ids)
    held = _HELD.rows(look.session.connection(), set().union(*families.values()))
    reserved = _RESERVED.rows(look.session.connection(), set().union(*families.values()), today=today)
    facts = []
    for room_id, period in wanted:
        room = rooms.get(room_id)
        if room is None or room.deleted_at is not None or (room.retired_on is not None and room.retired_on <= today):
            raise NotFound("这间房")
        taken = waiting = None
        if period is not None:
            taken = next((_span(row) for row in held if _in_the_way(row, families[room_id], period, today)), None)
            waiting = next((_reservation(row) for row in reserved if _before(row, families[room_id], period)), None)
        facts.append(CheckInFacts(today, rules, taken, waiting, room.condition, room.habitable))
    return facts


def _before(row: Any, family: AbstractSet[UUID], period: Period) -> bool:
    """A lease that is over before they come does not take the room from them."""
    return row.room_id in family and period.end >= (row.moves_in_on or row.valid_from)


def _reservation(row: Any) -> tuple[str, date, UUID]:
    return row.name, row.valid_to, row.party_id


_RESERVED = Asked(
    lambda one_of: (
        sa.select(
            Reservation.room_id, Reservation.party_id, Reservation.valid_from, Reservation.valid_to,
            Reservation.moves_in_on, Party.name,
        )
        .join(Party, Party.id == Reservation.party_id)
        .where(
            one_of(Reservation.room_id), Reservation.state == ReservationState.HELD,
            Reservation.deleted_at.is_(None), Reservation.valid_to >= sa.bindparam("today"),
        )
        .order_by(Reservation.valid_from, Reservation.id)
    )
)  # fmt: skip
"""The reservations that hold some rooms today, with whom they are for."""
_ROOMS = Asked(
    lambda one_of: sa.select(Room.id, Room.deleted_at, Room.retired_on, Room.condition, Room.habitable).where(
        one_of(Room.id)
    )
)
_HELD = Asked(
    lambda one_of: (
        sa.select(LeaseRoom.room_id, LeaseRoom.valid_from, LeaseRoom.valid_to, Lease.state, Party.name)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .where(one_of(LeaseRoom.room_id), LeaseRoom.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to)
        .order_by(LeaseRoom.valid_from, LeaseRoom.id)
    )
)
"""The leases on some rooms from the earliest on, with who signed them."""
_NESTED = Asked(
    lambda one_of: sa.select(Room.id, Room.parent_id).where(
        Room.parent_id.is_not(None), sa.or_(one_of(Room.id), one_of(Room.parent_id))
    )
)


def _in_the_way(row: Any, family: AbstractSet[UUID], period: Period, today: date) -> bool:
    if row.room_id not in family:
        return False
    if row.valid_from <= period.end and row.valid_to >= period.start:
        return True
    # Expired but not moved out: the tenant is still inside, whatever the paper says.
    return row.state in INSIDE and row.valid_to < period.start <= today


def _span(row: Any) -> tuple[Period, str]:
    return Period(row.valid_from, row.valid_to), row.name


def _families(look: Look, room_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Each room with what contains it and what it contains: a flat and its beds are not let twice."""
    above: dict[UUID, UUID] = {}
    below: dict[UUID, set[UUID]] = {}
    asked: set[UUID] = set()
    members = set(room_ids)
    while members:
        rows = _NESTED.rows(look.session.connection(), members)
        asked |= members
        for room_id, parent_id in rows:
            if parent_id is not None:
                above[room_id] = parent_id
                below.setdefault(parent_id, set()).add(room_id)
        members = (above.keys() | below.keys()) - asked
    families = {}
    for room_id in room_ids:
        family, up, down = {room_id}, above.get(room_id), [room_id]
        while up is not None:
            family.add(up)
            up = above.get(up)
        while down:
            inner = below.get(down.pop(), set())
            family |= inner
            down += inner
        families[room_id] = family
    return families


@needs(Right.CHECK_IN)
def check_in(work: Work, form: CheckIn) -> CheckedIn:
    """Check a tenant in: party, notice, lease, bills due now, readings, keys; the flow decides at once.

    Raises ProblemsFound with every field to mend, RoomTaken when the room was let in this very moment, Refused when the
    terms go above a limit that this office lets nobody pass alone.
    """
    _may_exceed(work, form)
    return put_check_in(work, form)


def _may_exceed(work: Work, form: CheckIn) -> None:
    """An office may ask for a second person where a deposit or rent ahead is above what it allows."""
    if not settings.value_of(work, "over_limit_approval"):
        return
    for remark in limits(form.terms, _rules(work)):
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
        work.subject(m.lease)
        work.record(room=m.form.room_id.hex, bills=len(ids), expired_reason=bool(m.form.expired_reason.strip()))
    world.fault("check_in.photos")
    if len(made) > 1:
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
    lease: Lease
    notice: UUID
    """The words the tenant was told."""
    names: list[tuple[UUID, str]]
    """(id, name) of everybody who is new here."""


def _put_leases(work: Work, forms: Sequence[CheckIn]) -> list[_Made]:
    """Check everything with the rooms locked, then make the rows of tenants and leases; `_store` writes them."""
    session, world = work.session, work.world
    if session.get_bind().dialect.name == "postgresql":
        locked = set().union(*_families(work, [form.room_id for form in forms]).values())
        _LOCK.rows(session.connection(), locked)
    facts = _facts_of(work, [(form.room_id, form.terms.period) for form in forms])
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
        party_id = _put_tenant(work, form, names)
        world.fault("check_in.party")
        lease = _put_lease(work, form, party_id, papers["housing_lease"], names)
        made.append(_Made(form, party_id, lease, form.notice_id or papers["pipl_notice"], names))
    world.fault("check_in.lease")
    return made


_LOCK = Asked(lambda one_of: sa.select(Room.id).where(one_of(Room.id)).order_by(Room.id).with_for_update())


def _store(work: Work, made: Sequence[_Made]) -> None:
    """Write the tenants and leases, what the tenants were told, and the ways to type their names."""
    answers: list[tuple[UUID, str, str, UUID | None]] = []
    for m in made:
        answers.append((m.party_id, "notice", "told", m.notice))
        if m.form.party is not None and m.form.party.bank is not None:
            answers.append((m.party_id, "bank_account", "given", m.notice))
    work.session.flush()
    consents.put_many(work, answers)
    derived.add_names(work.session, [name for m in made for name in m.names])


def _put_tenant(work: Work, form: CheckIn, names: list[tuple[UUID, str]]) -> UUID:
    """The tenant, new or known."""
    if form.party_id is None:
        added = parties.add_party(work, _party(form), matched=True)
        names += added
        return added[0][0]
    if form.party is not None:
        names += parties.complete_party(work, form.party_id, _party(form))
    else:
        parties.meet_again(work, form.party_id, form.shown, form.phone)
    return form.party_id


def _put_lease(work: Work, form: CheckIn, party_id: UUID, template: UUID, names: list[tuple[UUID, str]]) -> Lease:
    """The lease itself as a draft: terms, tenant, room and who lives there."""
    start = form.terms.start
    lease = work.add(
        Lease(
            number=take_number(work, Series.LEASE), kind=LeaseKind.LEASE, state=LeaseState.DRAFT, lessor_id=None,
            renews_id=None, template_id=template, signed_on=form.signed_on or work.world.today(), moved_in_on=None,
            notice_on=None, moved_out_on=None,
        )
    )  # fmt: skip
    work.add(term_row(lease.id, form.terms, form.purpose))
    work.add(LeaseParty(lease_id=lease.id, party_id=party_id, role=LeaseRole.TENANT, valid_from=start, valid_to=None))
    work.add(LeaseRoom(lease_id=lease.id, room_id=form.room_id, valid_from=start, valid_to=form.terms.end))
    people = [party_id]
    for other in form.occupants:
        parties.check_party(work, other)
        added = parties.add_party(work, other, matched=False)
        names += added
        people.append(added[0][0])
    for person in people:
        work.add(Occupant(lease_id=lease.id, party_id=person, valid_from=start, valid_to=None))
    return lease


def _party(form: CheckIn) -> party_forms.PartyForm:
    assert form.party is not None
    return form.party


@needs(Right.CHECK_IN)
def move_in(
    work: Work, lease_id: UUID, readings: Sequence[handover.ReadingForm] = (), keys: int = 0, cards: int = 0
) -> None:
    """Hand over the room of a signed lease on the day the tenant comes. Raises ForbiddenMove, RoomTaken."""
    lease = work.get(Lease, lease_id)
    room = work.session.scalars(
        sa.select(LeaseRoom).where(LeaseRoom.lease_id == lease_id).order_by(LeaseRoom.valid_from)
    ).first()
    tenant = work.session.scalars(
        sa.select(LeaseParty.party_id).where(LeaseParty.lease_id == lease_id, LeaseParty.role == LeaseRole.TENANT)
    ).first()
    if room is None or tenant is None:
        raise NotFound("这份租约")
    inside = work.session.scalar(
        sa.select(Party.name)
        .join(LeaseParty, LeaseParty.party_id == Party.id)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(LeaseRoom.room_id == room.room_id, Lease.state.in_(INSIDE), Lease.id != lease_id)
        .limit(1)
    )
    if inside is not None:
        raise RoomTaken(f"{inside}还没有退租，先办退租再交房")
    _hand_over(work, lease, room.room_id, tenant, readings, keys, cards)
    work.subject(lease)
    work.record(moved_in=True)


def _hand_over(
    work: Work,
    lease: Lease,
    room_id: UUID,
    party_id: UUID,
    readings: Sequence[handover.ReadingForm],
    keys: int,
    cards: int,
) -> None:
    lease.state = move(LEASE, lease.state, "move_in")
    lease.moved_in_on = work.world.today()
    handings = [handover.Handing(room_id, lease.id, party_id, readings, keys, cards)]
    handover.put_readings(work, handings)
    handover.hand_out(work, handings)


# ---- showing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease in a list."""

    id: UUID
    number: str
    state: LeaseState
    tenant_id: UUID
    tenant: str
    room_id: UUID
    room: str
    start: date
    end: date
    rent: Money
    owed: Money
    """Open and past due today."""

    def word(self, today: date, expiring_days: int) -> str:
        """The state as people say it; expiring and overstayed come from the dates."""
        if self.state in INSIDE and today > self.end:
            return "期满未退"
        if self.state in INSIDE and (self.end - today).days <= expiring_days:
            return "将到期"
        return STATE_WORDS[self.state]


STATE_WORDS = {
    LeaseState.DRAFT: "草稿",
    LeaseState.SIGNED: "待入住",
    LeaseState.ACTIVE: "在租",
    LeaseState.NOTICE: "已通知退租",
    LeaseState.MOVED_OUT: "已搬离",
    LeaseState.SETTLED: "已结清",
    LeaseState.CLOSED: "已归档",
    LeaseState.CANCELLED: "已取消",
}


@dataclass(frozen=True, slots=True)
class LeasePage:
    """Everything the lease page shows and the lease prints."""

    row: LeaseRow
    version: int
    terms: LeaseTerms
    purpose: str
    signed_on: date | None
    moved_in_on: date | None
    moved_out_on: date | None
    template_id: UUID | None
    parties: tuple[tuple[UUID, str, LeaseRole], ...]
    occupants: tuple[tuple[UUID, str], ...]
    schedule: tuple[PlannedBill, ...]
    posted: frozenset[str]
    """Source keys (without the lease) already posted as bills."""
    deposit_held: Money
    readings: tuple[handover.ReadingRow, ...]
    keys_out: tuple[tuple[str, int], ...]
    files: tuple[attachments.FileRow, ...]


def _lease_query(today: date) -> Any:
    owed = (
        sa.select(BillBalance.lease_id, sa.func.sum(BillBalance.owed).label("fen"))
        .where(BillBalance.due < today, BillBalance.owed != NIL)
        .group_by(BillBalance.lease_id)
        .subquery()
    )
    return (
        sa.select(
            Lease.id, Lease.number, Lease.state, Party.id.label("tenant_id"), Party.name, LeaseRoom.room_id,
            Building.name.label("building"), Room.number.label("room_number"), LeaseTerm.start, LeaseTerm.end,
            LeaseTerm.rent, owed.c.fen,
        )
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(owed, owed.c.lease_id == Lease.id)
        .where(Lease.deleted_at.is_(None), LeaseTerm.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None))
    )  # fmt: skip


def _lease_row(found: Any) -> LeaseRow:
    owed = found.fen
    return LeaseRow(
        found.id, found.number, found.state, found.tenant_id, found.name, found.room_id,
        f"{found.building} {found.room_number}", found.start, found.end, found.rent,
        NIL if owed is None else owed if isinstance(owed, Money) else Money(int(owed)),
    )  # fmt: skip


@needs(Right.SEE_LEASES)
def leases_of(
    look: Look, *, party_id: UUID | None = None, room_id: UUID | None = None, limit: int = 50
) -> list[LeaseRow]:
    """Leases of a party or room, the latest first."""
    query = _lease_query(look.world.today())
    if party_id is not None:
        query = query.where(Party.id == party_id)
    if room_id is not None:
        query = query.where(LeaseRoom.room_id == room_id)
    return [
        _lease_row(row) for row in look.session.execute(query.order_by(LeaseTerm.start.desc(), Lease.id).limit(limit))
    ]


@needs(Right.SEE_LEASES)
def lease_page(look: Look, lease_id: UUID) -> LeasePage:
    """One lease with its parties, schedule and handover. Raises NotFound."""
    return lease_facts(look, lease_id)


@part
def lease_facts(look: Look, lease_id: UUID) -> LeasePage:
    """`lease_page` inside another function."""
    from desktop.models.billing import Bill

    session = look.session
    lease = look.get(Lease, lease_id)
    found = session.execute(_lease_query(look.world.today()).where(Lease.id == lease_id)).first()
    if found is None:
        raise NotFound("这份租约")
    term = session.scalars(
        sa.select(LeaseTerm).where(LeaseTerm.lease_id == lease_id).order_by(LeaseTerm.effective_from.desc()).limit(1)
    ).one()
    terms = terms_of(term)
    people = session.execute(
        sa.select(Party.id, Party.name, LeaseParty.role)
        .join(LeaseParty, LeaseParty.party_id == Party.id)
        .where(LeaseParty.lease_id == lease_id, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.created_at, LeaseParty.id)
    ).all()
    occupants = session.execute(
        sa.select(Party.id, Party.name)
        .join(Occupant, Occupant.party_id == Party.id)
        .where(Occupant.lease_id == lease_id, Occupant.deleted_at.is_(None))
        .order_by(Occupant.created_at, Occupant.id)
    ).all()
    prefix = f"lease:{lease_id.hex}:"
    posted = frozenset(
        key.removeprefix(prefix) for key in session.scalars(sa.select(Bill.source_key).where(Bill.lease_id == lease_id))
    )
    return LeasePage(
        _lease_row(found), lease.version, terms, term.purpose, lease.signed_on, lease.moved_in_on, lease.moved_out_on,
        lease.template_id, tuple((row.id, row.name, row.role) for row in people),
        tuple((row.id, row.name) for row in occupants), tuple(plan_bills(terms)), posted,
        -journal.balance(look, Account.DEPOSIT_HELD, lease_id=lease_id), handover.readings_of(look, lease_id),
        handover.keys_out(look, lease_id), attachments.files_of(look, lease_id),
    )  # fmt: skip


@part
def rooms_of_parties(look: Look, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """{party: rooms in words} of leases in which the tenant has the keys or will get them."""
    found: dict[UUID, list[str]] = {}
    for party_id, building, number in look.session.execute(
        sa.select(LeaseParty.party_id, Building.name, Room.number)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(LeaseParty.party_id.in_(ids), Lease.state.in_((*INSIDE, LeaseState.SIGNED)))
        .order_by(LeaseRoom.valid_from)
    ):
        found.setdefault(party_id, []).append(f"{building} {number}")
    return found
