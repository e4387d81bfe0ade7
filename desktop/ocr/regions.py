"""The region table 行政区划 (GB/T 2260, all years): which places exist, and one-character slips put right."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "resources" / "regions.tsv"


@dataclass(frozen=True, slots=True)
class Place:
    """How the beginning of an address was understood: the text as it should be, whether it differs from what was
    read, how many characters were read for it, and the names it ends in (city, county; empty where there is none)."""

    text: str
    changed: bool
    read_length: int
    city: str
    county: str
    others: tuple[str, ...] = ()
    """Several places are one character away: none is taken, these are worth offering."""


class RegionTable:
    """Looks places up; the 0.4 MB table is read once, at the first question."""

    def __init__(self, path: Path = TABLE) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._starts: dict[str, tuple[str, str]] = {}
        self._by_shape: dict[tuple[int, str], set[str]] = defaultdict(set)
        self._names: set[str] = set()
        self._codes: dict[str, str] = {}
        self._under: dict[str, set[str]] = defaultdict(set)

    def known_code(self, code: str) -> bool:
        """Whether the six digits were ever a region's code."""
        self._load()
        return code in self._codes

    def names(self) -> set[str]:
        """The names of all provinces, cities and counties."""
        self._load()
        return self._names

    def counties_of(self, city: str) -> set[str]:
        """The counties and districts a city, or a province, ever had; empty for an unknown name."""
        self._load()
        return self._under.get(city, set())

    def place_of(self, address: str, runner_up: str = "") -> Place | None:
        """The longest region name the address begins with; failing that one a single character away, if only one is.

        `runner_up` holds the engine's second choice for each character and decides between several.
        """
        self._load()
        for length in range(min(len(address), 26), 1, -1):
            held = self._starts.get(address[:length])
            if held is None:
                continue
            if held[1]:
                return Place(address[:length], False, length, *held)
            close = self._closer(address, length, runner_up)
            if len(close) == 1:
                return Place(close[0], True, len(close[0]), *self._starts[close[0]])
            return Place(address[:length], False, length, *held, tuple(close))
        close = self._closer(address, 0, runner_up)
        if len(close) == 1:
            return Place(close[0], True, len(close[0]), *self._starts[close[0]])
        return None

    def _closer(self, address: str, beyond: int, runner_up: str) -> list[str]:
        """County-level beginnings one character away from what was read, longer than `beyond`."""
        candidates: set[str] = set()
        for length in range(min(len(address) + 1, 26), max(5, beyond), -1):
            for ends in (address[:2], address[length - 2 : length], address[length - 3 : length - 1]):
                for start in self._by_shape.get((length, ends), ()):
                    if one_off(address[:length], start):
                        candidates.add(start)
            if candidates:
                break
        counties = sorted(start for start in candidates if self._starts[start][1])
        return by_runner_up(counties, address, runner_up) or counties

    def _load(self) -> None:
        with self._lock:
            if self._codes:
                return
            starts: dict[str, tuple[str, str]] = {}
            codes: dict[str, str] = {}
            for row in self._path.read_text(encoding="utf-8").splitlines():
                if row.startswith("#"):
                    continue
                code, province, city, county, _until = row.split("\t")
                codes[code] = county or city or province
                self._names.update(name for name in (province, city, county) if name)
                if county:
                    self._under[city].add(county)
                    self._under[province].add(county)
                    heads = {province + city, province, city, ""}
                    for head in heads:
                        starts.setdefault(head + county, (city, county))
                elif city:
                    starts.setdefault(province + city, (city, ""))
                    starts.setdefault(city, (city, ""))
                else:
                    starts.setdefault(province, ("", ""))
            for start in starts:
                self._by_shape[len(start), start[:2]].add(start)
                self._by_shape[len(start), start[-2:]].add(start)
            self._starts = starts
            self._codes = codes


def by_runner_up(names: Iterable[str], read: str, runner_up: str) -> list[str]:
    """Those names whose differing character is the engine's second choice at its place."""
    return [
        name
        for name in names
        if any(a != b and i < len(runner_up) and runner_up[i] == b for i, (a, b) in enumerate(zip(read, name)))  # noqa: B905
    ]


def one_off(read: str, name: str) -> bool:
    """Whether two texts differ in exactly one character."""
    return len(read) == len(name) and sum(a != b for a, b in zip(read, name, strict=True)) == 1
