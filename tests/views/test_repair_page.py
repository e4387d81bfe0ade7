"""One order in a real window: sent, waited for, done, asked about and mended again, by keys; two desks at one order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import CostCause, Money, RepairCategory
from desktop.models.work_orders import WorkOrderState as W
from desktop.services import dispatch, due_engine
from desktop.services.acts import Op
from desktop.services.dispatch import Assign
from desktop.services.work import PROGRAM, begin
from desktop.services.work_orders import Step, go_on
from desktop.views.repair import RepairPage
from desktop.views.repair_costs import BillTenantDialog, CostsDialog
from desktop.views.repair_dispatch import AssignDialog
from desktop.views.repair_steps import RatingDialog, StepDialog, WaitDialog
from desktop.world import SeededWorld
from tests.services.fee_kit import BY_HAND, put_item
from tests.services.test_dispatch import firm
from tests.views.conftest import type_chinese
from tests.views.people_kit import ALT, CONTROL, Desk, column, texts
from tests.views.repair_kit import Reported, repair_desk, stored


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return repair_desk(world, tmp_path, qtbot, on_desk)


def shown(page: RepairPage) -> list[str]:
    """The steps that are offered."""
    return [button.text() for button in page.buttons.values() if not button.isHidden()]


def say(desk: Desk, words: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    type_chinese(focus, "ni", words)
    desk.settle()


def test_an_order_with_its_facts_and_history(desk: Desk) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.door)
    told = texts(page)
    for words in ("顾听澜", "门锁打不开", "1 栋 304", "门窗锁", "卢大勇", "秦岭"):
        assert words in told
    assert column(page.events, 1) == ["完成 · 卢大勇", "接单", "派单 · 卢大勇", "报修"]
    assert column(page.events, 2)[0] == "换了锁芯"
    assert page.title().endswith("门锁打不开")
    assert shown(page) == ["回访", "验收", "重开", "维修单", "费用", "记一笔"]
    assert page.buttons["rate"].kind == "primary"
    desk.press(Qt.Key.Key_F3)
    assert any(text.startswith("138") and "*" not in text for text in texts(page))


def test_from_the_call_to_the_closing_by_keys(desk: Desk, tmp_path: Path) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.tap)
    desk.press(Qt.Key.Key_Return, CONTROL)  # what usually follows
    dialog: AssignDialog = desk.dialog()
    assert column(dialog.table, 0) == ["卢大勇", "方一鸣"]
    assert "会修给排水" in column(dialog.table, 2)[0]
    assert dialog.primary.text() == "派给 卢大勇"
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert stored(desk, made.tap).technician_id == made.man
    assert desk.toast.endswith("派给了方一鸣")
    for state in (W.ACCEPTED, W.ON_THE_WAY, W.WORKING):
        desk.press(Qt.Key.Key_Return, CONTROL)
        assert stored(desk, made.tap).state is state
    desk.press(Qt.Key.Key_4, ALT)
    wait: WaitDialog = desk.dialog()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert wait.form is not None
    assert "写明等什么材料" in wait.form.rows["note"].said
    desk.press(Qt.Key.Key_2, ALT)
    say(desk, "约好下午在家")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert (stored(desk, made.tap).state, stored(desk, made.tap).reason) == (W.WAITING_TENANT, "约好下午在家")
    assert "计时暂停" in page.clock._text
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert stored(desk, made.tap).state is W.WORKING
    desk.press(Qt.Key.Key_5, ALT)
    step: StepDialog = desk.dialog()
    assert step.form is not None
    picture = QImage(300, 200, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.darkGreen)
    assert picture.save(str(tmp_path / "修好.jpg"))
    step.form.field("photos").add([tmp_path / "修好.jpg"])
    say(desk, "换了阀芯")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert stored(desk, made.tap).state is W.DONE
    assert page.shown is not None
    assert len(page.shown.photos("after")) == 1
    assert page.photos.isVisible()
    desk.press(Qt.Key.Key_O, CONTROL)
    assert desk.dialog() is not None
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Return, CONTROL)
    rating: RatingDialog = desk.dialog()
    desk.press(Qt.Key.Key_2, ALT)
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert rating.form is not None
    assert "写明哪里不满意" in rating.form.rows["reason"].said
    say(desk, "又滴水了")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.toast.startswith("已开整改单")
    assert page.shown.rating == 2
    for state in (W.CHECKED, W.CLOSED):
        desk.press(Qt.Key.Key_Return, CONTROL)
        assert stored(desk, made.tap).state is state
    assert shown(page) == ["回访", "重开", "维修单", "费用", "记一笔"]
    page.to_other.click()
    desk.settle()
    assert page.shown.card.summary.startswith("整改")
    page.to_other.click()
    desk.settle()
    assert page.shown.card.id == made.tap


def test_a_colleague_was_quicker(desk: Desk) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.lamp)
    seen = page.shown
    desk.window.tables_changed.disconnect()  # as on another PC: nothing tells this desk
    with begin(desk.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        go_on(work, Step(made.lamp, "resume"))
    assert page.shown is seen
    desk.press(Qt.Key.Key_3, ALT)
    assert "看两个版本" in desk.window.message_bar.text.text()
    assert page.shown is not None
    assert page.shown.card.state is W.WORKING  # read anew
    desk.window._hide_message() if hasattr(desk.window, "_hide_message") else desk.window.message_bar.hide()


def test_in_a_dialog_what_was_typed_stays_and_pressed_again_it_counts(desk: Desk) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.lamp)
    desk.press(Qt.Key.Key_5, ALT)
    step: StepDialog = desk.dialog()
    say(desk, "换了灯管")
    with begin(desk.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        go_on(work, Step(made.lamp, "resume"))
    desk.settle()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.dialog() is step
    assert "现在是「处理中」" in step.summary.text.text()
    assert "仍要这样办就再按一次" in step.summary.text.text()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert stored(desk, made.lamp).state is W.DONE
    assert column(page.events, 2)[0] == "换了灯管"


def test_never_two_people_for_one_job(desk: Desk) -> None:
    made: Reported = desk.made
    desk.open("repair", order_id=made.pipe)
    desk.press(Qt.Key.Key_D, CONTROL)
    dialog: AssignDialog = desk.dialog()
    with begin(desk.office, PROGRAM, Op.ASSIGN_REPAIR) as work:
        dispatch.assign(work, Assign(made.pipe, made.man))
    desk.settle()
    desk.press(Qt.Key.Key_Return)
    assert "已经派给方一鸣" in dialog.summary.text.text()
    assert stored(desk, made.pipe).technician_id == made.man
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_D, CONTROL)
    again: AssignDialog = desk.dialog()
    assert column(again.table, 0) == ["卢大勇"]  # who has it is not offered
    assert again.primary.text() == "转给 卢大勇"
    desk.press(Qt.Key.Key_Return)
    assert stored(desk, made.pipe).technician_id == made.other


def test_an_outside_firm_with_its_price(desk: Desk) -> None:
    made: Reported = desk.made
    lifts = firm(desk.office, PROGRAM, RepairCategory.WATER, warranty=30)
    desk.open("repair", order_id=made.pipe)
    desk.press(Qt.Key.Key_D, CONTROL)
    dialog: AssignDialog = desk.dialog()
    assert dialog.form is not None
    assert not dialog.form.rows["price"].isVisible()
    desk.press(Qt.Key.Key_End)
    assert dialog.form.rows["price"].isVisible()
    dialog.price.set_value(Money.yuan(500))
    desk.press(Qt.Key.Key_Return, CONTROL)
    order = stored(desk, made.pipe)
    assert (order.contractor_id, order.contract_price) == (lifts, Money.yuan(500))


def test_cancelled_and_taken_back_only_with_a_reason(desk: Desk) -> None:
    made: Reported = desk.made
    desk.open("repair", order_id=made.lamp)
    desk.press(Qt.Key.Key_0, ALT)
    step: StepDialog = desk.dialog()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert step.form is not None
    assert "写明为什么收回" in step.form.rows["note"].said
    say(desk, "临时去抢修")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert stored(desk, made.lamp).state is W.REPORTED
    desk.press(Qt.Key.Key_Delete, CONTROL)
    say(desk, "自己修好了")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert stored(desk, made.lamp).state is W.CANCELLED
    page = desk.window.page()
    assert isinstance(page, RepairPage)
    assert shown(page) == ["费用", "记一笔"]


def test_a_remark_without_a_step(desk: Desk) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.tap)
    desk.press(Qt.Key.Key_N, CONTROL)
    step: StepDialog = desk.dialog()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert step.form is not None
    assert "写一句" in step.form.rows["note"].said
    say(desk, "打过电话没人接")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert column(page.events, 1)[0] == "备注"
    assert stored(desk, made.tap).state is W.REPORTED


def test_the_board_sends_what_is_in_hand(desk: Desk) -> None:
    made: Reported = desk.made
    page = desk.open("repairs")
    assert page.send.text() == "派单"
    desk.press(Qt.Key.Key_D, CONTROL)
    assert isinstance(desk.dialog(), AssignDialog)
    desk.press(Qt.Key.Key_Return)
    assert stored(desk, made.pipe).state is W.ASSIGNED
    page.stand_on(made.door)
    assert not page.send.isEnabled()
    page.stand_on(made.lamp)
    assert page.send.text() == "转派"


def test_the_front_desk_goes_on_but_sends_nobody(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, "cashier")
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.tap)
    assert "不能派单" in page.buttons["assign"].reason
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.dialog() is None


def test_today_leads_to_the_order(desk: Desk) -> None:
    made: Reported = desk.made
    desk.world.advance(timedelta(hours=1))
    due_engine.run_pass(desk.office)
    desk.open("today")
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(Qt.Key.Key_Return)
    assert desk.at() == ("repair", {"order_id": made.pipe})


def test_what_it_cost_who_pays_and_the_tenants_bill(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, "manager")
    made: Reported = desk.made
    put_item(desk.office, form=BY_HAND, name="维修费")
    desk.open("repair", order_id=made.tap)
    desk.press(Qt.Key.Key_B, CONTROL)
    dialog: CostsDialog = desk.dialog()
    assert dialog.form is not None
    form = dialog.form
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert "写明是什么" in form.rows["words"].said
    assert "填写单价" in form.rows["unit_price"].said
    for words, cause, payer in (("上门人工", CostCause.WEAR, "房东"), ("换水龙头", CostCause.DAMAGE, "租客")):
        form.field("cause").set_value(cause)
        assert form.field("payer").words_of(form.field("payer").value()) == payer
        form.field("unit_price").set_value(Money.yuan(80))
        form.field("words").set_value(words)
        desk.press(Qt.Key.Key_Return, CONTROL)
    assert column(dialog.table, 0) == ["上门人工", "换水龙头"]
    assert dialog.sums.text() == "房东付 80.00 元 · 租客付 80.00 元"
    dialog.table.choose(0)
    desk.press(Qt.Key.Key_8, ALT)
    assert column(dialog.table, 2) == ["已撤回", "租客"]
    assert dialog.sums.text() == "租客付 80.00 元"
    desk.press(Qt.Key.Key_9, ALT)
    bill: BillTenantDialog = desk.dialog()
    assert isinstance(bill, BillTenantDialog)
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.toast.startswith("已开单：")
    assert desk.dialog() is dialog
    assert "租客已开账单 80.00 元" in dialog.sums.text()
    assert not dialog.bill.isVisible()
