"""The print queue 打印队列: what waits, what did not come out and why, and what to do about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.models.values import Right
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.print_queue import PrintQueue, QueueRow, state_words
from desktop.views.printing import printer_names
from desktop.views.tables import RowTable
from desktop.world import OFFICE_ZONE

_PAGES = {"payment": ("receipt", "payment_id", Right.SEE_BILLS), "lease": ("lease", "lease_id", Right.SEE_LEASES)}


class OtherPrinterDialog(Dialog):
    """Which printer one job goes to instead. Signals: submitted({"printer": name})."""

    help_topic = "print.queue"

    def __init__(self, window: QWidget, title: str, names: list[str], now: str) -> None:
        super().__init__(
            window, self.tr("换打印机"), subtitle=title, primary=self.tr("打印"), primary_icon="printer", wide=460
        )
        self.body.addWidget(label(self.tr("只换这一次；平时用哪台在「设置 · 打印机」里改。"), "muted", wrap=True))
        form = self.use_form(1)
        form.add("printer", self.tr("打印机"), ChoiceField([(name, name) for name in names]))
        if now in names and len(names) > 1:
            form.field("printer").set_value(next(name for name in names if name != now))


class PrintQueueDialog(Dialog):
    """Esc closes it; what is printing goes on."""

    help_topic = "print.queue"

    def __init__(self, shell: Shell, queue: PrintQueue) -> None:
        super().__init__(
            shell.frame, self.tr("打印队列"), primary=self.tr("重试"), primary_icon="printer",
            cancel=self.tr("关闭"), wide=900,
        )  # fmt: skip
        self._shell, self._queue = shell, queue
        self.empty = label(
            self.tr("这里还没有打印过。收据、合同打印后留在这里，没打出来的可以重试。"), "muted", wrap=True
        )
        self.table = RowTable(
            [
                Column(
                    self.tr("文件"), lambda row: row.title, kind=Kind.NAME, sample="收据 CHY-01-2026-000123",
                    strong=True, stretch=1, detail=_about,
                ),
                Column(self.tr("状态"), lambda row: state_words(row)[0], kind=Kind.TAG, sample="没打出来", tag=_tag),
                Column(self.tr("打印机"), _printer, kind=Kind.NAME, sample="针式打印机-01", fold=True),
                Column(self.tr("时间"), _when, kind=Kind.DATE, sample="12-31 23:59"),
            ],
            two_lines=True,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("打印队列"))
        self.table.setMinimumHeight(200)
        self.see = Button(self.tr("看原件"), "quiet", key="Alt+5", slot=self._see)
        self.give_up = Button(self.tr("不打了"), "quiet", key="Alt+4", slot=self._drop)
        self.came_out = Button(self.tr("已经出纸"), "secondary", key="Alt+3", slot=self._came_out)
        self.other = Button(self.tr("换打印机"), "secondary", key="Alt+2", slot=self._other)
        self.many = Button(self.tr("批量打印"), "secondary", key="Alt+6", slot=self._many)
        self.every = Button(self.tr("全部重试"), "secondary", key="Alt+1", slot=self._every)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.every, self.other, self.came_out, self.give_up, self.see):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.many)
        self.body.addWidget(self.empty)
        self.body.addLayout(row)
        self.body.addWidget(self.table, 1)
        self.table.opened.connect(self._opened)
        self.table.current_row.connect(self._allow)
        queue.changed.connect(self.show_rows)
        self.show_rows()
        queue.refresh()

    def show_rows(self) -> None:
        """Show the queue as it is; the row in hand stays in hand until it is done with."""
        rows = self._queue.rows()
        here = self.table.current()
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.table.show_list(rows, _key)
        if here is not None:
            now = next((row for row in rows if _key(row) == _key(here)), None)
            done = here.open and now is not None and not now.open and now.state != "sending"
            self.table.stand_on(_key(rows[0] if done and rows[0].open else here))
        self._allow(self.table.current())

    def open(self) -> None:
        super().open()
        if self.table.isVisible():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _allow(self, row: QueueRow | None) -> None:
        again = self.tr("先选一行") if row is None else ""
        if row is not None and row.state == "sending":
            again = self.tr("正在打印")
        elif row is not None and not row.open:
            again = self.tr("已经打出来了；要再来一张，在原件那里补打")
            if row.state == "dropped":
                again = self.tr("已经取消；要打，回原件那里打印")
        for button in (self.primary, self.other):
            button.allow(again)
        still = row is not None and row.open
        self.give_up.allow("" if still else again or self.tr("没有可取消的"))
        self.came_out.allow("" if still and row is not None and row.job is not None else again or self.tr("不用标记"))
        self.see.allow("" if row is not None and self._page_of(row) is not None else self.tr("这一份没有原件页"))
        open_rows = sum(each.open for each in self._queue.rows())
        self.every.allow("" if open_rows > 1 else self.tr("没有几份等着的"))

    # what the clerk does

    def submit(self) -> None:
        row = self.table.current()
        if row is not None and row.open:
            self._queue.retry(row)

    def _opened(self, row: QueueRow) -> None:
        if row.open:
            self._queue.retry(row)
        elif self._page_of(row) is not None:
            self._see()

    def _drop(self) -> None:
        if (row := self.table.current()) is not None:
            self._queue.drop(row)

    def _came_out(self) -> None:
        if (row := self.table.current()) is not None:
            self._queue.came_out(row)

    def _every(self) -> None:
        if not self._queue.retry_all():
            self.note.setText(self.tr("都可能已经出纸：一份一份看过再打"))

    def _other(self) -> None:
        row = self.table.current()
        if row is not None:
            self._shell.run(printer_names, partial(self._ask_printer, row))

    def _ask_printer(self, row: QueueRow, names: list[str]) -> None:
        if not names:
            self.note.setText(self.tr("这台电脑没有可用的打印机"))
            return
        dialog = OtherPrinterDialog(self._shell.frame, row.title, names, row.printer)
        dialog.submitted.connect(partial(self._send_there, dialog, row))
        self._shell.open(dialog)

    def _send_there(self, dialog: Dialog, row: QueueRow, typed: dict[str, str]) -> None:
        dialog.accept()
        self._queue.retry(row, typed["printer"])

    def _many(self) -> None:
        """Receipts or leases by days or numbers; this dialog gives way to it."""
        from desktop.views.batch_print_dialog import BatchPrintDialog

        self.cancel()
        self._shell.open(BatchPrintDialog(self._shell))

    def _see(self) -> None:
        row = self.table.current()
        place = self._page_of(row) if row is not None else None
        if row is not None and row.job is not None and place is not None:
            self.cancel()
            self._shell.navigate(place[0], **{place[1]: row.job.subject_id})

    def _page_of(self, row: QueueRow) -> tuple[str, str, Right] | None:
        place = _PAGES.get(row.job.subject_table) if row.job is not None else None
        return place if place is not None and self._shell.allowed(place[2]) else None


def _key(row: QueueRow) -> object:
    return row.job.id if row.job is not None else id(row.order)


def _tag(row: QueueRow) -> TagLook:
    return TagLook(*state_words(row))


def _printer(row: QueueRow) -> str:
    """A folder in place of a printer is named by its last part."""
    return row.printer.replace("\\", "/").rsplit("/", 1)[-1] if row.printer else ""


def _when(row: QueueRow) -> str:
    return f"{row.at.astimezone(OFFICE_ZONE):%m-%d %H:%M}" if row.at is not None else ""


def _about(row: QueueRow) -> str:
    if row.trouble:
        return row.trouble
    if row.job is None:
        return ""
    tries = f"，第 {row.job.tries} 次" if row.job.tries > 1 else ""
    return f"{row.job.who}{tries}"
