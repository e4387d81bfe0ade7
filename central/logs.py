"""Head office's log: one JSON object a line, ten files of 10 MB at most, ids and facts and nothing of a person."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from desktop.logs import redact

FILE_BYTES, FILES = 10_000_000, 10
FILE = "central.jsonl"


class JsonLines(logging.Formatter):
    """A record as an object; `told` of its extra beside what every record has. Whatever looks like a number of a
    person is hidden, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "where": record.name, "what": redact(record.getMessage()),
            **getattr(record, "told", {}),
        }  # fmt: skip
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()


def begin(folder: Path | None) -> None:
    """Log into a folder, or to standard error where a service manager keeps it."""
    handler: logging.Handler
    if folder is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / FILE, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8"
        )
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("central").setLevel(logging.INFO)
    logging.getLogger("desktop").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
