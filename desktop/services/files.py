"""Files that matter: written aside with tight permissions, flushed to the disk, then swapped in whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def swapped_in(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it is complete and on the disk; on any error the old one stays.

    The aside file carries the process number, so two programs never write into the same one. Raises OSError.
    """
    aside = path.with_name(f"{path.name}.{os.getpid()}.aside")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file by `data`, whole or not at all. Raises OSError."""
    with swapped_in(path, mode) as stream:
        stream.write(data)


def sweep_aside(folder: Path) -> int:
    """Remove what a killed program left half-written; the number of files. Only while no other program writes there."""
    left = list(folder.glob("*.aside"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut. Windows keeps the folder in step by itself and cannot open it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
