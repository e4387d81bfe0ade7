"""Reading what a request carries: never more than was agreed, packed or not, and only in the form that was agreed."""

from __future__ import annotations

import zlib
from typing import TypeVar

import anyio
import msgspec
from starlette.requests import ClientDisconnect, Request

from central.answers import Refused
from desktop.services.sync import messages, over_http

MOST_SECONDS, SLOWEST = 120, 8192
"""For a whole body, and a second more for so many bytes: what comes slower is asked again."""

Message = TypeVar("Message", bound=msgspec.Struct)


async def read_packed(request: Request, most: int) -> bytes:
    """The body as it came, unless it is longer than `most`: then no more of it is read. Raises Refused."""
    length = told_length(request)
    if length > most:
        raise Refused(messages.TOO_LARGE, "body")
    most = min(most, max(length, over_http.LARGE_BODY))
    pieces, size = list[bytes](), 0
    try:
        with anyio.fail_after(MOST_SECONDS + length // SLOWEST):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise Refused(messages.TOO_LARGE, "body")
                pieces.append(piece)
    except TimeoutError as slow:
        raise Refused(over_http.NOT_UNDERSTOOD, "too slow", status=408) from slow
    except ClientDisconnect as gone:
        raise Refused(over_http.NOT_UNDERSTOOD, "half a body") from gone
    return b"".join(pieces)


def told_length(request: Request) -> int:
    """How long the body is, as its headers say; 0 when they do not."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isdecimal() and len(told) < 16 else 0


def told_size(request: Request, body: bytes) -> int:
    """How long a body is once unpacked, as it says itself at its end; nobody unpacks more."""
    if request.headers.get("content-encoding", "").strip().lower() != "gzip" or len(body) < 4:
        return len(body)
    return int.from_bytes(body[-4:], "little")


def unpacked(request: Request, body: bytes, most: int) -> bytes:
    """The body without its gzip, no longer than `most`. Raises Refused."""
    match request.headers.get("content-encoding", "identity").strip().lower():
        case "identity":
            return body
        case "gzip":
            told = told_size(request, body)
            if told > most:
                raise Refused(messages.TOO_LARGE, "unpacked body")
            reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                plain = reader.decompress(body, told + 1)
            except zlib.error as broken:
                raise Refused(over_http.NOT_UNDERSTOOD, "gzip") from broken
            if len(plain) != told or not reader.eof or reader.unused_data:
                raise Refused(over_http.NOT_UNDERSTOOD, "gzip")
            return plain
        case _:
            raise Refused(over_http.NOT_UNDERSTOOD, "content encoding", status=415)


def understood(body: bytes, form: type[Message]) -> Message:
    """The message in a body. Raises Refused."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        # The form of the trouble, never the bytes: they may be a person's.
        raise Refused(over_http.NOT_UNDERSTOOD, type(wrong).__name__) from wrong
