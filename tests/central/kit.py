"""Databases of offices as head office sees them: signed acts in a chain, made without an office around them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.models.columns import Digest
from desktop.services.keys import ACT_PREFIX
from desktop.services.sync import messages
from desktop.services.sync.clock import HybridClock
from desktop.services.sync.messages import Hello, Push, sent
from desktop.services.sync.wire import WIRE_VERSION, ActHeader, OpBody, WireAct, digest_of, encode
from desktop.services.work import SCHEMA_REV

NOBODY = UUID(int=1).hex
"""A database that sent nothing itself: it is given everything."""


class Pc:
    """A PC with its signing key."""

    def __init__(self) -> None:
        self.id = uuid4()
        self._key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    @property
    def keys(self) -> RequestKeys:
        """What signs its requests."""
        return RequestKeys(self.id, self._key)

    def sign(self, header: bytes) -> bytes:
        return self._key.sign(ACT_PREFIX + hashlib.sha256(header).digest())


@dataclass(frozen=True)
class RequestKeys:
    """The keys of a PC, as the wire wants them."""

    device_id: UUID
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


class Station:
    """One database of an office: its acts in their order, and the chain over them."""

    def __init__(self, project_id: UUID, pc: Pc, at: datetime, node_id: UUID | None = None) -> None:
        self.project_id, self.pc, self.at = project_id, pc, at
        self.node_id = node_id or uuid4()
        self.clock = HybridClock(self.node_id)
        self.acts: list[WireAct] = []
        self.epoch = 1

    def act(self, ops: int = 1, pc: Pc | None = None, text: str = "", **first: Any) -> WireAct:
        """One more act; `text`: of every op; `first`: what its first op is."""
        pc, act_id = pc or self.pc, uuid4().hex
        self.at += timedelta(milliseconds=1)
        hlc = self.clock.tick(self.at)
        bodies = []
        for n in range(ops):
            told: dict[str, Any] = {
                "v": WIRE_VERSION, "op": uuid4().hex, "act": act_id, "k": "ins", "t": "note", "pk": uuid4().hex,
                "h": hlc, "rev": SCHEMA_REV, "set": {"text": text or f"第 {len(self.acts)} 条"},
            }  # fmt: skip
            bodies.append(encode(OpBody(**(told | first if n == 0 else told))))
        header = encode(
            ActHeader(
                v=WIRE_VERSION, act=act_id, project=self.project_id.hex, node=self.node_id.hex, dev=pc.id.hex,
                op="add_note", at=self.at.isoformat(timespec="microseconds"), n=ops,
                ops=digest_of(hashlib.sha256(body).digest() for body in bodies).hex(),
            )
        )  # fmt: skip
        made = WireAct(header, pc.sign(header), bodies)
        self.acts.append(made)
        return made

    def odd_act(self, header: dict[str, Any] | None = None, **first: Any) -> WireAct:
        """An act that is signed and says what no program of ours would: changes of its header, and of its op."""
        self.act(**first)
        good = self.acts.pop()
        told = msgspec.json.decode(good.header) | (header or {})
        changed = msgspec.json.encode(told)
        self.acts.append(made := WireAct(changed, self.pc.sign(changed), good.bodies))
        return made

    def let_in(self, pc: Pc) -> WireAct:
        """An act that lets another PC in."""
        facts = {"id": pc.id.hex, "name": "前台 2", "signing_key": Digest().to_wire(pc.public)}
        return self.act(t="device", pk=pc.id.hex, set=facts)

    def shut_out(self, pc: Pc) -> WireAct:
        """An act that takes the keys from a PC."""
        return self.act(k="set", t="device", pk=pc.id.hex, set={"revoked_at": self.at.isoformat()})

    def hash_at(self, seq: int) -> bytes:
        last = messages.NO_HASH
        for act in self.acts[:seq]:
            last = messages.link(last, act.header)
        return last

    def hello(self, cursor: int = 0) -> Hello:
        last = len(self.acts)
        return Hello(
            self.project_id.hex, self.node_id.hex, self.epoch, last, self.hash_at(last), cursor, SCHEMA_REV
        )  # fmt: skip

    def push(self, first: int = 1, last: int | None = None, acts: Sequence[WireAct] | None = None) -> Push:
        """Acts `first` to `last` (counted from 1), as they would be pushed."""
        chosen = self.acts[first - 1 : last] if acts is None else acts
        return Push(
            self.project_id.hex, self.node_id.hex, self.epoch, first, self.hash_at(first - 1), [sent(a) for a in chosen]
        )  # fmt: skip
