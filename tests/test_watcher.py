"""The watcher with real processes: the desk is killed or stands still, and it is told; the watcher itself dies, too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from desktop import cli, watcher
from desktop.services import checkup, due_engine
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.watcher import HEARTBEAT, NOTE, WATCH, Health
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import make_office

ROOT = Path(__file__).resolve().parents[1]
LATE = 1.0
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Wait for something that must come about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def watch_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = watcher._read(folder / WATCH)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    data = tmp_path / "data"
    data.mkdir()
    yield data
    assert watcher.stop(data)


@pytest.fixture
def desk(databases: Databases, folder: Path, world: SeededWorld) -> Iterator[subprocess.Popen[str]]:
    """A desk that runs passes, and started the watcher."""
    url = databases.clone("sqlite")
    make_office(world, folder, url).close()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.watched", str(folder), url, str(LATE)], cwd=ROOT, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "pass\n"
    until(lambda: watch_of(folder).get("health") == "well", "the watcher says that all is well")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()
    databases.drop(url)


# ---- processes -------------------------------------------------------------------------------------------------------


def test_a_desk_that_is_killed_is_told_by_what_outlives_it(desk: subprocess.Popen[str], folder: Path) -> None:
    pid = watch_of(folder)["pid"]
    assert pid != desk.pid
    desk.kill()
    desk.wait()
    until(lambda: (folder / NOTE).exists(), "a note in the folder")
    assert watch_of(folder)["health"] == "late"
    assert watch_of(folder)["pid"] == pid
    words = (folder / NOTE).read_text("utf-8")
    assert "到期提醒从" in words
    assert "打开" in words
    says = watcher.what_it_says(folder, datetime.now(UTC), LATE)
    assert (says.health, says.watched, says.well) == (Health.LATE, True, False)


def test_an_engine_that_stands_still_is_told_and_then_taken_back(desk: subprocess.Popen[str], folder: Path) -> None:
    os.kill(desk.pid, signal.SIGSTOP)
    until(lambda: watch_of(folder)["health"] == "late" and (folder / NOTE).exists(), "late")
    os.kill(desk.pid, signal.SIGCONT)
    until(lambda: watch_of(folder)["health"] == "well" and not (folder / NOTE).exists(), "well again")


def test_there_is_one_watcher_and_another_after_it_was_killed(desk: subprocess.Popen[str], folder: Path) -> None:
    first = watch_of(folder)["pid"]
    assert isinstance(first, int)
    watcher.start(folder, LATE, 0.05)
    second = subprocess.run([*watcher.command(), "watch", str(folder)], timeout=30, check=False)
    assert second.returncode == 1
    assert watch_of(folder)["pid"] == first
    psutil.Process(first).kill()
    until(lambda: not watcher._held(folder), "the lock is free")
    later = datetime.now(UTC) + timedelta(minutes=6)
    watcher.beat(folder, later)
    assert "看护程序没有运行" in watcher.what_it_says(folder, later).words
    watcher.start(folder, LATE, 0.05)
    until(lambda: watch_of(folder)["pid"] != first, "another watcher")


def test_a_watcher_costs_next_to_nothing(folder: Path) -> None:
    watcher.start(folder, LATE, 0.05)
    until(lambda: (folder / WATCH).exists(), "it watches")
    pid = watch_of(folder)["pid"]
    assert isinstance(pid, int)
    process = psutil.Process(pid)
    assert process.memory_info().rss < 40 * 2**20
    maps = {Path(one.path).name for one in process.memory_maps()}
    assert not [name for name in maps if "Qt" in name or "sqlalchemy" in name or "psycopg" in name]
    assert watcher.stop(folder)
    until(lambda: not psutil.pid_exists(pid) or process.status() == psutil.STATUS_ZOMBIE, "it is gone")


def test_it_goes_with_its_folder(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    child = subprocess.Popen([*watcher.command(), "watch", str(gone), "--tick", "0.05"])
    until(lambda: (gone / WATCH).exists(), "it watches")
    gone.rename(tmp_path / "moved")
    assert child.wait(30) == 0


# ---- what it says ----------------------------------------------------------------------------------------------------


def test_an_engine_that_never_ran_is_told(folder: Path) -> None:
    says = watcher.what_it_says(folder, NOW)
    assert (says.health, says.well) == (Health.NEVER, False)
    assert "登录" in says.words


def test_two_weeks_cannot_go_unseen_even_without_a_watcher(folder: Path) -> None:
    watcher.beat(folder, NOW)
    says = watcher.what_it_says(folder, NOW + timedelta(days=14))
    assert (says.health, says.last_run_at) == (Health.LATE, NOW)
    assert "14 天" in says.words
    assert "2026-11-23 09:00" in says.words
    watcher.beat(folder, NOW + timedelta(days=14))
    [silence] = watcher.what_it_says(folder, NOW + timedelta(days=14)).past
    assert (silence.since, silence.until) == (NOW, NOW + timedelta(days=14))


@pytest.mark.parametrize(
    ("closing", "silent", "health"),
    [
        (False, timedelta(minutes=14), Health.WELL),
        (False, timedelta(minutes=15), Health.LATE),
        (True, timedelta(hours=14), Health.CLOSED),
        (True, timedelta(hours=36), Health.LATE),
    ],
)
def test_a_desk_closed_over_night_is_no_alarm(folder: Path, closing: bool, silent: timedelta, health: Health) -> None:
    watcher.beat(folder, NOW)
    if closing:
        watcher.beat(folder, NOW + timedelta(seconds=5), closing=True)
    says = watcher.what_it_says(folder, NOW + silent)
    assert says.health is health
    assert says.last_run_at == NOW


def test_a_clock_set_back_does_not_hide_a_silence(folder: Path) -> None:
    watcher.beat(folder, NOW)
    # The watcher counted by a clock that nobody sets; ours was set back to a minute after the last pass.
    (folder / WATCH).write_text(
        json.dumps({"health": "late", "at": (NOW + timedelta(minutes=1)).isoformat(), "beat": 1})
    )
    assert watcher.what_it_says(folder, NOW + timedelta(minutes=1)).health is Health.LATE
    watcher.beat(folder, NOW + timedelta(minutes=2))
    assert watcher.what_it_says(folder, NOW + timedelta(minutes=2)).health is Health.WELL


@pytest.mark.parametrize("content", ["", "{", "[]", '{"beat": "x", "at": 5}', '{"at": "2026-11-23"}', "\x00\xff"])
def test_half_a_file_stops_nobody(folder: Path, content: str) -> None:
    for name in (HEARTBEAT, WATCH):
        (folder / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert watcher.what_it_says(folder, NOW).health is Health.NEVER
    watcher.beat(folder, NOW)
    assert watcher.what_it_says(folder, NOW).health is Health.WELL


def test_a_folder_that_takes_nothing_does_not_stop_the_engine(tmp_path: Path) -> None:
    watcher.beat(tmp_path / "not there", NOW)
    assert not (tmp_path / "not there").exists()


# ---- beside the office -----------------------------------------------------------------------------------------------


def test_every_pass_beats_and_the_check_reads_it(office: Office, world: SeededWorld) -> None:
    def found() -> list[str]:
        with look(office, PROGRAM) as reading:
            return [one.text for one in checkup.check_office(reading).findings]

    assert found() == []
    due_engine.run_pass(office)
    assert watcher.what_it_says(office.data_dir, world.now()).health is Health.WELL
    assert found() == []
    world.advance(timedelta(days=14))
    [words] = found()
    assert "14 天" in words
    (office.data_dir / HEARTBEAT).unlink()  # another PC of the office reads the heartbeat in the database
    [words] = found()
    assert words.startswith("14 天没有一台电脑")
    due_engine.run_pass(office)
    assert found() == []


def test_the_command_line(office: Office, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["due", "status", str(folder)]) == 1
    assert "还没有运行过" in capsys.readouterr().out
    watcher.beat(folder, datetime.now(UTC))
    watcher.start(folder)
    until(lambda: (folder / WATCH).exists(), "it watches")
    assert cli.run(["due", "status", str(folder)]) == 0
    assert cli.run(["due", "stop", str(folder)]) == 0
    assert cli.run(["due", "status", str(folder / "nothing")]) == 2
    assert "数据文件夹" in capsys.readouterr().err
    assert cli.run(["due", "run", "--data", str(office.data_dir), "--database", _address(office), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["produced"] > 0
    assert cli.run(["due", "run", "--data", str(office.data_dir), "--database", _address(office)]) == 0
    assert "新到期 0 件" in capsys.readouterr().out


def _address(office: Office) -> str:
    return office.engine.url.render_as_string(hide_password=False)
