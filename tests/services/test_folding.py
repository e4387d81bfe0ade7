"""The form in which names are compared: whatever part of a name is typed, in whatever form, is a part of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop.services.errors import DomainError
from desktop.services.folding import Searched, fold, folded_of, pieces, tokens, wanted_pieces, wanted_tokens
from desktop.services.names import normalise_name

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("沈知微", "沈知微"),
        (" 沈　知\u200b微\r\n", "沈知微"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽•买买提", "阿依古丽买买提"),
        ("阿依古丽．买买提", "阿依古丽买买提"),
        ("川A·ＳＺＷ０６", "川aszw06"),
        ("José  O'Neil", "joseoneil"),
        ("望江（杭州）物业", "望江杭州物业"),
        ("𬭎", "𬭎"),
        ("\U0003134b", "\U0003134b"),
        ("\ufa1a", "祥"),
        ("%_*\\", ""),
        ("\U000e0100", ""),
    ],
)
def test_one_form_for_all_that_mean_the_same(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(NAMES, st.integers(0, 29), st.integers(1, 30))
@example("阿依古丽·买买提", 3, 3)
@example("\u1112\u1161\u0301\u11ab", 0, 2)
@example("İstanbul ǅ", 0, 1)
def test_a_part_of_a_name_is_a_part_of_its_folded_form(name: str, start: int, length: int) -> None:
    try:
        stored = normalise_name(name)
    except DomainError:
        return
    typed = fold(stored[start : start + length])
    assert typed in fold(stored)
    assert typed in fold(unicodedata.normalize("NFD", stored))


@given(NAMES, st.integers(0, 29), st.integers(1, 30))
def test_a_part_has_no_piece_that_the_whole_lacks(name: str, start: int, length: int) -> None:
    plain = fold(name)
    part = plain[start : start + length]
    if not part:
        return
    for kind in Searched:
        # Of an order the words are cut up; its number stands before them and is found by its end.
        whole = folded_of(kind, f"WJYA26-W00001 {name}") if kind is Searched.ORDER else plain
        assert set(wanted_pieces(kind, part)) <= set(pieces(kind, whole))
        kept = tokens(kind, whole).split()
        for word in wanted_tokens(kind, part).split(" AND "):
            assert any(token.startswith(word[:-2]) if word.endswith(" *") else token == word for token in kept)
    assert not set(pieces(Searched.PARTY, plain)) & set(pieces(Searched.VEHICLE, plain))


def test_tokens_are_plain_letters_and_digits_for_every_character() -> None:
    for character in ("a", "沈", "𬭎", "\U0010fffe"):
        word = tokens(Searched.PARTY, character)
        assert word.isascii()
        assert word.isalnum()
        assert len(word) == 5
