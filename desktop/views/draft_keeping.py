"""The draft kept while one types: every three seconds when something changed, at every step, and at closing.

A form gives its state as `Kept` (None while there is nothing worth keeping) and tells `changed()` whatever was typed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services import drafts
from desktop.views.labels import Glyph, label
from desktop.views.pages import Shell
from desktop.world import OFFICE_ZONE

SAVE_EVERY_MS = 3000
_LAST_SAVE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it is stored: how it is called in a list, and all that was typed."""

    title: str
    body: bytes


class DraftKeeper(QWidget):
    """「草稿已保存 14:34」 in the foot, and what stands behind it.

    `state` gives the draft as it is; `quiet` says that an act is under way, which carries the draft on by itself.
    """

    def __init__(
        self, shell: Shell, kind: str, state: Callable[[], Kept | None], quiet: Callable[[], bool] = bool
    ) -> None:
        super().__init__()
        self.kind = kind
        self._shell, self._state, self._quiet = shell, state, quiet
        self.draft_id: UUID = shell.session.office.world.new_id()
        self.dirty = False
        self.glyph = Glyph("circle-check", "ok", 15)
        self.words = label("", "hint")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.glyph)
        row.addWidget(self.words)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(SAVE_EVERY_MS)
        self.timer.timeout.connect(self.save)
        self.say(None)

    def begin(self, draft_id: UUID | None = None) -> None:
        """Keep another draft from now on: a new one, or one that is there."""
        self.settled()
        self.draft_id = draft_id or self._shell.session.office.world.new_id()
        self.say(None)

    def changed(self) -> None:
        """Something was typed."""
        self.dirty = True
        if not self.timer.isActive():
            self.timer.start()

    def settled(self) -> None:
        """What lies in the database is right: an act has carried the draft on, or it has done its work."""
        self.timer.stop()
        self.dirty = False

    def save(self) -> None:
        """Keep the draft now, if anything changed since the last time."""
        self.timer.stop()
        if self.dirty and not self._quiet() and (work := self.saving()) is not None:
            self.dirty = False
            self._shell.jobs.run(work, self.say, self.not_saved, write=True)

    def saving(self) -> partial[drafts.Kept] | None:
        """The work of keeping the draft as it is now, if there is anything to keep."""
        kept = self._state()
        if kept is None:
            return None
        session = self._shell.session
        return partial(
            drafts.keep_draft, session.office, session.actor, self.kind, self.draft_id, kept.title, kept.body
        )

    def not_saved(self, trouble: Exception) -> None:
        """Nothing is lost: it is still here, and is tried again by itself."""
        self.changed()
        self.glyph.set("triangle-alert", "warn")
        self.glyph.show()
        text = getattr(trouble, "message", "") or self.tr("草稿没有存上")
        self.words.setText(self.tr("{text}，自动再试").format(text=text.split("，")[0]))

    def say(self, kept: drafts.Kept | None) -> None:
        """When it was kept, and where; None: not yet."""
        self.glyph.setVisible(kept is not None)
        if kept is None:
            self.words.setText("")
            return
        time = f"{kept.at.astimezone(OFFICE_ZONE):%H:%M}"
        if kept.here:
            self.glyph.set("triangle-alert", "warn")
            self.words.setText(self.tr("草稿已存在本机 {time}").format(time=time))
            self.changed()  # until the database takes it
        else:
            self.glyph.set("circle-check", "ok")
            self.words.setText(self.tr("草稿已保存 {time}").format(time=time))

    def save_at_close(self) -> None:
        """The last words typed are kept, too: jobs are not started any more, so a thread of its own waits a moment."""
        self.timer.stop()
        if self.dirty and not self._quiet() and (work := self.saving()) is not None:
            last = threading.Thread(target=_quietly, args=(work,), daemon=True)
            last.start()
            last.join(_LAST_SAVE_SECONDS)

    def drop(self) -> None:
        """What was typed has become a fact, or is not wanted: its draft has done its work. A window that closes leaves
        it lying: once too often offered is better than an error at the very end."""
        self.settled()
        if self._shell.jobs.closed:
            return
        session = self._shell.session
        work = partial(drafts.drop_draft, session.office, session.actor, self.draft_id)
        self._shell.jobs.run(work, write=True)
        self.say(None)


def _quietly(function: Callable[[], object]) -> None:
    """There is nobody left to tell; the draft of three seconds ago is there."""
    with suppress(Exception):
        function()
