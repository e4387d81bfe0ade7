"""A one-off charge 一次性收费 billed by hand: a sum, or a price times a quantity, with words that say what for.

The form brings a key of its own: pressed twice, sent twice or stored behind a broken line it makes one bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party
from desktop.models.places import Building, Ownership, Room
from desktop.models.values import NIL, FeeBasis, LeaseRole, LeaseState, Money, Right, RoomKind
from desktop.services import billing
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.fee_catalogue import (
    Catalogue,
    FeeItemRow,
    catalogue_from,
    holds,
    items_of,
    tariff_for,
    tariffs_of,
)
from desktop.services.fee_words import plain, quantity_unit, yuan
from desktop.services.masks import find_secrets
from desktop.services.proration import round_fen
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.tariff_problems import price_problem
from desktop.services.work import Look, Work

SOURCE = "oneoff:"
"""How the source key of such a bill begins."""
WORDS_LIMIT = 30
MOST = Money.yuan(1_000_000)
_RUNNING = (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE, LeaseState.MOVED_OUT)


@dataclass(frozen=True, slots=True)
class OneOff:
    """What the dialog gathers. Either `amount`, or `unit_price` × `quantity`. `key`: made once by the form."""

    key: UUID
    debtor_id: UUID | None
    fee_item_id: UUID | None
    due: date
    words: str = ""
    """Printed as the name of the bill: 更换门锁."""
    room_id: UUID | None = None
    lease_id: UUID | None = None
    amount: Money | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None

    @property
    def by_quantity(self) -> bool:
        return self.amount is None

    @property
    def money(self) -> Money | None:
        """What it comes to, rounded once, half away from zero; None while something is missing."""
        if self.amount is not None:
            return self.amount
        if self.quantity is None or self.unit_price is None:
            return None
        return round_fen(Fraction(self.quantity) * Fraction(self.unit_price) * 100)


@dataclass(frozen=True, slots=True)
class Place:
    """A room that a charge may be about, with the lease behind it."""

    room_id: UUID
    words: str
    building_id: UUID
    room_kind: RoomKind
    lease_id: UUID | None


@dataclass(frozen=True, slots=True)
class OneOffFacts:
    """What is known beside the form."""

    today: date
    catalogue: Catalogue
    """Items billed by hand that hold today, with their prices."""
    places: tuple[Place, ...] = ()
    """Rooms of the debtor, the one lived in first."""

    def price(self, item_id: UUID, room_id: UUID | None) -> Decimal | None:
        """The price that stands for an item, to begin with; None: none, it is typed."""
        place = next((each for each in self.places if each.room_id == room_id), None)
        if place is not None:
            found = tariff_for(self.catalogue, item_id, place.building_id, place.room_kind, self.today)
        else:
            rows = self.catalogue.tariffs.get(item_id, {}).get((None, None), ())
            found = next((row for row in reversed(rows) if holds(row, self.today)), None)
        return None if found is None else found.unit_price


@dataclass(frozen=True, slots=True)
class OneOffBilled:
    """News of a bill. `again`: it stood already, from the same form."""

    bill_id: UUID
    title: str
    amount: Money
    again: bool


@dataclass(frozen=True, slots=True)
class TakeBackOneOff:
    """A charge billed by hand that was wrong, and why; the reason stands beside the counter-line."""

    bill_id: UUID
    reason: str


def take_back_problems(request: TakeBackOneOff) -> dict[str, str]:
    """What is still to be mended, by field."""
    if len(request.reason.strip()) < 2:
        return {"reason": "写明为什么撤回，例如 开错了人"}
    if find_secrets(request.reason):
        return {"reason": "账单不加密，不能写证件号、电话或卡号：删去它"}
    return {}


def one_off_problems(form: OneOff, facts: OneOffFacts) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if form.debtor_id is None:
        problems["debtor_id"] = "选谁来付：写姓名、手机或房号就能找到"
    if form.fee_item_id is None:
        problems["fee_item_id"] = "选收费项目；没有就先在「收费标准」里建一个一次性项目"
    elif form.fee_item_id not in facts.catalogue.by_id:
        problems["fee_item_id"] = "这项不是今天在用的一次性收费：另选一项"
    if len(form.words.strip()) < 2:
        problems["words"] = "写明收的是什么，账单上这样印，例如 更换门锁"
    elif len(form.words.strip()) > WORDS_LIMIT:
        problems["words"] = f"最多 {WORDS_LIMIT} 个字"
    elif find_secrets(form.words):
        problems["words"] = "账单不加密，不能写证件号、电话或卡号：删去它"
    problems |= _figures(form)
    if form.due < facts.today:
        problems["due"] = "应缴日选今天或以后"
    return problems


def _figures(form: OneOff) -> dict[str, str]:
    problems: dict[str, str] = {}
    if form.by_quantity:
        if form.quantity is None or form.quantity <= 0 or form.quantity != round(form.quantity, 3):
            problems["quantity"] = "数量大于 0，最多 3 位小数"
        if form.unit_price is None:
            problems["unit_price"] = "填写单价，单位是元"
        elif trouble := price_problem(form.unit_price):
            problems["unit_price"] = trouble
    if problems:
        return problems
    name, money = "unit_price" if form.by_quantity else "amount", form.money
    if money is None or money <= NIL:
        problems[name] = "金额要大于 0；要退钱请冲红或减免"
    elif money > MOST:
        problems[name] = f"一张账单不超过 {MOST}：核对小数点"
    return problems


@needs(Right.POST_BILLS)
def bill_one_off(work: Work, request: OneOff) -> OneOffBilled:
    """Bill a one-off charge. The same key makes one bill: asked again, that bill is told. Raises ProblemsFound."""
    if request.debtor_id is not None:
        work.take(
            Party, request.debtor_id
        )  # the same form sent twice at one moment: the second waits and finds the bill
    source = f"{SOURCE}{request.key.hex}"
    if (standing := _standing(work, f"{source}:1")) is not None:
        return standing
    facts = _facts(work, request.debtor_id)
    if problems := one_off_problems(request, facts) | _about(work, request):
        raise ProblemsFound(problems)
    assert request.debtor_id is not None
    assert request.fee_item_id is not None
    item = facts.catalogue.by_id[request.fee_item_id]
    title = request.words.strip()
    planned = PlannedBill("1", 0, item.fee_type, None, request.due, (_line(request, item, facts),))
    order = billing.BillOrder(request.debtor_id, request.room_id, [planned], source, request.lease_id, title)
    (bill_id,) = billing.put_bills(work, [order])
    work.subject_id("party", request.debtor_id)
    work.record(one_off=item.name, fen=planned.money.fen)
    return OneOffBilled(bill_id, title, planned.money, again=False)


@needs(Right.POST_BILLS)
def take_back_one_off(work: Work, request: TakeBackOneOff) -> Money:
    """Take back a charge that was billed wrongly, by a counter-line beside it; what was taken back.

    Raises ProblemsFound, BillPaid when money was taken on it, NotFound for anything but a standing one-off charge.
    """
    if problems := take_back_problems(request):
        raise ProblemsFound(problems)
    if not standing_by_hand(work, request.bill_id):
        raise NotFound("这张账单")
    undone = billing.counter_bills(work, [request.bill_id], request.reason.strip())
    if undone == NIL:
        raise DomainError("这张账单已经撤回过了")
    work.subject_id("bill", request.bill_id)
    work.record(taken_back=undone.fen)
    return undone


@part
def standing_by_hand(look: Look, bill_id: UUID) -> bool:
    """Whether it is a one-off charge."""
    key = look.session.scalar(sa.select(Bill.source_key).where(Bill.id == bill_id))
    return key is not None and key.startswith(SOURCE)


def _line(request: OneOff, item: FeeItemRow, facts: OneOffFacts) -> PlannedLine:
    money = request.money
    assert money is not None
    unit = quantity_unit(item)
    if request.by_quantity:
        assert request.quantity is not None
        assert request.unit_price is not None
        quantity, price = request.quantity, request.unit_price
        why = f"{plain(quantity)} {unit} × {yuan(price)} = {money}"
    else:
        quantity, price, why = Decimal(1), Decimal(money.fen) / 100, f"当面约定 {money}"
    return PlannedLine(
        "1/01", item.fee_type, None, quantity, unit, price, money, "", (why,), _tax(request, facts), item.id
    )


def _tax(request: OneOff, facts: OneOffFacts) -> Decimal | None:
    """The tax rate that the item's price tells."""
    assert request.fee_item_id is not None
    scopes = facts.catalogue.tariffs.get(request.fee_item_id, {})
    rates = {row.tax_rate for rows in scopes.values() for row in rows if holds(row, facts.today)}
    return rates.pop() if len(rates) == 1 else None


def _standing(work: Work, source_key: str) -> OneOffBilled | None:
    found = work.session.execute(
        sa.select(Bill.id, Bill.title, sa.func.sum(BillLine.amount).label("amount"))
        .join(BillLine, BillLine.bill_id == Bill.id)
        .where(Bill.source_key == source_key, BillLine.reverses_id.is_(None))
        .group_by(Bill.id, Bill.title)
    ).first()
    if found is None:
        return None
    amount = found.amount if isinstance(found.amount, Money) else Money(int(found.amount))
    return OneOffBilled(found.id, found.title, amount, again=True)


def _about(work: Work, request: OneOff) -> dict[str, str]:
    """Whether room and lease belong together and to the debtor."""
    if request.room_id is not None:
        work.get(Room, request.room_id)
    if request.lease_id is None:
        return {}
    work.get(Lease, request.lease_id)
    theirs = work.session.scalar(
        sa.select(LeaseParty.id)
        .where(LeaseParty.lease_id == request.lease_id, LeaseParty.party_id == request.debtor_id)
        .limit(1)
    )
    rooms = work.session.scalars(sa.select(LeaseRoom.room_id).where(LeaseRoom.lease_id == request.lease_id)).all()
    if theirs is None or (request.room_id is not None and request.room_id not in rooms):
        return {"room_id": "这份租约不是这个人、这间房的：重新选房间"}
    return {}


@needs(Right.POST_BILLS)
def one_off_facts(look: Look, debtor_id: UUID | None) -> OneOffFacts:
    """What the dialog needs beside its form; rooms only once the debtor is known."""
    return _facts(look, debtor_id)


def _facts(look: Look, debtor_id: UUID | None) -> OneOffFacts:
    today = look.world.today()
    items = [item for item in items_of(look) if item.basis is FeeBasis.ONE_OFF and holds(item, today)]
    kept = {item.id for item in items}
    prices = [row for row in tariffs_of(look) if row.fee_item_id in kept]
    return OneOffFacts(today, catalogue_from(items, prices), _places(look, debtor_id))


def _places(look: Look, debtor_id: UUID | None) -> tuple[Place, ...]:
    """The rooms of somebody: those they live in under a lease that runs, then those they own."""
    if debtor_id is None:
        return ()
    today = look.world.today()
    room = (Room.id, Building.name, Room.number, Room.building_id, Room.kind)
    rented = look.session.execute(
        sa.select(*room, Lease.id.label("lease_id"))
        .join(Building, Building.id == Room.building_id)
        .join(LeaseRoom, LeaseRoom.room_id == Room.id)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseParty, LeaseParty.lease_id == Lease.id)
        .where(
            LeaseParty.party_id == debtor_id, LeaseParty.role.in_((LeaseRole.TENANT, LeaseRole.CO_TENANT)),
            LeaseParty.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
            Lease.state.in_(_RUNNING), LeaseRoom.valid_from <= LeaseRoom.valid_to,
        )
        .order_by(LeaseRoom.valid_from.desc(), Room.number)
    ).all()  # fmt: skip
    owned = look.session.execute(
        sa.select(*room)
        .join(Building, Building.id == Room.building_id)
        .join(Ownership, Ownership.room_id == Room.id)
        .where(
            Ownership.party_id == debtor_id, Ownership.deleted_at.is_(None), Ownership.valid_from <= today,
            sa.or_(Ownership.valid_to.is_(None), Ownership.valid_to >= today),
        )
        .order_by(Building.sort, Room.number)
    ).all()  # fmt: skip
    places: dict[UUID, Place] = {}
    for found in rented:
        words = f"{found.name} {found.number}"
        places.setdefault(found.id, Place(found.id, words, found.building_id, found.kind, found.lease_id))
    for own in owned:
        places.setdefault(own.id, Place(own.id, f"{own.name} {own.number}", own.building_id, own.kind, None))
    return tuple(places.values())
