"""A telephone rings: a repair from the call to the closing of what came of its bad rating, keyboard only, in the real
window, on both databases.

Call → order → dispatch → accepted, on the way, at work → result → bad rating → rectification → dispatch → result →
second call → checked and closed. Nothing is patched; what is stored is looked at afterwards and replayed elsewhere.
The slip is printed from the order's page; it has tests of its own and is no step without which this way stops.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.values import OrderKind, RepairCategory
from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import checkup, due_engine, due_lists
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.views.repair_dispatch import AssignDialog
from desktop.views.repair_intake import ReportDialog
from desktop.views.repair_steps import RatingDialog, StepDialog
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases, EngineKind
from tests.journeys.hands import ALT, CONTROL, Hands
from tests.offices import check_in, hire, make_office, rooms_of, sit_down
from tests.services import test_dispatch
from tests.services.test_replay import prove

MONDAY = MORNING + timedelta(days=1)
K = Qt.Key


@pytest.fixture
def world() -> SeededWorld:
    return SeededWorld(MONDAY, seed=7)


@pytest.fixture
def desk(
    qtbot: QtBot, world: SeededWorld, tmp_path: Path, databases: Databases, engine_kind: EngineKind
) -> Iterator[Desk]:
    """The program on an office with a tenant in 301, two technicians, and 林小满, who takes calls and sends people."""
    data = tmp_path / "data"
    data.mkdir()
    sqlite = engine_kind == "sqlite"
    url = f"sqlite:///{data / 'office.db'}" if sqlite else databases.empty(engine_kind)
    office = make_office(world, data, url)
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    hire(office, "front_desk", "repair_lead")
    check_in(office, PROGRAM, rooms_of(office)[0])
    for name in ("方一鸣", "卢大勇"):
        test_dispatch.hire(office, lead, name)
    office.close()
    made = Desk(Start(data=data, database="" if sqlite else url.replace("+psycopg", "")), world)
    qtbot.addWidget(made.window)
    hands = Hands(made)
    hands.open()
    yield made
    hands.leave()


def order_of(office: Office, number: str) -> WorkOrder:
    with look(office, PROGRAM) as reading:
        return reading.session.scalars(sa.select(WorkOrder).where(WorkOrder.number == number)).one()


def lines_of(office: Office, order: WorkOrder) -> list[str]:
    with look(office, PROGRAM) as reading:
        query = sa.select(WorkOrderEvent.kind).where(WorkOrderEvent.work_order_id == order.id)
        return list(reading.session.scalars(query.order_by(WorkOrderEvent.created_at, WorkOrderEvent.id)))


class Clerk:
    """What she does with an order, by keys. The clock goes on with each thing, as it does at a desk."""

    def __init__(self, hands: Hands, world: SeededWorld) -> None:
        self.hands, self.world = hands, world
        self.pressed = 0

    @property
    def office(self) -> Office:
        office = self.hands.desk.office
        assert office is not None
        return office

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.pressed += 1
        self.hands.press(key, modifier)

    def go_on(self) -> None:
        self.press(K.Key_Return, CONTROL)

    def type(self, words: str) -> None:
        self.hands.type(words)

    def later(self, **by: int) -> None:
        self.world.advance(timedelta(**by))

    def dialog(self, kind: type) -> Any:
        self.hands.until(lambda: isinstance(self.hands.dialog, kind))
        return self.hands.dialog

    def closed(self) -> None:
        self.hands.until(lambda: self.hands.dialog is None)

    def shown(self, state: WorkOrderState) -> Any:
        """The page of an order, once it shows a state."""
        page = self.hands.page
        self.hands.until(lambda: page.shown is not None and page.shown.card.state is state)
        return page

    def takes_the_call(self, end_of_phone: str, words: str) -> ReportDialog:
        """F7, the end of the number, Enter, what is broken: who it is and what it is about stands there."""
        self.press(K.Key_F7)
        dialog: ReportDialog = self.dialog(ReportDialog)
        assert dialog.caller.box.hasFocus()
        self.type(end_of_phone)
        self.hands.until(lambda: dialog.caller.value() is not None)
        self.press(K.Key_Return)
        self.type(words)
        return dialog

    def sends(self) -> None:
        """Ctrl D: whoever is proposed first, who says yes on the telephone."""
        self.press(K.Key_D, CONTROL)
        dialog = self.dialog(AssignDialog)
        hand = dialog.table.current()
        assert hand.best, hand.why
        self.press(K.Key_Return)
        self.closed()

    def has_it_done(self, words: str) -> None:
        """Accepted, set out, begun, each when the technician rings; then what was done."""
        for state in (WorkOrderState.ACCEPTED, WorkOrderState.ON_THE_WAY, WorkOrderState.WORKING):
            self.later(minutes=9)
            self.go_on()  # what usually follows is the page's first
            self.shown(state)
        self.later(minutes=35)
        self.go_on()
        self.dialog(StepDialog)
        self.type(words)
        self.go_on()
        self.closed()
        self.shown(WorkOrderState.DONE)

    def calls_back(self, stars: int, words: str = "") -> None:
        """回访 is what follows, once it is done."""
        self.later(minutes=70)
        self.go_on()
        dialog = self.dialog(RatingDialog)
        self.press(Qt.Key(K.Key_0 + stars), ALT)
        assert dialog.stars.value() == stars
        if words:
            self.press(K.Key_Tab)
            while not dialog.form.field("reason").hasFocus():
                self.press(K.Key_Tab)
            self.type(words)
        self.go_on()
        self.closed()


def test_from_the_call_to_the_second_call(desk: Desk, world: SeededWorld, databases: Databases, tmp_path: Path) -> None:
    hands = Hands(desk)
    hands.until(lambda: desk.office is not None)
    hands.sign_in("linxm")
    clerk = Clerk(hands, world)

    # The call, wherever she is
    dialog = clerk.takes_the_call("5678", "厨房水龙头一直滴水")
    caller = dialog.caller.value()
    assert caller is not None
    assert "顾听澜" in caller.words
    assert (dialog.category.value(), dialog.urgent.value()) == (RepairCategory.WATER, False)
    clerk.press(K.Key_Return)
    clerk.closed()
    number = "WJYA26-W00001"
    tap = order_of(clerk.office, number)
    assert (tap.state, tap.room_id, tap.summary) == (
        WorkOrderState.REPORTED, rooms_of(clerk.office)[0], "厨房水龙头一直滴水",
    )  # fmt: skip
    assert clerk.pressed == 3, "F7, Enter, Enter, and what is typed"

    # She finds it by its number from anywhere, and sends somebody
    hands.press(K.Key_K, CONTROL)
    clerk.type(number[-6:])
    popup = desk.window.top_bar.search
    hands.until(lambda: popup.accessibleDescription().startswith(number))
    clerk.press(K.Key_Return)
    hands.until(lambda: desk.window.place is not None and desk.window.place.key == "repair")
    clerk.shown(WorkOrderState.REPORTED)
    clerk.sends()
    clerk.shown(WorkOrderState.ASSIGNED)
    clerk.has_it_done("换了阀芯，试水不漏")

    # The engine asks for the call; the tenant is not content
    world.advance(timedelta(minutes=61))
    due_engine.run_pass(clerk.office)
    with look(clerk.office, PROGRAM) as reading:
        assert ("repair_rating", tap.id) in {(row.rule, row.subject_id) for row in due_lists.list_due(reading)}
    clerk.calls_back(2, "又滴水了，等了两小时")
    tap = order_of(clerk.office, number)
    assert tap.rating == 2
    again = order_of(clerk.office, "WJYA26-W00002")
    assert (again.follows_id, again.kind, again.state) == (tap.id, OrderKind.COMPLAINT.value, WorkOrderState.REPORTED)

    # From the order to its rectification, and the same way once more
    page = clerk.shown(WorkOrderState.DONE)
    hands.until(lambda: bool(page.shown.followed_by))
    while not page.to_other.hasFocus():
        hands.press(K.Key_Tab)
    clerk.press(K.Key_Space)
    hands.until(lambda: page.shown.card.number == again.number)
    world.set_now(MONDAY.replace(hour=13, minute=40))  # at noon nobody is on duty
    clerk.sends()
    clerk.shown(WorkOrderState.ASSIGNED)
    clerk.has_it_done("换了整只龙头，观察半小时不滴")
    clerk.calls_back(5)
    assert order_of(clerk.office, again.number).rating == 5

    # Checked and closed, both
    for state in (WorkOrderState.CHECKED, WorkOrderState.CLOSED):
        clerk.go_on()
        clerk.shown(state)
    while not page.to_other.hasFocus():
        hands.press(K.Key_Tab)
    clerk.press(K.Key_Space)
    hands.until(lambda: page.shown.card.number == number)
    for state in (WorkOrderState.CHECKED, WorkOrderState.CLOSED):
        clerk.go_on()
        clerk.shown(state)

    # What is stored
    way = ["reported", "assign", "accept", "set_out", "begin", "finish", "rate", "check", "close"]
    for each in (number, again.number):
        assert lines_of(clerk.office, order_of(clerk.office, each)) == way
    due_engine.run_pass(clerk.office)
    with look(clerk.office, PROGRAM) as reading:
        assert not [row for row in due_lists.list_due(reading) if row.rule.startswith("repair")]
        assert checkup.check_office(reading).findings == ()
    prove(clerk.office, databases.clone("sqlite"), tmp_path / "copy")
