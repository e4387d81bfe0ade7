"""SIGKILL in a bill run at every point it passes: all is there or nothing, and the next run makes the rest once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillLine, BillRun
from desktop.services import bill_runs, database, opening
from desktop.services.acts import Op
from desktop.services.bill_runs import Fate
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from tests.crash.test_window_killed import ROOT, _until_gone
from tests.crash.window import MorningWorld
from tests.databases import Databases
from tests.offices import check_in, make_office, many, rooms_of
from tests.services.lease_kit import sound
from tests.services.run_kit import add_item, room_fee, shown
from tests.services.test_bill_runs import DECEMBER

BEFORE = (
    "bill_run.planned", "bill_run.billed", "bill_run.rerated", "work.after_flush", "work.after_outbox",
    "work.after_changes", "work.after_audit", "work.before_commit",
)  # fmt: skip
"""Points before the commit: nothing of the run may be there."""
AFTER = ("work.after_commit",)
TENANTS = 8


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mother(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """An office with tenants, of whom some were billed for December and some pay another price since."""
    folder = tmp_path_factory.mktemp("mother")
    url = databases.clone(request.param)
    office = make_office(MorningWorld(), folder, url)
    rooms = rooms_of(office)
    for room, form in zip(rooms, many(TENANTS // 2), strict=False):
        check_in(office, PROGRAM, room, form)
    item = add_item(office, "2.80")
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        bill_runs.post_run(work, DECEMBER)
    for room, form in zip(rooms[TENANTS // 2 :], many(TENANTS)[TENANTS // 2 :], strict=False):
        check_in(office, PROGRAM, room, form)
    room_fee(office, item, rooms[0], price="2.00")
    office.close()
    return folder, url


def _counts(office: Office) -> tuple[int, int]:
    """(lines of fee items, runs)."""
    with office.reading() as session:
        lines = session.scalar(sa.select(sa.func.count()).where(BillLine.fee_item_id.is_not(None))) or 0
        runs = session.scalar(sa.select(sa.func.count()).select_from(BillRun)) or 0
        return lines, runs


@pytest.mark.parametrize("point", [*BEFORE, *AFTER])
def test_a_run_that_is_killed_is_there_whole_or_not_at_all(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(mother[0], data)
    url = databases.copy(mother[1])
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.bill_run", str(data), url, point], cwd=ROOT, capture_output=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-3000:]
    _until_gone(databases, url)
    office = opening.open_office(MorningWorld(), data, database.parse_url(url))
    try:
        before = TENANTS // 2  # a line for each of those who were billed before
        whole = before + 2 + TENANTS // 2  # a counter-line and a new line, and a line for each newcomer
        assert _counts(office) == ((whole, 2) if point in AFTER else (before, 1))
        sound(office)
        with begin(office, PROGRAM, Op.POST_BILLS) as work:
            bill_runs.post_run(work, DECEMBER)
        assert _counts(office) == (whole, 2)
        preview = shown(office, DECEMBER)
        assert [row for row in preview.rows if row.fate is not Fate.SKIPPED] == []
        sound(office)
    finally:
        office.close()
    databases.drop(url)
