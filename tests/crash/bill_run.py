"""A bill run in a process of its own, killed at a named point: `python -m tests.crash.bill_run DATA URL POINT`."""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.services import bill_runs, database, opening
from desktop.services.acts import Op
from desktop.services.work import PROGRAM, begin
from tests.crash.window import DoomedWorld
from tests.services.test_bill_runs import DECEMBER


def main(arguments: list[str]) -> None:
    data, url, point = Path(arguments[0]), arguments[1], arguments[2]
    world = DoomedWorld(data / "unused.log", point, 1)
    office = opening.open_office(world, data, database.parse_url(url))
    world.armed = True
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        bill_runs.post_run(work, DECEMBER)
    office.close()
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
