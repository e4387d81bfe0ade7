"""The engine of due things runs in the open window: at the first sign-in and every minute, away from the GUI thread.

The light tells how it stands, and what was missed is told in words before the first look covers it up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop import watcher
from desktop.services import database, due_engine, opening
from desktop.services.errors import DatabaseBusy
from desktop.views.due_engine_dialog import DueEngineDialog
from desktop.views.due_watch import DueWatch
from desktop.views.keys import top_overlay
from desktop.watcher import Health
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import PASSWORD
from tests.program.conftest import Seat, Sit, visible_words
from tests.services.due_kit import facts

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Moments(SeededWorld):
    """Notes on which thread the engine looks, and fails it while `trouble` is set."""

    def __init__(self, start: datetime = MORNING) -> None:
        super().__init__(start, fault=self._passed)
        self.threads: list[str] = []
        self.trouble: Exception | None = None

    def _passed(self, name: str) -> None:
        if name == "due.begin":
            self.threads.append(threading.current_thread().name)
            if self.trouble is not None:
                raise self.trouble


@pytest.fixture
def world() -> Moments:
    return Moments()


def due(seat: Seat) -> DueWatch:
    assert seat.desk._due is not None
    return seat.desk._due


def light(seat: Seat) -> tuple[str, str]:
    """(words, tone) of the light of due things."""
    shown = seat.window.status.lights.get("due")
    return (shown._text, shown.tone) if shown is not None else ("", "")


def until(seat: Seat, words: str) -> None:
    seat.qtbot.waitUntil(lambda: light(seat)[0] == words, timeout=15000)
    seat.idle()


def a_minute(seat: Seat) -> None:
    """The timer comes round."""
    due(seat)._ticks.timeout.emit()
    seat.idle()


def banner(seat: Seat) -> str:
    notice = seat.window.banner_strip.notice
    return f"{notice.cause}，{notice.text}" if notice is not None else ""


def signed_in(seat: Seat) -> Seat:
    seat.sign_in("linxm", PASSWORD)
    return seat


def ran_before(office: Path, world: SeededWorld, *, closed: bool) -> None:
    """The engine ran here once, and the desk was closed or torn away."""
    made = opening.open_office(world, office, database.sqlite_url(office))
    due_engine.run_pass(made)
    made.close()
    if closed:
        watcher.beat(office, world.now(), closing=True)


def test_the_engine_looks_after_the_sign_in_and_every_minute(sit: Sit, office: Path, world: Moments) -> None:
    world.advance(timedelta(days=2))
    seat = sit()
    assert not world.threads
    assert light(seat) == ("", "")
    signed_in(seat)
    until(seat, "提醒正常")
    assert light(seat)[1] == "ok"
    assert seat.desk.office is not None
    assert [fact.rule for fact in facts(seat.desk.office)] == ["backup_late"]
    assert world.threads
    assert all(name.startswith("write") for name in world.threads), "never on the GUI thread"
    assert watcher.what_it_says(office, world.now()).health is Health.WELL
    count = len(world.threads)
    world.advance(timedelta(minutes=1))
    a_minute(seat)
    assert len(world.threads) == count + 1
    assert watcher.what_it_says(office, world.now()).last_run_at == world.now()
    seat.close()
    world.advance(timedelta(hours=20))
    assert watcher.what_it_says(office, world.now()).health is Health.CLOSED


def test_without_a_sign_in_the_engine_looks_all_the_same(sit: Sit, office: Path, world: Moments) -> None:
    seat = sit()
    a_minute(seat)
    assert len(world.threads) == 1
    assert light(seat) == ("提醒正常", "ok")


def test_a_look_that_fails_is_said_and_the_next_one_comes(sit: Sit, office: Path, world: Moments) -> None:
    world.trouble = DatabaseBusy()
    seat = signed_in(sit())
    until(seat, "提醒没查成")
    assert light(seat)[1] == "warn"
    assert not (office / watcher.HEARTBEAT).exists()
    world.trouble = None
    a_minute(seat)
    assert light(seat) == ("提醒正常", "ok")
    beats = json.loads((office / watcher.HEARTBEAT).read_text("utf-8"))["beat"]
    a_minute(seat)
    assert json.loads((office / watcher.HEARTBEAT).read_text("utf-8"))["beat"] == beats + 1


def test_a_bug_in_a_look_does_not_end_the_loop(
    sit: Sit, office: Path, world: Moments, expect_log: Callable[[str], None]
) -> None:
    expect_log("a look at due things broke")
    world.trouble = ZeroDivisionError()
    seat = signed_in(sit())
    until(seat, "提醒没查成")
    assert top_overlay(seat.window) is None, "no crash dialog every minute"
    world.trouble = None
    a_minute(seat)
    assert light(seat) == ("提醒正常", "ok")


def test_an_engine_that_stands_still_turns_the_light_red(sit: Sit, office: Path, world: Moments) -> None:
    seat = signed_in(sit())
    until(seat, "提醒正常")
    world.trouble = DatabaseBusy()
    for _ in range(2):
        world.advance(timedelta(minutes=10))
        a_minute(seat)
    assert light(seat) == ("提醒已停 20 分钟", "danger")
    assert "到期提醒已停 20 分钟" in banner(seat)
    assert "11-22 09:00 起没有查过" in banner(seat)
    assert str(world.trouble) in banner(seat) or "数据库" in banner(seat)
    seat.press(Qt.Key.Key_F5, SHIFT)
    dialog = top_overlay(seat.window)
    assert isinstance(dialog, DueEngineDialog)
    assert "已经 20 分钟没有查过" in dialog.says.text()
    world.trouble = None
    seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "每分钟查一遍" in dialog.says.text()
    assert "11-22 09:00 到 11-22 09:20，20 分钟" in visible_words(seat.window)
    seat.press(Qt.Key.Key_Escape)
    assert light(seat) == ("提醒正常", "ok")
    assert banner(seat) == ""


# ---- what was missed -------------------------------------------------------------------------------------------------


def test_after_a_power_cut_the_sign_in_says_since_when(sit: Sit, office: Path, world: Moments) -> None:
    ran_before(office, world, closed=False)
    world.advance(timedelta(days=14))
    seat = sit()
    count = len(world.threads)
    assert "到期提醒停过 14 天" in banner(seat)
    assert "11-22 09:00 到 12-06 09:00 没有查过：程序没有正常关闭" in banner(seat)
    assert "登录后自动补上" in banner(seat)
    assert len(world.threads) == count, "told before the first look covers it up"
    signed_in(seat)
    until(seat, "提醒正常")
    assert "漏掉的 3 件已补上" in banner(seat)
    seat.press(Qt.Key.Key_F5, SHIFT)
    assert "11-22 09:00 到 12-06 09:00，14 天" in visible_words(seat.window)
    seat.press(Qt.Key.Key_Escape)
    assert banner(seat) == "", "read once"
    a_minute(seat)
    assert banner(seat) == ""


@pytest.mark.parametrize(("days", "told"), [(1, ""), (3, "到期提醒停过 3 天")])
def test_a_closed_desk_is_told_of_only_when_a_working_day_went_by(
    sit: Sit, office: Path, world: Moments, days: int, told: str
) -> None:
    ran_before(office, world, closed=True)
    world.advance(timedelta(days=days))
    seat = sit()
    assert told in banner(seat)
    assert bool(banner(seat)) is bool(told)
    assert "程序那时没有打开" in banner(seat) or not told


def test_another_pc_of_the_office_looked_meanwhile(sit: Sit, office: Path, world: Moments) -> None:
    ran_before(office, world, closed=False)
    kept = (office / watcher.HEARTBEAT).read_bytes()
    world.advance(timedelta(days=14))
    ran_before(office, world, closed=False)
    (office / watcher.HEARTBEAT).write_bytes(kept)  # the database knows of it, this PC does not
    assert banner(sit()) == ""


# ---- the process outside ---------------------------------------------------------------------------------------------


class WatchedWorld(Moments):
    """Starts the real watcher, a nervous one."""

    def watch(self, folder: Path) -> bool:
        watcher.start(folder, late_seconds=900, tick_seconds=0.05)
        return True


@pytest.fixture
def no_process_stays(office: Path) -> Iterator[None]:
    yield
    assert watcher.stop(office)


def test_the_watcher_is_started_with_the_desk_and_outlives_it(
    sit: Sit, office: Path, world: Moments, no_process_stays: None
) -> None:
    outside = WatchedWorld()
    outside.keyring = world.keyring
    seat = signed_in(sit(outside))
    until(seat, "提醒正常")
    seat.qtbot.waitUntil(lambda: watcher._held(office), timeout=15000)
    seat.qtbot.waitUntil((office / watcher.WATCH).exists, timeout=15000)
    seat.close()
    assert watcher._held(office)
    seat.qtbot.waitUntil(
        lambda: json.loads((office / watcher.WATCH).read_text("utf-8"))["health"] == "closed", timeout=15000
    )


def test_a_watcher_that_does_not_come_is_told(sit: Sit, office: Path, world: Moments) -> None:
    class NobodyComes(Moments):
        def watch(self, folder: Path) -> bool:
            raise PermissionError(13, "no")

    outside = NobodyComes()
    outside.keyring = world.keyring
    seat = signed_in(sit(outside))
    until(seat, "提醒正常")
    for _ in range(3):
        a_minute(seat)
    assert light(seat) == ("提醒没人看护", "warn")
