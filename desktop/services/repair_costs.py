"""What a repair costs 维修费用: materials from the stock list, labour, contractors; who pays, and the tenant's part on
a bill with the order's number.

The landlord mends what wears out, unless something else was agreed (Civil Code 712, 713); what the tenant broke is the
tenant's. A wrong line is taken back by another; what was billed is taken back where bills are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.leases import LeaseParty, LeaseRoom
from desktop.models.repair_costs import MaterialMove, RepairBill, RepairCost, RepairMaterial
from desktop.models.values import NIL, CostCause, CostKind, CostPayer, Money, Right
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import one_off, work_orders
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.masks import find_secrets
from desktop.services.one_off import OneOff, OneOffBilled
from desktop.services.proration import round_fen
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

PAYER_WORDS = {CostPayer.LANDLORD: "房东", CostPayer.TENANT: "租客", CostPayer.OFFICE: "物业"}
KIND_WORDS = {CostKind.MATERIAL: "材料", CostKind.LABOUR: "人工", CostKind.CONTRACTOR: "外包", CostKind.OTHER: "其他"}
WORDS_LIMIT = 40
MOST = Money.yuan(100_000)


@dataclass(frozen=True, slots=True)
class MaterialForm:
    """What the dialog of a material gathers."""

    name: str
    unit: str
    price: Money | None
    low_mark: Decimal | None = None
    """Less than this is to be bought; None: nobody minds."""


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A material with what is in stock; less than nothing: more was used than anybody wrote down."""

    id: UUID
    form: MaterialForm
    stock: Decimal

    @property
    def low(self) -> bool:
        """Whether it is to be bought."""
        return self.form.low_mark is not None and self.stock < self.form.low_mark


@dataclass(frozen=True, slots=True)
class CostForm:
    """One line of what an order cost. With a material its name, unit and price are taken unless a price is given."""

    order_id: UUID
    kind: CostKind
    payer: CostPayer
    quantity: Decimal = Decimal(1)
    words: str = ""
    unit_price: Money | None = None
    material_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CostRow:
    """A line as the page shows it; `undone`: it was taken back."""

    id: UUID
    kind: CostKind
    words: str
    quantity: Decimal
    unit_price: Money
    amount: Money
    payer: CostPayer
    undone: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """What an order cost, by payer, and what the tenant has been billed for it."""

    lines: tuple[CostRow, ...]
    sums: dict[CostPayer, Money]
    billed: Money

    @property
    def to_bill(self) -> Money:
        """What the tenant owes and no bill carries yet; negative: more was billed than stands now."""
        return self.sums.get(CostPayer.TENANT, NIL) - self.billed


@dataclass(frozen=True, slots=True)
class BillTenant:
    """The tenant's part of an order as a bill. `key`: made once by the form."""

    key: UUID
    order_id: UUID
    fee_item_id: UUID | None
    due: date


def who_pays(cause: CostCause) -> tuple[CostPayer, str]:
    """Who pays as a rule, and why, in words; the desk may agree on something else with the tenant in writing."""
    return {
        CostCause.WEAR: (CostPayer.LANDLORD, "自然损耗由房东维修，另有约定的除外（民法典 712 条）"),
        CostCause.DAMAGE: (CostPayer.TENANT, "租客弄坏的由租客承担（民法典 713 条）"),
        CostCause.COMMON: (CostPayer.OFFICE, "公共部位由物业维修"),
        CostCause.OWN_WORK: (CostPayer.OFFICE, "上次没修好，返工不收费"),
    }[cause]


def cost_problems(form: CostForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if form.material_id is None and len(form.words.strip()) < 2:
        problems["words"] = "写明是什么，例如 上门人工、换阀芯"
    elif len(form.words.strip()) > WORDS_LIMIT:
        problems["words"] = f"最多 {WORDS_LIMIT} 个字：写短一些"
    elif find_secrets(form.words):
        problems["words"] = "费用不加密，不能写证件号、电话或卡号：删去它"
    if form.quantity <= 0 or form.quantity != round(form.quantity, 3):
        problems["quantity"] = "数量大于 0，最多 3 位小数"
    if form.unit_price is None and form.material_id is None:
        problems["unit_price"] = "填写单价，单位是元；不收钱写 0"
    elif form.unit_price is not None and not NIL <= form.unit_price <= MOST:
        problems["unit_price"] = f"单价写 0 到 {MOST}：核对小数点"
    return problems


def material_problems(form: MaterialForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if not form.name.strip():
        problems["name"] = "写材料的名字，例如 6 分角阀"
    elif len(form.name.strip()) > WORDS_LIMIT:
        problems["name"] = f"最多 {WORDS_LIMIT} 个字：写短一些"
    if not form.unit.strip():
        problems["unit"] = "写单位，例如 个、米"
    if form.price is None or not NIL <= form.price <= MOST:
        problems["price"] = f"单价写 0 到 {MOST}：核对小数点"
    if form.low_mark is not None and (form.low_mark < 0 or form.low_mark != round(form.low_mark, 3)):
        problems["low_mark"] = "低于多少提醒写 0 或更多，最多 3 位小数；不提醒就空着"
    return problems


def move_problems(quantity: Decimal | None, note: str) -> dict[str, str]:
    """What is still to be mended of material that comes or goes."""
    problems: dict[str, str] = {}
    if quantity is None or quantity == 0 or quantity != round(quantity, 3):
        problems["quantity"] = "写进了多少；盘亏写负数，最多 3 位小数"
    if len(note.strip()) < 2:
        problems["note"] = "写明来由，例如 五金店购入、盘点"
    elif trouble := work_orders.note_problem(note):
        problems["note"] = trouble
    return problems


# ---- materials -------------------------------------------------------------------------------------------------------


@needs(Right.SEE_REPAIRS)
def list_materials(look: Look) -> list[MaterialRow]:
    """The stock list in its order."""
    stock = {
        row[0]: Decimal(int(row[1])).scaleb(-3)
        for row in look.session.execute(
            sa.select(
                MaterialMove.material_id, sa.func.sum(sa.type_coerce(MaterialMove.quantity, sa.BigInteger))
            ).group_by(MaterialMove.material_id)
        )
    }
    rows = look.session.scalars(
        sa.select(RepairMaterial)
        .where(RepairMaterial.deleted_at.is_(None))
        .order_by(RepairMaterial.sort, RepairMaterial.id)
    )
    return [
        MaterialRow(row.id, MaterialForm(row.name, row.unit, row.price, row.low_mark), stock.get(row.id, Decimal(0)))
        for row in rows
    ]


@needs(Right.DISPATCH_REPAIRS)
def save_material(work: Work, form: MaterialForm, material_id: UUID | None = None) -> UUID:
    """A new material, or a changed one; lines that used it keep their price. Raises ProblemsFound."""
    if problems := material_problems(form):
        raise ProblemsFound(problems)
    assert form.price is not None
    if material_id is None:
        last: int = work.session.scalar(sa.select(sa.func.coalesce(sa.func.max(RepairMaterial.sort), 0))) or 0
        row = work.add(RepairMaterial(name="", unit="", price=NIL, sort=last + 1))
    else:
        row = work.take(RepairMaterial, material_id)
    row.name, row.unit, row.price = form.name.strip(), form.unit.strip(), form.price
    row.low_mark = form.low_mark
    work.subject(row)
    work.record(material=row.id.hex)
    return row.id


@needs(Right.DISPATCH_REPAIRS)
def drop_material(work: Work, material_id: UUID) -> None:
    """A material leaves the list; what orders used of it stays with them. Raises DomainError while some is in stock."""
    row = work.take(RepairMaterial, material_id)
    known = next((each for each in list_materials(work) if each.id == material_id), None)
    if known is not None and known.stock:
        left = f"{known.stock.normalize():f}"
        raise DomainError(f"{row.name}账上还有 {left} {row.unit}：先按盘点记成 0，再删")
    row.deleted_at = work.at
    work.subject(row)
    work.record(material=f"-{row.id.hex}")


@needs(Right.EDIT_REPAIRS)
def move_material(work: Work, material_id: UUID, quantity: Decimal, note: str) -> None:
    """Material that was bought (more than 0), or is missing when somebody counts (less). Raises ProblemsFound."""
    if problems := move_problems(quantity, note):
        raise ProblemsFound(problems)
    material = work.get(RepairMaterial, material_id)
    work.add(MaterialMove(material_id=material.id, quantity=quantity, cost_id=None, note=note.strip()))
    work.subject(material)
    work.record(moved=str(quantity))


# ---- the lines of an order -------------------------------------------------------------------------------------------


@needs(Right.SEE_REPAIRS)
def costs_of(look: Look, order_id: UUID) -> Costs:
    """What an order cost, line by line, by payer, and what is billed."""
    return _costs(look, order_id)


@needs(Right.EDIT_REPAIRS)
def add_cost(work: Work, form: CostForm) -> UUID:
    """A line of what an order cost; a material leaves the stock. Raises ProblemsFound, DomainError for an order that
    was cancelled."""
    if problems := cost_problems(form):
        raise ProblemsFound(problems)
    order = work_orders.take_order(work, form.order_id)
    if order.state is WorkOrderState.CANCELLED:
        raise DomainError(f"{order.number} 已取消，不能再记费用：记到正确的工单上")
    row = put_cost(work, order, form)
    work.subject(order)
    work.record(cost=form.kind.value, fen=row.amount.fen, payer=form.payer.value)
    return row.id


@part
def put_cost(work: Work, order: WorkOrder, form: CostForm) -> RepairCost:
    """A checked line of an order that is held; a material leaves the stock."""
    material = None if form.material_id is None else work.get(RepairMaterial, form.material_id)
    price = form.unit_price
    if price is None:
        assert material is not None
        price = material.price
    words = form.words.strip() or (f"{material.name}（{material.unit}）" if material else "")
    row = work.add(
        RepairCost(
            work_order_id=order.id, kind=form.kind, words=words, quantity=form.quantity, unit_price=price,
            amount=round_fen(Fraction(form.quantity) * price.fen), payer=form.payer, material_id=form.material_id,
            reverses_id=None,
        )
    )  # fmt: skip
    if material is not None:
        work.session.flush()
        work.add(MaterialMove(material_id=material.id, quantity=-form.quantity, cost_id=row.id, note=None))
    return row


@needs(Right.EDIT_REPAIRS)
def take_back_cost(work: Work, cost_id: UUID) -> None:
    """Take back a wrong line; its material is in stock again. Raises DomainError when it was taken back already."""
    row = work.get(RepairCost, cost_id)
    work_orders.take_order(work, row.work_order_id)  # two who take it back come one after the other
    again = work.session.scalar(sa.select(RepairCost.id).where(RepairCost.reverses_id == row.id))
    if again is not None or row.reverses_id is not None:
        raise DomainError("这一行已经撤回：刷新（F5）看最新的费用")
    undone = work.add(
        RepairCost(
            work_order_id=row.work_order_id, kind=row.kind, words=row.words, quantity=-row.quantity,
            unit_price=row.unit_price, amount=-row.amount, payer=row.payer, material_id=row.material_id,
            reverses_id=row.id,
        )
    )  # fmt: skip
    if row.material_id is not None:
        work.session.flush()
        work.add(MaterialMove(material_id=row.material_id, quantity=row.quantity, cost_id=undone.id, note=None))
    work.subject_id("work_order", row.work_order_id)
    work.record(cost=f"-{row.kind.value}", fen=-row.amount.fen)


@needs(Right.POST_BILLS)
def bill_tenant(work: Work, request: BillTenant) -> OneOffBilled:
    """Bill the tenant's part of an order that no bill carries yet, under the order's number. The same key makes one
    bill. Raises ProblemsFound, DomainError where there is nothing to bill or nobody to pay."""
    order = work_orders.take_order(work, request.order_id)
    standing = work.session.scalar(
        sa.select(Bill.id)
        .join(RepairBill, RepairBill.bill_id == Bill.id)
        .where(Bill.source_key == f"{one_off.SOURCE}{request.key.hex}:1")
    )
    costs = _costs(work, order.id)
    if standing is None and costs.to_bill <= NIL:
        raise DomainError(f"{order.number} 没有要租客付的钱：先在费用里记一行，付款方选租客")
    if order.party_id is None:
        raise DomainError(f"{order.number} 没有报修人，不知道向谁收：在工单上选好租客")
    form = OneOff(
        request.key, order.party_id, request.fee_item_id, request.due, f"维修 {order.number}", order.room_id,
        _lease_of(work, order), costs.to_bill,
    )  # fmt: skip
    news = one_off.bill_one_off(work, form)
    if not news.again:
        work.session.flush()
        work.add(RepairBill(work_order_id=order.id, bill_id=news.bill_id))
    return news


def _costs(look: Look, order_id: UUID) -> Costs:
    look.settle()
    rows = look.session.scalars(
        sa.select(RepairCost).where(RepairCost.work_order_id == order_id).order_by(RepairCost.created_at, RepairCost.id)
    ).all()
    undone = {row.reverses_id for row in rows}
    lines = tuple(
        CostRow(row.id, row.kind, row.words, row.quantity, row.unit_price, row.amount, row.payer, row.id in undone)
        for row in rows
        if row.reverses_id is None
    )
    sums: dict[CostPayer, Money] = {}
    for row in rows:
        sums[row.payer] = sums.get(row.payer, NIL) + row.amount
    billed = look.session.scalars(
        sa.select(BillLine.amount)
        .join(RepairBill, RepairBill.bill_id == BillLine.bill_id)
        .where(RepairBill.work_order_id == order_id)
    )
    return Costs(lines, sums, Money(sum(amount.fen for amount in billed)))


def _lease_of(look: Look, order: WorkOrder) -> UUID | None:
    """The lease of the person in the room today, so that the bill stands with it."""
    if order.room_id is None or order.party_id is None:
        return None
    today = look.world.today()
    return look.session.scalar(
        sa.select(LeaseRoom.lease_id)
        .join(LeaseParty, LeaseParty.lease_id == LeaseRoom.lease_id)
        .where(
            LeaseRoom.room_id == order.room_id, LeaseParty.party_id == order.party_id, LeaseRoom.valid_from <= today,
            LeaseRoom.valid_to >= today, LeaseRoom.deleted_at.is_(None), LeaseParty.deleted_at.is_(None),
        )
        .limit(1)
    )  # fmt: skip
