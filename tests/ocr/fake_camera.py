"""A camera that plays drawn films at their real speed, as a webcam does: compressed, and late readers miss frames."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from desktop.ocr.camera import CameraError, CameraProblem, Frame, Size
from tests.idcards.sequences import Shot


class FakeCamera:
    """Plays the shots of a film; `trouble` comes after the last one instead of the end, at once with no shots."""

    name = "drawn camera"

    def __init__(self, shots: Iterable[Shot], trouble: CameraProblem = CameraProblem.LOST, busy: bool = False) -> None:
        self._film = [(shot.at, cv2.imencode(".jpg", shot.pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]) for shot in shots]
        self._trouble = trouble
        self._busy = busy
        self._begun: float | None = None
        self._next = 0
        self.missed = 0
        """Frames that passed while nobody read."""

    @property
    def sizes(self) -> Sequence[Size]:
        return ((1280, 720),)

    def open(self, size: Size | None = None) -> Size:
        if self._busy:
            raise CameraError(CameraProblem.BUSY)
        self._begun, self._next, self.missed = time.monotonic(), 0, 0
        if not self._film:
            return (1280, 720)
        height, width = cv2.imdecode(self._film[0][1], cv2.IMREAD_COLOR).shape[:2]
        return int(width), int(height)

    def read(self) -> Frame:
        if self._begun is None or self._next >= len(self._film):
            raise CameraError(self._trouble)
        now = time.monotonic() - self._begun
        while self._next + 1 < len(self._film) and self._film[self._next + 1][0] <= now:
            self._next += 1
            self.missed += 1
        at, data = self._film[self._next]
        time.sleep(max(0.0, at - now))
        self._next += 1
        pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
        return Frame(pixels, time.monotonic())

    def close(self) -> None:
        self._begun = None
