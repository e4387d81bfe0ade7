"""An office moves between SQLite and PostgreSQL: the same rows, sums and chain, there and back; and nothing is stored
behind the copy."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.parties import Party
from desktop.models.trust import AuditEntry
from desktop.services import checkup, database, draft_files, drafts, moved_on, opening, parties
from desktop.services.acts import Op
from desktop.services.demo import build_demo
from desktop.services.errors import Outage, Refused
from desktop.services.move_office import address_of, move_office
from desktop.services.moved_on import HERE, OfficeMoved
from desktop.services.office import Office
from desktop.services.office_state import state_of
from desktop.services.restore import TargetNotEmpty
from desktop.services.sync.digest import office_digest
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import person, sit_down


@pytest.fixture
def target(databases: Databases, engine_kind: str, tmp_path: Path) -> Iterator[URL]:
    """Where the office goes: the other engine, or an empty database of the same one."""
    kind: Any = "postgresql" if engine_kind == "sqlite" else "sqlite"
    if kind == "sqlite":
        (tmp_path / "there").mkdir()
        yield database.sqlite_url(tmp_path / "there")
        return
    empty = databases.empty(kind)
    yield database.parse_url(empty)
    databases.drop(empty)


def register(office: Office, n: int = 1) -> None:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        parties.register_party(work, person("沈知微", sequence=n, phone=f"138{n:08d}"))


def seen(office: Office) -> tuple[Any, Any]:
    with office.reading() as session:
        return office_digest(session), state_of(session)


def test_there_and_back_it_is_the_same_office(databases: Databases, tmp_path: Path, world: SeededWorld) -> None:
    """An invented office with leases, bills, payments and repairs of half a year."""
    data = tmp_path / "demo"
    build_demo(date(2026, 11, 22), data, rooms=30, tenants=24, months=6, seed=3)
    office = opening.open_office(world, data, database.sqlite_url(data))
    digest, state = seen(office)
    assert min(state.rows[name] for name in ("party", "lease", "bill", "payment", "audit_entry")) > 10
    there = database.parse_url(databases.empty("postgresql"))
    moved = move_office(office, PROGRAM, there)
    assert (moved.before, moved.after) == (state, state)
    office.close()

    second = opening.open_office(world, data, there)
    digest_there, state_there = seen(second)
    assert digest_there == digest
    assert state_there.sums == state.sums
    assert state_there.links == state.links + 1, "the new database notes where it came from"
    with look(second, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    (tmp_path / "back").mkdir()
    again = move_office(second, PROGRAM, database.sqlite_url(tmp_path / "back"))
    assert again.before == again.after == state_there
    second.close()

    third = opening.open_office(world, data, database.sqlite_url(tmp_path / "back"))
    assert seen(third)[0] == digest
    with look(third, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    register(third)
    third.close()


def test_what_is_different_in_the_copy_is_named_and_nothing_is_left_there(
    office: Office, target: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(office)
    from desktop.services import move_office as module

    whole = module._copy

    def lossy(*args: Any) -> Any:
        copied = whole(*args)
        with args[1].begin() as connection:
            connection.exec_driver_sql("DELETE FROM contact")
        return copied

    monkeypatch.setattr(module, "_copy", lossy)
    with pytest.raises(Outage, match=r"复制后的内容与原来不同.*contact"):
        move_office(office, PROGRAM, target)
    assert moved_on.moved_on(office) is None
    register(office, 2)
    monkeypatch.undo()
    assert move_office(office, PROGRAM, target).rows > 0, "the target was empty again"


def test_the_old_database_can_be_read_and_says_where_it_went(office: Office, target: URL) -> None:
    clerk = sit_down(office, "front_desk")
    register(office)
    heard: list[frozenset[str]] = []
    office.listen(heard.append)
    move_office(office, PROGRAM, target)
    assert frozenset({"audit_head"}) in heard
    found = moved_on.moved_on(office)
    assert found is not None
    assert found.to == (HERE if target.get_backend_name() == "sqlite" else address_of(target))
    with pytest.raises(OfficeMoved) as refused:
        register(office, 2)
    assert "管理处 11-22 09:00 迁到了" in refused.value.message
    assert refused.value.safe == "这一步没有保存，填写的内容还在"
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Party.name == "沈知微")) == 1
    with pytest.raises(OfficeMoved):
        move_office(office, PROGRAM, target.set(database=f"{target.database}-again"))
    kept = drafts.keep_draft(office, clerk, "check_in", office.world.new_id(), "沈知微", b"{}")
    assert kept.here, "a draft waits on this PC until it opens the new address"
    assert len(list((office.data_dir / draft_files.FOLDER).iterdir())) == 1


def test_one_may_go_on_in_the_old_database_after_all(office: Office, target: URL) -> None:
    clerk = sit_down(office, "front_desk")
    move_office(office, PROGRAM, target)
    with pytest.raises(Refused), begin(office, clerk, Op.MOVE_OFFICE) as work:
        moved_on.come_back(work)
    with begin(office, PROGRAM, Op.MOVE_OFFICE) as work:
        moved_on.come_back(work)
    assert moved_on.moved_on(office) is None
    register(office)
    with office.reading() as session:
        facts = session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == Op.MOVE_OFFICE.value)).one()
    assert facts["came_back"] is True
    with pytest.raises(TargetNotEmpty):
        move_office(office, PROGRAM, target)


def test_nothing_is_stored_behind_the_copy(
    office: Office, target: URL, world: SeededWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another clerk goes on registering people while the office moves: each is there, or she was told."""
    from desktop.services import move_office as module

    stored: list[int] = []
    refused: list[Exception] = []
    copying, done = threading.Event(), threading.Event()

    def work_on() -> None:
        for n in range(1, 400):
            try:
                register(office, n)
            except Outage as trouble:
                refused.append(trouble)
            else:
                stored.append(n)
            if done.is_set() and refused:
                return
            time.sleep(0.002)

    whole = module._copy

    def slow(*args: Any) -> Any:
        copied = whole(*args)
        copying.set()
        time.sleep(0.3)  # between the copy and the mark: whoever stores something now would be lost
        return copied

    monkeypatch.setattr(module, "_copy", slow)
    clerk = threading.Thread(target=work_on)
    clerk.start()
    while len(stored) < 5:
        time.sleep(0.01)
    move_office(office, PROGRAM, target)
    done.set()
    clerk.join()
    assert copying.is_set()
    assert isinstance(refused[-1], OfficeMoved)
    there = opening.open_office(world, office.data_dir, target)
    with there.reading() as session:
        found = session.scalar(sa.select(sa.func.count()).where(Party.name == "沈知微"))
    there.close()
    assert found == len(stored)
