"""Receipts from the office's data: as they are previewed, printed, printed again, and printed by the hundred.

Printing is an act: the paper's bytes are hashed into a print event, and from the second time on the paper says 补打 n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.parties import Party
from desktop.models.payments import Payment, PaymentKind, PrintEvent, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import Money, Period, Right
from desktop.services import billing, print_queue, receipt_forms, receipts, signed
from desktop.services.errors import DomainError
from desktop.services.paper.money import ReceiptLine, ReceiptPaper, TenderLine
from desktop.services.paper.receipt_form import ReceiptForm
from desktop.services.paper.receipts import Step, batch_pdf, receipt_notices, receipt_pdf
from desktop.services.print_events import Printed, Sheets, note_event, note_print, ordinal_of
from desktop.services.receipt_kinds import ReceiptKind, receipt_kind
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

NUMBER_LATER = "收款后取号"
MOST_AT_ONCE = 2000


class TooManyAtOnce(DomainError):
    """A batch larger than one file should be; `count` were asked for."""

    def __init__(self, count: int) -> None:
        super().__init__(f"一次最多补打 {MOST_AT_ONCE} 张，现在选了 {count} 张：分几次打", "payments")
        self.count = count


class NothingChosen(DomainError):
    """A batch without receipts."""

    def __init__(self) -> None:
        super().__init__("还没有选收据：先勾选要补打的", "payments")


@part
def receipt_of(look: Look, payment_id: UUID, reprint: int = 0) -> ReceiptPaper:
    """One receipt as paper. Raises NotFound."""
    page = receipts.receipt_facts(look, payment_id)
    lines = [receipt_line(line) for line in page.lines]
    credited = page.credited
    if credited:
        lines.append(ReceiptLine("预存", credited))
    refund = page.row.kind is PaymentKind.REFUND
    return ReceiptPaper(
        office=look.office.organisation, number=page.row.number, business_date=page.row.business_date,
        payer=page.row.payer, room=_rooms(look, [line.room_id for line in page.lines]), lines=tuple(lines),
        total=page.row.amount, cashier=page.cashier, desk=page.desk,
        kind=_kind(page),
        tenders=tuple(TenderLine(t.method, t.amount, t.reference) for t in page.tenders), change=page.change,
        received=None if refund else page.given, reprint=reprint,
        reverses=page.reverses[1] if page.reverses else "", reversed_by=page.row.reversed_by or "",
        remark=page.reason or "" if refund else "",
        reason=page.reason or "" if page.row.kind is PaymentKind.REVERSAL else "",
        signature=signed.signature_of(look, payment_id),
    )  # fmt: skip


def _kind(page: receipts.ReceiptPage) -> ReceiptKind:
    if page.row.kind is PaymentKind.REFUND:
        return ReceiptKind.REFUND if page.row.amount else ReceiptKind.OFFSET
    return receipt_kind({line.fee_type for line in page.lines})


def receipt_line(line: receipts.PaidLine) -> ReceiptLine:
    """One line as printed."""
    period = Period(line.period_start, line.period_end) if line.period_start and line.period_end else None
    whole = line.quantity is not None and line.unit_price is not None
    fits = whole and Money.rounded(line.quantity * line.unit_price * 100) == line.amount
    if not fits:  # a part payment, or several months and days in one line: quantity × price would not give the amount
        return ReceiptLine(billing.FEE_WORDS[line.fee_type], line.amount, period)
    return ReceiptLine(
        billing.FEE_WORDS[line.fee_type], line.amount, period, plain(line.quantity), line.unit or "",
        plain(line.unit_price),
    )  # fmt: skip


def plain(number: Decimal) -> Decimal:
    """Without the zeros of its column: 3, 46.2, 64.516129."""
    bare = number.normalize()
    exponent = bare.as_tuple().exponent
    return bare.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else bare


def _rooms(look: Look, ids: Sequence[UUID | None]) -> str:
    wanted = sorted({room_id for room_id in ids if room_id is not None})
    rows = look.session.execute(
        sa.select(Building.name, Room.number)
        .join(Room, Room.building_id == Building.id)
        .where(Room.id.in_(wanted))
        .order_by(Building.sort, Room.number)
    )
    return "、".join(f"{row.name} {row.number}" for row in rows)


@needs(Right.SEE_BILLS)
def preview_receipt(look: Look, payment_id: UUID, form: str = "") -> bytes:
    """The receipt as it would be printed now on a form, the office's usual one when none is named; nothing is noted."""
    paper = receipt_of(look, payment_id, ordinal_of(look, "receipt", payment_id))
    return receipt_pdf(paper, receipt_forms.for_receipt(look, payment_id, form).form, mark_missing=True)


@needs(Right.PRINT_PAPER)
def print_receipt(work: Work, payment_id: UUID, form: str = "", printer: str = "") -> Printed:
    """The receipt for the printer, and a line that it was printed; from the second time on it says 补打 n.

    `form` is the key of a receipt form, the office's usual one when empty; `printer` where this PC sends receipts.
    """
    ordinal = ordinal_of(work, "receipt", payment_id)
    chosen = receipt_forms.for_receipt(work, payment_id, form)
    paper = receipt_of(work, payment_id, ordinal)
    sheets = _sheets(paper, chosen.form)
    work.world.fault("paper.drawn")
    return note_print(work, "receipt", "payment", payment_id, sheets, ordinal, printer, **_options(chosen))


def _sheets(paper: ReceiptPaper, form: ReceiptForm) -> Sheets:
    pdf = receipt_pdf(paper, form, mark_missing=True, invariant=True)
    return Sheets(pdf, f"收据 {paper.number}", paper.number, tuple(receipt_notices(paper, form)))


def _options(chosen: receipt_forms.FormOfOffice) -> dict[str, str]:
    return {"form": chosen.form.key, "template": chosen.template_id.hex if chosen.template_id else ""}


@part
def receipt_again(look: Look, payment_id: UUID, ordinal: int, form: str, template_id: UUID | None) -> Sheets:
    """The receipt of a print that did not come out, with the number of prints and the form it had then."""
    chosen = receipt_forms.by_template(look, form, template_id)
    return _sheets(receipt_of(look, payment_id, ordinal), chosen.form)


# ---- many at once --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindReceipts:
    """Receipts to print again: of which days, whose, taken by whom; only what was asked narrows."""

    since: date
    until: date
    payer: str = ""
    """Part of a name."""
    payer_id: UUID | None = None
    cashier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """One receipt in the choice for a batch."""

    payment_id: UUID
    number: str
    business_date: date
    payer: str
    amount: Money
    cashier: str
    prints: int
    """How often it was printed already."""


def find_problems(request: FindReceipts) -> dict[str, str]:
    """What is to be mended of the choice, by field."""
    if request.since > request.until:
        return {"until": "止日早于起日：改其中一个"}
    return {}


@needs(Right.SEE_BILLS)
def find_receipts(look: Look, request: FindReceipts, most: int = MOST_AT_ONCE) -> list[ReceiptFound]:
    """Receipts of some days in the order of their numbers, at most `most` and one more when there are more."""
    prints = (
        sa.select(PrintEvent.subject_id, sa.func.count().label("n"))
        .where(PrintEvent.paper == "receipt")
        .group_by(PrintEvent.subject_id)
        .subquery()
    )
    query = (
        sa.select(
            Payment.id, Receipt.number, Payment.business_date, Party.name.label("payer"), Payment.amount,
            StaffMember.name.label("cashier"), prints.c.n,
        )
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .outerjoin(prints, prints.c.subject_id == Payment.id)
        .where(Payment.business_date.between(request.since, request.until))
        .order_by(Payment.business_date, Receipt.number)
        .limit(most + 1)
    )  # fmt: skip
    if request.payer.strip():
        query = query.where(Party.name.contains(request.payer.strip(), autoescape=True))
    if request.payer_id is not None:
        query = query.where(Payment.payer_id == request.payer_id)
    if request.cashier_id is not None:
        query = query.where(Payment.created_by == request.cashier_id)
    return [
        ReceiptFound(row[0], row[1], row[2], row.payer, row[4], row.cashier or "程序", row.n or 0)
        for row in look.session.execute(query)
    ]


@needs(Right.PRINT_PAPER)
def print_receipts(
    work: Work, payment_ids: Sequence[UUID], form: str = "", printer: str = "", report: Step | None = None
) -> Printed:
    """Many receipts as one file and one job of the queue; each is noted as a print of its own and says 补打 n.

    `report` hears of each and may stop it: then nothing was noted and nothing is printed. Raises NothingChosen,
    TooManyAtOnce, NotFound.
    """
    if not payment_ids:
        raise NothingChosen
    if len(payment_ids) > MOST_AT_ONCE:
        raise TooManyAtOnce(len(payment_ids))
    batch = _batch(work, payment_ids, form, report)
    pdf = _batch_file([(each.paper, each.chosen.form) for each in batch], report)
    sha256 = hashlib.sha256(pdf).digest()
    for each in batch:
        note_event(work, "receipt", "payment", each.payment_id, each.ordinal, sha256, _options(each.chosen))
    title = batch_title([each.paper.number for each in batch])
    work.subject_id("payment", payment_ids[0])
    work.record(paper="receipts", count=len(batch))
    options = {
        "form": batch[0].chosen.form.key,
        "papers": [[each.payment_id.hex, each.ordinal, _options(each.chosen)["template"]] for each in batch],
    }
    job_id = print_queue.put_job(work, "receipts", "payment", payment_ids[0], title, printer, options)
    notices = tuple(
        f"{each.paper.number}：{words}" for each in batch for words in receipt_notices(each.paper, each.chosen.form)
    )
    return Printed(pdf, title, batch[0].paper.number, 0, job_id, notices)


@dataclass(frozen=True, slots=True)
class _OfBatch:
    payment_id: UUID
    ordinal: int
    paper: ReceiptPaper
    chosen: receipt_forms.FormOfOffice


def _batch(look: Look, payment_ids: Sequence[UUID], form: str, report: Step | None) -> list[_OfBatch]:
    batch = []
    for done, payment_id in enumerate(payment_ids):
        if report is not None:
            report(done, 2 * len(payment_ids), "正在读取收据")
        ordinal = ordinal_of(look, "receipt", payment_id)
        chosen = receipt_forms.for_receipt(look, payment_id, form)
        batch.append(_OfBatch(payment_id, ordinal, receipt_of(look, payment_id, ordinal), chosen))
    return batch


def _batch_file(pairs: Sequence[tuple[ReceiptPaper, ReceiptForm]], report: Step | None = None) -> bytes:
    """One file; its half of the progress is the second one."""

    def step(done: int, total: int, _number: str) -> None:
        if report is not None:
            report(total + done, 2 * total, "正在排版")

    return batch_pdf(pairs, mark_missing=True, invariant=True, report=step)


def batch_title(numbers: Sequence[str]) -> str:
    """What a batch is called in the queue."""
    if len(numbers) == 1:
        return f"收据 {numbers[0]}"
    return f"收据 {len(numbers)} 张，{numbers[0]} 至 {numbers[-1]}"


@part
def receipts_again(look: Look, papers: Sequence[Sequence[str | int]], form: str) -> Sheets:
    """A batch that did not come out, as it was."""
    pairs = []
    for hexed, ordinal, template in papers:
        template_id = UUID(hex=str(template)) if template else None
        chosen = receipt_forms.by_template(look, form, template_id)
        pairs.append((receipt_of(look, UUID(hex=str(hexed)), int(ordinal)), chosen.form))
    numbers = [paper.number for paper, _form in pairs]
    return Sheets(_batch_file(pairs), batch_title(numbers), numbers[0])
