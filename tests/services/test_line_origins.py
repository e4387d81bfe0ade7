"""Who is behind an amount: the run, the price and its paper, the room, the reading, the counter-line."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from desktop.models.fees import RoomFee, Tariff
from desktop.models.values import FeeBasis, FeeType, MeterKind
from desktop.services import billing, line_origins
from desktop.services.acts import Op
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.work import Actor, begin, look
from desktop.world import OFFICE_ZONE
from tests.offices import check_in, rooms_of, sit_down
from tests.services.meter_kit import put_meter, put_reading
from tests.services.run_kit import add_item, add_price, bill_of, fee_rows, room_fee, run, shown
from tests.services.test_bill_runs import DECEMBER


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def tenant(office: Office, clerk: Actor) -> UUID:
    return check_in(office, clerk, rooms_of(office)[0]).lease_id


def _told(office: Office, actor: Actor, bill_id: UUID) -> list[tuple[str, ...]]:
    with look(office, actor) as reading:
        return list(line_origins.origins_of_lines(reading, bill_id).values())


def _bill(office: Office, clerk: Actor) -> UUID:
    (row,) = fee_rows(shown(office, DECEMBER))
    run(office, DECEMBER, clerk)
    return bill_of(office, row)


def test_a_fee_names_who_billed_it_and_who_set_the_price_with_its_paper(
    office: Office, clerk: Actor, tenant: UUID
) -> None:
    item = add_item(office)
    price = add_price(office, item, "2.80", date(2026, 1, 1))
    with begin(office, clerk, Op.SAVE_TARIFF) as work:
        work.session.get_one(Tariff, price).document = "价备〔2026〕3 号"
    (told,) = _told(office, clerk, _bill(office, clerk))
    now = f"今天 {office.world.now().astimezone(OFFICE_ZONE):%H:%M}"
    assert told == (f"出账：{clerk.name} {now}", f"单价：{clerk.name} {now}，价备〔2026〕3 号")


def test_a_price_changed_after_billing_is_told(office: Office, clerk: Actor, tenant: UUID) -> None:
    item = add_item(office)
    price = add_price(office, item, "2.80", date(2026, 1, 1))
    bill = _bill(office, clerk)
    office.world.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    with begin(office, clerk, Op.SAVE_TARIFF) as work:
        work.session.get_one(Tariff, price).unit_price = Decimal("2.90")
    (told,) = _told(office, clerk, bill)
    assert told[-1].startswith("出账以后这条单价又改过")


def test_the_arrangement_of_a_room_stands_in_place_of_the_price(office: Office, clerk: Actor, tenant: UUID) -> None:
    item = add_item(office, "2.80")
    fee = room_fee(office, item, rooms_of(office)[0], price="2.00", reason="一楼临街")
    with begin(office, clerk, Op.SAVE_TARIFF) as work:
        work.session.get_one(RoomFee, fee).reason = "一楼临街，业委会同意"
    (told,) = _told(office, clerk, _bill(office, clerk))
    assert told[1].startswith(f"本房约定：{clerk.name}")
    assert told[1].endswith("，一楼临街，业委会同意")
    assert len(told) == 2


def test_a_metered_use_names_the_reading_and_each_that_took_its_place(
    office: Office, clerk: Actor, tenant: UUID
) -> None:
    add_item(
        office, "3.45", name="自来水费", basis=FeeBasis.METER, fee_type=FeeType.WATER, meter=MeterKind.WATER,
        arrears=True,
    )  # fmt: skip
    with begin(office, clerk, Op.READ_METERS) as work:
        meter = put_meter(work, rooms_of(office)[0])
        put_reading(work, meter, date(2026, 11, 30), "100")
        wrong = put_reading(work, meter, date(2026, 12, 31), "180")
    office.world.advance(timedelta(days=40))  # type: ignore[attr-defined]
    bill = _bill(office, clerk)
    with begin(office, clerk, Op.READ_METERS) as work:
        put_reading(work, meter, date(2026, 12, 31), "118", reverses=wrong)
    run(office, DECEMBER, clerk)
    billed, counter, anew = _told(office, clerk, bill)
    assert billed[0].startswith(f"出账：{clerk.name}")
    assert [fact.split("，")[0] for fact in billed[2:]] == ["抄表：180（2026-12-31）", "更正为：118（2026-12-31）"]
    assert [fact.split("：")[0] for fact in counter] == ["撤回"]
    assert anew[2:] == billed[2:]


def test_rent_names_who_wrote_the_lease(office: Office, clerk: Actor, tenant: UUID) -> None:
    with look(office, clerk) as reading:
        found = billing.bills_of(reading, lease_id=tenant)
    rent = next(row for row in found if row.fee_type is FeeType.RENT)
    (told,) = _told(office, clerk, rent.id)
    assert told[0].startswith(f"入账：{clerk.name}")
    assert told[1].startswith(f"条款：租约由 {clerk.name}")


def test_only_who_may_see_bills_asks(office: Office, clerk: Actor, tenant: UUID) -> None:
    with look(office, clerk) as reading:
        bill = billing.bills_of(reading, lease_id=tenant)[0].id
    with pytest.raises(Refused), look(office, Actor(None, "无权", frozenset())) as reading:
        line_origins.origins_of_lines(reading, bill)
