"""The list of all bills: what a filter lets through, pages by key from both ends, counts, and who may look."""

from __future__ import annotations

from decimal import Decimal

import pytest

from desktop.models.values import NIL, FeeType, Money, PayMethod, total
from desktop.services import bill_lists, payments
from desktop.services.acts import Op
from desktop.services.bill_lists import BillFilter, BillOrder, BillState, plain
from desktop.services.billing import BillRow
from desktop.services.conditions import chosen_of, days_of
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.work import Actor, Look, begin, look
from tests.conftest import Filled
from tests.offices import check_in, many, rooms_of, sit_down, terms


@pytest.fixture
def lived(filled: Filled) -> tuple[Office, Actor]:
    return filled(_live)


@pytest.fixture
def cashier(lived: tuple[Office, Actor]) -> Actor:
    return lived[1]


@pytest.fixture
def busy(lived: tuple[Office, Actor]) -> Office:
    """Eight leases begun on different days, one of whose bills is paid."""
    return lived[0]


def _live(office: Office) -> Actor:
    cashier, clerk = sit_down(office, "cashier", login="shenrx", name="沈若溪"), sit_down(office, "front_desk")
    rooms = rooms_of(office)
    today = office.world.today()
    for at, form in enumerate(many(8)):
        start = today.replace(day=1 + at)
        rent = Money.yuan(1500 + 100 * (at % 3))
        news = check_in(office, clerk, rooms[at], form, terms(start, 12, rent))
    with look(office, cashier) as reading:
        mine = [row for row in everything(reading) if row.lease_id == news.lease_id]
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(
            work,
            payments.TakePayment(
                news.party_id, {mine[0].id: mine[0].owed}, [payments.TenderForm(PayMethod.CASH, mine[0].owed)]
            ),
        )
    return cashier


def everything(reading: object, wanted: BillFilter = BillFilter()) -> list[BillRow]:  # noqa: B008 - frozen
    return bill_lists.list_bills(reading, wanted, Span(0, 1000))  # type: ignore[arg-type]


def test_a_filter_lets_through_what_it_says(busy: Office, cashier: Actor) -> None:
    today = busy.world.today()
    with look(busy, cashier) as reading:
        rows = everything(reading)
        assert len(rows) == len({row.id for row in rows}) >= 16
        opened = everything(reading, BillFilter(BillState.OPEN))
        late = everything(reading, BillFilter(BillState.OVERDUE))
        figures = bill_lists.bill_figures(reading)
        counted = bill_lists.count_bills(reading, BillFilter(BillState.OVERDUE))
    assert {row.id for row in opened} == {row.id for row in rows if row.owed}
    assert len(opened) == len(rows) - 1
    assert {row.id for row in late} == {row.id for row in rows if row.owed > NIL and row.due < today}
    assert late
    assert (figures.open_bills, figures.open_owed) == (len(opened), total(row.owed for row in opened))
    assert (figures.overdue_bills, figures.overdue_owed) == (len(late), total(row.owed for row in late))
    assert (counted.rows, counted.exact, counted.owed) == (len(late), True, figures.overdue_owed)


@pytest.mark.parametrize("order", [None, *BillOrder])
@pytest.mark.parametrize("state", list(BillState))
def test_pages_by_key_join_into_the_whole_list(
    busy: Office, cashier: Actor, order: BillOrder | None, state: BillState
) -> None:
    wanted = BillFilter(state)
    for descending in (False, True):
        with look(busy, cashier) as reading:
            whole = bill_lists.list_bills(reading, wanted, Span(0, 1000, descending=descending), order)
            forth: list[BillRow] = []
            while page := bill_lists.list_bills(
                reading, wanted, Span(0, 5, after=forth[-1].id if forth else None, descending=descending), order
            ):
                forth += page
            back = bill_lists.list_bills(reading, wanted, Span(len(whole) - 3, 3, descending=descending), order)
            while page := bill_lists.list_bills(
                reading, wanted, Span(0, 5, before=back[0].id, descending=descending), order
            ):
                back = page + back
        assert forth == whole
        assert back == whole
        if order is BillOrder.OWED:
            assert [row.owed for row in whole] == sorted((row.owed for row in whole), reverse=descending)
        if order is BillOrder.DUE:
            assert [row.due for row in whole] == sorted((row.due for row in whole), reverse=descending)


@pytest.mark.parametrize("order", list(BillOrder))
def test_any_page_is_reached_from_either_end_and_from_any_row(busy: Office, cashier: Actor, order: BillOrder) -> None:
    for descending in (False, True):
        with look(busy, cashier) as reading:
            whole = bill_lists.list_bills(reading, BillFilter(), Span(0, 1000, descending=descending), order)
            rows, limit = len(whole), 5

            def page(span: Span) -> list[BillRow]:
                return bill_lists.list_bills(reading, BillFilter(), span.turned(descending=descending), order)  # noqa: B023

            for offset in range(0, rows, limit):
                wanted = whole[offset : offset + limit]
                assert page(Span(offset, limit, left=rows - offset - limit)) == wanted
                for at in range(0, offset, 3):
                    assert page(Span(offset, limit, after=whole[at].id, skip=offset - at - 1)) == wanted
                for at in range(offset + limit, rows, 3):
                    assert page(Span(offset, limit, before=whole[at].id, skip=at - offset - limit)) == wanted


def test_text_finds_names_sounds_rooms_and_titles(busy: Office, cashier: Actor) -> None:
    with look(busy, cashier) as reading:
        rows = everything(reading)
        by_name = everything(reading, BillFilter(text="知微"))
        by_sound = everything(reading, BillFilter(text="szw"))
        number = rows[0].room.removeprefix("1 栋 ")
        by_room = everything(reading, BillFilter(text=number))
        by_title = everything(reading, BillFilter(text="押金"))
        nothing = [everything(reading, BillFilter(text=text)) for text in ("%", "_", "zzz", "'; --")]
    assert {row.debtor for row in by_name} == {"沈知微"}
    assert by_sound == by_name
    assert by_room == [row for row in rows if row.room == f"1 栋 {number}"] != []
    assert {row.id for row in by_title} == {row.id for row in rows if row.fee_type is FeeType.DEPOSIT}
    assert nothing == [[], [], [], []]


def test_a_building_narrows(busy: Office, cashier: Actor) -> None:
    with look(busy, cashier) as reading:
        (building,) = choices(reading, "building")
        assert len(everything(reading, narrowed(building=[building]))) == len(everything(reading))
        assert everything(reading, narrowed(building=[busy.world.new_id().hex])) == []
        assert everything(reading, narrowed(building=["no id at all"])) == []


def choices(reading: Look, key: str) -> list[str]:
    """The values of a condition."""
    known = {each.key: each for each in bill_lists.bill_conditions(reading)}
    return [choice.value for choice in known[key].choices]


def narrowed(**values: list[str]) -> BillFilter:
    return BillFilter(chosen=chosen_of(values))


def test_every_value_of_every_condition_lets_through_what_it_says(busy: Office, cashier: Actor) -> None:
    today = busy.world.today()
    with look(busy, cashier) as reading:
        rows = {row.id: row for row in everything(reading)}
        by_age = {age: everything(reading, narrowed(age=[age])) for age in choices(reading, "age")}
        by_fee = {fee: everything(reading, narrowed(fee=[fee])) for fee in choices(reading, "fee")}
        by_day = {day: everything(reading, narrowed(due=[day])) for day in choices(reading, "due")}
        two = everything(reading, narrowed(fee=["rent", "deposit"], age=["30"]))
        inside, left, none = (everything(reading, narrowed(tenancy=[way])) for way in ("inside", "left", "none"))
        marked = [everything(reading, narrowed(mark=[mark])) for mark in choices(reading, "mark")]
        odd = everything(reading, narrowed(fee=["odd"], age=["odd"]))
    owed = {row.id for row in rows.values() if row.owed > NIL}
    spans = {"on_time": (-9999, 0), "30": (1, 30), "90": (31, 90), "more": (91, 9999)}
    for age, found in by_age.items():
        least, most = spans[age]
        assert {row.id for row in found} == {
            row.id for row in rows.values() if row.id in owed and least <= (today - row.due).days <= most
        }, age
    assert by_age["30"]
    for fee, found in by_fee.items():
        assert {row.id for row in found} == {row.id for row in rows.values() if row.fee_type == fee}, fee
    assert by_fee["rent"]
    for day, found in by_day.items():
        first, last = days_of(day, today)
        assert {row.id for row in found} == {row.id for row in rows.values() if first <= row.due <= last}, day
    assert {row.id for row in two} == {row.id for row in by_age["30"]} & {
        row.id for fee in ("rent", "deposit") for row in by_fee[fee]
    }
    assert (len(inside), left, none) == (len(rows), [], [])
    assert marked == [[], [], [], []]
    assert odd == []


def test_without_the_right_nothing_is_listed(busy: Office) -> None:
    repair = sit_down(busy, "repair_lead", login="weix", name="魏修")
    with look(busy, repair) as reading:
        with pytest.raises(Refused):
            everything(reading)
        with pytest.raises(Refused):
            bill_lists.count_bills(reading, BillFilter())
        with pytest.raises(Refused):
            bill_lists.bill_figures(reading)


def test_beyond_the_limit_a_count_is_an_estimate(busy: Office, cashier: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_lists, "EXACT_TO", 3)
    with look(busy, cashier) as reading:
        counted = bill_lists.count_bills(reading, BillFilter())
    assert (counted.rows, counted.exact) == (3, False)


@pytest.mark.parametrize(
    ("number", "least", "words"),
    [("3.500", 0, "3.5"), ("100", 0, "100"), ("1.800000", 2, "1.80"), ("0.640000", 2, "0.64"), ("0.588", 2, "0.588")],
)
def test_plain_numbers(number: str, least: int, words: str) -> None:
    assert plain(Decimal(number), least) == words
