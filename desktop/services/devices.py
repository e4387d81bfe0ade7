"""The PCs that may open this office 终端: who they are, a desk for a new one, revoking one; and the recovery code."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Desk, Device, DeviceRequest, Node, OfficeKeyWrap
from desktop.models.trust import AuditEntry
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.recovery import wrap_holds
from desktop.services.rights import needs, part
from desktop.services.sync.letters import every_letter
from desktop.services.sync.state import change_state, state_in
from desktop.services.trouble import translated
from desktop.services.work import Look, Work


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


class OwnDevice(DomainError):
    def __init__(self) -> None:
        super().__init__("不能收回正在用的这台：请到另一台已开通的电脑上收回它")


class NoMoreDesks(DomainError):
    def __init__(self) -> None:
        super().__init__("前台代号用完了（A 到 ZZ）：先收回不用的终端，再请维护人员整理")


class NoSpareLetter(DomainError):
    def __init__(self) -> None:
        super().__init__("总部预留的前台代号用完了：先和总部同步一次（工具栏“同步”），再开通这台电脑")


@needs(Right.APPROVE_DEVICES)
def revoke_device(work: Work, device_id: UUID) -> None:
    """Take the office's keys from a PC: its next start is refused, and while it runs it is sent to the sign-in page.

    Raises OwnDevice. What the PC saw before cannot be taken back: the database password is changed by hand.
    """
    if device_id == work.office.device_id:
        raise OwnDevice
    device = work.get(Device, device_id)
    device.revoked_at = work.at
    work.derive(sa.delete(OfficeKeyWrap).where(OfficeKeyWrap.device_id == device_id), "office_key_wrap")
    work.derive(sa.delete(DeviceRequest).where(DeviceRequest.id == device_id), "device_request")
    work.subject(device)
    work.record(revoked=True)


def revoked_here(office: Office) -> bool:
    """Whether this very PC has been revoked; asked by the running program, whoever is signed in. Raises Outage."""
    with translated(), office.reading() as session:
        found = session.execute(sa.select(Device.revoked_at).where(Device.id == office.device_id)).first()
    return found is not None and found.revoked_at is not None


@part
def put_desk(work: Work, wanted: str) -> Desk:
    """A new cash position with a letter of its own; a name that is taken gets the letter behind it."""
    work.session.execute(sa.select(Node.id).with_for_update())  # two PCs let in at once do not get the same letter
    taken = {row.code: row.name for row in work.session.execute(sa.select(Desk.code, Desk.name))}
    code = _letter(work, taken)
    name = wanted.strip() or f"前台 {code}"
    return work.add(Desk(name=f"{name} {code}" if name in taken.values() else name, code=code))


def _letter(work: Work, taken: Container[str]) -> str:
    """A letter that no desk has: of an office that knows head office one of those set aside for it."""
    state = state_in(work.session)
    if state is not None and state.epoch:
        if not state.letters["spare"]:
            raise NoSpareLetter
        letter, *rest = state.letters["spare"]
        change_state(work.session, letters={"spare": rest, "used": [*state.letters["used"], letter]})
        return str(letter)
    code = next((letter for letter in every_letter() if letter not in taken), None)
    if code is None:
        raise NoMoreDesks
    return code


@needs(Right.MAKE_BACKUP)
def last_backup(look: Look) -> datetime | None:
    """When a backup was last made and read back, UTC; None when never."""
    return look.session.scalar(
        sa.select(AuditEntry.at).where(AuditEntry.op == Op.MAKE_BACKUP.value).order_by(AuditEntry.n.desc()).limit(1)
    )
