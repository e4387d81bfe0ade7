"""Pictures of everything a person meets, with invented data: `anju-desk screens OUT`. Nothing of the desk needs it.

One child process a look (scale, light or dark, size of type) walks through the whole program and takes pictures; every
picture is also checked while it is drawn (`checks.py`). Used to look at what was built, and for the README.

To add a picture: in the module of its group (`board.py`, `check_in.py` …) bring the window there as a clerk would
(`walk.go`, `press`, `type`, `click`, `pick`) and call `walk.shoot("02-board-new-thing")`; reach for keys and words on
buttons before methods of a page, so that a picture outlives the code behind it. To add a group: a module with a
function `walk_…(walk)` and a line in `groups.py`. A picture that shows a crash, nothing new, or a message nobody
expected ends the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from desktop.views.screens import PICTURE, SCALES, Scale, environment
from desktop.views.theme import Shade, TypeSize

_SCREEN = {
    "name": "office", "x": 0, "y": 0, "width": PICTURE.width(), "height": PICTURE.height(), "logicalDpi": 96,
    "logicalBaseDpi": 96, "dpr": 1,
}  # fmt: skip
FROZEN = date(2026, 11, 22)
"""The day on which every picture is taken: a Sunday, at 14:35."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one run draws: a scale of the office PCs, light or dark, a size of type."""

    scale: Scale
    shade: Shade = Shade.LIGHT
    size: TypeSize = TypeSize.STANDARD

    @property
    def words(self) -> str:
        """What stands behind a picture's name: "125", "150-dark", "150-large"."""
        parts = [self.scale.words]
        parts += [self.shade.value] if self.shade is Shade.DARK else []
        parts += [self.size.value] if self.size is not TypeSize.STANDARD else []
        return "-".join(parts)


LOOKS = (
    *(Look(scale, shade) for scale in SCALES for shade in Shade),
    Look(SCALES[-1], size=TypeSize.LARGE),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a run made: the pictures, and what the checks found in them, each "PICTURE: what is wrong"."""

    pictures: list[Path]
    findings: list[str]


class PictureBroken(Exception):
    """A picture could not be taken, or does not show what it should. The text says which and why."""


def render_screens(
    out: Path, data: Path | None = None, looks: Sequence[Look] = LOOKS, groups: Sequence[str] = ()
) -> Drawn:
    """Draw everything (or these groups) in every look into `out`. Raises PictureBroken, OSError."""
    out.mkdir(parents=True, exist_ok=True)
    data = data or out / ".office"
    _prepare(data)
    pictures: list[Path] = []
    findings: list[str] = []
    known: dict[tuple[Scale, TypeSize], set[str]] = {}
    for look in looks:
        if not groups:
            for old in out.glob(f"*-{look.words}.png"):
                old.unlink()  # of a run that drew other things
        told = _draw(out, data, look, groups)
        # A narrow window folds what a wide one shows at once; light and dark show the same.
        names = known.setdefault((look.scale, look.size), set(told["names"]))
        if odd := names ^ set(told["names"]):
            raise PictureBroken(f"{look.words}: other pictures than at this scale before: {', '.join(sorted(odd))}")
        pictures += [out / f"{name}-{look.words}.png" for name in told["names"]]
        findings += [f"{name}-{look.words}: {text}" for name, text in told["findings"]]
    return Drawn(sorted(pictures), findings)


def _prepare(data: Path) -> None:
    """Build the invented office once; every child works on a copy of it."""
    from desktop.paths import folders
    from desktop.services.demo import demo_dir

    where = folders(data)
    where.make()
    demo_dir(where.cache / "demo", FROZEN)


def _draw(out: Path, data: Path, look: Look, groups: Sequence[str]) -> dict[str, Any]:
    """One child: the names of its pictures and what its checks found."""
    # The screen of an office PC: menus and lists keep inside it. Qt splits its settings at colons, so no drive letter.
    screen = out / ".screen.json"
    screen.write_text(json.dumps({"screens": [_SCREEN]}), "utf-8")
    platform = f"offscreen:configfile={os.path.relpath(screen)}"
    ran = subprocess.run(
        [sys.executable, "-m", "desktop.gallery", str(out), str(data), look.shade, look.size, *groups],
        env={**environment(look.scale), "QT_QPA_PLATFORM": platform}, check=False, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
    if ran.returncode:
        raise PictureBroken(f"{look.words}\n{ran.stderr.strip()}")
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told
