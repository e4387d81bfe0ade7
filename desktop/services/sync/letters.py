"""The letters of desks, in the order in which they are given out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""I and O would be read as digits in a receipt number."""


def every_letter() -> Iterator[str]:
    """A, B, … Z, then AA, AB, …: six hundred desks."""
    yield from LETTERS
    yield from map("".join, product(LETTERS, LETTERS))


def place_of(letter: str) -> tuple[int, str]:
    """What sorts letters in this order."""
    return len(letter), letter
