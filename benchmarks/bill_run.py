"""A month's bill run: rent and property fee of many leases, planned, posted, with journal, ops and the audit link.

Promise: at most 2.5 × the raw bulk insert of the very same rows into empty tables with the same indexes, by the
driver's own executemany or COPY, in one commit. `ratio_all` is beside every row that the run writes, those for sync and
audit too; `ratio`, the stricter one, beside bills, lines, journal and open amounts alone. Growth: a bill may cost 1.3 ×
as much among ten times as many. `BENCH_LEASES` (100,000), `BENCH_PG` adds PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors"), str(ROOT / "benchmarks")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

import sqlalchemy as sa  # noqa: E402
from _crowd import _empty  # noqa: E402
from _offices import big_office  # noqa: E402
from common import DIR, PG, emit, noise  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.base import Base, table_of  # noqa: E402
from desktop.models.billing import Bill, BillBalance, BillLine  # noqa: E402
from desktop.models.fees import FeeItem, Tariff  # noqa: E402
from desktop.models.journal import JournalEntry, Posting  # noqa: E402
from desktop.models.sync import Outbox, OutboxAct  # noqa: E402
from desktop.models.trust import AuditEntry  # noqa: E402
from desktop.models.values import (  # noqa: E402
    NIL,
    AreaKind,
    DebtorRule,
    FeeBasis,
    FeeType,
    Period,
    StubRule,
    TierSpan,
    add_months,
)
from desktop.services import bill_runs, database  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.proration import ONE_DAY  # noqa: E402
from desktop.services.work import PROGRAM, begin, look  # noqa: E402
from desktop.world import World  # noqa: E402

LEASES = int(os.environ.get("BENCH_LEASES", "100000"))
WRITTEN: tuple[type[Base], ...] = (Bill, BillLine, JournalEntry, Posting, BillBalance)
SENT: tuple[type[Base], ...] = (Outbox, OutboxAct, AuditEntry)


def office_of(leases: int, folder: Path, url: str) -> Office:
    """Leases that began on the 1st of this month and have no bill yet, and a property fee on every room."""
    shutil.rmtree(folder, ignore_errors=True)
    if url:
        _empty(database.parse_url(url))
    office = big_office(World(), folder, leases * 9 // 8, url, behind=0)
    first = office.world.today().replace(day=1)
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        item = work.add(
            FeeItem(
                name="住宅物业费", fee_type=FeeType.PROPERTY_FEE, basis=FeeBasis.AREA, area_kind=AreaKind.BUILDING,
                meter_kind=None, debtor=DebtorRule.OCCUPANT, every_room=True, room_kinds=[], building_ids=[],
                cycle_months=1, in_arrears=False, due_days=9, stub_rule=StubRule.ACTUAL_DAYS, unit=None,
                valid_from=first, valid_to=None, sort=1,
            )
        )  # fmt: skip
        work.add(
            Tariff(
                fee_item_id=item.id, building_id=None, room_kind=None, valid_from=first, valid_to=None,
                unit_price=Decimal("2.80"), tiers=[], tier_span=TierSpan.BILL, one_line=False, minimum=NIL,
                tax_rate=Decimal("0.06"), document=None,
            )
        )  # fmt: skip
    return office


def run_once(leases: int, folder: Path, url: str = "") -> tuple[float, float, float, float, int]:
    """(seconds of the preview, of posting, of the raw insert of the same rows, of all rows, bills)."""
    office = office_of(leases, folder, url)
    first = office.world.today().replace(day=1)
    month = Period(first, add_months(first, 1) - ONE_DAY)
    order = bill_runs.RunOrder(month.start, month.end)
    began = time.perf_counter()
    with look(office, PROGRAM) as reading:
        preview = bill_runs.preview_run(reading, order)
    shown = time.perf_counter() - began
    began = time.perf_counter()
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        done = bill_runs.post_run(work, order)
    posted = time.perf_counter() - began
    assert done.made == len(preview.of(bill_runs.Fate.NEW))
    raw, every = _raw(office, folder, url, WRITTEN), _raw(office, folder, url, WRITTEN + SENT)
    office.close()
    return shown, posted, raw, every, done.made


def _raw(office: Office, folder: Path, url: str, written: tuple[type[Base], ...]) -> float:
    """The same rows into empty tables with the same indexes, past everything of ours."""
    rows: list[tuple[sa.Table, list[tuple[Any, ...]]]] = []
    with office.engine.connect() as connection:
        cursor = connection.connection.cursor()
        for model in written:
            table = table_of(model)
            cursor.execute(f'SELECT {", ".join(table.columns.keys())} FROM "{table.name}"')
            rows.append((table, cursor.fetchall()))
        cursor.close()
    bare = sa.MetaData()
    for table, _ in rows:
        copy = sa.Table(
            f"raw_{table.name}", bare, *(sa.Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns)
        )
        for index in table.indexes:
            if not any(isinstance(each, sa.TextClause) for each in index.expressions):
                options = {
                    f"{name}_where": index.dialect_options[name].get("where") for name in ("sqlite", "postgresql")
                }
                sa.Index(
                    f"raw_{index.name}", *(copy.c[c.name] for c in index.columns), unique=index.unique,
                    **{key: value for key, value in options.items() if value is not None},
                )  # fmt: skip
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                named = "_".join(c.name for c in constraint.columns)
                sa.Index(f"raw_uq_{table.name}_{named}", *(copy.c[c.name] for c in constraint.columns), unique=True)
    target = database.open_engine(database.parse_url(url or f"sqlite:///{folder / 'raw.db'}"))
    bare.create_all(target)
    with target.execution_options(anju_write=True).connect() as connection, connection.begin():
        cursor = connection.connection.cursor()
        began = time.perf_counter()
        for table, tuples in rows:
            names = ", ".join(table.columns.keys())
            if url:
                with cursor.copy(f"COPY raw_{table.name} ({names}) FROM STDIN") as copy_in:
                    for row in tuples:
                        copy_in.write_row(row)
            else:
                marks = ", ".join("?" * len(table.columns))
                cursor.executemany(f"INSERT INTO raw_{table.name} ({names}) VALUES ({marks})", tuples)
        cursor.close()
    taken = time.perf_counter() - began
    bare.drop_all(target)
    target.dispose()
    return taken


def main() -> None:
    out: dict[str, float] = {"noise": noise(), "leases": LEASES}
    for name, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        cost = {}
        for leases in (LEASES // 10, LEASES):
            shown, posted, raw, every, bills = run_once(leases, DIR / f"bill_run-{name}", url)
            cost[leases] = posted / bills
            out |= {
                f"{name}.{leases}.bills": bills, f"{name}.{leases}.preview_s": shown,
                f"{name}.{leases}.posted_s": posted, f"{name}.{leases}.raw_s": raw, f"{name}.{leases}.raw_all_s": every,
            }  # fmt: skip
            if leases == LEASES:
                out |= {
                    f"{name}.ratio": posted / raw, f"{name}.ratio.goal": 2.5, f"{name}.ratio_all": posted / every,
                    f"{name}.ratio_all.goal": 2.5,
                }  # fmt: skip
        out |= {f"{name}.growth": cost[LEASES] / cost[LEASES // 10], f"{name}.growth.goal": 1.3}
        shutil.rmtree(DIR / f"bill_run-{name}", ignore_errors=True)
    emit(out)


if __name__ == "__main__":
    main()
