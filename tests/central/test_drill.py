"""A real head office, backed up while offices push, destroyed, and brought back to a moment; then the offices give back
what it lost."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from central.drill import DrillFailed, drill
from central.enrolment import Enrolment
from central.log import Log
from central.store import open_store
from desktop.services.sync.enrol_code import Enrol
from desktop.services.sync.messages import Returned, sent
from desktop.services.sync.wire import decode_header
from desktop.world import World
from tests.central.kit import NOBODY, Pc, Station
from tests.databases import TestRun
from tests.postgresql import ADMIN, OWNER, Server, _unprivileged


class Archiving:
    """A PostgreSQL that archives its log, as docs/head-office.md says."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.archive, self.base = folder / "archive", folder / "base"

    @property
    def programs(self) -> Path:
        return Path(self.server.bin_folder)

    def database(self, name: str) -> str:
        with self.server.admin() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {OWNER}")  # type: ignore[arg-type]
        return self.server.url(name)

    def recovering(self) -> bool:
        """Whether the archived log is still being read."""
        with self.server.admin() as admin:
            told = admin.execute("SELECT pg_is_in_recovery()").fetchone()
        return bool(told and told[0])

    def back_up(self) -> None:
        """The line of docs/head-office.md."""
        subprocess.run(
            [self.programs / "pg_basebackup", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", ADMIN,
             "-D", self.base, "--format=plain", "--checkpoint=fast", "--wal-method=none"],
            check=True, cwd=self.folder, **_unprivileged(),
        )  # fmt: skip

    def archive_all(self) -> None:
        with self.server.admin() as admin:
            admin.execute("SELECT pg_switch_wal()")
            before = admin.execute("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)").fetchone()
            assert before is not None
            waited = threading.Event()
            for _ in range(600):
                told = admin.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
                if told is not None and told[0] is not None and told[0] >= before[0]:
                    return
                waited.wait(0.1)
        raise AssertionError("the log is not archived")


@pytest.fixture
def archiving(test_run: TestRun, worker_id: str) -> Iterator[Archiving]:
    folder = test_run.folder / f"archiving-{worker_id}"
    server = Server.start(folder / "server", durable=True)
    made = Archiving(server, folder)
    made.archive.mkdir()
    folder.chmod(0o755)
    as_user = _unprivileged()
    if as_user:
        for path in (folder, made.archive):
            shutil.chown(path, as_user["user"], as_user["group"])
    server.stop()
    data = Path(server.folder) / "data"
    lines = [
        "wal_level = replica", "max_wal_senders = 4", "archive_mode = on",
        f"archive_command = 'test ! -f {made.archive}/%f && cp %p {made.archive}/%f'",
    ]  # fmt: skip
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("\n".join(["", *lines, ""]))
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host replication {ADMIN} 127.0.0.1/32 trust\n")
    server.resume()
    yield made
    server.stop()
    shutil.rmtree(folder)


def test_a_head_office_comes_back_from_its_backup_and_the_offices_fill_the_rest(archiving: Archiving) -> None:
    world, pc, project = World(), Pc(), uuid4()
    store = open_store(archiving.database("central"))
    enrolment, log = Enrolment(store, world), Log(store, world)
    enrolment.add_project("WJY", "望江苑")
    enrolment.enrol(Enrol(enrolment.make_token("WJY"), pc.id.hex, pc.public, project.hex))
    station = Station(project, pc, world.now() - timedelta(days=1))
    log.hello(pc.id, station.hello())

    def push(acts: int) -> None:
        first = len(station.acts) + 1
        for _ in range(acts):
            station.act(2)
        log.push(pc.id, station.push(first))

    push(40)
    backing_up = threading.Thread(target=archiving.back_up)
    backing_up.start()
    while backing_up.is_alive():
        push(5)
    backing_up.join()
    push(30)
    good, moment = len(station.acts), datetime.now(UTC)
    push(20)
    archiving.archive_all()
    url = sa.make_url(str(store.url))
    store.dispose()

    found = drill(archiving.base, archiving.archive, moment, archiving.programs, url)
    assert (found.projects, found.acts) == (1, good)
    assert found.last_act is not None
    assert found.last_act <= moment
    assert drill(archiving.base, archiving.archive, None, archiving.programs, url).acts == len(station.acts)

    # Brought back for real: the same steps, on the server itself.
    archiving.server.stop()
    data = Path(archiving.server.folder) / "data"
    settings = (data / "postgresql.conf").read_text()
    shutil.rmtree(data)
    shutil.copytree(archiving.base, data)
    data.chmod(0o700)
    recovery = f"restore_command = 'cp {archiving.archive}/%f %p'\nrecovery_target_time = '{moment.isoformat()}'\n"
    (data / "postgresql.conf").write_text(settings + recovery + "recovery_target_action = 'promote'\n")
    (data / "recovery.signal").touch()
    if as_user := _unprivileged():
        for path in (data, *data.rglob("*")):
            shutil.chown(path, as_user["user"], as_user["group"])
    archiving.server.resume()
    while archiving.recovering():
        time.sleep(0.1)
    store = open_store(archiving.server.url("central"))
    log = Log(store, world)
    assert log.restored() == 2
    assert log.pull(pc.id, project.hex, NOBODY, 0).head == good
    ids = [decode_header(act.header).act for act in station.acts]
    lost = set(log.wanted(pc.id, project.hex, ids))
    assert lost == set(ids[good:])
    returned = [sent(act) for act, act_id in zip(station.acts, ids, strict=True) if act_id in lost]
    assert log.take_back(pc.id, Returned(project.hex, 2, returned)).aside == {}
    assert log.wanted(pc.id, project.hex, ids) == []
    assert log.pull(pc.id, project.hex, NOBODY, 0).head == len(station.acts)
    store.dispose()


def test_what_is_no_backup_is_said(archiving: Archiving, tmp_path: Path) -> None:
    url = sa.make_url(archiving.server.url("central"))
    with pytest.raises(DrillFailed, match="不是 pg_basebackup"):
        drill(tmp_path, archiving.archive, None, archiving.programs, url)
    archiving.back_up()
    with pytest.raises(
        DrillFailed, match=r"(?s)恢复不起来.*(WAL|checkpoint)"
    ):  # without the archived log it is not whole
        drill(archiving.base, tmp_path / "nothing", None, archiving.programs, url)
