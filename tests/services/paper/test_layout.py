"""Pages: blocks flow without loss, headings stay with what they announce, and what is too tall is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.services.paper.layout import (
    Block,
    Gap,
    Grid,
    Group,
    NewPage,
    PageSetup,
    Paper,
    Text,
    TooManyPages,
    flow,
    text,
)
from desktop.services.paper.lines import Run, Style
from tests.services.paper.samples import pdf_text

SETUP = PageSetup(size=(300, 200), left=20, right=20, top=20, bottom=20, numbered=False)
STYLE = Style(size=10, leading=20)


def words(block: Block) -> str:
    if isinstance(block, Text):
        if block._width < 0:  # not laid out yet
            return "".join(run.text for run in block.runs)
        return "".join(piece.text for line in block._lines for piece in line.pieces)
    if isinstance(block, Grid):
        return "".join(words(cell) for row in block.rows for cell in row)
    return "".join(words(part) for part in block.blocks) if isinstance(block, Group) else ""


def page_words(blocks: list[Block]) -> list[str]:
    return ["|".join(words(block) for block, _offset in page) for page in flow(blocks, SETUP)]


def test_blocks_stand_one_below_the_other() -> None:
    style = STYLE.but(before=5, after=3)
    (page,) = flow([text("甲", style), text("乙", style)], SETUP)
    assert [offset for _block, offset in page] == [0, 28]


def test_a_paragraph_leaves_no_single_line_behind() -> None:
    filler = [text("填", STYLE) for _ in range(7)]
    pages = flow([*filler, text("长" * 26 * 3, STYLE)], SETUP)
    assert [len(page) for page in pages] == [7, 1]  # one line would have fitted
    assert len(words(pages[1][0][0])) == 78
    pages = flow([*filler[:6], text("长" * 26 * 4, STYLE)], SETUP)
    assert [len(words(page[-1][0])) for page in pages] == [52, 52]


def test_a_heading_moves_on_with_the_clause_it_heads() -> None:
    filler = [text("填", STYLE) for _ in range(7)]
    assert page_words([*filler, text("题", STYLE, with_next=True), text("文", STYLE)])[1] == "题|文"
    chain = [text("题", STYLE, with_next=True), text("款：", STYLE, with_next=True), Grid([1], [[text("格")]])]
    assert page_words([*filler[:6], *chain])[1] == "题|款：|格"


def test_a_table_repeats_its_head_on_each_page() -> None:
    rows = [[text("头")], *([text(f"行{number}")] for number in range(20))]
    pages = page_words([Grid([1], rows, head=1)])
    assert len(pages) > 2
    assert all(page.startswith("头行") for page in pages)
    assert "".join(pages).replace("头", "") == "".join(f"行{number}" for number in range(20))


def test_a_row_taller_than_a_page_is_cut() -> None:
    rows = [[text("头"), text("头")], [text("长" * 400, STYLE), text("短", STYLE)], [text("尾"), text("尾")]]
    pages = page_words([text("前", STYLE), Grid([1, 1], rows, head=1)])
    assert len(pages) > 3
    assert "".join(pages).count("长") == 400
    assert "".join(pages).count("短") == 1
    assert pages[-1].endswith("尾尾")


def test_a_group_stays_together_unless_no_page_can_hold_it() -> None:
    filler = [text("填", STYLE) for _ in range(6)]
    group = Group([text("一", STYLE), text("二", STYLE), text("三", STYLE)])
    assert page_words([*filler, group])[1] == "一二三"
    tall = Group([text(str(number % 10), STYLE) for number in range(20)])
    assert "".join(page_words([tall])).replace("|", "") == "01234567890123456789"


def test_a_line_taller_than_the_sheet_still_stands_on_one_page() -> None:
    pages = page_words([text("大", Style(size=200, leading=300)), text("后", STYLE)])
    assert pages == ["大", "后"]


def test_gaps_are_swallowed_at_the_head_of_a_page_and_page_breaks_do_not_double() -> None:
    pages = page_words([Gap(50), NewPage(), text("甲", STYLE), NewPage(), NewPage(), Gap(30), text("乙", STYLE)])
    assert pages == ["甲", "乙"]


def test_an_endless_text_is_refused() -> None:
    with pytest.raises(TooManyPages) as refusal:
        flow([text("页", STYLE), NewPage()] * 600, SETUP)
    assert refusal.value.pages == 500


def test_pages_are_numbered_and_carry_number_and_watermark() -> None:
    pdf = Paper("题", invariant=True)
    setup = PageSetup(foot_left="编号：A-1", watermark="样张")
    pdf.add_flow([text("甲"), NewPage(), text("乙")], setup)
    first, second = pdf_text(pdf.finish())
    for page, number in ((first, 1), (second, 2)):
        assert f"第 {number} 页 / 共 2 页" in page
        assert "编号：A-1" in page
        assert "样张" in page


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(0, 300).map(lambda count: text("字" * count, STYLE)),
            st.integers(1, 12).map(lambda count: Grid([1], [[text("格")] for _ in range(count)], head=1)),
            st.integers(1, 6).map(lambda count: Group([text("组", STYLE) for _ in range(count)])),
            st.just(Text([Run("题")], STYLE, with_next=True)),
            st.integers(1, 90).map(lambda points: Gap(float(points))),
        ),
        max_size=12,
    )
)
def test_everything_arrives_and_nothing_lies_below_the_margin(blocks: list[Block]) -> None:
    counted = "".join(words(block) for block in blocks)
    pages = flow(blocks, SETUP)
    arrived = "".join(words(block) for page in pages for block, _offset in page)
    assert arrived.count("字") == counted.count("字")
    assert arrived.count("组") == counted.count("组")
    assert arrived.count("题") == counted.count("题")
    assert arrived.count("格") >= counted.count("格")  # heads repeat
    for page in pages:
        for block, offset in page:
            assert offset + block.height(SETUP.width) <= SETUP.height + 0.02
