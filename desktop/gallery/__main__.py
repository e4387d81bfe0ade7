"""The child of `render_screens`: OUT DATA SHADE SIZE [GROUP…]. Its last line tells what was drawn and found."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

from desktop.gallery import Look
from desktop.gallery.groups import walk_all
from desktop.gallery.walk import Walk
from desktop.views.screens import scale_of_process
from desktop.views.theme import Shade, TypeSize


def main(arguments: list[str]) -> None:
    """One look: walk through the groups, all when none is named."""
    out, data, shade, size, *groups = arguments
    walk = Walk(Path(out), Path(data), Look(scale_of_process(), Shade(shade), TypeSize(size)))
    try:
        walk_all(walk, groups)
    except Exception:  # noqa: BLE001 - whatever broke the walk is told, after the desk is closed
        traceback.print_exc()
        broken = True
    else:
        broken = False
    walk.end()
    if broken:
        sys.exit(1)
    print(json.dumps({"names": list(walk.taken), "findings": walk.findings}))


if __name__ == "__main__":
    main(sys.argv[1:])
