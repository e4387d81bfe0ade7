"""What a table shows, as data: columns, sources of rows, counts, ticks.

Columns are data, so rights and custom fields only change the list. A `Source` answers two questions off the GUI thread:
how many rows, and one page of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

EXACT_TO = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are; beyond 10,000 a source may estimate, and the screen says 「10,000+」."""

    rows: int
    exact: bool = True

    def __str__(self) -> str:
        return f"{self.rows:,}" if self.exact else f"{EXACT_TO:,}+"


@dataclass(frozen=True, slots=True)
class Ask:
    """One page wanted: `limit` rows from `offset` (0-based).

    `after` or `before` is the nearest known row, `skip` rows away from the page, so that a source can go by key; `left`
    rows follow the page (None while they are only estimated). Offset alone is always right.
    """

    offset: int
    limit: int
    after: Any = None
    before: Any = None
    skip: int = 0
    left: int | None = None
    sort: str | None = None
    descending: bool = False


class Source(Protocol):
    """Where rows come from. All are called in a reading job, except `key`.

    A source whose count is an estimate may have `count_all() -> Count | None`: asked after the first page is there.
    """

    def count(self) -> Count: ...
    def page(self, ask: Ask) -> Sequence[Any]: ...
    def key(self, row: Any) -> Hashable:
        """What stays the same about a row when it changes: its id."""


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A row that only heads a group: words, count and sum."""

    text: str
    detail: str = ""


class ListSource:
    """A short list already in hand, such as the bills of one tenant. Sorts by column text or by `sort_keys`."""

    def __init__(
        self,
        rows: Sequence[Any],
        key: Callable[[Any], Hashable] = id,
        sort_keys: dict[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self._rows, self._key, self._sorts = list(rows), key, sort_keys or {}

    def replace(self, rows: Sequence[Any]) -> None:
        """Other rows of the same list; `table.refresh()` then shows them and keeps the row in hand."""
        self._rows = list(rows)

    def count(self) -> Count:
        return Count(len(self._rows))

    def page(self, ask: Ask) -> Sequence[Any]:
        rows = self._rows
        if ask.sort is not None:
            by = self._sorts.get(ask.sort, lambda row: getattr(row, ask.sort or "", ""))
            rows = sorted(rows, key=by, reverse=ask.descending)
        return rows[ask.offset : ask.offset + ask.limit]

    def key(self, row: Any) -> Hashable:
        return row.text if isinstance(row, GroupHead) else self._key(row)


class Kind(StrEnum):
    """How a column is set: money right, dates and codes left, tags painted, names may be shortened."""

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    TAG = "tag"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class TagLook:
    text: str
    tone: str = ""
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `text(row)` is what stands in it; `sample` the longest usual text, which gives the width.

    `sort_key` names the order for the source (None: not sortable); `field` the field whose right shows the column;
    `detail(row)` a second line, called `detail_title` where it is copied; `tag(row)` a TagLook; `tone(row)` a colour
    token; `fold` may vanish when narrow. `key` is what a person's choice of columns remembers; `usual`: shown unless
    she chose otherwise.
    """

    title: str
    text: Callable[[Any], str]
    sort_key: str | None = None
    field: str | None = None
    kind: Kind = Kind.TEXT
    sample: str = ""
    stretch: int = 0
    detail: Callable[[Any], str] | None = None
    tag: Callable[[Any], TagLook | None] | None = None
    tone: Callable[[Any], str] | None = None
    strong: bool = False
    fold: bool = False
    key: str = ""
    usual: bool = True
    detail_title: str = ""

    def words(self, row: Any) -> str:
        """What stands in it, the word of a tag too."""
        if self.tag is not None:
            tag = self.tag(row)
            return tag.text if tag is not None else ""
        return self.text(row)

    @property
    def right(self) -> bool:
        return self.kind in {Kind.MONEY, Kind.NUMBER}


@dataclass(slots=True)
class Ticks:
    """What is ticked: `keys`, or everything but `keys`. So "all" is the filter and its exceptions, at any size."""

    everything: bool = False
    keys: set[Hashable] = field(default_factory=set)

    def has(self, key: Hashable) -> bool:
        return (key in self.keys) != self.everything

    def flip(self, key: Hashable) -> None:
        self.keys ^= {key}
