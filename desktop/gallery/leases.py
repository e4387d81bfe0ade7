"""Leases: the lists, one lease with every tab, the ways it may move on, its paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from desktop.gallery.board import coming, owing
from desktop.gallery.people_of_check_in import shoot_leases_with_people
from desktop.gallery.walk import Walk
from desktop.models.values import NIL
from desktop.services import billing, lease_edits, lease_lists, party_edits, reversals
from desktop.services.acts import Op
from desktop.services.lease_lists import LeaseFilter, LeaseScope
from desktop.services.paging import Span
from desktop.services.party_edits import RelationForm
from desktop.services.work import PROGRAM


def first_lease(walk: Walk, scope: LeaseScope) -> Any:
    """The first lease of a list."""
    return walk.read(lease_lists.list_leases, LeaseFilter(scope), Span(0, 1))[0]


def walk_leases(walk: Walk) -> None:
    """Everything about leases."""
    walk.sit_down()
    page = walk.go("leases")
    walk.shoot("08-leases")
    _lists(walk, page)
    page.scopes.set_value(LeaseScope.EXPIRING)
    walk.shoot("08-leases-expiring")
    page.scopes.set_value(LeaseScope.LEAVING)
    page.search.setFocus()
    walk.type("9999")
    walk.shoot("08-leases-nothing")
    walk.click("看全部租约")
    page.table.setFocus()
    walk.ask_menu(page.table)
    walk.shoot("08-leases-menu")
    page = walk.go("lease", lease_id=owing(walk).lease_id)
    for at, name in enumerate(("schedule", "bills", "handover", "files", "history")[: page.tabs.count]):
        walk.press(f"Ctrl+{at + 1}")
        walk.shoot(f"08-lease-{name}" if at else "08-lease")
    page.tabs.choose(0)
    walk.press("Ctrl+M")
    walk.shoot("08-lease-menu")
    walk.close_popups()
    walk.press("Ctrl+P")
    walk.quiet()
    walk.shoot("08-lease-preview")
    walk.dialog.cancel()
    shoot_leases_with_people(walk)
    _corrections(walk)
    _moves(walk)


def _corrections(walk: Walk) -> None:
    """Facts without money corrected, wrong ones told, another PC's beside one's own, and the way back."""
    lease_id = owing(walk).lease_id
    page = walk.go("lease", lease_id=lease_id)
    tenant = page.record.page.row.tenant_id
    sister = RelationForm("household", "顾知夏", "姐姐")
    walk.act(Op.CHANGE_PARTY, party_edits.add_relation, tenant, sister)
    walk.press("Ctrl+E")
    walk.shoot("08-lease-correct")
    dialog = walk.dialog
    shown = dialog.known.now
    dialog.form.field("purpose").set_value("")
    dialog.form.field("signed_on").set_value(walk.session.office.world.today() + timedelta(days=3))
    walk.press("Ctrl+Return")
    walk.shoot("08-lease-correct-errors")
    dialog.form.field("purpose").set_value("居住兼办公")
    dialog.form.field("signed_on").set_value(shown.signed_on)
    dialog.form.field("living").set_value([each.party_id for each in dialog.known.people])
    walk.act_as(PROGRAM, Op.CHANGE_LEASE, lease_edits.correct_lease, lease_id, shown, replace(shown, purpose="办公"))
    walk.press("Ctrl+Return")
    walk.shoot("08-lease-correct-versions")
    walk.press("Ctrl+Return")
    walk.shoot("08-lease-corrected")
    walk.window.toast_widget.dismiss()


def _moves(walk: Walk) -> None:
    """The dialogs that move a lease on, with what may be wrong in them."""
    walk.go("lease", lease_id=owing(walk).lease_id)
    walk.press("Ctrl+M")
    walk.pick("办理搬离")
    walk.dialog.form.field("reading.water").set_value("12.3456")
    walk.press("Ctrl+Return")
    walk.shoot("08-lease-move-out")
    walk.dialog.cancel()
    walk.press("Ctrl+M")
    walk.pick("登记退租通知")
    walk.shoot("08-lease-notice")
    walk.dialog.cancel()
    walk.go("lease", lease_id=coming(walk).lease_id)
    walk.shoot("08-lease-coming")
    walk.press("Ctrl+M")
    walk.pick("交房入住")
    walk.shoot("08-lease-move-in")
    walk.dialog.cancel()
    walk.press("Ctrl+M")
    walk.pick("撤销租约")
    walk.dialog.submit()
    walk.shoot("08-lease-cancel")
    walk.dialog.cancel()
    walk.go("lease", lease_id=first_lease(walk, LeaseScope.LEAVING).id)
    walk.shoot("08-lease-moved-out")
    walk.press("Ctrl+M")
    walk.pick("退租结算")
    walk.dialog.submit()
    walk.shoot("08-lease-settle")
    _paid_meanwhile(walk)
    walk.dialog.cancel()


def _paid_meanwhile(walk: Walk) -> None:
    """Another PC reverses what was taken as deposit while the settlement stands there: both sums are told."""
    lease_id = walk.dialog.row.id
    bills = [bill for bill in walk.read(billing.bills_of, lease_id=lease_id) if bill.owed == NIL]
    taken = {payment[0] for bill in bills for payment in walk.read(billing.bill_page, bill.id).payments}
    walk.act_as(PROGRAM, Op.REVERSE_PAYMENT, reversals.reverse_payment, min(taken), "微信实际未到账")
    walk.dialog.form.field("reference").set_value("88124417")
    walk.dialog.submit()
    walk.shoot("08-lease-settle-changed")


def _lists(walk: Walk, page: Any) -> None:
    """A view is named and found again, the views are arranged, the columns chosen; at the end the list is as it was."""
    walk.press("F10", "2", "1", "Return")
    walk.shoot("08-leases-view-name")
    walk.press("Return")
    walk.shoot("08-leases-view-kept")
    walk.window.toast_widget.dismiss()
    page.views.show_menu()
    walk.shoot("08-leases-views")
    walk.pick("整理视图")
    walk.shoot("09-dialog-views")
    walk.dialog.cancel()
    page.views.choose_columns()
    walk.press("Down", "Down", "Space")
    walk.shoot("09-dialog-columns")
    walk.dialog.cancel()
    page.show_all()
