"""What is owed to an office with 1,500,000 bills: its totals, and the list of what is overdue.

    arrears.py [bills=1500000]

Promise: the totals (open and overdue, bills and money) in 1 ms at any size; a page of the overdue list in 1.5 times
what the partial index and the very same rows take at the driver; a payment posted in that office in 15 ms (p99),
receipt, journal, ops and the audit link included. The totals are held against a full scan before anything is timed.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors"), str(ROOT / "benchmarks")]

import sqlalchemy as sa  # noqa: E402
from common import PG, emit, med, ms, noise, p99  # noqa: E402

from desktop.models.billing import BillBalance  # noqa: E402
from desktop.models.values import NIL, PayMethod  # noqa: E402
from desktop.services import bill_lists, payments  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.bill_lists import BillFilter, BillState  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.paging import Span  # noqa: E402
from desktop.services.work import PROGRAM, begin, look  # noqa: E402

BILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
ROUNDS, PAGE, PAYMENTS = 200, 100, 300

IDS = (
    "SELECT bill_id FROM bill_balance WHERE owed <> 0 AND owed > 0 AND due < {mark} ORDER BY due, bill_id LIMIT {page}"
)
ROWS = """
SELECT b.id, b.title, b.debtor_id, p.name, g.name, r.number, b.lease_id, b.due, o.owed
FROM bill b JOIN bill_balance o ON o.bill_id = b.id JOIN party p ON p.id = b.debtor_id
LEFT JOIN room r ON r.id = b.room_id LEFT JOIN building g ON g.id = r.building_id WHERE b.id IN ({marks})
"""
LINES = """
SELECT bill_id, fee_type, amount, period_start, period_end, quantity, unit, unit_price
FROM bill_line WHERE bill_id IN ({marks}) ORDER BY id
"""


def right(office: Office) -> None:
    """The totals are those of a full scan, or nothing is worth timing."""
    with look(office, PROGRAM) as reading:
        told = bill_lists.bill_figures(reading)
        rows: Any = reading.connection.execute(
            sa.select(sa.func.count(), sa.func.sum(sa.type_coerce(BillBalance.owed, sa.BigInteger))).where(
                BillBalance.owed > NIL
            )
        ).one()
    assert (told.open_bills, told.open_owed.fen) == (rows[0], int(rows[1])), (told, rows)


def totals(office: Office) -> list[float]:
    def ask() -> None:
        with look(office, PROGRAM) as reading:
            bill_lists.bill_figures(reading)

    return [ms(ask) for _ in range(ROUNDS)]


def listed(office: Office) -> tuple[list[float], list[float]]:
    """(ours, the driver's) ms for one page of the overdue list, turn by turn."""
    server = office.engine.dialect.name == "postgresql"
    mark, today = "%s" if server else "?", office.world.today()
    marks = ", ".join([mark] * PAGE)
    given = today if server else today.isoformat()
    wanted = BillFilter(state=BillState.OVERDUE)

    def ours() -> None:
        with look(office, PROGRAM) as reading:
            assert len(bill_lists.list_bills(reading, wanted, Span(0, PAGE))) == PAGE

    driver = office.engine.raw_connection()
    cursor = driver.cursor()

    def bare() -> None:
        cursor.execute(IDS.format(mark=mark, page=PAGE), (given,))
        ids = [row[0] for row in cursor.fetchall()]
        for query in (ROWS, LINES):
            cursor.execute(query.format(marks=marks), ids)
            assert len(cursor.fetchall()) >= PAGE
        driver.rollback()

    ours(), bare()
    pairs = [(ms(ours), ms(bare)) for _ in range(ROUNDS)]
    cursor.close()
    driver.close()
    return [one for one, _ in pairs], [other for _, other in pairs]


def paid(office: Office) -> list[float]:
    """ms of each of so many payments, each of the next overdue bill."""
    with look(office, PROGRAM) as reading:
        rows = bill_lists.list_bills(reading, BillFilter(state=BillState.OVERDUE), Span(0, PAYMENTS))
    taken = []
    for row in rows:
        tender = payments.TenderForm(PayMethod.CASH, row.owed)
        order = payments.TakePayment(row.debtor_id, {row.id: row.owed}, [tender])

        def take(order: payments.TakePayment = order) -> None:
            with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
                payments.take_payment(work, order)

        taken.append(ms(take))
    return taken[20:]


def main() -> None:
    from _ledger import long_ledger

    out: dict[str, float] = {"noise": noise(), "bills": BILLS}
    for kind, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        office = long_ledger(BILLS, url)
        right(office)
        asked, (ours, bare), taken = totals(office), listed(office), paid(office)
        out |= {
            f"{kind}.totals_p50_ms": statistics.median(asked), f"{kind}.totals_p99_ms": p99(asked),
            f"{kind}.totals_p50_ms.goal": 1, f"{kind}.list_ms": statistics.median(ours),
            f"{kind}.list_ratio": med([one / other for one, other in zip(ours, bare, strict=True)]),
            f"{kind}.list_ratio.goal": 1.5, f"{kind}.payment_p50_ms": statistics.median(taken),
            f"{kind}.payment_p99_ms": p99(taken), f"{kind}.payment_p99_ms.goal": 15,
        }  # fmt: skip
        office.close()
    emit(out)


if __name__ == "__main__":
    main()
