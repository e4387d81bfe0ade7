"""What a second reader of the number line would add: Tesseract on the strips the product cuts, beside the product.

    python benchmarks/second_reader.py --seeds tune --count 60 [--program PATH] [--cards DIR]

DIR is where `card_table.py --out DIR` left its pictures; without it they are drawn. Counted over the fronts of each
profile: numbers the product has right without a doubt, of which the second reader disputes some (false alarms); right
but doubted, which it confirms; wrong or empty, which it reads right; and silently wrong, which it disputes.
Without a tesseract on this PC the object says so and nothing is measured.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), *(str(ROOT / name) for name in ("benchmarks", "benchmarks/floors", "tests/idcards"))]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

from card_table import HANDS, SEEDS, drawn  # noqa: E402
from common import emit  # noqa: E402 - reads BENCH_DIR when imported

from desktop.ocr.documents import slots_of  # noqa: E402
from desktop.ocr.engine import TesseractEngine  # noqa: E402
from desktop.ocr.fields import FieldReading  # noqa: E402
from desktop.ocr.id_number import is_valid  # noqa: E402
from desktop.ocr.pipeline import CardReader  # noqa: E402
from desktop.ocr.rectify import PX_PER_MM  # noqa: E402

PROFILES = ("scan", "webcam", "copy", "hard")


def what_it_adds(own: FieldReading, second: str, truth: str) -> str:
    """The name of the case one strip is."""
    if own.text == truth and not own.reasons:
        return "sure_confirmed" if second == truth else "sure_disputed" if is_valid(second) else "sure_not_read"
    if own.text == truth:
        return "doubted_confirmed" if second == truth else "doubted_left"
    silent = own.text is not None and not own.reasons
    if second == truth:
        return "silent_caught" if silent else "mended"
    return "silent_left" if silent else "not_mended"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--seeds", choices=sorted(SEEDS), default="report")
    given.add_argument("--hand", choices=sorted(HANDS), default="first")
    given.add_argument("--count", type=int, default=int(os.environ.get("BENCH_CARDS", "10")))
    given.add_argument("--program")
    given.add_argument("--cards", type=Path)
    asked = given.parse_args()
    engine = TesseractEngine(asked.program, timeout_s=30)
    if not engine.available:
        emit({"second.available": 0})
        return
    folder: Path = asked.cards or Path(tempfile.mkdtemp(prefix="cards-", dir=os.environ["BENCH_DIR"]))
    reader = CardReader()
    figures: dict[str, float] = {"second.available": 1}
    left = next(slot for slot in slots_of("front") if slot.key == "number")
    for profile in PROFILES:
        counts: Counter[str] = Counter()
        for truth in drawn(folder, profile, asked.count, SEEDS[asked.seeds], HANDS[asked.hand]):
            if truth["number"] is None:
                continue
            cards = reader.read((folder / truth["file"]).read_bytes())
            own = cards[0].fields.get("number")
            if own is None or own.crop is None:
                counts["no_strip"] += 1
                continue
            strip = own.crop[:, round((left.value_x - left.left) * PX_PER_MM) :]
            second = engine.read(strip)
            counts[what_it_adds(own, second.text, truth["number"])] += 1
        figures |= {f"{profile}.{name}": times for name, times in sorted(counts.items())}
    if asked.cards is None:
        shutil.rmtree(folder)
    emit(figures)


if __name__ == "__main__":
    main()
