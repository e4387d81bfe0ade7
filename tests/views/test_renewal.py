"""续租 by keys: two for the usual case, the sums while one types, what is wrong, where it can be begun, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.leases import Lease
from desktop.models.values import LeaseState, Money, PayMethod
from desktop.services import deposit_moves, rent_charges
from desktop.services.acts import Op
from desktop.services.deposit_forms import Refund
from desktop.services.lease_terms import end_after
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from desktop.views.lease import LeasePage
from desktop.views.leases import LeasesPage
from desktop.views.renewal import RenewalDialog, WithdrawRenewalDialog
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.deposit_kit import bill_of
from tests.services.due_kit import later
from tests.services.lease_kit import RENT, open_of, pay, state
from tests.views.people_kit import CONTROL, PEOPLE_PAGES, Desk, texts

SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
F2, ENTER = Qt.Key.Key_F2, Qt.Key.Key_Return
PAGES = (*PEOPLE_PAGES, "today", "board", "room")


def ending(office: Office) -> UUID:
    """顾听澜 has paid everything; the lease ends in 20 days."""
    clerk = sit_down(office, "manager")
    news = check_in(office, clerk, rooms_of(office)[0], person())
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    office.world.advance(timedelta(days=345))  # type: ignore[attr-defined]
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    pay(office, clerk, news.party_id, open_of(office, news.lease_id))
    later(office, minutes=1)
    return news.lease_id


@pytest.fixture
def sit(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Callable[..., Desk]:
    def start(*roles: str) -> Desk:
        return Desk(world, tmp_path, qtbot, on_desk, ending, *roles, pages=PAGES)

    return start


def dialog_of(desk: Desk) -> RenewalDialog:
    dialog = desk.dialog()
    assert isinstance(dialog, RenewalDialog), desk.toast
    return dialog


def followers(office: Office, lease_id: UUID) -> list[Lease]:
    with office.reading() as session:
        return list(session.scalars(sa.select(Lease).where(Lease.renews_id == lease_id)))


def test_the_usual_case_is_two_keys_and_the_new_lease_is_printed(sit: Callable[..., Desk]) -> None:
    desk = sit()
    lease_id = desk.made
    page: LeasePage = desk.open("lease", lease_id=lease_id)
    assert page.first.text() == "续租", "what this lease waits for"
    assert "问租客续不续" in page.standing.text()
    desk.press(F2, SHIFT)
    dialog = dialog_of(desk)
    assert "押金 1,860.00 转到新租约，不用再交" in dialog.well.told.text()
    assert dialog.well.sum.accessibleName() == "5,580.00 元"
    desk.press(ENTER, CONTROL)
    (new,) = followers(desk.office, lease_id)
    assert desk.at() == ("lease", {"lease_id": new.id})
    assert [path.name for path in desk.printed()]
    assert page.first.text() == "收款", "it is not due before the new lease begins"
    assert "续租 2027-11-22 才开始" in page.standing.text()
    assert state(desk.office, lease_id) is LeaseState.RENEWED
    desk.open("lease", lease_id=lease_id)
    assert f"按 {new.number}" in page.standing.text()
    links = [each.text() for each in page.facts.findChildren(QWidget) if hasattr(each, "text") and each.isVisible()]
    assert new.number in [text() if callable(text) else text for text in links]


def test_other_terms_stand_beside_the_old_ones(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    dialog = dialog_of(desk)
    assert dialog.form is not None
    form = dialog.form
    form.field("rent").set_value(Money.yuan(2000))
    form.field("deposit").set_value(Money.yuan(2000))
    assert form.rows["rent"].message.text == "原 1,860.00，涨 140.00（7.5%）"
    assert "补押金 140.00" in dialog.well.told.text()
    form.field("months").set_value(24)
    start: date = form.field("start").value()
    assert form.field("end").value() == end_after(start, 24)
    form.field("start").set_value(start + timedelta(days=10))
    assert form.field("end").value() == end_after(start + timedelta(days=10), 24)
    assert "期满续住 10 天" in dialog.well.told.text()
    form.field("end").set_value(start + timedelta(days=101))
    assert form.field("months").value() == 0
    form.field("pay_choice").set_value("押二付三")
    assert form.field("deposit").value() == Money.yuan(4000)
    dialog.cancel()
    desk.settle()
    desk.press(F2, SHIFT)
    assert dialog_of(desk).form.field("rent").value() == Money.yuan(2000), "what was typed is kept"  # type: ignore[union-attr]


def test_what_is_wrong_is_said_under_its_field_and_stays_typed(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    dialog = dialog_of(desk)
    assert dialog.form is not None
    form = dialog.form
    form.field("step_start").set_value(form.field("start").value() + timedelta(days=90))
    desk.press(ENTER, CONTROL)
    assert "调租要写" in form.rows["step_rent"].said
    form.field("step_start").set_value(None)
    form.field("rent").set_value(None)
    desk.press(ENTER, CONTROL)
    assert "月租金" in form.rows["rent"].said
    form.field("rent").set_value(RENT)
    form.field("end").set_value(end_after(desk.world.today(), 241))
    desk.press(ENTER, CONTROL)
    assert "最长 20 年" in form.rows["end"].said
    assert dialog.well.sum.isHidden()
    assert state(desk.office, desk.made) is LeaseState.ACTIVE


def test_a_lower_deposit_asks_how_the_rest_goes_back(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    dialog = dialog_of(desk)
    assert dialog.form is not None
    form = dialog.form
    assert form.rows["refund"].isHidden()
    form.field("deposit").set_value(Money.yuan(1000))
    assert not form.rows["refund"].isHidden()
    form.field("refund").set_value(PayMethod.WECHAT)
    desk.press(ENTER, CONTROL)
    assert "流水号" in form.rows["reference"].said
    form.field("refund").set_value(PayMethod.CASH)
    desk.press(ENTER, CONTROL)
    assert len(followers(desk.office, desk.made)) == 1


def test_money_that_moved_meanwhile_is_told_and_the_figures_are_those_of_now(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    dialog = dialog_of(desk)
    bill, party = bill_of(desk.office, desk.made), dialog.row.tenant_id
    with begin(desk.office, PROGRAM, Op.MOVE_DEPOSIT) as work:
        deposit_moves.refund_deposit(work, Refund(bill, Money.yuan(500), party))
    desk.press(ENTER, CONTROL)
    assert "1,860.00 变为 1,360.00" in " ".join(texts(dialog))
    assert "押金 1,360.00 转到新租约" in dialog.well.told.text()
    desk.press(ENTER, CONTROL)
    assert len(followers(desk.office, desk.made)) == 1


def test_from_the_list_of_leases(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    page: LeasesPage = desk.open("leases")
    assert "Shift+F2 续租" in page.hints()
    desk.press(F2, SHIFT)
    assert dialog_of(desk).row.id == desk.made


def test_from_the_board(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    page = desk.open("board")
    page.tiles.setFocus()
    page.tiles.choose(rooms_of(desk.office)[1])
    desk.press(F2, SHIFT)
    assert "先选一份在租的租约" in desk.toast
    page.tiles.choose(rooms_of(desk.office)[0])
    desk.settle()
    desk.press(F2, SHIFT)
    assert dialog_of(desk).row.id == desk.made


def test_from_today_by_one_key_and_the_thing_is_gone(sit: Callable[..., Desk]) -> None:
    desk = sit("front_desk")
    page = desk.open("today")
    rows = [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]
    (row,) = [each for each in rows if each.rule == "lease_end"]
    assert row.subject.endswith("顾听澜")
    page.table.stand_on(row.id)
    desk.settle()
    assert not page.renew.isHidden()
    desk.press(F2, SHIFT)
    dialog_of(desk)
    desk.press(ENTER, CONTROL)
    later(desk.office, minutes=16)
    page = desk.open("today")
    rows = [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]
    assert not [each for each in rows if each.rule in ("lease_end", "move_in")]


def test_a_lease_that_cannot_be_renewed_says_why(sit: Callable[..., Desk]) -> None:
    desk = sit()
    new = check_in(
        desk.office, PROGRAM, rooms_of(desk.office)[1], person("沈知微", 3, phone="13700000003"),
        terms(desk.world.today() + timedelta(days=5)),
    )  # fmt: skip
    desk.open("lease", lease_id=new.lease_id)
    desk.press(F2, SHIFT)
    assert desk.dialog() is None
    assert any("不能续租" in text for text in texts(desk.window.message_bar))


def test_who_may_not_is_told_who_may(sit: Callable[..., Desk]) -> None:
    desk = sit("cashier")
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    assert desk.dialog() is None
    assert "前台或主管" in desk.toast


def test_it_is_taken_back_from_either_lease(sit: Callable[..., Desk]) -> None:
    desk = sit()
    page: LeasePage = desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    dialog_of(desk).print_too.setChecked(False)
    desk.press(ENTER, CONTROL)
    (new,) = followers(desk.office, desk.made)
    desk.open("lease", lease_id=new.id)
    page.moves.make("withdraw_renewal")
    dialog = desk.dialog()
    assert isinstance(dialog, WithdrawRenewalDialog)
    dialog.submit()
    assert "写明撤销原因" in dialog.form.rows["reason"].said  # type: ignore[union-attr]
    dialog.form.field("reason").set_value("租客改了主意")  # type: ignore[union-attr]
    dialog.submit()
    desk.settle()
    assert state(desk.office, desk.made) is LeaseState.ACTIVE
    assert state(desk.office, new.id) is LeaseState.CANCELLED


def test_a_tenant_who_stays_past_the_end_is_told_of_on_the_page(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.world.advance(timedelta(days=25))
    page: LeasePage = desk.open("lease", lease_id=desk.made)
    assert "已到期，租客还住着：按不定期租赁继续" in page.standing.text()
    assert "续租，或登记退租通知" in page.standing.text()


def test_the_dialog_fits_the_smallest_desk(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.open("lease", lease_id=desk.made)
    desk.press(F2, SHIFT)
    hint = dialog_of(desk).minimumSizeHint()
    assert hint.width() <= 900
    assert hint.height() <= 480


def test_no_bill_no_column_for_what_is_owed(sit: Callable[..., Desk]) -> None:
    desk = sit()
    page = desk.open("today")
    at = [option.words for option in page.tabs._options].index("租约")
    desk.press(Qt.Key(Qt.Key.Key_1.value + at), CONTROL)
    assert "欠款（元）" not in [each.title for each in page.table.rows.columns]
    at = [option.words for option in page.tabs._options].index("账单")
    desk.press(Qt.Key(Qt.Key.Key_1.value + at), CONTROL)
    assert "欠款（元）" in [each.title for each in page.table.rows.columns]
