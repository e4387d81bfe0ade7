"""A desk with the pages of repairs, and an office in which something has been reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import RepairCategory
from desktop.models.work_orders import WorkOrder
from desktop.services.check_ins import CheckedIn
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import check_in, rooms_of, sit_down
from tests.services.test_dispatch import hire, send
from tests.services.test_work_order_page import report
from tests.services.test_work_orders import go
from tests.views.people_kit import PEOPLE_PAGES, Desk

REPAIR_PAGES = ("repairs", "repair", "room", "today", *PEOPLE_PAGES)


@dataclass
class Reported:
    """What the office knows of: 顾听澜 in the first room, two technicians, four orders."""

    lease: CheckedIn
    man: UUID
    other: UUID
    tap: UUID
    """水龙头滴水 in the first room, by 顾听澜: nobody has it."""
    pipe: UUID
    """水管爆了, urgent, in the second room: nobody has it."""
    lamp: UUID
    """灯不亮 in the third room: 方一鸣 waits for the tenant."""
    door: UUID
    """门锁打不开 in the fourth room: done."""


def reported(office: Office) -> Reported:
    """Four orders on a Monday morning."""
    world = office.world
    assert isinstance(world, SeededWorld)
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    lease = check_in(office, PROGRAM, rooms_of(office)[0])
    man, other = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    tap = report(office, lead, "水龙头滴水", 0, party_id=lease.party_id)
    pipe = report(office, lead, "水管爆了", 1, urgent=True)
    lamp = report(office, lead, "灯不亮", 2, category=RepairCategory.POWER)
    send(office, lead, lamp, man, accepted=True)
    go(office, lead, lamp, "wait_tenant", "约好周六上午在家")
    door = report(office, lead, "门锁打不开", 3, category=RepairCategory.DOOR, party_id=lease.party_id)
    send(office, lead, door, other, accepted=True)
    go(office, lead, door, "finish", "换了锁芯")
    return Reported(lease, man, other, tap, pipe, lamp, door)


def repair_desk(
    world: SeededWorld, folder: Path, qtbot: QtBot, on_desk: Callable[..., QWidget], *roles: str, wide: int = 1093
) -> Desk:
    """The lead of the repairs stands before it, unless other roles are named."""
    roles = roles or ("repair_lead",)
    return Desk(world, folder, qtbot, on_desk, reported, *roles, wide=wide, pages=REPAIR_PAGES)


def stored(desk: Desk, order_id: UUID) -> WorkOrder:
    """An order as it is stored now."""
    with look(desk.office, PROGRAM) as reading:
        return reading.get(WorkOrder, order_id)
