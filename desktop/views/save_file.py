"""Saving a report as a file 存成文件: where it goes is typed or chosen, the ending says as what; by right, noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from desktop.services.acts import Op
from desktop.services.errors import Outage
from desktop.services.files import write_whole
from desktop.services.work import Approval, Work
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.on_the_spot import Asked, run_or_ask
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

Make = Callable[[str, Work], bytes]
"""`make(kind, work)`: the bytes of the file, in an act; `kind` is an ending without its dot."""
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')


class NotWritten(Outage):
    """The disk or the stick did not take the file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name} 没有写成：{reason}。换一个文件夹再存", safe="程序里的数据没有变")


def folder_of(session: Any) -> Path:
    """Where the last report was put, else the documents of whoever uses this PC."""
    kept = session.preferences.export_folder
    if kept and Path(kept).is_dir():
        return Path(kept)
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() else Path.home()


class SaveDialog(Dialog):
    """`name` without ending is suggested; `kinds` are (ending, words), the first is meant. Signals: saved(path)."""

    help_topic = "files.save"
    saved = Signal(str)

    def __init__(
        self, shell: Shell, title: str, name: str, asked: Asked, make: Make, kinds: tuple[tuple[str, str], ...]
    ) -> None:
        super().__init__(shell.frame, title, primary=shell.frame.tr("存文件"), primary_icon="save", wide=640)
        self._shell, self._asked_for, self._make = shell, asked, make
        self._kinds = dict(kinds)
        known = "，".join(self.tr(".{kind} 存成{words}").format(kind=kind, words=words) for kind, words in kinds)
        self.body.addWidget(label(self.tr("文件名的结尾决定种类：{known}。").format(known=known), "muted", wrap=True))
        form = self.use_form(1)
        self.path = TextField(
            str(folder_of(shell.session) / f"{_FORBIDDEN.sub('_', name)}.{kinds[0][0]}"), limit=400, clean=str
        )
        form.add("path", self.tr("文件"), self.path, required=True)
        self.browse = Button(self.tr("选位置"), "secondary", icon="folder-open", key="Alt+1", slot=self._browse)
        self.foot.insertWidget(self.foot.count() - 1, self.browse)
        self.submitted.connect(self._store)

    def open(self) -> None:
        """The name is marked, ending left alone: typing gives it another."""
        super().open()
        text = self.path.text()
        start = len(text) - len(Path(text).name)
        self.path.setSelection(start, len(Path(text).stem))
        self.check()

    def request(self) -> Path:
        return Path(self.path.value()).expanduser()

    def problems(self) -> Mapping[str, str]:
        if not self.path.value().strip():
            return {"path": self.tr("写上文件夹和文件名")}
        path = self.request()
        if path.suffix.lower().lstrip(".") not in self._kinds:
            endings = self.tr(" 或 ").join(f".{kind}" for kind in self._kinds)
            return {"path": self.tr("文件名要以 {endings} 结尾").format(endings=endings)}
        if not path.parent.is_dir():
            return {"path": self.tr("没有这个文件夹：{folder}").format(folder=path.parent)}
        if path.is_dir():
            return {"path": self.tr("这是一个文件夹，再写上文件名")}
        return {}

    def doubts(self) -> Mapping[str, str]:
        if not self.problems() and self.request().exists():
            return {"path": self.tr("已有这个文件，存下后旧的就没有了")}
        return {}

    def _browse(self) -> None:
        kinds = ";;".join(f"{words} (*.{kind})" for kind, words in self._kinds.items())
        name, _kind = QFileDialog.getSaveFileName(self._shell.frame, self.tr("存到哪里"), self.path.value(), kinds)
        if name:
            self.path.set_value(name)
            self.check()

    def _store(self, path: Path) -> None:
        self.set_busy(True, self.tr("正在写文件"))
        kind = path.suffix.lower().lstrip(".")
        run = partial(_write, self._shell.session, partial(self._make, kind), path)
        run_or_ask(self._shell, self._asked_for, Op.EXPORT_LIST, run, self._stored, self.refuse)

    def _stored(self, path: Path) -> None:
        session = self._shell.session
        if session.preferences.export_folder != str(path.parent):
            session.save_preferences(session.preferences._replace(export_folder=str(path.parent)))
        self.accept()
        self._shell.toast(self.tr("已存到 {path}").format(path=path))
        self.saved.emit(str(path))


def _write(session: Any, make: Callable[[Work], bytes], path: Path, approval: Approval | None) -> Path:
    """In a writing job: the act that gives the bytes, then the file, whole or not at all."""
    data = session.act_with(approval, Op.EXPORT_LIST, make)
    try:
        write_whole(path, data)
    except OSError as error:
        raise NotWritten(path, error.strerror or "") from error
    return path
