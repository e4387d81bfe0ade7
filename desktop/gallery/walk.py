"""A walk through the program: a desk with a demo clerk at it, hands that press and type, and a camera."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QMimeData, QPoint, QTimer, QtMsgType, QUrl, qInstallMessageHandler
from PySide6.QtGui import QContextMenuEvent, QCursor, QImage, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QMenu, QWidget

from desktop.app import Desk, Start, make_application
from desktop.gallery import FROZEN, Look, PictureBroken
from desktop.gallery.checks import look_over, overhear
from desktop.services.acts import Op
from desktop.services.work import Actor, begin
from desktop.services.work import look as reading
from desktop.views.crash_dialog import CrashDialog
from desktop.views.preview import PagePreview
from desktop.views.screens import popups_over, render_widget, settle
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE, SeededWorld, World

PATIENCE = 60.0
HARMLESS = ("This plugin does not support",)
"""Beginnings of what Qt says without a screen, and nobody need act upon."""
_BRIEF_MS = 1500
"""A single shot shorter than this belongs to what is being shown (a pause after typing); longer ones do not."""


def wait_until(ready: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Let the window live until something has come about. Raises TimeoutError."""
    end = time.monotonic() + patience
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("the page did not settle")
        QApplication.processEvents()
        time.sleep(0.002)
    settle(2)


class Walk:
    """The desk in hand; `window`, `page` and `session` are those of the desk that is open now."""

    def __init__(self, out: Path, data: Path, look: Look) -> None:
        self.out, self.look = out, look
        self._trouble: list[str] = []
        sys.excepthook = self._note_exception  # an exception in a slot is only printed by Qt
        qInstallMessageHandler(self._note_message)
        self.application = make_application(["anju-desk"], cache=data / "cache" / "icons")
        self.application.setCursorFlashTime(0)  # the cursor stands in every picture or in none
        theme().switch(look.shade, look.size)
        self._folder = out / f".walk-{look.words}"
        shutil.rmtree(self._folder, ignore_errors=True)
        # What is done before the camera stays out of the office that the next run begins with.
        self._demo = self._folder / "demo"
        shutil.copytree(data / "cache" / "demo", self._demo / "cache" / "demo")
        self.desk: Desk | None = None
        self._seed = 1
        self._role = ""
        self.taken: dict[str, str] = {}
        self.findings: list[tuple[str, str]] = []

    # ---- the desk ----------------------------------------------------------------------------------------------------

    def folder(self, name: str) -> Path:
        """A folder of this walk, gone at its end."""
        made = self._folder / name
        made.mkdir(exist_ok=True)
        return made

    def _note_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._trouble.append("".join(traceback.format_exception(kind, error, trace)))

    def _note_message(self, level: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        if level not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not (text or "").startswith(HARMLESS):
            self._trouble.append(text or "")

    def open_demo(self) -> Any:
        """The demo office with its sign-in card; the desk that was open is left."""
        return self.open_desk(Start(data=self._demo, demo=True))

    def new_world(self) -> SeededWorld:
        """The outside, standing still at 14:35; no two give the same ids."""
        self._seed += 1
        return SeededWorld(datetime(FROZEN.year, FROZEN.month, FROZEN.day, 14, 35, tzinfo=OFFICE_ZONE), self._seed)

    def open_desk(self, start: Start, world: World | None = None) -> Any:
        """Start the program, as a person does; what stands in place of a page is answered."""
        self.leave()
        self.desk = Desk(start, world or self.new_world())
        self.desk.show()
        self.window.resize(self.look.scale.size)
        self.window.activateWindow()
        wait_until(self.window.isActiveWindow)
        wait_until(lambda: self.window._sign_in is not None)
        self.quiet()
        return self.window._sign_in

    def sit_down(self, role: str = "manager") -> None:
        """A demo clerk of this role is signed in and stands before the board; nothing is open any more."""
        if self.desk is None or not self.desk.start_with.demo or self._role != role:
            self.open_demo()
            wait_until(lambda: self.desk is not None and self.desk.office is not None)
            self.desk._demo_role(role)  # type: ignore[union-attr]
            wait_until(lambda: self.session is not None)
            wait_until(lambda: self.desk._due is not None and self.desk._due.last is not None)  # type: ignore[union-attr]
            self._role = role
        self.go("board")

    def leave(self) -> None:
        """Close the desk that is open."""
        desk, self.desk, self._role = self.desk, None, ""
        if desk is not None:
            self.close_popups()
            for preview in desk.window.findChildren(PagePreview):
                preview.shutdown()
            desk.window.close()
            desk.shut()
            desk.window.deleteLater()
            settle()

    def end(self) -> None:
        """Everybody goes home."""
        self.leave()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def window(self) -> Any:
        assert self.desk is not None
        return self.desk.window

    @property
    def page(self) -> Any:
        return self.window.page()

    @property
    def session(self) -> Any:
        assert self.desk is not None
        return self.desk.session

    # ---- asking and doing behind the scene ---------------------------------------------------------------------------

    def read(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """Ask a service as the clerk who is signed in."""
        with reading(self.session.office, self.session.actor) as asked:
            return function(asked, *arguments, **named)

    def act(self, op: Op, function: Any, *arguments: Any, **named: Any) -> Any:
        """Do something as the clerk who is signed in, without the window."""
        return self.act_as(self.session.actor, op, function, *arguments, **named)

    def act_as(self, actor: Actor, op: Op, function: Any, *arguments: Any, **named: Any) -> Any:
        """Do something as somebody else, as if at another PC."""
        with begin(self.session.office, actor, op) as work:
            return function(work, *arguments, **named)

    # ---- hands -------------------------------------------------------------------------------------------------------

    def go(self, key: str, **params: Any) -> Any:
        """Open a page with nothing before it: dialogs, popups, toasts and messages of what was before are gone."""
        self.close_popups()
        for dialog in self.dialogs():
            dialog.cancel()
        self.window.toast_widget.dismiss()
        self.window.message_bar.hide()
        self.window.navigate(key, **params)
        self.quiet()
        if self.window.place is None or self.window.place.key != key:
            raise PictureBroken(f"the page {key} did not open")
        return self.page

    def press(self, *keys: str) -> None:
        """Keys one after the other where the focus is, written as in a key sequence: "F4", "Ctrl+Return"."""
        for key in keys:
            pressed = QKeySequence(key)[0]  # type: ignore[index]
            QTest.keyClick(QApplication.focusWidget() or self.window, pressed.key(), pressed.keyboardModifiers())
            self.quiet()

    def type(self, text: str) -> None:
        """Latin by keys, Chinese as an input method gives it."""
        focus = QApplication.focusWidget()
        if focus is None:
            raise PictureBroken(f"nothing has the focus to type {text!r} into")
        if text.isascii():
            QTest.keyClicks(focus, text)
        else:
            done = QInputMethodEvent()
            done.setCommitString(text)
            QApplication.sendEvent(focus, done)
        self.quiet()

    def paste(self, *sources: Path | QImage) -> None:
        """Ctrl V of files that were copied, or of one bare picture."""
        clipboard = self.application.clipboard()
        if isinstance(sources[0], QImage):
            clipboard.setImage(sources[0])
        else:
            mime = QMimeData()
            mime.setUrls([QUrl.fromLocalFile(str(each)) for each in sources])
            clipboard.setMimeData(mime)
        self.press("Ctrl+V")
        clipboard.clear()

    def click(self, words: str) -> None:
        """Press the button that says this (or begins so, where it is only read out), in the dialog in front or on the
        page. Raises PictureBroken without one."""
        front = self.dialogs()[-1] if self.dialogs() else self.window
        for button in front.findChildren(QAbstractButton):
            told = button.text() == words or button.accessibleName().startswith(words)
            if button.isVisible() and button.isEnabled() and told:
                button.click()
                self.quiet()
                return
        raise PictureBroken(f"no button says {words!r}")

    def ask_menu(self, view: QAbstractItemView) -> None:
        """The menu of a right click on the row or room in hand."""
        at = view.visualRect(view.currentIndex()).center()
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, at, view.viewport().mapToGlobal(at)))
        self.quiet()

    def pick(self, words: str) -> None:
        """Choose what an open menu offers in these words. Raises PictureBroken when it does not."""
        menus = [each for each in popups_over(self.window) if isinstance(each, QMenu)]
        actions = [action for menu in menus for action in menu.actions() if action.text().partition("\t")[0] == words]
        if not actions:
            raise PictureBroken(f"no menu offers {words!r}")
        actions[0].trigger()
        self.close_popups()
        self.quiet()

    def dialogs(self) -> list[Any]:
        """The dialogs that are open, the one in front last."""
        from desktop.views.dialogs import Dialog

        return [child for child in self.window.children() if isinstance(child, Dialog) and child.isVisible()]

    @property
    def dialog(self) -> Any:
        """The dialog in front. Raises PictureBroken when there is none."""
        found = self.dialogs()
        if not found:
            raise PictureBroken("no dialog is open")
        return found[-1]

    def close_popups(self) -> None:
        """Menus and calendars."""
        for popup in popups_over(self.window) if self.desk is not None else ():
            popup.close()
        settle()

    # ---- waiting -----------------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Wait until nothing is under way: one answer often asks the next question."""
        for _ in range(2):
            wait_until(self._rests)

    def _rests(self) -> bool:
        window = self.window
        jobs = [window.jobs, *(preview._jobs for preview in window.findChildren(PagePreview))]
        pauses = (each for each in window.findChildren(QTimer) if each.isSingleShot() and each.isActive())
        return not any(each.count for each in jobs) and all(each.interval() >= _BRIEF_MS for each in pauses)

    # ---- the camera --------------------------------------------------------------------------------------------------

    def shoot(self, name: str, *, crash: bool = False, told: bool = False) -> None:
        """One picture, NAME-LOOK.png, and everything the checks find in it.

        `crash`: the crash dialog is meant to be there; `told`: the message bar is. Raises PictureBroken.
        """
        self.quiet()
        if name in self.taken:
            raise PictureBroken(f"{name}: there is a picture of this name")
        if self._trouble:
            raise PictureBroken(f"{name}: {self._trouble[0]}")
        if self.window.message_bar.isVisible() != told:
            raise PictureBroken(f"{name}: the message bar says {self.window.message_bar.text.text()!r}")
        QCursor.setPos(self.window.mapToGlobal(QPoint(self.window.width() + 50, -50)))
        if not crash and (shown := self.window.findChildren(CrashDialog)):
            raise PictureBroken(f"{name}: the program broke\n{shown[0]._report}")
        path = self.out / f"{name}-{self.look.words}.png"
        with overhear() as painted:
            render_widget(self.window, path, self.look.scale)
        if self._trouble:
            raise PictureBroken(f"{name}: {self._trouble[0]}")
        self._is_new(name, path)
        self.findings += [(name, text) for text in look_over(self.window, painted)]

    def shoot_other(self, name: str, view: QWidget) -> None:
        """One picture of another window than the clerk's, with what the checks find in it; nobody types there."""
        self.quiet()
        path = self.out / f"{name}-{self.look.words}.png"
        with overhear() as painted:
            render_widget(view, path, self.look.scale)
        self._is_new(name, path)
        self.findings += [(name, text) for text in look_over(view, painted) if "the focus" not in text]

    def _is_new(self, name: str, path: Path) -> None:
        """The state was reached: the picture is none that was taken before."""
        told = hashlib.sha256(path.read_bytes()).hexdigest()
        same = next((other for other, known in self.taken.items() if known == told), None)
        if same is not None:
            raise PictureBroken(f"{name}: shows the same as {same}")
        self.taken[name] = told
