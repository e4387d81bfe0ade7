"""收费标准: the price list as it begins and as it stands, its dialogs with what is said in them, a charge by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from desktop.gallery.board import owing
from desktop.gallery.walk import Walk, wait_until
from desktop.services import fee_page
from desktop.services.fee_catalogue import FeeItemRow


def walk_fees(walk: Walk) -> None:
    """Items and prices, a price with tiers, a gap and an overlap, exceptions, discounts, and a charge by hand."""
    walk.sit_down()
    page = walk.go("fees")
    walk.shoot("12-fees")
    _items(walk)
    _prices(walk)
    _rooms(walk)
    _discounts(walk)
    _by_hand(walk)
    page = walk.go("fees")
    page.items.choose(0)
    walk.sit_down("cashier")
    walk.go("fees")
    walk.shoot("12-fees-cashier")
    walk.sit_down()


def _item(walk: Walk, name: str) -> FeeItemRow:
    found: fee_page.FeePage = walk.read(fee_page.fee_page)
    return next(line.item for line in found.items if line.item.name == name)


def _items(walk: Walk) -> None:
    """A new item and what is asked of it; one that is billed by the meter."""
    walk.press("Ctrl+N")
    walk.press("Ctrl+Return")
    walk.shoot("12-fees-item-new")
    walk.dialog.cancel()
    walk.page.items.stand_on(_item(walk, "自来水费").id)
    walk.quiet()
    walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("12-fees-item-water")
    walk.dialog.cancel()


def _prices(walk: Walk) -> None:
    """The prices of the property fee over time; one more, with what can be wrong; tiers."""
    walk.go("fees", item_id=_item(walk, "住宅物业费").id)
    walk.press("Ctrl+Return")
    wait_until(lambda: bool(walk.dialogs()))
    form = walk.dialog.form
    form.field("valid_from").set_value(date(walk.window.today().year + 1, 1, 1))
    form.field("unit_price").set_value(Decimal("3.10"))
    form.field("document").set_value("业委会 2026 年 11 号")
    walk.shoot("12-fees-price-new")
    form.field("valid_from").set_value(date(walk.window.today().year, 1, 1))
    form.field("unit_price").set_value(Decimal("31"))
    walk.press("Ctrl+Return")
    walk.shoot("12-fees-price-errors")
    walk.dialog.cancel()
    walk.go("fees", item_id=_item(walk, "自来水费").id)
    walk.shoot("12-fees-tiers")
    walk.press("Ctrl+1", "Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("12-fees-price-tiers")
    walk.dialog.cancel()


def _rooms(walk: Walk) -> None:
    """Who has how many spaces; one more room."""
    walk.go("fees", item_id=_item(walk, "地下车位费").id)
    walk.press("Ctrl+2")
    walk.shoot("12-fees-rooms")
    walk.press("Ctrl+Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.type("1-30")
    walk.press("Ctrl+Return")
    walk.shoot("12-fees-room-new")
    walk.dialog.cancel()


def _discounts(walk: Walk) -> None:
    walk.go("fees")
    walk.press("Ctrl+3")
    walk.shoot("12-fees-discounts")
    walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("12-fees-discount")
    walk.dialog.cancel()


def _by_hand(walk: Walk) -> None:
    """From the page of somebody who owes."""
    walk.go("party", party_id=owing(walk).tenant_id)
    walk.press("Ctrl+B")
    wait_until(lambda: bool(walk.dialogs()) and walk.dialog.facts is not None)
    walk.dialog.form.field("words").set_value("更换门锁")
    walk.shoot("12-one-off")
    walk.press("Ctrl+Return")
    walk.shoot("12-one-off-errors")
    walk.dialog.cancel()
