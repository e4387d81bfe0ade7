"""Plans of maintenance and inspections: the list with a plan in hand, its dialogs, and a checklist under way."""

from __future__ import annotations

from desktop.gallery.walk import Walk, wait_until
from desktop.services import due_engine


def walk_plans(walk: Walk) -> None:
    """What the lead of the repairs writes down once, and what comes of it every month."""
    walk.sit_down("repair_lead")
    due_engine.run_pass(walk.session.office)
    page = walk.go("plans")
    wait_until(lambda: page.card is not None)
    walk.shoot("08-plans")
    walk.press("Ctrl+N")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-plan-new")
    walk.dialog.submit()
    walk.shoot("09-dialog-plan-new-problems")
    walk.dialog.cancel()
    walk.press("Ctrl+E")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-plan")
    walk.dialog.cancel()
    walk.press("Alt+3")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-plan-pause")
    walk.dialog.cancel()
    _checks(walk)
    walk.sit_down()


def _checks(walk: Walk) -> None:
    """The fire equipment of the month: two lines well, one broken, a repair of it."""
    page = walk.page
    rows = [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]
    page.table.choose(next(at for at, row in enumerate(rows) if "消防月检" in row.form.name))
    wait_until(lambda: page.card is not None and "消防月检" in page.card.row.form.name)
    walk.press("Alt+1")
    wait_until(lambda: walk.page.help_topic == "repairs.order" and walk.page.shown is not None)
    walk.shoot("08-repair-planned")
    walk.press("Ctrl+Return", "Return", "Alt+2", "Alt+3")
    walk.window.toast_widget.dismiss()
    walk.press("Ctrl+L")
    dialog = walk.dialog
    wait_until(lambda: bool(dialog.rows))
    walk.press("Ctrl+Return", "Ctrl+Return", "Alt+2")
    walk.dialog.submit()
    walk.shoot("08-repair-checks-wrong")
    dialog.form.field("note").setFocus()
    walk.type("三层应急灯不亮")
    walk.press("Ctrl+Return", "Alt+9")
    walk.window.toast_widget.dismiss()
    walk.shoot("08-repair-checks")
    walk.dialog.cancel()


def walk_crew(walk: Walk) -> None:
    """Who does the repairs, what helps them, and the dialogs that change it."""
    walk.sit_down("repair_lead")
    page = walk.go("crew")
    for at, (part, key) in enumerate(
        (("technicians", "Alt+1"), ("teams", ""), ("firms", ""), ("materials", "Alt+1")), 1
    ):
        walk.press(f"Ctrl+{at}")
        wait_until(lambda: page.list.table.rows.rowCount() > 0)
        walk.shoot(f"08-crew-{part}")
        for way, name in (("Ctrl+N", "new"), ("Ctrl+E", "change"), (key, "more")):
            if way:
                walk.press(way)
                wait_until(lambda: bool(walk.dialogs()))
                walk.quiet()
                walk.shoot(f"09-dialog-crew-{part}-{name}")
                if name == "new":
                    walk.dialog.submit()
                    walk.shoot(f"09-dialog-crew-{part}-wrong")
                walk.dialog.cancel()
    walk.press("Ctrl+1", "Alt+2")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-crew-gone")
    walk.dialog.cancel()
    walk.press("Ctrl+5")
    walk.quiet()
    walk.shoot("08-crew-answerers")
    walk.sit_down()
