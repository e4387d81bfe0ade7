"""Work off the GUI thread: signals come back on it, writes stand in line, cancelling stops at the next report."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.views.jobs import Cancelled, Job, Jobs, Report, Watchdog


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.shutdown()


def test_results_and_errors_come_back_on_the_gui_thread(jobs: Jobs, qtbot: QtBot) -> None:
    here = threading.get_ident()
    came: list[tuple[str, object, bool]] = []

    def fail() -> None:
        raise LookupError("nichts")

    def work() -> bool:
        return threading.get_ident() != here

    # Plain functions, not bound methods of QObjects: Qt alone would call these in the worker.
    jobs.run(work, lambda value: came.append(("done", value, threading.get_ident() == here)))
    jobs.run(fail, failed=lambda error: came.append(("failed", type(error), threading.get_ident() == here)), write=True)
    qtbot.waitUntil(lambda: len(came) == 2)
    assert sorted(came, key=lambda item: item[0]) == [("done", True, True), ("failed", LookupError, True)]


def test_what_nobody_needs_is_cleared_on_the_gui_thread_alone(jobs: Jobs, qtbot: QtBot) -> None:
    """A dialog in a ring of references, cleared by a reader, crashed or stopped the program."""
    here = threading.get_ident()
    cleared: list[bool] = []

    class Ring:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            cleared.append(threading.get_ident() == here)

    def make_many() -> int:
        for _ in range(2_000):
            Ring()
        return len([[] for _ in range(5_000)])

    with qtbot.waitSignal(jobs.run(make_many).succeeded):
        pass
    qtbot.waitUntil(lambda: len(cleared) > 500)
    assert all(cleared)


def test_report_is_given_only_to_those_who_ask(jobs: Jobs, qtbot: QtBot) -> None:
    steps: list[tuple[int, int, str]] = []

    def asks(first: int, report: Report) -> int:
        for done in range(1, first + 1):
            report(done, first, f"第 {done} 间")
        return first

    job = Job(partial(asks, 3))
    job.progressed.connect(lambda *step: steps.append(step))
    with qtbot.waitSignal(job.succeeded) as got:
        jobs.start(job)
    assert got.args == [3]
    assert steps[-1] == (3, 3, "第 3 间")
    with qtbot.waitSignal(jobs.run(lambda: 7).succeeded) as got:
        pass
    assert got.args == [7]


def test_progress_does_not_flood_the_event_queue(jobs: Jobs, qtbot: QtBot) -> None:
    steps: list[object] = []

    def busy(report: Report) -> None:
        for done in range(100_000):
            report(done, 100_000)
        report(100_000, 100_000)

    job = Job(busy)
    job.progressed.connect(lambda *step: steps.append(step))
    with qtbot.waitSignal(job.succeeded, timeout=10_000):
        jobs.start(job)
    assert 1 <= len(steps) < 200


def test_cancelling_stops_at_the_next_report(jobs: Jobs, qtbot: QtBot) -> None:
    began, stopped = threading.Event(), []

    def endless(report: Report) -> None:
        try:
            for done in range(10**9):
                began.set()
                report(done, 10**9)
        except Cancelled:
            stopped.append("rolled back")
            raise

    job = Job(endless)
    heard: list[str] = []
    job.succeeded.connect(lambda value: heard.append("succeeded"))
    job.failed.connect(lambda error: heard.append("failed"))
    with qtbot.waitSignal(job.cancelled):
        jobs.start(job, write=True)
        assert began.wait(5)
        job.cancel()
    assert (stopped, heard) == (["rolled back"], [])


def test_a_result_that_comes_after_cancel_is_dropped(jobs: Jobs, qtbot: QtBot) -> None:
    go = threading.Event()
    heard: list[object] = []
    job = Job(lambda: go.wait(5))
    job.succeeded.connect(heard.append)
    with qtbot.waitSignal(job.cancelled):
        jobs.start(job)
        job.cancel()
        go.set()
    assert heard == []


def test_writes_stand_in_line_and_reads_run_side_by_side(jobs: Jobs, qtbot: QtBot) -> None:
    order: list[str] = []
    gate = threading.Barrier(2, timeout=5)

    def write(name: str) -> None:
        order.append(f"{name} begins")
        time.sleep(0.01)
        order.append(f"{name} ends")

    ended: list[int] = []
    for name in ("a", "b", "c"):
        jobs.run(partial(write, name), lambda _: ended.append(1), write=True)
    for _ in range(2):
        jobs.run(gate.wait, lambda _: ended.append(1))  # would break if reads waited for each other
    qtbot.waitUntil(lambda: len(ended) == 5)
    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]
    assert jobs.count == 0


def test_a_page_that_is_gone_is_not_called(jobs: Jobs, qtbot: QtBot) -> None:
    called: list[object] = []

    class Page(QWidget):
        def show_result(self, value: object) -> None:
            called.append(value)

    page = Page()
    go = threading.Event()
    job = Job(lambda: go.wait(5))
    job.succeeded.connect(page.show_result)
    with qtbot.waitSignal(job.ended):
        jobs.start(job)
        page.deleteLater()
        del page
        qtbot.wait(10)
        go.set()
    assert called == []


def test_closing_cancels_waits_and_takes_nothing_more(qapp: object, qtbot: QtBot) -> None:
    jobs = Jobs()
    left = threading.Event()

    def work(report: Report) -> None:
        try:
            while True:
                report(0, 1)
                time.sleep(0.001)
        finally:
            left.set()

    jobs.run(work, write=True)
    time.sleep(0.02)
    jobs.shutdown()
    assert left.is_set()
    with pytest.raises(RuntimeError, match="closing"):
        jobs.run(work)


def test_jobs_know_nothing_of_the_services() -> None:
    import inspect

    from desktop.views import jobs as module

    assert "desktop.services" not in inspect.getsource(module)


def test_the_watchdog_records_a_stuck_loop(
    qapp: object, qtbot: QtBot, caplog: pytest.LogCaptureFixture, expect_log: Callable[[str], None]
) -> None:
    expect_log(r"event loop stuck")
    dog = Watchdog()
    heard: list[tuple[int, str]] = []
    dog.stuck.connect(lambda spent, where: heard.append((spent, where)))
    caplog.set_level(logging.WARNING, "desktop.views.jobs")

    class Sleeper(QObject):
        def timerEvent(self, event: object) -> None:
            self.killTimer(event.timerId())  # type: ignore[attr-defined]
            time.sleep(0.5)

    sleeper = Sleeper()
    try:
        qtbot.wait(150)
        quiet = len([spent for spent, _ in heard if spent >= 280])
        sleeper.startTimer(10)
        qtbot.waitUntil(lambda: any(spent >= 280 for spent, _ in heard), timeout=5_000)
    finally:
        dog.stop()
    _, where = next(item for item in heard if item[0] >= 280)
    assert quiet == 0
    assert "test_jobs.py" in where
    assert "timerEvent" in where
    assert any("stuck for" in record.getMessage() for record in caplog.records)
