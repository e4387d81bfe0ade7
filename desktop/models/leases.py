"""Leases 租赁合同: parties, occupants, rooms and terms, each with its dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Meets, Profile
from desktop.models.columns import NUMBER_BY_POINT, NUMBER_END, Json, Scaled, Word
from desktop.models.values import (
    FreeDaysRule,
    LeaseKind,
    LeaseRole,
    LeaseState,
    Money,
    StubPlacement,
    StubRule,
)


class Lease(Meets, Profile):
    """A lease or service agreement. Expiring and expired-in-occupation 期满未退 are derived, so nothing can hide it."""

    __tablename__ = "lease"
    __machine__ = "lease"
    __table_args__ = (
        sa.Index(None, "project_id", "number", "arrived", unique=True),
        sa.Index(None, "state", "id"),
        sa.Index(
            "ix_lease_renews",
            "renews_id",
            sqlite_where=sa.text("renews_id IS NOT NULL"),
            postgresql_where=sa.text("renews_id IS NOT NULL"),
        ),
        sa.Index("ix_lease_number_end", sa.text(NUMBER_END)),
        sa.Index("ix_lease_number_c", sa.text(NUMBER_BY_POINT)).ddl_if(dialect="postgresql"),
    )

    number: Mapped[str]
    kind: Mapped[LeaseKind] = mapped_column(Word(LeaseKind))
    state: Mapped[LeaseState] = mapped_column(Word(LeaseState), index=True)
    lessor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    """NULL: the organisation of the project lets in its own name."""
    renews_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    template_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("template.id"))
    """The template version printed and signed."""
    signed_on: Mapped[date | None]
    moved_in_on: Mapped[date | None]
    notice_on: Mapped[date | None]
    moved_out_on: Mapped[date | None]


class LeaseTerm(Profile):
    """What was agreed, effective from a date; a change is a new row, never an edit. Only the purpose is corrected."""

    __tablename__ = "lease_term"
    __part_of__ = ("lease", "lease_id")
    __table_args__ = (sa.Index("ix_lease_term_last_day", "lease_id", "effective_from", "id", "deleted_at", "end"),)

    lease_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lease.id"), index=True)
    effective_from: Mapped[date]
    start: Mapped[date]
    end: Mapped[date]
    """Last day, counted."""
    rent: Mapped[Money]
    """Per month."""
    rent_steps: Mapped[Any] = mapped_column(Json)
    """[[from date, fen per month], …] for stepped rent; [] otherwise."""
    cycle_months: Mapped[int] = mapped_column(sa.Integer)
    calendar_months: Mapped[bool]
    """True: after a stub, periods begin on the 1st; False: on the anchor day of the start."""
    pay_ahead_days: Mapped[int] = mapped_column(sa.Integer)
    """How many days before a period begins its rent is due; 0: on its first day."""
    deposit: Mapped[Money]
    stub_rule: Mapped[StubRule] = mapped_column(Word(StubRule))
    stub_placement: Mapped[StubPlacement] = mapped_column(Word(StubPlacement))
    free_days: Mapped[int] = mapped_column(sa.Integer)
    free_days_rule: Mapped[FreeDaysRule] = mapped_column(Word(FreeDaysRule))
    late_fee_per_mille: Mapped[Decimal] = mapped_column(Scaled(4))
    """违约金 per day in ‰ of what is open; 0: none agreed."""
    property_fee_price: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """Yuan per m² and month; NULL: none with this lease."""
    property_fee_area: Mapped[Decimal | None] = mapped_column(Scaled(2))
    """m² charged; NULL: none with this lease."""
    property_fee_months: Mapped[int] = mapped_column(sa.Integer)
    """Months of property fee in one bill."""
    key_deposit: Mapped[Money]
    """For keys and cards, a deposit of its own; 0: none."""
    purpose: Mapped[str]
    """居住, 办公 …, printed."""


class LeaseParty(Profile):
    """A party to the lease in a role."""

    __tablename__ = "lease_party"
    __part_of__ = ("lease", "lease_id")

    lease_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lease.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    role: Mapped[LeaseRole] = mapped_column(Word(LeaseRole))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    basis: Mapped[str | None]
    """What the role rests on, in words: 连带责任保证, the written authority of an agent; NULL: nothing to say."""


class Occupant(Profile):
    """Somebody who really lives there 实际居住人 (Order 812), signatory or not."""

    __tablename__ = "occupant"
    __part_of__ = ("lease", "lease_id")

    lease_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lease.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class LeaseRoom(Meets, Profile):
    """A room under a lease for a span of days; two never overlap on one room (trigger on both engines), unless
    two offices let it without knowing of each other."""

    __tablename__ = "lease_room"
    __part_of__ = ("lease", "lease_id")
    __table_args__ = (sa.Index(None, "room_id", "valid_from"),)

    lease_id: Mapped[UUID] = mapped_column(sa.ForeignKey("lease.id"), index=True)
    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    """Last day, counted; shortened at move-out or cancellation (valid_to < valid_from: never held)."""
