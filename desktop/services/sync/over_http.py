"""How the questions of a session look in HTTP: paths, headers, limits, and the one form of every answer that is a no.

An answer of head office is known by its content type and by `WIRE_HEADER`: a sign-in page of a network has neither.
Wire of the requests, version 1 (2026-11): the first.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from desktop.services.sync.messages import Greeting

HTTP_WIRE = 1
"""The version this program speaks."""
OLDEST_WIRE = 1
"""The oldest that head office still answers."""
WIRE_HEADER = "anju-wire"
"""In a request: the version it is written in; in an answer: `oldest-newest` that head office speaks."""
PROJECT_HEADER = "anju-project"
AT_HEADER = "anju-at"
"""In an answer: the time at head office, ISO 8601."""
CONTENT_TYPE = "application/vnd.anju-desk+json"

HELLO, PUSH, PULL, WANTED, TAKE_BACK, ENROL, CA = (
    "/v1/hello", "/v1/push", "/v1/pull", "/v1/wanted", "/v1/take-back", "/v1/enrol", "/v1/ca",
)  # fmt: skip

MOST_BODY = 96 * 1024 * 1024
"""Bytes of a request or an answer, packed or not: one large act, and what JSON puts around it."""
LARGE_BODY = 16 * 1024 * 1024
"""A push or page of several acts is smaller; of larger bodies head office holds one at a time."""
SMALL_BODY = 64 * 1024
"""For questions that carry no acts and no list of them."""
MOST_SKEW_SECONDS = 300
"""So far the time of a request may be from head office's."""

TAG = "anju-desk"
"""Signatures of a request are ours when they carry it."""
COVERED = ("@method", "@path", "@query", "content-digest", PROJECT_HEADER, WIRE_HEADER)
"""What the signature of a request holds together (RFC 9421), beside its time, nonce and PC. Not the name of the
server: a head office behind a proxy has two."""

CLOCK, BAD_SIGNATURE, REPLAYED, UPGRADE, NOT_UNDERSTOOD, NOT_HERE, SLOW_DOWN, BUSY, TROUBLE = (
    "clock", "bad_signature", "replayed", "upgrade", "not_understood", "not_here", "slow_down", "busy", "trouble",
)  # fmt: skip
"""Codes beside those of messages.Refusal."""


class No(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every no of head office. `code`: for the program; `at`: the time there; `seen`: where head office stands."""

    code: str
    at: datetime
    seen: Greeting | None = None
    retry_after: float | None = None
    detail: str = ""


class Lacking(msgspec.Struct, frozen=True):
    """The acts of an offer that head office has not."""

    acts: list[str]


def versions(header: str) -> tuple[int, int]:
    """The (oldest, newest) version that a head office says it speaks. Raises ValueError."""
    oldest, _, newest = header.partition("-")
    return int(oldest), int(newest or oldest)
