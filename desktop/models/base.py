"""What every table shares, and how a table says what it is to sync, to the guards and to erasure.

To add a table: choose a base (Profile, Ledger, Local, Derived),
name its aggregate root in `__part_of__` if it lives and
dies inside one, import it in `tables.py`, write the migration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from desktop.models.columns import Day, Fen, Instant, Sealed, Uuid16
from desktop.models.values import Money

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Nature(StrEnum):
    """What a table is to the rest of the system."""

    PROFILE = "profile"
    """Facts that people edit: synced field by field, last writer wins."""
    LEDGER = "ledger"
    """What happened: inserted once, never updated or deleted (triggers on both engines)."""
    LOCAL = "local"
    """This office's own bookkeeping: never synced."""
    DERIVED = "derived"
    """Computed from the others in the same transaction; can be rebuilt at any time."""


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid16(),
        Money: Fen(),
        datetime: Instant(),
        date: Day(),
        str: sa.Text(),
        int: sa.BigInteger(),
    }

    __nature__: ClassVar[Nature]
    __part_of__: ClassVar[tuple[str, str] | None] = None
    """(root table, column pointing at it): rows made together with their root travel in one op. "*": the root is the
    table that the row itself names in `subject_table`."""
    __machine__: ClassVar[str | None] = None
    """The declared machine (services.transitions) that `state` of this table follows."""


class Keyed:
    """An id made before the row exists, and the project it belongs to."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    """The staff member; NULL for the program itself (first start, migration, reminder engine)."""


class Profile(Keyed, Base):
    """A row that people edit."""

    __abstract__ = True
    __nature__ = Nature.PROFILE

    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """Tombstone; a later edit brings the row back."""
    version: Mapped[int] = mapped_column(sa.Integer)
    """Local optimistic locking; never synced."""

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        return {"version_id_col": cls.version}


class Ledger(Keyed, Base):
    """A row that is only ever inserted."""

    __abstract__ = True
    __nature__ = Nature.LEDGER


class Meets:
    """A row that may meet another with the same key when offices hear of each other: both are kept, and told of.

    Unique keys of such a table end with `arrived`, so they hold among the rows that were written here.
    """

    arrived: Mapped[int] = mapped_column(default=0, server_default="0")
    """0: written here, and by nobody else since. Else a number of the row's own. Never synced."""


class Local(Base):
    """A row of this office database alone."""

    __abstract__ = True
    __nature__ = Nature.LOCAL


class Derived(Base):
    """A row that can be computed again."""

    __abstract__ = True
    __nature__ = Nature.DERIVED


def models() -> Iterator[type[Base]]:
    """Every mapped class, sorted by table name."""
    yield from sorted((m.class_ for m in Base.registry.mappers), key=lambda c: c.__tablename__)


def model_of(table: str) -> type[Base]:
    """The class of a table name; KeyError when there is none."""
    if not _by_table:
        _by_table.update({m.__tablename__: m for m in models()})
    return _by_table[table]


_by_table: dict[str, type[Base]] = {}

UNSYNCED_COLUMNS = frozenset({"version", "arrived"})


def synced_columns(model: type[Base]) -> list[sa.Column[Any]]:
    """The columns of a synced table that travel, in their declared order."""
    return [c for c in table_of(model).columns if c.name not in UNSYNCED_COLUMNS]


def table_of(model: type[Base]) -> sa.Table:
    """The table of a class, typed as one."""
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def owner_of(model: type[Base], values: Mapping[str, Any]) -> tuple[str, Any] | None:
    """(table, id) of what a row lives and dies inside, its values as stored or as they travel; None: it is a root."""
    if model.__part_of__ is None:
        return None
    root, column = model.__part_of__
    return (values["subject_table"] if root == "*" else root), values[column]


def depth_of(model: type[Base]) -> int:
    """How many steps a table lies beneath the root of its aggregate: a bill 0, its journal entry 1, a posting 2."""
    if model.__part_of__ is None:
        return 0
    root = model.__part_of__[0]
    return 1 if root == "*" else 1 + depth_of(model_of(root))


def sealed_columns(model: type[Base]) -> list[str]:
    """Names of the encrypted columns of a table."""
    return [c.name for c in table_of(model).columns if isinstance(c.type, Sealed)]
