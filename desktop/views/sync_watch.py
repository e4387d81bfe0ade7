"""Keeps the open office in step with head office from the first sign-in on, and tells in the status bar how that goes.

The sessions have a thread of their own; the window only asks how things stand. An office that knows no head office has
no light, and nothing of all this is loaded.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from desktop.views.bars import OPENING_LIGHTS
from desktop.views.notices import Notice
from desktop.world import OFFICE_ZONE

if TYPE_CHECKING:
    from desktop.services.office import Office
    from desktop.services.sync.desk import SyncFacts
    from desktop.services.sync.runner import Runner
    from desktop.views.main_window import MainWindow

log = logging.getLogger(__name__)

KEY = OPENING_LIGHTS["sync"]
ASK_AFTER_MS = 1_500
"""After a change: several that follow each other are counted once."""
PATIENCE_SECONDS = 1.0
"""How long closing waits for a session under way; a later one does what it did not finish."""


class SyncWatch(QObject):
    """One open office. Signals: turned() after every session or try."""

    turned = Signal()

    def __init__(self, window: MainWindow, office: Office) -> None:
        super().__init__()
        self._window, self._office = window, office
        self._runner: Runner | None = None
        self._begun = self._stopped = self._tried = False
        self.facts: SyncFacts | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ASK_AFTER_MS)
        self._soon.timeout.connect(self._ask)
        self.turned.connect(self._heard, Qt.ConnectionType.QueuedConnection)  # it comes from the runner's thread

    def begin(self) -> None:
        """Somebody sits here. Later calls do nothing, unless there was no head office before."""
        from desktop.services.sync.reaching import enrolled

        if not self._begun and not self._stopped:
            self._begun = True
            self._window.jobs.run(partial(enrolled, self._office), self._known, self._unknown)

    def stop(self) -> None:
        """The office is closed; another PC may take over."""
        self._stopped = True
        self._soon.stop()
        if self._runner is not None:
            self._runner.stop(PATIENCE_SECONDS)
            self._runner = None
            if isValid(self._window):
                self._window.tables_changed.disconnect(self._changed)
                self._window.set_light("sync", "", "")
                self._window.banner(None, "sync")

    # ---- the loop is the runner's ------------------------------------------------------------------------------------

    def _known(self, enrolled: bool) -> None:
        if self._stopped or not enrolled:
            self._begun = False
            return
        from desktop.services.sync.runner import Runner

        self._window.tables_changed.connect(self._changed, Qt.ConnectionType.QueuedConnection)
        self._runner = Runner(self._office, self._told)
        self._runner.start()
        self._ask()

    def _unknown(self, error: Exception) -> None:
        log.info("whether there is a head office is not known: %s", type(error).__name__)
        self._begun = False

    def _told(self, _turn: object) -> None:
        self.turned.emit()

    def _heard(self) -> None:
        self._tried = True
        self._ask()

    def _changed(self, _tables: frozenset[str]) -> None:
        if not self._stopped and not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        from desktop.services.sync.desk import facts_of

        if not self._stopped and not self._window.jobs.closed:
            self._window.jobs.run(partial(facts_of, self._office), self.show_facts, self._unread)

    def _unread(self, error: Exception) -> None:
        """The light stays as it was: a lost line to the database has words of its own."""
        log.info("how sync stands could not be read: %s", type(error).__name__)

    # ---- what is said ------------------------------------------------------------------------------------------------

    def show_facts(self, facts: SyncFacts) -> None:
        """The light: colour, glyph, words, since when; and the banner after a day alone."""
        if self._stopped or not facts.enrolled:
            return
        self.facts = facts
        waits = self.tr("{n} 笔待上传").format(n=facts.waiting) if facts.waiting else ""
        alone = bool(facts.apart_words) and self._tried
        if alone:
            tone = "danger" if facts.apart.days >= 7 else "warn"
            words = self.tr("{n} 天没同步").format(n=facts.apart.days)
            self._light("cloud-off", words, facts.why_briefly or waits, tone)
        elif facts.trouble:
            self._light("cloud-off", facts.why_briefly, waits, "warn")
        elif waits:
            self._light("cloud-upload", waits, self._since(facts), "info")
        elif facts.met_at is not None:
            self._light("cloud", self.tr("已同步"), f"{facts.met_at.astimezone(OFFICE_ZONE):%H:%M}", "ok")
        else:
            self._light("refresh-cw", self.tr("同步中"), "", "info")
        self._window.banner(self._notice(facts) if alone else None, "sync")

    def _since(self, facts: SyncFacts) -> str:
        """Of today the time is enough."""
        if facts.waiting_since is None:
            return ""
        since, now = facts.waiting_since.astimezone(OFFICE_ZONE), facts.at.astimezone(OFFICE_ZONE)
        when = f"{since:%H:%M}" if since.date() == now.date() else f"{since:%m-%d %H:%M}"
        return self.tr("自 {time}").format(time=when)

    def _light(self, icon: str, text: str, detail: str, tone: str) -> None:
        self._window.set_light("sync", icon, text, detail, tone)

    def _notice(self, facts: SyncFacts) -> Notice:
        return Notice(
            self.tr("{n} 天没有和总部同步").format(n=facts.apart.days),
            facts.apart_words,
            tone="danger" if facts.apart.days >= 7 else "warn",
            icon="cloud-off",
            action=(self.tr("看看"), KEY, self._show_page),
            tip=facts.why,
            action_icon="cloud",
        )

    def _show_page(self) -> None:
        self._window.navigate("sync")
