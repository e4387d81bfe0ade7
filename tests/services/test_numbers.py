"""Unbroken numbers: over the end of a block, given back by an act that fails, one write an act."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desktop.models.trust import NumberBlock
from desktop.services import numbers
from desktop.services.acts import Op
from desktop.services.numbers import Series, take_number, take_numbers
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin


def _take(office: Office, *counts: int) -> list[str]:
    with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
        work.authorised += 1
        taken = [number for count in counts for number in take_numbers(work, Series.RECEIPT, count)]
        work.record(numbers=len(taken))
    return taken


def _tails(taken: list[str]) -> list[int]:
    return [int(number.rpartition("-")[2]) for number in taken]


def test_the_next_act_goes_on_where_the_last_ended(office: Office) -> None:
    assert _tails(_take(office, 1, 1, 3)) == [1, 2, 3, 4, 5]
    assert _tails(_take(office, 2)) == [6, 7]


def test_over_the_end_of_a_block_within_an_act(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "BLOCK", 4)
    assert _tails(_take(office, 3, 3, 4)) == list(range(1, 11))
    assert _tails(_take(office, 1)) == [11]
    with office.reading() as session:
        blocks = session.execute(
            sa.select(NumberBlock.first, NumberBlock.last, NumberBlock.upcoming)
            .where(NumberBlock.series == "receipt:2026")
            .order_by(NumberBlock.first)
        ).all()
    assert [tuple(block) for block in blocks] == [(1, 4, 5), (5, 8, 9), (9, 12, 12)]


def test_an_act_that_fails_gives_them_back(office: Office) -> None:
    def fail() -> None:
        with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
            work.authorised += 1
            take_number(work, Series.RECEIPT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _tails(_take(office, 1)) == [1]
