"""What head office answers: ours by its content type and headers, a no always in one form (`over_http.No`).

Which no has which status stands in one table.
"""

from __future__ import annotations

import gzip
from datetime import datetime

import msgspec
from starlette.responses import Response

from desktop.services.sync import messages, over_http
from desktop.services.sync.messages import Greeting
from desktop.services.sync.over_http import CONTENT_TYPE, No

PACK_FROM = 4096
STATUS = {
    over_http.NOT_UNDERSTOOD: 400,
    over_http.CLOCK: 401,
    over_http.BAD_SIGNATURE: 401,
    over_http.REPLAYED: 401,
    messages.UNKNOWN_DEVICE: 403,
    messages.REVOKED: 403,
    messages.FOREIGN: 403,
    over_http.NOT_HERE: 404,
    messages.EPOCH: 409,
    messages.GAP: 409,
    messages.FORK: 409,
    messages.TOO_LARGE: 413,
    over_http.UPGRADE: 426,
    over_http.SLOW_DOWN: 429,
    over_http.TROUBLE: 500,
    over_http.BUSY: 503,
}


class Refused(Exception):
    """A request is answered with a no."""

    def __init__(
        self, code: str, detail: str = "", *, seen: Greeting | None = None, retry_after: float | None = None,
        status: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.code = code
        self.detail = detail
        """For the log of whoever asked: never what a person typed."""
        self.seen = seen
        self.retry_after = retry_after
        self.status = status or STATUS[code]


def yes(answer: msgspec.Struct, packed: bool = False) -> Response:
    """An answer with its bytes as they are encoded here; `packed`: whoever asked reads gzip. Large ones take their
    time: never on the event loop."""
    body, headers = msgspec.json.encode(answer), {"vary": "accept-encoding"}
    if packed and len(body) > PACK_FROM:
        body, headers["content-encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
    return Response(body, headers=headers, media_type=CONTENT_TYPE)


def no(refused: Refused, at: datetime) -> Response:
    """The answer to a request that is refused."""
    told = No(refused.code, at, refused.seen, refused.retry_after, refused.detail)
    headers = {} if refused.retry_after is None else {"retry-after": str(max(1, round(refused.retry_after)))}
    return Response(msgspec.json.encode(told), refused.status, headers, media_type=CONTENT_TYPE)
