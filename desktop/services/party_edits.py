"""Correcting a party: name, phone, address, emergency contact, account, relations; taking a correction back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from desktop.models.base import model_of, table_of
from desktop.models.columns import from_wire, to_wire
from desktop.models.parties import BankAccount, Contact, Party, PartyRelation
from desktop.models.trust import AuditEntry, FieldChange
from desktop.models.values import ContactKind, PartyKind, Right
from desktop.services import consents, derived, parties, party_forms, party_page, templates, timeline
from desktop.services.acts import Op
from desktop.services.changes import last_changes, last_touch
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.identity import check_bank_card
from desktop.services.masks import find_secrets, mask_address, mask_bank_card, mask_phone
from desktop.services.names import normalise_name
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.rights import needs
from desktop.services.work import Look, Work

RELATION_WORDS = {
    "emergency": "紧急联系人",
    "household": "同住人",
    "legal_person": "法定代表人",
    "handler": "经办人",
    "guardian": "监护人",
}
_SECRET_NOTE = "备注里有像证件号或电话的数字：请填到对应的栏目，备注不加密"
_SAVED = (Op.CHANGE_PARTY.value, Op.CHECK_IN.value)


class UndoTooLate(DomainError):
    """Somebody saved on top of the change that was to be taken back."""

    def __init__(self, who: str = "", when: str = "") -> None:
        by = f"{who} {when} ".lstrip() if who else ""
        super().__init__(f"{by}又改过这份资料，不能撤销：打开「编辑资料」看看再改")


@dataclass(frozen=True, slots=True)
class PartyEdit:
    """What the edit dialog of a party gathers. None: unchanged; an empty `home_address` takes the address away."""

    name: str
    occupation: str | None
    note: str | None
    phone: str | None = None
    home_address: str | None = None
    emergency: party_forms.EmergencyForm | None = None
    """An empty phone keeps the number of the contact who already has this name."""


@dataclass(frozen=True, slots=True)
class RelationForm:
    """Somebody else and what they are to the party: the legal person of a company, who lives with the tenant."""

    kind: str
    """One of RELATION_WORDS."""
    name: str
    words: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PartyChanged:
    """News of a correction; `act_id` is what `undo_change` takes back."""

    party_id: UUID
    act_id: UUID
    name: str


def edit_problems(form: PartyEdit, emergency_known: str = "", company: bool = False) -> dict[str, str]:
    """What is still to be mended in the edit dialog. `emergency_known`: the name of the contact there is already."""
    problems: dict[str, str] = {}
    _name(problems, "name", form.name, company)
    if form.phone is not None:
        _phone(problems, "phone", form.phone)
    if form.note and find_secrets(form.note):
        problems["note"] = _SECRET_NOTE
    other = form.emergency
    if other is not None:
        _name(problems, "emergency.name", other.name)
        if not other.relation.strip():
            problems["emergency.relation"] = "请填与本人的关系，例如 姐姐、同事"
        if other.phone.strip() or other.name.strip() != emergency_known:
            _phone(problems, "emergency.phone", other.phone)
    return problems


def relation_problems(form: RelationForm) -> dict[str, str]:
    """What is still to be mended about somebody related."""
    problems: dict[str, str] = {}
    if form.kind not in RELATION_WORDS:
        problems["kind"] = "选一种关系，例如 同住人"
    _name(problems, "name", form.name)
    if not form.words.strip():
        problems["words"] = "写明关系，例如 配偶、法定代表人"
    if form.phone.strip() or form.kind == "emergency":
        _phone(problems, "phone", form.phone)
    return problems


def bank_problems(form: party_forms.BankForm, organisation: bool, consented: bool) -> dict[str, str]:
    """What is still to be mended about an account for refunds; a number that only looks odd is warned of elsewhere."""
    problems = {}
    for problem in check_bank_card(form.number, organisation):
        if problem.stops:
            problems["number"] = problem.text
    if not form.bank.strip():
        problems["bank"] = "请填开户银行"
    _name(problems, "holder", form.holder)
    if not consented:
        problems["consent"] = "银行账户要单独同意：租客同意后勾选，不同意就不填"
    return problems


def bank_doubts(form: party_forms.BankForm, organisation: bool) -> dict[str, str]:
    """What is unusual about an account and may still be right."""
    odd = [problem.text for problem in check_bank_card(form.number, organisation) if not problem.stops]
    return {"number": odd[0]} if odd else {}


def _name(problems: dict[str, str], field: str, text: str, company: bool = False) -> None:
    try:
        normalise_name(text, company)
    except DomainError as trouble:
        problems[field] = trouble.message


def _phone(problems: dict[str, str], field: str, text: str) -> None:
    try:
        parse_phone(text)
    except PhoneError as trouble:
        problems[field] = trouble.message


# ---- the edit dialog ---------------------------------------------------------------------------------------------


@needs(Right.EDIT_PARTIES)
def change_party(work: Work, party_id: UUID, version: int, form: PartyEdit) -> PartyChanged:
    """Correct a party. Raises ProblemsFound, or RowChanged with both versions (masked) when somebody saved first."""
    party = work.take(Party, party_id)
    relation, other = _emergency(work, party_id)
    if party.version != version:
        by = _who_wrote(work, party_id, relation)
        raise RowChanged(*_versions(work, party, form, relation, other), *timeline.last_act(work, party_id), by)
    company = party.kind is PartyKind.ORGANISATION
    if problems := edit_problems(form, other.name if other is not None else "", company):
        raise ProblemsFound(problems)
    party.name = normalise_name(form.name, company)
    party.occupation = (form.occupation or "").strip() or None
    party.note = (form.note or "").strip() or None
    if form.phone is not None:
        parties.prefer_phone(work, party, parse_phone(form.phone))
    if form.home_address is not None:
        _set_home_address(work, party, form.home_address.strip())
    if form.emergency is not None:
        _set_emergency(work, party, form.emergency, relation, other)
    _touch(work, party)
    work.session.flush()
    derived.refresh_names(work.session, [party_id])
    work.subject(party)
    work.record()
    return PartyChanged(party_id, work.act_id, party.name)


def _touch(work: Work, party: Party) -> None:
    """Move the version even when only a number changed: who has the old page open is to be told."""
    party.updated_at = work.at
    flag_modified(party, "updated_at")  # also within one and the same instant


def _emergency(look: Look, party_id: UUID) -> tuple[PartyRelation | None, Party | None]:
    relation = look.session.scalars(
        sa.select(PartyRelation)
        .where(
            PartyRelation.party_id == party_id, PartyRelation.kind == "emergency", PartyRelation.until.is_(None),
            PartyRelation.deleted_at.is_(None),
        )
        .order_by(PartyRelation.created_at.desc(), PartyRelation.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    return relation, None if relation is None else look.session.get(Party, relation.other_id)


def _versions(
    look: Look, party: Party, form: PartyEdit, relation: PartyRelation | None, other: Party | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    theirs: dict[str, Any] = {"name": party.name, "occupation": party.occupation, "note": party.note}
    yours: dict[str, Any] = {"name": form.name, "occupation": form.occupation, "note": form.note}
    if form.phone is not None:
        theirs["phone"] = _shown(look, party.id, *parties.PHONE_KINDS)
        yours["phone"] = mask_phone(form.phone)
    if form.home_address is not None:
        theirs["home_address"] = _shown(look, party.id, ContactKind.HOME_ADDRESS)
        yours["home_address"] = mask_address(form.home_address)
    if form.emergency is not None:
        theirs["emergency"] = "" if relation is None or other is None else f"{other.name}（{relation.words}）"
        yours["emergency"] = f"{form.emergency.name}（{form.emergency.relation}）"
    return theirs, yours


def _who_wrote(look: Look, party_id: UUID, relation: PartyRelation | None) -> dict[str, str]:
    """By field of the dialog, who wrote last what stands there, edited or newly added."""
    by = last_changes(look, "party", [party_id])
    rows: dict[str, Contact | PartyRelation | None] = {
        "phone": _contact(look, party_id, *parties.PHONE_KINDS),
        "home_address": _contact(look, party_id, ContactKind.HOME_ADDRESS),
        "emergency": relation,
    }
    return by | {field: last_touch(look, row) for field, row in rows.items() if row is not None}


def _shown(look: Look, party_id: UUID, *kinds: ContactKind) -> str:
    row = _contact(look, party_id, *kinds)
    return "" if row is None else party_page.shown(look, row, "value").text


def _contact(look: Look, party_id: UUID, *kinds: ContactKind) -> Contact | None:
    return look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.kind.in_(kinds), Contact.deleted_at.is_(None))
        .order_by(Contact.preferred.desc(), Contact.created_at.desc(), Contact.id.desc())
        .limit(1)
    ).first()


def _set_home_address(work: Work, party: Party, address: str) -> None:
    contact = _contact(work, party.id, ContactKind.HOME_ADDRESS)
    if contact is None:
        if not address:
            return
        contact = Contact(party_id=party.id, kind=ContactKind.HOME_ADDRESS, preferred=False, confirmed_at=work.at)
        work.seal(contact, "value", address)
        work.add(contact)
        return
    if not address:
        contact.deleted_at = work.at
        return
    work.seal(contact, "value", address)
    contact.confirmed_at = work.at


def _set_emergency(
    work: Work, party: Party, form: party_forms.EmergencyForm, relation: PartyRelation | None, other: Party | None
) -> None:
    if relation is not None and other is not None:
        if other.name == normalise_name(form.name):
            relation.words = form.relation.strip()
            if form.phone.strip():
                parties.prefer_phone(work, other, parse_phone(form.phone))
            return
        relation.until = work.world.today()
    parties.put_emergency(work, party, form)


# ---- relations and the bank account --------------------------------------------------------------------------------


@needs(Right.EDIT_PARTIES)
def add_relation(work: Work, party_id: UUID, form: RelationForm) -> UUID:
    """Register somebody related to a party, such as the legal person of a company. Raises ProblemsFound."""
    if problems := relation_problems(form):
        raise ProblemsFound(problems)
    party = work.get(Party, party_id)
    other_id = parties.put_related(work, party, form.kind, form.name, form.words, form.phone)
    work.subject(party)
    work.record(relation=form.kind)
    return other_id


@needs(Right.EDIT_PARTIES)
def set_bank(work: Work, party_id: UUID, form: party_forms.BankForm, consented: bool, known: Collection[UUID]) -> None:
    """Keep an account for refunds in place of the former one, with the separate consent to it (PIPL 29).

    `known`: the accounts that stood on the screen. Raises ProblemsFound, RowChanged when others stand there now.
    """
    party = work.take(Party, party_id)
    _same_accounts(work, party_id, form, known)
    if problems := bank_problems(form, party.kind is PartyKind.ORGANISATION, consented):
        raise ProblemsFound(problems)
    _drop_accounts(work, party_id)
    parties.put_bank(work, party, form)
    consents.put(work, party_id, "bank_account", "given", templates.latest(work, "pipl_notice").id)
    work.subject(party)
    work.record(bank=True)


@needs(Right.EDIT_PARTIES)
def withdraw_bank(work: Work, party_id: UUID, known: Collection[UUID]) -> None:
    """The tenant takes back the consent to keep the account: it goes at once (PIPL 15, 47). Raises RowChanged."""
    party = work.take(Party, party_id)
    _same_accounts(work, party_id, None, known)
    _drop_accounts(work, party_id)
    consents.put(work, party_id, "bank_account", "withdrawn", None)
    work.subject(party)
    work.record(bank=False)


def _accounts(look: Look, party_id: UUID) -> list[BankAccount]:
    return list(
        look.session.scalars(
            sa.select(BankAccount)
            .where(BankAccount.party_id == party_id, BankAccount.deleted_at.is_(None))
            .order_by(BankAccount.created_at, BankAccount.id)
        )
    )


def _same_accounts(work: Work, party_id: UUID, form: party_forms.BankForm | None, known: Collection[UUID]) -> None:
    """The accounts are those the clerk saw; an account somebody else has just registered does not go unseen."""
    accounts = _accounts(work, party_id)
    if {account.id for account in accounts} == set(known):
        return
    if form is None:
        raise RowChanged({}, {}, *timeline.last_act(work, party_id))
    theirs = "、".join(f"{each.bank} {party_page.shown(work, each, 'number').text}" for each in accounts)
    yours = f"{form.bank} {mask_bank_card(form.number)}"
    raise RowChanged({"account": theirs}, {"account": yours}, *timeline.last_act(work, party_id))


def _drop_accounts(work: Work, party_id: UUID) -> None:
    for account in _accounts(work, party_id):
        account.deleted_at = work.at


# ---- taking a correction back --------------------------------------------------------------------------------------


@needs(Right.EDIT_PARTIES)
def undo_change(work: Work, party_id: UUID, act_id: UUID) -> None:
    """Take a correction back by a second act that writes the old values. Raises UndoTooLate when one was changed since.

    No secret leaves the office for it: sealed values come back as the ciphertext that was kept.
    """
    session = work.session
    entry = session.scalar(
        sa.select(AuditEntry).where(
            AuditEntry.act_id == act_id, AuditEntry.subject_id == party_id, AuditEntry.op == Op.CHANGE_PARTY.value
        )
    )
    if entry is None or entry.facts:  # only what the edit dialog did: an account or a relation is taken back by hand
        raise NotFound("要撤销的修改")
    party = work.get(Party, party_id)
    last = session.scalar(
        sa.select(sa.func.max(AuditEntry.n)).where(AuditEntry.subject_id == party_id, AuditEntry.op.in_(_SAVED))
    )
    if last != entry.n:
        raise UndoTooLate(*timeline.last_act(work, party_id))
    for change in session.scalars(sa.select(FieldChange).where(FieldChange.act_id == act_id)):
        model = model_of(change.table_name)
        row = session.get(model, change.row_id)
        column = table_of(model).columns[change.field]
        if row is None or to_wire(column, getattr(row, change.field)) != change.new:
            raise UndoTooLate(*timeline.last_act(work, party_id))
        setattr(row, change.field, from_wire(column, change.old))
    _take_away(work, party_id, entry)
    _touch(work, party)
    session.flush()
    derived.refresh_names(session, [party_id])
    work.subject(party)
    work.record(undone=True)


def _take_away(work: Work, party_id: UUID, entry: AuditEntry) -> None:
    """What the act added goes too: a new number, a new address, a new emergency contact."""
    session = work.session
    relations = session.scalars(sa.select(PartyRelation).where(PartyRelation.party_id == party_id)).all()
    others = [relation.other_id for relation in relations]
    added: list[PartyRelation | Party | Contact] = [*relations]
    added += session.scalars(sa.select(Party).where(Party.id.in_(others)))
    added += session.scalars(sa.select(Contact).where(Contact.party_id.in_([party_id, *others])))
    for row in added:
        if row.created_at == entry.at and row.created_by == entry.actor_id and row.deleted_at is None:
            row.deleted_at = work.at
