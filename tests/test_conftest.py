"""The watches around every test really bite: each careless test below must fail, for its own reason."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import TestRun

ROOT = Path(__file__).resolve().parents[1]

CARELESS = '''"""Tests that leave something behind."""
import logging, os, threading, time
import pytest
from PySide6.QtCore import QTimer, qWarning

def test_warns():
    logging.getLogger("desktop.till").warning("printed twice")

def test_expects_a_warning(expect_log):
    expect_log("printed twice")
    logging.getLogger("desktop.till").warning("receipt printed twice")

def test_expects_what_never_comes(expect_log):
    expect_log("printed twice")

def test_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(6,), name="forgotten", daemon=True).start()

def test_leaves_a_timer(qtbot):
    global timer
    timer = QTimer()
    timer.start(60_000)

def test_qt_warns(qtbot):
    qWarning("layout is broken")

def test_qt_says_what_is_allowed(qtbot):
    qWarning("This plugin does not support propagateSizeHints()")

def test_logs_half_a_file_name(expect_log):
    expect_log("photo")
    logging.getLogger("desktop.ocr").warning("photo" + chr(0xDCFF) + ".jpg")

@pytest.mark.long
def test_long():
    raise AssertionError("ran without --long")
'''

EXPECTED = {
    "test_warns": "WARNING desktop.till: printed twice",
    "test_expects_what_never_comes": "expected, but never logged: printed twice",
    "test_leaves_a_thread": "still running: forgotten",
    "test_leaves_a_timer": "1 QTimer still ticking",
    "test_qt_warns": "layout is broken",
}


def run_careless(folder: Path) -> str:
    """What pytest says of the careless tests, under this very conftest."""
    (folder / "test_careless.py").write_text(CARELESS, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment |= {"PYTHONPATH": str(ROOT)}
    environment.pop(TestRun.variable)
    plugins = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1"]
    options = ["-rA", "-o", "addopts=", "-o", "qt_api=pyside6", "--rootdir", str(folder)]
    command = [sys.executable, "-m", "pytest", *plugins, *options, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_careless_tests_fail_and_careful_ones_pass(tmp_path: Path) -> None:
    told = run_careless(tmp_path)
    endings: dict[str, set[str]] = {}
    for line in told.rpartition("short test summary info")[2].splitlines():
        if match := re.match(r"(PASSED|FAILED|ERROR) \S+::(\w+)", line):
            endings.setdefault(match[2], set()).add(match[1])
    bad = {test for test, words in endings.items() if words & {"FAILED", "ERROR"}}
    assert bad == set(EXPECTED)
    assert set(endings) - bad == {
        "test_expects_a_warning",
        "test_qt_says_what_is_allowed",
        "test_logs_half_a_file_name",
    }
    assert [reason for reason in EXPECTED.values() if reason not in told] == []
    assert "ran without --long" not in told


def test_the_world_begins_on_a_known_morning(world: SeededWorld) -> None:
    assert world.now().isoformat() == "2026-11-22T09:00:00+08:00"
    assert world.now().tzinfo is OFFICE_ZONE


def test_no_test_can_reach_the_persons_own_office(test_run: TestRun) -> None:
    assert Path.home() == test_run.folder / "home"
    assert os.environ["TZ"] != str(OFFICE_ZONE)
