"""收款码: the pictures that who pays is shown on the screen that faces them; chosen, dropped, looked at, taken away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.values import PayMethod
from desktop.services import payment_codes
from desktop.services.acts import Op
from desktop.services.payment_codes import METHODS
from desktop.services.payments import METHOD_WORDS
from desktop.views.buttons import Button
from desktop.views.forms import MessageLine
from desktop.views.labels import PictureLabel, label
from desktop.views.pages import Shell
from desktop.views.workshop.picture_dialog import ENDINGS, scaled_picture

_SIDE = 96


class PaymentCodes(QWidget):
    """One box a means of payment."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.boxes = {method: _Box(method, self.choose, self.drop, self.take) for method in METHODS}
        self.message = MessageLine()
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        for at, box in enumerate(self.boxes.values()):
            grid.addWidget(box, 0, at)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(grid)
        column.addWidget(self.message)

    def load(self) -> None:
        """Read the codes there are."""
        self._shell.run(partial(self._shell.session.read, payment_codes.read_codes), self.show_codes)

    def show_codes(self, codes: dict[PayMethod, bytes]) -> None:
        """Show these."""
        for method, box in self.boxes.items():
            box.show_code(codes.get(method))

    def choose(self, method: PayMethod) -> None:
        """Ask the system for a picture."""
        title = self.tr("选{way}收款码").format(way=METHOD_WORDS[method])
        kinds = self.tr("图片 ({endings})").format(endings=ENDINGS)
        name, _kind = QFileDialog.getOpenFileName(self._shell.frame, title, "", kinds)
        if name:
            self.take(method, Path(name))

    def take(self, method: PayMethod, path: Path) -> None:
        """Keep a picture as the code, made small off the GUI thread."""
        self.message.set("")
        work = partial(_keep, self._shell.session, method, path)
        self._shell.run(work, partial(self._kept, method), self._refused, write=True)

    def drop(self, method: PayMethod) -> None:
        """There is no such code any more."""
        act = partial(self._shell.session.act, Op.CHANGE_SETTING, payment_codes.drop_code, method)
        self._shell.run(act, self._changed, self._refused, write=True)

    def _kept(self, method: PayMethod, _nothing: object) -> None:
        self._shell.toast(self.tr("{way}收款码已保存，收款时客户屏会显示").format(way=METHOD_WORDS[method]))
        self.load()

    def _changed(self, _nothing: object) -> None:
        self.load()

    def _refused(self, error: Exception) -> None:
        self.message.set(getattr(error, "message", "") or str(error), "danger")


class _Box(QWidget):
    """The code of one means: its picture, and what can be done with it."""

    def __init__(
        self, method: PayMethod, choose: Callable[[PayMethod], object], drop: Callable[[PayMethod], object],
        take: Callable[[PayMethod, Path], object],
    ) -> None:  # fmt: skip
        super().__init__()
        self._method, self._take = method, take
        way = METHOD_WORDS[method]
        self.picture = PictureLabel()
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.picture.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.picture.setAccessibleName(self.tr("{way}收款码").format(way=way))
        self.state = label("", "muted", wrap=True)
        self.choose = Button(self.tr("选图片"), "secondary", icon="qr-code", size="small",
                             slot=partial(choose, method), writes=True)  # fmt: skip
        self.drop = Button(self.tr("去掉"), "quiet", icon="trash-2", size="small", slot=partial(drop, method),
                           writes=True)  # fmt: skip
        self.choose.setAccessibleName(self.tr("选{way}收款码的图片").format(way=way))
        self.drop.setAccessibleName(self.tr("去掉{way}收款码").format(way=way))
        words = QVBoxLayout()
        words.addWidget(label(self.tr("{way}收款码").format(way=way), "strong"))
        words.addWidget(self.state)
        buttons = QHBoxLayout()
        buttons.addWidget(self.choose)
        buttons.addWidget(self.drop)
        buttons.addStretch(1)
        words.addLayout(buttons)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.setMinimumHeight(_SIDE)
        self.setAcceptDrops(True)
        self.show_code(None)

    def show_code(self, data: bytes | None) -> None:
        picture = QPixmap()
        shown = data is not None and picture.loadFromData(data)
        self.picture.set_picture(picture if shown else QPixmap())
        self.state.setText(self.tr("收款时给客户扫") if shown else self.tr("还没有：选图片，或拖到这里"))
        self.drop.setVisible(shown)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self._take(self._method, Path(paths[0]))


def _keep(session: Any, method: PayMethod, path: Path) -> None:
    """In a writing job: scale the picture down and keep it."""
    session.act(Op.CHANGE_SETTING, payment_codes.set_code, method, scaled_picture(path))
