"""Long work off the GUI thread: writes queue on one thread, reads share a pool; a watchdog records a stuck window.

    job = Job(partial(import_rooms, source))     # import_rooms(source, report): plain Python, no Qt
    job.progressed.connect(self._bar.show_step)  # bound methods: Qt forgets them when the widget dies
    job.succeeded.connect(self._show_result)
    jobs.start(job, write=True)                  # connect first, start last

All signals of a job are emitted on the GUI thread. `report(done, total, text)` is also where a cancelled job stops.
"""

from __future__ import annotations

import faulthandler
import inspect
import logging
import re
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from desktop.views.tidying import Tidying

log = logging.getLogger(__name__)
READERS = 3
STUCK_MS = 100
_REPORT_EVERY = 0.05
_BEAT_MS = 25
_OURS = Path(__file__).resolve().parents[2]
_FRAME = re.compile(r'  File "(.+)", line (\d+) in (.+)')


class Cancelled(Exception):
    """Raised by `report` after Cancel; the transaction around it rolls back."""


class Report(Protocol):
    """What a long function is given to tell how far it is, if it has a parameter named `report`."""

    def __call__(self, done: int, total: int, text: str = "") -> None: ...


def _wants_report(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # built-ins tell nothing of themselves
        return False
    asked = parameters.get("report")
    bound = getattr(function, "keywords", {}) or {}
    return asked is not None and "report" not in bound


class Job(QObject):
    """One piece of work.

    Signals: progressed(done, total, text), succeeded(result), failed(error), cancelled(), ended().
    """

    progressed = Signal(int, int, str)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()
    _arrived = Signal(str, object)

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = function
        self._stop = threading.Event()
        self._last = 0.0
        self._over = False
        # Whatever happens in the worker crosses to the GUI thread here, once, in order.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Ask the work to stop at its next report; a result that comes all the same is dropped."""
        self._stop.set()

    @property
    def over(self) -> bool:
        return self._over

    def _report(self, done: int, total: int, text: str = "") -> None:
        if self._stop.is_set():
            raise Cancelled
        now = time.monotonic()
        if done >= total or now - self._last >= _REPORT_EVERY:  # a loop of 100,000 must not flood the event queue
            self._last = now
            self._arrived.emit("progress", (done, total, text))

    def _run(self) -> None:
        """In the worker: do the work and hand over what came of it, whatever it was."""
        if self._stop.is_set():
            self._arrived.emit("cancelled", None)
            return
        try:
            result = self._function(report=self._report) if _wants_report(self._function) else self._function()
        except Cancelled:
            self._arrived.emit("cancelled", None)
        except Exception as error:  # noqa: BLE001 - carried to the GUI thread, where it is shown
            self._arrived.emit("failed", error)
        else:
            self._arrived.emit("succeeded", result)

    def _deliver(self, what: str, value: Any) -> None:
        if what == "progress":
            if not self._stop.is_set():
                self.progressed.emit(*value)
            return
        self._over = True
        if self._stop.is_set() or what == "cancelled":
            self.cancelled.emit()
        elif what == "succeeded":
            self.succeeded.emit(value)
        else:
            self.failed.emit(value)
        self.ended.emit()


class Jobs(QObject):
    """The threads of the window. Signals: busy(count) whenever work begins or ends."""

    busy = Signal(int)

    def __init__(self, readers: int = READERS) -> None:
        super().__init__()
        self._threads = {"read": readers, "write": 1}
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._running: dict[Job, Future[None]] = {}
        self._closed = False
        self._tidying: Tidying | None = None

    @property
    def count(self) -> int:
        return len(self._running)

    @property
    def closed(self) -> bool:
        """The window goes: nothing is begun any more."""
        return self._closed

    def start(self, job: Job, *, write: bool = False) -> Job:
        """Queue a job: writes one after another, reads side by side. Raises RuntimeError after `shutdown`."""
        if self._closed:
            raise RuntimeError("the window is closing")
        job.ended.connect(self._ended)
        self._running[job] = self._pool("write" if write else "read").submit(job._run)
        self.busy.emit(len(self._running))
        return job

    def _pool(self, kind: str) -> ThreadPoolExecutor:
        if kind not in self._pools:
            from concurrent.futures import ThreadPoolExecutor  # not at first paint

            from desktop.views.tidying import Tidying

            self._tidying = self._tidying or Tidying()

            self._pools[kind] = ThreadPoolExecutor(self._threads[kind], kind)
        return self._pools[kind]

    def run(
        self,
        function: Callable[..., Any],
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        *,
        write: bool = False,
    ) -> Job:
        """Start a function and call back on the GUI thread."""
        job = Job(function)
        if done is not None:
            job.succeeded.connect(done)
        if failed is not None:
            job.failed.connect(failed)
        return self.start(job, write=write)

    def _ended(self) -> None:
        job = self.sender()
        for each in [each for each in self._running if each is job or each.over]:
            del self._running[each]
        self.busy.emit(len(self._running))

    def shutdown(self) -> None:
        """Cancel what runs and wait for it: afterwards the database may be closed."""
        self._closed = True
        for job in self._running:
            job.cancel()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._running.clear()
        if self._tidying is not None:
            self._tidying.stop()


class Watchdog(QObject):
    """Records every stay of the event loop over 100 ms, with our lines that held it up. Signals: stuck(ms, where).

    A light timer beats in the loop; a beat that is late tells of a stay. A thread looks at the main stack while the
    beat is missing. (The dispatcher's own awake and aboutToBlock mean different things on each system.)
    """

    stuck = Signal(int, str)

    def __init__(self, limit_ms: int = STUCK_MS) -> None:
        super().__init__()
        self._limit = limit_ms / 1000
        self._where = ""
        self._main = threading.get_ident()
        self._ending = threading.Event()
        self._last = time.monotonic()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)
        self._dump = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the watch; faulthandler wants a real file
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._timer.stop()
        self._ending.set()
        self._thread.join()
        self._dump.close()

    def _beat(self) -> None:
        now = time.monotonic()
        late, self._last = now - self._last - _BEAT_MS / 1000, now
        where, self._where = self._where, ""
        if late > self._limit:
            log.warning("event loop stuck for %d ms at %s", late * 1000, where or "?")
            self.stuck.emit(round(late * 1000), where)

    def _watch(self) -> None:
        while not self._ending.wait(self._limit / 2):
            if not self._where and time.monotonic() - self._last > self._limit * 0.9:
                self._where = our_lines(self._main_stack())

    def _main_stack(self) -> traceback.StackSummary:
        """Where the main thread is, as text from faulthandler.

        A frame object held here would keep the painter of a paint event alive beyond it, and Qt dies of that.
        """
        self._dump.seek(0)
        self._dump.truncate()
        faulthandler.dump_traceback(self._dump.fileno(), all_threads=True)
        self._dump.seek(0)
        head, wanted, found = f"0x{self._main:016x}", False, []
        for line in self._dump.read().decode("utf-8", "replace").splitlines():
            if line.startswith(("Thread ", "Current thread ")):
                wanted = head in line
            elif wanted and (frame := _FRAME.match(line)) is not None:
                found.append((frame[1], int(frame[2]), frame[3], ""))
        return traceback.StackSummary.from_list(list(reversed(found)))


def our_lines(stack: traceback.StackSummary, last: int = 4) -> str:
    """The innermost lines of our own code in a stack, as "file:line function", without any values."""
    found = []
    for frame in stack:
        path = Path(frame.filename)
        if path.is_relative_to(_OURS) and ".venv" not in path.parts and "site-packages" not in path.parts:
            found.append(f"{path.relative_to(_OURS).as_posix()}:{frame.lineno} {frame.name}")
    return " > ".join(found[-last:])
