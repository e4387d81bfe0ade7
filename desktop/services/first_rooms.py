"""The first rooms of an office: generated floor by floor from a numbering pattern, or read from a pasted list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from string import ascii_uppercase

from desktop.models.values import Money, RoomKind
from desktop.services.errors import DomainError
from desktop.services.places import BuildingDraft, RoomDraft

MOST_ROOMS = 20_000
"""In one go. More is a typing slip."""

_PLACEHOLDER = re.compile(r"\{(floor|room|letter)(?::0([1-4]))?\}")
_BUILDING = re.compile(r".*(?:栋|幢|座|楼|单元|院|区|阁|苑|轩|厦|公寓)")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])")
_AREA_UNIT = re.compile(r"(?:m2|m²|㎡|平方米|平米|平)$", re.IGNORECASE)
_RENT_UNIT = re.compile(r"(?:元/月|元|/月)$")
_HEADINGS = {
    "building": ("楼栋", "楼宇", "栋", "幢", "楼号", "座", "building"),
    "number": ("房号", "房间号", "房间", "室号", "门牌", "room"),
    "floor": ("楼层", "层", "floor"),
    "area": ("建筑面积", "面积", "area"),
    "layout": ("户型", "房型", "类型", "layout"),
    "rent": ("月租金", "租金", "月租", "挂牌价", "价格", "rent"),
}
_KINDS = {"车位": RoomKind.PARKING, "商铺": RoomKind.SHOP, "门面": RoomKind.SHOP, "储藏": RoomKind.STORE,
          "仓库": RoomKind.STORE, "床位": RoomKind.BED}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoomRun:
    """Floors × rooms of one building. Skipped floors and rooms are left out, not renumbered."""

    floor_from: int
    floor_to: int
    """Negative floors are basements and read B1, B2; there is no floor 0."""
    room_from: int = 1
    room_to: int = 4
    pattern: str = "{floor}{room:02}"
    """{floor}, {room}, {letter} (A for the first room), with :02 filled up by zeros; the rest stands as it is."""
    skip_floors: frozenset[int] = frozenset()
    skip_rooms: frozenset[int] = frozenset()
    skip_letters: str = ""
    """I and O are often left out; the next room takes the next letter."""
    without_digit: str = ""
    """Numbers in which this digit occurs are left out, as many houses do with 4."""
    area: Decimal | None = None
    layout: str | None = None
    asking_rent: Money | None = None
    kind: RoomKind = RoomKind.FLAT


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one pasted line; `line` is 1-based."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.text}"


@dataclass(frozen=True, slots=True)
class PastedRooms:
    """Buildings in the order of the list with the rooms of all good lines, and what is wrong with the others."""

    buildings: tuple[BuildingDraft, ...]
    problems: tuple[LineProblem, ...]

    @property
    def count(self) -> int:
        return sum(len(building.rooms) for building in self.buildings)


def generate_rooms(run: RoomRun) -> list[RoomDraft]:
    """The rooms of a run, from the lowest floor up. Raises DomainError naming the field that cannot be."""
    _check(run)
    rooms = [
        RoomDraft(number, floor, run.area, run.layout, run.asking_rent, run.kind)
        for floor in range(run.floor_from, run.floor_to + 1)
        if floor and floor not in run.skip_floors
        for number in _numbers(run, floor)
    ]
    if not rooms:
        raise DomainError("这样一间房也没有，请看楼层、房间和跳过的号", "room_to")
    seen: set[str] = set()
    for room in rooms:
        if room.number in seen:
            raise DomainError(f"房号 {room.number} 会重复：把编号写成 {{floor}}{{room:02}} 这样的形式", "pattern")
        seen.add(room.number)
    return rooms


def parse_floors(text: str) -> frozenset[int]:
    """Floors as people list them: "4, 13-14" or 「4、13 至 14」. Raises DomainError (field skip_floors)."""
    floors: set[int] = set()
    told_as = re.sub(r"\s*[至~]\s*", "~", unicodedata.normalize("NFKC", text)).strip()
    for part in re.split(r"[,、;\s]+", told_as):
        told = re.fullmatch(r"(-?\d{1,3})(?:[~-](-?\d{1,3}))?(?:层|楼|F)?", part, re.IGNORECASE)
        if part and not told:
            raise DomainError(f"「{part}」不是楼层，写成 4,13 或 13-14", "skip_floors")
        if told:
            floors.update(range(int(told[1]), int(told[2] or told[1]) + 1))
    return frozenset(floors)


def parse_rooms(text: str, building: str = "") -> PastedRooms:
    """Read lines such as "1栋 0903 46.20 一室一厅 1860", pasted from anywhere; a heading line may order the columns.

    Columns are parted by tab, comma, blank or their full-width twins. With `building` a line may leave it out.
    """
    rooms: dict[str, dict[str, RoomDraft]] = {}
    first_lines: dict[tuple[str, str], int] = {}
    problems: list[LineProblem] = []
    columns: list[str] | None = None
    for line, content in enumerate(text.splitlines(), 1):
        fields = _fields(content)
        if not any(fields):
            continue
        if columns is None and not rooms and (heading := _heading(fields)):
            columns = heading
            continue
        try:
            where, room = _room(_named(fields, columns) if columns else _guessed(fields, bool(building)), building)
        except DomainError as problem:
            problems.append(LineProblem(line, problem.message))
            continue
        if (first := first_lines.setdefault((where, room.number), line)) != line:
            problems.append(LineProblem(line, f"{where} {room.number} 和第 {first} 行重复"))
            continue
        rooms.setdefault(where, {})[room.number] = room
    buildings = tuple(BuildingDraft(name, tuple(found.values())) for name, found in rooms.items())
    return PastedRooms(buildings, tuple(problems))


def _check(run: RoomRun) -> None:
    if run.floor_to < run.floor_from:
        raise DomainError("最高层低于最低层，对调一下", "floor_to")
    if run.floor_from < -9 or run.floor_to > 200:
        raise DomainError("楼层写 -9 到 200 之间的数", "floor_to")
    if not 0 <= run.room_from <= run.room_to:
        raise DomainError("每层的末号小于首号，对调一下", "room_to")
    if (run.room_to - run.room_from + 1) * (run.floor_to - run.floor_from + 1) > MOST_ROOMS:
        raise DomainError(f"一次最多生成 {MOST_ROOMS} 间，请核对层数和每层间数", "room_to")
    names = {found[1] for found in _PLACEHOLDER.finditer(run.pattern)}
    if re.search(r"[{}]", _PLACEHOLDER.sub("", run.pattern)):
        raise DomainError("编号里只能用 {floor} {room} {letter}，补零写 {room:02}", "pattern")
    if not names & {"room", "letter"}:
        raise DomainError("编号里要有 {room} 或 {letter}，否则同层的房间分不开", "pattern")
    if run.area is not None and run.area <= 0:
        raise DomainError("面积要大于 0", "area")


def _numbers(run: RoomRun, floor: int) -> Iterator[str]:
    letters = [letter for letter in ascii_uppercase if letter not in run.skip_letters.upper()]
    for room in range(run.room_from, run.room_to + 1):
        if room in run.skip_rooms:
            continue
        place = room - run.room_from
        if "{letter}" in run.pattern and place >= len(letters):
            raise DomainError(f"字母不够用：减少每层间数，或编号里改用 {{room}}；最多每层 {len(letters)} 间", "room_to")
        words = {"room": str(room), "letter": letters[place] if place < len(letters) else ""}
        words["floor"] = str(floor) if floor > 0 else f"B{-floor}"
        number = "".join(_filled(run.pattern, words))
        if not (run.without_digit and run.without_digit in number):
            yield number


def _filled(pattern: str, words: dict[str, str]) -> Iterator[str]:
    """The pattern with its placeholders replaced; never str.format, which reaches into objects."""
    rest = 0
    for found in _PLACEHOLDER.finditer(pattern):
        yield pattern[rest : found.start()]
        yield words[found[1]].zfill(int(found[2] or 0))
        rest = found.end()
    yield pattern[rest:]


def _fields(content: str) -> list[str]:
    """The cells of a line. Empty ones count only between tabs and commas, where columns are certain."""
    line = unicodedata.normalize("NFKC", content.replace("㎡", "m2")).replace("、", ",").replace(";", ",")
    line = re.sub(r"[\u200b-\u200f\ufeff]", "", line).replace("|", ",")
    if "\t" in line:
        return [field.strip(" ,") for field in line.strip(" \r\n").split("\t")]
    # What is left of commas when 1,860.00 is taken out parts columns.
    if "," in _THOUSANDS.sub("", line):
        return [field.strip() for field in line.split(",")]
    joined = re.sub(r"(?<![^\s])([0-9]+|[A-Za-z])\s+(?=(?:栋|幢|座|号楼|单元))", r"\1", line)
    return joined.split()


def _heading(fields: list[str]) -> list[str] | None:
    """Which column is which, when at least two fields are words of a heading."""
    found = [_column(field) for field in fields]
    known = [name for name in found if name]
    return found if len(known) >= 2 and len(set(known)) == len(known) and "number" in known else None


def _column(field: str) -> str:
    word = re.sub(r"\(.*?\)|[/\s].*|m2|m²|元", "", field.lower())
    return next((name for name, words in _HEADINGS.items() if word in words), "")


def _named(fields: list[str], columns: list[str]) -> dict[str, str]:
    if any(fields[len(columns) :]):
        raise DomainError(f"多出「{next(filter(None, fields[len(columns) :]))}」，比表头多一列：删掉它，或补上表头")
    return {name: field for name, field in zip(columns, fields, strict=False) if name and field}


def _guessed(fields: list[str], building_known: bool) -> dict[str, str]:
    """Without a heading: building, number, then what the cells themselves say."""
    cells = [field for field in fields if field]
    row: dict[str, str] = {}
    if not building_known or _BUILDING.fullmatch(cells[0]):
        row["building"] = cells.pop(0)
    if not cells:
        raise DomainError("要有楼栋和房号，例如 1栋 0903 46.20 一室一厅 1860")
    row["number"] = cells.pop(0)
    for cell in cells:
        if _number(cell) is None:
            name = "layout"
        elif _AREA_UNIT.search(cell):
            name = "area"
        elif _RENT_UNIT.search(cell) or cell.startswith(("¥", "￥")):
            name = "rent"
        else:
            # A bare number: area first; behind the layout or behind an area it is the rent.
            name = "rent" if "layout" in row or "area" in row else "area"
        if name in row:
            raise DomainError(f"多出「{cell}」，去掉它：每行是 楼栋 房号 面积 户型 月租金")
        row[name] = cell
    return row


def _room(row: dict[str, str], building: str) -> tuple[str, RoomDraft]:
    where = _spaced(row.get("building", building))
    number = row.get("number", "")
    if not where:
        raise DomainError("没有楼栋：第一格写楼栋，例如 1 栋")
    if not number:
        raise DomainError("没有房号：第二格写房号，例如 0903")
    if len(number) > 20 or not re.search(r"[0-9A-Za-z]", number):
        raise DomainError(f"房号「{number}」不像房号：用数字和字母，例如 0903")
    area = _positive(row, "area", "面积", 2)
    rent = _positive(row, "rent", "月租金", 2)
    layout = row.get("layout")
    floor = _floor_of(number)
    if "floor" in row:
        told = re.fullmatch(r"(-?\d{1,3})\s*(?:层|楼|F)?", row["floor"], re.IGNORECASE)
        if not told:
            raise DomainError(f"楼层「{row['floor']}」不是数字：只写数字")
        floor = int(told[1])
    kind = next((kind for word, kind in _KINDS.items() if layout and word in layout), RoomKind.FLAT)
    room = RoomDraft(number, floor, area, layout, kind=kind)
    return where, replace(room, asking_rent=Money.yuan(rent)) if rent is not None else room


def _positive(row: dict[str, str], name: str, word: str, places: int) -> Decimal | None:
    if name not in row:
        return None
    number = _number(row[name])
    if number is None:
        raise DomainError(f"{word}「{row[name]}」不是数字：只写数字")
    if number <= 0:
        raise DomainError(f"{word}要大于 0，现在是 {row[name]}")
    if number != round(number, places):
        raise DomainError(f"{word}最多 {places} 位小数，现在是 {row[name]}")
    if number >= 10_000_000:
        raise DomainError(f"{word}「{row[name]}」太大，请核对")
    return number


def _number(cell: str) -> Decimal | None:
    bare = _RENT_UNIT.sub("", _AREA_UNIT.sub("", cell.strip().lstrip("¥￥"))).strip()
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        return Decimal(bare) if re.fullmatch(r"-?\d+(?:\.\d+)?", bare) else None
    except InvalidOperation:
        return None


def _floor_of(number: str) -> int:
    """The floor a number tells: 0903 is 9, 1203 is 12, 12-03 is 12, B1-023 is -1; 1 where it tells none."""
    groups = re.findall(r"\d+", number)
    if not groups:
        return 1
    if basement := re.match(r"[Bb](\d)-", number):
        return -int(basement[1])
    if len(groups) > 1 and len(groups[-1]) <= 2:
        return int(groups[-2][-3:]) or 1
    last = groups[-1]
    return int(last[:-2][-3:]) or 1 if len(last) > 2 else 1


def _spaced(name: str) -> str:
    """1栋 and 1 栋 are one building: a blank stands between Latin and Chinese."""
    tight = "".join(name.split())
    return re.sub(r"(?<=[0-9A-Za-z])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])", " ", tight)
