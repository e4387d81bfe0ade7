"""Offices of every earlier release, opened by today's program: nothing of what people entered is lost or changed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.access import Role, RoleRight
from desktop.models.values import Money, PayMethod, Right
from desktop.services import access, billing, checkup, database, move_office, opening, payments, restore
from desktop.services.acts import Op
from desktop.services.audit import verify_chain
from desktop.services.recovery import RecoveryCode
from desktop.services.work import PROGRAM, SCHEMA_REV, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.upgrades.facts import facts_of
from tests.upgrades.make import TODAY

STORED = sorted(Path(__file__).parent.glob("*.anjubak"))


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def stored(request: pytest.FixtureRequest) -> tuple[Path, dict[str, Any]]:
    """The backup a release made, and what is in it."""
    path: Path = request.param
    return path, json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.fixture
def later() -> SeededWorld:
    """The desk some days after the backup was made."""
    return SeededWorld(datetime.combine(TODAY, datetime.min.time(), OFFICE_ZONE) + timedelta(days=2, hours=9), 77)


def test_an_old_office_opens_and_goes_on(
    stored: tuple[Path, dict[str, Any]], later: SeededWorld, tmp_path: Path, databases: Databases
) -> None:
    path, facts = stored
    code = RecoveryCode.parse(facts["recovery_code"])
    office = restore.restore_backup(later, path, code, tmp_path / "office", desk_name="前台 9")
    try:
        with look(office, PROGRAM) as reading:
            assert facts_of(reading) == {name: facts[name] for name in facts_of(reading)}
            assert checkup.check_office(reading).findings == ()
            assert verify_chain(reading).breaks == ()
            assert database.revision_of(office.engine) == database.HEAD_REVISION
            assert reading.session.scalar(sa.text("SELECT schema_rev FROM node")) == SCHEMA_REV
            given = set(
                reading.session.scalars(
                    sa.select(RoleRight.right).join(Role, Role.id == RoleRight.role_id).where(Role.code == "front_desk")
                )
            )
            assert given == access.SHIPPED["front_desk"][1]
            bill = next(row for row in billing.bills_of(reading) if row.owed > Money(0))
        cashier = access.sign_in_demo(office, "cashier").actor
        request = payments.TakePayment(
            bill.debtor_id, {bill.id: bill.owed}, [payments.TenderForm(PayMethod.CASH, bill.owed)]
        )
        with begin(office, cashier, Op.TAKE_PAYMENT) as work:
            taken = payments.take_payment(work, request)
        assert taken.receipt_number not in facts["receipts"]
        administrator = access.sign_in_demo(office, "administrator").actor
        url = database.parse_url(databases.empty("postgresql"))
        move_office.move_office(office, administrator, url)
        moved = opening.open_office(later, tmp_path / "office", url)
        try:
            with look(moved, PROGRAM) as reading:
                assert checkup.check_office(reading).findings == ()
                assert facts_of(reading)["owed_fen"] == facts["owed_fen"] - bill.owed.fen
        finally:
            moved.close()
    finally:
        office.close()


def test_the_steps_are_taken_once(stored: tuple[Path, dict[str, Any]], later: SeededWorld, tmp_path: Path) -> None:
    path, facts = stored
    code = RecoveryCode.parse(facts["recovery_code"])
    restore.restore_backup(later, path, code, tmp_path / "office").close()
    url = database.sqlite_url(tmp_path / "office")
    for _ in range(2):
        office = opening.open_office(later, tmp_path / "office", url)
        with look(office, PROGRAM) as reading:
            acts = reading.session.scalars(sa.text("SELECT op FROM audit_entry WHERE op = 'upgrade_office'")).all()
            rights = reading.session.execute(
                sa.select(RoleRight.role_id, RoleRight.right).where(RoleRight.right == Right.WRITE_NOTES)
            ).all()
        office.close()
        assert len(acts) <= 1
        assert len(rights) == len(set(rights))


def test_there_is_an_office_of_every_release() -> None:
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
    released = {line.split()[1] for line in changelog.splitlines() if line.startswith("## ") and line[3].isdigit()}
    assert released <= {path.stem for path in STORED}
