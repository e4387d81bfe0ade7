"""One page of a long list, by key: the nearest known row says where to go on; an offset counts from the nearer end, and
only serves a dragged bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

EXACT_TO = 10_000
"""Beyond so many rows a list says 「10,000+」 instead of counting them all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows there are; `exact` False: these and more."""

    rows: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows: `limit` from `offset` (0-based).

    `after` or `before` is the id of the nearest known row, and `skip` how many rows lie between it and the page;
    `left` is how many rows follow the page, negative where it reaches beyond the last, None while nobody has counted.
    """

    offset: int
    limit: int
    after: UUID | None = None
    before: UUID | None = None
    descending: bool = False
    skip: int = 0
    left: int | None = None

    @property
    def at_top(self) -> bool:
        """The first rows there are, whatever they are."""
        return self.offset == 0 and self.after is None and self.before is None

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
    # Without a neighbour the rows are counted from the end that is nearer: a jump to the last page reads that page.
    from_end = place is None and span.left is not None and max(0, span.left) < span.offset
    backwards = from_end or (place is not None and span.after is None)
    down = span.descending != backwards
    found = in_order(query.with_only_columns(columns[-1]), columns, down=down)
    limit = span.limit
    if place is not None:
        there = sa.tuple_(*(sa.literal(value, each.type) for value, each in zip(place, columns, strict=True)))
        here = sa.tuple_(*columns)
        found = found.where(here < there if down else here > there).offset(span.skip or None)
    elif from_end:
        assert span.left is not None
        limit = max(0, span.limit + min(0, span.left))
        found = found.offset(max(0, span.left) or None)
    else:
        found = found.offset(span.offset or None)
    ids = list(session.scalars(found.limit(limit)))
    return ids[::-1] if backwards else ids


def in_order(query: sa.Select[Any], columns: Sequence[Any], *, down: bool) -> sa.Select[Any]:
    """A query sorted by all of the columns, up or down."""
    return query.order_by(*(each.desc() if down else each.asc() for each in columns))


def counted_to(session: Session, query: sa.Select[Any], most: int = EXACT_TO) -> Counted:
    """How many rows a query finds, counted no further than `most`."""
    seen = query.order_by(None).limit(most + 1).subquery()
    rows = session.scalar(sa.select(sa.func.count()).select_from(seen)) or 0
    return Counted(min(rows, most), rows <= most)


def like(text: str) -> str:
    """Text typed by a person as it stands in a LIKE pattern with escape "\\"."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
