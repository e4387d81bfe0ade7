"""The page of promises `docs/benchmarks.md`: the last quiet run of each benchmark, written by the runner.

Only figures with a goal stand there. A run names its benchmarks anew; the lines of the others stay.
"""

from __future__ import annotations

import platform
import re
import time
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# What was promised and measured

Written by `python3 run.py bench --keep [NAMES]`, never by hand: the figures of the last run of each benchmark that was
kept, on the machine and day that stand there. Only a quiet machine is kept (noise, the max/min of a fixed loop, up to
1.5). Times are milliseconds unless the key says otherwise; a `ratio` is taken beside the floor in the same run.

| benchmark | figure | measured | promised at most | held | noise | measured on |
|---|---|---:|---:|---|---:|---|
"""
_LINE = re.compile(r"^\| (\w+) \|", re.MULTILINE)


def keep(rows: list[dict[str, Any]], cores: int | None) -> None:
    """Put the figures of these rows on the page; what failed to run, or ran beside others, leaves its old lines."""
    said = PAGE.read_text("utf-8").splitlines() if PAGE.exists() else []
    lines = {name: [line for line in said if line.startswith(f"| {name} |")] for name in _names(said)}
    machine = f"{time.strftime('%Y-%m-%d')}, {cores} cores, {platform.system()}, Python {platform.python_version()}"
    for row in rows:
        if row.get("binding"):
            lines[row["benchmark"]] = _lines(row, machine)
    PAGE.write_text(HEAD + "".join(f"{line}\n" for name in sorted(lines) for line in lines[name]), "utf-8")


def _names(said: list[str]) -> list[str]:
    return [found[1] for line in said if (found := _LINE.match(line)) and found[1] != "benchmark"]


def _lines(row: dict[str, Any], machine: str) -> list[str]:
    figures = row["figures"]
    told = []
    for goal in (key for key in figures if key.endswith(".goal")):
        key = goal.removesuffix(".goal")
        held = "yes" if figures[key] <= figures[goal] else "**no**"
        cells = (
            row["benchmark"],
            f"`{key}`",
            f"{figures[key]:,.4g}",
            f"{figures[goal]:,.4g}",
            held,
            row["noise"],
            machine,
        )
        told.append(f"| {' | '.join(map(str, cells))} |")
    return told
