"""收费标准: the items an office charges for at the left, prices over time, exceptions and discounts of them right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import FeeBasis, Right
from desktop.services import fee_page
from desktop.services.fee_page import DiscountLine, FeePage, ItemLine, ItemState, RoomFeeLine, TariffLine
from desktop.services.fee_words import DEBTOR_SHORT, price_unit
from desktop.views.buttons import Button
from desktop.views.fee_acts import FeeActs
from desktop.views.fee_lists import (
    DiscountList,
    ItemList,
    RoomFeeList,
    RoomFeesSource,
    TariffList,
    names_of,
    price_about,
)
from desktop.views.keys import bind, key_words
from desktop.views.labels import Card, FreeText, label
from desktop.views.pages import Command, Page, Shell
from desktop.views.tabbed_card import ListTab, TabbedCard
from desktop.views.tables import RowTable, fill
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState


class FeesPage(Page):
    """Opened with `item_id` to stand on an item."""

    help_topic = "fees"
    tables = frozenset({"fee_item", "tariff", "room_fee", "discount_rule", "building", "room", "stored_file"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shown: FeePage | None = None
        self.acts = FeeActs(shell, self, self._page)
        self._wanted: UUID | None = None
        self._source: RoomFeesSource | None = None
        self._asked = 0
        self._build()
        self._wire()

    def _page(self) -> FeePage | None:
        return self.shown

    def _build(self) -> None:
        self.usual = Button(self.tr("常用项目"), "secondary", icon="list-checks", key="Ctrl+M", size="small")
        self.add_item = Button(self.tr("新增项目"), "secondary", icon="plus", key="Ctrl+N", size="small")
        self.set_head(self.tr("收费标准"), "", self.usual, self.add_item)
        self.items = ItemList(self.shell)
        self.prices, self.fees = TariffList(self.shell), RoomFeeList(self.shell)
        self.discounts = DiscountList(self.shell)
        self.new_price = self._button(self.tr("新价格"), "primary", "plus", "Ctrl+Return")
        self.papers = self._button(self.tr("批准文件"), "secondary", "paperclip", "Alt+1")
        self.new_fee = self._button(self.tr("登记房间"), "primary", "plus", "Ctrl+Return")
        self.new_discount = self._button(self.tr("新增"), "primary", "plus", "Ctrl+Return")
        self.earlier = self._button(self.tr("先减"), "secondary", "arrow-up", "Alt+1")
        self.later = self._button(self.tr("后减"), "secondary", "arrow-down", "Alt+2")
        self.find_room = SearchField(self.tr("房号"))
        self.find_room.setAccessibleName(self.tr("找房间"))
        self.lead = FreeText("", token="text-muted")
        self.about = label("", "muted", wrap=True)
        self.about.setContentsMargins(12, 2, 12, 8)
        prices = self._tab(self.prices, self.lead, self.papers, self.new_price)
        prices.layout().addWidget(self.about)
        self.card = TabbedCard(
            [
                ListTab("prices", self.tr("价格"), prices, self.prices),
                ListTab("rooms", self.tr("房间例外"), self._tab(self.fees, self.find_room, self.new_fee), self.fees),
                ListTab("discounts", self.tr("优惠"),
                        self._tab(self.discounts, QWidget(), self.earlier, self.later,
                                  self.new_discount), self.discounts),
            ]
        )  # fmt: skip
        self.card.bind_keys(self)
        left = Card()
        left.body.setContentsMargins(1, 1, 1, 1)
        left.body.addWidget(self.items)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(10)
        across.addWidget(left, 6)
        across.addWidget(self.card, 7)
        self.first = Button(self.tr("添加常用项目"), "primary", icon="list-checks", key="Return")
        self.empty = EmptyState(
            self.tr("还没有收费项目"),
            self.tr("物业费、车位费、水电燃气、宽带、垃圾费：先添加常用项目，再填单价。没有单价的项目不会出账。"),
            [self.first], icon="calculator", tone="info",
        )  # fmt: skip
        self.stack = QStackedWidget()
        self.stack.addWidget(row)
        self.stack.addWidget(self.empty)
        self.body.addWidget(self.stack, 1)

    def _button(self, words: str, kind: str, icon: str, key: str) -> Button:
        return Button(words, kind, icon=icon, key=key, size="small")

    @staticmethod
    def _tab(table: RowTable, leading: QWidget, *buttons: Button) -> QWidget:
        """A list with what may be done in it above."""
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(8)
        row.addWidget(leading, 1)
        for button in buttons:
            row.addWidget(button)
        column.addLayout(row)
        column.addWidget(table, 1)
        return made

    def _wire(self) -> None:
        for button, slot in (
            (self.usual, self.acts.take_over), (self.first, self.acts.take_over), (self.add_item, self.acts.add_item),
            (self.new_price, self._new_price), (self.papers, self._papers), (self.new_fee, self._new_fee),
            (self.new_discount, self.acts.add_discount), (self.earlier, self._earlier), (self.later, self._later),
        ):  # fmt: skip
            button.clicked.connect(slot)
        for table in (self.items, self.prices, self.fees, self.discounts):
            table.opened.connect(self._open)
            table.menu_wanted.connect(self._menu)
        self.items.current_row.connect(self._item_chosen)
        self.prices.current_row.connect(self._price_chosen)
        self.find_room.searched.connect(self._show_fees)
        # Of the lists, not of the page: in the box for room numbers Delete is the one of every text.
        tables = (self.items, self.prices, self.fees, self.discounts)
        self._deletes = [bind(table, "Delete", self._drop) for table in tables]
        self._up = bind(self.items, "Alt+Up", self._move_up)
        self._down = bind(self.items, "Alt+Down", self._move_down)
        reason = "" if self.shell.allowed(Right.EDIT_TARIFFS) else self.tr("您的角色不能改收费标准：请主管登录后修改")
        for button in (self.usual, self.first, self.add_item, self.new_price, self.new_fee, self.new_discount,
                       self.earlier, self.later):  # fmt: skip
            button.allow(reason)

    # the page

    def hints(self) -> str:
        return self.tr(
            "Enter 修改 · Ctrl+1 价格 · Ctrl+2 房间例外 · Ctrl+3 优惠 · Delete 删除 · Alt+↑↓ 排序 · 右键更多"
        )

    def opened(self, params: dict[str, Any]) -> None:
        self._wanted = params.get("item_id")
        self._load()
        self.items.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def command(self, command: Command) -> bool:
        if command is Command.EDIT:
            table = self._table()
            if table.current() is not None:
                self._open(table.current())
            return True
        if command is Command.REFRESH:
            self._load()
            return True
        return False

    def _load(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, fee_page.fee_page)
        self.shell.run(read, partial(self._answered, self._asked), self.shell.read_failed)

    def _answered(self, asked: int, page: FeePage) -> None:
        if asked == self._asked:
            self.show_page(page)

    def show_page(self, page: FeePage) -> None:
        """Show everything; the item in hand stays in hand."""
        first = self.shown is None
        self.shown = page
        self.stack.setCurrentIndex(0 if page.items else 1)
        self.usual.setVisible(bool(page.missing) and bool(page.items))
        fill(self.items, page.items, attrgetter("item.id"))
        if self._wanted is not None:
            self.items.stand_on(self._wanted)
            self._wanted = None
        elif self.items.current() is None and page.items:
            self.items.choose(0)
        self.discounts.names = names_of(page)
        fill(self.discounts, page.discounts, attrgetter("row.id"))
        self._show_item()
        if not page.items:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)
        elif first:
            self.items.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def item(self) -> ItemLine | None:
        """The item in hand, as it stands by now."""
        line = self.items.current()
        if line is None or self.shown is None:
            return None
        return next((each for each in self.shown.items if each.item.id == line.item.id), None)

    def _item_chosen(self, _line: ItemLine | None) -> None:
        self._show_item()

    def _show_item(self) -> None:
        line, page = self.item, self.shown
        if line is None or page is None:
            return
        lines = page.tariffs.get(line.item.id, ())
        fill(self.prices, lines, attrgetter("row.id"))
        self._price_chosen(self.prices.current())
        unit = price_unit(line.item)
        self.lead.setText(self.tr("单价 {unit}").format(unit=unit))
        self._show_fees()
        self.card.show_counts(
            [("prices", f"{len(lines)}"), ("rooms", f"{line.named}"), ("discounts", f"{len(page.discounts)}")]
        )
        may = self.shell.allowed(Right.EDIT_TARIFFS)
        if may:
            self.new_fee.allow(self.tr("一次性收费没有房间例外") if line.item.basis is FeeBasis.ONE_OFF else "")

    def _price_chosen(self, line: TariffLine | None) -> None:
        """Who owes, and what has no room in the row of the price in hand, else of the first one."""
        item = self.item
        if item is None or self.shown is None:
            return
        if item.state is ItemState.BY_HAND:
            words = [self.tr("开单时可以改单价")]
        else:
            words = [self.tr("{who}付 · {rooms}").format(who=DEBTOR_SHORT[item.item.debtor], rooms=item.covers)]
        shown = line or next(iter(self.shown.tariffs.get(item.item.id, ())), None)
        if shown is not None and (about := price_about(shown)):
            words.append(about)
        self.about.setText("\n".join(words))

    def _show_fees(self, _text: str = "") -> None:
        line = self.item
        if line is not None:
            self.fees.item = line.item
            wanted = RoomFeesSource(self.shell.session.read, line.item.id, self.find_room.value())
            if wanted == self._source:  # the row in hand stays in hand
                self.fees.refresh()
            else:
                self._source = wanted
                self.fees.show_source(wanted)

    # what is done

    def _table(self) -> RowTable:
        """The list that the clerk is in."""
        tables = (self.prices, self.fees, self.discounts)
        return next((table for table in tables if table.hasFocus()), self.items)

    def _open(self, line: Any) -> None:
        """Enter or a double click: correct it, or look at its approval without the right to change prices."""
        if isinstance(line, ItemLine):
            self.acts.change_item(line)
        elif isinstance(line, TariffLine):
            self.acts.change_price(line)
        elif isinstance(line, RoomFeeLine) and self.item is not None:
            self.acts.change_fee(self.item, line)
        elif isinstance(line, DiscountLine):
            self.acts.change_discount(line)

    def _new_price(self) -> None:
        if self.item is not None:
            self.acts.add_price(self.item)

    def _new_fee(self) -> None:
        if self.item is not None:
            self.acts.add_fee(self.item)

    def _papers(self) -> None:
        line = self.prices.current()
        if line is None and self.prices.rows.rowCount():
            self.prices.choose(0)
            line = self.prices.current()
        if line is not None:
            self.acts.show_papers(line)

    def _earlier(self) -> None:
        self._order(-1)

    def _later(self) -> None:
        self._order(1)

    def _order(self, by: int) -> None:
        line = self.discounts.current()
        if line is not None and self.shown is not None:
            self.acts.order_discount(line, by)

    def _move_up(self) -> None:
        self._move(earlier=True)

    def _move_down(self) -> None:
        self._move(earlier=False)

    def _move(self, *, earlier: bool) -> None:
        if self.item is not None:
            self.acts.move_item(self.item, earlier)

    def _drop(self) -> None:
        line = self._table().current()
        if isinstance(line, ItemLine):
            self.acts.drop_item(line)
        elif isinstance(line, TariffLine):
            self.acts.drop_price(line)
        elif isinstance(line, RoomFeeLine):
            self.acts.drop_fee(line)
        elif isinstance(line, DiscountLine):
            self.acts.drop_discount(line)

    def _menu(self, line: Any, at: QPoint) -> None:
        menu = QMenu(self)
        entries: list[tuple[str, str, Callable[[], object]]] = [(self.tr("修改"), "Return", partial(self._open, line))]
        if isinstance(line, ItemLine):
            entries += [
                (self.tr("新价格"), "Ctrl+Return", self._new_price),
                (self.tr("上移"), "Alt+Up", self._move_up),
                (self.tr("下移"), "Alt+Down", self._move_down),
            ]
        elif isinstance(line, TariffLine):
            entries.append((self.tr("批准文件"), "Alt+1", self._papers))
        entries.append((self.tr("删除"), "Delete", self._drop))
        for words, key, slot in entries:
            menu.addAction(f"{words}\t{key_words(key)}").triggered.connect(_Called(slot))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)


class _Called:
    """A slot of a menu entry: it takes no tick."""

    def __init__(self, slot: Callable[[], object]) -> None:
        self._slot = slot

    def __call__(self, *_: object) -> None:
        self._slot()
