"""SIGKILL at named points and random moments of a check-in: what was confirmed is there, the rest is a resumable draft.

Short form in CI: every eighth point and a few moments, on SQLite. `run.py test --long`: all points and 60 moments, on
both engines. A kill of Windows' kind (TerminateProcess) was not tried.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.leases import Lease
from desktop.models.payments import Payment, PrintEvent, Receipt
from desktop.services import access, checkup, database, drafts, opening
from desktop.services.office import Office
from desktop.services.sync.apply import apply_acts
from desktop.services.sync.digest import office_digest
from desktop.services.sync.outbox import outgoing
from desktop.services.work import PROGRAM, look
from desktop.world import World
from tests.crash.clerk import DRAFT
from tests.databases import Databases
from tests.offices import make_office, sit_down

ACT_POINTS = ("begin", "after_flush", "after_outbox", "after_changes", "after_audit", "before_commit", "after_commit")
STEPS = ("check_in", "payment", "receipt_printed", "lease_printed")
POINTS = [
    *(("draft.before_commit", n) for n in (1, 2, 3)),
    *(("draft.after_commit", n) for n in (1, 3)),
    *(
        (f"check_in.{name}", 1)
        for name in ("checked", "party", "lease", "flow", "bills", "handover", "photos", "draft")
    ),
    *((f"work.{name}", occurrence) for occurrence in (1, 2, 3, 4) for name in ACT_POINTS),
]
"""(point, how often it is passed before the kill): each act passes every work.* point once."""
MOMENTS = [("after", moment) for moment in random.Random(7).sample(range(1, 400), 60)]
SHORT = [*POINTS[::8], *MOMENTS[::15]]


def test_there_are_enough_points() -> None:
    assert len(POINTS) >= 40
    assert len(MOMENTS) == 60


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mother(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A data folder and a database to start every killed clerk from."""
    folder = tmp_path_factory.mktemp("mother")
    url = databases.clone(request.param)
    office = make_office(World(), folder, url)
    sit_down(office, "manager")
    office.close()
    return folder, url


def _child(mother: tuple[Path, str], databases: Databases, tmp_path: Path) -> tuple[Path, str]:
    folder, url = mother
    data = tmp_path / "data"
    shutil.copytree(folder, data)
    return data, databases.copy(url)


def _confirmed(log: Path) -> dict[str, dict[str, str]]:
    return {line["step"]: line for line in map(json.loads, log.read_text().splitlines())} if log.exists() else {}


def _look_through(office: Office, confirmed: dict[str, dict[str, str]], tmp_path: Path, databases: Databases) -> None:
    with office.reading() as session:
        numbers = set(session.scalars(sa.select(Lease.number)))
        receipts = set(session.scalars(sa.select(Receipt.number)))
        payments = session.scalar(sa.select(sa.func.count()).select_from(Payment))
        prints = session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) or 0
    if "check_in" in confirmed:
        assert confirmed["check_in"]["lease"] in numbers
    if "payment" in confirmed:
        assert confirmed["payment"]["receipt"] in receipts
    assert len(numbers) <= 1
    assert payments == len(receipts) <= 1
    assert prints >= len({"receipt_printed", "lease_printed"} & confirmed.keys())
    with office.reading() as session:
        staff_id = session.scalar(
            sa.text("SELECT id FROM staff_member WHERE login = 'linxm'").columns(id=access.StaffMember.id.type)
        )
    assert staff_id is not None
    clerk = access.actor_of(office, staff_id)
    with look(office, clerk) as reading:
        kept = {row.id for row in drafts.list_drafts(reading)}
        if "draft" in confirmed and "lease_printed" not in confirmed:
            assert DRAFT in kept, "the draft must be there to go on with"
        if DRAFT in kept:
            state = json.loads(drafts.read_draft(reading, DRAFT))
            # Either nothing is stored yet, or the draft already knows the lease it goes on with.
            assert state["step"] == ("pay" if numbers else "terms")
            assert bool(state.get("lease_id")) == bool(numbers)
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    copy = opening.replica_office(
        office.world,
        tmp_path / "copy",
        database.parse_url(databases.clone("sqlite")),
        office.vault.keys,
        office.vault.device,
    )
    trusted = {office.device_id: office.vault.device.ed25519_public}
    assert not apply_acts(copy, (act for _, act in outgoing(office)), trusted).aside
    with office.reading() as here, copy.reading() as there:
        assert office_digest(here) == office_digest(there)
    copy.close()


def _kill(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str, number: int
) -> dict[str, dict[str, str]]:
    data, url = _child(mother, databases, tmp_path)
    log = tmp_path / "confirmed.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.clerk", str(data), url, str(log), point, str(number)],
        cwd=Path(__file__).resolve().parents[2], capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    if point != "after":
        assert done.returncode == -signal.SIGKILL, f"{point} was never passed {number} times"
    office = opening.open_office(World(), data, database.parse_url(url))
    try:
        confirmed = _confirmed(log)
        _look_through(office, confirmed, tmp_path, databases)
    finally:
        office.close()
        databases.drop(url)
    return confirmed


@pytest.mark.parametrize(("point", "number"), SHORT, ids=lambda value: str(value))
@pytest.mark.parametrize("mother", ["sqlite"], indirect=True)
def test_short(mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str, number: int) -> None:
    _kill(mother, databases, tmp_path, point, number)


@pytest.mark.long
@pytest.mark.parametrize(("point", "number"), [*POINTS, *MOMENTS], ids=lambda value: str(value))
def test_every_point(mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str, number: int) -> None:
    _kill(mother, databases, tmp_path, point, number)
