"""The stream of what happened: every strand once, in order, page by page without a gap, each by its right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.models.values import Money, PayMethod, Right
from desktop.services import (
    billing,
    check_in_forms,
    check_ins,
    lease_moves,
    notes,
    payments,
    receipt_papers,
    reversals,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.check_ins import CheckedIn
from desktop.services.notes import NoteForm
from desktop.services.office import Office
from desktop.services.timeline import Strand, TimelineAsk
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down, terms


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def busy(office: Office, clerk: Actor, world: SeededWorld) -> CheckedIn:
    """A tenant with thirty notes, two payments, a reversal and a printed receipt."""
    news = check_in(office, clerk, rooms_of(office)[0])
    for at in range(30):
        world.advance(timedelta(minutes=7))
        with begin(office, clerk, Op.ADD_NOTE) as work:
            notes.add_note(work, NoteForm(f"第 {at} 条", party_id=news.party_id))
    with look(office, clerk) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    whole = Money(sum(amount.fen for amount in owed.values()))
    for _ in range(2):
        world.advance(timedelta(minutes=7))
        with begin(office, clerk, Op.TAKE_PAYMENT) as work:
            taken = payments.take_payment(
                work, payments.TakePayment(news.party_id, owed, [payments.TenderForm(PayMethod.CASH, whole)])
            )
        world.advance(timedelta(minutes=7))
        with begin(office, clerk, Op.PRINT_PAPER) as work:
            receipt_papers.print_receipt(work, taken.payment_id)
        if _ == 0:
            world.advance(timedelta(minutes=7))
            with begin(office, clerk, Op.REVERSE_PAYMENT) as work:
                reversals.reverse_payment(work, taken.payment_id, "录错")
    return news


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_pages_have_no_gap_and_nothing_twice(office: Office, clerk: Actor, busy: CheckedIn, limit: int) -> None:
    with look(office, clerk) as reading:
        whole = timeline.party_timeline(reading, busy.party_id, TimelineAsk(limit=500))
        seen, before = [], None
        while page := timeline.party_timeline(reading, busy.party_id, TimelineAsk(before=before, limit=limit)):
            seen += page
            before = page[-1].at
    assert [entry.key for entry in seen] == [entry.key for entry in whole]
    assert len({entry.key for entry in whole}) == len(whole)
    assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
    titles = [entry.title for entry in whole]
    assert titles.count("打印收据") == 2
    assert sum(title.startswith("收款 ") for title in titles) == 2
    assert sum(title.startswith("冲红 -") for title in titles) == 1
    assert titles.count("备注") == 30


@pytest.mark.parametrize("strand", list(Strand))
def test_a_strand_alone_is_the_whole_narrowed(office: Office, clerk: Actor, busy: CheckedIn, strand: Strand) -> None:
    with look(office, clerk) as reading:
        whole = timeline.party_timeline(reading, busy.party_id, TimelineAsk(limit=500))
        alone = timeline.party_timeline(reading, busy.party_id, TimelineAsk(strand, limit=500))
    assert [entry.key for entry in alone] == [entry.key for entry in whole if entry.strand is strand]


def test_each_by_its_right(office: Office, busy: CheckedIn) -> None:
    repairer = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    assert Right.SEE_BILLS not in repairer.rights
    with look(office, repairer) as reading:
        strands = {entry.strand for entry in timeline.party_timeline(reading, busy.party_id)}
        room = {entry.strand for entry in timeline.room_timeline(reading, rooms_of(office)[0])}
    assert Strand.MONEY not in strands | room
    assert Strand.TALKS in strands
    with look(office, PROGRAM) as reading:
        assert {entry.strand for entry in timeline.lease_timeline(reading, busy.lease_id)} >= {Strand.MONEY}


def test_what_several_did_in_one_act_is_told_by_each(office: Office, clerk: Actor, world: SeededWorld) -> None:
    rooms, people = rooms_of(office), many(3)
    forms = [
        check_in_forms.CheckIn(room, terms(world.today()), party=who, matched=True, notice_told=True)
        for room, who in zip(rooms, people, strict=False)
    ]
    with begin(office, clerk, Op.CHECK_IN) as work:
        work.authorised += 1
        news = check_ins.put_check_ins(work, forms[:2])
    alone = check_in(office, clerk, rooms[2], people[2])
    world.advance(timedelta(minutes=7))
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        work.authorised += 1
        lease_moves.put_notices(work, [each.lease_id for each in news])
    world.advance(timedelta(minutes=7))
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.give_notice(work, alone.lease_id)
    with look(office, clerk) as reading:
        for each in [*news, alone]:
            titles = [entry.title for entry in timeline.lease_timeline(reading, each.lease_id)]
            assert titles == ["登记退租通知", "办理入住"]
            about = timeline.party_timeline(reading, each.party_id, TimelineAsk(strand=Strand.LEASES))
            assert [(entry.title, entry.who) for entry in about] == [("登记退租通知", "林小满"), ("办理入住", "林小满")]
