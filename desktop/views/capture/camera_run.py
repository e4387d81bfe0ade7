"""The camera while its preview is on screen: a thread of its own opens it, watches the card and closes it again.

The window is only told that there is something new and fetches it: it never waits for a camera. What it has not
fetched in time is overwritten by the next picture. Nothing is kept on disk.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from desktop.views.check_in.reading import Read, card_reader, read_captured

if TYPE_CHECKING:
    from desktop.ocr.camera import FrameSource, Size
    from desktop.ocr.live import LiveCapture, View

log = logging.getLogger(__name__)

PREVIEW_ROOM = (960, 540)
"""Pixels of the preview until the window says how many it has."""
_CLOSING_S = 6.0  # how long the program waits at its end for a camera that is just being opened

_running: set[CameraRun] = set()
_finder: Callable[[], Sequence[FrameSource]] | None = None


def use_cameras(finder: Callable[[], Sequence[FrameSource]] | None) -> None:
    """Put other cameras in place of those of this PC, or none."""
    global _finder
    _finder = finder


def find_cameras() -> list[FrameSource]:
    """The cameras of this PC; not on the GUI thread."""
    if _finder is not None:
        return list(_finder())
    from desktop.ocr.camera import cameras

    return list(cameras())


def close_cameras() -> None:
    """The program ends: every camera is told to close, and waited for."""
    for run in list(_running):
        run.stop()
    for run in list(_running):
        run.join(_CLOSING_S)


@dataclass(frozen=True, slots=True)
class CameraWish:
    """Which camera, by name ("" the first), which size of frame ("1280x720", "" its largest) and whose day it is."""

    name: str
    size: str
    today: date


@dataclass(slots=True)
class Shown:
    """One picture of the preview with what is to be said of it. `wipe` it when the next is there.

    `corners` are the card's, in parts of the picture (0-1); empty without a card.
    """

    image: QImage
    pixels: Any
    view: View
    corners: tuple[tuple[float, float], ...]

    def wipe(self) -> None:
        """Overwrite the picture; the image lies on the same memory and goes with it."""
        self.image = QImage()
        self.pixels.fill(0)


class CameraRun(QObject):
    """One opening of a camera. Make a new one to try again.

    Signals, all on the GUI thread: found(names, sizes, name) the cameras there are, and the one that is opened;
    news() a picture waits for `take`; said(words) instead of a picture; side_read(side) one side is read;
    finished(Read) everything wanted is; stopped(words) it is closed, words tell why unless it was asked to;
    broke(error) a bug. `room` is how many pixels the preview has; set it whenever that changes.
    """

    found = Signal(list, list, str)
    news = Signal()
    said = Signal(str)
    side_read = Signal(str)
    finished = Signal(object)
    stopped = Signal(str)
    broke = Signal(object)
    _over = Signal()

    def __init__(self, wish: CameraWish) -> None:
        super().__init__()
        self._wish = wish
        self._ending, self._forcing, self._handing_over = threading.Event(), threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._waiting: Shown | None = None
        self._told = 0
        self.room = PREVIEW_ROOM
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._over.connect(self._forget, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Open the camera, as soon as the one before is closed."""
        before = list(_running)
        _running.add(self)
        self._before = before
        self._thread.start()

    def stop(self) -> None:
        """Close it; what it saw is wiped, and nothing more is told."""
        self._ending.set()

    def force(self) -> None:
        """Take the picture now."""
        self._forcing.set()

    def hand_over(self) -> None:
        """What is read so far will do: `finished` comes with it."""
        self._handing_over.set()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended; for the end of the program and for tests."""
        self._thread.join(seconds)

    def take(self) -> Shown | None:
        """The newest picture; the caller wipes it."""
        with self._lock:
            shown, self._waiting = self._waiting, None
        return shown

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    # in the thread

    def _run(self) -> None:
        for each in self._before:
            each.join(30.0)  # two cannot have one camera
        self._before = []
        words = ""
        try:
            words = self._film() if not self._ending.is_set() else ""
        except Exception as error:  # noqa: BLE001 - carried to the GUI thread, where it is shown
            self.broke.emit(error)
        finally:
            if (left := self.take()) is not None:
                left.wipe()
            if not self._ending.is_set():
                self.stopped.emit(words)
            self._over.emit()

    def _film(self) -> str:
        """From opening to closing; why it ended by itself."""
        from desktop.ocr.camera import CameraError, CameraProblem

        sources = find_cameras()
        try:
            if not sources:
                raise CameraError(CameraProblem.NONE)
            source = next((one for one in sources if one.name == self._wish.name), sources[0])
            self.found.emit(
                [one.name for one in sources], [f"{wide}x{high}" for wide, high in source.sizes], source.name
            )
            try:
                source.open(_size_of(self._wish.size))
                return self._watch(source)
            finally:
                source.close()
        except CameraError as trouble:
            log.info("camera: %s", trouble.reason)
            return trouble.message

    def _watch(self, source: FrameSource) -> str:
        from concurrent.futures import ThreadPoolExecutor

        from desktop.ocr.live import LiveCapture, LiveSettings

        reader = card_reader()
        executor = ThreadPoolExecutor(1, "card-reading")
        try:
            executor.submit(reader.warm)
            with LiveCapture(reader, executor, LiveSettings(today=self._wish.today)) as capture:
                try:
                    return self._follow(source, capture)
                finally:
                    source.close()  # the light goes out before the last reading is waited for
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def _follow(self, source: FrameSource, capture: LiveCapture) -> str:
        from desktop.ocr.camera import CameraError, CameraProblem

        while not self._ending.is_set():
            try:
                frame = source.read()
            except CameraError as trouble:
                if trouble.reason is not CameraProblem.COVERED:
                    raise
                self.said.emit(trouble.message)  # a shutter is opened again; the camera stays as it is
                time.sleep(0.1)
                continue
            if self._forcing.is_set():
                self._forcing.clear()
                capture.force(frame.at)
            view = capture.offer(frame.pixels, frame.at)
            self._show(frame.pixels, view)
            frame.wipe()
            if view.trouble is not None:
                return view.trouble
            if len(capture.captured) > self._told:
                for side in list(capture.captured)[self._told :]:
                    self.side_read.emit(str(side))
                self._told = len(capture.captured)
            if capture.done or (self._handing_over.is_set() and capture.captured):
                self.finished.emit(self._read(capture))
                return ""
        return ""

    def _read(self, capture: LiveCapture) -> Read:
        return read_captured(capture.captured, capture.fields())

    def _show(self, pixels: Any, view: View) -> None:
        """Leave a copy as large as the window shows it, so that painting scales nothing; one that it did not fetch is
        overwritten."""
        import cv2
        import numpy as np

        high, wide = pixels.shape[:2]
        scale = min(self.room[0] / wide, self.room[1] / high)
        size = (max(1, int(wide * scale)), max(1, int(high * scale)))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=way))
        image = QImage(small.data, size[0], size[1], size[0] * 3, QImage.Format.Format_BGR888)
        corners = () if view.outline is None else tuple((x / wide, y / high) for x, y in view.outline.corners.tolist())
        with self._lock:
            before, self._waiting = self._waiting, Shown(image, small, view, corners)
        if before is not None:
            before.wipe()
        else:
            self.news.emit()

    def _forget(self) -> None:
        _running.discard(self)


def _size_of(text: str) -> Size | None:
    wide, _, high = text.partition("x")
    return (int(wide), int(high)) if wide.isdigit() and high.isdigit() else None
