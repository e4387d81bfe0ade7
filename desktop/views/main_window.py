"""The frame: rail, top bar, the page in front, status bar, banner, messages and toasts; fixed keys and history.

It knows pages only as PageSpecs and hands itself to them as their Shell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QStatusTipEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop.models.values import Right
from desktop.views import messages
from desktop.views.bars import ACTIONS, MessageBar, StatusBar, TopBar
from desktop.views.dialogs import Dialog, Overlay, focusable
from desktop.views.fonts import load_whole_family
from desktop.views.help import KeysDialog
from desktop.views.jobs import Job, Jobs
from desktop.views.keys import bind, top_overlay
from desktop.views.messages import Level, Message
from desktop.views.notices import Banner, BusyBar, CrashDialog, Notice, Toast
from desktop.views.pages import PAGES, Command, Page, PageSpec, Place, page_title
from desktop.views.rail import Rail
from desktop.views.theme import theme

_HISTORY = 50
_SMALLEST_BODY = QSize(840, 400)


class _Stack(QStackedWidget):
    """The pages. A page that asks for more than the smallest desk has must not push the window off the screen."""

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint().boundedTo(_SMALLEST_BODY) if page is not None else QSize()


class MainWindow(QMainWindow):
    """The one window; a `Shell` to its pages.

    Signals: lock_wanted() F9; hand_over_wanted() F8; help_wanted(topic) F1; page_changed(key); closing();
    tables_changed(frozenset) may be emitted from any thread to tell pages of a commit.
    """

    lock_wanted = Signal()
    hand_over_wanted = Signal()
    help_wanted = Signal(str)
    page_changed = Signal(str)
    closing = Signal()
    tables_changed = Signal(object)

    def __init__(
        self,
        today: Callable[[], date] = date.today,
        *,
        specs: Sequence[PageSpec] | None = None,
        jobs: Jobs | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("Frame")
        self.setWindowTitle("安居前台")
        self.setMinimumSize(860, 480)
        self._today = today
        self._specs = {spec.key: spec for spec in (PAGES if specs is None else specs)}
        self._pages: dict[str, Page] = {}
        self._stale: dict[str, set[str]] = {}
        self._history: list[Place] = []
        self._here: Place | None = None
        self._session: Any = None
        self._rights: frozenset[Right] = frozenset()
        self._sign_in: QWidget | None = None
        self._hidden: list[Overlay] = []
        self._closed = False
        self._jobs = jobs or Jobs()
        self._build()
        self._wire()
        self.set_session(None)

    def _build(self) -> None:
        self.rail, self.top_bar, self.status = Rail(), TopBar(), StatusBar()
        self.banner_strip, self.message_bar = Banner(), MessageBar()
        self.stack = _Stack()
        empty = QWidget()
        empty.setObjectName("Canvas")
        self.stack.addWidget(empty)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        for widget in (self.top_bar, self.banner_strip, self.message_bar):
            right.addWidget(widget)
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
        self._toast = Toast(self)
        self._busy = BusyBar(self.stack)
        self.rail.show_pages(list(self._specs.values()))

    def _wire(self) -> None:
        self.rail.chosen.connect(self.navigate)
        self.top_bar.action_chosen.connect(self.navigate)
        self.top_bar.search.left.connect(self.leave_search)
        self.status.lock_wanted.connect(self.lock_wanted)
        self.tables_changed.connect(self._tables_changed, Qt.ConnectionType.QueuedConnection)
        self._fixed = [
            bind(self, "F1", self._help),
            bind(self, "F8", self._hand_over),
            bind(self, "Ctrl+K", self.focus_search),
            bind(self, "Alt+Left", self.back),
            *(bind(self, command.value, getattr(self, f"_{command.name.lower()}")) for command in Command),
        ]
        messages.listen(self._show_message)

    # the Shell

    @property
    def session(self) -> Any:
        return self._session

    @property
    def jobs(self) -> Jobs:
        return self._jobs

    @property
    def frame(self) -> QWidget:
        return self

    def today(self) -> date:
        return self._today()

    def allowed(self, right: Right) -> bool:
        return right in self._rights

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
        job.failed.connect(_while_alive(failed) if failed is not None else messages.show_error)
        job.progressed.connect(self._busy.show_step)
        job.ended.connect(self._busy.end)
        self._busy.setGeometry(0, 0, self.stack.width(), theme().scaled(30))
        self._busy.begin(busy)
        return self._jobs.start(job, write=write)

    def open(self, dialog: Dialog) -> None:
        dialog.open()

    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None:
        self._toast.say(text, undo)

    @property
    def toast_widget(self) -> Toast:
        return self._toast

    def banner(self, notice: Notice | None) -> None:
        """Show the worst notice there is; a milder one does not push a graver one away."""
        shown = self.banner_strip.notice
        graver = shown is not None and notice is not None and shown.tone == "danger" and notice.tone == "warn"
        if not graver:
            self.banner_strip.show_notice(notice)

    def set_light(self, key: str, icon: str, text: str, detail: str = "", tone: str = "ok") -> None:
        self.status.set_light(key, icon, text, detail, tone)

    def set_badge(self, key: str, count: int) -> None:
        if key in self.rail.entries:
            self.rail.entries[key].set_badge(count)

    def retitle(self) -> None:
        page = self.page()
        self.status.show_hints(page.hints() if page is not None else "")
        spec = self._specs.get(self._here.key) if self._here is not None else None
        title = (page.title() if page is not None else "") or (page_title(spec) if spec is not None else "")
        self.setWindowTitle(f"{title} · 安居前台" if title else "安居前台")

    # who is here

    def show_office(self, office: str, desk: str) -> None:
        """Name the office and the desk in the top bar."""
        self.top_bar.show_names(office, desk, self._today())

    def set_session(
        self, session: Any, rights: frozenset[Right] = frozenset(), name: str = "", shift: str = ""
    ) -> None:
        """Somebody has signed in with these rights, or nobody (None). Pages of another clerk are thrown away."""
        if session is not self._session:
            for page in self._pages.values():
                self.stack.removeWidget(page)
                page.deleteLater()
            self._pages, self._stale, self._history, self._here = {}, {}, [], None
        self._session, self._rights = session, rights
        if session is not None:
            load_whole_family()
        alive = session is not None
        self.status.show_clerk(name, shift)
        self._set_alive(alive)
        self.retitle()

    def _set_alive(self, alive: bool) -> None:
        """Grey the frame while nobody is signed in or the desk is locked."""
        for key, entry in self.rail.entries.items():
            right = self._specs[key].right
            entry.setEnabled(alive)
            entry.setVisible(not alive or right is None or right in self._rights)
        self.top_bar.search.setEnabled(alive)
        for action in ACTIONS:
            button = self.top_bar.buttons[action.page]
            button.setVisible(action.page in self._specs)
            if not alive:
                button.disable(self.tr("登录后可用"))
            elif action.right not in self._rights:
                button.disable(self.tr("您的角色不能办{words}").format(words=action.words))
            else:
                button.enable()

    def show_sign_in(self, card: QWidget) -> None:
        """Put the sign-in (or lock) card in place of the page: nothing personal stays on screen, dialogs hide too."""
        page = self.page()
        if page is not None:
            page.left()
        self._toast.dismiss()
        self.message_bar.hide()
        overlays = self.findChildren(Overlay, options=Qt.FindChildOption.FindDirectChildrenOnly)
        self._hidden = [overlay for overlay in overlays if overlay.isVisible()]
        for overlay in self._hidden:
            overlay.hide()
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
        """Signed in or unlocked: bring back the page and the dialogs that were open."""
        card, self._sign_in = self._sign_in, None
        if card is not None:
            self.stack.removeWidget(card)
            card.deleteLater()
        self._set_alive(self._session is not None)
        page = self.page()
        if page is not None:
            self.stack.setCurrentWidget(page)
            self._light()
            self._freshen(self._here.key if self._here is not None else "", page)
        for overlay in self._hidden:
            if isValid(overlay):
                overlay.show()
                overlay.raise_()
        front = top_overlay(self)
        self._settle_focus(front if front is not None else page)
        self._hidden = []
        self.retitle()

    # pages and history

    def page(self) -> Page | None:
        """The page in front (or behind the lock)."""
        return self._pages.get(self._here.key) if self._here is not None else None

    @property
    def place(self) -> Place | None:
        return self._here

    def navigate(self, key: str, **params: Any) -> None:
        """Open a page; without the right, or when the present page keeps the clerk, say so and stay."""
        spec = self._specs.get(key)
        if spec is None or self._sign_in is not None:
            return
        if spec.right is not None and spec.right not in self._rights:
            messages.show_warning(self.tr("您的角色看不了「{title}」").format(title=page_title(spec)))
            return
        if not self._may_leave():
            self._light()
            return
        if self._here is not None and (self._here.key, self._here.params) != (key, params):
            self._history = [*self._history, self._here][-_HISTORY:]
        self._open(Place(key, params))

    def back(self) -> None:
        """Alt ← or Esc: where the clerk was before."""
        if self._history and self._sign_in is None and self._may_leave():
            self._open(self._history.pop())

    def _may_leave(self) -> bool:
        page = self.page()
        return page is None or page.can_leave()

    def _open(self, place: Place) -> None:
        before = self.page()
        page = self._pages.get(place.key)
        if page is None:
            try:
                page = self._specs[place.key].make(self)
            except Exception as error:  # noqa: BLE001 - a page that cannot be built must not take the window along
                messages.show_error(error)
                return
            self._pages[place.key] = page
            self.stack.addWidget(page)
        if before is not None and before is not page:
            before.left()
        self.message_bar.hide()
        self._here = place
        self._stale.pop(place.key, None)
        self.stack.setCurrentWidget(page)
        self._light()
        page.opened(place.params)
        self._settle_focus(page)
        self.retitle()
        self.page_changed.emit(place.key)

    def _light(self) -> None:
        if self._here is not None:
            spec = self._specs[self._here.key]
            self.rail.light(spec.rail_key or spec.key)

    def _settle_focus(self, widget: QWidget | None) -> None:
        """One ring is visible at any time: when the page has not placed the focus, its first field gets it."""
        focus = QApplication.focusWidget()
        if widget is None or (focus is not None and widget.isAncestorOf(focus) and focus.isVisible()):
            return
        kept = widget.focusWidget()
        ring = focusable(widget)
        target = kept if kept is not None and kept in ring else ring[0] if ring else None
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tables_changed(self, tables: frozenset[str]) -> None:
        """A commit touched tables: the page in front looks again, the others when they come forward."""
        for key, each in self._pages.items():
            hit = each.tables & tables if tables else each.tables
            if hit or not tables:
                self._stale.setdefault(key, set()).update(hit)
        page = self.page()
        if page is not None and self._here is not None and self._sign_in is None:
            self._freshen(self._here.key, page)

    def _freshen(self, key: str, page: Page) -> None:
        tables = self._stale.pop(key, None)
        if tables is not None:
            page.refresh(frozenset(tables))

    # fixed keys

    def focus_search(self) -> None:
        self.top_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top_bar.search.selectAll()

    def leave_search(self) -> None:
        """Esc in the search box: empty it and go back to the page."""
        self.top_bar.search.clear()
        page = self.page()
        if page is not None:
            self.top_bar.search.clearFocus()
            self._settle_focus(page)

    def _command(self, command: Command) -> bool:
        page = self.page()
        return page is not None and self._sign_in is None and page.command(command)

    def _reveal(self) -> None:
        self._command(Command.REVEAL)

    def _refresh(self) -> None:
        page = self.page()
        if not self._command(Command.REFRESH) and page is not None and self._sign_in is None:
            page.refresh(frozenset())

    def _print(self) -> None:
        if not self._command(Command.PRINT) and self.page() is not None and self._sign_in is None:
            self.toast(self.tr("这一页没有要打印的"))

    def _back(self) -> None:
        if self.message_bar.isVisible():
            self.message_bar.hide()
        elif not self._command(Command.BACK):
            self.back()

    def _save(self) -> None:
        self._command(Command.SAVE)

    def _undo(self) -> None:
        self._command(Command.UNDO)

    def _edit(self) -> None:
        self._command(Command.EDIT)

    def _new(self) -> None:
        self._command(Command.NEW)

    def _hand_over(self) -> None:
        if self._session is not None and self._sign_in is None:
            self.hand_over_wanted.emit()

    def _help(self) -> None:
        page = self.page()
        self.help_wanted.emit(page.help_topic if page is not None else "start")
        KeysDialog(self, page.hints() if page is not None else "").open()

    # what comes from elsewhere

    def _show_message(self, message: Message) -> None:
        front = top_overlay(self)
        text = "。".join(part for part in (message.text.rstrip("。"), message.safe.rstrip("。")) if part)
        if message.level == Level.CRASH:
            CrashDialog(self, message).open()
        elif message.level == Level.INFO:
            self.toast(text)
        elif isinstance(front, Dialog):
            front.summary.say(text, "danger" if message.level == Level.ERROR else "warn")
        else:
            self.message_bar.say(text, str(message.level), message.retry)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QStatusTipEvent):
            self.status.show_tip(event.tip())
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._busy.setGeometry(0, 0, self.stack.width(), theme().scaled(30))

    def search_anchor(self) -> QPoint:
        """Where a popup under the search box begins, in window coordinates."""
        search = self.top_bar.search
        return search.mapTo(self, QPoint(0, search.height() + 2))

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._sign_in is None and not self._may_leave():
            event.ignore()
            return
        messages.leave(self._show_message)
        self.closing.emit()
        self._closed = True
        self._jobs.shutdown()
        event.accept()


def _while_alive(slot: Callable[[Any], object]) -> Callable[[Any], object]:
    """A callback that is forgotten when the widget it belongs to has been deleted in the meantime."""
    owner = getattr(slot, "__self__", None)
    if not isinstance(owner, QWidget):
        return slot

    def call(value: Any) -> object:
        return slot(value) if isValid(owner) else None

    return call
