"""Approval on the spot 当场授权: a second person with the right gives her PIN where the first one lacks it.

The act is then the first person's, with the second one's name beside it in the audit log and on the timeline. The word
counts for one act of one kind and two minutes; nobody approves herself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import Role, RoleRight, SignInGuard, StaffMember, StaffRole
from desktop.models.values import Right
from desktop.services.access import actor_of, check_password
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.passwords import Passwords, is_pin
from desktop.services.pins import PersonHere, check_pin, person
from desktop.services.rights import needs
from desktop.services.work import Actor, Approval, Look, begin, look

LENT: Mapping[Op, frozenset[Right]] = {
    Op.REVERSE_PAYMENT: frozenset({Right.REVERSE_PAYMENT}),
    Op.REVEAL: frozenset({Right.REVEAL_SECRETS}),
    Op.CHECK_IN: frozenset({Right.APPROVE_CASES}),
    Op.CHANGE_LEASE: frozenset({Right.EDIT_LEASES}),
    Op.RENEW_LEASE: frozenset({Right.APPROVE_CASES, Right.MOVE_DEPOSITS, Right.EDIT_LEASES}),
    Op.EXPORT_LIST: frozenset({Right.EXPORT_LISTS}),
    Op.VOID_PAYMENT: frozenset({Right.VOID_PAYMENT}),
    Op.TAKE_PAYMENT: frozenset({Right.ROUND_CASH}),
    Op.MOVE_DEPOSIT: frozenset({Right.MOVE_DEPOSITS, Right.FORFEIT_DEPOSITS}),
}
"""What may be lent for which act. Whatever is not here needs somebody who holds the right to sign in."""


class NotAnApprover(DomainError):
    """This person cannot give the word."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "who")


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may give the word for a right, those first whose PIN works on this PC."""

    people: tuple[PersonHere, ...]


def can_be_lent(op: Op, right: str) -> bool:
    """Whether a second person may help out here."""
    return any(lent.value == right for lent in LENT.get(op, ()))


@needs(Right.SEE_BOARD)
def list_approvers(look: Look, right: Right) -> Approvers:
    """Everybody else who holds the right and may sign in."""
    members = look.session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.id.in_(_holders(look, right)), StaffMember.id != look.actor.staff_id)
        .order_by(StaffMember.name, StaffMember.login)
    ).all()
    people = [person(look, member) for member in members]
    return Approvers(tuple(sorted(people, key=lambda each: not each.pin)))


def approve(
    office: Office, actor: Actor, op: Op, right: Right, staff_id: UUID, secret: str, passwords: Passwords
) -> Approval:
    """The second person's word that `actor` may do this once; `secret` is her PIN or her password.

    Raises NotAnApprover, PinRefused, SignInRefused. Slow by design: never on the GUI thread.
    """
    if right not in LENT.get(op, ()):
        raise NotAnApprover("这一步不能当场授权：请有权限的人登录后办理")
    if actor.staff_id is None or staff_id == actor.staff_id:
        raise NotAnApprover("自己不能给自己授权：请另一位有权限的同事")
    with look(office, actor) as reading:
        member = reading.session.get(StaffMember, staff_id)
        if member is None or staff_id not in set(reading.session.scalars(_holders(reading, right))):
            raise NotAnApprover("这位同事现在没有这个权限：请换一位")
        if member.must_change_password:
            raise NotAnApprover(f"{member.name}还没有改过初始密码，先自己登录一次")
        login = member.login
    way = "pin" if is_pin(secret) else "password"
    if way == "pin":
        check_pin(office, staff_id, secret, passwords)
    else:
        check_password(office, login, secret, passwords)
    second = actor_of(office, staff_id)
    with begin(office, second, Op.APPROVE_ON_SPOT) as work:
        if way == "password":
            work.derive(sa.delete(SignInGuard).where(SignInGuard.login == login), "sign_in_guard")
        work.subject_id("staff_member", actor.staff_id)
        work.record(approved=right.value, act=op.value, way=way)
        at = work.at
    return Approval(second, actor.staff_id, op, right, at)


def _holders(look: Look, right: Right) -> sa.Select[UUID]:
    """Ids of the people in office whose roles, or what those inherit, carry the right."""
    grants = set(
        look.session.scalars(
            sa.select(RoleRight.role_id).where(RoleRight.right == right, RoleRight.deleted_at.is_(None))
        )
    )
    parents = {
        role.id: role.inherits_id
        for role in look.session.execute(sa.select(Role.id, Role.inherits_id).where(Role.deleted_at.is_(None)))
    }
    able = [role_id for role_id in parents if grants & set(_line(parents, role_id))]
    return (
        sa.select(StaffRole.staff_id)
        .join(StaffMember, StaffMember.id == StaffRole.staff_id)
        .where(
            StaffRole.role_id.in_(able), StaffRole.deleted_at.is_(None), StaffMember.deleted_at.is_(None),
            StaffMember.disabled_at.is_(None),
        )
    )  # fmt: skip


def _line(parents: Mapping[UUID, UUID | None], role_id: UUID) -> list[UUID]:
    line: list[UUID] = []
    step: UUID | None = role_id
    while step is not None and step not in line:
        line.append(step)
        step = parents.get(step)
    return line
