"""Money: bills and one bill, the till with everything that may be put down, receipts and their reversal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from desktop.gallery.board import owing, tiles
from desktop.gallery.walk import Walk, wait_until
from desktop.models.payments import PaymentKind
from desktop.models.values import FeeType, Money, PayMethod
from desktop.ocr.id_number import make_id_number
from desktop.services import bill_lists, billing, receipts
from desktop.services.acts import Op
from desktop.services.bill_lists import BillFilter, BillState
from desktop.services.paging import Span
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import PROGRAM, begin


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
    walk.press("Alt+3")
    walk.shoot("06-till-legal-order")
    page = walk.go("board") and walk.go("till", party_id=party_id)
    page.form.given.selectAll()
    walk.type("1000")
    walk.press("Alt+1")
    walk.shoot("06-till-two-means")
    walk.press("Alt+6")
    walk.shoot("06-till-others")
    other = next(tile for tile in tiles(walk) if tile.tenant_id and tile.overdue and tile is not owing(walk))
    page._chosen_person(other.tenant_id, "")
    walk.quiet()
    walk.shoot("06-till-for-others")
    walk.click("由他人代交")
    walk.shoot("06-till-stand-in")
    walk.press("Esc")
    walk.go("board")
    _taken(walk)
    nobody = next(tile for tile in tiles(walk) if tile.tenant_id and not _bills(walk, tile))
    page = walk.go("till", party_id=nobody.tenant_id)
    walk.shoot("06-till-nothing-open")
    walk.press("Alt+8")
    walk.type("500")
    walk.shoot("06-till-ahead")
    walk.press("Return")
    wait_until(lambda: page.paid.isVisible() and "正在" not in page.paid.words.text())
    walk.shoot("06-till-ahead-taken")
    page = walk.go("board") and walk.go("till", party_id=nobody.tenant_id)
    walk.press("Alt+9")
    walk.shoot("06-till-refund")
    walk.dialog.cancel()
    _lessened(walk, nobody.tenant_id)
    walk.sit_down("front_desk")
    walk.go("bills")
    walk.shoot("06-bills-front-desk")
    walk.sit_down()


def _lessened(walk: Walk, party_id: Any) -> None:
    """Credit, small coins, a bill in the tenant's favour, and a serial that was taken before."""
    walk.sit_down("cashier")  # who may let nothing off without a colleague's word
    _put_bill(walk, party_id, "水费", "412.33")
    page = walk.go("board") and walk.go("till", party_id=party_id)
    walk.shoot("06-till-credit-and-coins")
    walk.press("Alt+4")
    walk.shoot("06-till-credit-used")
    walk.press("Alt+4")
    walk.press("Alt+5")
    walk.shoot("06-till-rounded")
    walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("06-till-rounding-asked")
    walk.dialog.cancel()
    walk.quiet()
    _put_bill(walk, party_id, "水费更正", "-52.00")
    page = walk.go("board") and walk.go("till", party_id=party_id)
    walk.shoot("06-till-set-off")
    receipt = next(row for row in walk.read(receipts.receipts_of) if PayMethod.WECHAT in row.methods and row.stands)
    reference = walk.read(receipts.receipt_page, receipt.payment_id).tenders[0].reference
    page.form.choose(PayMethod.WECHAT)
    page.form.reference.setFocus()
    walk.type(reference)
    walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("06-till-serial-repeated")
    walk.dialog.cancel()
    walk.quiet()
    walk.sit_down()


def _put_bill(walk: Walk, party_id: Any, title: str, yuan: str) -> Any:
    """A bill made at the desk, of something metered."""
    office = walk.session.office
    line = PlannedLine(title, FeeType.WATER, None, Decimal(1), "次", Decimal(yuan), Money.yuan(yuan), "", ())
    planned = PlannedBill(title, 0, FeeType.WATER, None, office.world.today(), (line,))
    order = billing.BillOrder(party_id, None, [planned], f"gallery:{title}", None, title)
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        work.authorised += 1
        made = billing.put_bills(work, [order])[0]
        work.authorised -= 1
    walk.quiet()
    return made


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
    walk.shoot("06-receipts-taken-back")
    page.search.setFocus()
    walk.type("0000")
    walk.shoot("06-receipts-nothing")
    walk.press("Esc")
    walk.press("Ctrl+G")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("06-receipts-gaps")
    walk.press("Esc")
    _void(walk)
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


def _void(walk: Walk) -> None:
    """Taken and printed a moment ago: the copies are ticked, the reason is typed, the receipt says 作废."""
    some = next(tile for tile in tiles(walk) if tile.tenant_id and tile.overdue)
    page = walk.go("till", party_id=some.tenant_id)
    walk.press("Return")
    wait_until(lambda: page.paid.isVisible() and "正在" not in page.paid.words.text())
    page = walk.go("receipt", payment_id=page.last.payment_id)
    walk.shoot("06-receipt-just-taken")
    walk.press("Alt+2")
    walk.dialog.submit()
    walk.shoot("06-receipt-void")
    walk.dialog.form.field("copies").set_value(walk.dialog.facts.copies)
    walk.dialog.form.field("reason").setFocus()
    walk.type("收错了房间")
    walk.dialog.submit()
    wait_until(lambda: not walk.dialogs() and bool(page.shown.row.voided))
    walk.shoot("06-receipt-voided")


def walk_invoices(walk: Walk) -> None:
    """The register, a request from a receipt, what was issued, and what takes it back."""
    walk.sit_down()
    page = walk.go("invoices")
    walk.shoot("06-invoices")
    walk.press("Ctrl+4")
    walk.shoot("06-invoices-all")
    walk.press("Ctrl+2")
    walk.quiet()
    page.table.setFocus()
    page.table.choose(0)
    walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("06-invoice-facts")
    walk.press("Esc")
    walk.press("Ctrl+R")
    walk.dialog.submit()
    walk.shoot("06-invoice-reverse")
    walk.dialog.cancel()
    walk.press("Ctrl+1")
    walk.quiet()
    page.table.setFocus()
    page.table.choose(0)
    walk.press("Ctrl+R")
    walk.shoot("06-invoice-cancel")
    walk.dialog.cancel()
    walk.press("Ctrl+Return")
    walk.dialog.form.field("number").setFocus()
    walk.type("2611700000123456")
    walk.dialog.submit()
    walk.shoot("06-invoice-issue")
    walk.dialog.cancel()
    receipt = next(row for row in walk.read(receipts.receipts_of) if row.stands and row.title == "收款收据")
    walk.go("receipt", payment_id=receipt.payment_id)
    walk.press("Ctrl+I")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("06-invoice-request")
    walk.dialog.form.field("tax_number").set_value(make_id_number(date(1996, 4, 18), "female"))
    walk.dialog.submit()
    walk.shoot("06-invoice-request-wrong")
    walk.dialog.cancel()
    page = walk.go("invoices")
    page.search.setFocus()
    walk.type("0000000")
    walk.shoot("06-invoices-nothing")


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
