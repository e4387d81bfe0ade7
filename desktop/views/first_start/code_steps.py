"""Steps 恢复码 and 核对: the code is shown, printed, put away, and four of its groups are typed back from the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout

from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.first_start.step import StepView
from desktop.views.forms import FormRow
from desktop.views.labels import Painted, label
from desktop.views.painting import em, middle, put, rounded
from desktop.views.printing import Printing, PrintOrder
from desktop.views.text_fields import TextField, clean_code
from desktop.views.theme import theme

COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper beside the code."""

    organisation: str
    project: str
    code: str
    day: date


class _Group(Painted):
    """One group of the code, numbered, large enough to be copied by hand."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__()
        self._number, self._text = number, text
        self.setAccessibleName(f"{number}，{' '.join(text)}")

    def _cell(self) -> float:
        return em(theme().font("page")) * 0.86

    def sizeHint(self) -> QSize:
        return QSize(round(self._cell() * len(self._text) + 50), round(em(theme().font("page")) * 2.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(self.rect()), 5, look.colour("sunken"))
        small, large = look.font("caption"), look.font("page")
        put(painter, 12, middle(small, 0, self.height()), str(self._number), small, look.colour("text-faint"))
        for place, character in enumerate(self._text):  # each in a cell of its own: groups are copied letter by letter
            x = 34 + self._cell() * (place + 0.5)
            put(painter, x, middle(large, 0, self.height()), character, large, look.colour("text"), "c")


class CodeStep(StepView):
    """Shows the code and puts it on paper. Nothing of it is kept on this PC."""

    def __init__(self, run: Callable[..., Any], printing: Printing, sheet: Callable[[], Sheet]) -> None:
        super().__init__(
            self.tr("放进保险柜"),
            (
                self.tr("电脑坏了、丢了、重装了，只有它能打开备份里的证件号、电话和文件。"),
                self.tr("打印两份，分开存放。得到它的人能打开备份，所以不拍照、不发送、不留在电脑里。"),
            ),
        )
        self._run, self._printing, self._sheet = run, printing, sheet
        self._groups: tuple[str, ...] = ()
        self.done = ""
        self._busy = False
        self.card.body.addWidget(label(self.tr("恢复码，只显示这一次"), "strong"))
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(COLUMNS, 1)
        self.card.body.addLayout(self._grid)
        self.print_button = Button(self.tr("打印恢复码"), "secondary", icon="printer", key="F6", slot=self._print)
        self.folder = TextField(limit=300, clean=str)
        self.save_button = Button(self.tr("存为 PDF"), "secondary", icon="save", key="Alt+1", slot=self._save)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.print_button)
        # Beside its key: in large type what stands below is out of sight.
        self.said = label("", "small", tone="ok", wrap=True)
        row.addWidget(self.said, 1)
        self.card.body.addLayout(row)
        self.folder_row = FormRow(
            self.tr("没有打印机时，存到 U 盘的文件夹"), self.folder, note=self.tr("写上文件夹，例如 E:\\")
        )
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self.folder_row, 1)
        second.addWidget(self.save_button)
        self.card.body.addLayout(second)
        self.card.body.addStretch(1)
        self._printing.printed.connect(self._printed)
        self._printing.failed.connect(self._print_failed)

    def show_code(self, groups: tuple[str, ...]) -> None:
        """Show these nine groups."""
        if groups == self._groups:
            return
        self._groups = groups
        for at, group in enumerate(groups):
            self._grid.addWidget(_Group(at + 1, group), at // COLUMNS, at % COLUMNS)

    def entered(self) -> None:
        self.print_button.setFocus()

    def primary(self) -> tuple[str, str]:
        return self.tr("纸已放好，去核对"), ""

    def _print(self) -> None:
        if self._busy:
            return
        self._busy = True  # not disabled: the focus would jump away
        self.said.setText(self.tr("正在打印…"))
        self._run(partial(_pdf, self._sheet(), self._groups), self._send, self._failed)

    def _send(self, pdf: bytes) -> None:
        self._printing.submit(PrintOrder(pdf, "recovery", self.tr("恢复码")))

    def _printed(self, order: PrintOrder, where: str) -> None:
        if order.kind == "recovery":
            self._say(self.tr("已送到 {where}").format(where=where))

    def _print_failed(self, order: PrintOrder, error: Exception) -> None:
        if order.kind == "recovery":
            self._printing.forget(order)
            self._failed(error)

    def _save(self) -> None:
        if not self.folder.value():
            self.folder_row.say(self.tr("写上要存到的文件夹"), "danger")
            self.folder.setFocus()
            return
        self.folder_row.say("")
        if self._busy:
            return
        self._busy = True
        target = Path(self.folder.value()).expanduser()
        self._run(partial(_store, self._sheet(), self._groups, target), self._stored, self._not_stored)

    def _stored(self, path: Path) -> None:
        self._say(self.tr("已存到 {where}；打印后请把文件删掉").format(where=path))

    def _not_stored(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, OSError):
            reason = error.strerror or ""
            self.folder_row.say(self.tr("写不进这个文件夹：{reason}").format(reason=reason), "danger")
            self.folder.setFocus()
        else:
            self._failed(error)

    def _say(self, words: str) -> None:
        self.done = words
        self.said.setText(words)
        self._busy = False

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.said.setText("")
        messages.show_error(error)

    def hints(self) -> str:
        return self.tr("F6 打印 · Ctrl+Enter 去核对 · Alt+← 上一步")


def _pdf(sheet: Sheet, groups: tuple[str, ...]) -> bytes:
    """The sheet, set in a worker: reportlab is not here yet."""
    from desktop.services.paper.notices import RecoveryPaper, recovery_pdf

    return recovery_pdf(RecoveryPaper(sheet.organisation, sheet.project, groups, sheet.day))


def _store(sheet: Sheet, groups: tuple[str, ...], folder: Path) -> Path:
    """Into a folder the clerk named, readable by this user alone. Raises OSError."""
    from desktop.services.files import write_whole

    path = folder / f"恢复码-{sheet.code}.pdf"
    write_whole(path, _pdf(sheet, groups))
    return path


class ProofStep(StepView):
    """Four groups typed back from the paper; the code itself is out of sight."""

    def __init__(self) -> None:
        super().__init__(
            self.tr("看纸，不看屏幕"),
            (
                self.tr("请从打印或抄好的纸上输入。输对了，说明纸上的字认得清。"),
                self.tr("不分大小写；O 当 0，I 和 L 当 1。"),
            ),
        )
        self._fits: Callable[[int, str], bool] | None = None
        self._wrong: Callable[[Mapping[int, str]], tuple[int, ...]] | None = None
        self.fields: dict[int, TextField] = {}
        self.card.body.addWidget(label(self.tr("输入恢复码的这四组"), "strong"))

    def ask(
        self,
        places: tuple[int, ...],
        fits: Callable[[int, str], bool],
        wrong: Callable[[Mapping[int, str]], tuple[int, ...]],
    ) -> None:
        """Ask for these groups (1-based)."""
        if self.fields:
            return
        self._fits, self._wrong = fits, wrong
        form = self.use_form(4)
        for place in places:
            field = TextField(limit=8, clean=_capitals)
            form.add(f"group_{place}", self.tr("第 {n} 组").format(n=place), field)
            self.fields[place] = field
        form.changed.connect(self._check)
        self.card.body.addWidget(form)
        self.card.body.addStretch(1)

    def typed(self) -> dict[int, str]:
        return {place: field.value() for place, field in self.fields.items()}

    def _check(self) -> None:
        assert self._fits is not None
        assert self._wrong is not None
        wrong = self._wrong(self.typed())
        problems = {}
        for place, field in self.fields.items():
            if len(field.value()) >= 5 and place in wrong:
                told = self.tr("和纸上不同，逐字再看") if self._fits(place, field.value()) else self.tr("有字看错了")
                problems[f"group_{place}"] = told
        self.form.show_problems(problems)

    def own_problems(self) -> dict[str, str]:
        return {}

    def values(self) -> Mapping[str, Any]:
        return {}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Its own check stands under the fields already."""

    def barred(self) -> str:
        if self._wrong is None:
            return self.tr("先输入四组恢复码")
        left = self._wrong(self.typed())
        if not left:
            return ""
        return self.tr("还差恢复码第 {which} 组").format(which="、".join(map(str, left)))

    def missing(self) -> str:
        return self.barred()

    def primary(self) -> tuple[str, str]:
        return self.tr("建立管理处"), "check"

    def wipe(self) -> None:
        for field in self.fields.values():
            field.clear()

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+Enter 建立管理处 · Alt+← 再看一遍恢复码")


def _capitals(text: str) -> str:
    return clean_code(text).upper()
