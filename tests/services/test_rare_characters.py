"""Rare characters are found by sound, radical and strokes, in any order; the fonts can show every one."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from desktop.services.rare_characters import MOST, find_characters

ROOT = Path(__file__).resolve().parents[2]


def found(asked: str) -> str:
    return "".join(one.character for one in find_characters(asked).characters)


@pytest.mark.parametrize(
    ("asked", "character"),
    [
        ("yu 13", "煜"), ("火 yu", "燏"), ("灬 xi", "熹"), ("王 13", "瑗"), ("yan 20", "龑"), ("nv", "女"),
        ("lü", "膂"), ("YU 火", "煜"),
        ("shēng 日", "晟"), ("zhe 口", "喆"), ("氵 14", "漪"), ("阝 ling", "陵"), ("讠 xu", "诩"),
        ("gang 13", "堽"), ("ji 口 6", "𠮷"), ("qi 19", "麒"),
    ],
)  # fmt: skip
def test_a_character_is_found_by_what_one_knows_of_it(asked: str, character: str) -> None:
    assert character in found(asked)


def test_everyday_characters_come_last() -> None:
    order = found("yu 火")
    assert order.index("煜") < order.index("㷒") < len(order)
    assert found("ming 8").endswith("命明鸣")


def test_what_is_usually_read_so_comes_before_what_only_may_be_and_shows_the_sound_asked_for() -> None:
    characters = find_characters("yu 13").characters
    order = [one.character for one in characters]
    assert order.index("煜") < order.index("毹")
    assert {one.sounds[0] for one in characters} == {"yu"}


def test_what_cannot_be_looked_for_says_what_to_write() -> None:
    assert find_characters("").characters == ()
    assert find_characters("  ").problem == ""
    assert "拼音" in find_characters("zzz").problem
    assert "部首" in find_characters("尧").problem
    assert "少写一个条件" in find_characters("yu 63").problem


def test_too_many_are_counted_not_listed() -> None:
    many = find_characters("12")
    assert len(many.characters) == MOST
    assert many.beyond > 1000


def test_our_fonts_show_every_character_that_can_be_found() -> None:
    shown: set[int] = set()
    for name in ("NotoSansSC-Regular.ttf", "RareNames.ttf"):
        with TTFont(ROOT / "resources/fonts" / name, lazy=True) as font:
            shown |= set(font.getBestCmap())
    listed = [
        character
        for line in (ROOT / "resources/strokes.tsv").read_text("utf-8").splitlines()
        if not line.startswith("table")
        for character in line.split("\t")[2]
    ]
    assert len(listed) == len(set(listed)) > 25_000
    assert {ord(character) for character in listed} <= shown
