"""From the office's data to its papers: leases and notices as they are previewed and printed.

The documents themselves (services.paper) know no database; here they are filled. Receipts: `receipt_papers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import StoredFile, Template
from desktop.models.leases import Lease, LeaseRoom
from desktop.models.offices import Project
from desktop.models.places import Building, Room
from desktop.models.values import (
    FeeType,
    Right,
    StubRule,
)
from desktop.services import (
    attachments,
    check_in_forms,
    consents,
    lease_sides,
    leases,
    settings,
    signed,
    template_pictures,
    templates,
)
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.key_rows import KEY_UNITS, KEY_WORDS
from desktop.services.lease_terms import CollectionBasis, LeaseTerms, term_text
from desktop.services.paper.fonts import printable
from desktop.services.paper.ink_marks import SignedHere
from desktop.services.paper.lease import (
    FeeFacts,
    HandoverFacts,
    LeasePaper,
    OccupantFacts,
    PartyFacts,
    RentFacts,
    day_words,
    lease_facts,
    lease_pdf,
)
from desktop.services.paper.notices import NoticePaper, notice_pdf
from desktop.services.print_events import Printed, Sheets, note_print, ordinal_of
from desktop.services.receipt_papers import plain
from desktop.services.rights import needs, part
from desktop.services.schedule import of_fee, plan_bills
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

LEASE_NUMBER_LATER = "签约后取号"
_UNITS = {word: KEY_UNITS[kind] for kind, word in KEY_WORDS.items()}
_DIGITS = "零一二三四五六七八九"


# ---- leases ------------------------------------------------------------------------------------------------------


@part
def lease_of(look: Look, lease_id: UUID) -> tuple[LeasePaper, str]:
    """(One lease as paper, its own edition of the template). Raises NotFound."""
    page = leases.lease_facts(look, lease_id)
    lease = look.get(Lease, lease_id)
    template = look.session.get(Template, lease.template_id) if lease.template_id else None
    signing = {side.party_id for side in page.parties if side.role in leases.TENANT_ROLES}
    facts = _LeaseFacts(
        page.row.number, page.signed_on or look.world.today(), page.terms, page.purpose, page.row.room_id,
        lease_sides.of_lease(look, page.parties),
        tuple(lease_sides.occupant(look, row, row.party_id in signing) for row in page.occupants),
        tuple(HandoverFacts(word, f"{count} {_UNITS[word]}") for word, count in page.keys_out),
        tuple(
            HandoverFacts(METER_WORDS[r.kind] + (f"（{r.serial}）" if r.serial else ""),
            f"{plain(r.value):f} {METER_UNITS[r.kind]}")
            for r in page.readings
        ),
        page.moved_in_on or page.terms.start, consents.notice_told(look, sorted(signing), lease.created_at),
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
    sides: lease_sides.Sides
    occupants: tuple[OccupantFacts, ...]
    keys: tuple[HandoverFacts, ...]
    meters: tuple[HandoverFacts, ...]
    delivery_on: date
    notice: int | None
    """Version of the notice that was handed over with it, whatever is in force today."""


def _paper(look: Look, facts: _LeaseFacts) -> LeasePaper:
    project = look.session.get_one(Project, look.office.project_id)
    room = look.get(Room, facts.room_id)
    building = look.get(Building, room.building_id)
    terms = facts.terms
    rents = of_fee(plan_bills(terms), FeeType.RENT)
    return LeasePaper(
        number=facts.number, signed_on=facts.signed_on,
        lessor=PartyFacts(
            project.organisation, "统一社会信用代码", project.organisation_code or "", project.phone or "",
            project.address or "", role="出租人",
        ),
        tenants=facts.sides.tenants, occupants=facts.occupants, agents=facts.sides.agents,
        guarantors=facts.sides.guarantors,
        address=f"{project.address or project.name}{building.name}{room.number}", room=f"{building.name} {room.number}",
        area=room.area or Decimal(0), layout=room.layout or "", use=facts.purpose,
        most_occupants=room.capacity or 0, term=terms.period, term_words=term_text(terms.start, terms.end),
        rent=terms.rent, cycle_words=_cycle(terms),
        schedule=tuple(RentFacts(bill.period or terms.period, bill.due, bill.money) for bill in rents),
        deposit=terms.deposit, delivery_on=facts.delivery_on, late_rate=_per_mille(terms.late_fee_per_mille),
        deposit_days=int(settings.value_of(look, "deposit_return_days")), fees=_fees(terms), keys=facts.keys,
        meters=facts.meters, notice_version=str(facts.notice or ""), office=f"{project.name}服务中心",
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


def _signature(look: Look, lease_id: UUID) -> SignedHere | None:
    """The signature given before the clerk, at the place of whoever gave it."""
    found = signed.signature_of(look, lease_id)
    if found is None:
        return None
    day = day_words(found.at.astimezone(OFFICE_ZONE).date())
    return SignedHere(found.ink, found.words, day, ("乙方代签人", "乙方") if found.stands_in else ("乙方",))


@needs(Right.SEE_LEASES)
def preview_lease(look: Look, lease_id: UUID) -> bytes:
    """The lease as it would be printed, document numbers and phones masked: the screen may face the public."""
    paper, template = lease_of(look, lease_id)
    pictures = template_pictures.pictures_of(look, template)
    mine = _signature(look, lease_id)
    return lease_pdf(paper, template, masked=True, mark_missing=True, pictures=pictures, signature=mine)


@needs(Right.PRINT_PAPER)
def print_lease(work: Work, lease_id: UUID, printer: str = "") -> Printed:
    """The lease for signing, in full; the first print is kept encrypted with the lease."""
    work.require(Right.SEE_LEASES)
    paper, template = lease_of(work, lease_id)
    ordinal = ordinal_of(work, "lease", lease_id)
    pictures, mine = template_pictures.pictures_of(work, template), _signature(work, lease_id)
    pdf = lease_pdf(paper, template, mark_missing=True, pictures=pictures, signature=mine)
    work.world.fault("paper.drawn")
    if ordinal == 0:
        form = attachments.FileForm(f"租约 {paper.number}.pdf", "application/pdf", pdf)
        attachments.put_file(work, "lease_pdf", "lease", lease_id, form)
    sheets = Sheets(pdf, f"租约 {paper.number}", paper.number)
    return note_print(work, "lease", "lease", lease_id, sheets, ordinal, printer)


@part
def lease_again(look: Look, lease_id: UUID, ordinal: int) -> Sheets:
    """The lease of a print that did not come out: the first one is kept, so it is the very paper."""
    if ordinal == 0:
        kept = look.session.scalar(
            sa.select(StoredFile.id)
            .where(StoredFile.subject_id == lease_id, StoredFile.kind == "lease_pdf", StoredFile.deleted_at.is_(None))
            .order_by(StoredFile.created_at, StoredFile.id)
            .limit(1)
        )
        if kept is not None:
            number = leases.lease_facts(look, lease_id).row.number
            return Sheets(attachments.file_content(look, kept).data, f"租约 {number}", number)
    paper, template = lease_of(look, lease_id)
    pictures, mine = template_pictures.pictures_of(look, template), _signature(look, lease_id)
    pdf = lease_pdf(paper, template, mark_missing=True, pictures=pictures, signature=mine)
    return Sheets(pdf, f"租约 {paper.number}", paper.number)


@needs(Right.EDIT_TEMPLATES)
def leases_to_try(look: Look, count: int = 12) -> list[tuple[UUID, str]]:
    """The latest leases, by number and room, to see an edited template on a real one."""
    rows = look.session.execute(
        sa.select(Lease.id, Lease.number, Building.name, Room.number.label("room"))
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None))
        .order_by(Lease.created_at.desc(), Lease.id)
        .limit(count)
    )
    return list({row.id: f"{row.number} · {row.name} {row.room}" for row in rows}.items())


@needs(Right.EDIT_TEMPLATES)
def sample_facts(look: Look, lease_id: UUID) -> Mapping[str, Any]:
    """What a real lease would put into the template being edited, document numbers and phones masked."""
    paper, _template = lease_of(look, lease_id)
    return lease_facts(printable(paper, True), masked=True)


@needs(Right.CHECK_IN)
def draft_lease(look: Look, form: check_in_forms.CheckIn) -> bytes:
    """The lease of a check-in that is not stored yet, with the number to come and a watermark."""
    sides, occupants = lease_sides.of_form(look, form)
    facts = _LeaseFacts(
        LEASE_NUMBER_LATER, form.signed_on or look.world.today(), form.terms, form.purpose, form.room_id, sides,
        occupants, (), (), form.terms.start, _notice_of(look, form),
    )  # fmt: skip
    body = templates.latest(look, "housing_lease").body
    pictures = template_pictures.pictures_of(look, body)
    return lease_pdf(_paper(look, facts), body, masked=True, watermark="草稿", mark_missing=True, pictures=pictures)


def _notice_of(look: Look, form: check_in_forms.CheckIn) -> int:
    """The notice this tenant was shown, else the one she will be."""
    shown = look.session.get(Template, form.notice_id) if form.notice_id is not None else None
    return (shown or templates.latest(look, "pipl_notice")).ordinal


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
    pictures = template_pictures.pictures_of(look, notice.body)
    return notice_pdf(paper, notice.body, mark_missing=True, pictures=pictures)
