"""A random history of an office's money, through its own acts: for tests that hold sums against the journal."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.payments import Payment, PaymentKind
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    AllocationRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    LeaseState,
    MeterKind,
    Money,
    PayMethod,
    Surplus,
    add_months,
    total,
)
from desktop.services import (
    bill_runs,
    billing,
    check_ins,
    credit,
    deposit_lists,
    lease_moves,
    leases,
    payments,
    places,
    reading_entry,
    rent_charges,
    reversals,
    settlements,
    till,
    voids,
)
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.reading_checks import NewReading
from desktop.services.readings import StandingReading
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import PROGRAM, Actor, Work, begin, look
from tests.offices import check_in, many, rooms_of, sit_down
from tests.services import deposit_kit, run_kit
from tests.services.meter_kit import meter_with

FEES = (FeeType.WATER, FeeType.ELECTRICITY, FeeType.PROPERTY_FEE, FeeType.PARKING)


@dataclass
class History:
    """`live(n)` does n random things; whatever the office refuses is skipped."""

    office: Office
    seed: int
    besides: tuple[str, ...] = ()
    """What does not happen."""
    clerk: Actor = field(init=False)
    people: list[check_ins.CheckedIn] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    rooms: list[UUID] = field(init=False)
    meters: list[UUID] = field(init=False)
    fee: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clerk = sit_down(self.office, "manager", "cashier", "finance_lead")
        with begin(self.office, self.clerk, Op.ADD_PLACES) as work:
            places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft("301", 3)]))
        rooms = rooms_of(self.office)
        for room, form in zip([rooms[0], rooms[1], rooms[-1]], many(3), strict=True):
            self.people.append(check_in(self.office, self.clerk, room, form))
        self.rooms = [rooms[0], rooms[1], rooms[-1]]
        self.fee = run_kit.add_item(self.office, "2.80")
        run_kit.discount(self.office, DiscountKind.EARLY_PAYMENT, [self.fee], "5", threshold=3)
        run_kit.add_item(
            self.office, "3.45", name="自来水费", basis=FeeBasis.METER, fee_type=FeeType.WATER, meter=MeterKind.WATER,
            arrears=True,
        )  # fmt: skip
        today = self.office.world.today()
        self.meters = [meter_with(self.office, room, (today, "10"), on=today) for room in self.rooms]

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def step(self) -> str:
        """One random act; what it was."""
        known = (
            ["days", "days", "run", "pay", "pay", "pay", "part", "credit", "mixed", "reverse", "counter", "meters",
             "discount", "use_credit", "void", "stand_in", "leave", "at_the_till", "legal", "refund_credit", "month",
             "month", "read", "read", "correct", "reprice", "deduct", "return"]
        )  # fmt: skip
        what = self.dice.choice([each for each in known if each not in self.besides])
        try:
            getattr(self, f"_{what}")()
        except DomainError:
            what = f"({what})"
        self.done.append(what)
        return what

    # what may happen

    def _days(self) -> None:
        self.office.world.advance(timedelta(days=self.dice.randrange(1, 45)))  # type: ignore[attr-defined]

    def _run(self) -> None:
        with begin(self.office, self.clerk, Op.POST_BILLS) as work:
            rent_charges.post_due_bills(work)

    def _open(self, news: check_ins.CheckedIn) -> dict[UUID, Money]:
        with look(self.office, self.clerk) as reading:
            rows = billing.bills_of(reading, party_id=news.party_id, open_only=True)
        return {row.id: row.owed for row in rows if row.owed > NIL}

    def _some(self) -> tuple[check_ins.CheckedIn, dict[UUID, Money]]:
        news = self.dice.choice(self.people)
        owed = self._open(news)
        if not owed:
            raise DomainError("nothing open")
        chosen = self.dice.sample(sorted(owed), self.dice.randrange(1, len(owed) + 1))
        return news, {bill_id: owed[bill_id] for bill_id in chosen}

    def _take(
        self,
        payer: UUID,
        amounts: dict[UUID, Money],
        tenders: list[payments.TenderForm],
        surplus: Surplus | None = None,
    ) -> None:
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, payments.TakePayment(payer, amounts, tenders, surplus))

    def _tender(self, amount: Money) -> payments.TenderForm:
        method = self.dice.choice(list(PayMethod))
        return payments.TenderForm(method, amount, f"{self.dice.randrange(10**6):06d}")

    def _pay(self) -> None:
        news, amounts = self._some()
        self._take(news.party_id, amounts, [self._tender(total(amounts.values()))])

    def _part(self) -> None:
        news, amounts = self._some()
        part = {bill_id: Money(self.dice.randrange(1, owed.fen + 1)) for bill_id, owed in amounts.items()}
        self._take(news.party_id, part, [self._tender(total(part.values()))])

    def _credit(self) -> None:
        news, amounts = self._some()
        more = total(amounts.values()) + Money(self.dice.randrange(1, 50_000))
        self._take(news.party_id, amounts, [self._tender(more)], Surplus.CREDIT)

    def _mixed(self) -> None:
        news, amounts = self._some()
        whole = total(amounts.values())
        first = Money(self.dice.randrange(1, max(2, whole.fen)))
        if whole - first <= NIL:
            raise DomainError("too little to split")
        self._take(news.party_id, amounts, [self._tender(first), self._tender(whole - first)])

    def _stand_in(self) -> None:
        _news, amounts = self._some()
        other = self.dice.choice(self.people)
        self._take(other.party_id, amounts, [self._tender(total(amounts.values()))])

    def _reverse(self) -> None:
        with begin(self.office, self.clerk, Op.REVERSE_PAYMENT) as work:
            ids = work.session.scalars(
                sa.select(Payment.id)
                .where(
                    Payment.kind.in_((PaymentKind.PAYMENT, PaymentKind.REFUND)),
                    Payment.id.not_in(sa.select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))),
                )
                .order_by(Payment.id)
            ).all()
            if not ids:
                raise DomainError("nothing to reverse")
            reversals.reverse_payment(work, self.dice.choice(ids), "录错了")

    def _counter(self) -> None:
        _news, amounts = self._some()
        with begin(self.office, self.clerk, Op.POST_BILLS) as work:
            work.authorised += 1
            billing.counter_bills(work, sorted(amounts)[:1], "录错")

    def _meters(self) -> None:
        self._bill(self.dice.randrange(100, 90_000))

    def _bill(self, fen: int, off: int = 0) -> UUID:
        """A bill of one fee, perhaps with a discount line."""
        news, fee = self.dice.choice(self.people), self.dice.choice(FEES)
        with begin(self.office, self.clerk, Op.POST_BILLS) as work:
            work.authorised += 1
            lease = work.session.scalars(sa.select(Bill).where(Bill.lease_id == news.lease_id).limit(1)).one()
            lines = [PlannedLine("a", fee, None, Decimal(1), "笔", Decimal(fen) / 100, Money(fen), "", ())]
            if off:
                lines.append(PlannedLine("b", fee, None, Decimal(1), "笔", Decimal(off) / 100, -Money(off), "优惠", ()))
            planned = PlannedBill(str(fee), 1, fee, None, work.world.today(), tuple(lines))
            source = f"test:{work.world.new_id().hex}"
            order = billing.BillOrder(news.party_id, lease.room_id, [planned], source, news.lease_id)
            return billing.put_bills(work, [order])[0]

    def _discount(self) -> None:
        self._bill(self.dice.randrange(1000, 90_000), self.dice.randrange(1, 900))

    def _use_credit(self) -> None:
        """Credit pays beside cash, and what is below a jiao is let off."""
        news, amounts = self._some()
        with look(self.office, self.clerk) as reading:
            facts = till.till_facts(reading, news.party_id)
        asked = total(amounts.values())
        used = min(facts.prepaid, Money(self.dice.randrange(1, asked.fen + 1)))
        if used <= NIL:
            raise DomainError("no credit")
        off = facts.rounding.offered(asked - used)
        tenders = [payments.TenderForm(PayMethod.CASH, asked - used - off)] if asked > used + off else []
        request = payments.TakePayment(news.party_id, amounts, tenders, credit=used, rounding=off)
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, request)

    def _refund_credit(self) -> None:
        news = self.dice.choice(self.people)
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            have = credit.credit_now(work, news.party_id)
            if have <= NIL:
                raise DomainError("no credit")
            back = Money(self.dice.randrange(1, have.fen + 1))
            credit.refund_credit(work, credit.RefundCredit(news.party_id, back, reason="不再使用"))

    def _at_the_till(self) -> None:
        """What the till itself would send: everything due and some of what is not, what is earned early taken off."""
        news = self.dice.choice(self.people)
        with look(self.office, self.clerk) as reading:
            facts = till.till_facts(reading, news.party_id)
        amounts = {bill.row.id: bill.row.owed for bill in facts.bills if self.dice.random() < 0.8}
        asked = total(amounts.values())
        surplus = Surplus.CREDIT if asked < NIL else None
        tenders = [self._tender(asked)] if asked > NIL else []
        request = payments.TakePayment(news.party_id, amounts, tenders, surplus, early=facts.early(amounts))
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, request)

    def _legal(self) -> None:
        """So much money, and nobody says what it is for."""
        news = self.dice.choice(self.people)
        with look(self.office, self.clerk) as reading:
            facts = till.till_facts(reading, news.party_id)
        open_now = total(bill.row.owed for bill in facts.bills if bill.row.owed > NIL)
        if open_now <= NIL:
            raise DomainError("nothing open")
        amount = Money(self.dice.randrange(1, open_now.fen + 1))
        amounts = facts.in_legal_order(amount)
        request = payments.TakePayment(
            news.party_id, amounts, [self._tender(total(amounts.values()))], rule=AllocationRule.LEGAL_ORDER,
            early=facts.early(amounts),
        )  # fmt: skip
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, request)

    def _void(self) -> None:
        """作废: a counter-payment without a number, while the shift is open."""
        with begin(self.office, self.clerk, Op.VOID_PAYMENT) as work:
            taken_back = sa.select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
            found = work.session.scalars(
                sa.select(Payment.id)
                .where(Payment.kind == PaymentKind.PAYMENT, Payment.id.not_in(taken_back))
                .order_by(Payment.id)
            ).all()
            if not found:
                raise DomainError("nothing to void")
            voids.void_payment(work, voids.VoidPayment(self.dice.choice(found), "联次齐全"))

    # fees by the catalogue

    def _month(self) -> None:
        """The bill run of this month, over everything."""
        today = self.office.world.today()
        first = today.replace(day=1)
        with begin(self.office, self.clerk, Op.POST_BILLS) as work:
            bill_runs.post_run(work, bill_runs.RunOrder(first, add_months(first, 1) - timedelta(days=1)))

    def _read(self) -> None:
        """One of the meters is read."""
        meter = self.dice.choice(self.meters)
        with begin(self.office, self.clerk, Op.READ_METERS) as work:
            last = self._last(work, meter)
            value = (last.value if last is not None else Decimal(0)) + Decimal(self.dice.randrange(0, 400)) / 10
            form = NewReading(meter, value, work.world.today(), confirmed=True, remark="看过")
            reading_entry.enter_readings(work, [form])

    @staticmethod
    def _last(work: Work, meter: UUID) -> StandingReading | None:
        work.authorised += 1
        last = reading_entry.stands_of(work, [meter])[meter].last
        work.authorised -= 1
        return last

    def _correct(self) -> None:
        """The last reading of a meter was wrong: what was billed on it comes out differently at the next run."""
        meter = self.dice.choice(self.meters)
        with begin(self.office, self.clerk, Op.READ_METERS) as work:
            last = self._last(work, meter)
            if last is None:
                raise DomainError("never read")
            value = last.value + Decimal(self.dice.randrange(1, 90)) / 10
            reading_entry.correct_reading(
                work, reading_entry.CorrectReading(last.id, value, last.read_on, "看错了一位")
            )

    def _reprice(self) -> None:
        """A room pays another price from now on."""
        run_kit.room_fee(
            self.office, self.fee, self.dice.choice(self.rooms), price=f"{self.dice.randrange(100, 400) / 100}",
            since=self.office.world.today(), until=self.office.world.today() + timedelta(days=self.dice.randrange(60)),
        )  # fmt: skip

    # deposits

    def _deposit(self) -> deposit_kit.DepositFacts:
        news = self.dice.choice(self.people)
        with look(self.office, self.clerk) as reading:
            rows = deposit_lists.deposits_of(reading, lease_id=news.lease_id)
        found = [deposit_kit.facts(self.office, row.id) for row in rows]
        held = [each for each in found if each.held > NIL]
        if not held:
            raise DomainError("nothing held")
        return self.dice.choice(held)

    def _deduct(self) -> None:
        facts = self._deposit()
        amount = Money(self.dice.randrange(1, facts.held.fen + 1))
        deposit_kit.move(self.office, self.clerk, deposit_kit.deduct(facts.bill_id, amount))

    def _return(self) -> None:
        facts = self._deposit()
        payer = facts.payers[0]
        amount = Money(self.dice.randrange(1, min(facts.held, payer.left).fen + 1))
        deposit_kit.move(
            self.office, self.clerk,
            deposit_kit.Refund(facts.bill_id, amount, payer.party_id, reason="合同到期退还"),
        )  # fmt: skip

    def _leave(self) -> None:
        """Somebody moves out and is settled with."""
        news = self.dice.choice(self.people)
        with look(self.office, self.clerk) as reading:
            row = leases.lease_row(reading, news.lease_id) if hasattr(leases, "lease_row") else None
        if row is not None and row.state not in (LeaseState.ACTIVE, LeaseState.NOTICE):
            raise DomainError("gone already")
        with begin(self.office, self.clerk, Op.CHANGE_LEASE) as work:
            lease_moves.move_out(work, news.lease_id, ())
        with look(self.office, self.clerk) as reading:
            shown = settlements.settlement_of(reading, news.lease_id)
        with begin(self.office, self.clerk, Op.CHANGE_LEASE) as work:
            settlements.settle_lease(work, news.lease_id, shown)


def owed_of(office: Office, **whose: UUID) -> Money:
    """What is open by the derived table: of a party (debtor_id) or a room (room_id)."""
    with office.reading() as session:
        query = sa.select(BillBalance.owed)
        for name, value in whose.items():
            query = query.where(getattr(BillBalance, name) == value)
        return total(session.scalars(query))


def open_of_fees(office: Office, liability: bool, **whose: UUID) -> Money:
    """What is open of deposits, or of everything else, by lines and allocations."""
    from desktop.models.payments import Allocation

    with office.reading() as session:
        paid: dict[UUID, Money] = {}
        for line_id, amount in session.execute(sa.select(Allocation.bill_line_id, Allocation.amount)):
            paid[line_id] = paid.get(line_id, NIL) + amount
        found = NIL
        for line in session.scalars(sa.select(BillLine)):
            if (line.fee_type in LIABILITY_FEES) == liability and all(
                getattr(line, name) == value for name, value in whose.items()
            ):
                found += line.amount - paid.get(line.id, NIL)
        return found


__all__ = ["PROGRAM", "History", "open_of_fees", "owed_of"]
