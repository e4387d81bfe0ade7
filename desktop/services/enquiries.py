"""Enquiries 意向: who looks for a room, what for, when to call back, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.enquiries import Enquiry
from desktop.models.parties import Contact, Party
from desktop.models.places import Room
from desktop.models.values import EnquiryChannel, EnquiryState, Money, Right, RoomState
from desktop.services import board, parties, timeline
from desktop.services.changes import last_changes
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.keys import BlindField
from desktop.services.masks import find_secrets
from desktop.services.party_forms import PartyForm, party_problems
from desktop.services.phones import parse_phone
from desktop.services.rights import needs, part
from desktop.services.transitions import ENQUIRY, move
from desktop.services.work import Look, Work

CHANNEL_WORDS = {
    EnquiryChannel.COUNTER: "上门", EnquiryChannel.PHONE: "电话", EnquiryChannel.WECHAT: "微信",
    EnquiryChannel.PLATFORM: "租房平台", EnquiryChannel.REFERRAL: "熟人介绍", EnquiryChannel.OTHER: "其他",
}  # fmt: skip
RUNNING = (EnquiryState.OPEN, EnquiryState.VIEWING, EnquiryState.RESERVED)
WISHES_LIMIT = 300


@dataclass(frozen=True, slots=True)
class EnquiryForm:
    """What the enquiry dialog gathers. `party_id`: somebody already known; else name and phone make a new person."""

    name: str = ""
    phone: str = ""
    party_id: UUID | None = None
    channel: EnquiryChannel = EnquiryChannel.COUNTER
    wishes: str = ""
    layout: str | None = None
    people: int | None = None
    rent_from: Money | None = None
    rent_to: Money | None = None
    wanted_from: date | None = None
    room_id: UUID | None = None
    follow_up_on: date | None = None
    assignee_id: UUID | None = None


def enquiry_problems(form: EnquiryForm, today: date) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if form.party_id is None:
        for remark in party_problems(PartyForm(form.name, phone=form.phone), today):
            if remark.stops:
                problems.setdefault(remark.field, remark.text)
    if len(form.wishes) > WISHES_LIMIT:
        problems["wishes"] = f"最多 {WISHES_LIMIT} 字，现在 {len(form.wishes)} 字"
    elif find_secrets(form.wishes):
        problems["wishes"] = "要求里有像证件号或电话的数字：电话填上面一栏，证件号签约时再登记"
    if form.rent_from is not None and form.rent_to is not None and form.rent_to < form.rent_from:
        problems["rent_to"] = f"最高租金低于最低租金 {form.rent_from}，对调一下"
    if form.people is not None and not 1 <= form.people <= 50:
        problems["people"] = "几个人住：填 1 到 50"
    if form.follow_up_on is not None and form.follow_up_on < today:
        problems["follow_up_on"] = "跟进日期已经过去，选今天或以后"
    return problems


@needs(Right.RESERVE_ROOMS)
def add_enquiry(work: Work, form: EnquiryForm) -> UUID:
    """Note that somebody looks for a room. A person with this name and phone is recognised. Raises ProblemsFound."""
    if problems := enquiry_problems(form, work.world.today()):
        raise ProblemsFound(problems)
    party_id = form.party_id or caller(work, form.name, form.phone)
    row = work.add(Enquiry(party_id=party_id, state=EnquiryState.OPEN, lost_reason=None, lease_id=None))
    _write(row, form)
    if row.assignee_id is None:
        row.assignee_id = work.actor.staff_id
    work.subject_id("party", party_id)
    work.record(channel=form.channel.value)
    return row.id


@part
def caller(work: Work, name: str, phone: str) -> UUID:
    """The person who calls: the one already here under this name and phone, or a new one without papers yet."""
    wanted = parse_phone(phone)
    known = work.session.execute(
        sa.select(Party.id)
        .join(Contact, Contact.party_id == Party.id)
        .where(
            Contact.value_index == work.vault.blind(BlindField.PHONE, wanted.stored), Contact.deleted_at.is_(None),
            Party.name == name.strip(), Party.deleted_at.is_(None),
        )
        .order_by(Party.created_at)
        .limit(1)
    ).first()  # fmt: skip
    return known.id if known is not None else parties.put_party(work, PartyForm(name, phone=phone))


@needs(Right.RESERVE_ROOMS)
def change_enquiry(work: Work, enquiry_id: UUID, version: int, form: EnquiryForm) -> None:
    """Correct what somebody looks for. Raises ProblemsFound, RowChanged."""
    row = work.take(Enquiry, enquiry_id)
    if row.version != version:
        theirs, yours = _shown(row), _shown(form)
        by = last_changes(work, "enquiry", [enquiry_id])
        raise RowChanged(theirs, yours, *timeline.last_act(work, row.party_id), by)
    asked = replace(form, party_id=row.party_id)
    if asked.follow_up_on == row.follow_up_on:
        asked = replace(asked, follow_up_on=None)  # a day that has gone by may stay
    if problems := enquiry_problems(asked, work.world.today()):
        raise ProblemsFound(problems)
    _write(row, form)
    work.subject_id("party", row.party_id)
    work.record(enquiry=True)


@needs(Right.RESERVE_ROOMS)
def move_enquiry(work: Work, enquiry_id: UUID, event: str, reason: str = "", on: date | None = None) -> None:
    """约看房, 登记未成, 重新跟进. Reserving and signing have acts of their own. Raises ForbiddenMove, ProblemsFound."""
    row = work.get(Enquiry, enquiry_id)
    if event not in ("view", "lose", "reopen"):
        raise ValueError(f"{event} has an act of its own")
    if event == "lose" and len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明为什么没成，例如 租了别处、超预算"})
    row.state = move(ENQUIRY, row.state, event)
    row.lost_reason = reason.strip() if event == "lose" else None
    row.follow_up_on = on if event == "view" else None if event == "lose" else row.follow_up_on
    work.subject_id("party", row.party_id)
    work.record(enquiry=event)


@part
def follow_enquiry(work: Work, enquiry_id: UUID | None, event: str, fields: Mapping[str, Any] | None = None) -> None:
    """The enquiry goes with what became of it: reserved, released, leased. None: there was none."""
    if enquiry_id is None:
        return
    row = work.get(Enquiry, enquiry_id)
    row.state = move(ENQUIRY, row.state, event)
    for name, value in (fields or {}).items():
        setattr(row, name, value)


def _write(row: Enquiry, form: EnquiryForm) -> None:
    row.channel, row.wishes, row.layout, row.people = form.channel, form.wishes.strip(), form.layout, form.people
    row.rent_from, row.rent_to, row.wanted_from = form.rent_from, form.rent_to, form.wanted_from
    row.room_id, row.follow_up_on = form.room_id, form.follow_up_on
    row.assignee_id = form.assignee_id


def _shown(row: Enquiry | EnquiryForm) -> dict[str, Any]:
    names = ("wishes", "layout", "people", "rent_from", "rent_to", "wanted_from", "follow_up_on")
    return {name: getattr(row, name) for name in names}


# ---- reading -------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BOARD)
def fitting_rooms(look: Look, form: EnquiryForm, limit: int = 12) -> list[tuple[board.TileFacts, Money | None]]:
    """Empty rooms that fit what somebody looks for, the nearest in rent first, with their asking rent."""
    tiles = [
        tile for tile in board.board(look).tiles
        if tile.state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY) and not tile.parts
        and (not form.layout or (tile.layout or "").startswith(form.layout[:2]))
    ]  # fmt: skip
    rents: dict[UUID, Money | None] = {}
    for start in range(0, len(tiles), 500):
        ids = [tile.room_id for tile in tiles[start : start + 500]]
        rents |= {
            row.id: row.asking_rent
            for row in look.session.execute(sa.select(Room.id, Room.asking_rent).where(Room.id.in_(ids)))
        }
    kept = []
    for tile in tiles:
        rent = rents.get(tile.room_id)
        low = form.rent_from is None or rent is None or rent >= form.rent_from
        high = form.rent_to is None or rent is None or rent <= form.rent_to
        if low and high:
            kept.append((tile, rent))
    middle = (form.rent_from or form.rent_to or Money(0)).fen
    kept.sort(key=lambda each: (each[1] is None, abs((each[1] or Money(0)).fen - middle), each[0].number))
    return kept[:limit]


def form_of(row: Enquiry, name: str) -> EnquiryForm:
    """A stored enquiry as the dialog gathers it."""
    return EnquiryForm(
        name, "", row.party_id, row.channel, row.wishes, row.layout, row.people, row.rent_from, row.rent_to,
        row.wanted_from, row.room_id, row.follow_up_on, row.assignee_id,
    )  # fmt: skip
