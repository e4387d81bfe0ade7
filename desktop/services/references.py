"""Bank serials that were taken before 流水号重复: told before money is taken on one again, and listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.parties import Party
from desktop.models.payments import Payment, PaymentKind, Receipt, Tender
from desktop.models.values import NIL, Money, PayMethod, Right
from desktop.services.asked import Asked
from desktop.services.errors import DomainError
from desktop.services.rights import needs, part
from desktop.services.tenders import METHOD_WORDS, NEEDS_REFERENCE, TenderForm, clean_reference
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

WHOLE_FROM = 8
"""A number of so many signs is a whole one. The clerk may type the last four only, and these come again by chance: a
short one is told when the amount is the same too, or the day nearly so."""
NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A standing payment that has the same number."""

    payment_id: UUID
    receipt_number: str
    method: PayMethod
    reference: str
    amount: Money
    """By this means."""
    business_date: date
    taken_at: datetime
    payer: str
    cashier: str

    def words(self) -> str:
        """微信 4200001234：11-22 09:30 赵财务 收过 沈知微 1,860.00（收据 WJYA26-000012）."""
        when = f"{self.taken_at.astimezone(OFFICE_ZONE):%m-%d %H:%M}"
        return (
            f"{METHOD_WORDS[self.method]} {self.reference}：{when} {self.cashier} "
            f"收过 {self.payer} {self.amount}（收据 {self.receipt_number}）"
        )


class ReferenceRepeated(DomainError):
    """Money with this number was taken before: the clerk looks and says whether it is another payment."""

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        super().__init__(f"{repeats[0].words()}。是同一笔就不要再收；确是另一笔，核对后再确认", "reference")
        self.repeats = tuple(repeats)


@part
def repeats_of(look: Look, tenders: Iterable[TenderForm], day: date) -> list[Repeat]:
    """Standing payments by the same means under the same number as one of these, the latest first."""
    wanted = {
        reference: tender
        for tender in tenders
        if tender.method in NEEDS_REFERENCE and (reference := clean_reference(tender.reference)) is not None
    }
    if not wanted:
        return []
    found = []
    for row in _TAKEN.rows(look.session.connection(), list(wanted)):
        tender = wanted[row.reference]
        if row.method is not tender.method:
            continue
        if len(row.reference) >= WHOLE_FROM or row.amount == tender.amount or abs(row.business_date - day) <= NEAR:
            found.append(_repeat(row))
    return found


_COUNTER = sa.orm.aliased(Payment)
_NOT_UNDONE = ~sa.select(_COUNTER.id).where(_COUNTER.reverses_id == Payment.id).exists()


def _taken() -> Any:
    return (
        sa.select(
            Payment.id, Receipt.number, Tender.method, Tender.reference, Tender.amount, Payment.business_date,
            Payment.created_at, Party.name.label("payer"), StaffMember.name.label("cashier"),
        )
        .join(Payment, Payment.id == Tender.payment_id)
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .where(Payment.kind == PaymentKind.PAYMENT, Tender.amount > NIL, _NOT_UNDONE)
    )  # fmt: skip


_TAKEN = Asked(lambda one_of: _taken().where(one_of(Tender.reference)).order_by(Payment.id.desc()).limit(20))


def _repeat(row: Any) -> Repeat:
    return Repeat(
        row.id, row.number, row.method, row.reference, row.amount, row.business_date, row.created_at, row.payer,
        row.cashier or "程序",
    )  # fmt: skip


def repeated() -> sa.ColumnElement[bool]:
    """SQL: the payment stands and has a number that another standing one has, too; for the list of receipts."""
    mine, other, paid = sa.orm.aliased(Tender), sa.orm.aliased(Tender), sa.orm.aliased(Payment)
    undone = sa.orm.aliased(Payment)
    return (
        sa.select(mine.id)
        .join(other, sa.and_(other.reference == mine.reference, other.method == mine.method))
        .join(paid, paid.id == other.payment_id)
        .where(
            mine.payment_id == Payment.id, Payment.kind == PaymentKind.PAYMENT, _NOT_UNDONE,
            mine.reference.is_not(None), mine.amount > NIL,
            other.payment_id != mine.payment_id, other.amount > NIL, paid.kind == PaymentKind.PAYMENT,
            ~sa.select(undone.id).where(undone.reverses_id == paid.id).exists(),
        )
        .exists()
    )  # fmt: skip


@needs(Right.SEE_BILLS)
def list_repeats(look: Look, since: date | None = None) -> list[tuple[Repeat, ...]]:
    """Numbers under which money stands more than once since a day (a year back when none is given), the latest first.

    Each group is to be looked at by a person: two payments, or one that was typed twice.
    """
    first = since or look.world.today() - timedelta(days=365)
    query = (
        _taken()
        .where(Tender.reference.is_not(None), Payment.business_date >= first, repeated())
        .order_by(Payment.id.desc())
        .limit(1000)
    )
    groups: dict[tuple[PayMethod, str], list[Repeat]] = {}
    for row in look.session.execute(query):
        groups.setdefault((row.method, row.reference), []).append(_repeat(row))
    return [tuple(group) for group in groups.values()]
