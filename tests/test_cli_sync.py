"""The command line towards head office: let in by a code over real TLS, one session, and words for what went wrong."""

from __future__ import annotations

import json
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from central.app import Manners, make_app
from central.enrolment import Enrolment
from central.store import open_store
from desktop import cli
from desktop.services.sync.enrol_code import EnrolmentCode, fingerprint
from desktop.services.sync.http_client import Place
from desktop.world import World
from tests.central.serving import Authority, served

PACE = {"device": "1000/second", "enrol": "1000/minute"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "office"
    size = ("--rooms", "8", "--tenants", "4", "--months", "1", "--seed", "5", "--today", "2026-11-22")
    assert cli.run(["demo", str(folder), *size, "--json"]) == 0
    return folder


@pytest.fixture
def office(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "office"))


@pytest.fixture
def head(tmp_path: Path) -> Iterator[tuple[Place, Enrolment]]:
    authority = Authority.make(tmp_path / "authority")
    store = open_store(f"sqlite:///{tmp_path / 'head.db'}")
    made = Enrolment(store, World())
    made.add_project("WJY", "望江苑")
    with served(make_app(store, World(), Manners(pace=PACE, ca=authority.pem)), authority) as place:
        yield place, made
    store.dispose()


def code_for(head: tuple[Place, Enrolment]) -> str:
    place, enrolment = head
    der = ssl.PEM_cert_to_DER_cert(place.ca)
    address = place.address.removeprefix("https://")
    return EnrolmentCode(address, fingerprint(der), enrolment.make_token("WJY")).text


def run(capsys: pytest.CaptureFixture[str], office: Path, *words: str) -> tuple[int, Any, str]:
    code = cli.run(["office", *words, "--data", str(office), "--json"])
    printed = capsys.readouterr()
    return code, json.loads(printed.out) if printed.out else None, printed.err


def test_let_in_and_in_step(capsys: pytest.CaptureFixture[str], office: Path, head: tuple[Place, Enrolment]) -> None:
    text = code_for(head)
    code, told, said = run(capsys, office, "enrol", text)
    assert code == cli.GOOD, said
    assert told["project"] == "望江苑"
    assert told["waiting"] > 0
    waiting = told["waiting"]
    code, told, said = run(capsys, office, "sync")
    assert code == cli.GOOD, said
    assert (told["done"], told["sent"], told["waiting"], told["trouble"]) == (True, waiting, 0, None)
    assert cli.run(["office", "sync", "--data", str(office)]) == cli.GOOD
    assert "上传 0 笔，收到 0 笔；和总部一致" in capsys.readouterr().out
    code, told, said = run(capsys, office, "enrol", "hq.example.com/K7QX2")
    assert (code, told) == (cli.WRONG, None)
    assert "登记码" in said


def test_without_head_office_it_says_what_to_do(capsys: pytest.CaptureFixture[str], office: Path) -> None:
    code, told, said = run(capsys, office, "sync")
    assert (code, told) == (cli.WRONG, None)
    assert "还没有登记到总部" in said


def test_a_head_office_that_is_gone_is_told_and_everything_waits(
    capsys: pytest.CaptureFixture[str], office: Path, tmp_path: Path
) -> None:
    authority = Authority.make(tmp_path / "authority")
    store = open_store(f"sqlite:///{tmp_path / 'head.db'}")
    made = Enrolment(store, World())
    made.add_project("WJY", "望江苑")
    with served(make_app(store, World(), Manners(pace=PACE, ca=authority.pem)), authority) as place:
        assert run(capsys, office, "enrol", code_for((place, made)))[0] == cli.GOOD
    store.dispose()
    code, told, said = run(capsys, office, "sync")
    assert code == cli.WRONG
    assert (told["done"], told["trouble"]) == (False, "no_line")
    assert told["waiting"] > 0
    assert "连不上总部" in said
    assert "待上传" in said
