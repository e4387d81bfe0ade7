"""The bill run: the list of a month with its reasons, what is skipped, days that cannot be, and after it was posted."""

from __future__ import annotations

from datetime import date

from desktop.gallery.walk import Walk, wait_until


def walk_bill_run(walk: Walk) -> None:
    """A month as it is shown and posted."""
    walk.sit_down()
    walk.go("bills")
    walk.press("Ctrl+G")
    page = walk.go("bill_run", first=date(2026, 12, 1), last=date(2026, 12, 31))
    walk.quiet()
    wait_until(lambda: page.preview is not None and page.table.rows.rowCount() > 0)
    walk.shoot("06-bill-run")
    page.table.setFocus()
    walk.press("Down", "Space")
    walk.shoot("06-bill-run-left-out")
    walk.press("Ctrl+4")
    walk.shoot("06-bill-run-skipped")
    walk.press("Ctrl+2")
    walk.shoot("06-bill-run-nothing-changed")
    page.last.set_value(date(2026, 11, 1))
    walk.shoot("06-bill-run-wrong-days")
    page.last.set_value(date(2026, 12, 31))
    walk.quiet()
    wait_until(lambda: page.post.isEnabled())
    walk.press("Ctrl+Return")
    wait_until(lambda: page.done is not None)
    walk.quiet()
    walk.shoot("06-bill-run-posted")
