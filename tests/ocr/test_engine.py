"""The line engine: reads drawn digits, keeps to its alphabet, tells words apart, and loads once for all threads."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from desktop.ocr.engine import (
    NUMBER_CHARACTERS,
    DetectorLoader,
    EngineUnavailable,
    Letter,
    Line,
    LineEngine,
    NullEngine,
    PpOcrEngine,
    TesseractEngine,
    card_characters,
    load_session,
    models_folder,
)
from desktop.ocr.quality import Pixels


@pytest.fixture(scope="module")
def engine() -> PpOcrEngine:
    return PpOcrEngine()


def written(text: str, height: int = 60) -> Pixels:
    line = np.full((height, 28 * len(text) + 20, 3), 235, np.uint8)
    cv2.putText(line, text, (8, int(height * 0.72)), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (30, 30, 30), 3, cv2.LINE_AA)
    return line


def test_reads_a_line_with_places_and_runners_up(engine: PpOcrEngine) -> None:
    line = engine.read(written("20261122"))
    assert line.text == "20261122"
    assert 0.9 < line.confidence <= 1
    places = [letter.place for letter in line.letters]
    assert places == sorted(places)
    assert 0 < places[0] < 0.2
    assert 0.6 < places[-1] < 1
    assert all(letter.second and letter.second != letter.text for letter in line.letters)
    assert all(letter.second_probability <= letter.probability for letter in line.letters)


def test_spells_only_with_what_it_is_given(engine: PpOcrEngine) -> None:
    assert engine.read(written("A1B2C3"), NUMBER_CHARACTERS).text.strip("0123456789X") == ""
    assert set(engine.read(written("hello")).text) <= set(card_characters())


def test_an_empty_strip_says_nothing(engine: PpOcrEngine) -> None:
    assert engine.read(np.full((48, 200, 3), 230, np.uint8)).text == ""
    assert engine.read(np.zeros((2, 2, 3), np.uint8)) == Line()
    assert Line().confidence == 0.0


def test_a_grey_strip_reads_as_a_coloured_one(engine: PpOcrEngine) -> None:
    assert engine.read(cv2.cvtColor(written("1234567"), cv2.COLOR_BGR2GRAY)).text == "1234567"


def test_chooses_among_words_and_knows_when_none_fits(engine: PpOcrEngine) -> None:
    right = engine.choose(written("2024"), ("2024", "2021", "1999"))
    assert right is not None
    assert (right.word, right.probability > 0.9, right.fit > 0.5) == ("2024", True, True)
    wrong = engine.choose(written("7777"), ("2024", "1999"))
    assert wrong is not None
    assert wrong.fit < 0.08
    assert engine.choose(written("1"), ()) is None


def test_a_part_of_a_line_keeps_its_letters() -> None:
    line = Line((Letter("a", 0.9, "b", 0.1, 0.2), Letter("c", 0.5, "d", 0.3, 0.8)), ("e",))
    assert (line.part(1).text, line.part(0, 1).confidence, line.part(1).outside) == ("c", 0.9, ("e",))


def test_the_alphabet_holds_the_national_table_and_every_region_name() -> None:
    known = card_characters()
    assert len(known) == len(set(known)) > 8105
    table = Path(__file__).parents[2] / "resources" / "regions.tsv"
    names = "".join("".join(row.split("\t")[1:4]) for row in table.read_text("utf-8").splitlines()[1:])
    assert {c for c in names if c >= "一"} <= set(known)
    assert not set("強黃馬劉あァ한") & set(known)


def test_loads_quickly_and_once_for_many_threads() -> None:
    fresh = PpOcrEngine()
    begun = time.perf_counter()
    fresh.warm()
    assert time.perf_counter() - begun < 1.5  # 0.1 s on a quiet machine
    shared = PpOcrEngine()
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(shared.read(written("330106")).text)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["330106"] * 6


def test_missing_models_are_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        PpOcrEngine(tmp_path).read(written("1"))
    assert "PP-OCRv6_rec_small.onnx" in caught.value.message
    with pytest.raises(EngineUnavailable):
        load_session(tmp_path / "none.onnx")
    assert (models_folder() / "PP-OCRv6_det_small.onnx").is_file()


def test_the_null_engine_reads_nothing() -> None:
    null: LineEngine = NullEngine()
    null.warm()
    assert null.read(written("1")) == Line()
    assert null.choose(written("1"), ("1",)) is None


def test_tesseract_is_optional(tmp_path: Path) -> None:
    absent = TesseractEngine(str(tmp_path / "no-such-program"))
    absent.warm()
    assert absent.read(written("123")) == Line()
    assert absent.choose(written("123"), ("123",)) is None
    here = TesseractEngine()
    if here.available:
        assert here.read(written("330106"), NUMBER_CHARACTERS).text == "330106"
    else:
        assert here.read(written("330106")) == Line()


def test_the_detector_finds_lines_and_lets_go_of_its_memory() -> None:
    page = np.full((400, 640, 3), 240, np.uint8)
    line = written("20261122")
    page[80 : 80 + line.shape[0], 60 : 60 + line.shape[1]] = line
    detector = DetectorLoader()
    with detector.loaded():
        boxes = detector.find(page)
        assert detector._session is not None
    assert detector._session is None
    assert len(boxes) == 1
    assert abs(boxes[0].degrees) < 5
    assert 60 < boxes[0].middle[0] < 320
    assert boxes[0].length > 3 * boxes[0].height


def test_the_detector_knows_an_upright_line() -> None:
    page = np.full((400, 640, 3), 240, np.uint8)
    line = written("20261122")
    page[100 : 100 + line.shape[0], 60 : 60 + line.shape[1]] = line
    turned = np.ascontiguousarray(np.rot90(page, -1))
    boxes = DetectorLoader().find(turned)
    assert len(boxes) == 1
    assert abs(abs(boxes[0].degrees) - 90) < 5
