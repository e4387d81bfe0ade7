"""An enrolled office meets head office from the first sign-in on, on a thread of its own, and tells how that goes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from desktop.services import database, opening
from desktop.services.acts import Op
from desktop.services.sync import reaching
from desktop.services.sync.lease import take_lease
from desktop.services.work import PROGRAM, begin
from desktop.world import SeededWorld
from tests.offices import PASSWORD
from tests.program.conftest import Seat, Sit

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def words(seat: Seat) -> str:
    light = seat.window.status.lights.get("sync")
    return light._text if light is not None else ""


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "sync"]


def enrol(world: SeededWorld, data: Path) -> None:
    """Head office is kept with a certificate that is none: nobody is ever reached."""
    office = opening.open_office(world, data, database.sqlite_url(data))
    with begin(office, PROGRAM, Op.ENROL_OFFICE) as work:
        reaching.keep_address(work, "https://127.0.0.1:9", "-")
    office.close()


def test_from_the_first_sign_in_to_the_closing(sit: Sit, office: Path, world: SeededWorld) -> None:
    enrol(world, office)
    seat = sit()
    seat.idle()
    assert threads() == [], "nobody sits here yet"
    seat.sign_in("linxm", PASSWORD)
    seat.qtbot.waitUntil(lambda: words(seat) == "对方的证书不是总部的", timeout=60000)
    assert threads() == ["sync"]
    seat.press(Qt.Key.Key_F7, SHIFT)
    assert seat.place == "sync"
    page: Any = seat.window.page()
    assert "请换一个网络再试" in page.why.text()
    assert page.now.isEnabled()
    opened = seat.desk.office
    assert opened is not None
    assert opened.sync is not None
    before = len(opened.sync.recent)
    seat.press(Qt.Key.Key_Return, CTRL)
    seat.qtbot.waitUntil(lambda: opened.sync is not None and len(opened.sync.recent) > before, timeout=60000)
    seat.close()
    assert threads() == []
    again = opening.open_office(world, office, database.sqlite_url(office))
    assert take_lease(again, world.new_id()) is not None, "another PC may take over at once"
    again.close()


def test_an_office_without_head_office_has_no_light_and_no_thread(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    assert seat.desk._sync is not None
    seat.qtbot.waitUntil(lambda: not seat.desk._catch_up.isActive(), timeout=60000)
    seat.idle()
    assert words(seat) == ""
    assert threads() == []
    assert seat.desk._sync._runner is None
