"""Whatever the document allows, and much that it does not, head office answers with a yes or a no of its own."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from sqlalchemy.engine import Engine

from central.app import Manners, make_app
from central.log import Log
from central.store import open_store
from desktop.services.sync.http_client import open_client
from desktop.services.sync.over_http import CONTENT_TYPE, HTTP_WIRE, PROJECT_HEADER, WIRE_HEADER
from desktop.services.sync.signing import sign_request
from desktop.world import SeededWorld, World
from tests.central.kit import Pc, Station
from tests.central.serving import Authority, served
from tests.conftest import MORNING
from tests.databases import Databases

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)

MANNERS = Manners(pace={"device": "100000/second", "enrol": "100000/second"}, ca="no certificate")
EXAMPLES, LONG_EXAMPLES = 15, 330
"""For each question, by a stranger and signed."""


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    app = make_app(sa.create_engine("sqlite://"), World())
    told: dict[str, Any] = json.loads(json.dumps(app.openapi()))  # type: ignore[attr-defined]
    return told


QUESTIONS = [f"{method} {path}" for path, told in document()["paths"].items() for method in told]


class Whole:
    """A head office with a project, and a PC of it that signs whatever it is given."""

    def __init__(self, store: Engine, client: httpx2.Client) -> None:
        self.client, self.pc, self.project = client, Pc(), uuid4()
        log = Log(store, SeededWorld(MORNING))
        log.add_project(self.project, "WJY", "望江苑")
        log.add_device(self.project, self.pc.id, self.pc.public)
        self.station = Station(self.project, self.pc, MORNING)
        log.hello(self.pc.id, self.station.hello())
        self.answers = Counter[str]()

    def ask(self, case: schemathesis.Case, *, signed: bool) -> None:
        """One request as it was drawn; `signed`: as the PC, for its project and database where the case names any."""
        headers = {str(name): str(value) for name, value in (case.headers or {}).items()}
        query = dict(case.query or {})
        body = b"" if not isinstance(case.body, dict | list | str | int | float | bool | None) else _json(case.body)
        if signed:
            headers |= {WIRE_HEADER: str(HTTP_WIRE), PROJECT_HEADER: self.project.hex}
            if "project" in query:
                query["project"] = self.project.hex
            body = _json(self._ours(case.body)) if isinstance(case.body, dict) else body
        headers["content-type"] = CONTENT_TYPE
        try:
            request = self.client.build_request(
                case.method, case.formatted_path, params=query, headers=headers, content=body
            )
        except (UnicodeEncodeError, httpx2.InvalidURL):
            return  # no client could send it
        if signed:
            for name in ("content-digest", "signature", "signature-input"):
                request.headers.pop(name, None)
            sign_request(request, self.pc.keys, MORNING, uuid4().bytes)
        try:
            response = self.client.send(request)
        except httpx2.LocalProtocolError:
            return
        assert response.status_code < 500, (response.status_code, response.text, case.method, case.formatted_path, body)
        assert response.status_code < 400 or "code" in response.json()
        self.answers[f"{case.path} {'signed' if signed else 'stranger'} {response.status_code}"] += 1

    def _ours(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """A message of this project and database, bytes in it as bytes travel, so that more than its form is tried."""
        sha = base64.b64encode(bytes(32)).decode()
        own = {"project": self.project.hex, "node": self.station.node_id.hex, "epoch": 1, "hash": sha, "before": sha}
        own |= {"device": self.pc.id.hex, "signing_key": base64.b64encode(self.pc.public).decode()}
        own |= {"token": base64.b64encode(bytes(16)).decode()}
        made = drawn | {name: value for name, value in own.items() if name in drawn}
        if isinstance(acts := made.get("acts"), list):
            made["acts"] = [act | {"sig": sha} if isinstance(act, dict) else act for act in acts]
        return made


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def whole(databases: Databases, engine_kind: str, authority: Authority) -> Iterator[Whole]:
    store = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    with served(make_app(store, SeededWorld(MORNING), MANNERS), authority) as place, open_client(place) as client:
        made = Whole(store, client)
        yield made
        print(*(f"{count:6} {name}" for name, count in sorted(made.answers.items())), sep="\n")
    store.dispose()


def _cases(question: str) -> st.SearchStrategy[schemathesis.Case]:
    method, path = question.split(" ")
    operation = schemathesis.openapi.from_dict(document())[path][method]
    return st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)


def _ask_everything(whole: Whole, question: str, signed: bool, examples: int) -> None:
    @settings(
        max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None, phases=[Phase.generate],
        derandomize=False,
    )  # fmt: skip
    @given(_cases(question))
    def asked(case: schemathesis.Case) -> None:
        whole.ask(case, signed=signed)

    asked()


@pytest.mark.parametrize("signed", [False, True], ids=["stranger", "signed"])
def test_no_request_breaks_head_office(whole: Whole, signed: bool) -> None:
    for question in QUESTIONS:
        _ask_everything(whole, question, signed, EXAMPLES)


@pytest.mark.long
@pytest.mark.parametrize("signed", [False, True], ids=["stranger", "signed"])
def test_no_request_breaks_head_office_in_five_thousand(whole: Whole, signed: bool) -> None:
    for question in QUESTIONS:
        _ask_everything(whole, question, signed, LONG_EXAMPLES)
    assert sum(whole.answers.values()) > 2_500
