"""Films of a drawn card under a camera: it comes, shakes, lies still, is turned over and goes, frame by frame.

    for shot in film(seed=5, cues=[Cue(0.5, "enter"), Cue(1.2, "hold"), Cue(0.6, "turn"), Cue(1.2, "hold")]): …

The same seed, cues and fonts give the same frames. Cards, desks and glare are those of `make_cards` and `degrade`;
this file adds time: motion blurs as a shutter of `SHUTTER_S` would, and every frame has its own noise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import degrade  # noqa: E402
import make_cards  # noqa: E402

OUR_FONTS = HERE.parents[1] / "resources" / "fonts"
SHUTTER_S = 1 / 60  # exposure of an office webcam indoors
CARD_PX = 1000  # pixels a card face is kept at: more than any film shows

Kind = Literal["away", "enter", "hold", "shake", "drift", "glare", "turn", "leave", "cut", "far", "dark", "soft", "two"]
"""What the card does: lie still, tremble in a hand, slide slowly, catch the lamp, be turned over in a hand …"""


@dataclass(frozen=True, slots=True)
class Cue:
    """`seconds` of one thing happening."""

    seconds: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame with the truth about it."""

    at: float
    pixels: NDArray[np.uint8] = field(repr=False)
    kind: Kind
    side: str | None
    quad: NDArray[np.float64] | None = field(repr=False)
    speed_mm_s: float


@dataclass(frozen=True, slots=True)
class Scene:
    """How the camera stands: frame size, length of the card in parts of the frame's width, frames a second."""

    size: tuple[int, int] = (1280, 720)
    share: float = 0.5
    fps: float = 15.0
    first: str = "front"
    turned: float = 0.0
    noise: float = 3.0
    light: float = 1.0
    desk: bool = True


@lru_cache(maxsize=1)
def fonts() -> dict[str, Any]:
    """The fonts of the drawn cards; those of the program stand in on a PC without them."""
    try:
        return make_cards.find_fonts()
    except SystemExit:
        regular, medium, bold = (
            str(OUR_FONTS / f"NotoSansSC-{weight}.ttf") for weight in ("Regular", "Medium", "Bold")
        )
        return make_cards.find_fonts([regular], [medium], [bold])


@lru_cache(maxsize=1)
def _pools() -> tuple[Any, Any]:
    return make_cards.load_pools(), make_cards.load_regions()


def person(seed: int) -> dict[str, str]:
    """The invented holder of the card in the films of this seed."""
    pools, regions = _pools()
    known = make_cards.make_identity(pools, regions, np.random.default_rng([seed, 1]))
    return {key: known[key] for key in make_cards.FIELDS}


def face(seed: int, side: str) -> NDArray[np.uint8]:
    """One side of that card, BGRA."""
    draw = {"front": make_cards.draw_front, "back": make_cards.draw_back}[side]
    whole = draw(person(seed), fonts(), np.random.default_rng([seed, 2 if side == "front" else 3]))
    high = round(CARD_PX * whole.shape[0] / whole.shape[1])
    return np.asarray(cv2.resize(whole, (CARD_PX, high), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def film(seed: int, cues: Sequence[Cue], scene: Scene | None = None) -> Iterator[Shot]:
    """The frames of one film, in order."""
    return _Stage(seed, scene if scene is not None else Scene()).play(cues)


@dataclass(slots=True)
class _Pose:
    x: float
    y: float
    width: float
    roll: float
    tilt: float = 0.0
    pan: float = 0.0


class _Stage:
    """A desk, a lamp, a card and its two faces."""

    def __init__(self, seed: int, scene: Scene) -> None:
        self._rng = np.random.default_rng([seed, 4])
        self._scene = scene
        width, height = scene.size
        ground = degrade.desk(width, height, self._rng) if scene.desk else np.full((height, width, 3), 90, np.float32)
        low = cv2.resize(self._rng.normal(0, 1, (3, 4)).astype(np.float32), scene.size, interpolation=cv2.INTER_CUBIC)
        self._lamp = (1 + np.clip(low, -2, 2) * 0.05)[..., None]
        self._ground = np.clip(cv2.GaussianBlur(ground, (0, 0), 0.7) * self._lamp, 0, 255).astype(np.uint8)
        self._faces = {side: face(seed, side) for side in ("front", "back")}
        self._other = face(seed + 1, "front")
        self._noise = [
            np.repeat(self._rng.normal(0, scene.noise, (height, width, 1)), 3, axis=2).astype(np.int16)
            for _ in range(3)
        ]
        self._kept: tuple[bytes, NDArray[np.uint8]] | None = None
        long = width * scene.share
        self._rest = _Pose(
            width * self._rng.uniform(0.46, 0.54), height * self._rng.uniform(0.46, 0.54), long,
            scene.turned + self._rng.normal(0, 4), self._rng.normal(0, 6), self._rng.normal(0, 6),
        )  # fmt: skip
        self._side = scene.first

    def play(self, cues: Sequence[Cue]) -> Iterator[Shot]:
        at, before, count = 0.0, None, 0
        step = 1 / self._scene.fps
        for cue in cues:
            frames = max(1, round(cue.seconds * self._scene.fps))
            started = self._side
            for number in range(frames):
                done = (number + 0.5) / frames
                pose, side = self._pose(cue.kind, done, at, started)
                quad = self._quad(pose) if pose is not None else None
                speed = 0.0
                if quad is not None and before is not None:
                    apart = np.linalg.norm(quad - before, axis=1).max()
                    speed = float(apart) / (np.linalg.norm(quad[1] - quad[0]) / 85.6) / step
                pixels = self._drawn(cue.kind, quad, before, side, done, count)
                yield Shot(at, pixels, cue.kind, side if pose is not None else None, quad, speed)
                before, at, count = quad, at + step, count + 1
                self._side = side if cue.kind == "turn" else self._side

    def _pose(self, kind: Kind, done: float, at: float, started: str) -> tuple[_Pose | None, str]:
        rest, (width, height) = self._rest, self._scene.size
        ease = done * done * (3 - 2 * done)
        if kind == "away":
            return None, started
        if kind in ("enter", "leave"):
            far = (1 - ease) if kind == "enter" else ease
            return _Pose(
                rest.x, rest.y + far * (height * 0.5 + rest.width * 0.45), rest.width, rest.roll + 20 * far
            ), started
        if kind == "shake":
            return _Pose(
                rest.x + 0.05 * rest.width * np.sin(at * 23), rest.y + 0.04 * rest.width * np.sin(at * 31 + 1),
                rest.width, rest.roll + 4 * np.sin(at * 17), rest.tilt, rest.pan,
            ), started  # fmt: skip
        if kind == "drift":
            return _Pose(
                rest.x + (done - 0.5) * 0.5 * rest.width, rest.y, rest.width, rest.roll, rest.tilt, rest.pan
            ), started
        if kind == "turn":  # out of the picture on one side as one face, in from it as the other
            other = "back" if started == "front" else "front"
            away = np.sin(np.pi * done)
            shown = started if done < 0.5 else other
            return _Pose(
                rest.x + away * (width * 0.55 + rest.width * 0.4), rest.y, rest.width, rest.roll + 30 * away,
            ), shown  # fmt: skip
        if kind == "cut":
            return _Pose(rest.x, height - rest.width * 0.1, rest.width, rest.roll, rest.tilt, rest.pan), started
        if kind == "two":
            return _Pose(width * 0.27, rest.y, width * 0.36, rest.roll, rest.tilt, rest.pan), started
        if kind == "far":
            return _Pose(rest.x, rest.y, width * 0.2, rest.roll, rest.tilt, rest.pan), started
        return rest, started

    def _quad(self, pose: _Pose) -> NDArray[np.float64]:
        flat = np.c_[degrade.rect_quad(0, 0, pose.width, pose.roll), np.zeros(4)]
        ax, ay = np.deg2rad([pose.tilt, pose.pan])
        lean = np.array([[1, 0, 0], [0, np.cos(ax), -np.sin(ax)], [0, np.sin(ax), np.cos(ax)]])
        turn = np.array([[np.cos(ay), 0, np.sin(ay)], [0, 1, 0], [-np.sin(ay), 0, np.cos(ay)]])
        points = flat @ (lean @ turn).T
        focus = 1.1 * self._scene.size[0]
        seen = points[:, :2] * (focus / (focus + points[:, 2:3]))
        return np.asarray(seen + np.array([pose.x, pose.y]), dtype=np.float64)

    def _drawn(
        self, kind: Kind, quad: NDArray[np.float64] | None, before: NDArray[np.float64] | None, side: str, done: float,
        count: int,
    ) -> NDArray[np.uint8]:  # fmt: skip
        scene = self._scene
        shown = self._still(kind, quad, before, side)
        light = scene.light * (0.16 if kind == "dark" else 1.0)
        if light != 1:
            shown = cv2.convertScaleAbs(shown, alpha=light)
        if kind == "glare" and quad is not None:
            share = 0.25 + 0.5 * done
            middle = quad[0] + (quad[1] - quad[0]) * share + (quad[3] - quad[0]) * 0.5
            lit = self._glared(shown.astype(np.float32), middle, float(np.linalg.norm(quad[1] - quad[0])))
            shown = np.clip(lit, 0, 255).astype(np.uint8)
        grain = np.roll(self._noise[count % 3], (count * 37) % scene.size[1], axis=0)
        return np.asarray(cv2.add(shown, grain, dtype=cv2.CV_8U), dtype=np.uint8)

    def _still(
        self, kind: Kind, quad: NDArray[np.float64] | None, before: NDArray[np.float64] | None, side: str
    ) -> NDArray[np.uint8]:
        """The scene without its light and noise; drawn once for as long as nothing moves."""
        if quad is None:
            return self._ground
        key = quad.tobytes() + (before.tobytes() if before is not None else b"") + f"{kind == 'soft'}{side}".encode()
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        shown = self._pasted(self._ground, self._faces[side], quad, before)
        if kind == "two":
            shown = self._pasted(shown, self._other, quad + np.array([0.46 * self._scene.size[0], 0]), None)
        if kind == "soft":
            shown = cv2.GaussianBlur(shown, (0, 0), np.linalg.norm(quad[1] - quad[0]) / 85.6 * 0.5)
        self._kept = (key, shown)
        return shown

    def _pasted(
        self, ground: NDArray[np.uint8], card: NDArray[np.uint8], quad: NDArray[np.float64],
        before: NDArray[np.float64] | None,
    ) -> NDArray[np.uint8]:  # fmt: skip
        """The card on the desk; while it moves it is laid down at every place it had while the shutter was open."""
        width, height = self._scene.size
        moved = np.zeros_like(quad) if before is None else (quad - before) * SHUTTER_S * self._scene.fps
        longest = float(np.linalg.norm(moved, axis=1).max())
        # A card that is moved between two cues did not cross the picture in between.
        places = 1 if longest > 0.12 * width else min(12, 1 + int(longest / 1.5))
        small = card
        shrink = float(np.linalg.norm(quad[1] - quad[0])) / card.shape[1]
        if shrink < 0.75:
            size = max(shrink, 0.2)
            small = np.asarray(cv2.resize(card, None, fx=size, fy=size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        ends = np.concatenate([quad, quad - moved])
        left, top = np.maximum(np.floor(ends.min(0)).astype(int) - 20, 0)
        right, bottom = np.minimum(np.ceil(ends.max(0)).astype(int) + 20, (width, height))
        if right <= left or bottom <= top:
            return ground
        corner = (small.shape[1], small.shape[0])
        source = np.array([(0, 0), (corner[0], 0), corner, (0, corner[1])], np.float32)
        laid: NDArray[np.float32] = np.zeros((bottom - top, right - left, 4), np.float32)
        for number in range(places):
            there = quad - moved * (number / places) - (left, top)
            turn = cv2.getPerspectiveTransform(source, there.astype(np.float32))
            laid += cv2.warpPerspective(small, turn, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
        laid /= places
        cover = laid[..., 3:] / 255
        shadow = cv2.GaussianBlur(np.roll(cover[..., 0], (4, 4), (0, 1)), (0, 0), 5)[..., None]
        lit = laid[..., :3] * self._lamp[top:bottom, left:right]
        shown = ground.copy()
        patch = shown[top:bottom, left:right]
        patch[:] = np.clip(patch * (1 - 0.3 * shadow) * (1 - cover) + lit * cover, 0, 255)
        return shown

    def _glared(self, lit: NDArray[np.float32], middle: NDArray[np.float64], long: float) -> NDArray[np.float32]:
        rows, columns = np.mgrid[0 : lit.shape[0], 0 : lit.shape[1]].astype(np.float32)
        away = ((columns - middle[0]) / 1.5) ** 2 + (rows - middle[1]) ** 2
        return np.asarray(lit + (300 * np.exp(-((away / (0.14 * long) ** 2) ** 1.3)))[..., None], dtype=np.float32)


def whole_turn(quiet: float = 1.6) -> list[Cue]:
    """The usual film: a card comes, trembles, lies still, is turned over, lies still and goes."""
    return [
        Cue(0.4, "away"), Cue(0.5, "enter"), Cue(0.6, "shake"), Cue(quiet, "hold"), Cue(1.0, "turn"),
        Cue(quiet, "hold"), Cue(0.5, "leave"),
    ]  # fmt: skip
