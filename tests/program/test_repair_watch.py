"""The number on 报修 in the rail: orders that nobody was sent to, whichever page is in front."""

from __future__ import annotations

from pathlib import Path

from desktop.services.office import Office
from tests.offices import PASSWORD
from tests.program.conftest import Seat, Sit
from tests.services.due_kit import order_event, report_repair


def office_of(seat: Seat) -> Office:
    assert seat.desk.office is not None
    return seat.desk.office


def shown(seat: Seat, count: int) -> None:
    entry = seat.window.rail.entries["repairs"]
    seat.qtbot.waitUntil(lambda: entry._badge == count, timeout=15000)
    seat.idle()


def test_orders_that_wait_are_counted_on_the_rail(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    shown(seat, 0)
    first = report_repair(office_of(seat))
    report_repair(office_of(seat), urgent=True)
    shown(seat, 2)
    assert seat.window.rail.entries["repairs"].accessibleName().endswith("，2")
    order_event(office_of(seat), first, "assign")
    shown(seat, 1)
