"""SIGKILL in a pass of the engine at every point it passes: all is told or nothing, and the next pass tells it once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.due import DueFact, DueMark, DueRun
from desktop.services import database, due_engine, opening
from desktop.services.due_rules import RULES
from desktop.services.office import Office
from desktop.services.work import PROGRAM
from tests.crash.due_pass import LATER
from tests.crash.test_window_killed import ROOT, _until_gone
from tests.crash.window import MorningWorld
from tests.databases import Databases
from tests.offices import check_in, make_office, many, rooms_of, terms
from tests.services.lease_kit import sound

BEFORE = (
    "due.begin", "due.settled", "due.some_produced", "due.produced", "due.marked", "work.after_flush",
    "work.after_outbox", "work.after_changes", "work.after_audit", "work.before_commit",
)  # fmt: skip
"""Points before the commit: nothing of the pass may be there."""
AFTER = ("work.after_commit",)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mother(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """An office with tenants who owe and whose leases come to their end."""
    folder = tmp_path_factory.mktemp("mother")
    url = databases.clone(request.param)
    office = make_office(MorningWorld(), folder, url)
    for room, form in zip(rooms_of(office), many(4), strict=False):
        check_in(office, PROGRAM, room, form, terms(office.world.today(), 3))
    office.close()
    return folder, url


def _told(office: Office) -> tuple[list[str], int, int]:
    """(keys, marks that were moved, heartbeats)."""
    with office.reading() as session:
        keys = list(session.scalars(sa.select(DueFact.key).order_by(DueFact.id)))
        moved = session.scalar(sa.select(sa.func.count()).where(DueMark.looked_until.is_not(None))) or 0
        return keys, moved, session.scalar(sa.select(sa.func.count()).select_from(DueRun)) or 0


@pytest.mark.parametrize("point", [*BEFORE, *AFTER])
def test_a_pass_that_is_killed_told_all_or_nothing(
    mother: tuple[Path, str], databases: Databases, tmp_path: Path, point: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(mother[0], data)
    url = databases.copy(mother[1])
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.due_pass", str(data), url, point], cwd=ROOT, capture_output=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-3000:]
    _until_gone(databases, url)
    office = opening.open_office(MorningWorld(LATER), data, database.parse_url(url))
    try:
        keys, moved, beats = _told(office)
        if point in AFTER:
            assert len(keys) > 30
            assert (moved, beats) == (len(RULES), 1)
        else:
            assert (keys, moved, beats) == ([], 0, 0)
        news = due_engine.run_pass(office)
        assert news.produced == (0 if point in AFTER else len(_told(office)[0]))
        again, _, _ = _told(office)
        assert len(again) == len(set(again)) > 30
        assert due_engine.run_pass(office).produced == 0
        sound(office)
    finally:
        office.close()
    databases.drop(url)
