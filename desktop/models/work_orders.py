"""Work orders 工单: repairs and complaints, with the events that make their history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Profile
from desktop.models.columns import Json, Word


class WorkOrderState(StrEnum):
    WAITING = "waiting"
    DISPATCHED = "dispatched"
    UNDER_WAY = "under_way"
    DONE = "done"
    RATED = "rated"
    CANCELLED = "cancelled"


class WorkOrder(Profile):
    """Something to repair or a complaint 投诉."""

    __tablename__ = "work_order"
    __machine__ = "work_order"

    number: Mapped[str]
    kind: Mapped[str]
    """repair | complaint."""
    state: Mapped[WorkOrderState] = mapped_column(Word(WorkOrderState), index=True)
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    summary: Mapped[str]
    urgent: Mapped[bool]
    due_at: Mapped[datetime | None]
    assignee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))


class WorkOrderEvent(Ledger):
    """One thing that happened to a work order."""

    __tablename__ = "work_order_event"

    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"), index=True)
    kind: Mapped[str]
    detail: Mapped[Any] = mapped_column(Json)
