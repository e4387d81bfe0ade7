"""Settings: every section as the administrator sees it, with what can go wrong; staff and passwords."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from desktop.gallery.walk import Walk, wait_until
from desktop.services import templates
from desktop.services.acts import Op
from desktop.views.admin.section import SECTIONS
from desktop.views.theme import theme

PASSWORD = "Wangjiang-2026"


def walk_settings(walk: Walk) -> None:
    """One picture a section, and what its buttons bring."""
    walk.sit_down("administrator")
    page = walk.go("settings")
    for spec in SECTIONS:
        page.opened({"section": spec.key})
        if spec.key == "templates":  # laid out in a process of its own
            wait_until(lambda: page.section.opened is not None and not page.section.live.busy)
        walk.shoot(f"11-settings-{spec.key}")
    _pressed(walk)
    _form(walk)
    _staff(walk)
    walk.sit_down()


def _pressed(walk: Walk) -> None:
    """What the sections answer."""
    page = walk.page
    page.opened({"section": "mine"})
    walk.press("Alt+1")
    walk.press("Ctrl+Return")
    walk.shoot("11-settings-password")
    walk.dialog.cancel()
    page.opened({"section": "rules"})
    walk.quiet()
    form = page.section.form
    first = list(form.rows)[:2]
    for name in first:
        form.field(name).setFocus()
        form.field(name).selectAll()
        walk.type("-5")
    walk.shoot("11-settings-rules-errors")
    for name in first:
        form.field(name).set_value(page.section._stored[name])
    form.field("repair_finish_minutes").setFocus()
    form.field("office_days_off").set_value("明年初六")
    walk.quiet()
    walk.shoot("11-settings-rules-hours")
    form.field("office_days_off").set_value([])
    walk.press("Alt+8")
    walk.quiet()
    walk.shoot("11-settings-minutes")
    walk.dialog.cancel()
    page.opened({"section": "places"})
    walk.quiet()
    page.section.step.form.field("name").setFocus()
    page.section.step.form.field("name").set_value("4 栋")
    walk.press("Ctrl+N")
    walk.shoot("11-settings-places-collected")
    page.opened({"section": "audit"})
    walk.press("Alt+1")
    wait_until(page.section.result.isVisible)
    walk.shoot("11-settings-audit-verified")
    page.opened({"section": "checkup"})
    walk.press("Alt+1")
    wait_until(page.section.result.isVisible)
    walk.shoot("11-settings-checkup-done")
    page.opened({"section": "backup"})
    walk.quiet()
    walk.press("Ctrl+Return")
    walk.shoot("11-settings-backup-no-folder")
    page.section.folder.set_value(str(walk.folder("backups")))
    walk.press("Ctrl+Return")
    wait_until(page.section.result.isVisible)
    walk.shoot("11-settings-backup-made")
    _two_templates(walk)
    page.opened({"section": "mine"})


def _two_templates(walk: Walk) -> None:
    """Somebody stored a version of the template while this one was being changed, in the same line."""
    page = walk.page
    page.opened({"section": "templates"})
    walk.quiet()
    section = page.section
    first, title = section.editor.text(), "# 住房租赁合同"
    section.editor.rewrite(first.replace(title, "# 望江苑住房租赁合同"))
    hers = first.replace(title, "# 房屋租赁合同（2026 年版）")
    walk.act(Op.SAVE_TEMPLATE, templates.save_template, "housing_lease", hers, section.opened.text.ordinal)
    walk.quiet()
    wait_until(lambda: not section.live.busy)
    walk.press("Ctrl+Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("11-settings-templates-two-versions")
    walk.dialog.cancel()
    section.editor.rewrite(hers)
    walk.quiet()


def _form(walk: Walk) -> None:
    """The pre-printed form: as it opens, a value moved, filled to the brim over a scan, something off the paper."""
    page = walk.go("receipt_form")
    walk.shoot("11-form")
    page.list.table.stand_on("payer")
    walk.press("Return", *["Right"] * 4, "Down")
    walk.shoot("11-form-moved")
    walk.press("Alt+2")
    walk.dialog.take(str(_scan(walk)))
    walk.shoot("11-form-scan-chosen")
    walk.press("Ctrl+Return")
    wait_until(lambda: not walk.dialogs())
    page.sample.set_value("full")
    page.canvas.setFocus()
    walk.press("PgDown")
    walk.shoot("11-form-full-over-scan")
    walk.press("Ctrl+A")
    walk.shoot("11-form-all")
    walk.press("PgDown", "Delete")
    field = page.values.fields.field("x")
    walk.press("PgDown")
    field.setFocus()
    field.selectAll()
    walk.type("230")
    walk.shoot("11-form-problems")
    walk.press("Alt+1")
    walk.shoot("11-form-paper")
    walk.dialog.cancel()
    walk.press("Alt+3")
    walk.shoot("11-form-versions")
    walk.dialog.cancel()
    page.keeper.drop()


def _scan(walk: Walk) -> Path:
    """A receipt as a print shop makes it, scanned: rules and the names of its blanks."""
    made = QImage(1446, 838, QImage.Format.Format_RGB32)
    made.fill(QColor("#fbf6ec"))
    painter = QPainter(made)
    painter.setPen(QPen(QColor("#b03a2e"), 3))
    painter.setFont(QFont(theme().font("page").family(), 26))
    painter.drawText(QRect(0, 20, 1446, 70), Qt.AlignmentFlag.AlignCenter, "收 款 收 据")
    painter.setFont(QFont(theme().font("body").family(), 15))
    for x, y, words in (
        (100, 165, "日期"), (880, 165, "No."), (120, 231, "付款人"), (780, 231, "房号"), (110, 561, "合计（大写）"),
        (1000, 561, "¥"), (120, 627, "收款方式"), (120, 687, "备注"), (240, 753, "收银员"),
    ):  # fmt: skip
        painter.drawText(x, y, words)
    for row in range(7):
        painter.drawLine(110, 262 + row * 42, 1336, 262 + row * 42)
    for x in (110, 486, 870, 1012, 1160, 1336):
        painter.drawLine(x, 262, x, 514)
    painter.end()
    path = walk.folder("scans") / "老收据.png"
    made.save(str(path))
    return path


def _staff(walk: Walk) -> None:
    """The people who work here, and the dialogs about them."""
    page = walk.go("staff")
    walk.shoot("11-staff")
    walk.press("Ctrl+N")
    walk.press("Ctrl+Return")
    walk.shoot("11-staff-add")
    walk.dialog.cancel()
    page.table.choose(2)
    walk.press("Alt+1")
    walk.press("Ctrl+Return")
    walk.shoot("11-staff-reset")
    login = page.table.current().login
    for name in ("new", "repeat"):
        walk.dialog.form.field(name).set_value(PASSWORD)
    walk.press("Ctrl+Return")
    wait_until(lambda: not walk.dialogs())
    walk.shoot("11-staff-waiting")
    walk.open_demo()
    for text in (login, PASSWORD):
        walk.type(text)
        walk.press("Return")
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("11-staff-must-change")
