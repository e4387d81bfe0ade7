"""The figures of repairs as values: shares, means, what is counted for a month, a kind of work, a person or a team.

Pure: counts go in, words and exact numbers come out; where the numbers come from is told in `repair_trends`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from desktop.models.values import RepairCategory

REPEAT_DAYS = 90
BUSY_LIFT = 5
"""More orders than this about one lift in a month are too many."""
BIG_SHARE = 30
"""Percent of all complaints above which one category stands out."""
SMALL = 5
"""A share or mean of fewer orders says little, and is marked."""
GOOD_FROM, BAD_TO = 4, 2
"""Stars from which a rating is good, and up to which it is bad."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; of 0 there is no share."""

    part: int
    of: int

    @property
    def percent(self) -> Decimal | None:
        """With one decimal, half up; None of nothing."""
        return _tenths(Decimal(self.part) * 100, self.of)

    @property
    def small(self) -> bool:
        return 0 < self.of < SMALL


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of some stars, or of minutes (`Minutes`)."""

    total: int
    of: int

    @property
    def value(self) -> Decimal | None:
        """With one decimal, half up; None of nothing."""
        return _tenths(Decimal(self.total), self.of)

    @property
    def small(self) -> bool:
        return 0 < self.of < SMALL


@dataclass(frozen=True, slots=True)
class Minutes(Mean):
    """The mean of some working minutes."""


def _tenths(whole: Decimal, of: int) -> Decimal | None:
    return (whole / of).quantize(Decimal("0.1"), ROUND_HALF_UP) if of else None


@dataclass(slots=True)
class Sums:
    """What is counted of some orders."""

    orders: int = 0
    complaints: int = 0
    cancelled: int = 0
    open: int = 0
    answers: int = 0
    answer_minutes: int = 0
    answers_kept: int = 0
    answers_late: int = 0
    """Not answered to this day, and late."""
    finishes: int = 0
    finish_minutes: int = 0
    promises: int = 0
    promises_kept: int = 0
    once_done: int = 0
    reopened: int = 0
    stars: list[int] = field(default_factory=lambda: [0] * 5)
    """How many gave one star, two …"""

    # counting

    def reported(self, *, complaint: bool, cancelled: bool, still_open: bool) -> None:
        """An order was reported."""
        self.orders += 1
        self.complaints += complaint
        self.cancelled += cancelled
        self.open += still_open

    def answered(self, minutes: int, kept: bool) -> None:
        """Somebody said that they would do it."""
        self.answers += 1
        self.answer_minutes += minutes
        self.answers_kept += kept

    def unanswered(self, *, late: bool) -> None:
        """Nobody has said so yet."""
        self.answers_late += late

    def finished(self, minutes: int, kept: bool | None) -> None:
        """It is done; `kept` None: nobody had promised when."""
        self.finishes += 1
        self.finish_minutes += minutes
        self.promises += kept is not None
        self.promises_kept += kept is True

    def unfinished(self, *, late: bool) -> None:
        """It is not done yet; counts once it is late."""
        self.promises += late

    def done_once(self, *, again: bool) -> None:
        """It was done at least once, and perhaps opened again."""
        self.once_done += 1
        self.reopened += again

    def rated(self, stars: int) -> None:
        """Somebody said how it was."""
        self.stars[stars - 1] += 1

    # figures

    @property
    def answer(self) -> Share:
        """Answered in time."""
        return Share(self.answers_kept, self.answers + self.answers_late)

    @property
    def promise(self) -> Share:
        """Done in time."""
        return Share(self.promises_kept, self.promises)

    @property
    def answer_time(self) -> Minutes:
        """Working minutes to the first answer."""
        return Minutes(self.answer_minutes, self.answers)

    @property
    def finish_time(self) -> Minutes:
        """Working minutes until it was done."""
        return Minutes(self.finish_minutes, self.finishes)

    @property
    def again(self) -> Share:
        """Opened again, of what was done at least once."""
        return Share(self.reopened, self.once_done)

    @property
    def rating(self) -> Mean:
        """Mean stars."""
        return Mean(sum(at * count for at, count in enumerate(self.stars, 1)), sum(self.stars))

    @property
    def good(self) -> Share:
        """Four stars and five."""
        return Share(sum(self.stars[GOOD_FROM - 1 :]), sum(self.stars))

    @property
    def bad(self) -> int:
        """How many gave one star or two."""
        return sum(self.stars[:BAD_TO])


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Orders of one building, floor and category. `building_id`, `floor` None: of no building; of common parts."""

    building_id: UUID | None
    floor: int | None
    category: RepairCategory
    count: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A fault that came again: `numbers` of its orders, in order; `last`: the day of the latest."""

    place: str
    room_id: UUID | None
    category: RepairCategory
    numbers: tuple[str, ...]
    last: date


@dataclass(frozen=True, slots=True)
class BusyLift:
    """A lift with too many orders in a month (its first day)."""

    place: str
    month: date
    count: int


@dataclass(frozen=True, slots=True)
class ComplaintKind:
    """Complaints of one category, of all there were."""

    category: RepairCategory
    count: int
    of: int

    @property
    def share(self) -> Share:
        return Share(self.count, self.of)

    @property
    def big(self) -> bool:
        """More than BIG_SHARE percent, exactly."""
        return self.count * 100 > BIG_SHARE * self.of


@dataclass(frozen=True, slots=True)
class Hands:
    """A person or firm with what is counted for them."""

    name: str
    team: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Trends:
    """Every figure of a span of days; `building` empty: the whole office."""

    office: str
    since: date
    until: date
    made_on: date
    building_id: UUID | None
    building: str
    buildings: tuple[tuple[UUID, str], ...]
    heat: tuple[HeatCell, ...]
    repeats: tuple[Repeat, ...]
    lifts: tuple[BusyLift, ...]
    complaints: tuple[ComplaintKind, ...]
    whole: Sums
    months: tuple[tuple[date, Sums], ...]
    categories: tuple[tuple[RepairCategory, Sums], ...]
    people: tuple[Hands, ...]
    teams: tuple[tuple[str, Sums], ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A table of counts: rows from the highest floor down, or a row a building; columns are categories."""

    categories: tuple[RepairCategory, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def most(self) -> int:
        return max((count for _, counts in self.rows for count in counts), default=0)

    def sum_of(self, at: int) -> int:
        """Of one column."""
        return sum(counts[at] for _, counts in self.rows)


COMMON_WORDS, NO_HOUSE_WORDS = "公共部位", "不属楼栋"


def heat_by_building(cells: Iterable[HeatCell], buildings: Sequence[tuple[UUID, str]]) -> HeatMap:
    """A row a building in which something was reported, in their order."""
    names: list[tuple[UUID | None, str]] = [*buildings, (None, NO_HOUSE_WORDS)]
    return _map(cells, lambda cell: cell.building_id, names)


def heat_by_floor(cells: Iterable[HeatCell], building_id: UUID) -> HeatMap:
    """A row a floor of one building, the highest first, its common parts last."""
    mine = [cell for cell in cells if cell.building_id == building_id]
    floors = sorted({cell.floor for cell in mine if cell.floor is not None}, reverse=True)
    names: list[tuple[int | None, str]] = [*((floor, f"{floor} 层") for floor in floors), (None, COMMON_WORDS)]
    return _map(mine, lambda cell: cell.floor, names)


def _map(
    cells: Iterable[HeatCell], key: Callable[[HeatCell], object], names: Sequence[tuple[object, str]]
) -> HeatMap:  # fmt: skip
    counts: dict[tuple[object, RepairCategory], int] = {}
    for cell in cells:
        at = key(cell), cell.category
        counts[at] = counts.get(at, 0) + cell.count
    categories = tuple(each for each in RepairCategory if any(category is each for _, category in counts))
    rows = [(name, tuple(counts.get((row, each), 0) for each in categories)) for row, name in names]
    return HeatMap(categories, tuple(row for row in rows if any(row[1])))
