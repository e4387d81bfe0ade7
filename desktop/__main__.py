"""`python -m desktop` and the command `anju-desk`.

A clerk's start carries no arguments and needs no command line: reading one would cost a tenth of the way to the card.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in ([], ["--demo"]):
        sys.exit(open_window(demo=bool(arguments)))
    from desktop.cli import run

    sys.exit(run(arguments))


def open_window(data: Path | None = None, database: str = "", demo: bool = False) -> int:
    """Open the window of an office, this user's where nothing is named; returns the exit code."""
    import gc

    # The window clears unused objects itself, when it rests (views/tidying); on the way to it there are none.
    gc.disable()
    from desktop import qt_imports  # noqa: F401 - before all others: it makes them quicker
    from desktop.app import Start, run

    return run(Start(data, database, demo))


if __name__ == "__main__":
    main()
