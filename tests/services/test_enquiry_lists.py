"""The list of enquiries on both engines: conditions together, orders, what is typed, and what may not be seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from desktop.models.values import EnquiryChannel, HoldingMoney, Money
from desktop.services import enquiries, enquiry_lists, reservations
from desktop.services.acts import Op
from desktop.services.conditions import chosen_of
from desktop.services.enquiries import EnquiryForm
from desktop.services.enquiry_lists import EnquiryFilter, EnquiryOrder, Which
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.reservations import ReservationForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import rooms_of, sit_down

DAY = timedelta(days=1)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def asked(office: Office, clerk: Actor, world: SeededWorld) -> dict[str, UUID]:
    """Four who look for a room, one of them with a room held for a week and 订金 on it; as of four days later."""
    today, rooms = world.today(), rooms_of(office)
    forms = {
        "沈知微": EnquiryForm(
            "沈知微", "13900000001", channel=EnquiryChannel.PHONE, layout="两室", rent_from=Money.yuan(1800),
            rent_to=Money.yuan(2200), follow_up_on=today + DAY, wanted_from=today + 20 * DAY,
        ),
        "林以宁": EnquiryForm(
            "林以宁", "13900000002", layout="一室", rent_to=Money.yuan(900), follow_up_on=today + 4 * DAY,
            room_id=rooms[5],
        ),
        "周思齐": EnquiryForm("周思齐", "13900000003", rent_from=Money.yuan(4500), wishes="要车位"),
        "许朗": EnquiryForm("许朗", "13900000004", layout="一室", follow_up_on=today + 9 * DAY),
    }  # fmt: skip
    made = {}
    for name, form in forms.items():
        with begin(office, clerk, Op.ADD_ENQUIRY) as work:
            made[name] = enquiries.add_enquiry(work, form)
        world.advance(timedelta(minutes=1))
    with look(office, PROGRAM) as reading:
        party_id = enquiry_lists.enquiry_of(reading, made["许朗"]).party_id
    held = ReservationForm(
        rooms[2], today + 7 * DAY, party_id, enquiry_id=made["许朗"], money=HoldingMoney.ADVANCE,
        amount=Money.yuan(500), moves_in_on=today + 6 * DAY,
    )  # fmt: skip
    with begin(office, clerk, Op.RESERVE_ROOM) as work:
        reservations.reserve_room(work, held)
    world.advance(4 * DAY)
    return made


def names(office: Office, wanted: EnquiryFilter, order: EnquiryOrder | None = None, down: bool = False) -> list[str]:
    with look(office, PROGRAM) as reading:
        rows = enquiry_lists.list_enquiries(reading, wanted, Span(0, 100, descending=down), order)
        counts = enquiry_lists.count_enquiries(reading, wanted.text, wanted.chosen)
        assert counts[wanted.which] == len(rows)
        pages = [
            enquiry_lists.list_enquiries(reading, wanted, Span(at, 1, descending=down), order)[0].name
            for at in range(len(rows))
        ]
    assert pages == [row.name for row in rows]
    return pages


def narrowed(office: Office, **values: Any) -> set[str]:
    chosen = chosen_of({key: [each] if isinstance(each, str) else each for key, each in values.items()})
    return set(names(office, EnquiryFilter(Which.ALL, chosen=chosen)))


def test_conditions_go_together(office: Office, asked: dict[str, UUID], world: SeededWorld) -> None:
    with look(office, PROGRAM) as reading:
        known = {each.key: each for each in enquiry_lists.enquiry_conditions(reading)}
    assert list(known) == ["follow_up", "layout", "budget", "wanted", "channel", "who", "held", "building"]
    assert [choice.words for choice in known["layout"].choices] == ["一室", "两室"]
    (who,) = known["who"].choices
    assert who.words == "林小满"
    assert narrowed(office, follow_up="late") == {"沈知微"}
    assert narrowed(office, follow_up="today") == {"林以宁"}
    assert narrowed(office, follow_up="none") == {"周思齐"}
    assert narrowed(office, layout="一室") == {"林以宁", "许朗"}
    assert narrowed(office, layout="一室", follow_up="today") == {"林以宁"}
    assert narrowed(office, channel="phone") == {"沈知微"}
    assert narrowed(office, who=who.value) == set(asked)
    assert narrowed(office, building=known["building"].choices[0].value) == {"林以宁", "许朗"}
    assert narrowed(office, wanted="month" if world.today().day < 10 else "next_month") == {"沈知微"}


def test_a_budget_meets_every_rent_it_covers(office: Office, asked: dict[str, UUID]) -> None:
    assert narrowed(office, budget="0-1000") == {"林以宁"}
    assert narrowed(office, budget="1000-2000") == {"沈知微"}
    assert narrowed(office, budget="2000-3000") == {"沈知微"}
    assert narrowed(office, budget="3000-5000") == {"周思齐"}
    assert narrowed(office, budget="5000-") == {"周思齐"}
    assert narrowed(office, budget=["0-1000", "5000-"]) == {"林以宁", "周思齐"}


def test_what_is_held_for_them(office: Office, asked: dict[str, UUID], world: SeededWorld) -> None:
    assert narrowed(office, held="money") == {"许朗"}
    assert narrowed(office, held="7") == {"许朗"}
    assert narrowed(office, held="none") == {"沈知微", "林以宁", "周思齐"}
    assert narrowed(office, held="over") == set()
    world.advance(5 * DAY)
    assert narrowed(office, held="over") == {"许朗"}


def test_orders_and_what_is_not_known_last(office: Office, asked: dict[str, UUID]) -> None:
    every = EnquiryFilter(Which.ALL)
    assert names(office, every) == ["许朗", "周思齐", "林以宁", "沈知微"]  # the newest first
    assert names(office, EnquiryFilter()) == ["沈知微", "林以宁", "许朗", "周思齐"]  # who is to be called first
    assert names(office, every, EnquiryOrder.NAME) == ["林以宁", "沈知微", "许朗", "周思齐"]
    assert names(office, every, EnquiryOrder.NAME, down=True) == ["周思齐", "许朗", "沈知微", "林以宁"]
    assert names(office, every, EnquiryOrder.BUDGET) == ["林以宁", "沈知微", "周思齐", "许朗"]
    assert names(office, every, EnquiryOrder.BUDGET, down=True) == ["周思齐", "沈知微", "林以宁", "许朗"]
    assert names(office, every, EnquiryOrder.FOLLOW_UP, down=True) == ["许朗", "林以宁", "沈知微", "周思齐"]
    assert names(office, every, EnquiryOrder.ROOM)[:2] == ["林以宁", "许朗"]
    assert names(office, every, EnquiryOrder.WANTED)[0] == "沈知微"
    assert names(office, every, EnquiryOrder.SINCE) == ["沈知微", "林以宁", "周思齐", "许朗"]
    assert len(names(office, every, EnquiryOrder.WHO)) == 4


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("知微", {"沈知微"}), ("lyn", {"林以宁"}), ("车位", {"周思齐"}), ("0003", {"周思齐"}),
        ("13900000002", {"林以宁"}), ("无", set()),
    ],
)  # fmt: skip
def test_what_is_typed_finds_name_sound_phone_or_wish(
    office: Office, asked: dict[str, UUID], typed: str, found: set[str]
) -> None:
    assert set(names(office, EnquiryFilter(Which.ALL, typed))) == found
