"""Deposits 押金: what became of money that is held for a tenant, with its reason and the paper behind it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger
from desktop.models.columns import Word
from desktop.models.values import DepositAct, Money


class DepositMove(Ledger):
    """A part of a deposit left it: transferred, deducted, returned or forfeited. Undone when its payment is."""

    __tablename__ = "deposit_move"

    act: Mapped[DepositAct] = mapped_column(Word(DepositAct))
    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"), index=True)
    """The bill by which the deposit was asked for."""
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment.id"), index=True)
    """The settlement that moved the money."""
    amount: Mapped[Money]
    moved_on: Mapped[date]
    to_bill_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bill.id"))
    """What it paid: the damage, the next lease's deposit, the income of a forfeited one."""
    payee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    """Who was paid out."""
    reason: Mapped[str]
    clause: Mapped[str | None]
    """The clause of the contract that allows a deduction (Order 812 art. 10)."""
    authority: Mapped[str | None]
    """Why somebody else than the payer is paid out: the written authority, its day and where it lies."""
