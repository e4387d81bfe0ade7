"""Repairs: the board with its clocks, a call taken in, one order on its way from the call to the closing."""

from __future__ import annotations

from desktop.gallery.walk import Walk
from desktop.services import repair_board


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
    walk.sit_down("front_desk")
    _take_in(walk)
    walk.sit_down()


def _take_in(walk: Walk) -> None:
    """The telephone rings: nothing typed yet, what is wrong, the same thing reported before, and stored."""
    walk.go("board")
    walk.press("F7")
    walk.shoot("08-repair-intake")
    walk.press("Ctrl+Return")
    walk.shoot("08-repair-intake-wrong")
    walk.dialog.caller.box.setFocus()
    walk.dialog.caller.box.selectAll()
    order = walk.read(repair_board.repair_board).orders[0].card
    walk.type(order.place.replace(" 栋 ", "-"))
    walk.press("Return")
    walk.type("卫生间水管爆了，漏到楼下")
    walk.shoot("08-repair-intake-similar")
    walk.press("Alt+9", "Return")
    walk.shoot("08-repair-intake-stored")
    walk.window.toast_widget.dismiss()
