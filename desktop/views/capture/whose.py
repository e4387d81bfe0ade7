"""One page, several cards: which of them is the tenant's. The others come along as people of the household."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.check_in.reading import FACE, Face, Read
from desktop.views.check_in.step import Tick
from desktop.views.dialogs import Dialog
from desktop.views.labels import FreeText, Painted, label
from desktop.views.theme import theme

MOST = 8
"""Cards that have a key of their own, Alt 1…8."""


class WhoseDialog(Dialog):
    """Signals: chosen(tenant, others): the tenant's card, and the cards of those who come along."""

    chosen = Signal(object, list)
    help_topic = "check_in.several"
    writes = False

    def __init__(self, window: QWidget, people: Sequence[Read], spare_backs: int) -> None:
        super().__init__(
            window, window.tr("哪一位是租客？"), subtitle=window.tr("图片里有 {n} 张证件").format(n=len(people)),
            cancel=window.tr("都不要，换图片"), wide=640,
        )  # fmt: skip
        self.people = list(people)
        self.primary.hide()
        self.primary.set_key(None)
        self.buttons: list[Button] = []
        for at, read in enumerate(self.people):
            self.body.addWidget(self._line(at, read))
        self.along = Tick(self.tr("其余的人一起登记为同住人"), "Alt+9", last=True)
        self.along.set_value(True)
        self.body.addWidget(self.along)
        if spare_backs:
            words = self.tr("有 {n} 张国徽面分不清是谁的，没有读入：核对时再单独放入").format(n=spare_backs)
            self.body.addWidget(label(words, "warnhint", wrap=True))
        self.body.addStretch(1)

    def _line(self, at: int, read: Read) -> QWidget:
        line = QFrame()
        line.setProperty("kind", "well")
        row = QHBoxLayout(line)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(_Portrait(read.faces.get("front")))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(FreeText(read.texts.get("name") or self.tr("姓名未读出"), "strong"))
        both = self.tr("两面都读到") if len(read.sides) > 1 else self.tr("只有人像面")
        doubts = self.tr("存疑 {n}").format(n=len(read.doubts)) if read.doubts else self.tr("没有存疑")
        words.addWidget(label(f"{both} · {doubts}", "hint"))
        row.addLayout(words, 1)
        key = f"Alt+{at + 1}" if at < MOST else None
        button = Button(self.tr("是租客"), icon="user-check", key=key, slot=partial(self.choose, at))
        self.buttons.append(button)
        row.addWidget(button)
        return line

    def open(self) -> None:
        super().open()
        self.buttons[0].setFocus()

    def choose(self, at: int) -> None:
        """This one rents; the rest come along or are forgotten."""
        others = [read for n, read in enumerate(self.people) if n != at] if self.along.value() else []
        tenant = self.people[at]
        self.accept()
        self.chosen.emit(tenant, others)


class _Portrait(Painted):
    """The front of a card, small."""

    def __init__(self, face: Face | None) -> None:
        super().__init__()
        self._image = face.image if face is not None else QImage()
        wide = theme().scaled(92)
        self.setFixedSize(wide, round(wide * FACE[1] / FACE[0]))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self._image.isNull():
            painter.drawImage(self.rect(), self._image)
