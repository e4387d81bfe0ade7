"""What may be done on the page 收费标准: dialogs opened, things taken away, each with its way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.models.values import Right
from desktop.services import discount_rules, fees, room_fees, tariffs
from desktop.services.acts import Op
from desktop.services.discount_rules import DiscountFacts, DiscountSaved
from desktop.services.fee_catalogue import TariffRow
from desktop.services.fee_page import DiscountLine, FeePage, ItemLine, RoomFeeLine, TariffLine
from desktop.services.fee_words import price_words
from desktop.services.fees import ItemFacts, ItemSaved
from desktop.services.room_fees import RoomFeeSaved
from desktop.services.tariff_problems import TariffFacts
from desktop.services.tariffs import TariffSaved
from desktop.views import messages
from desktop.views.discount_dialog import DiscountDialog
from desktop.views.fee_dialogs import FeeItemDialog, TakeOverDialog
from desktop.views.fee_lists import names_of
from desktop.views.pages import Shell
from desktop.views.room_fee_dialog import RoomFeeDialog
from desktop.views.tariff_dialog import TariffDialog
from desktop.views.tariff_papers import TariffPapersDialog


class FeeActs(QObject):
    """`page` gives what stands on screen, None while it is read."""

    def __init__(self, shell: Shell, owner: QWidget, page: Callable[[], FeePage | None]) -> None:
        super().__init__(owner)
        self._shell, self._page = shell, page

    def _may(self) -> bool:
        may = self._shell.allowed(Right.EDIT_TARIFFS)
        if not may:
            messages.show_warning(self.tr("您的角色不能改收费标准：请主管登录后修改"))
        return may

    def _read(self, done: Callable[[Any], object], function: Any, *arguments: Any) -> None:
        self._shell.run(partial(self._shell.session.read, function, *arguments), done)

    def _act(self, done: Callable[[Any], object] | None, function: Any, *arguments: Any) -> None:
        job = partial(self._shell.session.act, Op.SAVE_TARIFF, function, *arguments)
        self._shell.run(job, done, write=True)

    def _told(self, words: str, undo: Callable[[], object] | None, _news: object = None) -> None:
        self._shell.toast(words, undo)

    def _undone(self, _news: object) -> None:
        self._shell.toast(self.tr("已撤销"))

    # items

    def take_over(self) -> None:
        """The usual items that are not here yet."""
        page = self._page()
        if page is None or not self._may():
            return
        dialog = TakeOverDialog(self._shell, page.missing)
        dialog.done.connect(self._taken_over)
        self._shell.open(dialog)

    def _taken_over(self, saved: tuple[ItemSaved, ...]) -> None:
        self._shell.toast(self.tr("已添加 {n} 项，接着填单价").format(n=len(saved)), partial(self._untake, saved))

    def _untake(self, saved: tuple[ItemSaved, ...]) -> None:
        self._shell.run(partial(_drop_all, self._shell.session, saved), self._undone, write=True)

    def add_item(self) -> None:
        """Something more to charge for."""
        if self._may():
            self._read(partial(self._open_item, None), fees.item_facts, None)

    def change_item(self, line: ItemLine) -> None:
        """Correct an item, or end it."""
        if self._may():
            self._read(partial(self._open_item, line.item), fees.item_facts, line.item.id)

    def _open_item(self, row: Any, facts: ItemFacts) -> None:
        page = self._page()
        dialog = FeeItemDialog(self._shell, facts, page.buildings if page is not None else {}, row)
        dialog.done.connect(self._item_saved)
        self._shell.open(dialog)

    def _item_saved(self, saved: ItemSaved) -> None:
        undo = (
            partial(self._act, self._undone, fees.drop_item, saved.item_id, saved.version)
            if saved.before is None
            else partial(self._act, self._undone, fees.change_item, saved.item_id, saved.version, saved.before)
        )
        words = self.tr("{name} 已添加，接着填单价") if saved.before is None else self.tr("{name} 已改")
        self._shell.toast(words.format(name=saved.name), undo)

    def drop_item(self, line: ItemLine) -> None:
        """An item entered by mistake, with its prices; refused once something hangs on it."""
        if self._may():
            words = self.tr("{name} 已删除").format(name=line.item.name)
            undo = partial(self._act, self._undone, fees.bring_back_item, line.item.id)
            self._act(partial(self._told, words, undo), fees.drop_item, line.item.id, line.item.version)

    def move_item(self, line: ItemLine, earlier: bool) -> None:
        """One place up or down."""
        if self._may():
            self._act(None, fees.move_item, line.item.id, earlier)

    # prices

    def add_price(self, line: ItemLine) -> None:
        """Another price from a day on."""
        if self._may():
            self._read(partial(self._open_price, None), tariffs.tariff_facts, line.item.id)

    def change_price(self, line: TariffLine) -> None:
        """Correct a price; without the right its approval is shown."""
        if self._shell.allowed(Right.EDIT_TARIFFS):
            self._read(partial(self._open_price, line.row.id), tariffs.tariff_facts, line.row.fee_item_id)
        else:
            self.show_papers(line)

    def _open_price(self, tariff_id: UUID | None, facts: TariffFacts) -> None:
        row = next((each for each in facts.rows if each.id == tariff_id), None)
        dialog = TariffDialog(self._shell, facts, row)
        dialog.done.connect(self._price_saved)
        self._shell.open(dialog)

    def _price_saved(self, saved: TariffSaved) -> None:
        words = self.tr("价格已存")
        if saved.moved is not None:
            words = self.tr("价格已存，{old} 到 {day} 为止").format(
                old=price_words(saved.moved), day=saved.moved.valid_to
            )
        undo = (
            partial(self._act, self._undone, tariffs.drop_tariff, saved.tariff_id, saved.version)
            if saved.before is None
            else partial(self._act, self._undone, tariffs.change_tariff, saved.tariff_id, saved.version, saved.before)
        )
        self._shell.toast(words, undo)

    def drop_price(self, line: TariffLine) -> None:
        """A price entered by mistake; the one before it goes on."""
        if self._may():
            self._act(partial(self._price_dropped, line.row), tariffs.drop_tariff, line.row.id, line.row.version)

    def _price_dropped(self, row: TariffRow, goes_on: TariffRow | None) -> None:
        words = self.tr("{price} 已删除").format(price=price_words(row))
        if goes_on is not None:
            words += self.tr("，{old} 继续有效").format(old=price_words(goes_on))
        self._shell.toast(words, partial(self._act, self._undone, tariffs.bring_back_tariff, row.id))

    def show_papers(self, line: TariffLine) -> None:
        """The approvals kept with a price, and another one."""
        self._read(partial(self._open_papers, line), tariffs.documents_of, line.row.id)

    def _open_papers(self, line: TariffLine, files: Any) -> None:
        self._shell.open(TariffPapersDialog(self._shell, line, files))

    # exceptions

    def add_fee(self, line: ItemLine) -> None:
        """Something particular to a room."""
        if self._may():
            self._open_fee(line, None)

    def change_fee(self, line: ItemLine, fee: RoomFeeLine) -> None:
        """Correct or end it."""
        if self._may():
            self._open_fee(line, fee)

    def _open_fee(self, line: ItemLine, fee: RoomFeeLine | None) -> None:
        dialog = RoomFeeDialog(self._shell, line.item, fee)
        dialog.done.connect(self._fee_saved)
        self._shell.open(dialog)

    def _fee_saved(self, saved: RoomFeeSaved) -> None:
        # Taking back a new one would have to open again what it closed: that is done by hand, in two steps.
        undo = (
            None
            if saved.moved is not None
            else partial(self._act, self._undone, room_fees.drop_room_fee, saved.room_fee_id, saved.version)
            if saved.before is None
            else partial(
                self._act, self._undone, room_fees.change_room_fee, saved.room_fee_id, saved.version, saved.before
            )
        )
        self._shell.toast(self.tr("房间登记已存"), undo)

    def drop_fee(self, line: RoomFeeLine) -> None:
        """Nothing is particular to the room any more."""
        if self._may():
            words = self.tr("{room} 的登记已删除").format(room=line.room)
            undo = partial(self._act, self._undone, room_fees.bring_back_room_fee, line.row.id)
            self._act(partial(self._told, words, undo), room_fees.drop_room_fee, line.row.id, line.row.version)

    # discounts

    def add_discount(self) -> None:
        """Another discount."""
        if self._may():
            self._read(partial(self._open_discount, None), discount_rules.discount_facts, None)

    def change_discount(self, line: DiscountLine) -> None:
        """Correct or end it."""
        if self._may():
            self._read(partial(self._open_discount, line.row), discount_rules.discount_facts, line.row.id)

    def _open_discount(self, row: Any, facts: DiscountFacts) -> None:
        page = self._page()
        dialog = DiscountDialog(self._shell, facts, names_of(page) if page is not None else {}, row)
        dialog.done.connect(self._discount_saved)
        self._shell.open(dialog)

    def _discount_saved(self, saved: DiscountSaved) -> None:
        undo = (
            partial(self._act, self._undone, discount_rules.drop_discount, saved.rule_id, saved.version)
            if saved.before is None
            else partial(
                self._act, self._undone, discount_rules.change_discount, saved.rule_id, saved.version, saved.before
            )
        )
        self._shell.toast(self.tr("{name} 已存").format(name=saved.name), undo)

    def drop_discount(self, line: DiscountLine) -> None:
        """It is granted no more."""
        if self._may():
            words = self.tr("{name} 已删除").format(name=line.row.name)
            undo = partial(self._act, self._undone, discount_rules.bring_back_discount, line.row.id)
            self._act(partial(self._told, words, undo), discount_rules.drop_discount, line.row.id, line.row.version)

    def order_discount(self, line: DiscountLine, by: int) -> None:
        """Taken one earlier or later."""
        page = self._page()
        if page is None or not self._may():
            return
        order = [each.row.id for each in page.discounts]
        here = order.index(line.row.id)
        there = here + by
        if 0 <= there < len(order):
            order[here], order[there] = order[there], order[here]
            self._act(None, discount_rules.order_discounts, order)


def _drop_all(session: Any, saved: tuple[ItemSaved, ...]) -> None:
    """In a writing job: the items that were taken over go again, those that are in use stay and say so."""
    for each in saved:
        session.act(Op.SAVE_TARIFF, fees.drop_item, each.item_id, each.version)
