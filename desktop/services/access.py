"""Staff 员工, roles 角色 and signing in: who may sit down, and what they may do then."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from desktop.models.access import KnownHere, Role, RoleRight, RoleSight, SignInGuard, StaffMember, StaffRole
from desktop.models.base import models, sealed_columns
from desktop.models.tables import Base as _Tables
from desktop.models.values import Right, Sight
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.office import Office
from desktop.services.passwords import PasswordChecked, Passwords, password_problem, wait_after, wait_left
from desktop.services.rights import needs, part
from desktop.services.work import PROGRAM, Actor, Look, Work, begin, look

assert _Tables.metadata.tables  # sealed_fields() below reads every table

_READS = {
    Right.SEE_BOARD, Right.SEE_PARTIES, Right.SEE_LEASES, Right.SEE_BILLS, Right.SEE_REPAIRS,
}  # fmt: skip
_DESK = _READS | {Right.USE_DRAFTS, Right.PRINT_PAPER, Right.EDIT_REPAIRS, Right.WRITE_NOTES}
_TILL = {Right.TAKE_PAYMENT, Right.POST_BILLS, Right.READ_METERS, Right.VOID_PAYMENT, Right.REGISTER_INVOICES}
_LEAD = {Right.REVERSE_PAYMENT, Right.ROUND_CASH, Right.EDIT_TARIFFS, Right.MOVE_DEPOSITS, Right.FORFEIT_DEPOSITS}

SHIPPED: dict[str, tuple[str, frozenset[Right]]] = {
    "administrator": ("管理员", frozenset(Right) - _TILL - _LEAD | {Right.POST_BILLS, Right.EDIT_TARIFFS}),
    "manager": (
        "主管",
        frozenset(
            _DESK | _TILL | _LEAD
            | {
                Right.EDIT_PARTIES, Right.REVEAL_SECRETS, Right.CHECK_IN, Right.EDIT_LEASES, Right.KEEP_KEYS,
                Right.EDIT_PLACES, Right.EDIT_TEMPLATES, Right.SEE_STAFF,
                Right.SEE_AUDIT, Right.EXPORT_LISTS, Right.APPROVE_CASES, Right.CHECK_OFFICE, Right.RESERVE_ROOMS,
                Right.DISPATCH_REPAIRS,
            }
        ),
    ),
    "front_desk": (
        "前台",
        frozenset(
            _DESK
            | {
                Right.EDIT_PARTIES, Right.REVEAL_SECRETS, Right.CHECK_IN, Right.RESERVE_ROOMS, Right.READ_METERS,
                Right.KEEP_KEYS, Right.DISPATCH_REPAIRS,
            }
        ),
    ),
    "cashier": ("收银员", frozenset(_DESK | _TILL)),
    "finance_lead": (
        "财务主管",
        frozenset(
            _DESK
            | _TILL | _LEAD | {Right.EXPORT_LISTS, Right.SEE_AUDIT, Right.REVEAL_SECRETS}
        ),
    ),
    "repair_lead": ("维修班长", frozenset({Right.SEE_BOARD, Right.SEE_PARTIES, Right.SEE_REPAIRS, Right.EDIT_REPAIRS,
    Right.USE_DRAFTS, Right.REVEAL_SECRETS, Right.WRITE_NOTES, Right.DISPATCH_REPAIRS, Right.PRINT_PAPER})),
    "auditor": ("审计", frozenset(_READS | {Right.SEE_STAFF, Right.SEE_AUDIT, Right.CHECK_OFFICE})),
    "head_office": ("总部", frozenset(_READS | {Right.SEE_AUDIT, Right.CHECK_OFFICE, Right.EXPORT_LISTS})),
}  # fmt: skip
"""Roles shipped: code → (title, rights)."""

_WRITES = {
    "administrator": {"*": Sight.WRITE},
    "manager": {"*": Sight.WRITE},
    "front_desk": {"*": Sight.WRITE, "bank_account.number": Sight.MASKED, "bank_account.holder": Sight.MASKED},
    "finance_lead": {"*": Sight.MASKED, "bank_account.number": Sight.READ, "bank_account.holder": Sight.READ},
    "repair_lead": {
        "*": Sight.NONE, "contact.value": Sight.READ, "technician.phone": Sight.WRITE,
    },
    "auditor": {"*": Sight.MASKED},
    "head_office": {"*": Sight.NONE},
}  # fmt: skip


@cache
def sealed_fields() -> tuple[str, ...]:
    """Every encrypted field as "table.column"; the field rights and the tests are generated from this list."""
    return tuple(sorted(f"{m.__tablename__}.{column}" for m in models() for column in sealed_columns(m)))


def shipped_sights(role: str) -> dict[str, Sight]:
    """How a shipped role sees each encrypted field."""
    rules = _WRITES.get(role, {})
    rest = rules.get("*", Sight.MASKED)
    return {name: rules.get(name, rest) for name in sealed_fields()}


@part
def ship_roles(work: Work) -> dict[str, UUID]:
    """Store the shipped roles of a new office; {code: id}."""
    made: dict[str, UUID] = {}
    for code, (title, rights) in SHIPPED.items():
        role = work.add(Role(code=code, title=title, inherits_id=None, shipped=True))
        made[code] = role.id
        for right in sorted(rights):
            work.add(RoleRight(role_id=role.id, right=right))
        for name, sight in shipped_sights(code).items():
            work.add(RoleSight(role_id=role.id, field=name, sight=sight))
    return made


# ---- signing in --------------------------------------------------------------------------------------------------


class SignInRefused(DomainError):
    """Wrong name or password, or too soon after failures; `wait` until the next try is accepted."""

    def __init__(self, message: str, wait: timedelta = timedelta()) -> None:
        super().__init__(message, "password")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody sat down at the desk."""

    actor: Actor
    must_change_password: bool
    login: str


def sign_in(office: Office, login: str, password: str, passwords: Passwords) -> SignedIn:
    """Check name and password and say what the person may do. Raises SignInRefused.

    Slow by design (argon2): never on the GUI thread. Failures are counted across restarts; the audit log keeps both.
    """
    login = normal_login(login)
    member, checked = check_password(office, login, password, passwords)
    with begin(office, PROGRAM, Op.SIGN_IN) as work:
        work.derive(sa.delete(SignInGuard).where(SignInGuard.login == login), "sign_in_guard")
        if checked.needs_rehash:
            row = work.get(StaffMember, member.id)
            row.password_hash = passwords.hash(password)
        _now_known_here(work, member.id)
        work.subject_id("staff_member", member.id)
        work.record()
    return SignedIn(actor_of(office, member.id), member.must_change_password, login)


def check_password(
    office: Office, login: str, password: str, passwords: Passwords
) -> tuple[StaffMember, PasswordChecked]:
    """Whose password this is. A wrong one is counted and makes the next one wait. Raises SignInRefused."""
    with look(office, PROGRAM) as reading:
        guard = reading.session.get(SignInGuard, login)
        member = reading.session.scalar(
            sa.select(StaffMember)
            .where(StaffMember.login == login, StaffMember.deleted_at.is_(None))
            .order_by(StaffMember.created_at, StaffMember.id)  # two offices may have hired under one name
            .limit(1)
        )
        failures = guard.failures if guard else 0
        if guard is not None:
            wait = wait_left(failures, guard.last_failed_at, office.world.now())
            if wait:
                raise SignInRefused(f"错了 {failures} 次，请等 {_spoken(wait)} 再试", wait)
    known = member is not None and member.disabled_at is None
    checked = passwords.check(member.password_hash if known and member else None, password)
    if not (known and checked.right and member):
        _failed(office, login, failures)
        raise SignInRefused("工号或密码不对，请重新输入", wait_after(failures + 1))
    return member, checked


def sign_out(office: Office, actor: Actor) -> None:
    """Note that somebody left the desk."""
    with begin(office, actor, Op.SIGN_OUT) as work:
        if actor.staff_id is not None:
            work.subject_id("staff_member", actor.staff_id)
        work.record()


def sign_in_demo(office: Office, role: str) -> SignedIn:
    """Enter a demo office by a role button, without a password. Raises SignInRefused in any other office."""
    if not office.demo:
        raise SignInRefused("这里不是演示管理处：请用工号和密码登录")
    with look(office, PROGRAM) as reading:
        found = reading.session.execute(
            sa.select(StaffMember.id, StaffMember.login)
            .join(StaffRole, StaffRole.staff_id == StaffMember.id)
            .join(Role, Role.id == StaffRole.role_id)
            .where(Role.code == role, StaffMember.disabled_at.is_(None))
            .order_by(StaffMember.login)
            .limit(1)
        ).first()
    if found is None:
        raise SignInRefused("演示管理处里没有这个身份：换一个身份按钮")
    with begin(office, PROGRAM, Op.SIGN_IN) as work:
        _now_known_here(work, found.id)
        work.subject_id("staff_member", found.id)
        work.record(demo=True)
    return SignedIn(actor_of(office, found.id), False, found.login)


def _now_known_here(work: Work, staff_id: UUID) -> None:
    """From now on the PIN opens this PC for this person (`services.pins`); wrong ones of before are forgiven."""
    here = (KnownHere.device_id == work.office.device_id) & (KnownHere.staff_id == staff_id)
    work.derive(sa.delete(KnownHere).where(here), "known_here")
    row = {"device_id": work.office.device_id, "staff_id": staff_id, "signed_in_at": work.at, "pin_failures": 0}
    work.derive(sa.insert(KnownHere).values(row), "known_here")


def actor_of(office: Office, staff_id: UUID) -> Actor:
    """What a person may do now: the union of their roles and what those inherit."""
    with look(office, PROGRAM) as reading:
        session = reading.session
        name = session.scalar(sa.select(StaffMember.name).where(StaffMember.id == staff_id)) or ""
        roles = _roles_of(session, staff_id)
        ids = [role.id for role in roles]
        rights = frozenset(
            session.scalars(
                sa.select(RoleRight.right).where(RoleRight.role_id.in_(ids), RoleRight.deleted_at.is_(None))
            )
        )
        sights: dict[str, Sight] = {}
        for field, sight in session.execute(
            sa.select(RoleSight.field, RoleSight.sight).where(
                RoleSight.role_id.in_(ids), RoleSight.deleted_at.is_(None)
            )
        ):
            sights[field] = max(sights.get(field, Sight.NONE), sight, key=list(Sight).index)
    return Actor(staff_id, name, rights, sights, tuple(role.code for role in roles))


def _roles_of(session: Session, staff_id: UUID) -> list[Role]:
    held = session.scalars(
        sa.select(Role)
        .join(StaffRole, StaffRole.role_id == Role.id)
        .where(StaffRole.staff_id == staff_id, StaffRole.deleted_at.is_(None), Role.deleted_at.is_(None))
        .order_by(Role.code)
    ).all()
    found = {role.id: role for role in held}
    queue = list(held)
    while queue:
        parent = queue.pop().inherits_id
        if parent is not None and parent not in found:
            role = session.get_one(Role, parent)
            found[parent] = role
            queue.append(role)
    return list(found.values())


def _failed(office: Office, login: str, failures: int) -> None:
    with begin(office, PROGRAM, Op.SIGN_IN_FAILED) as work:
        now = work.at
        if failures:
            statement: sa.Executable = (
                sa.update(SignInGuard).where(SignInGuard.login == login)
                .values(failures=SignInGuard.failures + 1, last_failed_at=now)
            )  # fmt: skip
        else:
            work.derive(sa.delete(SignInGuard).where(SignInGuard.login == login), "sign_in_guard")
            statement = sa.insert(SignInGuard).values(login=login, failures=1, last_failed_at=now)
        work.derive(statement, "sign_in_guard")
        work.record(failures=failures + 1)


def _spoken(wait: timedelta) -> str:
    seconds = max(1, round(wait.total_seconds()))
    return f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"


# ---- the staff page ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person on the staff page."""

    id: UUID
    login: str
    name: str
    roles: tuple[str, ...]
    role_titles: tuple[str, ...]
    disabled_at: datetime | None
    must_change_password: bool
    version: int


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role to choose."""

    id: UUID
    code: str
    title: str
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class StaffForm:
    """What the staff dialog gathers; `password` None keeps the old one."""

    login: str
    name: str
    roles: tuple[str, ...]
    password: str | None = None


def normal_login(text: str) -> str:
    """A sign-in name as it is kept: NFKC, without blanks, lower case."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def staff_problems(form: StaffForm, taken: Sequence[str], new: bool) -> dict[str, str]:
    """What is still to be mended in the staff dialog, by field."""
    problems: dict[str, str] = {}
    login = normal_login(form.login)
    if not re.fullmatch(r"[a-z0-9._-]{2,32}", login):
        problems["login"] = "工号用 2 到 32 个字母、数字，例如 linxm"
    elif login in taken:
        problems["login"] = f"{login} 已有人用，换一个"
    if not form.name.strip():
        problems["name"] = "填写姓名，会印在收据的经办人一栏"
    if not form.roles:
        problems["roles"] = "至少选一个角色"
    elif unknown := set(form.roles) - SHIPPED.keys():
        problems["roles"] = f"没有这个角色：{min(unknown)}，从列表里选"
    if form.password is None:
        if new:
            problems["password"] = "设一个初始密码，第一次登录时本人再改"
    elif trouble := password_problem(form.password, login):
        problems["password"] = trouble
    return problems


@needs(Right.SEE_STAFF)
def list_staff(look_: Look) -> list[StaffRow]:
    """Everybody who works or worked here; disabled people last."""
    titles: Mapping[UUID, tuple[str, str]] = {
        role_id: (code, title)
        for role_id, code, title in look_.session.execute(sa.select(Role.id, Role.code, Role.title))
    }
    held: dict[UUID, list[tuple[str, str]]] = {}
    for staff_id, role_id in look_.session.execute(
        sa.select(StaffRole.staff_id, StaffRole.role_id).where(StaffRole.deleted_at.is_(None))
    ):
        held.setdefault(staff_id, []).append(titles[role_id])
    rows = []
    for member in look_.session.scalars(sa.select(StaffMember).where(StaffMember.deleted_at.is_(None))):
        roles = sorted(held.get(member.id, []))
        rows.append(
            StaffRow(
                member.id, member.login, member.name, tuple(code for code, _ in roles), tuple(title for _,
                title in roles),
                member.disabled_at, member.must_change_password, member.version,
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row.disabled_at is not None, row.login))


@needs(Right.SEE_STAFF)
def list_roles(look_: Look) -> list[RoleRow]:
    """The roles to choose from, with their rights."""
    rights: dict[UUID, set[Right]] = {}
    for role_id, right in look_.session.execute(
        sa.select(RoleRight.role_id, RoleRight.right).where(RoleRight.deleted_at.is_(None))
    ):
        rights.setdefault(role_id, set()).add(right)
    order = list(SHIPPED)
    roles = look_.session.scalars(sa.select(Role).where(Role.deleted_at.is_(None))).all()
    rows = [RoleRow(role.id, role.code, role.title, frozenset(rights.get(role.id, ()))) for role in roles]
    return sorted(rows, key=lambda row: order.index(row.code) if row.code in order else len(order))


@needs(Right.EDIT_STAFF)
def add_staff(work: Work, form: StaffForm, passwords: Passwords) -> UUID:
    """A new person who can sign in; the first password is changed at the first sign-in. Raises ProblemsFound."""
    return enter_staff(work, form, passwords, must_change=True)


@part
def enter_staff(work: Work, form: StaffForm, passwords: Passwords, *, must_change: bool) -> UUID:
    """`add_staff` inside another act (first start, demo office)."""
    taken = work.session.scalars(sa.select(StaffMember.login)).all()
    if problems := staff_problems(form, taken, new=True):
        raise ProblemsFound(problems)
    assert form.password is not None
    return put_staff(work, form, passwords.hash(form.password), must_change=must_change)


@part
def put_staff(work: Work, form: StaffForm, password_hash: str, *, must_change: bool = False) -> UUID:
    """The rows of a new person, whose form was checked or is the program's own."""
    member = work.add(
        StaffMember(
            login=normal_login(form.login), name=form.name.strip(), password_hash=password_hash,
            pin_hash=None, must_change_password=must_change, disabled_at=None,
        )
    )  # fmt: skip
    _set_roles(work, member.id, form.roles)
    work.subject(member)
    work.record(roles=sorted(form.roles))
    return member.id


@needs(Right.EDIT_STAFF)
def change_staff(work: Work, staff_id: UUID, version: int, form: StaffForm, passwords: Passwords) -> None:
    """Change name, roles or password of a person. Raises ProblemsFound, RowChanged when somebody saved first."""
    member = work.take(StaffMember, staff_id)
    if member.version != version:
        from desktop.services.changes import last_changes
        from desktop.services.timeline import last_act

        who, when = last_act(work, staff_id)
        theirs = {"login": member.login, "name": member.name, "roles": _titles_of(work, _held_codes(work, staff_id))}
        yours = {"login": normal_login(form.login), "name": form.name.strip(), "roles": _titles_of(work, form.roles)}
        raise RowChanged(theirs, yours, who, when, last_changes(work, "staff_member", [staff_id]))
    others = work.session.scalars(sa.select(StaffMember.login).where(StaffMember.id != staff_id)).all()
    if problems := staff_problems(form, others, new=False):
        raise ProblemsFound(problems)
    member.login, member.name = normal_login(form.login), form.name.strip()
    if form.password is not None:
        member.password_hash, member.must_change_password = passwords.hash(form.password), True
        # Whoever forgot the password has tried a few: the new one works at once.
        work.derive(sa.delete(SignInGuard).where(SignInGuard.login == member.login), "sign_in_guard")
        _nowhere_known(work, member)
    if _set_roles(work, staff_id, form.roles):
        # Roles are rows of their own: the person's version must move too, or a second editor would not be told.
        flag_modified(member, "updated_at")
    _keep_an_administrator(work)
    work.subject(member)
    work.record(roles=sorted(form.roles), password=form.password is not None)


@needs(Right.EDIT_STAFF)
def disable_staff(work: Work, staff_id: UUID, disabled: bool) -> None:
    """Shut somebody out, or let them in again. The last administrator cannot be shut out."""
    member = work.get(StaffMember, staff_id)
    member.disabled_at = work.at if disabled else None
    if disabled:
        _nowhere_known(work, member)
    _keep_an_administrator(work)
    work.subject(member)
    work.record(disabled=disabled)


def _nowhere_known(work: Work, member: StaffMember) -> None:
    """Somebody else decided about this person's way in: an old PIN opens nothing any more, on no PC."""
    member.pin_hash = None
    work.derive(sa.delete(KnownHere).where(KnownHere.staff_id == member.id), "known_here")


def new_password_problem(old: str, new: str, login: str) -> str | None:
    """Why a new password of one's own is not taken; None when it is. Pure: the dialog asks it while one types."""
    if unicodedata.normalize("NFKC", new) == unicodedata.normalize("NFKC", old):
        return "新密码要和现在的不同，换一个"
    return password_problem(new, login)


@needs(Right.SEE_BOARD)
def change_own_password(work: Work, old: str, new: str, passwords: Passwords) -> None:
    """One's own new password. Raises ProblemsFound when the old one is wrong or the new one weak."""
    if work.actor.staff_id is None:
        raise AssertionError("the program has no password")
    member = work.get(StaffMember, work.actor.staff_id)
    if not passwords.check(member.password_hash, old).right:
        raise ProblemsFound({"old": "现在的密码不对，重新输入"})
    if trouble := new_password_problem(old, new, member.login):
        raise ProblemsFound({"new": trouble})
    member.password_hash, member.must_change_password = passwords.hash(new), False
    work.subject(member)
    work.record()


def _held_codes(look_: Look, staff_id: UUID) -> list[str]:
    return list(
        look_.session.scalars(
            sa.select(Role.code)
            .join(StaffRole, StaffRole.role_id == Role.id)
            .where(StaffRole.staff_id == staff_id, StaffRole.deleted_at.is_(None))
        )
    )


def _titles_of(look_: Look, codes: Sequence[str]) -> str:
    """「前台、收银员」, in the order in which roles are shipped."""
    titles = {row.code: row.title for row in look_.session.execute(sa.select(Role.code, Role.title))}
    order = list(SHIPPED)
    return "、".join(titles.get(code, code) for code in sorted(codes, key=order.index))


def _set_roles(work: Work, staff_id: UUID, codes: Sequence[str]) -> bool:
    """Give exactly these roles; whether anything changed."""
    wanted = {
        row.id: row.code for row in work.session.execute(sa.select(Role.id, Role.code).where(Role.code.in_(codes)))
    }
    held = {
        row.role_id: row for row in work.session.scalars(sa.select(StaffRole).where(StaffRole.staff_id == staff_id))
    }
    changed = False
    for role_id, row in held.items():
        if (role_id in wanted) != (row.deleted_at is None):
            row.deleted_at = None if role_id in wanted else work.at
            changed = True
    for role_id in sorted(wanted.keys() - held.keys()):
        work.add(StaffRole(staff_id=staff_id, role_id=role_id))
        changed = True
    return changed


def _keep_an_administrator(work: Work) -> None:
    work.session.flush()
    left = work.session.scalar(
        sa.select(sa.func.count())
        .select_from(StaffMember)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .join(Role, Role.id == StaffRole.role_id)
        .where(
            Role.code == "administrator", StaffRole.deleted_at.is_(None), StaffMember.disabled_at.is_(None),
            StaffMember.deleted_at.is_(None),
        )
    )  # fmt: skip
    if not left:
        raise DomainError("至少要留一位能登录的管理员：先给别人管理员角色", "roles")
