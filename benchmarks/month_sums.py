"""Promise: the month's sums of an office with 1,500,000 bills while one waits: a month, a year, and a single building.

    month_sums.py [bills=1500000]

The floor is the driver alone with the one sum that no report can do without: the postings of the period by account, fee
and means. `*.indexed` is the same with an index on journal_entry(business_date), which the schema has not: made for the
measuring and dropped again.
"""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta
from typing import Any

from _books import office_with_books
from common import PG, emit, med, noise

from desktop.models.values import add_months
from desktop.services.month_sums import SumsWanted, month_sums
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look

BILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
ROUNDS = 5
_FLOOR = """
SELECT p.account, p.fee_type, p.method, p.amount > 0, sum(p.amount) FROM journal_entry e JOIN posting p ON
p.entry_id = e.id WHERE e.business_date BETWEEN {since} AND {until} GROUP BY 1, 2, 3, 4
"""


def bare(office: Office, since: date, until: date) -> float:
    """The floor, in milliseconds."""
    with office.engine.connect() as connection:
        began = time.perf_counter()
        connection.exec_driver_sql(_FLOOR.format(since=f"'{since}'", until=f"'{until}'")).fetchall()
        return (time.perf_counter() - began) * 1e3


def asked(office: Office, wanted: SumsWanted) -> float:
    """The product, in milliseconds."""
    began = time.perf_counter()
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        sums = month_sums(reading, wanted)
    assert not sums.problems, sums.problems
    assert sums.fees
    return (time.perf_counter() - began) * 1e3


def measured(office: Office, kind: str) -> dict[str, Any]:
    """All figures of one engine."""
    figures: dict[str, Any] = {}
    this = office.world.today().replace(day=1)
    last = add_months(this, -1)
    spans = {
        "last_month": (last, this - timedelta(days=1)), "this_month": (this, add_months(this, 1) - timedelta(days=1)),
        "year_ago": (add_months(last, -12), add_months(this, -12) - timedelta(days=1)),
        "year": (add_months(this, -12), this - timedelta(days=1)),
    }  # fmt: skip
    for suffix in ("", ".indexed"):
        if suffix:
            with office.engine.begin() as connection:
                connection.exec_driver_sql("CREATE INDEX ix_bench_day ON journal_entry (business_date)")
                connection.exec_driver_sql("ANALYZE journal_entry")
        try:
            for name, (since, until) in spans.items():
                product, floor = [], []
                for _ in range(ROUNDS):
                    product.append(asked(office, SumsWanted(since, until)))
                    floor.append(bare(office, since, until))
                key = f"{kind}.{name}{suffix}"
                figures[f"{key}_ms"], figures[f"{key}.floor_ms"] = med(product), med(floor)
                figures[f"{key}.ratio"] = med([one / other for one, other in zip(product, floor, strict=True)])
        finally:
            if suffix:
                with office.engine.begin() as connection:
                    connection.exec_driver_sql("DROP INDEX ix_bench_day")
    return figures


def main() -> None:
    figures: dict[str, Any] = {"noise": noise(), "bills": BILLS}
    for kind, url in (("sqlite", ""), ("pg", PG)):
        if kind == "pg" and not url:
            continue
        office = office_with_books(BILLS, url)
        figures |= measured(office, kind)
        office.close()
    emit(figures)


if __name__ == "__main__":
    main()
