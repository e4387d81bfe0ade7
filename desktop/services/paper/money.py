"""The receipt 收据: what the customer takes home and the office keeps, on A5 or with both copies on one A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from desktop.models.values import NIL, Money, PayMethod, Period, total
from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import (
    A4,
    A5_LANDSCAPE,
    MM,
    Block,
    Grid,
    Paper,
    Text,
    draw_watermark,
    stack_height,
    text,
)
from desktop.services.paper.lines import BLACK, GREY, RED, Run, Style
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind
from desktop.services.rmb import uppercase_rmb

METHOD_WORDS = {
    PayMethod.CASH: "现金",
    PayMethod.TRANSFER: "银行转账",
    PayMethod.POS: "POS 刷卡",
    PayMethod.WECHAT: "微信",
    PayMethod.ALIPAY: "支付宝",
}
COPIES = ("存根联", "客户联")
NOT_AN_INVOICE = "本收据不作为发票"


_KIND_NOTES = {
    ReceiptKind.DEPOSIT: "押金为可退还款项，退租结算时凭本收据办理，请妥善保管。",
    ReceiptKind.OFFSET: "所列款项已用预订款或押金抵扣，没有现金收付。",
    ReceiptKind.REFUND: "押金与欠款已逐项抵扣，差额按上列方式退还。",
    ReceiptKind.EARNEST: "定金适用《民法典》第五百八十六条、第五百八十七条的规定。",
    ReceiptKind.ADVANCE: "订金为预付款项，未签约时退还，不适用定金规则。",
}


class Sheet(StrEnum):
    """What lies in the tray: A5 landscape, one copy a page, or A4 with the copies one under the other."""

    A5 = "a5"
    A4 = "a4"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One printed line; `quantity` and `unit_price` (yuan) may be missing, the amount never."""

    item: str
    amount: Money
    period: Period | None = None
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TenderLine:
    """One way in which money came; `reference` is the bank's, WeChat's or the terminal's number."""

    method: PayMethod
    amount: Money
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """Everything on one receipt. `reverses` makes it a red reversal 冲红 of that number, with negative amounts."""

    office: str
    number: str
    business_date: date
    payer: str
    room: str
    lines: tuple[ReceiptLine, ...]
    total: Money
    cashier: str
    desk: str = ""
    kind: ReceiptKind = ReceiptKind.INCOME
    tenders: tuple[TenderLine, ...] = ()
    received: Money | None = None
    change: Money = NIL
    credited: Money = NIL
    """What was put to the customer's credit instead of being given back."""
    remark: str = ""
    reprint: int = 0
    """How often it was printed again; 0 on the first print."""
    void: bool = False
    reverses: str = ""
    reason: str = ""
    copies: tuple[str, ...] = COPIES

    def __post_init__(self) -> None:
        """A receipt that does not add up is never printed."""
        if total(line.amount for line in self.lines) != self.total:
            raise ValueError(f"receipt {self.number}: lines do not add up to {self.total}")


_BODY = Style(size=9.5, leading=13.5, align="left")
_RIGHT = _BODY.but(align="right")
_HEAD = _BODY.but(size=9, align="centre", colour=GREY)
_SMALL = Style(size=8, leading=11.5, align="left", colour=GREY)
_WIDTHS = (25, 33, 13, 13, 16)


def receipt_pdf(
    paper: ReceiptPaper, sheet: Sheet = Sheet.A5, *, mark_missing: bool = False, invariant: bool = False
) -> bytes:
    """One receipt with all its copies. Raises MissingGlyphs unless `mark_missing` sets 〓 for what no font has."""
    return receipts_pdf([paper], sheet, mark_missing=mark_missing, invariant=invariant)


def receipts_pdf(
    papers: Sequence[ReceiptPaper], sheet: Sheet = Sheet.A5, *, mark_missing: bool = False, invariant: bool = False
) -> bytes:
    """Many receipts in one file: the fonts are embedded once, which is what separate files spend their time on."""
    if not papers:
        raise ValueError("no receipts to print")
    first = papers[0]
    pdf = Paper(f"收据 {first.number}", first.office, invariant)
    for facts in papers:
        _add_receipt(pdf, printable(facts, mark_missing), sheet)
    return pdf.finish()


def _add_receipt(pdf: Paper, facts: ReceiptPaper, sheet: Sheet) -> None:
    margin = 12 * MM
    width = A5_LANDSCAPE[0] - 2 * margin
    height = A5_LANDSCAPE[1] - 20 * MM
    copies = [_Copy(facts, name, width, height) for name in facts.copies]
    for number in range(len(copies[0].sheets)):
        if sheet is Sheet.A5:
            for copy in copies:
                pdf.add_page(A5_LANDSCAPE, partial(copy.draw, number=number, x=margin, bottom=10 * MM))
        else:
            for first in range(0, len(copies), 2):
                pdf.add_page(A4, partial(_draw_pair, pair=copies[first : first + 2], number=number, margin=margin))


def _draw_pair(canvas: Any, pair: Sequence[_Copy], number: int, margin: float) -> None:
    half = A4[1] / 2
    for index, copy in enumerate(pair):
        copy.draw(canvas, number, margin, 10 * MM + (half if index == 0 else 0))
    canvas.setStrokeColorRGB(*GREY)
    canvas.setLineWidth(0.5)
    canvas.setDash(3, 3)
    canvas.line(0, half, A4[0], half)
    canvas.setDash()


class _Copy:
    """One copy of a receipt, laid out for a box; long receipts need several sheets."""

    def __init__(self, facts: ReceiptPaper, name: str, width: float, height: float) -> None:
        self.facts = facts
        self.name = name
        self.width = width
        self.height = height
        self.red = bool(facts.reverses) or facts.total < NIL
        self.ink = RED if self.red else BLACK
        self._foot = self._foot_blocks()
        self._foot_height = stack_height(self._foot, width)
        room = height - _TOP_HEIGHT - self._info().height(width) - self._foot_height - _SIGN_HEIGHT
        self.sheets = _chunks(self._rows(), room, width)

    def draw(self, canvas: Any, number: int, x: float, bottom: float) -> None:
        facts = self.facts
        top = bottom + self.height
        if facts.void:
            canvas.saveState()
            canvas.translate(x, bottom)
            draw_watermark(canvas, (self.width, self.height), "作废", red=True)
            canvas.restoreState()
        self._draw_top(canvas, number, x, top)
        y = top - _TOP_HEIGHT
        info = self._info()
        info.draw(canvas, x, y, self.width)
        y -= info.height(self.width)
        last = number == len(self.sheets) - 1
        table = Grid(_WIDTHS, [_header(), *self.sheets[number]], head=1, pad_y=2.5)
        table.draw(canvas, x, y, self.width)
        y -= table.height(self.width)
        if last:
            for block in self._foot:
                y -= block.before if block is not self._foot[0] else 0.0
                block.draw(canvas, x, y, self.width)
                y -= block.height(self.width) + block.after
        else:
            text("（接下页，合计见末页）", _SMALL).draw(canvas, x, y - 4, self.width)
        self._draw_signs(canvas, x, bottom)

    def _draw_top(self, canvas: Any, number: int, x: float, top: float) -> None:
        facts = self.facts
        title = RECEIPT_TITLES[facts.kind] + ("（冲红）" if facts.reverses else "")
        text(facts.office, Style(size=10.5, leading=15, align="centre")).draw(canvas, x, top, self.width)
        style = Style(size=17, leading=24, bold=True, align="centre", colour=self.ink)
        text(title, style).draw(canvas, x, top - 17, self.width)
        right = Style(size=8.5, leading=12, align="right", colour=GREY)
        marks = [self.name]
        if facts.reprint:
            marks.append(f"补打 {facts.reprint}")
        if len(self.sheets) > 1:
            marks.append(f"第 {number + 1} 张 / 共 {len(self.sheets)} 张")
        text(" · ".join(marks), right.but(colour=BLACK, bold=True)).draw(canvas, x, top - 20, self.width)
        number_style = right.but(size=10, colour=self.ink, bold=True)
        text(f"No. {facts.number}", number_style).draw(canvas, x, top - 33, self.width)

    def _info(self) -> Grid:
        facts = self.facts
        day = facts.business_date
        blank = text("", _BODY)
        cells = [
            _labelled("收款人" if facts.kind is ReceiptKind.REFUND else "付款人", facts.payer),
            blank,
            _labelled("房号", facts.room),
            blank,
            _labelled("日期", f"{day.year}年{day.month}月{day.day}日", align="right"),
        ]
        return Grid((41, 2, 32, 2, 23), [cells], lines="none", pad_x=0, pad_y=3)

    def _rows(self) -> list[list[Text]]:
        rows = []
        for line in self.facts.lines:
            period = f"{line.period.start} 至 {line.period.end}" if line.period else ""
            price = "" if line.unit_price is None else _price(line.unit_price)
            quantity = "" if line.quantity is None else f"{_plain(line.quantity)}{line.unit and ' ' + line.unit}"
            ink = RED if line.amount < NIL else BLACK
            rows.append([
                text(line.item, _BODY), text(period, _BODY.but(align="centre")), text(quantity, _RIGHT),
                text(price, _RIGHT), text(str(line.amount), _RIGHT.but(colour=ink)),
            ])  # fmt: skip
        return rows

    def _foot_blocks(self) -> list[Block]:
        facts = self.facts
        bold = _BODY.but(bold=True, colour=self.ink)
        amount = bold.but(align="right", size=11)
        blocks: list[Block] = [
            Grid(
                (74, 26),
                [[text(f"合计（大写）：{uppercase_rmb(facts.total)}", bold), text(f"¥ {facts.total}", amount)]],
                before=0,
                after=4,
                pad_y=4,
            )
        ]
        paid = [
            f"{METHOD_WORDS[tender.method]} ¥{tender.amount}{tender.reference and f'（流水号 {tender.reference}）'}"
            for tender in facts.tenders
        ]
        sums = []
        if facts.received is not None:
            sums.append(f"实收 ¥{facts.received}")
        if facts.change:
            sums.append(f"找零 ¥{facts.change}")
        if facts.credited:
            sums.append(f"转入预存款 ¥{facts.credited}")
        if paid or sums:
            label = "退款方式" if facts.total < NIL else "收款方式"
            blocks.append(_labelled(label, "　".join([*([("；".join(paid))] if paid else []), *sums])))
        if facts.reverses:
            reason = f"，原因：{facts.reason}" if facts.reason else ""
            blocks.append(text(f"本收据冲销原收据 No. {facts.reverses}{reason}", _BODY.but(colour=RED)))
        elif facts.void and facts.reason:
            blocks.append(text(f"作废原因：{facts.reason}", _BODY.but(colour=RED)))
        if facts.remark:
            blocks.append(_labelled("备注", facts.remark))
        note = _KIND_NOTES.get(facts.kind, "如需发票，请向前台登记。")
        blocks.append(Text([Run(f"{NOT_AN_INVOICE}。", True), Run(note)], _SMALL.but(before=3)))
        return blocks

    def _draw_signs(self, canvas: Any, x: float, bottom: float) -> None:
        facts = self.facts
        desk = f"　收银台：{facts.desk}" if facts.desk else ""
        back = facts.kind is ReceiptKind.REFUND
        cells = [
            text(f"{'付款' if back else '收款'}单位（盖章处）：", _BODY),
            text(f"收银员：{facts.cashier}{desk}", _BODY),
            text(f"{'收款' if back else '付款'}人签字：", _BODY),
        ]
        Grid((40, 34, 26), [cells], lines="none", pad_x=0).draw(canvas, x, bottom + _SIGN_HEIGHT - 8, self.width)


_TOP_HEIGHT = 48.0
_SIGN_HEIGHT = 40.0


def _header() -> list[Text]:
    return [text(title, _HEAD) for title in ("收费项目", "所属期间", "数量", "单价（元）", "金额（元）")]


def _labelled(label: str, value: str, align: str = "left") -> Text:
    return Text([Run(f"{label}：", False), Run(value, False)], _BODY.but(align=align))


def _plain(number: Decimal) -> str:
    """3.500 as 3.5, 100 as 100, never 1E+2."""
    words = f"{number:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def _price(yuan: Decimal) -> str:
    """2,800.00 and 3.50, but 0.588: at least fen, and not a digit lost."""
    words = f"{yuan:,f}"
    whole, _, rest = words.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def _chunks(rows: list[list[Text]], room: float, width: float) -> list[list[list[Text]]]:
    """Rows for each sheet, at least one a sheet."""
    chunks: list[list[list[Text]]] = [[]]
    used = start = Grid(_WIDTHS, [_header()], pad_y=2.5).height(width)
    for row in rows:
        height = Grid(_WIDTHS, [row], pad_y=2.5).height(width)
        if chunks[-1] and used + height > room:
            chunks.append([])
            used = start
        chunks[-1].append(row)
        used += height
    return chunks
