"""Where a repair is when it is in nobody's flat: the common parts 公共部位 of a building, as people call them.

Pure: words in, places out. The clerk types 1 栋电梯 where she would type a room, or somebody says it while telling what
is broken; either way the order belongs to the building and is found again by the next who reports it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from desktop.services.folding import fold

COMMON_PARTS: Mapping[str, tuple[str, ...]] = {
    "电梯": ("电梯", "货梯", "客梯", "轿厢", "梯内"),
    "楼道": ("楼道", "走廊", "过道"),
    "楼梯间": ("楼梯间", "楼梯", "步梯"),
    "大堂": ("大堂", "大厅", "门厅"),
    "单元门": ("单元门", "楼下大门"),
    "地下车库": ("车库", "地库", "地下室"),
    "外墙": ("外墙",),
    "屋面": ("屋面", "楼顶", "天台"),
    "设备房": ("设备房", "配电房", "水泵房", "泵房", "机房"),
    "室外园区": ("园区", "花园", "花坛", "绿化", "草坪", "小区门口"),
}
"""Each part as the form names it, and the words it goes by."""
_SAID = ("电梯", "楼道", "楼梯间", "大堂", "单元门", "地下车库")
"""Parts that are meant whoever says the word. Of 外墙, 屋面 or 花园 a tenant speaks whose own wall is wet."""
_HOUSE = re.compile(r"(\d+)(栋|幢|座|号楼)?(.*)")
_MOST_HOUSES, _SHORTEST = 8, 2


@dataclass(frozen=True, slots=True)
class CommonPlace:
    """A part of a building that was meant. `facility`: 电梯, or more closely 2号电梯."""

    building_id: UUID
    house: str
    facility: str

    @property
    def words(self) -> str:
        return f"{self.house} · {self.facility}"


def common_part(text: str) -> str:
    """The part that somebody speaks of while telling what is broken; empty: none, so it is in the flat."""
    return next((part for part in _SAID if any(word in text for word in COMMON_PARTS[part])), "")


def facility_of(part: str, place: str) -> tuple[str, str]:
    """(facility, place) as the order keeps them: 电梯 and 2 号 are 2 号电梯, so that two lifts are two things."""
    place = place.strip()
    if not part or not place:
        return part, place
    if any(word in place for word in COMMON_PARTS.get(part, (part,))):
        return place, ""
    return (f"{place}{part}", "") if re.fullmatch(r"[\w ]{1,5}[号#]|[东南西北左右]\S?", place) else (part, place)


def alike(one: str, other: str) -> bool:
    """Whether two names may mean the same part: 电梯 may be 2 号电梯, 1 号电梯 is not, nor is 12 号电梯."""
    first, second = fold(one), fold(other)
    numbers = [re.findall(r"\d+", each) for each in (first, second)]
    if all(numbers) and numbers[0] != numbers[1]:
        return False
    return first in second or second in first


def common_places(text: str, houses: Sequence[tuple[UUID, str]]) -> list[CommonPlace]:
    """What may be meant by 1栋电梯, 3 幢大堂, 1 栋, or 电梯 alone (of each building); empty for anything else.

    `houses`: (building, its name) in their order.
    """
    wanted = fold(text)
    named = [(house, name, rest) for house, name in houses if (rest := _behind(wanted, name)) is not None]
    if named:
        return [CommonPlace(house, name, part) for house, name, rest in named for part in _parts(rest)]
    other = _HOUSE.fullmatch(wanted)
    if len(wanted) < _SHORTEST or (other is not None and other[2]):  # a building that is not here
        return []
    parts = _parts(wanted)
    return [CommonPlace(house, name, part) for part in parts for house, name in houses[:_MOST_HOUSES]]


def _behind(wanted: str, name: str) -> str | None:
    """What follows the building's name; None where another building is meant, or none."""
    house = fold(name)
    if wanted.startswith(house):
        return wanted[len(house) :]
    said, ours = _HOUSE.fullmatch(wanted), _HOUSE.fullmatch(house)
    if said is None or ours is None or ours[3] or said[1] != ours[1]:
        return None
    rest = said[3]
    return rest if rest and (said[2] or not rest[0].isdigit()) and _parts(rest) else None


def _parts(rest: str) -> list[str]:
    if not rest:
        return list(COMMON_PARTS)
    if any(word in rest for words in COMMON_PARTS.values() for word in words):
        return [next((part for part in COMMON_PARTS if fold(part) == rest), rest)]
    return [part for part in COMMON_PARTS if part.startswith(rest)]
