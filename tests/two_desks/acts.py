"""What a clerk may do next: a seeded generator of acts, each with what its clerk had seen when she decided.

`Clerk.next(survey)` gives a `Plan`: which service is called, with what, and which stored values the clerk believes in
(`saw`) and writes (`wrote`). The judge replays them: an act that was confirmed must have found what its clerk had seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.enquiries import Enquiry, Reservation
from desktop.models.leases import Lease
from desktop.models.notes import Note
from desktop.models.parties import Party
from desktop.models.payments import Payment, PaymentKind
from desktop.models.values import NIL, LeaseState, Money, PayMethod, ReservationState
from desktop.services import (
    board,
    check_in_forms,
    check_ins,
    enquiries,
    enquiry_lists,
    lease_moves,
    notes,
    owners,
    parties,
    party_edits,
    party_page,
    payments,
    places,
    reservations,
    reversals,
    room_changes,
    settings,
    settlements,
    templates,
    text_merge,
)
from desktop.services.acts import Op
from desktop.services.transitions import LEASE
from desktop.services.work import Look, Work
from tests.offices import person, terms

Key = tuple[str, str, str]
"""(table, row, field) of a value that several clerks write."""
RECENT = 6
MOST_ROOMS = 20
NAMES = ("沈知微", "林以宁", "周思齐", "许朗", "程晨", "宋怀瑾", "苏望舒", "叶书瑶", "江令仪", "温清和")
TEMPLATE = "pipl_notice"


@dataclass(frozen=True, slots=True)
class Plan:
    """One act: `call(work)` does it. `again(look)` decides anew after both versions were shown; None: leave it."""

    name: str
    op: Op
    call: Callable[[Work], Any]
    saw: Mapping[Key, str] = field(default_factory=dict)
    wrote: Mapping[Key, str] = field(default_factory=dict)
    token: str = ""
    again: Callable[[Look], Plan] | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to do something with, as a clerk looks it up; the latest of each kind."""

    vacant: tuple[UUID, ...]
    rooms: tuple[UUID, ...]
    parties: tuple[UUID, ...]
    leases: tuple[tuple[UUID, LeaseState], ...]
    bills: tuple[tuple[UUID, UUID, Money], ...]
    payments: tuple[UUID, ...]
    notes: tuple[UUID, ...]
    enquiries: tuple[UUID, ...]
    held: tuple[tuple[UUID, date], ...]


def survey(look: Look) -> Survey:
    """Look around the office."""
    session = look.session

    def latest(column: Any, *conditions: Any) -> tuple[Any, ...]:
        return tuple(session.scalars(sa.select(column).where(*conditions).order_by(column.desc()).limit(RECENT)))

    reversed_ = sa.select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
    standing = session.execute(
        sa.select(Lease.id, Lease.state)
        .where(Lease.state.not_in((LeaseState.CLOSED, LeaseState.CANCELLED)), Lease.deleted_at.is_(None))
        .order_by(Lease.id.desc())
        .limit(RECENT)
    )
    owed = session.execute(
        sa.select(BillBalance.bill_id, Bill.debtor_id, BillBalance.owed)
        .join(Bill, Bill.id == BillBalance.bill_id)
        .where(BillBalance.owed > NIL)
        .order_by(BillBalance.bill_id.desc())
        .limit(RECENT)
    )
    held = session.execute(
        sa.select(Reservation.id, Reservation.valid_to)
        .where(Reservation.state == ReservationState.HELD, Reservation.deleted_at.is_(None))
        .order_by(Reservation.id.desc())
        .limit(RECENT)
    )
    tiles = board.board(look).tiles
    return Survey(
        tuple(tile.room_id for tile in tiles if tile.state in board.VACANT), tuple(tile.room_id for tile in tiles),
        latest(Party.id, Party.deleted_at.is_(None)), tuple((row.id, row.state) for row in standing),
        tuple((row.bill_id, row.debtor_id, row.owed) for row in owed),
        latest(Payment.id, Payment.kind == PaymentKind.PAYMENT, Payment.id.not_in(reversed_)),
        latest(Note.id, Note.deleted_at.is_(None)), latest(Enquiry.id, Enquiry.deleted_at.is_(None)),
        tuple((row.id, row.valid_to) for row in held),
    )  # fmt: skip


def _words(value: object) -> str:
    return "" if value is None else str(value)


class Clerk:
    """One clerk's whims. The same seed gives the same whims, though not the same office to have them in."""

    def __init__(self, seed: int, mark: str, today: date) -> None:
        self.random = random.Random(seed)
        self.mark, self.today = mark, today
        self._count = 0
        self._ways: list[tuple[int, Callable[[Look, Survey], Plan | None]]] = [
            (5, self._edit_party), (4, self._add_note), (4, self._change_note), (5, self._pay), (2, self._reverse),
            (3, self._check_in), (5, self._move_lease), (2, self._reserve), (1, self._release), (2, self._extend),
            (4, self._edit_room), (1, self._split_room), (1, self._merge_rooms), (1, self._renumber), (1, self._own),
            (2, self._set_rule), (1, self._edit_template), (2, self._enquire), (3, self._change_enquiry),
            (1, self._register),
        ]  # fmt: skip

    def next(self, look: Look) -> Plan | None:
        """What she does next, seen as things stand now; None when there is nothing of that kind to do."""
        seen = survey(look)
        (_, way), *_ = self.random.choices(self._ways, [weight for weight, _ in self._ways])
        return way(look, seen)

    def _token(self) -> str:
        self._count += 1
        return f"{self.mark}{self._count}"

    def _one(self, of: tuple[Any, ...]) -> Any:
        return self.random.choice(of) if of else None

    def _person(self, token: str) -> Any:
        number = int(token[1:]) + (500_000 if token[0] == "B" else 0)
        birth = date(1970 + number % 30, 1 + number % 12, 1 + number % 28)
        return person(self.random.choice(NAMES), sequence=1 + number % 490, birth=birth, phone=f"138{number:08d}")

    # people and notes

    def _register(self, _look: Look, _seen: Survey) -> Plan:
        token = self._token()
        form = self._person(token)
        return Plan("register", Op.REGISTER_PARTY, lambda work: parties.register_party(work, form), token=token)

    def _edit_party(self, look: Look, seen: Survey) -> Plan | None:
        party_id = self._one(seen.parties)
        field_, token = self.random.choice(("occupation", "note")), self._token()
        return None if party_id is None else self._party_plan(look, party_id, field_, token)

    def _party_plan(self, look: Look, party_id: UUID, field_: str, token: str) -> Plan:
        page = party_page.party_page(look, party_id)
        saw = {("party", party_id.hex, name): _words(getattr(page, name)) for name in ("occupation", "note")}
        values = {"occupation": page.occupation, "note": page.note} | {field_: f"第{token}次"}
        wrote = {("party", party_id.hex, name): _words(value) for name, value in values.items()}
        form = party_edits.PartyEdit(page.name, values["occupation"], values["note"])

        def call(work: Work) -> Any:
            return party_edits.change_party(work, party_id, page.version, form)

        return Plan(
            "edit party", Op.CHANGE_PARTY, call, saw, wrote, token,
            lambda again: self._party_plan(again, party_id, field_, token),
        )  # fmt: skip

    def _add_note(self, _look: Look, seen: Survey) -> Plan | None:
        party_id, room_id, token = self._one(seen.parties), self._one(seen.rooms), self._token()
        if party_id is None:
            return None
        about = {"party_id": party_id} if self.random.random() < 0.7 else {"room_id": room_id}
        form = notes.NoteForm(f"{token}：来电，改天再说", **about)
        return Plan("add note", Op.ADD_NOTE, lambda work: notes.add_note(work, form), token=token)

    def _change_note(self, look: Look, seen: Survey) -> Plan | None:
        note_id, token = self._one(seen.notes), self._token()
        return None if note_id is None else self._note_plan(look, note_id, token)

    def _note_plan(self, look: Look, note_id: UUID, token: str) -> Plan:
        row = notes.note_of(look, note_id)
        key = ("note", note_id.hex, "text")
        text = f"{row.form.text.split('｜')[0]}｜{token}"
        form = notes.NoteForm(text, row.form.kind, pinned=row.form.pinned)

        def call(work: Work) -> Any:
            return notes.change_note(work, note_id, row.version, form)

        return Plan(
            "change note", Op.CHANGE_NOTE, call, {key: row.form.text}, {key: text}, token,
            lambda again: self._note_plan(again, note_id, token),
        )  # fmt: skip

    # money

    def _pay(self, _look: Look, seen: Survey) -> Plan | None:
        found, token = self._one(seen.bills), self._token()
        if found is None:
            return None
        bill_id, debtor_id, owed = found
        part = self.random.random() < 0.4 and owed.fen > 2
        amount = Money(self.random.randrange(1, owed.fen)) if part else owed
        order = payments.TakePayment(
            debtor_id, {bill_id: amount}, [payments.TenderForm(PayMethod.WECHAT, amount, token)]
        )
        key = ("tender", token, "amount")
        return Plan(
            "pay", Op.TAKE_PAYMENT, lambda work: payments.take_payment(work, order),
            wrote={key: str(amount.fen)}, token=token,
        )  # fmt: skip

    def _reverse(self, _look: Look, seen: Survey) -> Plan | None:
        payment_id = self._one(seen.payments)
        if payment_id is None:
            return None
        return Plan(
            "reverse", Op.REVERSE_PAYMENT, lambda work: reversals.reverse_payment(work, payment_id, "付款方式录错")
        )

    # leases

    def _check_in(self, _look: Look, seen: Survey) -> Plan | None:
        room_id, token = self._one(seen.vacant), self._token()
        if room_id is None:
            return None
        later = timedelta(days=self.random.choice((0, 0, 9)))
        form = check_in_forms.CheckIn(
            room_id, terms(self.today + later), party=self._person(token), matched=True, notice_told=True, keys=2
        )
        return Plan("check in", Op.CHECK_IN, lambda work: check_ins.check_in(work, form), token=token)

    def _move_lease(self, look: Look, seen: Survey) -> Plan | None:
        found, token = self._one(seen.leases), self._token()
        if found is None:
            return None
        lease_id, state = found
        event, sums = self._one(LEASE.possible(state)), settlements.settlement_of(look, lease_id)
        calls: dict[str, Callable[[Work], Any]] = {
            "move_in": lambda work: lease_moves.move_in(work, lease_id, keys=1),
            "cancel": lambda work: lease_moves.cancel_lease(work, lease_id, "客户改租别处"),
            "give_notice": lambda work: lease_moves.give_notice(work, lease_id),
            "withdraw_notice": lambda work: lease_moves.withdraw_notice(work, lease_id),
            "move_out": lambda work: lease_moves.move_out(work, lease_id),
            "settle": lambda work: settlements.settle_lease(work, lease_id, sums),
            "close": lambda work: settlements.close_lease(work, lease_id),
        }
        if event not in calls:
            return None
        key = ("lease", lease_id.hex, "state")
        wrote = {key: LEASE.moves[state][event].value}
        return Plan(f"lease {event}", Op.CHANGE_LEASE, calls[event], {key: state.value}, wrote, token)

    # rooms and reservations

    def _reserve(self, _look: Look, seen: Survey) -> Plan | None:
        room_id, token = self._one(seen.vacant), self._token()
        if room_id is None:
            return None
        form = reservations.ReservationForm(
            room_id, self.today + timedelta(days=3), name=self.random.choice(NAMES), phone=self._person(token).phone
        )
        return Plan("reserve", Op.RESERVE_ROOM, lambda work: reservations.reserve_room(work, form), token=token)

    def _release(self, _look: Look, seen: Survey) -> Plan | None:
        found = self._one(seen.held)
        if found is None:
            return None
        key = ("reservation", found[0].hex, "state")
        return Plan(
            "release", Op.CHANGE_RESERVATION,
            lambda work: reservations.release_reservation(work, found[0], "客人不来了"),
            {key: "held"}, {key: "returned"},
        )  # fmt: skip

    def _extend(self, look: Look, seen: Survey) -> Plan | None:
        found = self._one(seen.held)
        return None if found is None else self._extend_plan(look, found[0])

    def _extend_plan(self, look: Look, reservation_id: UUID) -> Plan:
        row = reservations.reservation_of(look, reservation_id)
        key = ("reservation", reservation_id.hex, "valid_to")
        until = self.today + timedelta(days=self.random.randrange(1, 60))

        def call(work: Work) -> Any:
            return reservations.extend_reservation(work, reservation_id, until, row.version)

        return Plan(
            "extend", Op.CHANGE_RESERVATION, call, {key: str(row.valid_to)}, {key: str(until)},
            again=lambda again: self._extend_plan(again, reservation_id),
        )  # fmt: skip

    def _edit_room(self, look: Look, seen: Survey) -> Plan | None:
        room_id, token = self._one(seen.rooms), self._token()
        return None if room_id is None else self._room_plan(look, room_id, token)

    def _room_plan(self, look: Look, room_id: UUID, token: str) -> Plan:
        row = places.room_place(look, room_id)
        key = ("room", room_id.hex, "layout")
        form = places.RoomForm(row.area, f"一室{token}", row.asking_rent, row.condition, row.condition_note)
        return Plan(
            "edit room", Op.CHANGE_PLACE, lambda work: places.change_room(work, room_id, row.version, form),
            {key: _words(row.layout)}, {key: f"一室{token}"}, token,
            lambda again: self._room_plan(again, room_id, token),
        )  # fmt: skip

    def _split_room(self, look: Look, seen: Survey) -> Plan | None:
        room_id, token = self._one(seen.vacant), self._token()
        if room_id is None or len(seen.rooms) >= MOST_ROOMS:
            return None
        floor = places.room_place(look, room_id).floor
        parts = [places.RoomDraft(f"{token}{side}", floor, Decimal("9.00"), "单间") for side in "甲乙"]
        return Plan(
            "split room", Op.CHANGE_PLACE, lambda work: room_changes.split_room(work, room_id, parts, reason="改成单间")
        )

    def _merge_rooms(self, look: Look, seen: Survey) -> Plan | None:
        if len(seen.vacant) < 2 or len(seen.rooms) <= MOST_ROOMS // 2:
            return None
        both = self.random.sample(seen.vacant, 2)
        floor, token = places.room_place(look, both[0]).floor, self._token()
        into = places.RoomDraft(f"{token}合", floor, Decimal("18.00"), "两室", Money.yuan(2400))
        return Plan(
            "merge rooms", Op.CHANGE_PLACE, lambda work: room_changes.merge_rooms(work, both, into, reason="打通")
        )

    def _renumber(self, look: Look, seen: Survey) -> Plan | None:
        room_id, number = self._one(seen.rooms), f"{self.random.randrange(900, 912)}"
        return None if room_id is None else self._renumber_plan(look, room_id, number)

    def _renumber_plan(self, look: Look, room_id: UUID, number: str) -> Plan:
        shown, key = places.room_place(look, room_id).number, ("room", room_id.hex, "number")
        return Plan(
            "renumber", Op.CHANGE_PLACE,
            lambda work: room_changes.renumber_room(work, room_id, shown, number, self.today),
            {key: shown}, {key: number}, again=lambda again: self._renumber_plan(again, room_id, number),
        )  # fmt: skip

    def _own(self, look: Look, seen: Survey) -> Plan | None:
        room_id, party_id = self._one(seen.rooms), self._one(seen.parties)
        return None if room_id is None or party_id is None else self._owners_plan(look, room_id, party_id)

    def _owners_plan(self, look: Look, room_id: UUID, party_id: UUID) -> Plan:
        shown = [row for row in owners.owners_of(look, room_id) if row.valid_to is None]
        key, form = ("ownership", room_id.hex, "owners"), owners.OwnerForm(party_id, Decimal(1))
        return Plan(
            "set owners", Op.CHANGE_PLACE, lambda work: owners.set_owners(work, room_id, shown, [form], self.today),
            {key: ",".join(sorted(row.party_id.hex for row in shown))}, {key: party_id.hex},
            again=lambda again: self._owners_plan(again, room_id, party_id),
        )  # fmt: skip

    # rules, papers, enquiries

    def _set_rule(self, look: Look, _seen: Survey) -> Plan:
        seen, days = settings.current_settings(look), self.random.randrange(10, 60)
        key = ("setting", "expiring_days", "value")
        return Plan(
            "set rule", Op.CHANGE_SETTING, lambda work: settings.change_settings(work, {"expiring_days": days}, seen),
            {key: str(seen["expiring_days"])}, {key: str(days)}, again=lambda again: self._set_rule(again, _seen),
        )  # fmt: skip

    def _edit_template(self, look: Look, _seen: Survey) -> Plan:
        now, token = templates.current_template(look, TEMPLATE), self._token()
        lines = now.body.split("\n")
        lines.insert(self.random.randrange(len(lines) + 1), f"{{# {token} #}}")
        return self._template_plan(now, "\n".join(lines), token)

    def _template_plan(self, base: templates.TemplateText, mine: str, token: str) -> Plan:
        def again(look: Look) -> Plan:
            """Both versions are shown: lines of both are kept, and where both wrote, hers go below."""
            theirs = templates.current_template(look, TEMPLATE)
            merged = text_merge.merge(base.body, theirs.body, mine)
            both = {at: (*clash.theirs, *clash.yours) for at, clash in merged.clashes.items()}
            return self._template_plan(theirs, merged.text(both), token)

        return Plan(
            "edit template", Op.SAVE_TEMPLATE,
            lambda work: templates.save_template(work, TEMPLATE, mine, base.ordinal), token=token, again=again,
        )  # fmt: skip

    def _enquire(self, _look: Look, _seen: Survey) -> Plan:
        token = self._token()
        form = enquiries.EnquiryForm(self.random.choice(NAMES), self._person(token).phone, wishes=f"{token}朝南")
        return Plan("enquire", Op.ADD_ENQUIRY, lambda work: enquiries.add_enquiry(work, form), token=token)

    def _change_enquiry(self, look: Look, seen: Survey) -> Plan | None:
        enquiry_id, token = self._one(seen.enquiries), self._token()
        return None if enquiry_id is None else self._enquiry_plan(look, enquiry_id, token)

    def _enquiry_plan(self, look: Look, enquiry_id: UUID, token: str) -> Plan:
        row = enquiry_lists.enquiry_of(look, enquiry_id)
        key = ("enquiry", enquiry_id.hex, "wishes")
        wishes = f"{row.form.wishes.split('｜')[0]}｜{token}"
        form = replace(row.form, wishes=wishes)
        return Plan(
            "change enquiry", Op.CHANGE_ENQUIRY,
            lambda work: enquiries.change_enquiry(work, enquiry_id, row.version, form),
            {key: row.form.wishes}, {key: wishes}, token,
            lambda again: self._enquiry_plan(again, enquiry_id, token),
        )  # fmt: skip
