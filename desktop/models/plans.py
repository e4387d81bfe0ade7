"""Planned maintenance 计划保养 and inspections 巡检: the plans, their rounds, and the checklist of an order."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import Json, Word
from desktop.models.values import CheckAnswer, OrderKind, PlanUnit, RepairCategory


class MaintenancePlan(Profile):
    """What is to be done again and again, and when; each round of it becomes a work order."""

    __tablename__ = "maintenance_plan"

    name: Mapped[str]
    kind: Mapped[OrderKind] = mapped_column(Word(OrderKind))
    """MAINTENANCE or INSPECTION."""
    category: Mapped[RepairCategory] = mapped_column(Word(RepairCategory))
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    """Neither: the whole project."""
    facility: Mapped[str | None]
    """What of the common parts: 2 号电梯."""
    every: Mapped[int] = mapped_column(sa.Integer)
    """So many `unit`."""
    unit: Mapped[PlanUnit] = mapped_column(Word(PlanUnit))
    anchor: Mapped[date]
    """Rounds are counted from this day, which is one: of months, its day of the month or the last there is."""
    lead_days: Mapped[int] = mapped_column(sa.Integer)
    """So many days before a round is due its order is made."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Rounds due before the one or after the other are none; NULL: it goes on."""
    pauses: Mapped[Any] = mapped_column(Json)
    """[[first day, last day or null, reason]]: rounds due in a pause are none."""
    team_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("repair_team.id"))
    contractor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contractor.id"))
    """Who does it: a team or a firm; neither: whoever is proposed."""
    basis: Mapped[str | None]
    """The law or contract it comes from."""
    checklist: Mapped[Any] = mapped_column(Json)
    """Lines that an order is to answer, in their order."""


class PlanRound(Meets, Ledger):
    """A round of a plan that became an order: once for each due day, whoever made it and how often it was tried."""

    __tablename__ = "plan_round"
    __table_args__ = (
        sa.UniqueConstraint("work_order_id", "arrived"),
        sa.UniqueConstraint("plan_id", "due_on", "arrived"),
    )

    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("maintenance_plan.id"))
    due_on: Mapped[date]
    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"))


class CheckLine(Profile):
    """A line of the checklist of an order, as the plan had it when the order was made."""

    __tablename__ = "check_line"
    __part_of__ = ("work_order", "work_order_id")

    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"), index=True)
    place: Mapped[int] = mapped_column(sa.Integer)
    """0-based."""
    words: Mapped[str]
    answer: Mapped[CheckAnswer | None] = mapped_column(Word(CheckAnswer))
    """NULL: nobody has looked yet."""
    note: Mapped[str | None]
    """In clear: numbers that tell who somebody is are refused."""
    repair_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("work_order.id"))
    """The repair that came of it."""
