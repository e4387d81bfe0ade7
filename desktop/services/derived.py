"""What is computed from other tables and kept beside them: open amounts of bills, ways to find a name or a plate.

Every service that touches the sources calls the refresh in the same act, `sync.apply` calls it for what arrived, and
`office check` computes everything anew and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.parties import Party, PartyName
from desktop.models.payments import Allocation
from desktop.services import owed_days, search_index
from desktop.services.asked import CHUNK, Asked, OneOf
from desktop.services.bill_locks import lock_bills
from desktop.services.bulk import insert_tuples
from desktop.services.folding import Searched
from desktop.services.pinyin import pinyin_keys

BALANCE_COLUMNS = ["bill_id", "debtor_id", "lease_id", "room_id", "due", "owed"]


def _computed(one_of: OneOf | None = None) -> sa.Select[Any]:
    billed = sa.select(BillLine.bill_id, sa.func.sum(BillLine.amount).label("fen")).group_by(BillLine.bill_id)
    paid = sa.select(Allocation.bill_id, sa.func.sum(Allocation.amount).label("fen")).group_by(Allocation.bill_id)
    if one_of is not None:
        billed, paid = billed.where(one_of(BillLine.bill_id)), paid.where(one_of(Allocation.bill_id))
    lines, payments = billed.subquery(), paid.subquery()
    owed = lines.c.fen - sa.func.coalesce(payments.c.fen, sa.literal(0, sa.BigInteger))
    return (
        sa.select(
            Bill.id, Bill.debtor_id, Bill.lease_id, Bill.room_id, Bill.due, sa.type_coerce(owed, BillBalance.owed.type)
        )
        .join(lines, lines.c.bill_id == Bill.id)
        .outerjoin(payments, payments.c.bill_id == Bill.id)
    )


_BALANCES = Asked(_computed)
_OPEN = Asked(lambda one_of: sa.select(BillBalance.due, BillBalance.owed).where(one_of(BillBalance.bill_id)))
_FORGET = Asked(lambda one_of: sa.delete(table_of(BillBalance)).where(one_of(table_of(BillBalance).c.bill_id)))


def computed_balances(session: Session) -> list[tuple[Any, ...]]:
    """(bill, debtor, lease, room, due, owed) of every bill, from lines and allocations."""
    return [tuple(row) for row in session.execute(_computed())]


def refresh_balances(session: Session, bill_ids: Iterable[UUID]) -> None:
    """Bring the open amounts of these bills in step."""
    connection = session.connection()
    touched = list(bill_ids)
    lock_bills(connection, touched)
    for ids in _chunks(touched):
        before = _OPEN.rows(connection, ids)
        rows = [tuple(row) for row in _BALANCES.rows(connection, ids)]
        _FORGET.do(connection, ids)
        insert_tuples(connection, table_of(BillBalance), BALANCE_COLUMNS, rows)
        owed_days.note(session, before, [row[-2:] for row in rows])


def refresh_names(session: Session, party_ids: Iterable[UUID]) -> None:
    """Bring the search keys of these parties in step with their names."""
    connection = session.connection()
    ids_of_all = set(party_ids)
    search_index.refresh_texts(connection, Searched.PARTY, ids_of_all)
    for ids in _chunks(ids_of_all):
        rows = [
            (party_id, key)
            for party_id, name in session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(ids)))
            for key in name_keys(name)
        ]
        connection.execute(sa.delete(PartyName).where(PartyName.party_id.in_(ids)))
        insert_tuples(connection, table_of(PartyName), ["party_id", "key"], rows)


def add_names(session: Session, parties: Iterable[tuple[UUID, str]]) -> None:
    """Search keys of parties that are new: (id, name)."""
    named = list(parties)
    connection = session.connection()
    search_index.add_texts(connection, Searched.PARTY, named)
    rows = [(party_id, key) for party_id, name in named for key in name_keys(name)]
    insert_tuples(connection, table_of(PartyName), ["party_id", "key"], rows)


FINDABLE = {
    "vehicle": (Searched.VEHICLE, frozenset({"plate"})),
    "work_order": (Searched.ORDER, frozenset({"number", "summary", "facility", "place"})),
}
"""Tables whose rows are found by their text alone: as what, and the columns it is made of."""


def refresh_found(session: Session, table: str, row_ids: Iterable[UUID]) -> None:
    """Bring what is found of these rows of a table of FINDABLE in step with their text."""
    search_index.refresh_texts(session.connection(), FINDABLE[table][0], row_ids)


def add_balances(session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
    """Open amounts of bills that are new, in the order of BALANCE_COLUMNS."""
    insert_tuples(session.connection(), table_of(BillBalance), BALANCE_COLUMNS, rows)
    owed_days.note(session, (), [row[-2:] for row in rows])


def name_keys(name: str) -> list[str]:
    """Every way to type a name: full pinyin and initials under each reading of the surname."""
    keys = pinyin_keys(name)
    return sorted({*keys.full, *keys.initials} - {""})


def drift(session: Session) -> list[str]:
    """Where a derived table differs from its sources; empty in a sound office."""
    found: list[str] = []
    wanted = {row[0]: row for row in computed_balances(session)}
    columns = [table_of(BillBalance).columns[name] for name in BALANCE_COLUMNS]
    kept = {row[0]: tuple(row) for row in session.execute(sa.select(*columns))}
    for bill_id in sorted(wanted.keys() | kept.keys()):
        if wanted.get(bill_id) != kept.get(bill_id):
            found.append(f"bill_balance {bill_id}")
    names = {(row[0], key) for row in session.execute(sa.select(Party.id, Party.name)) for key in name_keys(row[1])}
    stored = {(row[0], row[1]) for row in session.execute(sa.select(PartyName.party_id, PartyName.key))}
    found += [f"party_name {party_id}" for party_id in sorted({entry[0] for entry in names ^ stored})]
    return found + owed_days.drift(session) + search_index.text_drift(session.connection())


def rebuild(session: Session) -> None:
    """Compute every derived row anew."""
    refresh_balances(session, session.scalars(sa.select(Bill.id)).all())
    owed_days.rebuild(session)
    refresh_names(session, session.scalars(sa.select(Party.id)).all())
    search_index.rebuild_texts(session.connection())


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    every = sorted(set(ids))
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
