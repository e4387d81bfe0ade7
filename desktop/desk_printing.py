"""The printer of a desk and what waits for it, each made when it is first needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.preferences import Preferences, PrinterChoice
from desktop.views import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.views.main_window import MainWindow
    from desktop.views.print_queue import PrintQueue
    from desktop.views.printing import Printing
    from desktop.world import World


class DeskPrinting(QObject):
    """Whoever sits at the desk prints here. `to_folder`: nobody's printer is started by a demonstration."""

    def __init__(
        self, window: MainWindow, world: World, prints: Path, to_folder: bool, preferences: Callable[[], Preferences]
    ) -> None:
        super().__init__(window)
        self._window, self._world, self._prints = window, world, prints
        self._to_folder = to_folder or QGuiApplication.platformName() == "offscreen"
        self._preferences = preferences
        self._printing: Printing | None = None
        self._queue: PrintQueue | None = None

    @property
    def printing(self) -> Printing:
        if self._printing is None:
            from desktop.views.printing import FolderSink, PrinterSink, Printing

            sink = FolderSink(self._prints, self._world.fault) if self._to_folder else PrinterSink(self._choice)
            self._printing = Printing(sink, self._world.fault)
            self._printing.failed.connect(self._failed)
        return self._printing

    def _choice(self, kind: str) -> PrinterChoice:
        return self._preferences().printers.get(kind, PrinterChoice())

    def _failed(self, _order: object, error: Exception) -> None:
        messages.show_error(error)

    def begin_queue(self) -> None:
        """What was left over on the way to the printer, and how it stands, for whoever sits down."""
        if self._queue is None:
            from desktop.views.print_queue import PrintQueue

            self._queue = PrintQueue(self._window, self.printing, self)
        self._queue.start()

    def show_queue(self) -> None:
        """Shift F6, or a click on the printer's light."""
        if self._queue is not None:
            from desktop.views.print_queue_dialog import PrintQueueDialog

            self._window.open(PrintQueueDialog(self._window.seat, self._queue))

    def close(self) -> None:
        """Nothing more is sent; what was not, waits for the next start."""
        if self._queue is not None:
            self._queue.close()
            self._queue = None
        if self._printing is not None:
            self._printing.shutdown()
            self._printing = None
