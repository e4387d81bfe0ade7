"""Files that matter: whole or the old one, for the owner's eyes, with nothing left aside."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.services.files import swapped_in, sweep_aside, write_whole


def test_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "office.keys"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_is_private_before_anything_is_in_it(tmp_path: Path) -> None:
    with swapped_in(tmp_path / "office.keys") as stream:
        assert not (tmp_path / "office.keys").exists()
        if os.name == "posix":
            assert stat.S_IMODE(os.fstat(stream.fileno()).st_mode) == 0o600


def test_error_leaves_the_old_file_and_nothing_aside(tmp_path: Path) -> None:
    path = tmp_path / "office.keys"
    write_whole(path, b"old")

    def half_way() -> None:
        with swapped_in(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_way()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_half_way_the_old_file_stays_and_the_rest_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "office.keys"
    write_whole(path, b"old")
    code = (
        "import os, signal, sys; from pathlib import Path; from desktop.services.files import swapped_in\n"
        "with swapped_in(Path(sys.argv[1])) as stream:\n"
        "    stream.write(b'half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert sweep_aside(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [path]
    assert sweep_aside(tmp_path) == 0
