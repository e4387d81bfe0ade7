"""Receipts: what must stand on them, on both sheets, for every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest

from desktop.models.values import Money
from desktop.services.paper.fonts import MissingGlyphs
from desktop.services.paper.money import ReceiptLine
from desktop.services.paper.receipt_form import A5, shipped
from desktop.services.paper.receipts import receipt_pdf, receipts_pdf
from desktop.services.receipt_kinds import ReceiptKind
from tests.services.paper.samples import LONG_NAME, deposit_receipt, pdf_text, receipt, reversal, void_receipt

A4 = shipped("a4")


def squeezed(page: str) -> str:
    return page.replace("\n", "").replace(" ", "")


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    document = pypdfium2.PdfDocument(pdf)
    found = [tuple(round(side / 72 * 25.4) for side in document.get_page_size(index)) for index in range(len(document))]
    document.close()
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("key", ["a5", "a4", "half", "third"])
def test_a_receipt_says_all_that_it_must(key: str) -> None:
    page = pdf_text(receipt_pdf(receipt(), shipped(key)))[0]
    for words in (
        "安居物业·翠湖花园管理处", "收款收据", "No. CHY-01-2026-000123", "付款人：张𬭎", "房号：3 栋 2 单元 1203",
        "日期：2026年11月22日", "2026-12-01 至 2027-02-28", "2,800.00", "8,400.00",
        "合计（大写）：人民币捌仟玖佰肆拾壹元捌角整", "¥ 8,941.80", "现金 ¥5,000.00",
        "微信 ¥4,000.00（流水号 4200002345202611221234567890）",
        "实收 ¥9,000.00", "找零 ¥58.20", "备注：十二月起租金按季收取", "本收据不作为发票", "收银员：李敏",
        "收银台：前台一号",         "收款单位（盖章处）", "付款人签字",
    ):  # fmt: skip
        assert words in page, words


def test_a5_gives_a_page_to_each_copy_and_a4_puts_both_on_one() -> None:
    small = receipt_pdf(receipt(), A5)
    assert sizes(small) == [(210, 148), (210, 148)]
    assert ["存根联" in page for page in pdf_text(small)] == [True, False]
    assert ["客户联" in page for page in pdf_text(small)] == [False, True]
    large = receipt_pdf(receipt(), A4)
    assert sizes(large) == [(210, 297)]
    (page,) = pdf_text(large)
    assert page.index("存根联") < page.index("客户联")
    assert page.count("No. CHY-01-2026-000123") == 2


def test_three_copies_need_two_sheets_of_a4() -> None:
    names = ("存根联", "客户联", "记账联")
    assert sizes(receipt_pdf(receipt(), A4.but(copies=names))) == [(210, 297)] * 2
    assert len(sizes(receipt_pdf(receipt(), A5.but(copies=names)))) == 3


def test_a_deposit_receipt_says_deposit_and_a_reprint_how_often() -> None:
    page = pdf_text(receipt_pdf(deposit_receipt()))[0]
    assert "押金收据" in page
    assert "收款收据" not in page
    assert "补打 2" in page
    assert "凭本收据办理" in page
    assert LONG_NAME in squeezed(page)
    assert "定金收据" in pdf_text(receipt_pdf(replace(deposit_receipt(), kind=ReceiptKind.EARNEST)))[0]


def test_a_void_receipt_is_marked_on_every_copy() -> None:
    for page in pdf_text(receipt_pdf(void_receipt())):
        assert "作废" in page
        assert "作废原因：房号写错，当日重开" in page
    assert not any("作废" in page for page in pdf_text(receipt_pdf(receipt())))


def test_a_reversal_is_red_and_names_its_original() -> None:
    pages = pdf_text(receipt_pdf(reversal()))
    assert "（冲红）" in pages[0]
    assert "-8,400.00" in pages[0]
    assert "人民币负肆万肆仟柒佰零玖元整" in pages[-1]
    assert "本收据冲销原收据 No. CHY-01-2026-000123，原因：重复收款" in pages[-1]
    assert "退款方式：现金 ¥-44,709.00" in pages[-1]
    document = pypdfium2.PdfDocument(receipt_pdf(reversal()))
    page = document[0]
    pixels = page.render(scale=1).to_pil().convert("RGB").getcolors(10**6)
    page.close()
    document.close()
    assert sum(count for count, (red, green, blue) in pixels if red > 150 and green < 90 and blue < 90) > 200


def test_a_long_receipt_goes_over_several_sheets_with_the_total_on_the_last() -> None:
    pages = pdf_text(receipt_pdf(reversal()))
    stubs = [page for page in pages if "存根联" in page]
    assert len(stubs) >= 2
    for number, page in enumerate(stubs, start=1):
        assert f"第 {number} 张 / 共 {len(stubs)} 张" in page
        assert ("合计（大写）" in page) is (number == len(stubs))
    assert sum(page.count("房屋租金") for page in stubs) == 5


def test_a_receipt_that_does_not_add_up_is_never_made() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        replace(receipt(), total=Money.yuan(1))


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="no receipts"):
        receipts_pdf([])


def test_a_batch_holds_every_receipt_in_one_file() -> None:
    papers = [replace(receipt(), number=f"CHY-01-2026-{number:06d}") for number in range(30)]
    pages = pdf_text(receipts_pdf(papers, A4))
    assert [f"{number:06d}" in page for number, page in enumerate(pages)] == [True] * 30


def test_a_name_that_no_font_has_is_refused_or_left_to_be_written_in() -> None:
    paper = replace(receipt(), payer="张\U000323af")
    with pytest.raises(MissingGlyphs):
        receipt_pdf(paper)
    assert "付款人：张〓" in pdf_text(receipt_pdf(paper, mark_missing=True))[0]


@pytest.mark.parametrize(
    ("price", "shown"),
    [("2800", "2,800.00"), ("3.5", "3.50"), ("0.588", "0.588"), ("1E+3", "1,000.00"), ("12.340000", "12.34")],
)
def test_unit_prices_show_fen_at_least_and_lose_no_digit(price: str, shown: str) -> None:
    line = ReceiptLine("电费", Money.yuan(5), quantity=Decimal("1E+2"), unit="度", unit_price=Decimal(price))
    page = pdf_text(receipt_pdf(replace(receipt(), lines=(line,), total=Money.yuan(5))))[0]
    assert f"100 度 {shown} 5.00" in page


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert receipt_pdf(receipt(), invariant=True) == receipt_pdf(receipt(), invariant=True)
    assert receipt_pdf(replace(receipt(), business_date=date(2026, 11, 23)), invariant=True) != receipt_pdf(
        receipt(), invariant=True
    )
