"""How often one PC, and one address, may ask: a program that has gone wild hurts nobody but itself."""

from __future__ import annotations

import time
from uuid import UUID

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from central.answers import Refused
from desktop.services.sync import over_http

USUAL = {"device": "20/second", "enrol": "5/minute"}


class Pace:
    """Moving windows in memory, one for each PC and address."""

    def __init__(self, device: str = USUAL["device"], enrol: str = USUAL["enrol"]) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._device, self._enrol = parse(device), parse(enrol)

    def of_device(self, device_id: UUID) -> None:
        """One more request of a PC. Raises Refused."""
        self._one_more(self._device, device_id.hex)

    def of_enrolment(self, address: str) -> None:
        """One more try to enrol from an address. Raises Refused."""
        self._one_more(self._enrol, address)

    def _one_more(self, limit: RateLimitItem, who: str) -> None:
        if not self._windows.hit(limit, who):
            reset = self._windows.get_window_stats(limit, who).reset_time
            raise Refused(over_http.SLOW_DOWN, retry_after=max(1.0, reset - time.time()))
