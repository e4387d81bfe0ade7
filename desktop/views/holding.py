"""While the database cannot be reached every button that stores something waits, and says why.

Made so: `Button(…, writes=True)`; a `Dialog` does it for its primary by itself. `hold_writes(reason)` is called by the
guard of the line (`views/line_guard.py`), an empty reason lets them go again.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Hold(QObject):
    """Signals: changed(reason) when the buttons are to wait, or may go on (empty)."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def set_reason(self, reason: str) -> None:
        if reason != self.reason:
            self.reason = reason
            self.changed.emit(reason)


_hold: Hold | None = None


def hold() -> Hold:
    """The one of this program."""
    global _hold
    if _hold is None:
        _hold = Hold()
    return _hold


def hold_writes(reason: str) -> None:
    """Let every storing button wait with this reason; an empty one lets them go."""
    hold().set_reason(reason)
