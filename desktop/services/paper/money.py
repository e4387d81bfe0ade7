"""What stands on a receipt 收据, whatever paper it goes on, and the words its values are set in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from desktop.models.values import NIL, Money, PayMethod, Period, total
from desktop.services.ink import Ink
from desktop.services.receipt_kinds import PAID_OUT, RECEIPT_TITLES, ReceiptKind

METHOD_WORDS = {
    PayMethod.CASH: "现金",
    PayMethod.TRANSFER: "银行转账",
    PayMethod.POS: "POS 刷卡",
    PayMethod.WECHAT: "微信",
    PayMethod.ALIPAY: "支付宝",
}
NOT_AN_INVOICE = "本收据不作为发票"

_KIND_NOTES = {
    ReceiptKind.DEPOSIT: "押金为可退还款项，退租结算时凭本收据办理，请妥善保管。",
    ReceiptKind.OFFSET: "所列款项已用预订款、押金、预存款或应退款抵扣，没有现金收付。",
    ReceiptKind.PREPAYMENT: "预存款可抵付以后的账单，余额可退。",
    ReceiptKind.CREDIT_BACK: "所退为预存款余额，已按上列方式退还。",
    ReceiptKind.REFUND: "押金与欠款已逐项抵扣，差额按上列方式退还。",
    ReceiptKind.EARNEST: "定金适用《民法典》第五百八十六条、第五百八十七条的规定。",
    ReceiptKind.ADVANCE: "订金为预付款项，未签约时退还，不适用定金规则。",
}


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
    reversed_by: str = ""
    """The red receipt that took this one back: a reprint must not pass for money that was kept."""
    reason: str = ""
    title: str = ""
    """What the paper is called where its kind says too little: 押金扣款单."""
    signature: Ink | None = None
    """Of who paid, given before the clerk."""

    def __post_init__(self) -> None:
        """A receipt that does not add up is never printed."""
        if total(line.amount for line in self.lines) != self.total:
            raise ValueError(f"receipt {self.number}: lines do not add up to {self.total}")

    @property
    def red(self) -> bool:
        """Money that goes back is set in red."""
        return bool(self.reverses) or self.total < NIL

    @property
    def stamp(self) -> str:
        """What is set across a receipt that no longer counts."""
        return "作废" if self.void else "已冲红" if self.reversed_by else ""


def title_words(facts: ReceiptPaper) -> str:
    """收款收据, 押金收据（冲红） …"""
    return (facts.title or RECEIPT_TITLES[facts.kind]) + ("（冲红）" if facts.reverses else "")


def date_words(day: date) -> str:
    """2026年11月22日."""
    return f"{day.year}年{day.month}月{day.day}日"


def period_words(line: ReceiptLine) -> str:
    return f"{line.period.start} 至 {line.period.end}" if line.period else ""


def quantity_words(line: ReceiptLine) -> str:
    """14 吨."""
    return "" if line.quantity is None else f"{plain_number(line.quantity)}{line.unit and ' ' + line.unit}"


def price_words(line: ReceiptLine) -> str:
    """2,800.00 and 3.50, but 0.588: at least fen, and not a digit lost."""
    if line.unit_price is None:
        return ""
    whole, _, rest = f"{line.unit_price:,f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def plain_number(number: Decimal) -> str:
    """3.500 as 3.5, 100 as 100, never 1E+2."""
    words = f"{number:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def tender_words(facts: ReceiptPaper) -> list[str]:
    """Each means of payment with its number."""
    return [
        f"{METHOD_WORDS[tender.method]} ¥{tender.amount}{tender.reference and f'（流水号 {tender.reference}）'}"
        for tender in facts.tenders
    ]


def sum_words(facts: ReceiptPaper) -> list[str]:
    """实收, 找零, 转入预存款, as far as there are any."""
    sums = []
    if facts.received is not None:
        sums.append(f"实收 ¥{facts.received}")
    if facts.change:
        sums.append(f"找零 ¥{facts.change}")
    if facts.credited:
        sums.append(f"转入预存款 ¥{facts.credited}")
    return sums


def paid_label(facts: ReceiptPaper) -> str:
    return "退款方式" if facts.total < NIL else "收款方式"


def payer_label(facts: ReceiptPaper) -> str:
    return "收款人" if facts.kind in PAID_OUT else "付款人"


def standing_words(facts: ReceiptPaper) -> str:
    """What a receipt says of itself when it takes another back, or counts no more; else nothing."""
    reason = f"，原因：{facts.reason}" if facts.reason else ""
    if facts.reverses:
        return f"本收据冲销原收据 No. {facts.reverses}{reason}"
    if facts.void:
        return f"作废原因：{facts.reason}" if facts.reason else "本收据作废"
    if facts.reversed_by:
        return f"本收据已由红字收据 No. {facts.reversed_by} 冲销"
    return ""


def closing_words(facts: ReceiptPaper, note: str) -> str:
    """What follows 「本收据不作为发票。」: the kind's own sentence, else the form's."""
    return _KIND_NOTES.get(facts.kind, note)
