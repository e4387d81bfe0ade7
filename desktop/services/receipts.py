"""Receipts 收据 as shown and printed: in a list, and one with what it was for, how it was paid, who printed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill, BillLine
from desktop.models.offices import Desk
from desktop.models.parties import Party
from desktop.models.payments import (
    Allocation,
    Payment,
    PaymentKind,
    PrintEvent,
    Receipt,
    Tender,
)
from desktop.models.values import (
    NIL,
    AllocationRule,
    FeeType,
    Money,
    PayMethod,
    Right,
)
from desktop.services import signed
from desktop.services.errors import NotFound
from desktop.services.rights import needs, part
from desktop.services.tenders import TenderForm
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt in a list."""

    payment_id: UUID
    number: str
    title: str
    kind: PaymentKind
    business_date: date
    payer_id: UUID
    payer: str
    amount: Money
    methods: tuple[PayMethod, ...]
    reversed_by: str | None
    """Receipt number of the reversal, when there is one."""
    cashier: str = ""
    voided: bool = False
    """作废: it keeps its number and counts no more."""

    @property
    def stands(self) -> bool:
        """Neither reversed nor void."""
        return self.reversed_by is None and not self.voided


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What one receipt line is for."""

    bill_id: UUID
    title: str
    fee_type: FeeType
    period_start: date | None
    period_end: date | None
    quantity: Any
    unit: str | None
    unit_price: Any
    amount: Money
    room_id: UUID | None
    debtor: str = ""
    """Whose bill it is; empty when it is the payer's own."""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Everything the receipt page shows and the receipt prints."""

    row: ReceiptRow
    lines: tuple[PaidLine, ...]
    tenders: tuple[TenderForm, ...]
    given: Money
    change: Money
    credited: Money
    reason: str | None
    reverses: tuple[UUID, str] | None
    cashier: str
    desk: str
    taken_at: datetime
    prints: tuple[tuple[datetime, str, int], ...]
    """(when, who, ordinal) of every print; ordinal 0 is the original."""
    signed_by: str
    """Who signed it before the clerk, in what capacity; empty when nobody did."""
    rounding: Money = NIL
    """抹零."""
    allocated_by: AllocationRule | None = None
    void_reason: str = ""
    voided_by: str = ""
    """Who made it void; empty for a receipt that is not."""


def _receipt_query() -> Any:
    counter = sa.orm.aliased(Payment)
    counter_receipt = sa.orm.aliased(Receipt)
    return (
        sa.select(
            Payment, Receipt, Party.name, counter_receipt.number.label("reversed_by"),
            StaffMember.name.label("cashier"), counter.kind.label("counter_kind"),
        )
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .outerjoin(counter, counter.reverses_id == Payment.id)
        .outerjoin(counter_receipt, counter_receipt.payment_id == counter.id)
    )  # fmt: skip


def _receipt_rows(look: Look, query: Any) -> list[ReceiptRow]:
    found = look.session.execute(query).all()
    methods: dict[UUID, list[PayMethod]] = {}
    for payment_id, method in look.session.execute(
        sa.select(Tender.payment_id, Tender.method)
        .where(Tender.payment_id.in_([row.Payment.id for row in found]))
        .order_by(Tender.id)
    ):
        methods.setdefault(payment_id, []).append(method)
    return [
        ReceiptRow(
            row.Payment.id, row.Receipt.number, row.Receipt.title, row.Payment.kind, row.Payment.business_date,
            row.Payment.payer_id, row.name, row.Payment.amount, tuple(methods.get(row.Payment.id, ())), row.reversed_by,
            row.cashier or "程序", row.counter_kind is PaymentKind.VOID,
        )
        for row in found
    ]  # fmt: skip


@needs(Right.SEE_BILLS)
def receipts_of(
    look: Look,
    *,
    party_id: UUID | None = None,
    lease_id: UUID | None = None,
    number: str | None = None,
    limit: int = 100,
) -> list[ReceiptRow]:
    """Receipts newest first: of a party, of a lease, or by number."""
    query = _receipt_query()
    if party_id is not None:
        query = query.where(Payment.payer_id == party_id)
    if number is not None:
        query = query.where(Receipt.number == number.strip().upper())
    if lease_id is not None:
        paid = (
            sa.select(Allocation.payment_id).join(Bill, Bill.id == Allocation.bill_id).where(Bill.lease_id == lease_id)
        )
        query = query.where(Payment.id.in_(paid))
    return _receipt_rows(look, query.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(limit))


@part
def receipts_by_id(look: Look, payment_ids: Sequence[UUID]) -> list[ReceiptRow]:
    """Receipts in the order of `payment_ids`."""
    if not payment_ids:
        return []
    rows = {row.payment_id: row for row in _receipt_rows(look, _receipt_query().where(Payment.id.in_(payment_ids)))}
    return [rows[payment_id] for payment_id in payment_ids if payment_id in rows]


@needs(Right.SEE_BILLS)
def receipt_page(look: Look, payment_id: UUID) -> ReceiptPage:
    """One receipt with lines, tenders and prints. Raises NotFound."""
    return receipt_facts(look, payment_id)


@part
def receipt_facts(look: Look, payment_id: UUID) -> ReceiptPage:
    """`receipt_page` inside another function."""
    session = look.session
    rows = _receipt_rows(look, _receipt_query().where(Payment.id == payment_id))
    if not rows:
        raise NotFound("这张收据")
    payment = session.get_one(Payment, payment_id)
    lines = tuple(
        PaidLine(
            found.bill_id, found.title, found.fee_type, found.period_start, found.period_end, found.quantity,
            found.unit,
            found.unit_price, found.amount, found.room_id,
            found.debtor if found.debtor_id != payment.payer_id else "",
        )
        for found in session.execute(
            sa.select(
                Allocation.bill_id, Bill.title, BillLine.fee_type, BillLine.period_start, BillLine.period_end,
                BillLine.quantity, BillLine.unit, BillLine.unit_price, Allocation.amount, Bill.room_id,
                Bill.debtor_id, Party.name.label("debtor"),
            )
            .join(BillLine, BillLine.id == Allocation.bill_line_id)
            .join(Bill, Bill.id == Allocation.bill_id)
            .join(Party, Party.id == Bill.debtor_id)
            .where(Allocation.payment_id == payment_id)
            .order_by(Bill.due, BillLine.id)
        )
    )  # fmt: skip
    tenders = tuple(
        TenderForm(t.method, t.amount, t.reference or "")
        for t in session.scalars(sa.select(Tender).where(Tender.payment_id == payment_id).order_by(Tender.id))
    )
    reverses = None
    if payment.reverses_id is not None:
        number = session.scalars(sa.select(Receipt.number).where(Receipt.payment_id == payment.reverses_id)).one()
        reverses = (payment.reverses_id, number)
    cashier = session.scalar(sa.select(StaffMember.name).where(StaffMember.id == payment.created_by)) or "程序"
    desk = session.scalars(sa.select(Desk.name).where(Desk.id == payment.desk_id)).one()
    void = session.execute(
        sa.select(Payment.reason, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .where(Payment.reverses_id == payment_id, Payment.kind == PaymentKind.VOID)
    ).one_or_none()
    prints = tuple(
        (at, who or "程序", ordinal)
        for at, who, ordinal in session.execute(
            sa.select(PrintEvent.created_at, StaffMember.name, PrintEvent.ordinal)
            .outerjoin(StaffMember, StaffMember.id == PrintEvent.created_by)
            .where(PrintEvent.subject_id == payment_id)
            .order_by(PrintEvent.ordinal)
        )
    )
    return ReceiptPage(
        rows[0], lines, tenders, payment.given, payment.change, payment.prepaid, payment.reason, reverses, cashier,
        desk,
        payment.created_at, prints, signed.told_of(look, payment_id), payment.rounding, payment.allocated_by,
        (void.reason or "") if void is not None else "", (void.name or "程序") if void is not None else "",
    )  # fmt: skip
