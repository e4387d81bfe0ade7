"""The questions of a session over HTTP. Each route reads, asks the log and answers; what is true stands in `log`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from central.answers import Refused, yes
from central.auth import Asker, Door
from central.bodies import Message, understood, unpacked
from central.log import Log
from central.oversight import Counts
from central.paper import told
from central.workers import Workers
from desktop.services.sync import messages, over_http
from desktop.services.sync.messages import (
    Greeting,
    Hello,
    Offer,
    Page,
    Push,
    Pushed,
    Returned,
)
from desktop.services.sync.over_http import MOST_BODY, MOST_PACKED, SMALL_BODY, Lacking

_OFFER_BODY = messages.MOST_OFFERED * 64


def routes(log: Log, door: Door, workers: Workers, counts: Counts) -> APIRouter:
    """POST /v1/hello, /v1/push, /v1/wanted, /v1/take-back and GET /v1/pull."""
    router = APIRouter(tags=["exchange"])

    @router.post(over_http.HELLO, **told(Greeting, body=Hello))
    async def hello(request: Request) -> Response:
        """Where head office stands; a database that it has not met becomes known."""
        asker = await door.let_in(request, SMALL_BODY)
        asked = _own(request, asker, Hello, SMALL_BODY)
        return yes(await workers.do(log.hello, asker.device_id, asked))

    @router.post(over_http.PUSH, **told(Pushed, body=Push))
    async def push(request: Request) -> Response:
        """Take acts of a database behind those that are there."""
        asker = await door.let_in(request, MOST_PACKED)
        asked = _own(request, asker, Push, MOST_BODY)
        pushed = await workers.do(log.push, asker.device_id, asked)
        counts.taken(len(asked.acts), len(pushed.aside))
        return yes(pushed)

    @router.get(over_http.PULL, **told(Page))
    async def pull(
        request: Request,
        project: Annotated[str, Query(pattern="^[0-9a-f]{32}$", min_length=32, max_length=32)],
        node: Annotated[str, Query(pattern="^[0-9a-f]{32}$", min_length=32, max_length=32)],
        after: Annotated[int, Query(ge=0, lt=2**53)],
        limit: Annotated[int, Query(ge=1, le=messages.MOST_ACTS)] = messages.MOST_ACTS,
    ) -> Response:
        """The acts of a project after a number that other databases sent, in their order, no more than fit one page."""
        asker = await door.let_in(request, 0)
        _same(project, asker)
        page = await workers.do(log.pull, asker.device_id, project, node, after, limit)
        counts.handed_out(len(page.acts))
        return yes(page)

    @router.post(over_http.WANTED, **told(Lacking, body=Offer))
    async def wanted(request: Request) -> Response:
        """Which of the acts that a database knows are not here."""
        asker = await door.let_in(request, _OFFER_BODY)
        asked = _own(request, asker, Offer, _OFFER_BODY)
        return yes(Lacking(await workers.do(log.wanted, asker.device_id, asked.project, asked.acts)))

    @router.post(over_http.TAKE_BACK, **told(Pushed, body=Returned))
    async def take_back(request: Request) -> Response:
        """Take acts that another database kept."""
        asker = await door.let_in(request, MOST_PACKED)
        asked = _own(request, asker, Returned, MOST_BODY)
        pushed = await workers.do(log.take_back, asker.device_id, asked)
        counts.taken(len(asked.acts), len(pushed.aside))
        return yes(pushed)

    return router


def _own(request: Request, asker: Asker, form: type[Message], most: int) -> Any:
    """The message in a request, which speaks of the project that the request was signed for. Raises Refused."""
    message: Any = understood(unpacked(request, asker.body, most), form)
    _same(message.project, asker)
    return message


def _same(project: str, asker: Asker) -> None:
    if project != asker.project_id.hex:
        raise Refused(messages.UNKNOWN_DEVICE)
