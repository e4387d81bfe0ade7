"""Repairs: the board with its clocks, a call taken in, one order on its way from the call to the closing."""

from __future__ import annotations

from desktop.gallery.walk import Walk


def walk_repairs(walk: Walk) -> None:
    """What the lead of the repairs sees, and what the front desk does while somebody is on the telephone."""
    walk.sit_down("repair_lead")
    page = walk.go("repairs")
    walk.shoot("08-repairs")
    walk.press("Right", "Down")
    walk.shoot("08-repairs-walked")
    walk.press("Ctrl+F")
    walk.type("zzz")
    walk.shoot("08-repairs-nothing")
    walk.press("Esc")
    page.views[0].setFocus()
    walk.press("Return")
    walk.shoot("08-repair")
    walk.sit_down()
