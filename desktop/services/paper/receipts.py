"""Receipts as PDF: one or many, on whichever form."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import Paper
from desktop.services.paper.money import ReceiptPaper
from desktop.services.paper.receipt_form import A5, Layout, ReceiptForm
from desktop.services.paper.receipt_preprinted import add_preprinted, cut_fields
from desktop.services.paper.receipt_roll import add_roll
from desktop.services.paper.receipt_sheet import add_sheets

Step = Callable[[int, int, str], None]
"""Told how far a batch is: done, total, words."""


def receipt_pdf(
    paper: ReceiptPaper, form: ReceiptForm = A5, *, mark_missing: bool = False, invariant: bool = False,
    backdrop: bytes | None = None,
) -> bytes:  # fmt: skip
    """One receipt with all its copies. Raises MissingGlyphs unless `mark_missing` sets 〓 for what no font has.

    `backdrop` is a picture of the pre-printed form, for the screen.
    """
    return receipts_pdf([paper], form, mark_missing=mark_missing, invariant=invariant, backdrop=backdrop)


def receipts_pdf(
    papers: Sequence[ReceiptPaper], form: ReceiptForm = A5, *, mark_missing: bool = False, invariant: bool = False,
    backdrop: bytes | None = None, report: Step | None = None,
) -> bytes:  # fmt: skip
    """Many receipts on one form in one file."""
    pairs = [(paper, form) for paper in papers]
    return batch_pdf(pairs, mark_missing=mark_missing, invariant=invariant, backdrop=backdrop, report=report)


def batch_pdf(
    pairs: Sequence[tuple[ReceiptPaper, ReceiptForm]], *, mark_missing: bool = False, invariant: bool = False,
    backdrop: bytes | None = None, report: Step | None = None,
) -> bytes:  # fmt: skip
    """Many receipts in one file, each on its form: the fonts are embedded once, which is what separate files spend
    their time on."""
    if not pairs:
        raise ValueError("no receipts to print")
    first = pairs[0][0]
    pdf = Paper(f"收据 {first.number}", first.office, invariant)
    picture = _picture(backdrop)
    for done, (each, form) in enumerate(pairs):
        if report is not None:
            report(done, len(pairs), each.number)
        facts = printable(each, mark_missing)
        if form.layout is Layout.PREPRINTED:
            add_preprinted(pdf, facts, form, picture)
        elif form.layout is Layout.ROLL:
            add_roll(pdf, facts, form)
        else:
            add_sheets(pdf, facts, form)
    return pdf.finish()


def receipt_notices(paper: ReceiptPaper, form: ReceiptForm) -> list[str]:
    """What the clerk should look at on the paper, in sentences; empty when everything fitted."""
    return cut_fields(printable(paper, True), form) if form.layout is Layout.PREPRINTED else []


def _picture(data: bytes | None) -> Any:
    if data is None:
        return None
    from reportlab.lib.utils import ImageReader

    return ImageReader(io.BytesIO(data))
