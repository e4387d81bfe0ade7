"""All bills 账单: what is open, what is late, by building, by name; any number of them, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu

from desktop.models.values import NIL, Right
from desktop.services import bill_lists
from desktop.services.bill_lists import BillCount, BillFigures, BillFilter, BillOrder, BillState
from desktop.services.billing import BillRow
from desktop.views.bill_list import STATE_SAMPLE, state_tag
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind
from desktop.views.fields import SearchField
from desktop.views.filters import Counter
from desktop.views.list_page import BuildingField, ListPage, span_of
from desktop.views.pages import Command, Shell
from desktop.views.tables import RowTable
from desktop.views.timeline import EmptyState

Read = Callable[..., Any]


@dataclass(slots=True)
class BillsSource:
    """The bills a filter lets through; asked in reading jobs only."""

    read: Read
    wanted: BillFilter
    last: BillCount | None = field(default=None)
    """What the latest count found, for the foot."""

    def count(self) -> Count:
        found: BillCount = self.read(bill_lists.count_bills, self.wanted)
        self.last = found
        return Count(found.rows, found.exact)

    def page(self, ask: Ask) -> Sequence[BillRow]:
        rows: Sequence[BillRow] = self.read(
            bill_lists.list_bills, self.wanted, span_of(ask), BillOrder(ask.sort) if ask.sort else None
        )
        return rows

    def key(self, row: BillRow) -> Hashable:
        return row.id


class BillsPage(ListPage):
    """Opened with `state` ("open", "overdue"), `building_id` or `text` to begin with."""

    help_topic = "bills"
    tables = frozenset({"bill", "bill_line", "bill_balance", "payment", "allocation", "party", "room"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.state = BillState.OPEN
        self.set_head(self.tr("账单"))
        self._build()
        self._wire()

    def _build(self) -> None:
        self.open_counter = Counter("receipt-text", self.tr("未付"), "text")
        self.late_counter = Counter("circle-alert", self.tr("逾期"), "danger")
        search = SearchField(self.tr("姓名 / 拼音 / 房号 / 账单名"))
        search.setAccessibleName(self.tr("找账单"))
        self.building = BuildingField()
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.open_counter)
        top.addWidget(self.late_counter)
        top.addWidget(self.building)
        top.addWidget(search, 1)
        table = RowTable(columns(self.shell.today(), self), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("账单"))
        self.everything = Button(self.tr("看全部账单"), "secondary", icon="list")
        self.to_check_in = Button(self.tr("办理入住"), "secondary", icon="log-in")
        empty = EmptyState("", "", [self.everything, self.to_check_in], icon="receipt", tone="info")
        self.lay_out(search, table, empty, above=top)

    def _wire(self) -> None:
        self.open_counter.clicked.connect(self._open_clicked)
        self.late_counter.clicked.connect(self._late_clicked)
        self.building.changed.connect(self.narrow)
        self.everything.clicked.connect(self._show_everything)
        self.to_check_in.clicked.connect(self._check_in)

    def hints(self) -> str:
        return self.tr("↑↓ 选账单 · Enter 打开 · F6 批量打印收据 · 右键更多")

    def begin(self, params: dict[str, Any]) -> None:
        self.state = BillState(params.get("state", BillState.OPEN))
        self.search.set_value(params.get("text", ""))
        self.building.wish(params.get("building_id"))

    def narrowed(self) -> bool:
        return super().narrowed() or self.building.value() is not None

    def widen(self) -> None:
        super().widen()
        self.building.wish(None)

    def show_source(self) -> None:
        self.open_counter.setChecked(self.state is BillState.OPEN)
        self.late_counter.setChecked(self.state is BillState.OVERDUE)
        super().show_source()

    def narrow(self) -> None:
        self.show_source()  # the counters tell of all bills, whatever is searched

    # showing

    def ask_figures(self) -> None:
        self.shell.run(partial(self.shell.session.read, bill_lists.bill_figures), self.show_figures)

    def show_figures(self, figures: BillFigures) -> None:
        """The counters and the buildings to choose from."""
        self.open_counter.show_figure(f"{figures.open_bills:,}", self.tr("共 {owed}").format(owed=figures.open_owed))
        self.late_counter.show_figure(
            f"{figures.overdue_bills:,}", self.tr("共 {owed}").format(owed=figures.overdue_owed)
        )
        self.building.show_buildings(figures.buildings)

    def source_wanted(self) -> BillsSource:
        wanted = BillFilter(self.state, self.building.wanted(), self.search.value())
        return BillsSource(self.shell.session.read, wanted)

    def say_count(self, count: Count) -> None:
        found = self.source.last if self.source is not None else None
        self.foot_row.show_words(
            self.tr("{n} 张").format(n=count),
            self.tr("未付 {owed}").format(owed=found.owed) if found is not None else "",
        )

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else BillFilter()
        where = self.building.currentText() if wanted.building_id else ""
        self.everything.setVisible(wanted != BillFilter())
        self.to_check_in.setVisible(wanted == BillFilter() and self.shell.allowed(Right.CHECK_IN))
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的账单").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个名字或房号，或看全部账单"))
        elif wanted == BillFilter():
            self._say_first()
        else:
            word = self.tr("逾期的账单") if wanted.state is BillState.OVERDUE else self.tr("未付的账单")
            if wanted.state is BillState.ALL:
                word = self.tr("账单")
            self.empty.title.setText(self.tr("{where}没有{what}").format(where=f"{where} " if where else "", what=word))
            self.empty.why.setText(self.tr("换个条件，或看全部账单"))
            if not where:
                self.shell.run(
                    partial(self.shell.session.read, bill_lists.count_bills, BillFilter()), self._counted_all
                )

    def _counted_all(self, found: BillCount) -> None:
        """Nothing is owed: is there nothing at all yet? Then the first step is offered, not a way round."""
        if not found.rows and self.stack.currentWidget() is self.empty and not self.search.value():
            self._say_first()

    def _say_first(self) -> None:
        self.everything.hide()
        self.to_check_in.setVisible(self.shell.allowed(Right.CHECK_IN))
        self.empty.title.setText(self.tr("还没有账单"))
        self.empty.why.setText(self.tr("办好第一份入住，押金和首期租金就会出现在这里"))
        if self.to_check_in.isVisible():
            self.to_check_in.setFocus(Qt.FocusReason.OtherFocusReason)

    # what the clerk does

    def command(self, command: Command) -> bool:
        """F6: receipts by the hundred; a bill itself is no paper."""
        if command == Command.PRINT and self.shell.allowed(Right.PRINT_PAPER):
            from desktop.views.batch_print_dialog import BatchPrintDialog

            self.shell.open(BatchPrintDialog(self.shell))
            return True
        return super().command(command)

    def _open_clicked(self) -> None:
        self.state = BillState.OPEN if self.open_counter.isChecked() else BillState.ALL
        self.narrow()

    def _late_clicked(self) -> None:
        self.state = BillState.OVERDUE if self.late_counter.isChecked() else BillState.ALL
        self.narrow()

    def _show_everything(self) -> None:
        self.state = BillState.ALL
        self.widen()
        self.narrow()

    def open_row(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _check_in(self) -> None:
        self.shell.navigate("check_in")

    def fill_menu(self, menu: QMenu, row: BillRow) -> None:
        menu.addAction(self.tr("打开账单"), partial(self.shell.navigate, "bill", bill_id=row.id))
        if row.owed > NIL:
            menu.addAction(self.tr("收款"), partial(self.shell.navigate, "till", bill_ids=(row.id,)))
        menu.addAction(self.tr("看租客 {name}").format(name=row.debtor), partial(self._party, row))
        if row.lease_id is not None:
            menu.addAction(self.tr("看租约"), partial(self.shell.navigate, "lease", lease_id=row.lease_id))

    def _party(self, row: BillRow) -> None:
        self.shell.navigate("party", party_id=row.debtor_id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)  # type: ignore[attr-defined]
        ):
            self.table.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().eventFilter(watched, event)


def columns(today: date, words: QObject) -> list[Column]:
    """The columns of a list of bills, for this page and for lists of bills elsewhere."""
    return [
        Column(
            words.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="物业费 2026-12", stretch=2,
            detail=attrgetter("detail"),
        ),
        Column(words.tr("房间"), attrgetter("room"), kind=Kind.CODE, sample="10 栋 1203"),
        Column(words.tr("应付人"), attrgetter("debtor"), kind=Kind.NAME, sample="欧阳知微", stretch=1),
        Column(words.tr("应缴日"), _due, sort_key="due", kind=Kind.DATE, sample="2026-11-22"),
        Column(words.tr("状态"), str, kind=Kind.TAG, sample=STATE_SAMPLE, tag=partial(state_tag, today)),
        Column(words.tr("金额"), _amount, kind=Kind.MONEY, sample="188,888.00", fold=True),
        Column(words.tr("未付"), _owed, sort_key="owed", kind=Kind.MONEY, sample="88,888.00", strong=True, tone=_tone),
    ]  # fmt: skip


def _due(row: BillRow) -> str:
    return row.due.isoformat()


def _amount(row: BillRow) -> str:
    return str(row.amount)


def _owed(row: BillRow) -> str:
    return str(row.owed) if row.owed else "—"


def _tone(row: BillRow) -> str:
    return "text" if row.owed else "text-faint"
