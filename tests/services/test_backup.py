"""Backup and restore: the recovery code alone brings everything back, and nothing half-done is left anywhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.offices import Desk
from desktop.models.payments import Receipt
from desktop.models.trust import NumberBlock
from desktop.models.values import Money, PayMethod, Right
from desktop.services import (
    backup,
    billing,
    checkup,
    client_programs,
    database,
    opening,
    party_search,
    payments,
    restore,
)
from desktop.services.acts import Op
from desktop.services.backup_file import BackupDamaged, BackupTruncated, read_header
from desktop.services.errors import DiskFull, Outage, Refused
from desktop.services.office import Office
from desktop.services.recovery import RecoveryCode, RecoveryCodeWrong, make_recovery_code
from desktop.services.sync.digest import office_digest
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases, EngineKind
from tests.offices import check_in, first_start, make_office, rooms_of, sit_down


@pytest.fixture
def code(world: SeededWorld) -> RecoveryCode:
    return make_recovery_code(world)


@pytest.fixture
def office(database_url: str, world: SeededWorld, tmp_path: Path, code: RecoveryCode) -> Iterator[Office]:
    """An office with one tenant who paid."""
    made = make_office(world, tmp_path / "office", database_url, first_start(), code)
    clerk = sit_down(made, "administrator", "cashier", "front_desk")
    _live_a_little(made, clerk)
    yield made
    made.close()


def _live_a_little(office: Office, clerk: Actor, room: int = 0) -> str:
    news = check_in(office, clerk, rooms_of(office)[room])
    return _pay(office, clerk, news.party_id, list(news.due_now))


def _pay(office: Office, clerk: Actor, party_id: object, bill_ids: list[object]) -> str:
    with look(office, PROGRAM) as reading:
        owed = {row.id: row.owed for row in billing.bills_of(reading, party_id=party_id) if row.id in bill_ids}  # type: ignore[arg-type]
    due = Money(sum(amount.fen for amount in owed.values()))
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        request = payments.TakePayment(party_id, owed, [payments.TenderForm(PayMethod.CASH, due)])  # type: ignore[arg-type]
        return payments.take_payment(work, request).receipt_number


def _empty_target(databases: Databases, kind: EngineKind, tmp_path: Path) -> sa.URL:
    if kind == "sqlite":
        return database.sqlite_url(tmp_path / "elsewhere")
    return database.parse_url(databases.empty(kind))


def _digests(office: Office) -> dict[str, tuple[int, str]]:
    with office.reading() as session:
        return office_digest(session)


def _leftovers(*folders: Path) -> list[str]:
    names = [path.name for folder in folders for path in folder.rglob("*")]
    return [name for name in names if "backup-" in name or "restoring" in name or name.endswith(".aside")]


def test_comes_back_on_a_strange_pc_by_the_code_alone(
    office: Office, code: RecoveryCode, databases: Databases, engine_kind: EngineKind, tmp_path: Path
) -> None:
    before = _digests(office)
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    stranger = SeededWorld(MORNING + timedelta(days=3), seed=77)
    restored = restore.restore_backup(
        stranger, made.path, code, tmp_path / "elsewhere", _empty_target(databases, engine_kind, tmp_path)
    )
    after = _digests(restored)
    changed = {table for table in before if before[table] != after[table]}
    # Only the new PC and its desk came on top; every other row is the same to the byte.
    assert changed <= {"device", "desk"}
    assert after["desk"][0] == before["desk"][0] + 1
    assert restored.node_id != office.node_id
    assert restored.desk.code == "B"
    with look(restored, PROGRAM) as reading:
        report = checkup.check_office(reading, anchor=(made.header.audit_count, made.header.audit_head))
        assert report.findings == ()
        assert [hit.name for hit in party_search.find_parties(reading, "13812345678")] == ["顾听澜"]
    restored.close()
    again = opening.open_office(stranger, tmp_path / "elsewhere", restored.engine.url)
    assert again.desk.code == "B"
    again.close()
    assert _leftovers(tmp_path) == []


def test_no_number_is_given_out_twice_after_a_restore(
    office: Office, code: RecoveryCode, databases: Databases, engine_kind: EngineKind, tmp_path: Path
) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    stranger = SeededWorld(MORNING + timedelta(days=1), seed=78)
    restored = restore.restore_backup(
        stranger, made.path, code, tmp_path / "elsewhere", _empty_target(databases, engine_kind, tmp_path)
    )
    with restored.reading() as session:
        assert session.scalars(sa.select(NumberBlock)).all() == []
        first_desk = session.scalars(sa.select(Desk).where(Desk.code == "A")).one()
    clerk = sit_down(restored, "administrator", "cashier", "front_desk", login="xiaolu", name="小陆")
    assert _live_a_little(restored, clerk, room=1) == "WJYB26-000001"
    # A PC of the old desk that goes on with its series continues after what was used.
    restored.desk = type(restored.desk)(first_desk.id, first_desk.code, first_desk.name)
    assert _live_a_little(restored, clerk, room=2) == "WJYA26-000002"
    with look(restored, PROGRAM) as reading:
        numbers = reading.session.scalars(sa.select(Receipt.number)).all()
        assert len(numbers) == len(set(numbers)) == 3
        assert checkup.check_office(reading).findings == ()
    restored.close()


def test_header_counts_the_very_rows_of_the_copy(office: Office, tmp_path: Path) -> None:
    with office.reading() as session:
        rows = session.scalar(sa.text("SELECT count(*) FROM posting"))
        head = session.execute(sa.text("SELECT n FROM audit_head")).scalar_one()
    made = backup.make_backup(office, PROGRAM, tmp_path)
    assert made.path == tmp_path / "WJY-20261122-0900.anjubak"
    header = read_header(made.path)
    assert header.counts["posting"] == rows
    assert header.audit_count == head
    with look(office, PROGRAM) as reading:
        last = reading.session.execute(sa.text("SELECT op, n FROM audit_entry ORDER BY n DESC LIMIT 1")).one()
    assert tuple(last) == ("make_backup", head + 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_backup_is_for_its_owner_alone(office: Office, tmp_path: Path) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_needs_its_right(office: Office, tmp_path: Path) -> None:
    clerk = sit_down(office, "front_desk", login="wangyi", name="王一")
    with pytest.raises(Refused) as refused:
        backup.make_backup(office, clerk, tmp_path / "a.anjubak")
    assert refused.value.right == Right.MAKE_BACKUP
    assert not (tmp_path / "a.anjubak").exists()


def test_another_code_opens_nothing(
    office: Office, databases: Databases, engine_kind: EngineKind, tmp_path: Path
) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    stranger = SeededWorld(MORNING, seed=5)
    target = _empty_target(databases, engine_kind, tmp_path)
    with pytest.raises(RecoveryCodeWrong):
        restore.restore_backup(stranger, made.path, make_recovery_code(stranger), tmp_path / "elsewhere", target)
    _still_empty(target)


def _still_empty(target: sa.URL) -> None:
    if target.get_backend_name() == "sqlite":
        assert not Path(str(target.database)).exists()
        return
    engine = database.open_engine(target)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_broken_file_leaves_the_target_empty(
    office: Office, code: RecoveryCode, databases: Databases, engine_kind: EngineKind, tmp_path: Path, damage: str
) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    raw = bytearray(made.path.read_bytes())
    if damage == "cut":
        made.path.write_bytes(raw[: len(raw) * 2 // 3])
    else:
        raw[len(raw) // 2] ^= 1
        made.path.write_bytes(raw)
    target = _empty_target(databases, engine_kind, tmp_path)
    with pytest.raises(BackupTruncated if damage == "cut" else BackupDamaged):
        restore.restore_backup(SeededWorld(MORNING, seed=6), made.path, code, tmp_path / "elsewhere", target)
    _still_empty(target)
    assert _leftovers(tmp_path) == []


def test_never_over_an_office(office: Office, code: RecoveryCode, tmp_path: Path) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    before = _digests(office)
    with pytest.raises(restore.TargetNotEmpty):
        restore.restore_backup(SeededWorld(MORNING, seed=6), made.path, code, office.data_dir, office.engine.url)
    assert _digests(office) == before


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_not_into_the_other_engine(office: Office, code: RecoveryCode, databases: Databases, tmp_path: Path) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    with pytest.raises(restore.OtherEngine):
        restore.restore_backup(
            SeededWorld(MORNING, seed=6), made.path, code, tmp_path / "elsewhere",
            database.parse_url(databases.empty("postgresql")),
        )  # fmt: skip


@pytest.mark.parametrize("moment", ["backup.copied", "backup.before_swap", "backup.swapped"])
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_an_interrupted_backup_leaves_no_plain_copy(office: Office, tmp_path: Path, moment: str) -> None:
    class Pulled(Exception):
        pass

    def fault(name: str) -> None:
        if name == moment:
            raise Pulled

    assert isinstance(office.world, SeededWorld)
    office.world._fault = fault
    with pytest.raises(Pulled):
        backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    assert _leftovers(tmp_path) == []
    assert (tmp_path / "a.anjubak").exists() == (moment == "backup.swapped")


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_what_a_killed_program_left_is_swept(office: Office, tmp_path: Path) -> None:
    left = office.data_dir / "backup-killed"
    left.mkdir()
    (left / "copy.db").write_bytes(b"plain rows")
    backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    assert not left.exists()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_damaged_copy_is_noticed_before_it_is_sealed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(name: str) -> None:
        if name == "backup.copied":
            (copy,) = office.data_dir.glob("backup-*/copy.db")
            raw = bytearray(copy.read_bytes())
            raw[len(raw) // 2 : len(raw) // 2 + 4096] = b"\xff" * 4096
            copy.write_bytes(raw)

    assert isinstance(office.world, SeededWorld)
    office.world._fault = fault
    with pytest.raises(Outage):
        backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    assert not (tmp_path / "a.anjubak").exists()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 kB that is really full soon; needs the right to mount."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_no_file(office: Office, tiny_disk: Path) -> None:
    with pytest.raises(Outage, match="磁盘空间"):
        backup.make_backup(office, PROGRAM, tiny_disk / "a.anjubak")
    assert list(tiny_disk.iterdir()) == []


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_no_room_for_the_restored_office(office: Office, code: RecoveryCode, tiny_disk: Path, tmp_path: Path) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    with pytest.raises((DiskFull, Outage)):
        restore.restore_backup(SeededWorld(MORNING, seed=6), made.path, code, tiny_disk / "data")
    assert not (tiny_disk / "data" / "office.db").exists()
    assert _leftovers(tiny_disk) == []


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_nothing_of_the_backup_is_in_clear(office: Office, tmp_path: Path) -> None:
    made = backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
    raw = made.path.read_bytes()
    assert b"SQLite format" not in raw
    assert "顾听澜".encode() not in raw
    database_file = str(office.engine.url.database)
    with closing(sqlite3.connect(database_file)) as connection:
        assert connection.execute("SELECT name FROM party").fetchone()[0] == "顾听澜"


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_without_the_client_programs_it_says_so(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(client_programs.ToolMissing, match="pg_dump"):
        backup.make_backup(office, PROGRAM, tmp_path / "a.anjubak")
