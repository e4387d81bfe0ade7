"""The office itself: organisation and project, its desks, its devices and the keys wrapped for them, this
database's node."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local, Meets, Profile
from desktop.models.columns import Digest


class Project(Profile):
    """A project 项目: the unit of isolation and of keys. Its id is the project_id of every row."""

    __tablename__ = "project"

    organisation: Mapped[str]
    """The company that lets the rooms, as printed on leases and receipts."""
    organisation_code: Mapped[str | None]
    """统一社会信用代码, 18 characters."""
    name: Mapped[str]
    code: Mapped[str]
    """Two to six letters or digits; goes into every number."""
    address: Mapped[str | None]
    phone: Mapped[str | None]
    """The office's own telephone, public: it stands on paper."""
    demo: Mapped[bool] = mapped_column(default=False)
    """An invented office: role buttons on the sign-in page, password "demo"."""


class Desk(Meets, Profile):
    """A cash position 前台 with its own unbroken numbers."""

    __tablename__ = "desk"
    __table_args__ = (sa.UniqueConstraint("project_id", "code", "arrived"),)

    name: Mapped[str]
    code: Mapped[str]
    """One or two characters, part of every number this desk issues: A, B, …"""


class Device(Profile):
    """A PC and Windows user 终端 that may open this office."""

    __tablename__ = "device"

    name: Mapped[str]
    desk_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("desk.id"))
    signing_key: Mapped[bytes] = mapped_column(Digest)
    """Ed25519 public key: checks the signature of every act this device made."""
    wrapping_key: Mapped[bytes] = mapped_column(Digest)
    """X25519 public key: project keys are wrapped for it."""
    approved_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    vouch: Mapped[bytes | None] = mapped_column(Digest)
    """Made with the project's keys: another database of the project believes the first act of a PC by it."""


class OfficeKeyWrap(Local):
    """The project's keys, wrapped for one device or by the recovery code."""

    __tablename__ = "office_key_wrap"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID | None]
    """NULL: wrapped by the recovery code."""
    wrapped: Mapped[bytes] = mapped_column(Digest)
    created_at: Mapped[datetime]


class DeviceRequest(Local):
    """A PC that asks to be let in 终端申请: its public keys, waiting for an administrator on a running PC."""

    __tablename__ = "device_request"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The device's own id."""
    name: Mapped[str]
    """What the PC calls itself, shown beside the six digits that are compared."""
    desk: Mapped[str]
    """The desk it wants to be."""
    signing_key: Mapped[bytes] = mapped_column(Digest)
    wrapping_key: Mapped[bytes] = mapped_column(Digest)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    """NULL while nobody has answered."""


class Node(Local):
    """This incarnation of the office database: one row."""

    __tablename__ = "node"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    node_id: Mapped[UUID]
    project_id: Mapped[UUID]
    schema_rev: Mapped[int] = mapped_column(sa.Integer)
    opened_at: Mapped[datetime]
    hlc: Mapped[str] = mapped_column(sa.String(24))
    """The highest clock this node gave or saw."""
    enrolled_at: Mapped[datetime | None]
    """NULL: the office never met a head office; number blocks are granted by itself."""
