"""From the office's data to its papers: receipts and leases as they are previewed and printed, and what was printed.

The documents themselves (services.paper) know no database; here they are filled. Printing is an act: the paper's bytes
are hashed into a print event, and from the second time on the paper says 补打 n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import Template
from desktop.models.leases import Lease
from desktop.models.offices import Project
from desktop.models.parties import Contact, Party, PersonDocument
from desktop.models.payments import PaymentKind, PrintEvent
from desktop.models.places import Building, Room
from desktop.models.values import (
    ContactKind,
    FeeType,
    LeaseRole,
    Money,
    Period,
    Right,
    StubRule,
)
from desktop.services import attachments, billing, leases, parties, receipts, settings, templates
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.lease_terms import CollectionBasis, LeaseTerms, term_text
from desktop.services.paper.lease import (
    FeeFacts,
    HandoverFacts,
    LeasePaper,
    OccupantFacts,
    PartyFacts,
    RentFacts,
    lease_pdf,
)
from desktop.services.paper.money import ReceiptLine, ReceiptPaper, Sheet, TenderLine, receipt_pdf
from desktop.services.paper.notices import NoticePaper, notice_pdf
from desktop.services.receipt_kinds import ReceiptKind, receipt_kind
from desktop.services.rights import needs, part
from desktop.services.schedule import of_fee, plan_bills
from desktop.services.work import Look, Work

NUMBER_LATER = "收款后取号"
LEASE_NUMBER_LATER = "签约后取号"
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper on its way to the printer."""

    pdf: bytes
    title: str
    """For the print queue: number and what it is, no person's name."""
    number: str
    ordinal: int
    """0 for the original, n for 补打 n."""


# ---- receipts ----------------------------------------------------------------------------------------------------


@part
def receipt_of(look: Look, payment_id: UUID, reprint: int = 0) -> ReceiptPaper:
    """One receipt as paper. Raises NotFound."""
    page = receipts.receipt_facts(look, payment_id)
    lines = [receipt_line(line) for line in page.lines]
    credited = page.credited
    if credited:
        lines.append(ReceiptLine("预存", credited))
    reverses = page.reverses[1] if page.reverses else ""
    refund = page.row.kind is PaymentKind.REFUND
    return ReceiptPaper(
        office=look.office.organisation, number=page.row.number, business_date=page.row.business_date,
        payer=page.row.payer, room=_rooms(look, [line.room_id for line in page.lines]), lines=tuple(lines),
        total=page.row.amount, cashier=page.cashier, desk=page.desk,
        kind=_kind(page),
        tenders=tuple(TenderLine(t.method, t.amount, t.reference) for t in page.tenders), change=page.change,
        received=None if refund else page.given, reprint=reprint, reverses=reverses,
        remark=page.reason or "" if refund else "",
        reason=page.reason or "" if page.row.kind is PaymentKind.REVERSAL else "",
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
        billing.FEE_WORDS[line.fee_type], line.amount, period, _plain(line.quantity), line.unit or "",
        _plain(line.unit_price),
    )  # fmt: skip


def _plain(number: Decimal) -> Decimal:
    """Without the zeros of its column: 3, 46.2, 64.516129."""
    plain = number.normalize()
    exponent = plain.as_tuple().exponent
    return plain.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else plain


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
def preview_receipt(look: Look, payment_id: UUID, sheet: Sheet = Sheet.A5) -> bytes:
    """The receipt as it would be printed now; nothing is noted."""
    return receipt_pdf(receipt_of(look, payment_id, _ordinal(look, "receipt", payment_id)), sheet, mark_missing=True)


@needs(Right.PRINT_PAPER)
def print_receipt(work: Work, payment_id: UUID, sheet: Sheet = Sheet.A5) -> Printed:
    """The receipt for the printer, and a line that it was printed; from the second time on it says 补打 n."""
    ordinal = _ordinal(work, "receipt", payment_id)
    paper = receipt_of(work, payment_id, ordinal)
    pdf = receipt_pdf(paper, sheet, mark_missing=True)
    work.world.fault("paper.drawn")
    _note(work, "receipt", "payment", payment_id, ordinal, pdf, sheet=sheet.value)
    return Printed(pdf, f"收据 {paper.number}", paper.number, ordinal)


def _ordinal(look: Look, paper: str, subject_id: UUID) -> int:
    return (
        look.session.scalar(
            sa.select(sa.func.count())
            .select_from(PrintEvent)
            .where(PrintEvent.subject_id == subject_id, PrintEvent.paper == paper)
        )
        or 0
    )


def _note(work: Work, paper: str, table: str, subject_id: UUID, ordinal: int, pdf: bytes, **options: str) -> None:
    work.add(
        PrintEvent(
            paper=paper, subject_table=table, subject_id=subject_id, ordinal=ordinal,
            sha256=hashlib.sha256(pdf).digest(), options=options,
        )
    )  # fmt: skip
    work.subject_id(table, subject_id)
    work.record(paper=paper, ordinal=ordinal)
    work.world.fault("paper.noted")


# ---- leases ------------------------------------------------------------------------------------------------------


@part
def lease_of(look: Look, lease_id: UUID) -> tuple[LeasePaper, str]:
    """(One lease as paper, its own edition of the template). Raises NotFound."""
    page = leases.lease_facts(look, lease_id)
    lease = look.get(Lease, lease_id)
    template = look.session.get(Template, lease.template_id) if lease.template_id else None
    tenants = [party_id for party_id, _, role in page.parties if role in (LeaseRole.TENANT, LeaseRole.CO_TENANT)]
    facts = _LeaseFacts(
        page.row.number, page.signed_on or look.world.today(), page.terms, page.purpose, page.row.room_id,
        tuple(_party(look, party_id) for party_id in tenants),
        tuple(_occupant(look, party_id, party_id in tenants) for party_id, _ in page.occupants),
        tuple(HandoverFacts(word, f"{count} {'把' if word == '钥匙' else '张'}") for word, count in page.keys_out),
        tuple(
            HandoverFacts(METER_WORDS[r.kind] + (f"（{r.serial}）" if r.serial else ""),
            f"{_plain(r.value):f} {METER_UNITS[r.kind]}")
            for r in page.readings
        ),
        page.moved_in_on or page.terms.start,
    )  # fmt: skip
    body = template.body if template is not None else templates.latest(look, "housing_lease").body
    return _paper(look, facts), body


@dataclass(frozen=True, slots=True)
class _LeaseFacts:
    number: str
    signed_on: date
    terms: LeaseTerms
    purpose: str
    room_id: UUID
    tenants: tuple[PartyFacts, ...]
    occupants: tuple[OccupantFacts, ...]
    keys: tuple[HandoverFacts, ...]
    meters: tuple[HandoverFacts, ...]
    delivery_on: date


def _paper(look: Look, facts: _LeaseFacts) -> LeasePaper:
    project = look.session.get_one(Project, look.office.project_id)
    room = look.get(Room, facts.room_id)
    building = look.get(Building, room.building_id)
    terms = facts.terms
    rents = of_fee(plan_bills(terms), FeeType.RENT)
    notice = templates.latest(look, "pipl_notice")
    return LeasePaper(
        number=facts.number, signed_on=facts.signed_on,
        lessor=PartyFacts(
            project.organisation, "统一社会信用代码", project.organisation_code or "", project.phone or "",
            project.address or "", role="出租人",
        ),
        tenants=facts.tenants, occupants=facts.occupants,
        address=f"{project.address or project.name}{building.name}{room.number}", room=f"{building.name} {room.number}",
        area=room.area or Decimal(0), layout=room.layout or "", use=facts.purpose,
        most_occupants=room.capacity or 0, term=terms.period, term_words=term_text(terms.start, terms.end),
        rent=terms.rent, cycle_words=_cycle(terms),
        schedule=tuple(RentFacts(bill.period or terms.period, bill.due, bill.money) for bill in rents),
        deposit=terms.deposit, delivery_on=facts.delivery_on, late_rate=_per_mille(terms.late_fee_per_mille),
        deposit_days=int(settings.value_of(look, "deposit_return_days")), fees=_fees(terms), keys=facts.keys,
        meters=facts.meters, notice_version=str(notice.ordinal), office=f"{project.name}服务中心",
    )  # fmt: skip


def _cycle(terms: LeaseTerms) -> str:
    words = "每月一期" if terms.cycle_months == 1 else f"每 {terms.cycle_months} 个月一期"
    if terms.basis is CollectionBasis.CALENDAR:
        words += "，按自然月计"
    stub = {StubRule.ACTUAL_DAYS: "当月实际天数", StubRule.THIRTY: "每月 30 天", StubRule.YEAR_365: "每年 365 天"}
    return f"{words}，不足整月按{stub[terms.stub_rule]}折算"


def _per_mille(rate: Decimal) -> str:
    """0.5 → 万分之五, 3 → 千分之三; other rates in figures. 0: no late fee was agreed."""
    for words, scaled in (("千分之", rate), ("万分之", rate * 10)):
        if scaled == scaled.to_integral_value() and 1 <= scaled <= 9:
            return f"{words}{_DIGITS[int(scaled)]}"
    return f"千分之 {rate.normalize():f}"


def _fees(terms: LeaseTerms) -> tuple[FeeFacts, ...]:
    fees = [FeeFacts("水费、电费、燃气费", "乙方", "按表计量，执行当地公布的价格")]
    if terms.property_price is not None and terms.property_area is not None:
        price = f"{terms.property_price.normalize():f} 元/m²·月 × {terms.property_area:f} m²"
        fees.append(FeeFacts("物业费", "乙方", price))
    else:
        fees.append(FeeFacts("物业费", "甲方", "已含在租金内"))
    if terms.key_deposit:
        fees.append(FeeFacts("钥匙押金", "乙方", f"{terms.key_deposit} 元，归还钥匙门卡后退还"))
    return tuple(fees)


def _party(look: Look, party_id: UUID) -> PartyFacts:
    party = look.get(Party, party_id)
    document = look.session.scalars(
        sa.select(PersonDocument)
        .where(PersonDocument.party_id == party_id, PersonDocument.deleted_at.is_(None))
        .order_by(PersonDocument.created_at.desc())
        .limit(1)
    ).first()
    contacts = look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.deleted_at.is_(None))
        .order_by(Contact.preferred.desc(), Contact.created_at)
    ).all()
    phone = next((look.unsealed(c, "value") for c in contacts if c.kind in parties.PHONE_KINDS), None)
    address = next((look.unsealed(c, "value") for c in contacts if c.kind is ContactKind.HOME_ADDRESS), None)
    if address is None and document is not None:
        address = look.unsealed(document, "address")
    return PartyFacts(
        party.name, DOCUMENT_NAMES[document.kind] if document else "", (look.unsealed(document,
        "number") if document else "") or "",
        phone or "", address or "",
    )  # fmt: skip


def _occupant(look: Look, party_id: UUID, signs: bool) -> OccupantFacts:
    facts = _party(look, party_id)
    return OccupantFacts(facts.name, "承租人本人" if signs else "同住人", facts.document, facts.number)


@needs(Right.SEE_LEASES)
def preview_lease(look: Look, lease_id: UUID) -> bytes:
    """The lease as it would be printed, document numbers and phones masked: the screen may face the public."""
    paper, template = lease_of(look, lease_id)
    return lease_pdf(paper, template, masked=True, mark_missing=True)


@needs(Right.PRINT_PAPER)
def print_lease(work: Work, lease_id: UUID) -> Printed:
    """The lease for signing, in full; the first print is kept encrypted with the lease."""
    paper, template = lease_of(work, lease_id)
    ordinal = _ordinal(work, "lease", lease_id)
    pdf = lease_pdf(paper, template, mark_missing=True)
    work.world.fault("paper.drawn")
    if ordinal == 0:
        form = attachments.FileForm(f"租约 {paper.number}.pdf", "application/pdf", pdf)
        attachments.put_file(work, "lease_pdf", "lease", lease_id, form)
    _note(work, "lease", "lease", lease_id, ordinal, pdf)
    return Printed(pdf, f"租约 {paper.number}", paper.number, ordinal)


@needs(Right.CHECK_IN)
def draft_lease(look: Look, form: leases.CheckIn) -> bytes:
    """The lease of a check-in that is not stored yet, with the number to come and a watermark."""
    tenants: tuple[PartyFacts, ...] = ()
    if form.party_id is not None:
        tenants = (_party(look, form.party_id),)
    elif form.party is not None:
        document = form.party.document
        tenants = (
            PartyFacts(
                form.party.name, DOCUMENT_NAMES[document.kind] if document else "", document.number if document else "",
                form.party.phone, form.party.home_address or (document.address if document else "") or "",
            ),
        )  # fmt: skip
    occupants = tuple(OccupantFacts(one.name, "承租人本人", one.document, one.number) for one in tenants)
    facts = _LeaseFacts(
        LEASE_NUMBER_LATER, form.signed_on or look.world.today(), form.terms, form.purpose, form.room_id, tenants,
        occupants, (), (), form.terms.start,
    )  # fmt: skip
    body = templates.latest(look, "housing_lease").body
    return lease_pdf(_paper(look, facts), body, masked=True, watermark="草稿", mark_missing=True)


# ---- the notice --------------------------------------------------------------------------------------------------


@needs(Right.SEE_BOARD)
def preview_notice(look: Look, name: str = "") -> bytes:
    """The personal-information notice 个人信息处理告知书 in its version of today, to show and to print."""
    project = look.session.get_one(Project, look.office.project_id)
    notice = templates.latest(look, "pipl_notice")
    contact = str(settings.value_of(look, "notice_contact") or f"{project.name}服务中心")
    paper = NoticePaper(
        version=str(notice.ordinal), issued_on=look.world.today(), controller=project.organisation,
        address=project.address or "", contact=contact, phone=project.phone or "", name=name, clerk=look.actor.name,
        years=int(settings.value_of(look, "retention_years")),
    )  # fmt: skip
    return notice_pdf(paper, notice.body, mark_missing=True)


__all__ = [
    "LEASE_NUMBER_LATER", "NUMBER_LATER", "Printed", "Sheet", "draft_lease", "lease_of", "preview_lease",
    "preview_notice", "preview_receipt", "print_lease", "print_receipt", "receipt_line", "receipt_of",
]  # fmt: skip
