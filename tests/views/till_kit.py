"""A window over a real office with the pages of money in it; the other pages are notes of a visit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.preferences import Preferences, PrinterChoice
from desktop.services import opening, payments, receipts, till
from desktop.services.acts import Op
from desktop.services.check_ins import CheckedIn
from desktop.services.office import Office
from desktop.services.payments import PaymentTaken, TakePayment, TenderForm
from desktop.services.receipts import ReceiptRow
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.printing import FolderSink, Printing, PrintSink
from desktop.views.session import DeskSession
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import check_in, filled_office, person, rooms_of, sit_down, terms
from tests.rest import come_to_rest
from tests.views.visited import specs_with

MONEY_PAGES = (
    "bills",
    "bill",
    "bill_run",
    "till",
    "receipt",
    "receipts",
    "invoices",
    "deposits",
    "deposit",
    "keys",
    "meters",
    "pools",
)
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Gate:
    """A place in the services where work can be held up, as a slow disk would."""

    def __init__(self) -> None:
        self.name = ""
        self.reached, self.open = threading.Event(), threading.Event()

    def hold(self, name: str) -> None:
        self.name = name
        self.reached.clear()
        self.open.clear()

    def __call__(self, name: str) -> None:
        if name == self.name:
            self.reached.set()
            self.open.wait(20)


def _filled(roles: tuple[str, ...], office: Office) -> tuple[Actor, CheckedIn, CheckedIn]:
    clerk, actor = sit_down(office, "front_desk", login="lujx", name="陆见夏"), sit_down(office, *roles)
    rooms, day = rooms_of(office), office.world.today()
    late = check_in(office, clerk, rooms[1], person("沈知微", 3, phone="13900000003"), terms(day.replace(day=1)))
    return actor, late, check_in(office, clerk, rooms[0], person("林以宁", 2, phone="13900000002"), terms(day))


class Counter:
    """The desk: two tenants who owe a deposit of 1,860.00 and a rent of 5,580.00 each, one of them since the 1st."""

    def __init__(self, qtbot: QtBot, folder: Path, *roles: str, sink: PrintSink | None = None) -> None:
        self.qtbot, self.gate = qtbot, Gate()
        self.world = SeededWorld(MORNING)
        self.office: Office
        self.actor: Actor
        url = f"sqlite:///{folder / 'office.db'}"
        self.office, made = filled_office(self.world, folder / "office", url, partial(_filled, roles))
        self.actor, late, now = made
        self.world._fault = self.gate
        self.late, self.now = late.party_id, now.party_id
        self.lease = late.lease_id
        self.prints = folder / "prints"
        self.printing = Printing(sink or FolderSink(self.prints))
        preferences = Preferences(printers={"receipt": PrinterChoice(printer="针打-01")})
        passwords = opening.passwords_for(self.world, demo=True)
        self.session = DeskSession(self.office, self.actor, self.printing, passwords, preferences, lambda _kept: None)
        self.window = MainWindow(self.world.today, specs=specs_with(MONEY_PAGES))
        self.office.listen(self.window.tables_changed.emit)
        self.window.resize(1093, 614)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.window.set_session(self.session, self.actor.rights, self.actor.name)
        self.window.navigate("board")
        self.settle()

    def close(self) -> None:
        self.gate.open.set()
        self.settle()
        self.office.unlisten(self.window.tables_changed.emit)
        self.window.toast_widget.dismiss()
        self.window.close()
        self.window.deleteLater()
        self.printing.shutdown()
        self.office.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    # what is there

    @property
    def page(self) -> Any:
        return self.window.page()

    @property
    def focus(self) -> Any:
        return QApplication.focusWidget()

    @property
    def dialog(self) -> Any:
        return top_overlay(self.window)

    @property
    def message(self) -> str:
        """What the strip over the page says; empty when it is not there."""
        bar = self.window.message_bar
        return bar.text.text() if bar.isVisible() else ""

    @property
    def place(self) -> tuple[str, dict[str, Any]]:
        place = self.window.place
        assert place is not None
        return place.key, place.params

    def receipts(self) -> list[ReceiptRow]:
        with look(self.office, PROGRAM) as reading:
            return receipts.receipts_of(reading)

    def facts(self, party_id: UUID | None = None) -> till.TillFacts:
        with look(self.office, PROGRAM) as reading:
            return till.till_facts(reading, party_id or self.late)

    def pay_elsewhere(self, party_id: UUID | None = None, yuan: int | None = None) -> PaymentTaken:
        """Another desk takes money on the earliest bill."""
        facts = self.facts(party_id)
        row = facts.bills[0].row
        amount = row.owed if yuan is None else type(row.owed).yuan(yuan)
        tender = TenderForm(payments.PayMethod.CASH, amount)
        with begin(self.office, PROGRAM, Op.TAKE_PAYMENT) as work:
            return payments.take_payment(work, TakePayment(facts.payer_id, {row.id: amount}, [tender]))

    def printed(self) -> list[str]:
        return sorted(path.name for path in self.prints.glob("*.pdf"))

    # hands

    def settle(self) -> None:
        """Until no job is under way and nothing waits in the event loop."""
        come_to_rest(self.window, lambda: self.window.jobs.count or self.printing.waiting)

    def open(self, key: str, **params: Any) -> Any:
        self.window.navigate(key, **params)
        self.settle()
        return self.page

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, wait: bool = True
    ) -> None:
        """One key, where the focus is."""
        QTest.keyClick(self.focus or self.window, key, modifier)
        if wait:
            self.settle()

    def enter(self) -> None:
        self.press(Qt.Key.Key_Return)

    def type(self, text: str) -> None:
        target: QWidget = self.focus
        QTest.keyClicks(target, text)
        self.settle()


@contextmanager
def counter(qtbot: QtBot, folder: Path, *roles: str, sink: PrintSink | None = None) -> Iterator[Counter]:
    """A desk with somebody of these roles at it."""
    made = Counter(qtbot, folder, *roles, sink=sink)
    try:
        yield made
    finally:
        made.close()
