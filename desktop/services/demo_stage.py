"""What every part of the demo's story has in hand: the office, its clock, its people, who lives where, the calendar."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from desktop.models.values import MeterKind, PayMethod
from desktop.services.acts import Op
from desktop.services.demo_plan import DAY, DemoPlan, Stay
from desktop.services.office import Office
from desktop.services.work import Actor, Work, begin
from desktop.world import OFFICE_ZONE, SeededWorld

PASSWORD = "demo"
STAFF = (
    ("admin", "周砚秋", "administrator"), ("gumy", "顾明远", "manager"), ("linxm", "林小满", "front_desk"),
    ("shenrx", "沈若溪", "cashier"), ("hanqh", "韩清和", "finance_lead"), ("qinl", "秦岭", "repair_lead"),
    ("luzw", "陆知微", "auditor"), ("jiangws", "江望舒", "head_office"),
)  # fmt: skip
METHODS = (PayMethod.WECHAT, PayMethod.ALIPAY, PayMethod.TRANSFER, PayMethod.CASH, PayMethod.POS)
DESK_DAYS = (1, 6, 11, 16, 21, 26)
"""Days of the month on which people move and pay what has come due, so that such a day is one round of acts."""
LAST_DAYS = 6
"""The last days before today are lived one act after the other, as at a desk."""


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in the office's zone."""
    return datetime.combine(day, time(hour, minute), OFFICE_ZONE)


@dataclass(slots=True)
class Living:
    """A stay that began: what the story needs to go on with it."""

    stay: Stay
    lease_id: UUID
    party_id: UUID
    room_id: UUID
    pays: dict[UUID, date] = field(default_factory=dict)
    """On which day each bill will be paid."""


class Stage:
    """The office in which the story plays."""

    def __init__(self, office: Office, world: SeededWorld, plan: DemoPlan, seed: int) -> None:
        self.office, self.world, self.plan = office, world, plan
        self.source = random.Random(f"anju-demo life {seed}")
        self.staff: dict[str, Actor] = {}
        self.rooms: list[UUID] = []
        """In the order of the plan."""
        self.living: dict[UUID, Living] = {}
        """By lease."""
        self.renewed: dict[UUID, Living] = {}
        """By the lease that another one followed: its last bills are still to be paid."""
        self.days: dict[date, dict[str, list[Any]]] = {}
        self._meters: dict[int, dict[MeterKind, Decimal]] = {}

    @contextmanager
    def act(self, actor: Actor, op: Op) -> Iterator[Work]:
        """One act of somebody at the desk, a few minutes after the one before."""
        self.world.advance(timedelta(minutes=3))
        with begin(self.office, actor, op) as work:
            # The story is told by the program in the clerks' names: no clerk sits there whose rights could be asked.
            work.authorised += 1
            yield work

    def on(self, day: date, what: str, about: Any) -> None:
        """Note what is to happen on a day. Days not yet lived through only, so a step may add to later ones."""
        if self.plan.opened < day < self.plan.today:
            self.days.setdefault(day, {}).setdefault(what, []).append(about)

    def soon(self, days: int, what: str, about: Any) -> None:
        """Note what is to happen some days from now, on the next day on which the office does such things."""
        day = self.world.today() + timedelta(days=days)
        while day.day not in DESK_DAYS:
            day += DAY
        self.on(day, what, about)

    @property
    def slowly(self) -> bool:
        """Whether today is one of the last days, on which each act stands alone."""
        return (self.plan.today - self.world.today()).days <= LAST_DAYS

    def shown(self, room: int) -> dict[MeterKind, Decimal]:
        """What the meters of a room (its place in the plan) show now."""
        if room not in self._meters:
            start = Decimal(self.source.randint(100, 4000))
            self._meters[room] = {MeterKind.ELECTRICITY: start, MeterKind.WATER: start // 12}
        return self._meters[room]

    def reference(self, method: PayMethod) -> str:
        """What the slip of a payment says; cash has none."""
        return "" if method is PayMethod.CASH else f"{self.source.randrange(10**8):08d}"
