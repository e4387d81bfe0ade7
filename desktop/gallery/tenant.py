"""The tenant's screen: notice, sum, code, change and signature; the same small in the clerk's window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.gallery.board import owing
from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import PayMethod
from desktop.services import payment_codes
from desktop.services.acts import Op
from desktop.services.check_in_draft import Step
from desktop.services.work import PROGRAM


class SecondScreen:
    """Another screen beside the clerk's."""

    def geometry(self) -> QRect:
        return QRect(0, 0, 1024, 600)


def walk_tenant(walk: Walk) -> None:
    """What a tenant sees at the till and at the check-in, and what the clerk sees of it."""
    walk.sit_down("administrator")
    page = walk.go("settings", section="rules")
    walk.act_as(PROGRAM, Op.CHANGE_SETTING, payment_codes.set_code, PayMethod.WECHAT, _code(walk))
    page.section.codes.load()
    walk.quiet()
    _scroll_to(page.section.codes)
    walk.shoot("18-payment-codes")
    walk.act_as(PROGRAM, Op.CHANGE_SETTING, payment_codes.drop_code, PayMethod.WECHAT)
    walk.sit_down()
    walk.act_as(PROGRAM, Op.CHANGE_SETTING, payment_codes.set_code, PayMethod.WECHAT, _code(walk))
    tenant = walk.window.tenant
    tenant.screens = lambda: [walk.window.screen(), SecondScreen()]
    _till(walk, tenant)
    _check_in(walk, tenant)
    walk.go("board")
    _turned(walk, tenant)


def _scroll_to(widget: Any) -> None:
    step = widget.parentWidget()
    while step is not None and not hasattr(step, "ensureWidgetVisible"):
        step = step.parentWidget()
    if step is not None:
        step.ensureWidgetVisible(widget, 0, 20)
    widget.boxes[PayMethod.WECHAT].choose.setFocus()


def _till(walk: Walk, tenant: Any) -> None:
    page = walk.go("till", party_id=owing(walk).tenant_id)
    walk.press("F12")
    walk.shoot("18-clerk-amount")
    walk.shoot_other("18-tenant-amount", tenant.view)
    page.form.method.set_value(PayMethod.WECHAT)
    page._check()
    walk.shoot_other("18-tenant-code", tenant.view)
    page.form.method.set_value(PayMethod.CASH)
    page.form.given.set_value("20000")
    page._check()
    walk.shoot_other("18-tenant-change", tenant.view)
    page._pay()
    walk.quiet()
    page.form.strip.answers["change"].click()
    walk.quiet()
    wait_until(lambda: page.pay_card.done)
    walk.shoot("18-clerk-paid")
    walk.shoot_other("18-tenant-paid", tenant.view)
    page._sign()
    walk.quiet()
    walk.shoot_other("18-tenant-sign-empty", tenant.view)
    _write(tenant.view.pad)
    walk.shoot_other("18-tenant-sign", tenant.view)
    tenant._tell()
    walk.shoot("18-clerk-waits-for-signature")
    tenant.view.confirm.click()
    walk.quiet()
    walk.shoot_other("18-tenant-thanks", tenant.view)
    walk.window.toast_widget.dismiss()
    tenant.close()


def _check_in(walk: Walk, tenant: Any) -> None:
    page = walk.go("check_in")
    page.draft.number, page.draft.name, page.draft.phone = "990101199604180028", "顾听澜", "13812345678"
    page.draft.matched = True
    page.to_step(Step.CONTACT)
    walk.quiet()
    walk.press("F12")
    walk.shoot("18-clerk-notice")
    walk.shoot_other("18-tenant-notice", tenant.view)
    page.view._ask_to_sign()
    _write(tenant.view.pad)
    tenant.view.confirm.click()
    walk.quiet()
    walk.shoot("18-clerk-notice-signed")
    tenant.close()
    page.keeper.drop()
    page.begin()


def _turned(walk: Walk, tenant: Any) -> None:
    tenant.screens = lambda: [walk.window.screen()]
    page = walk.go("till", party_id=owing(walk).tenant_id)
    walk.press("F12")
    walk.shoot_other("18-tenant-turned", tenant.view)
    tenant.close()
    page.opened({})
    walk.go("board")


def _write(pad: Any) -> None:
    """Something like a name."""
    wide, high = pad.width(), pad.height()
    for at in range(5):
        x = wide * (0.2 + 0.12 * at)
        pad.strokes.append([(x + wide * 0.012 * n, high * (0.35 + 0.05 * ((n * 7 + at) % 6))) for n in range(9)])
        pad.strokes.append([(x + wide * 0.04, high * (0.25 + 0.06 * n)) for n in range(7)])
    pad.update()
    pad.drawn.emit()


def _code(walk: Walk) -> bytes:
    """A pattern that looks like a code and is none."""
    image = QImage(264, 264, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    for row in range(33):
        for column in range(33):
            corner = (row < 8 or row > 24) and (column < 8 or (column > 24 and row < 8))
            ring = row % 8 in (1, 5) or column % 8 in (1, 5)
            if ring if corner else (row * 7 + column * 5) % 3 == 0:
                painter.fillRect(column * 8, row * 8, 8, 8, QColor("black"))
    painter.end()
    path = walk.folder("codes") / "code.png"
    image.save(str(path))
    return path.read_bytes()
