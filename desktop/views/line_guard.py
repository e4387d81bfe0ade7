"""Guards the line to the database for the window: banner with cause and count-down, status light, buttons that wait.

A shared office has a listening line (`services/server_line.py`), an embedded one is asked now and then. When the line
is back everything goes on by itself: nobody has to restart anything.
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from desktop.views import messages
from desktop.views.holding import hold_writes
from desktop.views.notices import Notice
from desktop.world import OFFICE_ZONE

if TYPE_CHECKING:
    from desktop.services.office import Office
    from desktop.services.server_line import LineState, ServerLine
    from desktop.views.main_window import MainWindow

TICK_MS = 1000
ASK_MS = 60_000
"""How often an embedded database is asked; a server is asked by its line."""
CLOCK_LIMIT = timedelta(minutes=2)
"""Above it receipts would carry a wrong time: the desk is told."""


class LineGuard(QObject):
    """One open office. Signals: came_back() when the line is up again; drafts and pages follow it."""

    came_back = Signal()
    _told = Signal(object)

    def __init__(self, window: MainWindow, office: Office) -> None:
        super().__init__()
        self._window, self._office = window, office
        self._line: ServerLine | None = None
        self.state: LineState | None = None
        self._clock_ahead = self._set_back = timedelta()
        self._last = (time.monotonic(), office.world.now())
        self._parked = 0
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK_MS)
        self._ticks.timeout.connect(self._show)
        self._asks = QTimer(self)
        self._asks.setInterval(ASK_MS)
        self._asks.timeout.connect(self._ask)
        self._told.connect(self._changed, Qt.ConnectionType.QueuedConnection)
        window.line_doubted.connect(self.check_now)

    def start(self) -> None:
        """Begin to guard."""
        from desktop.services.server_line import ServerLine

        self._asks.start()
        self._seen(self._office.world.now())
        if self._office.engine.dialect.name == "postgresql":
            self._window.guarded = True
            self._line = ServerLine(self._office, self._told.emit)
            self._line.start()
        else:
            self._ask()

    def stop(self) -> None:
        """End; nothing of it stays on the window."""
        self._ticks.stop()
        self._asks.stop()
        hold_writes("")
        if isValid(self._window):
            self._window.line_doubted.disconnect(self.check_now)
            self._window.guarded = False
        if self._line is not None:
            self._line.stop()
            self._line = None

    @property
    def up(self) -> bool:
        return self.state is None or self.state.up

    def check_now(self) -> None:
        """立即重试, or something has just failed for want of the database."""
        if self._line is not None:
            self._line.check_now()
        else:
            self._ask()

    def show_drafts(self, count: int) -> None:
        """How many drafts are kept on this PC until the database is back."""
        self._parked = count
        words = self.tr("草稿 {n} 份在本机").format(n=count) if count else ""
        self._window.set_light("drafts", "pencil", words, "", "warn")

    # what the line tells

    def _changed(self, state: LineState) -> None:
        was_up, self.state = self.up, state
        self._clock_ahead = state.clock_ahead
        if state.up:
            self._seen(state.checked)
        for act in state.settled:
            (messages.show_info if act.stored else messages.show_warning)(act.words)
        self._hold()
        self._show()
        if state.up and not was_up:
            self.came_back.emit()

    def _hold(self) -> None:
        if self.up:
            self._ticks.stop()
            self._window.status.show_standing("")
            hold_writes("")
            return
        self._ticks.start()
        since = _clock(self.state.since) if self.state is not None else ""
        self._window.status.show_standing(self.tr("只读：数据来自 {time}").format(time=since))
        hold_writes(self.tr("连不上数据库，恢复后可以保存"))

    def _seen(self, when: datetime) -> None:
        self._window.set_light("engine", "database", self.tr("数据库正常"), _clock(when), "ok")

    def _show(self) -> None:
        """The worst there is to say: the line before the clock."""
        if self.state is not None and not self.state.up:
            self._window.banner(self._down(self.state), "line")
            since = self.tr("{time} 起").format(time=_clock(self.state.since))
            self._window.set_light("engine", "database-zap", self.tr("数据库断开"), since, "danger")
        else:
            self._window.banner(self._clock_wrong(), "line")

    def _down(self, state: LineState) -> Notice:
        left = max(0, round(state.next_try - time.monotonic()))
        when = self.tr("{n} 秒后").format(n=left) if left else self.tr("正在试")
        return Notice(
            self.tr("连不上数据库"),
            self.tr("{why}。{time} 起只能查看；草稿照常保存，恢复后自动继续").format(
                time=_clock(state.since), why=re.split("[：，]", state.why)[0]
            ),
            note=self.tr("第 {n} 次重试，{when}").format(n=state.tries, when=when),
            action=(self.tr("立即重试"), "F5", self.check_now),
            tip=state.why,
        )

    def _clock_wrong(self) -> Notice | None:
        off = self._clock_ahead
        if abs(off) < CLOCK_LIMIT:
            return None
        which = self.tr("快了") if off > timedelta() else self.tr("慢了")
        return Notice(
            self.tr("这台电脑的时钟{which} {span}").format(which=which, span=_span(abs(off))),
            self.tr("单据上的日期和时间会跟着错：请在系统设置里对时"),
            tone="warn",
            icon="clock-alert",
        )

    # an embedded database

    def _ask(self) -> None:
        """Is it there, and has the clock of this PC been set back since its last act?"""
        from desktop.services.outcome import clock_behind

        if self._line is None:
            self._watch_clock()
            self._window.run(partial(clock_behind, self._office), self._asked, self._silent)

    def _asked(self, behind: timedelta) -> None:
        self._clock_ahead = min(-behind, self._set_back)
        self._seen(self._office.world.now())
        self._show()

    def _silent(self, error: Exception) -> None:
        text = getattr(error, "message", "")
        if not text:
            messages.show_error(error)
            return
        self._window.set_light("engine", "database-zap", self.tr("数据库打不开"), _clock(self._now()), "danger")

    def _watch_clock(self) -> None:
        """The wall clock against the one that only runs forward: was it set back while the program is open?"""
        before, wall = self._last
        now, here = time.monotonic(), self._now()
        self._last = (now, here)
        jump = (here - wall) - timedelta(seconds=now - before)
        if abs(jump) > CLOCK_LIMIT:  # a PC that slept only seems to jump forward
            self._set_back = min(timedelta(), self._set_back + jump)

    def _now(self) -> datetime:
        return self._office.world.now()


def _clock(when: datetime | None) -> str:
    return f"{when.astimezone(OFFICE_ZONE):%H:%M}" if when is not None else ""


def _span(off: timedelta) -> str:
    minutes = round(off.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} 分钟"
    hours = round(minutes / 60)
    return f"{hours} 小时" if hours < 48 else f"{round(hours / 24)} 天"
