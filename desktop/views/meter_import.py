"""Readings from a workbook on screen: the file, its columns, every row with its verdict, and only then one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from desktop.models.values import MeterKind
from desktop.services import meter_import, reading_entry
from desktop.services.acts import Op
from desktop.services.bill_lists import plain
from desktop.services.errors import DomainError
from desktop.services.handover import METER_WORDS
from desktop.services.meter_import import Column as SheetColumn
from desktop.services.meter_import import ImportPreview, ImportRow, Sheet
from desktop.services.problems import Level
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField
from desktop.views.forms import MessageLine
from desktop.views.labels import label
from desktop.views.layouts import flowing
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import TextField

FILES = "*.xlsx *.xls *.csv"
_CHOSEN = (SheetColumn.ROOM, SheetColumn.SERIAL, SheetColumn.VALUE, SheetColumn.DAY)


class ImportDialog(Dialog):
    """导入读数. Signals: done(ids) once they are stored."""

    help_topic = "meters.import"
    fills = True
    done = Signal(object)

    def __init__(self, shell: Shell, kind: MeterKind, building: UUID | None, day: date) -> None:
        super().__init__(
            shell.frame, shell.frame.tr("导入读数"), subtitle=METER_WORDS[kind], primary=shell.frame.tr("存读数"),
            primary_icon="save", wide=900,
        )  # fmt: skip
        self.shell, self._kind, self._building, self._day = shell, kind, building, day
        self.sheet: Sheet | None = None
        self.preview: ImportPreview | None = None
        self.setAcceptDrops(True)
        self.path = TextField(hint=self.tr("把 .xlsx、.xls 或 .csv 拖到这里，或按「选文件」"), limit=400)
        self.path.setAccessibleName(self.tr("文件"))
        self.path.enter_moves_on = False
        self.path.entered.connect(self._typed_path)
        self.choose_button = Button(self.tr("选文件"), icon="folder-open", key="Ctrl+O", slot=self.choose)
        file = QHBoxLayout()
        file.setSpacing(8)
        file.addWidget(self.path, 1)
        file.addWidget(self.choose_button)
        self.columns: dict[SheetColumn, ChoiceField] = {}
        words = {
            SheetColumn.ROOM: self.tr("房号"), SheetColumn.SERIAL: self.tr("表号"),
            SheetColumn.VALUE: self.tr("本次读数"), SheetColumn.DAY: self.tr("抄表日期"),
        }  # fmt: skip
        parts: list[Any] = []
        for column in _CHOSEN:
            field = self.columns[column] = ChoiceField([(-1, self.tr("没有这一列"))])
            field.setAccessibleName(words[column])
            field.changed.connect(self._mapped)
            parts += [label(words[column], "label"), field]
        self.mapping = flowing(*parts)
        self.mapping.hide()
        self.tabs = Tabs()
        self.tabs.changed.connect(self._show_rows)
        self.table = RowTable(
            [
                Column(self.tr("行"), _line, kind=Kind.NUMBER, sample="12345"),
                Column("", str, kind=Kind.TAG, sample=self.tr("不能存"), tag=self._tag),
                Column(self.tr("房间"), _place, kind=Kind.NAME, sample="12 栋 2305", strong=True),
                Column(self.tr("上次"), _last, kind=Kind.NUMBER, sample="12,345.6"),
                Column(self.tr("本次"), _shown, kind=Kind.NUMBER, sample="12,345.6"),
                Column(self.tr("用量"), _use, kind=Kind.NUMBER, sample="1,234.5", fold=True),
                Column(self.tr("抄表日期"), _day, kind=Kind.DATE, sample="2026-11-20", fold=True),
                Column(self.tr("判断"), _words, kind=Kind.NAME, sample=self.tr("低于上次 110：过零了"), stretch=1),
            ]
        )
        self.table.setAccessibleName(self.tr("导入预览"))
        self.table.say_when_empty(
            self.tr("选一个文件，先看再存"), self.tr("第一行写列名：房号、本次读数；可用「抄表单」带走填好的表")
        )
        self.body.addLayout(file)
        self.body.addWidget(self.mapping)
        self.body.addWidget(self.tabs)
        self.said = MessageLine()
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.said)
        self.table.current_row.connect(self._walked)
        self.tabs.hide()
        self.submitted.connect(self._store)
        self.primary.allow(self.tr("先选文件"))

    # the file

    def open(self) -> None:
        super().open()
        self.path.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self) -> None:
        """Ask the system for a workbook."""
        name, _kind = QFileDialog.getOpenFileName(
            self.shell.frame, self.tr("选要导入的表格"), "", self.tr("表格") + f" ({FILES})"
        )
        if name:
            self.read_file(Path(name))

    def _typed_path(self) -> None:
        if self.path.value():
            self.read_file(Path(self.path.value()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if urls:
            self.read_file(Path(urls[0]))

    def read_file(self, path: Path) -> None:
        """Read a workbook and judge its rows."""
        self.path.set_value(str(path))
        self.summary.say("")
        self.primary.allow(self.tr("正在读文件"))
        self.shell.run(
            partial(_read, self.shell.session, path, self._kind, self._building, self._day, None), self._show_file,
            self._no_file, busy=self.tr("正在读文件"),
        )  # fmt: skip

    def _no_file(self, error: Exception) -> None:
        self.sheet = self.preview = None
        self._show_rows()
        self.refuse(error)
        self.primary.allow(self.tr("先选一个能读的文件"))

    def _show_file(self, found: tuple[Sheet, ImportPreview]) -> None:
        self.sheet, preview = found
        heads = [(-1, self.tr("没有这一列"))] + [
            (at, words or self.tr("第 {n} 列").format(n=at + 1)) for at, words in enumerate(self.sheet.header)
        ]
        for column, field in self.columns.items():
            field.blockSignals(True)
            field.set_choices(heads)
            field.set_value(preview.columns.get(column, -1))
            field.blockSignals(False)
        self.mapping.show()
        self._show_preview(preview)

    def _mapped(self) -> None:
        """Another column was chosen: every row is judged anew."""
        if self.sheet is None:
            return
        chosen = {
            column: at for column, field in self.columns.items() if isinstance(at := field.value(), int) and at >= 0
        }
        kept = {
            column: at
            for column, at in meter_import.columns_of(self.sheet.header).items()
            if column not in _CHOSEN and at not in chosen.values()
        }
        self.shell.run(
            partial(
                self.shell.session.read, meter_import.preview_import, self.sheet, self._kind, self._building,
                self._day, chosen | kept,
            ),
            self._show_preview, self.refuse,
        )  # fmt: skip

    def _show_preview(self, preview: ImportPreview) -> None:
        self.preview = preview
        tabs: Sequence[tuple[str, str, int]] = (
            ("all", self.tr("全部"), len(preview.rows)),
            ("error", self.tr("不能存"), preview.count(Level.ERROR)),
            ("warn", self.tr("要核对"), preview.count(Level.WARN)),
        )
        self.tabs.set_options([Option(value, words, count=f"{n:,}") for value, words, n in tabs])
        self.tabs.show()
        self._show_rows()

    def _show_rows(self) -> None:
        preview = self.preview
        rows = list(preview.rows) if preview is not None else []
        wanted = {"error": Level.ERROR, "warn": Level.WARN}.get(str(self.tabs.value() or ""))
        shown = [row for row in rows if wanted is None or row.level is wanted]
        self.table.show_list(shown, _line)
        ready = preview.readings() if preview is not None else []
        doubts = preview.count(Level.WARN) if preview is not None else 0
        self.primary.setText(self.tr("存 {n} 个读数").format(n=len(ready)) if ready else self.tr("存读数"))
        self.note.setText(self.tr("其中 {n} 个要核对，照存").format(n=doubts) if doubts else "")
        nothing = self.tr("没有能存的行") if preview is not None else self.tr("先选文件")
        self.primary.allow("" if ready else nothing)

    def _tag(self, row: ImportRow) -> TagLook:
        match row.level:
            case Level.ERROR:
                return TagLook(self.tr("不能存"), "danger", "circle-alert")
            case Level.WARN:
                return TagLook(self.tr("要核对"), "warn", "triangle-alert")
            case Level.NOTE:
                return TagLook(self.tr("跳过"), "", None)
        return TagLook(self.tr("正常"), "ok", "check")

    def _walked(self, row: ImportRow | None) -> None:
        """The whole sentence about the row in hand."""
        tone: dict[Level | None, str] = {Level.ERROR: "danger", Level.WARN: "warn"}
        self.said.set(row.words if row is not None else "", tone.get(row.level, "") if row is not None else "")

    # storing

    def _store(self, _request: object) -> None:
        ready = self.preview.readings() if self.preview is not None else []
        if ready:
            self.set_busy(True)
            work = partial(self.shell.session.act, Op.READ_METERS, reading_entry.enter_readings, ready)
            self.shell.run(work, self._stored, self._refused, write=True, busy=self.tr("正在存读数"))

    def _stored(self, ids: Sequence[UUID]) -> None:
        self.accept()
        self.done.emit(ids)

    def _refused(self, error: Exception) -> None:
        """Somebody was quicker, or a rule changed: the rows are judged anew and say it themselves."""
        self.refuse(error)
        self._mapped()


def _read(
    session: Any, path: Path, kind: MeterKind, building: UUID | None, day: date,
    columns: Mapping[SheetColumn, int] | None,
) -> tuple[Sheet, ImportPreview]:  # fmt: skip
    """In a reading job: the file and what becomes of its rows."""
    try:
        if path.stat().st_size > meter_import.MOST_BYTES:
            raise meter_import.WorkbookRefused("文件超过 20 MB：只留要导入的表格再试")
        data = path.read_bytes()
    except OSError as error:
        raise DomainError(f"{path.name} 打不开（{error.strerror}）：核对文件名，或关掉正打开它的 Excel") from error
    sheet = meter_import.read_sheet(data, path.name)
    return sheet, session.read(meter_import.preview_import, sheet, kind, building, day, columns)


def _line(row: ImportRow) -> str:
    return str(row.line)


def _place(row: ImportRow) -> str:
    return row.place


def _last(row: ImportRow) -> str:
    return row.last


def _shown(row: ImportRow) -> str:
    return row.shown


def _use(row: ImportRow) -> str:
    return "" if row.use is None else plain(row.use)


def _day(row: ImportRow) -> str:
    return "" if row.day is None else f"{row.day}"


def _words(row: ImportRow) -> str:
    return row.words
