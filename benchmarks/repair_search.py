"""Promise: a search over 1,000,000 closed orders answers in 50 ms (p99), by number, its end, or words, hot ones too.

    repair_search.py [closed=1000000] [queries=60]

Timed is the whole search box (persons, rooms, leases and the rest with it); `orders` is its part for the repairs alone.
`raw` is the engine alone: the very statements of that keystroke by the driver, rows fetched. `like` is the scan of all
orders that the index replaces. Of each query the best of three counts, as in search.py.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]

import sqlalchemy as sa  # noqa: E402
from _repairs import repair_office, sentences  # noqa: E402
from common import PG, emit, med, noise, p99  # noqa: E402 - reads BENCH_DIR when imported

CLOSED = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
QUERIES = int(sys.argv[2]) if len(sys.argv) > 2 else 60
sys.argv[1:] = []
from search import Recorder, best  # noqa: E402 - it reads arguments of its own

from desktop.services.office import Office  # noqa: E402
from desktop.services.search import search  # noqa: E402
from desktop.services.search_index import find_orders  # noqa: E402
from desktop.services.work import PROGRAM, look  # noqa: E402

HOT = ("漏水", "电梯", "不亮", "坏了", "厨房", "主卧", "空调", "门锁")


def queries(office: Office) -> dict[str, list[str]]:
    """What is typed, by kind."""
    r, said = random.Random(9), [text for _, _, text in sentences()]
    with office.reading() as session:
        numbers = list(session.scalars(sa.text("SELECT number FROM work_order WHERE state = 'closed' LIMIT 20000")))

    def part(length: int) -> str:
        while True:
            text = r.choice(said)
            if len(text) >= length:
                at = r.randrange(len(text) - length + 1)
                return text[at : at + length]

    many = range(QUERIES)
    return {
        "number": [r.choice(numbers) for _ in many],
        "begins": [r.choice(numbers)[: r.randrange(5, 10)] for _ in many],
        "ends4": [r.choice(numbers)[-4:] for _ in many],
        "ends6": [r.choice(numbers)[-6:] for _ in many],
        "hot": [HOT[n % len(HOT)] for n in many],
        "words2": [part(2) for _ in many],
        "words3": [part(3) for _ in many],
        "words5": [part(5) for _ in many],
        "nothing": ["".join(r.choice("乒乓鸳鸯囫囵尴尬") for _ in range(2 + n % 3)) for n in many],
    }


def measure(office: Office, name: str) -> dict[str, float]:
    """p50 and p99 of the search box, of the orders' part and of the raw engine, by kind."""

    def product(text: str) -> None:
        with look(office, PROGRAM) as reading:
            search(reading, text)

    def orders(text: str) -> None:
        with look(office, PROGRAM) as reading:
            find_orders(reading.connection, text, 30)

    lent = office.reading.kw["bind"].connect()
    driver = lent.connection.dbapi_connection
    prepared = {"prepare": True} if name == "pg" else {}
    out: dict[str, float] = {}
    worst, ratios = 0.0, []
    for kind, texts in queries(office).items():
        product(texts[0])
        times: dict[str, list[float]] = {"product": [], "orders": [], "raw": []}
        for text in texts:
            recorder = Recorder(office)
            product(text)
            recorder.stop()
            said = recorder.said

            def raw(said: list = said) -> None:  # type: ignore[type-arg]
                cursor = driver.cursor()
                for statement, values in said:
                    cursor.execute(statement, values, **prepared)
                    if cursor.description:
                        cursor.fetchall()
                driver.commit()

            raw()
            times["product"].append(best(lambda text=text: product(text)))
            times["orders"].append(best(lambda text=text: orders(text)))
            times["raw"].append(best(raw))
        key = f"{name}.{kind}"
        out |= {f"{key}.p50": med(times["product"]), f"{key}.p99": p99(times["product"]),
                f"{key}.orders.p99": p99(times["orders"]), f"{key}.raw.p99": p99(times["raw"])}  # fmt: skip
        worst = max(worst, out[f"{key}.p99"])
        ratios.append(med([a / b for a, b in zip(times["product"], times["raw"], strict=True)]))
    lent.close()
    return out | {f"{name}.p99": worst, f"{name}.p99.goal": 50, f"{name}.ratio": max(ratios)}


def scan(office: Office, name: str) -> dict[str, float]:
    """What words cost by reading every order."""
    query = sa.text("SELECT id FROM work_order WHERE summary LIKE :part ORDER BY created_at DESC LIMIT 30")
    with office.reading() as session:
        times = [best(lambda text=text: session.execute(query, {"part": f"%{text}%"}).all(), 1) for text in HOT[:3]]
    return {f"{name}.like.p50": med(times)}


def main() -> None:
    out: dict[str, float] = {"noise": noise(), "closed": CLOSED}
    for name, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        office = repair_office(0, CLOSED, url)
        out |= measure(office, name) | scan(office, name)
        office.close()
    emit(out)


if __name__ == "__main__":
    main()
