"""Logs and crash reports: what helps us gets out, what belongs to people does not."""

from __future__ import annotations

import faulthandler
import logging
import os
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from desktop.logs import FILE_BYTES, FILES, HIDDEN, Logs, crash_report, redact, short_path, start_logs
from desktop.ocr.id_number import make_id_number

NUMBER = make_id_number(date(1990, 3, 7), "male")
WITH_X = next(
    number
    for sequence in range(499)
    if (number := make_id_number(date(1985, 1, 2), "female", sequence=sequence)).endswith("X")
)
PHONE = "13800138000"
CARD = "6222021234567890123"
ExpectLog = Callable[[str], None]
PLANTED = (NUMBER, WITH_X, PHONE, CARD)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    running = start_logs(tmp_path / "logs")
    yield running
    running.stop()


def text_of(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in sorted(folder.iterdir()))


# ---- redaction ---------------------------------------------------------------------------------------------------


PRIVATE = [
    NUMBER,
    WITH_X,
    WITH_X.lower(),
    f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
    f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}",
    f"{NUMBER[:6]} {NUMBER[6:10]} {NUMBER[10:14]} {NUMBER[14:]}",
    "".join(chr(ord(sign) + 0xFEE0) for sign in NUMBER),
    "110105491231002",
    PHONE,
    "138 0013 8000",
    "138-0013-8000",
    "138.0013.8000",
    "+86 13800138000",
    "+86-138-0013-8000",
    "8613800138000",
    "１３８００１３８０００",
    "0512-65221234",
    "010 88001234",
    "(010)88001234",
    "051265221234",
    CARD,
    "6222 0212 3456 7890 123",
    "6222-0212-3456-7890",
    "4111111111111",
    "E12345678",
    "EA1234567",
    "H1234567890",
]
AROUND = ["{}", "tel {} is wrong", "number={}", "电话{}，", "('{}',)", "“{}”"]


@pytest.mark.parametrize("private", PRIVATE)
@pytest.mark.parametrize("around", AROUND)
def test_number_of_a_person_is_hidden(private: str, around: str) -> None:
    shown = redact(around.format(private))
    assert HIDDEN in shown
    digits = "".join(sign for sign in private if sign.isdecimal())
    assert not any(digits[start : start + 5] in shown for start in range(len(digits) - 4))


@pytest.mark.parametrize(
    "fact",
    [
        "bill 0190a2b4-0000-7000-8000-000000000001 posted",
        "act 01905833-1234-7123-8123-123412341234",
        "digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "hlc 019012345678000100000a2b",
        "2026-11-22T09:00:00.123456+08:00",
        "2026-11-22 09:00:00,123",
        "receipt AJ0126-000123 printed, block 1000 to 1499",
        "50000 bills, 1234567890 fen, 1,234,567,890",
        "10.10.10.12:5432 answered in 1234 ms",
        "desktop/services/bills.py:1234 in post_bills",
        "PostgreSQL 15.4, schema_rev 12",
    ],
)
def test_facts_and_ids_stay(fact: str) -> None:
    assert redact(fact) == fact


def test_values_in_database_errors_are_hidden() -> None:
    told = redact(
        "INSERT INTO party (name) VALUES (?)\n[parameters: ('王小明', b'\\x01]')]\n(Background on this error)\n"
        "DETAIL:  Key (name, born)=(王小明, 1990-03-07) already exists.\nDETAIL:  Failing row contains (7, 王小明, x)."
    )
    assert "王小明" not in told
    assert "1990" not in told
    assert "INSERT INTO party (name)" in told
    assert "already exists" in told


def test_home_folder_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a shared PC it carries the clerk's name."""
    monkeypatch.setenv("HOME", "/home/wangli")
    monkeypatch.setenv("USERPROFILE", "/home/wangli")
    assert redact("office at /home/wangli/office") == "office at ~/office"


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("/home/wangli/desktop/anju/desktop/services/keys.py", "desktop/services/keys.py"),
        (r"C:\Users\wangli\AppData\Local\Programs\Anju\central\app.py", "central/app.py"),
        (r"C:\x\.venv\Lib\site-packages\sqlalchemy\engine\base.py", "sqlalchemy/engine/base.py"),
        ("/usr/lib/python3.11/threading.py", "threading.py"),
        ("<string>", "<string>"),
    ],
)
def test_source_files_lose_the_folders_of_this_pc(filename: str, shown: str) -> None:
    assert short_path(filename) == shown


# ---- the log -----------------------------------------------------------------------------------------------------


def test_line_has_time_place_and_fact(logs: Logs) -> None:
    logging.getLogger("desktop.services.bills").info(
        "posted %d bills for act %s", 12, "0190a2b4-0000-7000-8000-00000000000a"
    )
    line = logs.file.read_text("utf-8")
    assert (
        "Z INFO MainThread desktop.services.bills: posted 12 bills for act 0190a2b4-0000-7000-8000-00000000000a" in line
    )
    assert line.startswith(str(datetime.now(UTC).year))


def test_planted_numbers_reach_no_file(logs: Logs, expect_log: ExpectLog) -> None:
    expect_log("checked|failed")
    log = logging.getLogger("desktop.services.identity")
    for private in PLANTED:
        log.info("checked %s", private)
        log.warning("checked %r", {"number": private})
        try:
            raise ValueError(f"bad number {private} of 王小明", private)
        except ValueError as trouble:
            try:
                raise KeyError("王小明") from trouble
            except KeyError:
                log.exception("failed for %s", private)
    written = text_of(logs.folder)
    assert not any(private in written for private in PLANTED)
    assert "王小明" not in written
    assert written.count("builtins.KeyError") == len(PLANTED)
    assert written.count("caused by builtins.ValueError: ") == len(PLANTED)
    assert "test_logs.py" in written
    assert str(Path(__file__).parent) not in written


def test_exception_another_handler_formatted_first_is_hidden_too(logs: Logs, expect_log: ExpectLog) -> None:
    expect_log("failed")
    record = logging.LogRecord("desktop.x", logging.ERROR, "x.py", 1, "failed", (), None)
    record.exc_text = f"ValueError: {NUMBER}"
    logging.getLogger().handle(record)
    assert NUMBER not in text_of(logs.folder)


def test_files_turn_over_and_never_fill_the_disk(tmp_path: Path) -> None:
    running = start_logs(tmp_path)
    log = logging.getLogger("desktop.flood")
    try:
        line = "filled with facts " * 200
        for _ in range((FILES + 1) * FILE_BYTES // len(line)):
            log.info(line)
    finally:
        running.stop()
    files = list(tmp_path.glob("desk.log*"))
    assert len(files) == FILES
    assert all(path.stat().st_size <= FILE_BYTES for path in files)


def test_stopped_log_leaves_everything_as_it_was(tmp_path: Path) -> None:
    def state() -> tuple[object, ...]:
        hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        ours = logging.getLogger("desktop").level
        return (*hooks, ours, faulthandler.is_enabled(), list(logging.getLogger().handlers))

    before = state()
    running = start_logs(tmp_path)
    assert state() != before
    running.stop()
    assert state() == before


# ---- crashes, in a process of their own --------------------------------------------------------------------------


def run(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    code = textwrap.dedent(
        """
        import sys, threading, logging
        from pathlib import Path
        from desktop.logs import start_logs
        heard = []
        logs = start_logs(Path(sys.argv[1]), on_crash=lambda error: heard.append(type(error).__name__))
        """
    )
    return subprocess.run(
        [sys.executable, "-c", code + textwrap.dedent(body), str(folder)], capture_output=True, text=True, timeout=60
    )


def test_uncaught_exceptions_of_every_thread_are_heard(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        f"""
        def fail(): raise ValueError("{NUMBER}")
        thread = threading.Thread(target=fail, name="reader"); thread.start(); thread.join()
        class Sore:
            def __del__(self): raise RuntimeError("{PHONE}")
        Sore()
        def leave(): raise SystemExit
        thread = threading.Thread(target=leave); thread.start(); thread.join()
        import atexit; atexit.register(lambda: print(heard))
        raise LookupError("{CARD}")
        """,
    )
    assert ended.returncode == 1
    assert ended.stdout.strip() == "['ValueError', 'LookupError']"
    assert ended.stderr == ""
    written = text_of(tmp_path)
    assert "uncaught in thread reader" in written
    assert "uncaught in the main thread" in written
    assert "uncaught while cleaning up" in written
    assert not any(private in written for private in PLANTED)


def test_text_that_is_no_unicode_is_still_a_line(tmp_path: Path) -> None:
    ended = run(tmp_path, r'logging.getLogger("desktop.ocr").info("file %s", "photo\udcff.jpg")')
    assert (ended.returncode, ended.stderr) == (0, "")
    assert r"photo\udcff.jpg" in text_of(tmp_path)


def test_interrupt_from_the_keyboard_is_no_crash(tmp_path: Path) -> None:
    ended = run(tmp_path, "import atexit; atexit.register(lambda: print(heard)); raise KeyboardInterrupt")
    assert ended.stdout.strip() == "[]"
    assert "CRITICAL" not in text_of(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="a segmentation fault of POSIX")
def test_crash_below_python_leaves_the_stack(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        """
        import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        def paint_the_board(): import faulthandler; faulthandler._sigsegv()
        paint_the_board()
        """,
    )
    assert ended.returncode < 0
    assert "paint_the_board" in (tmp_path / "faults.log").read_text("utf-8")


# ---- the report --------------------------------------------------------------------------------------------------


def test_crash_report_tells_the_place_and_no_person(tmp_path: Path, logs: Logs, expect_log: ExpectLog) -> None:
    expect_log("failed for")
    log = logging.getLogger("desktop.views.board")
    log.info("opened room 0190a2b4-0000-7000-8000-00000000000a")
    tenant = f"王小明 {NUMBER}"
    try:
        int(tenant)
    except ValueError as trouble:
        log.exception("failed for %s", PHONE)
        now = datetime(2026, 11, 22, 1, 2, 4, tzinfo=UTC)
        # A line that an older version wrote in clear.
        with logs.file.open("a", encoding="utf-8") as older:
            older.write(f"2026-01-01 old line {CARD}\n")
        report = crash_report(tmp_path / "report.zip", trouble, logs.folder, now, {"engine": "sqlite", "rev": "1"})
    with zipfile.ZipFile(report) as opened:
        contents = {name: opened.read(name).decode() for name in opened.namelist()}
        assert opened.infolist()[0].date_time == (2026, 11, 22, 1, 2, 4)
    everything = "\n".join(contents.values())
    assert set(contents) == {"report.txt", "desk.log", "faults.log"}
    assert not any(private in everything for private in PLANTED)
    assert "王小明" not in everything
    assert "builtins.ValueError" in contents["report.txt"]
    assert "invalid literal" not in contents["report.txt"], "messages carry values"
    assert "in test_crash_report_tells_the_place_and_no_person" in contents["report.txt"]
    assert "engine sqlite" in contents["report.txt"]
    assert "SQLAlchemy 2." in contents["report.txt"]
    assert "opened room 0190a2b4-0000-7000-8000-00000000000a" in contents["desk.log"]
    assert f"old line {HIDDEN}" in contents["desk.log"]


def test_report_takes_the_last_lines_only(tmp_path: Path) -> None:
    (tmp_path / "desk.log").write_text("".join(f"line {number}\n" for number in range(5_000)), "utf-8")
    report = crash_report(tmp_path / "r.zip", RuntimeError(), tmp_path, datetime(2026, 11, 22, tzinfo=UTC))
    with zipfile.ZipFile(report) as opened:
        lines = opened.read("desk.log").decode().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("line 4700", "line 4999", 300)


def test_causes_that_go_in_a_circle_end(logs: Logs, expect_log: ExpectLog) -> None:
    expect_log("circle")
    one, two = ValueError("one"), KeyError("two")
    one.__cause__, two.__cause__ = two, one
    logging.getLogger("desktop.x").error("circle", exc_info=one)
    assert logs.file.read_text("utf-8").count("ValueError") == 1
