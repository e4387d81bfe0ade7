"""Tax invoices 发票 as a register: asked for, issued elsewhere under which number. This program never issues one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Profile
from desktop.models.columns import Word
from desktop.models.values import InvoiceState, Money


class Invoice(Profile):
    """An invoice that a payer asked for, and what the tax system made of it. Its PDF is an attachment."""

    __tablename__ = "invoice"
    __machine__ = "invoice"

    buyer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    state: Mapped[InvoiceState] = mapped_column(Word(InvoiceState), index=True)
    title: Mapped[str]
    """抬头."""
    tax_number: Mapped[str | None]
    """Of a company only 纳税人识别号; an ID number is never written here."""
    amount: Mapped[Money]
    requested_on: Mapped[date]
    number: Mapped[str | None]
    code: Mapped[str | None]
    """发票代码; NULL for fully digital invoices."""
    issued_on: Mapped[date | None]
    red_number: Mapped[str | None]
    """Of the red invoice that reversed it."""
    note: Mapped[str | None]


class InvoicedBill(Ledger):
    """How much of a bill an invoice covers."""

    __tablename__ = "invoiced_bill"
    __part_of__ = ("invoice", "invoice_id")

    invoice_id: Mapped[UUID] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"), index=True)
    amount: Mapped[Money]
