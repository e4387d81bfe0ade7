"""The line to head office, as bad as lines are: requests lost, replies lost, things said twice or late."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from central.log import Log
from desktop.services.sync.head_office import Unreachable, Why
from desktop.services.sync.messages import Greeting, Hello, Page, Push, Pushed, Refusal, Returned

T = TypeVar("T")


class Crash(BaseException):
    """The process dies here: nothing after it runs, nothing that was not committed stays."""


class HeadDied(Exception):
    """Head office's process dies: its transaction is rolled back, the line breaks."""


@dataclass
class Weather:
    """What goes wrong on a line, as parts of a call in a hundred."""

    lost: float = 0.0
    reply_lost: float = 0.0
    twice: float = 0.0
    late: float = 0.0


STORM = Weather(lost=5, reply_lost=6, twice=4, late=4)
CALM = Weather()


@dataclass
class Head:
    """Head office as the simulation knows it: its log may be replaced by one out of a backup."""

    log: Log
    late: list[Callable[[], Any]] = field(default_factory=list)
    """Requests that are still under way."""

    def deliver_late(self, pick: random.Random) -> None:
        """Something that was sent long ago arrives now, in any order."""
        if self.late:
            request = self.late.pop(pick.randrange(len(self.late)))
            with suppress(Refusal, HeadDied):  # nobody waits for the answer
                request()


class Line:
    """Head office as one PC sees it through a line."""

    def __init__(self, head: Head, device_id: UUID, pick: random.Random) -> None:
        self.head, self.device_id, self._pick = head, device_id, pick
        self.weather = CALM
        self.cut = False
        self.between: Callable[[], None] = lambda: None
        """Happens in the middle of a call: a laptop that sleeps, a program that is killed."""
        self.messages: list[Any] = []
        """What went over the line, for those who look for secrets in it."""

    def hello(self, hello: Hello) -> Greeting:
        return self._said(lambda: self.head.log.hello(self.device_id, hello), hello)

    def push(self, push: Push) -> Pushed:
        return self._said(lambda: self.head.log.push(self.device_id, push), push)

    def pull(self, project: str, node: str, after: int, limit: int) -> Page:
        return self._said(lambda: self.head.log.pull(self.device_id, project, node, after, limit), None)

    def wanted(self, project: str, acts: Sequence[str]) -> list[str]:
        return self._said(lambda: self.head.log.wanted(self.device_id, project, acts), None)

    def take_back(self, returned: Returned) -> Pushed:
        return self._said(lambda: self.head.log.take_back(self.device_id, returned), returned)

    def _said(self, call: Callable[[], T], message: Any) -> T:
        self.between()
        if message is not None:
            self.messages.append(message)
        chance = self._pick.random() * 100
        if self.cut or chance < self.weather.lost:
            raise Unreachable(Why.NO_LINE)
        chance -= self.weather.lost
        if chance < self.weather.reply_lost:
            self._answer(call)
            raise Unreachable(Why.LINE_CUT)
        chance -= self.weather.reply_lost
        if chance < self.weather.twice:
            self._answer(call)
        elif chance - self.weather.twice < self.weather.late:
            self.head.late.append(call)
        return self._answer(call)

    @staticmethod
    def _answer(call: Callable[[], T]) -> T:
        try:
            return call()
        except HeadDied as gone:
            raise Unreachable(Why.LINE_CUT) from gone
