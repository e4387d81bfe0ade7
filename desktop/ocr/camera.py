"""The camera on the desk: opened, read and closed, with every trouble in words that say what to do.

To support another kind of camera, write a class with the members of `FrameSource`; nothing else knows OpenCV's.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from desktop.ocr.quality import Pixels

Size = tuple[int, int]

SIZES: tuple[Size, ...] = ((1920, 1080), (1280, 720), (640, 480))
"""Asked for in this order; a card of half the width then has 11, 7 or 4 pixels to the millimetre."""
_DARK, _FLAT = 6.0, 3.0  # mean and spread of grey levels of a lens that is covered
_DARK_S = 1.5  # a camera's first pictures are dark while it finds its exposure
_LOST = 8  # reads in a row without a picture: a camera that is gone, not one that hiccups
_FIRST_S = 4.0  # the slowest webcams deliver their first picture after three seconds


class CameraProblem(StrEnum):
    """Why there is no picture."""

    NONE = "none"
    BUSY = "busy"
    DENIED = "denied"
    FAILED = "failed"
    LOST = "lost"
    COVERED = "covered"


_WORDS = {
    CameraProblem.NONE: "没有找到摄像头：请插好摄像头后重试，或选择图片文件。",
    CameraProblem.BUSY: "摄像头正被其他程序使用：请关闭微信、会议等软件后重试。",
    CameraProblem.DENIED: "没有使用摄像头的权限：请在系统的隐私设置中允许桌面应用使用摄像头后重试。",
    CameraProblem.FAILED: "摄像头打开了，但没有画面：请关闭其他使用它的程序，或拔下重插后重试。",
    CameraProblem.LOST: "摄像头断开了：请重新插好后重试。",
    CameraProblem.COVERED: "画面全黑：请打开镜头挡板或摄像头的隐私开关。",
}


class CameraError(RuntimeError):
    """No picture; `reason` is the fact, `message` what the clerk can do."""

    def __init__(self, reason: CameraProblem) -> None:
        super().__init__(_WORDS[reason])
        self.reason = reason
        self.message = _WORDS[reason]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: BGR pixels and the monotonic time in seconds at which it was there. `wipe` it after use."""

    pixels: Pixels = field(repr=False)
    at: float

    def wipe(self) -> None:
        """Overwrite the picture."""
        self.pixels.fill(0)


class FrameSource(Protocol):
    """Where frames come from. One thread opens, reads and closes it; `read` waits for the next frame."""

    @property
    def name(self) -> str:
        """What the clerk calls it."""

    @property
    def sizes(self) -> Sequence[Size]:
        """Frame sizes to choose from, the largest first."""

    def open(self, size: Size | None = None) -> Size:
        """Starts the pictures and answers their size, which may be another than asked. Raises `CameraError`."""

    def read(self) -> Frame:
        """The next frame. Raises `CameraError`: COVERED may pass, every other trouble means to close."""

    def close(self) -> None:
        """Ends the pictures; nothing happens when none run."""


class CvCamera:
    """A camera through OpenCV: V4L2 on Linux; on Windows DirectShow, which opens at once, then Media Foundation.

    `device` is the camera's number, or the path of a film, which tests play.
    """

    def __init__(self, device: int | str = 0, name: str = "") -> None:
        self._device = device
        self._name = name or (f"摄像头 {device + 1}" if isinstance(device, int) else Path(device).name)
        self._capture: Any = None
        self._missed = 0
        self._dark_since: float | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def sizes(self) -> Sequence[Size]:
        return SIZES

    def open(self, size: Size | None = None) -> Size:
        self.close()
        refused = _refused(self._device)
        if refused is not None:
            raise CameraError(refused)
        for backend in _backends(self._device):
            capture = cv2.VideoCapture(self._device, backend)
            if capture.isOpened():
                if isinstance(self._device, int):
                    _ask(capture, size if size is not None else SIZES[0])
                self._capture = capture
                first = self._first()
                if first is not None:
                    height, width = first.shape[:2]
                    first.fill(0)
                    return width, height
            capture.release()
            self._capture = None
        if isinstance(self._device, int) and sys.platform == "win32":
            # OpenCV cannot tell a camera in use from none at all; in use is what happens at a desk.
            raise CameraError(CameraProblem.BUSY if self._device == 0 else CameraProblem.NONE)
        raise CameraError(CameraProblem.FAILED)

    def read(self) -> Frame:
        if self._capture is None:
            raise CameraError(CameraProblem.LOST)
        while True:
            good, pixels = self._capture.read()
            at = time.monotonic()
            if good and pixels is not None:
                break
            self._missed += 1
            if self._missed >= _LOST:
                self.close()
                raise CameraError(CameraProblem.LOST)
            time.sleep(0.01)
        self._missed = 0
        frame = Frame(np.asarray(pixels, dtype=np.uint8), at)
        if covered(frame.pixels):
            self._dark_since = at if self._dark_since is None else self._dark_since
            if at - self._dark_since >= _DARK_S:
                raise CameraError(CameraProblem.COVERED)
        else:
            self._dark_since = None
        return frame

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
        self._missed = 0
        self._dark_since = None

    def _first(self) -> Pixels | None:
        """The first picture of a camera that was just opened; None when none comes."""
        until = time.monotonic() + _FIRST_S
        while time.monotonic() < until:
            good, pixels = self._capture.read()
            if good and pixels is not None:
                return np.asarray(pixels, dtype=np.uint8)
            time.sleep(0.05)
        return None


def covered(pixels: Pixels) -> bool:
    """Whether a frame is black all over, as behind a shutter or a privacy switch: a dark room still has a picture."""
    small = pixels[::16, ::16]
    return float(small.mean()) < _DARK and float(small.std()) < _FLAT


def cameras() -> list[CvCamera]:
    """The cameras of this PC, the built-in ones first as the system counts them; empty when there is none.

    On Windows OpenCV cannot list them without opening each: two are offered, and opening says whether they are there.
    """
    if sys.platform == "win32":
        return [CvCamera(0), CvCamera(1)]
    found: dict[str, CvCamera] = {}
    for folder in sorted(Path("/sys/class/video4linux").glob("video*"), key=lambda path: int(path.name[5:])):
        number = int(folder.name[5:])
        try:
            name = (folder / "name").read_text("utf-8").strip()
            index = (folder / "index").read_text("utf-8").strip()
        except OSError:
            continue
        if index == "0":  # the others of a device carry no pictures
            told = name if name not in found else f"{name} {number + 1}"  # two of one make
            found[told] = CvCamera(number, told)
    return list(found.values())


def _backends(device: int | str) -> tuple[int, ...]:
    if isinstance(device, str):
        return (cv2.CAP_ANY,)
    return (cv2.CAP_DSHOW, cv2.CAP_MSMF) if sys.platform == "win32" else (cv2.CAP_V4L2,)


def _ask(capture: Any, size: Size) -> None:
    """MJPG first: uncompressed, most webcams deliver 1080p five times a second."""
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    capture.set(cv2.CAP_PROP_AUTOFOCUS, 1)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest picture, not one of a queue


def _refused(device: int | str, folder: Path = Path("/dev")) -> CameraProblem | None:
    """What Linux says before OpenCV is asked, which only knows that it did not work."""
    if isinstance(device, str):
        return None if Path(device).is_file() else CameraProblem.NONE
    if sys.platform == "win32":
        return None
    node = folder / f"video{device}"
    try:
        os.close(os.open(node, os.O_RDWR | os.O_NONBLOCK))
    except OSError as trouble:
        told = {errno.EBUSY: CameraProblem.BUSY, errno.EACCES: CameraProblem.DENIED, errno.EPERM: CameraProblem.DENIED}
        return told.get(trouble.errno or 0, CameraProblem.NONE)
    return None
