"""Head office on the wire: the questions of a session over real TLS, every bad request and every bad answer."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest
from sqlalchemy.engine import Engine

from central.app import Manners, make_app
from central.log import Log
from central.store import open_store
from desktop.services.sync import messages, over_http
from desktop.services.sync.head_office import HeadOffice, NoHeadOffice, NotHeadOffice, NotTogether, Unreachable, Why
from desktop.services.sync.http_client import HttpHeadOffice, Place, open_client
from desktop.services.sync.messages import Hello, Page, Push, Refusal, Returned, sent
from desktop.services.sync.over_http import CONTENT_TYPE, HTTP_WIRE, PROJECT_HEADER, WIRE_HEADER, No
from desktop.services.sync.signing import sign_request
from desktop.services.sync.wire import decode_header
from desktop.world import SeededWorld
from tests.central.kit import NOBODY, Pc, Station
from tests.central.serving import Authority, pretending, served
from tests.conftest import MORNING
from tests.databases import Databases

QUICK = Manners(pace={"device": "1000/second", "enrol": "1000/minute"})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def store(databases: Databases, engine_kind: str) -> Iterator[Engine]:
    """An empty head office's database."""
    engine = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    yield engine
    engine.dispose()


@pytest.fixture
def server_world() -> SeededWorld:
    return SeededWorld(MORNING, seed=7)


@pytest.fixture
def place(store: Engine, server_world: SeededWorld, authority: Authority) -> Iterator[Place]:
    """Where a real head office listens."""
    with served(make_app(store, server_world, QUICK), authority) as told:
        yield told


@pytest.fixture
def log(store: Engine, server_world: SeededWorld) -> Log:
    return Log(store, server_world)


@pytest.fixture
def station(log: Log) -> Station:
    """A database of a project that is enrolled."""
    pc, project_id = Pc(), uuid4()
    log.add_project(project_id, "WJY", "望江苑")
    log.add_device(project_id, pc.id, pc.public)
    return Station(project_id, pc, MORNING)


@pytest.fixture
def desk(place: Place, station: Station, world: SeededWorld) -> Iterator[HttpHeadOffice]:
    """Head office as that database sees it."""
    with HttpHeadOffice(place, station.project_id.hex, station.pc.keys, world) as office:
        yield office


def why(call: Callable[[], Any]) -> str:
    """The code of the no that a call gets."""
    with pytest.raises((Refusal, NoHeadOffice)) as caught:
        call()
    told = caught.value
    if isinstance(told, NoHeadOffice):
        assert told.message.strip()
        assert told.safe
    return str(told.code)  # type: ignore[attr-defined]


class Raw:
    """Requests by hand: signed as a PC would, with one thing or another wrong."""

    def __init__(self, place: Place, pc: Pc, project_id: UUID) -> None:
        self._client = open_client(place)
        self._pc, self._project = pc, project_id
        self._number = 0

    def request(
        self, path: str, body: bytes, *, at: datetime = MORNING, headers: dict[str, str] | None = None,
        method: str = "POST",
    ) -> httpx2.Request:  # fmt: skip
        """A signed request, not yet sent."""
        self._number += 1
        told = {WIRE_HEADER: str(HTTP_WIRE), PROJECT_HEADER: self._project.hex, "content-type": CONTENT_TYPE}
        request = self._client.build_request(method, path, headers=told | (headers or {}), content=body)
        sign_request(request, self._pc.keys, at, uuid4().bytes)
        return request

    def send(self, request: httpx2.Request) -> tuple[int, Any]:
        """Status and answer; every answer is head office's."""
        response = self._client.send(request)
        assert response.headers["content-type"] == CONTENT_TYPE
        assert WIRE_HEADER in response.headers
        return response.status_code, response.json()

    def no(self, request: httpx2.Request) -> tuple[int, str]:
        """Status and code of a no."""
        response = self._client.send(request)
        return response.status_code, msgspec.json.decode(response.content, type=No).code

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def raw(place: Place, station: Station) -> Iterator[Raw]:
    made = Raw(place, station.pc, station.project_id)
    yield made
    made.close()


# ---- a session ---------------------------------------------------------------------------------------------------


def test_a_session_over_the_wire_is_one_with_the_log(desk: HttpHeadOffice, station: Station, log: Log) -> None:
    office: HeadOffice = desk
    greeting = office.hello(station.hello())
    assert (greeting.last, greeting.hash, greeting.head, greeting.epoch) == (0, messages.NO_HASH, 0, 1)
    for ops in (1, 3, 0, 2):
        station.act(ops)
    pushed = office.push(station.push())
    assert (pushed.last, pushed.hash, pushed.clocks, pushed.aside) == (4, station.hash_at(4), {}, {})
    page = office.pull(station.project_id.hex, NOBODY, 1, 2)
    assert (page.next, page.head, [act.number for act in page.acts]) == (3, 4, [2, 3])
    assert [act.act.bare for act in page.acts] == station.acts[1:3], "the exact bytes that were signed"
    known, lost = decode_header(station.acts[0].header).act, uuid4().hex
    assert office.wanted(station.project_id.hex, [known, lost]) == [lost]
    station.act(2)
    returned = Returned(station.project_id.hex, 1, [sent(station.acts[-1])])
    assert office.take_back(returned).aside == {}
    assert office.pull(station.project_id.hex, NOBODY, 4, 500).acts[0].act.bare == station.acts[-1]
    assert log.hello(station.pc.id, station.hello()).head == 5


def test_a_refusal_comes_with_where_head_office_stands(desk: HttpHeadOffice, station: Station) -> None:
    desk.hello(station.hello())
    for _ in range(3):
        station.act()
    with pytest.raises(Refusal) as gap:
        desk.push(station.push(2))
    assert gap.value.code == messages.GAP
    assert gap.value.seen is not None
    assert gap.value.seen.last == 0
    station.epoch = 9
    with pytest.raises(Refusal) as epoch:
        desk.push(station.push())
    assert (epoch.value.code, epoch.value.seen is not None) == (messages.EPOCH, True)


def test_a_large_push_travels_packed_and_whole(desk: HttpHeadOffice, station: Station) -> None:
    desk.hello(station.hello())
    station.act(set={"text": "望江苑三号楼电梯年检合格证已经张贴" * 60_000})
    for _ in range(300):
        station.act(4)
    assert desk.push(station.push()).last == 301
    assert desk.pull(station.project_id.hex, NOBODY, 0, 500).acts[0].act.bare == station.acts[0]


def test_a_pc_that_was_shut_out_hears_so_also_in_the_middle_of_a_large_push(
    desk: HttpHeadOffice, station: Station, log: Log
) -> None:
    desk.hello(station.hello())
    log.revoke(station.project_id, station.pc.id)
    station.act(set={"text": uuid4().hex * 100_000})
    assert why(lambda: desk.push(station.push())) == messages.REVOKED
    assert why(lambda: desk.hello(station.hello())) == messages.REVOKED


# ---- bad requests ------------------------------------------------------------------------------------------------


def test_a_project_of_others_is_answered_as_one_that_is_not_there(
    place: Place, station: Station, log: Log, world: SeededWorld
) -> None:
    """Every question, asked by a PC of another project: for theirs and for none, the same words."""
    other, project = Pc(), uuid4()
    log.add_project(project, "CHY", "翠湖花园")
    log.add_device(project, other.id, other.public)
    log.hello(station.pc.id, station.hello())
    station.act()
    log.push(station.pc.id, station.push())
    act = decode_header(station.acts[0].header).act

    def answers(asked: UUID, signed_for: UUID) -> list[bytes]:
        theirs = Station(asked, station.pc, MORNING, station.node_id)
        theirs.acts = station.acts
        hand, found = Raw(place, other, signed_for), list[bytes]()
        query = f"?project={asked.hex}&node={NOBODY}&after=0"
        for path, told in (
            (over_http.HELLO, theirs.hello()), (over_http.PUSH, theirs.push()),
            (over_http.WANTED, messages.Offer(asked.hex, [act])),
            (over_http.TAKE_BACK, Returned(asked.hex, 1, [sent(station.acts[0])])), (over_http.PULL + query, None),
        ):  # fmt: skip
            body = msgspec.json.encode(told) if told else b""
            request = hand.request(path, body, method="POST" if told else "GET")
            response = hand._client.send(request)
            assert response.status_code == 403
            found.append(response.content)
        hand.close()
        return found

    absent = uuid4()
    for signed_for in (None, project):  # signed for the project that is asked for, or for one's own
        assert answers(station.project_id, signed_for or station.project_id) == answers(absent, signed_for or absent)
    with HttpHeadOffice(place, project.hex, other.keys, world) as theirs:
        assert theirs.hello(Station(project, other, MORNING).hello()).head == 0
        assert theirs.wanted(project.hex, [act]) == [act]
        assert theirs.pull(project.hex, NOBODY, 0).acts == []


def test_what_was_not_signed_so_is_refused(raw: Raw, station: Station) -> None:
    body = msgspec.json.encode(station.hello())
    changed: list[Callable[[httpx2.Request], None]] = []

    def change(name: str, value: str | None) -> None:
        def do(request: httpx2.Request) -> None:
            if value is None:
                del request.headers[name]
            else:
                request.headers[name] = value

        changed.append(do)

    change("signature", None)
    change("signature-input", None)
    change("content-digest", None)
    change("signature", "anju=:AAAA:")
    change("signature", "anju=:" + "A" * 86 + "==:")
    change("signature-input", 'anju=();created=1;keyid="x"')
    change("signature-input", "\u00e4")
    change("content-digest", "sha-256=:" + "A" * 43 + "=:")
    for do in changed:
        request = raw.request(over_http.HELLO, body)
        do(request)
        assert raw.no(request) == (401, over_http.BAD_SIGNATURE), request.headers
    request = raw.request(over_http.HELLO, body)
    request.headers[PROJECT_HEADER] = uuid4().hex  # moved to another project
    assert raw.no(request) == (403, messages.UNKNOWN_DEVICE)
    moved = raw.request(over_http.HELLO, body)
    moved.url = moved.url.copy_with(path=over_http.PUSH)
    assert raw.no(moved) == (401, over_http.BAD_SIGNATURE)
    other = raw.request(over_http.HELLO, body)
    swapped = httpx2.Request("POST", other.url, headers=other.headers, content=body.replace(b"1", b"2"))
    assert raw.no(swapped) == (401, over_http.BAD_SIGNATURE)
    assert raw.send(raw.request(over_http.HELLO, body))[0] == 200


def test_a_signed_request_counts_once(raw: Raw, station: Station, server_world: SeededWorld) -> None:
    request = raw.request(over_http.HELLO, msgspec.json.encode(station.hello()), at=MORNING)
    assert raw.send(request)[0] == 200
    assert raw.no(request) == (401, over_http.REPLAYED)
    server_world.advance(timedelta(minutes=4))
    assert raw.no(request) == (401, over_http.REPLAYED)
    server_world.advance(timedelta(minutes=2))
    assert raw.no(request) == (401, over_http.CLOCK), "forgotten only when its time is over"
    server_world.advance(timedelta(minutes=6))
    assert raw.no(request) == (401, over_http.CLOCK)


def test_what_was_signed_before_the_program_started_does_not_count(raw: Raw, station: Station) -> None:
    """Its memory of requests is gone: one that was heard before could be said again."""
    early = raw.request(over_http.HELLO, msgspec.json.encode(station.hello()), at=MORNING - timedelta(seconds=1))
    assert raw.no(early) == (401, over_http.CLOCK)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hours", [-20, -1, 1, 20])
def test_a_clock_that_is_some_hours_off_is_set_right_by_the_answer(
    place: Place, station: Station, world: SeededWorld, hours: int
) -> None:
    world.advance(timedelta(hours=hours))
    with HttpHeadOffice(place, station.project_id.hex, station.pc.keys, world) as office:
        assert office.hello(station.hello()).head == 0
        assert office.offset == timedelta(hours=-hours), "the desk can say so"


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("days", [-2, 2, 9000])
def test_a_clock_two_days_off_is_told_with_the_time_at_head_office(
    place: Place, station: Station, world: SeededWorld, days: int
) -> None:
    world.advance(timedelta(days=days))
    with (
        HttpHeadOffice(place, station.project_id.hex, station.pc.keys, world) as office,
        pytest.raises(NotTogether, match="时钟") as told,
    ):
        office.hello(station.hello())
    assert (told.value.code, told.value.server_at) == (Why.CLOCK, MORNING)


def test_a_gzip_bomb_is_not_unpacked(raw: Raw, station: Station) -> None:
    packed = {"content-encoding": "gzip"}
    bomb = gzip.compress(b" " * 100_000_000, 9)
    assert len(bomb) < 200_000
    assert raw.no(raw.request(over_http.WANTED, bomb, headers=packed)) == (413, messages.TOO_LARGE)
    modest = bomb[:-4] + (2).to_bytes(4, "little")  # it says that it holds two bytes
    boastful = bomb[:-4] + (2**31).to_bytes(4, "little")
    assert raw.no(raw.request(over_http.WANTED, modest, headers=packed)) == (400, over_http.NOT_UNDERSTOOD)
    assert raw.no(raw.request(over_http.PUSH, boastful, headers=packed)) == (413, messages.TOO_LARGE)
    for broken in (b"no gzip", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"more", b"", b"x"):
        assert raw.no(raw.request(over_http.PUSH, broken, headers=packed))[0] in (400, 413)
    assert raw.no(raw.request(over_http.PUSH, b"{}", headers={"content-encoding": "br"})) == (
        415, over_http.NOT_UNDERSTOOD,
    )  # fmt: skip


def test_too_much_is_refused_before_it_is_read(raw: Raw, station: Station) -> None:
    assert raw.no(raw.request(over_http.HELLO, b" " * (over_http.SMALL_BODY + 1))) == (413, messages.TOO_LARGE)
    with announced(raw.request(over_http.PUSH, b"{}"), over_http.MOST_BODY + 1) as line:
        assert line.getresponse().status == 413
    many = replace_acts(station.push(acts=[station.act()]), messages.MOST_ACTS + 1)
    assert raw.send(raw.request(over_http.HELLO, msgspec.json.encode(station.hello())))[0] == 200
    assert raw.no(raw.request(over_http.PUSH, msgspec.json.encode(many))) == (413, messages.TOO_LARGE)
    returned = Returned(many.project, 1, many.acts)
    assert raw.no(raw.request(over_http.TAKE_BACK, msgspec.json.encode(returned))) == (413, messages.TOO_LARGE)


@contextlib.contextmanager
def announced(request: httpx2.Request, length: int) -> Iterator[http.client.HTTPSConnection]:
    """A line on which the head of a request was said, with a length of its own, and nothing of its body."""
    line = http.client.HTTPSConnection("127.0.0.1", request.url.port, context=ssl._create_unverified_context())
    line.putrequest("POST", request.url.path)
    for name, value in request.headers.items():
        if name != "host":
            line.putheader(name, str(length) if name == "content-length" else value)
    line.endheaders()
    yield line
    line.close()


def test_an_act_alone_may_be_very_large(desk: HttpHeadOffice, station: Station) -> None:
    """The bills of a whole project are one act. Several large ones come one after another."""
    desk.hello(station.hello())
    for _ in range(2):
        station.act(6, text="单" * 1_300_000)
    assert messages.size_of([sent(station.acts[0])]) > over_http.LARGE_BODY
    for number in (1, 2):
        assert desk.push(station.push(number, number)).aside == {}
    page = desk.pull(station.project_id.hex, NOBODY, 0)
    assert [act.act.bare for act in page.acts] == station.acts[:1], "one alone in its page"


def replace_acts(push: Push, times: int) -> Push:
    return Push(push.project, push.node, push.epoch, push.first, push.before, push.acts * times)


def bad_bodies(station: Station) -> list[bytes]:
    """What no program of ours would send as a greeting."""
    good = msgspec.to_builtins(station.hello())
    return [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, msgspec.json.encode(good)[:-1],
        *(msgspec.json.encode(good | change) for change in (
            {"node": "x"}, {"node": good["node"].upper() + "\n"}, {"node": -1}, {"last": -1}, {"last": 2**63},
            {"hash": ""}, {"hash": "!!"}, {"letters": ["A", "\0"]}, {"letters": ["A" * 9]}, {"letters": "A"},
            {"cursor": None}, {"rev": 2**40}, {"epoch": 1.5},
        )),
    ]  # fmt: skip


def test_half_a_body_and_nonsense_are_not_understood(raw: Raw, station: Station) -> None:
    for body in bad_bodies(station):
        assert raw.no(raw.request(over_http.HELLO, body)) == (400, over_http.NOT_UNDERSTOOD), body[:80]
    assert raw.send(raw.request(over_http.HELLO, msgspec.json.encode(station.hello())))[0] == 200


def test_a_line_that_is_cut_in_the_middle_of_a_body_takes_nothing(
    place: Place, raw: Raw, station: Station, desk: HttpHeadOffice
) -> None:
    desk.hello(station.hello())
    station.act()
    request = raw.request(over_http.PUSH, msgspec.json.encode(station.push()))
    with announced(request, len(request.content)) as line:
        line.send(request.content[: len(request.content) // 2])
    assert desk.push(station.push()).last == 1, "and the same act comes later, once"
    assert desk.pull(station.project_id.hex, NOBODY, 0).head == 1


def test_an_old_desk_is_asked_to_update_and_a_stranger_is_not_understood(raw: Raw, station: Station) -> None:
    body = msgspec.json.encode(station.hello())
    for version, expected in (
        ("0", (426, over_http.UPGRADE)), ("2", (426, over_http.UPGRADE)), ("x", (400, over_http.NOT_UNDERSTOOD)),
        ("", (400, over_http.NOT_UNDERSTOOD)), ("99999999", (400, over_http.NOT_UNDERSTOOD)),
    ):  # fmt: skip
        assert raw.no(raw.request(over_http.HELLO, body, headers={WIRE_HEADER: version})) == expected
    assert raw.no(raw.request("/v1/nothing", body)) == (404, over_http.NOT_HERE)
    assert raw.no(raw.request(over_http.HELLO, b"", method="GET")) == (405, over_http.NOT_HERE)
    assert raw.no(raw.request(over_http.PULL + "?project=x&node=x&after=0", b"", method="GET"))[0] == 400


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_program_gone_wild_is_asked_to_wait(
    store: Engine, server_world: SeededWorld, authority: Authority, station: Station, world: SeededWorld
) -> None:
    app = make_app(store, server_world, Manners(pace={"device": "3/minute", "enrol": "5/minute"}))
    with served(app, authority) as place, HttpHeadOffice(place, station.project_id.hex, station.pc.keys, world) as desk:
        for _ in range(3):
            desk.hello(station.hello())
        with pytest.raises(Unreachable) as busy:
            desk.hello(station.hello())
        assert busy.value.code is Why.BUSY
        assert busy.value.retry_after is not None
        assert 1 <= busy.value.retry_after <= 60


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_an_outage_and_not_a_loss(
    desk: HttpHeadOffice, station: Station, databases: Databases, store: Engine
) -> None:
    desk.hello(station.hello())
    station.act()
    with databases.admin() as admin:
        admin.execute(f'ALTER DATABASE "{store.url.database}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [store.url.database])
        assert why(lambda: desk.push(station.push())) == Why.SERVER_TROUBLE
        admin.execute(f'ALTER DATABASE "{store.url.database}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]
    assert desk.push(station.push()).last == 1


# ---- bad answers -------------------------------------------------------------------------------------------------

PAGE = b"<html><body><h1>\xe4\xb8\x8a\xe7\xbd\x91\xe7\x99\xbb\xe5\xbd\x95</h1></body></html>"
OURS = f"content-type: {CONTENT_TYPE}\r\n{WIRE_HEADER}: 1-1\r\n".encode()


def said(headers: bytes, body: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """An answer as it goes over the line."""
    size = len(body) if length is None else length
    return b"HTTP/1.1 " + status + b"\r\n" + headers + f"content-length: {size}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("answer", "expected", "kind"),
    [
        pytest.param(said(b"content-type: text/html\r\n", PAGE), Why.PORTAL, NotHeadOffice, id="captive portal"),
        pytest.param(said(b"content-type: text/html\r\n", PAGE, b"404 No"), Why.PORTAL, NotHeadOffice, id="404"),
        pytest.param(said(b"content-type: application/json\r\n", b"{}"), Why.PORTAL, NotHeadOffice, id="other json"),
        pytest.param(said(b"location: http://10.0.0.1/\r\n", b"", b"302 Found"), Why.REDIRECT, NotHeadOffice, id="302"),
        pytest.param(said(b"content-type: text/html\r\n", b"", b"502 Bad"), Why.SERVER_TROUBLE, Unreachable, id="502"),
        pytest.param(said(OURS, b'{"at":"', length=900), Why.LINE_CUT, Unreachable, id="half a body"),
        pytest.param(said(OURS, b'{"at":"'), Why.BAD_BODY, NotHeadOffice, id="half an answer"),
        pytest.param(said(OURS, PAGE), Why.BAD_BODY, NotHeadOffice, id="html as ours"),
        pytest.param(said(OURS, b"[" * 50_000), Why.BAD_BODY, NotHeadOffice, id="deep"),
        pytest.param(said(OURS, b"{}", b"409 No"), Why.BAD_BODY, NotHeadOffice, id="a no without words"),
        pytest.param(
            said(OURS + b"content-encoding: gzip\r\n", b"nonsense"), Why.BAD_BODY, NotHeadOffice, id="no gzip"
        ),
        pytest.param(said(OURS.replace(b"1-1", b"0-0"), b"{}"), Why.OLD_SERVER, NotTogether, id="old server"),
        pytest.param(said(OURS.replace(b"1-1", b"3-7"), b"{}"), Why.OLD_DESK, NotTogether, id="new server"),
        pytest.param(said(OURS.replace(b"1-1", b"new"), b"{}"), Why.BAD_BODY, NotHeadOffice, id="no version"),
        pytest.param(b"", Why.LINE_CUT, Unreachable, id="hangs up"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", Why.LINE_CUT, Unreachable, id="not http"),
    ],
)  # fmt: skip
def test_who_is_not_head_office_is_told_from_it(
    answer: bytes, expected: Why, kind: type[NoHeadOffice], authority: Authority, world: SeededWorld
) -> None:
    with pretending(answer, authority) as port:
        told = asked(Place(f"https://127.0.0.1:{port}", authority.pem), world)
    assert (told.code, type(told)) == (expected, kind)


def test_an_answer_that_does_not_end_is_not_read(
    authority: Authority, world: SeededWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_http, "MOST_BODY", 20_000_000)
    bomb = said(OURS + b"content-encoding: gzip\r\n", gzip.compress(b" " * 30_000_000))
    with pretending(bomb, authority) as port:
        assert asked(Place(f"https://127.0.0.1:{port}", authority.pem), world).code is Why.TOO_LONG


def asked(place: Place, world: SeededWorld) -> NoHeadOffice:
    """What becomes of a greeting there."""
    station = Station(uuid4(), Pc(), MORNING)
    with (
        HttpHeadOffice(place, station.project_id.hex, station.pc.keys, world) as office,
        pytest.raises(NoHeadOffice) as caught,
    ):
        office.hello(station.hello())
    return caught.value


def test_another_authority_a_line_without_tls_and_no_line_at_all(
    authority: Authority, world: SeededWorld, tmp_path: Path
) -> None:
    other = Authority.make(tmp_path / "other")
    with pretending(said(OURS, b"{}"), other) as port:
        assert asked(Place(f"https://127.0.0.1:{port}", authority.pem), world).code is Why.WRONG_CERTIFICATE
        # The same machine under a name that its certificate does not carry.
        assert asked(Place(f"https://localhost:{port}", other.pem), world).code is Why.WRONG_CERTIFICATE
    with pretending(said(b"content-type: text/html\r\n", PAGE)) as port:
        assert asked(Place(f"https://127.0.0.1:{port}", authority.pem), world).code is Why.PORTAL
    assert asked(Place(f"https://127.0.0.1:{port}", authority.pem), world).code is Why.NO_LINE
    with pytest.raises(NotHeadOffice):
        open_client(Place("https://127.0.0.1", "no certificate"))


def test_every_reason_has_its_sentence() -> None:
    from desktop.services.sync.head_office import SENTENCES

    assert set(SENTENCES) == set(Why)
    assert all("：" in sentence for sentence in SENTENCES.values()), "what happened, then what to do"


# ---- oversight ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_health_readiness_and_counts_say_nothing_of_a_project(
    place: Place, desk: HttpHeadOffice, station: Station
) -> None:
    desk.hello(station.hello())
    station.act()
    desk.push(station.push())
    with open_client(place) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/ready").json() == {"status": "ready"}
        counts = client.get("/metrics")
        assert counts.headers["content-type"].startswith("application/openmetrics-text")
        assert 'anju_acts_total{what="taken"} 1.0' in counts.text
        assert 'anju_requests_total{code="",route="/v1/push",status="200"} 1.0' in counts.text
        for secret in (station.project_id.hex, station.pc.id.hex, str(station.project_id), "WJY", "望江苑"):
            assert secret not in counts.text


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_counts_are_not_there_for_others_and_sqlite_is_never_ready(
    store: Engine, server_world: SeededWorld, authority: Authority
) -> None:
    with served(make_app(store, server_world), authority) as place, open_client(place) as client:
        assert client.get("/ready").status_code == 503
    with (
        served(make_app(store, server_world, replace(QUICK, watchers=frozenset())), authority) as place,
        open_client(place) as client,
    ):
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == client.get("/metrics").status_code == 404


def test_a_page_of_nothing_is_small(desk: HttpHeadOffice, station: Station) -> None:
    assert desk.pull(station.project_id.hex, NOBODY, 0) == Page(1, 0, 0, [])
    assert isinstance(station.hello(), Hello)
