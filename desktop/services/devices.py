"""The PCs that may open this office 终端, and what is known of its recovery code: for the settings page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Desk, Device, OfficeKeyWrap
from desktop.models.trust import AuditEntry
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.recovery import wrap_holds
from desktop.services.rights import needs
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One PC and user that holds the office's keys. `here`: the one this program runs on."""

    id: UUID
    name: str
    desk: str
    approved_at: datetime | None
    revoked_at: datetime | None
    here: bool


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """When the recovery code was made, and whether it still gives back exactly today's keys."""

    made_at: datetime | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """What the section 终端与恢复码 shows."""

    devices: tuple[DeviceRow, ...]
    recovery: RecoveryFacts


@needs(Right.APPROVE_DEVICES)
def trust_facts(look: Look) -> Trust:
    """Every PC of the office, this one first, and the state of the recovery code."""
    rows = look.session.execute(
        sa.select(Device, Desk.name.label("desk"))
        .outerjoin(Desk, Desk.id == Device.desk_id)
        .where(Device.deleted_at.is_(None))
        .order_by(Device.created_at, Device.id)
    ).all()
    devices = [
        DeviceRow(
            row.Device.id, row.Device.name, row.desk or "", row.Device.approved_at, row.Device.revoked_at,
            row.Device.id == look.office.device_id,
        )
        for row in rows
    ]  # fmt: skip
    wrap = look.session.execute(
        sa.select(OfficeKeyWrap.wrapped, OfficeKeyWrap.created_at).where(OfficeKeyWrap.device_id.is_(None))
    ).first()
    recovery = RecoveryFacts(None, False)
    if wrap is not None:
        recovery = RecoveryFacts(wrap.created_at, wrap_holds(wrap.wrapped, look.vault.keys))
    return Trust(tuple(sorted(devices, key=lambda device: not device.here)), recovery)


@needs(Right.MAKE_BACKUP)
def last_backup(look: Look) -> datetime | None:
    """When a backup was last made and read back, UTC; None when never."""
    return look.session.scalar(
        sa.select(AuditEntry.at).where(AuditEntry.op == Op.MAKE_BACKUP.value).order_by(AuditEntry.n.desc()).limit(1)
    )
