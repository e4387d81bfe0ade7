"""批准文件: the papers kept with a price are opened here, and another one is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from desktop.models.values import Right
from desktop.services import tariffs
from desktop.services.acts import Op
from desktop.services.attachments import FileRow
from desktop.services.fee_page import TariffLine
from desktop.services.fee_words import price_words, span_words
from desktop.views.act_dialog import ActDialog
from desktop.views.columns import Column, Kind
from desktop.views.document_files import PathField, document_file
from desktop.views.file_preview import Opened, decoded, show_opened
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.tables import RowTable
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE


class TariffPapersDialog(ActDialog):
    """Enter opens a paper; a path and Ctrl Enter add one. Signals: done(file id)."""

    help_topic = "fees.prices"

    def __init__(self, shell: Shell, line: TariffLine, files: Sequence[FileRow]) -> None:
        row = line.row
        about = f"{price_words(row)} · {span_words(row.valid_from, row.valid_to)}"
        super().__init__(shell, shell.frame.tr("批准文件"), subtitle=about, primary=shell.frame.tr("添加"), wide=640)
        self._tariff_id, self._files = row.id, files
        self.body.addWidget(label(self.tr("文号：{words}").format(words=row.document or "—"), "body", wrap=True))
        self.table = RowTable(
            [
                Column(self.tr("文件"), attrgetter("title"), kind=Kind.NAME, sample="价格批复", strong=True, stretch=1),
                Column(self.tr("添加"), _when, kind=Kind.DATE, sample="2026-12-31 14:30"),
            ],
            shell.run,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("批准文件"))
        self.table.say_when_empty(self.tr("还没有附件"), self.tr("选一个 PDF 或照片，按 Ctrl+Enter 添加"))
        self.table.setFixedHeight(theme().height("header-row") + 3 * theme().height("row"))
        self.table.show_list(files, attrgetter("id"))
        self.table.opened.connect(self._open)
        self.body.addWidget(self.table)
        form = self.use_form(1)
        form.add("file", self.tr("再加一个"), PathField(shell, self.tr("选批准文件"), "Alt+1"))
        may = shell.allowed(Right.EDIT_TARIFFS)
        self.primary.allow("" if may else self.tr("您的角色不能添加：请主管登录后办理"))

    def open(self) -> None:
        super().open()
        if self._files:  # the rows themselves come a moment later
            self.table.stand_on(self._files[0].id)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["file"])

    def problems(self) -> Mapping[str, str]:
        return {} if self.request() else {"file": self.tr("先选一个文件，或写上路径")}

    def order(self, request: str) -> Callable[[], object]:
        return partial(_store, self.shell.session, self._tariff_id, request)

    def _open(self, row: FileRow) -> None:
        self.shell.run(partial(_decode, self.shell.session, row.id), partial(show_opened, self.shell))


def _when(row: FileRow) -> str:
    return f"{row.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"


def _store(session: Any, tariff_id: UUID, path: str) -> UUID:
    """In a writing job."""
    file = document_file(Path(path))
    made: UUID = session.act(Op.SAVE_TARIFF, tariffs.add_document, tariff_id, file)
    return made


def _decode(session: Any, file_id: UUID) -> Opened:
    """In a reading job."""
    return decoded(session.read(tariffs.read_document, file_id))
