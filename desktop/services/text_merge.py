"""Two texts that began from the same one, put together line by line; where both wrote, somebody has to choose.

The three-way merge of version control: what only one side changed is taken, what both changed alike is taken once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Clash:
    """Lines that both sides wrote differently; none where a side has taken them out."""

    line: int
    """Where it begins in the text of `yours`, from 1."""
    theirs: tuple[str, ...]
    yours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Both texts in one: runs of settled lines, and clashes between them in their order."""

    parts: tuple[tuple[str, ...] | Clash, ...]
    taken: int
    """How many places only the other side had changed."""

    @property
    def clashes(self) -> dict[int, Clash]:
        """The places to choose at, by their position among the parts."""
        return {at: part for at, part in enumerate(self.parts) if isinstance(part, Clash)}

    def text(self, chosen: Mapping[int, Sequence[str]]) -> str:
        """The whole text with the lines chosen at each clash. KeyError when one is left open."""
        lines: list[str] = []
        for at, part in enumerate(self.parts):
            lines += chosen[at] if isinstance(part, Clash) else part
        return "\n".join(lines)


def merge(base: str, theirs: str, yours: str) -> Merged:
    """`theirs` and `yours` were both made from `base`."""
    b, t, y = base.split("\n"), theirs.split("\n"), yours.split("\n")
    parts: list[tuple[str, ...] | Clash] = []
    taken = at_b = at_t = at_y = 0
    for begin, end, in_t, in_y in _common(b, t, y):
        was, other, own = b[at_b:begin], t[at_t:in_t], y[at_y:in_y]
        if own in (was, other):
            parts.append(tuple(other))
            taken += own == was != other
        elif other == was:
            parts.append(tuple(own))
        else:
            parts.append(Clash(at_y + 1, tuple(other), tuple(own)))
        parts.append(tuple(b[begin:end]))
        at_b, at_t, at_y = end, in_t + end - begin, in_y + end - begin
    return Merged(tuple(part for part in parts if part != ()), taken)


def _common(base: Sequence[str], theirs: Sequence[str], yours: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that stand in all three: (begin, end) in the base, begin in the others; an empty one at the end."""
    left = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, base, yours, autojunk=False).get_matching_blocks()
    at_left = at_right = 0
    while at_left < len(left) and at_right < len(right):
        one, two = left[at_left], right[at_right]
        begin, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
        if begin < end:
            yield begin, end, one.b + begin - one.a, two.b + begin - two.a
        if one.a + one.size < two.a + two.size:
            at_left += 1
        else:
            at_right += 1
    yield len(base), len(base), len(theirs), len(yours)
