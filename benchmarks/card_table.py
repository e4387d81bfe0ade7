"""The table of cards read right, of silent errors and of false alarms, by `read-card` and the scorer.

    python benchmarks/card_table.py --seeds report --count 300 --out build/cards     # the long form; some 40 minutes
    python benchmarks/card_table.py --seeds 16200 --profiles copy                    # seeds of one's own
    python3 run.py bench card_table                                                  # 30 pictures a profile

Pictures come from `tests/idcards`. Thresholds are set on `TUNE` alone; `REPORT` is only ever reported. Shares come
with their exact 95 % interval. `--out` keeps the pictures, the readings, `table.md` with the confusions and every
silent error, and the worst three pictures of each profile to be looked at.

Beside it, on the same pictures in the same run: the floor of OCR.md 3 (the recogniser on lines cut at their true
places, fronts under a webcam) and RapidOCR's own whole run, each as CPU time, which a busy machine leaves alone.
RapidOCR knows no fields: a card counts as found when each of its values stands somewhere in its text.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), *(str(ROOT / name) for name in ("benchmarks", "benchmarks/floors", "tests/idcards"))]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

import cv2  # noqa: E402
import make_cards  # noqa: E402
import numpy as np  # noqa: E402
import other_cards  # noqa: E402
from _cards import bare_lines, interval  # noqa: E402
from common import emit, noise  # noqa: E402 - reads BENCH_DIR when imported
from score import FIELDS, edits, norm, score  # noqa: E402

from desktop.ocr.engine import PpOcrEngine  # noqa: E402
from desktop.ocr.pipeline import CardReader, read_files  # noqa: E402

TUNE = 4100
"""Looked at while thresholds are set. 9800 and 12600 were reported once and their errors mended: they belong here."""
REPORT = 15300
"""Nobody looks at these before the figures are taken. Whoever mends what they show moves on to other seeds."""
SEEDS = {"tune": TUNE, "report": REPORT}
HANDS = {"first": make_cards.render, "other": other_cards.render}
"""Who draws: the shared generator, and one of ours with other typefaces, measures and faults."""
PROFILES = ("scan", "webcam", "copy", "hard", "negative")
GATE = {"scan": 97, "webcam": 95, "copy": 92, "hard": 75}
SILENT = {"scan": 0.0, "webcam": 0.0, "copy": 1.0, "hard": 3.0}
"""Goals of the issue, percent of pictures."""
FALSE_ALARMS = {"scan": 8.0, "webcam": 8.0}
"""Percent of values that were right and flagged all the same."""
WORST = 3
RAPID = 12  # pictures of a profile that RapidOCR reads as well: it takes seconds for each

Row = dict[str, Any]


@dataclass(slots=True)
class Profile:
    """What became of the pictures of one profile."""

    name: str
    rows: list[tuple[Row, Row]] = field(default_factory=list)
    """(truth, reading) of each picture."""
    tally: Row = field(default_factory=dict)
    """As `score.score` counts."""

    @property
    def count(self) -> int:
        return len(self.rows)

    def silent(self) -> Iterator[tuple[Row, str, str | None, str]]:
        """(truth, field, wanted, read) of each value that is wrong and was not flagged."""
        for truth, read in self.rows:
            for key in FIELDS:
                wanted, got = norm(truth.get(key)), norm(read.get(key))
                if got is not None and got != wanted and key not in (read.get("needs_review") or ()):
                    yield truth, key, wanted, got

    def worst(self) -> list[tuple[Row, Row]]:
        """The pictures read worst: silent errors first, then by characters that are wrong."""
        silent = {truth["id"] for truth, *_ in self.silent()}

        def badness(pair: tuple[Row, Row]) -> tuple[bool, int]:
            truth, read = pair
            return truth["id"] in silent, sum(
                edits(norm(truth.get(key)) or "", norm(read.get(key)) or "") for key in FIELDS
            )

        ranked = sorted(self.rows, key=badness, reverse=True)
        return [pair for pair in ranked[:WORST] if badness(pair) > (False, 0)]


def drawn(folder: Path, name: str, count: int, seed: int, render: Any) -> list[Row]:
    """The truth of `count` pictures in `folder`, drawn where they are not there yet."""
    told = folder / f"{name}.jsonl"
    rows = [json.loads(line) for line in told.read_text("utf-8").splitlines()] if told.is_file() else []
    if len(rows) >= count:
        return rows[:count]
    fonts, pools, regions = make_cards.find_fonts(), make_cards.load_pools(), make_cards.load_regions()
    (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(len(rows), count):
        data, truth = render(name, number, seed, fonts, pools, regions)
        stem = f"{name}_{seed}_{number:04d}"
        (folder / name / f"{stem}.jpg").write_bytes(data)
        rows.append({"id": stem, "file": f"{name}/{stem}.jpg", "profile": name, **truth})
    told.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return rows


def read(folder: Path, truths: Sequence[Row], reader: CardReader) -> Iterator[tuple[Row, Row]]:
    """Each picture by the function behind `read-card`; of several cards on one the last counts, as in the scorer."""
    for truth in truths:
        *_, reading = read_files([folder / truth["file"]], reader)
        yield truth, reading


def confusions(profiles: Sequence[Profile]) -> list[tuple[str, str, int]]:
    """(printed, read, how often) of characters, the commonest first; '' where one is lost or invented."""
    found: Counter[tuple[str, str]] = Counter()
    for profile in profiles:
        for truth, reading in profile.rows:
            for key in FIELDS:
                wanted, got = norm(truth.get(key)), norm(reading.get(key))
                if wanted is None or got is None or wanted == got:
                    continue
                for what, a, b, c, e in SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
                    if what == "replace" and b - a == e - c:
                        found.update(zip(wanted[a:b], got[c:e], strict=True))
                    elif what != "equal":
                        found[wanted[a:b], got[c:e]] += 1
    return [(printed, shown, times) for (printed, shown), times in found.most_common()]


def spent(function: Any, *arguments: Any) -> tuple[float, Any]:
    """CPU milliseconds of this process, and the answer."""
    begun = time.process_time()
    answer = function(*arguments)
    return (time.process_time() - begun) * 1e3, answer


def beside(folder: Path, truths: Sequence[Row], reader: CardReader) -> dict[str, Any]:
    """The floor and RapidOCR on pictures that hold the front of one card, beside the product."""
    from rapidocr import RapidOCR

    engine, rapid = PpOcrEngine(), RapidOCR()
    engine.warm()
    ours: list[float] = []
    floors: list[float] = []
    theirs: list[float] = []
    found = right = 0
    for truth in truths:
        data = (folder / truth["file"]).read_bytes()
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        bare_lines(engine, pixels, truth["quads"]["front"])
        floors.append(spent(bare_lines, engine, pixels, truth["quads"]["front"])[0])
        took, cards = spent(reader.read, data)
        ours.append(took)
        right += all(cards[0].text(key) == truth[key] for key in FIELDS if truth[key] is not None)
        took, answer = spent(rapid, pixels)
        theirs.append(took)
        text = norm("".join(answer.txts or ())) or ""
        found += all(_printed(key, truth[key]) in text for key in FIELDS if truth[key] is not None)
    return {
        "front.cards": len(truths),
        "front.cpu_ms": statistics.median(ours),
        "front.floor_cpu_ms": statistics.median(floors),
        "front.ratio_to_floor": statistics.median([a / b for a, b in zip(ours, floors, strict=True)]),
        "front.rapidocr_cpu_ms": statistics.median(theirs),
        "front.ratio_to_rapidocr": statistics.median([a / b for a, b in zip(ours, theirs, strict=True)]),
        "front.right": right,
        "front.in_text_of_rapidocr": found,
    }


def _printed(key: str, value: str) -> str:
    """How a value stands on the card."""
    if key == "birth":
        year, month, day = value.split("-")
        return f"{year}年{int(month)}月{int(day)}日"
    return norm(value.replace("-", ".") if key.startswith("valid") else value) or ""


def percent(hits: int, of: int) -> str:
    """ "97.3 % (94.8-98.8)"."""
    low, high = interval(hits, of)
    return f"{100 * hits / of:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def table(profiles: Sequence[Profile], figures: dict[str, Any], seeds: str) -> str:
    """The whole report as Markdown."""
    lines = [
        f"# Cards read: seeds {figures['seed']} ({seeds})",
        "",
        "| profile | pictures | every field right | silent errors | right but flagged | numbers silently wrong |",
        "|---|---:|---|---|---|---:|",
    ]
    for one in profiles:
        silent = len({truth["id"] for truth, *_ in one.silent()})
        if one.name == "negative":
            lines.append(f"| negatives accepted | {one.count} | | {percent(silent, one.count)} | | |")
            continue
        numbers = sum(key == "number" for _, key, *_ in one.silent())
        lines.append(
            f"| {one.name} | {one.count} | {percent(one.tally['all'], one.count)} | {percent(silent, one.count)} "
            f"| {percent(one.tally['flagged'], one.tally['values'])} | {numbers} |"
        )
    lines += ["", "| profile | " + " | ".join(FIELDS) + " |", "|---" * (len(FIELDS) + 1) + "|"]
    for one in profiles:
        if one.tally["chars"]:
            has, right = one.tally["has"], one.tally["ok"]
            cells = [f"{100 * right[key] / has[key]:.1f}" if has[key] else "" for key in FIELDS]
            lines.append(f"| {one.name} | " + " | ".join(cells) + " |")
    lines += ["", "## Silent errors", ""]
    lines += [
        f"- `{truth['id']}` {' '.join(truth['tags'])} {key}: {wanted} → {got}"
        for one in profiles
        for truth, key, wanted, got in one.silent()
    ] or ["none"]
    lines += ["", "## Confusions (printed → read)", ""]
    lines += [f"- {a or '∅'} → {b or '∅'} × {times}" for a, b, times in confusions(profiles)[:60]]
    lines += ["", "## Wrong or empty", ""]
    for one in profiles:
        for truth, reading in one.rows:
            wrong = [key for key in FIELDS if norm(truth.get(key)) != norm(reading.get(key))]
            if wrong:
                told = "; ".join(f"{key}: {truth.get(key)} → {reading.get(key)}" for key in wrong)
                lines.append(f"- `{truth['id']}` {truth['side']} {' '.join(truth['tags'])} · {told}")
    lines += ["", "## Beside the floor and RapidOCR", ""]
    lines += [f"- {key}: {value}" for key, value in figures.items() if key.startswith("front.")]
    return "\n".join(lines) + "\n"


def keep_worst(folder: Path, profiles: Sequence[Profile]) -> None:
    """The worst pictures of each profile under names that sort by profile."""
    shown = folder / "worst"
    shutil.rmtree(shown, ignore_errors=True)
    shown.mkdir(parents=True)
    for one in profiles:
        for place, (truth, _) in enumerate(one.worst()):
            shutil.copyfile(folder / truth["file"], shown / f"{one.name}_{place}_{truth['id']}.jpg")


def figures_of(profiles: Sequence[Profile]) -> dict[str, Any]:
    """The figures with their goals."""
    figures: dict[str, Any] = {}
    for one in profiles:
        silent = len({truth["id"] for truth, *_ in one.silent()})
        if one.name == "negative":
            figures |= {"negative.accepted": silent, "negative.accepted.goal": 0}
            continue
        figures |= {
            f"{one.name}.pictures": one.count,
            f"{one.name}.not_all_right_percent": round(100 - 100 * one.tally["all"] / one.count, 2),
            f"{one.name}.not_all_right_percent.goal": 100 - GATE[one.name],
            f"{one.name}.silent_percent": round(100 * silent / one.count, 2),
            f"{one.name}.silent_percent.goal": SILENT[one.name],
            f"{one.name}.numbers_silently_wrong": sum(key == "number" for _, key, *_ in one.silent()),
            f"{one.name}.numbers_silently_wrong.goal": 0,
            f"{one.name}.right_but_flagged_percent": round(100 * one.tally["flagged"] / max(1, one.tally["values"]), 2),
        }
        if one.name in FALSE_ALARMS:
            figures[f"{one.name}.right_but_flagged_percent.goal"] = FALSE_ALARMS[one.name]
    return figures


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seeds", default="report", help=f"{', '.join(sorted(SEEDS))}, or a number")
    given.add_argument("--hand", choices=sorted(HANDS), default="first", help="who draws the pictures")
    given.add_argument("--count", type=int, default=int(os.environ.get("BENCH_CARDS", "30")))
    given.add_argument("--profiles", default=",".join(PROFILES))
    given.add_argument("--out", type=Path, help="keeps pictures, readings and table.md there")
    given.add_argument("--rapid", type=int, default=RAPID, help="webcam fronts for the floor and RapidOCR; 0: without")
    asked = given.parse_args()
    folder: Path = asked.out or Path(tempfile.mkdtemp(prefix="cards-", dir=os.environ["BENCH_DIR"]))
    folder.mkdir(parents=True, exist_ok=True)
    reader = CardReader()
    reader.warm()
    profiles = []
    seed = SEEDS[asked.seeds] if asked.seeds in SEEDS else int(asked.seeds)
    figures: dict[str, Any] = {"noise": noise(), "seed": seed}
    for name in asked.profiles.split(","):
        truths = drawn(folder, name, asked.count, seed, HANDS[asked.hand])
        one = Profile(name)
        for pair in read(folder, truths, reader):
            one.rows.append(pair)
            if one.count % 25 == 0:
                print(f"{name} {one.count}", file=sys.stderr, flush=True)
        one.tally = score(truths, {truth["id"]: reading for truth, reading in one.rows})[name]
        profiles.append(one)
        figures |= figures_of([one])
        if name == "webcam" and asked.rapid:
            fronts = [truth for truth in truths if truth["side"] == "front"]
            figures |= beside(folder, fronts[: asked.rapid], reader)
        if asked.out:  # after each profile: a long run that is cut off leaves what it has
            readings = (json.dumps(reading, ensure_ascii=False) + "\n" for _, reading in one.rows)
            (folder / f"{name}.read.jsonl").write_text("".join(readings), "utf-8")
            keep_worst(folder, profiles)
            (folder / "table.md").write_text(table(profiles, figures, f"{asked.seeds}, {asked.hand} hand"), "utf-8")
    if not asked.out:
        shutil.rmtree(folder)
    emit(figures)


if __name__ == "__main__":
    main()
