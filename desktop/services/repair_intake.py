"""Taking in a repair or complaint 报修登记 while somebody is on the telephone: who and where, what, how soon.

The search finds the caller by room, name or the end of a number; `repair_words` guesses what it is about; what is open
already on the same room, person or lift is shown before a second order is made. One transaction stores the order with
its number, its promise and its first line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Contact, Party
from desktop.models.places import Building, Room
from desktop.models.values import CaseLevel, OrderKind, RepairCategory, RepairChannel, Right
from desktop.models.work_orders import OPEN, Contractor, Technician, WorkOrder, WorkOrderState
from desktop.services import repair_clock, repair_places, search, work_orders
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.masks import find_secrets
from desktop.services.numbers import Series, take_number
from desktop.services.parties import PHONE_KINDS
from desktop.services.party_page import MaskedField, shown
from desktop.services.rights import needs, part
from desktop.services.search_hits import Hit, HitKind
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look, Work
from desktop.services.work_orders import Photo, photos_problems

CHANNEL_WORDS = {
    RepairChannel.COUNTER: "柜台",
    RepairChannel.PHONE: "电话",
    RepairChannel.APP: "App",
    RepairChannel.WECHAT: "微信",
    RepairChannel.HOTLINE: "400 热线",
    RepairChannel.PATROL: "巡查",
    RepairChannel.LETTER: "投诉信",
    RepairChannel.PLAN: "计划",
}
KIND_WORDS = {
    OrderKind.REPAIR: "报修",
    OrderKind.COMPLAINT: "投诉",
    OrderKind.INCIDENT: "事件",
    OrderKind.MAINTENANCE: "保养",
    OrderKind.INSPECTION: "巡检",
}
REPORTED_KINDS = (OrderKind.REPAIR, OrderKind.COMPLAINT, OrderKind.INCIDENT)
"""What somebody reports; the others come from plans."""
CASES = (OrderKind.COMPLAINT, OrderKind.INCIDENT)
"""What has a level, and by it a deadline."""
LEVEL_WORDS = {CaseLevel.USUAL: "一般", CaseLevel.SERIOUS: "较重", CaseLevel.GRAVE: "重大"}
COMMON = frozenset({RepairCategory.LIFT, RepairCategory.FIRE})
"""What a whole house shares: reported from any room of it, it is the same thing."""
SUMMARY_LIMIT, PLACE_LIMIT = 200, 40
_PLACES = (HitKind.PARTY, HitKind.ROOM, HitKind.LEASE, HitKind.VEHICLE)
_SLACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, some room or some common part that was found. `words`: 顾听澜 · 1 栋 301; `open`: orders of theirs that
    are open; `building_id`: of the room or the common part; `facility`: of a common part 公共部位."""

    party_id: UUID | None
    room_id: UUID | None
    words: str
    note: str
    phone: MaskedField | None
    """The number to call today, to be shown large."""
    open: int = 0
    building_id: UUID | None = None
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the form gathers. `key`: made once by the form, so that pressed twice it makes one order; `despite`: open
    orders that were shown and are another thing; `promised`: by when, where somebody said so; `level`: of a complaint
    or an incident, usual where nobody says otherwise."""

    key: UUID
    summary: str
    category: RepairCategory
    urgent: bool = False
    kind: OrderKind = OrderKind.REPAIR
    channel: RepairChannel = RepairChannel.PHONE
    party_id: UUID | None = None
    room_id: UUID | None = None
    building_id: UUID | None = None
    facility: str = ""
    place: str = ""
    wished_from: datetime | None = None
    wished_to: datetime | None = None
    promised: datetime | None = None
    photos: Sequence[Photo] = ()
    despite: Collection[UUID] = frozenset()
    level: CaseLevel | None = None


@dataclass(frozen=True, slots=True)
class Similar:
    """An open order that may be the same thing. `same`: of the same category, so a second one is asked about."""

    order_id: UUID
    number: str
    summary: str
    state: str
    since: datetime
    who: str
    """Who has it in hand; empty: nobody yet."""
    why: str
    """同一间房, 同一部电梯, 同一个人."""
    same: bool


@dataclass(frozen=True, slots=True)
class Warranty:
    """Somebody who mended the same here and comes again for nothing."""

    order_id: UUID
    number: str
    who: str
    until: date


@dataclass(frozen=True, slots=True)
class IntakeFacts:
    """What is known beside the form, once a place or person is chosen."""

    similar: tuple[Similar, ...] = ()
    warranty: Warranty | None = None
    phone: MaskedField | None = None
    done_by: datetime | None = None
    """By when it would be done, as the office's rules have it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """News of an order. `again`: it stood already, from the same form."""

    order_id: UUID
    number: str
    answer_by: datetime | None
    done_by: datetime | None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Somebody says once more what was reported: it is told in that order's history."""

    order_id: UUID
    words: str
    party_id: UUID | None = None
    photos: Sequence[Photo] = field(default=())


class SimilarOpen(DomainError):
    """The same thing seems to be reported already. `orders`: what was found; the desk adds to one of them, or says
    that it is another thing (`Report.despite`)."""

    def __init__(self, orders: Sequence[Similar]) -> None:
        first = orders[0]
        super().__init__(
            f"{first.why}已有工单 {first.number}「{first.summary}」（{first.state}）：补充到它，或确认另报一单"
        )
        self.orders = tuple(orders)


def report_problems(form: Report, now: datetime) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    summary = form.summary.strip()
    if len(summary) < 2:
        problems["summary"] = "写一句坏了什么，例如 厨房水龙头滴水"
    elif len(summary) > SUMMARY_LIMIT:
        problems["summary"] = f"最多 {SUMMARY_LIMIT} 个字，现在 {len(summary)} 个：细节写到备注"
    elif find_secrets(summary):
        problems["summary"] = "工单不加密，不能写证件号、电话或卡号：删去它，电话填到资料里"
    if form.room_id is None and form.building_id is None and form.party_id is None:
        problems["room_id"] = "选房间、楼栋或报修人：写房号、姓名或手机尾号就能找到"
    if form.facility.strip() and form.building_id is None and form.room_id is None:
        problems["facility"] = "公共部位要说是哪栋楼：在「谁报修」里写楼栋，例如 1 栋电梯"
    for name, words in (("place", form.place), ("facility", form.facility)):
        if len(words.strip()) > PLACE_LIMIT:
            problems[name] = f"最多 {PLACE_LIMIT} 个字：写短一些"
        elif find_secrets(words):
            problems[name] = "工单不加密，不能写证件号、电话或卡号：删去它"
    if form.wished_from is not None and form.wished_to is not None and form.wished_to <= form.wished_from:
        problems["wished_to"] = "约的时间结束要晚于开始：重新选"
    elif form.wished_to is not None and form.wished_to < now - _SLACK:
        problems["wished_to"] = "约的时间已经过去：选以后的时间"
    if form.promised is not None and form.promised <= now:
        problems["promised"] = "答应的完成时间要在以后：重新选"
    return problems | photos_problems(form.photos)


# ---- who calls, and what is known ------------------------------------------------------------------------------------


@needs(Right.EDIT_REPAIRS)
def find_callers(look: Look, text: str) -> list[Caller]:
    """Who is meant by a room, a name, the end of a number or a plate, the best first; then the common parts that are
    meant by 1 栋电梯, or 电梯."""
    pairs: dict[tuple[UUID | None, UUID | None], Hit] = {}
    for hit in search.search(look, text).hits:
        if hit.kind in _PLACES:
            party = hit.id if hit.kind is HitKind.PARTY else hit.party_id
            room = hit.id if hit.kind is HitKind.ROOM else hit.room_id
            pairs.setdefault((party, room), hit)
    open_now = _open_of(look, [party for party, _ in pairs if party is not None])
    house_of = _houses_of(look, [room for _, room in pairs if room is not None])
    found = []
    for (party, room), hit in pairs.items():
        words = " · ".join(part_ for part_ in (hit.title, hit.name, hit.second) if part_)
        phone = None if party is None else phone_of(look, party)
        house = None if room is None else house_of.get(room)
        still = open_now.get(party, 0) if party else 0
        found.append(Caller(party, room, words, hit.third or hit.note, phone, still, house))
    return found + [
        Caller(None, None, place.words, "公共部位", None, building_id=place.building_id, facility=place.facility)
        for place in repair_places.common_places(text, _standing(look))
    ]


def _standing(look: Look) -> list[tuple[UUID, str]]:
    rows = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort, Building.id)
    )
    return [(row.id, row.name) for row in rows]


def _houses_of(look: Look, rooms: Sequence[UUID]) -> dict[UUID, UUID]:
    if not rooms:
        return {}
    return {row.id: row.building_id for row in look.session.execute(
        sa.select(Room.id, Room.building_id).where(Room.id.in_(rooms))
    )}  # fmt: skip


@needs(Right.EDIT_REPAIRS)
def intake_facts(look: Look, form: Report) -> IntakeFacts:
    """What is open there already, whether somebody gave a warranty, and the number to call: asked off the GUI thread
    whenever place, person or category of the form changes."""
    phone = None if form.party_id is None else phone_of(look, form.party_id)
    return IntakeFacts(
        tuple(similar_of(look, form)), _warranty(look, form), phone, _promise(look, form, look.world.now())
    )


@part
def phone_of(look: Look, party_id: UUID) -> MaskedField | None:
    """The number on which somebody is reached today, as this actor may see it."""
    contact = contact_of(look, party_id)
    return None if contact is None else shown(look, contact, "value")


@part
def contact_of(look: Look, party_id: UUID) -> Contact | None:
    """The number on which somebody is reached today, sealed."""
    return look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.deleted_at.is_(None), Contact.kind.in_(PHONE_KINDS))
        .order_by(Contact.preferred.desc(), Contact.created_at.desc(), Contact.id.desc())
        .limit(1)
    ).first()


@part
def similar_of(look: Look, form: Report) -> list[Similar]:
    """Open orders that may be the same thing: of the room, of the lift or what else the house shares, of the person;
    those of the same category first, then the latest."""
    look.settle()
    house = form.building_id
    if house is None and form.room_id is not None:
        house = look.session.scalar(sa.select(Room.building_id).where(Room.id == form.room_id))
    alike: list[sa.ColumnElement[bool]] = []
    if form.room_id is not None:
        alike.append(WorkOrder.room_id == form.room_id)
    if form.party_id is not None:
        alike.append(WorkOrder.party_id == form.party_id)
    if house is not None and form.category in COMMON:
        alike.append(sa.and_(WorkOrder.category == form.category, Room.building_id == house))
    if house is not None and (form.building_id is not None or form.category in COMMON):
        alike.append(sa.and_(WorkOrder.building_id == house, WorkOrder.category == form.category))
    if not alike:
        return []
    rows = look.session.execute(
        sa.select(WorkOrder, Technician.name, Party.name)
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(Technician, Technician.id == WorkOrder.technician_id)
        .outerjoin(Contractor, Contractor.id == WorkOrder.contractor_id)
        .outerjoin(Party, Party.id == Contractor.party_id)
        .where(WorkOrder.state.in_(OPEN), WorkOrder.deleted_at.is_(None), sa.or_(*alike))
        .order_by(WorkOrder.created_at.desc(), WorkOrder.id.desc())
        .limit(20)
    ).all()
    found = [
        Similar(
            order.id, order.number, order.summary, WORK_ORDER.words[order.state], order.created_at, man or firm or "",
            _why(order, form), order.category == form.category and _same_thing(order, form),
        )
        for order, man, firm in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each.same)


def _why(order: WorkOrder, form: Report) -> str:
    if form.room_id is not None and order.room_id == form.room_id:
        return "同一间房"
    if order.category in COMMON and order.category == form.category:
        return "同一栋楼的电梯" if order.category is RepairCategory.LIFT else "同一栋楼的消防"
    if form.building_id is not None and order.building_id == form.building_id:
        return f"同一处{order.facility}" if order.facility else "同一栋楼"
    return "同一个人"


def _same_thing(order: WorkOrder, form: Report) -> bool:
    """Whether it must be asked about: two lifts that are named apart are two things."""
    named = (order.facility or "").strip(), form.facility.strip()
    return not all(named) or repair_places.alike(*named)


def _open_of(look: Look, parties: Sequence[UUID]) -> dict[UUID, int]:
    if not parties:
        return {}
    rows = look.session.execute(
        sa.select(WorkOrder.party_id, sa.func.count())
        .where(WorkOrder.party_id.in_(parties), WorkOrder.state.in_(OPEN), WorkOrder.deleted_at.is_(None))
        .group_by(WorkOrder.party_id)
    )
    return {party: count for party, count in rows if party is not None}


def _warranty(look: Look, form: Report) -> Warranty | None:
    if form.room_id is None and form.building_id is None:
        return None
    where = WorkOrder.room_id == form.room_id if form.room_id else WorkOrder.building_id == form.building_id
    row = look.session.execute(
        sa.select(WorkOrder.id, WorkOrder.number, Party.name, WorkOrder.warranty_until)
        .join(Contractor, Contractor.id == WorkOrder.contractor_id)
        .join(Party, Party.id == Contractor.party_id)
        .where(
            where, WorkOrder.category == form.category, WorkOrder.warranty_until >= look.world.today(),
            WorkOrder.deleted_at.is_(None),
        )
        .order_by(WorkOrder.warranty_until.desc())
        .limit(1)
    ).first()  # fmt: skip
    return None if row is None or row[3] is None else Warranty(row[0], row[1], row[2], row[3])


# ---- taking it in ----------------------------------------------------------------------------------------------------


@needs(Right.EDIT_REPAIRS)
def report_repair(work: Work, request: Report) -> Reported:
    """Store a repair or complaint with its number, its promise and its first line. The same key makes one order.

    Raises ProblemsFound, NotFound, and SimilarOpen where the same thing is open and the desk has not said that it is
    another one.
    """
    return put_report(work, request)


@part
def put_report(work: Work, request: Report) -> Reported:
    """`report_repair` inside another act."""
    return _put(work, request, found=False)


@part
def put_found(work: Work, request: Report) -> Reported:
    """A repair that somebody of the office found on a round: it may be anywhere, and is not asked about again."""
    return _put(work, request, found=True)


def _promise(look: Look, request: Report, since: datetime) -> datetime:
    """By when it is dealt with, where nobody says another time."""
    level = level_of(request)
    urgent = request.urgent or level is CaseLevel.GRAVE
    rules = repair_clock.rules_of(look)
    return rules.case_promise(request.kind, level, request.category, urgent, since)


def level_of(request: Report) -> CaseLevel | None:
    """How grave a report is: of complaints and incidents only."""
    return (request.level or CaseLevel.USUAL) if request.kind in CASES else None


def _put(work: Work, request: Report, *, found: bool) -> Reported:
    if (standing := work.session.get(WorkOrder, request.key)) is not None:
        return _news(work, standing, again=True)
    problems = report_problems(request, work.at)
    if found:
        problems.pop("room_id", None)
    if problems:
        raise ProblemsFound(problems)
    _there(work, request)
    others = [] if found else similar_of(work, request)
    same = [each for each in others if each.same and each.order_id not in request.despite]
    if same:
        raise SimilarOpen(same)
    level = level_of(request)
    urgent = request.urgent or level is CaseLevel.GRAVE
    wished = None if urgent else request.wished_to
    order = WorkOrder(
        id=request.key, number=take_number(work, Series.WORK_ORDER), kind=request.kind.value,
        state=WorkOrderState.REPORTED, category=request.category, channel=request.channel, urgent=urgent,
        level=None if level is None else int(level), room_id=request.room_id,
        building_id=None if request.room_id is not None else request.building_id,
        facility=request.facility.strip() or None, place=request.place.strip() or None, party_id=request.party_id,
        summary=request.summary.strip(), wished_from=request.wished_from, wished_to=request.wished_to,
        due_at=request.promised or wished or _promise(work, request, work.at),
        owner_id=work_orders.owner_of(work),
    )  # fmt: skip
    work.add(order)
    told: dict[str, Any] = {"despite": [each.hex for each in request.despite]} if request.despite else {}
    work_orders.report_line(work, order, request.photos, **told)
    work.subject(order)
    work.record(category=request.category.value, urgent=request.urgent, channel=request.channel.value)
    return _news(work, order)


@needs(Right.EDIT_REPAIRS)
def report_again(work: Work, request: Again) -> None:
    """Add to an order what somebody says once more: no second order, but the call is not lost. Raises ProblemsFound,
    DomainError when the order is not open any more."""
    problems = photos_problems(request.photos)
    if trouble := work_orders.note_problem(request.words) or ("" if request.words.strip() else "写一句他说了什么"):
        problems["words"] = trouble
    if problems:
        raise ProblemsFound(problems)
    order = work_orders.take_order(work, request.order_id)
    if order.state not in OPEN:
        raise DomainError(f"{order.number} 已经是「{WORK_ORDER.words[order.state]}」：重开它，或另报一单")
    who = {} if request.party_id is None else {"party": work.get(Party, request.party_id).id.hex}
    work_orders.line(work, order, "again", request.words, request.photos, who)
    work.subject(order)
    work.record(again=True)


def _there(work: Work, request: Report) -> None:
    """Room, house and person must be here."""
    if request.room_id is not None:
        work.get(Room, request.room_id)
    if request.building_id is not None:
        work.get(Building, request.building_id)
    if request.party_id is not None:
        work.get(Party, request.party_id)


def _news(work: Work, order: WorkOrder, again: bool = False) -> Reported:
    clock = repair_clock.clocks_of(work, [order])[order.id]
    return Reported(order.id, order.number, clock.answer_due, clock.finish_due, again)
