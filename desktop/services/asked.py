"""Questions about some rows that acts ask again and again: worded once, so that an act pays for the answer only.

Wording a statement, finding its compiled form and spreading a list over its marks take the program ten times as long as
SQLite takes to answer. `Asked` keeps a form for one row, which is what a desk asks mostly, and for two, four, eight …
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

CHUNK = 512
"""So many ids in one statement at most."""
_SIZES = [2**n for n in range(10)]
"""So few forms that engine, driver and database keep each of them ready."""

OneOf = Callable[[Any], sa.ColumnElement[bool]]
"""A column that is to hold one of the ids."""


class Asked:
    """A statement about the rows of some ids.

    PAID = Asked(lambda one_of: sa.select(Allocation.amount).where(one_of(Allocation.bill_id)))
    PAID.rows(connection, bill_ids)

    Asked of a connection rather than a session: changed rows that wait in the session are not written first.
    """

    def __init__(self, word: Callable[[OneOf], sa.Executable]) -> None:
        self._word = word
        self._forms: dict[int, tuple[sa.Executable, Sequence[str]]] = {}

    # Worded when first asked: by then every table is loaded, and a key to another table knows its type.

    def _form(self, count: int) -> tuple[sa.Executable, Sequence[str]]:
        """The statement about so many ids, and what they are called in it."""
        if count not in self._forms:
            names = [f"id_{n}" for n in range(count)]

            def one_of(column: Any) -> sa.ColumnElement[bool]:
                marks = [sa.bindparam(name, type_=column.type) for name in names]
                found: sa.ColumnElement[bool] = column == marks[0] if count == 1 else column.in_(marks)
                return found

            self._forms[count] = self._word(one_of), names
        return self._forms[count]

    def _parts(self, ids: Collection[Any], values: dict[str, Any]) -> Iterator[tuple[sa.Executable, dict[str, Any]]]:
        every = list(ids)
        for start in range(0, len(every), CHUNK):
            part = every[start : start + CHUNK]
            statement, names = self._form(next(size for size in _SIZES if size >= len(part)))
            # The marks that are left over ask for the last one again.
            yield statement, dict(zip_longest(names, part, fillvalue=part[-1])) | values

    def rows(self, connection: Connection | Session, ids: Collection[Any], **values: Any) -> Sequence[Any]:
        """What is found, in the statement's order; beyond CHUNK ids the order holds within each chunk of them."""
        return [row for parts in self._parts(ids, values) for row in connection.execute(*parts)]

    def objects(self, session: Session, ids: Collection[Any], **values: Any) -> list[Any]:
        """The rows themselves, to be changed."""
        return [row[0] for row in self.rows(session, ids, **values)]

    def do(self, connection: Connection, ids: Collection[Any], **values: Any) -> None:
        """The same for a statement that answers nothing (a delete)."""
        for parts in self._parts(ids, values):
            connection.execute(*parts)
