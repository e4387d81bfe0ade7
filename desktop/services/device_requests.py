"""A PC asks to be let into a shared office 终端申请, and an administrator on a running PC lets it in or refuses.

The new PC puts its two public keys into the database and shows six digits made of them. The administrator types the
digits that stand on the new PC's screen: they are compared with the keys in the database, so keys that somebody swapped
on the way are not let in. Approving wraps the project's keys for that PC alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.offices import Desk, Device, DeviceRequest, Node, OfficeKeyWrap
from desktop.models.values import Right
from desktop.services import database, opening
from desktop.services.change_notices import tell_others
from desktop.services.devices import put_desk
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.keys import device_fingerprint, wrap_for_device
from desktop.services.rights import needs
from desktop.services.secret import KEY_BYTES
from desktop.services.trouble import translated
from desktop.services.work import Look, Work
from desktop.world import World

NAME_MOST, DESK_MOST = 40, 20
WAITING_MOST = 20
"""More PCs than this do not wait at once in any office of ours: somebody is filling the table."""
FORGOTTEN_AFTER = timedelta(days=7)


class Answer(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    GONE = "gone"
    """Nobody knows of it any more: it was taken back, or too old."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as the new PC sees it. `digits` are shown there, and typed by the administrator."""

    device_id: UUID
    digits: str
    desk: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as the administrator sees it. The digits are not here: they are read off the other screen."""

    id: UUID
    name: str
    desk: str
    asked_at: datetime
    returning: bool
    """This PC was let in before and revoked since."""


class AlreadyAnswered(DomainError):
    """Somebody else was quicker, or the PC has taken its request back."""

    def __init__(self) -> None:
        super().__init__("这个申请已经处理过，或者对方撤回了：刷新（F5）看看")


class TooManyRequests(DomainError):
    def __init__(self) -> None:
        super().__init__("已经有很多电脑在等批准：请管理员先处理那些申请")


# ---- on the new PC -----------------------------------------------------------------------------------------------


def request_problems(desk: str) -> dict[str, str]:
    """What is still to be mended before a PC asks."""
    name = desk.strip()
    if not name:
        return {"desk": "给这个前台起个名字，例如 前台 2"}
    return {"desk": f"名字最多 {DESK_MOST} 个字"} if len(name) > DESK_MOST else {}


def ask_to_join(world: World, data_dir: Path, url: URL, desk: str, pc: str, passphrase: str | None = None) -> Waiting:
    """Ask to be let in; asking again replaces the former request. This PC's keys are made on first use.

    Raises ProblemsFound, TooManyRequests, NotAnOffice, PassphraseNeeded and its kin, Outage.
    """
    if problems := request_problems(desk):
        raise ProblemsFound(problems)
    device = opening.device_keys_for(world, data_dir, _demo(data_dir), passphrase)
    with _writing(url) as connection:
        project_id = _project(connection)
        since = world.now() - FORGOTTEN_AFTER
        connection.execute(
            sa.delete(DeviceRequest).where(sa.or_(DeviceRequest.id == device.device_id, DeviceRequest.asked_at < since))
        )
        if _open_requests(connection) >= WAITING_MOST:
            raise TooManyRequests
        connection.execute(
            sa.insert(DeviceRequest).values(
                id=device.device_id, name=_clean(pc)[:NAME_MOST] or "—", desk=_clean(desk), asked_at=world.now(),
                signing_key=device.ed25519_public, wrapping_key=device.x25519_public, answered_at=None, approved=None,
            )
        )  # fmt: skip
        tell_others(connection, device.device_id.hex, ("device_request",))
    digits = device_fingerprint(project_id, device.ed25519_public, device.x25519_public)
    return Waiting(device.device_id, digits, _clean(desk))


def still_waiting(world: World, data_dir: Path, url: URL, passphrase: str | None = None) -> Waiting | None:
    """The request this PC made before it was switched off, if nobody has answered it yet. Makes no keys."""
    from desktop.services.device_key import device_exists

    if not device_exists(data_dir):
        return None
    device = opening.device_keys_for(world, data_dir, _demo(data_dir), passphrase)
    with _writing(url) as connection:
        row = connection.execute(
            sa.select(DeviceRequest.desk, DeviceRequest.approved).where(DeviceRequest.id == device.device_id)
        ).first()
        project_id = _project(connection)
    if row is None or row.approved is not None:
        return None
    digits = device_fingerprint(project_id, device.ed25519_public, device.x25519_public)
    return Waiting(device.device_id, digits, row.desk)


def answer_to(url: URL, device_id: UUID) -> Answer:
    """What became of this PC's request. Raises Outage."""
    with _writing(url) as connection:
        row = connection.execute(sa.select(DeviceRequest.approved).where(DeviceRequest.id == device_id)).first()
    if row is None:
        return Answer.GONE
    return {None: Answer.WAITING, True: Answer.APPROVED, False: Answer.REFUSED}[row.approved]


def take_back(url: URL, device_id: UUID) -> None:
    """The PC asks no longer. Raises Outage."""
    with _writing(url) as connection:
        connection.execute(
            sa.delete(DeviceRequest).where(DeviceRequest.id == device_id, DeviceRequest.approved.is_(None))
        )
        tell_others(connection, device_id.hex, ("device_request",))


@contextmanager
def _writing(url: URL) -> Iterator[sa.Connection]:
    """A short transaction on the office's database, by somebody who has no keys and sees no row that holds a person."""
    engine = database.open_engine(url)
    try:
        with translated(), engine.execution_options(anju_write=True).begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _project(connection: sa.Connection) -> UUID:
    found = connection.scalar(sa.select(Node.project_id))
    if found is None:
        raise database.NotAnOffice
    return UUID(str(found))


def _open_requests(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).where(DeviceRequest.approved.is_(None))) or 0


def _demo(data_dir: Path) -> bool:
    return (data_dir / opening.DEMO_MARK).exists()


def _clean(text: str) -> str:
    """One line without control characters: the name comes from a PC that nobody knows yet."""
    return " ".join("".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFKC", text)).split())


# ---- on a running PC -----------------------------------------------------------------------------------------------


@needs(Right.APPROVE_DEVICES)
def device_requests(look: Look) -> tuple[RequestRow, ...]:
    """PCs that wait to be let in, the longest waiting first."""
    rows = look.session.execute(
        sa.select(DeviceRequest.id, DeviceRequest.name, DeviceRequest.desk, DeviceRequest.asked_at, Device.id)
        .outerjoin(Device, Device.id == DeviceRequest.id)
        .where(DeviceRequest.approved.is_(None))
        .order_by(DeviceRequest.asked_at, DeviceRequest.id)
        .limit(WAITING_MOST)
    )
    return tuple(RequestRow(row[0], row[1][:NAME_MOST], row[2][:DESK_MOST], row[3], row[4] is not None) for row in rows)


def digits_problem(digits: str) -> str:
    """Why typed digits cannot be meant; empty when they can."""
    return "" if re.fullmatch(r"\d{6}", _digits(digits)) else "输入那台电脑屏幕上的六位数字"


def _digits(text: str) -> str:
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))


@needs(Right.APPROVE_DEVICES)
def approve_device(work: Work, request_id: UUID, digits: str) -> str:
    """Let a PC in whose screen shows these digits; returns the name of its desk. Raises ProblemsFound, AlreadyAnswered.

    A desk of its own is made for it, with numbers of its own; a PC that comes back gets its former desk again.
    """
    request = _locked(work, request_id)
    if problem := digits_problem(digits):
        raise ProblemsFound({"digits": problem})
    keys_fit = len(request.signing_key) == len(request.wrapping_key) == KEY_BYTES
    project_id = work.office.project_id
    if not keys_fit or _digits(digits) != device_fingerprint(project_id, request.signing_key, request.wrapping_key):
        raise ProblemsFound({"digits": "和那台电脑的不一样：对着它的屏幕再输一次；还不对就拒绝，可能有人冒充"})
    device = work.session.get(Device, request_id)
    if device is not None and (device.signing_key, device.wrapping_key) != (request.signing_key, request.wrapping_key):
        raise ProblemsFound({"digits": "这个终端编号已经属于另一台电脑：请拒绝，并让对方重新申请"})
    if device is None:
        desk = put_desk(work, request.desk[:DESK_MOST])
        device = work.add(
            Device(
                id=request_id, name=request.name[:NAME_MOST], desk_id=desk.id, signing_key=request.signing_key,
                wrapping_key=request.wrapping_key, approved_at=work.at, revoked_at=None,
                vouch=work.vault.vouch(request_id, request.signing_key, request.wrapping_key),
            )
        )  # fmt: skip
    else:
        device.approved_at, device.revoked_at = work.at, None
    work.derive(sa.delete(OfficeKeyWrap).where(OfficeKeyWrap.device_id == request_id), "office_key_wrap")
    work.derive(
        sa.insert(OfficeKeyWrap).values(
            id=work.world.new_id(), device_id=request_id, created_at=work.at,
            wrapped=wrap_for_device(work.vault.keys, request.wrapping_key),
        ),
        "office_key_wrap",
    )  # fmt: skip
    _answer(work, request_id, True)
    work.subject(device)
    work.record(way="digits")
    return work.session.scalar(sa.select(Desk.name).where(Desk.id == device.desk_id)) or device.name


@needs(Right.APPROVE_DEVICES)
def refuse_device(work: Work, request_id: UUID) -> None:
    """Do not let a PC in; it is told so. Raises AlreadyAnswered."""
    _locked(work, request_id)
    _answer(work, request_id, False)
    work.subject_id("device_request", request_id)
    work.record()


def _locked(work: Work, request_id: UUID) -> DeviceRequest:
    request = work.session.get(DeviceRequest, request_id, with_for_update=True)
    if request is None or request.approved is not None:
        raise AlreadyAnswered
    return request


def _answer(work: Work, request_id: UUID, approved: bool) -> None:
    work.derive(
        sa.update(DeviceRequest).where(DeviceRequest.id == request_id).values(answered_at=work.at, approved=approved),
        "device_request",
    )
