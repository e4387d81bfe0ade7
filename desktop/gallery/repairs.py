"""Repairs: the board with its clocks, a call taken in, one order on its way from the call to the closing, its slip,
and the trends of all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from desktop.gallery.capture import StillCamera
from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import CostCause
from desktop.models.work_orders import IN_HAND
from desktop.services import repair_board
from desktop.services.slip_codes import code_of
from desktop.views.capture.camera_run import use_cameras


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
    page.team.setCurrentIndex(1)
    walk.shoot("08-repairs-of-a-team")
    walk.press("Esc")
    page.views[0].setFocus()
    walk.press("Ctrl+D")
    walk.shoot("08-repair-assign")
    walk.dialog.cancel()
    walk.press("Return")
    walk.shoot("08-repair")
    _order(walk)
    walk.sit_down("front_desk")
    _slip(walk)
    _take_in(walk)
    walk.sit_down("manager")
    _trends(walk)
    walk.sit_down()


def _order(walk: Walk) -> None:
    """Sent, on the way, waiting, done with a photo of after, asked about; a bad answer makes a rectification."""
    walk.press("Ctrl+Return", "Return", "Alt+2", "Alt+3")
    walk.window.toast_widget.dismiss()
    walk.shoot("08-repair-working")
    walk.press("Alt+4")
    walk.dialog.submit()
    walk.shoot("08-repair-wait")
    walk.press("Alt+2")
    walk.type("约好周六上午在家")
    walk.press("Ctrl+Return")
    walk.window.toast_widget.dismiss()
    walk.shoot("08-repair-waiting")
    walk.press("Alt+5")
    walk.type("换了锁芯，试过三次")
    before, after = (QImage(640, 480, QImage.Format.Format_RGB888) for _ in range(2))
    before.fill(Qt.GlobalColor.darkRed)
    after.fill(Qt.GlobalColor.darkGreen)
    walk.dialog.form.field("photos").add([after])
    walk.quiet()
    walk.shoot("08-repair-finish")
    walk.press("Ctrl+Return", "Ctrl+N")
    walk.type("租客发来的照片")
    walk.dialog.form.field("photos").add([before])
    walk.quiet()
    walk.press("Ctrl+Return")
    walk.window.toast_widget.dismiss()
    walk.shoot("08-repair-done")
    walk.press("Ctrl+B")
    form = walk.dialog.form
    for words, price in (("上门人工", "60"), ("换锁芯", "120.50")):
        form.field("unit_price").set_value(price)
        form.field("words").set_value(words)
        walk.press("Ctrl+Return")
    form.field("cause").set_value(CostCause.DAMAGE)
    walk.dialog.submit()
    walk.shoot("08-repair-costs")
    walk.dialog.cancel()
    walk.quiet()
    walk.press("Alt+8", "Alt+2")
    walk.dialog.submit()
    walk.shoot("08-repair-rating")
    walk.type("第二天又打不开")
    walk.press("Ctrl+Return")
    walk.shoot("08-repair-rated")
    walk.window.toast_widget.dismiss()
    walk.go("repairs")
    walk.shoot("08-repairs-to-ask")


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
    walk.go("parties")  # on the board the room in hand would be filled in
    walk.press("F7")
    walk.type("1栋电梯")
    walk.press("Return")
    walk.type("店梯门夹人")
    walk.shoot("08-repair-intake-lift")
    use_cameras(lambda: [StillCamera()])
    walk.press("Ctrl+P")
    wait_until(lambda: walk.dialog.preview.pictures > 0)
    walk.press("Space")
    wait_until(lambda: bool(walk.dialog.pictures))
    walk.shoot("08-repair-photo")
    walk.press("Ctrl+Return")
    walk.quiet()
    use_cameras(None)
    walk.dialog.cancel()


def _slip(walk: Walk) -> None:
    """A slip before it is printed; scanned when it comes back, wrong first, then typed; scanned once more; no code."""
    page = walk.go("repairs")
    sent = next(each for each in walk.read(repair_board.repair_board).orders if each.card.state in IN_HAND)
    page.stand_on(sent.card.id)
    walk.press("Return", "Ctrl+P")
    walk.shoot("08-repair-slip")
    walk.dialog.cancel()
    walk.press("F6")
    walk.shoot("08-repair-slip-printed")
    walk.window.toast_widget.dismiss()
    walk.go("board")
    code = code_of(sent.card.id, 0)
    _scan(walk, code)
    walk.type("换了角阀")
    walk.dialog.form.field("minutes").set_value("45")
    walk.dialog.form.field("used").set_value("不锈钢软接 2")
    walk.press("Ctrl+Return")
    walk.shoot("08-repair-slip-wrong")
    walk.dialog.form.field("used").set_value("6 分角阀 2×18；上门人工 1×60")
    walk.dialog.form.field("cause").set_value(CostCause.DAMAGE)
    walk.dialog.check()
    walk.shoot("08-repair-slip-result")
    walk.press("Ctrl+Return")
    walk.shoot("08-repair-slip-done")
    walk.window.toast_widget.dismiss()
    _scan(walk, code)
    walk.shoot("08-repair-slip-again", told=True)
    walk.window.message_bar.hide()
    walk.press("Ctrl+K")
    walk.type(code[:12])
    walk.shoot("08-repair-slip-torn")
    walk.press("Esc")


def _scan(walk: Walk, code: str) -> None:
    """What a scanner types into the search box, and Enter."""
    walk.press("Ctrl+K")
    walk.type(code)
    walk.press("Return")


def _trends(walk: Walk) -> None:
    """Where things break and how that is mended: the map, one building, people, and a span with nothing in it."""
    page = walk.go("repair_trends")
    walk.shoot("08-trends-month")
    walk.press("Alt+3")
    walk.shoot("08-trends-map")
    page.heat.setFocus()
    walk.press("Down", "Right")
    walk.shoot("08-trends-walked")
    walk.press("Return")
    walk.shoot("08-trends-floors")
    walk.press("Return")
    for number, name in enumerate(("whole", "months", "categories", "teams", "people", "repeats", "lifts"), 2):
        walk.press(f"Ctrl+{number}")
        walk.shoot(f"08-trends-{name}")
    walk.press("Ctrl+9")
    walk.shoot("08-trends-complaints")
    walk.press("Alt+5")
    walk.shoot("08-trends-report")
    walk.dialog.cancel()
    page.period.since.set_value(page.period.since.value().replace(year=2020))
    walk.quiet()
    walk.shoot("08-trends-too-long")
