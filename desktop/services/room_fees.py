"""What of a fee item is particular to a room 房间例外: so many parking spaces, a price of its own, or exempt.

From a day to a day; one at a time for an item and a room. A new one closes the open one the day before, as prices do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.fees import FeeItem, RoomFee
from desktop.models.places import Building, Room
from desktop.models.values import FeeBasis, Right, RoomKind
from desktop.services import timeline
from desktop.services.changes import last_changes
from desktop.services.errors import NotFound, ProblemsFound, RowChanged
from desktop.services.fee_catalogue import ONE_DAY, FeeItemRow, RoomFeeRow, items_of, room_fees_of
from desktop.services.fee_words import plain, quantity_unit, span_words, yuan
from desktop.services.rights import needs
from desktop.services.tariff_problems import price_problem
from desktop.services.work import Look, Work

MOST_PIECES = Decimal(1000)
REASON_LIMIT = 60


@dataclass(frozen=True, slots=True)
class RoomFeeForm:
    """What the dialog of an exception gathers."""

    fee_item_id: UUID
    room_id: UUID | None
    valid_from: date
    valid_to: date | None = None
    exempt: bool = False
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoomFeeFacts:
    """What is known beside the form, of one room. `rows`: what is particular to it for this item."""

    item: FeeItemRow
    rows: tuple[RoomFeeRow, ...] = ()
    building_id: UUID | None = None
    room_kind: RoomKind | None = None
    room: str = ""
    billed_to: date | None = None
    """The last day of the item that was billed to the room."""


@dataclass(frozen=True, slots=True)
class RoomFeeSaved:
    """News of an exception; `moved`: the one before it, which now ends the day before."""

    room_fee_id: UUID
    version: int
    before: RoomFeeForm | None
    moved: RoomFeeRow | None


def room_fee_problems(form: RoomFeeForm, facts: RoomFeeFacts, room_fee_id: UUID | None = None) -> dict[str, str]:
    """What is still to be mended, by field. `room_fee_id`: of the one that is changed."""
    item, problems = facts.item, dict[str, str]()
    if form.room_id is None:
        problems["room_id"] = "选一间房：写房号就能找到"
    elif (
        facts.building_id is not None and facts.room_kind is not None
        and not item.covers(facts.building_id, facts.room_kind)
    ):  # fmt: skip
        problems["room_id"] = f"{item.name}不收{facts.room}：换一间，或先改项目的楼栋和房间类型"
    if item.basis is FeeBasis.ONE_OFF:
        problems["fee_item_id"] = "一次性收费没有房间例外：用「一次性收费」开单"
    if form.exempt:
        if len(form.reason.strip()) < 2:
            problems["reason"] = "写明为什么免收，例如 业主委员会决议"
        if form.quantity is not None or form.unit_price is not None:
            problems["exempt"] = "免收就不写数量和单价：清空它们，或不免收"
    else:
        problems |= _figures(form, item)
    if len(form.reason) > REASON_LIMIT:
        problems["reason"] = f"最多 {REASON_LIMIT} 个字"
    if form.valid_to is not None and form.valid_to < form.valid_from:
        problems["valid_to"] = f"止日早于起日 {form.valid_from}：改晚，或留空表示长期"
    elif not problems:
        for row in _others(form, facts, room_fee_id)[1]:
            if row.valid_from <= (form.valid_to or date.max) and form.valid_from <= (row.valid_to or date.max):
                words = f"和「{exception_words(row, item)}」（{span_words(row.valid_from, row.valid_to)}）重叠"
                if row.valid_from > form.valid_from:
                    problems["valid_to"] = f"{words}：止日填 {row.valid_from - ONE_DAY} 或以前"
                else:
                    problems["valid_from"] = f"{words}：改日期，或改那一条"
                break
    return problems


def room_fee_doubts(form: RoomFeeForm, facts: RoomFeeFacts, room_fee_id: UUID | None = None) -> dict[str, str]:
    """What is allowed but worth a look, by field."""
    doubts: dict[str, str] = {}
    moved = _others(form, facts, room_fee_id)[0]
    if facts.billed_to is not None and form.valid_from <= facts.billed_to:
        doubts["valid_from"] = f"这间房已出账到 {facts.billed_to}：核对那几天要不要改，再存"
    elif moved is not None:
        doubts["valid_from"] = f"现在的「{exception_words(moved, facts.item)}」到 {moved.valid_to} 为止"
    return doubts


def exception_words(row: RoomFeeRow | RoomFeeForm, item: FeeItemRow) -> str:
    """What is particular, in few words: 2 车位, 单价 1.50, 免收."""
    if row.exempt:
        return "免收"
    words = []
    if row.quantity is not None:
        words.append(f"{plain(row.quantity)} {quantity_unit(item)}")
    if row.unit_price is not None:
        words.append(f"单价 {yuan(row.unit_price)}")
    return "，".join(words) or "照标准收"


def _figures(form: RoomFeeForm, item: FeeItemRow) -> dict[str, str]:
    problems: dict[str, str] = {}
    if form.unit_price is not None and (trouble := price_problem(form.unit_price)):
        problems["unit_price"] = trouble
    quantity = form.quantity
    if item.basis is FeeBasis.PIECE:
        if quantity is None or quantity <= 0 or quantity != round(quantity) or quantity > MOST_PIECES:
            problems["quantity"] = f"写几个{quantity_unit(item)}，例如 1"
    elif item.basis is FeeBasis.AREA:
        if quantity is not None and (quantity <= 0 or quantity != round(quantity, 2)):
            problems["quantity"] = "面积大于 0，最多 2 位小数；照房间资料收就留空"
    elif quantity is not None:
        problems["quantity"] = "这项收费不按数量：清空数量"
    if item.every_room and quantity is None and form.unit_price is None and not problems:
        problems["unit_price"] = "写上数量或单价，或选免收：照标准收的房间不用登记"
    return problems


def _others(
    form: RoomFeeForm, facts: RoomFeeFacts, room_fee_id: UUID | None
) -> tuple[RoomFeeRow | None, list[RoomFeeRow]]:
    """The exception that ends because a new one begins, and all others as they stand then."""
    others = [row for row in facts.rows if row.id != room_fee_id]
    moved = None
    if room_fee_id is None:
        moved = next((r for r in others if r.valid_to is None and r.valid_from < form.valid_from), None)
    if moved is None:
        return None, others
    moved = replace(moved, valid_to=form.valid_from - ONE_DAY)
    return moved, [moved if row.id == moved.id else row for row in others]


# ---- the acts --------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_TARIFFS)
def add_room_fee(work: Work, form: RoomFeeForm) -> RoomFeeSaved:
    """Something particular to a room from a day on; what was open for it ends the day before. Raises ProblemsFound."""
    facts = _facts(work, form.fee_item_id, form.room_id, lock=True)
    if problems := room_fee_problems(form, facts):
        raise ProblemsFound(problems)
    moved = _others(form, facts, None)[0]
    if moved is not None:
        work.take(RoomFee, moved.id).valid_to = moved.valid_to
    row = RoomFee(fee_item_id=form.fee_item_id, room_id=form.room_id)
    _write(row, form)
    work.add(row)
    return _saved(work, row, None, moved, facts.item)


@needs(Right.EDIT_TARIFFS)
def change_room_fee(work: Work, room_fee_id: UUID, version: int, form: RoomFeeForm) -> RoomFeeSaved:
    """Correct what is particular to a room, or end it. Raises ProblemsFound, RowChanged."""
    facts = _facts(work, form.fee_item_id, form.room_id, lock=True)
    row = work.take(RoomFee, room_fee_id)
    stored = form_of(row)
    if row.version != version:
        by = last_changes(work, "room_fee", [room_fee_id])
        raise RowChanged(_shown(stored), _shown(form), *timeline.last_act(work, row.room_id), by)
    if form.room_id != row.room_id:
        raise ProblemsFound({"room_id": "房间不能改：删除这一条，给另一间房新增"})
    if problems := room_fee_problems(form, facts, room_fee_id):
        raise ProblemsFound(problems)
    _write(row, form)
    return _saved(work, row, stored, None, facts.item)


@needs(Right.EDIT_TARIFFS)
def drop_room_fee(work: Work, room_fee_id: UUID, version: int) -> None:
    """Nothing is particular any more on these days; bills that were made stay. Raises RowChanged."""
    row = work.take(RoomFee, room_fee_id)
    if row.version != version:
        raise RowChanged({}, {}, *timeline.last_act(work, row.room_id))
    row.deleted_at = work.at
    work.subject_id("room", row.room_id)
    work.record(dropped_exception=work.get(FeeItem, row.fee_item_id).name)


@needs(Right.EDIT_TARIFFS)
def bring_back_room_fee(work: Work, room_fee_id: UUID) -> None:
    """Undo of `drop_room_fee`. Raises ProblemsFound when another one has taken its days."""
    row = work.session.get_one(RoomFee, room_fee_id)
    facts = _facts(work, row.fee_item_id, row.room_id, lock=True)
    if problems := room_fee_problems(form_of(row), facts, room_fee_id):
        raise ProblemsFound(problems)
    row.deleted_at = None
    work.subject_id("room", row.room_id)
    work.record(exception=facts.item.name)


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def room_fee_facts(look: Look, item_id: UUID, room_id: UUID | None) -> RoomFeeFacts:
    """What the dialog of an exception needs beside its form. Raises NotFound."""
    return _facts(look, item_id, room_id)


def _facts(look: Look, item_id: UUID, room_id: UUID | None, lock: bool = False) -> RoomFeeFacts:
    if lock:
        assert isinstance(look, Work)
        look.take(FeeItem, item_id)
    item = next(iter(items_of(look, item_id)), None)
    if item is None:
        raise NotFound("这项收费")
    if room_id is None:
        return RoomFeeFacts(item)
    room = look.get(Room, room_id)
    building = look.session.scalar(sa.select(Building.name).where(Building.id == room.building_id))
    undone = sa.select(BillLine.reverses_id).where(BillLine.fee_item_id == item_id, BillLine.reverses_id.is_not(None))
    billed = look.session.scalar(
        sa.select(sa.func.max(BillLine.period_end)).where(
            BillLine.room_id == room_id, BillLine.fee_item_id == item_id, BillLine.reverses_id.is_(None),
            BillLine.id.not_in(undone),
        )
    )  # fmt: skip
    return RoomFeeFacts(
        item, tuple(room_fees_of(look, item_id, room_id)), room.building_id, room.kind, f"{building} {room.number}",
        billed,
    )  # fmt: skip


def form_of(row: RoomFee | RoomFeeRow) -> RoomFeeForm:
    """A stored exception as the dialog gathers it."""
    return RoomFeeForm(
        row.fee_item_id, row.room_id, row.valid_from, row.valid_to, row.exempt, row.quantity, row.unit_price,
        row.reason or "",
    )  # fmt: skip


def _write(row: RoomFee, form: RoomFeeForm) -> None:
    row.valid_from, row.valid_to, row.exempt = form.valid_from, form.valid_to, form.exempt
    row.quantity, row.unit_price = form.quantity, form.unit_price
    row.reason = form.reason.strip() or None


def _saved(
    work: Work, row: RoomFee, before: RoomFeeForm | None, moved: RoomFeeRow | None, item: FeeItemRow
) -> RoomFeeSaved:
    work.subject_id("room", row.room_id)
    work.record(exception=item.name, since=row.valid_from.isoformat())
    work.session.flush()
    return RoomFeeSaved(row.id, row.version, before, moved)


def _shown(form: RoomFeeForm) -> Mapping[str, Any]:
    return {
        "exempt": form.exempt, "quantity": form.quantity, "unit_price": form.unit_price, "valid_from": form.valid_from,
        "valid_to": form.valid_to, "reason": form.reason,
    }  # fmt: skip
