"""Month sums: every total equals the journal, whatever happened; months add up; a sum that lies is found out."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.guards import install_guards
from desktop.models.journal import JournalEntry, Posting
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money, PayMethod, Right, total
from desktop.services import checkup, month_sums
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.month_sums import EVER, SumsWanted
from desktop.services.office import Office
from desktop.services.paper.month_sums import STORED, FeeSums, MonthSums
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.services.money_history import History, owed_of

FAR = date(2040, 12, 31)


def sums_of(history: History, since: date = EVER, until: date = FAR, building_id: UUID | None = None) -> MonthSums:
    with look(history.office, history.clerk) as reading:
        return month_sums.month_sums(reading, SumsWanted(since, until, building_id))


def journal_says(office: Office, account: Account, until: date) -> dict[tuple[UUID | None, FeeType | None], Money]:
    """Straight from the postings, one by one."""
    found: dict[tuple[UUID | None, FeeType | None], Money] = {}
    with office.reading() as session:
        for fee, building_id, amount in session.execute(
            sa.select(Posting.fee_type, Room.building_id, Posting.amount)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .outerjoin(Room, Room.id == Posting.room_id)
            .where(Posting.account == account, JournalEntry.business_date <= until)
        ):
            found[building_id, fee] = found.get((building_id, fee), NIL) + amount
    return {key: money for key, money in found.items() if money}


def agrees(history: History, since: date, until: date) -> MonthSums:
    sums = sums_of(history, since, until)
    assert sums.problems == (), history.done
    office = history.office
    closing = {key: each.closing for key, each in sums.fees.items() if each.closing}
    assert closing == journal_says(office, Account.RECEIVABLE, until)
    opening = {key: each.opening for key, each in sums.fees.items() if each.opening}
    assert opening == journal_says(office, Account.RECEIVABLE, since - timedelta(days=1))
    held = {key: -each.closing for key, each in sums.held.items() if each.closing}
    assert held == journal_says(office, Account.DEPOSIT_HELD, until)
    assert -sums.credit.closing == total(journal_says(office, Account.PREPAID, until).values())
    return sums


@pytest.mark.parametrize("seed", [1, 20, 300])
def test_every_total_equals_the_journal(office: Office, seed: int) -> None:
    history = History(office, seed)
    start = office.world.today()
    history.live(45)
    today = office.world.today()
    whole = agrees(history, EVER, FAR)
    assert all(each.opening == NIL for each in whole.fees.values())
    assert whole.whole(False).closing + whole.whole(True).closing == owed_of(office)
    days = (today - start).days
    for first, last in ((0, days // 3), (days // 3 + 1, days // 2), (days // 2 + 1, days), (days // 4, days // 4)):
        agrees(history, start + timedelta(days=first), start + timedelta(days=last))


def test_parts_of_a_period_add_up_to_it(office: Office) -> None:
    history = History(office, 8)
    start = office.world.today()
    history.live(50)
    middle = start + timedelta(days=(office.world.today() - start).days // 2)
    whole = sums_of(history, start, FAR)
    first, rest = sums_of(history, start, middle), sums_of(history, middle + timedelta(days=1), FAR)
    for key in whole.fees:
        one, two = first.fees.get(key, FeeSums()), rest.fees.get(key, FeeSums())
        assert one.closing == two.opening
        both = whole.fees[key]
        for name in ("billed", "countered", "received", "taken_back", "netted"):
            assert getattr(one, name) + getattr(two, name) == getattr(both, name), (key, name)
    for method in PayMethod:
        parts = [each.methods[method].net for each in (first, rest) if method in each.methods]
        assert total(parts) == (whole.methods[method].net if method in whole.methods else NIL)


def test_fee_by_building_by_means_holds_in_rows_and_columns(office: Office) -> None:
    """Mixed tenders, credit used, rounding, set-offs: what a fee got is what its sources gave."""
    history = History(office, 33)
    wanted = {"mixed", "use_credit", "leave", "void", "reverse"}
    while not wanted <= set(history.done):
        assert len(history.done) < 400, history.done
        history.live(20)
    sums = sums_of(history)
    for fee in FeeType:
        each = sums.fee(fee)
        paid = each.received - each.taken_back + each.netted
        assert total(cell.amount for cell in sums.cells if cell.use == fee.value) == paid, fee
    for method in PayMethod:
        net = sums.methods[method].net if method in sums.methods else NIL
        assert total(cell.amount for cell in sums.cells if cell.source == method.value) == net, method
    stored = total(cell.amount for cell in sums.cells if cell.use == STORED)
    used = total(cell.amount for cell in sums.cells if cell.source == "credit")
    assert stored - used == sums.credit.closing
    assert total(cell.amount for cell in sums.cells if cell.source == "offset") == NIL
    for (where, fee), each in sums.fees.items():
        paid = each.received - each.taken_back + each.netted
        cells = [cell for cell in sums.cells if (cell.building_id, cell.use) == (where, fee.value)]
        assert total(cell.amount for cell in cells) == paid


def test_a_building_is_a_part_of_the_whole(office: Office) -> None:
    history = History(office, 12)
    history.live(30)
    whole = sums_of(history)
    with office.reading() as session:
        houses = list(session.scalars(sa.select(Building.id)))
    parts = [sums_of(history, building_id=house) for house in houses]
    assert {part.building for part in parts} == {"1 栋", "2 栋"}
    for liability in (False, True):
        both = parts[0].whole(liability) + parts[1].whole(liability)
        assert both == whole.whole(liability)
    assert sorted(parts[0].cells + parts[1].cells, key=str) == sorted(
        (cell for cell in whole.cells if cell.use != STORED), key=str
    )
    assert all(fee not in LIABILITY_FEES for part in parts for fee in part.fee_types(False))


def test_days_the_wrong_way_round_and_rights(office: Office) -> None:
    history = History(office, 3)
    with pytest.raises(ProblemsFound):
        sums_of(history, date(2026, 2, 1), date(2026, 1, 1))
    blind = Actor(history.clerk.staff_id, "x", frozenset({Right.PRINT_PAPER}))
    with look(office, blind) as reading, pytest.raises(Refused):
        month_sums.month_sums(reading, SumsWanted(EVER, FAR))
    empty = sums_of(history, date(2020, 1, 1), date(2020, 1, 31))
    assert not empty.fees
    assert empty.problems == ()


def test_a_posting_that_was_tampered_with_is_named(office: Office) -> None:
    """Behind the program's back, guards off: the report and the check both say where it differs."""
    history = History(office, 6)
    history._pay()
    history._mixed()
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound
    table = table_of(Posting)
    with office.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER guard_posting_update")
        else:
            connection.exec_driver_sql("DROP TRIGGER guard_posting_row ON posting")
        row = connection.execute(sa.select(table.c.id).where(table.c.account == Account.CASH).limit(1)).one()
        connection.execute(sa.update(table).where(table.c.id == row.id).values(amount=Money(1)))
        install_guards(connection)
    sums = sums_of(history)
    assert any("分录合计" in words for words in sums.problems)
    assert any("收款方式" in words for words in sums.problems)
    with look(office, PROGRAM) as reading:
        found = [each for each in checkup.check_office(reading).findings if each.part == "月报与分录"]
    assert [each.text for each in found] == list(sums.problems)


def test_a_receivable_of_another_fee_is_found_by_the_check(office: Office) -> None:
    """Both sides still sum to zero; only what is open of each fee tells."""
    History(office, 6)
    table = table_of(Posting)
    with office.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER guard_posting_update")
        else:
            connection.exec_driver_sql("DROP TRIGGER guard_posting_row ON posting")
        rows = connection.execute(sa.select(table.c.id).where(table.c.fee_type == FeeType.RENT)).all()
        connection.execute(
            sa.update(table).where(table.c.id.in_([row.id for row in rows])).values(fee_type=FeeType.WATER)
        )
        install_guards(connection)
    with begin(office, PROGRAM, Op.CHECK_OFFICE) as work:
        work.authorised += 1
        found = list(month_sums.drift(work))
    assert any("租金" in words for words in found)
    assert any("水费" in words for words in found)
