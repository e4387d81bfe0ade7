"""The page 公摊 by keys: a cost set up, a period entered with the split beside it, reversed, ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.models.places import Building
from desktop.models.pools import PoolCharge, PoolMember, SharedPool
from desktop.models.values import MeterKind, Money, PoolMethod, PoolSource
from desktop.services.acts import Op
from desktop.services.work import PROGRAM, begin
from desktop.views.pool_charge import ChargeDialog
from desktop.views.pool_dialogs import EndPoolDialog, PoolDialog, ReverseChargeDialog
from desktop.views.pools import PoolsPage
from desktop.views.theme import Shade, TypeSize, theme
from tests.offices import rooms_of
from tests.services.meter_kit import meter_with
from tests.services.pool_kit import put_charge, put_fee, put_pool
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key
SEP = (date(2026, 9, 1), date(2026, 9, 30))


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def building_of(desk: Counter) -> UUID:
    with desk.office.reading() as session:
        return session.scalars(sa.select(Building.id)).one()


def shared(desk: Counter, **facts: object) -> UUID:
    """The lift of the building, charged for September."""
    with begin(desk.office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, put_fee(work), building=building_of(desk), **facts)  # type: ignore[arg-type]
        put_charge(work, pool, "120.00", *SEP)
    return pool


def opened(desk: Counter) -> PoolsPage:
    page = desk.open("pools")
    assert isinstance(page, PoolsPage)
    desk.settle()
    return page


def charges(desk: Counter) -> list[PoolCharge]:
    with desk.office.reading() as session:
        return list(session.scalars(sa.select(PoolCharge).order_by(PoolCharge.created_at, PoolCharge.id)))


def test_a_period_is_entered_with_the_split_beside_it(desk: Counter) -> None:
    shared(desk)
    page = opened(desk)
    assert page.title_words.text() == "1 栋电梯"
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, ChargeDialog)
    desk.qtbot.waitUntil(lambda: bool(dialog.facts.members))
    assert (dialog.form.field("start").value(), dialog.form.field("end").value()) == (
        date(2026, 10, 1), date(2026, 10, 31),
    )  # fmt: skip
    dialog.form.field("amount").setFocus()
    desk.type("100")
    assert dialog.split is not None
    assert [row.money.fen for row in dialog.split.rows] == [834] * 4 + [833] * 8
    assert dialog.foot_line.left.text() == "除不尽的 4 分，按尾数大的先补"
    assert dialog.foot_line.right.text() == "各户合计 100.00"
    dialog.form.field("invoice").set_value("0631")
    desk.press(KEY.Key_Return, CONTROL)
    made = charges(desk)[-1]
    assert (made.amount, made.facts, made.period_end) == (Money.yuan(100), {"invoice": "0631"}, date(2026, 10, 31))
    assert page.charges.rows.rowCount() == 2
    assert "这一期已录，出账时生成账单" in desk.window.toast_widget.accessibleName()


def test_a_gap_is_said_under_its_field(desk: Counter) -> None:
    shared(desk)
    opened(desk)
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    dialog.form.set_values({"start": date(2026, 10, 5), "amount": "100"})
    desk.qtbot.waitUntil(lambda: bool(dialog.facts.members))
    desk.settle()
    desk.press(KEY.Key_Return, CONTROL)
    assert "从 2026-10-01 开始" in dialog.form.rows["start"].said
    dialog.cancel()


def test_the_master_meter_gives_the_sum(desk: Counter) -> None:
    days = (date(2026, 9, 30), date(2026, 10, 31))
    master = meter_with(
        desk.office, None, (days[0], "0"), (days[1], "100"), kind=MeterKind.ELECTRICITY, building=building_of(desk)
    )
    meter_with(desk.office, rooms_of(desk.office)[0], (days[0], "0"), (days[1], "40"), kind=MeterKind.ELECTRICITY)
    shared(desk, source=PoolSource.MASTER_METER, master=master)
    opened(desk)
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    desk.qtbot.waitUntil(lambda: dialog.facts.master is not None)
    dialog.form.field("unit_price").set_value("0.64")
    desk.settle()
    assert "总表 100 − 分表 40 = 60" in dialog.how.text()
    assert dialog.form.field("amount").value() == Money.yuan("38.40")
    desk.press(KEY.Key_Return, CONTROL)
    assert charges(desk)[-1].amount == Money.yuan("38.40")


def test_a_new_cost_with_named_rooms_and_parts(desk: Counter) -> None:
    with begin(desk.office, PROGRAM, Op.SAVE_TARIFF) as work:
        put_fee(work)
    page = opened(desk)
    assert "收费标准" in page.table.nothing.text()
    desk.press(KEY.Key_N, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, PoolDialog)
    dialog.form.set_values(
        {
            "name": "301 室合租水费", "method": PoolMethod.RATIO, "scope": "named", "building_id": building_of(desk),
            "members": "101=2 909", "valid_from": date(2026, 11, 1),
        }
    )  # fmt: skip
    desk.press(KEY.Key_Return, CONTROL)
    assert dialog.form.rows["members"].said == "找不到房间 909"
    dialog.form.set_values({"members": "101=2 102=1"})
    desk.press(KEY.Key_Return, CONTROL)
    with desk.office.reading() as session:
        assert sorted(row.ratio for row in session.scalars(sa.select(PoolMember))) == [Decimal(1), Decimal(2)]
    assert page.table.rows.rowCount() == 1
    desk.press(KEY.Key_E, CONTROL)
    dialog = desk.dialog
    assert dialog.form.field("members").value() == "101=2 102=1"
    dialog.form.set_values({"name": "合租水费", "valid_from": date(2026, 11, 1)})
    desk.press(KEY.Key_Return, CONTROL)
    with desk.office.reading() as session:
        assert session.scalars(sa.select(SharedPool.name)).one() == "合租水费"
        assert session.scalar(sa.select(sa.func.count()).select_from(PoolMember)) == 2, "nothing of the members changed"


def test_a_wrong_period_is_reversed_with_a_reason(desk: Counter) -> None:
    shared(desk)
    page = opened(desk)
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, ReverseChargeDialog)
    dialog.submit()
    assert "写明为什么冲销" in dialog.form.rows["reason"].said
    dialog.form.set_values({"reason": "发票抄错"})
    dialog.submit()
    desk.settle()
    assert [charge.amount.fen for charge in charges(desk)] == [12000, -12000]
    row = page.charges.rows.row(0)
    assert (row.reversed, row.words) == (True, "已冲销：发票抄错")
    assert not page.reverse.isEnabled()


def test_a_cost_ends_and_takes_no_more_periods(desk: Counter) -> None:
    shared(desk)
    page = opened(desk)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, EndPoolDialog)
    assert dialog.form.field("valid_to").value() == SEP[1]
    desk.press(KEY.Key_Return, CONTROL)
    assert page.card is not None
    assert page.card.row.ended
    assert not page.enter.isEnabled()


def test_who_may_only_look_is_told_why(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "auditor") as desk:
        shared(desk)
        page = opened(desk)
        for button in (page.enter, page.new, page.edit, page.end, page.reverse):
            assert not button.isEnabled()
            assert button.toolTip()


def test_it_fits_at_every_size_of_type(desk: Counter) -> None:
    shared(desk)
    page = opened(desk)
    try:
        for size in TypeSize:
            theme().switch(Shade.LIGHT, size)
            desk.settle()
            hint = page.minimumSizeHint()
            assert hint.width() <= 833
            assert hint.height() <= 430
    finally:
        theme().switch(Shade.LIGHT, TypeSize.STANDARD)
