"""What clerks do while the line is what it is. Payments are remembered: each that was said to be stored must be found
everywhere in the end, once."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from desktop.models.parties import Party
from desktop.models.values import Money, PayMethod
from desktop.services import billing, enquiries, lease_moves, notes, party_edits, payments, reversals, settings
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import DeskFacts
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, person, terms
from tests.simulation.line import Crash
from tests.simulation.place import Place
from tests.simulation.stage import Base


@dataclass
class Truth:
    """What was said to be stored."""

    payments: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    """Amount in fen and the number that was printed."""
    secrets: list[str] = field(default_factory=list)
    people: int = 0
    acts: int = 0


def rename(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.CHANGE_PARTY) as work:
        row = work.get(Party, pick.choice(base.parties))
        phone = pick.choice([None, f"139{pick.randrange(10**8):08d}"])
        form = party_edits.PartyEdit(
            pick.choice(["顾听澜", "顾听蓝", "顾廷澜", row.name]), pick.choice(["教师", "木匠", None]), row.note, phone
        )
        party_edits.change_party(work, row.id, row.version, form)
    if phone is not None:
        truth.secrets.append(phone)


def notice(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, pick.choice(base.leases))


def stay(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.withdraw_notice(work, pick.choice(base.leases))


def come(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_in(work, pick.choice(base.leases[3:]))


def pay(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    party_id = pick.choice(base.parties)
    with look(place.office, PROGRAM) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, party_id=party_id) if bill.owed.fen > 0}
    if not owed:
        return
    chosen = pick.choice(list(owed))
    amount = Money(max(1, owed[chosen].fen // pick.choice([1, 2, 5, 20])))
    tender = payments.TenderForm(PayMethod.WECHAT, amount, f"{pick.randrange(10**12)}")
    with begin(place.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(work, payments.TakePayment(party_id, {chosen: amount}, [tender]))
    truth.payments[taken.payment_id] = amount.fen, taken.receipt_number


def reverse(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    if not truth.payments:
        return
    payment_id = pick.choice(list(truth.payments))
    with begin(place.office, PROGRAM, Op.REVERSE_PAYMENT) as work:
        taken = reversals.reverse_payment(work, payment_id, "微信实际未到账")
    truth.payments[taken.payment_id] = -truth.payments[payment_id][0], taken.receipt_number


def talk(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.ADD_NOTE) as work:
        text = pick.choice(["门锁换过", "电话里说下周交"])
        notes.add_note(work, notes.NoteForm(text, party_id=pick.choice(base.parties)))


def go_on(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    event = pick.choice(["view", "lose", "reopen"])
    with begin(place.office, PROGRAM, Op.CHANGE_ENQUIRY) as work:
        enquiries.move_enquiry(work, base.enquiry, event, "嫌远", place.world.today())


def let(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    """Somebody new moves in, perhaps into a room that another office lets at the same hour."""
    truth.people += 1
    number = 100 + truth.people
    form = person(f"赵{number}", number, date(1980 + number % 20, 1 + number % 12, 5), f"136{number:08d}")
    truth.secrets += [form.phone or "", form.document.number if form.document is not None else ""]
    check_in(place.office, PROGRAM, pick.choice(base.rooms), form, terms(place.world.today()))


def lock_sooner(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    with begin(place.office, PROGRAM, Op.CHANGE_SETTING) as work:
        work.authorised += 1
        settings.put(work, "lock_minutes", pick.randrange(1, 60))


def sit_elsewhere(place: Place, base: Base, truth: Truth, pick: random.Random) -> None:
    """Another PC of the office: its numbers are of another desk."""
    from desktop.services import devices

    with begin(place.office, PROGRAM, Op.APPROVE_DEVICE) as work:
        work.authorised += 1
        desk = devices.put_desk(work, "前台")
        facts = DeskFacts(desk.id, desk.code, desk.name)
    place.office.desk = facts


DOINGS: tuple[Callable[[Place, Base, Truth, random.Random], None], ...] = (
    rename, rename, notice, stay, come, pay, pay, pay, pay, reverse, talk, talk, go_on, go_on, let, lock_sooner,
    sit_elsewhere,
)  # fmt: skip


def do_something(place: Place, base: Base, truth: Truth) -> None:
    """One act of a clerk, who may be refused; or the process dies in it."""
    place.world.advance(timedelta(seconds=place.pick.randrange(30)))
    with suppress(DomainError):
        try:
            place.pick.choice(DOINGS)(place, base, truth, place.pick)
            truth.acts += 1
        except Crash:
            place.dies()
