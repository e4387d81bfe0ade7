"""The camera for a photo of a thing: the live picture, and a copy of it whenever the clerk presses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage

from desktop.views.capture.camera_run import CameraRun

if TYPE_CHECKING:
    from desktop.ocr.camera import FrameSource
    from desktop.ocr.live import View

_WORDS = "对准坏的地方，按空格拍"


@dataclass(frozen=True, slots=True)
class _Plain:
    """What a preview shows beside the picture where no card is looked for."""

    words: str = _WORDS
    stage: str = "shot"
    outline: None = None


class PhotoRun(CameraRun):
    """Signals besides those of every run: taken(QImage) after each `force`, in the camera's own size. The picture
    is the caller's; nothing of it is kept here."""

    taken = Signal(QImage)

    def _watch(self, source: FrameSource) -> str:
        from desktop.ocr.camera import CameraError, CameraProblem

        shown = cast("View", _Plain())
        while not self._ending.is_set():
            try:
                frame = source.read()
            except CameraError as trouble:
                if trouble.reason is not CameraProblem.COVERED:
                    raise
                self._forcing.clear()  # a black picture is no photo
                self.said.emit(trouble.message)
                time.sleep(0.1)
                continue
            if self._forcing.is_set():
                self._forcing.clear()
                self.taken.emit(_copy(frame.pixels))
            self._show(frame.pixels, shown)
            frame.wipe()
        return ""


def _copy(pixels: Any) -> QImage:
    """A picture of its own: the frame is overwritten."""
    import numpy as np

    whole = np.ascontiguousarray(pixels)
    high, wide = whole.shape[:2]
    return QImage(whole.data, wide, high, wide * 3, QImage.Format.Format_BGR888).copy()
