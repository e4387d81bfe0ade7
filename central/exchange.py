"""The questions of a session over HTTP. Each route reads, asks the log and answers; what is true stands in `log`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response

from central.answers import Refused, yes
from central.auth import Asker, Door
from central.bodies import understood, unpacked
from central.log import Log
from central.oversight import Counts
from central.paper import told
from central.workers import Workers
from desktop.services.sync import messages, over_http
from desktop.services.sync.messages import Greeting, Hello, Offer, Page, Push, Pushed, Returned
from desktop.services.sync.over_http import MOST_BODY, SMALL_BODY, Lacking

_Id = Annotated[str, Query(pattern="^[0-9a-f]{32}$", min_length=32, max_length=32)]
_OFFER_BODY = messages.MOST_OFFERED * 64
Answer = TypeVar("Answer", bound=msgspec.Struct)


def routes(log: Log, door: Door, workers: Workers, counts: Counts) -> APIRouter:
    """POST /v1/hello, /v1/push, /v1/wanted, /v1/take-back and GET /v1/pull."""
    router = APIRouter(tags=["exchange"])

    async def answered(request: Request, form: Any, most: int, job: Callable[[UUID, Any], msgspec.Struct]) -> Response:
        """What a job makes of the message in a request, which speaks of the project that it was signed for."""

        def work(asker: Asker) -> Response:
            asked = understood(unpacked(request, asker.body, most), form)
            _same(asked.project, asker)
            return yes(job(asker.device_id, asked), packed(request))

        async with door.let_in(request, most) as asker:
            return await workers.do(work, asker)

    @router.post(over_http.HELLO, **told(Greeting, body=Hello))
    async def hello(request: Request) -> Response:
        """Where head office stands; a database that it has not met becomes known."""
        return await answered(request, Hello, SMALL_BODY, log.hello)

    @router.post(over_http.PUSH, **told(Pushed, body=Push))
    async def push(request: Request) -> Response:
        """Take acts of a database behind those that are there."""

        def job(device_id: UUID, asked: Push) -> Pushed:
            pushed = log.push(device_id, asked)
            counts.taken(len(asked.acts), len(pushed.aside))
            return pushed

        return await answered(request, Push, MOST_BODY, job)

    @router.get(over_http.PULL, **told(Page))
    async def pull(
        request: Request,
        project: _Id,
        node: _Id,
        after: Annotated[int, Query(ge=0, lt=2**53)],
        limit: Annotated[int, Query(ge=1, le=messages.MOST_ACTS)] = messages.MOST_ACTS,
    ) -> Response:
        """The acts of a project after a number that other databases sent, in their order, no more than fit one page."""

        def work(asker: Asker) -> Response:
            page = log.pull(asker.device_id, project, node, after, limit)
            counts.handed_out(len(page.acts))
            return yes(page, packed(request))

        async with door.let_in(request, 0) as asker:
            _same(project, asker)
            return await workers.do(work, asker)

    @router.post(over_http.WANTED, **told(Lacking, body=Offer))
    async def wanted(request: Request) -> Response:
        """Which of the acts that a database knows are not here."""

        def job(device_id: UUID, asked: Offer) -> Lacking:
            return Lacking(log.wanted(device_id, asked.project, asked.acts))

        return await answered(request, Offer, _OFFER_BODY, job)

    @router.post(over_http.TAKE_BACK, **told(Pushed, body=Returned))
    async def take_back(request: Request) -> Response:
        """Take acts that another database kept."""

        def job(device_id: UUID, asked: Returned) -> Pushed:
            pushed = log.take_back(device_id, asked)
            counts.taken(len(asked.acts), len(pushed.aside))
            return pushed

        return await answered(request, Returned, MOST_BODY, job)

    return router


def packed(request: Request) -> bool:
    """Whether whoever asked reads gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


def _same(project: str, asker: Asker) -> None:
    if project != asker.project_id.hex:
        raise Refused(messages.UNKNOWN_DEVICE)
