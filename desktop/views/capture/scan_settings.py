"""扫描设置: the folder this PC watches for new pictures, and the flatbed it scans with. Kept on this PC only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from desktop.preferences import CardChoice
from desktop.services.errors import DomainError
from desktop.views.capture.scan import can_scan, list_scanners
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

DPI = (200, 300, 600)


class ScanSettingsDialog(Dialog):
    """Signals: saved() this PC remembers something else now."""

    saved = Signal()
    help_topic = "check_in.sources"
    writes = False

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.frame, shell.frame.tr("扫描设置"), subtitle=shell.frame.tr("只改这台电脑"), wide=560)
        self._shell = shell
        choice = shell.session.preferences.cards
        form = self.use_form(1)
        self.folder = TextField(choice.folder, limit=400, clean=str)
        form.add(
            "folder", self.tr("扫描文件夹"), self.folder,
            note=self.tr("扫描仪、高拍仪自带的软件存图片的地方，例如 D:\\扫描；不用就空着"),
        )  # fmt: skip
        if can_scan():
            first = [("", self.tr("第一台"))]
            gone = [(choice.scanner, choice.scanner)] if choice.scanner else []
            self.scanner = ChoiceField([*first, *gone], choice.scanner)
            form.add("scanner", self.tr("扫描仪"), self.scanner)
            dpi = ChoiceField([(each, self.tr("{n} 点每英寸").format(n=each)) for each in DPI], choice.dpi)
            form.add("dpi", self.tr("扫描精度"), dpi)
            self.state = label(self.tr("正在查找扫描仪…"), "hint", wrap=True)
            self.body.insertWidget(1, self.state)
            shell.run(list_scanners, self.show_scanners, self._not_listed)
        self.submitted.connect(self._keep)

    def show_scanners(self, found: Sequence[tuple[str, str]]) -> None:
        """Offer the scanners that answer; a remembered one that does not stays on the list and says so."""
        kept = str(self.scanner.value() or "")
        gone = [(kept, self.tr("{name}（现在不在）").format(name=kept))] if kept not in {"", *dict(found)} else []
        self.scanner.set_choices([("", self.tr("第一台")), *found, *gone])
        words = self.tr("找到 {n} 台扫描仪").format(n=len(found))
        self.state.setText(words if found else self.tr("没有找到扫描仪：检查电源和连线，再打开这里"))

    def _not_listed(self, trouble: Exception) -> None:
        self.state.setText(getattr(trouble, "message", "") or self.tr("查找没有完成"))

    def _keep(self, typed: dict[str, Any]) -> None:
        """A folder that is not there is refused, asked in a job: it may lie on another PC."""
        folder = str(typed["folder"] or "").strip().strip('"')
        self.set_busy(True, self.tr("正在看文件夹"))
        choice = self._shell.session.preferences.cards._replace(folder=folder)
        if can_scan():
            choice = choice._replace(scanner=str(typed["scanner"] or ""), dpi=int(typed["dpi"]))
        self._shell.run(partial(_see_folder, folder), partial(self._save, choice), self.refuse)

    def _save(self, choice: CardChoice, _seen: None) -> None:
        session: Any = self._shell.session
        session.save_preferences(session.preferences._replace(cards=choice))
        self.accept()
        self.saved.emit()


class NoFolder(DomainError):
    """There is no such folder."""


def _see_folder(folder: str) -> None:
    if folder and not Path(folder).is_dir():
        raise NoFolder("没有这个文件夹：先建好，或检查写法", "folder")
