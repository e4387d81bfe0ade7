"""Whatever the terms: the schedule shown before a check-in is what is posted up to the end of the lease, to the fen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Never

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from desktop.models.billing import Bill, BillLine
from desktop.services import check_in_forms, check_ins, journal, rent_charges
from desktop.services.acts import Op
from desktop.services.lease_terms import LeaseTerms, impossible
from desktop.services.office import Office
from desktop.services.schedule import PlannedBill, plan_bills
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import make_office, person, rooms_of
from tests.services.test_schedule import terms


class Undone(Exception):
    """Ends an example without a trace, so that the next one finds the room empty."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def standing(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """One office for all examples."""
    made = make_office(SeededWorld(MORNING), tmp_path_factory.mktemp("office"), databases.clone(request.param))
    yield made
    made.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lease=terms())
def test_every_bill_of_a_lease_is_posted_as_it_was_shown(standing: Office, lease: LeaseTerms) -> None:
    if impossible(lease):
        return
    form = check_in_forms.CheckIn(rooms_of(standing)[0], lease, party=person(), matched=True, notice_told=True)
    with pytest.raises(Undone), begin(standing, PROGRAM, Op.CHECK_IN) as work:
        _posted_as_shown(work, form, plan_bills(lease))


def _posted_as_shown(work: Work, form: check_in_forms.CheckIn, shown: Sequence[PlannedBill]) -> Never:
    lease_id = check_ins.check_in(work, form).lease_id
    last = max(bill.due for bill in shown)
    rent_charges.post_due_bills(work, last)
    assert rent_charges.post_due_bills(work, last).bills == 0, "a second run makes nothing"
    prefix = f"lease:{lease_id.hex}:"
    posted = {
        row.source_key.removeprefix(prefix): (row.due, row.id)
        for row in work.session.execute(sa.select(Bill.source_key, Bill.due, Bill.id).where(Bill.lease_id == lease_id))
    }
    assert {bill.source_key: bill.due for bill in shown} == {key: due for key, (due, _) in posted.items()}
    lines: dict[object, dict[str, object]] = {}
    for line in work.session.execute(
        sa.select(BillLine.bill_id, BillLine.source_key, BillLine.amount, BillLine.period_start, BillLine.period_end)
        .where(BillLine.lease_id == lease_id)
    ):  # fmt: skip
        lines.setdefault(line.bill_id, {})[line.source_key.removeprefix(prefix)] = tuple(line)[2:]
    for bill in shown:
        planned = {
            line.source_key: (line.money, *((line.period.start, line.period.end) if line.period else (None, None)))
            for line in bill.lines
        }
        assert lines[posted[bill.source_key][1]] == planned
    work.authorised += 1
    assert journal.uneven_entries(work) == []
    raise Undone
