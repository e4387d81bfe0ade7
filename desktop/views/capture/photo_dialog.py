"""Photos by the camera 拍照: Space takes one, as many as are wanted, Ctrl Enter puts them to the form, Esc leaves.

The camera is open only while this dialog can be seen, as for cards. What was taken lives in memory until it is handed
over; whoever leaves leaves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.services.work_orders import MOST_PHOTOS
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.capture.camera_run import CameraWish
from desktop.views.capture.camera_window import CameraWindow
from desktop.views.capture.photo_run import PhotoRun
from desktop.views.capture.preview import CameraPreview
from desktop.views.fields import ChoiceField
from desktop.views.labels import label
from desktop.views.layouts import Flow
from desktop.views.pages import Shell
from desktop.views.theme import theme

_THUMB = QSize(72, 54)


class PhotoDialog(CameraWindow):
    """Signals: taken(list of QImage) when it is left by its primary."""

    taken = Signal(list)
    help_topic = "repairs.photos"

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell.frame, shell.frame.tr("拍照"), primary=shell.frame.tr("用这些照片"), cancel=shell.frame.tr("不拍了"),
            wide=900,
        )  # fmt: skip
        self._shell = shell
        self._run: PhotoRun | None = None
        self._camera = shell.session.preferences.cards.camera
        self._showing = False
        self.pictures: list[QImage] = []
        self._build()
        self.preview.resized.connect(self._fit)
        self.camera.changed.connect(self._chosen)

    def _build(self) -> None:
        self.preview = CameraPreview()
        self.preview.setAccessibleName(self.tr("摄像头画面"))
        self.camera = ChoiceField([("", self.tr("正在查找"))])
        self.camera.setAccessibleName(self.tr("摄像头"))
        self.shot = Button(self.tr("拍一张"), icon="camera", key="Space", slot=self.force)
        self.again = Button(self.tr("再试一次"), "warn", icon="refresh-cw", key="F5", slot=self.try_again)
        self.drop = Button(self.tr("去掉最后一张"), "quiet", icon="trash-2", key="Backspace", slot=self.drop_last)
        self.count = label("", "small", wrap=True)
        self._thumbs = QWidget()
        self._thumbs.setLayout(Flow())
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.camera, self.again, self.shot, self.drop, self.count, self._thumbs):
            column.addWidget(part)
        column.addStretch(1)
        side.setFixedWidth(theme().scaled(232))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.preview, 1)
        row.addWidget(side)
        self.body.addLayout(row, 1)
        self._show_taken()

    def _waits(self) -> str:
        """What stands beside Esc."""
        return self.tr("离开这里摄像头就关")

    def _start(self) -> None:
        self._stop()
        self.again.hide()
        self.shot.show()
        self.preview.show_words(self.tr("正在打开摄像头…"))
        run = PhotoRun(CameraWish(self._camera, "", self._shell.today()))
        run.found.connect(self._show_cameras)
        run.news.connect(self._show_picture)
        run.said.connect(partial(self._say, run, "warn"))
        run.taken.connect(partial(self._take, run))
        run.stopped.connect(partial(self._stopped, run))
        run.broke.connect(messages.show_error)
        self._run = run
        self._fit()
        run.start()

    # what comes of it; what one that was closed still had under way is dropped

    def _show_cameras(self, names: Sequence[str], _sizes: Sequence[str], name: str) -> None:
        self._showing = True
        self.camera.set_choices([(each, each) for each in dict.fromkeys(names)])
        self.camera.set_value(name)
        self.camera.setVisible(len(names) > 1)
        self._showing = False

    def _say(self, run: PhotoRun, tone: str, words: str) -> None:
        if run is self._run:
            self.preview.show_words(words.rstrip("。"), tone)

    def _stopped(self, run: PhotoRun, words: str) -> None:
        """The camera is closed, though nobody asked for it: say why. What was taken stays."""
        if words and run is self._run:
            self._say(run, "danger", words)
            self.again.show()
            self.shot.hide()

    def _take(self, run: PhotoRun, picture: QImage) -> None:
        if run is self._run and len(self.pictures) < MOST_PHOTOS:
            self.pictures.append(picture)
            self._show_taken()

    def _show_taken(self) -> None:
        flow = self._thumbs.layout()
        assert flow is not None
        while (item := flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        smooth = Qt.TransformationMode.SmoothTransformation
        for picture in self.pictures:
            small = QLabel()
            small.setPixmap(QPixmap.fromImage(picture.scaled(_THUMB, Qt.AspectRatioMode.KeepAspectRatio, smooth)))
            flow.addWidget(small)
        taken = len(self.pictures)
        full = self.tr("一次最多 {n} 张：先用这些").format(n=MOST_PHOTOS)
        self.shot.allow(full if taken >= MOST_PHOTOS else "")
        self.count.setText(self.tr("已拍 {n} 张").format(n=taken) if taken else self.tr("还没有拍"))
        self.drop.setVisible(taken > 0)
        self.primary.allow("" if taken else self.tr("还没有拍"))

    # what the clerk does

    def force(self) -> None:
        """Space: take the picture now."""
        if self._run is not None and len(self.pictures) < MOST_PHOTOS:
            self._run.force()

    def drop_last(self) -> None:
        if self.pictures:
            self.pictures.pop()
            self._show_taken()
            self.preview.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Ctrl Enter: these go to the form."""
        if self.pictures:
            pictures = self.pictures
            self.accept()
            self.taken.emit(pictures)

    def try_again(self) -> None:
        """F5: open the camera again, after it was plugged in or let go by another program."""
        if not self.running:
            self._start()

    def _chosen(self) -> None:
        if not self._showing:
            self._camera = str(self.camera.value() or "")
            self._start()
