"""What the page 收费标准 shows: each item with its price of today, its prices over time, exceptions, discounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.fees import RoomFee
from desktop.models.places import Building, Room
from desktop.models.values import FeeBasis, Right
from desktop.services.fee_catalogue import (
    DiscountRow,
    FeeItemRow,
    RoomFeeRow,
    TariffRow,
    catalogue_from,
    discounts_of,
    holds,
    items_of,
    tariffs_of,
)
from desktop.services.fee_words import covers_words, price_words, scope_words
from desktop.services.fees import missing_of, propose_catalogue
from desktop.services.paging import Span
from desktop.services.rights import needs, part
from desktop.services.tariffs import FILE_KIND
from desktop.services.work import Look


class ItemState(StrEnum):
    """How an item stands today."""

    CHARGED = "charged"
    NO_PRICE = "no_price"
    COMING = "coming"
    ENDED = "ended"
    BY_HAND = "by_hand"


class When(StrEnum):
    """Whether a row with days holds today, later, or held before."""

    NOW = "now"
    COMING = "coming"
    PAST = "past"


WHEN_WORDS = {When.NOW: "现行", When.COMING: "将来", When.PAST: "已过"}
STATE_WORDS = {
    ItemState.CHARGED: "在收", ItemState.NO_PRICE: "没有单价", ItemState.COMING: "未开始", ItemState.ENDED: "已停收",
    ItemState.BY_HAND: "按次开单",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in the list."""

    item: FeeItemRow
    state: ItemState
    price: str
    """Of today, without its unit: 2.80, 2.80 等 3 个价; empty when there is none."""
    covers: str
    named: int
    """Rooms with an exception, or named, that holds today or later."""


@dataclass(frozen=True, slots=True)
class TariffLine:
    """A price in the list of an item."""

    row: TariffRow
    when: When
    scope: str
    files: int


@dataclass(frozen=True, slots=True)
class DiscountLine:
    """A discount rule in the list."""

    row: DiscountRow
    when: When


@dataclass(frozen=True, slots=True)
class FeePage:
    """Everything the page shows at once; exceptions come by the page."""

    today: date
    items: tuple[ItemLine, ...]
    """In the order of the office, ended ones last."""
    tariffs: Mapping[UUID, tuple[TariffLine, ...]]
    """Of each item: those of today, then those to come, then those gone by, the latest first."""
    discounts: tuple[DiscountLine, ...]
    buildings: Mapping[UUID, str]
    missing: tuple[str, ...]
    """Usual items that the office does not have."""


@dataclass(frozen=True, slots=True)
class RoomFeeLine:
    """An exception in the list of an item."""

    row: RoomFeeRow
    room: str
    when: When


def when_of(valid_from: date, valid_to: date | None, today: date) -> When:
    """Whether days lie around, behind or before today."""
    if valid_from > today:
        return When.COMING
    return When.NOW if valid_to is None or today <= valid_to else When.PAST


@needs(Right.SEE_BILLS)
def fee_page(look: Look) -> FeePage:
    """The items, prices and discounts of the office as they stand today."""
    today = look.world.today()
    catalogue = catalogue_from(items_of(look), tariffs_of(look), discounts=discounts_of(look))
    buildings, named, files = building_names(look), _named(look, today), _files(look)
    prices = {
        item.id: [row for rows in catalogue.tariffs.get(item.id, {}).values() for row in rows]
        for item in catalogue.items
    }
    lines = [_item_line(item, prices[item.id], buildings, named.get(item.id, 0), today) for item in catalogue.items]
    return FeePage(
        today,
        tuple(sorted(lines, key=lambda line: line.state is ItemState.ENDED)),
        {item: tuple(_tariff_lines(rows, buildings, files, today)) for item, rows in prices.items()},
        tuple(DiscountLine(row, when_of(row.valid_from, row.valid_to, today)) for row in catalogue.discounts),
        buildings,
        tuple(form.name for form in missing_of(propose_catalogue(today), [item.name for item in catalogue.items])),
    )


@part
def building_names(look: Look) -> dict[UUID, str]:
    """Names of the buildings in their order."""
    rows = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    return {row.id: row.name for row in rows}


def _item_line(
    item: FeeItemRow, rows: Sequence[TariffRow], buildings: Mapping[UUID, str], named: int, today: date
) -> ItemLine:
    now = [row for row in rows if holds(row, today)]
    if item.valid_to is not None and item.valid_to < today:
        state = ItemState.ENDED
    elif item.valid_from > today:
        state = ItemState.COMING
    elif item.basis is FeeBasis.ONE_OFF:
        state = ItemState.BY_HAND
    else:
        state = ItemState.CHARGED if now else ItemState.NO_PRICE
    return ItemLine(item, state, _today_words(now), covers_words(item, buildings, named), named)


def _today_words(now: Sequence[TariffRow]) -> str:
    if not now:
        return ""
    widest = min(now, key=lambda row: sum(each is not None for each in row.scope))
    return price_words(widest) if len(now) == 1 else f"{price_words(widest)} 等 {len(now)} 个价"


_ORDER = {When.NOW: 0, When.COMING: 1, When.PAST: 2}


def _tariff_lines(
    rows: Sequence[TariffRow], buildings: Mapping[UUID, str], files: Mapping[UUID, int], today: date
) -> list[TariffLine]:
    lines = [
        TariffLine(row, when_of(row.valid_from, row.valid_to, today), scope_words(row.scope, buildings),
                   files.get(row.id, 0))
        for row in rows
    ]  # fmt: skip
    lines.sort(key=lambda line: (line.scope, line.row.valid_from))
    lines.sort(key=lambda line: _ORDER[line.when])
    coming = [line for line in lines if line.when is not When.PAST]
    past = sorted(
        (line for line in lines if line.when is When.PAST), key=lambda line: line.row.valid_from, reverse=True
    )
    return [*coming, *past]


def _named(look: Look, today: date) -> dict[UUID, int]:
    rows = look.session.execute(
        sa.select(RoomFee.fee_item_id, sa.func.count(sa.distinct(RoomFee.room_id)).label("rooms"))
        .where(RoomFee.deleted_at.is_(None), sa.or_(RoomFee.valid_to.is_(None), RoomFee.valid_to >= today))
        .group_by(RoomFee.fee_item_id)
    )
    return {row.fee_item_id: int(row.rooms) for row in rows}


def _files(look: Look) -> dict[UUID, int]:
    rows = look.session.execute(
        sa.select(StoredFile.subject_id, sa.func.count().label("files"))
        .where(StoredFile.kind == FILE_KIND, StoredFile.deleted_at.is_(None))
        .group_by(StoredFile.subject_id)
    )
    return {row.subject_id: int(row.files) for row in rows}


# ---- exceptions, a page at a time -----------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def count_room_fees(look: Look, item_id: UUID, text: str = "") -> int:
    """How many exceptions an item has, of rooms whose number contains what is typed."""
    return int(look.session.scalar(_fees_of(item_id, text, sa.func.count())) or 0)


@needs(Right.SEE_BILLS)
def list_room_fees(look: Look, item_id: UUID, text: str, span: Span) -> list[RoomFeeLine]:
    """The exceptions of an item in the order of the rooms, the latest of a room first."""
    today = look.world.today()
    columns = (
        RoomFee.id, RoomFee.version, RoomFee.fee_item_id, RoomFee.room_id, RoomFee.valid_from, RoomFee.valid_to,
        RoomFee.exempt, RoomFee.quantity, RoomFee.unit_price, RoomFee.reason, Building.name, Room.number,
    )  # fmt: skip
    query = (
        _fees_of(item_id, text, *columns)
        .order_by(Building.sort, sa.func.length(Room.number), Room.number, RoomFee.valid_from.desc(), RoomFee.id)
        .offset(span.offset)
        .limit(span.limit)
    )
    return [
        RoomFeeLine(RoomFeeRow(*row[:10]), f"{row[10]} {row[11]}", when_of(row[4], row[5], today))
        for row in look.session.execute(query).all()
    ]


def _fees_of(item_id: UUID, text: str, *columns: Any) -> sa.Select[Any]:
    query: sa.Select[Any] = (
        sa.select(*columns)
        .select_from(RoomFee)
        .join(Room, Room.id == RoomFee.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(RoomFee.fee_item_id == item_id, RoomFee.deleted_at.is_(None))
    )
    if text.strip():
        query = query.where(Room.number.contains(text.strip(), autoescape=True))
    return query
