"""The draft of a check-in: everything as it was typed, so that half a phone or an impossible date survives a crash.

`request()` turns it into the order of `check_ins.check_in`; `check_in_steps` says what is missing and what may follow.
No card picture is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

import msgspec

from desktop.models.values import (
    NIL,
    CollectionBasis,
    MeterKind,
    Money,
    StubPlacement,
    add_months,
    age_on,
)
from desktop.services import check_in_forms, party_forms
from desktop.services.attachments import FileForm
from desktop.services.check_in_people_draft import CompanyDraft, PersonDraft, company_form, person_form
from desktop.services.errors import DomainError
from desktop.services.handover import ReadingForm
from desktop.services.lease_terms import LeaseTerms, end_after, term_from_choice
from desktop.services.typed_card import FOREVER, SEX_WORDS, TypedCard, day_of, document_of

KIND = "check_in"
"""The kind under which drafts of this wizard are kept."""
METERS = (MeterKind.WATER, MeterKind.ELECTRICITY, MeterKind.GAS)


class Step(StrEnum):
    """The steps in their order; before PAYMENT nothing is stored but the draft."""

    READ = "read"
    REVIEW = "review"
    CONTACT = "contact"
    ROOM = "room"
    TERMS = "terms"
    HANDOVER = "handover"
    PAYMENT = "payment"
    PRINT = "print"


ORDER = tuple(Step)


class Stub(StrEnum):
    """首期不足月: months counted from the first day, or calendar months with the days before the 1st put somewhere."""

    LEASE_DAY = "lease_day"
    MERGED = "merged"
    OWN_BILL = "own_bill"


@dataclass(slots=True)
class Photo:
    """A picture of the room's condition, already made small."""

    title: str
    data: bytes
    media_type: str = "image/jpeg"


@dataclass(slots=True)
class CheckInDraft(TypedCard):
    """One check-in under way, begun with the card of the person at the desk."""

    step: Step = Step.READ
    expired_reason: str = ""
    use_known: bool = False
    awaited_id: UUID | None = None
    """Somebody with a name and a phone but no paper yet, for whom the room was held: the card completes them."""
    awaited: str = ""
    # who comes with them
    people: list[PersonDraft] = field(default_factory=list)
    company: CompanyDraft | None = None
    """The tenant is a company, and the person of the card its handler."""
    plates: str = ""
    """Plates of vehicles, parted by blanks."""
    # how to reach the person
    phone: str = ""
    occupation: str = ""
    home_address: str = ""
    emergency_name: str = ""
    emergency_relation: str = ""
    emergency_phone: str = ""
    bank: str = ""
    bank_number: str = ""
    bank_holder: str = ""
    bank_consent: bool = False
    notice_told: bool = False
    notice_id: UUID | None = None
    notice_ink: str = ""
    """The signature under the notice, until the check-in keeps it; the draft is sealed."""
    notice_sha: str = ""
    notice_by: str = ""
    """Who signed it, in words."""
    # the room
    room_id: UUID | None = None
    room: str = ""
    """3 栋 0903, for titles."""
    layout: str = ""
    # the terms
    start: str = ""
    end: str = ""
    months: int = 12
    """0: the last day was chosen by itself."""
    rent: str = ""
    asking_rent: str = ""
    pay_choice: str = "押一付三"
    deposit: str = ""
    own_deposit: bool = False
    """The deposit was typed, so it does not follow the rent any more."""
    stub: Stub = Stub.LEASE_DAY
    ahead: str = "0"
    free_days: str = "0"
    late_fee: str = "0.5"
    property_price: str = ""
    area: str = ""
    key_deposit: str = ""
    purpose: str = "居住"
    # the handover
    readings: dict[str, str] = field(default_factory=dict)
    keys: str = "2"
    cards: str = "1"
    photos: list[Photo] = field(default_factory=list)
    # what has been stored; written by the acts themselves (`drafts.follow`)
    lease_id: UUID | None = None
    lease_number: str = ""
    party_id: UUID | None = None
    payment_id: UUID | None = None
    handed_over: bool = False
    """The bills were left for the till."""

    @property
    def title(self) -> str:
        """How a draft is called in a list: 顾听澜 · 3 栋 0903."""
        words = [self.tenant or self.awaited, self.room]
        return " · ".join(word for word in words if word) or "还没有填姓名"

    @property
    def tenant(self) -> str:
        """The name of the tenant, a company or the person at the desk; empty while nobody is named."""
        company = self.company.name if self.company is not None else ""
        return company or self.name or self.known_name

    @property
    def empty(self) -> bool:
        """Whether nothing worth keeping was typed."""
        others = any(not person.empty for person in self.people) or (
            self.company is not None and not self.company.empty
        )
        return not (self.number or self.name or self.phone or self.lease_id or others or self.plates)


# ---- kept and brought back -----------------------------------------------------------------------------------------


def encode(draft: CheckInDraft) -> bytes:
    """The draft as JSON, to be sealed by `drafts.save_draft`."""
    return msgspec.json.encode(draft)


def decode(body: bytes) -> CheckInDraft:
    """The inverse of `encode`; a draft of an older program keeps what this one knows."""
    draft = msgspec.json.decode(body, type=CheckInDraft)
    if draft.payment_id is not None or (draft.lease_id is not None and draft.handed_over):
        draft.step = Step.PRINT
    elif draft.lease_id is not None:
        draft.step = Step.PAYMENT
    forget_empty(draft)
    return draft


def forget_empty(draft: CheckInDraft) -> None:
    """Rows of the others in which nothing was typed go."""
    draft.people = [person for person in draft.people if not person.empty]
    if draft.company is not None and draft.company.empty:
        draft.company = None


def after_check_in(draft: CheckInDraft) -> CheckInDraft:
    """What goes on as the draft once the lease is stored: names of person and room, nothing else of the person."""
    return CheckInDraft(
        step=Step.PAYMENT,
        name=draft.tenant,
        room=draft.room,
        room_id=draft.room_id,
        start=draft.start,
    )


def after_payment(draft: CheckInDraft) -> CheckInDraft:
    """What goes on as the draft once the money is taken."""
    return replace(draft, step=Step.PRINT)


# ---- what was typed, as values -------------------------------------------------------------------------------------


def amount_of(text: str) -> Money | None:
    """Yuan as typed, None while empty or wrong."""
    number = decimal_of(text)
    try:
        return None if number is None else Money.yuan(number)
    except ValueError:
        return None


def decimal_of(text: str) -> Decimal | None:
    """A number as typed, None while empty or wrong."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def usual_valid_to(birth: date, valid_from: date) -> str:
    """How long a card issued at this age is good: 5, 10 or 20 years, then without end. Source: 居民身份证法 5."""
    age = age_on(birth, valid_from)
    years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else 0
    return add_months(valid_from, years * 12).isoformat() if years else FOREVER


def follow_rent(draft: CheckInDraft) -> None:
    """The deposit stays so many months of the rent until it is typed by itself."""
    rent = amount_of(draft.rent)
    if draft.own_deposit or rent is None:
        return
    try:
        choice = term_from_choice(draft.pay_choice)
    except DomainError:
        return
    draft.deposit = str(rent * choice.deposit_months)


def follow_start(draft: CheckInDraft) -> None:
    """The last day follows the first one while the term is so many months."""
    start = day_of(draft.start)
    if start is not None and draft.months:
        draft.end = end_after(start, draft.months).isoformat()


def follow_end(draft: CheckInDraft, choices: Sequence[int]) -> None:
    """The last day was typed: the term becomes the number of months it makes, or 0 for a term of its own."""
    start, end = day_of(draft.start), day_of(draft.end)
    draft.months = 0
    if start is not None and end is not None:
        draft.months = next((months for months in choices if end_after(start, months) == end), 0)


def terms_of(draft: CheckInDraft) -> LeaseTerms | None:
    """The terms as the arithmetic wants them, None while something without which there are none is missing."""
    start, end, rent = day_of(draft.start), day_of(draft.end), amount_of(draft.rent)
    deposit = amount_of(draft.deposit or "0")
    try:
        choice = term_from_choice(draft.pay_choice)
    except DomainError:
        return None
    ahead, free = decimal_of(draft.ahead or "0"), decimal_of(draft.free_days or "0")
    late, key_deposit = decimal_of(draft.late_fee or "0"), amount_of(draft.key_deposit or "0")
    if start is None or end is None or rent is None or deposit is None or key_deposit is None:
        return None
    if ahead is None or free is None or late is None:
        return None
    price = decimal_of(draft.property_price) if draft.property_price else None
    months = None if draft.own_deposit else Decimal(choice.deposit_months)
    return LeaseTerms(
        start=start, end=end, rent=rent, cycle_months=choice.cycle_months, deposit=deposit, deposit_months=months,
        stub_placement=StubPlacement.OWN_BILL if draft.stub is Stub.OWN_BILL else StubPlacement.MERGED,
        basis=CollectionBasis.LEASE_DAY if draft.stub is Stub.LEASE_DAY else CollectionBasis.CALENDAR,
        pay_ahead_days=int(ahead), free_days=int(free), late_fee_per_mille=late, property_price=price,
        property_area=decimal_of(draft.area) if price is not None else None, key_deposit=key_deposit,
    )  # fmt: skip


def party_of(draft: CheckInDraft) -> party_forms.PartyForm:
    """The person as typed."""
    emergency = None
    if draft.emergency_name or draft.emergency_phone or draft.emergency_relation:
        emergency = party_forms.EmergencyForm(draft.emergency_name, draft.emergency_relation, draft.emergency_phone)
    return party_forms.PartyForm(
        name=draft.name, sex=SEX_WORDS.get(draft.sex), birth=day_of(draft.birth), ethnicity=draft.ethnicity or None,
        occupation=draft.occupation or None, document=document_of(draft), phone=draft.phone,
        home_address=draft.home_address or None, emergency=emergency,
        bank=bank_of(draft) if draft.company is None else None,
    )  # fmt: skip


def bank_of(draft: CheckInDraft) -> party_forms.BankForm | None:
    """The account for refunds: the tenant's, be it a person or a company."""
    if not (draft.bank or draft.bank_number):
        return None
    holder = draft.name if draft.company is None else draft.company.name
    return party_forms.BankForm(draft.bank, draft.bank_number, draft.bank_holder or holder)


def known_used(draft: CheckInDraft) -> bool:
    """Whether the party that is here already is taken instead of a new one."""
    return draft.use_known and draft.known_id is not None


_NO_ROOM = UUID(int=0)


def request(draft: CheckInDraft, draft_id: UUID | None = None) -> check_in_forms.CheckIn:
    """The order for `check_ins.check_in`. Terms that cannot be read yet are stood in for; `problems` names them."""
    terms = terms_of(draft) or LeaseTerms(date(2000, 1, 1), date(2000, 12, 31), NIL)
    used = known_used(draft)
    return check_in_forms.CheckIn(
        room_id=draft.room_id or _NO_ROOM, terms=terms, party=None if used else party_of(draft),
        party_id=draft.known_id if used else draft.awaited_id, shown=document_of(draft) if used else None,
        phone=draft.phone if used else "", matched=draft.matched, notice_told=draft.notice_told,
        notice_id=draft.notice_id, notice_ink=draft.notice_ink, notice_sha=draft.notice_sha, notice_by=draft.notice_by,
        bank_consent=draft.bank_consent, expired_reason=draft.expired_reason,
        purpose=draft.purpose, readings=readings_of(draft), keys=count_of(draft.keys), cards=count_of(draft.cards),
        photos=[FileForm(photo.title, photo.media_type, photo.data) for photo in draft.photos],
        people=[person_form(person) for person in draft.people], own_income=draft.own_income, plates=draft.plates,
        company=None if draft.company is None else company_form(draft.company, bank_of(draft)),
        draft_id=draft_id, draft_body=None if draft_id is None else encode(after_check_in(draft)),
    )  # fmt: skip


def readings_of(draft: CheckInDraft) -> list[ReadingForm]:
    """The meters that were read."""
    found = []
    for kind in METERS:
        value = decimal_of(draft.readings.get(kind.value, ""))
        if value is not None:
            found.append(ReadingForm(kind, value))
    return found


def count_of(text: str) -> int:
    """How many keys, 0 while empty or wrong."""
    number = decimal_of(text)
    return int(number) if number is not None else 0
