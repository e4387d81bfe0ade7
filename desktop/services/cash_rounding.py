"""Rounding of cash 抹零: what is let off so that the till needs no small coins. Pure arithmetic."""

from __future__ import annotations

from desktop.models.values import NIL, Money


def rounding_of(due: Money, to: Money) -> Money:
    """What is let off a sum to be paid in cash: what it is above whole `to` (1 jiao, 1 yuan). Never all of it.

    ValueError when `to` is not above 0.
    """
    if to <= NIL:
        raise ValueError("round to something above nothing")
    return Money(due.fen % to.fen) if due >= to else NIL
