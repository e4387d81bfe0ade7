"""对账单 over the page of a party or a room: its period by key, the paper at once, F6 prints, a key writes a file."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from desktop.services import statement_copies
from desktop.services.acts import Op
from desktop.services.print_events import Printed
from desktop.services.statement_copies import FileKind
from desktop.services.statements import StatementWanted
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.on_the_spot import Asked, act_or_ask
from desktop.views.pages import Shell
from desktop.views.period_choice import Days, PeriodChoice
from desktop.views.preview import PreviewPanel
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.save_file import SaveDialog

FILE_KINDS = (("xlsx", "表格"), ("pdf", "版面"))


class StatementDialog(Dialog):
    """Of a party or of a room, one of the two; `who` is what it is called on screen."""

    help_topic = "statement"
    writes = False
    fills = True

    def __init__(self, shell: Shell, who: str, *, party_id: UUID | None = None, room_id: UUID | None = None) -> None:
        super().__init__(shell.frame, shell.frame.tr("对账单"), subtitle=who, cancel=shell.frame.tr("关闭"), wide=900)
        self._shell, self._who, self._party_id, self._room_id = shell, who, party_id, room_id
        self._number = 0
        self.primary.hide()
        self.primary.set_key(None)
        self.period = PeriodChoice(shell, self)
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.file = Button(self.tr("存成文件"), "secondary", icon="table-2", key="Alt+5", slot=self._save)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.period)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.file)
        self.panel = PreviewPanel()
        self.panel.setMinimumHeight(220)
        self.body.addLayout(row)
        self.body.addWidget(self.panel, 1)
        self.period.changed.connect(self._show)
        self.panel.print_asked.connect(self.print_it)
        self.closed.connect(self.panel.shutdown)
        self._show()

    def open(self) -> None:
        super().open()
        self.period.segment.setFocus(Qt.FocusReason.TabFocusReason)

    def wanted(self) -> StatementWanted | None:
        """What is asked for; None while the days are not whole."""
        days: Days | None = self.period.days()
        return StatementWanted(*days, self._party_id, self._room_id) if days is not None else None

    # showing

    def _show(self) -> None:
        wanted = self.wanted()
        self.trouble.setText(self.period.problem())
        reason = self.period.problem()
        self.file.allow(reason)
        self.panel.print_button.allow(reason)
        self._number += 1
        if wanted is not None:
            read = partial(self._shell.session.read, statement_copies.preview_statement, wanted)
            self._shell.run(
                read, partial(self._shown, self._number), partial(self._not_shown, self._number),
                busy=self.tr("正在排版"),
            )  # fmt: skip

    def _shown(self, number: int, pdf: bytes) -> None:
        if number == self._number:
            self.panel.show_pdf(pdf)

    def _not_shown(self, number: int, error: Exception) -> None:
        if number == self._number:
            words = getattr(error, "message", "") or str(error)
            self.trouble.setText(words)
            self.file.allow(words)
            self.panel.print_button.allow(words)
            self.panel.preview.clear()

    # what leaves

    def _asked_words(self, what: str, verb: str) -> Asked:
        return Asked(what.format(who=self._who), self.period.words(), verb)

    def print_it(self) -> None:
        """F6: on paper, and a line in the log."""
        wanted = self.wanted()
        if wanted is None or not self.panel.print_button.isEnabled():
            return
        printer = printer_of(self._shell.session, statement_copies.PAPER).printer
        act_or_ask(
            self._shell, self._asked_words(self.tr("打印{who}的对账单"), self.tr("同意打印")), Op.EXPORT_LIST,
            partial(_print, wanted, printer), self._printed, messages.show_error, busy=self.tr("正在排版"),
        )  # fmt: skip

    def _printed(self, printed: Printed) -> None:
        order = PrintOrder(printed.pdf, statement_copies.PAPER, printed.title, job_id=printed.job_id)
        self._shell.session.printing.submit(order)
        self._shell.toast(self.tr("{title} 已送去打印").format(title=printed.title))

    def _save(self) -> None:
        wanted = self.wanted()
        if wanted is None:
            return
        name = f"对账单 {self._who} {wanted.since} 至 {wanted.until}"
        asked = self._asked_words(self.tr("把{who}的对账单存成文件"), self.tr("同意存文件"))
        self._shell.open(SaveDialog(self._shell, self.tr("存对账单"), name, asked, partial(_file, wanted), FILE_KINDS))


def _print(wanted: StatementWanted, printer: str, work: Work) -> Printed:
    return statement_copies.print_statement(work, wanted, printer)


def _file(wanted: StatementWanted, kind: str, work: Work) -> bytes:
    return statement_copies.statement_file(work, wanted, FileKind(kind))
