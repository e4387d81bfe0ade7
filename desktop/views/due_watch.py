"""Drives the engine of due things in the window: at the first sign-in, then every minute, beside whatever a clerk does;
and tells by a light and a banner how it stands, and what was missed while nobody looked.

A pass is a job on the writing thread. What fails says so in the light and is tried again with the next minute.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from desktop.views.bars import OPENING_LIGHTS
from desktop.views.notices import Notice
from desktop.watcher import LATE_SECONDS, span
from desktop.world import OFFICE_ZONE

if TYPE_CHECKING:
    from desktop.services.due_desk import DueState, Stood, Turn
    from desktop.services.office import Office
    from desktop.views.jobs import Job
    from desktop.views.main_window import MainWindow

log = logging.getLogger(__name__)

TICK_MS = 60_000
"""From one pass to the next, as `due_engine.EVERY_SECONDS` says."""
LATE = timedelta(seconds=LATE_SECONDS)
KEY = OPENING_LIGHTS["due"]
UNWATCHED_TURNS = 3
"""So many turns without a sign of the watcher, and the light tells it: a new one needs a moment to write."""


class DueWatch(QObject):
    """One open office. Signals: turned() after every turn of the engine and whenever the light changes."""

    turned = Signal()

    def __init__(self, window: MainWindow, office: Office) -> None:
        super().__init__()
        self._window, self._office = window, office
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._tick)
        self._job: Job | None = None
        self._asked: Job | None = None
        self._begun = self._stopped = False
        self._stood: Stood | None = None
        self._made_good = 0
        self._since: datetime = office.world.now()
        self.last: datetime | None = None
        """When the engine ran last here; None: not since the office was opened."""
        self.trouble = ""
        """Why the latest pass was none; empty when it was one."""
        self._unwatched = 0

    # beginning and end

    def start(self) -> None:
        """The office is open: what was missed is asked before the first pass covers it up."""
        from desktop.services.due_desk import state_of

        self._window.due_wanted.connect(self.show_more)
        self._ticks.start()
        self._asked = self._window.jobs.run(partial(state_of, self._office), self._known, self._unknown)

    def begin(self) -> None:
        """Somebody sits here: catch up now. Later calls do nothing; without one the first tick begins."""
        if self._begun or self._stopped:
            return
        self._begun = True
        self._show()
        if self._asked is None:
            self._turn()

    def stop(self) -> None:
        """The office is closed. What it was stays: the next opening asks."""
        from desktop.services.due_desk import close

        self._rest()
        if self.last is not None:
            close(self._office, self._office.world.now())
        if isValid(self._window):
            self._window.due_wanted.disconnect(self.show_more)
            self._window.banner(None, "due")
            self._window.set_light("due", "", "")

    def _rest(self) -> None:
        self._stopped = True
        self._ticks.stop()

    def look_now(self) -> None:
        """Somebody wants a pass at once; what is under way is the same."""
        self._begun = True
        if not self._stopped:
            self._turn()
            self._show()

    @property
    def under_way(self) -> bool:
        return self._job is not None

    @property
    def late(self) -> timedelta | None:
        """How long the engine has not run although it should; None while that is no reason to worry."""
        silent = self._office.world.now() - (self.last or self._since)
        return silent if self._begun and silent >= LATE else None

    # the loop

    def _tick(self) -> None:
        self._begun = True
        if self._asked is None:
            self._turn()
        self._show()

    def _turn(self) -> None:
        from desktop.services.due_desk import turn

        if self._job is None and not self._window.jobs.closed:
            self._job = self._window.jobs.run(
                partial(turn, self._office, self.last is None), self._ran, self._failed, write=True
            )

    def _known(self, state: DueState) -> None:
        self._asked = None
        self._stood = None if self._office.demo else state.stood
        self._tell()
        if self._begun and not self._stopped:
            self._turn()

    def _unknown(self, error: Exception) -> None:
        self._asked = None
        self._note(error)
        if self._begun and not self._stopped:
            self._turn()

    def _ran(self, turned: Turn) -> None:
        self._job = None
        if self._stopped:
            return
        news = turned.news
        self.last, self.trouble = news.at, ""
        self._made_good += news.produced + news.reopened
        self._unwatched = self._unwatched + 1 if turned.to_be_watched and not turned.watched else 0
        if news.more and news.produced + news.reopened:
            self._turn()  # one after the other: what a clerk stores comes in between
        self._show()
        self._tell()

    def _failed(self, error: Exception) -> None:
        from desktop.services.moved_on import OfficeMoved

        self._job = None
        if self._stopped:
            return
        if isinstance(error, OfficeMoved):  # `MoveWatch` tells it; where the office lives now, engines run
            self._rest()
            return
        self._note(error)
        self._show()
        self._tell()

    def _note(self, error: Exception) -> None:
        self.trouble = re.split("[：，]", getattr(error, "message", "") or self.tr("程序出错"))[0]
        if not getattr(error, "message", ""):
            log.error("a look at due things broke", exc_info=error)

    # what is said

    def _show(self) -> None:
        """The light: colour, glyph, words, and when."""
        when = f"{self.last.astimezone(OFFICE_ZONE):%H:%M}" if self.last is not None else ""
        if (late := self.late) is not None:
            words = self.tr("提醒已停 {span}").format(span=span(late))
            self._light("clock-alert", words, "", "danger")
        elif self.trouble:
            self._light("triangle-alert", self.tr("提醒没查成"), self.tr("1 分钟后再试"), "warn")
        elif self.last is None or (self.under_way and self._stood is not None and not self._made_good):
            self._light("refresh-cw", self.tr("提醒检查中"), "", "info")
        elif self._unwatched >= UNWATCHED_TURNS:
            self._light("heart-pulse", self.tr("提醒没人看护"), when, "warn")
        else:
            self._light("heart-pulse", self.tr("提醒正常"), when, "ok")
        self.turned.emit()

    def _light(self, icon: str, text: str, detail: str, tone: str) -> None:
        self._window.set_light("due", icon, text, detail, tone)

    def _tell(self) -> None:
        """The banner: the engine stands still, or stood still until now."""
        if (late := self.late) is not None:
            since = self.last or self._since
            notice: Notice | None = Notice(
                self.tr("到期提醒已停 {span}").format(span=span(late)),
                self.tr("{since} 起没有查过到期的事：{why}。关掉安居前台再打开，漏掉的会自动补上").format(
                    since=moment(since), why=self.trouble or self.tr("一直没有轮到")
                ),
                icon="clock-alert",
                action=(self.tr("看看"), KEY, self.show_more),
                action_icon="heart-pulse",
            )
        else:
            notice = self._missed(self._stood) if self._stood is not None else None
        self._window.banner(notice, "due")

    def _missed(self, stood: Stood) -> Notice:
        why = self.tr("程序那时没有打开") if stood.closed else self.tr("程序没有正常关闭，可能停电或死机")
        done = self.tr("登录后自动补上漏掉的")
        if self.last is not None and not self.under_way:
            done = self.tr("漏掉的 {n} 件已补上").format(n=self._made_good)
        elif self._begun:
            done = self.tr("正在补上漏掉的")
        return Notice(
            self.tr("到期提醒停过 {span}").format(span=stood.span),
            self.tr("{since} 到 {until} 没有查过：{why}。{done}").format(
                since=moment(stood.since), until=moment(stood.until), why=why, done=done
            ),
            tone="warn",
            icon="clock-alert",
            action=(self.tr("看看"), KEY, self.show_more),
            action_icon="heart-pulse",
        )

    # more of it

    def show_more(self) -> None:
        """The light was clicked, or its key pressed: what is known, in a dialog."""
        if self._window.session is None or self._window.shut:
            return
        from desktop.views.due_engine_dialog import DueEngineDialog

        dialog = DueEngineDialog(self._window.seat, self)
        dialog.closed.connect(self._heard)
        self._window.open(dialog)

    def _heard(self, _accepted: bool) -> None:
        """Somebody has read what was missed."""
        self._stood = None
        self._tell()


def moment(at: datetime) -> str:
    """「11-22 14:35」."""
    return f"{at.astimezone(OFFICE_ZONE):%m-%d %H:%M}"
