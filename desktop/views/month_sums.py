"""月报: what was billed, received and taken back in a period, what is open; by fee, building and means of payment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from desktop.models.values import Money
from desktop.services import batch_prints, month_sums, month_sums_copies
from desktop.services.acts import Op
from desktop.services.billing import FEE_WORDS
from desktop.services.month_sums import SumsWanted
from desktop.services.paper.month_sums import FEE_HEADS, MonthSums, SumTable, tables_of, title_of
from desktop.services.print_events import Printed
from desktop.services.statement_copies import FileKind
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.fields import ChoiceField
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import PdfDialog
from desktop.views.keys import bind
from desktop.views.labels import Card, FreeText, label
from desktop.views.on_the_spot import Asked, act_or_ask
from desktop.views.pages import Command, Page, Shell
from desktop.views.period_choice import PeriodChoice
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.save_file import SaveDialog
from desktop.views.statement_dialog import FILE_KINDS
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable

_TAB_WORDS = {
    "fees": "费用", "deposits": "押金应收", "held": "押金在管", "methods": "方式", "credit": "预存",
    "buildings": "楼栋", "sources": "费用与方式",
}  # fmt: skip


class MonthSumsPage(Page):
    """Opened with nothing; stays at the period and the table it was left at."""

    help_topic = "month_sums"
    tables = frozenset({"bill", "bill_line", "payment", "allocation", "journal_entry", "building", "room"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.sums: MonthSums | None = None
        self._asked = 0
        self._shown: dict[str, SumTable] = {}
        self._build()
        self._wire()

    def _build(self) -> None:
        self.see = Button(self.tr("看版面"), "secondary", icon="file-text", key="Alt+5", slot=self._see)
        self.file = Button(self.tr("存成文件"), "secondary", icon="table-2", key="Alt+6", slot=self._save)
        self.print_button = Button(self.tr("打印"), "primary", icon="printer", key="F6", slot=self.print_it)
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        self.building.setAccessibleName(self.tr("楼栋"))
        self.set_head(self.tr("月报"), "", self.building, self.see, self.file, self.print_button)
        self.period = PeriodChoice(self.shell, self)
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.trouble.hide()
        top = QHBoxLayout()
        top.addWidget(self.period)
        top.addStretch(1)
        self.figures = FigureStrip(
            [self.tr("出账净额"), self.tr("收款净额"), self.tr("期末未付"), self.tr("押金在管"), self.tr("预存余额")]
        )
        self.tabs = Tabs([Option("fees", _TAB_WORDS["fees"])])
        self.tabs.setAccessibleName(self.tr("哪张表"))
        self.pile = QStackedWidget()
        self._tables: dict[str, tuple[tuple[str, ...], RowTable]] = {}
        self.hint = FreeText("", "small", token="text-faint")
        self.card = Card()
        self.card.body.setContentsMargins(1, 4, 1, 1)
        self.card.body.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.hint)
        self.card.body.addLayout(row)
        self.card.body.addWidget(self.pile, 1)
        self.body.addLayout(top)
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.figures)
        self.body.addWidget(self.card, 1)

    def _wire(self) -> None:
        self.period.changed.connect(self.load)
        self.building.changed.connect(self.load)
        self.tabs.changed.connect(self._show_table)
        self._keys = [bind(self, f"Ctrl+{at + 1}", partial(self._turn_to, at)) for at in range(len(_TAB_WORDS))]

    # the frame asks

    def hints(self) -> str:
        return self.tr("Alt+1…4 期间 · Ctrl+1…{n} 换表 · Esc 返回").format(n=max(1, len(self._shown)))

    def opened(self, params: dict[str, Any]) -> None:
        self.load()
        self.shell.run(partial(self.shell.session.read, batch_prints.buildings_to_find), self._show_buildings)
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self.load()

    def command(self, command: Command) -> bool:
        if command is Command.REFRESH:
            self.load()
            return True
        return False

    # loading

    def wanted(self) -> SumsWanted | None:
        """What is asked for; None while the days are not whole."""
        days = self.period.days()
        return SumsWanted(*days, self.building.value()) if days is not None else None  # type: ignore[arg-type]

    def _show_buildings(self, buildings: Sequence[tuple[UUID, str]]) -> None:
        self.building.set_choices([(None, self.tr("全部楼栋")), *buildings])

    def load(self) -> None:
        """Ask for the sums of what is chosen; an answer that was overtaken is dropped."""
        wanted = self.wanted()
        problem = self.period.problem()
        self._say(problem)
        for button in (self.see, self.file, self.print_button):
            button.allow(problem)
        self._asked += 1
        if wanted is not None:
            read = partial(self.shell.session.read, month_sums.month_sums, wanted)
            self.shell.run(read, partial(self.show_sums, self._asked), busy=self.tr("正在汇总"))

    def _say(self, trouble: str) -> None:
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))

    def show_sums(self, asked: int, sums: MonthSums) -> None:
        """The figures over the tables, the tables there are, and the one in front."""
        if asked != self._asked:
            return
        self.sums = sums
        self.title_label.setText(title_of(sums))
        charges = sums.whole(False)
        net = charges.received - charges.taken_back
        words = [charges.billed - charges.countered, net, charges.closing, sums.held_whole.closing, sums.credit.closing]
        told: list[tuple[str, str]] = [(str(money), "") for money in words]
        told[2] = (told[2][0], "danger" if charges.closing.fen > 0 else "")
        if sums.building:
            told[4] = ("—", "")
        self.figures.show_figures(told)
        wrong = self.tr("和分录对不上：{what}。请管理员做一次体检")
        self._say(wrong.format(what=sums.problems[0]) if sums.problems else "")
        self._shown = {table.key: table for table in tables_of(sums, FEE_WORDS)}
        self.tabs.set_options([Option(key, _TAB_WORDS[key]) for key in self._shown])
        self._show_table()

    @property
    def table(self) -> RowTable | None:
        """The table in front; None before the first answer."""
        found = self.pile.currentWidget()
        return found if isinstance(found, RowTable) else None

    def _show_table(self) -> None:
        shown = self._shown.get(str(self.tabs.value()))
        if shown is None:
            return
        table = self._table_of(shown)
        rows = [*shown.lines, *([shown.whole] if shown.whole is not None and shown.lines else [])]
        table.show_list(rows, _name)
        if rows and not table.currentIndex().isValid():
            table.choose(0)
        had = self.table is not None and self.table.hasFocus()
        self.pile.setCurrentWidget(table)
        if had or self.tabs.hasFocus():
            table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hint.setText(shown.title)
        self.shell.retitle()

    def _table_of(self, shown: SumTable) -> RowTable:
        """The widget of a table, made anew where its columns are others."""
        heads, table = self._tables.get(shown.key, ((), None))
        if table is None or heads != shown.heads:
            if table is not None:
                self.pile.removeWidget(table)
                table.deleteLater()
            table = RowTable(self._columns(shown))
            table.setAccessibleName(shown.title)
            table.say_when_empty(self.tr("这段时间没有发生"), self.tr("换个期间，或看全部楼栋"))
            self.pile.addWidget(table)
            self._tables[shown.key] = (shown.heads, table)
        return table

    def _columns(self, table: SumTable) -> list[Column]:
        last = len(table.heads) - 1
        # A narrow window keeps what is asked for most; the layout and the file have every column.
        kept = {0, 1, last} if last < 6 or table.heads != FEE_HEADS else {1, 3, last}
        sample = "1,234,567.00" if last >= 6 else "12,345,678.00"
        return [
            Column(table.name or self.tr("款项"), _name, kind=Kind.NAME, sample="电动车充电费", stretch=1),
            *(
                Column(
                    head, partial(_figure, at), kind=Kind.MONEY, sample=sample, tone=partial(_tone, at),
                    strong=at == last, fold=last > 3 and at not in kept,
                )
                for at, head in enumerate(table.heads)
            ),
        ]  # fmt: skip

    def _turn_to(self, at: int) -> None:
        self.tabs.choose(at)

    # what leaves

    def _about(self) -> str:
        return f"{self.period.words()} · {self.building.words_of(self.building.value())}"

    def _see(self) -> None:
        wanted = self.wanted()
        if wanted is not None:
            make = partial(self.shell.session.read, month_sums_copies.preview_sums, wanted)
            self.shell.run(make, self._show_pdf, busy=self.tr("正在排版"))

    def _show_pdf(self, pdf: bytes) -> None:
        dialog = PdfDialog(self.shell, self.title_label.text(), pdf)
        dialog.print_with(self.print_it)
        self.shell.open(dialog)

    def print_it(self) -> None:
        """F6: on paper, and a line in the log."""
        wanted = self.wanted()
        if wanted is None:
            return
        printer = printer_of(self.shell.session, month_sums_copies.PAPER).printer
        act_or_ask(
            self.shell, Asked(self.tr("打印月报"), self._about(), self.tr("同意打印")), Op.EXPORT_LIST,
            partial(_print, wanted, printer), self._printed, messages.show_error, busy=self.tr("正在排版"),
        )  # fmt: skip

    def _printed(self, printed: Printed) -> None:
        order = PrintOrder(printed.pdf, month_sums_copies.PAPER, printed.title, job_id=printed.job_id)
        self.shell.session.printing.submit(order)
        self.shell.toast(self.tr("{title} 已送去打印").format(title=printed.title))

    def _save(self) -> None:
        wanted = self.wanted()
        if wanted is not None:
            asked = Asked(self.tr("把月报存成文件"), self._about(), self.tr("同意存文件"))
            name = f"月报 {wanted.since} 至 {wanted.until}"
            make = partial(_file, wanted)
            self.shell.open(SaveDialog(self.shell, self.tr("存月报"), name, asked, make, FILE_KINDS))


def _print(wanted: SumsWanted, printer: str, work: Work) -> Printed:
    return month_sums_copies.print_sums(work, wanted, printer)


def _file(wanted: SumsWanted, kind: str, work: Work) -> bytes:
    return month_sums_copies.sums_file(work, wanted, FileKind(kind))


def _name(row: Any) -> str:
    return str(row[0])


def _figure(at: int, row: Any) -> str:
    money: Money = row[1][at]
    return str(money) if money else "—"


def _tone(at: int, row: Any) -> str:
    return "text" if row[1][at] else "text-faint"
