"""Tells an administrator that a PC waits to be let in, and sends a PC that was revoked back to the sign-in page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from desktop.models.values import Right
from desktop.views import messages

if TYPE_CHECKING:
    from desktop.services.device_requests import RequestRow
    from desktop.services.office import Office
    from desktop.views.main_window import MainWindow

TOLD_BY = frozenset({"device_request", "device", "office_key_wrap"})


class DeviceWatch(QObject):
    """Watches for one open office. Signals: revoked() when this PC may not go on."""

    revoked = Signal()

    def __init__(self, window: MainWindow, office: Office) -> None:
        super().__init__()
        self._window, self._office = window, office
        self._known: set[object] = set()
        window.tables_changed.connect(self._changed, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        if isValid(self._window):
            self._window.tables_changed.disconnect(self._changed)

    def look(self) -> None:
        """Somebody has signed in: is anybody waiting?"""
        session = self._window.session
        if session is None or not self._window.allowed(Right.APPROVE_DEVICES):
            self._show(0)
            return
        from desktop.services import device_requests

        self._window.run(partial(session.read, device_requests.device_requests), self._found)

    def _changed(self, tables: frozenset[str]) -> None:
        if tables and not tables & TOLD_BY:
            return
        if not tables or "device" in tables:
            from desktop.services import devices

            self._window.run(partial(devices.revoked_here, self._office), self._asked)
        self.look()

    def _asked(self, revoked: bool) -> None:
        if revoked:
            self.revoked.emit()

    def _found(self, rows: tuple[RequestRow, ...]) -> None:
        self._show(len(rows))
        fresh = [row for row in rows if row.id not in self._known]
        self._known = {row.id for row in rows}
        if fresh:
            words = self.tr("「{desk}」申请加入：到「设置 → 终端」核对六位数字").format(desk=fresh[-1].desk)
            messages.show_info(words)

    def _show(self, count: int) -> None:
        words = self.tr("{n} 台终端待批准").format(n=count) if count else ""
        self._window.set_light("devices", "monitor", words, "", "warn")
        self._window.set_badge("settings", count)
