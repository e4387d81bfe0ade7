"""Turns what databases raise into the three kinds of trouble, so that no service or page knows a driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy.exc
from sqlalchemy.orm.exc import StaleDataError

from desktop.services.errors import DatabaseBusy, DatabaseGone, DiskFull, DomainError, RowChanged


class RoomTaken(DomainError):
    """Another lease holds the room on these days; found by the guard of the database itself."""

    def __init__(self, message: str = "这间房在这段日期内刚被别人租出：换房或改起租日") -> None:
        super().__init__(message, "room")


@contextmanager
def translated() -> Iterator[None]:
    """Raise our own kinds of trouble in place of the driver's; bugs pass through unchanged."""
    try:
        yield
    except StaleDataError as error:
        raise RowChanged({}, {}) from error
    except sqlalchemy.exc.DBAPIError as error:
        gone = error.connection_invalidated
        known = DatabaseGone(type(error.orig).__name__) if gone else _known(error.orig)
        if known is None:
            raise
        raise known from error
    except Exception as error:
        # COPY goes past SQLAlchemy: psycopg's own errors come as they are.
        known = _known(error) if type(error).__module__.startswith("psycopg") else None
        if known is None:
            raise
        raise known from error


def _known(error: BaseException | None) -> Exception | None:
    """What a driver's error means for the desk; None: a bug of ours, or a constraint that the services know."""
    text, module = str(error), type(error).__module__
    if "anju:room_taken" in text:
        return RoomTaken()
    if module.startswith("sqlite3"):
        if "locked" in text or "busy" in text:
            return DatabaseBusy()
        if "full" in text or "disk I/O" in text or "readonly" in text:
            return DiskFull()
        if "unable to open" in text or "not a database" in text or "malformed" in text:
            return DatabaseGone(text)
        return None
    state = getattr(error, "sqlstate", None) or ""
    if state in ("40P01", "55P03", "57014", "40001"):
        return DatabaseBusy()
    if state.startswith("53"):
        return DiskFull()
    if state.startswith(("08", "57P")) or (not state and type(error).__name__ == "OperationalError"):
        return DatabaseGone(type(error).__name__)
    return None
