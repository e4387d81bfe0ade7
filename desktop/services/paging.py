"""One page of a long list, by key: the neighbouring row says where to go on, an offset only serves a dragged bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows: `limit` from `offset` (0-based); `after` or `before` is the neighbour's id when it is known."""

    offset: int
    limit: int
    after: UUID | None = None
    before: UUID | None = None
    descending: bool = False

    def turned(self, *, descending: bool) -> Span:
        """The same rows in another direction: for an order that a list has by itself."""
        return replace(self, descending=descending)


def ids_of_page(session: Session, query: sa.Select[Any], columns: Sequence[Any], span: Span) -> list[UUID]:
    """The ids of one page of a query that is filtered and joined but in no order; the last of `columns` is the id.

    What the neighbour is sorted by is asked anew, so a row that changed in between cannot lead astray; when it has left
    the list, the offset serves.
    """
    neighbour = span.after or span.before
    place = None
    if neighbour is not None:
        place = session.execute(query.with_only_columns(*columns).where(columns[-1] == neighbour).limit(1)).first()
    backwards = place is not None and span.after is None
    down = span.descending != backwards
    found = query.with_only_columns(columns[-1]).order_by(*(each.desc() if down else each.asc() for each in columns))
    if place is None:
        found = found.offset(span.offset)
    else:
        there = sa.tuple_(*(sa.literal(value, each.type) for value, each in zip(place, columns, strict=True)))
        here = sa.tuple_(*columns)
        found = found.where(here < there if down else here > there)
    ids = list(session.scalars(found.limit(span.limit)))
    return ids[::-1] if backwards else ids


def like(text: str) -> str:
    """Text typed by a person as it stands in a LIKE pattern with escape "\\"."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
