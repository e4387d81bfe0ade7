"""A work slip that came back 维修单回填: the result, what was done, how long, what was used and who pays, in one act.

Materials are typed as they stand on the slip, 「6 分角阀 2；上门人工 1×60」: what the stock list knows needs no price.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from uuid import UUID

from desktop.models.values import NIL, CostKind, CostPayer, Money, Right, total
from desktop.models.work_orders import WorkOrderState
from desktop.services import repair_costs, work_orders
from desktop.services.errors import ProblemsFound
from desktop.services.fee_words import plain
from desktop.services.proration import round_fen
from desktop.services.repair_costs import MOST, CostForm, MaterialRow
from desktop.services.rights import needs
from desktop.services.work import Look, Work
from desktop.services.work_orders import REASONED

MOST_MINUTES = 24 * 60
MOST_LINES = 12
OUTCOMES = ("finish", "wait_material", "wait_tenant", "wait_contractor")
"""Events of the machine that a slip can tell of, in the order of its boxes."""
_PARTS = re.compile(r"[;；\n]+")
_LINE = re.compile(r"(?P<name>.*?\S)[\s]+(?P<count>\d[\d.]*)(?:\s*[×xX*]\s*(?P<price>\d[\d.]*))?$")
_LABOUR = ("人工", "上门", "工时")


@dataclass(frozen=True, slots=True)
class UsedLine:
    """One thing that was used. `material_id`: of the stock list; None: by its words and price alone."""

    words: str
    quantity: Decimal
    unit_price: Money
    kind: CostKind
    material_id: UUID | None = None

    @property
    def amount(self) -> Money:
        """As it is booked."""
        return round_fen(Fraction(self.quantity) * self.unit_price.fen)


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What the form of a slip needs to know: the stock list."""

    materials: tuple[MaterialRow, ...]


@dataclass(frozen=True, slots=True)
class SlipResult:
    """What stands on a slip that came back. `used`: as typed; `seen`: the version on the screen."""

    order_id: UUID
    outcome: str
    note: str = ""
    minutes: int | None = None
    used: str = ""
    payer: CostPayer = CostPayer.LANDLORD
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class SlipTyped:
    """News of a slip that was typed back: the order's state, what was used, and what the tenant is to be billed."""

    number: str
    state: WorkOrderState
    cost: Money
    to_bill: Money


class Unread(ValueError):
    """A line of materials that cannot be booked as it stands; the sentence says how to write it."""


def read_used(typed: str, materials: Sequence[MaterialRow]) -> tuple[UsedLine, ...]:
    """The lines of what was used. Raises Unread for the first that is not clear."""
    parts = [part.strip() for part in _PARTS.split(unicodedata.normalize("NFKC", typed)) if part.strip()]
    if len(parts) > MOST_LINES:
        raise Unread(f"最多 {MOST_LINES} 项，现在 {len(parts)} 项：其余的在费用里记（Ctrl B）")
    return tuple(_used(part, materials) for part in parts)


def _used(part: str, materials: Sequence[MaterialRow]) -> UsedLine:
    found = _LINE.fullmatch(part)
    if found is None:
        raise Unread(f"「{part}」写明数量，用空格隔开，例如 {part.split()[0][:12]} 1；库存里没有的再加单价 1×60")
    name, count, price = found["name"], _number(found["count"]), _number(found["price"])
    if count is None or not 0 < count <= 10_000 or count != round(count, 3):
        raise Unread(f"「{part}」的数量看不懂：写大于 0、最多 3 位小数的数")
    material = _material(name, materials)
    if found["price"] is None:
        if material is None:
            raise Unread(f"库存里没有「{name}」：写上单价，例如 {name[:12]} {plain(count)}×60")
        assert material.form.price is not None, "what is on the list has a price"
        return UsedLine(_words(material), count, material.form.price, CostKind.MATERIAL, material.id)
    if price is None or price != round(price, 2) or not NIL <= Money.yuan(price) <= MOST:
        raise Unread(f"「{part}」的单价看不懂：写 0 到 {MOST} 元，最多 2 位小数")
    if material is not None:
        return UsedLine(_words(material), count, Money.yuan(price), CostKind.MATERIAL, material.id)
    kind = CostKind.LABOUR if any(word in name for word in _LABOUR) else CostKind.OTHER
    line = UsedLine(name, count, Money.yuan(price), kind)
    problems = repair_costs.cost_problems(_cost(UUID(int=0), line, CostPayer.OFFICE))
    if problems:
        raise Unread(f"「{part}」：{next(iter(problems.values()))}")
    return line


def _number(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None


def _material(name: str, materials: Sequence[MaterialRow]) -> MaterialRow | None:
    """The material that bears this name; else the only one whose name has it as a part. Raises Unread for several."""
    wanted = _bare(name)
    exact = [row for row in materials if _bare(row.form.name) == wanted]
    if exact:
        return exact[0]
    near = [row for row in materials if wanted in _bare(row.form.name)]
    if len(near) > 1:
        told = "、".join(row.form.name for row in near[:4])
        raise Unread(f"「{name}」可能是 {told}：把名字写全")
    return near[0] if near else None


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _words(material: MaterialRow) -> str:
    return f"{material.form.name}（{material.form.unit}）"


def slip_problems(form: SlipResult, materials: Sequence[MaterialRow]) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    note = form.note.strip()
    if form.outcome in REASONED and len(note) < 2:
        problems["note"] = REASONED[form.outcome]
    elif len(note) < 2:
        problems["note"] = "写明做了什么，例如 换了阀芯，试水不漏"
    elif trouble := work_orders.note_problem(form.note):
        problems["note"] = trouble
    if form.minutes is not None and not 1 <= form.minutes <= MOST_MINUTES:
        problems["minutes"] = f"用时写 1 到 {MOST_MINUTES} 分钟；单上没写就空着"
    try:
        read_used(form.used, materials)
    except Unread as error:
        problems["used"] = str(error)
    return problems


@needs(Right.EDIT_REPAIRS)
def slip_facts(look: Look) -> SlipFacts:
    """The stock list, for the form."""
    return SlipFacts(tuple(repair_costs.list_materials(look)))


@needs(Right.EDIT_REPAIRS)
def type_back(work: Work, request: SlipResult) -> SlipTyped:
    """Book a slip: the lines of what was used, then the result with how long it took. All of it or nothing.

    Raises ProblemsFound, ForbiddenMove naming what is possible, RowChanged when somebody else went on with it first.
    """
    materials = repair_costs.list_materials(work)
    if problems := slip_problems(request, materials):
        raise ProblemsFound(problems)
    order = work_orders.take_order(work, request.order_id, request.seen)
    lines = read_used(request.used, materials)
    if order.state is WorkOrderState.ASSIGNED and request.outcome != "finish":
        work_orders.advance(work, order, "accept")  # whoever went there has said yes by it
    took: dict[str, Any] = {} if request.minutes is None else {"minutes": request.minutes}
    work_orders.advance(work, order, request.outcome, request.note, slip=True, **took)
    for line in lines:
        repair_costs.put_cost(work, order, _cost(order.id, line, request.payer))
    work.session.flush()
    work.subject(order)
    cost = total(line.amount for line in lines)
    work.record(event=request.outcome, state=order.state.value, slip=True, lines=len(lines), fen=cost.fen, **took)
    to_bill = repair_costs.costs_of(work, order.id).to_bill
    return SlipTyped(order.number, order.state, cost, max(to_bill, NIL))


def _cost(order_id: UUID, line: UsedLine, payer: CostPayer) -> CostForm:
    return CostForm(order_id, line.kind, payer, line.quantity, line.words, line.unit_price, line.material_id)
