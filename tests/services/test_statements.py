"""Statements: whatever happened, opening and movements give the closing, which is what is open; and the two files."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import python_calamine
import sqlalchemy as sa

from desktop.models.billing import Bill
from desktop.models.trust import AuditEntry
from desktop.models.values import NIL, Account, Money, Right, total
from desktop.services import journal, print_again, statement_copies, statements
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused
from desktop.services.exact_sheets import ExactBook
from desktop.services.office import Office
from desktop.services.paper.statement import StatementPaper
from desktop.services.statement_copies import FileKind
from desktop.services.statement_sheet import statement_xlsx
from desktop.services.statements import StatementWanted, TooLong
from desktop.services.work import Actor, begin, look
from desktop.world import OFFICE_ZONE
from tests.databases import Databases
from tests.services.money_history import History, open_of_fees, owed_of
from tests.services.paper.samples import pdf_text
from tests.services.test_replay import prove

FIRST = date(2026, 1, 1)


def statement(history: History, since: date = FIRST, until: date = date(2040, 1, 1), **whose: UUID) -> StatementPaper:
    with look(history.office, history.clerk) as reading:
        return statements.statement_of(reading, StatementWanted(since, until, **whose))


def held_of(history: History, account: Account, party_id: UUID) -> Money:
    with look(history.office, history.clerk) as reading:
        reading.authorised += 1
        return -journal.balance(reading, account, party_id=party_id)


def rooms_of(office: Office) -> list[UUID]:
    with office.reading() as session:
        return list(session.scalars(sa.select(Bill.room_id).distinct()))


@pytest.mark.parametrize("seed", [1, 20, 300])
def test_after_every_act_a_statement_ends_with_what_is_open(office: Office, seed: int) -> None:
    history = History(office, seed)
    for _ in range(30):
        what = history.step()
        news = history.dice.choice(history.people)
        whole = statement(history, party_id=news.party_id)
        assert whole.open == owed_of(office, debtor_id=news.party_id), (what, history.done)
        assert whole.charges.closing == open_of_fees(office, False, debtor_id=news.party_id)
        assert whole.deposits.closing == open_of_fees(office, True, debtor_id=news.party_id)
        assert whole.deposits.held_closing == held_of(history, Account.DEPOSIT_HELD, news.party_id)
        assert whole.credit is not None
        assert whole.credit.closing == held_of(history, Account.PREPAID, news.party_id)
    for room_id in rooms_of(office):
        whole = statement(history, room_id=room_id)
        assert whole.open == owed_of(office, room_id=room_id)
        assert whole.credit is None
    assert len({what for what in history.done if not what.startswith("(")}) > 8, "a history worth the name"


def test_a_split_period_goes_on_where_it_stopped(office: Office) -> None:
    history = History(office, 7)
    history.live(40)
    party_id = history.people[0].party_id
    whole = statement(history, party_id=party_id)
    days = sorted({each.day for each in whole.charges.movements})
    for cut in (days[0] - timedelta(days=1), days[len(days) // 2], days[-1]):
        first = statement(history, FIRST, cut, party_id=party_id)
        rest = statement(history, cut + timedelta(days=1), party_id=party_id)
        for name in ("charges", "deposits", "credit"):
            before, after, both = (getattr(each, name) for each in (first, rest, whole))
            assert (before.closing, before.held_closing) == (after.opening, after.held_opening)
            assert before.movements + after.movements == both.movements
            assert (after.closing, after.held_closing) == (both.closing, both.held_closing)


def test_the_running_balance_is_the_sum_so_far(office: Office) -> None:
    history = History(office, 11)
    history.live(40)
    for news in history.people:
        paper = statement(history, party_id=news.party_id)
        for section in (paper.charges, paper.deposits, paper.credit):
            assert section is not None
            balance = section.opening
            for each in section.movements:
                balance += each.plus - each.less
                assert each.balance == balance
                assert each.plus >= NIL
                assert each.less >= NIL


def test_every_paper_stands_on_it_by_name_and_number(office: Office) -> None:
    history = History(office, 2)
    for act in (
        history._pay,
        history._credit,
        history._stand_in,
        history._reverse,
        history._void,
        history._counter,
    ) * 3:
        history._meters()
        try:
            act()
        except DomainError:
            continue
    papers = [statement(history, party_id=news.party_id) for news in history.people]
    rows = [each for paper in papers for section in (paper.charges, paper.deposits) for each in section.movements]
    words = {each.what for each in rows}
    assert {"收款", "冲红", "作废", "水费" if "水费" in words else "电费"} <= words
    countered = [each for each in rows if each.what.startswith("冲回 ")]
    assert countered
    assert all(each.detail == "录错" and each.less for each in countered)
    assert all(each.number.startswith("WJY") for each in rows if each.what in ("收款", "冲红"))
    assert all(not each.number for each in rows if each.what == "作废"), "its receipt keeps the number"
    assert any("代交" in each.detail for each in rows)
    assert any("录错了" in each.detail for each in rows if each.what == "冲红")


def test_bad_asking_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(office, 3)
    party_id = history.people[0].party_id
    with pytest.raises(ProblemsFound):
        statement(history, date(2026, 2, 1), date(2026, 1, 1), party_id=party_id)
    with pytest.raises(NotFound):
        statement(history, party_id=office.world.new_id())
    with pytest.raises(NotFound):
        statement(history, room_id=office.world.new_id())
    history.live(20)
    monkeypatch.setattr(statements, "MOST", 2)
    with pytest.raises(TooLong):
        statement(history, party_id=party_id)
    monkeypatch.undo()
    blind = Actor(history.clerk.staff_id, "x", frozenset({Right.PRINT_PAPER}))
    with look(office, blind) as reading, pytest.raises(Refused):
        statements.statement_of(reading, StatementWanted(FIRST, FIRST, party_id))


# ---- what leaves the program -----------------------------------------------------------------------------------------


def test_printing_and_files_want_the_right_and_leave_a_line(
    office: Office, databases: Databases, tmp_path: Path
) -> None:
    history = History(office, 5, besides=("void", "use_credit"))
    history.live(25)
    wanted = StatementWanted(FIRST, date(2030, 1, 1), history.people[0].party_id)
    clerk = Actor(history.clerk.staff_id, "林小满", frozenset({Right.SEE_BILLS, Right.PRINT_PAPER}))
    for function, arguments in (
        (statement_copies.print_statement, ()), (statement_copies.statement_file, (FileKind.XLSX,)),
    ):  # fmt: skip
        with pytest.raises(Refused), begin(office, clerk, Op.EXPORT_LIST) as work:
            function(work, wanted, *arguments)  # type: ignore[operator]
    with begin(office, history.clerk, Op.EXPORT_LIST) as work:
        printed = statement_copies.print_statement(work, wanted, "激光-02")
    with office.reading() as session:
        entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).one()
    assert (entry.subject_table, entry.subject_id) == ("party", wanted.party_id)
    assert (entry.facts["list"], entry.facts["how"]) == ("statement", "printed")
    text = "".join(pdf_text(printed.pdf))
    with look(office, history.clerk) as reading:
        paper = statements.statement_of(reading, wanted)
        again = print_again.paper_of_job(reading, printed.job_id)
        assert len(pdf_text(statement_copies.preview_statement(reading, wanted))) >= 1
    assert again.title == printed.title == "对账单 2026-01-01 至 2030-01-01"
    for words in ("对账单", paper.who, "期末未付", str(paper.open), "本单不作为收据或发票", "租金和费用"):
        assert words in text, words
    for each in paper.charges.movements:
        assert str(each.balance) in text
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_the_workbook_says_what_the_paper_says(office: Office) -> None:
    history = History(office, 9)
    history.live(35)
    wanted = StatementWanted(FIRST, date(2030, 1, 1), history.people[1].party_id)
    with begin(office, history.clerk, Op.EXPORT_LIST) as work:
        data = statement_copies.statement_file(work, wanted, FileKind.XLSX)
        pdf = statement_copies.statement_file(work, wanted, FileKind.PDF)
    assert pdf.startswith(b"%PDF")
    with look(office, history.clerk) as reading:
        paper = statements.statement_of(reading, wanted)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("租金和费用").to_python()
    body = [row for row in rows if isinstance(row[0], date)]
    assert [row[0] for row in body] == [each.day for each in paper.charges.movements]
    assert [row[6] for row in body] == [each.balance.fen / 100 for each in paper.charges.movements]
    assert rows[-1][6] == paper.charges.closing.fen / 100
    summary = {row[0]: row[1] for row in book.get_sheet_by_name("汇总").to_python()}
    assert summary["期末未付合计"] == paper.open.fen / 100


def test_money_is_written_digit_for_digit_and_words_are_no_formula() -> None:
    book = ExactBook("a", "b", datetime(2026, 11, 22, 9, 0, tzinfo=OFFICE_ZONE))
    sheet = book.sheet("s", [("x", 10)])
    for fen in (1, -7, 10, 100, 123456789, 2**62 + 1, -(2**62)):
        sheet.row(Money(fen))
    sheet.row("=1+1")
    sheet.row(date(2026, 11, 22))
    data = book.finish()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        raw = archive.read("xl/worksheets/sheet1.xml").decode()
    values = re.findall(r"<v>(-?[\d.]+)</v>", raw)
    wanted = [Decimal(fen) / 100 for fen in (1, -7, 10, 100, 123456789, 2**62 + 1, -(2**62))]
    found = [Decimal(value) for value in values]
    assert all(each in found for each in wanted), (wanted, found)
    assert "46116860184273879.05" in values
    assert "<f>" not in raw
    assert total([Money(1)]) == Money(1)


def test_the_same_statement_gives_the_same_bytes(office: Office) -> None:
    history = History(office, 4)
    history.live(10)
    paper = statement(history, party_id=history.people[0].party_id)
    assert statement_xlsx(paper, office.world.now()) == statement_xlsx(paper, office.world.now())
