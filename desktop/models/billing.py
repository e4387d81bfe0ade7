"""Bills 账单 and their lines, and what is still owed of each (derived)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Derived, Ledger
from desktop.models.columns import Json, Scaled, Word
from desktop.models.values import FeeType, Money


class Bill(Ledger):
    """A demand on one debtor with one due date."""

    __tablename__ = "bill"
    __table_args__ = (sa.Index(None, "debtor_id", "due"), sa.Index(None, "lease_id"))

    debtor_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    issued_on: Mapped[date]
    due: Mapped[date]
    title: Mapped[str]
    """What the clerk calls it: 租金 第 1 期, 押金."""
    source_key: Mapped[str] = mapped_column(unique=True)
    """lease:<id>:rent:0001 and the like: posting twice makes one bill."""


class BillLine(Ledger):
    """One printed line, rounded once."""

    __tablename__ = "bill_line"
    __part_of__ = ("bill", "bill_id")

    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"), index=True)
    debtor_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    fee_type: Mapped[FeeType] = mapped_column(Word(FeeType))
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    """Last day, counted."""
    quantity: Mapped[Decimal | None] = mapped_column(Scaled(6))
    unit: Mapped[str | None]
    unit_price: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """Yuan per unit."""
    amount: Mapped[Money]
    tax_rate: Mapped[Decimal | None] = mapped_column(Scaled(4))
    source_key: Mapped[str] = mapped_column(unique=True)
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bill_line.id"))
    """A counter-line points at the line it takes back."""
    explanation: Mapped[Any] = mapped_column(Json)
    """Why this amount: facts for people, e.g. [["整月", "3 × 1,860.00"], ["零头", "6 天 372.00"]]."""


class BillBalance(Derived):
    """What is open of a bill; in step with bill lines and allocations in every transaction."""

    __tablename__ = "bill_balance"
    __table_args__ = (
        sa.Index(
            "ix_bill_balance_open",
            "due",
            "bill_id",
            "owed",
            "debtor_id",
            "lease_id",
            sqlite_where=sa.text("owed <> 0"),
            postgresql_where=sa.text("owed <> 0"),
        ),
        sa.Index(None, "due", "bill_id"),
        sa.Index(None, "owed", "bill_id"),
        sa.Index(None, "room_id"),
        sa.Index(None, "debtor_id"),
    )

    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"), primary_key=True)
    debtor_id: Mapped[UUID]
    lease_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    due: Mapped[date]
    owed: Mapped[Money]
