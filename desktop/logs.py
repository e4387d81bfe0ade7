"""Log lines with ids and facts, never a name or a number of a person; and what may be sent away after a crash.

Five files of 2 MB at most. Whatever is written passes `redact` as a whole line, tracebacks included, so that a number
which slipped into a message or an exception does not reach the disk.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import re
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TextIO

FILE_BYTES = 2_000_000
FILES = 5
TAIL_LINES = 300
OURS = ("desktop", "central")
FAULTS = "faults.log"

HIDDEN = "‹号码›"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ－　", "0123456789Xx- ")
_GAP = r"[ .–—-]?"
# Ids, digests and clocks are what a log is for; they may contain long runs of digits.
_KEEP = r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{24,128}\b"
_NUMBERS = re.compile(
    "|".join(
        (
            rf"(?P<keep>{_KEEP})",
            rf"(?<!\d)\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?!\d)",  # ID number
            rf"(?<!\d)\d{{6}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{3}}[\dXx](?!\d)",  # ID number read out in fours
            rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)",  # mobile
            rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{2,3}}{_GAP}\d{{1,7}}(?!\d)",  # bank card
            rf"(?<!\d)\(?0\d{{2,3}}\)?{_GAP}\d{{7,8}}(?!\d)",  # landline
            r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{7,10}(?!\d)",  # passport, travel permit
            r"\d{11,}[Xx]?",  # old ID numbers, accounts, anything as long
        )
    )
)
_PARAMETERS = re.compile(r"\[parameters: .*?\](?=\s*(?:\n|\(|$))", re.DOTALL)
_DETAIL = re.compile(r"Key \([^)]*\)=\(.*?\)(?= (?:already|is))|Failing row contains \(.*\)")
_CHINESE = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]+")
_QUOTED = re.compile(r"(['\"])(?![a-z0-9_.]*\1).*?\1", re.DOTALL)

log = logging.getLogger(__name__)


def redact(text: str) -> str:
    """The text without anything that looks like an ID number, phone, bank card or passport; ids and digests stay.

    Values in database errors go too, and the user's own folder, which carries the clerk's name.
    """
    home = str(Path.home())
    text = text.replace(home, "~") if len(home) > 3 else text
    text = _PARAMETERS.sub("[parameters hidden]", text.translate(_FULL_WIDTH))
    text = _DETAIL.sub("(values hidden)", text)
    return _NUMBERS.sub(lambda found: found["keep"] or HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """One record in UTC, redacted as a whole; exceptions with the places passed through and without Chinese values."""

    def __init__(self) -> None:
        line = "%(asctime)s.%(msecs)03dZ %(levelname)s %(threadName)s %(name)s: %(message)s"
        super().__init__(line, "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have left the exception on the record, formatted with all its values.
        record.exc_text = None
        try:
            return redact(super().format(record))
        finally:
            record.exc_text = None

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        error = ei[1]
        return "" if error is None else "\n".join(_told(error, with_message=True))


def _told(error: BaseException, with_message: bool) -> Iterator[str]:
    """The exception and what caused it, outermost first: type and places; a message only where it stays on this PC."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        said = f": {_without_values(str(current))}" if with_message else ""
        yield f"{'' if current is error else 'caused by '}{kind.__module__}.{kind.__qualname__}{said}"
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"    {short_path(frame.filename)}:{frame.lineno} in {frame.name}"
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _without_values(message: str) -> str:
    """A message without what people typed: Chinese, and anything quoted that is no identifier of ours."""
    return _CHINESE.sub("…", _QUOTED.sub(r"\1…\1", message))


def short_path(filename: str) -> str:
    """A source file from its package on, without the folders of this PC: desktop/services/keys.py."""
    parts = re.split(r"[\\/]", filename)
    for name in ("site-packages", *OURS):
        if name in parts[:-1]:
            last = len(parts) - 1 - parts[::-1].index(name)
            return "/".join(parts[last + (name == "site-packages") :])
    return parts[-1]


class Logs:
    """The running log of this process; `stop` puts everything back."""

    def __init__(self, folder: Path, name: str, handlers: list[logging.Handler], faults: IO[str]) -> None:
        self.folder = folder
        self.file = folder / f"{name}.log"
        self._handlers = handlers
        self._faults = faults
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._levels = {name: logging.getLogger(name).level for name in OURS}
        self._heard_faults = faulthandler.is_enabled()

    def stop(self) -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks
        for handler in self._handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        faulthandler.disable()
        if self._heard_faults and sys.__stderr__ is not None:
            faulthandler.enable(sys.__stderr__)
        self._faults.close()


def start_logs(
    folder: Path,
    name: str = "desk",
    on_crash: Callable[[BaseException], None] | None = None,
    console: TextIO | None = None,
) -> Logs:
    """Write `name`.log in `folder` from now on, and hear of everything nobody caught, in any thread.

    `on_crash` gets each uncaught exception, in the thread where it happened, after it was logged. Another program on
    the same folder takes another name: two cannot turn over one file. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace"
    )
    handlers: list[logging.Handler] = [file]
    if console is not None:
        handlers.append(logging.StreamHandler(console))
    faults = (folder / FAULTS).open("a", encoding="utf-8")
    running = Logs(folder, name, handlers, faults)
    for handler in handlers:
        handler.setFormatter(RedactingFormatter())
        logging.getLogger().addHandler(handler)
    for ours in OURS:
        logging.getLogger(ours).setLevel(logging.INFO)
    faulthandler.enable(faults)
    _hear_uncaught(on_crash)
    return running


def _hear_uncaught(on_crash: Callable[[BaseException], None] | None) -> None:
    def heard(error: BaseException, where: str) -> None:
        log.critical("uncaught in %s", where, exc_info=error)
        if on_crash is not None:
            on_crash(error)

    def main(kind: type[BaseException], error: BaseException, places: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, places)
        else:
            heard(error, "the main thread")

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            heard(args.exc_value, f"thread {args.thread.name if args.thread else 'unknown'}")

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        # While an object is destroyed: worth a line, no dialog.
        log.error("uncaught while cleaning up", exc_info=args.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = main, thread, unraisable


def crash_report(
    target: Path, error: BaseException, logs: Path, now: datetime, facts: Mapping[str, str] | None = None
) -> Path:
    """A zip the office may send to whoever helps: kind of error, places in the program, versions, last log lines.

    No message of the exception and no value of a variable goes in. `facts` are ours to add (engine, schema_rev).
    Raises OSError.
    """
    import platform
    import zipfile

    lines = [f"time {now.isoformat(timespec='seconds')}", f"python {platform.python_version()}", platform.platform()]
    lines += [f"{name} {version}" for name, version in installed_versions().items()]
    lines += [f"{name} {value}" for name, value in (facts or {}).items()]
    lines += ["", *_told(error, with_message=False)]
    contents = {"report.txt": "\n".join(lines)}
    for log_file in sorted(logs.glob("*.log")):
        contents[log_file.name] = "".join(_tail(log_file))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as report:
        for name, text in contents.items():
            # Once more: the rules may have grown since a line was written.
            report.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), redact(text))
    return target


def installed_versions() -> dict[str, str]:
    """The versions of the program and of what it stands on; "" for what is not installed."""
    from importlib import metadata

    found = {}
    for name in (
        "anju-desk",
        "PySide6-Essentials",
        "SQLAlchemy",
        "psycopg",
        "cryptography",
        "onnxruntime",
        "reportlab",
    ):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _tail(path: Path) -> deque[str]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        return deque(stream, TAIL_LINES)
