"""`python -m desktop` and the command `anju-desk`.

A clerk's start carries no arguments and needs no command line: reading one would cost a tenth of the way to the card.
"""

from __future__ import annotations

import sys


def main() -> None:
    arguments = sys.argv[1:]
    if arguments in ([], ["--demo"]):
        sys.exit(window(demo=bool(arguments)))
    from desktop.cli import run

    sys.exit(run(arguments))


def window(demo: bool = False) -> int:
    """Open the window of this user's office; returns the exit code."""
    import gc

    # The window clears unused objects itself, when it rests (views/tidying); on the way to it there are none.
    gc.disable()
    from desktop import qt_imports  # noqa: F401 - before all others: it makes them quicker
    from desktop.app import Start, run

    return run(Start(demo=demo))


if __name__ == "__main__":
    main()
