"""A random history of an office's money, through its own acts: for tests that hold sums against the journal."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.payments import Payment, PaymentKind, Tender
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    Account,
    FeeType,
    LeaseState,
    Money,
    PayMethod,
    Surplus,
    total,
)
from desktop.services import (
    billing,
    check_ins,
    counter_payments,
    derived,
    journal,
    lease_moves,
    leases,
    numbers,
    payments,
    places,
    rent_charges,
    reversals,
    settlements,
)
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.offices import check_in, many, rooms_of, sit_down

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

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.clerk = sit_down(self.office, "manager", "cashier", "finance_lead")
        with begin(self.office, self.clerk, Op.ADD_PLACES) as work:
            places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft("301", 3)]))
        rooms = rooms_of(self.office)
        for room, form in zip([rooms[0], rooms[1], rooms[-1]], many(3), strict=True):
            self.people.append(check_in(self.office, self.clerk, room, form))

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.step()

    def step(self) -> str:
        """One random act; what it was."""
        known = (
            ["days", "days", "run", "pay", "pay", "pay", "part", "credit", "mixed", "reverse", "counter", "meters",
             "discount", "use_credit", "void", "stand_in", "leave"]
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
        """Credit and rounding pay a bill beside cash: rows as the till writes them, a negative line used up whole."""
        news, bill_id = self.dice.choice(self.people), self._bill(20_000, 1_300)
        with begin(self.office, self.clerk, Op.TAKE_PAYMENT) as work:
            work.authorised += 1
            credit = -journal.balance(work, Account.PREPAID, party_id=news.party_id)
            used, rounding = min(max(credit, NIL), Money(5_000)), Money(7)
            cash = Money(18_700) - used - rounding
            self._store(work, bill_id, news.party_id, used, rounding, cash)

    def _store(self, work: object, bill_id: UUID, payer: UUID, used: Money, rounding: Money, cash: Money) -> None:
        rows, day = payments.PaymentRows(), work.world.today()  # type: ignore[attr-defined]
        payment_id = work.world.new_id()  # type: ignore[attr-defined]
        shift = payments.open_shift(work)  # type: ignore[arg-type]
        desk = work.desk.id  # type: ignore[attr-defined]
        rows.payments.append(
            (
                payment_id,
                PaymentKind.PAYMENT,
                payer,
                desk,
                shift,
                day,
                cash,
                cash,
                NIL,
                -used,
                None,
                None,
                rounding,
                None,
            )
        )
        rows.tenders.append((work.world.new_id(), payment_id, PayMethod.CASH, cash, None))  # type: ignore[attr-defined]
        sides = [
            journal.Side(Account.CASH, cash, method=PayMethod.CASH, desk_id=desk, party_id=payer),
            journal.Side(Account.PREPAID, used, party_id=payer), journal.Side(Account.ROUNDING, rounding),
        ]  # fmt: skip
        session = work.session  # type: ignore[attr-defined]
        for line in session.scalars(sa.select(BillLine).where(BillLine.bill_id == bill_id).order_by(BillLine.id)):
            rows.allocations.append((work.world.new_id(), payment_id, line.id, bill_id, line.amount))  # type: ignore[attr-defined]
            where = {"party_id": line.debtor_id, "room_id": line.room_id, "lease_id": line.lease_id}
            sides.append(journal.Side(Account.RECEIVABLE, -line.amount, line.fee_type, **where))
        rows.receipts.append((work.world.new_id(), payment_id, numbers.take_numbers(work, numbers.Series.RECEIPT, 1)[0],  # type: ignore[arg-type, attr-defined]
                              "收款收据"))  # fmt: skip
        rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
        rows.store(work)  # type: ignore[arg-type]
        derived.refresh_balances(session, [bill_id])

    def _void(self) -> None:
        """作废: a counter-payment without a number, as the till writes it."""
        with begin(self.office, self.clerk, Op.VOID_PAYMENT) as work:
            work.authorised += 1
            session = work.session
            taken_back = sa.select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
            found = session.scalars(
                sa.select(Payment)
                .where(Payment.kind == PaymentKind.PAYMENT, Payment.id.not_in(taken_back))
                .order_by(Payment.id)
            ).all()
            if not found:
                raise DomainError("nothing to void")
            payment = self.dice.choice(found)
            rows, counter, day = payments.PaymentRows(), work.world.new_id(), work.world.today()
            amount, rounding = -payment.amount, -payment.rounding
            rows.payments.append(
                (counter, PaymentKind.VOID, payment.payer_id, work.desk.id, payments.open_shift(work), day, amount,
                 amount, NIL, -payment.prepaid, payment.id, "联次齐全", rounding, None)
            )  # fmt: skip
            for tender in session.scalars(sa.select(Tender).where(Tender.payment_id == payment.id)):
                rows.tenders.append((work.world.new_id(), counter, tender.method, -tender.amount, tender.reference))
            from desktop.models.payments import Allocation

            bills = set()
            for each in session.scalars(sa.select(Allocation).where(Allocation.payment_id == payment.id)):
                bills.add(each.bill_id)
                rows.allocations.append((work.world.new_id(), counter, each.bill_line_id, each.bill_id, -each.amount))
            entry_id, sides = counter_payments._counter_sides(work, payment.id)
            rows.entries.append(journal.Entry(day, "payment", counter, sides, entry_id))
            rows.store(work)
            derived.refresh_balances(session, bills)

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
