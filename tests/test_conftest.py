"""The watches around every test really bite: each careless test below must fail, for its own reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.fixture(scope="module")
def careless_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of the careless tests, under this very conftest."""
    folder = tmp_path_factory.mktemp("careless")
    (folder / "test_careless.py").write_text(CARELESS, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment.pop(TestRun.variable)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-rA",
        "-o",
        "addopts=",
        "--rootdir",
        str(folder),
    ]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-o", "qt_api=pyside6", str(folder)],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("test", "reason"), EXPECTED.items())
def test_a_careless_test_fails(careless_run: str, test: str, reason: str) -> None:
    summary = careless_run.rpartition("short test summary info")[2]
    assert any(line.startswith(("FAILED", "ERROR")) and f"::{test}" in line for line in summary.splitlines())
    assert reason in careless_run


@pytest.mark.parametrize("test", ["test_expects_a_warning", "test_qt_says_what_is_allowed"])
def test_a_careful_test_passes(careless_run: str, test: str) -> None:
    summary = careless_run.rpartition("short test summary info")[2]
    told = [line.split()[0] for line in summary.splitlines() if line.split(" - ")[0].endswith(f"::{test}")]
    assert told == ["PASSED"]


def test_long_forms_wait_for_long(careless_run: str) -> None:
    assert "1 deselected" in careless_run
    assert "ran without --long" not in careless_run


def test_the_world_begins_on_a_known_morning(world: SeededWorld) -> None:
    assert world.now().isoformat() == "2026-11-22T09:00:00+08:00"
    assert world.now().tzinfo is OFFICE_ZONE


def test_no_test_can_reach_the_persons_own_office(test_run: TestRun) -> None:
    assert Path.home() == test_run.folder / "home"
    assert os.environ["TZ"] != str(OFFICE_ZONE)
