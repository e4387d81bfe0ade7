"""The demo office: the same for the same seed and day on both engines, sound, and with something of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.deposits import DepositMove
from desktop.models.leases import Lease
from desktop.models.parties import BankAccount, Party, PartyRelation, PersonDocument
from desktop.models.payments import Payment, PaymentKind, Tender
from desktop.models.values import Account, DepositAct, FeeType, LeaseState, Money, PayMethod, RoomMark, RoomState
from desktop.services import (
    access,
    board,
    checkup,
    database,
    deposit_lists,
    fee_page,
    journal,
    key_lists,
    opening,
    timeline,
)
from desktop.services.demo import MONTHS, PASSWORD, ROOMS, STAFF, TENANTS, build_demo, demo_dir
from desktop.services.demo_plan import Fate, plan_demo
from desktop.services.deposit_lists import DepositScope
from desktop.services.fee_page import ItemState, When
from desktop.services.key_lists import KeyFilter, KeyScope
from desktop.services.key_rows import Where
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.sync.apply import apply_acts
from desktop.services.sync.digest import office_digest
from desktop.services.sync.outbox import outgoing
from desktop.services.work import PROGRAM, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases, EngineKind

TODAY = date(2026, 11, 22)
SMALL = {"rooms": 46, "tenants": 34, "months": 5}
Digest = dict[str, tuple[int, str]]


def _open(folder: Path, url: sa.URL, today: date = TODAY) -> Office:
    noon = datetime.combine(today, datetime.min.time(), OFFICE_ZONE) + timedelta(hours=12)
    return opening.open_office(SeededWorld(noon, seed=99), folder, url)


def _digest(folder: Path, url: sa.URL) -> Digest:
    office = _open(folder, url)
    with office.reading() as session:
        found = office_digest(session)
    office.close()
    return found


@pytest.fixture(scope="module")
def built(
    databases: Databases, engine_kind: EngineKind, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, sa.URL]:
    """A small demo office on each engine."""
    folder = tmp_path_factory.mktemp("demo")
    url = database.parse_url(databases.empty(engine_kind))
    build_demo(TODAY, folder, url, seed=3, **SMALL)
    return folder, url


@pytest.fixture
def demo(built: tuple[Path, sa.URL]) -> Iterator[Office]:
    office = _open(*built)
    yield office
    office.close()


def test_the_same_seed_and_day_give_the_same_office(
    built: tuple[Path, sa.URL], engine_kind: EngineKind, tmp_path: Path
) -> None:
    again = database.sqlite_url(tmp_path)
    build_demo(TODAY, tmp_path, again, seed=3, **SMALL)
    # Built on SQLite both times, or once on each engine: equal to the byte.
    assert _digest(*built) == _digest(tmp_path, again)


def test_another_seed_gives_other_people(built: tuple[Path, sa.URL], tmp_path: Path) -> None:
    other = database.sqlite_url(tmp_path)
    build_demo(TODAY, tmp_path, other, seed=4, rooms=12, tenants=8, months=1)
    office, mine = _open(tmp_path, other), _open(*built)
    with office.reading() as theirs, mine.reading() as ours:
        names = [set(session.scalars(sa.select(Party.name)).all()) for session in (theirs, ours)]
    assert names[0] - names[1]
    office.close()
    mine.close()


def test_is_sound(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def test_has_every_state(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        states = set(reading.session.scalars(sa.select(Lease.state).distinct()))
        shown = board.board(reading)
        kinds = Counter(reading.session.scalars(sa.select(Payment.kind)))
        fees = set(reading.session.scalars(sa.select(BillLine.fee_type).distinct()))
        methods = set(reading.session.scalars(sa.select(Tender.method).distinct()))
        prepaid = reading.session.scalars(sa.select(Payment.prepaid).where(Payment.prepaid != Money(0))).all()
    assert states == set(LeaseState)
    assert {tile.state for tile in shown.tiles} == set(RoomState)
    assert {mark for tile in shown.tiles for mark in tile.marks} == set(RoomMark)
    assert sum(tile.state is RoomState.LET for tile in shown.tiles) == SMALL["tenants"]
    assert len(shown.tiles) == SMALL["rooms"]
    assert shown.counters.coming == shown.counters.ending == shown.counters.overstayed == 1
    assert kinds.keys() == set(PaymentKind)
    assert fees >= {FeeType.RENT, FeeType.DEPOSIT, FeeType.KEY_DEPOSIT, FeeType.PROPERTY_FEE, FeeType.ELECTRICITY}
    assert methods == set(PayMethod)
    assert prepaid


def test_deposits_were_moved_and_keys_lost(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        acts = reading.session.scalars(sa.select(DepositMove.act)).all()
        where = {row.where for row in key_lists.list_keys(reading, KeyFilter(KeyScope.ALL), Span(0, 2000))}
        figures = deposit_lists.deposit_figures(reading)
        reading.authorised += 1
        assert figures[DepositScope.HELD].held == -journal.balance(reading, Account.DEPOSIT_HELD)
    assert DepositAct.DEDUCT in acts
    assert {Where.IN, Where.OUT, Where.LOST} <= where
    assert figures[DepositScope.DUE].rows


def test_has_a_price_list_with_a_past_and_a_future(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        shown = fee_page.fee_page(reading)
        billed = reading.session.scalar(
            sa.select(sa.func.count()).select_from(BillLine).where(BillLine.fee_item_id.is_not(None))
        )
    states = {line.item.name: line.state for line in shown.items}
    assert states["住宅物业费"] is ItemState.CHARGED
    assert {ItemState.CHARGED, ItemState.NO_PRICE, ItemState.BY_HAND} <= set(states.values())
    property_fee = next(line.item.id for line in shown.items if line.item.name == "住宅物业费")
    assert [line.when for line in shown.tariffs[property_fee]] == [When.NOW, When.COMING, When.PAST]
    assert next(line.named for line in shown.items if line.item.name == "地下车位费") >= 3
    assert len(shown.discounts) == 2
    assert billed == 0


def test_people_are_invented_and_complete(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        numbers = [reading.unsealed(row, "number") or "" for row in reading.session.scalars(sa.select(PersonDocument))]
        related = reading.session.scalar(
            sa.select(sa.func.count()).select_from(PartyRelation).where(PartyRelation.kind == "emergency")
        )
        banks = reading.session.scalar(sa.select(sa.func.count()).select_from(BankAccount))
    assert numbers
    assert all(number.startswith("990101") for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert related == len(numbers)
    assert banks


def test_arrears_are_of_all_ages(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        late = [tile.overdue for tile in board.board(reading).tiles if tile.overdue > Money(0)]
    assert len(late) == max(1, SMALL["tenants"] // 16)


def test_who_lives_there_has_a_history(demo: Office) -> None:
    with look(demo, PROGRAM) as reading:
        lease_id = next(tile.lease_id for tile in board.board(reading).tiles if tile.state is RoomState.LET)
        assert lease_id is not None
        titles = [entry.title for entry in timeline.lease_timeline(reading, lease_id)]
    assert "办理入住" in titles


def test_everybody_gets_in_with_the_word_demo(demo: Office) -> None:
    passwords = opening.passwords_for(demo.world, demo=True)
    for login, name, role in STAFF:
        actor = access.sign_in(demo, login, PASSWORD, passwords).actor
        assert (actor.name, actor.roles) == (name, (role,))


def test_replays_into_an_empty_database(demo: Office, databases: Databases, tmp_path: Path) -> None:
    url = database.parse_url(databases.empty("sqlite"))
    replica = opening.replica_office(demo.world, tmp_path, url, demo.vault.keys, demo.vault.device)
    trusted = {demo.device_id: demo.vault.device.ed25519_public}
    result = apply_acts(replica, (act for _, act in outgoing(demo)), trusted)
    assert result.aside == []
    with demo.reading() as ours, replica.reading() as theirs:
        assert office_digest(ours) == office_digest(theirs)
    replica.close()


def test_counts_back_from_today() -> None:
    for today in (date(2026, 3, 1), date(2028, 2, 29), date(2027, 12, 31)):
        plan = plan_demo(today, ROOMS, TENANTS, MONTHS, 1)
        living = [stay for stay in plan.stays if stay.fate is Fate.LIVES]
        assert len(living) == TENANTS
        assert sum(stay.terms.end == today for stay in living) == 2
        assert all(plan.opened < stay.signed < today for stay in plan.stays)
        taken: dict[int, date] = {}
        for stay in sorted(plan.stays, key=lambda each: each.terms.start):
            if stay.fate in (Fate.LEFT, Fate.LIVES):
                assert taken.get(stay.room, date.min) < stay.terms.start
                taken[stay.room] = stay.leaves or stay.terms.end


def test_is_built_once_a_day(tmp_path: Path) -> None:
    size = {"rooms": 6, "tenants": 4, "months": 1}
    folder = demo_dir(tmp_path, TODAY, **size)
    made = (folder / "office.db").stat().st_ino
    assert demo_dir(tmp_path, TODAY, **size) == folder
    assert (folder / "office.db").stat().st_ino == made
    assert demo_dir(tmp_path, TODAY + timedelta(days=1), **size) == folder
    office = _open(folder, database.sqlite_url(folder), TODAY + timedelta(days=1))
    with office.reading() as session:
        newest = session.scalar(sa.select(sa.func.max(Bill.created_at)))
    assert newest is not None
    assert newest.astimezone(OFFICE_ZONE).date() <= TODAY
    office.close()


def test_what_was_cut_off_is_built_anew(tmp_path: Path) -> None:
    size = {"rooms": 6, "tenants": 4, "months": 1}
    (tmp_path / "office.new").mkdir()
    (tmp_path / "office.new" / "office.db").write_bytes(b"half an office")
    folder = demo_dir(tmp_path, TODAY, **size)
    office = _open(folder, database.sqlite_url(folder))
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound
    office.close()


@pytest.mark.long
def test_the_whole_office(tmp_path: Path) -> None:
    url = database.sqlite_url(tmp_path)
    build_demo(TODAY, tmp_path, url)
    office = _open(tmp_path, url)
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
        shown = board.board(reading)
        assert len(shown.tiles) == ROOMS
        assert [name for _, name in shown.buildings] == ["1 栋", "2 栋", "3 栋"]
        first = reading.session.scalar(sa.select(sa.func.min(Bill.due)))
    assert first is not None
    assert (TODAY - first).days > 700
    office.close()
