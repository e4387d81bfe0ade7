"""The index behind the search box: every name and plate in pieces, kept in the act that writes them, compared by
`office check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from desktop.models.base import table_of
from desktop.models.parties import Party, Vehicle
from desktop.models.search import FTS_TABLE, SearchText
from desktop.services.bulk import insert_tuples
from desktop.services.folding import LAST, Searched, fold, pieces, tokens, wanted_pieces, wanted_tokens
from desktop.services.quick import KeptId, Quick

CHUNK = 500
_SOURCES = {Searched.PARTY: (Party.id, Party.name), Searched.VEHICLE: (Vehicle.id, Vehicle.plate)}
_TABLE = table_of(SearchText)
_COLUMNS = ["kind", "row_id", "folded", "pieces"]


# ---- keeping it ----------------------------------------------------------------------------------------------------


def add_texts(connection: Connection, kind: Searched, texts: Iterable[tuple[UUID, str]]) -> None:
    """Make new names or plates findable: (id, text)."""
    cut = pieces if connection.dialect.name == "postgresql" else tokens
    folded = [(row_id, fold(text)) for row_id, text in texts]
    rows = [(kind.value, row_id, text, cut(kind, text)) for row_id, text in folded if text]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        insert_tuples(connection, _TABLE, _COLUMNS, rows)
        return
    # The act holds SQLite's write lock: whatever comes after the highest number of now is ours.
    before = connection.exec_driver_sql("SELECT coalesce(max(lid), 0) FROM search_text").scalar_one()
    insert_tuples(connection, _TABLE, _COLUMNS, rows)
    connection.exec_driver_sql(
        f"INSERT INTO {FTS_TABLE} (rowid, pieces) SELECT lid, pieces FROM search_text WHERE lid > ?", (before,)
    )


def refresh_texts(connection: Connection, kind: Searched, ids: Iterable[UUID]) -> None:
    """Bring what is found of these parties or vehicles in step with what they are called now."""
    key, text = _SOURCES[kind]
    for chunk in _chunks(ids):
        _forget(connection, chunk)
        rows = connection.execute(sa.select(key, text).where(key.in_(chunk)))
        add_texts(connection, kind, [(row[0], row[1]) for row in rows])


def _forget(connection: Connection, ids: Sequence[UUID]) -> None:
    if connection.dialect.name == "sqlite":
        # FTS5 over a table of ours takes away what it is told was there, so it is told before the rows go.
        marks, keys = ", ".join("?" * len(ids)), tuple(row_id.bytes for row_id in ids)
        connection.exec_driver_sql(
            f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, pieces)"
            f" SELECT 'delete', lid, pieces FROM search_text WHERE row_id IN ({marks})",
            keys,
        )
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.row_id.in_(ids)))


def rebuild_texts(connection: Connection) -> None:
    """Make the whole index anew; also for an office that had none."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}) VALUES ('delete-all')")
    connection.execute(sa.delete(_TABLE))
    for kind, (key, text) in _SOURCES.items():
        rows = [(row[0], row[1]) for row in connection.execute(sa.select(key, text).order_by(key))]
        add_texts(connection, kind, rows)


def text_drift(connection: Connection) -> list[str]:
    """Where the index differs from the names and plates; empty in a sound office."""
    server = connection.dialect.name == "postgresql"
    wanted = {}
    for kind, (key, text) in _SOURCES.items():
        for row_id, name in connection.execute(sa.select(key, text)):
            if folded := fold(name):
                cut = pieces(kind, folded) if server else tokens(kind, folded)
                wanted[row_id] = (kind.value, folded, cut)
    columns = (_TABLE.c.row_id, _TABLE.c.kind, _TABLE.c.folded, _TABLE.c.pieces)
    kept = {row[0]: (row[1], row[2], row[3]) for row in connection.execute(sa.select(*columns))}
    wrong = {row_id for row_id in wanted.keys() | kept.keys() if wanted.get(row_id) != kept.get(row_id)}
    found = [f"search_text {row_id}" for row_id in sorted(wrong)]
    return found if server else found + [f"{FTS_TABLE} {lid}" for lid in sorted(_fts_drift(connection))]


def _fts_drift(connection: Connection) -> set[int]:
    """Rows whose tokens in the FTS5 table are not those of search_text. Reads all of it, writes nothing."""
    vocabulary = "temp.search_fts_vocabulary"
    # A view of the connection's own, gone with the transaction or the connection: the office's file is not written.
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {vocabulary} USING fts5vocab(main, {FTS_TABLE}, instance)"
    )
    indexed = {(doc, term) for doc, term in connection.exec_driver_sql(f"SELECT doc, term FROM {vocabulary}")}
    kept = connection.exec_driver_sql("SELECT lid, pieces FROM search_text")
    wanted = {(lid, token) for lid, words in kept for token in words.split()}
    return {lid for lid, _ in wanted ^ indexed}


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    every = sorted(set(ids))
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


# ---- asking it -----------------------------------------------------------------------------------------------------


def find_texts(connection: Connection, kind: Searched, text: str, most: int) -> list[KeptId]:
    """Parties or vehicles called so: first those whose name begins with the text, then those that contain it.

    Of the same name the one registered last comes first.
    """
    folded = fold(text)
    if not folded:
        return []
    found = dict.fromkeys(_BEGINNING.first(connection, kind=kind.value, folded=folded, end=folded + LAST, most=most))
    if len(found) < most:
        found |= dict.fromkeys(find_containing(connection, kind, text, most))
    return list(found)[:most]


def find_containing(connection: Connection, kind: Searched, text: str, most: int) -> list[KeptId]:
    """Parties or vehicles whose name or plate has the text somewhere in it."""
    folded = fold(text)
    if not folded:
        return []
    return _CONTAINING.first(connection, pieces=_wanted(connection, kind, folded), folded=folded, most=most)


def called(connection: Connection, kind: Searched, text: str) -> Any:
    """Ids of all parties or vehicles called so, as a part of another query: `Party.id.in_(called(…))`."""
    folded = fold(text)
    if not folded:
        return sa.select(_TABLE.c.row_id).where(sa.false())
    query = _containing(_TABLE.c.row_id, connection.dialect.name == "postgresql").order_by(None)
    return query.params(pieces=_wanted(connection, kind, folded), folded=folded)


def _containing(row_id: Any, server: bool) -> Any:
    folded = sa.bindparam("folded", type_=sa.Text)
    nothing: sa.ColumnElement[int] = sa.literal_column("0")
    if server:
        pieces = sa.bindparam("pieces", type_=postgresql.ARRAY(sa.Text))
        has_all = _TABLE.c.pieces.op("@>")(pieces)
        return sa.select(row_id).where(has_all, sa.func.strpos(_TABLE.c.folded, folded) > nothing)
    return (
        sa.select(row_id)
        .select_from(_FTS.join(_TABLE, _TABLE.c.lid == _FTS.c.rowid))
        # All pairs of 公司公 are in 公公司: the text itself decides.
        .where(
            _FTS.c[FTS_TABLE].op("MATCH")(sa.bindparam("pieces", type_=sa.Text)),
            sa.func.instr(_TABLE.c.folded, folded) > nothing,
        )
        .order_by(_FTS.c.rowid.desc())
    )


def _wanted(connection: Connection, kind: Searched, folded: str) -> list[str] | str:
    return (wanted_pieces if connection.dialect.name == "postgresql" else wanted_tokens)(kind, folded)


_FTS = sa.table(FTS_TABLE, sa.column("rowid"), sa.column(FTS_TABLE))
_MOST = sa.bindparam("most", type_=sa.Integer)
_CONTAINING = Quick(lambda q: _containing(q.kept(_TABLE.c.row_id), q.server).limit(_MOST))
_BEGINNING = Quick(
    lambda q: (
        sa.select(q.kept(_TABLE.c.row_id))
        .where(
            _TABLE.c.kind == sa.bindparam("kind", type_=sa.String),
            _TABLE.c.folded >= sa.bindparam("folded", type_=sa.Text),
            _TABLE.c.folded < sa.bindparam("end", type_=sa.Text),
        )
        .order_by(_TABLE.c.folded, _TABLE.c.row_id.desc())
        .limit(_MOST)
    )
)


# ---- numbers of papers ---------------------------------------------------------------------------------------------


def number_ends(number: Any, wanted: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Whether a number ends in `wanted`, four characters or more: by the index on its last four, then the whole end."""
    last = sa.func.substr(number, sa.func.length(number) - sa.literal_column("3"))
    whole = sa.func.substr(number, sa.func.length(number) - sa.func.length(wanted) + sa.literal_column("1"))
    return sa.and_(last == sa.func.substr(wanted, sa.func.length(wanted) - sa.literal_column("3")), whole == wanted)
