"""Who works here and what they may do: staff, roles, rights, field rights, sign-in guard, PINs by PC."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local, Meets, Profile
from desktop.models.columns import Word
from desktop.models.values import Right, Sight


class StaffMember(Meets, Profile):
    """A person who signs in 员工."""

    __tablename__ = "staff_member"
    __table_args__ = (sa.UniqueConstraint("project_id", "login", "arrived"),)

    login: Mapped[str]
    """Typed at sign-in: work number or pinyin, lower case."""
    name: Mapped[str]
    password_hash: Mapped[str]
    """argon2id, with its parameters."""
    pin_hash: Mapped[str | None]
    """argon2id over the PIN keyed with the project's key: a hash taken out of the database is no use without it."""
    must_change_password: Mapped[bool]
    disabled_at: Mapped[datetime | None]
    """Disabled people cannot sign in; what they did stays theirs."""


class Role(Meets, Profile):
    """A role 角色: a set of rights and field rights, shipped or the office's own."""

    __tablename__ = "role"
    __table_args__ = (sa.UniqueConstraint("project_id", "code", "arrived"),)

    code: Mapped[str]
    title: Mapped[str]
    inherits_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("role.id"))
    shipped: Mapped[bool]
    """Shipped roles cannot be removed."""


class RoleRight(Meets, Profile):
    """One right of a role."""

    __tablename__ = "role_right"
    __part_of__ = ("role", "role_id")
    __table_args__ = (sa.UniqueConstraint("role_id", "right", "arrived"),)

    role_id: Mapped[UUID] = mapped_column(sa.ForeignKey("role.id"))
    right: Mapped[Right] = mapped_column(Word(Right))


class RoleSight(Meets, Profile):
    """How much of one sensitive field a role sees 字段权限; fields not named are masked."""

    __tablename__ = "role_sight"
    __part_of__ = ("role", "role_id")
    __table_args__ = (sa.UniqueConstraint("role_id", "field", "arrived"),)

    role_id: Mapped[UUID] = mapped_column(sa.ForeignKey("role.id"))
    field: Mapped[str]
    """table.column of a sealed column, e.g. contact.value."""
    sight: Mapped[Sight] = mapped_column(Word(Sight))


class StaffRole(Profile):
    """A role somebody holds; one person may hold several."""

    __tablename__ = "staff_role"

    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    role_id: Mapped[UUID] = mapped_column(sa.ForeignKey("role.id"))


class SignInGuard(Local):
    """Failed sign-ins since the last good one, so that guessing slows down and a restart does not forget."""

    __tablename__ = "sign_in_guard"

    login: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(sa.Integer)
    last_failed_at: Mapped[datetime]


class KnownHere(Local):
    """Somebody who has signed in by password on a PC: there the PIN works for some days, until wrong ones end it."""

    __tablename__ = "known_here"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    signed_in_at: Mapped[datetime]
    """The latest sign-in by password on this PC."""
    pin_failures: Mapped[int] = mapped_column(sa.Integer)
    """Wrong PINs since then; five end the PIN until the next sign-in by password."""
