"""Promise: one pass over the clocks of 50,000 orders takes at most 300 ms.

    repair_clocks.py [orders=50000] [mixes=usual,all_open]

`usual`: 1,000 of the orders are open, the others are closed; `all_open`: every one is, which no office has, each with a
clock of its own. Each is timed a minute after the last pass (`pass`, with pure processor time beside it), again after
something was stored meanwhile, when causes may have gone (`after_act`), and with the working time that is left of every
one, as the board of repairs shows it (`board`). The floor is the driver alone, reading what the rules must read: state,
time, urgency and promise of the open orders.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]

import sqlalchemy as sa  # noqa: E402
from _repairs import repair_office  # noqa: E402
from common import PG, emit, med, noise  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.work_orders import OPEN  # noqa: E402
from desktop.services import due_engine, repair_board  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.work import PROGRAM, begin, look  # noqa: E402
from desktop.world import SeededWorld  # noqa: E402

ORDERS = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
MIXES = sys.argv[2].split(",") if len(sys.argv) > 2 else ["usual", "all_open"]
ROUNDS = 7
_FLOOR = (
    "SELECT id, created_at, promised_at, awaited_since, due_at, urgent, category FROM work_order WHERE state IN ("
    + ", ".join(f"'{each}'" for each in OPEN)
    + ")"
)


def bare(office: Office) -> float:
    with office.engine.connect() as connection:
        began = time.perf_counter()
        connection.exec_driver_sql(_FLOOR).fetchall()
        return (time.perf_counter() - began) * 1e3


def measured(office: Office) -> dict[str, float]:
    """Figures of one mix."""
    start = office.world.now()
    office.world = SeededWorld(start)  # time goes by as we say
    due_engine.catch_up(office)
    rounds: dict[str, list[float]] = {"pass": [], "pass_cpu": [], "after_act": [], "board": [], "floor": []}
    facts = 0
    for _ in range(ROUNDS):
        office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        cpu, began = time.process_time(), time.perf_counter()
        facts += due_engine.run_pass(office).produced
        rounds["pass"].append((time.perf_counter() - began) * 1e3)
        rounds["pass_cpu"].append((time.process_time() - cpu) * 1e3)
        with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
            work.record(orders=0)
        office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        began = time.perf_counter()
        facts += due_engine.run_pass(office).produced
        rounds["after_act"].append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        with look(office, PROGRAM) as reading:
            repair_board.repair_board(reading)
        rounds["board"].append((time.perf_counter() - began) * 1e3)
        rounds["floor"].append(bare(office))
    tracemalloc.start()
    due_engine.run_pass(office)
    held = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {f"{name}_ms": med(took) for name, took in rounds.items()} | {"facts": facts, "pass.mb": held}


def main() -> None:
    out: dict[str, float] = {"noise": noise(), "orders": ORDERS}
    for kind, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        for mix in MIXES:
            open_ = ORDERS // 50 if mix == "usual" else ORDERS
            office = repair_office(open_, ORDERS - open_, url)
            with office.engine.begin() as connection:  # facts of an earlier run belong to an earlier clock
                connection.execute(sa.text("DELETE FROM due_fact"))
                connection.execute(sa.text("DELETE FROM due_mark"))
            out |= {f"{kind}.{mix}.{name}": figure for name, figure in measured(office).items()}
            out[f"{kind}.{mix}.pass_ms.goal"] = 300
            out[f"{kind}.{mix}.ratio"] = out[f"{kind}.{mix}.pass_ms"] / out[f"{kind}.{mix}.floor_ms"]
            office.close()
    emit(out)


if __name__ == "__main__":
    main()
