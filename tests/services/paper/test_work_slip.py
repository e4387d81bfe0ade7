"""Work slips on paper: the square can be read, the hand finds its lines, much said takes a second sheet and loses
nothing."""

from __future__ import annotations

import numpy
import pypdfium2
import pytest

from desktop.services.paper.work_slip import WorkSlipPaper, work_slip_pdf
from tests.services.paper.samples import pdf_text
from tests.services.paper.slip_samples import bare_slip, full_slip, long_round_slip, round_slip, slip
from tests.services.paper.test_bill_notice import read_squares

SLIPS = {
    "usual": slip, "full": full_slip, "bare": bare_slip, "round": round_slip, "long-round": long_round_slip,
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_the_square_on_the_paper_can_be_read(name: str) -> None:
    paper: WorkSlipPaper = SLIPS[name]()
    document = pypdfium2.PdfDocument(work_slip_pdf(paper))
    picture = document[0].render(scale=4).to_numpy()[:, :, ::-1].copy()
    document.close()
    assert read_squares(picture) == {paper.code}


def test_what_is_needed_at_the_door_stands_there_once() -> None:
    paper = slip()
    (page,) = pdf_text(work_slip_pdf(paper))
    for words in (paper.place, "水龙头滴水，关不紧", "13812345678", "顾听澜", "方一鸣", "带 6 分角阀", "14:00–16:00",
                  "修好了", "自然损耗", "租客签字", "用完交回前台", "0755-2600-0000"):  # fmt: skip
        assert page.count(words) == 1, words
    assert page.count("CHY0126-W00012") == 3, "large, below the square, and in the foot of every sheet"
    assert "紧急" not in page


def test_much_that_is_said_loses_nothing() -> None:
    paper = full_slip()
    text = "".join("".join(pdf_text(work_slip_pdf(paper))).split())
    text = text.replace("\x02", "-")  # a hyphen at the end of a line
    for words in (paper.place, paper.summary, paper.note, paper.who, paper.hands, "补打2", "紧急"):
        assert "".join(words.split()) in text
    assert "用完交回前台" not in text, "a masked number may be thrown away"


def test_the_slip_of_a_round_has_its_checklist() -> None:
    (page,) = pdf_text(work_slip_pdf(round_slip()))
    for n, (words, _) in enumerate(round_slip().checks, 1):
        assert f"{n}. {words}" in page.replace("\r\n", "").replace("\n", "")
    assert (page.count("■ 正常"), page.count("■ 异常"), page.count("□ 不适用")) == (1, 1, 7)
    assert "不适用" not in pdf_text(work_slip_pdf(slip()))[0]
    pages = ["".join(text.split()) for text in pdf_text(work_slip_pdf(long_round_slip()))]
    assert len(pages) > 1
    assert all("".join(words.split()) in "".join(pages) for words, _ in long_round_slip().checks)


def test_a_page_is_filled_and_not_overfilled() -> None:
    for make in SLIPS.values():
        document = pypdfium2.PdfDocument(work_slip_pdf(make()))
        for page in document:
            grey = page.render(scale=2).to_numpy().min(axis=2)
            inked = numpy.flatnonzero((grey < 160).any(axis=1))
            assert inked[0] > 8, "nothing in the upper margin"
            assert inked[-1] < grey.shape[0] - 8, "nothing in the lower margin"
        document.close()
