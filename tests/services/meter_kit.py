"""Meters and readings written past the forms, for tests that ask what comes of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from desktop.models.meters import Meter, Reading
from desktop.models.values import MeterKind, ReadingKind
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Work, begin


def put_meter(
    work: Work, room_id: UUID | None, kind: MeterKind = MeterKind.WATER, *, serial: str | None = None,
    multiplier: str = "1", highest: str | None = None, replaces: UUID | None = None, building: UUID | None = None,
    on: date = date(2026, 1, 1),
) -> UUID:  # fmt: skip
    """A meter that hangs."""
    return work.add(
        Meter(
            room_id=room_id, building_id=building, kind=kind, serial=serial, multiplier=Decimal(multiplier),
            highest=None if highest is None else Decimal(highest), installed_on=on, removed_on=None,
            replaces_id=replaces,
        )
    ).id  # fmt: skip


def put_reading(
    work: Work, meter_id: UUID, day: date, value: str, kind: ReadingKind = ReadingKind.REGULAR, *,
    lease: UUID | None = None, reverses: UUID | None = None, rolled_over: bool = False,
) -> UUID:  # fmt: skip
    """A reading that was taken."""
    return work.add(
        Reading(
            meter_id=meter_id, lease_id=lease, kind=kind, value=Decimal(value), read_on=day, reverses_id=reverses,
            rolled_over=rolled_over,
        )
    ).id  # fmt: skip


def meter_with(office: Office, room_id: UUID | None, *readings: tuple[date, str], **facts: object) -> UUID:
    """A meter with regular readings."""
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        meter_id = put_meter(work, room_id, **facts)  # type: ignore[arg-type]
        for day, value in readings:
            put_reading(work, meter_id, day, value)
    return meter_id
