"""What every test may ask for (databases on both engines, a World) and what none may leave behind (warnings, threads).

def test_something(database_url, world): ...         runs on SQLite and on PostgreSQL, each with a fresh database
@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)      only one of them, for what it alone has
expect_log(r"receipt .* printed twice")              a warning that the test wants to see
"""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The machine's own zone is far from the office's: a time taken from the PC instead of from World shows itself.
os.environ["TZ"] = "America/Los_Angeles"
if hasattr(time, "tzset"):
    time.tzset()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# No test touches the keyring of the person who runs it.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

import hypothesis
import pytest

from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import ENGINE_KINDS, Databases, EngineKind, TestRun, close_admins
from tests.engines import share_compiled_statements
from tests.postgresql import Server

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.services.office import Office

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=OFFICE_ZONE)
"""When every test begins, unless it says otherwise."""

HANG_SECONDS, LONG_HANG_SECONDS = 300, 3600

ALLOWED_LOGS: tuple[tuple[str, str, str], ...] = (
    # logger, pattern of the message, why nobody needs to act on it
    ("fontTools", r".*", "subsetting talks about tables it drops on purpose"),
)
ALLOWED_QT: tuple[tuple[str, str], ...] = (
    # pattern of the message, why nobody needs to act on it
    (r"This plugin does not support propagateSizeHints\(\)", "the offscreen platform has no window manager"),
    (r"This plugin does not support raise\(\)", "the offscreen platform has no window manager"),
    (r"This plugin does not support grabbing the keyboard", "a calendar that pops up asks for it; offscreen has one"),
)


# ---- the run -----------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long forms too")
    parser.addoption("--golden", action="store_true", help="draw the golden pages anew instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "golden: compares with a stored page, which `run.py golden` draws anew")
    for pattern, _reason in ALLOWED_QT:
        config.addinivalue_line("qt_log_ignore", pattern)
    hypothesis.settings.register_profile(
        "anju",
        deadline=None,  # two cores, several workers: a slow moment is no mistake
        derandomize=bool(os.environ.get("CI")),  # the same examples on every machine; at the desk new ones each time
        database=None,  # no folder of found examples: one worth keeping becomes an `@example`
    )
    hypothesis.settings.load_profile("anju")
    share_compiled_statements()
    run = TestRun.join()
    config.stash[RUN] = run
    config.stash[STDERR] = os.dup(2)  # before pytest captures it: a hang is told where somebody reads it
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        # The person's own office is out of reach of any test.
        os.environ[variable] = str(run.folder / "home")
    (run.folder / "home").mkdir(exist_ok=True)
    # Where tmp_path lies: in memory too. An office waits for its disk at every commit.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(run.folder)


RUN = pytest.StashKey[TestRun]()
STDERR = pytest.StashKey[int]()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[RUN].end()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that hangs ends its process with the stack of every thread; the run goes on without it and fails."""
    limit = LONG_HANG_SECONDS if item.get_closest_marker("long") else HANG_SECONDS
    faulthandler.dump_traceback_later(limit, exit=True, file=item.config.stash[STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_collection_finish() -> None:
    """What stands by now stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """What a test logged or printed may be no Unicode at all (half a file name): a worker could not send that home."""
    return _sendable((yield))


def _sendable(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(thing, dict):
        return {_sendable(key): _sendable(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return type(thing)(_sendable(part) for part in thing)
    return thing


# ---- databases ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def test_run(request: pytest.FixtureRequest) -> TestRun:
    """The run all workers share: its folder (in memory) and its PostgreSQL."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def databases(test_run: TestRun, worker_id: str) -> Iterator[Databases]:
    """Fresh databases of either kind, for tests that want more than one."""
    made = Databases(test_run, worker_id)
    yield made
    made.close()
    close_admins()


@pytest.fixture(scope="session", params=ENGINE_KINDS)
def engine_kind(request: pytest.FixtureRequest) -> EngineKind:
    """The two databases an office may have. Everything that asks for this runs on both."""
    kind: EngineKind = request.param
    return kind


@pytest.fixture
def database_url(databases: Databases, engine_kind: EngineKind) -> Iterator[str]:
    """A migrated database of this test's own: it may commit, lock, notify and crash in it."""
    url = databases.clone(engine_kind)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def durable_server(test_run: TestRun, worker_id: str) -> Iterator[Server]:
    """A PostgreSQL with fsync on, for tests that kill it; `kill()` and `resume()` as often as wanted."""
    server = Server.start(test_run.folder / f"durable-{worker_id}", durable=True)
    yield server
    server.stop()


@pytest.fixture
def world() -> SeededWorld:
    """The outside on a Sunday morning in November, standing still until the test moves it."""
    return SeededWorld(MORNING)


@pytest.fixture
def golden_anew(request: pytest.FixtureRequest) -> bool:
    """Whether this run draws the golden pages anew."""
    return bool(request.config.getoption("--golden"))


# ---- nothing is left behind --------------------------------------------------------------------------------------


class _LogWatch(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[tuple[str, str, str]] = []
        self.expected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((record.name, record.levelname, record.getMessage()))

    def problems(self) -> list[str]:
        unmet = [pattern for pattern in self.expected if not any(re.search(pattern, text) for *_, text in self.seen)]
        unexpected = [
            f"{level} {name}: {text}"
            for name, level, text in self.seen
            if not any(re.search(pattern, text) for pattern in self.expected) and not _is_allowed(name, text)
        ]
        return [f"expected, but never logged: {pattern}" for pattern in unmet] + unexpected


def _is_allowed(name: str, text: str) -> bool:
    return any(
        (name == logger or name.startswith(logger + ".")) and re.search(pattern, text)
        for logger, pattern, _reason in ALLOWED_LOGS
    )


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[_LogWatch]:
    """A warning in the log that nobody expected fails the test."""
    watch = _LogWatch()
    root = logging.getLogger()
    root.addHandler(watch)
    yield watch
    root.removeHandler(watch)
    if problems := watch.problems():
        pytest.fail("log:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture
def expect_log(log_watch: _LogWatch) -> Callable[[str], None]:
    """`expect_log(pattern)`: this test must log a warning or worse that matches, and may."""
    return log_watch.expected.append


_ticking: set[Any] | None = None
"""Timers that ticked at the end of the last test of the window, which are those at the beginning of the next."""


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """A thread or a timer that outlives its test fails it: it would fire in the middle of another."""
    global _ticking
    threads = _threads()
    timers = _timers(request) if _ticking is None else _ticking
    yield
    deadline = time.monotonic() + 3
    while (left := _threads() - threads) and time.monotonic() < deadline:
        time.sleep(0.01)
    if core := sys.modules.get("PySide6.QtCore"):
        pool = core.QThreadPool.globalInstance()
        if pool.activeThreadCount() and not pool.waitForDone(3000):
            pytest.fail("Qt's thread pool is still working", pytrace=False)
    if left:
        pytest.fail("still running: " + ", ".join(sorted(thread.name for thread in left)), pytrace=False)
    if "qtbot" in request.fixturenames:
        _ticking = _timers(request)
        if ticking := _ticking - timers:
            pytest.fail(f"{len(ticking)} QTimer still ticking", pytrace=False)


def _threads() -> set[threading.Thread]:
    # A dummy stands for a thread that Qt or C made: it is not ours to end, and Python never forgets it.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def _timers(request: pytest.FixtureRequest) -> set[Any]:
    """The running timers of this process; looked for only around tests of the window: it walks over all objects."""
    core = sys.modules.get("PySide6.QtCore")
    if core is None or "qtbot" not in request.fixturenames:
        return set()
    import shiboken6

    found = [thing for thing in gc.get_objects() if type(thing) is core.QTimer]
    return {timer for timer in found if shiboken6.isValid(timer) and timer.isActive()}


@pytest.fixture
def qtbot(qtbot: QtBot, request: pytest.FixtureRequest) -> QtBot:
    """The hands of pytest-qt, which look more often whether what they wait for is there."""
    from tests.rest import WatchfulBot

    return WatchfulBot(request)


@pytest.fixture
def office(databases: Databases, engine_kind: EngineKind, world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    """An empty office with one building of twelve rooms, on SQLite and on PostgreSQL."""
    from tests.offices import make_office

    url = _office_url(databases, engine_kind, world, tmp_path)
    made = make_office(world, tmp_path / "office", url)
    yield made
    made.close()
    databases.drop(url)


@pytest.fixture
def filled(databases: Databases, engine_kind: EngineKind, world: SeededWorld, tmp_path: Path) -> Iterator[Filled]:
    """`filled(fill)`: such an office that `fill` has filled, and what it gave back; from the second test on a copy."""
    from tests.offices import filled_office

    url = _office_url(databases, engine_kind, world, tmp_path)
    made: list[Office] = []

    def make(fill: Callable[[Office], Any]) -> tuple[Office, Any]:
        office, given = filled_office(world, tmp_path / "office", url, fill)
        made.append(office)
        return office, given

    yield make
    for office in made:
        office.close()
    databases.drop(url)


Filled = Callable[[Callable[["Office"], Any]], tuple["Office", Any]]


def _office_url(databases: Databases, kind: EngineKind, world: SeededWorld, folder: Path) -> str:
    """Where an office will stand; with a schema unless a whole office is copied there."""
    from tests.offices import is_ready

    url = databases.reserve(kind)
    if not is_ready(world, folder / "office", url):
        databases.lay(url)
    return url
