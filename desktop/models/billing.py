"""Bills 账单 and their lines, and what is still owed of each (derived)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Derived, Ledger, Meets
from desktop.models.columns import Json, Scaled, Word
from desktop.models.values import FeeType, Money


class BillRun(Ledger):
    """One bill run 出账: of which days and building, and what it made."""

    __tablename__ = "bill_run"

    first: Mapped[date]
    last: Mapped[date]
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    """NULL: all."""
    made: Mapped[int] = mapped_column(sa.Integer)
    changed: Mapped[int] = mapped_column(sa.Integer)
    """Bills whose lines were countered and rated anew."""
    skipped: Mapped[int] = mapped_column(sa.Integer)
    amount: Mapped[Money]
    """What it added to what is owed."""


class Bill(Meets, Ledger):
    """A demand on one debtor with one due date."""

    __tablename__ = "bill"
    __table_args__ = (
        sa.UniqueConstraint("source_key", "arrived"),
        sa.Index(None, "debtor_id", "due"),
        sa.Index(None, "lease_id"),
        sa.Index(
            "ix_bill_run_id",
            "run_id",
            sqlite_where=sa.text("run_id IS NOT NULL"),
            postgresql_where=sa.text("run_id IS NOT NULL"),
        ),
    )

    debtor_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    issued_on: Mapped[date]
    due: Mapped[date]
    title: Mapped[str]
    """What the clerk calls it: 租金 第 1 期, 押金."""
    source_key: Mapped[str]
    """lease:<id>:rent:0001 and the like: posting twice makes one bill."""
    run_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bill_run.id"))
    """The run that made it; NULL: made at the desk."""


class BillLine(Meets, Ledger):
    """One printed line, rounded once."""

    __tablename__ = "bill_line"
    __part_of__ = ("bill", "bill_id")
    __table_args__ = (
        sa.UniqueConstraint("source_key", "arrived"),
        sa.Index(
            "ix_bill_line_fee",
            "fee_item_id",
            "period_end",
            sqlite_where=sa.text("fee_item_id IS NOT NULL"),
            postgresql_where=sa.text("fee_item_id IS NOT NULL"),
        ),
    )

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
    source_key: Mapped[str]
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bill_line.id"))
    """A counter-line points at the line it takes back."""
    fee_item_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("fee_item.id"))
    """NULL: rent and deposits, which follow the lease."""
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
        sa.Index(
            "ix_bill_balance_open_room",
            "room_id",
            "debtor_id",
            "due",
            "owed",
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


class OwedDay(Derived):
    """What is open of all bills due on a day: the totals of arrears at a glance, at any size."""

    __tablename__ = "owed_day"

    due: Mapped[date] = mapped_column(primary_key=True)
    owed: Mapped[Money]
    bills: Mapped[int]
    """How many of them are open."""
