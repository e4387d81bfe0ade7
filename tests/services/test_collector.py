"""The collector of cycles is held off while somebody wants it so, and comes back as it was."""

from __future__ import annotations

import gc

import pytest

from desktop.services import bill_runs, collector
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from tests.services.test_bill_runs import DECEMBER


def test_off_until_the_last_one_is_done() -> None:
    with collector.held_off():
        with collector.held_off():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_whoever_had_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with collector.held_off():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_bill_run_holds_it_off_until_its_act_is_over_also_when_that_fails(office: Office) -> None:
    _run(office)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        _run(office, ZeroDivisionError())
    assert gc.isenabled()


def _run(office: Office, trouble: Exception | None = None) -> None:
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        bill_runs.post_run(work, DECEMBER)
        assert not gc.isenabled()
        if trouble is not None:
            raise trouble
