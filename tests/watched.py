"""A desk for the tests of the watcher, in a process of its own: `python -m tests.watched DATA URL LATE`.

Opens the office, sees to its watcher, and runs a pass of the engine ten times a second, saying so each time.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from desktop import watcher
from desktop.services import database, due_engine, opening
from desktop.world import World


def main(arguments: list[str]) -> None:
    data = Path(arguments[0])
    office = opening.open_office(World(), data, database.parse_url(arguments[1]))
    watcher.start(data, late_seconds=float(arguments[2]), tick_seconds=0.05)
    while True:
        due_engine.run_pass(office)
        print("pass", flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1:])
