"""Line breaking: nothing is lost, nothing sticks out, and lines begin and end where Chinese typesetting lets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.paper.lines import NOT_FIRST, NOT_LAST, Line, Run, Style, break_lines, text_width

STYLE = Style(size=10, leading=16)


def words_of(line: Line) -> str:
    return "".join(piece.text for piece in line.pieces)


def broken(text: str, width: float, style: Style = STYLE) -> list[str]:
    return [words_of(line) for line in break_lines([Run(text)], style, width)]


def test_a_closing_mark_never_begins_a_line_and_an_opening_one_never_ends_it() -> None:
    text = "租金为每月两千八百元（人民币贰仟捌佰元整），每三个月一期支付。“押金”另行约定；" * 8
    for width in range(60, 420, 7):
        lines = broken(text, width)
        assert "".join(lines) == text
        assert not any(line[0] in NOT_FIRST for line in lines[1:])
        assert not any(line[-1] in NOT_LAST for line in lines[:-1])


def test_figures_and_latin_words_stay_whole() -> None:
    text = "合同编号CHY-ZL-2026-00042自2026-12-01起月租¥12,800.50元计算"
    for width in range(120, 300, 5):
        lines = broken(text, width)
        assert any("12,800.50" in line for line in lines), lines
        assert any("2026" in line for line in lines), lines


def test_a_word_longer_than_the_line_is_cut_rather_than_lost() -> None:
    lines = broken("A" * 200, 100)
    assert "".join(lines) == "A" * 200
    assert len(lines) > 5


def test_a_figure_keeps_its_measure() -> None:
    text = "应当在收到通知之日起 30 日内答复，逾期 7 日视为同意。共 12 个月。" * 3
    for width in range(70, 330, 3):
        for line, follower in zip(lines := broken(text, width), lines[1:], strict=False):
            assert not (line[-1].isdigit() and follower[0] in "日个"), (line, follower)


def test_a_paragraph_does_not_close_with_one_character() -> None:
    text = "甲方应当将房屋按时交付乙方使用并保证房屋符合约定的用途和安全要求否则承担责任。"
    for width in range(140, 400, 2):
        lines = broken(text, width)
        assert len(lines) == 1 or len(lines[-1]) >= 3, lines


def test_justified_lines_end_exactly_at_the_margin() -> None:
    text = (
        "根据《民法典》和有关规定，甲乙双方在平等、自愿、诚实信用的基础上，就房屋租赁订立本合同，自2026年12月1日起。"
        * 4
    )
    lines = break_lines([Run(text)], STYLE, 333)
    assert len(lines) > 4
    for line in lines[:-1]:
        piece = line.pieces[-1]
        end = piece.x + text_width(piece.text, 10) + piece.spacing * (len(piece.text) - 1)
        assert end == pytest.approx(333, abs=0.05)


@pytest.mark.parametrize(("align", "start"), [("left", 0), ("right", 80), ("centre", 40)])
def test_short_lines_stand_where_they_are_told(align: str, start: float) -> None:
    (line,) = break_lines([Run("安居")], STYLE.but(align=align), 100)
    assert line.pieces[0].x == pytest.approx(start)


def test_indents_and_hard_breaks() -> None:
    lines = break_lines([Run("第一行\n第二行")], STYLE.but(first=20, left=5), 200)
    assert [words_of(line) for line in lines] == ["第一行", "第二行"]
    assert [line.pieces[0].x for line in lines] == [25, 5]


def test_a_han_and_a_figure_stand_a_thin_gap_apart() -> None:
    assert text_width("于7日内", 10) == pytest.approx(text_width("于日内", 10) + text_width("7", 10) + 2 * 1.25)
    assert text_width("（7）", 10) == pytest.approx(text_width("（）", 10) + text_width("7", 10))


@given(st.text(alphabet="甲乙丙，。（）“”《》0123456789ABz .-·¥\n", max_size=120), st.floats(15, 400))
def test_no_text_is_lost_whatever_the_width(text: str, width: float) -> None:
    lines = broken(text, width, STYLE.but(align="left"))
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")


@given(st.text(alphabet="甲乙，。（）0123456789", min_size=1, max_size=120), st.floats(60, 400))
def test_nothing_sticks_out_of_the_column(text: str, width: float) -> None:
    for line in break_lines([Run(text)], STYLE, width):
        piece = line.pieces[-1]
        assert piece.x + text_width(piece.text, 10) <= width + 0.02 or _is_one_word(words_of(line))


def _is_one_word(line: str) -> bool:
    """A run of marks that may not be parted at all."""
    return all(mark in NOT_FIRST or mark in NOT_LAST or mark.isdigit() for mark in line[1:-1])
