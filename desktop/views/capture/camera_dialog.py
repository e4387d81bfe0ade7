"""The card under the camera 摄像头拍证件: front, then back, taken by itself; Space forces a shot, Esc leaves.

The camera is open only while this dialog can be seen: it closes when the dialog does, at the lock, when somebody else
takes over and when the window is folded away, and everything it saw is wiped then. Whoever comes back begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.capture.camera_run import CameraRun, CameraWish
from desktop.views.capture.camera_window import CameraWindow
from desktop.views.capture.preview import CameraPreview
from desktop.views.check_in.reading import SIDES, Read
from desktop.views.check_in.step import Tick
from desktop.views.fields import ChoiceField
from desktop.views.labels import Tag, label
from desktop.views.pages import Shell
from desktop.views.theme import theme


class CameraDialog(CameraWindow):
    """Signals: captured(Read) both sides, or what the clerk was content with; file_wanted() she takes a file."""

    captured = Signal(object)
    file_wanted = Signal()
    help_topic = "check_in.camera"

    def __init__(self, shell: Shell, who: str = "") -> None:
        super().__init__(
            shell.frame, shell.frame.tr("摄像头拍证件"), subtitle=who, primary=shell.frame.tr("就用这一面，去核对"),
            cancel=shell.frame.tr("不拍了"), wide=900,
        )  # fmt: skip
        self._shell = shell
        self._choice = shell.session.preferences.cards
        self._run: CameraRun | None = None
        self._showing = False
        self.sides: list[str] = []
        self._build()
        self.camera.changed.connect(self._chosen)
        self.size_choice.changed.connect(self._chosen)
        self.sound.changed.connect(self._remember)
        self.preview.resized.connect(self._fit)

    def _build(self) -> None:
        self.preview = CameraPreview()
        self.preview.setAccessibleName(self.tr("摄像头画面"))
        self.tags = {side: Tag(words) for side, words in SIDES.items()}
        self.camera = ChoiceField([("", self.tr("正在查找"))])
        self.size_choice = ChoiceField([("", self.tr("最大"))])
        self.sound = Tick(self.tr("拍好响一声"), "Alt+3")
        self.sound.set_value(self._choice.beep)
        self.shot = Button(self.tr("马上拍"), icon="camera", key="Space", slot=self.force)
        self.again = Button(self.tr("再试一次"), "warn", icon="refresh-cw", key="F5", slot=self.try_again)
        self.file = Button(self.tr("改用图片文件"), "quiet", icon="image-plus", key="Ctrl+O", slot=self._take_file)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        tags = QHBoxLayout()
        tags.setSpacing(6)
        for tag in self.tags.values():
            tags.addWidget(tag)
        tags.addStretch(1)
        column.addLayout(tags)
        for words, field in ((self.tr("摄像头"), self.camera), (self.tr("画面大小"), self.size_choice)):
            caption = label(words, "label")
            caption.setBuddy(field)
            field.setAccessibleName(words)
            under = QVBoxLayout()
            under.setSpacing(3)
            under.addWidget(caption)
            under.addWidget(field)
            column.addLayout(under)
        column.addWidget(self.sound)
        column.addWidget(self.again)
        column.addWidget(self.shot)
        column.addWidget(self.file)
        column.addStretch(1)
        side.setFixedWidth(theme().scaled(232))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.preview, 1)
        row.addWidget(side)
        self.body.addLayout(row, 1)
        self._show_sides()

    def _waits(self) -> str:
        """What stands beside Esc."""
        return self.tr("画面不存盘，离开这里摄像头就关")

    def _start(self) -> None:
        self._stop()
        self.sides = []
        self._show_sides()
        self.again.hide()
        self.shot.show()
        self.preview.show_words(self.tr("正在打开摄像头…"))
        run = CameraRun(CameraWish(self._choice.camera, self._choice.size, self._shell.today()))
        run.found.connect(self._show_cameras)
        run.news.connect(self._show_picture)
        run.said.connect(self._show_words)
        run.side_read.connect(self._show_side)
        run.finished.connect(self._finished)
        run.stopped.connect(self._stopped)
        run.broke.connect(messages.show_error)
        self._run = run
        self._fit()
        run.start()

    # what comes of it; what one that was closed still had under way is dropped

    def _heard(self) -> bool:
        return self._run is not None and self.sender() is self._run

    def _show_cameras(self, names: Sequence[str], sizes: Sequence[str], name: str) -> None:
        if not self._heard():
            return
        self._showing = True
        self.camera.set_choices([(each, each) for each in dict.fromkeys(names)])
        self.camera.set_value(name)
        largest = [("", self.tr("最大（{size}）").format(size=_size_words(sizes[0])))] if sizes else []
        self.size_choice.set_choices([*largest, *((size, _size_words(size)) for size in sizes[1:])])
        self.size_choice.set_value(self._choice.size if self._choice.size in sizes[1:] else "")
        self._showing = False

    def _show_words(self, words: str) -> None:
        if not self._heard():
            return
        self.preview.show_words(_plain(words), "warn")

    def _show_side(self, side: str) -> None:
        if not self._heard():
            return
        self.sides.append(side)
        self._show_sides()
        if self.sound.value():
            QApplication.beep()

    def _show_sides(self) -> None:
        for side, tag in self.tags.items():
            read = side in self.sides
            words = self.tr("{side}已读") if read else self.tr("{side}未读")
            tag.set(words.format(side=SIDES[side]), "ok" if read else "", "check" if read else None)
        self.primary.allow("" if self.sides else self.tr("还没有拍到证件"))

    def _finished(self, read: Read) -> None:
        if not self._heard():
            return
        self.accept()  # first: the focus goes back to where it was, and from there to what was read
        self.captured.emit(read)

    def _stopped(self, words: str) -> None:
        """The camera is closed, though nobody asked for it: say why, and offer the other ways."""
        if not words or not self._heard():
            return
        self.preview.show_words(_plain(words), "danger")
        self.again.show()
        self.shot.hide()
        self.sides = []
        self._show_sides()

    # what the clerk does

    def force(self) -> None:
        """Space: take the picture now."""
        if self._run is not None:
            self._run.force()

    def submit(self) -> None:
        """Ctrl Enter: one side will do."""
        if self._run is not None and self.sides:
            self._run.hand_over()

    def try_again(self) -> None:
        """F5: open the camera again, after it was plugged in or let go by another program."""
        if not self.running:
            self._start()

    def _take_file(self) -> None:
        self.cancel()
        self.file_wanted.emit()

    def _chosen(self) -> None:
        if self._showing:
            return
        self._remember()
        self._start()

    def _remember(self) -> None:
        """This PC keeps camera, size and sound; nothing of a card."""
        session: Any = self._shell.session
        choice = session.preferences.cards._replace(
            camera=str(self.camera.value() or ""), size=str(self.size_choice.value() or ""), beep=self.sound.value()
        )
        self._choice = choice
        session.save_preferences(session.preferences._replace(cards=choice))


def _size_words(size: str) -> str:
    return size.replace("x", " × ")


def _plain(words: str) -> str:
    return words.rstrip("。")
