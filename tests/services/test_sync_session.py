"""Sessions with head office, one danger at a time: what each guard is for, in the shortest story that needs it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from central.log import Log
from central.store import open_store
from desktop.models.offices import Desk
from desktop.models.parties import Party
from desktop.models.payments import Payment
from desktop.models.sync import ConflictTask, FieldHistory, OutboxAct, SeenAct
from desktop.models.values import Money, PayMethod
from desktop.services import billing, checkup, database, notes, opening, party_edits, payments
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync.digest import office_digest
from desktop.services.sync.head_office import NoHeadOffice
from desktop.services.sync.joining import join_project
from desktop.services.sync.lease import give_back, take_lease
from desktop.services.sync.messages import Refusal
from desktop.services.sync.session import Met, meet
from desktop.services.sync.state import state_of
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import check_in, many, rooms_of, sit_down
from tests.simulation.line import CALM, Head, Line, Weather
from tests.simulation.place import new_device


@dataclass
class Town:
    """Head office and two offices of one project."""

    head: Head
    first: Office
    second: Office
    lines: dict[int, Line]
    party_id: UUID

    def line(self, office: Office) -> Line:
        return self.lines[id(office)]

    def meet(self, office: Office) -> Met:
        lease = take_lease(office, office.world.new_id())
        assert lease is not None
        try:
            return meet(office, self.line(office), lease)
        finally:
            give_back(office, lease)

    def settle(self) -> None:
        """Everybody hears of everything."""
        for office in (self.first, self.second, self.first):
            self.meet(office)

    def agree(self) -> None:
        """Both hold the same, and nothing is wrong in either."""
        digests = []
        for office in (self.first, self.second):
            with office.reading() as session:
                digests.append(office_digest(session))
            with look(office, PROGRAM) as reading:
                assert checkup.check_office(reading).findings == ()
        assert digests[0] == digests[1]


@pytest.fixture
def town(databases: Databases, engine_kind: str, office: Office, tmp_path: Path) -> Iterator[Town]:
    world = SeededWorld(MORNING, 90)
    log = Log(open_store(databases.empty(engine_kind)), world)  # type: ignore[arg-type]
    head = Head(log)
    clerk = sit_down(office, "front_desk")
    news = check_in(office, clerk, rooms_of(office)[0], many(1)[0])
    log.add_project(office.project_id, "WJY", "望江苑")
    log.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
    other_world = SeededWorld(MORNING, 91)
    device = new_device(other_world)
    log.add_device(office.project_id, device.device_id, device.ed25519_public)
    lines = {id(office): Line(head, office.device_id, random.Random(1))}
    made = Town(head, office, office, lines, news.party_id)
    made.meet(office)
    line = Line(head, device.device_id, random.Random(2))
    (folder := tmp_path / "second").mkdir()
    url = database.parse_url(databases.clone(engine_kind))  # type: ignore[arg-type]
    made.second = join_project(other_world, folder, url, office.vault.keys, device, line, "前台 2")
    lines[id(made.second)] = line
    made.meet(office)
    yield made
    made.second.close()
    log._reading.dispose()


def rename(office: Office, party_id: UUID, name: str) -> None:
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        row = work.get(Party, party_id)
        party_edits.change_party(work, party_id, row.version, party_edits.PartyEdit(name, row.occupation, row.note))


def name_at(office: Office, party_id: UUID) -> str:
    with office.reading() as session:
        return session.get_one(Party, party_id).name


def pay(office: Office, party_id: UUID) -> str:
    with look(office, PROGRAM) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, party_id=party_id) if bill.owed.fen > 0}
    bill_id = next(iter(owed))
    tender = payments.TenderForm(PayMethod.WECHAT, Money(100), f"{len(owed)}{office.desk.code}{office.world.new_id()}")
    with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
        request = payments.TakePayment(party_id, {bill_id: Money(100)}, [tender])
        return payments.take_payment(work, request).receipt_number


def count(office: Office, model: type) -> int:
    with office.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_two_offices_of_a_project_hold_the_same(town: Town) -> None:
    town.agree()
    assert (town.first.desk.code, town.second.desk.code) == ("A", "D"), "B and C lie ready for the first"
    pay(town.first, town.party_id)
    rename(town.second, town.party_id, "沈知薇")
    town.settle()
    town.agree()
    assert name_at(town.first, town.party_id) == "沈知薇"


def test_nothing_to_do_is_one_round_trip(town: Town) -> None:
    town.settle()
    asked = list[str]()
    line = town.line(town.first)
    line.between = lambda: asked.append("")
    met = town.meet(town.first)
    assert (met.sent, met.came) == (0, 0)
    assert len(asked) <= 2


def test_an_office_goes_on_alone_and_nothing_is_stuck(town: Town) -> None:
    town.line(town.first).cut = True
    for _ in range(3):
        pay(town.first, town.party_id)
        with pytest.raises(NoHeadOffice):
            town.meet(town.first)
        town.first.world.advance(timedelta(days=5))  # type: ignore[attr-defined]
    town.line(town.first).cut = False
    assert town.meet(town.first).sent == 3
    town.settle()
    town.agree()


def test_a_reply_that_was_lost_is_asked_for_again(town: Town) -> None:
    pay(town.first, town.party_id)
    town.line(town.first).weather = Weather(reply_lost=100)
    with pytest.raises(NoHeadOffice):
        town.meet(town.first)
    town.line(town.first).weather = CALM
    before = count(town.first, Payment)
    town.settle()
    assert count(town.second, Payment) == count(town.first, Payment) == before
    town.agree()


def test_a_clock_two_days_ahead_wins_nothing_for_its_office(town: Town) -> None:
    """It counts as of when it came, in its own office too."""
    world, other = town.first.world, town.second.world
    assert isinstance(world, SeededWorld)
    assert isinstance(other, SeededWorld)
    world.advance(timedelta(days=2))
    rename(town.first, town.party_id, "沈知危")  # on the day after tomorrow, as it believes
    town.meet(town.first)
    for clock in (other, town.head.log._world):
        assert isinstance(clock, SeededWorld)
        clock.advance(timedelta(minutes=30))
    rename(town.second, town.party_id, "沈知薇")  # without having heard of it
    town.meet(town.second)
    town.meet(town.first)
    assert name_at(town.first, town.party_id) == name_at(town.second, town.party_id) == "沈知薇"
    assert count(town.second, FieldHistory) > 0, "the other name is not forgotten"
    world.advance(timedelta(days=-2))
    town.settle()
    town.agree()


def test_a_room_let_by_two_offices_is_kept_and_told(town: Town) -> None:
    people, rooms = many(3), rooms_of(town.first)
    check_in(town.first, PROGRAM, rooms[1], people[1])
    check_in(town.second, PROGRAM, rooms[1], people[2])
    town.settle()
    town.agree()
    for office in (town.first, town.second):
        with office.reading() as session:
            told = session.execute(sa.select(ConflictTask.kind, ConflictTask.table_name)).all()
        assert ("twice", "lease_room") in [tuple(row) for row in told]


def test_an_act_waits_for_what_it_builds_on(town: Town) -> None:
    from desktop.services.sync.apply import Coming, apply_page
    from desktop.services.sync.outbox import outgoing

    before = state_of(town.first).last_seq
    check_in(town.first, PROGRAM, rooms_of(town.first)[2], many(4)[3])
    with town.first.reading() as session:
        party_id = session.scalars(sa.select(Party.id).order_by(Party.id.desc())).first()
    assert party_id is not None
    rename(town.first, party_id, "许朗朗")
    acts = [act for _, act in outgoing(town.first)][before:]
    later = acts[-1]
    assert apply_page(town.second, [Coming(later)]).acts == 0
    with town.second.reading() as session:
        assert "party" in (session.scalars(sa.select(SeenAct.why).where(SeenAct.applied_at.is_(None))).one() or "")
    town.settle()
    assert name_at(town.second, party_id) == "许朗朗"
    town.agree()


def test_a_note_of_a_strange_project_goes_to_nobody(town: Town) -> None:
    line = town.line(town.first)
    line.device_id = UUID(int=5)
    with pytest.raises(Refusal) as refused:
        town.meet(town.first)
    assert refused.value.code == "unknown_device"


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_copied_database_is_found_by_its_hash(town: Town, tmp_path: Path) -> None:
    """Both have as many acts: the number alone would tell the copy that it is done, its payment would never leave."""
    copy = copied(town.first, tmp_path / "copy", 92)
    town.lines[id(copy)] = Line(town.head, copy.device_id, random.Random(3))
    one, other = pay(town.first, town.party_id), pay(copy, town.party_id)
    assert one == other, "they believe to be the same desk"
    town.meet(town.first)
    met = town.meet(copy)
    assert met.new_life
    assert copy.desk.code not in (town.first.desk.code, town.second.desk.code)
    assert pay(copy, town.party_id).startswith(f"WJY{copy.desk.code}")
    town.meet(copy)
    town.settle()
    town.agree()
    assert count(town.first, Payment) == count(copy, Payment)
    with town.second.reading() as session:
        told = session.scalars(sa.select(ConflictTask.table_name).where(ConflictTask.kind == "twice")).all()
    assert "receipt" in told, "one number was printed twice"
    copy.close()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_restored_database_gives_back_what_is_missing_and_gets_what_it_lost(town: Town, tmp_path: Path) -> None:
    unsent = pay(town.first, town.party_id)
    old = copied(town.first, tmp_path / "old", 93)  # the backup
    town.lines[id(old)] = Line(town.head, old.device_id, random.Random(4))
    with begin(town.first, PROGRAM, Op.ADD_NOTE) as work:
        notes.add_note(work, notes.NoteForm("备份之后写的", party_id=town.party_id))
    town.meet(town.first)
    met = town.meet(old)  # from here on only the restored one lives
    assert met.new_life
    assert met.came >= 1, "what was written after the backup came back"
    town.first = old
    town.settle()
    town.agree()
    assert unsent
    with old.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(OutboxAct.seq < 0))
        assert len(session.scalars(sa.select(Desk.code)).all()) == 3
    old.close()


def copied(office: Office, folder: Path, seed: int) -> Office:
    """The same database a second time, with the keys of its PC."""
    folder.mkdir()
    with office.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM INTO ?", (str(folder / "office.db"),))
    world = SeededWorld(office.world.now(), seed)
    engine = database.open_engine(database.sqlite_url(folder))
    return opening._assemble(world, folder, engine, office.vault.keys, office.vault.device)
