"""Icons as they were drawn last time, in one file of the cache: a start takes them as they are.

The file is a head of lines (the edition, then length and key of each), an empty line, and the PNGs in that order. It is
only read and written whole; one that is cut, foreign or of another edition is as good as none.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtGui import QPixmap

from resources import resource

_MOST = 1500
"""Icons kept: all that a desk meets in both shades at one scale; what is over is drawn as the first time."""


def edition() -> str:
    """Changes whenever an icon of ours does."""
    return f"1-{resource('icons').stat().st_mtime_ns}"


class IconStore:
    """What is there and what has been drawn since. Never raises: a cache nobody can read or write is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._edition = edition()
        self._kept: dict[str, bytes] = self._read()
        self._new: dict[str, QPixmap] = {}

    def get(self, key: str) -> QPixmap | None:
        found, pixmap = self._kept.get(key), QPixmap()
        return pixmap if found is not None and pixmap.loadFromData(found, "PNG") else None

    def put(self, key: str, pixmap: QPixmap) -> None:
        self._new[key] = pixmap

    def save(self) -> None:
        """Write what has come; whoever writes last at two desks of one user wins."""
        room = _MOST - len(self._kept)
        fresh = {key: png for key, pixmap in list(self._new.items())[: max(0, room)] if (png := _png(pixmap))}
        self._new.clear()
        if not fresh:
            return
        self._kept |= fresh
        head = "\n".join([self._edition, *(f"{len(png)} {key}" for key, png in self._kept.items())])
        aside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(b"\n\n".join((head.encode(), b"".join(self._kept.values()))))
            os.replace(aside, self.path)
        except OSError:
            aside.unlink(missing_ok=True)

    def _read(self) -> dict[str, bytes]:
        try:
            head, _, body = self.path.read_bytes().partition(b"\n\n")
            edition_then, *lines = head.decode().split("\n")
            kept, at = {}, 0
            for length, _, key in (line.partition(" ") for line in lines):
                kept[key] = body[at : at + int(length)]
                at += int(length)
        except (OSError, ValueError):
            return {}
        return kept if edition_then == self._edition and at == len(body) else {}


def _png(pixmap: QPixmap) -> bytes:
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return bytes(buffer.data().data()) if pixmap.save(buffer, "PNG") else b""  # type: ignore[call-overload]
