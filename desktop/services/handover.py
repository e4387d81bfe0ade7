"""Handing over a room 交接: first meter readings, keys and cards out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import KeyItem, KeyMove, Meter, Reading
from desktop.models.values import MeterKind, ReadingKind
from desktop.services.asked import Asked
from desktop.services.errors import ProblemsFound
from desktop.services.key_register import lock_items, put_key_moves
from desktop.services.key_rows import KEY_WORDS, KeyEvent, Where, where_after
from desktop.services.rights import part
from desktop.services.work import Look, Work

METER_WORDS = {
    MeterKind.WATER: "水表", MeterKind.HOT_WATER: "热水表", MeterKind.ELECTRICITY: "电表", MeterKind.GAS: "燃气表",
    MeterKind.HEAT: "热力表",
}  # fmt: skip
METER_UNITS = {
    MeterKind.WATER: "m³", MeterKind.HOT_WATER: "m³", MeterKind.ELECTRICITY: "度", MeterKind.GAS: "m³",
    MeterKind.HEAT: "kWh",
}  # fmt: skip
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class ReadingForm:
    """What a meter shows at the handover."""

    kind: MeterKind
    value: Decimal
    serial: str = ""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A stored reading."""

    kind: MeterKind
    serial: str | None
    value: Decimal
    reading: ReadingKind
    read_on: date


def handover_problems(readings: Sequence[ReadingForm], keys: int, cards: int) -> dict[str, str]:
    """What is still to be mended in the handover form."""
    problems = {}
    for form in readings:
        if form.value < 0 or form.value.as_tuple().exponent < -3:  # type: ignore[operator]
            problems[f"reading.{form.kind}"] = f"{METER_WORDS[form.kind]}读数不小于 0，最多三位小数"
    for name, count in (("keys", keys), ("cards", cards)):
        if not 0 <= count <= MOST_KEYS:
            problems[name] = f"数量在 0 到 {MOST_KEYS} 之间"
    return problems


@dataclass(frozen=True, slots=True)
class Handing:
    """One room handed over: to whom, under which lease, what the meters showed, how many keys and cards."""

    room_id: UUID
    lease_id: UUID
    party_id: UUID
    readings: Sequence[ReadingForm] = ()
    keys: int = 0
    cards: int = 0


@part
def put_readings(work: Work, handings: Sequence[Handing], kind: ReadingKind = ReadingKind.INITIAL) -> None:
    """Readings on the first or last day of tenancies; a meter not yet known is entered with them."""
    forms = [(handing, form) for handing in handings for form in handing.readings]
    if not forms:
        return
    if problems := handover_problems([form for _, form in forms], 0, 0):
        raise ProblemsFound(problems)
    today = work.world.today()
    meters = {
        (meter.room_id, meter.kind): meter.id
        for meter in _METERS.rows(work.session.connection(), {handing.room_id for handing, _ in forms})
    }
    rows: list[tuple[Any, ...]] = []
    for handing, form in forms:
        meter_id = meters.get((handing.room_id, form.kind))
        if meter_id is None:
            meter_id = meters[handing.room_id, form.kind] = work.add(
                Meter(
                    room_id=handing.room_id, kind=form.kind, serial=form.serial.strip() or None, multiplier=Decimal(1),
                    highest=None, installed_on=today, removed_on=None,
                )
            ).id  # fmt: skip
        rows.append((work.world.new_id(), meter_id, handing.lease_id, kind, form.value, today, None))
    work.insert_many(Reading, ["id", "meter_id", "lease_id", "kind", "value", "read_on", "reverses_id"], rows)


@part
def hand_out(work: Work, handings: Sequence[Handing]) -> None:
    """Give out keys and cards: those of the room that are in, new ones entered as needed."""
    given = [handing for handing in handings if handing.keys or handing.cards]
    if not given:
        return
    for handing in given:
        if problems := handover_problems((), handing.keys, handing.cards):
            raise ProblemsFound(problems)
    items: dict[tuple[UUID, str], list[UUID]] = {}
    for item in _ITEMS.rows(work.session.connection(), {handing.room_id for handing in given}):
        items.setdefault((item.room_id, item.kind), []).append(item.id)
    known_ids = [item_id for known in items.values() for item_id in known]
    lock_items(work, known_ids)
    out = _away(work, known_ids) if items else set()
    moves: list[tuple[UUID, UUID, UUID]] = []
    for handing in given:
        for kind, count in (("key", handing.keys), ("card", handing.cards)):
            known = items.setdefault((handing.room_id, kind), [])
            free = [item_id for item_id in known if item_id not in out][:count]
            for _ in range(count - len(free)):
                made = work.add(
                    KeyItem(room_id=handing.room_id, kind=kind, label=f"{KEY_WORDS[kind]} {len(known) + 1}")
                )
                known.append(made.id)
                free.append(made.id)
            out.update(free)
            moves += [(handing.lease_id, handing.party_id, item_id) for item_id in free]
    put_key_moves(work, KeyEvent.OUT, moves)


@part
def take_back(work: Work, tenants: Mapping[UUID, UUID]) -> dict[UUID, int]:
    """Keys and cards of tenancies ({lease: tenant}) come back; how many of each. What was lost before stays lost."""
    moves = _LEASE_MOVES.rows(work.session.connection(), list(tenants))
    last = {(move.lease_id, move.key_item_id): move.direction for move in moves}
    back = dict.fromkeys(tenants, 0)
    held = []
    for (lease_id, item_id), direction in last.items():
        if direction == "out":
            back[lease_id] += 1
            held.append((lease_id, tenants[lease_id], item_id))
    put_key_moves(work, KeyEvent.IN, held)
    return back


@part
def carry_over(work: Work, from_id: UUID, to_id: UUID, party_id: UUID, remark: str) -> int:
    """Keys and cards that the tenant has by one lease are theirs by another; how many. What was lost stays lost."""
    moves = _LEASE_MOVES.rows(work.session.connection(), [from_id])
    last = {move.key_item_id: move.direction for move in moves}
    out = [item_id for item_id, direction in last.items() if where_after(direction) is Where.OUT]
    lock_items(work, out)
    put_key_moves(work, KeyEvent.IN, [(from_id, party_id, item_id) for item_id in out], remark)
    put_key_moves(work, KeyEvent.OUT, [(to_id, party_id, item_id) for item_id in out], remark)
    return len(out)


def _away(look: Look, item_ids: Sequence[UUID]) -> set[UUID]:
    """Items that are not in the cabinet: out, lost or scrapped."""
    moves = _ITEM_MOVES.rows(look.session.connection(), item_ids)
    last = {move.key_item_id: move.direction for move in moves}
    return {item_id for item_id, direction in last.items() if where_after(direction) is not Where.IN}


_METERS = Asked(
    lambda one_of: (
        sa.select(Meter.room_id, Meter.kind, Meter.id)
        .where(one_of(Meter.room_id), Meter.removed_on.is_(None), Meter.deleted_at.is_(None))
        .order_by(Meter.id)
    )
)
_ITEMS = Asked(
    lambda one_of: (
        sa.select(KeyItem.room_id, KeyItem.kind, KeyItem.id)
        .where(one_of(KeyItem.room_id), KeyItem.deleted_at.is_(None))
        .order_by(KeyItem.label, KeyItem.id)
    )
)
_LEASE_MOVES = Asked(
    lambda one_of: (
        sa.select(KeyMove.lease_id, KeyMove.key_item_id, KeyMove.direction)
        .where(one_of(KeyMove.lease_id))
        .order_by(KeyMove.created_at, KeyMove.id)
    )
)
_ITEM_MOVES = Asked(
    lambda one_of: (
        sa.select(KeyMove.key_item_id, KeyMove.direction)
        .where(one_of(KeyMove.key_item_id))
        .order_by(KeyMove.created_at, KeyMove.id)
    )
)


@part
def readings_of(look: Look, lease_id: UUID) -> tuple[ReadingRow, ...]:
    """Readings taken for a lease, in order, each as it stands; a corrected one is not told beside its correction."""
    wrong = sa.select(Reading.reverses_id).where(Reading.reverses_id.is_not(None))
    return tuple(
        ReadingRow(meter.kind, meter.serial, reading.value, reading.kind, reading.read_on)
        for reading, meter in look.session.execute(
            sa.select(Reading, Meter)
            .join(Meter, Meter.id == Reading.meter_id)
            .where(Reading.lease_id == lease_id, Reading.id.not_in(wrong))
            .order_by(Reading.created_at, Meter.kind)
        )
    )


@part
def keys_out(look: Look, lease_id: UUID) -> tuple[tuple[str, int], ...]:
    """(钥匙, 2), (门卡, 2): what the tenant of a lease holds."""
    last: dict[UUID, tuple[str, str]] = {}
    for item_id, kind, direction in look.session.execute(
        sa.select(KeyItem.id, KeyItem.kind, KeyMove.direction)
        .join(KeyMove, KeyMove.key_item_id == KeyItem.id)
        .where(KeyMove.lease_id == lease_id)
        .order_by(KeyMove.created_at, KeyMove.id)
    ):
        last[item_id] = (kind, direction)
    counts: dict[str, int] = {}
    for kind, direction in last.values():
        if where_after(direction) is Where.OUT:
            counts[kind] = counts.get(kind, 0) + 1
    return tuple((word, counts[kind]) for kind, word in KEY_WORDS.items() if counts.get(kind))
