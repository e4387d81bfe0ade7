"""Rings of unused objects are cleared on the GUI thread only.

Python clears them in whichever thread happens to make an object. A reader that clears away a closed dialog destroys
widgets and timers outside their thread: Qt then crashes, or the two threads wait for each other for ever.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 100
_WHOLE_S = 20.0
"""Between two looks at everything: one takes tens of milliseconds, and widgets that wait for it do no harm."""
_open = 0


class Tidying(QObject):
    """Made on the GUI thread, by whoever has threads beside it; `stop` when they are gone."""

    def __init__(self) -> None:
        super().__init__()
        global _open
        _open += 1
        gc.disable()
        self._whole_at = time.monotonic()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tidy)
        self._timer.start(_EVERY_MS)

    def tidy(self) -> None:
        """Do what Python would have done by itself, by its own thresholds."""
        due = [number > most for number, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[2] and time.monotonic() - self._whole_at > _WHOLE_S:
            gc.collect(2)
            self._whole_at = time.monotonic()
        elif due[1]:
            gc.collect(1)
        elif due[0]:
            gc.collect(0)

    def stop(self) -> None:
        """No thread is left beside this one; the last window gives the work back to Python."""
        if not self._timer.isActive():
            return
        global _open
        self._timer.stop()
        _open -= 1
        if not _open:
            gc.enable()
