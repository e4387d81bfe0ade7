"""Forms of receipts: each carries what it must, whatever its size; pre-printed ones say what did not fit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pypdfium2
import pytest

from desktop.models.values import Money
from desktop.services.errors import ProblemsFound
from desktop.services.paper.form_samples import FULL, sample_receipt
from desktop.services.paper.money import (
    ReceiptLine,
    ReceiptPaper,
    date_words,
    period_words,
    price_words,
    quantity_words,
    standing_words,
    tender_words,
    title_words,
)
from desktop.services.paper.receipt_form import (
    FIELD_WORDS,
    HALF,
    KEYS,
    SHIPPED,
    THIRD,
    Align,
    FieldPlace,
    Layout,
    form_problems,
    read_form,
    shipped,
    write_form,
)
from desktop.services.paper.receipt_preprinted import values_set
from desktop.services.paper.receipts import receipt_notices, receipt_pdf, receipts_pdf
from desktop.services.rmb import uppercase_rmb
from tests.services.paper.samples import (
    LONG_NAME,
    RARE_NAME,
    awkward_receipts,
    deposit_receipt,
    pdf_text,
    receipt,
    reservation_receipts,
    reversal,
    reversed_receipt,
    settlement_receipts,
    short_reversal,
    void_receipt,
)

OWN, ROLL = shipped("own"), shipped("roll")
_MM = 25.4 / 72


def squeezed(text: str) -> str:
    return text.replace("\n", "").replace(" ", "")


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(pdf)
    found = [tuple(side * _MM for side in document.get_page_size(index)) for index in range(len(document))]
    document.close()
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("key", KEYS)
def test_every_form_carries_what_a_receipt_must(key: str) -> None:
    text = squeezed("".join(pdf_text(receipt_pdf(receipt(), shipped(key)))))
    for words in (
        "CHY-01-2026-000123", "2026年11月22日", "张𬭎", "3栋2单元1203", "房屋租金", "8,400.00", "8,941.80",
        "人民币捌仟玖佰肆拾壹元捌角整", "现金¥5,000.00", "4200002345202611221234567890", "李敏", "本收据不作为发票",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("key", KEYS)
def test_every_form_says_what_a_receipt_no_longer_is(key: str) -> None:
    form = shipped(key)
    assert "补打2" in squeezed(pdf_text(receipt_pdf(deposit_receipt(), form))[0])
    for page in pdf_text(receipt_pdf(void_receipt(), form)):
        assert "作废" in page
    red = squeezed(pdf_text(receipt_pdf(short_reversal(), form))[0])
    assert "冲红" in red
    assert "冲销原收据No.CHY-01-2026-000123" in red
    assert "-8,941.80" in red
    assert "人民币负捌仟玖佰肆拾壹元捌角整" in red
    back = squeezed(pdf_text(receipt_pdf(reversed_receipt(), form))[0])
    assert "已冲红" in back
    assert "CHY-01-2026-000141" in back
    assert "冲红" not in squeezed(pdf_text(receipt_pdf(receipt(), form))[0])


@pytest.mark.parametrize("key", [key for key in KEYS if key != "own"])
def test_a_rare_and_endless_name_is_whole_on_every_form_that_grows(key: str) -> None:
    text = squeezed("".join(pdf_text(receipt_pdf(deposit_receipt(), shipped(key)))))
    assert LONG_NAME + "、" + RARE_NAME in text


EVERY_PAPER = {
    "plain": receipt(), "deposit": deposit_receipt(), "void": void_receipt(), "red": short_reversal(),
    "reversed": reversed_receipt(), "many lines": reversal(), "full": sample_receipt(FULL),
    "earnest": reservation_receipts()[0], "advance": reservation_receipts()[1], "refund": settlement_receipts()[0],
    "offset": settlement_receipts()[1],
}  # fmt: skip


def meant(paper: ReceiptPaper) -> list[str]:
    """Everything that somebody will want to read on this receipt."""
    found = [
        paper.number, date_words(paper.business_date), paper.payer, paper.room, str(paper.total), paper.cashier,
        uppercase_rmb(paper.total), "本收据不作为发票", *tender_words(paper), standing_words(paper), paper.remark,
        title_words(paper), paper.office,
    ]  # fmt: skip
    for line in paper.lines:
        found += [line.item, period_words(line), quantity_words(line), price_words(line), str(line.amount)]
    if paper.reprint:
        found.append(f"补打 {paper.reprint}")
    return [squeezed(words) for words in found if words]


@pytest.mark.parametrize("name", EVERY_PAPER)
@pytest.mark.parametrize("key", [key for key in KEYS if key != "own"])
def test_what_was_meant_is_read_back(key: str, name: str) -> None:
    paper = EVERY_PAPER[name]
    text = squeezed("".join(pdf_text(receipt_pdf(paper, shipped(key)))))
    assert [words for words in meant(paper) if words not in text] == []
    assert "〓" not in text


@pytest.mark.parametrize("name", EVERY_PAPER)
def test_a_pre_printed_form_sets_what_was_meant_or_tells_what_it_cut(name: str) -> None:
    paper = EVERY_PAPER[name]
    (page,) = pdf_text(receipt_pdf(paper, OWN))
    text, told = squeezed(page), receipt_notices(paper, OWN)
    values = list(values_set(paper, OWN))
    assert [value.text for value in values if squeezed(value.text) not in text] == []
    cut = {value.name for value in values if value.cut}
    assert {words.split("」")[0][1:] for words in told if "写不下" in words} == {FIELD_WORDS[each] for each in cut}
    by_the_print_shop = {squeezed(title_words(paper)), squeezed(paper.office)}
    if not told:
        assert [words for words in meant(paper) if words not in text and words not in by_the_print_shop] == []


def test_tractor_paper_has_the_size_of_the_paper_and_one_page_for_all_layers() -> None:
    for key, height in (("half", 139.7), ("third", 93.13)):
        (size,) = sizes(receipt_pdf(receipt(), shipped(key)))
        assert size == pytest.approx((241, height), abs=0.02)
        page = pdf_text(receipt_pdf(receipt(), shipped(key)))[0]
        assert page.count("No. CHY-01-2026-000123") == 1
        assert "第一联 存根（白）" in page
        assert "第三联 记账（黄）" in page
    assert pytest.approx((279.4, 279.4)) == (HALF * 2, THIRD * 3)


def test_tractor_paper_leaves_the_holes_alone() -> None:
    """Nothing is set on the strips that tear off, and nothing grey that needles would turn into dots."""
    for key in ("half", "third"):
        for paper in awkward_receipts():
            document = pypdfium2.PdfDocument(receipt_pdf(paper, shipped(key)))
            for page in document:
                bitmap = page.render(scale=2)
                pixels = bitmap.to_numpy()[:, :, :3]
                edge = int(12.7 / _MM * 2)
                assert (pixels[:, :edge] == 255).all()
                assert (pixels[:, -edge:] == 255).all()
                bitmap.close()
                page.close()
            document.close()


def test_a_roll_is_as_long_as_its_content_and_holds_both_copies() -> None:
    (short,) = sizes(receipt_pdf(deposit_receipt(), ROLL))
    (usual,) = sizes(receipt_pdf(receipt(), ROLL))
    (long,) = sizes(receipt_pdf(reversal(), ROLL))
    assert {round(size[0]) for size in (short, usual, long)} == {80}
    assert short[1] < usual[1] < long[1]
    page = pdf_text(receipt_pdf(receipt(), ROLL))[0]
    assert page.index("存根联") < page.index("客户联")
    assert page.count("合计") == 2
    assert "✂" in page
    single = receipt_pdf(receipt(), ROLL.but(copies=("客户联",)))
    assert "✂" not in pdf_text(single)[0]
    assert sizes(single)[0][1] < 0.52 * usual[1]
    assert sum(page.count("房屋租金") for page in pdf_text(receipt_pdf(reversal(), ROLL))) == 10


def test_a_narrow_roll_is_no_wider() -> None:
    pdf = receipt_pdf(deposit_receipt(), ROLL.but(width=58))
    assert sizes(pdf)[0][0] == pytest.approx(58, abs=0.02)
    assert LONG_NAME in squeezed(pdf_text(pdf)[0])


def test_a_form_has_a_note_and_a_foot_of_its_own() -> None:
    form = shipped("third").but(note="发票三日内开具。", stub="安居物业 · 服务电话 0755-88886666")
    page = pdf_text(receipt_pdf(receipt(), form))[0]
    assert "本收据不作为发票。发票三日内开具。" in page
    assert "0755-88886666" in page
    assert "发票三日内开具" not in pdf_text(receipt_pdf(deposit_receipt(), form))[0], "a deposit says its own"


# ---- pre-printed -------------------------------------------------------------------------------------------------


def test_only_values_are_set_each_on_its_place() -> None:
    pdf = receipt_pdf(receipt(), OWN)
    page = pdf_text(pdf)[0]
    for label in ("付款人", "合计", "大写", "收费项目", "房号"):
        assert label not in page
    document = pypdfium2.PdfDocument(pdf)
    page_object = document[0]
    text_page = page_object.get_textpage()
    searcher = text_page.search("CHY-01")
    found = searcher.get_next()
    assert found is not None
    last = text_page.get_charbox(found[0] + len("CHY-01-2026-000123") - 1)
    place = next(field for field in OWN.fields if field.name == "number")
    height = page_object.get_height()
    assert last[2] * _MM == pytest.approx(place.x + place.width, abs=0.4), "right-aligned at the right edge"
    assert (height - last[1]) * _MM == pytest.approx(place.y, abs=0.3), "it stands on its line"
    searcher.close()
    text_page.close()
    page_object.close()
    document.close()


def test_a_field_moved_by_a_tenth_of_a_millimetre_moves_by_that() -> None:
    moved = OWN.but(fields=tuple(replace(f, x=f.x + 0.1, y=f.y - 0.1) for f in OWN.fields))
    before, after = list(values_set(receipt(), OWN)), list(values_set(receipt(), moved))
    assert [(b.x + 0.1, b.y - 0.1, b.text) for b in before] == [
        (pytest.approx(a.x), pytest.approx(a.y), a.text) for a in after
    ]


def test_what_does_not_fit_shrinks_then_is_cut_and_told() -> None:
    assert receipt_notices(receipt(), OWN) == []
    narrow = OWN.but(fields=tuple(replace(f, width=50) if f.name == "uppercase" else f for f in OWN.fields))
    (value,) = [value for value in values_set(receipt(), narrow) if value.name == "uppercase"]
    assert 6.5 <= value.size < 10.5
    assert value.text.endswith("整")
    assert not value.cut
    (said,) = receipt_notices(deposit_receipt(), OWN)
    assert said.startswith("「付款人」写不下，印到「")
    text = pdf_text(receipt_pdf(deposit_receipt(), OWN))[0]
    assert "…" in text
    for paper in awkward_receipts():
        for value in values_set(paper, OWN):
            place = next(field for field in OWN.fields if field.name == value.name)
            assert value.size >= min(6.5, place.size)


def test_items_beyond_the_last_line_are_summed_up_and_told() -> None:
    text = pdf_text(receipt_pdf(reversal(), OWN))[0]
    assert "其余 16 项" in text
    amounts = [value.text for value in values_set(reversal(), OWN) if value.name == "line.amount"]
    assert len(amounts) == OWN.rows
    assert sum(Decimal(amount.replace(",", "")) for amount in amounts) == Decimal("-44709.00")
    assert receipt_notices(reversal(), OWN) == ["这张单子只有 5 行，第 5 行起合并为「其余 16 项」"]


@pytest.mark.parametrize(
    ("amount", "boxes"),
    [
        ("8941.80", "⊗⊗⊗捌玖肆壹捌零"), ("0.05", "⊗⊗⊗⊗⊗⊗零零伍"), ("1234567.89", "壹贰叁肆伍陆柒捌玖"),
        ("-50", "⊗⊗⊗⊗负伍零零零"), ("10000000", "零零零零零零零零零"), ("-1234567.89", "壹贰叁肆伍陆柒捌玖"),
    ],
)  # fmt: skip
def test_capitals_in_boxes(amount: str, boxes: str) -> None:
    form = OWN.but(fields=(*OWN.fields, FieldPlace("boxes", 60, 95, 72, 10, Align.LEFT, 8)))
    paper = replace(receipt(), lines=(ReceiptLine("房屋租金", Money.yuan(amount)),), total=Money.yuan(amount))
    values = [value for value in values_set(paper, form) if value.name == "boxes"]
    assert "".join(value.text for value in values) == boxes
    assert [round(value.x) for value in values] == [60 + 8 * number for number in range(9)]
    too_large = amount in ("10000000", "-1234567.89")
    assert any("大写数码格" in words for words in receipt_notices(paper, form)) is too_large


def test_a_scan_is_seen_on_the_screen_and_never_printed() -> None:
    from io import BytesIO

    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (241, 140), (250, 220, 220)).save(picture, "PNG")
    shown, printed = receipt_pdf(receipt(), OWN, backdrop=picture.getvalue()), receipt_pdf(receipt(), OWN)
    for pdf, wanted in ((shown, (250, 220, 220)), (printed, (255, 255, 255))):
        document = pypdfium2.PdfDocument(pdf)
        page = document[0]
        bitmap = page.render(scale=1, rev_byteorder=True)
        assert tuple(bitmap.to_numpy()[4, 4, :3]) == wanted
        bitmap.close()
        page.close()
        document.close()
    assert pdf_text(shown) == pdf_text(printed)


# ---- as they are stored --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", SHIPPED, ids=KEYS)
def test_a_form_is_read_as_it_was_written(form: object) -> None:
    assert read_form(write_form(form)) == form  # type: ignore[arg-type]
    assert form_problems(form) == {}  # type: ignore[arg-type]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"key": "a5"}', '{"key": 5}', "A5", "\x00"])
def test_a_form_that_nobody_wrote_is_refused_in_words(body: str) -> None:
    with pytest.raises(ProblemsFound, match="收据版式读不出来"):
        read_form(body)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"width": 30}, "width", "在 48 到 420 毫米之间"),
        ({"height": 500}, "height", "在 60 到 420 毫米之间"),
        ({"copies": ()}, "copies", "写一到五联的名称"),
        ({"copies": ("客户联", "客户联")}, "copies", "两联不能同名"),
        ({"copies": ("联" * 13,)}, "copies", "最多 12 个字"),
        ({"note": "长" * 61}, "note", "最多 60 个字"),
        ({"rows": 0}, "rows", "在 1 到 30 行之间"),
        ({"rows": 20}, "rows", "最后一行低于纸边"),
        ({"row_step": 2}, "row_step", "在 3 到 30 毫米之间"),
        ({"fields": ()}, "fields", "还没有放：收据号、付款人、合计、收费项目、金额、补打、冲红、作废、"),
        ({"fields": (FieldPlace("colour", 1, 9, 9), *OWN.fields)}, "fields", "没有叫「colour」的字段"),
        ({"fields": (*OWN.fields, OWN.fields[0])}, "fields", "「日期」放了两次"),
        ({"fields": (*OWN.fields, FieldPlace("desk", 200, 90, 80))}, "fields.desk", "超出了纸边"),
        ({"fields": (*OWN.fields, FieldPlace("desk", 20, 150, 20))}, "fields.desk", "超出了上边或下边"),
        ({"fields": (*OWN.fields, FieldPlace("desk", 20, 50, 20, 4))}, "fields.desk", "字号在 6.5 到 24 之间"),
    ],
)
def test_what_is_wrong_with_a_form_is_named(changes: dict[str, object], field: str, words: str) -> None:
    assert words in form_problems(OWN.but(**changes))[field]


def test_every_value_has_a_word_and_every_compulsory_one_a_place() -> None:
    assert {field.name for field in OWN.fields} <= set(FIELD_WORDS)
    assert form_problems(OWN.but(layout=Layout.SHEET, fields=())) == {}, "other layouts place everything themselves"


@pytest.mark.parametrize("key", KEYS)
def test_a_batch_says_how_far_it_is(key: str) -> None:
    told: list[tuple[int, int]] = []
    papers = [replace(receipt(), number=f"CHY-01-2026-{number:06d}") for number in range(5)]
    pdf = receipts_pdf(papers, shipped(key), report=lambda done, total, _words: told.append((done, total)))
    assert told == [(done, 5) for done in range(5)]
    assert all(f"{number:06d}" in "".join(pdf_text(pdf)) for number in range(5))
