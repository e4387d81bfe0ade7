"""Work orders 工单: repairs and complaints, with the events that make their history, and who does the work: teams,
technicians with their hours and leave, contractors."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import Json, Sealed, Word
from desktop.models.values import DutyKind, Money, RepairCategory, RepairChannel


class WorkOrderState(StrEnum):
    """The stored machine of a work order; "late" is derived from its clocks."""

    REPORTED = "reported"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ON_THE_WAY = "on_the_way"
    WORKING = "working"
    WAITING_MATERIAL = "waiting_material"
    WAITING_TENANT = "waiting_tenant"
    WAITING_CONTRACTOR = "waiting_contractor"
    DONE = "done"
    CHECKED = "checked"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @classmethod
    def _missing_(cls, value: object) -> WorkOrderState | None:
        # An op that an office wrote before schema 12 and never sent still says it in the words of then.
        found = _WORDS_BEFORE_12.get(str(value))
        return None if found is None else cls(found)


_WORDS_BEFORE_12 = {"waiting": "reported", "dispatched": "reported", "under_way": "reported", "rated": "closed"}

UNANSWERED = (WorkOrderState.REPORTED, WorkOrderState.ASSIGNED)
"""Nobody has said yet that they will do it: the clock of the answer runs."""
WAITING = (WorkOrderState.WAITING_MATERIAL, WorkOrderState.WAITING_TENANT, WorkOrderState.WAITING_CONTRACTOR)
IN_HAND = (
    WorkOrderState.ASSIGNED, WorkOrderState.ACCEPTED, WorkOrderState.ON_THE_WAY, WorkOrderState.WORKING, *WAITING,
)  # fmt: skip
"""Somebody has it to do."""
OPEN = (WorkOrderState.REPORTED, *IN_HAND)
"""What was reported is not mended yet: the clock of the promise runs."""
FINISHED = (WorkOrderState.DONE, WorkOrderState.CHECKED, WorkOrderState.CLOSED)
_UNRATED = sa.text("rating IS NULL AND done_at IS NOT NULL")


class WorkOrder(Profile):
    """Something to repair or a complaint 投诉."""

    __tablename__ = "work_order"
    __machine__ = "work_order"
    __table_args__ = (
        sa.Index(None, "technician_id", "state"),
        sa.Index(None, "building_id", "state"),
        sa.Index(None, "follows_id"),
        sa.Index("ix_work_order_unrated", "done_at", "id", sqlite_where=_UNRATED, postgresql_where=_UNRATED),
    )

    number: Mapped[str]
    kind: Mapped[str]
    """An OrderKind."""
    level: Mapped[int | None] = mapped_column(sa.Integer)
    """A CaseLevel, of complaints and incidents; NULL of everything else, and in those from before schema 13."""
    state: Mapped[WorkOrderState] = mapped_column(Word(WorkOrderState), index=True)
    category: Mapped[RepairCategory] = mapped_column(Word(RepairCategory), default=RepairCategory.OTHER)
    channel: Mapped[RepairChannel] = mapped_column(Word(RepairChannel), default=RepairChannel.COUNTER)
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    """Of a common part; NULL where there is a room, or where it is about no building."""
    facility: Mapped[str | None]
    """What of the common parts: 2 号电梯, 地下车库."""
    place: Mapped[str | None]
    """Where in the flat: 主卧卫生间."""
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    """Who reported it, and is called back."""
    summary: Mapped[str]
    urgent: Mapped[bool]
    wished_from: Mapped[datetime | None]
    wished_to: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """By when it was promised to be done, without what its clock stood still."""
    promised_at: Mapped[datetime | None]
    """From when the promise counts; NULL: since it was reported."""
    awaited_since: Mapped[datetime | None]
    """From when the clock of the answer counts; NULL: since it was reported."""
    owner_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who of the office answers for it; NULL only in orders from before schema 12 that the program made."""
    technician_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("technician.id"))
    contractor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("contractor.id"))
    """A technician or a contractor has an order in hand, never both."""
    contract_price: Mapped[Money | None]
    """What was agreed with the contractor."""
    warranty_until: Mapped[date | None]
    """Last day on which whoever did it comes again for nothing."""
    reason: Mapped[str | None]
    """Why it waits, was cancelled or opened again; NULL in every other state."""
    done_at: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(sa.Integer)
    """1 to 5 as the person who reported it said; NULL: not asked yet, or no answer."""
    follows_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("work_order.id"))
    """The order that was rated badly, of a rectification 整改."""
    assignee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Never filled; goes away with the next release."""


class WorkOrderEvent(Ledger):
    """One thing that happened to a work order."""

    __tablename__ = "work_order_event"

    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"), index=True)
    kind: Mapped[str]
    """An event of the machine, reported, note, photo or rate."""
    state: Mapped[WorkOrderState | None] = mapped_column(Word(WorkOrderState))
    """After it; NULL where the state stayed what it was."""
    stands: Mapped[bool | None]
    """True: from now on the clock stands still; False: it runs again; NULL: as before."""
    note: Mapped[str | None]
    """In clear: numbers that tell who somebody is are refused."""
    detail: Mapped[Any] = mapped_column(Json)
    """technician, contractor: ids; photos: ids of stored files; stars."""


class RepairTeam(Profile):
    """A team 班组 with its lead and the kinds of work that go to it."""

    __tablename__ = "repair_team"

    name: Mapped[str]
    lead_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    categories: Mapped[Any] = mapped_column(Json)
    """Words of RepairCategory."""
    sort: Mapped[int] = mapped_column(sa.Integer)


class Technician(Profile):
    """Somebody who does repairs 维修工; signing in is not needed for it."""

    __tablename__ = "technician"

    name: Mapped[str]
    team_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("repair_team.id"))
    phone: Mapped[bytes | None] = mapped_column(Sealed)
    skills: Mapped[Any] = mapped_column(Json)
    """Words of RepairCategory."""
    building_ids: Mapped[Any] = mapped_column(Json)
    """Buildings looked after, hex; empty: all of them."""
    weekdays: Mapped[str]
    """Days on duty: 1 Monday … 7 Sunday."""
    hours: Mapped[str]
    """08:30-12:00 13:30-17:30, as the office writes its own."""
    left_on: Mapped[date | None]
    """From this day on they work here no more."""


class DutyChange(Profile):
    """Days on which somebody's duty is another than their weekdays say: leave 请假 or an extra shift 加班."""

    __tablename__ = "duty_change"

    technician_id: Mapped[UUID] = mapped_column(sa.ForeignKey("technician.id"), index=True)
    kind: Mapped[DutyKind] = mapped_column(Word(DutyKind))
    first: Mapped[date]
    last: Mapped[date]
    hours: Mapped[str | None]
    """Of an extra shift; NULL: the usual ones."""
    note: Mapped[str | None]


class Contractor(Meets, Profile):
    """An outside firm 外包 that takes orders, at a price and with a warranty."""

    __tablename__ = "contractor"
    __table_args__ = (sa.UniqueConstraint("party_id", "arrived"),)

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    categories: Mapped[Any] = mapped_column(Json)
    warranty_days: Mapped[int] = mapped_column(sa.Integer)
    """After the work is done; 0: none."""
    price: Mapped[Money | None]
    """What a visit usually costs; NULL: agreed each time."""
    note: Mapped[str | None]
    ended_on: Mapped[date | None]
    """From this day on nothing is given to them."""
