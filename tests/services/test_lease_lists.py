"""The list of leases on both engines: states that come from dates, buildings, search, paging by key; the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest

from desktop.models.values import NIL, LeaseState, MeterKind, Money, PayMethod, Right, total
from desktop.services import (
    attachments,
    billing,
    check_in_forms,
    check_ins,
    lease_lists,
    lease_moves,
    lease_record,
    lease_words,
    leases,
    papers,
    payments,
    places,
    rent_charges,
)
from desktop.services.acts import Op
from desktop.services.conditions import chosen_of, days_of
from desktop.services.errors import Refused
from desktop.services.handover import ReadingForm
from desktop.services.lease_lists import (
    LeaseFilter,
    LeaseOrder,
    LeaseScope,
    count_leases,
    lease_figures,
    list_leases,
)
from desktop.services.lease_record import Paid
from desktop.services.lease_terms import LeaseTerms, RentStep
from desktop.services.leases import LeaseRow
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms

ALL = LeaseFilter(LeaseScope.ALL)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def lived(office: Office, clerk: Actor, world: SeededWorld) -> dict[str, UUID]:
    """A lease in every state that a list tells apart, as of three months after they began."""
    rooms, people, today = rooms_of(office), many(8), world.today()
    in_92 = today + timedelta(days=92)
    made = {
        "long": check_in(office, clerk, rooms[0], people[0]),
        "expiring": check_in(office, clerk, rooms[1], people[1], terms(today, 4)),
        "overstayed": check_in(office, clerk, rooms[2], people[2], terms(today, 2)),
        "ends_today": check_in(office, clerk, rooms[3], people[3], replace(terms(today), end=in_92)),
        "noticed": check_in(office, clerk, rooms[4], people[4]),
        "moved_out": check_in(office, clerk, rooms[5], people[5]),
    }  # fmt: skip
    world.advance(timedelta(days=92))
    made["coming"] = check_in(office, clerk, rooms[6], people[6], terms(world.today() + timedelta(days=5)))
    made["cancelled"] = check_in(office, clerk, rooms[7], people[7], terms(world.today() + timedelta(days=5)))
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, made["noticed"].lease_id)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, made["moved_out"].lease_id)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, made["cancelled"].lease_id, "客户改租别处")
    return {key: news.lease_id for key, news in made.items()}


def listed(
    office: Office, wanted: LeaseFilter, order: LeaseOrder | None = None, actor: Actor = PROGRAM
) -> list[LeaseRow]:
    with look(office, actor) as reading:
        rows = list_leases(reading, wanted, Span(0, 100), order)
        assert count_leases(reading, wanted) == len(rows)
    return rows


def test_states_that_come_from_the_dates(office: Office, lived: dict[str, UUID], world: SeededWorld) -> None:
    keys = {lease_id: key for key, lease_id in lived.items()}
    found = {
        scope: {keys[row.id] for row in listed(office, LeaseFilter(scope))} for scope in LeaseScope
    }  # fmt: skip
    assert found == {
        LeaseScope.CURRENT: {"long", "expiring", "overstayed", "ends_today", "noticed"},
        LeaseScope.EXPIRING: {"expiring", "ends_today"},
        LeaseScope.OVERSTAYED: {"overstayed"},
        LeaseScope.COMING: {"coming"},
        LeaseScope.LEAVING: {"moved_out"},
        LeaseScope.ALL: set(lived),
    }
    with look(office, PROGRAM) as reading:
        figures = lease_figures(reading)
    assert figures.counts == {scope: len(some) for scope, some in found.items()}
    assert figures.expiring_days == 30
    words = {keys[row.id]: row.word(world.today(), figures.expiring_days) for row in listed(office, ALL)}
    assert words == {
        "long": "在租", "expiring": "将到期", "overstayed": "期满未退", "ends_today": "将到期", "noticed": "已通知退租",
        "moved_out": "已搬离", "coming": "待入住", "cancelled": "已撤销",
    }  # fmt: skip
    world.advance(timedelta(days=1))
    assert {keys[row.id] for row in listed(office, LeaseFilter(LeaseScope.OVERSTAYED))} == {"overstayed", "ends_today"}


def test_without_an_order_what_ends_first_or_the_newest(office: Office, lived: dict[str, UUID]) -> None:
    assert [row.id for row in listed(office, LeaseFilter(LeaseScope.EXPIRING))] == [
        lived["ends_today"], lived["expiring"]
    ]  # fmt: skip
    newest = [row.number for row in listed(office, ALL)]
    assert newest == sorted(newest, reverse=True)


def test_by_building_room_name_and_number(office: Office, lived: dict[str, UUID]) -> None:
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft("301", 3)]))
    with look(office, PROGRAM) as reading:
        buildings = lease_lists.lease_conditions(reading)[0].choices
    first, second = (chosen_of({"building": [choice.value]}) for choice in buildings)
    assert [choice.words for choice in buildings] == ["1 栋", "2 栋"]
    assert len(listed(office, replace(ALL, chosen=first))) == 8
    assert listed(office, replace(ALL, chosen=second)) == []
    both = chosen_of({"building": [choice.value for choice in buildings]})
    assert len(listed(office, replace(ALL, chosen=both))) == 8
    with look(office, PROGRAM) as reading:
        assert set(lease_figures(reading, chosen=second).counts.values()) == {0}
        assert lease_figures(reading, text="林以宁").counts[LeaseScope.EXPIRING] == 1
    row = next(row for row in listed(office, ALL) if row.id == lived["expiring"])
    for text in ("林以宁", "lyn", "linyin", "302", row.number, row.number.lower(), row.number[-4:], "13800000001"):
        assert lived["expiring"] in {each.id for each in listed(office, replace(ALL, text=text))}, text
    assert listed(office, replace(ALL, text="%")) == []
    assert listed(office, replace(ALL, text="查无此人")) == []


def test_the_orders_of_the_columns(office: Office, lived: dict[str, UUID]) -> None:
    assert [row.room[-3:] for row in listed(office, ALL, LeaseOrder.ROOM)] == [
        "201", "202", "203", "204", "301", "302", "303", "304"
    ]  # fmt: skip
    assert [row.tenant for row in listed(office, ALL, LeaseOrder.TENANT)] == [
        "程晨", "林以宁", "乔木", "沈知微", "宋怀瑾", "苏望舒", "许朗", "周思齐"
    ]  # fmt: skip
    for order in (LeaseOrder.START, LeaseOrder.END, LeaseOrder.RENT, LeaseOrder.OWED):
        values = [getattr(row, order.value) for row in listed(office, ALL, order)]
        assert values == sorted(values), order


@pytest.mark.parametrize("order", list(LeaseOrder))
def test_pages_by_key_tile_the_list_in_both_directions(
    office: Office, lived: dict[str, UUID], order: LeaseOrder
) -> None:
    with look(office, PROGRAM) as reading:
        for down in (False, True):

            def page(span: Span, down: bool = down) -> list[UUID]:
                return [row.id for row in list_leases(reading, ALL, replace(span, descending=down), order)]

            whole = page(Span(0, 100))
            assert set(whole) == set(lived.values())
            forward = [whole[:3]]
            while forward[-1]:
                forward.append(page(Span(99, 3, after=forward[-1][-1])))
            assert [each for part in forward for each in part] == whole
            for at, following in pairwise(range(0, 8, 3)):
                assert page(Span(99, 3, before=whole[following])) == whole[at:following]


def test_a_lease_with_later_terms_stands_once_with_the_latest(office: Office, lived: dict[str, UUID]) -> None:
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        row = leases.term_row(lived["long"], terms(work.world.today(), 12, Money.yuan(2100)), "居住")
        work.add(row)
        work.record()
    found = [row for row in listed(office, ALL) if row.id == lived["long"]]
    assert [row.rent for row in found] == [Money.yuan(2100)]


def test_without_the_right_to_see_bills_there_is_no_debt(office: Office, lived: dict[str, UUID]) -> None:
    keeper = Actor(None, "只看租约", frozenset({Right.SEE_LEASES}))
    assert any(row.owed > NIL for row in listed(office, ALL))
    assert all(row.owed == NIL for row in listed(office, ALL, LeaseOrder.OWED, keeper))
    # Nor are persons found by their sealed numbers.
    assert listed(office, replace(ALL, text="13800000001"), actor=keeper) == []


# ---- the record ------------------------------------------------------------------------------------------------


def test_every_bill_of_the_schedule_says_what_became_of_it(office: Office, clerk: Actor, world: SeededWorld) -> None:
    news = check_in(office, clerk, rooms_of(office)[0], person(), LeaseTerms(
        world.today(), terms(world.today()).end, Money.yuan(1860), 1, Money.yuan(1860),
        property_price=Decimal("1.8"), property_area=Decimal("46.2"), property_cycle_months=12,
    ))  # fmt: skip

    def states() -> list[tuple[str, Paid]]:
        with look(office, clerk) as reading:
            record = lease_record.lease_record(reading, news.lease_id)
        return [(each.planned.title, each.paid) for each in record.periods if each.planned.number < 4]

    def pay(which: str, amount: Money | None = None) -> None:
        with look(office, PROGRAM) as reading:
            bills = billing.bills_of(reading, lease_id=news.lease_id, open_only=True)
        bill = next(bill for bill in bills if bill.title == which)
        tender = payments.TenderForm(PayMethod.CASH, amount or bill.owed)
        order = payments.TakePayment(news.party_id, {bill.id: amount or bill.owed}, [tender])
        with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
            payments.take_payment(work, order)

    first = dict(states())
    assert first == {
        "押金": Paid.OPEN, "第 1 期": Paid.OPEN, "物业费": Paid.OPEN, "第 2 期": Paid.PLANNED, "第 3 期": Paid.PLANNED
    }  # fmt: skip
    pay("押金")
    pay("租金 第 1 期", Money.yuan(60))
    now = dict(states())
    assert (now["押金"], now["第 1 期"]) == (Paid.PAID, Paid.PART)
    world.advance(timedelta(days=26))
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    now = dict(states())
    assert (now["第 1 期"], now["第 2 期"], now["第 3 期"]) == (Paid.OVERDUE, Paid.OPEN, Paid.PLANNED)
    with look(office, clerk) as reading:
        record = lease_record.lease_record(reading, news.lease_id)
    assert record.overdue(world.today()) == record.due(world.today()) > Money.yuan(1800)
    assert record.bills is not None
    assert total(bill.owed for bill in record.bills) == total(each.owed for each in record.periods if each.bill_id)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, news.lease_id)
    assert dict(states())["第 2 期"] is Paid.TAKEN_BACK


def test_the_record_says_what_may_happen_next(office: Office, lived: dict[str, UUID], clerk: Actor) -> None:
    with look(office, clerk) as reading:
        moves = {key: lease_record.lease_record(reading, lease_id).moves for key, lease_id in lived.items()}
        record = lease_record.lease_record(reading, lived["noticed"])
    assert moves["long"] == ("give_notice", "move_out", "renew")
    assert moves["noticed"] == ("withdraw_notice", "move_out", "renew")
    assert moves["coming"] == ("move_in", "cancel")
    assert moves["moved_out"] == ("settle",)
    assert moves["cancelled"] == ()
    assert record.notice_on == office.world.today()
    assert record.phone is not None
    assert record.phone.text == "138****0004"
    assert record.template == 1
    assert [event.title for event in record.events] == ["登记退租通知", "办理入住"]


def test_moved_in_and_out_the_record_has_readings_keys_and_files(
    office: Office, clerk: Actor, world: SeededWorld
) -> None:
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(world.today()), party=person(), matched=True, notice_told=True, keys=2, cards=1,
        readings=[ReadingForm(MeterKind.WATER, Decimal("356.5"))],
        photos=[attachments.FileForm("客厅", "image/png", b"\x89PNG no picture")],
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        news = check_ins.check_in(work, form)
    with look(office, clerk) as reading:
        page = lease_record.lease_record(reading, news.lease_id).page
        assert attachments.read_file(reading, page.files[0].id).data == b"\x89PNG no picture"
    assert (page.row.state, page.keys_out) == (LeaseState.ACTIVE, (("钥匙", 2), ("门卡", 1)))
    assert [(row.kind, row.value) for row in page.readings] == [(MeterKind.WATER, Decimal("356.500"))]
    assert [(row.kind, row.title) for row in page.files] == [("condition_photo", "客厅")]


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_printed_lease_is_opened_by_an_act_that_is_kept(office: Office, clerk: Actor) -> None:
    """It shows whole numbers: who may not reveal them may not open it, and who does leaves a line."""
    news = check_in(office, clerk, rooms_of(office)[0])
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        printed = papers.print_lease(work, news.lease_id)
    with look(office, clerk) as reading:
        file_id = lease_record.lease_record(reading, news.lease_id).page.files[0].id
    with pytest.raises(Refused), look(office, clerk) as reading:
        attachments.read_file(reading, file_id)
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused), begin(office, auditor, Op.REVEAL) as work:
        attachments.reveal_file(work, file_id)
    with begin(office, clerk, Op.REVEAL) as work:
        assert attachments.reveal_file(work, file_id).data == printed.pdf
    with look(office, clerk) as reading:
        latest = lease_record.lease_record(reading, news.lease_id).events[0]
    assert (latest.title, latest.who) == ("查看租约原件", "林小满")


# ---- words -----------------------------------------------------------------------------------------------------


def test_terms_in_the_words_of_the_desk() -> None:
    base = LeaseTerms(date(2026, 11, 25), date(2027, 11, 24), Money.yuan(1860), 3, Money.yuan(1860))
    assert lease_words.pay_words(base) == "押一付三"
    assert lease_words.pay_words(replace(base, deposit=NIL, cycle_months=1)) == "无押金付一"
    assert lease_words.pay_words(replace(base, deposit=Money.yuan(2000))) == "押 2,000.00 付三"
    assert lease_words.pay_words(replace(base, cycle_months=12)) == "押一，年付"
    assert lease_words.pay_words(replace(base, cycle_months=6)) == "押一，半年付"
    assert lease_words.pay_words(replace(base, cycle_months=18)) == "押一每 18 个月付"
    assert lease_words.due_words(base) == "每期首日"
    assert lease_words.due_words(replace(base, pay_ahead_days=7)) == "每期提前 7 天"
    assert lease_words.late_words(base) == "每天 0.5‰"
    assert lease_words.late_words(replace(base, late_fee_per_mille=Decimal(0))) == "没有约定"
    assert lease_words.property_words(base) == "含在租金内"
    charged = replace(base, property_price=Decimal("1.800000"), property_area=Decimal("46.20"), property_cycle_months=3)
    assert lease_words.property_words(charged) == "1.8 元/m² × 46.2 m²，每 3 个月"
    assert lease_words.free_words(replace(base, free_days=10)) == "10 天，从首期扣"
    stepped = replace(base, steps=(RentStep(date(2027, 5, 25), Money.yuan(1960)),))
    assert lease_words.step_words(stepped) == ["2027-05-25 起 1,960.00"]


def test_every_value_of_every_condition_lets_through_what_it_says(office: Office, lived: dict[str, UUID]) -> None:
    today = office.world.today()
    rows = {row.id: row for row in listed(office, ALL)}

    def found(**values: list[str]) -> set[UUID]:
        return {row.id for row in listed(office, replace(ALL, chosen=chosen_of(values)))}

    for days in (7, 30, 60, 90):
        ends = {row.id for row in rows.values() if today <= row.end <= today + timedelta(days=days)}
        assert found(end=[str(days)]) == ends
    assert lived["expiring"] in found(end=["30"])
    for name in ("month", "last_month", "next_month", "year"):
        first, last = days_of(name, today)
        assert found(start=[name]) == {row.id for row in rows.values() if first <= row.start <= last}, name
    assert found(end=["month"]) == {row.id for row in rows.values() if (row.end.year, row.end.month) == (
        today.year, today.month)}  # fmt: skip
    for value in ("0-1000", "1000-2000", "2000-3000", "5000-"):
        least, _, most = value.partition("-")
        upper = Money.yuan(most or 10**9)
        assert found(rent=[value]) == {row.id for row in rows.values() if Money.yuan(least) <= row.rent < upper}, value
    owing = {row.id for row in rows.values() if row.owed > NIL}
    assert found(arrears=["any"]) == owing != set()
    assert found(arrears=["none"]) == set(rows) - owing
    assert found(arrears=["any"], end=["7"]) == owing & found(end=["7"])
    assert found(mark=["no_phone"]) == set()
    assert found(end=["odd"], rent=["odd"]) == set()
    repair = Actor(office.world.new_id(), "魏修", frozenset({Right.SEE_LEASES}))
    with look(office, repair) as reading:
        assert [each.key for each in lease_lists.lease_conditions(reading)] == ["building", "end", "start", "rent"]
        assert list_leases(reading, replace(ALL, chosen=chosen_of({"arrears": ["any"]})), Span(0, 10)) == []
