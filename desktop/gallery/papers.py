"""What leaves on paper about money: bill notices of a house, a statement of a party and a room, the month's sums."""

from __future__ import annotations

from datetime import date

from desktop.gallery.board import owing
from desktop.gallery.walk import Walk, wait_until


def walk_papers(walk: Walk) -> None:
    """Notices found, narrowed and laid out; statements by period, saved; the report with its tables, one building."""
    walk.sit_down()
    _notices(walk)
    _statements(walk)
    _month(walk)
    walk.sit_down("front_desk")
    party_id = owing(walk).tenant_id
    walk.go("party", party_id=party_id)
    walk.press("Ctrl+T", "F6")
    walk.shoot("26-statement-asked")
    walk.press("Esc", "Esc")
    walk.sit_down()


def _notices(walk: Walk) -> None:
    walk.go("bills")
    walk.press("Ctrl+T")
    dialog = walk.dialog
    wait_until(lambda: bool(dialog.rows()))
    walk.shoot("26-notices")
    dialog.until.set_value(None)
    walk.quiet()
    walk.shoot("26-notices-no-day")
    dialog.until.set_value(date(2026, 12, 31))
    walk.quiet()
    wait_until(lambda: bool(dialog.rows()))
    dialog.table.setFocus()
    dialog.table.choose(1)
    walk.press("Space", "Alt+1")
    walk.shoot("26-notices-preview")
    walk.press("Esc")
    dialog.until.set_value(date(2020, 1, 31))
    walk.quiet()
    wait_until(lambda: not dialog.rows())
    walk.shoot("26-notices-nothing")
    walk.press("Esc")


def _statements(walk: Walk) -> None:
    tile = owing(walk)
    walk.go("party", party_id=tile.tenant_id)
    walk.shoot("27-party-with-statement")
    walk.press("Ctrl+T", "Alt+3")
    walk.shoot("27-statement")
    walk.press("Alt+4")
    walk.type("20261231")
    walk.dialog.period.since.set_value(date(2027, 3, 1))
    walk.quiet()
    walk.shoot("27-statement-wrong-days")
    walk.press("Alt+3", "Alt+5")
    walk.shoot("27-statement-save")
    walk.dialog.path.set_value("/nowhere/对账单.doc")
    walk.dialog.submit()
    walk.shoot("27-statement-save-wrong")
    walk.press("Esc", "Esc")
    page = walk.go("room", room_id=tile.room_id)
    page.tabs.set_value("bills")
    walk.quiet()
    walk.shoot("27-room-with-statement")
    walk.press("Ctrl+T", "Alt+3")
    walk.shoot("27-statement-room")
    walk.press("Esc")


def _month(walk: Walk) -> None:
    page = walk.go("month_sums")
    walk.shoot("27-month-sums")
    walk.press("Alt+3")
    walk.shoot("27-month-sums-year")
    for at, key in enumerate(list(page._shown)[1:], 2):
        walk.press(f"Ctrl+{at}")
        walk.shoot(f"27-month-sums-{key}")
    page.building.set_value(page.sums.buildings[0][0])
    walk.quiet()
    walk.press("Ctrl+1")
    walk.shoot("27-month-sums-building")
    walk.press("Alt+5")
    walk.shoot("27-month-sums-preview")
    walk.press("Esc")
