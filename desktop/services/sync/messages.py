"""What the database of an office and head office say to each other, beside the acts themselves.

Acts travel as the exact bytes that were signed. Of its acts a database makes a chain: each has its number (1, 2, 3 …)
and a hash over the hash before it and its header, so that a database that was restored or copied is known by its chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

import msgspec

from desktop.services.sync.wire import WireAct

NO_HASH = bytes(32)
"""Before the first act of a database."""
MOST_ACTS = 500
"""In one push or page."""
MOST_BYTES = 8 * 1024 * 1024
"""In one push or page of several acts."""
MOST_OF_ONE = 64 * 1024 * 1024
"""An act alone in its push or page: the bills of a whole project are one."""
MOST_OFFERED = 5000
"""Acts in one offer."""


HexId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", min_length=32, max_length=32)]
"""An id as it travels."""
Whole = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Clock = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{24}$", min_length=24, max_length=24)]
Letter = Annotated[str, msgspec.Meta(pattern="^[^\\x00-\\x1f]{1,8}$", min_length=1, max_length=8)]
Sha = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class SentAct(msgspec.Struct, frozen=True):
    """An act with its bytes as they were signed."""

    header: msgspec.Raw
    sig: bytes
    ops: list[msgspec.Raw]

    @property
    def bare(self) -> WireAct:
        return WireAct(bytes(self.header), self.sig, [bytes(op) for op in self.ops])


class PulledAct(msgspec.Struct, frozen=True, omit_defaults=True):
    """An act with its place among all acts of the project."""

    number: int
    node: str
    act: SentAct
    clock: str | None = None
    """The clock that counts, where the act's own was ahead of the time."""


class Hello(msgspec.Struct, frozen=True):
    """Where a database stands. `last` and `hash`: of its chain; `cursor`: the last number it has pulled; `letters`:
    those that its desks use."""

    project: HexId
    node: HexId
    epoch: Whole
    last: Whole
    hash: Sha
    cursor: Whole
    rev: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    letters: list[Letter] = []


class Greeting(msgspec.Struct, frozen=True):
    """Where head office stands: what it has of this database's chain, and the last number of the project.

    `kept`: the last number that was there when this epoch began; up to it numbers are those of the epoch before.
    `letters`: set aside for new desks of this database.
    """

    at: str
    epoch: int
    last: int
    hash: Sha
    head: int
    kept: int = 0
    letters: list[str] = []


class Push(msgspec.Struct, frozen=True):
    """Acts of one database in the order of its chain; `first`: the number of the first, `before`: the hash before
    it; `clocks`: what head office said before of acts that were ahead of the time."""

    project: HexId
    node: HexId
    epoch: Whole
    first: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    before: Sha
    acts: list[SentAct]
    clocks: dict[HexId, Clock] = {}


class Pushed(msgspec.Struct, frozen=True):
    """What became of a push. `clocks`: {act: the clock that counts} of acts that were ahead of the time; `aside`: {act:
    why} of acts that go to nobody."""

    last: int
    hash: Sha
    clocks: dict[str, str]
    aside: dict[str, str]


class Page(msgspec.Struct, frozen=True):
    """Acts of the project after a number, in their order. `next`: the number to go on from."""

    epoch: int
    next: int
    head: int
    acts: list[PulledAct]


class Offer(msgspec.Struct, frozen=True):
    """Acts that a database knows, its own and foreign ones, oldest first: head office may have lost them."""

    project: HexId
    acts: Annotated[list[HexId], msgspec.Meta(max_length=MOST_OFFERED)]


class Returned(msgspec.Struct, frozen=True):
    """Acts that head office asked for, each signed by the PC that made it. `clocks`: as in a push."""

    project: HexId
    epoch: Whole
    acts: list[SentAct]
    clocks: dict[HexId, Clock] = {}


class Refusal(Exception):
    """Head office takes no push or pull for now. `code` is for the program, see the constants; `seen`: where it
    stands."""

    def __init__(self, code: str, seen: Greeting | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.seen = seen


UNKNOWN_DEVICE, REVOKED, FOREIGN, EPOCH, GAP, FORK, TOO_LARGE = (
    "unknown_device", "revoked", "foreign", "epoch", "gap", "fork", "too_large",
)  # fmt: skip
"""Codes of a refusal: the PC is not known, was shut out, or belongs to another project; head office was restored; acts
are missing before the first; the chain is not the one that head office knows; too much at once."""


def link(before: bytes, header: bytes) -> bytes:
    """The hash of an act in the chain of its database."""
    return hashlib.sha256(before + hashlib.sha256(header).digest()).digest()


def sent(act: WireAct) -> SentAct:
    """An act as it travels."""
    return SentAct(msgspec.Raw(act.header), act.sig, [msgspec.Raw(op) for op in act.bodies])


def size_of(acts: Sequence[SentAct]) -> int:
    """Bytes of their headers and ops."""
    return sum(len(bytes(act.header)) + sum(len(bytes(op)) for op in act.ops) for act in acts)
