"""The form of acts and ops between two databases. desktop and central meet here and nowhere else.

An act is a signed header and its ops; the exact bytes are kept, hashed and passed on, never written anew.
Wire version 1 (2026-11): the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

WIRE_VERSION = 1
MAX_BODY = 4 * 1024 * 1024
"""Bytes of one op. A lease template or a bill with many lines is the largest honest one."""

OpKind = Literal["ins", "set", "trn"]


class OpBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change: a row made, fields set, or a state moved on."""

    v: int
    op: str
    act: str
    k: OpKind
    t: str
    pk: str
    h: str
    """Hybrid clock of the act."""
    rev: int
    set: dict[str, Any]
    old: dict[str, str] = {}
    """For set and trn: the clock each field had when it was changed."""
    parts: dict[str, list[dict[str, Any]]] = {}
    """For ins: rows of the same aggregate, by table."""
    was: str | None = None
    """For trn: the state before."""


class ActHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did what, when, and the digest of the ops."""

    v: int
    act: str
    project: str
    node: str
    dev: str
    op: str
    at: str
    n: int
    ops: str
    """SHA-256 (hex) over the digests of the op bodies in their order."""
    who: str | None = None


@dataclass(frozen=True, slots=True)
class WireAct:
    """An act as it travels: exact bytes and the device's signature over the header."""

    header: bytes
    sig: bytes
    bodies: Sequence[bytes]


class NotUnderstood(ValueError):
    """Bytes that are no act of ours: `why` for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


_encode = msgspec.json.Encoder(order="deterministic", uuid_format="hex").encode
_decode_body = msgspec.json.Decoder(OpBody).decode
_decode_header = msgspec.json.Decoder(ActHeader).decode


def encode(message: OpBody | ActHeader) -> bytes:
    """The bytes of a message; equal messages give equal bytes."""
    return _encode(message)


def decode_body(raw: bytes) -> OpBody:
    """One op. Raises NotUnderstood."""
    if len(raw) > MAX_BODY:
        raise NotUnderstood("op too large")
    try:
        body = _decode_body(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    if body.v != WIRE_VERSION:
        raise NotUnderstood(f"wire version {body.v}")
    return body


def decode_header(raw: bytes) -> ActHeader:
    """The header of an act. Raises NotUnderstood."""
    try:
        header = _decode_header(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    if header.v != WIRE_VERSION:
        raise NotUnderstood(f"wire version {header.v}")
    return header


def digest_of(shas: Iterable[bytes]) -> bytes:
    """SHA-256 over digests in their order."""
    return hashlib.sha256(b"".join(shas)).digest()
