"""Discount rules 优惠规则: what the program takes off by itself and explains on the bill, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.fees import DiscountRule, FeeItem
from desktop.models.values import DiscountKind, FeeBasis, Right
from desktop.services import timeline
from desktop.services.changes import last_changes
from desktop.services.errors import NotFound, ProblemsFound, RowChanged
from desktop.services.fee_catalogue import RENT, DiscountRow, discounts_of, ids_of
from desktop.services.rights import needs
from desktop.services.work import Look, Work

NAME_LIMIT, DOCUMENT_LIMIT = 20, 60
MOST_OF: dict[DiscountKind, int] = {
    DiscountKind.LOYAL_RENEWAL: 20, DiscountKind.PREPAY_MONTHS: 60, DiscountKind.EARLY_PAYMENT: 365,
    DiscountKind.VACANCY: 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DiscountForm:
    """What the dialog of a discount rule gathers."""

    name: str
    kind: DiscountKind
    percent: Decimal | None
    valid_from: date
    valid_to: date | None = None
    threshold: int | None = None
    fee_item_ids: frozenset[UUID] = frozenset()
    of_rent: bool = False
    document: str = ""


@dataclass(frozen=True, slots=True)
class DiscountFacts:
    """What is known beside the form: items that may be chosen, with how they are worked out, and names in use."""

    items: Mapping[UUID, FeeBasis]
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DiscountSaved:
    """News of a discount rule; `before` None: it is new."""

    rule_id: UUID
    version: int
    name: str
    before: DiscountForm | None = None


def settled(form: DiscountForm) -> DiscountForm:
    """The form with what its kind decides: an empty room needs no threshold."""
    threshold = 0 if form.kind is DiscountKind.VACANCY else form.threshold
    return replace(form, name=form.name.strip(), threshold=threshold)


def discount_problems(form: DiscountForm, facts: DiscountFacts) -> dict[str, str]:
    """What is still to be mended of a discount rule, by field."""
    form, problems = settled(form), dict[str, str]()
    if not form.name:
        problems["name"] = "写上名称，账单上就这样印，例如 老租户续约优惠"
    elif len(form.name) > NAME_LIMIT:
        problems["name"] = f"最多 {NAME_LIMIT} 个字"
    elif form.name in facts.names:
        problems["name"] = f"已有「{form.name}」：换个名字"
    if form.percent is None or not 0 < form.percent <= 100:
        problems["percent"] = "减多少：大于 0，最多 100，例如 九五折写 5"
    elif form.percent != round(form.percent, 2):
        problems["percent"] = "最多 2 位小数"
    most = MOST_OF[form.kind]
    if form.kind is not DiscountKind.VACANCY and (form.threshold is None or not 1 <= form.threshold <= most):
        problems["threshold"] = f"写 1 到 {most}"
    if not form.fee_item_ids and not form.of_rent:
        problems["fees"] = "勾选从哪些费用里减"
    elif form.of_rent and form.kind is DiscountKind.VACANCY:
        problems["fees"] = "空置的房没有租金：去掉租金的勾"
    elif form.fee_item_ids - facts.items.keys():
        problems["fees"] = "有一项收费已经删除：重新勾选"
    elif any(facts.items[each] is FeeBasis.ONE_OFF for each in form.fee_item_ids):
        problems["fees"] = "一次性收费不打折：开单时直接写优惠后的金额"
    if form.valid_to is not None and form.valid_to < form.valid_from:
        problems["valid_to"] = f"止日早于起日 {form.valid_from}：改晚，或留空表示长期"
    if len(form.document) > DOCUMENT_LIMIT:
        problems["document"] = f"最多 {DOCUMENT_LIMIT} 个字"
    return problems


# ---- the acts --------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_TARIFFS)
def add_discount(work: Work, form: DiscountForm) -> DiscountSaved:
    """Another discount, taken after those before it. Raises ProblemsFound."""
    _refuse(work, form)
    row = DiscountRule(sort=int(work.session.scalar(sa.select(sa.func.max(DiscountRule.sort))) or 0) + 1)
    _write(row, settled(form))
    work.add(row)
    return _saved(work, row, None)


@needs(Right.EDIT_TARIFFS)
def change_discount(work: Work, rule_id: UUID, version: int, form: DiscountForm) -> DiscountSaved:
    """Correct a discount, or end it by its last day. Raises ProblemsFound, RowChanged."""
    row = work.take(DiscountRule, rule_id)
    stored = form_of(row)
    if row.version != version:
        by = last_changes(work, "discount_rule", [rule_id])
        raise RowChanged(_shown(stored), _shown(form), *timeline.last_act(work, rule_id), by)
    _refuse(work, form, but=rule_id)
    _write(row, settled(form))
    return _saved(work, row, stored)


@needs(Right.EDIT_TARIFFS)
def drop_discount(work: Work, rule_id: UUID, version: int) -> None:
    """A discount is granted no more; bills that were made keep it. Raises RowChanged."""
    row = work.take(DiscountRule, rule_id)
    if row.version != version:
        raise RowChanged({}, {}, *timeline.last_act(work, rule_id))
    row.deleted_at = work.at
    work.subject(row)
    work.record(dropped=row.name)


@needs(Right.EDIT_TARIFFS)
def bring_back_discount(work: Work, rule_id: UUID) -> None:
    """Undo of `drop_discount`. Raises ProblemsFound when another one bears its name by now."""
    row = work.session.get_one(DiscountRule, rule_id)
    _refuse(work, form_of(row), but=rule_id)
    row.deleted_at = None
    work.subject(row)
    work.record(discount=row.name)


@needs(Right.EDIT_TARIFFS)
def order_discounts(work: Work, rule_ids: Sequence[UUID]) -> None:
    """The order in which discounts are taken, each off what the earlier left; those not named come behind."""
    rows = work.session.scalars(
        sa.select(DiscountRule)
        .where(DiscountRule.deleted_at.is_(None))
        .order_by(DiscountRule.sort, DiscountRule.name, DiscountRule.id)
        .with_for_update()
    ).all()
    wanted = {rule_id: place for place, rule_id in enumerate(rule_ids)}
    for sort, row in enumerate(sorted(rows, key=lambda each: wanted.get(each.id, len(wanted))), 1):
        row.sort = sort
    work.record(order=len(rows))


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def discount_facts(look: Look, rule_id: UUID | None) -> DiscountFacts:
    """What the dialog of a discount needs beside its form; None: of a new one."""
    return _facts(look, rule_id)


@needs(Right.SEE_BILLS)
def discount_row(look: Look, rule_id: UUID) -> DiscountRow:
    """One rule as it is stored. Raises NotFound."""
    found = next((row for row in discounts_of(look) if row.id == rule_id), None)
    if found is None:
        raise NotFound("这条优惠")
    return found


def _facts(look: Look, but: UUID | None) -> DiscountFacts:
    items = look.session.execute(sa.select(FeeItem.id, FeeItem.basis).where(FeeItem.deleted_at.is_(None)))
    names = look.session.execute(sa.select(DiscountRule.id, DiscountRule.name).where(DiscountRule.deleted_at.is_(None)))
    return DiscountFacts(
        {row.id: row.basis for row in items}, frozenset(row.name for row in names if row.id != but)
    )  # fmt: skip


def _refuse(work: Work, form: DiscountForm, but: UUID | None = None) -> None:
    if problems := discount_problems(form, _facts(work, but)):
        raise ProblemsFound(problems)


def form_of(row: DiscountRule | DiscountRow) -> DiscountForm:
    """A stored rule as the dialog gathers it."""
    if isinstance(row, DiscountRow):
        items, of_rent = row.fee_item_ids, row.of_rent
    else:
        items, of_rent = ids_of(row.fee_item_ids), RENT in row.fee_item_ids
    return DiscountForm(
        row.name, row.kind, row.percent, row.valid_from, row.valid_to, row.threshold, items, of_rent,
        row.document or "",
    )  # fmt: skip


def _write(row: DiscountRule, form: DiscountForm) -> None:
    assert form.percent is not None
    row.name, row.kind, row.percent, row.threshold = form.name, form.kind, form.percent, form.threshold or 0
    row.fee_item_ids = [*([RENT] if form.of_rent else []), *sorted(each.hex for each in form.fee_item_ids)]
    row.valid_from, row.valid_to = form.valid_from, form.valid_to
    row.document = form.document.strip() or None


def _saved(work: Work, row: DiscountRule, before: DiscountForm | None) -> DiscountSaved:
    work.subject(row)
    work.record(discount=row.name)
    work.session.flush()
    return DiscountSaved(row.id, row.version, row.name, before)


def _shown(form: DiscountForm) -> dict[str, Any]:
    return {
        "name": form.name, "percent": form.percent, "threshold": form.threshold, "valid_from": form.valid_from,
        "valid_to": form.valid_to, "document": form.document,
    }  # fmt: skip
