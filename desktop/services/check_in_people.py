"""Who comes with the tenant 入住的其他人: lives there, signs too, stands surety, signs for them; a company as tenant.

`people_problems` says everything about them under the fields people.N.… and company.…; the wizard asks while one types,
the act asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from desktop.models.values import DocumentKind, LeaseRole, PartyKind
from desktop.services import capacity, party_forms
from desktop.services.errors import DomainError
from desktop.services.identity import read_number
from desktop.services.masks import find_secrets
from desktop.services.names import normalise_name
from desktop.services.problems import Problem, error, note, warn


class Role(StrEnum):
    """What somebody is to a lease besides its tenant."""

    HOUSEHOLD = "household"
    CO_TENANT = "co_tenant"
    GUARANTOR = "guarantor"
    AGENT = "agent"
    GUARDIAN = "guardian"


ROLE_WORDS = {
    Role.HOUSEHOLD: "同住人", Role.CO_TENANT: "共同承租人", Role.GUARANTOR: "保证人", Role.AGENT: "代理人",
    Role.GUARDIAN: "监护人",
}  # fmt: skip
LEASE_ROLES = {
    Role.CO_TENANT: LeaseRole.CO_TENANT, Role.GUARANTOR: LeaseRole.GUARANTOR, Role.AGENT: LeaseRole.AGENT,
    Role.GUARDIAN: LeaseRole.GUARDIAN,
}  # fmt: skip
"""Who is a party to the lease; who only lives there is an occupant."""
STANDS_IN = (Role.GUARANTOR, Role.AGENT, Role.GUARDIAN)
"""These answer or sign for somebody else, so they are of age and can be reached."""
IN_PERSON = (Role.CO_TENANT, Role.AGENT, Role.GUARDIAN)
"""These sign at the desk: the clerk looks from the card to the person."""
GUARANTEES = ("连带责任保证", "一般保证")
"""Which of the two is agreed in words: without a word it is the second (Civil Code 686)."""
CHILD_WORDS = "未满 14 周岁：监护人同意登记后勾选（《个人信息保护法》第三十一条）"
PARENTS = ("父亲", "母亲", "爸爸", "妈妈", "父", "母", "父母")


@dataclass(frozen=True, slots=True)
class PersonForm:
    """Somebody besides the tenant. `party_id`: known here already, with the paper shown and the number typed today."""

    role: Role
    party: party_forms.PartyForm
    party_id: UUID | None = None
    relation: str = ""
    """What they are to the tenant: 配偶, 母亲."""
    basis: str = ""
    """What the role rests on: the kind of guarantee, the written authority, who said that somebody is guardian."""
    lives_in: bool = True
    matched: bool = False
    """The clerk looked at card and person."""
    consented: bool = False
    """The guardian agrees that a child under 14 is registered (PIPL 31)."""
    own_income: bool = False


@dataclass(frozen=True, slots=True)
class CompanyForm:
    """A company 单位 as tenant: the person at the desk is its handler 经办人."""

    party: party_forms.PartyForm
    """Of kind ORGANISATION, with its business licence."""
    legal_person: str
    authority: str
    """What the handler acts on: 授权委托书 or 介绍信 with its date."""
    party_id: UUID | None = None
    handler_lives_in: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """The person at the desk, as far as the others depend on them."""

    birth: date | None
    number: str
    """Of the paper, in its stored form."""
    own_income: bool = False
    party_id: UUID | None = None


def birth_of(birth: date | None, document: party_forms.DocumentForm | None, today: date) -> date | None:
    """The birthday typed, else the one in the number of the paper."""
    if birth is not None or document is None:
        return birth
    return read_number(document.kind, document.number, today).birth


def people_problems(
    people: Sequence[PersonForm], company: CompanyForm | None, signer: Signer, most: int | None, today: date
) -> list[Problem]:
    """Everything to say about the others of a check-in. `most`: so many may live in the room; None: not laid down."""
    found = _signer_problems(people, company, signer, today)
    if company is not None:
        found += _company_problems(company, today)
    guarded = _somebody_guarded(people, company, signer, today)
    guardian = any(person.role is Role.GUARDIAN for person in people)
    child = company is None and capacity.is_child(signer.birth, today)
    for at, person in enumerate(people):
        said = _person_problems(person, company is not None, today)
        birth = birth_of(person.party.birth, person.party.document, today)
        if person.role is Role.CO_TENANT and birth is not None and not guardian:
            young = capacity.signing_problem(birth, today, own_income=person.own_income)
            said += [] if young is None else [young]
        if person.role is Role.GUARDIAN and child and not person.consented:
            said.append(error("consented", CHILD_WORDS))
        if person.role is Role.GUARDIAN and not guarded:
            said.append(warn("role", "没有未成年的承租人，不用监护人：换一种身份，或去掉这一位"))
        found += [replace(problem, field=f"people.{at}.{problem.field}") for problem in said]
    found += _twice(people, signer, today)
    living = sum(person.lives_in for person in people) + (company is None or company.handler_lives_in)
    if most is not None and living > most:
        found.append(warn("people", f"这间房最多住 {most} 人，现在登记 {living} 人：换一间，或减少同住人"))
    return found


def _signer_problems(
    people: Sequence[PersonForm], company: CompanyForm | None, signer: Signer, today: date
) -> list[Problem]:
    """Whether the person at the desk may sign: alone, with a guardian, for a company."""
    if signer.birth is None:
        return []
    if company is not None:
        young = capacity.adult_problem("birth", "经办人", signer.birth, today)
    elif any(person.role is Role.GUARDIAN for person in people):
        young = None
    else:
        young = capacity.signing_problem(signer.birth, today, own_income=signer.own_income)
    return [] if young is None else [young]


def _somebody_guarded(people: Sequence[PersonForm], company: CompanyForm | None, signer: Signer, today: date) -> bool:
    """Whether a tenant is a minor."""
    young = company is None and capacity.is_minor(signer.birth, today)
    return young or any(
        person.role is Role.CO_TENANT
        and capacity.is_minor(birth_of(person.party.birth, person.party.document, today), today)
        for person in people
    )


# ---- one person ----------------------------------------------------------------------------------------------------


def _person_problems(person: PersonForm, of_company: bool, today: date) -> list[Problem]:
    form, role = person.party, person.role
    signs = role is not Role.HOUSEHOLD
    found = [p for p in party_forms.party_problems(form, today) if p.field != "phone" or form.phone.strip()]
    if role in STANDS_IN and not form.phone.strip() and person.party_id is None:
        found.append(error("phone", f"填{ROLE_WORDS[role]}的电话，要找得到人"))
    if form.document is None:
        found += (
            [error("document.number", f"填{ROLE_WORDS[role]}的证件号码")]
            if signs
            else [note("document.number", "没有证件号码，居住登记时要补")]
        )
    found += _by_role(person, today)
    birth = birth_of(form.birth, form.document, today)
    if signs and birth is None and form.document is not None and not any(p.stops for p in found):
        found.append(error("birth", "这种证件的号码里没有出生日期：照证件填写"))
    if role in STANDS_IN and (young := capacity.adult_problem("birth", ROLE_WORDS[role], birth, today)):
        found.append(young)
    if role in IN_PERSON and not person.matched:
        found.append(error("matched", "看一眼证件照片与本人，勾选「人证一致」"))
    if capacity.is_child(birth, today) and not person.consented:
        found.append(error("consented", CHILD_WORDS))
    if role is Role.AGENT and of_company:
        found.append(error("role", "单位承租由经办人签：代理人换成别的身份，或去掉这一位"))
    return found


def _by_role(person: PersonForm, today: date) -> list[Problem]:
    """What a role asks for in words."""
    found = []
    if person.role is Role.HOUSEHOLD and not person.relation.strip():
        found.append(error("relation", "填与承租人的关系，例如 配偶、子女、朋友"))
    if person.role is Role.GUARDIAN:
        if not person.relation.strip():
            found.append(error("relation", "填与未成年人的关系，例如 父亲、母亲"))
        elif person.relation.strip() not in PARENTS and not person.basis.strip():
            found.append(error("basis", "不是父母的，看过监护证明再写出具单位和日期（《民法典》第二十七条）"))
    if person.role is Role.GUARANTOR and person.basis not in GUARANTEES:
        found.append(error("basis", "选保证方式；没有约定的按一般保证（《民法典》第六百八十六条）"))
    if person.role is Role.AGENT and not person.basis.strip():
        found.append(error("basis", "写授权委托书的日期、事项和期限（《民法典》第一百六十五条）"))
    found += _clear_words(("relation", person.relation), ("basis", person.basis))
    return found


def _clear_words(*texts: tuple[str, str]) -> list[Problem]:
    return [
        error(field, "这里不写证件号或电话：填到对应的栏目") for field, text in texts if text and find_secrets(text)
    ]


def _twice(people: Sequence[PersonForm], signer: Signer, today: date) -> list[Problem]:
    """The same paper or the same registered person in two rows: one of them is wrong."""
    found: list[Problem] = []
    numbers, known = {signer.number} - {""}, {signer.party_id} - {None}
    for at, person in enumerate(people):
        document = person.party.document
        number = read_number(document.kind, document.number, today).number if document is not None else ""
        if (number and number in numbers) or (person.party_id is not None and person.party_id in known):
            words = "这个证件已经登记过：同一个人只登记一次，监护人也住在这里就勾选「也住在这里」"
            found.append(error(f"people.{at}.document.number", words))
        numbers.add(number)
        known.add(person.party_id)
    return found


# ---- a company -----------------------------------------------------------------------------------------------------


def _company_problems(company: CompanyForm, today: date) -> list[Problem]:
    """Name, credit code with its check digit, legal person, what the handler acts on."""
    form = company.party
    found = [p for p in party_forms.party_problems(form, today) if p.field != "phone" or form.phone.strip()]
    if form.document is None:
        found.append(error("document.number", "填统一社会信用代码，照营业执照上的 18 位"))
    try:
        normalise_name(company.legal_person)
    except DomainError as trouble:
        words = trouble.message if company.legal_person.strip() else "填法定代表人姓名，照营业执照上的写"
        found.append(error("legal_person", words))
    if not company.authority.strip():
        words = "写经办人凭什么办，例如 授权委托书 2026-11-20（《民法典》第一百七十条）"
        found.append(error("authority", words))
    found += _clear_words(("authority", company.authority))
    # The account for refunds is typed where a tenant's own is.
    return [p if p.field.startswith("bank.") else replace(p, field=f"company.{p.field}") for p in found]


def company_document(code: str) -> party_forms.DocumentForm | None:
    """The business licence by its code; None while nothing is typed."""
    return party_forms.DocumentForm(DocumentKind.BUSINESS_LICENCE, code) if code.strip() else None


def company_party(
    name: str, code: str, address: str, phone: str, bank: party_forms.BankForm | None = None
) -> party_forms.PartyForm:
    """The company as a party."""
    return party_forms.PartyForm(
        name, PartyKind.ORGANISATION, document=company_document(code), phone=phone, home_address=address or None,
        bank=bank,
    )  # fmt: skip
