"""The list of parties on both engines: scopes and figures, every way to search, paging by key, the party's record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.parties import Contact, PersonDocument, Vehicle
from desktop.models.values import NIL, Money, PayMethod, Right, add_months, total
from desktop.services import (
    billing,
    check_in_forms,
    check_ins,
    lease_moves,
    notes,
    party_record,
    payments,
    receipts,
    rent_charges,
    reversals,
)
from desktop.services.acts import Op
from desktop.services.check_in_people import PersonForm, Role
from desktop.services.conditions import chosen_of
from desktop.services.office import Office
from desktop.services.paging import Counted, Span
from desktop.services.party_lists import (
    PartyFilter,
    PartyOrder,
    PartyRow,
    PartyScope,
    Standing,
    count_parties,
    list_parties,
    party_conditions,
    party_figures,
)
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms

EVERYBODY = PartyFilter(PartyScope.EVERYBODY)


def pay(office: Office, party_id: UUID) -> None:
    """Take everything that is open of a party, by WeChat."""
    with look(office, PROGRAM) as reading:
        open_ = {bill.id: bill.owed for bill in billing.bills_of(reading, party_id=party_id, open_only=True)}
    tender = payments.TenderForm(PayMethod.WECHAT, total(open_.values()), "4200001")
    with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, payments.TakePayment(party_id, open_, [tender]))


def post(office: Office) -> None:
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)


@pytest.fixture
def lived(office: Office, world: SeededWorld) -> dict[str, UUID]:
    """One who pays, one who owes, one who comes in a week, one who moved out and one who moved out owing."""
    clerk, rooms, people = sit_down(office, "front_desk"), rooms_of(office), many(5)
    today = world.today()
    pays = check_in(office, clerk, rooms[0], people[0])
    owes = check_in(office, clerk, rooms[1], people[1])
    comes = check_in(office, clerk, rooms[2], people[2], terms(today + timedelta(days=7)))
    left = check_in(office, clerk, rooms[3], people[3])
    left_owing = check_in(office, clerk, rooms[4], people[4])
    for news in (pays, comes, left):
        pay(office, news.party_id)
    world.advance(timedelta(days=3))
    for news in (left, left_owing):
        with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
            lease_moves.move_out(work, news.lease_id)
    return {
        "pays": pays.party_id, "owes": owes.party_id, "comes": comes.party_id, "left": left.party_id,
        "left_owing": left_owing.party_id,
    }  # fmt: skip


def names(
    office: Office, wanted: PartyFilter, order: PartyOrder = PartyOrder.KNOWN, actor: Actor = PROGRAM
) -> list[str]:
    with look(office, actor) as reading:
        rows = list_parties(reading, wanted, Span(0, 100), order)
        assert count_parties(reading, wanted) == Counted(len(rows))
    return [row.name for row in rows]


def rows_of(office: Office, wanted: PartyFilter = EVERYBODY, actor: Actor = PROGRAM) -> dict[UUID, PartyRow]:
    with look(office, actor) as reading:
        return {row.id: row for row in list_parties(reading, wanted, Span(0, 100))}


def test_each_scope_holds_whom_it_says(office: Office, lived: dict[str, UUID]) -> None:
    found = {
        scope: {key for key, party_id in lived.items() if party_id in rows_of(office, PartyFilter(scope))}
        for scope in PartyScope
    }
    assert found == {
        PartyScope.INSIDE: {"pays", "owes"},
        PartyScope.OWING: {"owes", "left_owing"},
        PartyScope.COMING: {"comes"},
        PartyScope.FORMER: {"left", "left_owing"},
        PartyScope.EVERYBODY: set(lived),
    }
    with look(office, PROGRAM) as reading:
        figures = party_figures(reading)
    # Everybody: five tenants and the emergency contact of each.
    assert {scope: found.rows for scope, found in figures.items()} == {
        PartyScope.INSIDE: 2, PartyScope.OWING: 2, PartyScope.COMING: 1, PartyScope.FORMER: 2, PartyScope.EVERYBODY: 10
    }  # fmt: skip


def test_a_row_says_who_where_and_how_much(office: Office, lived: dict[str, UUID]) -> None:
    rows = rows_of(office)
    owes, comes, left = rows[lived["owes"]], rows[lived["comes"]], rows[lived["left"]]
    assert (owes.name, owes.phone, owes.standing) == ("林以宁", "138****0001", Standing.INSIDE)
    assert owes.rooms == ("1 栋 302",)
    assert owes.owed == Money.yuan(7440)
    assert (comes.standing, comes.owed) == (Standing.COMING, NIL)
    assert (left.standing, left.rooms) == (Standing.FORMER, ("1 栋 304",))
    assert rows[lived["left_owing"]].owed > NIL
    others = [row for row in rows.values() if row.standing is Standing.NONE]
    assert len(others) == 5
    assert {row.name for row in others} == {"顾知夏"}


def test_whoever_moves_back_in_is_inside_again(office: Office, lived: dict[str, UUID], world: SeededWorld) -> None:
    clerk, room = sit_down(office, "front_desk", login="again"), rooms_of(office)[5]
    request = check_in_forms.CheckIn(
        room, terms(world.today()), party_id=lived["left"], matched=True, notice_told=True
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, request)
    row = rows_of(office)[lived["left"]]
    assert (row.standing, row.rooms) == (Standing.INSIDE, ("1 栋 202",))
    assert lived["left"] not in rows_of(office, PartyFilter(PartyScope.FORMER))


def test_found_by_name_sound_room_number_and_last_four(office: Office, lived: dict[str, UUID]) -> None:
    paper = many(2)[1].document
    assert paper is not None
    for text in (
        "林以宁",
        "以宁",
        "linyi",
        "lyn",
        "302",
        "13800000001",
        "138 0000 0001",
        paper.number,
        paper.number[-4:],
    ):
        assert "林以宁" in names(office, PartyFilter(PartyScope.EVERYBODY, text)), text
    assert names(office, PartyFilter(PartyScope.FORMER, "林以宁")) == []
    assert names(office, PartyFilter(PartyScope.EVERYBODY, "查无此人")) == []
    assert names(office, PartyFilter(PartyScope.EVERYBODY, "%")) == []
    assert len(names(office, PartyFilter(PartyScope.EVERYBODY, "  "))) == 10
    # Where somebody lived is no way to find them once they have left.
    assert names(office, PartyFilter(PartyScope.EVERYBODY, "304")) == []
    with look(office, PROGRAM) as reading:
        assert party_figures(reading, "林")[PartyScope.INSIDE].rows == 1
        assert party_figures(reading, "林")[PartyScope.FORMER].rows == 0


def test_ordered_by_sound_and_by_debt(office: Office, lived: dict[str, UUID]) -> None:
    assert names(office, EVERYBODY, PartyOrder.NAME) == [
        "程晨", *["顾知夏"] * 5, "林以宁", "沈知微", "许朗", "周思齐"
    ]  # fmt: skip
    with look(office, PROGRAM) as reading:
        rows = list_parties(reading, EVERYBODY, Span(0, 3, descending=True), PartyOrder.OWED)
    assert {row.id for row in rows[:2]} == {lived["owes"], lived["left_owing"]}
    assert rows[0].owed >= rows[1].owed > rows[2].owed == NIL


@pytest.mark.parametrize("order", list(PartyOrder))
@pytest.mark.parametrize("descending", [False, True])
def test_pages_by_key_tile_the_list_in_both_directions(office: Office, order: PartyOrder, descending: bool) -> None:
    clerk = sit_down(office, "front_desk")
    for room, form in zip(rooms_of(office), many(9), strict=False):
        check_in(office, clerk, room, form)
    with look(office, PROGRAM) as reading:

        def page(span: Span) -> list[UUID]:
            return [row.id for row in list_parties(reading, EVERYBODY, replace(span, descending=descending), order)]

        whole = page(Span(0, 100))
        assert len(whole) == len(set(whole)) == 18
        by_offset = [page(Span(at, 5)) for at in range(0, 18, 5)]
        assert [each for part in by_offset for each in part] == whole
        forward = [whole[:5]]
        while forward[-1]:
            # A wrong offset beside a known neighbour must not matter.
            forward.append(page(Span(99, 5, after=forward[-1][-1])))
        assert [each for part in forward for each in part] == whole
        for at, following in pairwise(range(0, 18, 4)):
            assert page(Span(99, 4, before=whole[following])) == whole[at:following]


def test_a_neighbour_that_left_the_list_leads_nobody_astray(office: Office, lived: dict[str, UUID]) -> None:
    wanted = PartyFilter(PartyScope.INSIDE)
    with look(office, PROGRAM) as reading:
        whole = [row.id for row in list_parties(reading, wanted, Span(0, 10))]
        assert [row.id for row in list_parties(reading, wanted, Span(1, 10, after=lived["left"]))] == whole[1:]


def test_without_the_right_to_see_bills_there_is_no_debt(office: Office, lived: dict[str, UUID]) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    assert Right.SEE_BILLS not in lead.rights
    assert names(office, PartyFilter(PartyScope.OWING), actor=lead) == []
    assert all(row.owed == NIL for row in rows_of(office, actor=lead).values())


# ---- the record ------------------------------------------------------------------------------------------------


def test_the_record_gathers_everything_around_a_party(office: Office, world: SeededWorld) -> None:
    clerk = sit_down(office, "front_desk")
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(world.today()), party=person(), matched=True, notice_told=True, keys=2, cards=1,
        people=[
            PersonForm(Role.HOUSEHOLD, replace(person("陆远", sequence=2), emergency=None), relation="配偶")
        ],
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        news = check_ins.check_in(work, form)
    pay(office, news.party_id)
    world.set_now(world.now() + timedelta(days=97))
    post(office)
    with look(office, clerk) as reading:
        record = party_record.party_record(reading, news.party_id)
    today = world.today()
    assert record.page.documents[0].matched_by == "林小满"
    assert [name for _, name in record.occupants] == ["陆远"]
    assert record.keys == (("钥匙", 2), ("门卡", 1))
    assert record.leases is not None
    assert [row.room for row in record.leases] == ["1 栋 301"]
    assert record.figures is not None
    assert record.figures.deposit_held == Money.yuan(1860)
    # The first period was paid on its day; the second is five days late.
    assert (record.figures.on_time, record.figures.periods) == (1, 2)
    assert [bill.title for bill in record.due(today)] == ["租金 第 2 期"]
    assert record.overdue(today) == Money.yuan(5580)
    assert record.deposits is not None
    assert [(each.amount, each.where, each.reversal) for each in record.deposits] == [
        (Money.yuan(1860), "1 栋 301", False)
    ]
    assert record.receipts is not None
    assert record.deposits[0].receipt == record.receipts[0].number
    assert [(row.kind, row.answer) for row in record.consents] == [("notice", "told")]
    assert record.events[-1].title == "办理入住"


def test_late_and_reversed_money_is_not_on_time(office: Office, world: SeededWorld) -> None:
    clerk = sit_down(office, "front_desk")
    news = check_in(office, clerk, rooms_of(office)[0])

    def punctual() -> tuple[int, int]:
        with look(office, PROGRAM) as reading:
            figures = party_record.party_record(reading, news.party_id).figures
        assert figures is not None
        return figures.on_time, figures.periods

    assert punctual() == (0, 0)  # due today and open: neither late nor counted
    pay(office, news.party_id)
    assert punctual() == (1, 1)
    with look(office, PROGRAM) as reading:
        payment_id = receipts.receipts_of(reading, party_id=news.party_id)[0].payment_id
    world.advance(timedelta(days=1))
    with begin(office, PROGRAM, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, payment_id, "付款方式录错")
    assert punctual() == (0, 1)
    with look(office, PROGRAM) as reading:
        record = party_record.party_record(reading, news.party_id)
    assert record.deposits is not None
    assert [(each.amount, each.reversal) for each in record.deposits] == [
        (-Money.yuan(1860), True), (Money.yuan(1860), False)
    ]  # fmt: skip
    pay(office, news.party_id)
    assert punctual() == (0, 1)  # paid again, but a day late


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_the_record_leaves_out_what_the_role_may_not_see(office: Office, lived: dict[str, UUID]) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    with look(office, lead) as reading:
        record = party_record.party_record(reading, lived["owes"])
    assert (record.leases, record.bills, record.receipts, record.deposits, record.figures, record.files) == (None,) * 6
    assert record.due(add_months(office.world.today(), 1)) == ()
    assert record.page.name == "林以宁"


def test_conditions_go_together_and_follow_the_scope(office: Office, lived: dict[str, UUID]) -> None:
    by_id = {party_id: key for key, party_id in lived.items()}
    with look(office, PROGRAM) as reading:
        known = {each.key: each for each in party_conditions(reading)}

        def found(scope: PartyScope = PartyScope.EVERYBODY, **values: list[str]) -> set[str]:
            wanted = PartyFilter(scope, chosen=chosen_of(values))
            rows = list_parties(reading, wanted, Span(0, 100))
            assert count_parties(reading, wanted) == Counted(len(rows))
            return {by_id[row.id] for row in rows if row.id in by_id}

        house = known["building"].choices[0].value
        assert [choice.words for choice in known["building"].choices] == ["1 栋"]
        assert found(building=[house]) == set(lived)
        assert found(PartyScope.INSIDE, building=[house]) == {"pays", "owes"}
        assert found(PartyScope.COMING, building=[house]) == {"comes"}
        assert found(PartyScope.FORMER, building=[house]) == {"left", "left_owing"}
        assert found(building=[office.world.new_id().hex]) == set()
        assert found(arrears=["any"]) == {"owes", "left_owing"}
        assert found(arrears=["30"]) == set()
        assert found(PartyScope.INSIDE, arrears=["any"], building=[house]) == {"owes"}
        assert found(PartyScope.FORMER, arrears=["none"]) == {"left"}
        assert found(kind=["organisation"]) == set()
        assert found(kind=["person", "organisation"]) == set(lived)
        assert found(mark=["vehicle", "expired"]) == set()
        figures = party_figures(reading, chosen=chosen_of({"arrears": ["any"]}))
        assert (figures[PartyScope.INSIDE].rows, figures[PartyScope.FORMER].rows) == (1, 1)
    blind = Actor(office.world.new_id(), "魏修", frozenset({Right.SEE_PARTIES}))
    with look(office, blind) as reading:
        assert "arrears" not in {each.key for each in party_conditions(reading)}
        assert list_parties(reading, PartyFilter(chosen=chosen_of({"arrears": ["none"]})), Span(0, 10)) == []


def test_marks_say_who_has_a_note_a_car_no_phone_or_an_old_paper(office: Office, lived: dict[str, UUID]) -> None:
    by_id = {party_id: key for key, party_id in lived.items()}
    with begin(office, PROGRAM, Op.ADD_NOTE) as work:
        notes.add_note(work, notes.NoteForm("半夜别打电话", party_id=lived["pays"], pinned=True))
        notes.add_note(work, notes.NoteForm("来过一次", party_id=lived["owes"]))
        work.add(Vehicle(party_id=lived["comes"], plate="川A·12345", colour=None, space_room_id=None))
        contact = work.session.scalars(sa.select(Contact).where(Contact.party_id == lived["left"])).all()
        for each in contact:
            each.deleted_at = work.at
        paper = work.session.scalars(sa.select(PersonDocument).where(PersonDocument.party_id == lived["owes"])).one()
        paper.valid_to, paper.long_term = office.world.today() - timedelta(days=1), False
    expected = {"note": "pays", "vehicle": "comes", "no_phone": "left", "expired": "owes"}
    with look(office, PROGRAM) as reading:
        for mark, who in expected.items():
            rows = list_parties(reading, replace(EVERYBODY, chosen=chosen_of({"mark": [mark]})), Span(0, 100))
            assert who in {by_id.get(row.id) for row in rows}, mark
            assert {by_id[row.id] for row in rows if row.id in by_id} == {who}, mark
