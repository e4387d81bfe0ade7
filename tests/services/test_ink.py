"""Signatures as lines of a pen: what is kept is inside its field, small, and the same after it was stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.errors import DomainError
from desktop.services.ink import MOST_POINTS, SIDE, Ink, NotSigned, check, decode, encode, gathered

WAVE = [[(20.0 + 8 * n, 60.0 + 25 * (n % 2)) for n in range(20)]]


def test_a_name_is_kept_and_read_again() -> None:
    ink = gathered(640, 220, WAVE)
    assert decode(encode(ink)) == ink
    assert ink.box == (20, 60, 152, 25)


@pytest.mark.parametrize("strokes", [[], [[(5.0, 5.0)]], [[(5.0, 5.0), (9.0, 9.0)]], [[]]])
def test_a_dot_is_no_signature(strokes: list[list[tuple[float, float]]]) -> None:
    with pytest.raises(NotSigned):
        gathered(640, 220, strokes)


def test_scribbling_without_end_is_refused() -> None:
    long = [[(float(n * 4 % 600), float(n % 200)) for n in range(MOST_POINTS * 2)]]
    with pytest.raises(DomainError, match="笔画太多"):
        gathered(640, 220, long)


def test_what_lies_outside_its_field_is_no_ink_of_ours() -> None:
    with pytest.raises(DomainError, match="写出了框"):
        check(Ink(100, 50, (((0, 0), (90, 400), (20, 20)),)))


@given(
    st.integers(300, 9000), st.integers(120, 3000),
    st.lists(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40), min_size=1, max_size=12),
)  # fmt: skip
def test_whatever_is_drawn_in_a_field_stays_inside_it(
    width: int, height: int, parts: list[list[tuple[float, float]]]
) -> None:
    strokes = [[(x * width, y * height) for x, y in stroke] for stroke in parts]
    try:
        ink = gathered(width, height, strokes)
    except NotSigned:
        return
    assert max(ink.width, ink.height) <= SIDE
    assert all(0 <= x <= ink.width and 0 <= y <= ink.height for stroke in ink.strokes for x, y in stroke)
    assert decode(encode(ink)) == ink
