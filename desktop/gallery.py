"""Pictures of every page with invented data: `anju-desk screens OUT`. One child process a scale, light and dark.

Used to look at what was built, and for the pictures of the README. Nothing here is part of the running desk.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app import Desk, Start, make_application
from desktop.views.screens import SCALES, environment, render_widget, settle
from desktop.views.theme import Shade, theme
from desktop.world import OFFICE_ZONE, World

FROZEN = date(2026, 11, 22)
PATIENCE = 60.0


class FrozenWorld(World):
    """The real world on a Sunday morning in November, so that pictures differ only where the program differs."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 14, 35, tzinfo=OFFICE_ZONE)


def render_screens(out: Path, data: Path | None = None) -> list[Path]:
    """Draw everything at both scales, light and dark, into `out`; returns the pictures. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    data = data or out / ".office"
    _prepare(data)
    for scale in SCALES:
        for shade in Shade:
            subprocess.run(
                [sys.executable, "-m", "desktop.gallery", str(out), str(data), shade.value],
                env=environment(scale), check=True,
            )  # fmt: skip
    return sorted(out.glob("*.png"))


def _prepare(data: Path) -> None:
    """Build the invented office once, before the children want it at the same time."""
    from desktop.paths import folders
    from desktop.services.demo import demo_dir

    where = folders(data)
    where.make()
    demo_dir(where.cache / "demo", FROZEN)


def wait_until(ready: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Let the window live until something has come about. Raises TimeoutError."""
    end = time.monotonic() + patience
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("the page did not settle")
        QApplication.processEvents()
        time.sleep(0.005)
    settle()


def quiet(desk: Desk) -> None:
    """Wait until no job is under way, twice: one answer often asks the next question."""
    for _ in range(3):
        wait_until(lambda: desk.window.jobs.count == 0)
        settle()


def press(widget: QWidget, key: Qt.Key, text: str = "", modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, key, modifiers, text))


class Gallery:
    """Walks through the program as a demo clerk and takes a picture of each page."""

    def __init__(self, out: Path, data: Path, shade: Shade) -> None:
        self.out, self.shade = out, shade
        self.application = make_application(["anju-desk"], cache=data / "cache" / "icons")
        theme().switch(shade=shade)
        self.desk = Desk(Start(data=data, demo=True), FrozenWorld())
        self.taken: list[str] = []

    def shoot(self, name: str) -> None:
        """One picture: NAME-SCALE[-dark].png."""
        from desktop.views.screens import scale_of_process

        quiet(self.desk)
        suffix = "-dark" if self.shade is Shade.DARK else ""
        render_widget(self.desk.window, self.out / f"{name}-{scale_of_process().words}{suffix}.png")
        self.taken.append(name)

    def go(self, key: str, **params: Any) -> QWidget:
        self.desk.window.navigate(key, **params)
        quiet(self.desk)
        page = self.desk.window.page()
        assert page is not None
        return page

    def walk(self) -> None:
        """Every page of this release."""
        self.desk.show()
        wait_until(lambda: self.desk.office is not None)
        self.shoot("01-sign-in")
        self.desk._demo_role("manager")
        wait_until(lambda: self.desk.session is not None)
        self.shoot("02-room-board")
        for name, step in self._steps():
            step()
            self.shoot(name)
        self.desk.shut()
        self.desk.window._jobs.shutdown()

    def _steps(self) -> Iterator[tuple[str, Callable[[], object]]]:
        facts = self._facts()
        yield "02-room-board-chosen", partial(self._choose_room, facts["room_id"])
        yield "03-room", partial(self.go, "room", room_id=facts["room_id"])
        yield "04-parties", partial(self.go, "parties")
        yield "05-party", partial(self.go, "party", party_id=facts["party_id"])
        yield "06-leases", partial(self.go, "leases")
        yield "07-lease", partial(self.go, "lease", lease_id=facts["lease_id"])
        yield "08-bills", partial(self.go, "bills")
        yield "09-bill", partial(self.go, "bill", bill_id=facts["bill_id"])
        yield "10-till", partial(self.go, "till", party_id=facts["party_id"])
        yield "11-receipt", partial(self.go, "receipt", payment_id=facts["payment_id"])
        yield "12-settings", partial(self.go, "settings")
        yield "13-staff", partial(self.go, "staff")
        yield "14-check-in", partial(self.go, "check_in")

    def _choose_room(self, room_id: object) -> None:
        page = self.go("board")
        chooser = getattr(page, "choose", None)
        if chooser is not None:
            chooser(room_id)

    def _facts(self) -> dict[str, Any]:
        """A room in arrears with its tenant, lease, an open bill and a receipt."""
        from desktop.services import billing, board, receipts
        from desktop.services.work import look

        assert self.desk.office is not None
        assert self.desk.session is not None
        with look(self.desk.office, self.desk.session.actor) as reading:
            tile = max(
                (t for t in board.board(reading).tiles if t.tenant_id and t.lease_id and t.marks),
                key=lambda t: t.overdue.fen,
            )
            bills = billing.bills_of(reading, lease_id=tile.lease_id)
            paid = receipts.receipts_of(reading, lease_id=tile.lease_id)
        return {
            "room_id": tile.room_id, "party_id": tile.tenant_id, "lease_id": tile.lease_id, "bill_id": bills[0].id,
            "payment_id": paid[0].payment_id,
        }  # fmt: skip


def main(arguments: list[str]) -> None:
    """One scale, one shade: the child of `render_screens`."""
    out, data, shade = Path(arguments[0]), Path(arguments[1]), Shade(arguments[2])
    Gallery(out, data, shade).walk()


if __name__ == "__main__":
    main(sys.argv[1:])
