"""The frame: rail, top bar, the page in front, status bar, banner, messages and toasts; fixed keys and history.

It knows pages only as PageSpecs and hands itself to them as their Shell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QStatusTipEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.models.right import Right
from desktop.views import messages
from desktop.views.announcer import Announcer
from desktop.views.bars import ACTIONS, StatusBar, TopBar
from desktop.views.fixed_keys import FixedKeys
from desktop.views.fonts import load_whole_family
from desktop.views.jobs import Job, Jobs
from desktop.views.keys import top_overlay
from desktop.views.messages import Level, Message
from desktop.views.pages import PAGES, Page, PageSpec, Place, page_title
from desktop.views.rail import Rail
from desktop.views.seat import Seat, settle_focus

if TYPE_CHECKING:
    from desktop.views.dialogs import Dialog
    from desktop.views.lock import LockScreen
    from desktop.views.notices import Banner, MessageBar, Notice, Toast
    from desktop.views.tenant.screen import TenantScreen

_SMALLEST_BODY = QSize(840, 400)


class _Stack(QStackedWidget):
    """The pages. A page that asks for more than the smallest desk has must not push the window off the screen."""

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint().boundedTo(_SMALLEST_BODY) if page is not None else QSize()


class MainWindow(QMainWindow):
    """The one window; a `Shell` to its pages.

    Signals: lock_wanted() F9; hand_over_wanted() F8; help_wanted(topic) F1; page_changed(key); closing();
    print_queue_wanted() Shift F6 or a click on the printer's light; due_wanted() Shift F5 or a click on the light of
    due things;
    cleared() when nothing personal may be seen any more: the lock or the sign-in card comes;
    line_doubted() when work met a database that does not answer;
    tables_changed(frozenset) may be emitted from any thread to tell pages of a commit.
    """

    lock_wanted = Signal()
    hand_over_wanted = Signal()
    help_wanted = Signal(str)
    page_changed = Signal(str)
    print_queue_wanted = Signal()
    due_wanted = Signal()
    closing = Signal()
    tables_changed = Signal(object)
    line_doubted = Signal()
    cleared = Signal()

    def __init__(
        self,
        today: Callable[[], date] = date.today,
        *,
        specs: Sequence[PageSpec] | None = None,
        jobs: Jobs | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("Frame")
        self.setMinimumSize(860, 480)
        self._today = today
        self.specs = {spec.key: spec for spec in (PAGES if specs is None else specs)}
        self._seat = Seat(self)
        self.asleep: list[Seat] = []
        self._sign_in: QWidget | None = None
        self._lock: LockScreen | None = None
        self._alive = True
        self._tenant: TenantScreen | None = None
        self._closed = False
        self.guarded = False
        """Somebody watches the line to the database and tells of it: reads that fail for its sake need no words."""
        self._jobs = jobs or Jobs()
        self._build()
        self._wire()
        self.set_session(None)

    def _build(self) -> None:
        self.rail, self.top_bar, self.status = Rail(), TopBar(), StatusBar()
        self.stack = _Stack()
        empty = QWidget()
        empty.setObjectName("Canvas")
        self.stack.addWidget(empty)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.top_bar)
        right.addWidget(self.stack, 1)
        right.addWidget(self.status)
        central = QWidget()
        central.setObjectName("Canvas")
        row = QHBoxLayout(central)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.setCentralWidget(central)
        self._announcer = Announcer(self, right, self.stack)
        self.rail.show_pages(list(self.specs.values()))

    def _wire(self) -> None:
        self.rail.chosen.connect(self.navigate)
        self.top_bar.action_chosen.connect(self._take_action)
        self.top_bar.search.left.connect(self.leave_search)
        self.status.lock_wanted.connect(self.lock_wanted)
        self.status.light_chosen.connect(self._light_chosen)
        self.tables_changed.connect(self._tables_changed, Qt.ConnectionType.QueuedConnection)
        self._keys = FixedKeys(self, self._announcer.hide_message)
        messages.listen(self.show_message)

    @property
    def tenant(self) -> TenantScreen:
        """客户屏 of this window, with its keys: there from the first sign-in on, not at first paint."""
        return self._tenant or self._make_tenant_screen()

    def _make_tenant_screen(self) -> TenantScreen:
        from desktop.views.tenant.screen import TenantScreen

        self._tenant = TenantScreen(self)
        return self._tenant

    # the Shell

    @property
    def session(self) -> Any:
        return self._seat.session

    @property
    def jobs(self) -> Jobs:
        return self._jobs

    @property
    def frame(self) -> QWidget:
        return self

    def today(self) -> date:
        return self._today()

    def allowed(self, right: Right) -> bool:
        return self._seat.allowed(right)

    def run(
        self,
        function: Callable[..., Any],
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        *,
        write: bool = False,
        busy: str = "",
    ) -> Job:
        """Run work off the GUI thread and call back on it; the thin bar shows itself after 300 ms."""
        job = Job(function)
        if self._closed:  # a page's timer fired while the window goes: nobody waits for the answer
            job.cancel()
            return job
        if done is not None:
            job.succeeded.connect(_while_alive(done))
        if failed is None:
            failed = messages.show_error if write else self.read_failed
        job.failed.connect(_while_alive(failed))
        job.failed.connect(self._job_failed)
        self._announcer.watch(job, busy)
        return self._jobs.start(job, write=write)

    def _job_failed(self, error: Exception) -> None:
        if getattr(error, "line_gone", False):
            self.line_doubted.emit()

    def read_failed(self, error: Exception) -> None:
        """What is shown stays; with the line gone the banner says why, and everything is read again after it."""
        if not (self.guarded and getattr(error, "line_gone", False)):
            messages.show_error(error)

    def open(self, dialog: Dialog) -> None:
        dialog.open()

    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None:
        self._announcer.toast.say(text, undo)

    @property
    def toast_widget(self) -> Toast:
        return self._announcer.toast

    def banner(self, notice: Notice | None, source: str = "page") -> None:
        """Show the worst notice there is; a milder one does not push a graver one of another source away."""
        self._announcer.show_notice(notice, source)

    @property
    def banner_strip(self) -> Banner:
        return self._announcer.banner

    @property
    def message_bar(self) -> MessageBar:
        return self._announcer.message

    def set_light(self, key: str, icon: str, text: str, detail: str = "", tone: str = "ok") -> None:
        self.status.set_light(key, icon, text, detail, tone)

    def set_badge(self, key: str, count: int) -> None:
        if key in self.rail.entries:
            self.rail.entries[key].set_badge(count)

    def retitle(self) -> None:
        page, spec = self.page(), self._seat.spec()
        self.status.show_hints(page.hints() if page is not None else "")
        title = (page.title() if page is not None else "") or (page_title(spec) if spec is not None else "")
        self.setWindowTitle(f"{title} · 安居前台" if title else "安居前台")

    # who is here

    @property
    def seat(self) -> Seat:
        """Whose pages are in front; before sign-in nobody's."""
        return self._seat

    @property
    def seats(self) -> list[Seat]:
        """Of everybody who has signed in and not out, who sits here first."""
        return [self._seat, *self.asleep]

    @property
    def shut(self) -> bool:
        """The sign-in card or the lock stands before everything."""
        return self._sign_in is not None or self._lock is not None

    @property
    def sign_in_card(self) -> QWidget | None:
        """The card or the wizard, while nobody has signed in."""
        return self._sign_in

    @property
    def lock_screen(self) -> LockScreen | None:
        return self._lock

    def show_office(self, office: str, desk: str) -> None:
        """Name the office and the desk in the top bar."""
        self.top_bar.show_names(office, desk, self._today())

    def set_session(
        self, session: Any, rights: frozenset[Right] = frozenset(), name: str = "", shift: str = ""
    ) -> None:
        """Somebody has signed in with these rights, or nobody (None). Pages of another clerk are thrown away."""
        if session is not self._seat.session:
            self._seat.discard()
            self._seat = Seat(self, session, rights, name, shift)
            self._seat.away = self.shut
        self._seat.rights, self._seat.name, self._seat.shift = rights, name, shift
        self._show_seat()

    def change_seat(self, seat: Seat | None) -> None:
        """Somebody takes over behind the lock or the card: the one before keeps pages and dialogs as they are."""
        if seat is self._seat:
            return
        self._seat.leave()
        self.asleep = [each for each in (*self.asleep, self._seat) if each.session is not None and each is not seat]
        self._seat = seat if seat is not None else Seat(self)
        self._seat.away = self.shut
        self._show_seat()

    def forget_seat(self, seat: Seat) -> None:
        """One who was kept waiting has signed out: her pages go."""
        seat.discard()
        self.asleep = [each for each in self.asleep if each is not seat]

    def _show_seat(self) -> None:
        if self.session is not None:
            load_whole_family()
            self._keys.wake()
            if self._tenant is None:
                self._make_tenant_screen()
        self.status.show_clerk(self._seat.name, self._seat.shift)
        self._set_alive(self.session is not None and self._sign_in is None)
        if self._seat.page() is None and self._sign_in is None:
            self.stack.setCurrentIndex(0)
        self.retitle()

    def _set_alive(self, alive: bool) -> None:
        """Grey the frame while nobody is signed in."""
        if not (alive or self._alive):
            return
        self._alive = alive
        for key, entry in self.rail.entries.items():
            right = self.specs[key].right
            entry.setEnabled(alive)
            entry.setVisible(not alive or right is None or self.allowed(right))
        self.rail.fit()
        self.top_bar.search.setEnabled(alive)
        for action in ACTIONS:
            button = self.top_bar.buttons[action.page]
            button.setVisible(action.page in self.specs)
            if not alive:
                button.disable(self.tr("登录后可用"))
            elif not self.allowed(action.right):
                button.disable(self.tr("您的角色不能办{words}").format(words=action.words))
            else:
                button.enable()

    def _take_action(self, page: str) -> None:
        """A daily action: its page, or what it opens over the page in front, where the clerk stays."""
        action = next(each for each in ACTIONS if each.page == page)
        if not action.opens:
            self.navigate(page)
            return
        module, _, name = action.opens.partition(":")
        getattr(import_module(module), name)(self._seat)

    def show_sign_in(self, card: QWidget) -> None:
        """Put the sign-in card in place of the page: nothing personal stays on screen, dialogs hide too."""
        self._seat.leave()
        self._clear_up()
        if self._sign_in is not None:  # the wizard gives way to the card: its passwords and its code go with it
            self.stack.removeWidget(self._sign_in)
            self._sign_in.deleteLater()
        self._sign_in = card
        self.stack.addWidget(card)
        self.stack.setCurrentWidget(card)
        self.rail.light("")
        self._set_alive(False)
        self.status.show_hints(getattr(card, "hints", lambda: "")())

    def leave_sign_in(self) -> None:
        """Signed in: bring back the page and the dialogs that were open."""
        card, self._sign_in = self._sign_in, None
        if card is not None:
            self.stack.removeWidget(card)
            card.deleteLater()
        self._show_seat()
        self._seat.return_()
        self.retitle()

    def lock(self, screen: LockScreen) -> None:
        """Hide everything behind the lock: pages, dialogs, popups, the title. The work behind stays as it is."""
        self._seat.leave()
        self._clear_up()
        self._lock = screen
        self.setWindowTitle(self.tr("已锁定 · 安居前台"))
        screen.cover()
        self.centralWidget().hide()
        screen.take_focus()

    def unlock(self) -> None:
        """Bring back what was in front, or what the one left who has taken over."""
        screen, self._lock = self._lock, None
        self.centralWidget().show()
        if screen is not None:
            screen.hide()
            screen.deleteLater()
        self._show_seat()
        self._seat.return_()
        self.retitle()

    def _clear_up(self) -> None:
        """What hangs over the window goes: toast, message, popups, menus, tooltips, a question of the system."""
        self.cleared.emit()
        self._announcer.clear()
        if self.session is None and self._sign_in is None:
            return  # the program begins
        from desktop.views.popups import Popup

        for popup in self.findChildren(Popup):
            popup.dismiss()
        while (menu := QApplication.activePopupWidget()) is not None:
            menu.hide()
        QToolTip.hideText()
        question = QApplication.activeModalWidget()
        if isinstance(question, QDialog):
            question.reject()  # a chooser of files: the names in it may say who was here

    # pages and history

    @property
    def _pages(self) -> dict[str, Page]:
        return self._seat.pages

    def page(self) -> Page | None:
        """The page in front (or behind the lock)."""
        return self._seat.page()

    @property
    def place(self) -> Place | None:
        return self._seat.here

    def visited(self) -> list[Place]:
        """Where who sits here has been, the latest first."""
        return self._seat.visited

    def navigate(self, key: str, **params: Any) -> None:
        """Open a page of who sits here; see `Seat.navigate`. Nothing moves behind the lock."""
        if not self.shut:
            self._seat.navigate(key, **params)

    def back(self) -> None:
        """Alt ← or Esc: where the clerk was before."""
        if not self.shut:
            self._seat.back()

    def show_page(self, page: Page) -> None:
        """Put a page in front, and light its entry on the rail."""
        self._announcer.hide_message()
        self.stack.setCurrentWidget(page)
        self.light_rail()

    def page_shown(self, key: str) -> None:
        """The page has loaded what it needs at once: name it in the title, tell who listens."""
        self.retitle()
        self.page_changed.emit(key)

    def light_rail(self) -> None:
        spec = self._seat.spec()
        if spec is not None:
            self.rail.light(spec.rail_key or spec.key)

    def _tables_changed(self, tables: frozenset[str]) -> None:
        for seat in self.seats:
            seat.tables_changed(tables, shown=seat is self._seat and not self.shut)

    def _light_chosen(self, key: str) -> None:
        if key == "printer":
            self._keys.show_print_queue()
        elif key == "due":
            self._keys.show_due()
        elif key == "sync":
            self._keys.show_sync()

    # the search box

    def focus_search(self) -> None:
        self.top_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top_bar.search.selectAll()

    def leave_search(self) -> None:
        """Esc in the search box: empty it and go back to the page."""
        self.top_bar.search.clear()
        page = self.page()
        if page is not None:
            self.top_bar.search.clearFocus()
            settle_focus(page)

    # what comes from elsewhere

    def show_message(self, message: Message) -> None:
        """Show a message to whom it is for; while nobody looks it waits, also a bug's report."""
        if self._lock is not None and self._seat.tell(message):
            return
        front = top_overlay(self)
        text = "。".join(part for part in (message.text.rstrip("。"), message.safe.rstrip("。")) if part)
        if message.level == Level.CRASH:
            from desktop.views.crash_dialog import CrashDialog

            CrashDialog(self, message).open()
        elif message.level == Level.INFO:
            self.toast(text)
        elif (summary := getattr(front, "summary", None)) is not None:
            summary.say(text, "danger" if message.level == Level.ERROR else "warn")
        else:
            self.message_bar.say(text, str(message.level), message.retry)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QStatusTipEvent):
            self.status.show_tip(event.tip())
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._announcer.stretch()

    def search_anchor(self) -> QPoint:
        """Where a popup under the search box begins, in window coordinates."""
        search = self.top_bar.search
        return search.mapTo(self, QPoint(0, search.height() + 2))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.shut and not self._seat.may_leave():
            event.ignore()
            return
        messages.leave(self.show_message)
        self.closing.emit()
        self._closed = True
        self._jobs.shutdown()
        self._announcer.rest()
        event.accept()


def _while_alive(slot: Callable[[Any], object]) -> Callable[[Any], object]:
    """A callback that is forgotten when the widget it belongs to has been deleted in the meantime."""
    owner = getattr(slot, "__self__", None)
    if not isinstance(owner, QWidget):
        return slot

    def call(value: Any) -> object:
        return slot(value) if isValid(owner) else None

    return call
