"""今日: what is to be done for several people, the answers, a day without anything, and the light of the reminders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desktop.gallery.walk import Walk, wait_until
from desktop.services import check_in_draft, drafts
from desktop.services.due_desk import Stood
from desktop.services.errors import DatabaseBusy
from desktop.services.today import Scope
from desktop.views.theme import TypeSize, theme


def walk_today(walk: Walk) -> None:
    """What a clerk begins with, and how the engine behind it stands."""
    walk.sit_down("front_desk")
    walk.go("today")
    walk.shoot("11-today-front-desk")
    walk.sit_down()
    _draft(walk)
    page = walk.go("today")
    walk.shoot("11-today-mine")
    walk.press("Ctrl+2")
    walk.shoot("11-today")
    if walk.look.size is not TypeSize.LARGE:
        theme().switch(size=TypeSize.LARGE)
        walk.shoot("11-today-large-type")
        theme().switch(size=walk.look.size)
        walk.quiet()
    walk.press("Ctrl+3")
    walk.shoot("11-today-leases")
    walk.press("Ctrl+0")
    walk.shoot("11-today-panel")  # folded away where it was there, and there where it was folded
    walk.press("Ctrl+0", "Alt+3")
    walk.shoot("11-today-needless")
    walk.dialog.cancel()
    walk.press("Alt+2")
    walk.window.toast_widget.dismiss()
    page.tabs.set_value(Scope.LATER)
    walk.shoot("11-today-later")
    walk.press("Alt+2", "Ctrl+5")
    walk.shoot("11-today-deposits")
    walk.sit_down("auditor")
    walk.go("today")
    walk.shoot("11-today-auditor")
    walk.sit_down()
    _light(walk)


def _draft(walk: Walk) -> None:
    """A check-in that was put aside."""
    session = walk.session
    body = check_in_draft.encode(check_in_draft.CheckInDraft())
    drafts.save_draft(
        session.office, session.actor, check_in_draft.KIND, session.office.world.new_id(), "顾听澜 → 2 栋 0903", body
    )


def _light(walk: Walk) -> None:
    """Shift F5; an engine that fails, then stands still; and what the sign-in says after a power cut."""
    walk.go("today")
    walk.press("Ctrl+2", "Shift+F5")
    walk.shoot("11-due-engine")
    walk.dialog.cancel()
    world: Any = walk.session.office.world

    def busy(name: str) -> None:
        if name == "due.begin":
            raise DatabaseBusy

    world._fault = busy
    _turn(walk)
    walk.shoot("11-due-not-looked")
    world.advance(timedelta(minutes=20))
    _turn(walk)
    walk.shoot("11-due-stands-still")
    walk.press("Shift+F5")
    walk.shoot("11-due-engine-stands-still")
    walk.dialog.cancel()
    world._fault = None
    due: Any = walk.desk._due  # type: ignore[union-attr]
    _turn(walk)
    due._stood = Stood(world.now() - timedelta(days=14), world.now(), closed=False)
    due._made_good = 37
    due._tell()
    walk.shoot("11-due-missed")
    due._heard(True)


def _turn(walk: Walk) -> None:
    """The minute is over."""
    due: Any = walk.desk._due  # type: ignore[union-attr]
    due._tick()
    wait_until(lambda: not due.under_way)
    walk.quiet()
