"""Common parts of a building: how people name them, and which building they mean."""

from __future__ import annotations

from uuid import UUID

import pytest

from desktop.services.repair_places import COMMON_PARTS, alike, common_part, common_places, facility_of

ONE, TWO, TWELVE = UUID(int=1), UUID(int=2), UUID(int=12)
HOUSES = [(ONE, "1 栋"), (TWO, "2 栋"), (TWELVE, "12 栋")]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1栋电梯", [(ONE, "电梯")]),
        ("1 栋 · 电梯", [(ONE, "电梯")]),  # as the field writes it itself
        ("2幢大堂", [(TWO, "大堂")]),
        ("12号楼2号电梯", [(TWELVE, "2号电梯")]),
        ("2电", [(TWO, "电梯")]),
        ("电梯", [(ONE, "电梯"), (TWO, "电梯"), (TWELVE, "电梯")]),
        ("1 栋", [(ONE, part) for part in COMMON_PARTS]),
        ("1203", []),  # a room
        ("12", []),
        ("3栋电梯", []),
        ("顾听澜", []),
        ("", []),
    ],
)
def test_which_part_of_which_building_is_meant(typed: str, meant: list[tuple[UUID, str]]) -> None:
    assert [(place.building_id, place.facility) for place in common_places(typed, HOUSES)] == meant


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("电梯门夹人", "电梯"),
        ("楼道灯不亮", "楼道"),
        ("外墙渗水，次卧发霉", ""),
        ("水龙头滴水", ""),
        ("车库进水", "地下车库"),
    ],
)
def test_what_is_said_tells_the_part_unless_it_is_their_own_wall(said: str, part: str) -> None:
    assert common_part(said) == part


@pytest.mark.parametrize(
    ("part", "place", "kept"),
    [
        ("电梯", "2 号", ("2 号电梯", "")), ("电梯", "2 号电梯", ("2 号电梯", "")), ("电梯", "", ("电梯", "")),
        ("楼道", "三楼拐角", ("楼道", "三楼拐角")), ("", "主卧", ("", "主卧")),
    ],
)  # fmt: skip
def test_part_and_place_are_kept_so_that_two_lifts_are_two_things(part: str, place: str, kept: tuple[str, str]) -> None:
    assert facility_of(part, place) == kept


def test_a_lift_without_a_number_may_be_any() -> None:
    assert alike("电梯", "2 号电梯")
    assert alike("2号电梯", "2 号电梯")
    assert not alike("1 号电梯", "2 号电梯")
    assert not alike("1 号电梯", "11 号电梯")
    assert not alike("车库 2", "车库 21")
