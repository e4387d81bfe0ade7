"""Keys 钥匙, cards 门卡 and remotes 遥控器 of the rooms: entered, given out, taken back, lost, found, copied, scrapped.

`handover` gives out and takes back with a tenancy on the same rows; what a clerk does with single keys is here. Where a
key is now: `key_rows`; the list: `key_lists`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.leases import Lease, LeaseParty
from desktop.models.meters import KeyItem, KeyMove
from desktop.models.offices import Node
from desktop.models.places import Room
from desktop.models.values import NIL, FeeType, LeaseRole, Money, Right
from desktop.services import billing
from desktop.services.asked import Asked
from desktop.services.changes import last_touch
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.key_rows import (
    EVENT_WORDS,
    HOLDING,
    KEY_UNITS,
    KEY_WORDS,
    WHERE_WORDS,
    KeyEvent,
    KeyRow,
    Where,
    by_serial,
    clean_serial,
    rows_by_id,
)
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import Look, Work

MOST_AT_ONCE = 20
_LONGEST = {"label": 20, "serial": 40, "remark": 100}


# ---- what is asked for ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EnterKeys:
    """New keys of a room. A serial is of one card only; `copy_of_id` is the key they were copied from."""

    room_id: UUID
    kind: str
    count: int = 1
    serial: str = ""
    copy_of_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GiveOut:
    """Keys that go out to a tenancy, or to somebody without one (a repairer, the owner)."""

    item_ids: tuple[UUID, ...]
    party_id: UUID | None
    lease_id: UUID | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class KeyForm:
    """What may be corrected of a key."""

    label: str
    serial: str


@dataclass(frozen=True, slots=True)
class KeyLost:
    """News of a loss: whose it was, and what can be asked for it."""

    item_id: UUID
    words: str
    party_id: UUID | None
    lease_id: UUID | None
    key_deposit_id: UUID | None
    """The bill of the key deposit of that lease, where there is one."""


def enter_problems(request: EnterKeys) -> dict[str, str]:
    """What is to be mended before keys are entered."""
    found = {}
    if request.kind not in KEY_WORDS:
        found["kind"] = "选钥匙、门卡或遥控器"
    if not 1 <= request.count <= MOST_AT_ONCE:
        found["count"] = f"一次登记 1 到 {MOST_AT_ONCE} 把"
    elif request.count > 1 and clean_serial(request.serial):
        found["count"] = "卡号只属于一张卡：一张一张登记"
    if trouble := _too_long("serial", request.serial, "卡号"):
        found["serial"] = trouble
    return found


def event_problem(row: KeyRow, event: KeyEvent) -> str:
    """Why something cannot happen to a key now; empty when it can."""
    if row.may(event):
        return ""
    verb = EVENT_WORDS[event]
    since = f"（{row.since:%m-%d}）" if row.since is not None else ""
    if row.where is Where.OUT:
        holder = row.holder or "别人"
        return f"{row.words} 在{holder}手里{since}，不能{verb}：先收回，或报失"
    if row.where is Where.LOST:
        return f"{row.words} 已报失{since}，不能{verb}：先按「找回」，或报废"
    if row.where is Where.SCRAPPED:
        return f"{row.words} 已报废{since}，不能再{verb}：登记一把新的"
    return f"{row.words} 在柜里，不用{verb}"


def remark_problem(event: KeyEvent, remark: str) -> str:
    """A loss and an end want a word why."""
    if event in (KeyEvent.LOST, KeyEvent.SCRAPPED) and len(remark.strip()) < 2:
        return "写明经过，例如 搬家时丢失、断在锁里"
    return _too_long("remark", remark, "备注")


def _too_long(field: str, text: str, word: str) -> str:
    return f"{word}最多 {_LONGEST[field]} 个字" if len(text.strip()) > _LONGEST[field] else ""


# ---- entering ------------------------------------------------------------------------------------------------------


@needs(Right.KEEP_KEYS)
def enter_keys(work: Work, request: EnterKeys) -> list[UUID]:
    """Enter keys of a room, numbered on; they are in the cabinet. Raises ProblemsFound, NotFound."""
    if problems := enter_problems(request):
        raise ProblemsFound(problems)
    room = work.take(Room, request.room_id)  # nobody else numbers keys of this room meanwhile
    serial = clean_serial(request.serial)
    if serial:
        _refuse_known(work, serial)
    ids = put_items(work, room.id, request.kind, request.count, serial, request.copy_of_id)
    work.subject(room)
    work.record(keys_entered=request.count)
    return ids


@needs(Right.KEEP_KEYS)
def copy_key(work: Work, item_id: UUID, serial: str = "") -> UUID:
    """A key was copied 复制: the new one points at the one it was made from. Raises ProblemsFound, DomainError."""
    row = _locked(work, [item_id])[0]
    if row.where in (Where.LOST, Where.SCRAPPED):
        raise DomainError(f"{row.words} 不在手上，没法复制：换一把在用的")
    return enter_keys(work, EnterKeys(row.room_id, row.kind, 1, serial, item_id))[0]


@needs(Right.KEEP_KEYS)
def change_key(work: Work, item_id: UUID, form: KeyForm, version: int) -> None:
    """Correct what a key is called or its serial. `version`: as it stood on the screen. Raises ProblemsFound,
    RowChanged."""
    item = work.take(KeyItem, item_id)
    label, serial = form.label.strip(), clean_serial(form.serial)
    if not label or _too_long("label", label, "名称"):
        raise ProblemsFound({"label": "写明是哪一把，例如 门卡 2"})
    if trouble := _too_long("serial", serial, "卡号"):
        raise ProblemsFound({"serial": trouble})
    if item.version != version:
        theirs, yours = {"label": item.label, "serial": item.serial or ""}, {"label": label, "serial": serial}
        who = last_touch(work, item)
        raise RowChanged(theirs, yours, by=dict.fromkeys(theirs, who))
    if serial and serial != item.serial:
        _refuse_known(work, serial)
    item.label, item.serial = label, serial or None
    work.subject_id("room", item.room_id)
    work.record(key_changed=True)


def _refuse_known(work: Work, serial: str) -> None:
    """A serial is of one card in use. Two who enter the same one at once come one after the other."""
    work.session.execute(sa.select(Node.id).with_for_update())
    row = by_serial(work, serial)
    if row is not None and row.where is not Where.SCRAPPED:
        raise ProblemsFound({"serial": f"这个卡号已登记为 {row.words}（{WHERE_WORDS[row.where]}）：核对卡号"})


@part
def put_items(
    work: Work, room_id: UUID, kind: str, count: int, serial: str = "", copy_of_id: UUID | None = None
) -> list[UUID]:
    """`enter_keys` inside another act; the numbers go on from the last ones of this kind."""
    known = work.session.scalars(
        sa.select(KeyItem.label).where(KeyItem.room_id == room_id, KeyItem.kind == kind, KeyItem.deleted_at.is_(None))
    ).all()
    word = KEY_WORDS[kind]
    used = {int(tail) for label in known if (tail := label.removeprefix(word).strip()).isdecimal()}
    first = max(used, default=0) + 1
    return [
        work.add(
            KeyItem(
                room_id=room_id, kind=kind, label=f"{word} {number}", serial=serial or None, copy_of_id=copy_of_id
            )
        ).id
        for number in range(first, first + count)
    ]  # fmt: skip


# ---- moving --------------------------------------------------------------------------------------------------------


@needs(Right.KEEP_KEYS)
def give_out(work: Work, request: GiveOut) -> None:
    """Keys go out. Raises ProblemsFound, DomainError where one is out, lost or scrapped already."""
    if not request.item_ids:
        raise ProblemsFound({"items": "先选要发出的钥匙"})
    party_id = request.party_id
    if request.lease_id is not None:
        lease = work.get(Lease, request.lease_id)
        if lease.state not in HOLDING:
            raise ProblemsFound({"lease": "这份租约不在租：选现在的租约，或选一个人"})
        party_id = party_id or _tenant(work, request.lease_id)
    if party_id is None:
        raise ProblemsFound({"party": "选好发给谁：选租约，或写姓名找人"})
    rows = _locked(work, request.item_ids)
    _allowed(rows, KeyEvent.OUT, request.remark)
    _write(work, KeyEvent.OUT, [(request.lease_id, party_id, row) for row in rows], request.remark)


@needs(Right.KEEP_KEYS)
def take_in(work: Work, item_ids: Sequence[UUID], remark: str = "") -> None:
    """Keys come back into the cabinet. Raises DomainError where one is not out."""
    _moved(work, KeyEvent.IN, item_ids, remark)


@needs(Right.KEEP_KEYS)
def report_lost(work: Work, item_id: UUID, remark: str) -> KeyLost:
    """A key is lost; what can be asked for it comes with the news. Raises ProblemsFound, DomainError."""
    row = _moved(work, KeyEvent.LOST, [item_id], remark)[0]
    deposit = _key_deposit(work, row.lease_id) if row.lease_id is not None else None
    return KeyLost(item_id, row.words, row.holder_id, row.lease_id, deposit)


@needs(Right.KEEP_KEYS)
def report_found(work: Work, item_id: UUID, remark: str = "") -> None:
    """A lost key is back in the cabinet. Raises DomainError."""
    _moved(work, KeyEvent.FOUND, [item_id], remark)


@needs(Right.KEEP_KEYS)
def scrap_key(work: Work, item_id: UUID, remark: str) -> None:
    """A key is broken, or lost for good: it is used no more. Raises ProblemsFound, DomainError."""
    _moved(work, KeyEvent.SCRAPPED, [item_id], remark)


@needs(Right.POST_BILLS)
def charge_lost_key(work: Work, item_id: UUID, amount: Money) -> UUID:
    """A bill to whoever had a lost key, for making it anew; once for each loss. Raises ProblemsFound, DomainError."""
    row = _locked(work, [item_id])[0]
    if row.where is not Where.LOST or row.holder_id is None:
        raise DomainError(f"{row.words} 没有报失，或丢失时不在谁手里：没有人可以收费")
    if amount <= NIL:
        raise ProblemsFound({"amount": "填写补办要收多少，要大于 0"})
    move_id = work.session.scalars(_last_move(item_id)).one()
    yuan = Decimal(amount.fen) / 100
    line = PlannedLine(
        "charge:line", FeeType.DAMAGE, None, Decimal(1), KEY_UNITS[row.kind], yuan, amount, "",
        (f"{row.words} 丢失补办",),
    )  # fmt: skip
    planned = PlannedBill("charge", 0, FeeType.DAMAGE, None, work.world.today(), (line,))
    order = billing.BillOrder(
        row.holder_id, row.room_id, [planned], f"key_move:{move_id.hex}", row.lease_id, f"补办{KEY_WORDS[row.kind]}"
    )
    made = billing.put_bills(work, [order])
    if not made:
        raise DomainError(f"{row.words} 这次丢失已经开过账单：到账单里收款")
    work.subject_id("room", row.room_id)
    work.record(bills=1)
    return made[0]


def _moved(work: Work, event: KeyEvent, item_ids: Sequence[UUID], remark: str) -> list[KeyRow]:
    rows = _locked(work, item_ids)
    _allowed(rows, event, remark)
    # What comes back or is lost is told of the tenancy it was out under.
    _write(work, event, [(row.lease_id, row.holder_id, row) for row in rows], remark)
    return rows


def _allowed(rows: Sequence[KeyRow], event: KeyEvent, remark: str) -> None:
    for row in rows:
        if trouble := event_problem(row, event):
            raise DomainError(trouble)
    if trouble := remark_problem(event, remark):
        raise ProblemsFound({"remark": trouble})


def _write(
    work: Work, event: KeyEvent, moves: Sequence[tuple[UUID | None, UUID | None, KeyRow]], remark: str
) -> None:  # fmt: skip
    put_key_moves(work, event, [(lease_id, party_id, row.id) for lease_id, party_id, row in moves], remark)
    work.subject_id("room", moves[0][2].room_id)
    work.record(key_event=event.value, keys=len(moves))


@part
def put_key_moves(
    work: Work, event: KeyEvent, moves: Sequence[tuple[UUID | None, UUID | None, UUID]], remark: str = ""
) -> None:
    """Write down what happened today to keys, each (lease, party, key)."""
    today = work.world.today()
    work.insert_many(
        KeyMove,
        ["id", "lease_id", "party_id", "key_item_id", "direction", "moved_on", "remark"],
        [(work.world.new_id(), *each, event.value, today, remark.strip() or None) for each in moves],
    )


def _locked(work: Work, item_ids: Sequence[UUID]) -> list[KeyRow]:
    """Keys that this act moves: nobody else moves them until it is over."""
    lock_items(work, item_ids)
    rows = {row.id: row for row in rows_by_id(work, item_ids)}
    if len(rows) != len(set(item_ids)):
        raise NotFound("这把钥匙")
    return [rows[item_id] for item_id in item_ids]


@part
def lock_items(work: Work, item_ids: Collection[UUID]) -> None:
    """Two desks cannot give out the same key."""
    work.session.flush()
    connection = work.session.connection()
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, sorted(item_ids))


def _tenant(look: Look, lease_id: UUID) -> UUID | None:
    return look.session.scalar(
        sa.select(LeaseParty.party_id).where(
            LeaseParty.lease_id == lease_id, LeaseParty.role == LeaseRole.TENANT, LeaseParty.deleted_at.is_(None)
        )
    )


def _key_deposit(look: Look, lease_id: UUID) -> UUID | None:
    return look.session.scalars(
        sa.select(Bill.id)
        .join(BillLine, BillLine.bill_id == Bill.id)
        .where(Bill.lease_id == lease_id, BillLine.fee_type == FeeType.KEY_DEPOSIT)
        .order_by(Bill.id)
    ).first()


_LOCK = Asked(lambda one_of: sa.select(KeyItem.id).where(one_of(KeyItem.id)).order_by(KeyItem.id).with_for_update())


def _last_move(item_id: UUID) -> sa.Select[UUID]:
    return (
        sa.select(KeyMove.id)
        .where(KeyMove.key_item_id == item_id)
        .order_by(KeyMove.created_at.desc(), KeyMove.id.desc())
        .limit(1)
    )
