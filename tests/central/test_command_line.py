"""`anju-central` as whoever keeps a head office types it, and the programs that it starts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
import sqlalchemy as sa

from central.__main__ import main
from central.certificates import CA_FILE, FILE, KEY_FILE, days_left, make_certificates
from central.config import ConfigWrong, read_config
from desktop.services.sync.enrol_code import EnrolmentCode
from desktop.services.sync.enrolling import enrol
from desktop.services.sync.http_client import HttpHeadOffice, Place, open_client
from desktop.world import World
from tests.central.kit import Pc, Station
from tests.databases import Databases

on_postgresql = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, database: str, **more: str) -> Path:
    """Settings and certificates of a head office on a free port."""
    make_certificates(folder, ["127.0.0.1"], World().now())
    url, port = sa.make_url(database), a_port()
    (folder / "password").write_text((url.password or "") + "\n")
    told = {
        "database": url._replace(password=None).render_as_string(), "password_file": "password",
        "listen": f"127.0.0.1:{port}", "address": f"127.0.0.1:{port}", "logs": "logs", "ca": CA_FILE,
    } | more  # fmt: skip
    lines = [f'{name} = "{value}"' for name, value in told.items()]
    lines += ["[tls]", f'certificate = "{FILE}"', f'key = "{KEY_FILE}"']
    path = folder / "central.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def settings(databases: Databases, engine_kind: str, tmp_path: Path) -> Path:
    return write_settings(tmp_path, databases.empty(engine_kind))  # type: ignore[arg-type]


Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(settings: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """A command: its exit code and what it says."""

    def run(*words: str) -> tuple[int, str]:
        code = main(["--config", str(settings), *words])
        told = capsys.readouterr()
        return code, (told.out + told.err).strip()

    return run


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """`anju-central` as a process of its own, ended as a service manager does."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "central", *words], cwd=root, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


def until_open(place: Place, process: subprocess.Popen[str]) -> None:
    with open_client(place) as client:
        while process.poll() is None:
            try:
                assert client.get("/ready").status_code == 200
                return
            except httpx2.TransportError:
                time.sleep(0.2)
    pytest.fail(process.communicate()[1])


@on_postgresql
def test_from_an_empty_database_to_an_office_that_syncs(settings: Path, typed: Typed) -> None:
    assert typed("check") == (0, "一切正常")
    assert typed("project", "add", "WJY", "望江苑")[0] == 0
    assert typed("project", "add", "WJY", "望江苑") == (1, "项目代号 WJY 已经有了")
    assert typed("project", "list")[1] == "WJY\t望江苑\t还没有管理处加入"
    code = EnrolmentCode.parse(typed("token", "WJY", "--hours", "1")[1].splitlines()[0])
    pc, project, world = Pc(), uuid4(), World()
    with running("--config", str(settings), "serve") as process:
        place = Place(f"https://{code.address}", (settings.parent / CA_FILE).read_text())
        until_open(place, process)
        told = enrol(code, pc.keys, pc.public, project.hex, world)
        assert told.place == place
        station = Station(project, pc, world.now())
        station.act()
        with HttpHeadOffice(place, project.hex, pc.keys, world) as office:
            office.hello(station.hello())
            assert office.push(station.push()).last == 1
            assert typed("device", "list", "WJY")[1] == pc.id.hex
            assert typed("revoke", "WJY", str(pc.id))[0] == 0
            assert typed("device", "list", "WJY")[1].endswith("已吊销")
            with pytest.raises(Exception) as shut:  # noqa: PT011 - Refusal has no words
                office.hello(station.hello())
            assert shut.value.code == "revoked"  # type: ignore[attr-defined]
    assert process.returncode == 0
    assert "第 2 代" in typed("restored")[1]
    lines = [json.loads(line) for line in (settings.parent / "logs/central.jsonl").read_text("utf-8").splitlines()]
    assert {line["what"] for line in lines} >= {"head office begins", "answered", "a PC was let in", "head office ends"}
    routes = {line.get("route"): line["status"] for line in lines if "route" in line}
    assert routes["/v1/push"] == 200
    assert {"request", "ms", "bytes", "code"} <= set(lines[-2])


@on_postgresql
def test_a_role_that_sees_every_project_may_not_serve(
    settings: Path, typed: Typed, databases: Databases, tmp_path: Path
) -> None:
    with databases.admin() as admin:
        user, password = admin.info.user, admin.info.password
    name = sa.make_url(read_config(settings).database)
    mighty = write_settings(
        tmp_path / "mighty", name.set(username=user, password=password or None).render_as_string(hide_password=False)
    )
    with running("--config", str(mighty), "serve") as process:
        _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "总部没有启动" in told
    assert "row level security" in told


@on_postgresql
def test_a_port_that_is_taken_is_said(settings: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", read_config(settings).port)),
        running("--config", str(settings), "serve") as process,
    ):
        _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "已被别的程序占用" in told


@on_postgresql
def test_a_pc_or_project_that_is_not_there_is_said(typed: Typed) -> None:
    typed("project", "add", "WJY", "望江苑")
    for words in (
        ("token", "CHY"),
        ("revoke", "WJY", "abc"),
        ("revoke", "WJY", uuid4().hex),
        ("device", "list", "CHY"),
    ):
        code, told = typed(*words)
        assert code == 1
        assert "看有哪些" in told
    with pytest.raises(SystemExit) as misuse:
        typed("token")
    assert misuse.value.code == 2


@on_postgresql
def test_a_certificate_that_runs_out_is_said_and_renewed(settings: Path, typed: Typed) -> None:
    folder, now = settings.parent, World().now()
    authority = (folder / CA_FILE).read_bytes()
    make_certificates(folder, ["127.0.0.1"], now - timedelta(days=380))
    code, told = typed("check")
    assert (code, "17 天到期" in told or "16 天到期" in told) == (1, True), told
    assert main(["tls", "127.0.0.1", "--folder", str(folder)]) == 0
    assert days_left(folder / FILE, now) > 390
    assert (folder / CA_FILE).read_bytes() == authority, "offices go on trusting the same one"
    assert typed("check")[0] == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('listen = "8443"', "listen"), ('database = "no address"', "database"), ('adress = "x"', "adress"),
        ('database = "postgresql://a:secret@127.0.0.1/b"', "password_file"), ("watchers = 5", "watchers"),
        ('password_file = "nowhere"', "密码文件"), ("pace = {device = 'often'}", "device"), ("listen = [", "读不了"),
        ('address = ""', "address"), ("tls = {certificate = 'nowhere', key = 'k'}", "nowhere"),
        ("tls = {ca = 'c'}", "key"), ('ca = "gone"', "gone"),
    ],
)  # fmt: skip
def test_settings_that_are_wrong_are_named(tmp_path: Path, line: str, expected: str) -> None:
    good = {
        "database": '"postgresql://a@127.0.0.1/b"',
        "listen": '"127.0.0.1:8443"',
        "address": '"hq:8443"',
        "ca": '"ca.pem"',
    }
    (tmp_path / "ca.pem").write_text("")
    name, _, value = line.partition(" = ")
    (tmp_path / "central.toml").write_text(
        "\n".join(f"{name} = {value}" for name, value in (good | {name: value}).items()), encoding="utf-8"
    )
    with pytest.raises(ConfigWrong, match=expected) as wrong:
        read_config(tmp_path / "central.toml")
    assert "secret" not in wrong.value.message


def test_settings_that_are_not_there_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "central.toml"), "check"]) == 1
    assert "没有配置文件" in capsys.readouterr().err


@pytest.mark.long
def test_a_trial_needs_one_command(tmp_path: Path) -> None:
    """A PostgreSQL from pip; run by root, it makes itself a user."""
    port, folder = a_port(), tmp_path / "trial"
    folder.parent.chmod(0o755)
    with running("trial", "--folder", str(folder), "--port", str(port)) as process:
        while not (folder / CA_FILE).exists() and process.poll() is None:
            time.sleep(0.2)
        until_open(Place(f"https://127.0.0.1:{port}", (folder / CA_FILE).read_text()), process)
        assert main(["--config", str(folder / "central.toml"), "project", "add", "WJY", "望江苑"]) == 0
        assert main(["--config", str(folder / "central.toml"), "check"]) == 0
    assert process.returncode == 0
    assert not (folder / "postgresql/postmaster.pid").exists(), "the database ends with it"
