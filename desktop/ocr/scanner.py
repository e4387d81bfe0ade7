"""A flatbed scanner on Linux, by SANE's own program `scanimage`: asked for its devices, and for one picture.

Nothing is written to disk: the picture comes through a pipe. On Windows there is no such program; there a scanner's own
software puts its pictures into the watched folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.ocr.quality import LARGEST_BYTES
from desktop.ocr.sources import Going, SourceError, go_on

DPI = (200, 300, 600)
"""A card has 7.9, 11.8 or 23.6 pixels to the millimetre then; 300 is what is read best for the time it takes."""
_LIST_S = 20.0  # network scanners are waited for
_SCAN_S = 180.0  # A4 at 600 dpi over USB 1, with the lamp warming up
_LOOK_S = 0.2  # between two looks whether the scan is still wanted
_STOP_S = 4.0  # for the lamp to be put out and the carriage to be sent home, before the program is ended
_WORDS = (
    # what sane_strstatus says (sane-backends, backend/sane_strstatus.c), in the C locale → what the clerk can do
    ("Device busy", "扫描仪正被其他程序使用：关闭其他扫描软件后再试"),
    ("Access to resource has been denied", "没有使用扫描仪的权限：请管理员把当前用户加入 scanner 组，重新登录后再试"),
    ("Scanner cover is open", "扫描仪的盖子开着：盖好后再试"),
    ("Document feeder jammed", "进纸器卡纸：取出卡住的纸后再试"),
    ("Document feeder out of documents", "进纸器里没有纸：放好证件或纸张后再试"),
    ("Error during device I/O", "扫描仪断开了：检查电源和连线后再试"),
    ("no SANE devices found", "没有找到扫描仪：检查电源和连线后再试"),
    ("open of device", "找不到选好的扫描仪：检查电源和连线，或到「扫描设置」里另选一台"),
)
_UNKNOWN_OPTION = ("unrecognized option", "setting of option", "invalid option", "not supported")


@dataclass(frozen=True, slots=True)
class ScannerName:
    """A scanner as the system knows it: its device for `scanimage`, and words for the clerk."""

    device: str
    words: str


@dataclass(frozen=True, slots=True)
class Scanner:
    """One scanner, whichever comes first when `device` is empty. A `PictureSource`."""

    device: str = ""
    dpi: int = 300

    @property
    def name(self) -> str:
        return self.device or "扫描仪"

    def take(self, going: Going = go_on) -> bytes:
        program = _program()
        chosen = ["--device-name", self.device] if self.device else []
        # Not every scanner has a mode or takes this resolution; one that has neither scans as it pleases.
        wishes: Sequence[Sequence[str]] = (
            ("--mode", "Color", "--resolution", str(self.dpi)), ("--resolution", str(self.dpi)), (),
        )  # fmt: skip
        told = ""
        for wish in wishes:
            code, picture, told = _run([program, "--format=png", *chosen, *wish], _SCAN_S, going)
            if code == 0 and picture:
                if len(picture) > LARGEST_BYTES:
                    raise SourceError("扫描的图片太大：到「扫描设置」里把扫描精度调低")
                return picture
            if not any(part in told for part in _UNKNOWN_OPTION):
                break
        raise SourceError(_words_of(told))


def can_scan() -> bool:
    """Whether this PC has the program at all."""
    return shutil.which("scanimage") is not None


def scanners() -> list[ScannerName]:
    """The scanners that answer now. Takes seconds; raises `SourceError` where it cannot be asked."""
    code, listed, told = _run([_program(), "--formatted-device-list=%d\t%v %m%n"], _LIST_S)
    if code != 0:
        raise SourceError(_words_of(told))
    found = []
    for line in listed.decode("utf-8", "replace").splitlines():
        device, _, words = line.partition("\t")
        if device.strip():
            found.append(ScannerName(device.strip(), words.strip() or device.strip()))
    return found


def _program() -> str:
    program = shutil.which("scanimage")
    if program is None:
        raise SourceError("这台电脑没有装扫描程序：安装 sane-utils，或用扫描仪自带的软件扫到文件夹")
    return program


def _run(command: Sequence[str], seconds: float, going: Going = go_on) -> tuple[int, bytes, str]:
    """Exit code, picture and complaints; ends the program when `going` raises or the time is over."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except OSError as trouble:
        raise SourceError("扫描程序打不开：重新安装 sane-utils 后再试") from trouble
    until = time.monotonic() + seconds
    try:
        while True:
            try:
                picture, said = process.communicate(timeout=_LOOK_S)
            except subprocess.TimeoutExpired:
                going()
                if time.monotonic() > until:
                    raise SourceError("扫描仪一直没有回应：关掉扫描仪的电源再打开，然后再试") from None
            else:
                return process.returncode, picture, said.decode("utf-8", "replace")
    finally:
        if process.poll() is None:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks first: scanimage then tells the scanner to stop. Killed, it would leave it in the middle of the page."""
    process.terminate()
    try:
        process.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _words_of(told: str) -> str:
    return next((words for said, words in _WORDS if said in told), "扫描没有完成：检查扫描仪后再试，或换成图片文件")
