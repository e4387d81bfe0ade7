"""Prices 计费单价 of a fee item: from a day on, for all rooms, a building or a kind, with the paper that allows them.

A new price closes the open one the day before, in the same act. Two prices never hold on one day for one scope; days
without any are charged nothing and are agreed to. What was billed under a price stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.fees import FeeItem, Tariff
from desktop.models.places import Building
from desktop.models.values import Right
from desktop.services import attachments, timeline
from desktop.services.attachments import FileForm, FileRow
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.fee_catalogue import TariffRow, items_of, tariffs_of, tiers_of
from desktop.services.fee_words import price_words, scope_words
from desktop.services.rights import needs
from desktop.services.tariff_days import billed_days, last_other_day, plan_without
from desktop.services.tariff_problems import TariffFacts, TariffForm, row_of, tariff_plan, tariff_problems
from desktop.services.work import Look, Work

FILE_KIND = "tariff_document"


@dataclass(frozen=True, slots=True)
class TariffSaved:
    """News of a price; `before` None: it is new. `moved`: the price before it, which now ends the day before."""

    tariff_id: UUID
    version: int
    before: TariffForm | None
    moved: TariffRow | None


@needs(Right.EDIT_TARIFFS)
def add_tariff(work: Work, form: TariffForm, closes: UUID | None) -> TariffSaved:
    """Another price from a day on; the open one of its scope ends the day before.

    `closes`: the price that the screen told would end. Raises ProblemsFound; DomainError when it is another one by now.
    """
    facts = _facts(work, form.fee_item_id, lock=True)
    if problems := tariff_problems(form, facts):
        raise ProblemsFound(problems)
    plan = tariff_plan(form, facts)
    if (plan.moved.id if plan.moved is not None else None) != closes:
        raise DomainError("刚有人改过这项的价格：看一眼最新的价格，再存一次", "valid_from")
    _close(work, plan.moved)
    row = Tariff(fee_item_id=form.fee_item_id)
    _write(row, form)
    work.add(row)
    _keep_file(work, row, form.file)
    return _saved(work, row, None, plan.moved)


@needs(Right.EDIT_TARIFFS)
def change_tariff(work: Work, tariff_id: UUID, version: int, form: TariffForm) -> TariffSaved:
    """Correct a price under which nothing was billed on the days that change; its scope stays. Raises ProblemsFound,
    RowChanged."""
    facts = _facts(work, form.fee_item_id, lock=True)
    row = work.take(Tariff, tariff_id)
    stored = form_of(row)
    if row.version != version:
        by = last_changes(work, "tariff", [tariff_id])
        raise RowChanged(_shown(stored), _shown(form), *timeline.last_act(work, form.fee_item_id), by)
    if form.scope != stored.scope:
        raise ProblemsFound({"building_id": "价格的适用范围不能改：删除它，按新的范围新增一个"})
    if problems := tariff_problems(form, facts, tariff_id):
        raise ProblemsFound(problems)
    plan = tariff_plan(form, facts, tariff_id)
    _close(work, plan.moved)
    _write(row, form)
    _keep_file(work, row, form.file)
    return _saved(work, row, stored, plan.moved)


@needs(Right.EDIT_TARIFFS)
def drop_tariff(work: Work, tariff_id: UUID, version: int) -> TariffRow | None:
    """A price that was entered by mistake is gone; the one that ended the day before it goes on and is returned.

    Raises DomainError when something was billed under it, RowChanged.
    """
    row = work.take(Tariff, tariff_id)
    facts = _facts(work, row.fee_item_id, lock=True)
    if row.version != version:
        raise RowChanged({}, {}, *timeline.last_act(work, row.fee_item_id))
    mine = next(each for each in facts.rows if each.id == tariff_id)
    plan = plan_without(mine, facts.rows)
    if (found := last_other_day(facts.item, facts.rows, plan.after, facts.billed)) is not None:
        where = scope_words((found[0].building_id, found[0].room_kind), facts.buildings)
        raise DomainError(f"{where}已按这个价出账到 {found[1]}，不能删除：把止日填到那天或以后")
    _close(work, plan.moved)
    row.deleted_at = work.at
    work.subject_id("fee_item", row.fee_item_id)
    work.record(dropped_price=price_words(mine), since=row.valid_from.isoformat())
    return plan.moved


@needs(Right.EDIT_TARIFFS)
def bring_back_tariff(work: Work, tariff_id: UUID) -> TariffSaved:
    """Undo of `drop_tariff`: the price stands again, the one before it ends the day before. Raises ProblemsFound."""
    row = work.session.get_one(Tariff, tariff_id)
    if row.deleted_at is None:
        return TariffSaved(row.id, row.version, None, None)
    facts, form = _facts(work, row.fee_item_id, lock=True), form_of(row)
    if problems := tariff_problems(form, facts):
        raise ProblemsFound(problems)
    plan = tariff_plan(form, facts)
    _close(work, plan.moved)
    row.deleted_at = None
    return _saved(work, row, None, plan.moved)


# ---- the paper that allows it ----------------------------------------------------------------------------------------


@needs(Right.EDIT_TARIFFS)
def add_document(work: Work, tariff_id: UUID, file: FileForm) -> UUID:
    """Keep the approval of a price with it; also of one that was billed. Raises FileTooLarge."""
    row = work.get(Tariff, tariff_id)
    work.subject_id("fee_item", row.fee_item_id)
    work.record(document=True)
    return attachments.put_file(work, FILE_KIND, "tariff", tariff_id, file)


@needs(Right.SEE_BILLS)
def documents_of(look: Look, tariff_id: UUID) -> tuple[FileRow, ...]:
    """The approvals kept with a price, the newest first."""
    return attachments.files_of(look, tariff_id)


@needs(Right.SEE_BILLS)
def read_document(look: Look, file_id: UUID) -> FileForm:
    """An approval in clear. Raises NotFound, also for files of another kind: this right does not open those."""
    if look.get(StoredFile, file_id).kind != FILE_KIND:
        raise NotFound("这个文件")
    return attachments.file_content(look, file_id)


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def tariff_facts(look: Look, item_id: UUID) -> TariffFacts:
    """What the dialog of a price needs beside its form. Raises NotFound."""
    return _facts(look, item_id)


def _facts(look: Look, item_id: UUID, lock: bool = False) -> TariffFacts:
    if lock:
        assert isinstance(look, Work)
        look.take(FeeItem, item_id)  # two who price one item at once come one after the other
    item = next(iter(items_of(look, item_id)), None)
    if item is None:
        raise NotFound("这项收费")
    rows = tuple(tariffs_of(look, item_id))
    buildings = {
        row.id: row.name
        for row in look.session.execute(
            sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
        )
    }
    return TariffFacts(item, rows, buildings, billed_days(look, item_id), look.world.today())


def form_of(row: Tariff | TariffRow) -> TariffForm:
    """A stored price as the dialog gathers it. Gaps beside it were agreed to when it was stored."""
    tiers = row.tiers if isinstance(row, TariffRow) else tiers_of(row.tiers)
    return TariffForm(
        row.fee_item_id, row.valid_from, row.valid_to, row.building_id, row.room_kind, row.unit_price, tiers,
        row.tier_span, row.one_line, row.minimum, row.tax_rate, row.document or "", pauses=True,
    )  # fmt: skip


def _write(row: Tariff, form: TariffForm) -> None:
    row.building_id, row.room_kind = form.building_id, form.room_kind
    row.valid_from, row.valid_to = form.valid_from, form.valid_to
    row.unit_price = None if form.tiers else form.unit_price
    row.tiers = [[None if upto is None else f"{upto:f}", f"{price:f}"] for upto, price in form.tiers]
    row.tier_span, row.one_line, row.minimum = form.tier_span, form.one_line, form.minimum
    row.tax_rate, row.document = form.tax_rate, form.document.strip() or None


def _close(work: Work, moved: TariffRow | None) -> None:
    if moved is not None:
        work.take(Tariff, moved.id).valid_to = moved.valid_to


def _keep_file(work: Work, row: Tariff, file: FileForm | None) -> None:
    if file is not None:
        attachments.put_file(work, FILE_KIND, "tariff", row.id, file)


def _saved(work: Work, row: Tariff, before: TariffForm | None, moved: TariffRow | None) -> TariffSaved:
    work.subject_id("fee_item", row.fee_item_id)
    work.record(price=price_words(row_of(form_of(row))), since=row.valid_from.isoformat())
    work.session.flush()
    return TariffSaved(row.id, row.version, before, moved)


def _shown(form: TariffForm) -> dict[str, Any]:
    return {
        "unit_price": form.unit_price, "tiers": form.tiers, "valid_from": form.valid_from, "valid_to": form.valid_to,
        "minimum": form.minimum, "tax_rate": form.tax_rate, "document": form.document,
    }  # fmt: skip
