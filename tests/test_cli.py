"""The command line: real offices, real exit codes, what programs read from it and what people do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop import cli
from desktop.services import database, opening
from desktop.services.device_key import PASSPHRASE_VARIABLE
from desktop.services.sync.digest import office_digest
from desktop.world import World
from tests.databases import Databases

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; (exit code, what it printed, what it complained about)."""

    def go(*arguments: object) -> tuple[int, str, str]:
        code = cli.run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return go


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "office"
    size = ("--rooms", "20", "--tenants", "14", "--months", "2", "--seed", "5", "--today", "2026-11-22")
    assert cli.run(["demo", str(folder), *size, "--json"]) == 0
    return folder


@pytest.fixture
def demo(built: Path, tmp_path: Path) -> Path:
    """A small demo office of this test's own."""
    import shutil

    return Path(shutil.copytree(built, tmp_path / "office"))


def _json(text: str) -> Any:
    return json.loads(text)


# ---- what every command keeps to ---------------------------------------------------------------------------------


def test_nothing_heavy_before_a_command_is_known() -> None:
    check = (
        "import sys, desktop.cli; print([m for m in ('PySide6', 'sqlalchemy', 'cv2', 'reportlab') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["office"],
        ["demo"],
        ["demo", "x", "--rooms", "3", "--tenants", "4"],
        ["demo", "x", "--today", "22.11.2026"],
        ["--database", "postgresql://clerk:secret@server/office", "office", "info"],
        ["office", "move", "--to", "postgresql://clerk:secret@server/office"],
        ["audit", "verify", "--anchor", "twelve"],
        ["restore", "x.anjubak"],
    ],
)
def test_misuse_is_two(run: Run, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert code == cli.MISUSE
    assert out == ""
    assert err
    assert "secret" not in err
    assert list(tmp_path.iterdir()) == []


def test_help_is_good(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == cli.GOOD
    assert "安居前台" in out


def test_an_empty_folder_is_no_office(run: Run, tmp_path: Path) -> None:
    code, _, err = run("--data", tmp_path / "nothing", "office", "info")
    assert (code, "还没有管理处" in err) == (cli.WRONG, True)
    assert not (tmp_path / "nothing").exists()


def test_as_a_program(demo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop", "--data", str(demo), "office", "info", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert _json(done.stdout)["code"] == "WJY"


# ---- the office --------------------------------------------------------------------------------------------------


def test_info(run: Run, demo: Path) -> None:
    code, out, _ = run("office", "info", "--data", demo, "--json")
    facts = _json(out)
    assert code == cli.GOOD
    assert facts["rows"]["room"] == 20
    assert (facts["project"], facts["demo"], facts["engine"]) == ("望江苑", True, "SQLite")
    code, out, _ = run("--data", demo, "office", "info")
    assert "房间 20" in out


def test_check_and_audit_are_green_then_red(run: Run, demo: Path) -> None:
    code, out, _ = run("office", "check", "--data", demo, "--json")
    assert (code, _json(out)["findings"]) == (cli.GOOD, [])
    code, out, _ = run("audit", "verify", "--data", demo, "--json")
    report = _json(out)
    assert (code, report["breaks"]) == (cli.GOOD, [])
    code, out, _ = run("audit", "verify", "--data", demo, "--anchor", f"{report['entries']}:{report['head']}")
    assert code == cli.GOOD
    _behind_its_back(demo, "UPDATE audit_entry SET op = 'reveal' WHERE n = 7")
    code, out, _ = run("audit", "verify", "--data", demo)
    assert (code, "第 7 条" in out) == (cli.WRONG, True)
    code, out, _ = run("office", "check", "--data", demo)
    assert (code, "✗ 审计链：第 7 条" in out, "✓ 账务平衡" in out) == (cli.WRONG, True, True)


def _behind_its_back(folder: Path, statement: str) -> None:
    import sqlite3

    with closing(sqlite3.connect(folder / "office.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        connection.commit()
    from desktop.models.guards import install_guards

    engine = database.open_engine(database.sqlite_url(folder))
    with engine.begin() as connection_:
        install_guards(connection_)
    engine.dispose()


def test_a_second_program_is_told_to_go_away(run: Run, demo: Path) -> None:
    with opening.alone(demo, database.sqlite_url(demo)):
        code, _, err = run("office", "check", "--data", demo)
    assert (code, "已在另一个程序中打开" in err) == (cli.WRONG, True)


def test_signs_in_with_a_password_from_a_file_or_the_environment(
    run: Run, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = tmp_path / "word"
    word.write_text("demo\n", "utf-8")
    assert run("office", "check", "--data", demo, "--login", "luzw", "--password-file", word)[0] == cli.GOOD
    monkeypatch.setenv(cli.PASSWORD_VARIABLE, "demo")
    assert run("audit", "verify", "--data", demo, "--login", "luzw")[0] == cli.GOOD
    code, _, err = run("audit", "verify", "--data", demo, "--login", "linxm")
    assert (code, "权限" in err) == (cli.WRONG, True)
    monkeypatch.setenv(cli.PASSWORD_VARIABLE, "wrong")
    code, _, err = run("audit", "verify", "--data", demo, "--login", "luzw")
    assert (code, "密码不对" in err) == (cli.WRONG, True)
    assert (
        run("audit", "verify", "--data", demo, "--login", "luzw", "--password-file", tmp_path / "no")[0] == cli.MISUSE
    )


def test_from_nothing_to_a_restored_office(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "a passphrase for tests")
    rooms = tmp_path / "rooms.txt"
    rooms.write_text("1 栋 101 46.2 一室一厅 1860\n1 栋 102 46.2 一室一厅 1860\n", "utf-8")
    create = (
        "office", "create", "--data", tmp_path / "a", "--organisation", "望江物业", "--project", "望江苑", "--code",
        "WJY", "--admin", "admin", "--admin-name", "周砚秋", "--rooms", rooms, "--json",
    )  # fmt: skip
    assert run(*create)[0] == cli.MISUSE
    assert not (tmp_path / "a").exists()
    monkeypatch.setenv(cli.PASSWORD_VARIABLE, "short")
    code, _, err = run(*create)
    assert (code, "至少 8 个字符" in err) == (cli.WRONG, True)
    monkeypatch.setenv(cli.PASSWORD_VARIABLE, "Spruce-甲乙-41")
    code, out, err = run(*create)
    assert (code, err) == (cli.GOOD, "")
    recovery = tmp_path / "code.txt"
    recovery.write_text(_json(out)["recovery_code"], "utf-8")
    assert run(*create)[0] == cli.WRONG  # there is one already
    code, out, _ = run("backup", tmp_path / "b.anjubak", "--data", tmp_path / "a", "--login", "admin", "--json")
    made = _json(out)
    assert (code, made["rows"]["room"], made["audit_count"] > 1) == (cli.GOOD, 2, True)
    restore = ("restore", tmp_path / "b.anjubak", "--recovery-file", recovery, "--json")
    code, out, err = run(*restore, "--data", tmp_path / "c", "--desk", "新前台")
    assert (code, err, _json(out)["sound"], _json(out)["desk"]) == (cli.GOOD, "", True, "新前台")
    assert run("office", "check", "--data", tmp_path / "c")[0] == cli.GOOD
    code, _, err = run(*restore, "--data", tmp_path / "a")
    assert (code, "已经有一个管理处" in err) == (cli.WRONG, True)
    recovery.write_text("不是恢复码", "utf-8")
    assert run(*restore, "--data", tmp_path / "d")[0] == cli.WRONG


def test_moves_to_postgresql_and_back(run: Run, demo: Path, databases: Databases, tmp_path: Path) -> None:
    there = databases.empty("postgresql").replace("+psycopg", "")
    before = _digest(demo, database.sqlite_url(demo))
    code, out, err = run("office", "move", "--data", demo, "--to", there, "--json")
    assert (code, err) == (cli.GOOD, "")
    assert _json(out)["rows"] > 1000
    assert _digest(demo, database.parse_url(there)) == before
    code, out, _ = run("office", "check", "--data", demo, "--database", there)
    assert (code, "✗" in out) == (cli.GOOD, False)
    assert run("office", "move", "--data", demo, "--to", there)[0] == cli.WRONG  # no longer empty
    (demo / "office.db").rename(tmp_path / "old.db")
    assert run("office", "move", "--data", demo, "--database", there, "--to", "sqlite")[0] == cli.GOOD
    assert _digest(demo, database.sqlite_url(demo)) == before
    assert run("office", "check", "--data", demo)[0] == cli.GOOD


def _digest(folder: Path, url: sa.URL) -> dict[str, tuple[int, str]]:
    office = opening.open_office(World(), folder, url)
    with office.reading() as session:
        found = office_digest(session)
    office.close()
    return found


# ---- demo and cards ----------------------------------------------------------------------------------------------


def test_demo_is_not_built_over_another(run: Run, demo: Path) -> None:
    code, _, err = run("demo", demo, "--rooms", 4, "--tenants", 2, "--months", 1)
    assert (code, "已经有一个管理处" in err) == (cli.WRONG, True)


def test_demo_stands_as_of_the_day_asked_for(built: Path) -> None:
    office = opening.open_office(World(), built, database.sqlite_url(built))
    with office.reading() as session:
        newest = session.execute(sa.text("SELECT max(business_date) FROM payment")).scalar_one()
    office.close()
    assert date.fromisoformat(newest) < date(2026, 11, 22)


def test_a_file_that_is_no_card_is_one_line_and_an_error(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "letter.jpg"
    text.write_text("not a picture", "utf-8")
    code, out, _ = run("read-card", text, tmp_path / "gone.png", "--jsonl")
    first, second = map(json.loads, out.splitlines())
    assert code == cli.WRONG
    assert (first["id"], first["card"], first["side"], first["name"]) == ("letter", 0, "none", None)
    assert first["error"]
    assert second["id"] == "gone"
    assert set(first) == {
        "id", "card", "side", "name", "sex", "ethnicity", "birth", "address", "number", "issuer", "valid_from",
        "valid_to", "confidence", "needs_review", "seconds", "error",
    }  # fmt: skip


def test_reads_a_card_as_the_desk_does(run: Run) -> None:
    folder = Path(__file__).parents[1] / "resources" / "demo_cards"
    truth = {line["id"]: line for line in map(json.loads, (folder / "truth.jsonl").read_text("utf-8").splitlines())}
    code, out, _ = run("read-card", folder / "chen_scan.jpg", "--jsonl")
    read = json.loads(out.splitlines()[0])
    assert code == cli.GOOD
    assert {key: read[key] for key in ("name", "number", "birth")} == {
        key: truth["chen_scan"][key] for key in ("name", "number", "birth")
    }
