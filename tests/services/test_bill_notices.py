"""Bill notices: for whom there is one, what stands on it, a run as one job, and the code that leads to the till."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.payments import PrintEvent
from desktop.models.places import Building, Room
from desktop.models.printing import PrintJob
from desktop.models.values import NIL, Money, PayMethod, Right, Surplus, total
from desktop.services import (
    audit,
    bill_codes,
    bill_notice_prints,
    bill_notices,
    billing,
    check_ins,
    payments,
    places,
    print_again,
    print_queue,
    rent_charges,
    scan_codes,
    settings,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.bill_notice_prints import MadeNotices, NothingToNotify, PrintNotices
from desktop.services.bill_notices import FindNotices, NoticeRow, Notices
from desktop.services.errors import NotFound, Refused
from desktop.services.office import Office
from desktop.services.paper.bill_notice import BillNoticePaper
from desktop.services.print_events import Printed
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, many, sit_down
from tests.services.paper.samples import pdf_text
from tests.services.test_replay import prove

FAR = date(2030, 1, 1)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


@pytest.fixture
def people(office: Office, clerk: Actor) -> list[check_ins.CheckedIn]:
    """Four who moved in today: 1 栋 102, 301, 101 and, in the other house, 301."""
    with begin(office, clerk, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft("301", 3)]))
    with office.reading() as session:
        known = session.execute(sa.select(Room.id, Room.number, Building.name).join(Building)).all()
    rooms = {(row.name, row.number): row.id for row in known}
    chosen = [rooms["1 栋", "102"], rooms["1 栋", "301"], rooms["1 栋", "101"], rooms["2 栋", "301"]]
    return [check_in(office, clerk, room, form) for room, form in zip(chosen, many(4), strict=True)]


def find(office: Office, clerk: Actor, until: date = FAR, **wanted: object) -> Notices:
    with look(office, clerk) as reading:
        return bill_notices.find_notices(reading, FindNotices(until, **wanted))  # type: ignore[arg-type]


def papers(office: Office, clerk: Actor, rows: tuple[NoticeRow, ...]) -> list[BillNoticePaper]:
    """What stands on these notices, through the preview's own way."""
    with look(office, clerk) as reading:
        reading.authorised += 1
        stacks = bill_notices.papers_of(reading, [row.bill_ids for row in rows])
    return [paper for stack in stacks for paper in stack]


def pay(office: Office, clerk: Actor, party_id: UUID, amounts: dict[UUID, Money], given: Money | None = None) -> None:
    tender = payments.TenderForm(PayMethod.CASH, given or total(amounts.values()))
    surplus = Surplus.CREDIT if given is not None else None
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, payments.TakePayment(party_id, amounts, [tender], surplus))


def bills(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> list[billing.BillRow]:
    with look(office, clerk) as reading:
        return billing.bills_of(reading, lease_id=news.lease_id, open_only=True)


def make(office: Office, clerk: Actor, rows: tuple[NoticeRow, ...], from_sheet: int = 1) -> MadeNotices:
    request = PrintNotices(tuple(row.bill_ids for row in rows), FAR, from_sheet)
    with look(office, clerk) as reading:
        return bill_notice_prints.make_notices(reading, request)


def print_run(office: Office, clerk: Actor, rows: tuple[NoticeRow, ...]) -> Printed:
    made = make(office, clerk, rows)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        return bill_notice_prints.print_notices(work, made, "激光-02")


# ---- for whom ------------------------------------------------------------------------------------------------------


def test_a_stack_a_house_by_floor_and_room(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    found = find(office, clerk)
    assert [row.room for row in found.rows] == ["1 栋 101", "1 栋 102", "1 栋 301", "2 栋 301"]
    assert not found.more
    assert {row.amount for row in found.rows} == {Money.yuan(7440)}, "deposit and three months"
    assert {row.arrears for row in found.rows} == {NIL}
    assert all(row.printed is None for row in found.rows)
    other = [row for row in found.rows if row.building == "2 栋"]
    assert list(find(office, clerk, building_id=other[0].building_id).rows) == other


def test_only_what_is_open_and_due_by_the_day(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    yesterday = office.world.today() - timedelta(days=1)
    assert find(office, clerk, yesterday).rows == ()
    mine = bills(office, clerk, people[0])
    pay(office, clerk, people[0].party_id, {row.id: row.owed for row in mine})
    pay(office, clerk, people[1].party_id, {bills(office, clerk, people[1])[0].id: Money.yuan(1860)})
    rows = find(office, clerk).rows
    assert [row.room for row in rows] == ["1 栋 101", "1 栋 301", "2 栋 301"]
    assert [row.amount for row in rows] == [Money.yuan(7440), Money.yuan(5580), Money.yuan(7440)]


def test_chosen_bills_bring_what_is_overdue_of_the_same_room(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    office.world.advance(timedelta(days=95))  # type: ignore[attr-defined]
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    today = office.world.today()
    coming = [row for row in bills(office, clerk, people[0]) if row.due >= today - timedelta(days=7)]
    assert len(coming) == 1
    (row,) = find(office, clerk, today, bill_ids=(coming[0].id,)).rows
    assert row.debtor_id == people[0].party_id
    assert row.amount == Money.yuan(7440 + 5580)
    assert len(row.bill_ids) == 3
    (paper,) = papers(office, clerk, (row,))
    assert paper.total == row.amount
    assert paper.arrears == row.arrears
    assert [line.arrears for line in paper.lines].count(True) >= 2


def test_a_run_is_cut_at_its_limit_and_says_so(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bill_notices, "MOST", 3)
    found = find(office, clerk)
    assert (len(found.rows), found.more) == (3, True)


# ---- what stands on it ---------------------------------------------------------------------------------------------


def test_lines_payment_credit_and_sum(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    rent = next(row for row in bills(office, clerk, people[2]) if row.fee_type == "rent")
    pay(office, clerk, people[2].party_id, {rent.id: Money.yuan(2000)}, Money.yuan(2100))
    (paper, *_) = papers(office, clerk, find(office, clerk).rows)
    assert (paper.building, paper.number) == ("1 栋", "101")
    assert [(line.item, line.amount.fen, line.measured) for line in paper.lines] == [
        ("押金", 186000, ""), ("租金", 558000, "3 月 × 1,860.00"), ("已缴", -200000, ""),
    ]  # fmt: skip
    assert paper.lines[1].period == "2026-11-22 至 2027-02-21"
    assert (paper.total, paper.credit, paper.arrears) == (Money.yuan(5440), Money.yuan(100), NIL)
    assert paper.due == office.world.today()
    assert paper.code == bill_codes.code_of(find(office, clerk).rows[0].bill_ids[0])


def test_the_day_after_everything_is_arrears(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    rent = next(row for row in bills(office, clerk, people[2]) if row.fee_type == "rent")
    pay(office, clerk, people[2].party_id, {rent.id: Money.yuan(2000)})
    office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]
    (paper, *_) = papers(office, clerk, find(office, clerk).rows)
    assert paper.due is None
    assert paper.arrears == paper.total == Money.yuan(5440)
    assert [line.item for line in paper.lines] == ["押金", "租金 第 1 期"]
    assert paper.lines[1].why == "应缴 5,580.00，已缴 2,000.00"


def test_what_a_counter_line_took_back_whole_is_not_shown(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    """A line and its counter-line vanish; a bill of nothing but them has no notice."""
    rent = next(row for row in bills(office, clerk, people[2]) if row.fee_type == "rent")
    with begin(office, clerk, Op.POST_BILLS) as work:
        work.authorised += 1
        billing.counter_bills(work, [rent.id], "录错")
    (paper, *_) = papers(office, clerk, find(office, clerk).rows)
    assert [line.item for line in paper.lines] == ["押金"]
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BillLine).where(BillLine.bill_id == rent.id)) == 2


def test_names_are_masked_unless_the_office_says_otherwise(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    rows = find(office, clerk).rows
    assert rows[0].debtor == "周思齐", "the clerk's screen"
    assert papers(office, clerk, rows)[0].debtor == "周*齐"
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "bill_notice_full_names", True)
    assert papers(office, clerk, rows)[0].debtor == "周思齐"


# ---- printing ------------------------------------------------------------------------------------------------------


def test_a_run_is_one_act_one_file_one_job(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn], databases: Databases, tmp_path: Path
) -> None:
    rows = find(office, clerk).rows
    printed = print_run(office, clerk, rows)
    pages = pdf_text(printed.pdf)
    assert len(pages) == 3, "two sheets for the first house, one for the second"
    assert ["1 栋 101" in pages[0], "1 栋 301" in pages[0]] == [True, True]
    assert ["1 栋 102" in pages[1], "2 栋 301" in pages[2]] == [True, True]
    assert "本单不作为收据或发票" in pages[0]
    assert "人民币柒仟肆佰肆拾元整" in pages[0]
    assert "沈知微" not in "".join(pages)
    with look(office, clerk) as reading:
        events = reading.session.execute(sa.select(PrintEvent.subject_id, PrintEvent.ordinal, PrintEvent.paper)).all()
        assert {event.subject_id for event in events} == {row.bill_ids[0] for row in rows}
        assert {(event.ordinal, event.paper) for event in events} == {(0, "bill_notice")}
        entry = audit.list_audit(reading, limit=1)[0]
        assert entry.facts["notices"] == 4
    assert {row.printed for row in find(office, clerk).rows} == {office.world.today()}
    assert find(office, clerk, unprinted=True).rows == ()
    print_run(office, clerk, rows[:1])
    with office.reading() as session:
        assert sorted(session.scalars(sa.select(PrintEvent.ordinal))) == [0, 0, 0, 0, 1]
        assert session.scalar(sa.select(sa.func.count()).select_from(PrintJob)) == 2
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_run_stands_on_the_timeline_of_each_person_and_room(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    """The act is about the office; the prints are told where their bills are."""
    row = find(office, clerk).rows[0]
    print_run(office, clerk, (row,))
    with look(office, clerk) as reading:
        mine = timeline.party_timeline(reading, row.debtor_id)
        other = timeline.party_timeline(reading, people[0].party_id)
        assert row.room_id is not None
        here = timeline.room_timeline(reading, row.room_id)
    assert [each.title for each in mine].count("打印缴费通知单") == 1
    assert [each.title for each in here].count("打印缴费通知单") == 1
    assert "打印缴费通知单" not in [each.title for each in other]


def test_after_a_restart_the_run_is_made_anew_with_what_is_still_open(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    printed = print_run(office, clerk, find(office, clerk).rows)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        print_queue.note_failed(work, printed.job_id, "激光-02 缺纸")
    with look(office, clerk) as reading:
        again = print_again.paper_of_job(reading, printed.job_id)
    assert again.pdf == printed.pdf
    assert (again.title, again.ordinal) == ("缴费通知单 4 份", 0)
    pay(office, clerk, people[2].party_id, {row.id: row.owed for row in bills(office, clerk, people[2])})
    with look(office, clerk) as reading:
        text = "".join(pdf_text(print_again.paper_of_job(reading, printed.job_id).pdf))
    assert "1 栋 102" in text
    assert "1 栋 101" not in text, "paid in between"


def test_going_on_from_a_sheet_after_a_jam(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    rows = find(office, clerk).rows
    made = make(office, clerk, rows, from_sheet=2)
    pages = pdf_text(made.pdf)
    assert (len(pages), made.sheets) == (2, 3)
    assert "纸号 2 / 3" in pages[0]
    assert len(pdf_text(make(office, clerk, rows, from_sheet=9).pdf)) == 1, "a sheet that says there is none"


def test_nothing_left_to_notify(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    rows = find(office, clerk).rows[:1]
    pay(office, clerk, people[2].party_id, {row.id: row.owed for row in bills(office, clerk, people[2])})
    with pytest.raises(NothingToNotify):
        make(office, clerk, rows)


def test_the_preview_counts_nothing(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> None:
    request = PrintNotices(tuple(row.bill_ids for row in find(office, clerk).rows), FAR)
    with look(office, clerk) as reading:
        assert len(pdf_text(bill_notice_prints.preview_notices(reading, request))) == 3
        assert reading.session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) == 0


def test_looking_and_printing_have_their_rights(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    blind = Actor(clerk.staff_id, clerk.name, frozenset({Right.PRINT_PAPER}))
    with look(office, blind) as reading, pytest.raises(Refused):
        bill_notices.find_notices(reading, FindNotices(FAR))
    made = make(office, clerk, find(office, clerk).rows)
    hands = Actor(clerk.staff_id, clerk.name, frozenset({Right.SEE_BILLS}))
    with pytest.raises(Refused), begin(office, hands, Op.PRINT_PAPER) as work:
        bill_notice_prints.print_notices(work, made)


# ---- the code ------------------------------------------------------------------------------------------------------


def test_a_code_is_known_however_a_scanner_types_it(office: Office) -> None:
    bill_id = office.world.new_id()
    code = bill_codes.code_of(bill_id)
    assert bill_codes.bill_in(code) == bill_id
    assert bill_codes.bill_in(f" {code.lower()}\n") == bill_id
    assert bill_codes.bill_in(code.replace(":", "：").replace("A", "Ａ")) == bill_id
    assert bill_codes.bill_in(code[:-1]) is None
    assert bill_codes.bill_in("1203") is None
    assert scan_codes.is_code("anju:b:01")
    assert not scan_codes.is_code("ANJU")


def test_a_scanned_code_brings_what_is_still_open_of_the_notice(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    rows = find(office, clerk).rows
    print_run(office, clerk, rows)
    mine = rows[0]
    with look(office, clerk) as reading:
        scanned = bill_codes.scanned_notice(reading, mine.bill_ids[0])
    assert (scanned.debtor_id, scanned.bill_ids) == (mine.debtor_id, mine.bill_ids)
    first = bills(office, clerk, people[2])[0]
    pay(office, clerk, mine.debtor_id, {first.id: first.owed})
    with look(office, clerk) as reading:
        assert bill_codes.scanned_notice(reading, mine.bill_ids[0]).bill_ids == tuple(
            bill_id for bill_id in mine.bill_ids if bill_id != first.id
        )
        with pytest.raises(NotFound):
            bill_codes.scanned_notice(reading, office.world.new_id())
