"""docs/tasks.md: what each task of the day takes, counted and timed anew.

`python3 run.py tasks` lives the day three times, each in a process of its own as on three mornings, and writes the
medians. The first count of a task stays as it was taken, so that the table says what became of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "docs" / "tasks.md"
DAYS = 3
FELT_MS = 100
"""A turn of the GUI thread longer than this is felt, and told under the table."""

_HEAD = """# Forty tasks 一天的活儿

What a clerk is asked for from morning to evening, done by keys alone in the real window on a demo office
(`tests/journeys/forty_tasks.py`). Written by `python3 run.py tasks`; `tests/journeys/test_forty_tasks.py` lives the
same day in CI and fails when a task comes to something else or takes more presses than stand here.

- **presses**: every key, a chord as one. First: when the script was first counted. Now: after what costs a key too many
  was looked for.
- **typed**: characters by key; Chinese by its pinyin and one press a word to choose it.
- **ms**: from the first key until the window rests after the last: the waits after each key added up, without the
  clerk's own time between them. **slowest**: the longest wait after one key. **GUI**: processor time of the longest
  turn of the GUI thread. Medians of three days, each in a fresh process on a two-core PC without a screen, so the
  first opening of each page is among them.

| task | begins at | keys | presses, first | presses, now | typed | ms | slowest | GUI |
|---|---|---|---|---|---|---|---|---|
"""
_LOWERED = """
## What was lowered after the first count

- `Ctrl+Tab` takes the rail in hand and a figure opens the page: lists, enquiries, settings were 13 to 18 presses away.
- `Ctrl 1…5` on the board filters by its figures and takes the first such room in hand (谁欠费, 空房, 今日到期).
- `Ctrl 1…5` in the till chooses the means of payment, with the focus on the number it wants; 再加一种 goes there too.
- `F3` shows the phone first: what is asked for, and the ID number is not revealed on the way.
- 编辑资料 begins at the phone; a note's kind is `Alt 1…6`; the menu of fitting rooms opens with the first in hand.
- `F6` on a receipt in the search box prints it without opening it.
- In the check-in `Enter` goes past what the ID number has filled in.
- Enter moved on in no dialog over the board (the page's own Enter button ate it), so that the second reading was
  written behind the first: found by this script, mended in the fields.
- The print step of the check-in showed a button before it had a parent: the window lost the keys after every payment.

转维修 is one press longer than at first: the menu of a room has got an entry below it.

Left as they are: change asks once more (找零 or 存入预存) because a slip in the amount would otherwise leave the till.
"""
_ROW = re.compile(r"\| ([^|]+) \| [^|]+ \| `[^|]+` \| (\d+) \| (\d+) \|")


@dataclass(frozen=True, slots=True)
class Told:
    """What the table says of a task."""

    first: int
    now: int


def told(text: str | None = None) -> dict[str, Told]:
    """The presses that the table tells of, by task."""
    text = TABLE.read_text("utf-8") if text is None else text
    return {found[1]: Told(int(found[2]), int(found[3])) for found in _ROW.finditer(text)}


def shown_keys(keys: str) -> str:
    """The keys as they stand in the table: what differs from day to day is left open."""
    return re.sub(r"「[^」]*\{[^」]*」", "「…」", keys).replace("Return", "Enter").replace("Escape", "Esc")


def main() -> None:
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        _another(folder, "build")
        for at in range(DAYS):
            _another(folder, str(at))
        days = [json.loads((folder / f"{at}.json").read_text("utf-8")) for at in range(DAYS)]
    rows = "".join(_rows(days, told() if TABLE.exists() else {}))
    first = sum(each.first for each in told(rows).values())
    TABLE.write_text(_HEAD + rows + _felt(days, first) + _LOWERED, "utf-8")


def _another(folder: Path, what: str) -> None:
    """A process of its own: builds the office, or lives the day in a copy of it."""
    command = [sys.executable, "-m", "tests.journeys.tasks_table", str(folder), what]
    subprocess.run(command, check=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})


def _middle(days: list[list[dict[str, float]]], at: int, name: str) -> int:
    return round(statistics.median(day[at][name] for day in days))


def _rows(days: list[list[dict[str, float]]], before: Mapping[str, Told]) -> Iterator[str]:
    from tests.journeys.forty_tasks import TASKS

    for at, task in enumerate(TASKS):
        keys = int(days[0][at]["keys"])
        first = before[task.name].first if task.name in before else keys
        typed = int(days[0][at]["typed"])
        waits = " | ".join(str(_middle(days, at, name)) for name in ("ms", "slowest", "stuck"))
        yield f"| {task.name} | {task.start} | `{shown_keys(task.keys)}` | {first} | {keys} | {typed} | {waits} |\n"


def _felt(days: list[list[dict[str, float]]], first: int) -> str:
    from tests.journeys.forty_tasks import TASKS

    felt = {task.name: _middle(days, at, "stuck") for at, task in enumerate(TASKS)}
    long = [f"{name} {ms}" for name, ms in felt.items() if ms > FELT_MS]
    now = sum(int(each["keys"]) for each in days[0])
    words = f"\n{len(TASKS)} tasks, {first} presses at the first count, {now} now.\n"
    return words + (f"\nA turn of the GUI thread over {FELT_MS} ms: {'; '.join(long)}.\n" if long else "")


def live(folder: Path, what: str) -> None:
    """In the process of its own."""
    from desktop.app import make_application
    from tests.journeys.day import build_office, open_desk
    from tests.journeys.day import live as live_through
    from tests.journeys.desk_states import morning
    from tests.journeys.forty_tasks import MANAGER, TASKS

    if what == "build":
        build_office(folder / "office")
        return
    shutil.copytree(folder / "office", folder / what / "data")
    application = make_application(["tasks"], cache=folder / "icons")
    taken = live_through(open_desk(folder / what / "data", MANAGER), TASKS, morning)
    (folder / f"{what}.json").write_text(json.dumps([asdict(each) for each in taken]), "utf-8")
    application.clipboard().clear()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        live(Path(sys.argv[1]), sys.argv[2])
    else:
        main()
