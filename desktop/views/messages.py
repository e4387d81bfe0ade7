"""What the desk must be told: three kinds of trouble, from any thread, also before a window exists.

`show_error(error)` sorts it: a DomainError is one sentence, an Outage says what stopped and what is safe, anything else
is our bug and opens the crash report while the window lives on. Whoever is on screen shows it; messages sent before
anybody listens wait.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from desktop.views.jobs import Cancelled, our_lines

log = logging.getLogger(__name__)


class Level(StrEnum):
    INFO = "info"
    WARNING = "warn"
    ERROR = "danger"
    CRASH = "crash"


class Message(NamedTuple):
    """One thing to tell. `safe` says what is not lost, `retry` may be called, `report` is a bug's text."""

    level: Level
    text: str
    safe: str = ""
    retry: Callable[[], object] | None = None
    report: str = ""


class _Bridge(QObject):
    """Signals: posted(Message). Lives on the GUI thread; emitting from another one queues."""

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: list[Message] = []
        self._listeners: list[Callable[[Message], object]] = []
        self.posted.connect(self._show)

    def post(self, message: Message) -> None:
        self.posted.emit(message)

    def _show(self, message: Message) -> None:
        with self._lock:
            listener = self._listeners[-1] if self._listeners else None
            if listener is None:
                self._waiting.append(message)
        if listener is not None:
            listener(message)

    def listen(self, listener: Callable[[Message], object]) -> None:
        with self._lock:
            self._listeners.append(listener)
            waiting, self._waiting = self._waiting, []
        for message in waiting:
            listener(message)

    def leave(self, listener: Callable[[Message], object]) -> None:
        with self._lock:
            self._listeners = [each for each in self._listeners if each != listener]


_bridge: _Bridge | None = None


def _the_bridge() -> _Bridge:
    global _bridge
    if _bridge is None:
        _bridge = _Bridge()
        app = QCoreApplication.instance()
        if app is not None:
            _bridge.moveToThread(app.thread())  # the first to complain may be a worker
    return _bridge


def listen(listener: Callable[[Message], object]) -> None:
    """Show messages from now on, those that waited first. The last listener wins until it leaves."""
    _the_bridge().listen(listener)


def leave(listener: Callable[[Message], object]) -> None:
    _the_bridge().leave(listener)


def show_info(text: str) -> None:
    _the_bridge().post(Message(Level.INFO, text))


def show_warning(text: str) -> None:
    _the_bridge().post(Message(Level.WARNING, text))


def show_error(error: Exception | str, retry: Callable[[], object] | None = None) -> None:
    """Show trouble in the words of its kind; safe to call from any thread. A cancelled job is no trouble."""
    if isinstance(error, Cancelled):
        return
    _the_bridge().post(Message(Level.ERROR, error) if isinstance(error, str) else message_of(error, retry))


def message_of(error: BaseException, retry: Callable[[], object] | None = None) -> Message:
    """Sort an error into one of the three kinds and put it into words."""
    domain, outage = _families()
    if domain is not None and isinstance(error, domain):
        return Message(Level.WARNING, str(getattr(error, "message", error)))
    if outage is not None and isinstance(error, outage):
        again = retry if getattr(error, "retry", False) else None
        return Message(Level.ERROR, str(getattr(error, "message", error)), str(getattr(error, "safe", "")), again)
    report = crash_report(error)
    log.error("%s", report)
    return Message(Level.CRASH, "刚才这一步没有完成", "已经存好的数据不受影响，可以继续使用", None, report)


def _families() -> tuple[type[BaseException] | None, type[BaseException] | None]:
    """The error families of the services, if they have been imported: before that nothing can have raised one."""
    module = sys.modules.get("desktop.services.errors")
    return getattr(module, "DomainError", None), getattr(module, "Outage", None)


def crash_report(error: BaseException) -> str:
    """A report that may be sent to strangers: kinds of errors and our lines, no values, no names, no numbers."""
    lines = [f"安居前台 · Python {sys.version.split()[0]} · Qt {qVersion()} · {sys.platform}"]
    step: BaseException | None = error
    while step is not None:
        lines.append(f"{type(step).__module__}.{type(step).__qualname__}")
        where = our_lines(traceback.extract_tb(step.__traceback__), last=12)
        lines += [f"  {place}" for place in where.split(" > ") if place]
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return without_numbers("\n".join(lines))


def without_numbers(text: str) -> str:
    """Mask every run of six or more digits: a phone, an ID number, a bank account."""
    return re.sub(r"\d{6,}", lambda found: "*" * len(found[0]), text)


# the last nets

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def install_hooks() -> None:
    """Catch what nobody else caught, in any thread, and send Qt's own warnings to the log."""
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    qInstallMessageHandler(_qt_said)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _the_bridge().post(message_of(error.with_traceback(trace)))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        _the_bridge().post(message_of(args.exc_value))


def _qt_said(level: QtMsgType, context: object, text: str) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(level, logging.WARNING), "%s", without_numbers(text))
