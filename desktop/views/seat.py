"""One person's place at the desk: who she is, her pages, her history; the `Shell` her pages know.

Several people share a PC. While one is away (the desk is locked, or somebody else sits here) nothing of hers happens on
screen: answers of her work, her toasts and dialogs wait until she is back, and her pages stand as she left them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop.models.right import Right
from desktop.views import messages
from desktop.views.composing import Composing
from desktop.views.jobs import Job, Jobs
from desktop.views.keys import top_overlay
from desktop.views.messages import Message
from desktop.views.overlays import Overlay, focusable
from desktop.views.pages import Page, PageSpec, Place, page_title

if TYPE_CHECKING:
    from desktop.views.dialogs import Dialog
    from desktop.views.main_window import MainWindow
    from desktop.views.notices import Notice

_HISTORY = 50


class Seat:
    """A `Shell` with the rights of one person; the window shows one seat at a time."""

    def __init__(
        self,
        window: MainWindow,
        session: Any = None,
        rights: frozenset[Right] = frozenset(),
        name: str = "",
        shift: str = "",
    ) -> None:
        self._window = window
        self.session = session
        self.rights = rights
        self.name, self.shift = name, shift
        self.pages: dict[str, Page] = {}
        self.here: Place | None = None
        self.history: list[Place] = []
        self.visited: list[Place] = []
        """Every place once, the latest first."""
        self._stale: dict[str, set[str]] = {}
        self._overlays: list[Overlay] = []
        self._focus: QWidget | None = None
        self._sought = ""
        self._waiting: list[Callable[[], object]] = []
        self.away = False

    # the Shell

    @property
    def jobs(self) -> Jobs:
        return self._window.jobs

    @property
    def frame(self) -> QWidget:
        return self._window

    def today(self) -> date:
        return self._window.today()

    def allowed(self, right: Right) -> bool:
        return right in self.rights

    def run(
        self,
        function: Callable[..., Any],
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        *,
        write: bool = False,
        busy: str = "",
    ) -> Job:
        """Work goes on while she is away; what comes of it is shown to her, not to who sits here meanwhile."""
        heard = self._when_back(done) if done is not None else None
        failed = failed or (messages.show_error if write else self.read_failed)
        return self._window.run(function, heard, self._when_back(failed), write=write, busy=busy)

    def read_failed(self, error: Exception) -> None:
        self._window.read_failed(error)

    def open(self, dialog: Dialog) -> None:
        self.do(partial(_open, dialog))

    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None:
        self.do(partial(self._window.toast_widget.say, text, undo))

    def banner(self, notice: Notice | None, source: str = "page") -> None:
        self._window.banner(notice, source)

    def set_light(self, key: str, icon: str, text: str, detail: str = "", tone: str = "ok") -> None:
        self._window.set_light(key, icon, text, detail, tone)

    def set_badge(self, key: str, count: int) -> None:
        self._window.set_badge(key, count)

    def retitle(self) -> None:
        if not self.away:
            self._window.retitle()

    def navigate(self, key: str, **params: Any) -> None:
        """Open a page; without the right, or when the present page keeps the clerk, say so and stay."""
        self.do(partial(self._navigate, key, params))

    def back(self) -> None:
        self.do(self._back)

    # pages and history

    def page(self) -> Page | None:
        """The page in front, also while she is away."""
        return self.pages.get(self.here.key) if self.here is not None else None

    def spec(self) -> PageSpec | None:
        """What the frame knows of the page in front."""
        return self._window.specs.get(self.here.key) if self.here is not None else None

    def may_leave(self) -> bool:
        page = self.page()
        return page is None or page.can_leave()

    def _navigate(self, key: str, params: dict[str, Any]) -> None:
        spec = self._window.specs.get(key)
        if spec is None or self._window.shut:
            return
        if spec.right is not None and spec.right not in self.rights:
            messages.show_warning(
                self._window.tr("您的角色看不了「{title}」：请主管登录，或请管理员加上角色").format(
                    title=page_title(spec)
                )
            )
            return
        if not self.may_leave():
            self._window.light_rail()
            return
        if self.here is not None and (self.here.key, self.here.params) != (key, params):
            self.history = [*self.history, self.here][-_HISTORY:]
        self._go(Place(key, params))

    def _back(self) -> None:
        if self.history and not self._window.shut and self.may_leave():
            self._go(self.history.pop())

    def _go(self, place: Place) -> None:
        before, page = self.page(), self.pages.get(place.key)
        if page is None:
            try:
                page = self._window.specs[place.key].make(self)
            except Exception as error:  # noqa: BLE001 - a page that cannot be built must not take the window along
                messages.show_error(error)
                return
            self.pages[place.key] = page
            self._window.stack.addWidget(page)
        if before is not None and before is not page:
            before.left()
        self.here = place
        self.visited = [place, *(each for each in self.visited if each != place)][:_HISTORY]
        self._stale.pop(place.key, None)
        self._window.show_page(page)
        page.opened(place.params)
        settle_focus(page)
        self._window.page_shown(place.key)

    def tables_changed(self, tables: frozenset[str], shown: bool) -> None:
        """A commit touched tables: the page that is `shown` looks again, the others when they come forward."""
        for key, each in self.pages.items():
            hit = each.tables & tables if tables else each.tables
            if hit or not tables:
                self._stale.setdefault(key, set()).update(hit)
        if shown:
            self.freshen()

    def freshen(self) -> None:
        """Let the page in front read again what has changed behind it."""
        page = self.page()
        tables = self._stale.pop(self.here.key, None) if self.here is not None else None
        if page is not None and tables is not None:
            page.refresh(frozenset(tables))

    # going away and coming back

    def do(self, what: Callable[[], object]) -> None:
        """Now, or when she is back."""
        if self.away:
            self._waiting.append(what)
        else:
            what()

    def tell(self, message: Message) -> bool:
        """Keep a message for her while she is away; False when she is here."""
        if self.away:
            self._waiting.append(partial(self._window.show_message, message))
        return self.away

    def leave(self) -> None:
        """The desk is locked, or somebody else takes over: everything of hers disappears and stays as it is."""
        if self.away:
            return
        self._keep_composed()
        self._focus = QApplication.focusWidget()
        self._window.setFocus(Qt.FocusReason.PopupFocusReason)  # a field left for any other reason drops its selection
        page = self.page()
        if page is not None:
            page.left()
        self.away = True
        found = self._window.findChildren(Overlay)
        self._overlays = [each for each in found if each.parent() is self._window and not each.isHidden()]
        for overlay in self._overlays:
            overlay.hide()
        search = self._window.top_bar.search
        self._sought = search.value()
        if self._sought:
            search.set_value("")

    def return_(self) -> None:
        """She is back: her page, her dialogs, the cursor where it stood; then what has come for her meanwhile."""
        if not self.away:
            return
        self.away = False
        page = self.page()
        if page is not None:
            self._window.show_page(page)
            self.freshen()
        if self._sought:
            search = self._window.top_bar.search
            blocked = search.blockSignals(True)  # the words stand there again; nothing is looked for behind her back
            search.set_value(self._sought)
            search.blockSignals(blocked)
        for overlay in self._overlays:
            if isValid(overlay):
                overlay.show()
                overlay.raise_()
        self._overlays = []
        self._place_focus(page)
        waiting, self._waiting = self._waiting, []
        for what in waiting:
            self.do(what)  # one of them may lock the desk again

    def _keep_composed(self) -> None:
        """Half a word in an input method stays in its field, selected: she sees it again, and typing on replaces it."""
        field: Any = QApplication.focusWidget()
        if isinstance(field, Composing):
            # In the search box nothing is looked for behind the lock.
            field.keep_preedit(select=True, quietly=field is self._window.top_bar.search)

    def _place_focus(self, page: Page | None) -> None:
        before, self._focus = self._focus, None
        front = top_overlay(self._window)
        root = front if front is not None else self._window
        if (
            before is not None
            and isValid(before)
            and before.isVisible()
            and before.isEnabled()
            and root.isAncestorOf(before)
        ):
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        else:
            settle_focus(front if front is not None else page)

    def discard(self) -> None:
        """She has signed out: her pages go. What they keep as drafts is kept."""
        for page in self.pages.values():
            self._window.stack.removeWidget(page)
            page.deleteLater()
        for overlay in self._overlays:
            if isValid(overlay):
                overlay.deleteLater()
        self.pages, self._stale, self.history, self.visited, self.here = {}, {}, [], [], None
        self._overlays, self._waiting = [], []

    def _when_back(self, slot: Callable[[Any], object]) -> Callable[[Any], object]:
        """A callback that waits while she is away, and is forgotten when its widget is gone."""
        inner: Any = slot
        while isinstance(inner, partial):
            inner = inner.func
        owner = getattr(inner, "__self__", None)

        def call(value: Any) -> None:
            if isinstance(owner, QObject) and not isValid(owner):
                return
            self.do(partial(call, value) if self.away else partial(slot, value))

        return call


def _open(dialog: Dialog) -> None:
    if isValid(dialog):
        dialog.open()


def settle_focus(widget: QWidget | None) -> None:
    """One ring is visible at any time: when the page has not placed the focus, its first field gets it."""
    focus = QApplication.focusWidget()
    if widget is None or (focus is not None and widget.isAncestorOf(focus) and focus.isVisible()):
        return
    kept = widget.focusWidget()
    ring = focusable(widget)
    target = kept if kept is not None and kept in ring else ring[0] if ring else None
    if target is not None:
        target.setFocus(Qt.FocusReason.OtherFocusReason)
