"""The kinds of columns: each rule of storage is written once, with its form on the wire beside it.

To add a kind: a TypeDecorator with `to_wire` and `from_wire`, so that an op means the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol, cast
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from desktop.ids import id_of_bytes, id_of_hex
from desktop.models.values import Money

NUMBER_END = "substr(number, length(number) - 3)"
"""The last four characters of a number, for the index by which people find a paper: they read out its end."""
NUMBER_BY_POINT = 'number COLLATE "C"'
"""A number in the order of its code points: on PostgreSQL only such an index serves a range of beginnings."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Wired(Protocol):
    """A column type that knows its form in an op."""

    def to_wire(self, value: Any) -> Any: ...
    def from_wire(self, value: Any) -> Any: ...


class Uuid16(TypeDecorator[UUID]):
    """A UUID: BLOB(16) on SQLite, uuid on PostgreSQL. Never text."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        if value is None or isinstance(value, UUID):
            return value
        return id_of_bytes(value)

    def to_wire(self, value: UUID) -> str:
        return value.hex

    def from_wire(self, value: str) -> UUID:
        return id_of_hex(value)


class Fen(TypeDecorator[Money]):
    """Money as integer fen (BIGINT)."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.fen

    def process_result_value(self, value: Any, dialect: Dialect) -> Money | None:
        return None if value is None else Money(int(value))

    def to_wire(self, value: Money) -> int:
        return value.fen

    def from_wire(self, value: int) -> Money:
        return Money(value)


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal with a fixed number of places, kept as an integer. SQLite's NUMERIC would be a float: never."""

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def __repr__(self) -> str:
        return f"Scaled({self.places})"

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} places")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places)

    def to_wire(self, value: Decimal) -> int:
        return cast(int, self.process_bind_param(value, cast(Dialect, None)))

    def from_wire(self, value: int) -> Decimal:
        return Decimal(value).scaleb(-self.places)


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: microseconds since 1970 on SQLite, timestamptz on PostgreSQL. Naive times are refused."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        if dialect.name == "postgresql":
            return value
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=int(value))

    def to_wire(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def from_wire(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class Day(TypeDecorator[date]):
    """A business date, ISO 8601 on the wire."""

    impl = sa.Date
    cache_ok = True

    def to_wire(self, value: date) -> str:
        return value.isoformat()

    def from_wire(self, value: str) -> date:
        return date.fromisoformat(value)


class Word(TypeDecorator[StrEnum]):
    """One word of a StrEnum, kept as text so that a new word needs no migration."""

    impl = sa.String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(40)
        self.words = words
        self._found = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        # A look-up: calling the enum takes twenty times as long, and a board of 5,000 rooms does it 10,000 times.
        return None if value is None else self._found.get(value) or self.words(value)

    def to_wire(self, value: StrEnum) -> str:
        return str(value.value)

    def from_wire(self, value: str) -> StrEnum:
        return self.words(value)


class Sealed(TypeDecorator[bytes]):
    """Ciphertext made by the Vault for exactly this table, column and row. Plain text is refused."""

    impl = sa.LargeBinary
    cache_ok = True
    secret: ClassVar[bool] = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is not None and (not isinstance(value, bytes) or len(value) < 32):
            raise TypeError("a sealed column takes ciphertext of the Vault only")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else bytes(value)

    def to_wire(self, value: bytes) -> dict[str, str]:
        return {"$c": base64.urlsafe_b64encode(value).decode()}

    def from_wire(self, value: dict[str, str]) -> bytes:
        return base64.urlsafe_b64decode(value["$c"])


class Digest(TypeDecorator[bytes]):
    """Raw bytes that are no secret: hashes, blind indexes, signatures, public keys."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else bytes(value)

    def to_wire(self, value: bytes) -> dict[str, str]:
        return {"$b": base64.urlsafe_b64encode(value).decode()}

    def from_wire(self, value: dict[str, str]) -> bytes:
        return base64.urlsafe_b64decode(value["$b"])


class Json(TypeDecorator[Any]):
    """A small JSON value in canonical text (sorted keys), so that equal values have equal digests on both engines."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)

    def to_wire(self, value: Any) -> Any:
        return value

    def from_wire(self, value: Any) -> Any:
        return value


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value that is hashed and compared."""
    return msgspec.json.encode(value, order="sorted")


def wire_form(column: sa.Column[Any]) -> Callable[[Any], Any] | None:
    """What turns a column's values into the form of an op; None: they are in it already. For many values at once."""
    return getattr(column.type, "to_wire", None)


def to_wire(column: sa.Column[Any], value: Any) -> Any:
    """A column's Python value in the form of an op; None stays null."""
    if value is None:
        return None
    convert = wire_form(column)
    return value if convert is None else convert(value)


def from_wire(column: sa.Column[Any], value: Any) -> Any:
    """The inverse of `to_wire`."""
    if value is None:
        return None
    convert = getattr(column.type, "from_wire", None)
    return value if convert is None else convert(value)
