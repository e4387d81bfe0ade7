"""The journal: what happened to money, in entries that sum to zero. Ids, amounts and dates only, no person's data."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger
from desktop.models.columns import Word
from desktop.models.values import Account, FeeType, Money, PayMethod


class JournalEntry(Ledger):
    """One event of money: a bill, a payment, a reversal."""

    __tablename__ = "journal_entry"
    __part_of__ = ("*", "subject_id")
    __table_args__ = (sa.Index(None, "subject_id"),)

    business_date: Mapped[date]
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("journal_entry.id"))


class Posting(Ledger):
    """One side of an entry: debit positive, credit negative."""

    __tablename__ = "posting"
    __part_of__ = ("journal_entry", "entry_id")
    __table_args__ = (sa.Index(None, "account", "lease_id"), sa.Index(None, "party_id", "account"))

    entry_id: Mapped[UUID] = mapped_column(sa.ForeignKey("journal_entry.id"), index=True)
    account: Mapped[Account] = mapped_column(Word(Account))
    fee_type: Mapped[FeeType | None] = mapped_column(Word(FeeType))
    """For income and the two deposit accounts."""
    method: Mapped[PayMethod | None] = mapped_column(Word(PayMethod))
    """For cash: which drawer or channel."""
    desk_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("desk.id"))
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    amount: Mapped[Money]
