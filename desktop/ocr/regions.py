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


class RegionTable:
    """Looks places up; the 0.4 MB table is read once, at the first question."""

    def __init__(self, path: Path = TABLE) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._starts: dict[str, tuple[str, str]] = {}
        self._by_shape: dict[tuple[int, str], set[str]] = defaultdict(set)
        self._names: set[str] = set()
        self._codes: dict[str, str] = {}

    def known_code(self, code: str) -> bool:
        """Whether the six digits were ever a region's code."""
        self._load()
        return code in self._codes

    def names(self) -> set[str]:
        """The names of all provinces, cities and counties."""
        self._load()
        return self._names

    def place_of(self, address: str) -> Place | None:
        """The longest region name the address begins with; failing that one a single character away, if only one is."""
        self._load()
        for length in range(min(len(address), 26), 2, -1):
            held = self._starts.get(address[:length])
            if held is not None and (held[1] or not self._closer(address, length)):
                return Place(address[:length], False, length, *held)
        found = self._closer(address, 0)
        if found is not None:
            text, read_length = found
            return Place(text, True, read_length, *self._starts[text])
        for length in range(min(len(address), 26), 2, -1):
            held = self._starts.get(address[:length])
            if held is not None:
                return Place(address[:length], False, length, *held)
        return None

    def nearest_name(self, text: str, endings: Iterable[str] = ("",)) -> str | None:
        """The one name that differs from `text` in a single character; None when none or several do."""
        self._load()
        found = set()
        for ending in endings:
            whole = text + ending
            found |= {name for name in self._names if _one_off(whole, name)}
        return found.pop() if len(found) == 1 else None

    def _closer(self, address: str, beyond: int) -> tuple[str, int] | None:
        """A county-level beginning one character away from what was read, longer than `beyond`."""
        candidates: set[str] = set()
        for length in range(min(len(address) + 1, 26), max(5, beyond), -1):
            for ends in (address[:2], address[length - 2 : length], address[length - 3 : length - 1]):
                for start in self._by_shape.get((length, ends), ()):
                    if _one_off(address[:length], start):
                        candidates.add(start)
            if candidates:
                break
        counties = [start for start in candidates if self._starts[start][1]]
        return (counties[0], len(counties[0])) if len(counties) == 1 else None

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


def _one_off(read: str, name: str) -> bool:
    return len(read) == len(name) and sum(a != b for a, b in zip(read, name, strict=True)) == 1
