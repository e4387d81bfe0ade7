"""Which papers a batch 批量补打 prints: receipts or leases by days, numbers, building or choice, each with the mark it
will carry, or the reason why it is left out.

Printing itself is `receipt_papers.print_receipt` and `papers.print_lease`, an act for each paper: a printer that fails
half-way then leaves the rest unprinted and uncounted, and nothing has to come out twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PrintEvent, Receipt
from desktop.models.places import Building, Room
from desktop.models.printing import PrintJob, PrintState
from desktop.models.values import LeaseRole, LeaseState, Right
from desktop.services import lease_lists, papers, receipt_forms, receipt_papers, template_pictures
from desktop.services.paper.lease import leases_pdf
from desktop.services.paper.receipts import Step, batch_pdf
from desktop.services.print_events import ordinal_of
from desktop.services.rights import needs
from desktop.services.work import Look

MOST = 500
"""Papers in one batch: half an hour of a needle printer."""
MOST_SHOWN = 60
"""Papers laid out in the preview."""

QUEUED = "还在打印队列里：先在那里重试或取消"
_NOT_SIGNED = {LeaseState.CANCELLED: "租约已撤销", LeaseState.DRAFT: "租约还没有签"}


class PaperKind(StrEnum):
    RECEIPT = "receipt"
    LEASE = "lease"


@dataclass(frozen=True, slots=True)
class FindPapers:
    """What to look for; only what was asked narrows. Days are those of the receipt, or the signing of the lease."""

    kind: PaperKind = PaperKind.RECEIPT
    since: date | None = None
    until: date | None = None
    first: str = ""
    """A whole number, or its last digits."""
    last: str = ""
    building_id: UUID | None = None
    who: str = ""
    """Part of the name of payer or tenant."""
    ids: tuple[UUID, ...] = ()
    """Chosen in a list: then nothing else narrows."""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper of the batch. `held` says why it is not printed; empty when it will be."""

    id: UUID
    kind: PaperKind
    number: str
    day: date | None
    who: str
    about: str
    """Amount of a receipt, room of a lease."""
    prints: int
    """How often it was printed already."""
    held: str = ""

    @property
    def mark(self) -> str:
        """首次打印 or 补打 n."""
        return f"补打 {self.prints}" if self.prints else "首次打印"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was found, in the order of printing; `more`: there is more than one batch takes."""

    rows: tuple[PaperRow, ...]
    more: bool


def find_problems(request: FindPapers) -> dict[str, str]:
    """What is to be mended of the choice, by field."""
    found = {}
    if request.since and request.until and request.since > request.until:
        found["until"] = "止日早于起日：改其中一个"
    heads = [head for head in (_number(request.kind, request.first)[0], _number(request.kind, request.last)[0]) if head]
    if len(set(heads)) > 1:
        found["last"] = "两个号码不是同一个系列：开头要一样"
    elif request.first and request.last and _digits(request, request.first) > _digits(request, request.last):
        found["last"] = "止号小于起号：改其中一个"
    return found


@needs(Right.SEE_BILLS)
def find_receipts(look: Look, request: FindPapers) -> Batch:
    """The receipts of a batch, by day and number."""
    query = (
        sa.select(Payment.id, Receipt.number, Payment.business_date, Party.name, Payment.amount)
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .order_by(Payment.business_date, Receipt.number)
    )
    if request.ids:
        query = query.where(Payment.id.in_(request.ids))
    else:
        query = _in_days(query, Payment.business_date, request)
        query = _numbered(query, Receipt.number, request)
        if request.who.strip():
            query = query.where(Party.name.contains(request.who.strip(), autoescape=True))
        if request.building_id is not None:
            paid = (
                sa.select(Allocation.payment_id)
                .join(Bill, Bill.id == Allocation.bill_id)
                .join(Room, Room.id == Bill.room_id)
                .where(Room.building_id == request.building_id)
            )
            query = query.where(Payment.id.in_(paid))
    found = look.session.execute(query.limit(MOST + 1)).all()
    prints, queued = _printed(look, "receipt", [row.id for row in found])
    rows = [
        PaperRow(
            row.id, PaperKind.RECEIPT, row.number, row.business_date, row.name, str(row.amount), prints.get(row.id, 0),
            QUEUED if row.id in queued else "",
        )
        for row in found
    ]  # fmt: skip
    return Batch(tuple(rows[:MOST]), len(rows) > MOST)


@needs(Right.SEE_LEASES)
def find_leases(look: Look, request: FindPapers) -> Batch:
    """The leases of a batch, by day of signing and number; what was never signed is named and left out."""
    query = (
        sa.select(Lease.id, Lease.signed_on).where(Lease.deleted_at.is_(None)).order_by(Lease.signed_on, Lease.number)
    )
    if request.ids:
        query = query.where(Lease.id.in_(request.ids))
    else:
        query = _in_days(query, Lease.signed_on, request)
        query = _numbered(query, Lease.number, request)
        if request.who.strip():
            query = query.where(Lease.id.in_(_let_to(request.who.strip())))
        if request.building_id is not None:
            rooms = sa.select(LeaseRoom.lease_id).join(Room, Room.id == LeaseRoom.room_id)
            query = query.where(
                Lease.id.in_(rooms.where(Room.building_id == request.building_id, LeaseRoom.deleted_at.is_(None)))
            )
    found = look.session.execute(query.limit(MOST + 1)).all()
    signed = {row.id: row.signed_on for row in found}
    prints, queued = _printed(look, "lease", list(signed))
    rows = [
        PaperRow(
            row.id, PaperKind.LEASE, row.number, signed[row.id], row.tenant, row.room, prints.get(row.id, 0),
            _NOT_SIGNED.get(row.state, QUEUED if row.id in queued else ""),
        )
        for row in lease_lists.rows_of(look, list(signed))
    ]  # fmt: skip
    return Batch(tuple(rows[:MOST]), len(found) > MOST)


def _let_to(who: str) -> Any:
    return (
        sa.select(LeaseParty.lease_id)
        .join(Party, Party.id == LeaseParty.party_id)
        .where(
            LeaseParty.role.in_((LeaseRole.TENANT, LeaseRole.CO_TENANT)), LeaseParty.deleted_at.is_(None),
            Party.name.contains(who, autoescape=True),
        )
    )  # fmt: skip


def _in_days(query: Any, column: Any, request: FindPapers) -> Any:
    if request.since is not None:
        query = query.where(column >= request.since)
    return query if request.until is None else query.where(column <= request.until)


_DIGITS = {PaperKind.RECEIPT: 6, PaperKind.LEASE: 5}
"""How many digits at the end count on (services.numbers)."""


def _number(kind: PaperKind, typed: str) -> tuple[str, str]:
    """(what a number begins with, its counting digits in full width); the head is empty when only digits were typed."""
    typed = "".join(typed.upper().split())
    width = _DIGITS[kind]
    if typed.isdigit() and len(typed) <= width:
        return "", typed.zfill(width)
    return typed[:-width], typed[-width:]


def _digits(request: FindPapers, typed: str) -> str:
    return _number(request.kind, typed)[1]


def _numbered(query: Any, column: Any, request: FindPapers) -> Any:
    end = sa.func.substr(column, sa.func.length(column) - _DIGITS[request.kind] + 1)
    for typed, low in ((request.first, True), (request.last, False)):
        if not typed.strip():
            continue
        head, digits = _number(request.kind, typed)
        query = query.where(end >= digits if low else end <= digits)
        if head:
            query = query.where(column.startswith(head, autoescape=True))
    return query


def _printed(look: Look, paper: str, ids: Sequence[UUID]) -> tuple[dict[UUID, int], set[UUID]]:
    """({paper: how often it was printed}, those that lie in this PC's queue)."""
    counted = look.session.execute(
        sa.select(PrintEvent.subject_id, sa.func.count())
        .where(PrintEvent.paper == paper, PrintEvent.subject_id.in_(ids))
        .group_by(PrintEvent.subject_id)
    )
    waiting = look.session.scalars(
        sa.select(PrintJob.subject_id).where(
            PrintJob.paper == paper, PrintJob.subject_id.in_(ids), PrintJob.device_id == look.office.device_id,
            PrintJob.state.in_((PrintState.WAITING, PrintState.FAILED)),
        )
    )  # fmt: skip
    return {row[0]: int(row[1]) for row in counted}, set(waiting)


@needs(Right.SEE_BILLS)
def buildings_to_find(look: Look) -> list[tuple[UUID, str]]:
    """The buildings a batch may be narrowed to."""
    rows = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    )
    return [(row.id, row.name) for row in rows]


# ---- one preview of everything -------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def preview_receipts(look: Look, ids: Sequence[UUID], form: str = "", report: Step | None = None) -> bytes:
    """The first `MOST_SHOWN` receipts of a batch in one file, as they would be printed now; nothing is noted."""
    pairs = []
    for payment_id in ids[:MOST_SHOWN]:
        chosen = receipt_forms.for_receipt(look, payment_id, form)
        paper = receipt_papers.receipt_of(look, payment_id, ordinal_of(look, "receipt", payment_id))
        pairs.append((paper, chosen.form))
    return batch_pdf(pairs, mark_missing=True, report=report)


@needs(Right.SEE_LEASES)
def preview_leases(look: Look, ids: Sequence[UUID], report: Step | None = None) -> bytes:
    """The first `MOST_SHOWN` leases of a batch in one file, document numbers and phones masked; nothing is noted."""
    made = []
    for lease_id in ids[:MOST_SHOWN]:
        paper, template = papers.lease_of(look, lease_id)
        made.append((paper, template, template_pictures.pictures_of(look, template)))
    return leases_pdf(made, report=report)
