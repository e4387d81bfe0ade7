"""Printing many papers at once 批量打印: found by days, numbers, building or name, or chosen in a list; looked through,
then sent to the print queue one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import Right
from desktop.services import batch_prints
from desktop.services.batch_prints import MOST, MOST_SHOWN, Batch, FindPapers, PaperKind, PaperRow
from desktop.services.paper.receipt_form import KEYS
from desktop.views.batch_printing import BatchPrinting
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook, Ticks
from desktop.views.dates import DateField
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField
from desktop.views.file_preview import PdfDialog
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.printing import printer_of
from desktop.views.tables import RowTable
from desktop.views.text_fields import TextField

PAUSE_MS = 250
"""After the last key, before it is looked for."""


class BatchPrintDialog(Dialog):
    """`chosen` are papers of `kind` chosen in a list: then nothing is asked. Esc closes; what was sent goes on."""

    help_topic = "print.batch"
    fills = True

    def __init__(self, shell: Shell, kind: PaperKind = PaperKind.RECEIPT, chosen: Sequence[UUID] = ()) -> None:
        super().__init__(
            shell.frame, self.tr("批量打印"), primary=self.tr("打印"), primary_icon="printer", cancel=self.tr("关闭"),
            wide=900,
        )  # fmt: skip
        self._shell, self._chosen = shell, tuple(chosen)
        self.batch: Batch | None = None
        self._why = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.find)
        self.printing = BatchPrinting(shell, self)
        self._build(kind)
        self._wire()
        self.find()

    def _build(self, kind: PaperKind) -> None:
        form = self.use_form(4)
        self.body.takeAt(self.body.count() - 1)  # the table takes the room below the form
        words = {PaperKind.RECEIPT: self.tr("收据"), PaperKind.LEASE: self.tr("租约")}
        rights = {PaperKind.RECEIPT: Right.SEE_BILLS, PaperKind.LEASE: Right.SEE_LEASES}
        kinds = [each for each in PaperKind if self._shell.allowed(rights[each])]
        form.add("kind", self.tr("打什么"), ChoiceField([(each, words[each]) for each in kinds], kind))
        today = self._shell.today()
        form.add("since", self.tr("从哪天"), DateField(self._shell.today, today))
        form.add("until", self.tr("到哪天"), DateField(self._shell.today, today))
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        form.add("building", self.tr("楼栋"), self.building)
        hint = self.tr("全号或末几位")
        form.add("first", self.tr("从哪号"), TextField(hint=hint, limit=30))
        form.add("last", self.tr("到哪号"), TextField(hint=hint, limit=30))
        form.add("who", self.tr("姓名"), TextField(hint=self.tr("交款人或租客，可以只写一部分"), limit=40), span=2)
        form.setVisible(not self._chosen)
        self.table = RowTable(self._columns(), two_lines=True)
        self.table.setAccessibleName(self.tr("要打印的"))
        self.table.setMinimumHeight(120)
        self.count = label("", "strong")
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.trouble.hide()
        self.see = Button(self.tr("看版面"), "secondary", icon="file-text", key="Alt+1", slot=self._see)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.count, 1)
        row.addWidget(self.see)
        self.body.addLayout(row)
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.table, 1)

    def _columns(self) -> list[Column]:
        return [
            Column("", str, kind=Kind.TICK),
            Column(self.tr("号码"), _number, kind=Kind.CODE, sample="WJYA26-000001", detail=_day, strong=True),
            Column(self.tr("姓名"), _who, kind=Kind.NAME, sample="欧阳知微", stretch=1),
            Column(self.tr("金额或房间"), _about, kind=Kind.NUMBER, sample="1,234,567.00"),
            Column(
                self.tr("印成"), self._words, kind=Kind.TAG, sample=batch_prints.QUEUED, tag=self._tag,
            ),
        ]  # fmt: skip

    def _wire(self) -> None:
        assert self.form is not None
        self.form.changed.connect(self._typed)
        self.table.rows.ticked.connect(self._ticked)
        self.printing.progressed.connect(self._progressed)
        self.printing.stopped.connect(self._stopped)
        self.printing.finished.connect(self._finished)
        self.closed.connect(self.printing.stop)
        if self._shell.allowed(Right.SEE_BILLS) and not self._chosen:
            read = partial(self._shell.session.read, batch_prints.buildings_to_find)
            self._shell.run(read, self._show_buildings)

    # finding

    def _show_buildings(self, buildings: Sequence[tuple[UUID, str]]) -> None:
        """The buildings there are; what was chosen stays chosen."""
        self.building.set_choices([(None, self.tr("全部楼栋")), *buildings])

    def wanted(self) -> FindPapers:
        """What stands in the form."""
        assert self.form is not None
        typed = self.form.values()
        kind = PaperKind(typed["kind"])
        if self._chosen:
            return FindPapers(kind, ids=self._chosen)
        return FindPapers(
            kind, typed["since"], typed["until"], typed["first"], typed["last"], typed["building"], typed["who"]
        )

    def problems(self) -> Mapping[str, str]:
        return batch_prints.find_problems(self.wanted())

    def check(self) -> int:
        """Each trouble stands under its own field; a strip above would only push the list down."""
        count = super().check()
        self.summary.hide()
        return count

    def _typed(self) -> None:
        self._asked = True
        if self.check():
            self._pause.stop()
            self.table.say_when_empty(self.tr("这样找不了"), self.tr("先改好上面标红的一格"))
            self.show_batch(self.wanted(), Batch((), False))
        else:
            self._pause.start()

    def open(self) -> None:
        super().open()
        if self._chosen:
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def find(self) -> None:
        """Look for what stands in the form."""
        request = self.wanted()
        self.table.say_when_empty(self.tr("没有找到"), self.tr("放宽日期、号码或楼栋"))
        find = batch_prints.find_receipts if request.kind is PaperKind.RECEIPT else batch_prints.find_leases
        self._shell.run(partial(self._shell.session.read, find, request), partial(self.show_batch, request))

    def show_batch(self, request: FindPapers, batch: Batch) -> None:
        """What was found, everything ticked that can be printed; late answers are dropped."""
        if request != self.wanted() or self.printing.under_way:
            return
        self.batch = batch
        self.table.show_list(batch.rows, _id)
        self.table.rows.ticks = Ticks(everything=True, keys={row.id for row in batch.rows if row.held})
        self.table.viewport().update()
        self._show_state()

    def rows(self) -> list[PaperRow]:
        """What will be printed: ticked, and nothing speaks against it."""
        ticks = self.table.rows.ticks
        return [row for row in self.batch.rows if ticks.has(row.id) and not row.held] if self.batch else []

    def _ticked(self) -> None:
        """What cannot be printed cannot be ticked."""
        ticks = self.table.rows.ticks
        held = {row.id for row in self.batch.rows if row.held} if self.batch else set()
        ticks.keys = ticks.keys | held if ticks.everything else ticks.keys - held
        self.table.viewport().update()
        self._show_state()

    # showing

    def _words(self, row: PaperRow) -> str:
        return self.printing.aside.get(row.id) or row.held or row.mark

    def _tag(self, row: PaperRow) -> TagLook:
        if row.id in self.printing.aside:
            return TagLook(self.printing.aside[row.id], "danger", "circle-alert")
        if row.held:
            return TagLook(row.held, "warn", "circle-slash")
        return TagLook(row.mark, "" if row.prints else "info", "printer")

    def _show_state(self) -> None:
        if self.printing.under_way or self.batch is None:
            return
        rows, found = self.rows(), self.batch.rows
        first = sum(not row.prints for row in rows)
        words = [self.tr("印 {n} 份").format(n=len(rows))]
        if len(rows) - first:
            words.append(self.tr("补打 {n}").format(n=len(rows) - first))
        if first:
            words.append(self.tr("首次 {n}").format(n=first))
        if held := sum(bool(row.held) for row in found):
            words.append(self.tr("不印 {n}（原因在右边）").format(n=held))
        if self.batch.more:
            words.append(self.tr("只列前 {n} 份，缩小范围再印其余").format(n=MOST))
        self.count.setText(" · ".join(words))
        nothing = self.tr("没有可印的：先勾选，或换个范围")
        self.primary.setText(self.tr("打印 {n} 份").format(n=len(rows)) if rows else self.tr("打印"))
        self.primary.allow("" if rows else nothing)
        self.see.allow("" if rows else nothing)

    # the preview

    def _see(self) -> None:
        ids = [row.id for row in self.rows()]
        read = self._shell.session.read
        if self.wanted().kind is PaperKind.RECEIPT:
            chosen = printer_of(self._shell.session, "receipt").form
            make = partial(read, batch_prints.preview_receipts, ids, chosen if chosen in KEYS else "")
        else:
            make = partial(read, batch_prints.preview_leases, ids)
        self._shell.run(make, partial(self._show_pdf, len(ids)), busy=self.tr("正在排版"))

    def _show_pdf(self, count: int, pdf: bytes) -> None:
        title = self.tr("要打印的 {n} 份").format(n=count)
        if count > MOST_SHOWN:
            title += self.tr("，先看前 {n} 份").format(n=MOST_SHOWN)
        dialog = PdfDialog(self._shell, title, pdf)
        dialog.print_with(None)  # they are counted one by one: printed from the list only
        self._shell.open(dialog)

    # printing

    def submit(self) -> None:
        """Ctrl Enter: print, stop, or go on."""
        if self.printing.running:
            self.printing.stop()
            self._stopped(self.tr("停下了：已经送到打印机的会打完"))
            return
        if self.printing.under_way:
            self._show_running()
            self.printing.go_on()
            return
        rows = self.rows()
        if rows:
            self._show_running()
            self.printing.begin(rows)

    def _show_running(self) -> None:
        assert self.form is not None
        self.form.setEnabled(False)
        self.table.setEnabled(False)
        self.see.allow(self.tr("正在打印"))
        self.trouble.hide()
        self.primary.setText(self.tr("停下"))
        self.primary.allow("")

    def _progressed(self, done: int, total: int) -> None:
        self.count.setText(self.tr("已打出 {done} / {total}").format(done=done, total=total))
        if not self.printing.running:  # what lay at the printer when it was stopped
            self._stopped(self._why)

    def _stopped(self, words: str) -> None:
        self._why, left = words, self.printing.left
        self.trouble.setText(self.tr("{words}。还有 {n} 份没打出来。").format(words=words.rstrip("。"), n=left))
        self.trouble.show()
        self.primary.setText(self.tr("接着打 {n} 份").format(n=left))

    def _finished(self) -> None:
        assert self.form is not None
        aside = len(self.printing.aside)
        done = self.tr("{n} 份已打出").format(n=self.printing.done)
        self.form.setEnabled(True)
        self.table.setEnabled(True)
        if not aside and not self.printing.notices:
            self.accept()
            self._shell.toast(done)
            return
        self.count.setText(f"{done}，{self.tr('{n} 份没有做出来').format(n=aside)}" if aside else done)
        self.trouble.setText("；".join(self.printing.notices))
        self.trouble.setVisible(bool(self.printing.notices))
        self.table.viewport().update()
        self.primary.setText(self.tr("打印"))
        self.primary.allow(self.tr("这一批打完了：改范围可以再印"))


def _id(row: PaperRow) -> UUID:
    return row.id


def _number(row: Any) -> str:
    return str(row.number)


def _day(row: Any) -> str:
    return f"{row.day}" if row.day else ""


def _who(row: Any) -> str:
    return str(row.who)


def _about(row: Any) -> str:
    return str(row.about)
