"""Reading what a request carries: never more than was agreed, packed or not, and only in the form that was agreed."""

from __future__ import annotations

import zlib
from typing import TypeVar

import anyio
import msgspec
from starlette.requests import ClientDisconnect, Request

from central.answers import Refused
from desktop.services.sync import messages, over_http

MOST_SECONDS = 120
"""For a whole body: what comes slower is asked again."""

Message = TypeVar("Message", bound=msgspec.Struct)


async def read_packed(request: Request, most: int) -> bytes:
    """The body as it came, unless it is longer than `most`: then no more of it is read. Raises Refused."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise Refused(messages.TOO_LARGE, "body")
    pieces, size = list[bytes](), 0
    try:
        with anyio.fail_after(MOST_SECONDS):
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


def unpacked(request: Request, body: bytes, most: int) -> bytes:
    """The body without its gzip, no longer than `most`. Raises Refused."""
    match request.headers.get("content-encoding", "identity").strip().lower():
        case "identity":
            return body
        case "gzip":
            reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                plain = reader.decompress(body, most + 1)
            except zlib.error as broken:
                raise Refused(over_http.NOT_UNDERSTOOD, "gzip") from broken
            if len(plain) > most:
                raise Refused(messages.TOO_LARGE, "unpacked body")
            if not reader.eof or reader.unused_data:
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
