"""Tells when nobody has touched our windows for some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow

_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TabletPress,
        QEvent.Type.TouchBegin,
    }
)
_STEADY = 4
"""A mouse that trembles by less pixels on a shaking table is nobody's hand."""


class Idle(QObject):
    """Signals: passed(minutes) once, when the time is over. `start` begins it, `stop` ends it."""

    passed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self._over)
        self._minutes = 0
        self._pointer = QPoint()
        # On the windows as the system sees them, not on the application: all input comes through here, and a Python
        # filter in front of every event of every object is slow and meets objects that are already being taken down.
        QGuiApplication.instance().focusWindowChanged.connect(self.watch)
        # An input method keeps the keys to itself; the moving cursor tells that somebody is writing.
        QGuiApplication.inputMethod().cursorRectangleChanged.connect(self.touched)

    def watch(self, window: QWindow | None) -> None:
        """Hear the input of one of our windows; menus, calendars and choosers come by themselves."""
        if window is not None:
            window.installEventFilter(self)  # a second time changes nothing

    def set_minutes(self, minutes: int) -> None:
        self._minutes = minutes
        self.timer.setInterval(minutes * 60_000)

    @property
    def minutes(self) -> int:
        return self._minutes

    def start(self) -> None:
        """Begin to wait; without minutes nothing happens."""
        if self.timer.interval():
            self.timer.start()

    def stop(self) -> None:
        self.timer.stop()

    def touched(self) -> None:
        """Somebody is here: the time begins anew."""
        if self.timer.isActive():
            self.timer.start()

    def _over(self) -> None:
        self.passed.emit(self._minutes)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self.touched()
        elif event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            here = event.globalPosition().toPoint()
            if (here - self._pointer).manhattanLength() >= _STEADY:
                self._pointer = here
                self.touched()
        return False
