"""Reading one line of text from a small picture: the engine behind a small protocol, and the text detector.

Models come from the installed rapidocr package as plain files; nothing is ever downloaded and rapidocr itself (1.2 s
to import) is not imported.
"""

from __future__ import annotations

import importlib.util
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.ocr.quality import Pixels

_LINE_HEIGHT = 48  # pixels the recogniser was trained on
_STRIDE = 8  # pixels of the scaled line per output step
_THREADS = 2  # 1.7 times one thread; more gains nothing (OCR.md 2a)
_SOFTER, _SHARPER = 1.2, 1.2  # pixels of blur, and how much of what blurring takes away is added
_WIDEST = 1600  # pixels; a longer line than this is no line of a card

DIGITS = "0123456789"
NUMBER_CHARACTERS = DIGITS + "X"
DATE_CHARACTERS = DIGITS + ".-长期"
BIRTH_CHARACTERS = DIGITS + "年月日出生"
SEX_CHARACTERS = "男女性别"
_CARD_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ·-.()"


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a line: how sure (0-1), the runner-up, and the middle's place along the line (0-1)."""

    text: str
    probability: float
    second: str
    second_probability: float
    place: float


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on one line; `outside` holds characters that clearly won but are not in the card alphabet."""

    letters: tuple[Letter, ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)

    @property
    def confidence(self) -> float:
        """The least sure character, 0-1; 0 for an empty line."""
        return min((letter.probability for letter in self.letters), default=0.0)

    def part(self, start: int, stop: int | None = None) -> Line:
        """The same line cut to the letters [start, stop)."""
        return Line(self.letters[start:stop], self.outside)


@dataclass(frozen=True, slots=True)
class WordChoice:
    """The best of a closed list of words for a line, its share of the list's likelihood (0-1) and the runner-up.

    `fit` (0-1, per character) tells how well the line looks like the word at all: low when none of the list is there.
    """

    word: str
    probability: float
    second: str
    fit: float


class LineEngine(Protocol):
    """Reads one upright line. Implementations may be called from several threads."""

    name: str

    def warm(self) -> None:
        """Load what loading takes, so that the first line is as quick as the next."""

    def read(self, line: Pixels, characters: str | None = None, careful: bool = False) -> Line:
        """The text of a line, spelled with `characters` only; None means the card alphabet.

        `careful` takes three times as long and gets rare characters right that one look mistakes or drops.
        """

    def choose(self, line: Pixels, words: Sequence[str]) -> WordChoice | None:
        """Which of `words` the line most likely shows; None when it cannot tell."""


class NullEngine:
    """Reads nothing, for tests and for a PC where reading is switched off."""

    name = "null"

    def warm(self) -> None:
        return None

    def read(self, line: Pixels, characters: str | None = None, careful: bool = False) -> Line:
        return Line()

    def choose(self, line: Pixels, words: Sequence[str]) -> WordChoice | None:
        return None


class EngineUnavailable(RuntimeError):
    """The engine's files are not on this PC; `message` is the sentence for the clerk."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def models_folder() -> Path:
    """Where the rapidocr package keeps its model files."""
    found = importlib.util.find_spec("rapidocr")
    if found is None or not found.submodule_search_locations:
        raise EngineUnavailable("证件识别组件没有安装,请手工录入。")
    return Path(next(iter(found.submodule_search_locations))) / "models"


@lru_cache(maxsize=1)
def card_characters() -> str:
    """What may stand on a card: digits, capital letters, a few signs and the 通用规范汉字表 with name variants."""
    table = Path(__file__).resolve().parents[2] / "resources" / "card_characters.txt"
    return _CARD_SIGNS + "".join(table.read_text(encoding="utf-8").split())


class PpOcrEngine:
    """PP-OCRv6 small on onnxruntime: one line at a time, spelled with the card alphabet (OCR.md 1 and 2d)."""

    name = "ppocr-v6-small"

    def __init__(self, models: Path | None = None) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._session: Any = None
        self._classes: list[str] = []
        self._allowed: dict[str, NDArray[np.intp]] = {}

    def warm(self) -> None:
        self._loaded()

    def read(self, line: Pixels, characters: str | None = None, careful: bool = False) -> Line:
        steps = self._steps(line) if not careful else self._mean_steps(line)
        if steps is None:
            return Line()
        allowed = self._columns(characters)
        spelled = steps[:, allowed]
        letters: list[Letter] = []
        outside: list[str] = []
        best = spelled.argmax(1)
        free = steps.argmax(1)
        previous = 0
        run: list[int] = []
        for step in range(len(best) + 1):
            now = int(best[step]) if step < len(best) else 0
            if now != previous and previous != 0:
                letters.append(self._letter(spelled, allowed, run, previous, len(best)))
                run = []
            if now != 0:
                run.append(step)
            previous = now
        if characters is None:
            classes = self._classes
            keep = set(allowed.tolist()) | {len(classes) - 1}
            for step, column in enumerate(free):
                known = int(column)
                new = not step or free[step - 1] != column
                if known not in keep and new and steps[step, known] > 0.6 and classes[known] >= "㐀":
                    outside.append(classes[known])
        return Line(tuple(letters), tuple(outside))

    def choose(self, line: Pixels, words: Sequence[str]) -> WordChoice | None:
        steps = self._steps(line)
        if steps is None or not words:
            return None
        index = {text: column for column, text in enumerate(self._classes)}
        logs = np.log(np.maximum(steps, 1e-12))
        known = [word for word in words if all(character in index for character in word)]
        scores = np.array([_ctc_score(logs, [index[character] for character in word]) for word in known])
        order = np.argsort(scores)[::-1]
        # The empty reading competes too, so that a blank crop does not elect the luckiest word.
        total = float(np.logaddexp.reduce(np.append(scores, logs[:, 0].sum())))
        second = known[int(order[1])] if len(order) > 1 else ""
        best, score = known[int(order[0])], float(scores[order[0]])
        return WordChoice(best, float(np.exp(score - total)), second, float(np.exp(score / len(best))))

    def _letter(
        self, spelled: NDArray[np.float32], allowed: NDArray[np.intp], run: list[int], column: int, count: int
    ) -> Letter:
        peak = max(run, key=lambda step: float(spelled[step, column]))
        row = spelled[peak].copy()
        probability = float(row[column])
        row[column] = -1
        row[0] = -1
        second = int(row.argmax())
        middle = (run[0] + run[-1] + 1) / 2 / count
        return Letter(
            self._classes[int(allowed[column])],
            probability,
            self._classes[int(allowed[second])],
            float(row[second]),
            middle,
        )

    def _steps(self, line: Pixels) -> NDArray[np.float32] | None:
        height, width = line.shape[:2]
        if height < 4 or width < 4:
            return None
        scaled_width = min(_WIDEST, max(_STRIDE * 2, round(width * _LINE_HEIGHT / height / _STRIDE) * _STRIDE))
        shrink = scaled_width < width
        scaled = cv2.resize(
            line, (scaled_width, _LINE_HEIGHT), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
        )
        if scaled.ndim == 2:
            scaled = cv2.cvtColor(scaled, cv2.COLOR_GRAY2BGR)
        batch = (scaled.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None]
        session = self._loaded()
        answer = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(batch)})[0]
        return np.asarray(answer[0], dtype=np.float32)

    def _mean_steps(self, line: Pixels) -> NDArray[np.float32] | None:
        """The line as it is, softened and sharpened, step by step on average: what only one of them says gives way.

        On 104 names and issuers of hard pictures and photocopies 101 were right so, 99 from one look, 96 from the surer
        of two differently cut ones (seed 4100 of tests/idcards/other_cards.py).
        """
        soft = cv2.GaussianBlur(line, (0, 0), _SOFTER)
        sharp = cv2.addWeighted(line, 1 + _SHARPER, cv2.GaussianBlur(line, (0, 0), 3.0), -_SHARPER, 0)
        looks = [self._steps(np.asarray(look, dtype=np.uint8)) for look in (line, soft, sharp)]
        seen = [steps for steps in looks if steps is not None]
        return np.asarray(np.mean(seen, axis=0), dtype=np.float32) if seen else None

    def _columns(self, characters: str | None) -> NDArray[np.intp]:
        key = characters if characters is not None else ""
        found = self._allowed.get(key)
        if found is None:
            self._loaded()
            wanted = set(characters if characters is not None else card_characters())
            found = np.array([0] + [i for i, text in enumerate(self._classes) if i and text in wanted], dtype=np.intp)
            self._allowed[key] = found
        return found

    def _loaded(self) -> Any:
        with self._lock:
            if self._session is None:
                session = load_session((self._models or models_folder()) / "PP-OCRv6_rec_small.onnx")
                dictionary = session.get_modelmeta().custom_metadata_map["character"].split("\n")
                self._classes = ["", *dictionary, " "]  # blank first, the space last
                self._session = session
            return self._session


class TesseractEngine:
    """The tesseract program, where one is installed: an independent second reader of the number line only.

    On Chinese fields it reads 13-33 % of cards (OCR.md 2a), so it is never asked for them.
    """

    name = "tesseract"

    def __init__(self, program: str | None = None, timeout_s: float = 5.0) -> None:
        self._program = program or shutil.which("tesseract")
        self._timeout_s = timeout_s

    @property
    def available(self) -> bool:
        return self._program is not None

    def warm(self) -> None:
        return None

    def read(self, line: Pixels, characters: str | None = None, careful: bool = False) -> Line:
        if self._program is None:
            return Line()
        import pytesseract

        pytesseract.pytesseract.tesseract_cmd = self._program
        padded = cv2.copyMakeBorder(line, 12, 12, 12, 12, cv2.BORDER_REPLICATE)
        allowed = characters or NUMBER_CHARACTERS
        try:
            text = str(
                pytesseract.image_to_string(
                    padded,
                    lang="eng",
                    config=f"--psm 7 -c tessedit_char_whitelist={allowed}",
                    timeout=self._timeout_s,
                )
            )
        except (RuntimeError, OSError):  # killed after the timeout, or no language data: the first reader stands alone
            return Line()
        kept = [character for character in text if character in allowed]
        return Line(tuple(Letter(c, 0.5, "", 0.0, (i + 0.5) / len(kept)) for i, c in enumerate(kept)))

    def choose(self, line: Pixels, words: Sequence[str]) -> WordChoice | None:
        return None


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where the detector sees a line: four corners clockwise from the text's own top left, in picture pixels."""

    corners: NDArray[np.float32] = field(repr=False)
    score: float

    @property
    def middle(self) -> NDArray[np.float32]:
        return np.asarray(self.corners.mean(0), dtype=np.float32)

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def degrees(self) -> float:
        along = self.corners[1] - self.corners[0]
        return float(np.degrees(np.arctan2(along[1], along[0])))


class DetectorLoader:
    """The text detector, loaded when a reading needs it and freed when the last one has done.

    Loading takes 35 ms; kept loaded it would hold memory all day for a few cards.
    """

    def __init__(self, models: Path | None = None) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._session: Any = None
        self._users = 0

    @contextmanager
    def loaded(self) -> Iterator[DetectorLoader]:
        """Holds the detector in memory; nested and concurrent uses share it."""
        with self._lock:
            self._users += 1
        try:
            yield self
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._session = None

    def find(self, picture: Pixels, longest: int = 960, threshold: float = 0.3) -> list[TextBox]:
        """Lines of text in a picture, looked for at `longest` pixels along its longer side."""
        height, width = picture.shape[:2]
        scale = min(1.0, longest / max(height, width))
        size = (max(32, round(width * scale / 64) * 64), max(32, round(height * scale / 64) * 64))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        if small.ndim == 2:
            small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
        batch = np.ascontiguousarray((small.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None])
        with self.loaded():
            session = self._ready()
            heat: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: batch})[0][0, 0]
        stretch = np.array([width / size[0], height / size[1]], dtype=np.float32)
        return _boxes(heat, stretch, threshold)

    def _ready(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = load_session((self._models or models_folder()) / "PP-OCRv6_det_small.onnx")
            return self._session


def load_session(model: Path) -> Any:
    """An onnxruntime session with two threads that sleep while idle, so that the window stays smooth."""
    import onnxruntime

    if not model.is_file():
        raise EngineUnavailable(f"证件识别模型 {model.name} 不在这台电脑上,请重新安装程序;现在可以手工录入。")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _ctc_score(logs: NDArray[np.float32], word: list[int]) -> float:
    """Log likelihood of a word over all its alignments."""
    states = [0]
    for column in word:
        states += [column, 0]
    emitted = logs[:, states].astype(np.float64)
    alpha = np.full(len(states), -np.inf)
    alpha[0], alpha[1] = emitted[0, 0], emitted[0, 1]
    # A letter may follow the one before it directly unless both are the same.
    skip = np.array([i >= 2 and s != 0 and s != states[i - 2] for i, s in enumerate(states)])
    for step in range(1, len(emitted)):
        one = np.concatenate(([-np.inf], alpha[:-1]))
        two = np.where(skip, np.concatenate(([-np.inf, -np.inf], alpha[:-2])), -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + emitted[step]
    return float(np.logaddexp(alpha[-1], alpha[-2]))


def _boxes(heat: NDArray[np.float32], stretch: NDArray[np.float32], threshold: float) -> list[TextBox]:
    mask = (heat > threshold).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[TextBox] = []
    for outline in outlines[:600]:
        (x, y), (w, h), angle = cv2.minAreaRect(outline)
        if min(w, h) < 2:
            continue
        left, top, across, down = cv2.boundingRect(outline)
        inside = np.zeros((down, across), np.uint8)
        cv2.fillPoly(inside, [outline - np.array([left, top])], 1)
        score = float(cv2.mean(heat[top : top + down, left : left + across], inside)[0])
        if score < 0.5:
            continue
        # The detector learned shrunken text cores: grow them back by area / circumference.
        grow = w * h * 1.5 / (2 * (w + h))
        corners = cv2.boxPoints(((x, y), (w + 2 * grow, h + 2 * grow), angle)) * stretch
        found.append(TextBox(_reading_order(corners.astype(np.float32)), score))
    return found


def _reading_order(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Corners turned so that the first edge is the long one and points right (or down for upright lines)."""
    if np.linalg.norm(corners[1] - corners[0]) < np.linalg.norm(corners[2] - corners[1]):
        corners = np.roll(corners, -1, axis=0)
    along = corners[1] - corners[0]
    flat = abs(along[0]) >= abs(along[1])
    if (along[0] < 0) if flat else (along[1] < 0):
        corners = np.roll(corners, -2, axis=0)
    return corners
