"""The lists of the page 收费标准: items, prices over time, exceptions of rooms, discounts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from desktop.services import fee_page
from desktop.services.fee_catalogue import FeeItemRow
from desktop.services.fee_page import (
    STATE_WORDS,
    WHEN_WORDS,
    DiscountLine,
    FeePage,
    ItemLine,
    ItemState,
    RoomFeeLine,
    TariffLine,
    When,
)
from desktop.services.fee_words import (
    BASIS_WORDS,
    SPAN_WORDS,
    cycle_words,
    discount_words,
    off_words,
    plain,
    price_unit,
    price_words,
    tier_words,
)
from desktop.services.room_fees import exception_words
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.list_page import span_of
from desktop.views.pages import Shell
from desktop.views.tables import RowTable

_STATES = {
    ItemState.CHARGED: ("ok", "circle-check"), ItemState.NO_PRICE: ("warn", "triangle-alert"),
    ItemState.COMING: ("info", "clock"), ItemState.ENDED: ("", "circle-slash"), ItemState.BY_HAND: ("", "pencil"),
}  # fmt: skip
_WHENS = {When.NOW: ("ok", "circle-check"), When.COMING: ("info", "clock"), When.PAST: ("", "history")}


def when_tag(when: When) -> TagLook:
    """现行, 将来 or 已过."""
    return TagLook(WHEN_WORDS[when], *_WHENS[when])


class ItemList(RowTable):
    """The items with today's price; a second line says how they are worked out and how often."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            [
                Column(self.tr("项目"), attrgetter("item.name"), kind=Kind.NAME, sample="住宅物业费与公摊",
                       strong=True, stretch=2, detail=_about),
                Column(self.tr("今天的单价"), _price, kind=Kind.NUMBER, sample="3 档 13.45–15.83", detail=_unit,
                       tone=_price_tone),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample="没有单价", tag=_state, fold=True),
            ],
            shell.run, two_lines=True,
        )  # fmt: skip
        self.setAccessibleName(self.tr("收费项目"))


class TariffList(RowTable):
    """The prices of an item: of today, to come, gone by."""

    def __init__(self, shell: Shell) -> None:
        self.unit = ""
        super().__init__(
            [
                Column(self.tr("状态"), str, kind=Kind.TAG, sample="现行", tag=_tariff_tag),
                Column(self.tr("单价"), _tariff_price, kind=Kind.NUMBER, sample="3 档 3.45–5.83", strong=True,
                       detail=_tariff_tax),
                Column(self.tr("适用"), attrgetter("scope"), kind=Kind.NAME, sample="1 栋商铺", stretch=1,
                       detail=_tariff_files),
                Column(self.tr("从"), _from, kind=Kind.DATE, sample="至 2026-12-31", detail=_until,
                       detail_title=self.tr("到")),
            ],
            shell.run, two_lines=True,
        )  # fmt: skip
        self.setAccessibleName(self.tr("价格"))
        self.say_when_empty(self.tr("还没有单价，这项不会出账"), self.tr("按 Ctrl+Enter 填第一个单价"))


class RoomFeeList(RowTable):
    """What is particular to rooms, a page at a time."""

    def __init__(self, shell: Shell) -> None:
        self.item: FeeItemRow | None = None
        super().__init__(
            [
                Column(self.tr("房间"), attrgetter("room"), kind=Kind.CODE, sample="12 栋 1203", strong=True),
                Column(self.tr("怎么收"), self._what, kind=Kind.NAME, sample="2 车位，单价", stretch=1, detail=_reason,
                       detail_title=self.tr("原因")),
                Column(self.tr("从"), _from, kind=Kind.DATE, sample="至 2026-12-31", detail=_until,
                       detail_title=self.tr("到")),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample="现行", tag=_line_tag),
            ],
            shell.run, two_lines=True,
        )  # fmt: skip
        self.setAccessibleName(self.tr("房间例外"))
        self.say_when_empty(self.tr("没有登记的房间"), self.tr("几个车位、自己的单价、免收：按 Ctrl+Enter 登记"))

    def _what(self, line: RoomFeeLine) -> str:
        return exception_words(line.row, self.item) if self.item is not None else ""


class DiscountList(RowTable):
    """The discount rules in the order in which they are taken."""

    def __init__(self, shell: Shell) -> None:
        self.names: dict[UUID, str] = {}
        super().__init__(
            [
                Column(self.tr("优惠"), attrgetter("row.name"), kind=Kind.NAME, sample="老租户续约优惠", strong=True,
                       stretch=1, detail=_condition),
                Column(self.tr("减"), _percent, kind=Kind.NUMBER, sample="12.5%", detail=_no_words),
                Column(self.tr("从哪些费用"), self._off, kind=Kind.NAME, sample="租金、物业费", stretch=1,
                       detail=_days),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample="现行", tag=_line_tag),
            ],
            shell.run, two_lines=True,
        )  # fmt: skip
        self.setAccessibleName(self.tr("优惠"))
        self.say_when_empty(self.tr("没有优惠规则"), self.tr("续约、预缴、提前缴、空置的优惠：按 Ctrl+Enter 新增"))

    def _off(self, line: DiscountLine) -> str:
        return off_words(line.row, self.names)


@dataclass(slots=True)
class RoomFeesSource:
    """The exceptions of an item; asked in reading jobs only."""

    read: Callable[..., Any]
    item_id: UUID
    text: str = ""

    def count(self) -> Count:
        return Count(self.read(fee_page.count_room_fees, self.item_id, self.text))

    def page(self, ask: Ask) -> Sequence[RoomFeeLine]:
        rows: Sequence[RoomFeeLine] = self.read(fee_page.list_room_fees, self.item_id, self.text, span_of(ask))
        return rows

    def key(self, row: RoomFeeLine) -> Hashable:
        return row.row.id


def names_of(page: FeePage) -> dict[UUID, str]:
    """Names of the items by id."""
    return {line.item.id: line.item.name for line in page.items}


# ---- what stands in the columns --------------------------------------------------------------------------------------


def _about(line: ItemLine) -> str:
    item = line.item
    if line.state is ItemState.BY_HAND:
        return BASIS_WORDS[item.basis]
    return f"{BASIS_WORDS[item.basis]} · {cycle_words(item.cycle_months)}"


def _price(line: ItemLine) -> str:
    """The price; where there is none, why the item is not charged: the column of states may be folded."""
    return line.price or ("—" if line.state is ItemState.BY_HAND else STATE_WORDS[line.state])


def _price_tone(line: ItemLine) -> str:
    return "warn" if line.state is ItemState.NO_PRICE else "" if line.price else "text-faint"


def _unit(line: ItemLine) -> str:
    return price_unit(line.item) if line.price else ""


def _state(line: ItemLine) -> TagLook:
    return TagLook(STATE_WORDS[line.state], *_STATES[line.state])


def _tariff_tag(line: TariffLine) -> TagLook:
    return when_tag(line.when)


def _tariff_price(line: TariffLine) -> str:
    return price_words(line.row)


def price_about(line: TariffLine) -> str:
    """Everything of a price that has no room in its row: tiers, least sum, tax, the paper that allows it."""
    row = line.row
    words = [f"{'，'.join(tier_words(row.tiers))}（{SPAN_WORDS[row.tier_span]}）"] if row.tiers else []
    words += [f"最低消费 {row.minimum}"] if row.minimum else []
    words += [f"含税 {plain(row.tax_rate * 100)}%"] if row.tax_rate is not None else []
    words += [f"依据 {row.document}"] if row.document else []
    words += [f"附件 {line.files} 个"] if line.files else []
    return " · ".join(words)


def _tariff_tax(line: TariffLine) -> str:
    return f"含税 {plain(line.row.tax_rate * 100)}%" if line.row.tax_rate is not None else ""


def _tariff_files(line: TariffLine) -> str:
    return f"附件 {line.files} 个" if line.files else "有依据" if line.row.document else ""


def _until(line: TariffLine | RoomFeeLine) -> str:
    return f"至 {line.row.valid_to}" if line.row.valid_to is not None else "长期"


def _from(line: Any) -> str:
    return str(line.row.valid_from)


def _to(line: Any) -> str:
    return str(line.row.valid_to) if line.row.valid_to is not None else "长期"


def _line_tag(line: RoomFeeLine | DiscountLine) -> TagLook:
    return when_tag(line.when)


def _reason(line: RoomFeeLine) -> str:
    return line.row.reason or ""


def _condition(line: DiscountLine) -> str:
    return discount_words(line.row)


def _percent(line: DiscountLine) -> str:
    return f"{plain(line.row.percent)}%"


def _no_words(_line: DiscountLine) -> str:
    return ""


def _days(line: DiscountLine) -> str:
    return f"{_from(line)} 至 {_to(line)}" if line.row.valid_to is not None else f"{_from(line)} 起"
