"""What is typed of a party 当事人, and everything to say about it before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from desktop.models.values import DocumentKind, PartyKind, Sex
from desktop.services.errors import DomainError
from desktop.services.identity import (
    check_bank_card,
    check_document,
)
from desktop.services.masks import find_secrets
from desktop.services.names import normalise_ethnicity, normalise_name
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.problems import Problem, error


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """An identity paper as typed or read. `valid_to` may be LONG_TERM (长期)."""

    kind: DocumentKind
    number: str
    address: str | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    how: str = "typed"
    """typed | picture."""


@dataclass(frozen=True, slots=True)
class EmergencyForm:
    """Whom to call 紧急联系人, and what they are to the party."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True)
class BankForm:
    """An account for refunds; only with separate consent (DOMAIN §9)."""

    bank: str
    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class PartyForm:
    """A party to be registered."""

    name: str
    kind: PartyKind = PartyKind.PERSON
    sex: Sex | None = None
    birth: date | None = None
    ethnicity: str | None = None
    occupation: str | None = None
    document: DocumentForm | None = None
    phone: str = ""
    home_address: str | None = None
    emergency: EmergencyForm | None = None
    bank: BankForm | None = None
    note: str | None = None


def party_problems(form: PartyForm, today: date) -> list[Problem]:
    """Everything to say about a party while it is being typed; errors stop, warnings ask.

    Fields: name, document.number, document.valid_to …, phone, emergency.name, emergency.phone, bank.number, note.
    """
    found: list[Problem] = []
    try:
        normalise_name(form.name, form.kind is PartyKind.ORGANISATION)
    except DomainError as trouble:
        found.append(error("name", trouble.message))
    if form.document is not None:
        doc = form.document
        found += [
            replace(
                problem, field=f"document.{problem.field}" if problem.field not in ("birth", "sex") else problem.field
            )
            for problem in check_document(
                doc.kind, doc.number, form.birth, doc.valid_from, doc.valid_to, today, form.sex
            )
        ]
    if form.ethnicity and normalise_ethnicity(form.ethnicity) is None:
        found.append(error("ethnicity", f"没有「{form.ethnicity}」这个民族，请对照证件"))
    if not form.phone.strip():
        found.append(error("phone", "请填电话号码"))
    else:
        found += _phone_problem("phone", form.phone)
    if form.emergency is not None:
        if not form.emergency.name.strip():
            found.append(error("emergency.name", "请填紧急联系人姓名"))
        if not form.emergency.relation.strip():
            found.append(error("emergency.relation", "请填与本人的关系，例如 姐姐、同事"))
        found += _phone_problem("emergency.phone", form.emergency.phone)
    if form.bank is not None:
        found += [
            replace(p, field="bank.number")
            for p in check_bank_card(form.bank.number, form.kind is PartyKind.ORGANISATION)
        ]
        if not form.bank.bank.strip():
            found.append(error("bank.bank", "请填开户银行"))
    if form.note and find_secrets(form.note):
        found.append(error("note", "备注里有像证件号或电话的数字：请填到对应的栏目，备注不加密"))
    return found


def return_problems(document: DocumentForm | None, phone: str, today: date) -> list[Problem]:
    """What to say about a party that comes again: the paper shown today, and a number only when there is a new one."""
    found = []
    if document is not None:
        checked = check_document(
            document.kind, document.number, None, document.valid_from, document.valid_to, today
        )  # fmt: skip
        found += [replace(problem, field=f"document.{problem.field}") for problem in checked]
    return found + (_phone_problem("phone", phone) if phone.strip() else [])


def _phone_problem(field: str, text: str) -> list[Problem]:
    try:
        parse_phone(text)
    except PhoneError as trouble:
        return [error(field, trouble.message)]
    return []
