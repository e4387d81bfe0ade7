"""One act at a time touches a bill: whoever is about to change what is open of some bills locks them first, by id.

Without it two PCs work out the same open amount from what each of them sees, and the later one forgets the earlier.
SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from desktop.models.billing import Bill
from desktop.services.asked import Asked


def lock_bills(connection: Connection, bill_ids: Iterable[UUID]) -> None:
    """Wait until nobody else has these bills in hand, and hold them until the act is over.

    Everybody locks in the order of ids, bills before a party's credit, and both before a number is taken: two who want
    the same never wait crosswise.
    """
    if connection.dialect.name == "postgresql" and (ids := sorted(set(bill_ids))):
        _LOCK.rows(connection, ids)


_LOCK = Asked(lambda one_of: sa.select(Bill.id).where(one_of(Bill.id)).order_by(Bill.id).with_for_update())
