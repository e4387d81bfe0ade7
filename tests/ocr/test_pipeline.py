"""Whole pictures through the reader: the demo cards, turned, doubled and spoilt, and everything that is no card."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from desktop.ocr.engine import DetectorLoader, NullEngine, PpOcrEngine
from desktop.ocr.pipeline import (
    BACK_FIELDS,
    FIELDS,
    FRONT_FIELDS,
    CardReader,
    FieldReading,
    IdCardReading,
    ReadOptions,
    read_card_json,
    read_files,
)
from desktop.ocr.quality import Pixels, decode_picture

CARDS = Path(__file__).resolve().parents[2] / "resources" / "demo_cards"
TRUTH: dict[str, dict[str, Any]] = {
    row["id"]: row for row in map(json.loads, (CARDS / "truth.jsonl").read_text("utf-8").splitlines())
}
OPTIONS = ReadOptions(today=date(2026, 11, 22))


@pytest.fixture(scope="module")
def reader() -> CardReader:
    made = CardReader()
    made.warm()
    return made


@pytest.fixture(scope="module")
def readings(reader: CardReader) -> dict[str, list[IdCardReading]]:
    return {key: reader.read((CARDS / row["file"]).read_bytes(), OPTIONS) for key, row in TRUTH.items()}


def pixels_of(key: str) -> Pixels:
    return decode_picture((CARDS / TRUTH[key]["file"]).read_bytes()).pixels


def jpeg(pixels: Pixels) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def wrong_fields(reading: IdCardReading, key: str) -> dict[str, tuple[str | None, str | None]]:
    return {
        field: (TRUTH[key][field], reading.text(field)) for field in FIELDS if reading.text(field) != TRUTH[key][field]
    }


@pytest.mark.parametrize("key", sorted(TRUTH))
def test_every_demo_card_is_read_right(readings: dict[str, list[IdCardReading]], key: str) -> None:
    (reading,) = readings[key]
    assert reading.side == TRUTH[key]["side"]
    assert wrong_fields(reading, key) == {}
    assert (reading.error, reading.problem) == (None, None)


def test_clean_scans_are_not_doubted(readings: dict[str, list[IdCardReading]]) -> None:
    assert [readings[key][0].needs_review for key in ("chen_scan", "zhou_scan")] == [(), ()]


def test_a_field_says_where_it_stands_and_shows_its_strip(readings: dict[str, list[IdCardReading]]) -> None:
    (reading,) = readings["huang_webcam"]
    corners = np.array(reading.corners["front"])
    number = reading.fields["number"]
    assert number.box is not None
    inside = cv2.boundingRect(corners.astype(np.float32))
    for x, y in number.box:
        assert inside[0] - 5 <= x <= inside[0] + inside[2] + 5
        assert inside[1] - 5 <= y <= inside[1] + inside[3] + 5
    boxes = {key: np.array(field.box) for key, field in reading.fields.items() if field.box is not None}
    assert boxes["name"][:, 1].mean() < boxes["address"][:, 1].mean() < boxes["number"][:, 1].mean()
    png = number.crop_png()
    assert png is not None
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape[1] > 6 * shown.shape[0]
    assert PpOcrEngine().read(shown).text.endswith(TRUTH["huang_webcam"]["number"])


def test_what_was_read_stays_out_of_logs(readings: dict[str, list[IdCardReading]]) -> None:
    for key in ("chen_scan", "aguli_webcam"):
        told = repr(readings[key])
        for field in ("name", "number", "address"):
            assert TRUTH[key][field] not in told


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_card_may_lie_any_way_round(reader: CardReader, turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(pixels_of("chen_scan"), turns))
    (reading,) = reader.read(turned, OPTIONS)
    assert reading.side == "both"
    assert wrong_fields(reading, "chen_scan") == {}


def test_two_fronts_on_one_page_are_two_cards(reader: CardReader) -> None:
    one, two = pixels_of("huang_webcam"), pixels_of("aguli_webcam")
    found = reader.read(np.vstack([one, two]), OPTIONS)
    assert [reading.side for reading in found] == ["front", "front"]
    assert [reading.text("number") for reading in found] == [
        TRUTH[key]["number"] for key in ("huang_webcam", "aguli_webcam")
    ]


def test_both_sides_of_one_holder_are_one_reading(reader: CardReader) -> None:
    (reading,) = reader.read(np.vstack([pixels_of("huang_back"), pixels_of("huang_webcam")]), OPTIONS)
    assert reading.side == "both"
    assert set(reading.fields) == set(FIELDS)
    assert (reading.text("name"), reading.text("issuer")) == ("黄彧", "南宁市公安局青秀分局")
    assert set(reading.corners) == {"front", "back"}


def test_the_back_of_another_holder_is_doubted(reader: CardReader) -> None:
    (reading,) = reader.read(np.vstack([pixels_of("li_glare"), pixels_of("huang_back")]), OPTIONS)
    assert "valid_to" in reading.needs_review
    assert any("年龄" in reason for reason in reading.fields["valid_to"].reasons)


def test_a_covered_field_is_empty_or_flagged_never_guessed(reader: CardReader) -> None:
    spoilt = pixels_of("chen_scan").copy()
    (whole,) = reader.read(spoilt, OPTIONS)
    box = whole.fields["number"].box
    assert box is not None
    corners = np.array(box)
    covered = corners[0] + (corners[1] - corners[0]) * 0.55, corners[2] - (corners[2] - corners[3]) * 0.15
    cv2.rectangle(spoilt, *[tuple(int(v) for v in point) for point in covered], (255, 255, 255), -1)
    (reading,) = reader.read(spoilt, OPTIONS)
    assert reading.text("number") != TRUTH["chen_scan"]["number"]
    assert "number" in reading.needs_review
    assert reading.text("birth") == TRUTH["chen_scan"]["birth"]


def test_a_frame_of_pixels_reads_as_its_file(reader: CardReader, readings: dict[str, list[IdCardReading]]) -> None:
    (again,) = reader.read(pixels_of("zhou_scan"), OPTIONS)
    assert {key: field.text for key, field in again.fields.items()} == {
        key: field.text for key, field in readings["zhou_scan"][0].fields.items()
    }


def test_many_threads_may_read_at_once(reader: CardReader) -> None:
    names: list[str | None] = []

    def read() -> None:
        names.append(reader.read(pixels_of("huang_webcam"), OPTIONS)[0].text("name"))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["黄彧"] * 3


def contract_page() -> Pixels:
    """A contract with every word of a card in it: the front of a demo card cut up and set in running lines."""
    card = pixels_of("chen_scan")
    (whole,) = CardReader().read(card, OPTIONS)
    strips = [whole.fields[key].crop for key in ("name", "address", "number", "birth", "sex")]
    page = np.full((1400, 2000, 3), 252, np.uint8)
    for row in range(5):
        x = 40
        for strip in strips[row % 2 :: 2] if row % 3 else strips[::2]:
            assert strip is not None
            label = strip[: min(70, strip.shape[0]), : min(150, strip.shape[1])]
            page[80 + row * 160 : 80 + row * 160 + label.shape[0], x : x + label.shape[1]] = label
            x += label.shape[1] + 180
    return page


def noise(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (720, 1280, 3), dtype=np.uint8)


def lettered(*rows: str) -> Pixels:
    page = np.full((720, 1280, 3), 245, np.uint8)
    for place, row in enumerate(rows):
        cv2.putText(page, row, (60, 90 + place * 70), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (30, 30, 30), 3, cv2.LINE_AA)
    return page


NEGATIVES = {
    "grey": lambda: np.full((720, 1280, 3), 128, np.uint8),
    "black": lambda: np.zeros((720, 1280, 3), np.uint8),
    "noise": lambda: noise(3),
    "contract": contract_page,
    "bank card": lambda: lettered("FAR BANK", "6222 0212 3456 7890", "VALID THRU 08/31"),
    "a lone number": lambda: lettered("NO. 990101199104121010", "2026.11.22-2036.11.22"),
}


@pytest.mark.parametrize("kind", sorted(NEGATIVES))
def test_what_is_no_card_is_refused_in_words(reader: CardReader, kind: str) -> None:
    (reading,) = reader.read(NEGATIVES[kind](), OPTIONS)
    assert (reading.side, reading.problem, dict(reading.fields)) == ("none", "no_card", {})
    assert reading.error is not None
    assert reading.error.endswith("。")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"no picture", "broken"),
        (b"%PDF-1.4 x", "unsupported"),
        (jpeg(noise(1)[:60, :60]), "too_small"),
    ],
)
def test_bad_files_come_back_as_a_reading_with_the_reason(reader: CardReader, data: bytes, problem: str) -> None:
    (reading,) = reader.read(data)
    assert (reading.side, reading.problem) == ("none", problem)
    assert reading.error is not None


def test_the_json_of_the_command_line(tmp_path: Path, reader: CardReader) -> None:
    good, bad = CARDS / "huang_back.jpg", tmp_path / "cut.jpg"
    bad.write_bytes(good.read_bytes()[:20000])
    rows = list(read_files([good, bad, tmp_path / "missing.jpg"], reader, OPTIONS))
    keys = ["id", "card", "side", *FIELDS, "confidence", "needs_review", "seconds", "error"]
    assert [list(row) for row in rows] == [keys] * 3
    first, cut, missing = rows
    assert (first["id"], first["card"], first["side"], first["error"]) == ("huang_back", 0, "back", None)
    assert {key: first[key] for key in FIELDS} == {key: TRUTH["huang_back"][key] for key in FIELDS}
    assert set(first["confidence"]) == set(BACK_FIELDS)
    assert all(0 <= value <= 1 for value in first["confidence"].values())
    assert first["seconds"] > 0
    assert (cut["side"], missing["side"]) == ("none", "none")
    assert "不完整" in cut["error"]
    assert missing["error"]
    assert all(cut[key] is None for key in FIELDS)
    json.dumps(rows, ensure_ascii=False)


def test_forever_and_dates_in_json() -> None:
    field = FieldReading("长期", 0.9, reasons=("请核对",))
    row = read_card_json(IdCardReading("back", {"valid_to": field}), "x", 2)
    assert (row["valid_to"], row["valid_from"], row["needs_review"], row["card"]) == ("长期", None, ["valid_to"], 2)


def test_without_an_engine_the_clerk_is_told(tmp_path: Path) -> None:
    (off,) = CardReader(engine=NullEngine()).read(pixels_of("huang_back"))
    assert (off.side, off.problem) == ("none", "no_card")
    missing = CardReader(engine=PpOcrEngine(tmp_path), detector=DetectorLoader(tmp_path))
    (told,) = missing.read(pixels_of("huang_back"))
    assert told.problem == "engine"
    assert told.error is not None
    assert "手工录入" in told.error


def test_options_are_checked_before_work_starts() -> None:
    with pytest.raises(ValueError, match="320"):
        ReadOptions(look_at=(100,))
    with pytest.raises(ValueError, match="320"):
        ReadOptions(look_at=())


def test_sides_name_their_fields() -> None:
    assert FRONT_FIELDS + BACK_FIELDS == FIELDS


OFFLINE = """
import socket, sys
def refuse(*a, **k): raise OSError('no network')
socket.socket.connect = refuse
from pathlib import Path
from desktop.ocr.pipeline import read_files
row = next(iter(read_files([Path(sys.argv[1])])))
heavy = {'PySide6', 'sqlalchemy', 'rapidocr', 'requests', 'PIL'} & sys.modules.keys()
print(row['name'], sorted(heavy))
"""


def test_reading_needs_no_network_and_none_of_our_other_rooms() -> None:
    said = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(CARDS / "huang_webcam.jpg")],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        cwd=CARDS.parents[1],
        env={"PYTHONIOENCODING": "utf-8", "PATH": "", "PYTHONPATH": str(CARDS.parents[1])},
    )
    assert said.stdout.strip() == "黄彧 []"
