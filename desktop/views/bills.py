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
from desktop.services.billing import FEE_WORDS, BillRow
from desktop.views.bill_list import STATE_SAMPLE, state_tag
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind
from desktop.views.filters import Counter
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
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

    def count_all(self) -> Count | None:
        rows: int | None = self.read(bill_lists.count_all_bills, self.wanted)
        return Count(rows) if rows is not None else None

    def page(self, ask: Ask) -> Sequence[BillRow]:
        rows: Sequence[BillRow] = self.read(
            bill_lists.list_bills, self.wanted, span_of(ask), BillOrder(ask.sort) if ask.sort else None
        )
        return rows

    def key(self, row: BillRow) -> Hashable:
        return row.id


class BillsPage(ListPage):
    """Opened with `state` ("open", "overdue"), `chosen` or `text` to begin with."""

    help_topic = "bills"
    list_key = "bills"
    conditions_read = staticmethod(bill_lists.bill_conditions)
    tables = frozenset({"bill", "bill_line", "bill_balance", "payment", "allocation", "party", "room"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.state = BillState.OPEN
        self.to_run = Button(self.tr("出账"), "secondary", icon="list-checks", key="Ctrl+G", size="small")
        self.to_notices = Button(self.tr("通知单"), "secondary", icon="mail", key="Ctrl+T", size="small")
        self.to_sums = Button(self.tr("月报"), "secondary", icon="chart-column", key="Ctrl+B", size="small")
        self.set_head(self.tr("账单"), "", self.to_run, self.to_notices, self.to_sums)
        self._build()
        self._wire()

    def _build(self) -> None:
        self.open_counter = Counter("receipt-text", self.tr("未付"), "text")
        self.late_counter = Counter("circle-alert", self.tr("逾期"), "danger")
        search = SearchField(self.tr("姓名 / 拼音 / 房号 / 账单名"))
        search.setAccessibleName(self.tr("找账单"))
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.open_counter)
        top.addWidget(self.late_counter)
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
        self.to_notices.clicked.connect(self._notices)
        self.to_sums.clicked.connect(self._month_sums)
        self.everything.clicked.connect(self._show_everything)
        self.to_check_in.clicked.connect(self._check_in)
        self.to_run.clicked.connect(self._run)
        self.to_run.setVisible(self.shell.allowed(Right.POST_BILLS))

    def _run(self) -> None:
        self.shell.navigate("bill_run")

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · Alt+1…9 排序 · Ctrl+C 复制 · F6 打印 · Ctrl+T 通知单")

    def begin(self, params: dict[str, Any]) -> None:
        self.state = BillState(params.get("state", BillState.OPEN))
        self.search.set_value(params.get("text", ""))

    def scope_now(self) -> str:
        return self.state.value

    def set_scope(self, scope: str) -> None:
        self.state = BillState(scope)

    def scope_words(self, scope: str | None = None) -> str:
        words = {
            BillState.OPEN: self.tr("未付账单"), BillState.OVERDUE: self.tr("逾期账单"),
            BillState.ALL: self.tr("全部账单"),
        }  # fmt: skip
        return words[BillState(scope or self.state)]

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
        """The counters."""
        self.open_counter.show_figure(f"{figures.open_bills:,}", self.tr("共 {owed}").format(owed=figures.open_owed))
        self.late_counter.show_figure(
            f"{figures.overdue_bills:,}", self.tr("共 {owed}").format(owed=figures.overdue_owed)
        )

    def source_wanted(self) -> BillsSource:
        wanted = BillFilter(self.state, self.search.value(), self.strip.chosen)
        return BillsSource(self.shell.session.read, wanted)

    def say_count(self, count: Count) -> None:
        found = self.source.last if self.source is not None else None
        self.foot_row.show_words(
            self.tr("{n} 张").format(n=count),
            self.tr("未付 {owed}").format(owed=found.owed) if found is not None and found.owed is not None else "",
        )

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else BillFilter()
        self.everything.setVisible(wanted != BillFilter())
        self.to_check_in.setVisible(wanted == BillFilter() and self.shell.allowed(Right.CHECK_IN))
        if self.say_none_so(self.scope_words()):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的账单").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个名字或房号，或看全部账单"))
        elif wanted == BillFilter():
            self._say_first()
        else:
            word = self.tr("逾期的账单") if wanted.state is BillState.OVERDUE else self.tr("未付的账单")
            if wanted.state is BillState.ALL:
                word = self.tr("账单")
            self.empty.title.setText(self.tr("没有{what}").format(what=word))
            self.empty.why.setText(self.tr("换个条件，或看全部账单"))
            self.shell.run(partial(self.shell.session.read, bill_lists.count_bills, BillFilter()), self._counted_all)

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

    def _open_clicked(self) -> None:
        self.state = BillState.OPEN if self.open_counter.isChecked() else BillState.ALL
        self.narrow()
        self.views.show_name()

    def _late_clicked(self) -> None:
        self.state = BillState.OVERDUE if self.late_counter.isChecked() else BillState.ALL
        self.narrow()
        self.views.show_name()

    def _show_everything(self) -> None:
        self.state = BillState.ALL
        self.widen()
        self.narrow()

    def open_row(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _check_in(self) -> None:
        self.shell.navigate("check_in")

    def _month_sums(self) -> None:
        self.shell.navigate("month_sums")

    def _notices(self) -> None:
        """缴费通知单: of the bills that are selected; of one row alone, of everything a day finds."""
        spans = self.table.spans()
        if sum(last - first + 1 for first, last in spans) > 1:
            self.copies.gather(spans, self._notices_of)
        else:
            self._notices_of(())

    def _notices_of(self, rows: Sequence[BillRow]) -> None:
        from desktop.views.bill_notices_dialog import BillNoticesDialog

        self.shell.open(BillNoticesDialog(self.shell, [row.id for row in rows]))

    def fill_menu(self, menu: QMenu, row: BillRow) -> None:
        menu.addAction(self.tr("打开账单"), partial(self.shell.navigate, "bill", bill_id=row.id))
        if row.owed > NIL:
            menu.addAction(self.tr("收款"), partial(self.shell.navigate, "till", bill_ids=(row.id,)))
        menu.addAction(self.tr("看租客 {name}").format(name=row.debtor), partial(self._party, row))
        if row.owed > NIL:
            menu.addAction(self.tr("印这户的缴费通知单"), partial(self._notices_of, (row,)))
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
            detail=attrgetter("detail"), key="title", detail_title=words.tr("期间或用量"),
        ),
        Column(words.tr("房间"), attrgetter("room"), kind=Kind.CODE, sample="10 栋 1203", key="room"),
        Column(words.tr("应付人"), attrgetter("debtor"), kind=Kind.NAME, sample="欧阳知微", stretch=1, key="debtor"),
        Column(words.tr("应缴日"), _due, sort_key="due", kind=Kind.DATE, sample="2026-11-22", key="due"),
        Column(
            words.tr("状态"), str, kind=Kind.TAG, sample=STATE_SAMPLE, tag=partial(state_tag, today), key="state"
        ),
        Column(words.tr("金额"), _amount, kind=Kind.MONEY, sample="188,888.00", fold=True, key="amount"),
        Column(
            words.tr("未付"), _owed, sort_key="owed", kind=Kind.MONEY, sample="88,888.00", strong=True, tone=_tone,
            key="owed",
        ),
        Column(words.tr("费用"), _fee, kind=Kind.TEXT, sample="钥匙押金", key="fee", usual=False),
    ]  # fmt: skip


def _fee(row: BillRow) -> str:
    return FEE_WORDS[row.fee_type]


def _due(row: BillRow) -> str:
    return row.due.isoformat()


def _amount(row: BillRow) -> str:
    return str(row.amount)


def _owed(row: BillRow) -> str:
    return str(row.owed) if row.owed else "—"


def _tone(row: BillRow) -> str:
    return "text" if row.owed else "text-faint"
