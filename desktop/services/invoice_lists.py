"""All invoices of the register 发票登记 as a list, and one of them with its bills and its PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill
from desktop.models.invoices import Invoice, InvoicedBill
from desktop.models.parties import Party
from desktop.models.values import InvoiceState, Money, Right
from desktop.services import attachments, narrowing, party_lists
from desktop.services.attachments import FileRow
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.errors import NotFound
from desktop.services.paging import EXACT_TO, Span, ids_of_page, like
from desktop.services.rights import needs
from desktop.services.transitions import INVOICE
from desktop.services.work import Look


class InvoiceScope(StrEnum):
    """Which invoices a list is about."""

    REQUESTED = "requested"
    ISSUED = "issued"
    ENDED = "ended"
    """Reversed or given up."""
    ALL = "all"


class InvoiceOrder(StrEnum):
    """What a list is sorted by; ASKED is the order in which they were asked for."""

    ASKED = "asked"
    DAY = "day"
    AMOUNT = "amount"


_STATES = {
    InvoiceScope.REQUESTED: (InvoiceState.REQUESTED,),
    InvoiceScope.ISSUED: (InvoiceState.ISSUED,),
    InvoiceScope.ENDED: (InvoiceState.REVERSED, InvoiceState.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices. `text`: title, tax number, the buyer, or the end of a number."""

    scope: InvoiceScope = InvoiceScope.REQUESTED
    text: str = ""
    chosen: Chosen = ()
    """Of `invoice_conditions`."""


@dataclass(frozen=True, slots=True)
class InvoiceCount:
    """How many there are (exact up to 10,000), and what they come to."""

    rows: int
    exact: bool
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list."""

    id: UUID
    state: InvoiceState
    title: str
    tax_number: str
    amount: Money
    buyer_id: UUID
    buyer: str
    requested_on: date
    requested_by: str
    number: str
    code: str
    issued_on: date | None
    red_number: str
    note: str
    bills: tuple[tuple[UUID, str, Money], ...]
    """(bill, what the clerk calls it, how much of it)."""
    files: tuple[FileRow, ...] = ()


@needs(Right.SEE_BILLS)
def invoice_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    days = ("today", "yesterday", "last_7", "month", "last_month", "year")
    return (
        narrowing.days_condition("asked", "申请日", days),
        narrowing.days_condition("issued", "开票日", days),
        condition("state", "状态", ((state.value, INVOICE.words[state]) for state in InvoiceState)),
    )


@needs(Right.SEE_BILLS)
def invoice_figures(look: Look, text: str = "", chosen: Chosen = ()) -> dict[InvoiceScope, InvoiceCount]:
    """How many each scope holds of those that text and conditions let through."""
    return {scope: _counted(look, InvoiceFilter(scope, text, chosen)) for scope in InvoiceScope}


@needs(Right.SEE_BILLS)
def count_invoices(look: Look, wanted: InvoiceFilter) -> InvoiceCount:
    """How many a filter lets through, and their sum while they can be counted."""
    return _counted(look, wanted)


def _counted(look: Look, wanted: InvoiceFilter) -> InvoiceCount:
    fen = sa.type_coerce(Invoice.amount, sa.BigInteger).label("fen")
    seen = _filtered(look, wanted).with_only_columns(fen).limit(EXACT_TO + 1).subquery()
    rows, amount = look.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(seen.c.fen), 0)).select_from(seen)
    ).one()
    return InvoiceCount(min(rows, EXACT_TO), rows <= EXACT_TO, Money(int(amount)))


@needs(Right.SEE_BILLS)
def list_invoices(
    look: Look, wanted: InvoiceFilter, span: Span, order: InvoiceOrder | None = None
) -> list[InvoiceRow]:  # fmt: skip
    """One page of the list. Without an order: the latest first."""
    if order is None:
        order, span = InvoiceOrder.ASKED, span.turned(descending=True)
    columns: list[Any] = [Invoice.id]
    if order is not InvoiceOrder.ASKED:
        columns.insert(0, Invoice.requested_on if order is InvoiceOrder.DAY else Invoice.amount)
    return _rows(look, ids_of_page(look.session, _filtered(look, wanted), columns, span))


@needs(Right.SEE_BILLS)
def invoice_record(look: Look, invoice_id: UUID) -> InvoiceRow:
    """One invoice with its bills and files. Raises NotFound."""
    rows = _rows(look, [invoice_id], files=True)
    if not rows:
        raise NotFound("这张发票登记")
    return rows[0]


def _filtered(look: Look, wanted: InvoiceFilter) -> sa.Select[Any]:
    query = sa.select(Invoice.id).where(Invoice.deleted_at.is_(None))
    if states := _STATES.get(wanted.scope):
        query = query.where(Invoice.state.in_(states))
    for key, values in wanted.chosen:
        if key == "asked":
            query = query.where(narrowing.within(look, Invoice.requested_on, values))
        elif key == "issued":
            query = query.where(narrowing.within(look, Invoice.issued_on, values))
        elif key == "state":
            query = query.where(Invoice.state.in_([state for state in InvoiceState if state.value in values]))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return query.where(_about(look, text)) if text else query


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    number = like("".join(text.upper().split()))
    ways: list[sa.ColumnElement[bool]] = [
        Invoice.title.contains(text, autoescape=True),
        Invoice.number.like(f"%{number}", escape="\\"),
        Invoice.tax_number.like(f"%{number}%", escape="\\"),
    ]
    if Right.SEE_PARTIES in look.actor.rights:
        ways.append(Invoice.buyer_id.in_(sa.select(Party.id).where(party_lists.named(look, text))))
    return sa.or_(*ways)


def _rows(look: Look, ids: Sequence[UUID], *, files: bool = False) -> list[InvoiceRow]:
    if not ids:
        return []
    bills: dict[UUID, list[tuple[UUID, str, Money]]] = {}
    for row in look.session.execute(
        sa.select(InvoicedBill.invoice_id, Bill.id, Bill.title, InvoicedBill.amount)
        .join(Bill, Bill.id == InvoicedBill.bill_id)
        .where(InvoicedBill.invoice_id.in_(ids))
        .order_by(Bill.due, Bill.id)
    ):
        bills.setdefault(row.invoice_id, []).append((row.id, row.title, row.amount))
    found = {
        row.Invoice.id: InvoiceRow(
            row.Invoice.id, row.Invoice.state, row.Invoice.title, row.Invoice.tax_number or "", row.Invoice.amount,
            row.Invoice.buyer_id, row.buyer, row.Invoice.requested_on, row.clerk or "程序", row.Invoice.number or "",
            row.Invoice.code or "", row.Invoice.issued_on, row.Invoice.red_number or "", row.Invoice.note or "",
            tuple(bills.get(row.Invoice.id, ())),
            attachments.files_of(look, row.Invoice.id) if files else (),
        )
        for row in look.session.execute(
            sa.select(Invoice, Party.name.label("buyer"), StaffMember.name.label("clerk"))
            .join(Party, Party.id == Invoice.buyer_id)
            .outerjoin(StaffMember, StaffMember.id == Invoice.created_by)
            .where(Invoice.id.in_(ids), Invoice.deleted_at.is_(None))
        )
    }  # fmt: skip
    return [found[each] for each in ids if each in found]
