"""The service report: paper and workbook from the very figures of the page, by right, noted, made anew when queued."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
import python_calamine
import sqlalchemy as sa

from desktop.models.trust import AuditEntry
from desktop.models.values import RepairCategory, Right
from desktop.services import print_again, print_queue, repair_trends, service_report_copies, settings
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.paper.service_report import (
    ServiceTable,
    findings_of,
    heat_of,
    heat_table,
    service_report_pdf,
    tables_of,
    title_of,
    words_of,
)
from desktop.services.repair_figures import Mean, Minutes, Share, Trends
from desktop.services.repair_trends import TrendsWanted
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.service_report_copies import ReportFiles
from desktop.services.service_report_sheet import service_report_xlsx
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down
from tests.services.paper.report_samples import nothing, one_house, report
from tests.services.paper.samples import pdf_text
from tests.services.trend_kit import tell

AT = datetime(2026, 12, 1, 8, 35, tzinfo=OFFICE_ZONE)
APRIL = TrendsWanted(date(2026, 4, 1), date(2026, 4, 30))


def sheets_of(data: bytes) -> dict[str, list[list[Any]]]:
    """A workbook as a reader of workbooks has it."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def expected(table: ServiceTable) -> list[list[Any]]:
    """The rows of a table as plain cells: a share or a mean is two."""
    found = []
    for row in table.rows:
        cells: list[Any] = []
        for cell in row:
            if isinstance(cell, (Share, Mean)):
                value = cell.percent if isinstance(cell, Share) else cell.value
                cells += ["" if value is None else float(value), float(cell.of)]
            else:
                cells.append(float(cell) if isinstance(cell, int) else cell)
        found.append(cells)
    return found


def padded(rows: Sequence[Sequence[Any]], wide: int) -> list[list[Any]]:
    return [[*row, *[""] * (wide - len(row))] for row in rows]


@pytest.mark.parametrize("make", [report, one_house, nothing])
def test_the_samples_agree_with_themselves(make: Callable[[], Trends]) -> None:
    trends = make()
    whole = trends.whole
    assert sum(cell.count for cell in trends.heat) == whole.orders - whole.cancelled
    assert sum(each.orders for _, each in trends.categories) == whole.orders
    assert sum(each.orders for _, each in trends.months) == whole.orders
    assert sum(kind.count for kind in trends.complaints) == whole.complaints


@pytest.mark.parametrize("make", [report, one_house, nothing])
def test_the_workbook_read_back_has_every_figure(make: Any) -> None:
    trends: Trends = make()
    sheets = sheets_of(service_report_xlsx(trends, AT))
    for table in tables_of(trends)[1:]:
        rows = sheets[table.title]
        wide = max(len(row) for row in rows)
        body = rows[-len(table.rows) :] if table.rows else rows[-1:]
        told = padded(expected(table), wide) if table.rows else padded([[table.nothing]], wide)
        assert body == told, table.title
        assert rows[0][0] == trends.office
    heat = heat_table(heat_of(trends), "楼栋", "")
    if heat.rows:
        assert sheets["热力图"][-len(heat.rows) :] == expected(heat)
    assert sum(row[3] for row in sheets["楼栋楼层类别"][3:]) == sum(cell.count for cell in trends.heat)


def test_the_first_sheet_says_unit_and_number() -> None:
    rows = {row[0]: row[1:] for row in sheets_of(service_report_xlsx(report(), AT))["总体"]}
    assert rows["响应达标"] == [93.0, "%", 456.0]
    assert rows["平均完成（上班时间）"] == [float(Decimal("443.6")), "分钟", 431.0]
    assert rows["平均分（1–5）"] == [4.1, "分", 340.0]
    assert rows["报修（含投诉）"] == [float(report().whole.orders), "单", ""]


def test_the_same_figures_give_the_same_files() -> None:
    assert service_report_xlsx(report(), AT) == service_report_xlsx(report(), AT)


def test_paper_says_what_the_tables_say() -> None:
    trends = report()
    said = "".join("".join(pdf_text(service_report_pdf(trends))).split())
    for table in tables_of(trends):
        for row in table.rows:
            for cell in row:
                assert "".join(words_of(cell).split()).replace("-", "") in said.replace("-", "").replace("\x02", "")
    for words in findings_of(trends):
        assert "".join(words.split()) in said
    assert title_of(trends) == "2026 年 11 月维修服务月报"
    assert title_of(one_house()) == "维修服务报告"


def test_few_and_nothing_are_said() -> None:
    assert words_of(Share(3, 4)) == "75.0%（3/4）＊"
    assert words_of(Share(3, 5)) == "60.0%（3/5）"
    assert words_of(Share(0, 0)) == words_of(Mean(0, 0)) == words_of(Minutes(0, 0)) == "—"
    assert words_of(Minutes(125 * 6, 6)) == "2 小时 05 分（6）"
    assert words_of(Minutes(59, 1)) == "59 分（1）＊"
    assert words_of(Mean(41, 9)) == "4.6（9）"
    assert findings_of(nothing()) == ()


def test_a_long_map_goes_on_over_the_page() -> None:
    from dataclasses import replace

    from desktop.services.repair_figures import HeatCell

    house = report().buildings[0][0]
    tower = tuple(HeatCell(house, floor, RepairCategory.WATER, floor) for floor in range(1, 61))
    pdf = service_report_pdf(replace(one_house(), heat=tower))
    said = "\n".join(pdf_text(pdf))
    for floor in range(1, 61):
        assert f"{floor} 层" in said
    assert said.count(CATEGORY_WORDS[RepairCategory.WATER]) >= 3, "its heads stand on every page"
    assert len(pypdfium2.PdfDocument(pdf)) >= 4


# ---- from an office --------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(office: Office, world: SeededWorld) -> Actor:
    """Somebody who hands reports out; two months of orders."""
    actor = sit_down(office, "manager")
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "office_holidays", False, date(2026, 1, 1))
    tell(office, 7, orders=40, months=3)
    return actor


def files(office: Office, actor: Actor, wanted: TrendsWanted = APRIL) -> ReportFiles:
    with begin(office, actor, Op.EXPORT_LIST) as work:
        return service_report_copies.report_files(work, wanted)


def test_both_files_have_the_figures_of_the_page(office: Office, manager: Actor) -> None:
    with look(office, manager) as reading:
        trends = repair_trends.repair_trends(reading, APRIL)
    made = files(office, manager)
    assert made.name == "2026 年 4 月维修服务月报 2026-04-01 至 2026-04-30"
    said = "".join("".join(pdf_text(made.pdf)).split())
    assert "".join(words_of(trends.whole.promise).split()) in said
    assert "林小满" in said, "by whom it was made"
    rows = {row[0]: row[1] for row in sheets_of(made.xlsx)["总体"]}
    assert rows["报修（含投诉）"] == trends.whole.orders > 0
    assert rows["完成达标"] == float(trends.whole.promise.percent or 0)
    people = sheets_of(made.xlsx)["人员"][-len(trends.people) :]
    assert [row[0] for row in people] == [each.name for each in trends.people]
    with office.reading() as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.op == Op.EXPORT_LIST).order_by(AuditEntry.n.desc())
        ).first()
    assert entry is not None
    assert entry.facts == {
        "list": "service_report", "how": "pdf, xlsx", "since": "2026-04-01", "until": "2026-04-30", "building": "",
    }  # fmt: skip


def test_printed_noted_and_made_anew(office: Office, manager: Actor) -> None:
    with begin(office, manager, Op.EXPORT_LIST) as work:
        printed = service_report_copies.print_report(work, APRIL)
    assert printed.title == "2026 年 4 月维修服务月报 2026-04-01 至 2026-04-30"
    with begin(office, manager, Op.PRINT_PAPER) as work:
        print_queue.note_failed(work, printed.job_id, "缺纸")
    with look(office, manager) as reading:
        again = print_again.paper_of_job(reading, printed.job_id)
    assert again.title == printed.title
    assert pdf_text(again.pdf)[0].splitlines()[0] == pdf_text(printed.pdf)[0].splitlines()[0]


def test_who_may_hand_it_out(office: Office, manager: Actor) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    with look(office, lead) as reading:
        assert service_report_copies.preview_report(reading, APRIL).startswith(b"%PDF")
    with pytest.raises(Refused) as caught:
        files(office, lead)
    assert caught.value.right == Right.EXPORT_LISTS
    blind = Actor(manager.staff_id, manager.name, manager.rights - {Right.SEE_REPAIRS}, manager.sights)
    with pytest.raises(Refused):
        files(office, blind)
    with pytest.raises(ProblemsFound):
        files(office, manager, TrendsWanted(date(2026, 5, 1), date(2026, 4, 1)))
