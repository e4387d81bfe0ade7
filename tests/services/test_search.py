"""The search box on both databases: everything a clerk may type finds what it should, masked and by right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from desktop.models.values import Money, PayMethod, RoomState
from desktop.services import billing, lease_moves, payments, places, reversals
from desktop.services.acts import Op
from desktop.services.check_ins import CheckedIn
from desktop.services.errors import DatabaseGone
from desktop.services.office import Office
from desktop.services.search import MOST, Found, search
from desktop.services.search_hits import Hit, HitKind
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms


def found(office: Office, text: str, actor: Actor = PROGRAM) -> Found:
    with look(office, actor) as reading:
        return search(reading, text)


def of(result: Found, kind: HitKind) -> list[Hit]:
    return [hit for hit in result.hits if hit.kind is kind]


def pay(office: Office, news: CheckedIn) -> payments.PaymentTaken:
    cashier = sit_down(office, "cashier", "finance_lead", login="shenrx", name="沈若溪")
    with look(office, cashier) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    whole = Money(sum(amount.fen for amount in owed.values()))
    order = payments.TakePayment(news.party_id, owed, [payments.TenderForm(PayMethod.CASH, whole)])
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, order)


def test_a_tenant_is_found_with_home_papers_and_debt(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, PROGRAM, room)
    world.advance(timedelta(days=2))
    form = person()
    assert form.document is not None
    for typed in (
        "gtl",
        "GUTING",
        "听澜",
        "13812345678",
        "5678",
        form.document.number,
        form.document.number[-4:].lower(),
    ):
        hits = of(found(office, typed), HitKind.PARTY)
        assert [hit.id for hit in hits] == [news.party_id], typed
        by_paper = typed.upper().endswith(form.document.number[-4:])
        shown = "990101********0025" if by_paper else "138****5678"  # what they were found by stands there
        assert (hits[0].title, hits[0].second, hits[0].third) == ("顾听澜", "1 栋 301 · 在租", shown), typed
        assert (hits[0].owed, hits[0].party_id, hits[0].room_id) == (Money.yuan(7440), news.party_id, room)
    leases = of(found(office, "gtl"), HitKind.LEASE)
    assert [(hit.id, hit.name, hit.second) for hit in leases] == [(news.lease_id, "顾听澜", "1 栋 301 · 在租")]
    assert leases[0].third == "2026-11-22 起 12 个月"


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("g", [("gu", 1), ("ting", 0), ("lan", 0)]),
        ("gtl", [("gu", 1), ("ting", 1), ("lan", 1)]),
        ("gut", [("gu", 2), ("ting", 1), ("lan", 0)]),
        ("听", [("gu", 0), ("ting", 0), ("lan", 0)]),
    ],
)
def test_the_letters_typed_are_marked(office: Office, typed: str, marked: list[tuple[str, int]]) -> None:
    check_in(office, PROGRAM, rooms_of(office)[0])
    assert list(of(found(office, typed), HitKind.PARTY)[0].spelled) == marked


def test_who_lives_here_comes_before_who_has_left(office: Office) -> None:
    first, second = many(2)
    gone = check_in(office, PROGRAM, rooms_of(office)[0], replace(first, name="沈安"))
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, gone.lease_id)
    here = check_in(office, PROGRAM, rooms_of(office)[1], replace(second, name="沈知微"))
    hits = of(found(office, "沈"), HitKind.PARTY)
    assert [(hit.id, hit.second) for hit in hits] == [
        (here.party_id, "1 栋 302 · 在租"), (gone.party_id, "已退租 2026-11"),
    ]  # fmt: skip


def test_rooms_by_number_and_building(office: Office) -> None:
    thirty = [places.RoomDraft("301", 3), places.RoomDraft("3011", 30)]
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("10 栋", thirty))
    check_in(office, PROGRAM, rooms_of(office)[0])

    def titles(typed: str) -> list[str]:
        return [hit.title for hit in of(found(office, typed), HitKind.ROOM)]

    assert titles("301") == ["1 栋 301", "10 栋 301", "10 栋 3011"]
    for typed in ("1-301", "1栋301", "1 栋 301", "1 301", "１－３０１"):
        assert titles(typed) == ["1 栋 301"], typed
    assert titles("10 栋") == ["10 栋 301", "10 栋 3011"]
    assert titles("%01") == []
    hit = of(found(office, "1-301"), HitKind.ROOM)[0]
    assert (hit.state, hit.name, hit.third) == (RoomState.LET, "顾听澜", "一室一厅 · 46.20 m²")
    assert of(found(office, "1-302"), HitKind.ROOM)[0].state is RoomState.VACANT_CLEAN


def test_papers_by_number(office: Office) -> None:
    news = check_in(office, PROGRAM, rooms_of(office)[0])
    taken = pay(office, news)
    for typed in (news.lease_number, news.lease_number.lower(), news.lease_number[:9], news.lease_number[-5:]):
        assert [hit.id for hit in of(found(office, typed), HitKind.LEASE)] == [news.lease_id], typed
    for typed in (taken.receipt_number, taken.receipt_number[:8], taken.receipt_number[-6:]):
        hits = of(found(office, typed), HitKind.RECEIPT)
        assert [hit.id for hit in hits] == [taken.payment_id], typed
        assert (hits[0].name, hits[0].second, hits[0].third) == ("顾听澜", "租金、押金 7,440.00", "2026-11-22")


def test_a_reversed_receipt_says_so(office: Office) -> None:
    news = check_in(office, PROGRAM, rooms_of(office)[0])
    taken = pay(office, news)
    lead = sit_down(office, "manager", login="gumy", name="顾明远")
    with begin(office, lead, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "付款方式录错")
    notes = {hit.title: hit.note for hit in of(found(office, "gtl"), HitKind.RECEIPT)}
    assert notes == {"WJYA26-000001": "已冲红", "WJYA26-000002": "冲红"}


def test_a_group_shows_few_and_counts_the_rest(office: Office) -> None:
    rooms = rooms_of(office)
    for room, form in zip(rooms, many(7), strict=False):
        check_in(office, PROGRAM, room, replace(form, name="沈" + form.name[-1]))
    group = found(office, "s").groups[0]
    assert (len(group.hits), group.more) == (MOST, 3)


def test_nothing_typed_finds_nothing_and_odd_text_breaks_nothing(office: Office) -> None:
    check_in(office, PROGRAM, rooms_of(office)[0])
    for typed in (
        "",
        "   ",
        "zzzz",
        "abcd",
        "%",
        "_",
        "\\",
        "'",
        "*",
        "栋",
        "-",
        "1-",
        "002X",
        "[a",
        "𬭎",
        "a" * 60,
        "9" * 60,
    ):
        result = found(office, typed)
        assert result.text == typed
        assert not of(result, HitKind.PARTY)


def test_groups_go_by_right(office: Office) -> None:
    news = check_in(office, PROGRAM, rooms_of(office)[0], lease=terms(office.world.today()))
    pay(office, news)
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    assert {group.kind for group in found(office, "gtl").groups} == {HitKind.PARTY, HitKind.LEASE, HitKind.RECEIPT}
    mine = found(office, "gtl", lead)
    assert {group.kind for group in mine.groups} == {HitKind.PARTY}
    assert all(hit.owed == Money(0) for hit in mine.hits)


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_a_server_that_goes_in_the_middle_of_a_search_is_told_as_gone(office: Office) -> None:
    def cut_off() -> None:
        with look(office, PROGRAM) as reading:
            search(reading, "301")
            pid = reading.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with office.writing() as session:
                session.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                session.rollback()
            search(reading, "301")

    with pytest.raises(DatabaseGone) as caught:
        cut_off()
    assert "读不到" in str(caught.value)
    with look(office, PROGRAM) as reading:
        assert [group.kind for group in search(reading, "301").groups if group.kind is HitKind.ROOM]
