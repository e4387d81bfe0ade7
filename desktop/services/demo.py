"""The invented office 演示管理处: the story of `demo_plan` lived through the real services, day by day up to yesterday.

The clock of its World is moved along, so every act carries the day on which it would have happened. Its random
bytes are predictable: nothing in it is secret. The same seed and day give the same office on both engines.
"""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.services import database, opening
from desktop.services.demo_plan import plan_demo
from desktop.services.demo_stage import PASSWORD, STAFF, at
from desktop.services.demo_story import Report, Story, silent
from desktop.services.office import Office
from desktop.services.recovery import make_recovery_code
from desktop.world import SeededWorld

__all__ = ["MONTHS", "PASSWORD", "ROOMS", "STAFF", "TENANTS", "build_demo", "demo_dir"]

ROOMS, TENANTS, MONTHS = 240, 200, 24
VERSION = 8
"""Of the story: raised when the demo changes, so that a kept one is built anew."""
RUBBISH_FROM = 20_000
"""So many objects more than were given back before Python looks for rings among them, while a demo is built."""


def build_demo(
    today: date, data_dir: Path, url: URL | None = None, rooms: int = ROOMS, tenants: int = TENANTS,
    months: int = MONTHS, seed: int = 1, report: Report = silent,
) -> None:  # fmt: skip
    """Build an invented office in an empty folder (or database) as it would stand on the morning of `today`.

    Password of everybody: "demo". Raises OfficeExists where there is one already.
    """
    plan = plan_demo(today, rooms, tenants, months, seed)
    world = SeededWorld(at(plan.opened, 9), seed)
    office = opening.create_office(
        world, data_dir, url or database.sqlite_url(data_dir),
        opening.FirstStart(
            organisation="望江物业服务有限公司", organisation_code="91990101MA0EXAMPXH", project="望江苑", code="WJY",
            desk="前台 2", admin_login="admin", admin_name="周砚秋", admin_password="", demo=True,
            address="青川市文昌区松风路 6 号", phone="0571-88001234", buildings=plan.buildings,
        ),
        make_recovery_code(world),
    )  # fmt: skip
    try:
        with _seldom_tidied(), _hurried(office):
            Story(office, world, plan, seed).live(report)
    finally:
        office.close()


def demo_dir(
    cache: Path, today: date, report: Report = silent, *, rooms: int = ROOMS, tenants: int = TENANTS,
    months: int = MONTHS,
) -> Path:  # fmt: skip
    """The folder of today's demo office inside `cache`: the one built earlier today, else built anew."""
    folder, fresh = cache / "office", cache / "office.new"
    wanted = {
        "version": VERSION, "today": today.isoformat(), "schema": database.HEAD_REVISION, "rooms": rooms,
        "tenants": tenants, "months": months,
    }  # fmt: skip
    told = folder / "built.json"
    if told.exists() and json.loads(told.read_text("utf-8")) == wanted:
        return folder
    for old in (folder, fresh):
        if old.exists():
            shutil.rmtree(old)
    fresh.mkdir(mode=0o700, parents=True)
    build_demo(today, fresh, rooms=rooms, tenants=tenants, months=months, report=report)
    (fresh / told.name).write_text(json.dumps(wanted), "utf-8")
    # Only a finished office gets the name by which the next start finds it.
    return fresh.rename(folder)


@contextmanager
def _hurried(office: Office) -> Iterator[None]:
    """SQLite without waiting for the disk: an office that can be built again has nothing to lose."""
    if office.engine.dialect.name != "sqlite":
        yield
        return

    def connected(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY", "secure_delete=OFF"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    office.engine.dispose()
    sa.event.listen(office.engine, "connect", connected)
    try:
        yield
    finally:
        sa.event.remove(office.engine, "connect", connected)
        office.engine.dispose()


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Python looks for rings of unused objects less often: a thousand acts make many objects and hardly a ring."""
    before = gc.get_threshold()
    gc.set_threshold(RUBBISH_FROM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
