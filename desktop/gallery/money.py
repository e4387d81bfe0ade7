"""Money: bills and one bill, the till with everything that may be put down, receipts and their reversal."""

from __future__ import annotations

from typing import Any

from desktop.gallery.board import owing, tiles
from desktop.gallery.walk import Walk, wait_until
from desktop.models.payments import PaymentKind
from desktop.models.values import PayMethod
from desktop.services import bill_lists, billing, receipts
from desktop.services.bill_lists import BillFilter, BillState
from desktop.services.paging import Span


def walk_bills(walk: Walk) -> None:
    """The list with its figures and its empty form, a bill that is owed and one that is paid."""
    walk.sit_down()
    page = walk.go("bills")
    walk.shoot("06-bills")
    page.late_counter.click()
    walk.shoot("06-bills-late")
    walk.press("F10")
    walk.shoot("06-bills-conditions")
    walk.press("2", "2")
    walk.shoot("06-bills-conditions-values")
    walk.press("Esc")
    walk.shoot("06-bills-narrowed")
    walk.press("F6")
    walk.shoot("09-dialog-print-list")
    walk.dialog.cancel()
    walk.press("Esc")
    page.search.setFocus()
    walk.type("0000")
    walk.shoot("06-bills-nothing")
    walk.click("看全部账单")
    rows = walk.read(bill_lists.list_bills, BillFilter(BillState.ALL), Span(0, 400))
    late = next(row for row in rows if row.owed and row.owed < row.amount)
    walk.go("bill", bill_id=late.id)
    walk.shoot("06-bill-part-paid")
    meters = next(row for row in rows if row.owed and "×" in row.detail)
    walk.go("bill", bill_id=meters.id)
    walk.shoot("06-bill-meters")
    paid = next(row for row in rows if not row.owed)
    walk.go("bill", bill_id=paid.id)
    walk.shoot("06-bill-paid")


def walk_till(walk: Walk) -> None:
    """Who pays, how, how much; too little, too much, by several means; and after the money is taken."""
    walk.sit_down()
    page = walk.go("till")
    walk.shoot("06-till-payers")
    walk.type("不存在的人")
    walk.shoot("06-till-nobody")
    party_id = owing(walk).tenant_id
    page = walk.go("till", party_id=party_id)
    walk.shoot("06-till")
    page.form.given.selectAll()
    walk.type("20000")
    walk.shoot("06-till-change")
    page.form.method.set_value(PayMethod.WECHAT)
    walk.press("Return")
    walk.shoot("06-till-reference-missing")
    page.form.reference.setFocus()
    walk.type("4200001234")
    walk.press("Return")
    walk.shoot("06-till-too-much")
    page = walk.go("board") and walk.go("till", party_id=party_id)
    page.form.given.selectAll()
    walk.type("1000")
    walk.shoot("06-till-too-little")
    walk.press("Alt+1")
    walk.shoot("06-till-two-means")
    walk.click("由他人代交")
    walk.shoot("06-till-stand-in")
    walk.press("Esc")
    walk.go("board")
    _taken(walk)
    nobody = next(tile for tile in tiles(walk) if tile.tenant_id and not _bills(walk, tile))
    walk.go("till", party_id=nobody.tenant_id)
    walk.shoot("06-till-nothing-open")
    walk.sit_down("front_desk")
    walk.go("bills")
    walk.shoot("06-bills-front-desk")
    walk.sit_down()


def _bills(walk: Walk, tile: Any) -> list[Any]:
    return [row for row in walk.read(billing.bills_of, lease_id=tile.lease_id) if row.owed]


def _taken(walk: Walk) -> None:
    """The money is taken, with change, and the receipt printed."""
    some = next(tile for tile in tiles(walk) if tile.tenant_id and tile.overdue and tile is not owing(walk))
    page = walk.go("till", party_id=some.tenant_id)
    page.form.given.selectAll()
    walk.type(f"{page.form.given.value().fen // 100 + 60}")
    walk.press("Return")
    walk.shoot("06-till-choice")
    walk.press("Return")
    wait_until(
        lambda: page.paid.isVisible() and "打印" in page.paid.words.text() and "正在" not in page.paid.words.text()
    )
    walk.shoot("06-till-taken")
    walk.go("board")


def walk_receipts(walk: Walk) -> None:
    """A receipt, its reversal with the reason asked for, the red receipt and the one that was reversed."""
    walk.sit_down()
    lease_id = owing(walk).lease_id
    receipt = walk.read(receipts.receipts_of, lease_id=lease_id)[0]
    page = walk.go("receipts", scope="month")
    walk.shoot("06-receipts")
    walk.press("F10", "2", "1", "Esc")
    walk.shoot("06-receipts-narrowed")
    page.show_all()
    walk.press("Ctrl+3")
    walk.shoot("06-receipts-nothing")
    page = walk.go("receipt", payment_id=receipt.payment_id)
    walk.shoot("06-receipt")
    walk.press("Alt+1")
    walk.dialog.submit()
    walk.shoot("06-receipt-reverse")
    walk.dialog.form.field("reason").setFocus()
    walk.type("付款方式录错")
    walk.dialog.submit()
    wait_until(lambda: not walk.dialogs())
    wait_until(lambda: bool(page.shown.row.kind is PaymentKind.REVERSAL))
    wait_until(lambda: "正在" not in page.print_words.text())
    walk.shoot("06-receipt-red")
    walk.go("receipt", payment_id=receipt.payment_id)
    walk.shoot("06-receipt-reversed")
    _batch(walk)


def _batch(walk: Walk) -> None:
    """Many at once: what was found and what is left out, a range that cannot be, and one preview of everything."""
    walk.go("receipts")
    walk.press("F6", "Alt+1")
    dialog = walk.dialog
    dialog.form.field("since").set_value(None)
    walk.quiet()
    wait_until(lambda: bool(dialog.rows()))
    dialog.table.setFocus()
    dialog.table.choose(0)
    walk.press("Space")
    walk.shoot("06-batch")
    dialog.form.field("last").setFocus()
    walk.type("1")
    dialog.form.field("first").setFocus()
    walk.type("5")
    walk.shoot("06-batch-range")
    dialog.form.field("last").set_value("8")
    walk.quiet()
    wait_until(lambda: bool(dialog.rows()))
    walk.press("Alt+1")
    walk.shoot("06-batch-preview")
    walk.press("Esc", "Esc")
