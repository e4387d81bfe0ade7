"""SIGKILL at the real window, at every point of a check-in and at random moments: what the window had reported is
there, the rest is a draft that is gone on with in a new window.

Short form in CI: a few points and moments on SQLite. `run.py test --long tests/crash`: every pass of every point and 60
moments spread over the whole walk, on both engines. A kill of Windows' kind (TerminateProcess) was not tried.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.access import StaffMember
from desktop.models.leases import Lease
from desktop.models.payments import Payment, PrintEvent, Receipt
from desktop.paths import folders
from desktop.services import access, checkup, database, drafts, opening
from desktop.services.check_in_draft import KIND, ORDER, CheckInDraft, Step, decode
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from tests.clear_text import found_in_clear
from tests.crash.window import LOGIN, MorningWorld
from tests.databases import Databases
from tests.journeys.hands import TYPED, Hands, TypedCheckIn, kept
from tests.offices import hire, make_office
from tests.services.test_replay import prove

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {name: TYPED[name] for name in ("number", "phone", "home_address", "emergency_phone", "bank_number")}
ACT = ("begin", "after_flush", "after_outbox", "after_changes", "after_audit", "before_commit", "after_commit")
PASSES = {
    # what a check-in passes, and how often: acts are the sign-in, the check-in, the payment and two prints
    **dict.fromkeys((f"work.{name}" for name in ACT), 5),
    **dict.fromkeys(("draft.written", "draft.before_commit", "draft.after_commit"), 8),
    **dict.fromkeys(("draft.dropping", "draft.dropped"), 2),
    **dict.fromkeys(
        (
            f"check_in.{name}"
            for name in ("checked", "party", "people", "lease", "flow", "bills", "handover", "photos", "draft")
        ),
        1,
    ),
    **dict.fromkeys(("numbers.granted", "numbers.taken"), 3),
    **dict.fromkeys((f"payment.{name}" for name in ("locked", "numbered", "stored", "balanced", "draft")), 1),
    **dict.fromkeys(("paper.drawn", "paper.noted"), 2),
    **dict.fromkeys(("print.sending", "print.written", "print.sent", "print.heard"), 2),
    **dict.fromkeys(
        (f"wizard.{name}" for name in (
            "store", "kept", "stored", "heard_stored", "pay", "paid", "heard_paid", "print", "printed", "finishing",
        )),
        1,
    ),
}  # fmt: skip
POINTS = [(name, number) for name, count in PASSES.items() for number in range(1, count + 1)]
MOMENTS = sorted(random.Random(7).sample(range(5, 1000), 60))
"""Thousandths of the whole walk, as long as it takes on this machine."""
SHORT = [
    ("draft.before_commit", 4), ("wizard.kept", 1), ("work.after_audit", 2), ("work.after_commit", 2),
    ("payment.stored", 1), ("work.after_commit", 3), ("print.sending", 1), ("after", 1200),
]  # fmt: skip
IN_A_WINDOW = 4
"""In the long form every so manieth killed office is gone on with in a second window; in the short form these are:"""
SHORT_IN_A_WINDOW = {("draft.before_commit", 4), ("work.after_commit", 2), ("work.after_commit", 3)}


def test_there_are_enough_points() -> None:
    assert len(PASSES) >= 40
    assert len(MOMENTS) == 60


# ---- an office to kill a clerk in ----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mother(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A data folder and a database to start every killed clerk from."""
    folder = tmp_path_factory.mktemp("mother")
    url = databases.clone(request.param)
    office = make_office(MorningWorld(), folder, url)
    hire(office, "manager", login=LOGIN)
    office.close()
    return folder, url


@dataclass(frozen=True)
class Killed:
    """What is left of a clerk: a folder, a database, and what the window had reported, in its order."""

    data: Path
    url: str
    reports: list[dict[str, Any]]

    def last(self, what: str) -> dict[str, Any] | None:
        return next((each for each in reversed(self.reports) if each["what"] == what), None)

    def all(self, what: str, name: str) -> list[str]:
        return [each[name] for each in self.reports if each["what"] == what]

    def open(self) -> Office:
        return opening.open_office(MorningWorld(timedelta(hours=4)), self.data, database.parse_url(self.url))


def _run(mother: tuple[Path, str], databases: Databases, folder: Path, point: str, number: int) -> tuple[int, Killed]:
    data, temp = folder / "data", folder / "temp"
    shutil.copytree(mother[0], data)
    temp.mkdir()
    url, log = databases.copy(mother[1]), folder / "reports.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.window", str(data), url, str(log), point, str(number)],
        cwd=ROOT, capture_output=True, timeout=240, check=False, env={**os.environ, "TMPDIR": str(temp)},
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-3000:]
    _until_gone(databases, url)
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return done.returncode, Killed(data, url, [json.loads(line) for line in lines])


def _until_gone(databases: Databases, url: str) -> None:
    """Until the server has noticed that its client is dead: it may still be at the last statement it was given."""
    if url.startswith("sqlite"):
        return
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    with databases.admin() as connection:
        deadline = time.monotonic() + 30
        while (row := connection.execute(query, (sa.make_url(url).database,)).fetchone()) is None or row[0]:
            assert time.monotonic() < deadline, "the server holds on to a dead client"
            time.sleep(0.02)


@pytest.fixture(scope="module")
def pace(mother: tuple[Path, str], databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the whole walk takes here, in seconds."""
    _code, walked = _run(mother, databases, tmp_path_factory.mktemp("walk"), "census", 0)
    end = walked.last("end")
    assert end is not None
    passed = Counter(end["passed"])
    missing = {name: count for name, count in PASSES.items() if passed[name] < count}
    assert not missing, "points the walk does not pass so often"
    assert set(passed) == set(PASSES), "points the walk passes and nobody is killed at"
    databases.drop(walked.url)
    return float(end["seconds"])


# ---- what must be there --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What an office holds of the one check-in."""

    leases: list[str]
    receipts: list[str]
    payments: int
    prints: int
    draft: CheckInDraft | None


def _found(office: Office) -> Found:
    with office.reading() as session:
        leases = list(session.scalars(sa.select(Lease.number)))
        receipts = list(session.scalars(sa.select(Receipt.number)))
        payments = session.scalar(sa.select(sa.func.count()).select_from(Payment)) or 0
        prints = session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) or 0
        staff_id = session.scalars(sa.select(StaffMember.id).where(StaffMember.login == LOGIN)).one()
    clerk = access.actor_of(office, staff_id)
    with look(office, clerk) as reading:
        rows = drafts.list_drafts(reading, KIND)
        assert len(rows) <= 1
        draft = decode(drafts.read_draft(reading, rows[0].id)) if rows else None
    return Found(leases, receipts, payments, prints, draft)


def _confirmed_is_there(office: Office, killed: Killed) -> Found:
    """Everything the window had said holds; and what it had not yet said is whole or not there."""
    found = _found(office)
    steps, printed = set(killed.all("step", "step")), killed.all("printed", "where")
    assert set(killed.all("lease", "number")) <= set(found.leases)
    assert set(killed.all("receipt", "number")) <= set(found.receipts)
    assert len(found.leases) <= 1
    assert len(found.receipts) == found.payments <= 1
    assert found.leases or not steps & {"payment", "print"}
    assert found.receipts or "print" not in steps
    assert found.prints >= len(printed)
    for where in printed:
        assert len(_pages(Path(where))) > 100
    for sheet in folders(killed.data).prints.glob("*.pdf"):
        assert _pages(sheet), "half a sheet lies there under its name"
    saved, done = killed.last("draft"), killed.last("done")
    if done is None and (saved is not None or found.leases):
        assert found.draft is not None, "the draft must be there to go on with"
    if found.draft is not None:
        # Either nothing is stored yet, or the draft already knows the lease, and the money, it goes on with.
        assert (found.draft.lease_id is not None) == bool(found.leases)
        assert (found.draft.payment_id is not None) == bool(found.receipts)
        if saved is not None and not found.leases:
            lost = {name for name, text in saved["typed"].items() if kept(found.draft, name) != text}
            assert not lost, "the foot said 草稿已保存"
    return found


def _pages(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def _sound(office: Office, databases: Databases, folder: Path) -> None:
    with look(office, PROGRAM) as reading:
        findings = checkup.check_office(reading).findings
    # Opened hours later: that nobody has looked for due things since the kill is true, and said.
    assert [each for each in findings if each.part != "到期提醒"] == []
    copy = databases.clone("sqlite")
    prove(office, copy, folder)
    databases.drop(copy)


# ---- going on in a second window -----------------------------------------------------------------------------------


@contextmanager
def _second(qtbot: QtBot, killed: Killed) -> Iterator[Hands]:
    """The program started again over what is left, somebody signed in."""
    hands = Hands(Desk(Start(data=killed.data, database=killed.url), MorningWorld(timedelta(hours=5))))
    qtbot.addWidget(hands.window)
    hands.open()
    hands.sign_in(LOGIN)
    yield hands
    hands.leave()


def _shown(way: TypedCheckIn) -> dict[str, str]:
    """The values that stand on the step in front, by field of the draft."""
    view, step = way.page.view, way.page.draft.step
    if step is Step.READ:
        return {"number": view.number.text()}
    if step is Step.REVIEW:
        return {name: field.text() for name, field in view.inputs.items() if name in way.values}
    if step is Step.ROOM:
        way.hands.until(lambda: view.rooms)
        current = view.table.current()  # nobody chose one before: the day begins with 今日, not with a room in hand
        return {"room": current.words if current is not None else ""}
    names = {name.replace(".", "_") if step is Step.CONTACT else name: row for name, row in view.rows.items()}
    return {
        "bank" if name == "bank_bank" else name: row.field.text().replace(",", "")
        for name, row in names.items()
        if hasattr(row.field, "text")
    }


def _go_on(hands: Hands, killed: Killed, found: Found) -> None:
    """F2, the draft by its key: what had been typed stands there, step by step; then the check-in is finished."""
    way = TypedCheckIn(hands)
    way.begin()
    hands.until(lambda: way.page.view.drafts)
    hands.alt(1)
    assert found.draft is not None
    at = found.draft.step
    way.at(at)
    saved = killed.last("draft")
    if not found.leases and saved is not None:
        for step in reversed(ORDER[: ORDER.index(at) + 1]):
            assert way.page.draft.step is step
            shown = _shown(way)
            wanted = {name: text for name, text in saved["typed"].items() if name in shown}
            for name, text in wanted.items():
                assert shown[name].removesuffix(".00") == text, (step, name)
            if step is not Step.READ:
                hands.press(*way.BACK)
        for step in ORDER[: ORDER.index(at)]:
            hands.go_on()
            hands.until(lambda step=step: ORDER.index(way.page.draft.step) > ORDER.index(step))  # type: ignore[misc]
    for step in ORDER[ORDER.index(way.page.draft.step) :]:
        way.do(step)
    hands.go_on()


# ---- the kills -----------------------------------------------------------------------------------------------------


def _kill(
    mother: tuple[Path, str], databases: Databases, folder: Path, point: str, number: int, qtbot: QtBot | None
) -> None:
    code, killed = _run(mother, databases, folder, point, number)
    assert code == -signal.SIGKILL, f"{point} was never passed {number} times"
    left = [killed.data, folder / "temp"]
    if killed.url.startswith("sqlite"):
        left.append(Path(str(sa.make_url(killed.url).database)).parent)
    assert found_in_clear(left, SECRETS, least=200) == [], "a dead clerk left it in clear"
    office = killed.open()
    try:
        found = _confirmed_is_there(office, killed)
        _sound(office, databases, folder / "copy")
    finally:
        office.close()
    if qtbot is not None and found.draft is not None:
        with _second(qtbot, killed) as hands:
            _go_on(hands, killed, found)
            assert hands.desk.office is not None
            end = _found(hands.desk.office)
            assert (len(end.leases), len(end.receipts), end.payments, end.draft) == (1, 1, 1, None)
            _sound(hands.desk.office, databases, folder / "second")
    databases.drop(killed.url)


@pytest.mark.parametrize(("point", "number"), SHORT, ids=lambda value: str(value))
@pytest.mark.parametrize("mother", ["sqlite"], indirect=True)
def test_short(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str, number: int, qtbot: QtBot
) -> None:
    in_a_window = (point, number) in SHORT_IN_A_WINDOW
    _kill(mother, databases, tmp_path, point, number, qtbot if in_a_window else None)


@pytest.mark.long
@pytest.mark.parametrize(("point", "number"), POINTS, ids=lambda value: str(value))
def test_every_point(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str, number: int, qtbot: QtBot
) -> None:
    in_a_window = POINTS.index((point, number)) % IN_A_WINDOW == 0
    _kill(mother, databases, tmp_path, point, number, qtbot if in_a_window else None)


@pytest.mark.long
@pytest.mark.parametrize("thousandth", MOMENTS)
def test_every_moment(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, thousandth: int, pace: float, qtbot: QtBot
) -> None:
    in_a_window = MOMENTS.index(thousandth) % IN_A_WINDOW == 0
    _kill(mother, databases, tmp_path, "after", round(pace * thousandth), qtbot if in_a_window else None)
