"""Printing many papers at once: what is found, what is left out and why, each counted as a print of its own."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.values import PayMethod, Right, total
from desktop.services import (
    audit,
    batch_prints,
    billing,
    check_ins,
    lease_moves,
    papers,
    payments,
    places,
    print_queue,
    receipt_papers,
)
from desktop.services.acts import Op
from desktop.services.batch_prints import QUEUED, Batch, FindPapers, PaperKind, find_problems
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.print_events import Printed
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, many, rooms_of, sit_down
from tests.services.paper.samples import pdf_text
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


@pytest.fixture
def people(office: Office, clerk: Actor) -> list[check_ins.CheckedIn]:
    """Four check-ins on three days, the last one in the other building."""
    with begin(office, clerk, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft("301", 3)]))
    rooms, made = rooms_of(office), []
    for at, form in enumerate(many(4)):
        made.append(check_in(office, clerk, rooms[at] if at < 3 else rooms[-1], form))
        if at != 1:
            office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]
    return made


def pay(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> payments.PaymentTaken:
    with look(office, PROGRAM) as reading:
        owed = {row.id: row.owed for row in billing.bills_of(reading, lease_id=news.lease_id, open_only=True)}
    tender = payments.TenderForm(PayMethod.CASH, total(owed.values()))
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, payments.TakePayment(news.party_id, owed, [tender]))


@pytest.fixture
def paid(office: Office, clerk: Actor, people: list[check_ins.CheckedIn]) -> list[payments.PaymentTaken]:
    """Three receipts on two days."""
    made = [pay(office, clerk, people[0]), pay(office, clerk, people[1])]
    office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]
    return [*made, pay(office, clerk, people[3])]


def receipts(office: Office, clerk: Actor, **wanted: object) -> Batch:
    with look(office, clerk) as reading:
        return batch_prints.find_receipts(reading, FindPapers(**wanted))  # type: ignore[arg-type]


def leases(office: Office, clerk: Actor, **wanted: object) -> Batch:
    with look(office, clerk) as reading:
        return batch_prints.find_leases(reading, FindPapers(PaperKind.LEASE, **wanted))  # type: ignore[arg-type]


def numbers(batch: Batch) -> list[str]:
    return [row.number for row in batch.rows]


def print_one(office: Office, clerk: Actor, row: batch_prints.PaperRow) -> Printed:
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        if row.kind is PaperKind.RECEIPT:
            return receipt_papers.print_receipt(work, row.id, "third", "针打-01")
        return papers.print_lease(work, row.id, "HP")


# ---- what is found -------------------------------------------------------------------------------------------------


def test_receipts_by_days_numbers_building_and_name(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn], paid: list[payments.PaymentTaken]
) -> None:
    all_three = [each.receipt_number for each in paid]
    today = office.world.today()
    assert numbers(receipts(office, clerk)) == all_three
    assert numbers(receipts(office, clerk, since=today)) == all_three[2:]
    assert numbers(receipts(office, clerk, until=today - timedelta(days=1))) == all_three[:2]
    assert numbers(receipts(office, clerk, since=today, until=today)) == all_three[2:]
    assert numbers(receipts(office, clerk, first="2")) == all_three[1:]
    assert numbers(receipts(office, clerk, first="1", last="2")) == all_three[:2]
    assert numbers(receipts(office, clerk, first=all_three[1].lower(), last=all_three[1])) == all_three[1:2]
    assert numbers(receipts(office, clerk, first="QQQQ-26-000001")) == [], "another desk's series"
    with look(office, clerk) as reading:
        buildings = batch_prints.buildings_to_find(reading)
    found = [numbers(receipts(office, clerk, building_id=building)) for building, _name in buildings]
    assert sorted(chain(*found)) == sorted(all_three)
    assert len([each for each in found if each]) == 2
    assert numbers(receipts(office, clerk, who="沈知")) == all_three[:1]
    assert numbers(receipts(office, clerk, who="%")) == []
    chosen = (paid[2].payment_id, paid[0].payment_id)
    assert numbers(receipts(office, clerk, ids=chosen, since=today)) == [all_three[0], all_three[2]]


def test_leases_by_days_numbers_building_and_name(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    everything = [each.lease_number for each in people]
    signed = office.world.today() - timedelta(days=3)
    assert numbers(leases(office, clerk)) == everything
    assert numbers(leases(office, clerk, until=signed)) == everything[:1]
    assert numbers(leases(office, clerk, first="2", last="3")) == everything[1:3]
    assert numbers(leases(office, clerk, last=everything[1])) == everything[:2]
    assert numbers(leases(office, clerk, who="周思")) == everything[2:3]
    with look(office, clerk) as reading:
        buildings = batch_prints.buildings_to_find(reading)
    by_building = [numbers(leases(office, clerk, building_id=building)) for building, _name in buildings]
    assert sorted(chain(*by_building)) == everything
    (row,) = leases(office, clerk, ids=(people[0].lease_id,)).rows
    assert row.about.startswith("1 栋")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"first": "9", "last": "3"}, "last"),
        ({"first": "WJYA26-000009", "last": "WJYA26-000003"}, "last"),
        ({"first": "WJYA26-000001", "last": "WJYB26-000003"}, "last"),
        ({"first": "3", "last": "9"}, ""),
        ({"first": "WJYA26-000003", "last": "9"}, ""),
    ],
)
def test_a_range_that_cannot_be_is_named_at_its_field(wanted: dict[str, str], field: str) -> None:
    assert list(find_problems(FindPapers(**wanted))) == ([field] if field else [])  # type: ignore[arg-type]


def test_days_the_wrong_way_round(office: Office) -> None:
    today = office.world.today()
    assert "until" in find_problems(FindPapers(since=today, until=today - timedelta(days=1)))


def test_a_batch_is_cut_at_its_limit_and_says_so(
    office: Office, clerk: Actor, paid: list[payments.PaymentTaken], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not receipts(office, clerk).more
    monkeypatch.setattr(batch_prints, "MOST", 2)
    batch = receipts(office, clerk)
    assert (len(batch.rows), batch.more) == (2, True)


# ---- what is left out, and why -------------------------------------------------------------------------------------


def test_what_lies_in_the_queue_is_left_out(office: Office, clerk: Actor, paid: list[payments.PaymentTaken]) -> None:
    rows = receipts(office, clerk).rows
    failed, came_out = print_one(office, clerk, rows[0]), print_one(office, clerk, rows[1])
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        print_queue.note_failed(work, failed.job_id, "针打-01 缺纸")
        print_queue.note_printed(work, came_out.job_id, "针打-01")
    assert [(row.held, row.mark) for row in receipts(office, clerk).rows] == [
        (QUEUED, "补打 1"), ("", "补打 1"), ("", "首次打印"),
    ]  # fmt: skip
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        print_queue.drop_job(work, failed.job_id)
    assert not any(row.held for row in receipts(office, clerk).rows)


def test_a_lease_that_was_cancelled_is_left_out(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn]
) -> None:
    later = office.world.today() + timedelta(days=9)
    from tests.offices import person, terms

    coming = check_in(office, clerk, rooms_of(office)[4], person("许朗", 31, phone="13900000031"), terms(later))
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, coming.lease_id, "租客改了主意")
    held = {row.number: row.held for row in leases(office, clerk).rows}
    assert held.pop(coming.lease_number) == "租约已撤销"
    assert set(held.values()) == {""}


def test_each_is_counted_marked_and_logged_and_the_office_replays(
    office: Office, clerk: Actor, paid: list[payments.PaymentTaken], databases: Databases, tmp_path: Path
) -> None:
    """A printer that fails half-way: the second of three did not come out, the third was not begun."""
    for row in receipts(office, clerk).rows:
        with begin(office, clerk, Op.PRINT_PAPER) as work:
            print_queue.note_printed(work, print_one(office, clerk, row).job_id, "针打-01")
    first, second, third = receipts(office, clerk).rows
    done, failed = print_one(office, clerk, first), print_one(office, clerk, second)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        print_queue.note_printed(work, done.job_id, "针打-01")
        print_queue.note_failed(work, failed.job_id, "第 2 页没有接收")
    assert [(row.prints, row.held) for row in receipts(office, clerk).rows] == [(2, ""), (2, QUEUED), (1, "")]
    with look(office, clerk) as reading:
        events = reading.session.execute(
            sa.select(PrintEvent.subject_id, PrintEvent.ordinal).order_by(PrintEvent.ordinal, PrintEvent.created_at)
        ).all()
        assert sorted(ordinal for _id, ordinal in events) == [0, 0, 0, 1, 1]
        logged = [(row.what, row.subject_id, row.facts["ordinal"]) for row in audit.list_audit(reading, limit=2)]
    assert logged == [("打印", second.id, 1), ("打印", first.id, 1)]
    assert "补打 1" in "".join(pdf_text(failed.pdf))
    assert third.mark == "补打 1"
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


# ---- the preview ---------------------------------------------------------------------------------------------------


def test_the_preview_shows_every_paper_and_counts_none(
    office: Office, clerk: Actor, people: list[check_ins.CheckedIn], paid: list[payments.PaymentTaken]
) -> None:
    told: list[tuple[int, int]] = []
    with look(office, clerk) as reading:
        money = batch_prints.preview_receipts(
            reading, [each.payment_id for each in paid], "third", lambda done, of, _words: told.append((done, of))
        )
        agreed = batch_prints.preview_leases(reading, [each.lease_id for each in people[:2]])
        assert reading.session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) == 0
    assert len(pdf_text(money)) == 3
    assert told == [(0, 3), (1, 3), (2, 3)]
    text = "".join(pdf_text(agreed))
    for news in people[:2]:
        assert news.lease_number in text
    assert "13800000000" not in text, "it may face the public"


def test_looking_and_printing_have_their_rights(
    office: Office, clerk: Actor, paid: list[payments.PaymentTaken]
) -> None:
    blind = Actor(clerk.staff_id, clerk.name, frozenset({Right.PRINT_PAPER}))
    for find in (batch_prints.find_receipts, batch_prints.find_leases):
        with look(office, blind) as reading, pytest.raises(Refused):
            find(reading, FindPapers())
