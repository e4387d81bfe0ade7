"""Fee items, exceptions of rooms and discounts: checked while typed and again when stored, changed by one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from desktop.models.values import (
    DebtorRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    MeterKind,
    Period,
    RoomKind,
)
from desktop.services import discount_rules, fees, room_fees
from desktop.services.acts import Op
from desktop.services.discount_rules import DiscountFacts, DiscountForm, discount_problems
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.fee_catalogue import discounts_on, room_fee_for, tariff_for
from desktop.services.fees import ItemFacts, item_problems, propose_catalogue
from desktop.services.office import Office
from desktop.services.room_fees import RoomFeeFacts, RoomFeeForm, room_fee_doubts, room_fee_problems
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.fee_kit import (
    BY_HAND,
    NEW_YEAR,
    PARKING,
    PROPERTY,
    WATER,
    bill_room,
    building_of,
    catalogue,
    put_item,
    put_price,
)
from tests.services.test_fee_catalogue import ITEM, ONE, ROOM, item, own
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "finance_lead", login="zhaocw", name="赵财务")


# ---- fee items -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": " "}, "name", "写上名称"),
        ({"name": "字" * 21}, "name", "最多 20"),
        ({"name": "车位费"}, "name", "已有「车位费」"),
        ({"fee_type": FeeType.RENT}, "fee_type", "随租约"),
        ({"fee_type": FeeType.DEPOSIT}, "fee_type", "随租约"),
        ({"basis": FeeBasis.PIECE}, "unit", "例如 车位"),
        ({"basis": FeeBasis.PIECE, "unit": "七个字的计数单位"}, "unit", "最多 6"),
        ({"basis": FeeBasis.METER, "fee_type": FeeType.WATER}, "meter_kind", "选按哪种表"),
        (
            {"basis": FeeBasis.METER, "fee_type": FeeType.WATER, "meter_kind": MeterKind.GAS},
            "meter_kind", "不是这项费用",
        ),
        ({"cycle_months": 5}, "cycle_months", "1、2、3、4、6 或 12"),
        ({"due_days": -1}, "due_days", "0 到 365"),
        ({"due_days": 366}, "due_days", "0 到 365"),
        ({"valid_to": date(2025, 12, 31)}, "valid_to", "早于开始日"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_an_item_is_said(changed: dict[str, Any], field: str, words: str) -> None:
    assert words in item_problems(replace(PROPERTY, **changed), ItemFacts(frozenset({"车位费"})))[field]


def test_an_item_is_stored_as_its_basis_decides(office: Office, lead: Actor) -> None:
    water = put_item(office, lead, replace(WATER, unit="不用", in_arrears=False))
    put_item(office, lead, replace(BY_HAND, every_room=True, cycle_months=12, meter_kind=MeterKind.GAS))
    found = {row.name: row for row in catalogue(office).items}
    assert [row.sort for row in catalogue(office).items] == [1, 2]
    assert (found["自来水费"].in_arrears, found["自来水费"].unit) == (True, None)
    hand = found["一次性收费"]
    assert (hand.every_room, hand.cycle_months, hand.meter_kind, hand.unit) == (False, 1, None, "次")
    with look(office, lead) as reading:
        facts = fees.item_facts(reading, water)
    assert facts == ItemFacts(frozenset({"一次性收费"}))


def test_the_name_of_an_ended_item_is_free_again(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    with pytest.raises(ProblemsFound, match="已有"):
        put_item(office, lead)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.change_item(work, fee, 1, replace(PROPERTY, valid_to=TODAY - timedelta(days=1)))
    put_item(office, lead)
    assert [row.name for row in catalogue(office).items] == ["住宅物业费", "住宅物业费"]


def test_what_amounts_were_worked_out_from_stays_once_billed(office: Office, lead: Actor) -> None:
    fee, room = put_item(office, lead), rooms_of(office)[0]
    put_price(office, fee, "2.80")
    party = check_in(office, sit_down(office, "front_desk"), room).party_id
    bill_room(office, fee, room, party, Period(date(2026, 11, 1), date(2026, 11, 30)))
    changed = replace(
        PROPERTY, fee_type=FeeType.OTHER, cycle_months=3, debtor=DebtorRule.OWNER, valid_to=date(2026, 11, 29)
    )
    with pytest.raises(ProblemsFound) as caught, begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.change_item(work, fee, 1, changed)
    assert set(caught.value.problems) == {"fee_type", "cycle_months", "debtor", "valid_to"}
    assert caught.value.problems["cycle_months"] == (
        "已出账到 2026-11-30，周期不能改：停收日填到那天，从 2026-12-01 起另建一项"
    )
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.change_item(work, fee, 1, replace(PROPERTY, name="物业费", due_days=20, valid_to=date(2026, 11, 30)))
    (found,) = catalogue(office).items
    assert (found.name, found.due_days, found.valid_to) == ("物业费", 20, date(2026, 11, 30))
    with pytest.raises(fees.ItemUsed, match="账单"), begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.drop_item(work, fee, found.version)


def test_two_who_change_one_item_see_both_versions(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        saved = fees.change_item(work, fee, 1, replace(PROPERTY, due_days=15))
    assert saved.before == PROPERTY
    with pytest.raises(RowChanged) as caught, begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        fees.change_item(work, fee, 1, replace(PROPERTY, due_days=20))
    assert (caught.value.theirs["due_days"], caught.value.yours["due_days"]) == (15, 20)
    assert "赵财务" in caught.value.by["due_days"]
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        fees.change_item(work, fee, saved.version, replace(PROPERTY, due_days=20))


def test_a_mistaken_item_goes_with_its_prices_and_comes_back_with_them(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    put_price(office, fee, "2.80")
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.drop_item(work, fee, 1)
    assert (catalogue(office).items, dict(catalogue(office).tariffs)) == ((), {})
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.bring_back_item(work, fee)
    assert tariff_for(catalogue(office), fee, ONE, RoomKind.FLAT, TODAY) is not None
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.add_room_fee(work, RoomFeeForm(fee, rooms_of(office)[0], NEW_YEAR, exempt=True, reason="样板间"))
    with pytest.raises(fees.ItemUsed, match="登记的房间"), begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.drop_item(work, fee, catalogue(office).items[0].version)


def test_items_are_put_in_order(office: Office, lead: Actor) -> None:
    ids = [put_item(office, lead, form) for form in (PROPERTY, PARKING, WATER)]
    for row_id, earlier in ((ids[2], True), (ids[2], True), (ids[2], True), (ids[0], False)):
        with begin(office, lead, Op.SAVE_TARIFF) as work:
            fees.move_item(work, row_id, earlier)
    assert [row.name for row in catalogue(office).items] == ["自来水费", "地下车位费", "住宅物业费"]


def test_the_usual_catalogue_is_taken_over_once_and_charges_nothing(office: Office, lead: Actor) -> None:
    put_item(office, lead, WATER)
    proposed = propose_catalogue(TODAY)
    assert all(item_problems(form, ItemFacts()) == {} for form in proposed)
    names = ["住宅物业费", "地下车位费", "自来水费", "电费", "燃气费", "宽带费", "垃圾清运费", "一次性收费"]
    assert [form.name for form in proposed] == names
    for made in (7, 0):
        with begin(office, lead, Op.SAVE_TARIFF) as work:
            assert len(fees.take_over_catalogue(work, proposed)) == made
    found = catalogue(office)
    assert sorted(row.name for row in found.items) == sorted(names)
    assert dict(found.tariffs) == {}


# ---- exceptions of rooms ---------------------------------------------------------------------------------------------


def facts(*rows: Any, **changed: Any) -> RoomFeeFacts:
    return RoomFeeFacts(item(**changed), tuple(rows), ONE, RoomKind.FLAT, "1 栋 301")


def asked(**changed: Any) -> RoomFeeForm:
    facts: dict[str, Any] = {"fee_item_id": ITEM, "room_id": ROOM, "valid_from": NEW_YEAR}
    return RoomFeeForm(**(facts | changed))


PIECE = {"basis": FeeBasis.PIECE, "unit": "车位", "every_room": False}


@pytest.mark.parametrize(
    ("form", "known", "field", "words"),
    [
        (asked(room_id=None, exempt=True, reason="样板间"), facts(), "room_id", "写房号"),
        (asked(exempt=True), facts(), "reason", "为什么免收"),
        (asked(exempt=True, reason="样板间", unit_price=Decimal(1)), facts(), "exempt", "清空"),
        (asked(exempt=True, reason="字" * 61), facts(), "reason", "最多 60"),
        (asked(), facts(), "unit_price", "数量或单价"),
        (asked(unit_price=Decimal(-1)), facts(), "unit_price", "不能小于 0"),
        (asked(quantity=Decimal(0)), facts(), "quantity", "大于 0"),
        (asked(quantity=Decimal("80.123")), facts(), "quantity", "2 位小数"),
        (asked(), facts(**PIECE), "quantity", "写几个车位"),
        (asked(quantity=Decimal("1.5")), facts(**PIECE), "quantity", "写几个车位"),
        (asked(quantity=Decimal(2)), facts(basis=FeeBasis.METER, meter_kind=MeterKind.WATER), "quantity", "不按数量"),
        (asked(quantity=Decimal(80), valid_to=date(2025, 12, 31)), facts(), "valid_to", "早于起日"),
        (
            asked(quantity=Decimal(80)), facts(room_kinds=frozenset([RoomKind.SHOP])), "room_id",
            "住宅物业费不收1 栋 301",
        ),
        (asked(exempt=True, reason="样板间"), facts(basis=FeeBasis.ONE_OFF), "fee_item_id", "一次性收费"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_an_exception_is_said(form: RoomFeeForm, known: RoomFeeFacts, field: str, words: str) -> None:
    assert words in room_fee_problems(form, known)[field]


def test_a_named_room_needs_no_figures_where_only_named_rooms_pay() -> None:
    assert room_fee_problems(asked(), facts(basis=FeeBasis.MONTHLY, every_room=False)) == {}


def test_one_exception_at_a_time() -> None:
    ended = own(NEW_YEAR, date(2026, 6, 30), quantity=Decimal(1))
    form = asked(quantity=Decimal(2), valid_from=date(2026, 6, 30))
    assert room_fee_problems(form, facts(ended, **PIECE))["valid_from"] == (
        "和「1 车位」（2026-01-01 至 2026-06-30）重叠：改日期，或改那一条"
    )
    coming = own(date(2027, 1, 1), unit_price=Decimal(200))
    assert "止日填 2026-12-31" in room_fee_problems(form, facts(coming, **PIECE))["valid_to"]
    assert room_fee_problems(replace(form, valid_to=date(2026, 12, 31)), facts(coming, **PIECE)) == {}
    open_one = own(NEW_YEAR, quantity=Decimal(1))
    assert room_fee_problems(form, facts(open_one, **PIECE)) == {}
    assert room_fee_doubts(form, facts(open_one, **PIECE)) == {"valid_from": "现在的「1 车位」到 2026-06-29 为止"}
    told = room_fee_doubts(form, replace(facts(**PIECE), billed_to=date(2026, 11, 30)))
    assert "已出账到 2026-11-30" in told["valid_from"]


def test_a_room_gets_a_second_space_and_gives_it_back(office: Office, lead: Actor) -> None:
    fee, room = put_item(office, lead, PARKING), rooms_of(office)[0]
    form = RoomFeeForm(fee, room, NEW_YEAR, quantity=Decimal(1))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        first = room_fees.add_room_fee(work, form)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        second = room_fees.add_room_fee(work, replace(form, valid_from=date(2026, 7, 1), quantity=Decimal(2)))
    assert second.moved is not None
    assert second.moved.id == first.room_fee_id

    def pieces(day: date) -> Decimal | None:
        found = room_fee_for(catalogue(office), fee, room, day)
        return None if found is None else found.quantity

    assert [pieces(date(2026, 6, 30)), pieces(date(2026, 7, 1))] == [1, 2]
    with pytest.raises(RowChanged), begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.change_room_fee(work, first.room_fee_id, first.version, form)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.change_room_fee(
            work, second.room_fee_id, second.version,
            replace(form, valid_from=date(2026, 7, 1), quantity=Decimal(2), valid_to=date(2026, 9, 30)),
        )  # fmt: skip
    assert pieces(date(2026, 10, 1)) is None
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.drop_room_fee(work, first.room_fee_id, first.version + 1)
    assert pieces(date(2026, 6, 30)) is None
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.bring_back_room_fee(work, first.room_fee_id)
    assert pieces(date(2026, 6, 30)) == 1
    with pytest.raises(ProblemsFound, match="房间不能改"), begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.change_room_fee(work, first.room_fee_id, 4, replace(form, room_id=rooms_of(office)[1]))


def test_the_dialog_of_an_exception_knows_what_was_billed_to_the_room(office: Office, lead: Actor) -> None:
    fee, (room, other) = put_item(office, lead), rooms_of(office)[:2]
    party = check_in(office, sit_down(office, "front_desk"), room).party_id
    bill_room(office, fee, room, party, Period(date(2026, 11, 1), date(2026, 11, 30)))
    with look(office, lead) as reading:
        assert room_fees.room_fee_facts(reading, fee, room).billed_to == date(2026, 11, 30)
        assert room_fees.room_fee_facts(reading, fee, other).billed_to is None
        assert room_fees.room_fee_facts(reading, fee, None).room == ""


# ---- discounts -------------------------------------------------------------------------------------------------------

RULES = DiscountFacts({ITEM: FeeBasis.AREA, ONE: FeeBasis.ONE_OFF}, frozenset({"预缴优惠"}))
LOYAL = DiscountForm(
    "老租户续约优惠", DiscountKind.LOYAL_RENEWAL, Decimal(5), NEW_YEAR, threshold=1, of_rent=True
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": ""}, "name", "写上名称"),
        ({"name": "预缴优惠"}, "name", "已有"),
        ({"percent": None}, "percent", "大于 0"),
        ({"percent": Decimal(0)}, "percent", "大于 0"),
        ({"percent": Decimal("100.01")}, "percent", "最多 100"),
        ({"percent": Decimal("2.555")}, "percent", "2 位小数"),
        ({"threshold": None}, "threshold", "1 到 20"),
        ({"threshold": 0}, "threshold", "1 到 20"),
        ({"kind": DiscountKind.PREPAY_MONTHS, "threshold": 61}, "threshold", "1 到 60"),
        ({"of_rent": False}, "fees", "勾选"),
        ({"kind": DiscountKind.VACANCY}, "fees", "没有租金"),
        ({"fee_item_ids": frozenset([UUID(int=77)])}, "fees", "已经删除"),
        ({"fee_item_ids": frozenset([ONE])}, "fees", "一次性"),
        ({"valid_to": date(2025, 1, 1)}, "valid_to", "早于起日"),
        ({"document": "字" * 61}, "document", "最多 60"),
    ],
)
def test_what_is_wrong_of_a_discount_is_said(changed: dict[str, Any], field: str, words: str) -> None:
    assert words in discount_problems(replace(LOYAL, **changed), RULES)[field]


def test_the_edges_of_a_discount_are_allowed() -> None:
    for changed in ({"percent": Decimal(100)}, {"percent": Decimal("0.01")}, {"fee_item_ids": frozenset([ITEM])}):
        assert discount_problems(replace(LOYAL, **changed), RULES) == {}
    vacant = replace(LOYAL, kind=DiscountKind.VACANCY, of_rent=False, fee_item_ids=frozenset([ITEM]), threshold=None)
    assert discount_problems(vacant, RULES) == {}


def test_discounts_are_kept_in_their_order(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    early = DiscountForm("早缴优惠", DiscountKind.EARLY_PAYMENT, Decimal(2), NEW_YEAR, threshold=5,
                         fee_item_ids=frozenset([fee]))  # fmt: skip
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        first = discount_rules.add_discount(work, replace(LOYAL, fee_item_ids=frozenset([fee])))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        second = discount_rules.add_discount(work, early)

    def names(item_id: UUID | None = fee) -> list[str]:
        return [rule.name for rule in discounts_on(catalogue(office), item_id, TODAY)]

    assert (names(), names(None)) == (["老租户续约优惠", "早缴优惠"], ["老租户续约优惠"])
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        discount_rules.order_discounts(work, [second.rule_id, first.rule_id])
    assert names() == ["早缴优惠", "老租户续约优惠"]
    with pytest.raises(RowChanged), begin(office, lead, Op.SAVE_TARIFF) as work:
        discount_rules.change_discount(work, second.rule_id, second.version, early)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        done = discount_rules.change_discount(
            work, second.rule_id, second.version + 1, replace(early, percent=Decimal("2.5"))
        )
    assert done.before == early
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        discount_rules.drop_discount(work, first.rule_id, first.version + 1)
    assert names() == ["早缴优惠"]
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        discount_rules.bring_back_discount(work, first.rule_id)
    assert names(None) == ["老租户续约优惠"]


def test_a_front_desk_changes_no_price_list(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    for act in (
        lambda work: fees.add_item(work, PROPERTY),
        lambda work: fees.take_over_catalogue(work, propose_catalogue(TODAY)),
        lambda work: room_fees.add_room_fee(work, asked()),
        lambda work: discount_rules.add_discount(work, LOYAL),
    ):
        with pytest.raises(Refused), begin(office, clerk, Op.SAVE_TARIFF) as work:
            act(work)


def test_what_is_not_there_is_told(office: Office, lead: Actor) -> None:
    for act in (
        lambda work: fees.change_item(work, uuid4(), 1, PROPERTY),
        lambda work: room_fees.add_room_fee(work, asked(room_id=rooms_of(office)[0])),
    ):
        with pytest.raises(DomainError, match="找不到"), begin(office, lead, Op.SAVE_TARIFF) as work:
            act(work)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_price_list_replays(office: Office, lead: Actor, databases: Databases, tmp_path: Path, kind: str) -> None:
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        taken = fees.take_over_catalogue(work, propose_catalogue(NEW_YEAR))
    ids = {saved.name: saved.item_id for saved in taken}
    put_price(office, ids["住宅物业费"], "2.80", actor=lead)
    put_price(office, ids["住宅物业费"], "3.10", date(2027, 1, 1), actor=lead)
    put_price(office, ids["地下车位费"], "300", actor=lead, building_id=building_of(office))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        room_fees.add_room_fee(work, RoomFeeForm(ids["地下车位费"], rooms_of(office)[0], NEW_YEAR, quantity=Decimal(2)))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        discount_rules.add_discount(work, LOYAL)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.move_item(work, ids["电费"], earlier=True)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        fees.drop_item(work, ids["燃气费"], taken[4].version)
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
