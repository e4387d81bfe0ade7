"""A card under the camera: the outline fast enough for every frame, the front read from one frame, five frames voting.

The floors run beside it in the same process. Of the outline: OpenCV alone making the small copy, its edges and their
contours, which is where any search for four sides begins. Of reading a front: the bare recogniser on the card's eight
lines cut out at their true places, nothing found and nothing checked (OCR.md 3). Of a live capture: three readings of
one side, one after the other, since fewer cannot agree. Films and cards are drawn, seeds 9601 and up, on which no
threshold was set; milliseconds unless the key says otherwise. `*.silent` counts cards with a field that was wrong and
not doubted, `live.wrong` those with a field wrong or empty after one hold of each side; `votes.*` is the same by the
film's own clock, which a busy machine leaves alone (BENCH_PARTS=votes alone counts more cards in the same time).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from _cards import bare_lines  # noqa: E402
from common import emit, noise  # noqa: E402 - reads BENCH_DIR when imported

from desktop.ocr.engine import PpOcrEngine  # noqa: E402
from desktop.ocr.live import LiveCapture, LiveSettings, _cut_out  # noqa: E402
from desktop.ocr.outline import Outline, Track, find_outlines  # noqa: E402
from desktop.ocr.pipeline import FIELDS, FRONT_FIELDS, CardReader, ReadOptions  # noqa: E402
from desktop.ocr.quality import Pixels  # noqa: E402
from tests.idcards.sequences import Cue, Scene, Shot, film, person  # noqa: E402

CARDS = int(os.environ.get("BENCH_CARDS", "40"))
FIRST_SEED = int(os.environ.get("BENCH_SEED", "9601"))
PARTS = os.environ.get("BENCH_PARTS", "outlines,fronts,live,votes").split(",")
TODAY = date(2026, 11, 22)
HD = (1920, 1080)
HOLD_FRAMES = 75
"""Five seconds of a hold: a card that was not taken by then is not right after one."""


def scene(number: int) -> Scene:
    """Cards of 36 to 66 % of the frame on desks of every kind, some upside down."""
    return Scene(size=HD, share=0.36 + 0.06 * (number % 6), turned=180.0 if number % 5 == 4 else 0.0, noise=4.0)


def stills() -> Iterator[tuple[int, Shot]]:
    for number in range(CARDS):
        yield number, next(film(FIRST_SEED + number, [Cue(0.05, "hold")], scene(number)))


def spent(function: Any, *arguments: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = function(*arguments)
    return (time.perf_counter() - begun) * 1e3, answer


def bare_edges(frame: Pixels) -> int:
    """The floor of the outline."""
    small = cv2.resize(frame, (480, 270), interpolation=cv2.INTER_LINEAR)
    edges = cv2.Canny(cv2.blur(small, (3, 3)), 30, 70)
    return len(cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0])


def near(outline: Outline, shot: Shot) -> bool:
    """Whether an outline lies within 3 mm of the card as it was drawn."""
    assert shot.quad is not None
    ways = [np.abs(np.roll(outline.corners, -turn, axis=0) - shot.quad).max() for turn in range(4)]
    return bool(min(ways) < 3 * outline.px_per_mm)


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def outlines() -> dict[str, Any]:
    """Every frame of short films: found anew, and followed; OpenCV on one thread, as beside a busy recogniser."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    anew: list[float] = []
    followed: list[float] = []
    floor: list[float] = []
    ratios: list[float] = []
    found = right_side = 0
    for _, shot in stills():
        bare_edges(shot.pixels)
        one, _ = spent(bare_edges, shot.pixels)
        two, cards = spent(find_outlines, shot.pixels)
        floor.append(one)
        anew.append(two)
        if cards and near(cards[0], shot):
            found += 1
            right_side += cards[0].looks_like == shot.side
        track = Track()
        for step in range(12):
            took, _ = spent(track.follow, shot.pixels, step / 15)
            if step > 3:
                followed.append(took)
        ratios.append(statistics.median(followed[-8:]) / one)
    cv2.setNumThreads(threads)
    return {
        "outline.frame_ms": statistics.median(followed),
        "outline.frame_ms.goal": 8,
        "outline.frame_p95_ms": p95(followed),
        "outline.anew_ms": statistics.median(anew),
        "outline.anew_p95_ms": p95(anew),
        "outline.edges_floor_ms": statistics.median(floor),
        "outline.ratio": statistics.median(ratios),
        "outline.found_percent": 100 * found / CARDS,
        "outline.side_right_of_found_percent": 100 * right_side / max(1, found),
    }


def fronts(reader: CardReader, engine: PpOcrEngine) -> dict[str, Any]:
    """One 1080p frame to the six fields: find the card, cut it out, read and check it."""
    options = ReadOptions(today=TODAY, look_at=LiveSettings().look_at)
    product: list[float] = []
    floor: list[float] = []
    wrong = silent = 0
    for number, shot in stills():
        bare, _ = spent(bare_lines, engine, shot.pixels, shot.quad)

        def read(pixels: Pixels = shot.pixels) -> Any:
            cards = find_outlines(pixels)
            cut = _cut_out(pixels, cards[0] if cards and cards[0].looks_like else None)
            return reader.read(cut, options)[0]

        took, card = spent(read)
        truth = person(FIRST_SEED + number)
        wrong += any(card.text(key) != truth[key] for key in FRONT_FIELDS)
        silent += any(card.text(key) not in (None, truth[key]) and key not in card.needs_review for key in FRONT_FIELDS)
        product.append(took)
        floor.append(bare)
    return {
        "front.median_ms": statistics.median(product),
        "front.p95_ms": p95(product),
        "front.p95_ms.goal": 1500,
        "front.lines_floor_ms": statistics.median(floor),
        "front.ratio": statistics.median([one / other for one, other in zip(product, floor, strict=True)]),
        "front.cards": CARDS,
        "front.wrong": wrong,
        "front.silent": silent,
    }


def live(reader: CardReader) -> dict[str, Any]:
    """A hold of each side, played as fast as the product looks at it, readings in their own thread meanwhile."""
    offers: list[float] = []
    gaps: list[float] = []
    seconds: list[float] = []
    ratios: list[float] = []
    done = wrong = silent = doubted = 0
    options = ReadOptions(today=TODAY, look_at=LiveSettings().look_at)
    with ThreadPoolExecutor(1) as executor:
        for number in range(CARDS):
            seed = FIRST_SEED + number
            holds = {
                side: [shot.pixels for shot in film(seed, [Cue(0.4, "hold")], _first(scene(number), side))]
                for side in ("front", "back")
            }
            cards = find_outlines(holds["front"][0])
            single, _ = spent(reader.read, _cut_out(holds["front"][0], cards[0] if cards else None), options)
            with LiveCapture(reader, executor, LiveSettings(today=TODAY)) as capture:
                at = 0.0
                for side in ("front", "back"):
                    begun, count = time.monotonic(), 0
                    while side not in capture.captured and time.monotonic() - begun < 8:
                        tick = time.monotonic()
                        frame = holds[side][count % len(holds[side])]
                        at = tick
                        took, _ = spent(capture.offer, frame, at)
                        count += 1
                        if capture._reading is not None:
                            offers.append(took)
                            gaps.append(max(took, 1000 / 30))
                        time.sleep(max(0.0, 1 / 30 - (time.monotonic() - tick)))
                    if side == "front" and side in capture.captured:
                        seconds.append(time.monotonic() - begun)
                        ratios.append(seconds[-1] * 1e3 / (3 * single))
                truth, fields = person(seed), capture.fields()
                done += capture.done
                wrong += any(key not in fields or fields[key].text != truth[key] for key in FIELDS)
                doubted += sum(bool(one.reasons) for one in fields.values())
                silent += any(one.text not in (None, truth[key]) and not one.reasons for key, one in fields.items())
    return {
        "live.cards": CARDS,
        "live.done": done,
        "live.right": CARDS - wrong,
        "live.wrong": wrong,
        "live.silent": silent,
        "live.silent.goal": 0,
        "live.doubted_fields": doubted,
        "live.front_seconds": statistics.median(seconds),
        "live.ratio": statistics.median(ratios),
        "live.offer_while_reading_ms": statistics.median(offers),
        "live.offer_while_reading_ms.goal": 15,
        "live.offer_while_reading_p95_ms": p95(offers),
        "live.frames_per_second_while_reading": 1000 / statistics.mean(gaps),
    }


class AtOnce:
    """An executor that reads before it returns: the film's clock stands meanwhile."""

    def submit(self, function: Any, /, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


def votes(reader: CardReader) -> dict[str, Any]:
    """One hold of each side of each card: what its frames agree on."""
    wrong: list[str] = []
    silent: list[str] = []
    doubted = values = voters = 0
    for number in range(CARDS):
        seed = FIRST_SEED + number
        truth = person(seed)
        with LiveCapture(reader, AtOnce(), LiveSettings(today=TODAY)) as capture:
            at = 0.0
            for side in ("front", "back"):
                shots = [shot.pixels for shot in film(seed, [Cue(0.4, "hold")], _first(scene(number), side))]
                for count in range(HOLD_FRAMES):
                    if side in capture.captured:
                        break
                    capture.offer(shots[count % len(shots)], at)
                    at += 1 / 15
                at += 2.0
            fields = capture.fields()
            voters += sum(one.voters for one in capture.captured.values())
            for key in FIELDS:
                one = fields.get(key)
                if one is None or one.text != truth[key]:
                    wrong.append(f"{seed} {key}: {truth[key]} → {one.text if one is not None else None}")
                    if one is not None and one.text is not None and not one.reasons:
                        silent.append(wrong[-1])
                else:
                    values, doubted = values + 1, doubted + bool(one.reasons)
        if (number + 1) % 10 == 0:
            print(f"votes {number + 1}: wrong {wrong}, silent {silent}", file=sys.stderr, flush=True)
    return {
        "votes.cards": CARDS,
        "votes.right": CARDS - len({told.split()[0] for told in wrong}),
        "votes.wrong": wrong,
        "votes.silent": len(silent),
        "votes.silent.goal": 0,
        "votes.right_but_flagged_percent": round(100 * doubted / max(1, values), 2),
        "votes.pictures_of_a_side": round(voters / (2 * CARDS), 2),
    }


def _first(given: Scene, side: str) -> Scene:
    return Scene(given.size, given.share, given.fps, side, given.turned, given.noise)


def main() -> None:
    figures: dict[str, Any] = {"noise": noise()}
    engine = PpOcrEngine()
    reader = CardReader(engine)
    reader.warm()
    if "outlines" in PARTS:
        figures |= outlines()
    if "fronts" in PARTS:
        figures |= fronts(reader, engine)
    if "live" in PARTS:
        figures |= live(reader)
    if "votes" in PARTS:
        figures |= votes(reader)
    emit(figures)


if __name__ == "__main__":
    main()
