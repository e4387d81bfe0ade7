"""A pass of the engine of due things in a process of its own, killed at a named point:
`python -m tests.crash.due_pass DATA URL POINT`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from desktop.services import database, due_engine, opening
from tests.crash.window import DoomedWorld

LATER = timedelta(days=70)
"""So long after the office was made nobody had looked."""


def main(arguments: list[str]) -> None:
    data, url, point = Path(arguments[0]), arguments[1], arguments[2]
    world = DoomedWorld(data / "unused.log", point, 1)
    world._after = LATER
    office = opening.open_office(world, data, database.parse_url(url))
    world.armed = True
    due_engine.run_pass(office)
    office.close()
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
