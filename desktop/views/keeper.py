"""Who sits at this PC: the desk is locked and opened, and who stepped aside finds her place as she left it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.views import messages
from desktop.views.idle import Idle
from desktop.views.seat import Seat
from desktop.world import OFFICE_ZONE

if TYPE_CHECKING:
    from desktop.services.access import SignedIn
    from desktop.services.pins import PersonHere
    from desktop.views.lock import Knocker
    from desktop.views.main_window import MainWindow
    from desktop.views.session import DeskSession

MOST_SEATS = 6
"""Pages of so many people are kept; the one who was away longest begins anew, with her drafts."""


class Keeper(QObject):
    """Locks and opens. Signals: other_wanted() for somebody not on the card; seated(SignedIn) after another's PIN."""

    other_wanted = Signal()
    seated = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        now: Callable[[], datetime],
        make_session: Callable[[SignedIn], DeskSession],
        where: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._window, self._now, self._make_session, self._where = window, now, make_session, where
        self.idle = Idle(self)
        self.idle.passed.connect(self._idle_passed)
        self._login: dict[Any, str] = {}

    @property
    def sessions(self) -> list[DeskSession]:
        """Of everybody who has signed in and not out."""
        return [seat.session for seat in self._window.seats if seat.session is not None]

    # sitting down

    def sit_down(self, signed: SignedIn) -> bool:
        """Give somebody her place; True when it is a new one, False when her pages wait for her."""
        window, actor = self._window, signed.actor
        self._login[actor.staff_id] = signed.login
        before = next((seat for seat in window.seats if _of(seat) == actor.staff_id), None)
        if before is not None and before.session.actor == actor:
            window.change_seat(before)
            return False
        window.change_seat(Seat(window, self._make_session(signed), actor.rights, actor.name))
        for old in [before, *window.asleep[: -MOST_SEATS + 1]]:
            if old is not None:  # her rights have changed meanwhile, or there are too many
                window.forget_seat(old)
        return True

    def sign_out(self) -> list[DeskSession]:
        """The one in front leaves for good: her pages go. Those whose leaving is to be noted in the log."""
        left = [self._window.session] if self._window.session is not None else []
        self._window.set_session(None)
        return left

    # the lock

    def lock(self) -> None:
        """F9: hide everything; what was being typed stays where it is."""
        self._lock(self._window.tr("{time} 按 F9 锁定").format(time=self._time()))

    def _idle_passed(self, minutes: int) -> None:
        words = self._window.tr("{n} 分钟没有操作，{time} 起锁定")
        self._lock(words.format(n=minutes, time=self._time()))

    def _time(self) -> str:
        return f"{self._now().astimezone(OFFICE_ZONE):%H:%M}"

    def _lock(self, reason: str) -> None:
        from desktop.views.lock import Knocker, LockScreen

        session = self._window.session
        if session is None or self._window.shut:
            return
        self.idle.stop()
        actor = session.actor
        first = Knocker(actor.staff_id, self._login.get(actor.staff_id, ""), actor.name)
        screen = LockScreen(self._window, self._where(), reason, self._now(), self._now, first)
        screen.submitted.connect(self._try)
        screen.other_user_wanted.connect(self._other)
        self._window.lock(screen)
        from desktop.services.pins import people_here

        self._window.run(partial(people_here, session.office), self._show_people, _ignored)

    def _show_people(self, found: tuple[PersonHere, ...]) -> None:
        from desktop.views.lock import Knocker

        screen, session = self._window.lock_screen, self._window.session
        if screen is None or session is None:
            return
        known = {each.staff_id: Knocker(each.staff_id, each.login, each.name, each.roles, each.pin) for each in found}
        first = screen.people[0]
        mine = known.pop(first.staff_id, Knocker(first.staff_id, first.login, first.name, pin=False))
        screen.show_people([mine, *known.values()])

    def _try(self, who: Knocker, secret: str) -> None:
        from desktop.services.access import sign_in
        from desktop.services.passwords import is_pin
        from desktop.services.pins import sign_in_by_pin

        session = self._window.session
        if is_pin(secret):
            work: Any = partial(sign_in_by_pin, session.office, who.staff_id, secret, session.passwords)
        else:
            work = partial(sign_in, session.office, who.login, secret, session.passwords)
        self._window.run(work, self._opened, self._refused, write=True)

    def _opened(self, signed: SignedIn) -> None:
        screen = self._window.lock_screen
        if screen is None:
            return
        screen.wipe()
        new = self.sit_down(signed)
        self._window.unlock()
        if new:
            self.seated.emit(signed)
        self.idle.start()

    def _refused(self, error: Exception) -> None:
        screen, message = self._window.lock_screen, getattr(error, "message", "")
        if screen is None or not message:
            messages.show_error(error)
            return
        if getattr(error, "line_gone", False):
            message = self.tr("连不上数据库，核对不了：没做完的事都在，恢复后再按 Enter")
        wait = getattr(error, "wait", None)
        screen.show_error(message)
        if wait is not None and wait.total_seconds() >= 1:
            screen.show_wait(round(wait.total_seconds()))

    def _other(self) -> None:
        """Somebody who is not on the card: the sign-in card; the one before keeps her place."""
        self._window.change_seat(None)
        self._window.unlock()
        self.other_wanted.emit()


def _of(seat: Seat) -> Any:
    return seat.session.actor.staff_id if seat.session is not None else None


def _ignored(_error: Exception) -> None:
    """Without the list the one who locked still gets in; the line to the database has its own banner."""
