"""SIGKILL in the paper workshop: what the foot had called kept is there in a new window, and nobody can read it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from tests.clear_text import found_in_clear
from tests.crash.window import LOGIN, MorningWorld
from tests.crash.workshop import WORDS, held, open_editor
from tests.databases import Databases
from tests.journeys.hands import Hands
from tests.offices import hire, make_office

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def mother(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder and a database to start every killed manager from."""
    folder = tmp_path_factory.mktemp("mother")
    url = databases.clone("sqlite")
    office = make_office(MorningWorld(), folder, url)
    hire(office, "manager", login=LOGIN)
    office.close()
    return folder, url


def _reports(log: Path) -> list[dict[str, Any]]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [json.loads(line) for line in lines]


def _children(parent: int) -> list[int]:
    """Processes whose parent that was; the trial of templates runs in one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent:
            found.append(int(stat.parent.name))
    return found


@pytest.fixture
def second(qtbot: QtBot) -> Iterator[Any]:
    """Starts the program again over what is left."""
    opened: list[Hands] = []

    def start(data: Path, url: str) -> Hands:
        hands = Hands(Desk(Start(data=data, database=url), MorningWorld()))
        opened.append(hands)
        qtbot.addWidget(hands.window)
        hands.open()
        hands.sign_in(LOGIN)
        return hands

    yield start
    for hands in opened:
        hands.leave()


@pytest.mark.parametrize("what", ["template", "form"])
@pytest.mark.parametrize(("point", "number"), [("foot", 0), ("draft.before_commit", 2), ("draft.after_commit", 2)])
def test_what_was_kept_is_gone_on_with(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, second: Any, what: str, point: str, number: int
) -> None:
    data, temp, log = tmp_path / "data", tmp_path / "temp", tmp_path / "reports.jsonl"
    shutil.copytree(mother[0], data)
    temp.mkdir()
    url = databases.copy(mother[1])
    command = [sys.executable, "-m", "tests.crash.workshop", str(data), url, str(log), what, point, str(number)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temp)}
    ) as killed:
        _out, errors = killed.communicate(timeout=240)
    assert killed.returncode == -signal.SIGKILL, errors.decode()[-3000:]
    reports = [each["held"] for each in _reports(log) if each["what"] == "draft"]
    assert reports, "she was killed before anything was kept"
    secrets = {f"words {at}": words for at, words in enumerate(WORDS)}
    assert found_in_clear([data, temp, Path(url.removeprefix("sqlite:///")).parent], secrets, least=1) == []
    hands = second(data, url)
    open_editor(hands, what)
    there = held(hands, what)
    if point == "draft.after_commit":  # kept, but she was killed before the foot could say so
        assert there not in ("", reports[-1])
        assert what == "form" or there.startswith(WORDS[1])
    else:
        assert there == reports[-1]
    resumed = hands.page.section.resumed if what == "template" else hands.page.resumed
    assert resumed.isVisible()
    assert _children(killed.pid) == []
