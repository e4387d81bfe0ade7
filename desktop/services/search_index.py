"""The index behind the search box: every name, plate and order in pieces, kept in the act that writes them, compared
by `office check`."""

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
from desktop.models.work_orders import WorkOrder
from desktop.services.bulk import insert_tuples
from desktop.services.folding import (
    LAST,
    Searched,
    fold,
    folded_of,
    number_end,
    pieces,
    tokens,
    wanted_pieces,
    wanted_tokens,
)
from desktop.services.quick import KeptId, Quick, Rows

CHUNK = 500
_BLANK, _NOTHING = sa.literal(" "), sa.literal("")
_ORDER = (
    WorkOrder.number + _BLANK + WorkOrder.summary + _BLANK
    + sa.func.coalesce(WorkOrder.facility, _NOTHING) + _BLANK + sa.func.coalesce(WorkOrder.place, _NOTHING)
)  # fmt: skip
_SOURCES: dict[Searched, tuple[Any, Any]] = {
    Searched.PARTY: (Party.id, Party.name),
    Searched.VEHICLE: (Vehicle.id, Vehicle.plate),
    Searched.ORDER: (WorkOrder.id, _ORDER),
}
_TABLE = table_of(SearchText)
_COLUMNS = ["kind", "row_id", "folded", "pieces"]


# ---- keeping it ----------------------------------------------------------------------------------------------------


def add_texts(connection: Connection, kind: Searched, texts: Iterable[tuple[UUID, str]]) -> None:
    """Make new names, plates or orders findable: (id, text)."""
    cut = pieces if connection.dialect.name == "postgresql" else tokens
    folded = [(row_id, folded_of(kind, text)) for row_id, text in texts]
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
    """Bring what is found of these parties, vehicles or orders in step with what they are called now."""
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
            if folded := folded_of(kind, name):
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
    return [row[0] for row in ask_containing(connection, kind, text, most)()]


def ask_containing(connection: Connection, kind: Searched, text: str, most: int) -> Rows:
    """`find_containing`, asked now and read later; rows of one KeptId each."""
    folded = fold(text)
    if not folded:
        return list
    return _CONTAINING.ask(connection, pieces=_wanted(connection, kind, folded), folded=folded, most=most)


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


# ---- orders ---------------------------------------------------------------------------------------------------------


def find_orders(connection: Connection, text: str, most: int) -> list[KeptId]:
    """Orders by the beginning of their number, its last four and more, or what is broken and where; the latest first.
    Two characters and more: one is in every third order."""
    folded = fold(text)
    if len(folded) < _SHORTEST:
        return []
    found: dict[KeptId, None] = {}
    if folded.isascii():
        if len(folded) >= _LAST and folded[-_LAST:].isdigit():
            found |= dict.fromkeys(_holding(connection, number_end(folded), folded + " ", most))
        if not folded.isdigit() and any(character.isdigit() for character in folded):
            found |= dict.fromkeys(_NUMBERED.first(connection, folded=folded, end=folded + LAST, most=most))
    if len(found) < most:
        found |= dict.fromkeys(_holding(connection, "", folded, most))
    return list(found)[:most]


def _holding(connection: Connection, end: str, folded: str, most: int) -> list[KeptId]:
    """The latest orders with a text in them, or with a number that ends so."""
    server = connection.dialect.name == "postgresql"
    if not server:
        wanted: Any = end or wanted_tokens(Searched.ORDER, folded)
        return _CONTAINING.first(connection, pieces=wanted, folded=folded, most=most)
    # Its index has no order. What is common stands often enough among the last few thousand; of what is rarer all are
    # sorted; what is common and long ago is met by going backwards.
    if not end and len(found := _LAST_ORDERS.first(connection, folded=folded, most=most)) >= most:
        return found
    rows = _SOME_ORDERS.rows(connection, pieces=[end] if end else wanted_pieces(Searched.ORDER, folded), folded=folded)
    if rows and rows[0].found >= _MANY:
        return _LATEST_ORDERS.first(connection, folded=folded, most=most)
    return [row[0] for row in rows[:most]]


_SHORTEST, _LAST, _MANY = 2, 4, 20_000
_FEW_THOUSAND = 5_000
_NUMBERED = Quick(
    lambda q: (
        sa.select(q.kept(_TABLE.c.row_id))
        .where(
            _TABLE.c.kind == sa.literal_column(f"'{Searched.ORDER}'"),
            _TABLE.c.folded >= sa.bindparam("folded", type_=sa.Text),
            _TABLE.c.folded < sa.bindparam("end", type_=sa.Text),
        )
        .order_by(_TABLE.c.folded.desc())
        .limit(_MOST)
    )
)


def _some_orders(row_id: Any) -> Any:
    """The latest of all that hold some pieces, with how many there are."""
    first = (
        sa.select(row_id, _TABLE.c.lid)
        .where(
            _TABLE.c.pieces.op("@>")(sa.bindparam("pieces", type_=postgresql.ARRAY(sa.Text))),
            sa.func.strpos(_TABLE.c.folded, sa.bindparam("folded", type_=sa.Text)) > sa.literal_column("0"),
        )
        .limit(sa.literal_column(str(_MANY)))
        .subquery()
    )
    return (
        sa.select(first.c[0], sa.func.count().over().label("found"))
        .order_by(first.c.lid.desc())
        .limit(sa.literal_column("100"))
    )


_SOME_ORDERS = Quick(lambda q: _some_orders(q.kept(_TABLE.c.row_id)))


def _backwards(row_id: Any, *more: Any) -> Any:
    return (
        sa.select(row_id)
        .where(
            _TABLE.c.kind == sa.literal_column(f"'{Searched.ORDER}'"),
            sa.func.strpos(_TABLE.c.folded, sa.bindparam("folded", type_=sa.Text)) > sa.literal_column("0"),
            *more,
        )
        .order_by(_TABLE.c.lid.desc())
        .limit(_MOST)
    )


_LATEST_ORDERS = Quick(lambda q: _backwards(q.kept(_TABLE.c.row_id)))
_NEWEST = sa.select(sa.func.max(_TABLE.c.lid)).scalar_subquery()
_LAST_ORDERS = Quick(
    lambda q: _backwards(
        q.kept(_TABLE.c.row_id), _TABLE.c.lid > _NEWEST - sa.literal_column(str(_FEW_THOUSAND), sa.BigInteger)
    )
)


# ---- numbers of papers ---------------------------------------------------------------------------------------------


def number_ends(number: Any, wanted: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Whether a number ends in `wanted`, four characters or more: by the index on its last four, then the whole end."""
    last = sa.func.substr(number, sa.func.length(number) - sa.literal_column("3"))
    whole = sa.func.substr(number, sa.func.length(number) - sa.func.length(wanted) + sa.literal_column("1"))
    return sa.and_(last == sa.func.substr(wanted, sa.func.length(wanted) - sa.literal_column("3")), whole == wanted)
