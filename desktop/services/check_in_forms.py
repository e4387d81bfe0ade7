"""What the check-in wizard gathered, and everything to say about it before it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from desktop.models.values import (
    Period,
    RoomCondition,
)
from desktop.services import (
    attachments,
    handover,
    party_forms,
)
from desktop.services.check_in_people import CompanyForm, PersonForm, Signer, birth_of, people_problems
from desktop.services.identity import read_number
from desktop.services.lease_limits import LimitRules, limits
from desktop.services.lease_terms import LeaseTerms
from desktop.services.problems import Problem, error
from desktop.services.vehicles import plate_problems


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Everything the check-in wizard gathered, to be stored in one act."""

    room_id: UUID
    terms: LeaseTerms
    party: party_forms.PartyForm | None = None
    party_id: UUID | None = None
    """A returning party instead of a new one; with `party` one that is here by name and phone, completed by it."""
    shown: party_forms.DocumentForm | None = None
    """The paper a returning party showed: its validity and the match are renewed."""
    phone: str = ""
    """The number a returning party has now; empty: the one already kept."""
    matched: bool = False
    """The clerk looked at card and person: 「人证一致(人工核对)」."""
    notice_told: bool = False
    notice_id: UUID | None = None
    """Template version of the notice that was read."""
    notice_ink: str = ""
    """The signature under the notice (services.ink), where the tenant gave one."""
    notice_sha: str = ""
    """SHA-256 of the words above it, hexadecimal."""
    notice_by: str = ""
    """Who signed it, in the words that stood above the signature."""
    bank_consent: bool = False
    """Separate consent for the bank account (PIPL 29)."""
    expired_reason: str = ""
    """Why an expired card is accepted."""
    purpose: str = "居住"
    people: Sequence[PersonForm] = ()
    """Who lives there too, signs too, stands surety or signs for somebody."""
    company: CompanyForm | None = None
    """The tenant, when it is a company; `party` or `party_id` is then its handler."""
    own_income: bool = False
    """At 16 or 17: lives mainly by their own work (Civil Code 18)."""
    plates: str = ""
    """Plates of the tenant's vehicles as typed, parted by blanks."""
    readings: Sequence[handover.ReadingForm] = ()
    keys: int = 0
    cards: int = 0
    photos: Sequence[attachments.FileForm] = ()
    signed_on: date | None = None
    draft_id: UUID | None = None
    """The draft this came from; it goes on as the draft of the payment."""
    draft_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class CheckInFacts:
    """What the problems of a check-in depend on beside the form."""

    today: date
    rules: LimitRules
    taken: tuple[Period, str] | None = None
    """A lease already on the room in that time, and whose."""
    held: tuple[str, date, UUID] | None = None
    """Whom the room is held for, until when, and who that is."""
    condition: RoomCondition = RoomCondition.CLEAN
    habitable: bool = True
    capacity: int | None = None
    """So many people may live in the room; None: not laid down."""
    returning_name: str | None = None


def check_in_problems(form: CheckIn, facts: CheckInFacts) -> list[Problem]:
    """Everything to say about a check-in; the wizard asks on every change, the act asks again."""
    found: list[Problem] = list(limits(form.terms, facts.rules))
    if form.party is not None:
        remarks = party_forms.party_problems(form.party, facts.today)
        # The number somebody called from is known; only another one is typed.
        kept = form.party_id is not None and not form.party.phone.strip()
        found += [remark for remark in remarks if not (kept and remark.field == "phone")]
        document = form.party.document
        if document is None:
            found.append(error("document.number", "登记有效证件后才能办理入住"))
        else:
            found += _expiry(document, form.expired_reason, facts.today)
    elif form.party_id is None:
        found.append(error("party", "先登记租客，再办理入住"))
    else:
        found += party_forms.return_problems(form.shown, form.phone, facts.today)
        if form.shown is not None:
            found += _expiry(form.shown, form.expired_reason, facts.today)
    found += people_problems(form.people, form.company, signer_of(form, facts.today), facts.capacity, facts.today)
    found += plate_problems(form.plates)
    if not form.matched:
        found.append(error("matched", "看一眼证件照片与本人，勾选「人证一致（人工核对）」"))
    if not form.notice_told:
        found.append(error("notice", "把个人信息处理告知书给租客看过，再勾选已告知"))
    if form.party is not None and form.party.bank is not None and not form.bank_consent:
        found.append(error("bank_consent", "银行账户要单独同意：租客同意后勾选，不同意就不填"))
    if facts.taken is not None:
        period, name = facts.taken
        found.append(error("room", f"这间房在 {period.end} 前已出租给{name}，换房或改起租日"))
    if facts.held is not None and facts.held[2] != _tenant_id(form):
        name, until, who = facts.held
        mine = form.company is not None and who == form.party_id
        words = "那份预订是个人的，单位承租先解除预订" if mine else "换一间，或从那份预订办入住"
        found.append(error("room", f"这间房为{name}留到 {until}：{words}"))
    if facts.condition in (RoomCondition.REPAIR, RoomCondition.OUT_OF_USE):
        word = "维修" if facts.condition is RoomCondition.REPAIR else "停用"
        found.append(error("room", f"这间房正在{word}，换一间，或先改房间状态"))
    if not facts.habitable and form.purpose == "居住":
        found.append(error("room", "厨房、阳台、储藏间等不能单独出租供人居住：换一间"))
    return found


def _tenant_id(form: CheckIn) -> UUID | None:
    return form.party_id if form.company is None else form.company.party_id


def signer_of(form: CheckIn, today: date) -> Signer:
    """The person at the desk, by the form or by the paper somebody known shows today."""
    document = form.party.document if form.party is not None else form.shown
    typed = form.party.birth if form.party is not None else None
    number = "" if document is None else read_number(document.kind, document.number, today).number
    return Signer(birth_of(typed, document, today), number, form.own_income, form.party_id)


def _expiry(document: party_forms.DocumentForm, reason: str, today: date) -> list[Problem]:
    if document.valid_to is None or document.valid_to >= today or reason.strip():
        return []
    return [error("expired_reason", "证件已过期：写明先办理的原因，例如 已在换证、有回执")]
