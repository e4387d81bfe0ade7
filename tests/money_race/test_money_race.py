"""Two cashiers, each a process with a device and a desk of its own, on one office: no fen lost, no number twice.

Short form in CI: 60 acts done by each. Long form, `run.py test --long tests/money_race`: 5,000 each. Afterwards what
both were told is held against what is stored, the office is checked, and its outbox makes the same office again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.journal import Posting
from desktop.models.payments import Allocation, Payment, Receipt
from desktop.models.values import Account, DiscountKind
from desktop.services import checkup, database, device_requests, opening, receipt_gaps
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.opening import DEMO_MARK
from desktop.services.work import PROGRAM, begin, look
from tests.databases import Databases
from tests.money_race.cashier import Orders
from tests.offices import check_in, hire, make_office, many, rooms_of
from tests.services.run_kit import add_item, discount
from tests.services.test_replay import prove
from tests.two_desks.clerk import SharedMorning

ROOT = Path(__file__).resolve().parents[2]
LOGINS = ("linxm", "zhouyq")


def make(url: str, folder: Path, epoch: float) -> None:
    """An office with ten tenants, a property fee, two cashiers and two PCs."""
    world = SharedMorning(epoch)
    office = make_office(world, folder / "data0", url)
    for login, name in zip(LOGINS, ("林小满", "周砚秋"), strict=True):
        hire(office, "manager", "finance_lead", login=login, name=name)
    for room, form in zip(rooms_of(office), many(10), strict=False):
        check_in(office, PROGRAM, room, form)
    discount(office, DiscountKind.EARLY_PAYMENT, [add_item(office, "2.80")], "5", threshold=3)
    second = folder / "data1"
    second.mkdir()
    (second / DEMO_MARK).touch()  # cheap keys, as the first one has them
    asked = device_requests.ask_to_join(world, second, database.parse_url(url), "前台 2", "PC-02")
    with begin(office, PROGRAM, Op.APPROVE_DEVICE) as work:
        device_requests.approve_device(work, asked.device_id, asked.digits)
    office.close()


def race(url: str, folder: Path, acts: int, seconds: float) -> list[dict[str, Any]]:
    """Both work through their acts at once; every line they wrote."""
    epoch = time.time()
    make(url, folder, epoch)
    running = []
    for n, login in enumerate(LOGINS):
        orders = Orders(str(folder / f"data{n}"), url, str(folder / f"{login}.jsonl"), login, 31 + n, acts, epoch)
        told = folder / f"{login}.json"
        told.write_text(json.dumps(asdict(orders)), "utf-8")
        errors = (folder / f"{login}.err").open("w+", encoding="utf-8")
        running.append(
            (
                subprocess.Popen(
                    [sys.executable, "-m", "tests.money_race.cashier", str(told)], cwd=ROOT, stdout=errors,
                    stderr=errors, env={**os.environ, "TMPDIR": str(folder)},
                ),
                errors,
            )
        )  # fmt: skip
    try:
        codes = [process.wait(seconds) for process, _ in running]
    finally:
        for process, errors in running:
            process.kill()
            process.wait(30)
            errors.close()
    lines = []
    for code, login in zip(codes, LOGINS, strict=True):
        assert code == 0, (folder / f"{login}.err").read_text("utf-8")[-4000:]
        lines += [json.loads(line) for line in (folder / f"{login}.jsonl").read_text("utf-8").splitlines()]
    return lines


def count(office: Office, lines: list[dict[str, Any]]) -> None:
    """What both were told is what is stored: every receipt once, every fen in the journal."""
    done = [line for line in lines if line["outcome"] == "done"]
    numbers = [line["number"] for line in done if line.get("number")]
    assert [number for number, times in Counter(numbers).items() if times > 1] == []
    with office.reading() as session:
        stored = Counter(session.scalars(sa.select(Receipt.number)))
        assert max(stored.values()) == 1
        assert set(numbers) == set(stored)
        assert sum(line["fen"] for line in done) == _sum(session, Payment.amount)
        assert _account(session, Account.CASH) == _sum(session, Payment.amount)
        assert _sum(session, Allocation.amount) == (
            _sum(session, Payment.amount) - _sum(session, Payment.prepaid) + _sum(session, Payment.rounding)
        )
        owed = _sum(session, BillLine.amount) - _sum(session, Allocation.amount)
        assert _account(session, Account.RECEIVABLE) == owed
        assert -_account(session, Account.PREPAID) == _sum(session, Payment.prepaid) >= 0
    with look(office, PROGRAM) as reading:
        assert [gap for series in receipt_gaps.gap_report(reading) for gap in series.unexplained] == []
        assert checkup.check_office(reading).findings == ()


def _sum(session: Any, column: Any) -> int:
    return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(sa.cast(column, sa.BigInteger)), 0))))


def _account(session: Any, account: Account) -> int:
    total: Any = sa.func.coalesce(sa.func.sum(sa.cast(Posting.amount, sa.BigInteger)), 0)
    return int(session.scalar(sa.select(total).where(Posting.account == account)))


def run_and_prove(databases: Databases, folder: Path, acts: int, seconds: float) -> Counter[str]:
    url = databases.clone("postgresql")
    lines = race(url, folder, acts, seconds)
    office = opening.open_office(SharedMorning(time.time()), folder / "data0", database.parse_url(url))
    try:
        count(office, lines)
        prove(office, databases.clone("sqlite"), folder / "copy")
    finally:
        office.close()
    outcomes: Counter[str] = Counter()
    for line in lines:
        if line["outcome"] != "rested":
            outcomes[f"{line['act']} {line['outcome']}"] += 1
    return outcomes


def test_two_cashiers_lose_no_fen_and_use_no_number_twice(databases: Databases, tmp_path: Path) -> None:
    outcomes = run_and_prove(databases, tmp_path, 60, 180)
    print(dict(outcomes))
    assert outcomes["pay done"] >= 20


@pytest.mark.long
def test_ten_thousand_acts_of_money(databases: Databases, tmp_path: Path) -> None:
    outcomes = run_and_prove(databases, tmp_path, 5_000, 3_000)
    print(dict(outcomes))
    assert sum(count for name, count in outcomes.items() if name.endswith(" done")) == 10_000
    assert min(outcomes[f"{act} done"] for act in ("pay", "void", "reverse", "run", "use_credit")) > 10
