"""The card under the camera and the other ways a card comes in, with drawn cards before a camera that is none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QImage, QPainter

from desktop.gallery import FROZEN
from desktop.gallery.check_in import at, card
from desktop.gallery.walk import Walk, wait_until
from desktop.ocr.camera import CameraError, CameraProblem, Frame, Size
from desktop.services.check_in_draft import Step
from desktop.services.typed_card import Doubt
from desktop.views.capture.camera_run import use_cameras
from desktop.views.capture.whose import WhoseDialog
from desktop.views.check_in.reading import Read, read_people


class StillCamera:
    """A camera before which one picture lies; `lay` puts another there, `trouble` comes in place of pictures."""

    name = "高拍仪 S500"

    def __init__(self, picture: str = "", trouble: CameraProblem | None = None) -> None:
        self.trouble = trouble
        self._pixels: Any = None
        self.lay(picture)

    def lay(self, picture: str) -> None:
        """A drawn card of the demo; none lays only the desk."""
        import cv2
        import numpy as np

        if picture:
            data = np.frombuffer(card(picture).read_bytes(), np.uint8)
            self._pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
        else:
            self._pixels = np.full((720, 1280, 3), (86, 96, 104), np.uint8)

    @property
    def sizes(self) -> Sequence[Size]:
        return ((1920, 1080), (1280, 720), (640, 480))

    def open(self, size: Size | None = None) -> Size:
        if self.trouble is CameraProblem.BUSY:
            raise CameraError(self.trouble)
        return (1280, 720)

    def read(self) -> Frame:
        if self.trouble is not None:
            raise CameraError(self.trouble)
        time.sleep(1 / 15)
        return Frame(self._pixels.copy(), time.monotonic())

    def close(self) -> None:
        """Nothing runs."""


def walk_capture(walk: Walk) -> None:
    """Every state of the camera, then the folder, the scanner's settings and a page of several."""
    walk.sit_down()
    page = walk.go("check_in")
    try:
        _camera(walk, page)
    finally:
        use_cameras(None)
    _others(walk, page)
    walk.go("board")


def _camera(walk: Walk, page: Any) -> None:
    camera = StillCamera()
    use_cameras(lambda: [camera])
    walk.press("Ctrl+P")
    dialog = walk.dialog
    says = dialog.preview

    def shoot(name: str, words: str) -> None:
        wait_until(lambda: words in says.words)
        walk.shoot(f"04-check-in-camera-{name}")

    shoot("empty", "没有看到证件")
    camera.lay("wu_dark")
    shoot("dark", "太暗")
    camera.lay("li_glare")
    shoot("glare", "反光")
    camera.lay("huang_back")
    wait_until(lambda: dialog.sides == ["back"])
    shoot("turn-over", "翻到正面")
    camera.trouble = CameraProblem.COVERED
    shoot("covered", "画面全黑")
    camera.trouble = CameraProblem.LOST
    shoot("lost", "断开")
    camera.trouble = CameraProblem.BUSY
    walk.press("F5")
    shoot("busy", "其他程序")
    use_cameras(list)
    walk.press("F5")
    shoot("none", "没有找到摄像头")
    walk.press("Esc")
    wait_until(lambda: not walk.dialogs())
    assert page.draft.empty


def _others(walk: Walk, page: Any) -> None:
    step = page.views[Step.READ]
    step.show_folder([card("huang_back"), card("huang_webcam")], "")
    walk.shoot("04-check-in-1-read-folder")
    step.show_folder([], "打不开扫描文件夹 扫描：文件夹不在了、没有权限或网络断开，到「扫描设置」里看一下")
    walk.shoot("04-check-in-1-read-folder-gone")
    step.show_folder([], "")
    walk.press("Alt+5")
    walk.shoot("04-check-in-scan-settings")
    walk.press("Esc")
    walk.paste(_together(card("chen_scan"), card("zhou_scan")))
    wait_until(lambda: bool(walk.dialogs()) and isinstance(walk.dialog, WhoseDialog))
    walk.shoot("04-check-in-several")
    walk.press("Alt+1")
    at(walk, page, Step.REVIEW)
    walk.shoot("04-check-in-several-review")
    page.begin()
    page.cards.show_read(_doubtful())
    walk.shoot("04-check-in-2-review-look-alikes")
    _characters(walk)
    page.begin()


def _characters(walk: Walk) -> None:
    """Ctrl J in the doubtful name: the empty search, what it finds, and what cannot be looked for."""
    walk.press("Ctrl+J")
    dialog = walk.dialog
    walk.shoot("04-check-in-rare-empty")
    for name, words in (("found", "yu 13"), ("many", "12"), ("unknown", "尧")):
        dialog.field.set_value(words)
        walk.shoot(f"04-check-in-rare-{name}")
    walk.press("Esc")


def _doubtful() -> Read:
    """A card whose name may be one of several: no drawn card brings other readings surely."""
    read = read_people([card("huang_webcam"), card("huang_back")], FROZEN).people[0]
    name = read.texts["name"] or ""
    read.doubts["name"] = Doubt(["第 2 字偏弱，形近字多"], [name[:1] + each for each in "璞瑛瑢瑗"])
    return read


def _together(*pictures: Any) -> QImage:
    """Two scans as one page."""
    images = [QImage(str(picture)) for picture in pictures]
    wide, high = max(each.width() for each in images), sum(each.height() for each in images)
    page = QImage(wide, high, QImage.Format.Format_RGB32)
    page.fill(0xFF_F8_F8_F6)
    painter, top = QPainter(page), 0
    for each in images:
        painter.drawImage(0, top, each)
        top += each.height()
    painter.end()
    return page
