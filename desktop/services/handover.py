"""Handing over a room 交接: first meter readings, keys and cards out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import KeyItem, KeyMove, Meter, Reading
from desktop.models.values import MeterKind, ReadingKind
from desktop.services.errors import ProblemsFound
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
KEY_WORDS = {"key": "钥匙", "card": "门卡"}
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


@part
def put_readings(
    work: Work, room_id: UUID, lease_id: UUID, forms: Sequence[ReadingForm], kind: ReadingKind = ReadingKind.INITIAL
) -> None:
    """Readings at the first or last day of a tenancy; a meter not yet known is entered with them."""
    if problems := handover_problems(forms, 0, 0):
        raise ProblemsFound(problems)
    today = work.world.today()
    for form in forms:
        meter = work.session.scalar(
            sa.select(Meter).where(
                Meter.room_id == room_id,
                Meter.kind == form.kind,
                Meter.removed_on.is_(None),
                Meter.deleted_at.is_(None),
            )
        )
        if meter is None:
            meter = work.add(
                Meter(
                    room_id=room_id, kind=form.kind, serial=form.serial.strip() or None, multiplier=Decimal(1),
                    highest=None,
                    installed_on=today, removed_on=None,
                )
            )  # fmt: skip
        work.add(
            Reading(
                meter_id=meter.id,
                lease_id=lease_id,
                kind=kind,
                value=form.value,
                read_on=today,
                reverses_id=None,
            )
        )


@part
def hand_out(work: Work, room_id: UUID, lease_id: UUID, party_id: UUID, keys: int, cards: int) -> None:
    """Give out keys and cards: those of the room that are in, new ones entered as needed."""
    if problems := handover_problems((), keys, cards):
        raise ProblemsFound(problems)
    today = work.world.today()
    for kind, count in (("key", keys), ("card", cards)):
        if not count:
            continue
        items = list(
            work.session.scalars(
                sa.select(KeyItem)
                .where(KeyItem.room_id == room_id, KeyItem.kind == kind, KeyItem.deleted_at.is_(None))
                .order_by(KeyItem.label)
            )
        )
        out = _away(work, [item.id for item in items])
        free = [item for item in items if item.id not in out][:count]
        for number in range(len(items) + 1, len(items) + 1 + count - len(free)):
            free.append(work.add(KeyItem(room_id=room_id, kind=kind, label=f"{KEY_WORDS[kind]} {number}")))
        for item in free:
            work.add(
                KeyMove(key_item_id=item.id, lease_id=lease_id, party_id=party_id, direction="out", moved_on=today)
            )


@part
def take_back(work: Work, lease_id: UUID, party_id: UUID) -> int:
    """Keys and cards of a tenancy come back; how many. What was lost before stays lost."""
    moves = work.session.execute(
        sa.select(KeyMove.key_item_id, KeyMove.direction)
        .where(KeyMove.lease_id == lease_id)
        .order_by(KeyMove.created_at, KeyMove.id)
    )
    last = {item_id: direction for item_id, direction in moves}  # noqa: C416 - rows are no pairs to the type checker
    held = [item_id for item_id, direction in last.items() if direction == "out"]
    today = work.world.today()
    for item_id in held:
        work.add(KeyMove(key_item_id=item_id, lease_id=lease_id, party_id=party_id, direction="in", moved_on=today))
    return len(held)


def _away(look: Look, item_ids: Sequence[UUID]) -> set[UUID]:
    """Items whose last move was not "in"."""
    moves = look.session.execute(
        sa.select(KeyMove.key_item_id, KeyMove.direction)
        .where(KeyMove.key_item_id.in_(item_ids))
        .order_by(KeyMove.created_at, KeyMove.id)
    )
    last = {move.key_item_id: move.direction for move in moves}
    return {item_id for item_id, direction in last.items() if direction != "in"}


@part
def readings_of(look: Look, lease_id: UUID) -> tuple[ReadingRow, ...]:
    """Readings taken for a lease, in order."""
    return tuple(
        ReadingRow(meter.kind, meter.serial, reading.value, reading.kind, reading.read_on)
        for reading, meter in look.session.execute(
            sa.select(Reading, Meter)
            .join(Meter, Meter.id == Reading.meter_id)
            .where(Reading.lease_id == lease_id)
            .order_by(Reading.created_at, Meter.kind)
        )
    )


@part
def keys_out(look: Look, lease_id: UUID) -> tuple[tuple[str, int], ...]:
    """(钥匙, 2), (门卡, 2): what the tenant of a lease holds."""
    counts: dict[str, int] = {}
    for kind, direction in look.session.execute(
        sa.select(KeyItem.kind, KeyMove.direction)
        .join(KeyMove, KeyMove.key_item_id == KeyItem.id)
        .where(KeyMove.lease_id == lease_id)
    ):
        counts[kind] = counts.get(kind, 0) + (1 if direction == "out" else -1)
    return tuple((KEY_WORDS[kind], counts[kind]) for kind in KEY_WORDS if counts.get(kind))
