"""What the page of fees shows, and the example beside a price, which the code that bills works out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from desktop.models.values import DiscountKind, FeeBasis, MeterKind, Money, RoomKind
from desktop.services import discount_rules, fee_page, room_fees
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.discount_rules import DiscountForm
from desktop.services.fee_catalogue import FeeItemRow, Tiers
from desktop.services.fee_examples import example_words
from desktop.services.fee_page import ItemState, When
from desktop.services.fee_words import covers_words, cycle_words, price_unit, price_words, scope_words, tier_words
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.room_fees import RoomFeeForm
from desktop.services.tariff_problems import TariffForm, row_of
from desktop.services.work import PROGRAM, begin, look
from tests.offices import rooms_of
from tests.services.fee_kit import BY_HAND, LADDER, NEW_YEAR, PARKING, PROPERTY, WATER, building_of, put_item, put_price
from tests.services.test_fee_catalogue import ITEM, ONE, TWO, item

TODAY = date(2026, 11, 22)


def page(office: Office) -> fee_page.FeePage:
    with look(office, PROGRAM) as reading:
        return fee_page.fee_page(reading)


def test_each_item_says_how_it_stands(office: Office) -> None:
    charged = put_item(office)
    put_price(office, charged, "2.80")
    put_price(office, charged, "3.60", building_id=building_of(office))
    put_item(office, form=PARKING)
    put_item(office, form=replace(WATER, valid_from=date(2027, 1, 1)))
    put_item(office, form=BY_HAND)
    put_item(office, form=replace(PROPERTY, name="旧物业费", valid_to=TODAY - timedelta(days=1)))
    put_price(office, charged, "3.10", date(2027, 1, 1))
    shown = page(office)
    assert [(line.item.name, line.state, line.price) for line in shown.items] == [
        ("住宅物业费", ItemState.CHARGED, "2.80 等 2 个价"),
        ("地下车位费", ItemState.NO_PRICE, ""),
        ("自来水费", ItemState.COMING, ""),
        ("一次性收费", ItemState.BY_HAND, ""),
        ("旧物业费", ItemState.ENDED, ""),
    ]
    assert shown.missing == ("电费", "燃气费", "宽带费", "垃圾清运费")


def test_prices_stand_today_first_then_to_come_then_gone(office: Office) -> None:
    fee = put_item(office)
    for start, yuan in (
        (date(2024, 1, 1), "2.2"),
        (date(2025, 1, 1), "2.5"),
        (NEW_YEAR, "2.8"),
        (date(2027, 1, 1), "3"),
    ):
        put_price(
            office, fee, yuan, start, file=FileForm("批.pdf", "application/pdf", b"%PDF") if yuan == "3" else None
        )
    lines = page(office).tariffs[fee]
    assert [(line.when, str(line.row.unit_price), line.files, line.scope) for line in lines] == [
        (When.NOW, "2.800000", 0, "全部房间"),
        (When.COMING, "3.000000", 1, "全部房间"),
        (When.PAST, "2.500000", 0, "全部房间"),
        (When.PAST, "2.200000", 0, "全部房间"),
    ]


def test_exceptions_come_by_the_page_and_are_found_by_room(office: Office) -> None:
    fee, rooms = put_item(office, form=PARKING), rooms_of(office)
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        for room in rooms:
            room_fees.add_room_fee(work, RoomFeeForm(fee, room, NEW_YEAR, quantity=Decimal(1)))
        room_fees.add_room_fee(work, RoomFeeForm(fee, rooms[0], date(2027, 1, 1), quantity=Decimal(2)))
    with look(office, PROGRAM) as reading:
        assert fee_page.count_room_fees(reading, fee) == 13
        assert fee_page.count_room_fees(reading, fee, "30") == 5
        assert fee_page.count_room_fees(reading, fee, "%") == 0
        first = fee_page.list_room_fees(reading, fee, "", Span(0, 5))
        rest = fee_page.list_room_fees(reading, fee, "", Span(5, 50))
        assert fee_page.list_room_fees(reading, UUID(int=1), "", Span(0, 5)) == []
    assert [line.room for line in first] == ["1 栋 101", "1 栋 102", "1 栋 103", "1 栋 104", "1 栋 201"]
    assert len({line.row.id for line in first + rest}) == 13
    assert [(line.room, line.when) for line in rest if line.room == "1 栋 301"] == [
        ("1 栋 301", When.COMING),
        ("1 栋 301", When.NOW),
    ]
    named = next(line for line in page(office).items if line.item.id == fee)
    assert (named.named, named.covers) == (12, "登记的 12 间")


def test_discounts_are_shown_in_their_order(office: Office) -> None:
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        for name, start in (("甲", NEW_YEAR), ("乙", date(2027, 1, 1))):
            discount_rules.add_discount(
                work, DiscountForm(name, DiscountKind.LOYAL_RENEWAL, Decimal(5), start, threshold=1, of_rent=True)
            )
    assert [(line.row.name, line.when) for line in page(office).discounts] == [("甲", When.NOW), ("乙", When.COMING)]


# ---- the example ---------------------------------------------------------------------------------------------------


def asked(yuan: str | None, tiers: Tiers = (), **changed: object) -> TariffForm:
    return TariffForm(ITEM, NEW_YEAR, unit_price=Decimal(yuan) if yuan else None, tiers=tiers, **changed)  # type: ignore[arg-type]


METERED = {"basis": FeeBasis.METER, "meter_kind": MeterKind.WATER}
MONTHLY: tuple[tuple[Decimal | None, Decimal], ...] = ((Decimal(12), Decimal(3)), (None, Decimal(5)))


@pytest.mark.parametrize(
    ("form", "row", "words"),
    [
        (asked("2.80"), item(), "89.35 m² × 2.80 × 1 个月 = 250.18"),
        (asked("300"), item(basis=FeeBasis.PIECE, unit="车位"), "1 车位 × 300.00 × 1 个月 = 300.00"),
        (asked("18.5"), item(basis=FeeBasis.MONTHLY), "18.50 × 1 个月 = 18.50"),
        (
            asked("18.5", minimum=Money.yuan(20)), item(basis=FeeBasis.MONTHLY),
            "18.50 × 1 个月 = 18.50，不足最低消费按 20.00",
        ),
        (asked("3.45"), item(**METERED), "用 15 m³：15 × 3.45 = 51.75"),
        (
            asked(None, LADDER), item(**METERED),
            "用 300 m³：180 × 3.45 + 80 × 4.83 + 40 × 5.83 = 1,240.60",
        ),
        (asked(None, LADDER, one_line=True), item(**METERED), "用 300 m³：300 × 4.135333 = 1,240.60"),
        (asked(None, MONTHLY), item(**METERED), "用 18 m³：12 × 3.00 + 6 × 5.00 = 66.00"),
        (asked("1"), item(basis=FeeBasis.ONE_OFF), ""),
        (asked(None), item(), ""),
        (asked("-1"), item(), ""),
        (asked(None, MONTHLY[:1]), item(**METERED), ""),
        (asked("0.64"), item(basis=FeeBasis.SHARED, meter_kind=MeterKind.ELECTRICITY), "总表用 100 度，共摊 64.00"),
    ],
)  # fmt: skip
def test_the_example_is_what_would_be_billed(form: TariffForm, row: FeeItemRow, words: str) -> None:
    assert example_words(form, row) == words


def test_words_of_the_catalogue() -> None:
    assert [cycle_words(n) for n in (1, 2, 3, 6, 12)] == ["每月", "每 2 个月", "每季", "每半年", "每年"]
    assert tier_words(LADDER) == ["180 以内 3.45", "180–260 4.83", "260 以上 5.83"]
    assert price_words(row_of(asked(None, LADDER))) == "3 档 3.45–5.83"
    assert price_unit(item()) == "元/m²·月"
    assert price_unit(item(basis=FeeBasis.PIECE, unit="车位")) == "元/车位·月"
    assert price_unit(item(**METERED)) == "元/m³"
    assert price_unit(item(basis=FeeBasis.MONTHLY)) == "元/月"
    names = {ONE: "1 栋", TWO: "2 栋"}
    assert scope_words((ONE, RoomKind.SHOP), names) == "1 栋商铺"
    assert scope_words((None, RoomKind.SHOP), names) == "商铺"
    assert scope_words((UUID(int=5), None), names) == "已删除的楼栋"
    some = item(building_ids=frozenset([TWO, ONE]), room_kinds=frozenset([RoomKind.FLAT]))
    assert covers_words(some, names) == "1 栋、2 栋的住房"
    assert covers_words(item(), names) == "全部房间"
