"""Fee items 收费项目: what the office charges for, of which rooms, from whom and how often; a starter catalogue.

Nothing is charged of an item before a price stands (`tariffs`). What amounts were worked out from stays as it is once a
bill was made: another rule is another item, from the next day on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.fees import FeeItem, RoomFee, Tariff
from desktop.models.pools import SharedPool
from desktop.models.values import (
    LIABILITY_FEES,
    AreaKind,
    DebtorRule,
    FeeBasis,
    FeeType,
    MeterKind,
    Right,
    RoomKind,
    StubRule,
)
from desktop.services import timeline
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.fee_catalogue import ONE_DAY, FeeItemRow, ids_of, items_of, kinds_of
from desktop.services.fee_words import METERS_OF, cycle_words
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

NAME_LIMIT, UNIT_LIMIT = 20, 6
CYCLES = (1, 2, 3, 4, 6, 12)
CHARGED = tuple(fee for fee in FeeType if fee not in LIABILITY_FEES and fee not in (FeeType.RENT, FeeType.LATE_FEE))
"""Fee types an item may have: rent and deposits follow the lease, 违约金 follows arrears."""


@dataclass(frozen=True, slots=True)
class FeeItemForm:
    """What the dialog of a fee item gathers."""

    name: str
    fee_type: FeeType
    basis: FeeBasis
    valid_from: date
    valid_to: date | None = None
    debtor: DebtorRule = DebtorRule.OCCUPANT
    area_kind: AreaKind = AreaKind.BUILDING
    meter_kind: MeterKind | None = None
    every_room: bool = True
    room_kinds: frozenset[RoomKind] = frozenset()
    building_ids: frozenset[UUID] = frozenset()
    cycle_months: int = 1
    in_arrears: bool = False
    due_days: int = 10
    stub_rule: StubRule = StubRule.ACTUAL_DAYS
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is known beside the form: names of the other items that have not ended, and how far this one was billed."""

    names: frozenset[str] = frozenset()
    billed_to: date | None = None


@dataclass(frozen=True, slots=True)
class ItemSaved:
    """News of an item; `before` None: it is new."""

    item_id: UUID
    version: int
    name: str
    before: FeeItemForm | None = None


class ItemUsed(DomainError):
    """Something hangs on the item: it is ended, never taken away."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}已经有{what}，不能删除：填「停收日」停用它")
        self.what = what


def settled(form: FeeItemForm) -> FeeItemForm:
    """The form with what its basis decides by itself: metered fees are billed behind, only pieces have a unit."""
    metered = form.basis in (FeeBasis.METER, FeeBasis.SHARED)
    by_hand = form.basis is FeeBasis.ONE_OFF
    return replace(
        form,
        name=form.name.strip(),
        unit=form.unit.strip() if form.basis in (FeeBasis.PIECE, FeeBasis.ONE_OFF) else "",
        meter_kind=form.meter_kind if metered else None,
        in_arrears=form.in_arrears or metered,
        every_room=form.every_room and not by_hand,
        cycle_months=1 if by_hand else form.cycle_months,
    )


def item_problems(form: FeeItemForm, facts: ItemFacts, stored: FeeItemForm | None = None) -> dict[str, str]:
    """What is still to be mended of a fee item, by field. `stored`: how it stands, when it is changed."""
    form = settled(form)
    problems = _by_itself(form)
    if form.name in facts.names:
        problems["name"] = f"已有「{form.name}」：换个名字，例如加上楼栋或年份"
    if stored is not None and facts.billed_to is not None:
        _keep_what_was_billed(problems, form, settled(stored), facts.billed_to)
    return problems


def _by_itself(form: FeeItemForm) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not form.name:
        problems["name"] = "写上名称，账单上就这样印，例如 住宅物业费"
    elif len(form.name) > NAME_LIMIT:
        problems["name"] = f"最多 {NAME_LIMIT} 个字"
    if form.fee_type not in CHARGED:
        problems["fee_type"] = "租金和押金随租约收，这里选别的费用类型"
    if form.basis is FeeBasis.PIECE and not form.unit:
        problems["unit"] = "按什么计数，例如 车位"
    elif len(form.unit) > UNIT_LIMIT:
        problems["unit"] = f"最多 {UNIT_LIMIT} 个字"
    meters = METERS_OF.get(form.fee_type)
    if form.basis is FeeBasis.METER and form.meter_kind is None:
        problems["meter_kind"] = "选按哪种表计费"
    elif form.meter_kind is not None and meters is not None and form.meter_kind not in meters:
        problems["meter_kind"] = "这种表量的不是这项费用：改表计，或改费用类型"
    if form.cycle_months not in CYCLES:
        problems["cycle_months"] = "每 1、2、3、4、6 或 12 个月一期，从一月排起"
    if not 0 <= form.due_days <= 365:
        problems["due_days"] = "写 0 到 365 天"
    if form.valid_to is not None and form.valid_to < form.valid_from:
        problems["valid_to"] = f"停收日早于开始日 {form.valid_from}：改晚，或留空"
    return problems


_BILLED_WITH: dict[str, str] = {
    "fee_type": "费用类型", "basis": "计费方式", "area_kind": "面积口径", "meter_kind": "表计", "debtor": "谁来付",
    "cycle_months": "周期", "stub_rule": "零头算法", "unit": "计数单位", "valid_from": "开始日",
}  # fmt: skip
"""What amounts were worked out from: changed afterwards, a bill could not be explained by the item any more."""


def _keep_what_was_billed(problems: dict[str, str], form: FeeItemForm, stored: FeeItemForm, billed_to: date) -> None:
    for name, words in _BILLED_WITH.items():
        if getattr(form, name) != getattr(stored, name):
            problems[name] = f"已出账到 {billed_to}，{words}不能改：停收日填到那天，从 {billed_to + ONE_DAY} 起另建一项"
    if form.valid_to is not None and form.valid_to < billed_to and form.valid_to != stored.valid_to:
        problems["valid_to"] = f"已出账到 {billed_to}：停收日选那天或以后"


# ---- the acts --------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_TARIFFS)
def add_item(work: Work, form: FeeItemForm) -> ItemSaved:
    """Something more to charge for; nothing is charged before a price stands. Raises ProblemsFound."""
    return put_item(work, form)


@part
def put_item(work: Work, form: FeeItemForm) -> ItemSaved:
    """`add_item` inside another act."""
    if problems := item_problems(form, ItemFacts(_names(work))):
        raise ProblemsFound(problems)
    row = FeeItem(sort=int(work.session.scalar(sa.select(sa.func.max(FeeItem.sort))) or 0) + 1)
    _write(row, settled(form))
    work.add(row)
    work.subject(row)
    work.record(fee_item=row.name)
    work.session.flush()
    return ItemSaved(row.id, row.version, row.name)


@needs(Right.EDIT_TARIFFS)
def change_item(work: Work, item_id: UUID, version: int, form: FeeItemForm) -> ItemSaved:
    """Correct a fee item, or end it by its last day. Raises ProblemsFound, RowChanged."""
    row = work.take(FeeItem, item_id)
    stored = form_of(row)
    if row.version != version:
        by = last_changes(work, "fee_item", [item_id])
        raise RowChanged(_shown(stored), _shown(form), *timeline.last_act(work, item_id), by)
    facts = ItemFacts(_names(work, but=item_id), billed_to(work, item_id))
    if problems := item_problems(form, facts, stored):
        raise ProblemsFound(problems)
    _write(row, settled(form))
    work.subject(row)
    work.record(fee_item=row.name)
    work.session.flush()
    return ItemSaved(item_id, row.version, row.name, stored)


@needs(Right.EDIT_TARIFFS)
def drop_item(work: Work, item_id: UUID, version: int) -> None:
    """A fee item that was entered by mistake is gone, with its prices, while nothing was billed and no room is named.

    Raises ItemUsed, RowChanged.
    """
    row = work.take(FeeItem, item_id)
    if row.version != version:
        raise RowChanged({}, {}, *timeline.last_act(work, item_id))
    for what, query in (
        ("账单", sa.select(BillLine.id).where(BillLine.fee_item_id == item_id)),
        ("登记的房间", sa.select(RoomFee.id).where(RoomFee.fee_item_id == item_id, RoomFee.deleted_at.is_(None))),
        ("公摊", sa.select(SharedPool.id).where(SharedPool.fee_item_id == item_id, SharedPool.deleted_at.is_(None))),
    ):
        if work.session.scalar(query.limit(1)) is not None:
            raise ItemUsed(row.name, what)
    for tariff in work.session.scalars(
        sa.select(Tariff).where(Tariff.fee_item_id == item_id, Tariff.deleted_at.is_(None))
    ):
        tariff.deleted_at = work.at
    row.deleted_at = work.at
    work.subject(row)
    work.record(dropped=row.name)


@needs(Right.EDIT_TARIFFS)
def bring_back_item(work: Work, item_id: UUID) -> None:
    """Undo of `drop_item`: the item and the prices that went with it stand again."""
    row = work.session.get_one(FeeItem, item_id)
    gone = row.deleted_at
    if gone is None:
        return
    if row.name in _names(work):
        raise DomainError(f"已另有「{row.name}」：不用再恢复")
    for tariff in work.session.scalars(
        sa.select(Tariff).where(Tariff.fee_item_id == item_id, Tariff.deleted_at == gone)
    ):
        tariff.deleted_at = None
    row.deleted_at = None
    work.subject(row)
    work.record(fee_item=row.name)


@needs(Right.EDIT_TARIFFS)
def move_item(work: Work, item_id: UUID, earlier: bool) -> None:
    """One place up or down among the items, on screen and on the bill; at the end nothing happens."""
    rows = work.session.scalars(
        sa.select(FeeItem)
        .where(FeeItem.deleted_at.is_(None))
        .order_by(FeeItem.sort, FeeItem.name, FeeItem.id)
        .with_for_update()
    ).all()
    order = [row.id for row in rows]
    here = order.index(work.get(FeeItem, item_id).id)
    there = here - 1 if earlier else here + 1
    if 0 <= there < len(rows):
        order[here], order[there] = order[there], order[here]
    known = {row.id: row for row in rows}
    for sort, row_id in enumerate(order, 1):
        known[row_id].sort = sort
    work.subject_id("fee_item", item_id)
    work.record(order=len(order))


# ---- a catalogue to begin with ---------------------------------------------------------------------------------------


def propose_catalogue(today: date) -> tuple[FeeItemForm, ...]:
    """The usual fee items of an office, from today on, without prices: nothing is charged until one stands."""
    homes = frozenset({RoomKind.FLAT, RoomKind.ROOM, RoomKind.BED})
    return (
        FeeItemForm("住宅物业费", FeeType.PROPERTY_FEE, FeeBasis.AREA, today, room_kinds=homes),
        FeeItemForm(
            "地下车位费", FeeType.PARKING, FeeBasis.PIECE, today, every_room=False, unit="车位", cycle_months=1
        ),
        FeeItemForm(
            "自来水费", FeeType.WATER, FeeBasis.METER, today, meter_kind=MeterKind.WATER, in_arrears=True,
            cycle_months=2,
        ),
        FeeItemForm(
            "电费", FeeType.ELECTRICITY, FeeBasis.METER, today, meter_kind=MeterKind.ELECTRICITY, in_arrears=True,
            cycle_months=2,
        ),
        FeeItemForm(
            "燃气费", FeeType.GAS, FeeBasis.METER, today, meter_kind=MeterKind.GAS, in_arrears=True, cycle_months=2
        ),
        FeeItemForm(
            "宽带费", FeeType.INTERNET, FeeBasis.MONTHLY, today, every_room=False, debtor=DebtorRule.TENANT_ONLY
        ),
        FeeItemForm("垃圾清运费", FeeType.RUBBISH, FeeBasis.MONTHLY, today, room_kinds=homes, cycle_months=3),
        FeeItemForm("一次性收费", FeeType.OTHER, FeeBasis.ONE_OFF, today, every_room=False, unit="次"),
    )  # fmt: skip


def missing_of(proposed: Sequence[FeeItemForm], names: Collection[str]) -> tuple[FeeItemForm, ...]:
    """The proposed items that the office does not have yet, by name."""
    return tuple(form for form in proposed if form.name not in names)


@needs(Right.EDIT_TARIFFS)
def take_over_catalogue(work: Work, chosen: Sequence[FeeItemForm]) -> tuple[ItemSaved, ...]:
    """Several proposed items at once; those already here by name are passed over, so twice makes nothing twice."""
    saved = tuple(put_item(work, form) for form in missing_of(chosen, _names(work)))
    work.record(taken_over=len(saved))
    return saved


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def item_facts(look: Look, item_id: UUID | None) -> ItemFacts:
    """What the dialog of a fee item needs beside its form; None: of a new one."""
    return ItemFacts(_names(look, but=item_id), billed_to(look, item_id) if item_id is not None else None)


@needs(Right.SEE_BILLS)
def item_row(look: Look, item_id: UUID) -> FeeItemRow:
    """One item as it is stored. Raises NotFound."""
    found = items_of(look, item_id)
    if not found:
        raise NotFound("这项收费")
    return found[0]


@part
def billed_to(look: Look, item_id: UUID) -> date | None:
    """The last day for which a bill of the item stands; None: none was made. What was taken back does not count."""
    undone = sa.select(BillLine.reverses_id).where(BillLine.fee_item_id == item_id, BillLine.reverses_id.is_not(None))
    return look.session.scalar(
        sa.select(sa.func.max(BillLine.period_end)).where(
            BillLine.fee_item_id == item_id, BillLine.reverses_id.is_(None), BillLine.id.not_in(undone)
        )
    )


def form_of(row: FeeItem | FeeItemRow) -> FeeItemForm:
    """A stored item as the dialog gathers it."""
    kinds = row.room_kinds if isinstance(row.room_kinds, frozenset) else kinds_of(row.room_kinds)
    buildings = row.building_ids if isinstance(row.building_ids, frozenset) else ids_of(row.building_ids)
    return FeeItemForm(
        row.name, row.fee_type, row.basis, row.valid_from, row.valid_to, row.debtor, row.area_kind, row.meter_kind,
        row.every_room, kinds, buildings, row.cycle_months, row.in_arrears, row.due_days, row.stub_rule, row.unit or "",
    )  # fmt: skip


def _names(look: Look, but: UUID | None = None) -> frozenset[str]:
    """Names that are taken: of items that have not ended by today."""
    rows = look.session.execute(
        sa.select(FeeItem.id, FeeItem.name).where(
            FeeItem.deleted_at.is_(None), sa.or_(FeeItem.valid_to.is_(None), FeeItem.valid_to >= look.world.today())
        )
    )
    return frozenset(row.name for row in rows if row.id != but)


def _write(row: FeeItem, form: FeeItemForm) -> None:
    row.name, row.fee_type, row.basis, row.debtor = form.name, form.fee_type, form.basis, form.debtor
    row.area_kind, row.meter_kind, row.every_room = form.area_kind, form.meter_kind, form.every_room
    row.room_kinds = sorted(form.room_kinds)
    row.building_ids = sorted(each.hex for each in form.building_ids)
    row.cycle_months, row.in_arrears, row.due_days = form.cycle_months, form.in_arrears, form.due_days
    row.stub_rule, row.unit = form.stub_rule, form.unit or None
    row.valid_from, row.valid_to = form.valid_from, form.valid_to


def _shown(form: FeeItemForm) -> dict[str, Any]:
    return {
        "name": form.name, "debtor": form.debtor, "cycle_months": cycle_words(form.cycle_months),
        "due_days": form.due_days, "valid_from": form.valid_from, "valid_to": form.valid_to,
    }  # fmt: skip
