"""Where pictures of cards come from beside the camera: files, a watched folder; the scanner is in a file of its own.

To add one, write a class with the members of `PictureSource`; whoever reads pictures knows nothing else of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desktop.ocr.quality import LARGEST_BYTES

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif")
"""Names of files that may be pictures; what is in them is asked when they are opened."""
_MOST_SEEN = 20_000  # files of a folder remembered: a folder with more is no tray for scans


class SourceError(RuntimeError):
    """No picture came; `message` is the Chinese sentence that says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


Going = Callable[[], object]
"""Called again and again by a source that waits for a device; what it raises ends the waiting, and the device stops."""


def go_on() -> None:
    """A `Going` that never ends anything."""


class PictureSource(Protocol):
    """Something that gives a picture when it is asked."""

    @property
    def name(self) -> str:
        """What the clerk calls it."""

    def take(self, going: Going = go_on) -> bytes:
        """One picture, as the bytes of a picture file. It may wait for a device, so never on the thread of a window.

        Raises `SourceError`.
        """


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file that was chosen, dropped, pasted or found in the watched folder."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def take(self, going: Going = go_on) -> bytes:
        try:
            if self.path.stat().st_size > LARGEST_BYTES:
                raise SourceError(f"{self.name} 超过 {LARGEST_BYTES // 1_000_000} MB：缩小后再试")
            return self.path.read_bytes()
        except IsADirectoryError as trouble:
            raise SourceError(f"{self.name} 是文件夹：请选一张图片") from trouble
        except (OSError, ValueError) as trouble:  # ValueError: a name no file can have
            raise SourceError(f"打不开 {self.name}：文件不在了或没有权限，换一张图片") from trouble


@dataclass(frozen=True, slots=True)
class _State:
    size: int
    changed: int


class WatchedFolder:
    """New pictures in a folder where some scanner or telephone puts them.

    What lies there at the first look is old. A file is new when it is there with the same size in two looks in a row:
    while it is still being written it grows.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._done: dict[str, _State] | None = None
        self._waiting: dict[str, _State] = {}

    def look(self) -> list[PictureFile]:
        """The pictures that came and are whole since the last look, the oldest first. Raises `SourceError`."""
        here = self._here()
        if self._done is None:
            self._done = here
            return []
        self._done = {name: state for name, state in self._done.items() if name in here}
        # The same name again with other content is another picture: many scanners begin anew at 0001.
        fresh = {name: state for name, state in here.items() if self._done.get(name) != state}
        whole = [name for name, state in fresh.items() if state.size > 0 and self._waiting.get(name) == state]
        whole.sort(key=lambda name: (fresh[name].changed, name))
        for name in whole:
            self._done[name] = fresh.pop(name)
        self._waiting = fresh
        return [PictureFile(self.folder / name) for name in whole]

    def _here(self) -> dict[str, _State]:
        found: dict[str, _State] = {}
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if not entry.name.lower().endswith(PICTURE_ENDINGS) or entry.name.startswith((".", "~")):
                        continue
                    try:
                        told = entry.stat()
                    except OSError:
                        continue  # gone between the listing and the look
                    if stat.S_ISREG(told.st_mode):
                        found[entry.name] = _State(told.st_size, told.st_mtime_ns)
                    if len(found) >= _MOST_SEEN:
                        break
        except OSError as trouble:
            raise SourceError(
                f"打不开扫描文件夹 {self.folder.name}：文件夹不在了、没有权限或网络断开，到「扫描设置」里看一下"
            ) from trouble
        return found
