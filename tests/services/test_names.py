"""One written form for each name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.errors import DomainError
from desktop.services.names import ETHNIC_GROUPS, MAX_NAME, OTHER_GROUPS, normalise_ethnicity, normalise_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        (" 张  三 ", "张三"),
        ("张\u3000三", "张三"),
        ("张\u200b三\ufeff", "张三"),
        ("张\t三\r\n", "张三"),
        ("古丽•艾曼", "古丽·艾曼"),
        ("古丽.艾曼", "古丽·艾曼"),
        ("古丽．艾曼", "古丽·艾曼"),
        ("古丽・艾曼", "古丽·艾曼"),
        ("古丽 ‧ 艾曼", "古丽·艾曼"),
        ("古丽··艾曼·", "古丽·艾曼"),
        ("古丽· ·艾曼", "古丽·艾曼"),
        ("Ｊ. R.  Smith", "J. R. Smith"),
        ("Anna Maria", "Anna Maria"),
        ("么", "么"),
        ("\u845b\U000e0100城", "\u845b城"),
        ("𠮷𬭎", "𠮷𬭎"),
        ("\ud840三", "三"),
        ("\U00031350", "\U00031350"),
    ],
)
def test_names_in_one_form(text: str, name: str) -> None:
    assert normalise_name(text) == name


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "·", "张" * 31])
def test_no_name_and_too_long_a_name_are_refused(text: str) -> None:
    with pytest.raises(DomainError) as caught:
        normalise_name(text)
    assert caught.value.field == "name"


def test_thirty_characters_are_a_name_also_beyond_the_basic_plane() -> None:
    assert normalise_name("𠮷" * MAX_NAME) == "𠮷" * MAX_NAME


def outcome(text: str) -> str | None:
    try:
        return normalise_name(text)
    except DomainError:
        return None


@given(st.text(st.sampled_from("张三.·•・ \u200b\u0301e\ufe00\u3000J．\t"), max_size=12) | st.text(max_size=40))
def test_a_normal_name_is_normal_and_can_be_stored(text: str) -> None:
    name = outcome(text)
    if name is not None:
        assert outcome(name) == name
        assert 1 <= len(name) <= MAX_NAME
        assert name.encode()
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in name)


def test_the_56_groups_and_the_two_beside_them() -> None:
    assert len(ETHNIC_GROUPS) == len(set(ETHNIC_GROUPS)) == 56
    for group in (*ETHNIC_GROUPS, *OTHER_GROUPS):
        assert normalise_ethnicity(group) == group
    for group in ETHNIC_GROUPS:
        assert normalise_ethnicity(f" {group}族") == group
    assert normalise_ethnicity("穿青") == "穿青人"
    assert normalise_ethnicity("火星") is None
    assert normalise_ethnicity("") is None
