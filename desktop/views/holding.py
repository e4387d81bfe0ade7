"""While nothing can be stored every button that stores something waits, and says why.

Made so: `Button(…, writes=True)`; a `Dialog` does it for its primary by itself. `hold_writes(reason, source)` is called
by the guard of the line (`views/line_guard.py`) and when the office was moved (`views/move_watch.py`); an empty reason
lets them go again, as far as this source is concerned.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Hold(QObject):
    """Signals: changed(reason) when the buttons are to wait, or may go on (empty)."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""
        self._reasons: dict[str, str] = {}

    def set_reason(self, reason: str, source: str) -> None:
        """The reason of one source; the first that has one is said."""
        self._reasons[source] = reason
        first = next(filter(None, self._reasons.values()), "")
        if first != self.reason:
            self.reason = first
            self.changed.emit(first)


_hold: Hold | None = None


def hold() -> Hold:
    """The one of this program."""
    global _hold
    if _hold is None:
        _hold = Hold()
    return _hold


def hold_writes(reason: str, source: str = "line") -> None:
    """Let every storing button wait with this reason; an empty one lets them go."""
    hold().set_reason(reason, source)
