"""After any history of an office's money what is open of its bills is what its journal says, on both engines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.journal import Posting
from desktop.models.payments import Allocation
from desktop.models.values import NIL, Account, Money
from desktop.services.office import Office
from tests.databases import Databases
from tests.services.lease_kit import sound
from tests.services.money_history import History
from tests.services.test_replay import prove

SEEDS = range(3)
ACTS = 200


def balances_are_the_journal(office: Office) -> None:
    """Of every bill: lines less what paid them; of every debtor: what the journal holds as receivable."""
    with office.reading() as session:
        billed = _sums(session, BillLine.bill_id, BillLine.amount)
        paid = _sums(session, Allocation.bill_id, Allocation.amount)
        owed = _sums(session, BillBalance.bill_id, BillBalance.owed)
        assert owed == {bill: fen - paid.get(bill, 0) for bill, fen in billed.items()}
        of_debtor: Counter[object] = Counter()
        for bill_id, debtor in session.execute(sa.select(Bill.id, Bill.debtor_id)):
            of_debtor[debtor] += owed[bill_id]
        receivable = _sums(session, Posting.party_id, Posting.amount, Posting.account == Account.RECEIVABLE)
        assert receivable == {party: fen for party, fen in of_debtor.items() if party in receivable}
        assert not any(fen for party, fen in of_debtor.items() if party not in receivable)
        assert set(_sums(session, Posting.entry_id, Posting.amount).values()) <= {NIL.fen}


def _sums(session: Session, of: Any, amount: Any, *which: Any) -> dict[UUID, int]:
    """Fen by what they are of."""
    fen = sa.func.sum(sa.type_coerce(amount, sa.BigInteger))
    return {key: int(found) for key, found in session.execute(sa.select(of, fen).where(*which).group_by(of))}


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hundred_random_acts(office: Office, databases: Databases, tmp_path: Path, seed: int) -> None:
    history = History(office, seed)
    for at in range(ACTS):
        history.step()
        if at % 20 == 19:
            balances_are_the_journal(office)
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
    done = Counter(what for what in history.done if not what.startswith("("))
    assert len(done) >= 18, (done, Counter(history.done))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_two_hundred_random_acts_at_many_seeds(office: Office, databases: Databases, tmp_path: Path, seed: int) -> None:
    test_two_hundred_random_acts(office, databases, tmp_path, seed)


def test_a_balance_that_was_tampered_with_is_seen(office: Office) -> None:
    """The check above can fail."""
    history = History(office, 0)
    history.live(10)
    with office.engine.execution_options(anju_write=True).begin() as connection:
        connection.execute(sa.update(BillBalance).values(owed=Money(123)))
    with pytest.raises(AssertionError):
        balances_are_the_journal(office)
