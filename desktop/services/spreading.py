"""How much of what is paid of a bill goes to which of its lines. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.models.values import NIL, Money, total


def spread(opens: Sequence[Money], amount: Money) -> tuple[Money, ...]:
    """What each line gets, adding up to exactly the amount.

    Lines below zero (discounts, counter-lines) are used up whole first, then the others are paid in order. Of a bill
    that is itself below zero its negative lines give in order. ValueError when the bill cannot take the amount.
    """
    whole = total(opens)
    if not min(NIL, whole) <= amount <= max(NIL, whole):
        raise ValueError(f"{amount} of a bill with {whole} open")
    if whole >= NIL:
        used = [each if each < NIL else NIL for each in opens]
        left = amount - total(used)
        for at, each in enumerate(opens):
            if each > NIL:
                used[at] = min(each, left)
                left -= used[at]
        return tuple(used)
    return tuple(-part for part in spread([-each for each in opens], -amount))
