"""Bill notices on paper: every square can be read, every line is there once, one cut puts a stack in order."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import numpy
import pypdfium2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.models.values import NIL, Money
from desktop.services.bill_codes import bill_in, code_of
from desktop.services.paper.bill_notice import NoticeLine, PayWays, notices_pdf, sheet_count, sheets_of
from desktop.services.paper.fonts import MissingGlyphs
from desktop.services.paper.qr import code_rows
from tests.services.paper import samples
from tests.services.paper.samples import notice_of, pdf_text


def read_squares(picture: Any) -> set[str]:
    """What a scanner reads on a picture."""
    import cv2

    _found, texts, _points, _straight = cv2.QRCodeDetectorAruco().detectAndDecodeMulti(picture)
    return {text for text in texts if text}


# OpenCV's older detector misses one square in a hundred, whatever its size; this one none of eight hundred.
@settings(max_examples=40)
@given(st.uuids())
@example(uuid.UUID("fab6816a-35eb-2f73-e1a4-28af1e6b44b8"))
@example(uuid.UUID("f849de7e-ef7e-ab2a-8038-f330e50bad23"))
def test_any_id_comes_back_from_its_square(bill_id: uuid.UUID) -> None:
    import cv2

    dark = numpy.array(code_rows(code_of(bill_id)))
    picture = numpy.kron(numpy.pad(~dark, 4, constant_values=True).astype("uint8") * 255, numpy.ones((6, 6), "uint8"))
    text, _points, _straight = cv2.QRCodeDetectorAruco().detectAndDecode(picture)
    assert bill_in(text) == bill_id


def test_the_squares_on_the_paper_can_be_read() -> None:
    stack = samples.notice_stacks()[0][:2]
    document = pypdfium2.PdfDocument(notices_pdf([stack], PayWays()))
    picture = document[0].render(scale=4).to_numpy()[:, :, ::-1].copy()
    document.close()
    assert read_squares(picture) == {paper.code for paper in stack}


def test_one_cut_puts_a_stack_in_order() -> None:
    """Whatever number of notices, also odd ones and ones of several halves: upper pile on lower pile."""
    line = NoticeLine("租金", Money.yuan(100))
    for count in range(1, 12):
        stack = [notice_of(f"{number:03d}", [line] * (1 if number % 4 else 30)) for number in range(1, count + 1)]
        sheets = sheets_of(stack)
        pile = [upper for upper, _ in sheets] + [lower for _, lower in sheets if lower is not None]
        order = [(half.paper.number, half.number) for half in pile]
        assert order == sorted(order)
        assert {number for number, _ in order} == {paper.number for paper in stack}
        assert sum(len(half.rows) for half in pile) == sum(len(paper.lines) for paper in stack)
        assert [half.last for half in pile].count(True) == count
        assert sheet_count([stack]) == len(sheets)


def test_houses_never_share_a_sheet_and_each_half_says_where_it_goes() -> None:
    stacks = samples.notice_stacks()
    pages = pdf_text(notices_pdf(stacks, samples.pay_ways()))
    assert len(pages) == sheet_count(stacks) == 6
    for page in pages[:4]:
        assert "3 栋" in page
        assert "人才公寓" not in page
    assert sum(page.count("3 栋 1205") for page in pages) >= 3, "a notice of three halves names its room on each"
    assert "B-1208" in pages[4]
    assert "请到前台领取" in pages[5]


def test_every_line_stands_once_and_the_sum_on_the_last_half() -> None:
    many = samples.notice_stacks()[0][2]
    text = "\n".join(pdf_text(notices_pdf([[many]], PayWays())))
    for number in range(1, 41):
        assert text.count(f"1,860.{number:02d}") == 1
    assert text.count("人民币柒万肆仟肆佰零捌元贰角整") == 1
    assert text.count("接下页") == 2


def test_a_notice_that_does_not_add_up_is_never_made() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        replace(notice_of("1", samples.usual_lines()), total=NIL)


def test_what_no_font_has_is_named_or_left_to_be_written() -> None:
    paper = replace(notice_of("1203", samples.usual_lines()), debtor="张\U0010ffff三")
    with pytest.raises(MissingGlyphs):
        notices_pdf([[paper]], PayWays())
    assert "张〓三" in pdf_text(notices_pdf([[paper]], PayWays(), mark_missing=True))[0]
