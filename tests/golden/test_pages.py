"""Golden pages of everything printed. A change that is meant: `run.py golden`, then look at every page it drew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desktop.services.paper.lease import lease_pdf
from desktop.services.paper.money import Sheet, receipt_pdf
from desktop.services.paper.notices import notice_pdf, recovery_pdf
from tests.golden.compare import draw, problems, store
from tests.services.paper import samples

PAPERS: dict[str, Callable[[], bytes]] = {
    "receipt-a5": lambda: receipt_pdf(samples.receipt(), Sheet.A5, invariant=True),
    "receipt-a4": lambda: receipt_pdf(samples.receipt(), Sheet.A4, invariant=True),
    "receipt-deposit": lambda: receipt_pdf(samples.deposit_receipt(), Sheet.A5, invariant=True),
    "receipt-void": lambda: receipt_pdf(samples.void_receipt(), Sheet.A5, invariant=True),
    "receipt-reversal": lambda: receipt_pdf(samples.reversal(), Sheet.A4, invariant=True),
    "lease": lambda: lease_pdf(samples.lease(), invariant=True),
    "lease-bare": lambda: lease_pdf(samples.bare_lease(), masked=True, watermark="样张", invariant=True),
    "notice": lambda: notice_pdf(samples.notice(), invariant=True),
    "recovery": lambda: recovery_pdf(samples.recovery(), invariant=True),
}


@pytest.mark.golden
@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_looks_as_it_did(name: str, golden_anew: bool) -> None:
    drawn = draw(PAPERS[name]())
    if golden_anew:
        store(name, drawn)
    assert problems(name, drawn) == []


@pytest.mark.parametrize("name", PAPERS)
def test_the_same_facts_give_the_same_bytes(name: str) -> None:
    assert PAPERS[name]() == PAPERS[name]()
