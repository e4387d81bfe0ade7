"""Offices are let in by a code that is good once, and their desks get letters that never meet."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy.engine import Engine

from central import tables
from central.app import Manners, make_app
from central.enrolment import Enrolment, WrongCode
from central.isolation import speak_as_head_office
from central.log import Log
from central.store import open_store
from desktop.services.sync import messages
from desktop.services.sync.enrol_code import (
    OTHER_PROJECT,
    TOKEN_EXPIRED,
    TOKEN_UNKNOWN,
    TOKEN_USED,
    EnrolmentCode,
    EnrolmentCodeMistyped,
    EnrolmentRefused,
    fingerprint,
)
from desktop.services.sync.enrolling import LetIn, enrol, fetch_place
from desktop.services.sync.head_office import NotHeadOffice, Why
from desktop.services.sync.http_client import HttpHeadOffice, Place
from desktop.services.sync.letters import LETTERS, every_letter, place_of
from desktop.services.sync.messages import Refusal
from desktop.world import SeededWorld
from tests.central.kit import Pc, RequestKeys, Station
from tests.central.serving import Authority, served
from tests.conftest import MORNING
from tests.databases import Databases

PACE = {"device": "1000/second", "enrol": "1000/minute"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def store(databases: Databases, engine_kind: str) -> Iterator[Engine]:
    engine = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    yield engine
    engine.dispose()


@pytest.fixture
def server_world() -> SeededWorld:
    return SeededWorld(MORNING, seed=7)


@pytest.fixture
def place(store: Engine, server_world: SeededWorld, authority: Authority) -> Iterator[Place]:
    with served(make_app(store, server_world, Manners(pace=PACE, ca=authority.pem)), authority) as told:
        yield told


@pytest.fixture
def head(store: Engine, server_world: SeededWorld) -> Enrolment:
    """Head office's own hands, with one project."""
    made = Enrolment(store, server_world)
    made.add_project("WJY", "望江苑")
    return made


def code_for(head: Enrolment, place: Place, project: str = "WJY") -> EnrolmentCode:
    """A code as head office hands it out, typed back."""
    der = ssl.PEM_cert_to_DER_cert(place.ca)
    made = EnrolmentCode(place.address.removeprefix("https://"), fingerprint(der), head.make_token(project))
    address, _, symbols = made.text.partition("/")
    typed = symbols.lower().replace("-", " ").replace("0", "o")
    assert EnrolmentCode.parse(f"{address} / {typed}") == made
    return made


def let_in(code: EnrolmentCode, pc: Pc, project: UUID | None, world: SeededWorld) -> LetIn:
    return enrol(code, pc.keys, pc.public, project and project.hex, world)


def refused(code: EnrolmentCode, pc: Pc, project: UUID | None, world: SeededWorld) -> str:
    with pytest.raises((EnrolmentRefused, Refusal)) as caught:
        let_in(code, pc, project, world)
    return str(caught.value.code)  # type: ignore[attr-defined]


def test_the_first_pc_says_the_project_and_works_at_once(head: Enrolment, place: Place, world: SeededWorld) -> None:
    pc, project = Pc(), uuid4()
    told = let_in(code_for(head, place), pc, project, world)
    assert told.place == place
    assert (told.enrolled.project, told.enrolled.code, told.enrolled.name) == (project.hex, "WJY", "望江苑")
    assert head.find("WJY").project_id == project
    station = Station(project, pc, MORNING)
    station.act()
    with HttpHeadOffice(told.place, project.hex, pc.keys, world) as office:
        office.hello(station.hello())
        assert office.push(station.push()).last == 1


def test_a_later_pc_takes_the_project_of_the_code_and_may_mean_no_other(
    head: Enrolment, place: Place, world: SeededWorld
) -> None:
    project = uuid4()
    let_in(code_for(head, place), Pc(), project, world)
    assert let_in(code_for(head, place), Pc(), None, world).enrolled.project == project.hex
    assert let_in(code_for(head, place), Pc(), project, world).enrolled.project == project.hex
    code = code_for(head, place)
    assert refused(code, Pc(), uuid4(), world) == OTHER_PROJECT
    head.add_project("CHY", "翠湖花园")
    assert refused(code_for(head, place, "CHY"), Pc(), project, world) == OTHER_PROJECT, "it has its code already"
    assert refused(code_for(head, place, "CHY"), Pc(), None, world) == OTHER_PROJECT, "nobody has said its id yet"
    assert let_in(code, Pc(), project, world).enrolled.code == "WJY", "a refusal does not use the code up"


def test_a_code_is_good_once_for_one_pc_and_not_for_ever(
    head: Enrolment, place: Place, world: SeededWorld, server_world: SeededWorld
) -> None:
    code, pc, project = code_for(head, place), Pc(), uuid4()
    first = let_in(code, pc, project, world)
    assert let_in(code, pc, project, SeededWorld(MORNING, seed=3)) == first, "the reply may have been lost"
    assert refused(code, Pc(), project, world) == TOKEN_USED
    assert refused(replace(code, secret=bytes(16)), Pc(), project, world) == TOKEN_UNKNOWN
    late = code_for(head, place)
    for clock in (server_world, world):
        clock.advance(timedelta(hours=24, minutes=1))
    assert refused(late, Pc(), project, world) == TOKEN_EXPIRED


def test_who_brings_a_key_must_have_it(head: Enrolment, place: Place, world: SeededWorld) -> None:
    pc, thief, project = Pc(), Pc(), uuid4()
    let_in(code_for(head, place), pc, project, world)
    code = code_for(head, place)
    keys = RequestKeys(pc.id, thief.keys.key)
    with pytest.raises(Exception, match="签名"):
        enrol(code, keys, pc.public, project.hex, world)
    with pytest.raises(Refusal) as foreign:  # the id of a PC that is known, with a key of one's own
        enrol(code, keys, thief.public, project.hex, world)
    assert foreign.value.code == messages.FOREIGN


def test_a_pc_that_was_shut_out_does_not_come_back_by_a_code(
    head: Enrolment, place: Place, world: SeededWorld, store: Engine
) -> None:
    pc, project = Pc(), uuid4()
    let_in(code_for(head, place), pc, project, world)
    Log(store, world).revoke(project, pc.id)
    assert refused(code_for(head, place), pc, project, world) == messages.REVOKED


def test_a_secret_is_kept_as_its_hash_only(head: Enrolment, store: Engine) -> None:
    secret = head.make_token("WJY")
    with store.connect() as connection:
        speak_as_head_office(connection)
        row = connection.execute(sa.select(tables.token)).one()
    assert secret not in [bytes(value) for value in row if isinstance(value, bytes)]
    for code in ("wjy", "W", "WJYWJYW", "望江苑", "A-B"):
        with pytest.raises(WrongCode):
            head.add_project(code, "望江苑")
    with pytest.raises(WrongCode, match="已经"):
        head.add_project("WJY", "望江苑")
    with pytest.raises(WrongCode, match="没有"):
        head.make_token("CHY")


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_an_authority_that_is_not_the_codes_is_not_believed(
    head: Enrolment, place: Place, world: SeededWorld, tmp_path: Path, store: Engine, server_world: SeededWorld
) -> None:
    other = Authority.make(tmp_path / "other")
    code = code_for(head, replace(place, ca=other.pem))
    with pytest.raises(NotHeadOffice) as wrong:
        fetch_place(code)
    assert wrong.value.code is Why.WRONG_CERTIFICATE
    # It passes the right certificate on, but cannot speak for it: nothing of the PC goes there.
    authority_of_code = Place("", place.ca)
    with served(make_app(store, server_world, Manners(pace=PACE, ca=place.ca)), other) as between:
        code = code_for(head, replace(authority_of_code, address=between.address))
        with pytest.raises(NotHeadOffice) as wrong:
            let_in(code, Pc(), uuid4(), world)
        assert wrong.value.code is Why.WRONG_CERTIFICATE


def test_guessing_is_slow(
    store: Engine, head: Enrolment, server_world: SeededWorld, authority: Authority, world: SeededWorld
) -> None:
    manners = Manners(pace={**PACE, "enrol": "5/minute"}, ca=authority.pem)
    with served(make_app(store, server_world, manners), authority) as place:
        code = replace(code_for(head, place), secret=bytes(16))
        found = []
        for _ in range(7):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - both kinds, counted below
                let_in(code, Pc(), uuid4(), world)
            found.append(str(caught.value.code))  # type: ignore[attr-defined]
    assert found == [TOKEN_UNKNOWN] * 5 + [Why.BUSY] * 2


# ---- the text of a code ------------------------------------------------------------------------------------------


@settings(derandomize=True)  # one slip in 65,536 is not noticed
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.data())
def test_a_slip_in_a_code_is_noticed(mark: bytes, secret: bytes, data: st.DataObject) -> None:
    code = EnrolmentCode("hq.example.com:8443", mark, secret)
    assert EnrolmentCode.parse(f" https://{code.text} ") == code
    assert str(code) not in code.text, "its secret is not in what a log would say"
    place = data.draw(st.integers(0, len(code.text) - 1))
    other = data.draw(st.sampled_from("ABCDEFGH234567"))
    slipped = code.text[:place] + other + code.text[place + 1 :]
    if slipped.lower() == code.text.lower() or "-" in (code.text[place], other):
        return
    with pytest.raises(EnrolmentCodeMistyped):
        EnrolmentCode.parse(slipped)


@pytest.mark.parametrize(
    "text", ["", "/", "K7QX2", "hq.example.com:8443", "hq.example.com:8443/K7QX2", "hq/总部", "a b/c"]
)
def test_what_is_no_code_says_what_to_do(text: str) -> None:
    with pytest.raises(EnrolmentCodeMistyped) as wrong:
        EnrolmentCode.parse(text)
    assert "登记码" in wrong.value.message
    assert wrong.value.field == "enrolment_code"


# ---- letters -----------------------------------------------------------------------------------------------------


def test_letters_never_meet(store: Engine, world: SeededWorld) -> None:
    log, pc, project = Log(store, world), Pc(), uuid4()
    log.add_project(project, "WJY", "望江苑")
    log.add_device(project, pc.id, pc.public)
    first, second = Station(project, pc, MORNING), Station(project, pc, MORNING)
    first.act(t="desk", pk=uuid4().hex, set={"name": "前台", "code": "A"})

    def spare(station: Station, *used: str) -> list[str]:
        return log.hello(pc.id, structs.replace(station.hello(), letters=list(used))).letters

    assert spare(first, "A") == ["B", "C"]
    log.push(pc.id, first.push())
    assert spare(second) == ["D", "E"], "A came with an act, B and C lie ready elsewhere"
    assert spare(second) == ["D", "E"], "the reply may have been lost"
    assert spare(first, "A", "B") == ["C", "F"]
    log.restored()
    later = Station(project, pc, MORNING)
    assert min(spare(later), key=place_of) >= "K", "G to N may have been given since the backup"


def test_letters_do_not_run_out() -> None:
    found = list(every_letter())
    assert "".join(found[: len(LETTERS)]) == LETTERS
    assert len(set(found)) == len(found) == 24 + 24 * 24
    assert {len(letter) for letter in found} == {1, 2}
