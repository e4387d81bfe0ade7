"""Thousands of spoilt files: none takes the program down, none holds it up, each is read or refused in words."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.ocr.fuzz import SMALL, WAYS, spoilt, whole

ROOT = Path(__file__).resolve().parents[2]
HANG_CPU_S = 2.0
"""No file may take longer, in time of the processor: how long one waits for it depends on who else is at work."""
HANG_WALL_S = 60.0
MORE_MB = 250
"""Above what one good picture took: the pictures are small, so a file that asks for more is lying."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the child measures itself with `resource`")


def read_by_child(first: int, count: int) -> list[dict[str, Any]]:
    """What a child process told of these files, the first line apart; it fails with the number it died at."""
    told: list[dict[str, Any]] = []
    complaints: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ocr.fuzz", str(first), str(count)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        listener = threading.Thread(target=lambda: complaints.extend(child.stderr or ()), daemon=True)
        listener.start()
        alarm = threading.Timer(HANG_WALL_S, child.kill)
        alarm.start()
        for line in child.stdout:
            alarm.cancel()
            told.append(json.loads(line))
            alarm = threading.Timer(HANG_WALL_S, child.kill)
            alarm.start()
        alarm.cancel()
        listener.join()
    last = told[-1].get("number", first - 1) if told else first - 1
    assert child.returncode == 0, f"file {last + 1} ended the child: {''.join(complaints)[-2000:]}"
    assert len(told) == count + 1
    return told


def judged(told: list[dict[str, Any]]) -> Counter[str]:
    slow = [one for one in told[1:] if one["seconds"] > HANG_CPU_S]
    assert slow == []
    assert max(one["mb"] for one in told) - told[0]["mb"] < MORE_MB
    assert all(one["words"].endswith("。") for one in told if "refused" in one)
    return Counter("opened" if "opened" in one else one["refused"] for one in told[1:])


def test_two_hundred_spoilt_files_are_read_or_refused_in_words() -> None:
    found = judged(read_by_child(0, 200))
    assert found["opened"] > 20
    assert found["broken"] > 100


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 20_000, 2_000))
def test_twenty_thousand_spoilt_files_are_read_or_refused_in_words(first: int) -> None:
    assert judged(read_by_child(first, 2_000)).total() == 2_000


def test_the_files_are_spoilt_and_the_same_every_time() -> None:
    assert len(whole()) == len(whole(SMALL)) > 12
    assert len(WAYS) == 8
    files = [spoilt(number) for number in range(60)]
    assert files == [spoilt(number) for number in range(60)]
    assert sum(data in whole() for data in files) == 0
