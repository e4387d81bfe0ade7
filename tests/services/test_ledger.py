"""The ledger stands: every guarded table is attacked after migration, and the journal sums to zero."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from desktop.models.base import Base, table_of
from desktop.models.guards import guarded_tables, install_guards, missing_guards
from desktop.models.trust import AuditEntry
from desktop.models.values import Money, PayMethod
from desktop.services import billing, checkup, payments, reversals
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, rooms_of, sit_down


@pytest.fixture
def busy(office: Office) -> Office:
    """An office in which every kind of money row exists."""
    clerk, lead = sit_down(office, "front_desk"), sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    news = check_in(office, clerk, rooms_of(office)[0])
    with look(office, lead) as reading:
        amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    with begin(office, lead, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(
            work, payments.TakePayment(news.party_id, amounts, [payments.TenderForm(PayMethod.CASH, Money.yuan(7440))])
        )
    with begin(office, lead, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "付款方式录错")
    return office


def _sample(table: sa.Table, connection: Connection) -> dict[str, Any] | None:
    row = connection.execute(sa.select(table).limit(1)).mappings().first()
    return None if row is None else dict(row)


@pytest.mark.parametrize("name", guarded_tables())
def test_no_row_of_a_ledger_table_can_be_changed(busy: Office, name: str) -> None:
    table = Base.metadata.tables[name]
    columns = [c.name for c in table.primary_key.columns]
    engine = busy.engine
    with engine.connect() as connection:
        before = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        row = _sample(table, connection)
        connection.rollback()
    attacks: list[sa.Executable] = [
        sa.update(table).values({table.c[columns[0]]: table.c[columns[0]]}),
        sa.delete(table),
    ]
    if engine.dialect.name == "postgresql":
        attacks.append(sa.text(f'TRUNCATE "{name}" CASCADE'))
    for attack in attacks:
        if before == 0 and not str(attack).startswith("TRUNCATE"):
            continue  # a row trigger has nothing to fire on: the trigger itself is checked below
        with pytest.raises(sa.exc.DBAPIError, match="anju:ledger"), engine.begin() as connection:
            connection.execute(attack)
    if row is not None and engine.dialect.name == "sqlite":
        with pytest.raises(sa.exc.DBAPIError, match="anju:ledger"), engine.begin() as connection:
            connection.execute(sa.insert(table).prefix_with("OR REPLACE").values(row))
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == before
        assert missing_guards(connection) == []


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_stranger_without_our_pragmas_cannot_replace_either(busy: Office) -> None:
    stranger = sqlite3.connect(str(busy.engine.url.database))
    try:
        assert stranger.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        for name in ("payment", "bill", "posting", "audit_entry", "receipt"):
            columns = [row[1] for row in stranger.execute(f"PRAGMA table_info({name})")]
            marks = ", ".join("?" * len(columns))
            row = stranger.execute(f"SELECT {', '.join(columns)} FROM {name} LIMIT 1").fetchone()
            with pytest.raises(sqlite3.IntegrityError, match="anju:ledger_twice"):
                stranger.execute(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", row)
    finally:
        stranger.close()


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_on_conflict_do_update_is_no_way_around(busy: Office) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="anju:ledger"), busy.engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO payment SELECT * FROM payment LIMIT 1 ON CONFLICT (id) DO UPDATE SET amount = 0")
        )


def test_dropped_guards_are_noticed_and_come_back(busy: Office) -> None:
    with busy.engine.begin() as connection:
        name = "guard_payment_update" if connection.dialect.name == "sqlite" else "guard_payment_row"
        suffix = "" if connection.dialect.name == "sqlite" else " ON payment"
        connection.exec_driver_sql(f"DROP TRIGGER {name}{suffix}")
        assert missing_guards(connection) == [name]
    with look(busy, PROGRAM) as reading:
        report = checkup.check_office(reading)
    assert [f.text for f in report.findings] == [f"缺少保护 {name}"]
    with busy.engine.begin() as connection:
        install_guards(connection)
        assert missing_guards(connection) == []


def test_a_reversal_opens_the_bills_again_and_everything_sums_to_zero(busy: Office) -> None:
    with look(busy, PROGRAM) as reading:
        bills = billing.bills_of(reading, open_only=True)
        assert [bill.owed for bill in bills] == [Money.yuan(1860), Money.yuan(5580)]
        assert checkup.check_office(reading).sound


def test_a_changed_byte_is_named_with_its_row(busy: Office) -> None:
    """Behind the program's back, guards off: the check turns red and says where."""
    table = table_of(AuditEntry)
    with busy.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER guard_audit_entry_update")
        else:
            connection.exec_driver_sql("DROP TRIGGER guard_audit_entry_row ON audit_entry")
        connection.execute(sa.update(table).where(table.c.n == 3).values(op="change_staff"))
        install_guards(connection)
    with look(busy, PROGRAM) as reading:
        findings = [f.text for f in checkup.check_office(reading).findings]
    assert findings == ["第 3 条：内容被改动"]
