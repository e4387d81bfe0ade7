"""Two databases of one office that worked apart: whatever was done and in whatever order it arrives, they agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.offices import Desk
from desktop.models.parties import Party
from desktop.models.sync import ConflictTask, FieldHistory
from desktop.models.values import Money, PayMethod
from desktop.services import (
    billing,
    checkup,
    database,
    devices,
    enquiries,
    lease_moves,
    notes,
    opening,
    party_edits,
    payments,
)
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import DeskFacts, Office
from desktop.services.sync.apply import apply_acts
from desktop.services.sync.digest import office_digest
from desktop.services.sync.outbox import outgoing
from desktop.services.sync.wire import WireAct
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases, lay_schema
from tests.offices import check_in, many, rooms_of, sit_down, terms

ACTS = 12
"""Of each side, before they hear of each other."""


@dataclass
class Side:
    """One database of the office, with a clock of its own."""

    office: Office
    world: SeededWorld
    parties: Sequence[UUID]
    leases: Sequence[UUID]
    enquiry: UUID

    def acts(self) -> list[WireAct]:
        return [act for _, act in outgoing(self.office)]


class Apart:
    """An office that lived a little, and databases made of its acts alone."""

    def __init__(self, folder: Path, databases: Databases, seed: int, kind: str) -> None:
        self.folder, self.databases, self.kind, self.seed = folder, databases, kind, seed
        self._names = count()
        world = SeededWorld(MORNING, seed)
        self.base = opening_office(world, folder / "base")
        clerk = sit_down(self.base, "front_desk")
        with begin(self.base, PROGRAM, Op.APPROVE_DEVICE) as work:
            work.authorised += 1
            self.desk_b = devices.put_desk(work, "前台 2").id
        rooms = rooms_of(self.base)
        today = world.today()
        inside = [check_in(self.base, clerk, room, form) for room, form in zip(rooms[:3], many(3), strict=True)]
        later = [
            check_in(self.base, clerk, room, form, terms(today + timedelta(days=9)))
            for room, form in zip(rooms[3:5], many(5)[3:], strict=True)
        ]
        with begin(self.base, clerk, Op.ADD_ENQUIRY) as work:
            self.enquiry = enquiries.add_enquiry(work, enquiries.EnquiryForm(name="陆时雨", phone="13700004321"))
        self.parties = [news.party_id for news in (*inside, *later)]
        self.leases = [news.lease_id for news in (*inside, *later)]
        self.acts = [act for _, act in outgoing(self.base)]

    def trusted(self) -> dict[UUID, bytes]:
        return {self.base.device_id: self.base.vault.device.ed25519_public}

    def replica(self, world: SeededWorld | None = None) -> Office:
        """An empty database into which the acts so far were brought."""
        where = self.folder / f"copy-{next(self._names)}"
        if self.kind == "sqlite":
            where.mkdir()
            lay_schema(where / "office.db")
            url = f"sqlite:///{where / 'office.db'}"
        else:
            url = self.databases.clone("postgresql")
        vault = self.base.vault
        made = opening.replica_office(
            world or self.base.world, where, database.parse_url(url), vault.keys, vault.device
        )  # fmt: skip
        assert not apply_acts(made, self.acts, self.trusted()).aside
        return made

    def side(self, number: int, ahead: timedelta) -> Side:
        """A desk of its own whose clock goes wrong by `ahead`."""
        world = SeededWorld(self.base.world.now() + timedelta(minutes=1) + ahead, self.seed * 10 + number)
        office = self.replica(world)
        office.project_code = self.base.project_code
        with office.reading() as session:
            desk = session.execute(sa.select(Desk).order_by(Desk.code).offset(number).limit(1)).scalar_one()
            office.desk = DeskFacts(desk.id, desk.code, desk.name)
        return Side(office, world, self.parties, self.leases, self.enquiry)


def opening_office(world: SeededWorld, folder: Path) -> Office:
    from tests.offices import make_office

    folder.mkdir()
    return make_office(world, folder, f"sqlite:///{folder / 'office.db'}")


# ---- what may be done ------------------------------------------------------------------------------------------------


def rename(side: Side, pick: random.Random) -> None:
    party_id = pick.choice(side.parties)
    with begin(side.office, PROGRAM, Op.CHANGE_PARTY) as work:
        row = work.get(Party, party_id)
        form = party_edits.PartyEdit(
            pick.choice(["顾听澜", "顾听蓝", "顾廷澜", row.name]), pick.choice(["教师", "木匠", None]), row.note,
            pick.choice([None, f"139{pick.randrange(10**8):08d}"]),
        )  # fmt: skip
        party_edits.change_party(work, party_id, row.version, form)


def notice(side: Side, pick: random.Random) -> None:
    with begin(side.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, pick.choice(side.leases))


def stay(side: Side, pick: random.Random) -> None:
    with begin(side.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.withdraw_notice(work, pick.choice(side.leases))


def come(side: Side, pick: random.Random) -> None:
    with begin(side.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_in(work, pick.choice(side.leases[3:]))


def pay(side: Side, pick: random.Random) -> None:
    party_id = pick.choice(side.parties)
    with look(side.office, PROGRAM) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, party_id=party_id) if bill.owed.fen > 0}
    if not owed:
        return
    amount = sum((each.fen for each in owed.values()), 0)
    with begin(side.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        payments.take_payment(
            work,
            payments.TakePayment(
                party_id, owed, [payments.TenderForm(PayMethod.WECHAT, Money(amount), f"{pick.randrange(10**10)}")]
            ),
        )


def talk(side: Side, pick: random.Random) -> None:
    with begin(side.office, PROGRAM, Op.ADD_NOTE) as work:
        notes.add_note(
            work, notes.NoteForm(pick.choice(["门锁换过", "电话里说下周交"]), party_id=pick.choice(side.parties))
        )


def go_on(side: Side, pick: random.Random) -> None:
    event = pick.choice(["view", "lose", "reopen"])
    with begin(side.office, PROGRAM, Op.CHANGE_ENQUIRY) as work:
        enquiries.move_enquiry(work, side.enquiry, event, "嫌远", side.world.today())


def cancel(side: Side, pick: random.Random) -> None:
    """Only the first side does: what each of them took back would stand twice."""
    if side.office.desk.code == "A":
        with begin(side.office, PROGRAM, Op.CHANGE_LEASE) as work:
            lease_moves.cancel_lease(work, pick.choice(side.leases[3:]), "客户改租别处")


DOINGS: tuple[Callable[[Side, random.Random], None], ...] = (
    rename, rename, notice, stay, come, pay, talk, go_on, go_on, cancel
)  # fmt: skip


def live(side: Side, pick: random.Random) -> None:
    for _ in range(ACTS):
        side.world.advance(timedelta(seconds=pick.randrange(3600)))
        with suppress(DomainError):
            pick.choice(DOINGS)(side, pick)


def mixed(pick: random.Random, one: Sequence[WireAct], other: Sequence[WireAct]) -> list[WireAct]:
    """Both, each in its own order."""
    rest, found = [list(one), list(other)], list[WireAct]()
    while any(rest):
        found.append(pick.choice([each for each in rest if each]).pop(0))
    return found


# ---- the proof -------------------------------------------------------------------------------------------------------


def prove(folder: Path, databases: Databases, seed: int, kind: str) -> int:
    """Returns how many things met."""
    pick = random.Random(seed)
    apart = Apart(folder, databases, seed, kind)
    sides = [apart.side(n, timedelta(minutes=pick.randrange(-90, 90))) for n in range(2)]
    offices = [side.office for side in sides]
    try:
        for side in sides:
            live(side, pick)
        one, other = (side.acts() for side in sides)
        assert one, "the first side did nothing"
        assert other, "the second side did nothing"
        for office, theirs in zip(offices, (other, one), strict=True):
            assert not apply_acts(office, theirs, apart.trusted()).aside
        for _ in range(2):
            third = apart.replica()
            offices.append(third)
            assert not apply_acts(third, mixed(pick, one, other), apart.trusted()).aside
        digests = []
        for office in offices:
            with office.reading() as session:
                digests.append(office_digest(session))
            with look(office, PROGRAM) as reading:
                assert checkup.check_office(reading).findings == ()
        assert all(digest == digests[0] for digest in digests)
        with offices[0].reading() as session:
            return sum(
                session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
                for model in (ConflictTask, FieldHistory)
            )
    finally:
        for office in (*offices, apart.base):
            office.close()


APART = (1005, 1006)
"""Histories in which the databases differed for good while a state that met another simply stayed as it was."""


@pytest.mark.parametrize("seed", APART)
def test_two_databases_that_worked_apart_agree(tmp_path: Path, databases: Databases, seed: int) -> None:
    prove(tmp_path, databases, seed, "sqlite")


def test_they_agree_on_postgresql(tmp_path: Path, databases: Databases) -> None:
    prove(tmp_path, databases, 77, "postgresql")


@pytest.mark.long
def test_many_that_worked_apart_agree(tmp_path: Path, databases: Databases) -> None:
    met = 0
    for seed in range(1000, 1200):
        (folder := tmp_path / str(seed)).mkdir()
        met += prove(folder, databases, seed, "sqlite")
    assert met > 200, "nothing met: the histories are too tame to prove anything"
