"""Parties on both engines: registering, finding, masks and reveals, corrections, two versions, taking back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.parties import BankAccount, Contact, PersonDocument
from desktop.models.trust import AuditEntry, Consent
from desktop.models.values import ContactKind, DocumentKind, PartyKind, Right
from desktop.services import (
    checkup,
    consents,
    parties,
    party_edits,
    party_forms,
    party_page,
    party_search,
    returning,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.errors import NotFound, ProblemsFound, Refused, RowChanged
from desktop.services.masks import luhn
from desktop.services.office import Office
from desktop.services.party_edits import PartyEdit, RelationForm, UndoTooLate
from desktop.services.party_forms import BankForm, DocumentForm, EmergencyForm, PartyForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import person, sit_down

NEW_PHONE = "13900001111"
CARD = next(f"6217 0000 1000 0000 00{n}" for n in range(10) if luhn(f"621700001000000000{n}"))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def register(office: Office, actor: Actor, form: PartyForm) -> UUID:
    with begin(office, actor, Op.REGISTER_PARTY) as work:
        return parties.register_party(work, form)


def page_of(office: Office, actor: Actor, party_id: UUID) -> party_page.PartyPage:
    with look(office, actor) as reading:
        return party_page.party_page(reading, party_id)


def edit(office: Office, actor: Actor, party_id: UUID, version: int, form: PartyEdit) -> party_edits.PartyChanged:
    with begin(office, actor, Op.CHANGE_PARTY) as work:
        return party_edits.change_party(work, party_id, version, form)


def found(office: Office, text: str) -> list[str]:
    with look(office, PROGRAM) as reading:
        return [hit.name for hit in party_search.find_parties(reading, text)]


def phones_of(page: party_page.PartyPage) -> list[tuple[str, bool]]:
    return [(c.value.text, c.preferred) for c in page.contacts if c.kind in parties.PHONE_KINDS]


# ---- registering ---------------------------------------------------------------------------------------------------


def test_a_person_is_kept_sealed_and_shown_masked(office: Office, clerk: Actor) -> None:
    form = person(bank=True)
    assert form.document is not None
    party_id = register(office, clerk, form)
    page = page_of(office, clerk, party_id)
    paper = page.documents[0]
    assert page.name == "顾听澜"
    assert page.kind is PartyKind.PERSON
    assert page.birth == date(1996, 4, 18)
    assert paper.number.text == form.document.number[:6] + "*" * 8 + form.document.number[-4:]
    assert paper.number.revealable
    assert paper.matched_at is None
    assert paper.matched_by == ""
    assert phones_of(page) == [("138****5678", True)]
    assert page.relations[0].name == "顾知夏"
    assert page.relations[0].phones[0].text == "139****2046"
    assert page.banks[0].number.text.endswith("0000")
    assert not page.banks[0].number.revealable
    with office.reading() as session:
        stored = session.scalars(sa.select(PersonDocument)).one()
        assert form.document.number.encode() not in stored.number
        assert b"13812345678" not in b"".join(session.scalars(sa.select(Contact.value)))


def test_everything_wrong_is_told_at_once_under_its_field(office: Office, clerk: Actor) -> None:
    form = person()
    assert form.document is not None
    last = "1" if form.document.number[-1] != "1" else "2"
    wrong = replace(
        form, name="", phone="1381234", ethnicity="火星",
        document=replace(form.document, number=form.document.number[:-1] + last),
        emergency=EmergencyForm("", "", "12"), bank=BankForm("", "6217000010000000000", "顾听澜"),
    )  # fmt: skip
    with pytest.raises(ProblemsFound) as caught:
        register(office, clerk, wrong)
    assert set(caught.value.problems) == {
        "name", "document.number", "ethnicity", "phone", "emergency.name", "emergency.relation", "emergency.phone",
        "bank.bank",
    }  # fmt: skip
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PersonDocument)) == 0


@pytest.mark.parametrize(
    ("typed", "kind", "masked"),
    [
        ("+86 138-1234-5678", ContactKind.MOBILE, "138****5678"),
        ("１３８１２３４５６７８", ContactKind.MOBILE, "138****5678"),
        ("0571-88001234 转 806", ContactKind.LANDLINE, "0571-****1234-***"),
        ("(010)8800 1234", ContactKind.LANDLINE, "010-****1234"),
        ("+852 9123 4567", ContactKind.FOREIGN_PHONE, "+852****4567"),
        ("00886 912345678", ContactKind.FOREIGN_PHONE, "+886*****5678"),
        ("+1 (415) 555-2671", ContactKind.FOREIGN_PHONE, "+141****2671"),
    ],
)
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_every_kind_of_number_is_kept_in_one_form(
    office: Office, clerk: Actor, typed: str, kind: ContactKind, masked: str
) -> None:
    party_id = register(office, clerk, replace(person(), phone=typed))
    page = page_of(office, clerk, party_id)
    contact = next(c for c in page.contacts if c.kind in parties.PHONE_KINDS)
    assert (contact.kind, contact.value.text) == (kind, masked)
    assert found(office, typed) == ["顾听澜"]


def test_a_company_first_its_legal_person_later(office: Office, clerk: Actor) -> None:
    form = PartyForm(
        "青川市望江装饰有限公司", PartyKind.ORGANISATION, phone="0571-88001234",
        document=DocumentForm(DocumentKind.BUSINESS_LICENCE, "91330100MA27XF6Q1K"),
    )  # fmt: skip
    problems = {p.field for p in party_forms.party_problems(form, office.world.today()) if p.stops}
    if "document.number" in problems:  # the check character is arithmetic: let it say which one belongs there
        base = "91330100MA27XF6Q1"
        for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            form = replace(form, document=DocumentForm(DocumentKind.BUSINESS_LICENCE, base + last))
            if not [p for p in party_forms.party_problems(form, office.world.today()) if p.stops]:
                break
    company = register(office, clerk, form)
    assert page_of(office, clerk, company).relations == ()
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        legal = party_edits.add_relation(
            work, company, RelationForm("legal_person", "江令仪", "法定代表人", "13700002222")
        )
    page = page_of(office, clerk, company)
    assert page.kind is PartyKind.ORGANISATION
    assert page.sex is None
    assert page.birth is None
    assert [(row.kind, row.name, row.party_id) for row in page.relations] == [("legal_person", "江令仪", legal)]
    assert page.relations[0].phones[0].text == "137****2222"
    assert found(office, "jly") == ["江令仪"]
    assert found(office, "望江装饰") == ["青川市望江装饰有限公司"]
    with begin(office, clerk, Op.CHANGE_PARTY) as work, pytest.raises(ProblemsFound) as caught:
        party_edits.add_relation(work, company, RelationForm("cousin", "", "", "12"))
    assert set(caught.value.problems) == {"kind", "name", "words", "phone"}


# ---- finding -------------------------------------------------------------------------------------------------------


def test_found_by_every_way_a_clerk_knows_them(office: Office, clerk: Actor) -> None:
    form = person("单于知微", phone="13812345678")
    assert form.document is not None
    party_id = register(office, clerk, form)
    register(office, clerk, person("林以宁", sequence=2, phone="13700001234"))
    number = page_of(office, clerk, party_id).number
    for text in (
        "单于知微", "知微", "于知", "chanyuzhiwei", "cyzw", "shanyuzhi", number, number.lower(), form.document.number,
        form.document.number.lower(), form.document.number[-4:], "13812345678", "138 1234 5678", "+86 13812345678",
        "5678",
    ):  # fmt: skip
        assert found(office, text) == ["单于知微"], text
    for text in ("", "  ", "%", "_", "1381234567", "周", "56789", "678"):
        assert found(office, text) == [], text


def test_four_digits_of_somebody_else_with_the_same_hash_are_no_hit(office: Office, clerk: Actor) -> None:
    register(office, clerk, person())
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        # Another number under the same 16 bits: only the opened value may decide.
        contact = work.session.scalars(sa.select(Contact).where(Contact.kind == ContactKind.MOBILE).limit(1)).one()
        work.seal(contact, "value", "13812340000")
        work.record()
    assert found(office, "5678") == []


def test_a_search_by_a_whole_number_opens_nothing(office: Office, clerk: Actor, monkeypatch: Any) -> None:
    register(office, clerk, person())
    opened: list[str] = []
    real = office.vault.open

    def open_(table: str, column: str, row_id: UUID, sealed: bytes) -> str:
        opened.append(f"{table}.{column}")
        return real(table, column, row_id, sealed)

    monkeypatch.setattr(office.vault, "open", open_)
    with look(office, PROGRAM) as reading:
        assert returning.who_returns(reading, DocumentKind.ID_CARD, person().document.number) is not None  # type: ignore[union-attr]
    assert opened == []


# ---- revealing -----------------------------------------------------------------------------------------------------


def test_a_reveal_needs_the_field_and_leaves_a_line(office: Office, clerk: Actor) -> None:
    party_id = register(office, clerk, person(bank=True))
    page = page_of(office, clerk, party_id)
    phone, bank = page.contacts[0].value, page.banks[0].number
    with begin(office, clerk, Op.REVEAL) as work:
        assert party_page.reveal(work, phone.table, phone.row_id, phone.column) == "13812345678"
    with pytest.raises(Refused), begin(office, clerk, Op.REVEAL) as work:
        party_page.reveal(work, bank.table, bank.row_id, bank.column)
    with look(office, clerk) as reading:
        latest = timeline.party_timeline(reading, party_id)[0]
    assert (latest.op, latest.title, latest.who) == (Op.REVEAL, "查看联系方式原文", "林小满")
    with office.reading() as session:
        facts = session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == Op.REVEAL)).one()
    assert facts == {"field": "contact.value", "row": phone.row_id.hex}
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    assert not page_of(office, cashier, party_id).contacts[0].value.revealable


# ---- correcting ----------------------------------------------------------------------------------------------------


def test_what_is_corrected_is_found_by_its_new_name_and_number(office: Office, clerk: Actor) -> None:
    party_id = register(office, clerk, person())
    before = page_of(office, clerk, party_id)
    form = PartyEdit(
        "顾听岚", "教师", "养了一只猫", NEW_PHONE, "青川市新址 1 号", EmergencyForm("顾知夏", "妹妹", "13700003333")
    )
    edit(office, clerk, party_id, before.version, form)
    page = page_of(office, clerk, party_id)
    assert (page.name, page.occupation, page.note) == ("顾听岚", "教师", "养了一只猫")
    assert phones_of(page) == [("138****5678", False), ("139****1111", True)]
    near = page.relations[0]
    assert (near.name, near.words) == ("顾知夏", "妹妹")
    assert "137****3333" in [p.text for p in near.phones]
    assert found(office, "gtlan") == []
    assert found(office, "gutinglan") == ["顾听岚"]
    assert found(office, "1111") == ["顾听岚"]
    assert page.version > before.version
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def test_another_emergency_contact_takes_the_place_of_the_first(office: Office, clerk: Actor) -> None:
    party_id = register(office, clerk, person())
    page = page_of(office, clerk, party_id)
    form = PartyEdit(page.name, None, None, emergency=EmergencyForm("许朗", "同事", ""))
    with pytest.raises(ProblemsFound) as caught:
        edit(office, clerk, party_id, page.version, form)
    assert set(caught.value.problems) == {"emergency.phone"}
    edit(office, clerk, party_id, page.version, replace(form, emergency=EmergencyForm("许朗", "同事", "13700004444")))
    assert [(row.name, row.words) for row in page_of(office, clerk, party_id).relations] == [("许朗", "同事")]


def test_an_address_can_be_taken_away(office: Office, clerk: Actor) -> None:
    party_id = register(office, clerk, person())
    page = page_of(office, clerk, party_id)
    edit(office, clerk, party_id, page.version, PartyEdit(page.name, None, None, home_address=""))
    kinds = [c.kind for c in page_of(office, clerk, party_id).contacts]
    assert kinds == [ContactKind.MOBILE]


@pytest.mark.parametrize("secret", ["13812345678", "990101199604180024", CARD, "138-1234-5678"])
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_note_that_looks_like_a_number_is_refused(office: Office, clerk: Actor, secret: str) -> None:
    note = f"房东说打这个 {secret} 找他"
    assert "note" in party_edits.edit_problems(PartyEdit("顾听澜", None, note))
    with pytest.raises(ProblemsFound) as caught:
        register(office, clerk, replace(person(), note=note))
    assert set(caught.value.problems) == {"note"}
    assert "note" not in party_edits.edit_problems(
        PartyEdit("顾听澜", None, "水费单 4200001234202611228888123456 已交，欠 1860.00")
    )


def test_who_saves_second_is_shown_both_versions_masked(office: Office, clerk: Actor) -> None:
    boss = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    party_id = register(office, clerk, person())
    old = page_of(office, clerk, party_id)
    edit(office, boss, party_id, old.version, PartyEdit("顾听岚", "平面设计", None, NEW_PHONE))
    mine = PartyEdit(
        "顾听澜", "教师", None, "13700005555", "青川市临江区别处 9 号", EmergencyForm("许朗", "同事", "13700004444")
    )
    with pytest.raises(RowChanged) as caught:
        edit(office, clerk, party_id, old.version, mine)
    error = caught.value
    assert error.theirs == {
        "name": "顾听岚", "occupation": "平面设计", "note": None, "phone": "139****1111",
        "home_address": "青川市临江区" + "*" * 8, "emergency": "顾知夏（姐姐）",
    }  # fmt: skip
    assert error.yours["name"] == "顾听澜"
    assert error.yours["phone"] == "137****5555"
    assert error.yours["emergency"] == "许朗（同事）"
    assert "别处" not in str(error.yours["home_address"])
    assert error.message.startswith("周砚秋 今天 09:00 改过这条资料")
    assert page_of(office, clerk, party_id).name == "顾听岚"
    fresh = page_of(office, clerk, party_id)
    edit(office, clerk, party_id, fresh.version, mine)
    assert page_of(office, clerk, party_id).occupation == "教师"


def test_only_a_new_number_also_moves_the_version(office: Office, clerk: Actor) -> None:
    """It did not: two clerks could give one tenant two preferred numbers without hearing of each other."""
    party_id = register(office, clerk, person())
    old = page_of(office, clerk, party_id)
    same = PartyEdit(old.name, old.occupation, old.note, NEW_PHONE)
    edit(office, clerk, party_id, old.version, same)
    with pytest.raises(RowChanged):
        edit(office, clerk, party_id, old.version, replace(same, phone="13700005555"))


def test_a_role_that_only_reads_corrects_nothing(office: Office, clerk: Actor) -> None:
    party_id = register(office, clerk, person())
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused) as caught:
        edit(office, auditor, party_id, 1, PartyEdit("别的名字", None, None))
    assert caught.value.right == Right.EDIT_PARTIES


# ---- taking a correction back --------------------------------------------------------------------------------------


def clear_values(office: Office, party_id: UUID) -> dict[str, Any]:
    """What is stored of a party and its emergency contact now, in clear."""
    with look(office, PROGRAM) as reading:
        page = party_page.party_page(reading, party_id)
        contacts = reading.session.scalars(
            sa.select(Contact).where(
                Contact.party_id.in_([party_id, *(row.party_id for row in page.relations)]),
                Contact.deleted_at.is_(None),
            )
        ).all()
        values = sorted((c.party_id.hex, reading.unsealed(c, "value") or "", c.preferred) for c in contacts)
    return {
        "facts": (page.name, page.occupation, page.note),
        "contacts": values,
        "relations": [(row.kind, row.name, row.words) for row in page.relations],
    }


@pytest.mark.parametrize(
    "form",
    [
        PartyEdit("顾听岚", "教师", "养了一只猫"),
        PartyEdit("顾听澜", "平面设计", None, NEW_PHONE),
        PartyEdit("顾听澜", "平面设计", None, home_address="青川市新址 1 号"),
        PartyEdit("顾听澜", "平面设计", None, home_address=""),
        PartyEdit("顾听澜", "平面设计", None, emergency=EmergencyForm("许朗", "同事", "13700004444")),
        PartyEdit("顾听岚", None, "备", NEW_PHONE, "青川市新址 1 号", EmergencyForm("顾知夏", "妹妹", "13700003333")),
    ],
)
def test_taken_back_everything_is_as_before(office: Office, clerk: Actor, world: SeededWorld, form: PartyEdit) -> None:
    party_id = register(office, clerk, person())
    world.advance(timedelta(minutes=5))
    before, version = clear_values(office, party_id), page_of(office, clerk, party_id).version
    world.advance(timedelta(minutes=5))
    changed = edit(office, clerk, party_id, version, form)
    assert clear_values(office, party_id) != before
    world.advance(timedelta(seconds=8))
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.undo_change(work, party_id, changed.act_id)
    assert clear_values(office, party_id) == before
    assert page_of(office, clerk, party_id).version > version
    assert found(office, "gutinglan") == ["顾听澜"]
    with look(office, PROGRAM) as reading:
        assert timeline.party_timeline(reading, party_id)[0].title == "撤销资料修改"
        assert checkup.check_office(reading).findings == ()
    with pytest.raises(UndoTooLate), begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.undo_change(work, party_id, changed.act_id)


def test_not_taken_back_over_somebody_elses_change(office: Office, clerk: Actor, world: SeededWorld) -> None:
    boss = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    party_id = register(office, clerk, person())
    world.advance(timedelta(minutes=5))
    changed = edit(office, clerk, party_id, 1, PartyEdit("顾听岚", "平面设计", None))
    world.advance(timedelta(minutes=5))
    edit(office, boss, party_id, page_of(office, boss, party_id).version, PartyEdit("顾听岚", "教师", None))
    with pytest.raises(UndoTooLate) as caught, begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.undo_change(work, party_id, changed.act_id)
    assert caught.value.message.startswith("周砚秋 今天 09:10 又改过")
    assert page_of(office, clerk, party_id).name == "顾听岚"


def test_only_a_correction_of_this_party_is_taken_back(office: Office, clerk: Actor) -> None:
    first, second = register(office, clerk, person()), register(office, clerk, person("林以宁", sequence=2))
    changed = edit(office, clerk, first, 1, PartyEdit("顾听岚", None, None))
    with pytest.raises(NotFound), begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.undo_change(work, second, changed.act_id)


# ---- the account for refunds ---------------------------------------------------------------------------------------


def accounts(office: Office, clerk: Actor, party_id: UUID) -> set[UUID]:
    return {bank.number.row_id for bank in page_of(office, clerk, party_id).banks}


def test_an_account_is_kept_with_consent_and_goes_with_it(office: Office, clerk: Actor, world: SeededWorld) -> None:
    party_id = register(office, clerk, person())
    account = BankForm("建设银行", "6217000010000000000", "顾听澜")
    with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.set_bank(work, party_id, account, False, ())
    assert set(caught.value.problems) == {"consent"}
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.set_bank(work, party_id, account, True, ())
    world.advance(timedelta(minutes=1))
    known = accounts(office, clerk, party_id)
    with pytest.raises(RowChanged) as clash, begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.set_bank(work, party_id, replace(account, bank="招商银行"), True, ())
    assert clash.value.theirs["account"].startswith("建设银行 ")
    assert "6217000010000000000" not in str(clash.value.theirs) + str(clash.value.yours)
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.set_bank(work, party_id, replace(account, bank="工商银行"), True, known)
    assert [bank.bank for bank in page_of(office, clerk, party_id).banks] == ["工商银行"]
    world.advance(timedelta(minutes=1))
    with pytest.raises(RowChanged, match="看一眼最新的再办"), begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.withdraw_bank(work, party_id, known)
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.withdraw_bank(work, party_id, accounts(office, clerk, party_id))
    assert page_of(office, clerk, party_id).banks == ()
    with look(office, clerk) as reading:
        given = consents.consents_of(reading, party_id)
        assert [row.answer for row in given] == ["withdrawn", "given", "given"]
        assert given[1].version is not None
        assert given[1].by == "林小满"
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 3
        assert all(session.scalars(sa.select(BankAccount.deleted_at)))
