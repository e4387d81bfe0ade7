"""Payments 收款, their tenders and allocations 核销, receipts 收据, shifts, and what was printed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import NUMBER_BY_POINT, NUMBER_END, Digest, Json, Word
from desktop.models.values import NIL, AllocationRule, Money, PayMethod


class ShiftState(StrEnum):
    OPEN = "open"
    COUNTED = "counted"
    CLOSED = "closed"


class Shift(Profile):
    """One cashier's time at one desk 班次."""

    __tablename__ = "shift"
    __machine__ = "shift"

    desk_id: Mapped[UUID] = mapped_column(sa.ForeignKey("desk.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_member.id"))
    state: Mapped[ShiftState] = mapped_column(Word(ShiftState))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class PaymentKind(StrEnum):
    PAYMENT = "payment"
    REVERSAL = "reversal"
    """冲红: a counter-payment with negative amounts and its own receipt number."""
    VOID = "void"
    """作废: a counter-payment in the same shift with all copies in hand; the receipt keeps its number, it has none."""
    REFUND = "refund"
    """退款: a settlement that set credits off against debts; its amount is what was paid out, negative or nothing."""


class Payment(Meets, Ledger):
    """Money that changed hands; never edited, only reversed."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.UniqueConstraint("reverses_id", "arrived"),
        sa.Index(None, "payer_id", "business_date"),
        sa.Index(None, "business_date", "id"),
        sa.Index(
            "ix_payment_taken_back",
            "id",
            sqlite_where=sa.text("kind <> 'payment'"),
            postgresql_where=sa.text("kind <> 'payment'"),
        ),
    )

    kind: Mapped[PaymentKind] = mapped_column(Word(PaymentKind))
    payer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    desk_id: Mapped[UUID] = mapped_column(sa.ForeignKey("desk.id"))
    shift_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shift.id"), index=True)
    business_date: Mapped[date]
    amount: Mapped[Money]
    """Kept by the office: what was given less the change."""
    given: Mapped[Money]
    change: Mapped[Money]
    prepaid: Mapped[Money]
    """The part that pays no bill and stands to the payer's credit; negative: so much credit was used."""
    rounding: Mapped[Money] = mapped_column(server_default="0", default=NIL)
    """抹零: paid of the bills by nobody; what the bills got is amount − prepaid + rounding."""
    allocated_by: Mapped[AllocationRule | None] = mapped_column(Word(AllocationRule))
    """Who decided what is paid; NULL where nothing was left to decide."""
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payment.id"))
    reason: Mapped[str | None]


class Tender(Ledger):
    """One means of payment within a payment."""

    __tablename__ = "tender"
    __part_of__ = ("payment", "payment_id")
    __table_args__ = (
        sa.Index(
            "ix_tender_reference",
            "reference",
            sqlite_where=sa.text("reference IS NOT NULL"),
            postgresql_where=sa.text("reference IS NOT NULL"),
        ),
    )

    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    method: Mapped[PayMethod] = mapped_column(Word(PayMethod))
    amount: Mapped[Money]
    """Net of change."""
    reference: Mapped[str | None]
    """Bank serial, POS voucher or WeChat/Alipay order number as the clerk read it."""


class Allocation(Ledger):
    """How much of a payment pays which bill line."""

    __tablename__ = "allocation"
    __part_of__ = ("payment", "payment_id")

    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    bill_line_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill_line.id"), index=True)
    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"), index=True)
    amount: Mapped[Money]


class Receipt(Meets, Ledger):
    """The number and content of one receipt, taken in the payment's transaction. Not a tax invoice."""

    __tablename__ = "receipt"
    __part_of__ = ("payment", "payment_id")
    __table_args__ = (
        sa.UniqueConstraint("payment_id", "arrived"),
        sa.UniqueConstraint("project_id", "number", "arrived"),
        sa.Index("ix_receipt_number_end", sa.text(NUMBER_END)),
        sa.Index("ix_receipt_number_c", sa.text(NUMBER_BY_POINT)).ddl_if(dialect="postgresql"),
    )

    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"))
    number: Mapped[str]
    title: Mapped[str]
    """收款收据 or 押金收据."""


class PrintEvent(Ledger):
    """Something was printed; the second print of a paper says 补打 1."""

    __tablename__ = "print_event"
    __table_args__ = (sa.Index(None, "subject_id"),)

    paper: Mapped[str]
    """receipt | lease | notice."""
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    ordinal: Mapped[int] = mapped_column(sa.Integer)
    """0 for the original, n for 补打 n."""
    sha256: Mapped[bytes] = mapped_column(Digest)
    """Of the PDF that went to the printer."""
    options: Mapped[Any] = mapped_column(Json)
