"""Puts the parts together: folders, log, look, window, sign-in, office, pages. The one place that sees every room.

First paint is the sign-in card over an empty frame: no keys, no SQLAlchemy, no personal data. The office is opened by a
worker while the clerk types.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from desktop import qt_imports  # noqa: F401 - first by the door (`__main__`), here for whoever comes another way
from desktop.models.right import Right
from desktop.paths import Folders, folders
from desktop.preferences import Preferences, PreferencesFile, WindowPlace
from desktop.views import icons, messages
from desktop.views.jobs import Watchdog
from desktop.views.login import SignIn
from desktop.views.main_window import MainWindow
from desktop.views.theme import Shade, Theme, TypeSize, system_shade
from desktop.world import World

if TYPE_CHECKING:
    from desktop.desk_printing import DeskPrinting
    from desktop.services.access import SignedIn
    from desktop.services.errors import DatabaseGone
    from desktop.services.office import Office
    from desktop.views.device_watch import DeviceWatch
    from desktop.views.due_watch import DueWatch
    from desktop.views.keeper import Keeper
    from desktop.views.line_guard import LineGuard
    from desktop.views.move_watch import MoveWatch
    from desktop.views.opening_retry import OpeningRetry
    from desktop.views.repair_watch import RepairWatch
    from desktop.views.session import DeskSession
    from desktop.views.sync_watch import SyncWatch

log = logging.getLogger(__name__)

DEMO_ROLES = (
    ("front_desk", "前台"), ("cashier", "收银"), ("manager", "主管"), ("administrator", "管理员"), ("finance_lead",
    "财务"),
    ("auditor", "审计"),
)  # fmt: skip
"""Role buttons of a demo office; the window widens its card for them."""
OPEN_AFTER_MS = 50
"""Behind the first paint: what opening imports would hold the interpreter while the card is drawn."""
PAINT_AFTER_MS = 300
CATCH_UP_AFTER_MS = 700
"""Behind the first page: its reading goes before the first look at due things."""
WARM_AFTER_MS = 1500


class Start(NamedTuple):
    """How the program was started."""

    data: Path | None = None
    database: str = ""
    demo: bool = False


class Desk(QObject):
    """The running program. Signals none; everything is reached through the window."""

    def __init__(self, start: Start, world: World | None = None, kept: PreferencesFile | None = None) -> None:
        super().__init__()
        self.start_with = start
        self.world = world or World()
        self.folders: Folders = folders(start.data)
        self.folders.make()
        self._preferences_file = kept or PreferencesFile(self.folders.preferences)
        self.preferences: Preferences = self._preferences_file.loaded or self._preferences_file.load()
        self.office: Office | None = None
        self._lock: Any = None
        self._opening = False
        self._waiting: Callable[[], None] | None = None
        self._card: SignIn | None = None
        self._guard: LineGuard | None = None
        self._devices: DeviceWatch | None = None
        self._moves: MoveWatch | None = None
        self._due: DueWatch | None = None
        self._repairs: RepairWatch | None = None
        self._sync: SyncWatch | None = None
        self._retry: OpeningRetry | None = None
        self._search: Any = None
        self.window = MainWindow(today=self.world.today)
        self.window.closing.connect(self._closing)
        self.window.tables_changed.connect(self._tables_changed, Qt.ConnectionType.QueuedConnection)
        self._begin = self._once(OPEN_AFTER_MS, self._open_office)
        self._soon = self._once(PAINT_AFTER_MS, self._warm_board)
        self._warm = self._once(WARM_AFTER_MS, self._warm_up)
        self._catch_up = self._once(CATCH_UP_AFTER_MS, self._begin_due)

    def _once(self, after_ms: int, slot: Callable[[], object]) -> QTimer:
        """A timer that, started, calls once."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(slot)
        return timer

    @cached_property
    def printer(self) -> DeskPrinting:
        """What this desk prints with; whoever is first to need it."""
        from desktop.desk_printing import DeskPrinting

        demo = self.start_with.demo
        made = DeskPrinting(self.window, self.world, self.folders.prints, demo, lambda: self.preferences)
        self.window.print_queue_wanted.connect(made.show_queue)
        return made

    @cached_property
    def keeper(self) -> Keeper:
        """Who sits here, and the lock; from the first sign-in on."""
        from desktop.views.keeper import Keeper

        made = Keeper(self.window, self.world.now, self._make_session, lambda: " · ".join(filter(None, self._names())))
        made.other_wanted.connect(self._other_user)
        made.seated.connect(self._seated)
        made.idle.watch(self.window.windowHandle())
        self.window.lock_wanted.connect(made.lock)
        return made

    # ---- starting ----------------------------------------------------------------------------------------------------

    @property
    def data_dir(self) -> Path:
        return self.folders.cache / "demo" if self.start_with.demo else self.folders.data

    def show(self) -> None:
        """First paint: the sign-in card, or the wizard when there is no office yet."""
        place = self.preferences.window
        if place.width:
            self.window.resize(place.width, place.height)
        else:
            self.window.resize(1093, 614)
        if self.start_with.demo or self._has_office():
            self._show_sign_in()
            self._begin.start()
            self._soon.start()
        else:
            QTimer.singleShot(0, self._first_start)
        if place.maximized:
            self.window.showMaximized()
        else:
            self.window.show()

    def _has_office(self) -> bool:
        return bool(self.start_with.database or self.preferences.office or (self.folders.data / "office.db").exists())

    @property
    def about_to_open(self) -> bool:
        """The card is being drawn; the office is opened behind it."""
        return self._begin.isActive()

    @property
    def session(self) -> DeskSession | None:
        """Who sits here; None before sign-in."""
        return self.window.session

    def _show_sign_in(self) -> None:
        name, desk = self._names()
        roles = tuple((role, words) for role, words in DEMO_ROLES) if self.start_with.demo else ()
        card = SignIn("" if self.office is None else name, desk, demo=roles)
        card.submitted.connect(self._submitted)
        card.demo_role_chosen.connect(self._demo_role)
        card.key_file_wanted.connect(partial(card.ask_passphrase, True))
        if self.preferences.login and not self.start_with.demo:
            card.user.set_value(self.preferences.login)
        self._card = card
        self._show_office()
        self.window.show_sign_in(card)

    def _names(self) -> tuple[str, str]:
        if self.office is not None:
            return f"{self.office.project_name}服务中心", self.office.desk.name
        return "安居前台", ""

    def _show_office(self) -> None:
        name, desk = self._names()
        self.window.show_office(name, desk)

    def _open_office(self) -> None:
        if self._opening or self.office is not None:
            return
        self._opening = True
        passphrase = self._card.key_file_words if self._card is not None else ""
        self.window.run(
            partial(open_desk_office, self.world, self.start_with, self.folders, self.preferences.office, passphrase),
            self._opened,
            self._not_opened,
            busy=self.tr("正在准备演示管理处") if self.start_with.demo else self.tr("正在打开管理处"),
        )

    def _opened(self, opened: tuple[Office, Any]) -> None:
        self._opening = False
        self._take_office(*opened)
        self._show_office()
        if self._card is not None:
            self._card.show_office(*self._names())
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    def _take_office(self, office: Office, lock: Any) -> None:
        """An office is open: hear of its changes and guard the line to it."""
        from desktop.views.device_watch import DeviceWatch
        from desktop.views.due_watch import DueWatch
        from desktop.views.line_guard import LineGuard
        from desktop.views.move_watch import MoveWatch
        from desktop.views.repair_watch import RepairWatch
        from desktop.views.sync_watch import SyncWatch

        self._no_retry()
        self.office, self._lock = office, lock
        office.listen(self.window.tables_changed.emit)
        self._guard = LineGuard(self.window, office)
        self._guard.start()
        self._devices = DeviceWatch(self.window, office)
        self._devices.revoked.connect(self._revoked)
        self._moves = MoveWatch(self.window, office)
        self._moves.follow_wanted.connect(self._moved)
        self._due = DueWatch(self.window, office)
        self._due.start()
        self._repairs = RepairWatch(self.window)
        self._sync = SyncWatch(self.window, office)

    def _revoked(self) -> None:
        """An administrator took the keys from this PC: nobody works on here until it is let in again."""
        if self.office is not None:
            self._begin_again()

    def _moved(self, address: str) -> None:
        """The office lives elsewhere now: it is opened there, with this PC's keys."""
        self.start_with = self.start_with._replace(database="")
        self._remember(self.preferences._replace(office=address))
        self._begin_again()

    def _begin_again(self) -> None:
        """Everybody's pages go, with their drafts kept; the office is opened anew behind the sign-in card."""
        self.keeper.idle.stop()
        self.window.seat.leave()  # the page in front keeps its draft
        for seat in list(self.window.asleep):
            self.window.forget_seat(seat)
        self.window.set_session(None)
        if self.window.lock_screen is not None:
            self.window.unlock()
        self._leave_office()
        self._show_sign_in()
        self._open_office()

    def _leave_office(self) -> None:
        """Close the office and what watches it; the window stays."""
        for watch in (self._sync, self._repairs, self._due, self._moves, self._devices, self._guard):
            if watch is not None:
                watch.stop()
        self._sync = self._repairs = self._due = self._moves = self._devices = self._guard = None
        if self.office is not None:
            self.office.close()
            self.office = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _not_opened(self, error: Exception) -> None:
        from desktop.services.database import NotAnOffice
        from desktop.services.device_key import DeviceFileBroken, DeviceKeyLost, PassphraseNeeded, WrongPassphrase
        from desktop.services.errors import DatabaseGone, DomainError, Outage
        from desktop.services.opening import DeviceNotApproved

        self._opening, self._waiting = False, None
        if isinstance(error, DatabaseGone) and self._card is not None:
            self._wait_for_server(error)
            return
        self._no_retry()
        if isinstance(error, NotAnOffice) and not self.start_with.demo:
            self._first_start()
            return
        if isinstance(error, DeviceNotApproved | DeviceKeyLost | DeviceFileBroken) and not self.start_with.demo:
            self._join(error.message, lost=not isinstance(error, DeviceNotApproved))
            return
        if self._card is not None and isinstance(error, DomainError | Outage):
            asked = isinstance(error, PassphraseNeeded | WrongPassphrase)
            if asked:
                self._card.ask_passphrase(True)
            self._card.show_error(error.message, passphrase=asked)
            return
        messages.show_error(error)

    def _wait_for_server(self, error: DatabaseGone) -> None:
        """The card stays and can be typed into; the office is opened as soon as the server answers."""
        from desktop.services.database import reason_in_words
        from desktop.views.opening_retry import OpeningRetry

        assert self._card is not None
        self._card.show_error(self.tr("数据库还没有连上，连上后再登录"))
        if self._retry is None:
            self._retry = OpeningRetry(self.window, self._open_office)
        self._retry.wait(reason_in_words(error.__cause__))

    def _no_retry(self) -> None:
        if self._retry is not None:
            self._retry.over()
            self._retry = None
            if self._card is not None:
                self._card.show_error("")

    def _first_start(self) -> None:
        from desktop.office_place import place_facts, unfit_for_office
        from desktop.views.first_start import FirstStartPage

        unfit = unfit_for_office(place_facts(self.folders.data))
        page = FirstStartPage(
            self.window,
            self.world,
            self.folders.data,
            unfit.message if unfit else "",
            printing=self.printer.printing,
            address=self.start_with.database or self.preferences.office,
        )
        page.office_made.connect(self._office_made)
        self._card = None
        self.window.show_office("安居前台", "")
        self.window.show_sign_in(page)

    def _join(self, why: str, lost: bool) -> None:
        """This PC may not open the office: an administrator or the recovery code lets it in, with new keys when its own
        are lost."""
        from desktop.views.first_start.join import JoinOffice

        passphrase = ""
        if self._card is not None:
            self._card.show_error(why)
            passphrase = self._card.key_file_words
        address = self.start_with.database or self.preferences.office
        joining = JoinOffice(self.window, self.world, self.folders.data, address, forget=lost, passphrase=passphrase)
        joining.joined.connect(self._office_made)
        joining.ask(why)

    def _office_made(self, office: Office, lock: Any, address: str) -> None:
        self._take_office(office, lock)
        if address:
            self._remember(self.preferences._replace(office=address))
        self._show_sign_in()

    # ---- signing in --------------------------------------------------------------------------------------------------

    def _submitted(self, user: str, password: str) -> None:
        if self.office is None:
            # The clerk was quicker than the database: sign in as soon as it is open.
            self._waiting = partial(self._submitted, user, password)
            self._open_office()
            return
        from desktop.services.access import sign_in
        from desktop.services.opening import passwords_for

        passwords = passwords_for(self.world, self.office.demo)
        self.window.run(
            partial(sign_in, self.office, user, password, passwords),
            partial(self._signed_in, True),
            self._sign_in_failed,
            write=True,
            busy=self.tr("正在核对密码"),
        )

    def _demo_role(self, role: str) -> None:
        if self.office is None:
            self._waiting = partial(self._demo_role, role)
            self._open_office()
            return
        from desktop.services.access import sign_in_demo

        self.window.run(
            partial(sign_in_demo, self.office, role), partial(self._signed_in, False), self._sign_in_failed, write=True
        )

    def _sign_in_failed(self, error: Exception) -> None:
        from desktop.services.access import SignInRefused
        from desktop.services.errors import DomainError, Outage

        if self._card is not None and isinstance(error, DomainError | Outage):
            gone = getattr(error, "line_gone", False)
            self._card.show_error(self.tr("连不上数据库，核对不了密码：恢复后再按 Enter") if gone else error.message)
            if isinstance(error, SignInRefused) and error.wait.total_seconds() >= 1:
                self._card.show_wait(round(error.wait.total_seconds()))
            return
        messages.show_error(error)

    def _make_session(self, signed: SignedIn) -> DeskSession:
        from desktop.services.opening import passwords_for
        from desktop.views.session import DeskSession

        assert self.office is not None
        passwords = passwords_for(self.world, self.office.demo)
        return DeskSession(
            self.office, signed.actor, self.printer.printing, passwords, self.preferences, self._remember
        )

    def _signed_in(self, remember: bool, signed: SignedIn) -> None:
        """Through the sign-in card."""
        if self._card is not None:
            self._card.wipe()
            self._card = None
        if remember:
            self._remember(self.preferences._replace(login=signed.login))
        new = self.keeper.sit_down(signed)
        self.window.leave_sign_in()
        if new:
            self._seated(signed)
        self.keeper.idle.start()

    def _seated(self, signed: SignedIn) -> None:
        """Somebody begins with fresh pages."""
        if self._search is None:
            from desktop.views.search import SearchPopup

            self._search = SearchPopup(self.window)
        self.window.navigate("today" if _works_here(signed.actor.rights) else "board")
        if signed.must_change_password:
            from desktop.views.admin.staff import OwnPasswordDialog

            dialog = OwnPasswordDialog(self.window.seat, must=True)
            dialog.closed.connect(self._must_change_closed)
            self.window.open(dialog)
        self._lights()
        self._catch_up.start()
        self._load_lock_minutes()
        self._warm.start()

    def _must_change_closed(self, changed: bool) -> None:
        if not changed and self.session is not None:  # nobody works on with a password that somebody else knows
            self._note_leaving(self.keeper.sign_out())
            self._other_user()

    def _lights(self) -> None:
        if self._devices is not None:
            self._devices.look()
        if self._repairs is not None:
            self._repairs.look()
        self.printer.begin_queue()

    def _begin_due(self) -> None:
        """Somebody sits here: what fell due meanwhile is looked for, and what others did is fetched."""
        if self._due is not None:
            self._due.begin()
        if self._sync is not None:
            self._sync.begin()

    def _load_lock_minutes(self) -> None:
        from desktop.services.settings import setting

        assert self.session is not None
        self.window.run(partial(self.session.read, setting, "lock_minutes"), self._set_lock_minutes)

    def _tables_changed(self, tables: frozenset[str]) -> None:
        if self.session is not None and (not tables or "setting" in tables):
            self._load_lock_minutes()

    def _set_lock_minutes(self, minutes: int) -> None:
        self.keeper.idle.set_minutes(int(minutes))
        if not self.window.shut:
            self.keeper.idle.start()

    def _warm_board(self) -> None:
        """While the clerk types the password the tiles of the board are painted once, aside."""
        from desktop.views.tiles import warm_up

        warm_up()

    def _warm_up(self) -> None:
        """The desk is quiet: what is opened next is loaded."""
        session = self.session
        if session is not None:
            from desktop.views.warming import warm_up

            self.window.jobs.run(partial(warm_up, session.read, session.actor.rights))

    def _other_user(self) -> None:
        """Somebody who is not on the lock card sits down."""
        self.keeper.idle.stop()
        self._remember(self.preferences._replace(login=""))
        self._show_sign_in()

    # ---- ending ------------------------------------------------------------------------------------------------------

    def _remember(self, preferences: Preferences) -> None:
        self.preferences = preferences
        for session in self.keeper.sessions:
            session.preferences = preferences
        try:
            self._preferences_file.save(preferences)
        except OSError as error:
            log.warning("preferences not saved: %s", error.strerror)

    def _closing(self) -> None:
        self.keeper.idle.stop()
        self._begin.stop()
        self._soon.stop()
        self._warm.stop()
        self._catch_up.stop()
        self._note_leaving(self.keeper.sessions)
        icons.save()
        size = self.window.size()
        self._remember(
            self.preferences._replace(
                window=WindowPlace(width=size.width(), height=size.height(), maximized=self.window.isMaximized())
            )
        )
        QTimer.singleShot(0, self.shut)

    def _note_leaving(self, sessions: list[DeskSession]) -> None:
        """Note in the log that the desk was left; a dead database keeps nobody from closing the window."""
        if not sessions:
            return
        from desktop.services.access import sign_out
        from desktop.services.errors import DomainError, Outage
        from desktop.services.moved_on import OfficeMoved

        for session in sessions:
            try:
                sign_out(session.office, session.actor)
            except OfficeMoved:
                pass  # the old database notes nothing any more
            except (DomainError, Outage) as error:
                log.warning("leaving was not noted: %s", type(error).__name__)

    def shut(self) -> None:
        """Close what is open: printing, database, lock."""
        if self._retry is not None:
            self._retry.over()
            self._retry = None
        if "printer" in vars(self):
            self.printer.close()
        self._leave_office()


def _works_here(rights: frozenset[Right]) -> bool:
    """Whether somebody does the office's work, and so begins with what is to be done; who only looks begins with the
    rooms."""
    return Right.USE_DRAFTS in rights


def open_desk_office(
    world: World, start: Start, where: Folders, remembered: str, passphrase: str
) -> tuple[Office, Any]:
    """In a worker: the office this program was started for, and the lock that keeps a second program out."""
    from desktop.services import database, opening

    if start.demo:
        from desktop.services.demo import demo_dir

        data = demo_dir(where.cache / "demo", world.today())
        url = database.sqlite_url(data)
    else:
        data = where.data
        address = start.database or remembered
        url = database.parse_url(address) if address else database.sqlite_url(data)
    held = ExitStack()
    held.enter_context(opening.alone(data, url))
    try:
        return opening.open_office(world, data, url, passphrase or None), held
    except BaseException:
        held.close()
        raise


def make_application(
    arguments: list[str], preferences: Preferences | None = None, cache: Path | None = None
) -> QApplication:
    """The QApplication with our look. Call once a process."""
    application = QApplication(arguments)
    application.setApplicationName("AnjuDesk")
    application.setApplicationDisplayName("安居前台")
    chosen = preferences or Preferences()
    shade = system_shade() if chosen.theme == "system" else Shade(chosen.theme.value)
    size = {"small": TypeSize.COMPACT, "large": TypeSize.LARGE}.get(chosen.type_size.value, TypeSize.STANDARD)
    Theme(cache).install(application, shade, size)
    return application


def run(start: Start) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    where = folders(start.data)
    where.make()
    with ExitStack() as running:
        try:
            kept = PreferencesFile(where.preferences)
            application = make_application(sys.argv[:1], kept.load(), where.cache / "icons")
            desk = Desk(start, kept=kept)
            running.callback(desk.shut)
            desk.show()
        except BaseException as error:
            with ExitStack() as told:
                _begin_log(where, told)
                log.critical("the window did not come", exc_info=error)
            raise
        # The log, what it imports and the watch come behind the first paint: nobody waits for them at the sign-in card.
        QTimer.singleShot(0, partial(_begin_log, where, running))
        QTimer.singleShot(0, partial(_begin_watch, running))
        return application.exec()


def _begin_log(where: Folders, running: ExitStack) -> None:
    from desktop.logs import start_logs

    running.callback(start_logs(where.logs, on_crash=_crashed).stop)


def _begin_watch(running: ExitStack) -> None:
    running.callback(Watchdog().stop)


def _crashed(error: BaseException) -> None:
    """An exception nobody caught: the crash dialog offers a report without personal data, and the window lives on."""
    if isinstance(error, Exception) and QApplication.instance() is not None:
        messages.show_error(error)
