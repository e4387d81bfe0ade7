"""All receipts 收据 as a list: of today, of the month, taken back, by whom and how; a page at a time by key."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import BillBalance
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt, Shift, Tender
from desktop.models.values import Money, PayMethod, Right
from desktop.services import narrowing, party_lists
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.paging import EXACT_TO, Span, ids_of_page, like
from desktop.services.receipts import ReceiptRow, receipts_by_id
from desktop.services.references import repeated
from desktop.services.rights import needs
from desktop.services.tenders import METHOD_WORDS
from desktop.services.work import Look

_VOIDED = "voided"
_KINDS = {
    PaymentKind.PAYMENT.value: "收款", PaymentKind.REVERSAL.value: "冲红", PaymentKind.REFUND.value: "退款",
    _VOIDED: "作废",
}  # fmt: skip


class ReceiptScope(StrEnum):
    """Which receipts a list is about; each is also a figure over the list."""

    TODAY = "today"
    MONTH = "month"
    TAKEN_BACK = "taken_back"
    """Reversals 冲红, refunds 退款 and void receipts 作废."""
    ALL = "all"


class ReceiptOrder(StrEnum):
    """What a list is sorted by; TAKEN is the order in which money came in."""

    TAKEN = "taken"
    DAY = "day"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class ReceiptFilter:
    """Which receipts. `text`: receipt number or its end, or the payer (as in the list of parties)."""

    scope: ReceiptScope = ReceiptScope.TODAY
    text: str = ""
    chosen: Chosen = ()
    """Of `receipt_conditions`."""


@dataclass(frozen=True, slots=True)
class ReceiptCount:
    """How many receipts there are (exact up to 10,000), and what they come to.

    Reversals count against it, void receipts do not count.
    """

    rows: int
    exact: bool
    amount: Money


@needs(Right.SEE_BILLS)
def receipt_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    cashiers = look.session.execute(
        sa.select(StaffMember.id, StaffMember.name)
        .where(StaffMember.id.in_(sa.select(Shift.staff_id)))
        .order_by(StaffMember.name, StaffMember.id)
    )
    return (
        narrowing.days_condition("day", "日期", ("today", "yesterday", "last_7", "month", "last_month", "year")),
        condition("method", "方式", ((method.value, METHOD_WORDS[method]) for method in PayMethod)),
        condition("kind", "种类", _KINDS.items()),
        condition("reference", "流水号", (("repeated", "重复的"),)),
        condition("cashier", "收款人", ((row.id.hex, row.name) for row in cashiers)),
        narrowing.building_condition(look),
    )


@needs(Right.SEE_BILLS)
def receipt_figures(look: Look, text: str = "", chosen: Chosen = ()) -> dict[ReceiptScope, ReceiptCount]:
    """How many receipts each scope holds of those that text and conditions let through."""
    return {scope: _counted(look, ReceiptFilter(scope, text, chosen), sums=False) for scope in ReceiptScope}


@needs(Right.SEE_BILLS)
def count_receipts(look: Look, wanted: ReceiptFilter) -> ReceiptCount:
    """How many receipts a filter lets through, and their sum while they can be counted."""
    return _counted(look, wanted, sums=True)


@needs(Right.SEE_BILLS)
def list_receipts(
    look: Look, wanted: ReceiptFilter, span: Span, order: ReceiptOrder | None = None
) -> list[ReceiptRow]:  # fmt: skip
    """One page of the list. Without an order: the latest first."""
    if order is None:
        order, span = ReceiptOrder.TAKEN, span.turned(descending=True)
    columns: list[Any] = [Payment.id]
    if order is not ReceiptOrder.TAKEN:
        columns.insert(0, Payment.business_date if order is ReceiptOrder.DAY else Payment.amount)
    return receipts_by_id(look, ids_of_page(look.session, _filtered(look, wanted), columns, span))


def _counted(look: Look, wanted: ReceiptFilter, *, sums: bool) -> ReceiptCount:
    fen_of = sa.type_coerce(Payment.amount, sa.BigInteger)
    kept = sa.case((_is_void(), sa.literal_column("0")), else_=fen_of) if sums else fen_of
    found = _filtered(look, wanted).with_only_columns(kept.label("fen"))
    seen = found.limit(EXACT_TO + 1).subquery()
    fen: Any = sa.func.coalesce(sa.func.sum(sa.type_coerce(seen.c.fen, sa.BigInteger)), 0)
    tell = sa.select(sa.func.count(), fen if sums else sa.literal(0)).select_from(seen)
    rows, amount = look.session.execute(tell).one()
    return ReceiptCount(min(rows, EXACT_TO), rows <= EXACT_TO, Money(int(amount)))


def _filtered(look: Look, wanted: ReceiptFilter) -> sa.Select[Any]:
    # The counter-payment of a void receipt is no receipt; that receipt itself stands in the list and says so.
    query = sa.select(Payment.id).where(Payment.kind != PaymentKind.VOID)
    if wanted.scope in (ReceiptScope.TODAY, ReceiptScope.MONTH):
        query = query.where(narrowing.within(look, Payment.business_date, (wanted.scope.value,)))
    elif wanted.scope is ReceiptScope.TAKEN_BACK:
        query = query.where(sa.or_(_TAKEN_BACK, _is_void()))
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, key, values))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return query.where(_about(look, text)) if text else query


_TAKEN_BACK: sa.ColumnElement[bool] = Payment.kind != sa.literal_column("'payment'")
"""Written out: the index on these serves."""
_VOID = sa.orm.aliased(Payment)


def _is_void() -> sa.ColumnElement[bool]:
    """The receipt was made void."""
    counters = sa.select(_VOID.reverses_id).where(
        _VOID.kind != sa.literal_column("'payment'"), _VOID.kind == PaymentKind.VOID
    )
    return Payment.id.in_(counters)


def _narrowed(look: Look, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "day":
        return narrowing.within(look, Payment.business_date, values)
    if key == "method":
        methods = [method for method in PayMethod if method.value in values]
        return sa.select(Tender.id).where(Tender.payment_id == Payment.id, Tender.method.in_(methods)).exists()
    if key == "kind":
        kinds = Payment.kind.in_([kind for kind in PaymentKind if kind.value in values])
        return sa.or_(kinds, _is_void()) if _VOIDED in values else kinds
    if key == "reference":
        return repeated()
    if key == "cashier":
        return Payment.created_by.in_(narrowing.ids(values))
    if key == "building":
        bills = sa.select(BillBalance.bill_id).where(BillBalance.room_id.in_(narrowing.rooms_in(values)))
        paid = sa.select(Allocation.id).where(Allocation.payment_id == Payment.id, Allocation.bill_id.in_(bills))
        return paid.exists()
    return sa.true()


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    number = like("".join(text.upper().split()))
    ways: list[sa.ColumnElement[bool]] = [
        Payment.id.in_(sa.select(Receipt.payment_id).where(Receipt.number.like(f"%{number}", escape="\\")))
    ]
    if Right.SEE_PARTIES in look.actor.rights:
        ways.append(Payment.payer_id.in_(sa.select(Party.id).where(party_lists.named(look, text))))
    return sa.or_(*ways)
