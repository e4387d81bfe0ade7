"""What a repair costs: materials leave the stock, wrong lines are taken back, the tenant's part is billed once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import CostCause, CostKind, CostPayer, Money, RepairCategory
from desktop.services import billing, checkup, one_off, repair_costs, repair_intake
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.one_off import OneOffBilled, TakeBackOneOff
from desktop.services.repair_costs import BillTenant, CostForm, Costs, MaterialForm, cost_problems, who_pays
from desktop.services.repair_intake import Report
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.fee_kit import BY_HAND, put_item
from tests.services.test_changed_first import at_once
from tests.services.test_replay import prove
from tests.services.test_work_orders import go


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


@pytest.fixture
def order(office: Office, clerk: Actor) -> UUID:
    """A tenant reported a tap."""
    lease = check_in(office, clerk, rooms_of(office)[0])
    request = Report(
        office.world.new_id(), "水龙头滴水", RepairCategory.WATER, party_id=lease.party_id, room_id=rooms_of(office)[0]
    )
    with begin(office, clerk, Op.REPORT_REPAIR) as work:
        repair_intake.report_repair(work, request)
    return request.key


def add(office: Office, actor: Actor, form: CostForm) -> UUID:
    with begin(office, actor, Op.GO_ON_WITH_REPAIR) as work:
        return repair_costs.add_cost(work, form)


def costs(office: Office, order: UUID) -> Costs:
    with look(office, PROGRAM) as reading:
        return repair_costs.costs_of(reading, order)


def bill(office: Office, actor: Actor, request: BillTenant) -> OneOffBilled:
    with begin(office, actor, Op.POST_BILLS) as work:
        return repair_costs.bill_tenant(work, request)


def labour(order: UUID, fen: int, payer: CostPayer = CostPayer.TENANT, quantity: str = "1") -> CostForm:
    return CostForm(order, CostKind.LABOUR, payer, Decimal(quantity), "上门人工", Money(fen))


def request_of(office: Office, order: UUID) -> BillTenant:
    item = put_item(office, form=BY_HAND, name=f"维修费 {office.world.new_id().hex[-6:]}")
    return BillTenant(office.world.new_id(), order, item, office.world.today() + timedelta(days=7))


def stock(office: Office) -> list[tuple[str, Decimal]]:
    with look(office, PROGRAM) as reading:
        return [(row.form.name, row.stock) for row in repair_costs.list_materials(reading)]


def test_material_leaves_the_stock_and_comes_back_with_a_line_that_was_wrong(
    office: Office, clerk: Actor, order: UUID
) -> None:
    with begin(office, clerk, Op.CHANGE_TECHNICIANS) as work:
        valve = repair_costs.save_material(work, MaterialForm("6 分角阀", "个", Money.yuan(18)))
        work.session.flush()
        repair_costs.move_material(work, valve, Decimal(10), "五金店购入")
    line = add(office, clerk, CostForm(order, CostKind.MATERIAL, CostPayer.LANDLORD, Decimal(2), material_id=valve))
    assert stock(office) == [("6 分角阀", Decimal(8))]
    (row,) = costs(office, order).lines
    assert (row.words, row.amount, row.undone) == ("6 分角阀（个）", Money.yuan(36), False)
    with begin(office, clerk, Op.CHANGE_TECHNICIANS) as work:
        repair_costs.save_material(work, MaterialForm("6 分角阀", "个", Money.yuan(20)), valve)
    assert costs(office, order).lines[0].amount == Money.yuan(36)  # used at the price of then
    with begin(office, clerk, Op.GO_ON_WITH_REPAIR) as work:
        repair_costs.take_back_cost(work, line)
    assert stock(office) == [("6 分角阀", Decimal(10))]
    assert (costs(office, order).lines[0].undone, costs(office, order).sums) == (True, {CostPayer.LANDLORD: Money(0)})
    with begin(office, clerk, Op.GO_ON_WITH_REPAIR) as work, pytest.raises(DomainError, match="已经撤回"):
        repair_costs.take_back_cost(work, line)


def test_the_tenants_part_is_billed_under_the_orders_number(
    office: Office, clerk: Actor, order: UUID, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    request = request_of(office, order)
    with pytest.raises(DomainError, match="没有要租客付的钱"):
        bill(office, clerk, request)
    add(office, clerk, labour(order, 8000))
    add(office, clerk, labour(order, 5000, CostPayer.LANDLORD))
    news = bill(office, clerk, request)
    assert (news.title, news.amount, news.again) == ("维修 WJYA26-W00001", Money.yuan(80), False)
    again = bill(office, clerk, request)
    assert (again.bill_id, again.again) == (news.bill_id, True)
    with look(office, clerk) as reading:
        page = billing.bill_page(reading, news.bill_id)
        assert page.row.lease_id is not None
        assert checkup.check_office(reading).findings == ()
    found = costs(office, order)
    assert (found.sums, found.billed, found.to_bill) == (
        {CostPayer.TENANT: Money.yuan(80), CostPayer.LANDLORD: Money.yuan(50)}, Money.yuan(80), Money(0),
    )  # fmt: skip
    add(office, clerk, labour(order, 2550, quantity="0.5"))
    rest = bill(office, clerk, request_of(office, order))
    assert rest.amount == Money(1275)
    with begin(office, clerk, Op.POST_BILLS) as work:
        one_off.take_back_one_off(work, TakeBackOneOff(news.bill_id, "房东同意承担"))
    assert costs(office, order).to_bill == Money.yuan(80)
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


def test_two_tills_bill_it_once(office: Office, clerk: Actor, order: UUID) -> None:
    add(office, clerk, labour(order, 8000))
    first, second = request_of(office, order), request_of(office, order)
    raised = at_once(lambda: bill(office, clerk, first), lambda: bill(office, clerk, second))
    assert [str(error)[:20] for error in raised] == ["WJYA26-W00001 没有要租客付"]
    assert costs(office, order).billed == Money.yuan(80)


def test_who_may_and_where_it_may_not(office: Office, clerk: Actor, order: UUID) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    add(office, lead, labour(order, 8000))
    with pytest.raises(Refused):
        bill(office, lead, request_of(office, order))
    go(office, lead, order, "cancel", "自己修好了")
    with pytest.raises(DomainError, match="已取消，不能再记费用"):
        add(office, lead, labour(order, 100))


@given(st.integers(1, 99_999), st.integers(0, 1_000_000))
def test_figures_are_checked_before_they_are_stored(thousandths: int, fen: int) -> None:
    form = CostForm(UUID(int=1), CostKind.LABOUR, CostPayer.TENANT, Decimal(thousandths) / 1000, "人工", Money(fen))
    assert cost_problems(form) == {}


def test_forms_say_what_to_mend(office: Office, clerk: Actor) -> None:
    wrong = CostForm(UUID(int=1), CostKind.OTHER, CostPayer.TENANT, Decimal(0))
    assert cost_problems(wrong).keys() == {"words", "quantity", "unit_price"}
    dear = CostForm(UUID(int=1), CostKind.OTHER, CostPayer.TENANT, words="13812345678", unit_price=Money.yuan(200_000))
    assert cost_problems(dear).keys() == {"words", "unit_price"}
    with begin(office, clerk, Op.CHANGE_TECHNICIANS) as work:
        with pytest.raises(ProblemsFound) as caught:
            repair_costs.save_material(work, MaterialForm("", "", Money(-1)))
        assert caught.value.problems.keys() == {"name", "unit", "price"}


def test_who_pays_follows_from_the_cause() -> None:
    assert who_pays(CostCause.WEAR) == (CostPayer.LANDLORD, "自然损耗由房东维修，另有约定的除外（民法典 712 条）")
    assert who_pays(CostCause.DAMAGE)[0] is CostPayer.TENANT
    assert {who_pays(cause)[0] for cause in (CostCause.COMMON, CostCause.OWN_WORK)} == {CostPayer.OFFICE}
