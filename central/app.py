"""Head office as a web program: its parts put together, its layers and its noes in one place each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.engine import Engine
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from central import exchange, letting_in, oversight, pace
from central.answers import STATUS, Refused, no
from central.auth import Door
from central.enrolment import Enrolment
from central.front import Front
from central.log import Log
from central.oversight import Counts
from central.pace import Pace
from central.paper import write_document
from central.workers import Workers
from desktop.services.errors import DatabaseBusy, Outage
from desktop.services.sync import over_http
from desktop.services.sync.messages import Refusal
from desktop.world import World


@dataclass(frozen=True, slots=True)
class Manners:
    """What whoever runs a head office may set. `watchers`: addresses that may read /ready and /metrics; `ca`: the
    certificate (PEM) of the authority that offices trust."""

    pace: Mapping[str, str] = field(default_factory=lambda: pace.USUAL)
    watchers: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    ca: str = ""


def make_app(engine: Engine, world: World, manners: Manners | None = None) -> ASGIApp:
    """The program that a web server runs, on a database that `store.open_store` has opened."""
    manners, log, workers, counts = manners or Manners(), Log(engine, world), Workers(), Counts()
    door = Door(log, world, Pace(**manners.pace), workers)
    app = FastAPI(title="anju-central", version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(exchange.routes(log, door, workers, counts))
    app.include_router(letting_in.routes(Enrolment(engine, world), door, workers, manners.ca))
    app.include_router(oversight.routes(engine, workers, counts, manners.watchers))
    write_document(app)
    _answer_noes(app, world)
    app.add_middleware(Front, world=world, counts=counts)
    return app


def _answer_noes(app: FastAPI, world: World) -> None:
    """Every exception that is an answer, and the answer that it is."""

    def answered(request: Request, refused: Refused) -> Response:
        request.state.code = refused.code
        return no(refused, world.now())

    @app.exception_handler(Refused)
    async def of_request(request: Request, refused: Refused) -> Response:
        return answered(request, refused)

    @app.exception_handler(Refusal)
    async def of_log(request: Request, refusal: Refusal) -> Response:
        return answered(request, Refused(refusal.code, seen=refusal.seen))

    @app.exception_handler(Outage)
    async def of_database(request: Request, outage: Outage) -> Response:
        detail = type(outage).__name__
        waits = 1 if isinstance(outage, DatabaseBusy) else 30
        code = over_http.BUSY if isinstance(outage, DatabaseBusy) else over_http.TROUBLE
        return answered(request, Refused(code, detail, retry_after=waits, status=503))

    @app.exception_handler(RequestValidationError)
    async def of_query(request: Request, wrong: RequestValidationError) -> Response:
        return answered(request, Refused(over_http.NOT_UNDERSTOOD, "query"))

    @app.exception_handler(HTTPException)
    async def of_routes(request: Request, wrong: HTTPException) -> Response:
        code = over_http.NOT_HERE if wrong.status_code in (404, 405) else over_http.NOT_UNDERSTOOD
        status = wrong.status_code if wrong.status_code in (404, 405) else STATUS[code]
        return answered(request, Refused(code, status=status))
