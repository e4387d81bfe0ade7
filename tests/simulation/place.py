"""One database of an office in the simulation: it lives, dies in the middle of things, is copied and brought back."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from desktop.models.base import Base
from desktop.services import database, opening
from desktop.services.device_key import DeviceKeys
from desktop.services.errors import Outage
from desktop.services.keys import ProjectKeys
from desktop.services.office import Office
from desktop.services.secret import Secret
from desktop.services.sync import incoming
from desktop.services.sync.lease import LeaseLost, give_back, take_lease
from desktop.services.sync.messages import Refusal
from desktop.services.sync.session import Met, meet
from desktop.services.sync.wire import NotUnderstood
from desktop.world import SeededWorld
from tests.simulation.line import Crash, Head, Line


class Place:
    """A database with the program that has it open."""

    def __init__(
        self, name: str, folder: Path, keys: ProjectKeys, device: DeviceKeys, head: Head, now: datetime, seed: int
    ) -> None:
        self.name, self.folder, self.keys, self.device = name, folder, keys, device
        self.pick = random.Random(f"{seed} {name}")
        self.skew = timedelta()
        self._left: int | None = None
        self.world = SeededWorld(now, self.pick.randrange(1 << 40), self._fault)
        self.line = Line(head, device.device_id, random.Random(f"{seed} line of {name}"))
        self.backups: list[Path] = []
        self.old = False
        """An older program runs here: it does not know every table of the others."""
        self.program = self.world.new_id()
        self.crashes = self.meetings = 0
        self.office = self._open()

    @property
    def file(self) -> Path:
        return self.folder / "office.db"

    def _open(self) -> Office:
        engine = database.open_engine(database.sqlite_url(self.folder))
        return opening._assemble(self.world, self.folder, engine, self.keys, self.device)

    def _fault(self, _name: str) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._left = None
                raise Crash

    def crash_within(self, steps: int) -> None:
        """The process dies at one of the next named moments."""
        self._left = self.pick.randrange(1, steps)

    def no_crash(self) -> None:
        self._left = None

    def dies(self) -> None:
        """The process is gone; what is on the disk is opened again by another one."""
        self.crashes += 1
        self._left = None
        self.office.engine.dispose()
        self.program = self.world.new_id()
        self.office = self._open()

    def set_time(self, now: datetime) -> None:
        self.world.set_now(now + self.skew)

    def meet(self) -> Met | None:
        """A session, as far as it goes."""
        self.meetings += 1
        try:
            lease = take_lease(self.office, self.program)
            if lease is None:
                return None
            with _program(self.old):
                met = meet(self.office, self.line, lease)
            give_back(self.office, lease)
        except (Outage, Refusal, LeaseLost):
            return None
        except Crash:
            self.dies()
            return None
        return met

    # ---- backups and copies --------------------------------------------------------------------------------------

    def back_up(self) -> None:
        target = self.folder / f"backup-{len(self.backups)}"
        self._copy_to(target)
        self.backups.append(target)

    def _copy_to(self, target: Path) -> None:
        with self.office.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))

    def restore(self, backup: Path) -> None:
        """The file of some time ago is put in place of today's, as people do."""
        self.office.engine.dispose()
        for end in ("", "-wal", "-shm"):
            (self.folder / f"office.db{end}").unlink(missing_ok=True)
        shutil.copy(backup, self.file)
        self.program = self.world.new_id()
        self.office = self._open()

    def clone(self, name: str, folder: Path, seed: int) -> Place:
        """The whole PC copied, its keys too: two that believe they are one."""
        folder.mkdir()
        self._copy_to(folder / "office.db")
        copy = Place(name, folder, self.keys, self.device, self.line.head, self.world.now() - self.skew, seed)
        copy.skew = self.skew
        return copy

    def close(self) -> None:
        self.office.close()


NEW = frozenset({"note", "enquiry"})
"""Tables that came with the newer program."""


@contextmanager
def _program(old: bool) -> Iterator[None]:
    """Acts are read by the older program, or by today's."""
    known = incoming.travelling_model

    def travelling_model(name: str) -> type[Base]:
        if name in NEW:
            raise NotUnderstood(f"table {name}")
        return known(name)

    if old:
        incoming.travelling_model = travelling_model
    try:
        yield
    finally:
        incoming.travelling_model = known


def new_device(world: SeededWorld) -> DeviceKeys:
    """Keys of a PC."""
    secrets = [Secret(world.random_bytes(32)) for _ in range(3)]
    return DeviceKeys(world, world.new_id(), *secrets)
