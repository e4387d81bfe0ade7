"""The comparer itself: it must see what a clerk would see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop.models.values import Money
from desktop.services.paper.layout import PageSetup, Paper, text
from desktop.services.paper.lines import Style
from desktop.services.paper.receipt_form import A5, shipped
from desktop.services.paper.receipts import receipt_pdf
from tests.golden.compare import MOST_DIFFERENT, Drawn, difference, draw, problems, store
from tests.services.paper.samples import receipt


def page(words: str, indent: float = 0.0) -> Drawn:
    pdf = Paper("x", invariant=True)
    pdf.add_flow([text(words, Style(left=indent))], PageSetup(size=(300, 220), numbered=False))
    return draw(pdf.finish())


def test_equal_pages_pass(tmp_path: Path) -> None:
    store("page", page("安居前台"), tmp_path)
    assert problems("page", page("安居前台"), tmp_path) == []


def test_other_text_is_named(tmp_path: Path) -> None:
    store("page", page("金额 100.00 元"), tmp_path)
    (first, *_rest) = problems("page", page("金额 100.01 元"), tmp_path)
    assert "'金额 100.00 元' became '金额 100.01 元'" in first


def test_moved_text_is_seen_by_its_pixels_alone(tmp_path: Path) -> None:
    store("page", page("安居前台", indent=0), tmp_path)
    (found,) = problems("page", page("安居前台", indent=6), tmp_path)
    assert "of the pixels differ" in found


def test_one_more_page_and_a_missing_golden_are_seen(tmp_path: Path) -> None:
    assert problems("page", page("安"), tmp_path) == ["page: 1 pages, golden has 0"]
    store("page", page("安\n" * 9), tmp_path)
    assert any("golden has" in problem for problem in problems("page", page("安"), tmp_path))


def test_pages_of_another_size_differ_wholly() -> None:
    small, large = draw(receipt_pdf(receipt(), A5)), draw(receipt_pdf(receipt(), shipped("a4")))
    assert difference(small.pages[0], large.pages[0]) == 1.0


@pytest.mark.parametrize(
    "change", [{"cashier": "王敏"}, {"number": "CHY-01-2026-000124"}, {"void": True}, {"change": Money(5821)}]
)
def test_the_smallest_change_of_a_receipt_is_caught(change: dict[str, object], tmp_path: Path) -> None:
    """One digit is fewer than one pixel in a thousand: that is why the text must be equal as well."""
    store("receipt", draw(receipt_pdf(receipt(), invariant=True)), tmp_path)
    changed = draw(receipt_pdf(replace(receipt(), **change), invariant=True))  # type: ignore[arg-type]
    assert problems("receipt", changed, tmp_path)


def test_the_limit_lets_a_rasteriser_round_but_not_a_rule_vanish() -> None:
    whole = draw(receipt_pdf(receipt(), invariant=True)).pages[0]
    without_rule = whole.copy()
    dark = (np.asarray(whole.convert("L")) < 150).sum(axis=1)
    row = int(np.argmax(dark > 600))
    without_rule.paste((255, 255, 255), (0, row, whole.width, row + 1))
    assert difference(whole, without_rule) > MOST_DIFFERENT
    speck = whole.copy()
    speck.paste((0, 0, 0), (5, 5, 15, 15))
    assert 0 < difference(whole, speck) < MOST_DIFFERENT
