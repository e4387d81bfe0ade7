"""The watcher of the reminder engine 到期提醒看护: a small process of its own that tells when the engine stands still.

    python -m desktop.watcher watch FOLDER      stays, and watches the data folder of an office on this PC
    python -m desktop.watcher status FOLDER     what is so, in words; exit code 1 when something is wrong
    python -m desktop.watcher stop FOLDER       ends it

A reminder service lay dead for two weeks and nobody saw it: so what watches must not live in what may die. The desk
starts this process and forgets it; it outlives the desk. The engine writes HEARTBEAT after each pass, the watcher
writes WATCH, and while the engine is late also a note in plain words that anybody finds in the folder. The next sign-in
and `office check` ask `what_it_says`, which believes neither the watcher nor the clock alone.

A leaf: the standard library and nothing else, so that it starts in a blink and nothing of ours can break it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any

HEARTBEAT, WATCH, LOCK, STOP = "due-heartbeat.json", "due-watch.json", "due-watch.lock", "due-watch.stop"
NOTE = "到期提醒没有运行.txt"
LATE_SECONDS = 900.0
"""The desk runs a pass every minute: after a quarter of an hour without one it is late."""
TICK_SECONDS = 20.0
CLOSED_FOR = timedelta(hours=36)
"""A desk that was closed as it should be is late only when a whole working day went by."""
WATCH_STALE = timedelta(minutes=5)
"""A watcher that has not written for so long is not there."""
KEPT = 20
"""Former silences that are remembered."""

_CHINA = timezone(timedelta(hours=8))


class Health(Enum):
    """How the engine stands."""

    WELL = "well"
    CLOSED = "closed"
    """The desk was closed as it should be, not long ago."""
    LATE = "late"
    NEVER = "never"
    """It has not run on this PC yet."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which the engine stood still."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Says:
    """What is known of the engine on this PC."""

    health: Health
    last_run_at: datetime | None
    watched: bool
    """Whether a watcher is there."""
    words: str
    """For a person: what is so and what to do; "" when all is well."""
    past: tuple[Silence, ...] = ()
    """Former silences, the latest last."""
    closed: bool = False
    """The desk was closed as it should be; otherwise it stands open, or the power went."""

    @property
    def well(self) -> bool:
        return self.health in (Health.WELL, Health.CLOSED)


# ---- what the desk calls ---------------------------------------------------------------------------------------------


def beat(folder: Path, at: datetime, *, closing: bool = False) -> None:
    """The engine has run, at this instant by the office's clock; `closing`: the desk is closed now, all is well.

    A disk that takes no more is no reason to stop a pass: the watcher says then that nothing is heard.
    """
    known = _read(folder / HEARTBEAT)
    count, last = known.get("beat"), _instant(known.get("at"))
    past = list(_past(known))
    if last is not None and not closing and at - last >= _bound(known, LATE_SECONDS):
        past.append(Silence(last, at))
    when = last if closing and last is not None else at
    with contextlib.suppress(OSError):
        _write(folder / HEARTBEAT, {
            "beat": count + 1 if isinstance(count, int) else 1, "at": when.isoformat(), "closed": closing,
            "past": [[one.since.isoformat(), one.until.isoformat()] for one in past[-KEPT:]],
        })  # fmt: skip


def start(folder: Path, late_seconds: float = LATE_SECONDS, tick_seconds: float = TICK_SECONDS) -> None:
    """See to it that a watcher of this folder is there; it stays when the desk goes. Raises OSError."""
    (folder / STOP).unlink(missing_ok=True)
    if _held(folder):
        return
    words = [*command(), "watch", str(folder), "--late", str(late_seconds), "--tick", str(tick_seconds)]
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    child = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.anchor,
        close_fds=True, **apart,
    )  # fmt: skip
    # Kept: Python would complain of a child that nobody waited for, and on POSIX it is waited for in `stop`.
    _children.append(child)


def command() -> list[str]:
    """How the watcher is started: this very file, or the frozen program under its name."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "due"]
    return [sys.executable, "-I", str(Path(__file__).resolve())]


def stop(folder: Path, wait_seconds: float = 10.0) -> bool:
    """End the watcher of this folder; whether it is gone."""
    with contextlib.suppress(OSError):
        (folder / STOP).touch()
    until = time.monotonic() + wait_seconds
    while _held(folder) and time.monotonic() < until:
        time.sleep(0.05)
    gone = not _held(folder)
    if gone:
        (folder / STOP).unlink(missing_ok=True)
    for child in [one for one in _children if one.poll() is not None]:
        _children.remove(child)
    return gone


_children: list[subprocess.Popen[bytes]] = []


def what_it_says(folder: Path, now: datetime, late_seconds: float = LATE_SECONDS) -> Says:
    """How the engine of this PC stands, from what it and its watcher left in the folder. Changes nothing."""
    heart, watch = _read(folder / HEARTBEAT), _read(folder / WATCH)
    last, wrote = _instant(heart.get("at")), _instant(watch.get("at"))
    watched = wrote is not None and abs(now - wrote) < WATCH_STALE
    past = tuple(_past(heart))
    if last is None:
        return Says(
            Health.NEVER, None, watched, "到期提醒在这台电脑上还没有运行过：打开安居前台并登录，它会自动开始", past
        )
    closed, silent = bool(heart.get("closed")), now - last
    late = silent >= _bound(heart, late_seconds)
    # A clock that was set back hides a silence; the watcher has counted it by a clock that nobody sets.
    late = late or (watched and watch.get("health") == Health.LATE.value and watch.get("beat") == heart.get("beat"))
    if late:
        return Says(Health.LATE, last, watched, _words(last, now, closed=closed), past, closed)
    health = Health.CLOSED if closed else Health.WELL
    alone = "" if watched or closed else "看护程序没有运行：重新打开安居前台，它会再启动"
    return Says(health, last, watched, alone, past, closed)


def _bound(heart: dict[str, Any], late_seconds: float) -> timedelta:
    """How long the engine may be silent."""
    late = timedelta(seconds=late_seconds)
    return max(CLOSED_FOR, late) if heart.get("closed") else late


def _words(last: datetime, now: datetime, *, closed: bool) -> str:
    when = last.astimezone(_CHINA)
    told = f"到期提醒从 {when:%Y-%m-%d %H:%M} 起没有运行（{span(now - last)}）"
    if closed:
        return f"{told}，安居前台一直没有打开：打开并登录，漏掉的会自动补上"
    return f"{told}：关掉安居前台再打开，漏掉的会自动补上；还是这样就找管理员"


def span(silent: timedelta) -> str:
    """「14 天」: how long, in words."""
    minutes = max(0, int(silent.total_seconds())) // 60
    if minutes >= 2880:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时" if minutes >= 120 else f"{minutes} 分钟"


# ---- the process -----------------------------------------------------------------------------------------------------


def watch(folder: Path, late_seconds: float = LATE_SECONDS, tick_seconds: float = TICK_SECONDS) -> int:
    """Watch until STOP lies in the folder, or the folder is gone. 0; 1 when another watcher is there already."""
    with _lock(folder, patience=2.0) as mine:
        if not mine:
            return 1
        heart = _read(folder / HEARTBEAT)
        seen = heart.get("beat")
        # What was silent before this watcher came counts too, as far as the PC's clock tells.
        quiet_since = time.monotonic() - _already(heart)
        late_since: datetime | None = None
        while folder.is_dir() and not (folder / STOP).exists():
            heart = _read(folder / HEARTBEAT)
            if heart.get("beat") != seen:
                seen, quiet_since, late_since = heart.get("beat"), time.monotonic(), None
            last, quiet = _instant(heart.get("at")), time.monotonic() - quiet_since
            if last is not None and quiet >= _bound(heart, late_seconds).total_seconds():
                late_since = last
            _report(folder, heart, late_since, quiet)
            _rest(folder, tick_seconds)
        with contextlib.suppress(OSError):
            (folder / NOTE).unlink(missing_ok=True)
    return 0


def _rest(folder: Path, seconds: float) -> None:
    """Until the next tick, or until it is told to stop."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not (folder / STOP).exists():
        time.sleep(min(0.5, left))


def _already(heart: dict[str, Any]) -> float:
    last = _instant(heart.get("at"))
    return 0.0 if last is None else max(0.0, (datetime.now(UTC) - last).total_seconds())


def _report(folder: Path, heart: dict[str, Any], late_since: datetime | None, quiet: float) -> None:
    """Write down how it stands. A disk that takes no more is tried again at the next tick."""
    health = Health.LATE if late_since is not None else Health.CLOSED if heart.get("closed") else Health.WELL
    with contextlib.suppress(OSError):
        _write(folder / WATCH, {
            "health": health.value, "at": datetime.now(UTC).isoformat(), "beat": heart.get("beat"), "pid": os.getpid(),
        })  # fmt: skip
        note = folder / NOTE
        if late_since is None:
            note.unlink(missing_ok=True)
        else:
            words = _words(late_since, late_since + timedelta(seconds=quiet), closed=bool(heart.get("closed")))
            _write_text(note, words + "\n")


# ---- files -----------------------------------------------------------------------------------------------------------


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none, or half of one."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    _write_text(path, json.dumps(content, ensure_ascii=False))


def _write_text(path: Path, text: str) -> None:
    """Written aside and swapped in: a reader meets the old or the new, never half. Raises OSError."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        aside.write_text(text, "utf-8")
        os.replace(aside, path)
    except OSError:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _past(heart: dict[str, Any]) -> Iterator[Silence]:
    kept = heart.get("past")
    for pair in kept if isinstance(kept, list) else ():
        if isinstance(pair, list) and len(pair) == 2:
            since, until = map(_instant, pair)
            if since is not None and until is not None:
                yield Silence(since, until)


@contextlib.contextmanager
def _lock(folder: Path, patience: float = 0.0) -> Iterator[bool]:
    """Whether the one watcher of a folder may be us. The system lets go of the lock however we end.

    `patience`: seconds to wait for it; whoever only asks (`_held`) has it for a blink.
    """
    try:
        handle = open(folder / LOCK, "a+b")  # noqa: SIM115 - closed below, and with it the lock
    except OSError:
        yield False
        return
    try:
        until = time.monotonic() + patience
        while not (mine := _take(handle.fileno())) and time.monotonic() < until:
            time.sleep(0.05)
        yield mine
    finally:
        handle.close()


def _held(folder: Path) -> bool:
    """Whether a watcher of this folder is there."""
    if not (folder / LOCK).exists():
        return False
    with _lock(folder) as free:
        return not free


def _take(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# ---- the command line ------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """What the first lines of this file say; the exit code."""
    parser = argparse.ArgumentParser(prog="desktop.watcher", description="到期提醒看护")
    parser.add_argument("what", choices=["watch", "status", "stop"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--late", type=float, default=LATE_SECONDS, metavar="SECONDS")
    parser.add_argument("--tick", type=float, default=TICK_SECONDS, metavar="SECONDS")
    given = parser.parse_args(arguments)
    if given.what == "watch":
        return watch(given.folder, given.late, given.tick)
    if given.what == "stop":
        return 0 if stop(given.folder) else 1
    says = what_it_says(given.folder, datetime.now(UTC), given.late)
    print(says.words or "到期提醒正常")
    return 0 if says.well else 1


if __name__ == "__main__":
    sys.exit(main())
