"""The page of trends: months by key, the map walked and entered, every table, the report printed and stored."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.trust import AuditEntry
from desktop.services.office import Office
from desktop.services.repair_figures import heat_by_floor
from desktop.views import report_files
from desktop.views.file_preview import PdfDialog
from desktop.views.heat_map import HeatMapView, strength
from desktop.views.on_the_spot import ApprovalDialog
from desktop.views.repair_trends import RepairTrendsPage
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down
from tests.services.paper.report_samples import HOUSES, report
from tests.services.paper.samples import pdf_text
from tests.services.test_work_order_page import report as report_order
from tests.services.trend_kit import tell
from tests.views.people_kit import ALT, CONTROL, Desk, column
from tests.views.repair_kit import REPAIR_PAGES

K = Qt.Key


def story(office: Office) -> None:
    """Three months of orders, and somebody who may hand reports out; today is 30 May."""
    sit_down(office, "manager", login="guanyh", name="管一禾")
    tell(office, 5, orders=60, months=3)
    world = office.world
    assert isinstance(world, SeededWorld)
    world.set_now(datetime(2026, 5, 30, 10, 0, tzinfo=OFFICE_ZONE))


def trend_desk(
    world: SeededWorld, folder: Path, qtbot: QtBot, on_desk: Callable[..., QWidget], *roles: str
) -> Desk:  # fmt: skip
    pages = (*REPAIR_PAGES, "repair_trends")
    made = Desk(world, folder, qtbot, on_desk, story, *(roles or ("manager",)), pages=pages)
    made.session.preferences = made.session.preferences._replace(export_folder=str(folder))
    return made


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return trend_desk(world, tmp_path, qtbot, on_desk)


def at_page(desk: Desk) -> RepairTrendsPage:
    page: RepairTrendsPage = desk.open("repair_trends")
    return page


def figures(page: RepairTrendsPage) -> list[str]:
    return [figure.text() for figure in page.figures.figures]


def test_the_board_leads_there_and_back(desk: Desk) -> None:
    desk.open("repairs")
    desk.press(K.Key_9, ALT)
    assert desk.at()[0] == "repair_trends"
    desk.press(K.Key_Escape)
    assert desk.at()[0] == "repairs"


def test_months_by_key(desk: Desk) -> None:
    page = at_page(desk)
    assert page.trends is not None
    assert page.period.words() == "本月"
    may = page.trends.whole.orders
    assert figures(page)[0] == str(may)
    desk.press(K.Key_3, ALT)
    assert page.trends.whole.orders > may
    assert len(page.trends.months) == 3
    desk.press(K.Key_2, ALT)
    assert [month.month for month, _ in page.trends.months] == [4]
    desk.press(K.Key_4, ALT)
    page.period.until.set_value(page.period.since.value().replace(year=2025))
    desk.settle()
    assert "止日早于起日" in page.trouble.text()
    assert not page.print_button.isEnabled()
    assert not page.files.isEnabled()
    page.period.since.set_value(page.period.until.value().replace(year=2020))
    desk.settle()
    assert "最多看三年" in page.trouble.text()


def test_the_map_is_walked_and_entered(desk: Desk) -> None:
    page = at_page(desk)
    desk.press(K.Key_3, ALT)
    page.heat.setFocus()
    assert page.heat.heat.rows[0][0] == "1 栋"
    assert page.hint.text() == page.heat.words()
    first = page.heat.words()
    desk.press(K.Key_Right)
    assert page.heat.words() != first
    assert page.heat.accessibleDescription() == page.heat.words()
    desk.press(K.Key_End)
    desk.press(K.Key_Right)
    assert page.heat.column == len(page.heat.heat.categories) - 1
    desk.press(K.Key_Return)
    assert page.trends is not None
    assert page.trends.building == "1 栋"
    assert page.heat.heat.rows[-1][0] in ("公共部位", "1 层")
    assert page.building.value() == page.trends.building_id
    desk.press(K.Key_Return)
    assert page.trends.building_id is None


def test_every_table_by_its_key(desk: Desk) -> None:
    page = at_page(desk)
    desk.press(K.Key_3, ALT)
    keys = ("heat", "whole", "months", "categories", "teams", "people", "repeats", "lifts", "complaints")
    for number, key in enumerate(keys, 1):
        desk.press(K(K.Key_0 + number), CONTROL)
        assert page.tabs.value() == key
        if number > 1:
            table: Any = page.pile.currentWidget()
            assert len(column(table, 0)) == len(page._shown[key].rows)
            assert page._shown[key].note in page.hint.text()
    desk.press(K.Key_3, CONTROL)
    months: Any = page.pile.currentWidget()
    assert column(months, 0) == ["2026-03", "2026-04", "2026-05"]
    desk.press(K.Key_6, CONTROL)
    assert set(column(page.pile.currentWidget(), 0)) <= {"方一鸣", "卢大勇", "石磊", "没记是谁"}


def test_a_month_without_anything(desk: Desk) -> None:
    desk.world.set_now(datetime(2026, 9, 1, 9, 0, tzinfo=OFFICE_ZONE))
    page = at_page(desk)
    assert page.hint.text() == "这段时间没有报修"
    assert figures(page) == ["—"] * 6
    desk.press(K.Key_8, CONTROL)
    assert column(page.pile.currentWidget(), 0) == []


def test_looked_at_and_printed(desk: Desk) -> None:
    page = at_page(desk)
    desk.press(K.Key_2, ALT)
    desk.press(K.Key_5, ALT)
    assert isinstance(desk.dialog(), PdfDialog)
    desk.press(K.Key_Escape)
    desk.press(K.Key_F6)
    (paper,) = desk.printed()
    assert "2026 年 4 月维修服务月报" in pdf_text(paper.read_bytes())[0]
    assert "已送去打印" in desk.toast
    assert page.trends is not None


def test_both_files_by_one_key(desk: Desk, tmp_path: Path) -> None:
    page = at_page(desk)
    desk.press(K.Key_2, ALT)
    desk.press(K.Key_6, ALT)
    name = "2026_年_4_月维修服务月报_2026-04-01_至_2026-04-30"
    pdf, xlsx = tmp_path / f"{name}.pdf", tmp_path / f"{name}.xlsx"
    assert desk.toast == f"已存到 {tmp_path}：{pdf.name} 和 {xlsx.name}"
    assert "维修服务月报" in pdf_text(pdf.read_bytes())[0]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(xlsx.read_bytes()))
    assert page.trends is not None
    rows = {row[0]: row[1] for row in book.get_sheet_by_name("总体").to_python()}
    assert rows["报修（含投诉）"] == page.trends.whole.orders
    desk.press(K.Key_6, ALT)
    assert (tmp_path / f"{name}（2）.pdf").exists(), "what was handed out before stays what it was"
    with desk.office.reading() as session:
        noted = session.scalars(sa.select(AuditEntry).where(AuditEntry.op == "export_list")).all()
    assert [entry.facts["how"] for entry in noted] == ["pdf, xlsx"] * 2


def test_a_full_disk_leaves_no_half_report(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = report_files.write_whole

    def full(path: Path, data: bytes) -> None:
        if path.suffix == ".xlsx":
            raise OSError(28, "No space left on device")
        written(path, data)

    monkeypatch.setattr(report_files, "write_whole", full)
    at_page(desk)
    desk.press(K.Key_6, ALT)
    assert "没有写成" in desk.window.message_bar.text.text()
    desk.window.message_bar.hide()
    assert list(tmp_path.glob("*.pdf")) == []


def test_who_may_only_look_asks_a_colleague(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = trend_desk(world, tmp_path, qtbot, on_desk, "repair_lead")
    page = at_page(desk)
    assert page.trends is not None
    desk.press(K.Key_6, ALT)
    assert isinstance(desk.dialog(), ApprovalDialog)
    desk.press(K.Key_Escape)
    desk.window.message_bar.hide()
    assert list(tmp_path.glob("*.pdf")) == []


def test_a_change_is_shown_and_the_table_stays(desk: Desk) -> None:
    page = at_page(desk)
    desk.press(K.Key_4, CONTROL)
    assert page.trends is not None
    before = page.trends.whole.orders
    report_order(desk.office, desk.actor, "灯不亮", 3)
    desk.settle()
    assert page.trends.whole.orders == before + 1
    assert page.tabs.value() == "categories"


@pytest.mark.parametrize("shade", list(Shade))
def test_every_figure_on_the_map_can_be_read(look: Theme, shade: Shade) -> None:
    """Contrast of text on the fullest and the emptiest cell, in both shades."""
    look.switch(shade, TypeSize.STANDARD)
    for count in (1, 4, 9, 40):
        share = strength(count, 40)
        under, over = look.colour("surface").getRgb(), look.colour("primary").getRgb()
        ground = QColor(*(round(u * (1 - share) + o * share) for u, o in zip(under[:3], over[:3], strict=True)))
        assert contrast(look.colour("text"), ground) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG counts it."""

    def light(colour: QColor) -> float:
        parts = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_click_takes_the_cell_and_a_second_one_enters(qtbot: QtBot, on_desk: Callable[..., QWidget]) -> None:
    view = HeatMapView()
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show_map(heat_by_floor(report().heat, HOUSES[0][0]), "楼层")
    view.show()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.box(2, 1).center().toPoint())
    assert (view.row, view.column) == (2, 1)
    with qtbot.waitSignal(view.opened) as heard:
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=view.box(3, 1).center().toPoint())
    assert heard.args == [3]
    view.show_map(heat_by_floor((), HOUSES[0][0]), "楼层")
    assert (view.words(), view.row) == ("", 0)


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(desk: Desk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk.window.resize(911, 512)
    page = at_page(desk)
    desk.press(K.Key_3, ALT)
    for number in range(1, 10):
        desk.press(K(K.Key_0 + number), CONTROL)
        least = page.minimumSizeHint()
        assert (least.width() <= 851, least.height() <= 430) == (True, True), (number, least)
