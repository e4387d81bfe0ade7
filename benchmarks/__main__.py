"""Runs each benchmark in turn and prints one JSON table: promised, measured, and how noisy the machine was.

    python3 run.py bench [NAMES]      all of `benchmarks/*.py`, or the named ones; --keep: also on docs/benchmarks.md

Exit code 0: every goal held, or the machine was too noisy to say; 1: a goal was missed on a quiet machine, or a
benchmark failed; 2: no such benchmark. README.md beside this file tells how to add one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FLOORS = HERE / "floors"
QUIET = 1.5
"""Up to this noise (max/min of a fixed loop) milliseconds bind; above, only ratios and medians tell something."""
SECONDS = 1800

os.environ.setdefault("BENCH_DIR", str(ROOT / "build" / "bench"))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(FLOORS), os.environ.get("PYTHONPATH", "")]).rstrip(
    os.pathsep
)
sys.path[:0] = [str(FLOORS), str(HERE)]

from _table import keep  # noqa: E402
from common import noise  # noqa: E402 - reads BENCH_DIR when imported


def scripts() -> dict[str, Path]:
    """Name -> file of every benchmark here."""
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_")}


def measure(path: Path) -> dict[str, Any]:
    """One row of the table. `figures` are what the benchmark printed; `missed` the keys above their goal."""
    before, began = noise(), time.perf_counter()
    row: dict[str, Any] = {"benchmark": path.stem}
    try:
        done = subprocess.run([sys.executable, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return {**row, "error": f"not done after {SECONDS} s"}
    row |= {"noise": round(max(before, noise()), 2), "seconds": round(time.perf_counter() - began, 1)}
    try:
        figures = json.loads(done.stdout[done.stdout.index("{") :])
    except ValueError:
        figures = None
    if done.returncode or not isinstance(figures, dict):
        return {**row, "error": _what_failed(done.stderr) or "printed no JSON object"}
    goals = {key.removesuffix(".goal"): value for key, value in figures.items() if key.endswith(".goal")}
    if unknown := sorted(set(goals) - set(figures)):
        return {**row, "error": f"a goal without a figure: {unknown}"}
    missed = sorted(key for key, goal in goals.items() if figures[key] > goal)
    return {**row, "figures": figures, "missed": missed, "binding": row["noise"] <= QUIET}


def _what_failed(said: str) -> list[str]:
    """The lines that name what was raised, and the last ones: a statement of SQL may stand behind it."""
    lines = said.strip().splitlines()
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit|OutOfRange|Violation)\b", line)]
    return [*named[-3:], *(line for line in lines[-5:] if line not in named)]


def main(arguments: list[str]) -> int:
    have = scripts()
    names = [name for name in arguments if name != "--keep"]
    if unknown := [name for name in names if name not in have]:
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(have) or 'none yet'}", file=sys.stderr)
        return 2
    rows = []
    for name in names or have:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows.append(measure(have[name]))
    if "--keep" in arguments:
        keep(rows, os.cpu_count())
    print(
        json.dumps(
            {"python": sys.version.split()[0], "cores": os.cpu_count(), "rows": rows}, ensure_ascii=False, indent=1
        )
    )
    return 1 if any("error" in row or (row["missed"] and row["binding"]) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
