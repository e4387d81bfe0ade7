"""What whoever runs head office may see without signing in: whether it lives, whether it may serve, and counts of all
projects together. Never a name, a project or a PC."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.engine import Engine

from central.answers import Refused
from central.isolation import holes
from central.workers import Workers
from desktop.services.sync import over_http


class Counts:
    """What is counted while head office works (OpenMetrics)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "anju_requests", "Requests answered", ("route", "status", "code"), registry=self.registry
        )
        self._seconds = Histogram(
            "anju_request_seconds", "Time to the end of an answer", ("route",), registry=self.registry,
            buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10),
        )  # fmt: skip
        self._under_way = Gauge("anju_requests_under_way", "Requests not yet answered", registry=self.registry)
        self._acts = Counter("anju_acts", "Acts by what became of them", ("what",), registry=self.registry)

    def text(self) -> bytes:
        """All counts as a monitoring system reads them."""
        return bytes(generate_latest(self.registry))  # type: ignore[no-untyped-call]

    def begun(self) -> None:
        """A request has come."""
        self._under_way.inc()

    def ended(self, route: str, status: int, code: str, seconds: float) -> None:
        """It was answered; `code`: of a no, "" for a yes."""
        self._under_way.dec()
        self._requests.labels(route, str(status), code).inc()
        self._seconds.labels(route).observe(seconds)

    def taken(self, acts: int, aside: int) -> None:
        """Acts of a push, known ones among them."""
        self._acts.labels("taken").inc(acts - aside)
        self._acts.labels("aside").inc(aside)

    def handed_out(self, acts: int) -> None:
        """Acts of a page."""
        self._acts.labels("handed_out").inc(acts)


def routes(engine: Engine, workers: Workers, counts: Counts, watchers: frozenset[str]) -> APIRouter:
    """GET /health, /ready and /metrics, of which the last two are there only for the addresses of `watchers`."""
    router = APIRouter(tags=["oversight"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """The program lives."""
        return {"status": "ok"}

    @router.get("/ready")
    async def ready(request: Request) -> dict[str, str]:
        """The database answers, and keeps projects apart."""
        _watcher(request, watchers)
        if found := await workers.do(_holes, engine):
            raise Refused(over_http.BUSY, "; ".join(found))
        return {"status": "ready"}

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Counts for a monitoring system."""
        _watcher(request, watchers)
        return Response(counts.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    return router


def _watcher(request: Request, watchers: frozenset[str]) -> None:
    if request.client is None or request.client.host not in watchers:
        raise Refused(over_http.NOT_HERE)


def _holes(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return holes(connection)
