"""What the search box looks through: names and plates in the form in which they are compared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from desktop.models.base import Derived

C_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that is compared by its code points: a range of beginnings is then served by an index, whatever the server's
language is, and an index does not break when the system's collations change."""


class Pieces(TypeDecorator[Any]):
    """Pieces of a text: an array for GIN on PostgreSQL, the tokens of an FTS5 table on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(sa.Text(collation="C")))
        return dialect.type_descriptor(sa.Text())


class SearchText(Derived):
    """A name or plate with its pieces; any part of it is found through them (services.folding)."""

    __tablename__ = "search_text"
    __table_args__ = (
        sa.Index("ix_search_text_folded", "kind", "folded", sa.desc("row_id")),
        # Without the list of pieces still to be sorted in: a search would read it through until the next vacuum.
        sa.Index(
            "ix_search_text_pieces", "pieces", postgresql_using="gin", postgresql_with={"fastupdate": "off"}
        ).ddl_if(dialect="postgresql"),
    )

    lid: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    """What the FTS5 table knows the row by. The hidden row numbers of a table with another key change when SQLite
    writes the database anew (VACUUM INTO, so every backup); this one stays."""
    kind: Mapped[str] = mapped_column(sa.String(1))
    """A `folding.Searched`."""
    row_id: Mapped[UUID] = mapped_column(unique=True)
    folded: Mapped[str] = mapped_column(C_TEXT)
    pieces: Mapped[Any] = mapped_column(Pieces)


FTS_TABLE = "search_fts"
"""The FTS5 table over `search_text.pieces`, on SQLite only; its rows are kept by `services.derived`."""
CREATE_FTS = (
    f"CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5(pieces, content='search_text', content_rowid='lid',"
    " tokenize='ascii', detail=none, columnsize=0, prefix='5')"
)
