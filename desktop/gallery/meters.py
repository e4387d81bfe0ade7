"""Meters: the book with what may be typed into it, its dialogs, the import; shared costs with the live split."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import MeterKind


def walk_meters(walk: Walk) -> None:
    """The grid as it is read: usual, a jump, below the last, an estimate; and everything that opens from it."""
    walk.sit_down()
    page = walk.go("meters", kind=MeterKind.WATER)
    wait_until(lambda: page.book is not None and page.panel.story is not None)
    walk.shoot("07-meters")
    grid = page.grid
    for extra in ("9", "400", "-3"):
        row = grid.current()
        assert row is not None
        newest = row.newest
        base = newest.value if newest is not None else 100
        grid.cell.setFocus()
        walk.type(f"{base + int(extra):f}")
        if extra == "400":
            walk.press("Return")
            walk.quiet()
            walk.shoot("07-meters-jump")
            walk.press("Return")
        elif extra == "-3":
            walk.shoot("07-meters-below")
            walk.press("Down")
        else:
            walk.press("Return")
    walk.press("Alt+1")
    wait_until(lambda: page.panel.story is not None)
    walk.shoot("07-meters-typed")
    walk.press("Alt+3")
    walk.shoot("07-meters-remark")
    walk.dialog.cancel()
    walk.press("F10")
    walk.shoot("07-meters-waiting")
    walk.press("F10")
    walk.press("Alt+6")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-meter-replace")
    walk.dialog.submit()
    walk.shoot("09-dialog-meter-replace-problems")
    walk.dialog.cancel()
    walk.press("Alt+5")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-reading-correct")
    walk.dialog.cancel()
    walk.press("Alt+4")
    wait_until(lambda: bool(walk.dialogs()))
    walk.quiet()
    walk.shoot("09-dialog-reading-photos")
    walk.dialog.cancel()
    walk.press("Ctrl+E")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-meter-facts")
    walk.dialog.cancel()
    walk.press("Ctrl+N")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-meter-new")
    walk.dialog.cancel()
    walk.press("Alt+7")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-meter-remove")
    walk.dialog.cancel()
    walk.press("Ctrl+U")
    wait_until(lambda: bool(walk.dialogs()))
    walk.quiet()
    walk.shoot("09-dialog-unusual-uses")
    walk.dialog.cancel()
    _import(walk, page)
    grid.typed.clear()
    page._typed()
    walk.go("board")


def _import(walk: Walk, page: object) -> None:
    """The dialog empty, and with a sheet that has something of everything in it."""
    import xlsxwriter

    walk.press("Ctrl+O")
    walk.shoot("09-dialog-import")
    grid = page.grid  # type: ignore[attr-defined]
    rows = [grid.rows.row(at) for at in range(min(7, grid.rows.rowCount()))]
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("水表")
        for column, words in enumerate(("楼栋", "房号", "表号", "上次读数", "本次读数", "抄表日期")):
            sheet.write(0, column, words)
        for at, row in enumerate(rows, 1):
            newest = row.newest
            base = float(newest.value) if newest is not None else 100
            sheet.write(at, 0, row.building)
            sheet.write(at, 1, row.number)
            sheet.write(at, 4, (base + 11, base - 5, base + 600, "看不清", base + 9, "", base + 12)[at - 1])
        sheet.write(8, 1, "9909")
        sheet.write(8, 4, 12)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "11月水表.xlsx"
        path.write_bytes(made.getvalue())
        walk.dialog.read_file(path)
        wait_until(lambda: walk.dialog.preview is not None)
        walk.dialog.path.set_value("D:/抄表/11月水表.xlsx")
        walk.quiet()
        walk.shoot("09-dialog-import-preview")
    walk.dialog.cancel()


def walk_pools(walk: Walk) -> None:
    """The list, a period with the split that follows while one types, a cost with named rooms, a reversal."""
    walk.sit_down("finance_lead")
    page = walk.go("pools")
    wait_until(lambda: page.card is not None)
    walk.shoot("07-pools")
    page.table.choose(next(at for at in range(page.table.rows.rowCount()) if "电梯" in _name(page, at)))
    wait_until(lambda: page.card is not None and "电梯" in page.card.form.name)
    walk.press("Ctrl+Return")
    dialog = walk.dialog
    wait_until(lambda: bool(dialog.facts.members))
    dialog.form.field("amount").setFocus()
    walk.type("836.57")
    walk.quiet()
    walk.shoot("09-dialog-pool-charge")
    dialog.form.field("start").set_value(None)
    dialog.submit()
    walk.shoot("09-dialog-pool-charge-problems")
    dialog.cancel()
    page.table.choose(next(at for at in range(page.table.rows.rowCount()) if "照明" in _name(page, at)))
    wait_until(lambda: page.card is not None and "照明" in page.card.form.name)
    walk.press("Ctrl+Return")
    dialog = walk.dialog
    charged = page.card.row.charged[-1]
    dialog.form.field("start").set_value(charged.start)
    dialog.form.field("end").set_value(charged.end)
    dialog.form.field("unit_price").setFocus()
    walk.type("0.64")
    wait_until(lambda: dialog.facts.master is not None)
    walk.quiet()
    walk.shoot("09-dialog-pool-charge-master")
    dialog.cancel()
    walk.press("Ctrl+N")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("09-dialog-pool-new")
    walk.dialog.submit()
    walk.shoot("09-dialog-pool-new-problems")
    walk.dialog.cancel()
    walk.press("Alt+2")
    walk.shoot("09-dialog-pool-reverse")
    walk.dialog.cancel()
    walk.press("Alt+1")
    walk.shoot("09-dialog-pool-end")
    walk.dialog.cancel()
    walk.sit_down("front_desk")
    walk.go("pools")
    walk.shoot("07-pools-front-desk")
    walk.sit_down()


def _name(page: object, at: int) -> str:
    name: str = page.table.rows.row(at).facts.name  # type: ignore[attr-defined]
    return name
