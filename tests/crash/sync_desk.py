"""An office that writes notes and meets head office, killed at a named point of a session:
`python -m tests.crash.sync_desk DATA ADDRESS CA_FILE NOTES POINT OCCURRENCE`; no point: it lives.

Every note that was said to be stored is printed before anything else happens.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.services import database, notes, opening
from desktop.services.acts import Op
from desktop.services.errors import Outage
from desktop.services.sync.http_client import HttpHeadOffice, Place
from desktop.services.sync.lease import LeaseLost, give_back, take_lease
from desktop.services.sync.messages import Refusal
from desktop.services.sync.session import meet
from desktop.services.work import PROGRAM, begin
from desktop.world import World


class Doomed(World):
    """The real world until a point is passed for the n-th time."""

    def __init__(self, point: str, occurrence: int) -> None:
        super().__init__()
        self._point, self._left = point, occurrence

    def watch(self, folder: Path) -> bool:
        return False

    def fault(self, name: str) -> None:
        if name == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    data, address, ca, count, point, occurrence = arguments
    world = Doomed(point, int(occurrence))
    office = opening.open_office(world, Path(data), database.sqlite_url(Path(data)))
    with office.reading() as session:
        party_id = session.scalars(sa.select(Party.id).order_by(Party.id)).first()
    place = Place(address, Path(ca).read_text("utf-8"))
    with HttpHeadOffice(place, office.project_id.hex, office.vault.device, world) as head:
        for _ in range(int(count)):
            with begin(office, PROGRAM, Op.ADD_NOTE) as work:
                note_id = notes.add_note(work, notes.NoteForm("门锁换过", party_id=party_id))
            print(note_id.hex, flush=True)
            with suppress(Outage, Refusal, LeaseLost):
                lease = take_lease(office, world.new_id())
                if lease is not None:
                    meet(office, head, lease)
                    give_back(office, lease)
    office.close()


if __name__ == "__main__":
    main(sys.argv[1:])
