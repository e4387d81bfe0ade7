"""Posting to the journal: the one function by which money is written down. Each entry sums to zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.journal import JournalEntry, Posting
from desktop.models.values import Account, FeeType, Money, PayMethod
from desktop.services.rights import part
from desktop.services.work import Look, Work


class Unbalanced(AssertionError):
    """An entry that does not sum to zero: a bug of ours, never stored."""


@dataclass(frozen=True, slots=True)
class Side:
    """One posting to be: debit positive, credit negative."""

    account: Account
    amount: Money
    fee_type: FeeType | None = None
    method: PayMethod | None = None
    desk_id: UUID | None = None
    party_id: UUID | None = None
    room_id: UUID | None = None
    lease_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of money to be posted."""

    business_date: date
    subject_table: str
    subject_id: UUID
    sides: Sequence[Side]
    reverses_id: UUID | None = None


@part
def post(work: Work, entries: Sequence[Entry]) -> list[UUID]:
    """Store entries with their postings; sides of nothing are left out. Raises Unbalanced."""
    ids = work.world.new_ids(len(entries))
    heads, sides = [], []
    side_ids = iter(work.world.new_ids(sum(len(entry.sides) for entry in entries)))
    for entry_id, entry in zip(ids, entries, strict=True):
        if sum([side.amount.fen for side in entry.sides]):
            raise Unbalanced(f"{entry.subject_table} {entry.subject_id}")
        heads.append((entry_id, entry.business_date, entry.subject_table, entry.subject_id, entry.reverses_id))
        sides += [
            (
                next(side_ids), entry_id, side.account, side.fee_type, side.method, side.desk_id, side.party_id,
                side.room_id, side.lease_id, side.amount,
            )
            for side in entry.sides
            if side.amount
        ]  # fmt: skip
    work.insert_many(JournalEntry, ["id", "business_date", "subject_table", "subject_id", "reverses_id"], heads)
    work.insert_many(
        Posting,
        ["id", "entry_id", "account", "fee_type", "method", "desk_id", "party_id", "room_id", "lease_id", "amount"],
        sides,
    )
    return ids


@part
def balance(look: Look, account: Account, *, lease_id: UUID | None = None, party_id: UUID | None = None) -> Money:
    """The sum of an account, of one lease or one party."""
    query = sa.select(sa.func.coalesce(sa.func.sum(sa.cast(Posting.amount, sa.BigInteger)), 0)).where(
        Posting.account == account
    )
    if lease_id is not None:
        query = query.where(Posting.lease_id == lease_id)
    if party_id is not None:
        query = query.where(Posting.party_id == party_id)
    return Money(int(look.session.scalar(query) or 0))


@part
def uneven_entries(look: Look) -> list[UUID]:
    """Entries whose postings do not sum to zero; none in a sound office."""
    total = sa.func.sum(sa.cast(Posting.amount, sa.BigInteger))
    return list(look.session.scalars(sa.select(Posting.entry_id).group_by(Posting.entry_id).having(total != 0)))
