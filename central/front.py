"""Around every request: which wire it speaks, how long it took, one line in the log, and an answer that is ours even
when something breaks."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.answers import Refused, no
from central.oversight import Counts
from desktop.services.sync import over_http
from desktop.services.sync.over_http import AT_HEADER, HTTP_WIRE, OLDEST_WIRE, WIRE_HEADER
from desktop.world import World

log = logging.getLogger(__name__)


class Front:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, world: World, counts: Counts) -> None:
        self._app = app
        self._world = world
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, answer = time.perf_counter(), _Answer(send, self._world)
        scope.setdefault("state", {})["code"] = ""
        self._counts.begun()
        try:
            if (refused := _other_wire(scope)) is not None:
                scope["state"]["code"] = refused.code
                await no(refused, self._world.now())(scope, receive, answer)
            else:
                await self._app(scope, receive, answer)
        except Exception:
            scope["state"]["code"] = over_http.TROUBLE
            log.exception("a request broke", extra={"told": {"request": answer.id}})
            if answer.status == 0:  # else it is cut short, and the desk sees half a body
                await no(Refused(over_http.TROUBLE, answer.id), self._world.now())(scope, receive, answer)
        finally:
            self._ended(scope, answer, time.perf_counter() - began)

    def _ended(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        code = scope["state"]["code"]
        self._counts.ended(route, answer.status, code, seconds)
        told = {
            "request": answer.id, "method": scope["method"] if route != "other" else "?", "route": route,
            "status": answer.status, "code": code, "ms": round(seconds * 1000, 1), "bytes": answer.size,
        }  # fmt: skip
        log.log(logging.DEBUG if route in ("/health", "/metrics") else logging.INFO, "answered", extra={"told": told})


class _Answer:
    """Puts our headers on an answer on its way, and remembers what it was."""

    def __init__(self, send: Send, world: World) -> None:
        self._send = send
        self._world = world
        self.id = uuid4().hex[:12]
        self.status = 0
        self.size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[Any] = message.setdefault("headers", [])
            for name, value in (
                (WIRE_HEADER, f"{OLDEST_WIRE}-{HTTP_WIRE}"),
                (AT_HEADER, self._world.now().isoformat(timespec="milliseconds")),
                ("anju-request", self.id),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
            ):
                headers.append((name.encode(), value.encode()))
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        await self._send(message)


def _other_wire(scope: Scope) -> Refused | None:
    """Why a request of a version that is not spoken here is refused."""
    if not scope["path"].startswith("/v1/"):
        return None
    told = next((value for name, value in scope["headers"] if name == WIRE_HEADER.encode()), b"")
    if not told.isdigit() or len(told) > 4:
        return Refused(over_http.NOT_UNDERSTOOD, "wire")
    if not OLDEST_WIRE <= int(told) <= HTTP_WIRE:
        return Refused(over_http.UPGRADE)
    return None
