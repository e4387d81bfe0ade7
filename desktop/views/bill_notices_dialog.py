"""缴费通知单: for a day, a building or chosen bills; looked through, then printed in one run as one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import NIL, Right, add_months, total
from desktop.services import batch_prints, bill_notice_prints, bill_notices
from desktop.services.acts import Op
from desktop.services.bill_codes import PAPER
from desktop.services.bill_notice_prints import MOST_SHOWN, MadeNotices, PrintNotices
from desktop.services.bill_notices import MOST, FindNotices, NoticeRow, Notices
from desktop.services.print_events import Printed
from desktop.views import messages
from desktop.views.batch_print_dialog import PAUSE_MS
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook, Ticks
from desktop.views.dates import DateField
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.file_preview import PdfDialog
from desktop.views.jobs import Job
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.tables import RowTable


class BillNoticesDialog(Dialog):
    """`chosen` are bills chosen in a list, `run_id` a bill run: then only the building narrows. Esc closes."""

    help_topic = "bill_notices"
    fills = True

    def __init__(self, shell: Shell, chosen: Sequence[UUID] = (), run_id: UUID | None = None) -> None:
        super().__init__(
            shell.frame, self.tr("缴费通知单"), primary=self.tr("打印"), primary_icon="printer", cancel=self.tr("关闭"),
            wide=900,
        )  # fmt: skip
        self._shell, self._chosen, self._run_id = shell, tuple(chosen), run_id
        self.found: Notices | None = None
        self._job: Job | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.find)
        self._build()
        assert self.form is not None
        self.form.changed.connect(self._typed)
        self.table.rows.ticked.connect(self._show_state)
        self.closed.connect(self._stop)
        self._shell.run(partial(shell.session.read, batch_prints.buildings_to_find), self._show_buildings)
        self.find()

    def _build(self) -> None:
        form = self.use_form(4)
        self.body.takeAt(self.body.count() - 1)  # the table takes the room below the form
        today = self._shell.today()
        month_end = add_months(today.replace(day=1), 1) - timedelta(days=1)
        self.until = DateField(self._shell.today, month_end)
        form.add("until", self.tr("应缴日到"), self.until, required=True)
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        form.add("building", self.tr("楼栋"), self.building)
        choices = [(False, self.tr("都印")), (True, self.tr("只印没印过的"))]
        form.add("unprinted", self.tr("印过的"), ChoiceField(choices, False))
        form.add("sheet", self.tr("从第几张纸起"), NumberField(1, least=1, most=9999), hint=self.tr("卡纸后接着打"))
        if self._chosen or self._run_id is not None:
            self.until.setEnabled(False)  # what was chosen says it
        self.table = RowTable(self._columns())
        self.table.setAccessibleName(self.tr("要打印的通知单"))
        self.table.setMinimumHeight(110)
        self.count = label("", "strong")
        self.see = Button(self.tr("看版面"), "secondary", icon="file-text", key="Alt+1", slot=self._see)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.count, 1)
        row.addWidget(self.see)
        self.body.addLayout(row)
        self.body.addWidget(self.table, 1)
        self.cut = label(self.tr("A4 一张两份：裁开后上半叠放在下半叠上面"), "small")
        self.foot.insertWidget(1, self.cut)

    def _columns(self) -> list[Column]:
        return [
            Column("", str, kind=Kind.TICK),
            Column(self.tr("房间"), _room, kind=Kind.CODE, sample="10 栋 1203", strong=True),
            Column(self.tr("应付人"), _debtor, kind=Kind.NAME, sample="欧阳知微", stretch=1),
            Column(self.tr("账单"), _bills, kind=Kind.NUMBER, sample="12"),
            Column(self.tr("其中往期"), _arrears, kind=Kind.MONEY, sample="188,888.00", tone=_tone, fold=True),
            Column(self.tr("合计（元）"), _amount, kind=Kind.MONEY, sample="188,888.00"),
            Column(self.tr("印过"), str, kind=Kind.TAG, sample="11-22 印过", tag=self._tag),
        ]  # fmt: skip

    def open(self) -> None:
        super().open()
        if self._chosen or self._run_id is not None:
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    # finding

    def _show_buildings(self, buildings: Sequence[tuple[UUID, str]]) -> None:
        self.building.set_choices([(None, self.tr("全部楼栋")), *buildings])

    def wanted(self) -> FindNotices | None:
        """What stands in the form; None without a day."""
        assert self.form is not None
        typed = self.form.values()
        until = typed["until"] or (self._shell.today() if not self.until.isEnabled() else None)
        if until is None:
            return None
        return FindNotices(until, self._run_id, self._chosen, typed["building"], bool(typed["unprinted"]))

    def problems(self) -> Mapping[str, str]:
        return {} if self.wanted() is not None else {"until": self.tr("写上日期")}

    def check(self) -> int:
        """Each trouble stands under its own field; a strip above would only push the list down."""
        count = super().check()
        self.summary.hide()
        return count

    def _typed(self) -> None:
        self._asked = True
        if self.check():
            self._pause.stop()
            self.table.say_when_empty(self.tr("先写上应缴日"), self.tr("应缴日在这天和以前、没缴清的都印"))
            self.show_found(self.wanted(), Notices((), False))
        else:
            self._pause.start()

    def find(self) -> None:
        """Look for what stands in the form."""
        wanted = self.wanted()
        if wanted is None or self._job is not None:
            return
        self.table.say_when_empty(self.tr("没有未缴的账单"), self.tr("放宽应缴日，或换一栋"))
        read = partial(self._shell.session.read, bill_notices.find_notices, wanted)
        self._shell.run(read, partial(self.show_found, wanted), busy=self.tr("正在找账单"))

    def show_found(self, wanted: FindNotices | None, found: Notices) -> None:
        """What was found, everything ticked; late answers are dropped."""
        if wanted != self.wanted() or self._job is not None:
            return
        if self.found is not None and found.rows == self.found.rows:
            return  # only the sheet was changed: what is ticked stays so
        self.found = found
        self.table.show_list(found.rows, _key)
        self.table.rows.ticks = Ticks(everything=True)
        self.table.viewport().update()
        self._show_state()

    def rows(self) -> list[NoticeRow]:
        """What will be printed."""
        ticks = self.table.rows.ticks
        return [row for row in self.found.rows if ticks.has(_key(row))] if self.found is not None else []

    def order(self) -> PrintNotices | None:
        """The run as it stands; None while nothing is ticked or the day is missing."""
        assert self.form is not None
        wanted, rows = self.wanted(), self.rows()
        if wanted is None or not rows:
            return None
        sheet = self.form.field("sheet").value()
        until = max(wanted.until, self._shell.today()) if self._chosen or self._run_id else wanted.until
        return PrintNotices(tuple(row.bill_ids for row in rows), until, int(sheet or 1))

    # showing

    def _tag(self, row: NoticeRow) -> TagLook | None:
        if row.printed is None:
            return None
        return TagLook(self.tr("{day:%m-%d} 印过").format(day=row.printed), "", "printer")

    def _show_state(self) -> None:
        if self.found is None or self._job is not None:
            return
        rows = self.rows()
        houses = len({row.building_id for row in rows})
        words = [self.tr("{n} 份，{houses} 栋").format(n=len(rows), houses=houses)]
        words.append(self.tr("共 {sum}").format(sum=total(row.amount for row in rows)))
        if late := total(row.arrears for row in rows):
            words.append(self.tr("其中往期 {late}").format(late=late))
        if self.found.more:
            words.append(self.tr("一次最多 {n} 份：按楼栋分开印").format(n=f"{MOST:,}"))
        self.count.setText(" · ".join(words) if rows else "")
        nothing = "" if rows else self.tr("没有可印的：先勾选，或换个范围")
        self.primary.setText(self.tr("打印 {n} 份").format(n=len(rows)) if rows else self.tr("打印"))
        if not self._shell.allowed(Right.PRINT_PAPER):
            nothing = self.tr("您的角色不能打印：请前台或收银员登录后办理")
        self.primary.allow(nothing)
        self.see.allow("" if rows else self.tr("没有可看的：先勾选，或换个范围"))

    def _see(self) -> None:
        order = self.order()
        if order is not None:
            make = partial(self._shell.session.read, bill_notice_prints.preview_notices, order)
            self._shell.run(make, partial(self._show_pdf, len(order.groups)), busy=self.tr("正在排版"))

    def _show_pdf(self, count: int, pdf: bytes) -> None:
        title = self.tr("{n} 份缴费通知单").format(n=count)
        if count > MOST_SHOWN:
            title += self.tr("，先看前 {n} 份").format(n=MOST_SHOWN)
        dialog = PdfDialog(self._shell, title, pdf)
        dialog.print_with(None)  # a run is noted: printed from the list only
        self._shell.open(dialog)

    # printing

    def submit(self) -> None:
        """Ctrl Enter: make the run, or stop making it."""
        if self._job is not None:
            self._stop()
            return
        order = self.order()
        if order is None or self.check() or not self.primary.isEnabled():
            return
        self._running(True)
        self._job = self._shell.run(partial(_make, self._shell.session, order), self._made, self._failed)
        self._job.progressed.connect(self._progressed)
        self._job.cancelled.connect(self._cancelled)

    def _running(self, on: bool) -> None:
        assert self.form is not None
        self.form.setEnabled(not on)
        self.table.setEnabled(not on)
        if on:
            self.see.disable(self.tr("正在排版"))
            self.primary.setText(self.tr("停下"))
            self.primary.allow("")

    def _progressed(self, done: int, whole: int, text: str) -> None:
        self.count.setText(self.tr("{text} {done} / {whole}").format(text=text, done=done, whole=whole))

    def _made(self, made: MadeNotices) -> None:
        act = partial(_print, self._shell.session, made)
        self._shell.run(act, self._printed, self._failed, write=True)

    def _printed(self, printed: Printed) -> None:
        self._job = None
        self._shell.session.printing.submit(PrintOrder(printed.pdf, PAPER, printed.title, job_id=printed.job_id))
        self.accept()
        self._shell.toast(self.tr("{title} 已送去打印").format(title=printed.title))

    def _failed(self, error: Exception) -> None:
        self._over()
        if getattr(error, "message", ""):
            self.refuse(error)
            self._show_state()
        else:
            messages.show_error(error)

    def _cancelled(self) -> None:
        self._over()
        self.count.setText(self.tr("停下了，什么都没有打"))

    def _over(self) -> None:
        self._job = None
        self._running(False)
        self._show_state()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()


def _make(session: Any, order: PrintNotices, report: Any) -> MadeNotices:
    """In a reading job: the run, beside the database."""
    made: MadeNotices = session.read(bill_notice_prints.make_notices, order, report)
    return made


def _print(session: Any, made: MadeNotices) -> Printed:
    """In a writing job: noted and queued in one act."""
    printer = printer_of(session, PAPER).printer
    printed: Printed = session.act(Op.PRINT_PAPER, bill_notice_prints.print_notices, made, printer)
    return printed


def _key(row: NoticeRow) -> tuple[UUID, UUID | None]:
    return row.debtor_id, row.room_id


def _room(row: Any) -> str:
    return str(row.room)


def _debtor(row: Any) -> str:
    return str(row.debtor)


def _bills(row: Any) -> str:
    return str(len(row.bill_ids))


def _arrears(row: Any) -> str:
    return str(row.arrears) if row.arrears else "—"


def _tone(row: Any) -> str:
    return "danger" if row.arrears > NIL else "text-faint"


def _amount(row: Any) -> str:
    return str(row.amount)
