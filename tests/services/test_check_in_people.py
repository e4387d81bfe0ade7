"""The people of a check-in: what is said about each, what is stored of them, and that it replays; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.leases import Lease, Occupant
from desktop.models.parties import Party, PartyRelation, Vehicle
from desktop.models.trust import Consent
from desktop.models.values import DocumentKind, LeaseRole, Money, PartyKind, Right
from desktop.ocr.id_number import make_id_number
from desktop.services import (
    billing,
    check_in_forms,
    check_ins,
    checkup,
    lease_sides,
    leases,
    papers,
    party_forms,
    party_lists,
    party_record,
    party_search,
    returning,
)
from desktop.services.acts import Op
from desktop.services.check_in_people import CompanyForm, PersonForm, Role, company_party
from desktop.services.errors import ProblemsFound
from desktop.services.identity import uscc_check_character
from desktop.services.lease_limits import LimitRules
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.problems import Level
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.paper.samples import pdf_text
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)
FACTS = check_in_forms.CheckInFacts(TODAY, LimitRules())
CODE = "91990100MA0000001"
CODE += uscc_check_character(CODE)


def card(birth: date, sequence: int) -> party_forms.DocumentForm:
    return party_forms.DocumentForm(DocumentKind.ID_CARD, make_id_number(birth, "female", sequence=sequence))


def other(role: Role, name: str, sequence: int = 11, birth: date = date(1970, 5, 6), **changes: Any) -> PersonForm:
    """Somebody of a role with everything it asks for."""
    party = party_forms.PartyForm(name, document=card(birth, sequence), phone=f"1390000{sequence:04d}")
    basis = {Role.GUARANTOR: "连带责任保证", Role.AGENT: "授权委托书 2026-11-20，签约、交押金，至 2026-12-31"}.get(
        role, ""
    )
    relation = {Role.HOUSEHOLD: "配偶", Role.GUARDIAN: "母亲"}.get(role, "")
    lives = role in (Role.HOUSEHOLD, Role.CO_TENANT)
    agrees = role is Role.GUARDIAN
    form = PersonForm(role, party, None, relation, basis, lives, matched=True, consented=agrees)
    return replace(form, **changes)


def company(**changes: Any) -> CompanyForm:
    form = CompanyForm(
        company_party("青川样例科技有限公司", CODE, "青川市临江区样例路 1 号", ""), "沈望舒", "授权委托书 2026-11-20"
    )
    return replace(form, **changes)


def form_of(office: Office | None = None, **changes: Any) -> check_in_forms.CheckIn:
    today = TODAY if office is None else office.world.today()
    room = UUID(int=7) if office is None else rooms_of(office)[0]
    whole = check_in_forms.CheckIn(room, terms(today), party=person(), matched=True, notice_told=True, keys=2, cards=1)
    return replace(whole, **changes)


def said(form: check_in_forms.CheckIn, facts: check_in_forms.CheckInFacts = FACTS) -> dict[str, str]:
    """What stops, by field."""
    return {p.field: p.text for p in check_in_forms.check_in_problems(form, facts) if p.stops}


def store(office: Office, clerk: Actor, **changes: Any) -> check_ins.CheckedIn:
    with begin(office, clerk, Op.CHECK_IN) as work:
        return check_ins.check_in(work, form_of(office, **changes))


# ---- what is said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.GUARDIAN])
def test_everything_a_role_asks_for_is_enough(role: Role) -> None:
    assert said(form_of(people=[other(role, "陆远")])) == {}


@pytest.mark.parametrize(
    ("person_form", "field", "words"),
    [
        (other(Role.HOUSEHOLD, "陆远", relation=""), "relation", "与承租人的关系"),
        (other(Role.GUARANTOR, "陆远", basis=""), "basis", "第六百八十六条"),
        (other(Role.AGENT, "陆远", basis=" "), "basis", "第一百六十五条"),
        (other(Role.AGENT, "陆远", matched=False), "matched", "人证一致"),
        (other(Role.GUARANTOR, "陆远", birth=date(2009, 1, 1)), "birth", "换一位成年人"),
        (other(Role.AGENT, "陆远", birth=date(2009, 1, 1)), "birth", "换一位成年人"),
        (other(Role.HOUSEHOLD, "陆小小", birth=date(2020, 1, 1)), "consented", "第三十一条"),
        (other(Role.HOUSEHOLD, "陆远", relation="电话 13800138000"), "relation", "不写证件号"),
        (other(Role.HOUSEHOLD, "字" * 31), "name", "最多 30 个字"),
        (other(Role.HOUSEHOLD, "陆远", party=party_forms.PartyForm("陆远", phone="138")), "phone", ""),
        (other(Role.GUARANTOR, "陆远", party=party_forms.PartyForm("陆远")), "document.number", "证件号码"),
        (other(Role.GUARANTOR, "陆远", party=party_forms.PartyForm("陆远")), "phone", "电话"),
    ],
)
def test_what_is_missing_or_wrong_has_its_field_and_a_sentence(person_form: PersonForm, field: str, words: str) -> None:
    found = said(form_of(people=[other(Role.HOUSEHOLD, "顾知夏", 12), person_form]))
    assert words in found[f"people.1.{field}"]


def test_a_household_member_needs_no_number_and_no_phone() -> None:
    form = form_of(people=[PersonForm(Role.HOUSEHOLD, party_forms.PartyForm("陆远"), relation="朋友")])
    assert said(form) == {}
    notes = {p.field for p in check_in_forms.check_in_problems(form, FACTS) if p.level is Level.NOTE}
    assert "people.0.document.number" in notes


def test_a_passport_says_no_birthday_so_it_is_asked_for() -> None:
    passport = party_forms.DocumentForm(DocumentKind.PASSPORT, "E12345678")
    party = party_forms.PartyForm("陆远", document=passport, phone="13900000011")
    assert "people.0.birth" in said(form_of(people=[other(Role.GUARANTOR, "陆远", party=party)]))
    party = replace(party, birth=date(1980, 1, 1))
    assert said(form_of(people=[other(Role.GUARANTOR, "陆远", party=party)])) == {}


def test_the_same_paper_twice_is_refused() -> None:
    tenant = person()
    assert tenant.document is not None
    twin = other(Role.GUARANTOR, "顾听澜", party=replace(tenant, emergency=None))
    assert "已经登记过" in said(form_of(people=[twin]))["people.0.document.number"]
    pair = [other(Role.CO_TENANT, "陆远", 12), other(Role.GUARANTOR, "陆远", 12)]
    assert "people.1.document.number" in said(form_of(people=pair))


def test_more_people_than_the_room_holds_are_asked_about() -> None:
    crowd = [other(Role.HOUSEHOLD, f"陆远{n}", 20 + n) for n in range(3)]
    found = check_in_forms.check_in_problems(form_of(people=crowd), replace(FACTS, capacity=3))
    assert [(p.level, p.text.partition("：")[0]) for p in found if p.field == "people"] == [
        (Level.WARN, "这间房最多住 3 人，现在登记 4 人")
    ]
    assert not any(p.field == "people" for p in check_in_forms.check_in_problems(form_of(people=crowd[:2]), FACTS))


# ---- minors --------------------------------------------------------------------------------------------------------


def young(age: int) -> party_forms.PartyForm:
    return person(birth=date(2026 - age, 6, 1))


@pytest.mark.parametrize(("age", "article"), [(5, "第二十条"), (12, "第十九条"), (17, "第十八条")])
def test_a_minor_does_not_sign_alone(age: int, article: str) -> None:
    assert article in said(form_of(party=young(age)))["birth"]
    assert said(form_of(party=young(age), people=[other(Role.GUARDIAN, "顾母")])) == {}


def test_a_guardian_who_is_no_parent_shows_on_what_it_rests() -> None:
    aunt = other(Role.GUARDIAN, "顾姑", relation="姑姑")
    assert "第二十七条" in said(form_of(party=young(12), people=[aunt]))["people.0.basis"]
    assert said(form_of(party=young(12), people=[replace(aunt, basis="临江区民政局 2026-03-01")])) == {}


def test_the_guardian_of_a_child_agrees_to_its_data() -> None:
    silent = other(Role.GUARDIAN, "顾母", consented=False)
    assert "第三十一条" in said(form_of(party=young(13), people=[silent]))["people.0.consented"]
    assert said(form_of(party=young(14), people=[silent])) == {}


def test_own_income_lets_a_sixteen_year_old_sign() -> None:
    assert said(form_of(party=young(17), own_income=True)) == {}
    assert "birth" in said(form_of(party=young(12), own_income=True))


def test_a_known_minor_is_no_exception() -> None:
    """Somebody registered before shows the paper again: the age comes from its number."""
    form = form_of(party=None, party_id=UUID(int=3), shown=card(date(2014, 1, 1), 5))
    assert "第十九条" in said(form)["birth"]


def test_a_guardian_of_nobody_is_asked_about() -> None:
    found = check_in_forms.check_in_problems(form_of(people=[other(Role.GUARDIAN, "顾母")]), FACTS)
    assert [(p.level, p.field) for p in found if p.field == "people.0.role"] == [(Level.WARN, "people.0.role")]


def test_a_young_co_tenant_needs_a_guardian_too() -> None:
    friend = other(Role.CO_TENANT, "陆小", 15, date(2012, 1, 1))
    assert "第十九条" in said(form_of(people=[friend]))["people.0.birth"]
    assert said(form_of(people=[friend, other(Role.GUARDIAN, "陆母", 16)])) == {}


@given(st.dates(date(1940, 1, 1), TODAY - timedelta(days=1)), st.sampled_from([*Role]))
def test_the_ages_decide_alike_for_every_birthday(birth: date, role: Role) -> None:
    """Stand-ins are of age; children need a word for their data; nobody under 18 signs without a guardian."""
    form = form_of(
        people=[
            other(role, "陆远", birth=birth, consented=False),
            *([other(Role.GUARDIAN, "陆母", 17)] if role is Role.CO_TENANT else []),
        ]
    )
    age = TODAY.year - birth.year - ((TODAY.month, TODAY.day) < (birth.month, birth.day))
    found = said(form)
    assert ("people.0.birth" in found) == (age < 18 and role in (Role.GUARANTOR, Role.AGENT, Role.GUARDIAN))
    assert ("people.0.consented" in found) == (age < 14)


# ---- a company -----------------------------------------------------------------------------------------------------


def test_a_company_is_the_tenant_and_the_person_at_the_desk_its_handler() -> None:
    assert said(form_of(company=company())) == {}
    bare = CompanyForm(company_party("", "", "", ""), "", "")
    assert said(form_of(company=bare)).keys() == {
        "company.name", "company.document.number", "company.legal_person", "company.authority",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (CODE[:-1] + ("0" if CODE[-1] != "0" else "1"), "末位校验不符"),
        ("9199", "要 18 位"),
        (CODE[:4] + "O" + CODE[5:], "没有 O"),
    ],
)
def test_the_credit_code_is_checked(code: str, words: str) -> None:
    form = form_of(company=company(party=company_party("青川样例科技有限公司", code, "", "")))
    assert words in said(form)["company.document.number"]


def test_a_long_company_name_is_a_name() -> None:
    assert said(form_of(company=company(party=company_party("青" * 45, CODE, "", "")))) == {}
    assert (
        "最多 60 个字" in said(form_of(company=company(party=company_party("青" * 61, CODE, "", ""))))["company.name"]
    )


def test_a_handler_is_of_age_and_no_second_agent_signs() -> None:
    found = said(form_of(party=young(17), company=company(), people=[other(Role.AGENT, "陆远")]))
    assert "经办人只有 17 周岁" in found["birth"]
    assert "经办人签" in found["people.0.role"]


def test_the_account_of_a_company_has_other_lengths() -> None:
    bank = party_forms.BankForm("建设银行", "4420100000", "青川样例科技有限公司")
    form = form_of(company=company(party=company_party("青川样例科技有限公司", CODE, "", "", bank)))
    assert said(form) == {}
    wrong = form_of(company=company(party=company_party("青川样例科技有限公司", CODE, "", "", replace(bank, bank=""))))
    assert "开户银行" in said(wrong)["bank.bank"]


# ---- what is stored ------------------------------------------------------------------------------------------------


def test_everybody_has_a_place_in_the_lease(office: Office, databases: Databases, tmp_path: Path) -> None:
    clerk = sit_down(office, "front_desk")
    people = [
        other(Role.HOUSEHOLD, "陆远", 12), other(Role.CO_TENANT, "沈知微", 13), other(Role.GUARANTOR, "顾建国", 14),
        other(Role.AGENT, "周思齐", 15),
        other(Role.HOUSEHOLD, "陆小小", 16, date(2020, 1, 1), relation="女儿", consented=True),
    ]  # fmt: skip
    news = store(office, clerk, people=people, plates="川A8K3Z7 川AD12345")
    with look(office, clerk) as reading:
        page = leases.lease_page(reading, news.lease_id)
        assert [(side.name, side.role) for side in page.parties] == [
            ("顾听澜", LeaseRole.TENANT), ("沈知微", LeaseRole.CO_TENANT), ("顾建国", LeaseRole.GUARANTOR),
            ("周思齐", LeaseRole.AGENT),
        ]  # fmt: skip
        assert [side.basis for side in page.parties][2:] == ["连带责任保证", people[3].basis]
        assert {(row.name, row.relation) for row in page.occupants} == {
            ("顾听澜", ""), ("陆远", "配偶"), ("沈知微", ""), ("陆小小", "女儿"),
        }  # fmt: skip
        record = party_record.party_record(reading, news.party_id)
        assert record.vehicles == ("川A·8K3Z7", "川A·D12345")
        surety = next(side.party_id for side in page.parties if side.role is LeaseRole.GUARANTOR)
        theirs = party_record.party_record(reading, surety)
        assert [(row.role, row.words) for row in theirs.leases_of_others] == [(LeaseRole.GUARANTOR, "1 栋 301 顾听澜")]
        assert theirs.leases == ()
        assert [hit.name for hit in party_search.find_parties(reading, "gujianguo")] == ["顾建国"]
    with office.reading() as session:
        given = session.execute(sa.select(Consent.kind, Consent.by_party_id).where(Consent.kind == "under_14")).all()
        assert [(row.kind, row.by_party_id) for row in given] == [("under_14", news.party_id)]
        assert session.scalar(sa.select(sa.func.count()).select_from(Vehicle)) == 2
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_guarantor_has_no_home_by_it(office: Office) -> None:
    """Lists and the search know who rents and who only answers for them."""
    clerk = sit_down(office, "front_desk")
    store(office, clerk, people=[other(Role.GUARANTOR, "顾建国", 14)])
    with look(office, clerk) as reading:
        hit = party_search.find_parties(reading, "顾建国")[0]
        assert hit.rooms == ""
        inside = party_lists.PartyFilter(party_lists.PartyScope.INSIDE)
        assert [row.name for row in party_lists.list_parties(reading, inside, Span(0, 10))] == ["顾听澜"]


def test_a_minor_and_the_guardian(office: Office, databases: Databases, tmp_path: Path) -> None:
    clerk = sit_down(office, "front_desk")
    news = store(office, clerk, party=young(12), people=[other(Role.GUARDIAN, "顾母", 14)])
    with office.reading() as session:
        relation = session.execute(
            sa.select(PartyRelation.kind, PartyRelation.words, Party.name)
            .join(Party, Party.id == PartyRelation.other_id)
            .where(PartyRelation.party_id == news.party_id, PartyRelation.kind == "guardian")
        ).one()
        assert tuple(relation) == ("guardian", "母亲", "顾母")
        assert session.scalar(sa.select(sa.func.count()).select_from(Occupant)) == 1, "the guardian lives elsewhere"
        given = session.execute(sa.select(Consent.party_id).where(Consent.kind == "under_14")).scalars().all()
        assert list(given) == [news.party_id]
    with look(office, clerk) as reading:
        guardian = leases.lease_page(reading, news.lease_id).parties[1]
        assert (guardian.role, guardian.relation) == (LeaseRole.GUARDIAN, "母亲")
        record = party_record.party_record(reading, guardian.party_id)
        assert [(row.name, row.caption) for row in record.related_to] == [("顾听澜", "监护")]
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_company_rents(office: Office, databases: Databases, tmp_path: Path) -> None:
    clerk = sit_down(office, "front_desk")
    news = store(office, clerk, company=company(), people=[other(Role.HOUSEHOLD, "陆远", 12, relation="员工")])
    with look(office, clerk) as reading:
        page = leases.lease_page(reading, news.lease_id)
        assert page.row.tenant == "青川样例科技有限公司"
        assert page.row.tenant_id == news.party_id
        handler = page.parties[1]
        assert (handler.name, handler.role, handler.relation) == ("顾听澜", LeaseRole.AGENT, "经办人")
        assert [row.name for row in page.occupants] == ["陆远"]
        record = party_record.party_record(reading, news.party_id)
        assert record.page.kind is PartyKind.ORGANISATION
        assert {(row.kind, row.name) for row in record.page.relations if row.kind != "emergency"} == {
            ("legal_person", "沈望舒"), ("handler", "顾听澜"), ("household", "陆远"),
        }  # fmt: skip
        assert record.page.contacts[0].value.text == "138****5678", "who is called about the rent is the handler"
        assert {bill.debtor_id for bill in billing.bills_of(reading, lease_id=news.lease_id)} == {news.party_id}
        told = {row.kind for row in party_record.party_record(reading, handler.party_id).consents}
        assert told == {"notice"}
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_the_same_company_comes_again(office: Office) -> None:
    """Found by its code; another legal person takes the place of the former one."""
    clerk = sit_down(office, "front_desk")
    first = store(office, clerk, company=company())
    with look(office, clerk) as reading:
        found = returning.who_returns(reading, DocumentKind.BUSINESS_LICENCE, CODE)
    assert found is not None
    assert (found.id, found.kind) == (first.party_id, PartyKind.ORGANISATION)
    again = company(party_id=found.id, legal_person="宋怀瑾")
    second = store(
        office, clerk, room_id=rooms_of(office)[1], party=person("林以宁", 2, phone="13800000002"), company=again
    )
    assert second.party_id == first.party_id
    with look(office, clerk) as reading:
        record = party_record.party_record(reading, first.party_id)
        people = [(row.kind, row.name) for row in record.page.relations if row.kind == "legal_person"]
        assert people == [("legal_person", "宋怀瑾")]
        assert len(record.leases or ()) == 2


def test_a_known_person_is_no_second_party(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    surety = other(Role.GUARANTOR, "顾建国", 14)
    store(office, clerk, people=[surety])
    with look(office, clerk) as reading:
        assert surety.party.document is not None
        found = returning.who_returns(reading, DocumentKind.ID_CARD, surety.party.document.number)
    assert found is not None
    assert "为 1 份租约做过保证人" in found.history
    store(
        office, clerk, room_id=rooms_of(office)[1], party=person("林以宁", 2, phone="13800000002"),
        people=[replace(surety, party_id=found.id)],
    )  # fmt: skip
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Party).where(Party.name == "顾建国")) == 1


def test_what_is_wrong_with_the_others_leaves_no_trace(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    with pytest.raises(ProblemsFound) as caught:
        store(office, clerk, people=[other(Role.AGENT, "周思齐", 15, basis="")])
    assert caught.value.problems.keys() == {"people.0.basis"}
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Lease)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 0


def test_killed_between_the_others_and_the_lease_nothing_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = sit_down(office, "front_desk")

    def fault(name: str) -> None:
        if name == "check_in.people":
            raise KeyboardInterrupt

    monkeypatch.setattr(office.world, "fault", fault)
    with pytest.raises(KeyboardInterrupt):
        store(office, clerk, people=[other(Role.GUARANTOR, "顾建国", 14)])
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 0


# ---- somebody who returns ------------------------------------------------------------------------------------------


def test_history_and_warnings_of_somebody_who_returns(office: Office, world: Any) -> None:
    clerk = sit_down(office, "front_desk", "cashier")
    known = person()
    assert known.document is not None
    check_in(office, clerk, rooms_of(office)[0], known)
    world.set_now(world.now() + timedelta(days=10))
    with look(office, clerk) as reading:
        found = returning.who_returns(reading, DocumentKind.ID_CARD, known.document.number)
        assert returning.who_returns(reading, DocumentKind.ID_CARD, make_id_number(date(1980, 1, 1), "male")) is None
    assert found is not None
    assert found.history == ()
    assert found.warnings[0].startswith("现在租着 1 栋 301，到 ")
    assert found.warnings[1] == f"还欠 ¥{Money.yuan(7440)}：先收清，或请主管定"


def test_money_is_told_only_to_whoever_may_see_bills(office: Office, world: Any) -> None:
    clerk = sit_down(office, "manager")
    known = person()
    assert known.document is not None
    check_in(office, clerk, rooms_of(office)[0], known)
    world.set_now(world.now() + timedelta(days=10))
    blind = replace(clerk, rights=clerk.rights - {Right.SEE_BILLS})
    with look(office, blind) as reading:
        found = returning.who_returns(reading, DocumentKind.ID_CARD, known.document.number)
    assert found is not None
    assert not any("欠" in words for words in found.warnings)


# ---- paper ---------------------------------------------------------------------------------------------------------


def _words(pdf: bytes) -> str:
    """The text of a paper as if no line of it were broken."""
    return "".join(pdf_text(pdf)).replace("\n", "")


def test_the_lease_names_everybody(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    people = [
        other(Role.HOUSEHOLD, "陆远", 12),
        other(Role.CO_TENANT, "沈知微", 13),
        other(Role.GUARANTOR, "顾建国", 14),
    ]
    news = store(office, clerk, people=people)
    with look(office, clerk) as reading:
        text = _words(papers.preview_lease(reading, news.lease_id))
        draft = _words(papers.draft_lease(reading, form_of(office, people=people)))
    for found in (text, draft):
        for words in ("共同承租人", "沈知微", "陆远", "配偶", "保证人", "顾建国", "连带责任保证"):
            assert words in found, words


def test_the_lease_of_a_company_and_of_a_minor(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    first = store(office, clerk, company=company())
    minor = person("顾小满", 2, date(2014, 6, 1), "13800000002")
    second = store(office, clerk, room_id=rooms_of(office)[1], party=minor, people=[other(Role.GUARDIAN, "顾母", 14)])
    with look(office, clerk) as reading:
        firm = _words(papers.preview_lease(reading, first.lease_id))
        child = _words(papers.preview_lease(reading, second.lease_id))
        with look(office, PROGRAM) as inner:
            inner.authorised += 1
            sides = lease_sides.of_lease(inner, leases.lease_facts(inner, first.lease_id).parties)
    for words in ("青川样例科技有限公司", "法定代表人", "沈望舒", "经办人", "顾听澜", "授权委托书 2026-11-20"):
        assert words in firm, words
    for words in ("监护人（母亲）", "顾母", "法定代理（父母）"):
        assert words in child, words
    assert sides.tenants[0].number == CODE
