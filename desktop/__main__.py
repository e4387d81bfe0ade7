"""`python -m desktop` and the command `anju-desk`."""

from __future__ import annotations

import sys

from desktop.cli import run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
