"""Deposits and keys: the lists, one deposit with what became of it, every move with its sums, a card scanned."""

from __future__ import annotations

from typing import Any

from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import FeeType
from desktop.services import deposit_lists, key_lists
from desktop.services.attachments import FileForm
from desktop.services.deposit_forms import Cause
from desktop.services.deposit_lists import DepositFilter, DepositRow, DepositScope
from desktop.services.key_lists import KeyFilter, KeyScope
from desktop.services.paging import Span

_PHOTO = FileForm("门板.jpg", "image/jpeg", b"\xff\xd8\xff\xe0")


def walk_deposits(walk: Walk) -> None:
    """What is held, what must go back, one deposit, and its four moves while they are typed."""
    walk.sit_down("finance_lead")
    walk.go("deposits")
    walk.shoot("10-deposits")
    walk.press("Ctrl+2")
    walk.shoot("10-deposits-due")
    walk.press("Ctrl+1", "F10")
    walk.shoot("10-deposits-conditions")
    walk.press("Esc")
    walk.page.search.setFocus()
    walk.type("0000")
    walk.shoot("10-deposits-nothing")
    rows = _rows(walk, DepositScope.HELD)
    moved = next(row for row in rows if row.moved and row.fee_type is FeeType.DEPOSIT)
    walk.go("deposit", bill_id=moved.id)
    walk.shoot("10-deposit")
    _deduct(walk)
    _refund(walk)
    _forfeit(walk)
    left = [row for row in _rows(walk, DepositScope.DUE) if row.fee_type is FeeType.DEPOSIT]
    if left:
        walk.go("deposit", bill_id=left[0].id)
        walk.shoot("10-deposit-due")
    _posted(walk, next(row for row in rows if not row.moved and row.fee_type is FeeType.DEPOSIT))
    walk.sit_down()


def _rows(walk: Walk, scope: DepositScope) -> list[DepositRow]:
    found: list[DepositRow] = walk.read(deposit_lists.list_deposits, DepositFilter(scope), Span(0, 400))
    return found


def _deduct(walk: Walk) -> None:
    walk.press("Alt+2")
    dialog = walk.dialog
    walk.shoot("10-deposit-deduct")
    dialog.form.field("cause").set_value(Cause.WEAR)
    dialog.form.field("amount").set_value("99999")
    dialog.submit()
    walk.shoot("10-deposit-deduct-wrong")
    _fill(dialog)
    walk.shoot("10-deposit-deduct-filled")
    dialog.cancel()
    walk.quiet()


def _fill(dialog: Any) -> None:
    form = dialog.form
    form.field("cause").set_value(Cause.DAMAGE)
    form.field("amount").set_value("120.00")
    clause = form.field("clause")
    clause.setCurrentIndex(1)
    form.field("reason").set_value("阳台推拉门轨道压弯，更换")
    form.field("evidence").set_value([_PHOTO])


def _refund(walk: Walk) -> None:
    walk.press("Alt+1")
    dialog = walk.dialog
    walk.shoot("10-deposit-refund")
    dialog.form.field("payee").search.setFocus()
    walk.type("a")
    dialog.submit()
    walk.shoot("10-deposit-refund-somebody-else")
    dialog.cancel()
    walk.quiet()


def _forfeit(walk: Walk) -> None:
    walk.press("Alt+4")
    walk.dialog.submit()
    walk.shoot("10-deposit-forfeit")
    walk.dialog.cancel()
    walk.quiet()


def _posted(walk: Walk, row: DepositRow) -> None:
    """A deduction is made: its paper stands there to be printed."""
    walk.go("deposit", bill_id=row.id)
    walk.press("Alt+2")
    _fill(walk.dialog)
    walk.dialog.submit()
    wait_until(lambda: walk.window.place is not None and walk.window.place.key == "receipt")
    walk.window.toast_widget.dismiss()
    walk.shoot("10-deposit-paper")


def walk_keys(walk: Walk) -> None:
    """Who has which key, one given out and one lost, what is asked for it, a card that nobody entered."""
    walk.sit_down()
    page = walk.go("keys")
    walk.shoot("10-keys")
    walk.press("Ctrl+4")
    walk.shoot("10-keys-all")
    lost = walk.read(key_lists.list_keys, KeyFilter(KeyScope.LOST), Span(0, 9))[0]
    page.table.stand_on(lost.id)
    walk.quiet()
    walk.press("Return")
    walk.shoot("10-key-history")
    walk.dialog.cancel()
    walk.press("Ctrl+2", "Ctrl+D")
    walk.shoot("10-key-out")
    walk.dialog.cancel()
    walk.press("Ctrl+1", "Ctrl+B")
    walk.shoot("10-key-in")
    walk.dialog.cancel()
    walk.press("Ctrl+L")
    walk.dialog.submit()
    walk.shoot("10-key-lost")
    walk.dialog.form.field("remark").set_value("搬家时丢失")
    walk.dialog.submit()
    wait_until(lambda: bool(walk.dialogs()) and walk.dialogs()[-1].accessibleName() == "补办要收钱吗")
    walk.window.toast_widget.dismiss()
    walk.shoot("10-key-loss")
    walk.dialog.cancel()
    walk.press("Ctrl+Return")
    walk.shoot("10-key-enter")
    walk.dialog.cancel()
    page.search.setFocus()
    walk.type("0099887766")
    walk.press("Return")
    walk.shoot("10-key-unknown")
    walk.press("Esc")
