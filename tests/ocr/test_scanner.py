"""Scanning by `scanimage`: SANE's own test device where it is installed, and a stand-in that scans a drawn card."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from desktop.ocr import scanner
from desktop.ocr.pipeline import CardReader
from desktop.ocr.quality import decode_picture
from desktop.ocr.scanner import Scanner, can_scan, scanners
from desktop.ocr.sources import SourceError
from tests.idcards.page import Laid, page
from tests.idcards.sequences import person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SANE is not for Windows")
sane = pytest.mark.skipif(shutil.which("scanimage") is None, reason="needs sane-utils")

Configure = Callable[..., None]


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """SANE with its test backend alone, set up as wanted; without a word of it, with no device at all."""

    def configure(*lines: str) -> None:
        (tmp_path / "dll.conf").write_text("test\n" if lines else "\n", encoding="ascii")
        (tmp_path / "test.conf").write_text("\n".join(lines) + "\n", encoding="ascii")
        monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))

    return configure


@sane
def test_the_test_device_is_listed_and_scans(configured: Configure) -> None:
    configured("number_of_devices 2", 'test-picture "Grid"')
    assert [one.device for one in scanners()] == ["test:0", "test:1"]
    assert "frontend-tester" in scanners()[0].words
    picture = decode_picture(Scanner("test:1", 200).take())
    assert (picture.format, picture.height) == ("png", 787)


@sane
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("SANE_STATUS_COVER_OPEN", "盖好"), ("SANE_STATUS_DEVICE_BUSY", "其他程序"), ("SANE_STATUS_JAMMED", "卡纸"),
        ("SANE_STATUS_NO_DOCS", "没有纸"), ("SANE_STATUS_IO_ERROR", "断开"), ("SANE_STATUS_ACCESS_DENIED", "权限"),
        ("SANE_STATUS_NO_MEM", "没有完成"),
    ],
)  # fmt: skip
def test_every_trouble_of_a_scanner_in_words(configured: Configure, status: str, words: str) -> None:
    configured(f'read-status-code "{status}"')
    with pytest.raises(SourceError, match=words):
        Scanner("test:0").take()


@sane
def test_no_scanner_and_one_that_is_gone(configured: Configure) -> None:
    configured("number_of_devices 1")
    with pytest.raises(SourceError, match="另选一台"):
        Scanner("nosuch:0").take()
    configured()
    assert scanners() == []
    with pytest.raises(SourceError, match="没有找到扫描仪"):
        Scanner().take()


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not can_scan()
    for ask in (scanners, Scanner().take):
        with pytest.raises(SourceError, match="sane-utils"):
            ask()


def stand_in(folder: Path, picture: bytes, knows: str = "") -> None:
    """A `scanimage` that scans this picture; options it does not know are refused as the real one refuses them."""
    (folder / "page.png").write_bytes(picture)
    program = folder / "scanimage"
    program.write_text(
        "#!/bin/sh\n"
        'for word in "$@"; do case "$word" in\n'
        f"  --format=png|-*device-name|{knows or '--mode|--resolution'}) ;;\n"
        "  -*) echo \"scanimage: unrecognized option '$word'\" >&2; exit 1 ;;\n"
        "esac; done\n"
        f"cat '{folder / 'page.png'}'\n",
        encoding="utf-8",
    )
    program.chmod(0o755)


@pytest.mark.parametrize("knows", ["", "--resolution", "--nothing"])
def test_a_scanned_card_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows: str) -> None:
    """Also from a scanner that has no colour mode or no choice of resolution."""
    sheet = cv2.imencode(".png", page([Laid(9704, "front", 105, 70)]))[1].tobytes()
    stand_in(tmp_path, sheet, knows)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    before = sorted(tmp_path.iterdir())
    (card,) = CardReader().read(Scanner("flatbed:1").take())
    assert card.text("number") == person(9704)["number"]
    assert sorted(tmp_path.iterdir()) == before


class Unwanted(Exception):
    """The clerk pressed Esc."""


@pytest.mark.parametrize("deaf", [False, True])
def test_a_scan_that_is_not_wanted_any_more_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    """The scanner is asked to stop; a program that does not listen is ended all the same."""
    told, listens = tmp_path / "told", tmp_path / "listens"
    program = tmp_path / "scanimage"
    answer = "" if deaf else f"echo stopped > {told}; exit 1"
    program.write_text(
        f"#!/bin/sh\ntrap '{answer or ':'}' TERM\necho > {listens}\n"
        "i=0\nwhile [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(scanner, "_STOP_S", 0.5 if deaf else 4.0)
    looks: list[float] = []

    def going() -> None:
        if listens.exists():
            looks.append(time.monotonic())
        if len(looks) == 3:
            raise Unwanted

    with pytest.raises(Unwanted):
        Scanner("flatbed:1").take(going)
    assert time.monotonic() - looks[-1] < 8
    assert len(looks) == 3
    assert told.exists() is not deaf


def test_a_scanner_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "scanimage"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(scanner, "_SCAN_S", 0.3)
    with pytest.raises(SourceError, match="没有回应"):
        Scanner("flatbed:1").take()
