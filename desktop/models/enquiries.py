"""Before a lease: enquiries 意向 of people who look for a room, and reservations 预订 with the money that holds it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Meets, Profile
from desktop.models.columns import Word
from desktop.models.values import EnquiryChannel, EnquiryState, HoldingMoney, Money, ReservationState


class Enquiry(Profile):
    """Somebody who looks for a room, from the first call to a lease or to 未成."""

    __tablename__ = "enquiry"
    __machine__ = "enquiry"

    state: Mapped[EnquiryState] = mapped_column(Word(EnquiryState), index=True)
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    """A party with a name and a phone; the card is read when they sign."""
    channel: Mapped[EnquiryChannel] = mapped_column(Word(EnquiryChannel))
    wishes: Mapped[str]
    layout: Mapped[str | None]
    people: Mapped[int | None] = mapped_column(sa.Integer)
    rent_from: Mapped[Money | None]
    rent_to: Mapped[Money | None]
    """Per month."""
    wanted_from: Mapped[date | None]
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    """The room they settled on, or look at next."""
    follow_up_on: Mapped[date | None] = mapped_column(index=True)
    assignee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    lost_reason: Mapped[str | None]
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))


class Reservation(Meets, Profile):
    """A room held for somebody until a day; 定金 (earnest, forfeited or returned double) and 订金 (advance,
    returnable) are two kinds of money and never mixed (Civil Code 586, 587)."""

    __tablename__ = "reservation"
    __machine__ = "reservation"
    __table_args__ = (
        sa.Index(None, "project_id", "number", "arrived", unique=True),
        sa.Index(None, "room_id", "state"),
    )

    number: Mapped[str]
    state: Mapped[ReservationState] = mapped_column(Word(ReservationState), index=True)
    enquiry_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("enquiry.id"))
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"))
    money: Mapped[HoldingMoney] = mapped_column(Word(HoldingMoney))
    amount: Mapped[Money]
    """0: held without money."""
    bill_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bill.id"))
    """The bill of that money; NULL without money."""
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    """Last day on which the room is held, counted."""
    moves_in_on: Mapped[date | None]
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    """The lease it became."""
    closed_on: Mapped[date | None]
    close_reason: Mapped[str | None]
