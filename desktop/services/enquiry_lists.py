"""All enquiries 意向 as a list: by state, by what they look for, by who calls back and when, by what is held for them.

Read by offset: an office has hundreds of them, and who is to be called first stands first.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.enquiries import Enquiry, Reservation
from desktop.models.parties import Contact, Party
from desktop.models.places import Building, Room
from desktop.models.values import EnquiryChannel, EnquiryState, HoldingMoney, Money, ReservationState, Right
from desktop.services import narrowing, parties, party_lists
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.enquiries import CHANNEL_WORDS, RUNNING, EnquiryForm, form_of
from desktop.services.narrowing import RENTS
from desktop.services.paging import Span, like
from desktop.services.party_page import shown
from desktop.services.rights import needs
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

_FOLLOW_UPS = {"late": "过了没回访", "today": "今天", "next_7": "7 天内", "none": "没定日子"}
_HELD = {"over": "过了保留日", "7": "7 天内到期", "money": "交了定金或订金", "none": "没有预订"}


class Which(StrEnum):
    """The tabs of the list."""

    RUNNING = "running"
    TODAY = "today"
    """To be called back today or before."""
    RESERVED = "reserved"
    LEASED = "leased"
    LOST = "lost"
    ALL = "all"


class EnquiryOrder(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    ROOM = "room"
    FOLLOW_UP = "follow_up"
    WANTED = "wanted"
    BUDGET = "budget"
    WHO = "who"
    SINCE = "since"


@dataclass(frozen=True, slots=True)
class EnquiryRow:
    """One enquiry in the list."""

    id: UUID
    version: int
    state: EnquiryState
    party_id: UUID
    name: str
    phone: str
    """Masked."""
    form: EnquiryForm
    room: str
    who: str
    lost_reason: str
    reservation_id: UUID | None
    held_until: date | None
    """Last day of the reservation that holds a room for them."""
    since: date

    @property
    def words(self) -> str:
        """What they look for, in one line: 两室 · 2 人 · 1,800–2,200 · 12-01 起."""
        form, parts = self.form, list[str]()
        if form.layout:
            parts.append(form.layout)
        if form.people:
            parts.append(f"{form.people} 人")
        span = "–".join(f"{each.fen // 100:,}" for each in (form.rent_from, form.rent_to) if each is not None)
        if span:
            parts.append(span if form.rent_to is not None else f"{span} 起")
        if form.wanted_from is not None:
            parts.append(f"{form.wanted_from:%m-%d} 起")
        if form.wishes:
            parts.append(form.wishes)
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class EnquiryFilter:
    """One tab of the list, and what is typed: a name or its sound, a phone or its last four, a wish, a room number."""

    which: Which = Which.RUNNING
    text: str = ""
    chosen: Chosen = ()
    """Of `enquiry_conditions`."""


@needs(Right.SEE_PARTIES)
def enquiry_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    layouts = look.session.scalars(
        sa.select(Enquiry.layout)
        .where(Enquiry.deleted_at.is_(None), Enquiry.layout.is_not(None))
        .distinct()
        .order_by(Enquiry.layout)
    )
    staff = look.session.execute(
        sa.select(StaffMember.id, StaffMember.name)
        .where(StaffMember.id.in_(sa.select(Enquiry.assignee_id)))
        .order_by(StaffMember.name, StaffMember.id)
    )
    return (
        condition("follow_up", "回访", _FOLLOW_UPS.items(), single=True),
        condition("layout", "户型", ((words, words) for words in layouts if words)),
        condition("budget", "预算", RENTS.items()),
        narrowing.days_condition("wanted", "想入住", ("next_7", "month", "next_month")),
        condition("channel", "来源", ((channel.value, CHANNEL_WORDS[channel]) for channel in EnquiryChannel)),
        condition("who", "跟进人", ((row.id.hex, row.name) for row in staff)),
        condition("held", "预订", _HELD.items()),
        narrowing.building_condition(look),
    )


@needs(Right.SEE_PARTIES)
def list_enquiries(
    look: Look, wanted: EnquiryFilter = EnquiryFilter(), span: Span | None = None, order: EnquiryOrder | None = None
) -> list[EnquiryRow]:
    """One page of a tab. Without an order who is to be called first, or the newest; what is not known stands last."""
    span = span or Span(0, 500)
    query = _filtered(look, wanted)
    keys: list[Any] = [Enquiry.follow_up_on.is_(None), Enquiry.follow_up_on, Enquiry.created_at.desc(), Enquiry.id]
    if order is not None:
        columns = _ORDERS[order]
        sorted_by = [column.desc() if span.descending else column for column in columns]
        keys = [columns[0].is_(None), *sorted_by, Enquiry.created_at.desc(), Enquiry.id]
    elif wanted.which in (Which.LOST, Which.LEASED, Which.ALL):
        keys = keys[2:]
    return _rows(look, query.order_by(*keys).limit(span.limit).offset(span.offset))


_ORDERS: dict[EnquiryOrder, tuple[Any, ...]] = {
    EnquiryOrder.NAME: (party_lists.sound(),),
    EnquiryOrder.ROOM: (Building.sort, sa.func.length(Room.number), Room.number),
    EnquiryOrder.FOLLOW_UP: (Enquiry.follow_up_on,),
    EnquiryOrder.WANTED: (Enquiry.wanted_from,),
    EnquiryOrder.BUDGET: (sa.func.coalesce(Enquiry.rent_to, Enquiry.rent_from),),
    EnquiryOrder.WHO: (StaffMember.name,),
    EnquiryOrder.SINCE: (Enquiry.created_at,),
}


@needs(Right.SEE_PARTIES)
def count_enquiries(look: Look, text: str = "", chosen: Chosen = ()) -> dict[Which, int]:
    """How many stand under each tab of those that text and conditions let through."""
    counted: dict[Which, int] = {}
    for which in Which:
        found = _filtered(look, EnquiryFilter(which, text, chosen)).with_only_columns(Enquiry.id).subquery()
        counted[which] = int(look.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0)
    return counted


def _filtered(look: Look, wanted: EnquiryFilter) -> Any:
    query = _query().where(*_of(wanted.which, look.world.today()))
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, key, values))
    typed = unicodedata.normalize("NFKC", wanted.text).strip()
    if not typed:
        return query
    pattern = f"%{like(typed)}%"
    return query.where(
        sa.or_(
            party_lists.named(look, typed), Enquiry.wishes.like(pattern, escape="\\"),
            Room.number.like(pattern, escape="\\"),
        )
    )  # fmt: skip


def _narrowed(look: Look, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "building":
        return Room.building_id.in_(narrowing.ids(values))
    if key == "layout":
        return Enquiry.layout.in_(values)
    if key == "budget":
        return sa.or_(sa.false(), *(_within_budget(value) for value in values if value in RENTS))
    if key == "wanted":
        return narrowing.within(look, Enquiry.wanted_from, values)
    if key == "channel":
        return Enquiry.channel.in_([channel for channel in EnquiryChannel if channel.value in values])
    if key == "who":
        return Enquiry.assignee_id.in_(narrowing.ids(values))
    if key == "follow_up":
        return sa.or_(sa.false(), *(_to_be_called(look, value) for value in values))
    if key == "held":
        return sa.or_(sa.false(), *(_holding(look, value) for value in values))
    return sa.true()


def _within_budget(value: str) -> sa.ColumnElement[bool]:
    """Somebody who would pay a rent of this span."""
    least, _, most = value.partition("-")
    known = sa.or_(Enquiry.rent_from.is_not(None), Enquiry.rent_to.is_not(None))
    enough = sa.or_(Enquiry.rent_to.is_(None), Enquiry.rent_to >= Money.yuan(least))
    low = sa.or_(Enquiry.rent_from.is_(None), Enquiry.rent_from < Money.yuan(most)) if most else sa.true()
    return sa.and_(known, enough, low)


def _to_be_called(look: Look, value: str) -> sa.ColumnElement[bool]:
    if value == "none":
        return Enquiry.follow_up_on.is_(None)
    if value == "late":
        return Enquiry.follow_up_on < look.world.today()
    return narrowing.within(look, Enquiry.follow_up_on, (value,))


def _holding(look: Look, value: str) -> sa.ColumnElement[bool]:
    """Of the room that is held for them."""
    today = look.world.today()
    ways: dict[str, sa.ColumnElement[bool]] = {
        "none": Reservation.id.is_(None), "over": Reservation.valid_to < today,
        "7": Reservation.valid_to.between(today, today + timedelta(days=7)),
        "money": sa.and_(Reservation.id.is_not(None), Reservation.money != HoldingMoney.NONE),
    }  # fmt: skip
    return ways.get(value, sa.false())


@needs(Right.SEE_PARTIES)
def enquiry_of(look: Look, enquiry_id: UUID) -> EnquiryRow:
    """One enquiry, for its dialog. Raises NotFound."""
    look.get(Enquiry, enquiry_id)
    return _rows(look, _query().where(Enquiry.id == enquiry_id))[0]


def _of(which: Which, today: date) -> list[sa.ColumnElement[bool]]:
    match which:
        case Which.RUNNING:
            return [Enquiry.state.in_(RUNNING)]
        case Which.TODAY:
            return [Enquiry.state.in_(RUNNING), Enquiry.follow_up_on <= today]
        case Which.RESERVED:
            return [Enquiry.state == EnquiryState.RESERVED]
        case Which.LEASED:
            return [Enquiry.state == EnquiryState.LEASED]
        case Which.LOST:
            return [Enquiry.state == EnquiryState.LOST]
    return []


def _query() -> Any:
    return (
        sa.select(
            Enquiry, Party.name, Building.name.label("building"), Room.number, StaffMember.name.label("who"),
            Reservation.id.label("reservation_id"), Reservation.valid_to,
        )
        .join(Party, Party.id == Enquiry.party_id)
        .outerjoin(Room, Room.id == Enquiry.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .outerjoin(StaffMember, StaffMember.id == Enquiry.assignee_id)
        .outerjoin(
            Reservation,
            (Reservation.enquiry_id == Enquiry.id)
            & (Reservation.state == ReservationState.HELD)
            & Reservation.deleted_at.is_(None),
        )
        .where(Enquiry.deleted_at.is_(None))
    )  # fmt: skip


def _rows(look: Look, query: Any) -> list[EnquiryRow]:
    found = look.session.execute(query).all()
    phones = _phones(look, [row.Enquiry.party_id for row in found])
    return [
        EnquiryRow(
            row.Enquiry.id, row.Enquiry.version, row.Enquiry.state, row.Enquiry.party_id, row.name,
            phones.get(row.Enquiry.party_id, ""), form_of(row.Enquiry, row.name),
            f"{row.building} {row.number}" if row.number else "", row.who or "", row.Enquiry.lost_reason or "",
            row.reservation_id, row.valid_to, row.Enquiry.created_at.astimezone(OFFICE_ZONE).date(),
        )
        for row in found
    ]  # fmt: skip


def _phones(look: Look, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number to call, masked."""
    contacts = look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id.in_(ids), Contact.kind.in_(parties.PHONE_KINDS), Contact.deleted_at.is_(None))
        .order_by(Contact.preferred)
    )
    return {contact.party_id: shown(look, contact, "value").text for contact in contacts}
