"""The whole program offscreen, and somebody's hands: `seat = sit()` starts it over the data folder of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.trust import AuditEntry
from desktop.services import access, database, opening
from desktop.services.acts import Op
from desktop.services.recovery import RecoveryCode, make_recovery_code
from desktop.services.work import PROGRAM, begin
from desktop.views.lock import LockScreen
from desktop.views.login import SignIn
from desktop.views.theme import Theme
from desktop.world import SeededWorld
from tests.offices import PASSWORD, first_start, make_office
from tests.rest import BRIEF_MS, come_to_rest

CTRL = Qt.KeyboardModifier.ControlModifier
WRONG, NEW = "Maple-丙丁-42", "Cedar-庚辛-44"


@pytest.fixture(autouse=True)
def look(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    """The look of the program."""
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


class Seat:
    """The running program, and somebody's hands."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self.qtbot, self.desk, self.window = qtbot, desk, desk.window
        self.closed = False
        desk.show()
        self.window.activateWindow()
        self.idle()

    def idle(self, brief_ms: int = BRIEF_MS) -> None:
        """Until no work is under way, nor begun by work that has just ended, nor about to begin after a brief pause."""
        come_to_rest(self.window, lambda: self.window.jobs.count or self.desk.about_to_open, 30_000, brief_ms)

    @property
    def card(self) -> SignIn:
        card = self.window.stack.currentWidget()
        assert isinstance(card, SignIn)
        return card

    @property
    def lock(self) -> LockScreen:
        screen = self.window.lock_screen
        assert screen is not None
        return screen

    def unlock(self, secret: str, who: int = 0) -> None:
        """At the lock: somebody of the list, her PIN or password, Enter."""
        self.lock.list.choose(who)
        assert self.lock.secret.hasFocus()
        self.lock.secret.setText(secret)
        self.press(Qt.Key.Key_Return)

    @property
    def place(self) -> str:
        return self.window.place.key if self.window.place is not None else ""

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.idle()

    def sign_in(self, user: str, password: str) -> None:
        card = self.card
        if user:
            card.user.set_value(user)
        card.password.setText(password)
        card.password.setFocus()
        self.press(Qt.Key.Key_Return)

    def said(self) -> str:
        return self.card.said

    def close(self) -> None:
        """As somebody closes the window."""
        self.closed = True
        self.window.toast_widget.dismiss()
        self.window.close()
        QApplication.processEvents()
        self.desk.shut()
        self.desk.keeper.idle.stop()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


Sit = Callable[..., Seat]


@pytest.fixture
def sit(qtbot: QtBot, world: SeededWorld, tmp_path: Path) -> Iterator[Sit]:
    """`sit()`: the program over the data folder of this test; again for a second program or a restart."""
    seats: list[Seat] = []

    def start(outside: SeededWorld | None = None, **how: Any) -> Seat:
        seats.append(Seat(qtbot, Desk(Start(data=tmp_path / "data", **how), outside or world)))
        return seats[-1]

    yield start
    for seat in seats:
        if not seat.closed:
            seat.close()


@pytest.fixture
def code(world: SeededWorld) -> RecoveryCode:
    return make_recovery_code(world)


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path, code: RecoveryCode) -> Path:
    """An office on the disk, closed: administrator admin, clerk linxm whose password need not be changed."""
    data = tmp_path / "data"
    url = database.sqlite_url(data).render_as_string()
    made = make_office(world, data, url, first_start(demo=False), code)
    passwords = opening.passwords_for(world, demo=True)  # cheap: tests make people often
    with begin(made, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        access.enter_staff(
            work, access.StaffForm("linxm", "林小满", ("front_desk",), PASSWORD), passwords, must_change=False
        )
    made.close()
    return data


def acts(seat: Seat, op: Op) -> list[Any]:
    assert seat.desk.office is not None
    with seat.desk.office.reading() as session:
        query = sa.select(AuditEntry.actor_id).where(AuditEntry.op == op.value).order_by(AuditEntry.n)
        return list(session.scalars(query))


def visible_words(window: QWidget) -> str:
    return " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())
