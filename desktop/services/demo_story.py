"""The days of the demo office: who comes, moves, gives notice and leaves, and what else is done on each day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building, Room
from desktop.models.values import NIL, RoomCondition, add_months
from desktop.services import (
    access,
    check_in_forms,
    check_ins,
    lease_moves,
    opening,
    renewal_forms,
    renewals,
    rent_charges,
    settlements,
)
from desktop.services.acts import Op
from desktop.services.demo_deposits import keep_deposits, keep_keys
from desktop.services.demo_fees import set_prices
from desktop.services.demo_mended import mend, mending_days
from desktop.services.demo_meters import read_at_leaving, read_meters, replace_one
from desktop.services.demo_payments import Till
from desktop.services.demo_people import People
from desktop.services.demo_plan import DAY, DemoPlan, Fate, Stay
from desktop.services.demo_plans import BEGUN, ROUND_DAYS, do_rounds, write_plans
from desktop.services.demo_pools import share_costs
from desktop.services.demo_repairs import hire_crew, report_repairs
from desktop.services.demo_stage import DESK_DAYS, METHODS, PASSWORD, STAFF, Living, Stage, at
from desktop.services.demo_till import at_the_till
from desktop.services.handover import ReadingForm
from desktop.services.lease_terms import LeaseTerms
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Work
from desktop.world import SeededWorld

Report = Callable[[int, int, str], None]


def silent(_done: int, _total: int, _text: str) -> None:
    """For whoever does not watch."""


class Story:
    """The acts of the office, one day after the other."""

    def __init__(self, office: Office, world: SeededWorld, plan: DemoPlan, seed: int) -> None:
        self.office, self.world, self.plan = office, world, plan
        self.stage = Stage(office, world, plan, seed)
        self.till = Till(self.stage)
        self.people = People(self.stage.source, [name for _login, name, _role in STAFF])

    def live(self, report: Report) -> None:
        """Everything from the opening to yesterday evening."""
        self._people_of_the_office()
        self._calendar()
        whole = (self.plan.today - self.plan.opened).days
        for number in range(1, whole):
            day = self.plan.opened + number * DAY
            if day in self.stage.days:
                report(number, whole, f"{day:%Y-%m}")
                self._day(day)
        self.till.pay_halves()
        self._rooms_today()
        set_prices(self.stage)
        report(whole, whole, "完成")

    def _people_of_the_office(self) -> None:
        passwords = opening.passwords_for(self.world, demo=True)
        with self.stage.act(PROGRAM, Op.ADD_STAFF) as work:
            for login, name, role in STAFF:
                access.put_staff(work, access.StaffForm(login, name, (role,)), passwords.hash(PASSWORD))
        for _login, _name, role in STAFF:
            self.stage.staff[role] = access.sign_in_demo(self.office, role).actor
        with self.office.reading() as session:
            rows = session.execute(
                sa.select(Room.id, Building.sort, Room.floor, Room.number)
                .join(Building, Building.id == Room.building_id)
                .order_by(Room.id)
            ).all()
        # Ids are made in the order of the drafts, so the order of the plan is the order of the ids.
        self.stage.rooms = [row.id for row in rows]

    def _calendar(self) -> None:
        """What happens on which day."""
        for stay in self.plan.stays:
            self.stage.on(stay.signed, "sign", stay)
        yesterday = self.plan.today - DAY
        month = self.plan.opened.replace(day=1)
        while month <= yesterday:
            for day in DESK_DAYS:
                self.stage.on(month.replace(day=day), "pay", None)
            if month.month % 2:
                self.stage.on(month.replace(day=2), "meters", month)
            self.stage.on(month.replace(day=25), "bills", add_months(month.replace(day=25), 1))
            month = add_months(month, 1)
        for back in (5, 4, 3, 2, 1):
            self.stage.on(self.plan.today - back * DAY, "pay", None)
        self.stage.on(yesterday, "bills", self.plan.today + 7 * DAY)
        for mending in mending_days(self.plan):
            self.stage.on(mending, "mended", None)
        begun = max(self.plan.today - BEGUN * DAY, self.plan.opened + DAY)
        self.stage.on(begun, "plans", None)
        for ago in ROUND_DAYS:
            if (then := self.plan.today - ago * DAY) > begun:
                self.stage.on(then, "rounds", None)
        self.stage.on(yesterday, "repairs", None)
        self.stage.on(yesterday, "deposits", None)
        self.stage.on(yesterday, "till", None)

    def _day(self, day: date) -> None:
        self.world.set_now(max(self.world.now(), at(day, 9, 10)))
        todo = self.stage.days[day]
        for month in todo.get("meters", ()):
            read_meters(self.stage, month)
        for until in todo.get("bills", ()):
            with self.stage.act(self.stage.staff["cashier"], Op.POST_BILLS) as work:
                rent_charges.put_due_bills(work, until)
        for what in ("leave", "settle", "close", "notice", "cancel"):
            if what in todo:
                self._change(what, todo[what])
        begun = self._sign(todo.get("sign", [])) | self._renew(todo.get("renew", []))
        self.till.open(begun, everybody="pay" in todo)
        if "plans" in todo:
            hire_crew(self.stage)
            write_plans(self.stage)
        if "rounds" in todo:
            do_rounds(self.stage)
        if "repairs" in todo:
            hire_crew(self.stage)
            report_repairs(self.stage)
            share_costs(self.stage)
            replace_one(self.stage)
        if "deposits" in todo:
            keep_deposits(self.stage)
            keep_keys(self.stage)
        if "till" in todo:
            at_the_till(self.stage)
        if "mended" in todo:
            mend(self.stage)

    # ---- moving in -------------------------------------------------------------------------------------------------

    def _sign(self, stays: Sequence[Stay]) -> dict[UUID, tuple[UUID, ...]]:
        """Those who come today; {lease: bills to be paid at once}."""
        drafts = [stay for stay in stays if stay.fate is Fate.DRAFT]
        signed = [stay for stay in stays if stay.fate is not Fate.DRAFT]
        begun: dict[UUID, tuple[UUID, ...]] = {}
        for stay in drafts:
            with self.stage.act(self.stage.staff["front_desk"], Op.CHECK_IN) as work:
                check_ins.put_lease_draft(work, self._form(stay))
        for group in [[stay] for stay in signed] if self.stage.slowly else [signed] if signed else []:
            with self.stage.act(self.stage.staff["front_desk"], Op.CHECK_IN) as work:
                begun |= self._check_in(work, group)
        return begun

    def _form(self, stay: Stay) -> check_in_forms.CheckIn:
        return check_in_forms.CheckIn(
            self.stage.rooms[stay.room], _first_terms(stay), party=self.people.tenant(stay.signed), matched=True,
            notice_told=True, bank_consent=True,
            people=[self.people.companion() for _ in range(stay.companions)],
            readings=[ReadingForm(kind, value) for kind, value in self.stage.shown(stay.room).items()],
            keys=2, cards=1 + (stay.room % 2) + stay.companions,
        )  # fmt: skip

    def _check_in(self, work: Work, stays: Sequence[Stay]) -> dict[UUID, tuple[UUID, ...]]:
        forms = [self._form(stay) for stay in stays]
        begun = {}
        for stay, form, done in zip(stays, forms, check_ins.put_check_ins(work, forms), strict=True):
            living = Living(stay, done.lease_id, done.party_id, form.room_id)
            self.stage.living[done.lease_id] = living
            if stay.pays_at_once:
                begun[done.lease_id] = done.due_now
            if stay.renewal is not None:
                self.stage.on(max(stay.renewal.on, stay.signed + DAY), "renew", living)
            if stay.notice is not None:
                self.stage.on(max(stay.notice, stay.signed + DAY), "notice", living)
            if stay.leaves is not None:
                self.stage.on(stay.leaves, "cancel" if stay.fate is Fate.CANCELLED else "leave", living)
        return begun

    def _renew(self, some: Sequence[Living]) -> dict[UUID, tuple[UUID, ...]]:
        """Those whose lease is renewed today; {new lease: bills to be paid at once}."""
        begun = {}
        for living in some:
            planned, old = living.stay.renewal, living.lease_id
            assert planned is not None
            with self.stage.act(self.stage.staff["front_desk"], Op.RENEW_LEASE) as work:
                terms = renewal_forms.begin_with(renewals.facts_of(work, old))
                form = renewal_forms.Renewal(old, replace(terms, end=planned.end, rent=planned.rent))
                done = renewals.put_renewal(work, form)
            self.stage.renewed[old] = self.stage.living.pop(old)
            living.lease_id = done.lease_id
            self.stage.living[done.lease_id] = living
            begun[done.lease_id] = done.due_now
        return begun

    # ---- moving on -------------------------------------------------------------------------------------------------

    def _change(self, what: str, living: Sequence[Living]) -> None:
        """Notice, leaving, settling, closing, cancelling, by whoever does it at the desk."""
        role = "finance_lead" if what == "settle" else "manager" if what == "cancel" else "front_desk"
        ids = [each.lease_id for each in living]
        with self.stage.act(self.stage.staff[role], Op.CHANGE_LEASE) as work:
            if what == "notice":
                lease_moves.put_notices(work, ids)
            elif what == "close":
                settlements.put_closings(work, ids)
            elif what == "cancel":
                for lease_id in ids:
                    lease_moves.put_cancellation(work, lease_id, "客户改租别处")
                    del self.stage.living[lease_id]
            elif what == "leave":
                self._leave(work, living)
            else:
                self._settle(work, living)

    def _leave(self, work: Work, living: Sequence[Living]) -> None:
        lease_moves.put_move_outs(
            work,
            [
                lease_moves.Leaving(
                    each.lease_id,
                    [ReadingForm(kind, value) for kind, value in read_at_leaving(self.stage, each).items()],
                )
                for each in living
            ],
        )
        for each in living:
            # Cleaned at once for the next tenant; the rooms that are dirty today are made so at the end of the story.
            work.get(Room, each.room_id).condition = RoomCondition.CLEAN
            self.stage.soon(self.stage.source.randint(2, 6), "settle", each)

    def _settle(self, work: Work, living: Sequence[Living]) -> None:
        payouts = {}
        for each in living:
            method = self.stage.source.choices(METHODS, (3, 1, 4, 2, 0))[0]
            payouts[each.lease_id] = settlements.Payout(method, self.stage.reference(method))
            del self.stage.living[each.lease_id]
        known = {each.lease_id: each for each in living}
        for lease_id, done in settlements.put_settlements(work, payouts).items():
            if done.still_owed == NIL:
                self.stage.soon(self.stage.source.randint(9, 20), "close", known[lease_id])

    def _rooms_today(self) -> None:
        """The rooms that are not ready."""
        with self.stage.act(self.stage.staff["manager"], Op.CHANGE_PLACE) as work:
            for empty in self.plan.empties:
                room = work.get(Room, self.stage.rooms[empty.room])
                room.condition, room.condition_note = empty.condition, empty.note
            work.record(rooms=len(self.plan.empties))


def _first_terms(stay: Stay) -> LeaseTerms:
    """What was agreed when they came; a renewal follows."""
    return stay.terms if stay.renewal is None else replace(stay.terms, end=stay.renewal.first_end)
