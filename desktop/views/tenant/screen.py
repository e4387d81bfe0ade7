"""客户屏 for the pages: they offer what their tenant may see; F12 shows and hides it, and it goes by itself.

    tenant = tenant_of(self.shell)
    if tenant is not None:
        tenant.offer(self, PaperShown(…))          # what F12 shows, or what the second screen shows at once
        tenant.ask(self, SignAsked(…), self._signed)   # `_signed(ink)` once the tenant has confirmed

It goes blank when the desk is locked, somebody signs out, another page comes forward, and after a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from desktop.views.bars import OPENING_LIGHTS
from desktop.views.keys import bind
from desktop.views.tenant.mirror import Mirror
from desktop.views.tenant.showing import AmountShown, Blank, PaperShown, Showing, SignAsked
from desktop.views.tenant.window import TenantWindow

if TYPE_CHECKING:
    from desktop.services.ink import Ink
    from desktop.views.main_window import MainWindow

GONE_AFTER_MS = 60_000
MIRROR_MS = 4000
"""So long the small picture lies over the clerk's page after something has changed."""
LIGHT = "tenant"
_BLANK = Blank()


class TenantScreen(QObject):
    """One for the window of the clerk."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.view: TenantWindow | None = None
        self.mirror: Mirror | None = None
        self.shown: Showing = _BLANK
        self._offered: Showing = _BLANK
        self._owner: QWidget | None = None
        self._done: Callable[[Ink], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GONE_AFTER_MS)
        self._timer.timeout.connect(self.blank)
        self.screens: Callable[[], list[QScreen]] = QGuiApplication.screens
        self._keys = [bind(window, "F12", self.toggle), bind(window, OPENING_LIGHTS[LIGHT], self.keep_mirror)]
        self._pinned = False
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(MIRROR_MS)
        self._fading.timeout.connect(self._fade)
        window.status.light_chosen.connect(self._light_chosen)
        window.cleared.connect(self.forget)
        window.page_changed.connect(self._page_changed)
        window.closing.connect(self.close)

    # what pages call

    @property
    def open(self) -> bool:
        """Whether a tenant can see anything at all."""
        return self.view is not None

    def offer(self, page: QWidget, showing: Showing) -> None:
        """What the tenant before this page may see now: shown at once where the screen is open."""
        if self._window.page() is not page or self._window.shut:
            return  # it works behind another page, or behind the lock
        if self._done is not None and self._owner is page:
            return  # somebody is signing
        self._offered, self._owner = showing, page
        if self.open:
            self._show(showing)

    def withdraw(self, page: QWidget) -> None:
        """There is nothing to be seen of this page any more."""
        if self._owner is page:
            self.blank()
            self._offered, self._owner = _BLANK, None

    def ask(self, page: QWidget, asked: SignAsked, done: Callable[[Ink], object]) -> None:
        """Let the tenant sign; opens the screen where it is closed."""
        if self._window.page() is not page or self._window.shut:
            return
        self._done = None
        self._offered, self._owner = asked, page
        self._done = done
        self._open()
        self._show(asked)

    # opening and closing

    def toggle(self) -> None:
        """F12: open it with what the page offers; show again what has gone blank; else close it."""
        if self._window.session is None or self._window.shut:
            return
        if self.view is None:
            self._open()
            self._show(self._offered)
        elif isinstance(self.shown, Blank) and not isinstance(self._offered, Blank):
            self._show(self._offered)
        else:
            self.close()

    def _open(self) -> None:
        if self.view is not None:
            return
        other = self._other_screen()
        view = TenantWindow(self._office(), turned=other is None)
        view.signed.connect(self._signed)
        view.touched.connect(self._touched)
        view.left.connect(self.close)
        self.view = view
        view.place(other.geometry() if other is not None else self._window.geometry())
        if other is not None:
            self._window.activateWindow()  # a system that gives every new window the keys gives them back
        self._tell()

    def _other_screen(self) -> QScreen | None:
        """A second screen, if there is one: the first that is not the clerk's."""
        here = self._window.screen()
        return next((screen for screen in self.screens() if screen is not here), None)

    def _office(self) -> str:
        name: str = self._window.top_bar.office.text()
        return name

    def close(self) -> None:
        """Nobody looks any more."""
        view, self.view = self.view, None
        self._done = None
        self._timer.stop()
        self.shown = _BLANK
        if view is not None:
            view.hide()
            view.deleteLater()
            if view.turned:
                self._window.activateWindow()
        self._fading.stop()
        if self.mirror is not None:
            self.mirror.put_away()
        self._window.set_light(LIGHT, "monitor", "")

    # going blank

    def blank(self) -> None:
        """Nothing of anybody; a signature that was asked for is not taken."""
        self._done = None
        self._show(_BLANK)

    def forget(self) -> None:
        """The desk is locked or left: nothing is seen, and nothing can be shown again by a key."""
        self._offered, self._owner = _BLANK, None
        if self.view is not None and self.view.turned:
            self.close()  # it would lie over the lock
        else:
            self.blank()

    def _page_changed(self, _key: str) -> None:
        if self._owner is not None and self._owner is not self._window.page():
            self._offered, self._owner = _BLANK, None
            self.blank()

    # showing

    def _show(self, showing: Showing) -> None:
        self.shown = showing
        if isinstance(showing, Blank):
            self._timer.stop()
        else:
            self._timer.start()
        if self.view is not None:
            self.view.show_it(showing)
            self._tell()

    def _touched(self) -> None:
        """Somebody is writing: the minute begins anew."""
        if self._timer.isActive():
            self._timer.start()
        self._tell()

    def turn(self, pages: int) -> None:
        """The paper the tenant reads, a page further or back."""
        if self.view is not None:
            self.view.turn(pages)

    def _tell(self) -> None:
        """The clerk sees the same: in words always, small for some seconds where the page has room for it; on one
        screen there is nothing to tell."""
        if self.view is None or self.view.turned:
            return
        self._window.set_light(LIGHT, "monitor", self.words(), tone="info")
        if self.mirror is None:
            self.mirror = Mirror(self._window)
        self.mirror.show_view(self.words(), self.view.grab(), self._window.page(), wanted=self._pinned)
        if not self._pinned and not isinstance(self.shown, SignAsked):
            self._fading.start()
        else:
            self._fading.stop()

    def _fade(self) -> None:
        """It would lie over the page; the words in the status line stay."""
        if self.mirror is not None and not self._pinned:
            self.mirror.put_away()

    def keep_mirror(self) -> None:
        """Shift F12: let the small picture stand, or go."""
        if self.view is None or self.view.turned:
            return
        self._pinned = not self._pinned
        if self._pinned:
            self._tell()
        else:
            self._fade()

    def _light_chosen(self, key: str) -> None:
        if key == LIGHT:
            self.keep_mirror()

    def words(self) -> str:
        """What stands there, for the clerk."""
        shown = self.shown
        if isinstance(shown, PaperShown):
            return self.tr("客户屏：{title}").format(title=shown.title)
        if isinstance(shown, AmountShown):
            return self.tr("客户屏：已收款") if shown.paid else self.tr("客户屏：应付 {due}").format(due=shown.due)
        if isinstance(shown, SignAsked):
            return self.tr("客户屏：等客户签名")
        return self.tr("客户屏：空白")

    # signing

    def _signed(self) -> None:
        from desktop.services import ink  # not at first paint
        from desktop.services.errors import DomainError

        view, done = self.view, self._done
        if view is None or done is None:
            return
        pad = view.pad
        try:
            drawn = ink.gathered(pad.width(), pad.height(), pad.strokes)
        except DomainError as trouble:
            view.say(trouble.message)
            return
        self._done = None
        self._offered = _BLANK
        self._show(Blank(thanks=True))
        if view.turned:
            self.close()
        done(drawn)


def tenant_of(shell: Any) -> TenantScreen | None:
    """The tenant's screen of a page's window; None where there is none (the first start, a test of one page)."""
    found: TenantScreen | None = getattr(shell.frame, "tenant", None)
    return found
