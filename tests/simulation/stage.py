"""What every history begins with, made once a process: a head office, a project with an office that lived a little and
others that joined it, and a second project that nobody of the first may ever see."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from central.log import Log
from central.store import open_store
from desktop.services import database, enquiries
from desktop.services.acts import Op
from desktop.services.device_key import DeviceKeys
from desktop.services.keys import ProjectKeys
from desktop.services.office import Office
from desktop.services.sync.joining import join_project
from desktop.services.sync.lease import take_lease
from desktop.services.sync.session import meet
from desktop.services.work import PROGRAM, begin
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import lay_schema
from tests.offices import check_in, first_start, make_office, many, rooms_of, sit_down, terms
from tests.simulation.line import Head, Line
from tests.simulation.place import new_device

PLACES = 8


@dataclass(frozen=True)
class Base:
    """Where the files lie, and what is in them."""

    folder: Path
    now: datetime
    keys: ProjectKeys
    other_keys: ProjectKeys
    devices: Sequence[DeviceKeys]
    other_device: DeviceKeys
    parties: Sequence[UUID]
    leases: Sequence[UUID]
    rooms: Sequence[UUID]
    enquiry: UUID
    secrets: Sequence[str]
    """Numbers that may stand nowhere in clear."""


@cache
def base() -> Base:
    """The stage of this process."""
    folder, world = Path(mkdtemp(prefix="anju-stage-")), SeededWorld(MORNING, 7)
    log = Log(open_store(f"sqlite:///{folder / 'head.db'}"), world)
    head = Head(log)
    first = _office(world, folder / "place-0")
    clerk = sit_down(first, "front_desk")
    rooms, today = rooms_of(first), world.today()
    forms = many(5)
    inside = [check_in(first, clerk, room, form) for room, form in zip(rooms[:3], forms[:3], strict=True)]
    later = [
        check_in(first, clerk, room, form, terms(today + timedelta(days=9)))
        for room, form in zip(rooms[3:5], forms[3:], strict=True)
    ]
    with begin(first, PROGRAM, Op.ADD_ENQUIRY) as work:
        enquiry = enquiries.add_enquiry(work, enquiries.EnquiryForm(name="陆时雨", phone="13700004321"))
    _enrol(log, first, "WJY", head)
    devices = [first.vault.device]
    for number in range(1, PLACES):
        device = new_device(world)
        log.add_device(first.project_id, device.device_id, device.ed25519_public)
        (where := folder / f"place-{number}").mkdir()
        lay_schema(where / "office.db")
        joined = join_project(
            world, where, database.sqlite_url(where), first.vault.keys, device,
            Line(head, device.device_id, random.Random(1)), f"前台 {number + 1}",
        )  # fmt: skip
        devices.append(device)
        joined.close()
    other = _office(SeededWorld(MORNING, 8), folder / "other")
    _enrol(log, other, "LSY", head)
    made = Base(
        folder, world.now(), first.vault.keys, other.vault.keys, devices, other.vault.device,
        [news.party_id for news in (*inside, *later)], [news.lease_id for news in (*inside, *later)], rooms, enquiry,
        [form.document.number for form in forms if form.document is not None] + ["13700004321"],
    )  # fmt: skip
    first.close()
    other.close()
    log._reading.dispose()
    return made


def _office(world: SeededWorld, folder: Path) -> Office:
    folder.mkdir()
    return make_office(world, folder, f"sqlite:///{folder / 'office.db'}", first_start(floors=2, rooms=4))


def _enrol(log: Log, office: Office, code: str, head: Head) -> None:
    log.add_project(office.project_id, code, "望江苑")
    log.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
    lease = take_lease(office, office.world.new_id())
    assert lease is not None
    meet(office, Line(head, office.device_id, random.Random(1)), lease)


def copy_of(place: int | str, to: Path) -> None:
    """The files of a place of the stage."""
    to.mkdir()
    name = f"place-{place}" if isinstance(place, int) else place
    database_file = base().folder / name / "office.db"
    shutil.copy(database_file, to / "office.db")
