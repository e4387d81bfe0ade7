"""The tenant's screen on real windows: only what it is given is painted there, and it is gone when it must be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.gallery.checks import overhear
from desktop.models.signatures import Signature
from desktop.models.values import PayMethod, SignedPaper
from desktop.services import drafts, payment_codes
from desktop.services.acts import Op
from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from desktop.views.labels import MoneyLabel
from desktop.views.lock import Knocker, LockScreen
from desktop.views.tenant.mirror import Mirror
from desktop.views.tenant.screen import TenantScreen
from desktop.views.tenant.showing import AmountShown, Blank, PaperShown, SignAsked
from desktop.views.tenant.window import TenantWindow
from tests.offices import PASSWORD
from tests.views.check_in_kit import Desk, new_desk
from tests.views.till_kit import Counter, counter


class SecondScreen:
    """Another screen beside the clerk's."""

    def geometry(self) -> QRect:
        return QRect(1100, 0, 1024, 600)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "manager") as made:
        made.window.tenant.screens = lambda: [made.window.screen(), SecondScreen()]
        yield made


@pytest.fixture
def check_in(qtbot: QtBot, office: Office, tmp_path: Path) -> Iterator[Desk]:
    made = new_desk(qtbot, office, tmp_path)
    made.window.tenant.screens = lambda: [made.window.screen(), SecondScreen()]
    made.start()
    yield made
    made.close()


def seen(tenant: TenantScreen) -> str:
    """Every word a tenant can read: painted, set in labels, in the title of the window."""
    view = tenant.view
    assert view is not None
    with overhear() as heard:
        view.grab()
    words = [view.windowTitle(), *heard.words]
    for each in view.findChildren(QWidget):
        if not each.isVisibleTo(view):
            continue
        if isinstance(each, QLabel):
            words.append(each.text())
        elif isinstance(each, QTextBrowser):
            words.append(each.toPlainText())
        elif isinstance(each, MoneyLabel):
            words.append(each.accessibleName())
        words.append(each.toolTip())
    return " ".join(words)


def hidden(view: TenantWindow) -> str:
    """What stands in any widget of it, also in those that are not shown."""
    texts = [each.text() for each in view.findChildren(QLabel)]
    return " ".join([*texts, *(each.toPlainText() for each in view.findChildren(QTextBrowser))])


def sign(view: TenantWindow) -> None:
    """Write something by mouse and confirm it."""
    pad = view.pad
    for stroke in range(3):
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(30 + 60 * stroke, 30))
        for step in range(6):
            QTest.mouseMove(pad, QPoint(30 + 60 * stroke + 8 * step, 30 + 12 * (step % 2)))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(80 + 60 * stroke, 40))
    view.confirm.click()


def lock(desk: Any, who: Any) -> None:
    now = datetime.now().astimezone
    desk.window.lock(LockScreen(desk.window, "望江苑", "14:35 按 F9 锁定", now(), now, who))


# ---- the till ------------------------------------------------------------------------------------------------------


def test_who_pays_sees_the_sum_and_the_change_and_nobody(desk: Counter) -> None:
    tenant = desk.window.tenant
    desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12)
    assert isinstance(tenant.shown, AmountShown)
    assert "7,440.00" in seen(tenant)
    assert tenant.mirror is not None
    assert "应付 7,440.00" in tenant.mirror.accessibleName()
    assert "应付 7,440.00" in desk.window.status.lights["tenant"].accessibleName()
    tenant._fading.timeout.emit()
    assert not tenant.mirror.isVisible(), "it does not lie over the page"
    desk.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    assert tenant.mirror.isVisible(), "the clerk asked for it"
    desk.qtbot.waitUntil(desk.window.isActiveWindow)  # the clerk's keys stay in the clerk's window
    page = desk.page
    page.form.given.set_value("7500")
    assert {"7,500.00", "60.00"} <= set(seen(tenant).split())
    page._pay()
    desk.settle()
    page.form.strip.answers["change"].click()
    desk.settle()
    assert isinstance(tenant.shown, AmountShown)
    assert tenant.shown.paid
    assert "已收款，谢谢" in seen(tenant)
    for name in ("沈知微", "林以宁", "林小满", "1 栋", "301", "302", "139"):
        assert name not in seen(tenant), name


def test_another_payer_never_sees_the_one_before(desk: Counter) -> None:
    tenant = desk.window.tenant
    desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12)
    before = tenant.shown
    desk.window.navigate("till", party_id=desk.now)
    assert isinstance(tenant.shown, Blank), "blank until the next one's bills are here"
    desk.settle()
    assert tenant.shown is not before
    desk.page._choose_payer()
    assert isinstance(tenant.shown, Blank)
    assert "7,440" not in seen(tenant)


def test_the_code_of_the_chosen_means_is_shown(desk: Counter) -> None:
    code = QImage(60, 60, QImage.Format.Format_RGB32)
    code.fill(QColor("black"))
    path = desk.prints.parent / "code.png"
    code.save(str(path))
    with begin(desk.office, PROGRAM, Op.CHANGE_SETTING) as work:
        payment_codes.set_code(work, PayMethod.WECHAT, path.read_bytes())
    tenant = desk.window.tenant
    desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12)
    view = tenant.view
    assert view is not None
    assert not view.code.isVisibleTo(view), "cash has no code"
    desk.page.form.method._choose(list(PayMethod).index(PayMethod.WECHAT))
    desk.page.form.method.set_value(PayMethod.WECHAT)
    desk.page._check()
    assert view.code.isVisibleTo(view)
    assert "请用微信扫码付款" in seen(tenant)
    desk.page.form.method.set_value(PayMethod.CASH)
    desk.page._check()
    assert not view.code.isVisibleTo(view)


def test_a_receipt_is_signed_and_printed_again_with_it(desk: Counter) -> None:
    tenant = desk.window.tenant
    page = desk.open("till", party_id=desk.late)
    page._pay()
    desk.settle()
    desk.press(Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert isinstance(tenant.shown, SignAsked)
    assert page.last.receipt_number in seen(tenant)
    view = tenant.view
    assert view is not None
    assert not view.confirm.isEnabled()
    sign(view)
    desk.settle()
    assert tenant.shown == Blank(thanks=True)
    assert "客户已签名" in page.paid.rest.text()
    with desk.office.reading() as session:
        row = session.scalars(sa.select(Signature)).one()
    assert (row.paper, row.subject_id) == (SignedPaper.RECEIPT, page.last.payment_id)
    assert "沈知微" not in hidden(view), "nothing stays behind in a hidden widget"


# ---- going blank ---------------------------------------------------------------------------------------------------


def test_lock_page_minute_and_sign_out_blank_it(desk: Counter) -> None:
    tenant = desk.window.tenant
    desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12)
    assert "7,440.00" in seen(tenant)
    desk.open("board")
    assert isinstance(tenant.shown, Blank)
    assert "7,440.00" not in seen(tenant)
    desk.open("till", party_id=desk.late)
    assert isinstance(tenant.shown, AmountShown)
    tenant._timer.timeout.emit()
    assert "7,440.00" not in seen(tenant)
    desk.press(Qt.Key.Key_F12)
    assert "7,440.00" in seen(tenant), "F12 shows it once more"
    lock(desk, Knocker(desk.actor.staff_id, "linxm", "林小满"))
    assert isinstance(tenant.shown, Blank)
    assert "7,440.00" not in seen(tenant) + hidden(tenant.view)
    QTest.keyClick(desk.window, Qt.Key.Key_F12)
    desk.page._check()
    assert isinstance(tenant.shown, Blank), "nothing comes back behind the lock"
    desk.window.unlock()
    desk.page._check()
    assert isinstance(tenant.shown, AmountShown)
    desk.window.set_session(None)
    desk.window.show_sign_in(QWidget())
    assert isinstance(tenant.shown, Blank)
    assert tenant._owner is None
    desk.window.leave_sign_in()


def test_with_one_screen_it_is_turned_round_and_comes_back(desk: Counter) -> None:
    tenant = desk.window.tenant
    tenant.screens = lambda: [desk.window.screen()]
    desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12, wait=False)
    view = tenant.view
    assert view is not None
    desk.qtbot.waitUntil(view.isActiveWindow)
    assert "只有一块屏幕" in seen(tenant)
    assert "按 F12 收回" in seen(tenant)
    assert tenant.mirror is None
    QTest.keyClick(view, Qt.Key.Key_F12)
    assert tenant.view is None
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    desk.press(Qt.Key.Key_F12, wait=False)
    lock(desk, Knocker(desk.actor.staff_id, "linxm", "林小满"))
    assert tenant.view is None, "it would lie over the lock"
    desk.window.unlock()


def test_a_signature_that_was_asked_for_is_not_taken_behind_the_lock(desk: Counter) -> None:
    tenant = desk.window.tenant
    page = desk.open("till", party_id=desk.late)
    page._pay()
    desk.settle()
    page.paid.sign.click()
    desk.settle()
    view = tenant.view
    assert view is not None
    lock(desk, Knocker(desk.actor.staff_id, "linxm", "林小满"))
    sign(view)
    desk.window.unlock()
    desk.settle()
    with desk.office.reading() as session:
        assert session.scalars(sa.select(Signature)).all() == []


# ---- the check-in --------------------------------------------------------------------------------------------------


def to_contact(check_in: Desk) -> None:
    from tests.views.check_in_kit import NUMBER

    check_in.type(NUMBER)
    check_in.enter()
    check_in.type("顾听澜", "gutinglan")
    check_in.alt(9)
    check_in.go_on()
    assert check_in.step is Step.CONTACT


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_the_notice_is_read_signed_kept_in_the_draft_and_in_the_check_in(check_in: Desk) -> None:
    to_contact(check_in)
    tenant = check_in.window.tenant
    check_in.press(Qt.Key.Key_F12)
    assert isinstance(tenant.shown, PaperShown)
    assert "个人信息" in seen(tenant)
    for secret in ("顾听澜", "990101", "138"):
        assert secret not in seen(tenant)
    check_in.alt(4)
    assert isinstance(tenant.shown, SignAsked)
    view = tenant.view
    assert view is not None
    sign(view)
    check_in.front()
    page = check_in.page
    assert page.draft.notice_ink
    assert page.views[Step.CONTACT].told.value()
    check_in.type("13812345678")
    page.keeper.save()
    check_in.settle()
    with look(check_in.office, check_in.actor) as reading:
        row = drafts.list_drafts(reading)[0]
        assert b"strokes" in drafts.read_draft(reading, row.id), "it survives a power cut with the draft"
    with check_in.office.reading() as session:
        stored = [bytes(each) for each in session.scalars(sa.text("SELECT body FROM draft"))]
    assert stored
    assert not any(b"strokes" in body for body in stored), "and is in clear nowhere"
    check_in.go_on()
    check_in.until(lambda: check_in.step is Step.ROOM)
    assert isinstance(tenant.shown, Blank), "another step, and nothing is seen any more"
    check_in.type("201")
    check_in.enter()
    check_in.go_on()
    check_in.go_on()
    check_in.until(lambda: check_in.step is Step.PAYMENT)
    assert isinstance(tenant.shown, AmountShown)
    with check_in.office.reading() as session:
        kept = session.scalars(sa.select(Signature)).one()
    assert kept.paper is SignedPaper.NOTICE
    page.acts.hand_to_till()
    check_in.until(lambda: check_in.step is Step.PRINT)
    check_in.front()
    check_in.alt(5)
    check_in.until(lambda: isinstance(tenant.shown, SignAsked))
    assert "顾听澜" in seen(tenant), "their own lease"
    sign(view)
    check_in.settle()
    with check_in.office.reading() as session:
        assert {row.paper for row in session.scalars(sa.select(Signature))} == {SignedPaper.NOTICE, SignedPaper.LEASE}


# ---- the pen -------------------------------------------------------------------------------------------------------


def under(mirror: Mirror) -> list[str]:
    """What the clerk could type into, press or read and now cannot: the mirror lies over it."""
    window = mirror.parentWidget()
    box = mirror.geometry()
    found = []
    for each in window.page().findChildren(QWidget):
        seen = each.visibleRegion().boundingRect()
        shown = each.isVisible() and not seen.isEmpty()
        typed = isinstance(each, QLineEdit | QAbstractButton | QAbstractItemView | QTextBrowser | MoneyLabel)
        if shown and typed and box.intersects(QRect(each.mapTo(window, seen.topLeft()), seen.size())):
            found.append(f"{type(each).__name__} {each.accessibleName()}")
    return found


def test_the_small_picture_lies_where_nothing_is_typed_or_stays_away(check_in: Desk) -> None:
    to_contact(check_in)
    tenant, window = check_in.window.tenant, check_in.window
    check_in.press(Qt.Key.Key_F12)
    assert tenant.mirror is not None
    assert "告知书" in window.status.lights["tenant"].accessibleName(), "the words are always there"
    for size in ((911, 512), (1093, 614), (1366, 768), (1920, 1080)):
        window.resize(*size)
        tenant._tell()
        assert not tenant.mirror.isVisible() or not under(tenant.mirror), size
    check_in.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ShiftModifier)
    assert tenant.mirror.isVisible(), "asked for, it lies there all the same"


def test_the_small_picture_gives_way_to_what_comes_under_it(desk: Counter) -> None:
    tenant = desk.window.tenant
    page = desk.open("till", party_id=desk.late)
    desk.press(Qt.Key.Key_F12)
    mirror = tenant.mirror
    assert mirror is not None
    for each in page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        each.hide()
    mirror._place()
    assert mirror.isVisible()
    where = mirror.geometry()
    mirror._place()
    assert mirror.geometry() == where, "it does not wander"
    field = QLineEdit(page)
    field.setGeometry(QRect(page.mapFrom(desk.window, where.topLeft()), where.size()))
    field.show()
    mirror._place()
    assert mirror.isVisible()
    assert not mirror.geometry().intersects(where)
    field.setGeometry(page.rect())
    mirror._place()
    assert not mirror.isVisible()


def test_a_pen_writes_and_a_dot_is_no_name(qtbot: QtBot) -> None:
    view = TenantWindow("望江苑服务中心", turned=True)
    qtbot.addWidget(view)
    view.resize(900, 560)
    view.show_it(SignAsked("收据", ("- 合计：1 元",)))
    view.show()
    pen = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1,
    )  # fmt: skip

    def move(kind: QEvent.Type, x: float, y: float) -> None:
        at = QPointF(x, y)
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        event = QTabletEvent(kind, pen, at, at, 0.6, 0, 0, 0, 0, 0, none, button, button)
        QApplication.sendEvent(view.pad, event)

    move(QEvent.Type.TabletPress, 20, 20)
    for step in range(10):
        move(QEvent.Type.TabletMove, 20 + 10.5 * step, 20 + step)
    move(QEvent.Type.TabletRelease, 130, 30)
    assert len(view.pad.strokes) == 1
    assert (20 + 10.5, 21.0) in view.pad.strokes[0], "finer than pixels"
    assert view.confirm.isEnabled()
    view.wipe.click()
    assert view.pad.empty
    assert not view.confirm.isEnabled()
    assert PASSWORD not in hidden(view)
