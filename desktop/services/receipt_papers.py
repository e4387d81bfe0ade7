"""Receipts from the office's data: as they are previewed, printed, and printed again.

Printing is an act: the paper's bytes are hashed into a print event, and from the second time on the paper says 补打 n.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import PaymentKind
from desktop.models.places import Building, Room
from desktop.models.values import NIL, Money, Period, Right
from desktop.services import billing, receipt_forms, receipts, signed
from desktop.services.paper.money import ReceiptLine, ReceiptPaper, TenderLine
from desktop.services.paper.receipt_form import ReceiptForm
from desktop.services.paper.receipts import receipt_notices, receipt_pdf
from desktop.services.print_events import Printed, Sheets, note_print, ordinal_of
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind, payment_kind
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

NUMBER_LATER = "收款后取号"


@part
def receipt_of(look: Look, payment_id: UUID, reprint: int = 0) -> ReceiptPaper:
    """One receipt as paper. Raises NotFound."""
    page = receipts.receipt_facts(look, payment_id)
    kind = _kind(page)
    names = debtor_names(page.lines)
    lines = [receipt_line(line, named=len(names) > 1) for line in page.lines]
    back = page.row.kind is PaymentKind.REVERSAL
    lines += credit_lines(page.credited, page.rounding, kind, back=back)
    hand = signed.signature_of(look, payment_id)
    by = f"签字人：{hand.words}" if hand is not None and hand.for_another else ""
    out = page.row.kind is PaymentKind.REFUND
    remarks = [instead_words(names), page.reason or "" if out else "", by]
    return ReceiptPaper(
        office=look.office.organisation, number=page.row.number, business_date=page.row.business_date,
        payer=page.row.payer, room=_rooms(look, [line.room_id for line in page.lines]), lines=tuple(lines),
        total=page.row.amount, cashier=page.cashier, desk=page.desk,
        kind=kind, title=page.row.title,
        tenders=tuple(TenderLine(t.method, t.amount, t.reference) for t in page.tenders), change=page.change,
        received=None if out or kind is ReceiptKind.OFFSET else page.given, reprint=reprint, void=page.row.voided,
        reverses=page.reverses[1] if page.reverses else "", reversed_by=page.row.reversed_by or "",
        remark="；".join(filter(None, remarks)),
        reason=page.reason or "" if back else page.void_reason,
        signature=hand.ink if hand is not None else None,
    )  # fmt: skip


def _kind(page: receipts.ReceiptPage) -> ReceiptKind:
    row, fees = page.row, {line.fee_type for line in page.lines}
    if row.kind is PaymentKind.REFUND or row.title == RECEIPT_TITLES[ReceiptKind.REFUND]:
        if not fees:
            return ReceiptKind.CREDIT_BACK
        return ReceiptKind.REFUND if row.amount else ReceiptKind.OFFSET
    back = row.kind is PaymentKind.REVERSAL
    return payment_kind(fees, row.amount, -page.credited if back else page.credited)


def credit_lines(credited: Money, rounding: Money, kind: ReceiptKind, *, back: bool = False) -> list[ReceiptLine]:
    """What of a payment pays no bill or is paid by no money, as lines of their own: the receipt adds up to what changed
    hands. `back`: of a red receipt, where every sign is turned round."""
    lines = []
    if credited:
        used = credited > NIL if back else credited < NIL
        word = "退预存款" if kind is ReceiptKind.CREDIT_BACK else "使用预存" if used else "预存"
        lines.append(ReceiptLine(word, credited))
    if rounding:
        lines.append(ReceiptLine("抹零", -rounding))
    return lines


def debtor_names(lines: Iterable[receipts.PaidLine]) -> tuple[str, ...]:
    """Whose bills were paid, the payer's own as an empty name; in the order of the lines."""
    return tuple(dict.fromkeys(line.debtor for line in lines))


def instead_words(names: Sequence[str]) -> str:
    """代沈知微、林以宁交; empty when everybody paid for themselves."""
    others = [name for name in names if name]
    return f"代{'、'.join(others)}交" if others else ""


def receipt_line(line: receipts.PaidLine, *, named: bool = False) -> ReceiptLine:
    """One line as printed; `named`: with whose bill it is, where a receipt is about several people."""
    item = billing.FEE_WORDS[line.fee_type]
    if named and line.debtor:
        item = f"{item}（{line.debtor}）"
    period = Period(line.period_start, line.period_end) if line.period_start and line.period_end else None
    whole = line.quantity is not None and line.unit_price is not None
    fits = whole and Money.rounded(line.quantity * line.unit_price * 100) == line.amount
    if not fits:  # a part payment, or several months and days in one line: quantity × price would not give the amount
        return ReceiptLine(item, line.amount, period)
    return ReceiptLine(
        item, line.amount, period, plain(line.quantity), line.unit or "",
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
    work.require(Right.SEE_BILLS)
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
