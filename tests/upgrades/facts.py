"""What must be the same in an office before and after an upgrade, as plain SQL that every release understands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from desktop.services.work import Look

_COUNTED = ("party", "contact", "person_document", "room", "lease", "bill", "bill_line", "payment", "receipt",
            "journal_entry", "posting", "consent", "print_event")  # fmt: skip


def facts_of(look: Look) -> dict[str, Any]:
    """Rows of what people entered, money owed, held and paid, the numbers given out; `*_fen` are integers."""

    def one(sql: str) -> Any:
        return look.session.execute(sa.text(sql)).scalar()

    def column(sql: str) -> list[Any]:
        return list(look.session.execute(sa.text(sql)).scalars())

    return {
        "rows": {table: one(f"SELECT count(*) FROM {table}") for table in _COUNTED},
        "owed_fen": int(one("SELECT sum(owed) FROM bill_balance")),
        "held_fen": -int(one("SELECT sum(amount) FROM posting WHERE account = 'deposit_held'")),
        "paid_fen": int(one("SELECT sum(amount) FROM payment")),
        "names": column("SELECT name FROM party ORDER BY name, id")[:20],
        "receipts": column("SELECT number FROM receipt ORDER BY number"),
        "leases": column("SELECT number FROM lease ORDER BY number"),
    }
