"""The office cannot be opened because its server does not answer: says so over the sign-in card and tries again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop.views.main_window import MainWindow
from desktop.views.notices import Notice

PAUSES_S = (2, 4, 8)


class OpeningRetry(QObject):
    """Counts down and calls `again`; `over()` when the office is open or somebody gave up."""

    def __init__(self, window: MainWindow, again: Callable[[], object]) -> None:
        super().__init__()
        self._window, self._again = window, again
        self._why, self._tries, self._left = "", 0, 0
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)

    def wait(self, why: str) -> None:
        """It did not work once more: wait a little longer than before."""
        self._why = why
        self._left = PAUSES_S[min(self._tries, len(PAUSES_S) - 1)]
        self._tries += 1
        self._clock.start()
        self._show()

    def over(self) -> None:
        self._clock.stop()
        self._tries = 0
        self._window.banner(None, "opening")

    def now(self) -> None:
        """立即重试."""
        self._clock.stop()
        self._left = 0
        self._show()
        self._again()

    def _tick(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.now()
        else:
            self._show()

    def _show(self) -> None:
        when = self.tr("{n} 秒后").format(n=self._left) if self._left else self.tr("正在试")
        self._window.banner(
            Notice(
                self.tr("连不上数据库"),
                self._why,
                note=self.tr("第 {n} 次重试，{when}").format(n=self._tries, when=when),
                action=(self.tr("立即重试"), "F5", self.now),
            ),
            "opening",
        )
