"""Acts as they come: each is checked by itself, before any row is held, and nothing that is in it can break more than
itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from desktop.ids import id_of_hex
from desktop.models.columns import Digest
from desktop.services.keys import verify
from desktop.services.sync.clock import NEVER
from desktop.services.sync.messages import SentAct
from desktop.services.sync.wire import NotUnderstood, OpBody, WireAct, decode_body, decode_header, digest_of

AHEAD = timedelta(minutes=5)
"""So far a clock may be ahead of head office's; what is later counts as of then."""
WHY_LENGTH = 200
_ID = re.compile(r"[0-9a-f]{32}")
_CLOCK = re.compile(r"[0-9a-f]{24}")


@dataclass(slots=True)
class Taken:
    """An act that was checked: `why` it goes to nobody, "" when it is taken. `lets_in`: PCs with their keys;
    `shuts_out`: PCs from when on, None for one that may come back; `letters`: of desks."""

    act: WireAct
    act_id: UUID
    device_id: UUID
    clock: str = NEVER
    why: str = ""
    lets_in: list[tuple[UUID, bytes]] = field(default_factory=list)
    shuts_out: list[tuple[UUID, datetime | None]] = field(default_factory=list)
    letters: list[tuple[UUID, str]] = field(default_factory=list)


def all_checked(acts: Sequence[SentAct], project: str, keys: dict[UUID, bytes]) -> list[Taken]:
    """Acts as they came; a PC that one of them lets in counts for those after it."""
    found = []
    for act in acts:
        taken = _checked(act.bare, project, keys)
        keys |= dict(taken.lets_in)
        found.append(taken)
    return found


def counted_clocks(
    acts: Sequence[Taken], told: Mapping[str, str], last: str, now: datetime
) -> tuple[dict[str, str], str]:  # fmt: skip
    """The clock that counts for each act whose own is ahead of the time, and the highest of the project.

    Such an act counts after everything that the project had before it, so that what builds on something counts after
    it. What was told before is kept to: those who heard it have settled by it.
    """
    limit, found = int((now + AHEAD).timestamp() * 1000), dict[str, str]()
    for act in acts:
        name, before = act.act_id.hex, told.get(act.act_id.hex, act.clock)
        if before < act.clock:
            found[name] = before
        elif act.clock != NEVER and int(act.clock[:12], 16) > limit:
            found[name] = f"{max(limit << 16, int(last[:16], 16) + 1):016x}{act.clock[16:]}"
        last = max(last, found.get(name, act.clock))
    return found, last


def _checked(act: WireAct, project: str, keys: dict[UUID, bytes]) -> Taken:
    """An act as it came, and why it cannot be taken."""
    nobody = UUID(bytes=hashlib.sha256(act.header).digest()[:16])
    try:
        return _understood(act, project, keys)
    except NotUnderstood as trouble:
        why = trouble.why.replace("\0", "")[:WHY_LENGTH]  # it may quote what came
    except (ValueError, TypeError, KeyError):
        why = "not understood"
    return Taken(act, nobody, nobody, why=why)


def _understood(act: WireAct, project: str, keys: dict[UUID, bytes]) -> Taken:
    header = decode_header(act.header)
    taken = Taken(act, _id(header.act), _id(header.dev))
    if header.project != project:
        taken.why = "another project"
    elif header.n != len(act.bodies) or header.ops != digest_of(_shas(act.bodies)).hex():
        taken.why = "ops do not match their header"
    elif (key := keys.get(taken.device_id)) is None:
        taken.why = "unknown device"
    elif not verify(key, hashlib.sha256(act.header).digest(), act.sig):
        taken.why = "signature"
    else:
        bodies = [decode_body(raw) for raw in act.bodies]
        if any(body.act != header.act for body in bodies):
            taken.why = "op of another act"
            return taken
        taken.clock = max((_clock(body.h) for body in bodies), default=NEVER)
        for body in bodies:
            if body.t == "device":
                _mind_device(taken, body)
            elif body.t == "desk" and "code" in body.set:
                taken.letters.append((_id(body.pk), _letter(body.set["code"])))
    return taken


def _mind_device(taken: Taken, body: OpBody) -> None:
    """What an op says of a PC. Raises ValueError, TypeError, KeyError where it says nothing that can be understood."""
    device_id = _id(body.pk)
    if body.k == "ins":
        key = Digest().from_wire(body.set["signing_key"])
        if len(key) != 32:
            raise ValueError("no key")
        taken.lets_in.append((device_id, key))
    elif "revoked_at" in body.set:
        told = body.set["revoked_at"]
        at = None if told is None else datetime.fromisoformat(told)
        if at is not None and (at.tzinfo is None or not 2000 < at.year < 9000):
            raise ValueError("no instant")
        taken.shuts_out.append((device_id, at))


def _letter(told: Any) -> str:
    if not isinstance(told, str) or not 0 < len(told) <= 8 or "\0" in told:
        raise ValueError("no letter")
    return told


def _id(text: str) -> UUID:
    if _ID.fullmatch(text) is None:
        raise ValueError("no id")
    return id_of_hex(text)


def _clock(text: str) -> str:
    if _CLOCK.fullmatch(text) is None:
        raise ValueError("no clock")
    return text


def _shas(bodies: Iterable[bytes]) -> Iterable[bytes]:
    return (hashlib.sha256(body).digest() for body in bodies)
