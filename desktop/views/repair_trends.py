"""报修趋势: where things break, how fast they are mended and how that is liked, over any months; the service report."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from desktop.models.values import Right
from desktop.services import repair_trends, service_report_copies
from desktop.services.acts import Op
from desktop.services.paper.service_report import (
    FEW,
    Cell,
    ServiceTable,
    findings_of,
    heat_of,
    tables_of,
    title_of,
    words_of,
)
from desktop.services.print_events import Printed
from desktop.services.repair_figures import SMALL, Mean, Minutes, Share, Trends
from desktop.services.repair_trends import TrendsWanted, wanted_problems
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.fields import ChoiceField
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import PdfDialog
from desktop.views.heat_map import HeatMapView
from desktop.views.keys import bind
from desktop.views.labels import Card, FreeText, label
from desktop.views.on_the_spot import Asked, act_or_ask, run_or_ask
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Command, Page, Shell
from desktop.views.period_choice import PeriodChoice
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.report_files import ReportStored, store_report
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable

HEAT = "heat"
_TABS = {
    HEAT: "热力图", "whole": "总体", "months": "逐月", "categories": "类别", "teams": "班组", "people": "人员",
    "repeats": "反复报修", "lifts": "电梯", "complaints": "投诉",
}  # fmt: skip
_COUNTS = ("报修", "投诉", "接手", "差评", "次数", "件数")
_SAMPLES = {Share: "93.5%（128/137）", Minutes: "7 小时 05 分（128）", Mean: "4.6（128）"}
_FOLDED = ("投诉", "平均响应", "重开率", "好评率", "差评", "最近一次")
"""What a narrow window leaves out; the layout and the workbook have every column."""
_FINDINGS = 2


class RepairTrendsPage(Page):
    """Opened with nothing; stays at the period and the table it was left at."""

    help_topic = "repairs.trends"
    tables = frozenset({"work_order", "work_order_event", "technician", "repair_team", "building", "room", "setting"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.trends: Trends | None = None
        self._asked = 0
        self._shown: dict[str, ServiceTable] = {}
        self._tables: dict[str, RowTable] = {}
        self._build()
        self._wire()

    def _build(self) -> None:
        self.see = Button(self.tr("看版面"), "secondary", icon="file-text", key="Alt+5", slot=self._see)
        self.files = Button(self.tr("存月报"), "secondary", icon="download", key="Alt+6", slot=self._store)
        self.files.setToolTip(self.tr("PDF 和 XLSX 各一份，一次存好"))
        self.print_button = Button(self.tr("打印"), "primary", icon="printer", key="F6", slot=self.print_it)
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        self.building.setAccessibleName(self.tr("楼栋"))
        self.set_head(self.tr("报修趋势"), "", self.building, self.see, self.files, self.print_button)
        self.period = PeriodChoice(self.shell, self)
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.trouble.hide()
        self.findings = label("", "small", tone="warn", wrap=True)
        self.findings.hide()
        top = QHBoxLayout()
        top.addWidget(self.period)
        top.addStretch(1)
        self.figures = FigureStrip(
            [self.tr("报修"), self.tr("响应达标"), self.tr("完成达标"), self.tr("平均完成"), self.tr("重开率"),
             self.tr("平均分")]
        )  # fmt: skip
        self.tabs = Tabs([Option(key, words) for key, words in _TABS.items()])
        self.tabs.setAccessibleName(self.tr("哪张表"))
        self.heat = HeatMapView()
        self.heat.setAccessibleName(self.tr("热力图"))
        self.heat.say_when_empty(self.tr("这段时间没有报修"), self.tr("换个期间（Alt 1…4），或看全部楼栋"))
        self.heat_scroll = BodyScroll(self.heat)
        self.pile = QStackedWidget()
        self.pile.addWidget(self.heat_scroll)
        self.hint = FreeText("", "small", token="text-faint")
        self.card = Card()
        self.card.body.setContentsMargins(1, 4, 1, 1)
        self.card.body.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        self.card.body.addLayout(row)
        self.card.body.addWidget(self.pile, 1)
        below = QHBoxLayout()
        below.setContentsMargins(8, 2, 8, 4)
        below.addWidget(self.hint)
        below.addStretch(1)
        self.card.body.addLayout(below)
        self.body.addLayout(top)
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.findings)
        self.body.addWidget(self.figures)
        self.body.addWidget(self.card, 1)

    def _wire(self) -> None:
        self.period.changed.connect(self.load)
        self.building.changed.connect(self.load)
        self.tabs.changed.connect(self._show_table)
        self.heat.opened.connect(self._into_building)
        self.heat.pointed.connect(self._say_hint)
        self._keys = [bind(self, f"Ctrl+{at + 1}", partial(self.tabs.choose, at)) for at in range(len(_TABS))]

    # the frame asks

    def hints(self) -> str:
        one = self.trends is not None and self.trends.building_id is not None
        heat = self.tabs.value() == HEAT
        enter = "" if not heat else self.tr("Enter 看全部楼栋 · ") if one else self.tr("Enter 看这一栋 · ")
        if self.tabs.value() == "repeats":
            enter = self.tr("Enter 看这间房 · ")
        return enter + self.tr("Alt+1…4 期间 · Ctrl+1…9 换表 · F6 打印 · Esc 返回")

    def opened(self, params: dict[str, Any]) -> None:
        self.load()
        (self.heat if self.tabs.value() == HEAT else self.tabs).setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self.load()

    def command(self, command: Command) -> bool:
        if command is Command.REFRESH:
            self.load()
            return True
        return False

    # loading

    def wanted(self) -> TrendsWanted | None:
        """What is asked for; None while the days are not whole."""
        days = self.period.days()
        return TrendsWanted(*days, self.building.value()) if days is not None else None  # type: ignore[arg-type]

    def load(self) -> None:
        """Ask for the figures of what is chosen; an answer that was overtaken is dropped."""
        wanted = self.wanted()
        problem = self.period.problem()
        if wanted is not None:
            problem = problem or next(iter(wanted_problems(wanted).values()), "")
        self._say(problem)
        for button in (self.see, self.files):
            button.allow(problem)
        may = self.shell.allowed(Right.PRINT_PAPER)
        self.print_button.allow(problem or ("" if may else self.tr("您的角色不能打印：请前台或主管来打")))
        self._asked += 1
        if wanted is not None and not problem:
            read = partial(self.shell.session.read, repair_trends.repair_trends, wanted)
            done = partial(self.show_trends, self._asked)
            self.shell.run(read, done, self.shell.read_failed, busy=self.tr("正在汇总"))

    def _say(self, trouble: str) -> None:
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))

    # showing

    def show_trends(self, asked: int, trends: Trends) -> None:
        """The figures over the tables, what stands out, the map and the table in front."""
        if asked != self._asked:
            return
        self.trends = trends
        chosen = self.building.value()
        self.building.set_choices([(None, self.tr("全部楼栋")), *trends.buildings])
        self.building.set_value(chosen)
        whole = trends.whole
        shown: list[Cell] = [whole.orders, whole.answer, whole.promise, whole.finish_time, whole.again, whole.rating]
        self.figures.show_figures([(words_of(cell), "") for cell in shown])
        found = findings_of(trends)
        more = [self.tr("还有 {n} 条，见版面").format(n=len(found) - _FINDINGS)] if len(found) > _FINDINGS else []
        self.findings.setText("；".join((*found[:_FINDINGS], *more)))
        self.findings.setVisible(bool(found))
        one = trends.building_id is not None
        self.heat.show_map(heat_of(trends), self.tr("楼层") if one else self.tr("楼栋"))
        self._shown = {table.key: table for table in tables_of(trends)}
        self._show_table()

    def _show_table(self) -> None:
        if self.trends is None:
            return
        had = self.pile.currentWidget().isAncestorOf(self.focusWidget() or self) or self.tabs.hasFocus()
        key = str(self.tabs.value())
        if key == HEAT:
            front: Any = self.heat
            self.pile.setCurrentWidget(self.heat_scroll)
        else:
            front = self._fill(self._shown[key])
            self.pile.setCurrentWidget(front)
        if had and self.isVisible():
            front.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say_hint()
        self.shell.retitle()

    def _fill(self, shown: ServiceTable) -> RowTable:
        table = self._tables.get(shown.key)
        if table is None:
            table = self._tables[shown.key] = RowTable(self._columns(shown))
            table.setAccessibleName(shown.title)
            self.pile.addWidget(table)
            if shown.key == "repeats":
                table.opened.connect(self._open_repeat)
        table.say_when_empty(shown.nothing, self.tr("换个期间（Alt 1…4），或看全部楼栋"))
        rows = [(row, at in shown.marked) for at, row in enumerate(shown.rows)]
        table.show_list(rows, _key)
        if rows and not table.currentIndex().isValid():
            table.choose(0)
        return table

    def _columns(self, shown: ServiceTable) -> list[Column]:
        return [self._column(shown, at, head) for at, head in enumerate(shown.heads)]

    def _column(self, shown: ServiceTable, at: int, head: str) -> Column:
        kinds = [type(row[at]) for row in shown.rows]
        number = head in _COUNTS
        usual = "12,345" if number else "2026-12-31" if head == "最近一次" else "综合维修班"
        wide = shown.key in ("repeats", "whole") and at == len(shown.heads) - 1
        return Column(
            head, partial(_text, at), kind=Kind.NUMBER if number else Kind.NAME,
            sample=next((words for kind, words in _SAMPLES.items() if kind in kinds), usual),
            stretch=2 if wide else 1 if at == 0 else 0, strong=at == 0, tone=partial(_tone, at),
            fold=head in _FOLDED or (head == "班组" and at > 0),
        )  # fmt: skip

    def _say_hint(self) -> None:
        """Of the map the cell in hand, of a table how its figures are meant."""
        if self.tabs.value() == HEAT:
            self.hint.setText(self.heat.words())
            return
        shown = self._shown.get(str(self.tabs.value()))
        if shown is not None:
            few = self.tr("；{few} 样本少于 {n}").format(few=FEW, n=SMALL)
            self.hint.setText(shown.note + few)

    def _into_building(self, row: int) -> None:
        """Enter on the map: into this building, and back to all of them."""
        if self.trends is None:
            return
        if self.trends.building_id is not None:
            self._choose(None)
            return
        name = self.heat.heat.rows[row][0]
        self._choose(next((each for each, words in self.trends.buildings if words == name), None))

    def _open_repeat(self, row: tuple[tuple[Cell, ...], bool]) -> None:
        """Enter on a fault that came again: the room with all its orders."""
        if self.trends is None:
            return
        at = self._shown["repeats"].rows.index(row[0])
        if (room_id := self.trends.repeats[at].room_id) is not None:
            self.shell.navigate("room", room_id=room_id)
        else:
            self.shell.toast(self.tr("这是公共部位，没有房间页：单号在右边"))

    def _choose(self, building_id: UUID | None) -> None:
        if building_id != self.building.value():
            self.building.set_value(building_id)
            self.load()

    # what leaves

    def _about(self) -> str:
        return f"{self.period.words()} · {self.building.words_of(self.building.value())}"

    def _see(self) -> None:
        wanted = self.wanted()
        if wanted is not None:
            make = partial(self.shell.session.read, service_report_copies.preview_report, wanted)
            self.shell.run(make, self._show_pdf, busy=self.tr("正在排版"))

    def _show_pdf(self, pdf: bytes) -> None:
        title = title_of(self.trends) if self.trends is not None else self.tr("维修服务月报")
        dialog = PdfDialog(self.shell, title, pdf)
        dialog.print_with(self.print_it if self.print_button.isEnabled() else None)
        self.shell.open(dialog)

    def print_it(self) -> None:
        """F6: on paper, and a line in the log."""
        wanted = self.wanted()
        if wanted is None or not self.print_button.isEnabled():
            return
        printer = printer_of(self.shell.session, service_report_copies.PAPER).printer
        act_or_ask(
            self.shell, Asked(self.tr("打印维修服务月报"), self._about(), self.tr("同意打印")), Op.EXPORT_LIST,
            partial(_print, wanted, printer), self._printed, messages.show_error, busy=self.tr("正在排版"),
        )  # fmt: skip

    def _printed(self, printed: Printed) -> None:
        order = PrintOrder(printed.pdf, service_report_copies.PAPER, printed.title, job_id=printed.job_id)
        self.shell.session.printing.submit(order)
        self.shell.toast(self.tr("{title} 已送去打印").format(title=printed.title))

    def _store(self) -> None:
        """Alt 6: both files at once, where the last report went."""
        wanted = self.wanted()
        if wanted is None or not self.files.isEnabled():
            return
        asked = Asked(self.tr("把维修服务月报存成文件"), self._about(), self.tr("同意存文件"))
        run = partial(store_report, self.shell.session, wanted)
        run_or_ask(self.shell, asked, Op.EXPORT_LIST, run, self._stored, messages.show_error)

    def _stored(self, stored: ReportStored) -> None:
        words = self.tr("已存到 {folder}：{pdf} 和 {xlsx}")
        self.shell.toast(words.format(folder=stored.folder, pdf=stored.pdf.name, xlsx=stored.xlsx.name))


def _print(wanted: TrendsWanted, printer: str, work: Work) -> Printed:
    return service_report_copies.print_report(work, wanted, printer)


def _key(row: tuple[tuple[Cell, ...], bool]) -> str:
    return " ".join(str(cell) for cell in row[0] if isinstance(cell, str))


def _text(at: int, row: tuple[tuple[Cell, ...], bool]) -> str:
    return words_of(row[0][at])


def _tone(at: int, row: tuple[tuple[Cell, ...], bool]) -> str:
    cell = row[0][at]
    if row[1] and at == 0:
        return "warn"
    nothing = cell == 0 or (isinstance(cell, (Share, Mean)) and (cell.of == 0 or cell.small))
    return "text-faint" if nothing else ""
