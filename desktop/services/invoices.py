"""Invoice register 发票登记: who asked for a tax invoice on which bills, and what the tax system issued elsewhere.

This program issues no invoice. It keeps what was asked for, the number, code and day of what the tax system made, its
PDF, and the red invoice that took it back. Deposits are receipted, not invoiced, until they become income.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.invoices import Invoice, InvoicedBill
from desktop.models.parties import Party, PersonDocument
from desktop.models.payments import Allocation
from desktop.models.values import LIABILITY_FEES, NIL, DocumentKind, InvoiceState, Money, PartyKind, Right, total
from desktop.ocr.id_number import is_valid
from desktop.services import attachments
from desktop.services.asked import Asked
from desktop.services.attachments import FileForm
from desktop.services.bill_lists import bills_by_id
from desktop.services.bill_locks import lock_bills
from desktop.services.billing import BillRow
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.identity import uscc_problem
from desktop.services.rights import needs, part
from desktop.services.transitions import INVOICE, move
from desktop.services.work import Look, Work

KIND = "invoice_pdf"
MOST_BILLS = 60
"""So many bills of a party are offered, the latest first."""
COUNTED = (InvoiceState.REQUESTED, InvoiceState.ISSUED)
"""An invoice in one of these states covers its bills; one that was cancelled or reversed does not."""
NO_DEPOSITS = "押金、定金、订金开收据，不开发票：转为收入后再登记"


class BillsInvoiced(DomainError):
    """Somebody has registered an invoice on one of these bills meanwhile; `free` is what may still be invoiced."""

    def __init__(self, title: str, free: Money) -> None:
        super().__init__(f"{title}还能开票的只有 {free}：已经登记过，请核对后再申请", "amounts")
        self.title = title
        self.free = free


@dataclass(frozen=True, slots=True)
class InvoiceableBill:
    """A bill with what may be invoiced of it."""

    row: BillRow
    income: Money
    """Billed for services; deposits and the like left out."""
    invoiced: Money
    """Asked for or issued already."""

    @property
    def free(self) -> Money:
        """What may still be asked for."""
        return max(self.income - self.invoiced, NIL)

    @property
    def why_not(self) -> str:
        """Why nothing may be asked for; empty when something may."""
        if self.free > NIL:
            return ""
        if self.income <= NIL:
            return NO_DEPOSITS if self.row.amount > NIL else "这张账单没有应收的金额，不能开票"
        return "这张账单已经全部登记过发票"


@dataclass(frozen=True, slots=True)
class InvoiceOffer:
    """What a request begins with."""

    buyer_id: UUID
    buyer: str
    company: bool
    title: str
    tax_number: str
    """Of a company from its licence; empty for persons, whose ID number is never written here."""
    bills: tuple[InvoiceableBill, ...]

    def free(self) -> dict[UUID, Money]:
        """{bill: what may still be asked for}."""
        return {bill.row.id: bill.free for bill in self.bills}


@dataclass(frozen=True, slots=True)
class RequestInvoice:
    """An invoice is asked for. `amounts` maps a bill to what is to be invoiced of it."""

    buyer_id: UUID
    title: str
    amounts: Mapping[UUID, Money]
    tax_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """What the tax system issued: number, code (none for fully digital invoices), day, and its PDF."""

    invoice_id: UUID
    number: str
    issued_on: date
    code: str = ""
    pdf: FileForm | None = None


@dataclass(frozen=True, slots=True)
class BillInvoice:
    """How a bill stands: what was asked for and what was issued."""

    state: InvoiceState
    amount: Money
    number: str
    """Of the latest issued one; empty while none is."""

    def words(self) -> str:
        """已开 26117000001234567890, 待开 1,200.00."""
        return f"{INVOICE.words[self.state]} {self.number or self.amount}"


# ---- what may be asked for ---------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def invoice_offer(
    look: Look, *, bill_ids: Sequence[UUID] = (), payment_id: UUID | None = None, party_id: UUID | None = None
) -> InvoiceOffer:
    """What a request about some bills, the bills of a payment, or a party begins with. Raises DomainError for none."""
    ids = list(bill_ids)
    if payment_id is not None:
        ids = _paid_by(look, payment_id)
    elif not ids and party_id is not None:
        ids = _bills_of(look, party_id)
    rows = bills_by_id(look, ids)
    if payment_id is not None and not rows:
        raise DomainError("这笔收款没有对应的账单：预存款等抵了账单再开票")
    if party_id is None and not rows:
        raise NotFound("这张账单")
    party = look.get(Party, party_id or rows[0].debtor_id)
    company = party.kind is PartyKind.ORGANISATION
    return InvoiceOffer(
        party.id, party.name, company, party.name, _licence_of(look, party.id) if company else "",
        tuple(invoiceable(look, rows)),
    )  # fmt: skip


def _paid_by(look: Look, payment_id: UUID) -> list[UUID]:
    return list(
        look.session.scalars(
            sa.select(Allocation.bill_id)
            .where(Allocation.payment_id == payment_id)
            .distinct()
            .order_by(Allocation.bill_id)
        )
    )


def _bills_of(look: Look, party_id: UUID) -> list[UUID]:
    found = look.session.scalars(
        sa.select(Bill.id).where(Bill.debtor_id == party_id).order_by(Bill.due.desc(), Bill.id.desc()).limit(MOST_BILLS)
    ).all()
    return list(reversed(found))


def _licence_of(look: Look, party_id: UUID) -> str:
    row = look.session.scalar(
        sa.select(PersonDocument).where(
            PersonDocument.party_id == party_id, PersonDocument.kind == DocumentKind.BUSINESS_LICENCE,
            PersonDocument.deleted_at.is_(None),
        )
    )  # fmt: skip
    return (look.unsealed(row, "number") or "") if row is not None else ""


@part
def invoiceable(look: Look, rows: Sequence[BillRow]) -> list[InvoiceableBill]:
    """What of these bills is income, and what of that was asked for already."""
    ids = [row.id for row in rows]
    income, invoiced = _income(look, ids), _invoiced(look, ids)
    return [InvoiceableBill(row, income.get(row.id, NIL), invoiced.get(row.id, NIL)) for row in rows]


def _income(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, Money]:
    if not bill_ids:
        return {}
    rows = _INCOME.rows(look.session.connection(), bill_ids)
    return {row.bill_id: _money(row.fen) for row in rows}


def _invoiced(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, Money]:
    if not bill_ids:
        return {}
    found: dict[UUID, Money] = {}
    for row in _COVERED.rows(look.session.connection(), bill_ids):
        found[row.bill_id] = found.get(row.bill_id, NIL) + row.amount
    return found


def _money(value: Any) -> Money:
    return value if isinstance(value, Money) else Money(int(value))


_INCOME = Asked(
    lambda one_of: (
        sa.select(BillLine.bill_id, sa.func.sum(BillLine.amount).label("fen"))
        .where(one_of(BillLine.bill_id), BillLine.fee_type.not_in(LIABILITY_FEES))
        .group_by(BillLine.bill_id)
    )
)
_COVERED = Asked(
    lambda one_of: (
        sa.select(InvoicedBill.bill_id, InvoicedBill.amount, Invoice.state, Invoice.number)
        .join(Invoice, Invoice.id == InvoicedBill.invoice_id)
        .where(one_of(InvoicedBill.bill_id), Invoice.state.in_(COUNTED), Invoice.deleted_at.is_(None))
        .order_by(Invoice.id)
    )
)


def request_problems(request: RequestInvoice, free: Mapping[UUID, Money], *, company: bool) -> dict[str, str]:
    """What is to be mended of a request, by field. `free`: what may be asked for of each bill."""
    problems: dict[str, str] = {}
    if not request.amounts:
        problems["amounts"] = "先勾选要开票的账单"
    for bill_id, amount in request.amounts.items():
        if free.get(bill_id, NIL) <= NIL:
            problems["amounts"] = f"勾选的账单里有不能开票的：{NO_DEPOSITS}"
        elif amount <= NIL:
            problems["amounts"] = "开票金额要大于 0，不开就去掉勾"
        elif amount > free[bill_id]:
            problems["amounts"] = f"开票金额 {amount} 超过还能开的 {free[bill_id]}：改少"
    if len(request.title.strip()) < 2:
        problems["title"] = "填写发票抬头"
    if problem := tax_number_problem(request.tax_number, company=company):
        problems["tax_number"] = problem
    return problems


def tax_number_problem(text: str, *, company: bool) -> str:
    """Why this cannot be a tax number; empty when it can, or when none is needed."""
    number = tidy(text)
    if not number:
        return "单位开票要填纳税人识别号，照营业执照上的 18 位" if company else ""
    if not re.fullmatch(r"[0-9A-Z]{15,20}", number):
        return "纳税人识别号是 15 到 20 位数字和字母"
    if is_valid(number[:18]) and (len(number) != 18 or uscc_problem(number)):
        return "这像是身份证号，不能写在发票登记里：个人开票只写姓名"
    return uscc_problem(number) if len(number) == 18 else ""


def tidy(text: str) -> str:
    """A number as it is stored: half-width, capitals, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


# ---- asked for, issued, given up, taken back ---------------------------------------------------------------------


@needs(Right.REGISTER_INVOICES)
def request_invoice(work: Work, request: RequestInvoice) -> UUID:
    """Note that an invoice was asked for. Raises BillsInvoiced when another desk was quicker, ProblemsFound."""
    buyer = work.get(Party, request.buyer_id)
    ids = sorted(request.amounts)
    lock_bills(work.session.connection(), ids)
    bills = {bill.row.id: bill for bill in invoiceable(work, bills_by_id(work, ids))}
    for bill_id, amount in request.amounts.items():
        bill = bills.get(bill_id)
        if bill is not None and bill.invoiced > NIL and amount > bill.free:
            raise BillsInvoiced(bill.row.title, bill.free)
    free = {bill_id: bill.free for bill_id, bill in bills.items()}
    company = buyer.kind is PartyKind.ORGANISATION
    if problems := request_problems(request, free, company=company):
        raise ProblemsFound(problems)
    row = work.add(
        Invoice(
            buyer_id=buyer.id, state=INVOICE.start, title=request.title.strip(),
            tax_number=tidy(request.tax_number) or None, amount=total(request.amounts.values()),
            requested_on=work.world.today(), number=None, code=None, issued_on=None, red_number=None,
            note=request.note.strip() or None,
        )
    )  # fmt: skip
    work.session.flush()
    work.insert_many(
        InvoicedBill,
        ["id", "invoice_id", "bill_id", "amount"],
        [(work.world.new_id(), row.id, bill_id, request.amounts[bill_id]) for bill_id in ids],
    )
    work.subject(row)
    work.record(requested_fen=row.amount.fen, bills=len(ids))
    return row.id


def issue_problems(request: IssueInvoice, today: date) -> dict[str, str]:
    """What is to be mended of an issued invoice, by field."""
    problems: dict[str, str] = {}
    number, code = tidy(request.number), tidy(request.code)
    if not re.fullmatch(r"\d{8}|\d{20}", number):
        problems["number"] = "发票号码要 20 位（数电票）或 8 位数字，照票面填"
    elif len(number) == 8 and not re.fullmatch(r"\d{10}|\d{12}", code):
        problems["code"] = "8 位号码的发票要填发票代码，10 或 12 位"
    elif len(number) == 20 and code:
        problems["code"] = "数电票没有发票代码：这一格不要填"
    if request.issued_on > today:
        problems["issued_on"] = f"开票日不能晚于今天 {today}"
    if request.pdf is not None and not request.pdf.data.startswith(b"%PDF"):
        problems["pdf"] = "附件要是发票的 PDF 文件"
    return problems


@needs(Right.REGISTER_INVOICES)
def issue_invoice(work: Work, request: IssueInvoice) -> None:
    """Note what was issued elsewhere, and keep its PDF. Raises ForbiddenMove, FileTooLarge, ProblemsFound."""
    row = work.take(Invoice, request.invoice_id)
    row.state = move(INVOICE, row.state, "issue")
    if problems := issue_problems(request, work.world.today()):
        raise ProblemsFound(problems)
    number, code = tidy(request.number), tidy(request.code) or None
    _refuse_known(work, row.id, number, code)
    row.number, row.code, row.issued_on = number, code, request.issued_on
    if request.pdf is not None:
        attachments.put_file(work, KIND, "invoice", row.id, request.pdf)
    work.subject(row)
    work.record(number=number)


def _refuse_known(look: Look, invoice_id: UUID, number: str, code: str | None) -> None:
    """One number is one invoice."""
    known = look.session.scalar(
        sa.select(Invoice.title).where(
            Invoice.id != invoice_id, Invoice.number == number,
            Invoice.code == code if code else Invoice.code.is_(None), Invoice.deleted_at.is_(None),
        ).limit(1)
    )  # fmt: skip
    if known is not None:
        raise ProblemsFound({"number": f"这个号码已经登记给「{known}」：核对号码"})


@needs(Right.REGISTER_INVOICES)
def cancel_invoice(work: Work, invoice_id: UUID, reason: str) -> None:
    """Nobody wants it any more, or it cannot be issued: its bills are free again. Raises ForbiddenMove."""
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明为什么不开了，例如 客户改要收据"})
    _end(work, invoice_id, "cancel", reason)


def reverse_problems(red_number: str, reason: str, number: str) -> dict[str, str]:
    """What is to be mended of a red invoice, by field. `number`: of the one it takes back."""
    problems: dict[str, str] = {}
    if not re.fullmatch(r"\d{8}|\d{20}", tidy(red_number)):
        problems["red_number"] = "红字发票号码要 20 位（数电票）或 8 位数字，照票面填"
    elif tidy(red_number) == number:
        problems["red_number"] = "红字发票有自己的号码，和原票不同：核对号码"
    if len(reason.strip()) < 2:
        problems["reason"] = "写明红冲原因，例如 抬头开错"
    return problems


@needs(Right.REGISTER_INVOICES)
def reverse_invoice(work: Work, invoice_id: UUID, red_number: str, reason: str) -> None:
    """Note the red invoice 红字发票 that took it back: its bills are free again. ForbiddenMove, ProblemsFound."""
    row = _end(work, invoice_id, "reverse", reason)
    if problems := reverse_problems(red_number, reason, row.number or ""):
        raise ProblemsFound(problems)
    row.red_number = tidy(red_number)


def _end(work: Work, invoice_id: UUID, event: str, reason: str) -> Invoice:
    row = work.take(Invoice, invoice_id)
    row.state = move(INVOICE, row.state, event)
    row.note = "；".join(filter(None, (row.note, reason.strip())))
    work.subject(row)
    work.record(reason=reason.strip())
    return row


# ---- how a bill stands -------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def invoices_of_bills(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, BillInvoice]:
    """How these bills stand; those without an invoice that counts are not in it."""
    found: dict[UUID, BillInvoice] = {}
    for row in _COVERED.rows(look.session.connection(), bill_ids) if bill_ids else ():
        before = found.get(row.bill_id)
        issued = row.state is InvoiceState.ISSUED or (before is not None and before.state is InvoiceState.ISSUED)
        found[row.bill_id] = BillInvoice(
            InvoiceState.ISSUED if issued else InvoiceState.REQUESTED,
            row.amount + (before.amount if before is not None else NIL),
            row.number or (before.number if before is not None else ""),
        )
    return found
