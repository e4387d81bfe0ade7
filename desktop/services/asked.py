"""Questions about some rows that acts ask again and again: worded once, so that an act pays for the answer only.

Wording a statement, finding its compiled form and spreading a list over its marks take the program ten times as long as
SQLite takes to answer. `Asked` keeps two forms: about one row, which is what a desk asks, and about several.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

CHUNK = 500
"""So many ids in one statement at most: the same few forms are kept ready by engine and driver."""

OneOf = Callable[[Any], sa.ColumnElement[bool]]
"""A column that is to hold one of the ids."""


class Asked:
    """A statement about the rows of some ids.

    PAID = Asked(lambda one_of: sa.select(Allocation.amount).where(one_of(Allocation.bill_id)))
    PAID.rows(connection, bill_ids)

    Asked of a connection rather than a session: changed rows that wait in the session are not written first.
    """

    def __init__(self, word: Callable[[OneOf], sa.Executable]) -> None:
        self._one = word(lambda column: column == sa.bindparam("ids", type_=column.type))
        self._several = word(lambda column: column.in_(sa.bindparam("ids", expanding=True)))

    def rows(self, connection: Connection | Session, ids: Collection[Any], **values: Any) -> Sequence[Any]:
        """What is found, in the statement's order; beyond CHUNK ids the order holds within each chunk of them."""
        if len(ids) == 1:
            return connection.execute(self._one, {"ids": next(iter(ids)), **values}).all()
        if len(ids) <= CHUNK:
            return connection.execute(self._several, {"ids": list(ids), **values}).all() if ids else []
        every = list(ids)
        return [
            row
            for start in range(0, len(every), CHUNK)
            for row in connection.execute(self._several, {"ids": every[start : start + CHUNK], **values}).all()
        ]

    def objects(self, session: Session, ids: Collection[Any], **values: Any) -> list[Any]:
        """The rows themselves, to be changed."""
        return [row[0] for row in self.rows(session, ids, **values)]

    def do(self, connection: Connection, ids: Collection[Any], **values: Any) -> None:
        """The same for a statement that answers nothing (a delete)."""
        every = list(ids)
        for start in range(0, len(every), CHUNK):
            part = every[start : start + CHUNK]
            if len(part) == 1:
                connection.execute(self._one, {"ids": part[0], **values})
            else:
                connection.execute(self._several, {"ids": part, **values})
