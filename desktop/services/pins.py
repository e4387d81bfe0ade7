"""PINs: a few digits of one's own that open the lock of a PC one works at, and nothing else.

A PIN counts only on a PC where its person has signed in by password within some days, and only until five wrong ones:
then nothing but the password opens. Tries are counted before they are checked, so that no restart forgives one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import KnownHere, Role, StaffMember, StaffRole
from desktop.models.values import Right
from desktop.services import settings
from desktop.services.access import SignedIn, actor_of
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.office import Office
from desktop.services.passwords import Passwords, pin_problem
from desktop.services.rights import needs, part
from desktop.services.work import PROGRAM, Look, Work, begin, look

TRIES = 5


class PinRefused(DomainError):
    """The PIN does not open; `left` tries remain, at none only the password does."""

    def __init__(self, message: str, left: int) -> None:
        super().__init__(message, "pin")
        self.left = left


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody who may open the lock of this PC."""

    staff_id: UUID
    login: str
    name: str
    roles: str
    """「前台、收银员」."""
    pin: bool
    """Her PIN works here today; otherwise the password is asked."""


@dataclass(frozen=True, slots=True)
class OwnPin:
    """One's own PIN, for the page 我的."""

    chosen: bool
    works_here: bool
    digits: int
    days: int


# ---- who and how -------------------------------------------------------------------------------------------------


@needs(Right.SEE_BOARD)
def own_pin(look: Look) -> OwnPin:
    """Whether one has a PIN, and whether it opens this PC today."""
    rules = settings.values_of(look, "pin_digits", "pin_days")
    member = look.get(StaffMember, _myself(look))
    return OwnPin(member.pin_hash is not None, _works(look, member), rules["pin_digits"], rules["pin_days"])


def people_here(office: Office) -> tuple[PersonHere, ...]:
    """Who has worked at this PC of late, the latest first; for the lock card, so before anybody has signed in."""
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        since = reading.world.now() - _span(reading)
        members = reading.session.scalars(
            sa.select(StaffMember)
            .join(KnownHere, KnownHere.staff_id == StaffMember.id)
            .where(KnownHere.device_id == office.device_id, KnownHere.signed_in_at >= since, *_in_office())
            .order_by(KnownHere.signed_in_at.desc(), StaffMember.login)
        ).all()
        return tuple(person(reading, member) for member in members)


@part
def person(look: Look, member: StaffMember) -> PersonHere:
    """One person as the lock card and the approval show them."""
    titles = look.session.scalars(
        sa.select(Role.title)
        .join(StaffRole, StaffRole.role_id == Role.id)
        .where(StaffRole.staff_id == member.id, StaffRole.deleted_at.is_(None))
        .order_by(Role.created_at, Role.id)
    )
    return PersonHere(member.id, member.login, member.name, "、".join(titles), _works(look, member))


# ---- choosing one ------------------------------------------------------------------------------------------------


@needs(Right.SEE_BOARD)
def set_pin(work: Work, password: str, pin: str, passwords: Passwords) -> None:
    """One's own PIN, chosen after the password. Raises ProblemsFound by field: `password`, `pin`."""
    member = work.get(StaffMember, _myself(work))
    if not passwords.check(member.password_hash, password).right:
        raise ProblemsFound({"password": "密码不对，重新输入"})
    if trouble := pin_problem(pin, settings.value_of(work, "pin_digits"), member.login):
        raise ProblemsFound({"pin": trouble})
    member.pin_hash = passwords.hash(work.vault.keyed_pin(member.id, pin))
    here = KnownHere.staff_id == member.id
    work.derive(sa.update(KnownHere).where(here).values(pin_failures=0), "known_here")
    work.subject(member)
    work.record()


@needs(Right.SEE_BOARD)
def drop_pin(work: Work) -> None:
    """Do without a PIN again: from now on only the password opens the lock."""
    member = work.get(StaffMember, _myself(work))
    member.pin_hash = None
    work.subject(member)
    work.record(dropped=True)


# ---- using it ----------------------------------------------------------------------------------------------------


def sign_in_by_pin(office: Office, staff_id: UUID, pin: str, passwords: Passwords) -> SignedIn:
    """Open the lock of this PC for somebody. Raises PinRefused. Slow by design: never on the GUI thread."""
    member = check_pin(office, staff_id, pin, passwords)
    with begin(office, PROGRAM, Op.SIGN_IN) as work:
        work.subject_id("staff_member", staff_id)
        work.record(way="pin")
    return SignedIn(actor_of(office, staff_id), member.must_change_password, member.login)


def check_pin(office: Office, staff_id: UUID, pin: str, passwords: Passwords) -> StaffMember:
    """Whose PIN this is. A wrong one is counted on this PC, the fifth ends it here. Raises PinRefused."""
    here = (KnownHere.device_id == office.device_id) & (KnownHere.staff_id == staff_id)
    with begin(office, PROGRAM, Op.SIGN_IN_FAILED) as work:
        work.authorised += 1
        member = work.session.scalar(sa.select(StaffMember).where(StaffMember.id == staff_id, *_in_office()))
        known = work.session.scalar(sa.select(KnownHere).where(here).with_for_update())
        _openable(work, member, known)
        assert member is not None
        assert known is not None
        # Counted first: whoever pulls the plug while the hash is worked out has had a try.
        failures = known.pin_failures + 1
        work.derive(sa.update(KnownHere).where(here).values(pin_failures=failures), "known_here")
    keyed = office.vault.keyed_pin(staff_id, unicodedata.normalize("NFKC", pin))
    right = passwords.check(member.pin_hash, keyed).right
    with begin(office, PROGRAM, Op.SIGN_IN_FAILED) as work:
        if right:
            work.derive(sa.update(KnownHere).where(here).values(pin_failures=0), "known_here")
        else:
            work.subject_id("staff_member", staff_id)
            work.record(failures=failures, way="pin")
    if not right:
        left = TRIES - failures
        raise PinRefused(f"PIN 不对，还能试 {left} 次；也可以输密码" if left else _ENDED, left)
    return member


_ENDED = f"PIN 错了 {TRIES} 次，在这台电脑上停用了：请输密码，输对后 PIN 恢复"


def _openable(look: Look, member: StaffMember | None, known: KnownHere | None) -> None:
    """Raises PinRefused unless this person's PIN may be tried on this PC now."""
    if member is None:
        raise PinRefused("这位员工已停用或不在名单里：请别的同事登录", 0)
    if member.pin_hash is None:
        raise PinRefused("还没有设 PIN：请输密码，再到 设置 → 我的 里设一个", 0)
    if known is None or _asleep(look, known):
        raise PinRefused("最近没有用密码在这台电脑上登录过，PIN 不能用：请输密码", 0)
    if known.pin_failures >= TRIES:
        raise PinRefused(_ENDED, 0)


def _works(look: Look, member: StaffMember) -> bool:
    try:
        _openable(look, member, look.session.get(KnownHere, (look.office.device_id, member.id)))
    except PinRefused:
        return False
    return True


def _asleep(look: Look, known: KnownHere) -> bool:
    now: datetime = look.world.now()
    # A clock set back must not wake an old PIN: a sign-in that lies ahead by more than a day counts for nothing.
    return not now - _span(look) <= known.signed_in_at <= now + timedelta(days=1)


def _span(look: Look) -> timedelta:
    return timedelta(days=int(settings.value_of(look, "pin_days")))


def _in_office() -> tuple[sa.ColumnElement[bool], ...]:
    return StaffMember.disabled_at.is_(None), StaffMember.deleted_at.is_(None)


def _myself(look: Look) -> UUID:
    if look.actor.staff_id is None:
        raise AssertionError("the program has no PIN")
    return look.actor.staff_id
