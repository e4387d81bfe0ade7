"""Renewals: the dialog in the usual case, with other terms, with what is wrong, and what a lease says of itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desktop.gallery.leases import first_lease
from desktop.gallery.walk import Walk
from desktop.models.values import LeaseState, Money
from desktop.services import lease_lists, renewal_forms
from desktop.services.lease_lists import LeaseFilter, LeaseScope
from desktop.services.paging import Span


def walk_renewals(walk: Walk) -> None:
    """A lease is renewed, from its page and from elsewhere, and taken back."""
    walk.sit_down()
    ending = first_lease(walk, LeaseScope.EXPIRING)
    walk.go("lease", lease_id=ending.id)
    walk.shoot("08-lease-ends")
    walk.press("Shift+F2")
    walk.shoot("08-renew")
    dialog = walk.dialog
    field = dialog.form.field
    field("rent").set_value(ending.rent + Money.yuan(120))
    field("deposit").set_value(Money.yuan(1000))
    field("step_start").set_value(field("start").value() + timedelta(days=180))
    walk.press("Ctrl+Return")
    walk.shoot("08-renew-errors")
    field("step_rent").set_value(ending.rent + Money.yuan(200))
    field("start").set_value(field("start").value() - timedelta(days=9))
    walk.shoot("08-renew-other-terms")
    dialog.cancel()
    walk.press("Shift+F2")  # what was typed stands there again
    walk.quiet()
    again = renewal_forms.begin_with(walk.dialog.facts)
    for name, value in (("start", again.start), ("deposit", again.deposit), ("step_start", None), ("step_rent", None)):
        walk.dialog.form.field(name).set_value(value)
    walk.press("Ctrl+Return")
    walk.quiet()
    walk.shoot("08-lease-renewed")
    walk.window.toast_widget.dismiss()
    walk.press("Ctrl+M")
    walk.pick("撤销续租")
    walk.dialog.submit()
    walk.shoot("08-renew-withdraw")
    walk.dialog.cancel()
    walk.go("lease", lease_id=ending.id)
    walk.shoot("08-lease-old-renewed")
    walk.go("lease", lease_id=first_lease(walk, LeaseScope.OVERSTAYED).id)
    walk.shoot("08-lease-overstayed")
    walk.press("Shift+F2")
    walk.shoot("08-renew-overstayed")
    walk.dialog.cancel()
    walk.go("lease", lease_id=_longest(walk).id)
    walk.shoot("08-lease-chain")


def _longest(walk: Walk) -> Any:
    """A lease that was renewed before today."""
    rows = walk.read(lease_lists.list_leases, LeaseFilter(LeaseScope.ALL), Span(0, 400))
    return next(row for row in rows if row.state is LeaseState.RENEWED and row.end < walk.session.office.world.today())
