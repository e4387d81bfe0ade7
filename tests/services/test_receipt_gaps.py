"""Every receipt number from the first to the last granted is used, void or explained; anything else is an alarm."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.payments import Receipt
from desktop.models.trust import NumberBlock
from desktop.models.values import Money
from desktop.services import checkup, receipt_gaps
from desktop.services.acts import Op
from desktop.services.errors import Refused
from desktop.services.numbers import BLOCK
from desktop.services.office import Office
from desktop.services.receipt_gaps import Gap, SeriesReport, Why
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, rooms_of, sit_down
from tests.services.pay_kit import Desk, cash


@pytest.fixture
def desk(office: Office) -> Desk:
    clerk = sit_down(office, "front_desk")
    lead = sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    news = check_in(office, clerk, rooms_of(office)[0])
    return Desk(office, lead, news.party_id, news.lease_id)


def report(desk: Desk) -> tuple[SeriesReport, ...]:
    with look(desk.office, desk.cashier) as reading:
        return receipt_gaps.gap_report(reading)


def pay(desk: Desk, times: int) -> list[Any]:
    deposit, _ = desk.bills()
    return [desk.pay({deposit.id: Money.yuan(1)}, [cash(1)]) for _ in range(times)]


def shift_block(desk: Desk, **values: int) -> None:
    """The database is changed behind the program's back."""
    with desk.office.writing() as session, session.begin():
        session.connection().execute(
            sa.update(NumberBlock).where(NumberBlock.series == "receipt:2026").values(**values)
        )


def test_an_office_without_receipts_has_no_report(desk: Desk) -> None:
    assert report(desk) == ()


def test_used_void_and_waiting_numbers_are_told(desk: Desk) -> None:
    first, second, _ = pay(desk, 3)
    desk.void(second.payment_id, "金额录错")
    desk.reverse(first.payment_id)
    (series,) = report(desk)
    assert (series.head, series.desk, series.year) == ("WJYA26", "前台 1", 2026)
    assert (series.used, series.last_used, series.last_granted) == (4, 4, BLOCK)
    assert [(void.number, void.reason) for void in series.voided] == [(second.receipt_number, "金额录错")]
    assert series.gaps == (Gap(5, BLOCK, Why.WAITING),)
    assert series.unexplained == ()
    assert series.gaps[0].words() == f"000005 至 {BLOCK:06d}"


def test_a_refused_payment_leaves_no_gap(desk: Desk) -> None:
    pay(desk, 1)
    with pytest.raises(Exception, match="还差"):
        desk.pay({desk.bills()[0].id: Money.yuan(5)}, [cash(1)])
    pay(desk, 1)
    (series,) = report(desk)
    assert (series.used, series.gaps) == (2, (Gap(3, BLOCK, Why.WAITING),))


def test_a_number_that_was_passed_over_is_an_alarm_also_in_the_health_check(desk: Desk) -> None:
    pay(desk, 2)
    shift_block(desk, upcoming=6)
    pay(desk, 1)
    (series,) = report(desk)
    assert series.unexplained == (Gap(3, 5, Why.UNKNOWN),)
    assert series.gaps[-1] == Gap(7, BLOCK, Why.WAITING)
    with look(desk.office, PROGRAM) as reading:
        findings = checkup.check_office(reading).findings
    assert [finding.text for finding in findings] == ["收据 WJYA26 系列缺号 000003 至 000005"]


def test_numbers_given_up_at_a_restore_are_explained(desk: Desk) -> None:
    pay(desk, 2)
    shift_block(desk, first=101, last=100 + BLOCK, upcoming=101)
    (series,) = report(desk)
    assert series.unexplained == (Gap(3, 100, Why.UNKNOWN),)
    with begin(desk.office, PROGRAM, Op.RESTORE_BACKUP) as work:
        work.record(restored=True)
    (series,) = report(desk)
    assert series.gaps == (Gap(3, 100, Why.GIVEN_UP), Gap(101, 100 + BLOCK, Why.WAITING))
    with look(desk.office, PROGRAM) as reading:
        assert checkup.check_office(reading).sound


def test_a_used_up_block_and_the_next_one_are_one_series(desk: Desk) -> None:
    pay(desk, 1)
    shift_block(desk, last=2, upcoming=2)
    pay(desk, 3)
    (series,) = report(desk)
    assert (series.used, series.last_granted) == (4, 2 + BLOCK)
    assert series.gaps == (Gap(5, 2 + BLOCK, Why.WAITING),)
    with desk.office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Receipt)) == 4


def test_the_report_is_for_who_may_see_bills(desk: Desk) -> None:
    repair = sit_down(desk.office, "repair_lead", login="weix", name="魏修")
    with look(desk.office, repair) as reading, pytest.raises(Refused):
        receipt_gaps.gap_report(reading)
