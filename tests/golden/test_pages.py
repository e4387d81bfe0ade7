"""Golden pages of everything printed. A change that is meant: `run.py golden`, then look at every page it drew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from desktop.services.billing import FEE_WORDS
from desktop.services.paper.bill_notice import PayWays, notices_pdf
from desktop.services.paper.form_samples import FULL, RED, USUAL, sample_receipt
from desktop.services.paper.lease import lease_pdf
from desktop.services.paper.month_sums import MonthSums, month_sums_pdf, tables_of
from desktop.services.paper.notices import notice_pdf, recovery_pdf
from desktop.services.paper.printer_page import printer_page
from desktop.services.paper.receipt_form import SHIPPED, shipped
from desktop.services.paper.receipts import receipt_pdf, receipts_pdf
from desktop.services.paper.service_report import service_report_pdf
from desktop.services.paper.statement import statement_pdf
from desktop.services.paper.work_slip import work_slip_pdf
from tests.golden.compare import draw, problems, store
from tests.services.paper import report_samples, samples, slip_samples


def sums_pdf(sums: MonthSums) -> bytes:
    """The report with the office's words for fees."""
    return month_sums_pdf(sums, tables_of(sums, FEE_WORDS), "林小满 2026-11-26 14:35 打印", invariant=True)


ONE_COPY = shipped("a5").but(copies=("客户联",))

PAPERS: dict[str, Callable[[], bytes]] = {
    **{f"receipt-{form.key}": partial(receipt_pdf, samples.receipt(), form, invariant=True) for form in SHIPPED},
    **{
        f"receipt-{form.key}-kinds": partial(receipts_pdf, samples.awkward_receipts(), form, invariant=True)
        for form in SHIPPED
    },
    **{
        f"receipt-{form.key}-full": partial(receipt_pdf, sample_receipt(FULL), form, invariant=True) for form in SHIPPED
    },
    **{
        f"receipt-{form.key}-till": partial(receipts_pdf, samples.till_receipts(), form, invariant=True)
        for form in SHIPPED
    },
    "receipt-reservation": partial(receipts_pdf, samples.reservation_receipts(), ONE_COPY, invariant=True),
    "receipt-settlement": partial(receipts_pdf, samples.settlement_receipts(), ONE_COPY, invariant=True),
    "receipt-trial": partial(
        receipts_pdf, [sample_receipt(USUAL), sample_receipt(RED)], shipped("own"), invariant=True
    ),
    **{f"printer-{key}": partial(printer_page, page, invariant=True) for key, page in samples.PRINTER_PAGES.items()},
    "lease": lambda: lease_pdf(samples.lease(), invariant=True),
    "lease-bare": lambda: lease_pdf(samples.bare_lease(), masked=True, watermark="样张", invariant=True),
    "lease-people": lambda: lease_pdf(samples.peopled_lease(), invariant=True),
    "lease-letterhead": lambda: lease_pdf(
        samples.lease(), samples.letterhead_template(), pictures={"抬头": samples.letterhead()}, invariant=True
    ),
    "notice": lambda: notice_pdf(samples.notice(), invariant=True),
    "recovery": lambda: recovery_pdf(samples.recovery(), invariant=True),
    "bill-notice": lambda: notices_pdf(samples.notice_stacks(), samples.pay_ways(), invariant=True),
    "bill-notice-bare": lambda: notices_pdf(samples.notice_stacks()[:1], PayWays(), from_sheet=2, invariant=True),
    "statement": lambda: statement_pdf(samples.statement(), "林小满 2026-11-26 14:35 打印", invariant=True),
    "statement-long": lambda: statement_pdf(samples.long_statement(), invariant=True),
    "statement-empty": lambda: statement_pdf(samples.empty_statement(), invariant=True),
    "work-slip": lambda: work_slip_pdf(slip_samples.slip(), invariant=True),
    "work-slip-full": lambda: work_slip_pdf(slip_samples.full_slip(), invariant=True),
    "work-slip-round": lambda: work_slip_pdf(slip_samples.round_slip(), invariant=True),
    "work-slip-bare": lambda: work_slip_pdf(slip_samples.bare_slip(), invariant=True),
    "service-report": lambda: service_report_pdf(
        report_samples.report(), "林小满 2026-12-01 08:35 打印", invariant=True
    ),
    "service-report-house": lambda: service_report_pdf(report_samples.one_house(), invariant=True),
    "service-report-empty": lambda: service_report_pdf(report_samples.nothing(), invariant=True),
    "month-sums": lambda: sums_pdf(samples.sums()),
    "month-sums-wrong": lambda: sums_pdf(replace(samples.no_sums(), problems=("现金 分录 1.00，收款方式 2.00",))),
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
