"""What is done to the row in hand of the meter book, each with its key: estimate, roll-over, photo, correction …"""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services import meters, reading_entry
from desktop.services.meter_book import BookRow
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.layouts import flowing
from desktop.views.meter_dialogs import CorrectDialog, MeterDialog, RemarkDialog, RemoveDialog, ReplaceDialog
from desktop.views.meter_grid import MeterGrid
from desktop.views.meter_photos import PhotosDialog
from desktop.views.pages import Shell


class MeterActs(QWidget):
    """A row of small buttons. Signals: said(text) where something cannot be done; changed(words) once it is stored."""

    said = Signal(str)
    changed = Signal(str)

    def __init__(self, shell: Shell, grid: MeterGrid) -> None:
        super().__init__()
        self.shell, self.grid = shell, grid
        small: dict[str, Any] = {"kind": "quiet", "size": "small"}
        self.guess = Button(self.tr("估读"), key="Alt+1", slot=self._estimate, **small)
        self.over = Button(self.tr("过零"), key="Alt+2", slot=grid.flip_rolled_over, **small)
        self.remark = Button(self.tr("备注"), key="Alt+3", slot=self._remark, **small)
        self.photo = Button(self.tr("照片"), key="Alt+4", slot=self._photos, **small)
        self.correct = Button(self.tr("更正"), key="Alt+5", slot=self._correct, **small)
        self.replace_meter = Button(self.tr("换表"), key="Alt+6", slot=self._replace, **small)
        self.facts = Button(self.tr("表资料"), key="Ctrl+E", slot=self._edit, **small)
        self.remove = Button(self.tr("拆表"), key="Alt+7", slot=self._remove, **small)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(
            flowing(
                self.guess, self.over, self.remark, self.photo, self.correct, self.replace_meter, self.facts,
                self.remove, gap=2,
            )
        )  # fmt: skip

    def allow(self, row: BookRow | None) -> None:
        """What can be done to a row, and why the rest cannot."""
        nothing = self.tr("先选一行") if row is None else ""
        typed = row is not None and row.stand.id in self.grid.typed
        self.over.allow(nothing or ("" if typed else self.tr("先填本次读数")))
        for button in (self.guess, self.remark, self.replace_meter, self.facts, self.remove):
            button.allow(nothing)
        read = row is not None and row.newest is not None
        for button in (self.photo, self.correct):
            button.allow(nothing or ("" if read else self.tr("这块表还没有存过读数")))

    def _estimate(self) -> None:
        if not self.grid.estimate_current():
            self.said.emit(self.tr("以往读数不够，估不出来：按经验填一个，再写备注"))

    def _remark(self) -> None:
        row = self.grid.current()
        if row is not None:
            entry = self.grid.typed.get(row.stand.id)
            dialog = RemarkDialog(self.shell, row.stand.place, entry.remark if entry is not None else "")
            dialog.said.connect(partial(self.grid.set_remark, row))
            self.shell.open(dialog)

    def _photos(self) -> None:
        row = self.grid.current()
        if row is not None and row.newest is not None:
            self.shell.open(PhotosDialog(self.shell, row.stand.place, row.newest))

    def _correct(self) -> None:
        row = self.grid.current()
        if row is not None and row.newest is not None:
            self._ask_correct(row.newest.id)

    def correct_row(self, row: Any) -> None:
        self._ask_correct(row.id)

    def _ask_correct(self, reading_id: UUID) -> None:
        read = partial(self.shell.session.read, reading_entry.reading_to_correct, reading_id)
        self.shell.run(read, self._open_correct)

    def _open_correct(self, around: Any) -> None:
        self.open_dialog(CorrectDialog(self.shell, around), self.tr("读数已更正"))

    def _with_card(self, dialog: Any, words: str) -> None:
        row = self.grid.current()
        if row is not None:
            read = partial(self.shell.session.read, meters.meter_card, row.stand.id)
            self.shell.run(read, partial(self._open_card, dialog, words))

    def _open_card(self, dialog: Any, words: str, card: meters.MeterCard) -> None:
        self.open_dialog(dialog(self.shell, card), words)

    def _replace(self) -> None:
        self._with_card(ReplaceDialog, self.tr("新表已换上"))

    def _edit(self) -> None:
        self._with_card(MeterDialog, self.tr("表的资料已改"))

    def _remove(self) -> None:
        self._with_card(RemoveDialog, self.tr("表已拆下"))

    def open_dialog(self, dialog: Dialog, words: str) -> None:
        """Open a dialog that is one act, and tell once it is stored."""
        dialog.done.connect(partial(self._done, words))  # type: ignore[attr-defined]
        self.shell.open(dialog)

    def _done(self, words: str, _news: object) -> None:
        self.changed.emit(words)
