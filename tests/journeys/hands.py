"""Ten fingers on the keyboard of a desk: the driver of every test that goes through the whole program.

It needs no pytest, so that a process of its own can be driven by it too (tests/crash). `seen` is called after every
turn of the event loop: what the window reported is read off it there, before the next key falls; `before_key` before
each key or word.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.app import Desk
from desktop.ocr.id_number import make_id_number
from desktop.services.check_in_draft import ORDER, CheckInDraft, Step
from desktop.views.keys import top_overlay
from tests.offices import PASSWORD
from tests.views.conftest import type_chinese

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
PLAIN = Qt.KeyboardModifier.NoModifier


class Hands:
    """The hands of one clerk; they never touch the mouse."""

    def __init__(
        self, desk: Desk, seen: Callable[[], None] = lambda: None, before_key: Callable[[], None] = lambda: None
    ) -> None:
        self.desk, self.window, self.seen, self.before_key = desk, desk.window, seen, before_key

    # what is in front

    @property
    def page(self) -> Any:
        return self.window.page()

    @property
    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    @property
    def dialog(self) -> Any:
        return top_overlay(self.window)

    @property
    def message(self) -> str:
        """What the strip over the page says; empty when it is not there."""
        bar = self.window.message_bar
        return bar.text.text() if bar.isVisible() else ""

    @property
    def said(self) -> str:
        """What the lock, or the sign-in card, says is wrong."""
        if (screen := self.window.lock_screen) is not None:
            return str(screen.row.message.text)
        card: Any = self.desk._card
        return card.said if card is not None else ""

    def light(self, key: str) -> str:
        """What a light in the status bar says."""
        return str(self.window.status.lights[key].accessibleName().split(" ")[0])

    # keys

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN, settle: bool = True) -> None:
        """One key, where the focus is."""
        self.before_key()
        QTest.keyClick(self.focus, key, modifier)
        if settle:
            self.settle()

    def enter(self) -> None:
        self.press(Qt.Key.Key_Return)

    def go_on(self) -> None:
        """Ctrl Enter: the primary."""
        self.press(Qt.Key.Key_Return, CONTROL)

    def alt(self, digit: int) -> None:
        self.press(Qt.Key(Qt.Key.Key_0 + digit), ALT)

    def type(self, text: str) -> None:
        """Latin by keys; Chinese as an input method gives it."""
        self.before_key()
        run = ""
        for letter in text + "\0":
            if run and (letter == "\0" or letter.isascii() != run[0].isascii()):
                if run.isascii():
                    QTest.keyClicks(self.focus, run)
                else:
                    type_chinese(self.focus, "x", run)
                run = ""
            run += letter
        self.settle()

    # waiting: on what is there, never on time

    def turn(self) -> None:
        """Once round the event loop, deletions included."""
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.seen()

    def until(self, what: Callable[[], Any], seconds: float = 120) -> None:
        """Wait for something, then for rest. Raises AssertionError with what the window says."""
        self.wait(what, seconds)
        self.settle()

    def wait(self, what: Callable[[], Any], seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"waited in vain; the window says: {self.message or self.said or '-'}"
            self.turn()
            time.sleep(0.002)

    def settle(self) -> None:
        """Until no work is under way, nor begun by work that has just ended."""
        for _ in range(3):
            self.wait(self._rests)
            self.turn()
        self.wait(self._rests)

    def _rests(self) -> bool:
        return not self.window.jobs.count and not self.desk.about_to_open

    # whole ways

    def open(self) -> None:
        """Show the window and bring it to the front, as a start of the program does."""
        self.desk.show()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Name and password, to the page that follows."""
        self.until(lambda: self.desk._card is not None and self.desk._card.isVisible())
        card: Any = self.desk._card
        self.wait(lambda: card.user.hasFocus() or card.password.hasFocus())
        if card.user.hasFocus():
            card.user.selectAll()
            self.type(login)
            self.enter()
        self.type(password)
        self.enter()
        self.until(lambda: self.desk.session is not None and self.window.page() is not None)

    def unlock(self, secret: str = PASSWORD) -> None:
        """The one who locked is back."""
        self.type(secret)
        self.enter()
        self.until(lambda: self.window.lock_screen is None)

    def leave(self) -> None:
        """Close the window as the person at the desk does, and end the program."""
        self.window.toast_widget.dismiss()
        self.window.close()
        self.turn()
        self.desk.shut()


# ---- a check-in, typed ---------------------------------------------------------------------------------------------

NUMBER = make_id_number(date(1996, 4, 18), "female")
TYPED: dict[str, str] = {
    "number": NUMBER, "name": "顾听澜", "address": "样例省青川市临江区望江路88号3幢502", "phone": "13812345678",
    "occupation": "平面设计", "home_address": "青川市临江区柳浪巷17号4单元", "emergency_name": "顾知夏",
    "emergency_relation": "姐姐", "emergency_phone": "13900002046", "bank": "建设银行",
    "bank_number": "6217000010000000000", "room": "1 栋 201", "rent": "1930", "reading.water": "12.5",
    "reading.electricity": "3021", "keys": "3",
}  # fmt: skip
"""What a clerk types, by the field of the draft it goes to."""


class TypedCheckIn:
    """Somebody is checked in by typing alone. `typed` grows as the keys fall; each method is one step of the wizard."""

    BACK = (Qt.Key.Key_Left, ALT)

    def __init__(self, hands: Hands, values: Mapping[str, str] = TYPED) -> None:
        self.hands, self.values = hands, values
        self.typed: dict[str, str] = {}

    @property
    def page(self) -> Any:
        return self.hands.window._pages["check_in"]

    def put(self, name: str) -> None:
        """Type one value where the focus is; it counts as typed with its first key."""
        focus = self.hands.focus
        if isinstance(focus, QLineEdit):
            focus.selectAll()
        self.typed[name] = self.values[name]
        self.hands.type(self.values[name])
        assert kept(self.page.draft, name) == self.values[name], f"what was typed for {name} went elsewhere"

    def on(self, field: QWidget) -> None:
        """Tab until the focus is on a field."""
        for _ in range(40):
            if field.hasFocus():
                return
            self.hands.press(Qt.Key.Key_Tab)
        raise AssertionError(f"no Tab leads to {field.accessibleName()}")

    def tick(self, tick: Any, digit: int) -> None:
        """Alt and the digit, unless it is ticked already."""
        if not tick.value():
            self.hands.alt(digit)

    def at(self, step: Step) -> None:
        self.hands.until(lambda: self.page.draft.step is step)

    def begin(self) -> None:
        self.hands.press(Qt.Key.Key_F2)
        self.hands.until(lambda: self.page.facts is not None and self.page.draft.step is Step.READ)

    def read(self) -> None:
        self.put("number")
        self.hands.enter()
        self.at(Step.REVIEW)

    def review(self) -> None:
        self.put("name")
        self.on(self.page.view.inputs["address"])
        self.put("address")
        self.tick(self.page.view.matched, 9)
        self.hands.go_on()
        self.at(Step.CONTACT)

    def contact(self) -> None:
        for name in (
            "phone", "occupation", "home_address", "emergency_name", "emergency_relation", "emergency_phone", "bank",
            "bank_number",
        ):  # fmt: skip
            self.put(name)
            self.hands.enter()
        self.tick(self.page.view.bank_consent, 2)
        self.tick(self.page.view.told, 1)
        self.hands.go_on()
        self.hands.until(lambda: self.page.draft.step in (Step.ROOM, Step.TERMS))
        if self.page.draft.step is Step.TERMS:  # the room in hand on the board was taken over
            self.hands.press(*self.BACK)
        self.at(Step.ROOM)

    def room(self) -> None:
        self.hands.until(lambda: self.page.view.rooms)
        self.typed["room"] = self.values["room"]
        self.hands.type(self.values["room"].split()[-1])
        self.hands.enter()
        self.at(Step.TERMS)

    def terms(self) -> None:
        self.on(self.page.view.rows["rent"].field)
        self.put("rent")
        self.hands.go_on()
        self.at(Step.HANDOVER)

    def handover(self) -> None:
        self.put("reading.water")
        self.hands.enter()
        self.put("reading.electricity")
        self.on(self.page.view.rows["keys"].field)
        self.put("keys")

    def store(self) -> None:
        self.hands.go_on()
        self.at(Step.PAYMENT)
        self.hands.until(lambda: self.page.view.open is not None)

    def pay(self) -> None:
        """The whole sum in cash stands there already."""
        self.hands.enter()
        self.at(Step.PRINT)

    def print(self) -> None:
        self.hands.until(lambda: self.page.view.panel.preview is not None)
        self.hands.go_on()
        self.hands.until(lambda: self.page.finished and not self.hands.desk.printer.printing.waiting)

    def to(self, step: Step) -> None:
        """From the board to a step, nothing of it typed yet."""
        self.begin()
        for each in ORDER[: ORDER.index(step)]:
            self.do(each)

    def do(self, step: Step) -> None:
        """All of one step, to the next."""
        if step is Step.HANDOVER:
            self.handover()
            self.store()
        else:
            ways = {
                Step.READ: self.read, Step.REVIEW: self.review, Step.CONTACT: self.contact, Step.ROOM: self.room,
                Step.TERMS: self.terms, Step.PAYMENT: self.pay, Step.PRINT: self.print,
            }  # fmt: skip
            ways[step]()


def kept(draft: CheckInDraft, name: str) -> str:
    """What a draft holds of a value that was typed."""
    if name.startswith("reading."):
        return draft.readings.get(name.removeprefix("reading."), "")
    return str(getattr(draft, name))
