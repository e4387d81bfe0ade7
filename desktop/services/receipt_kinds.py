"""What a receipt is called: 押金, 定金, 订金 and money for a service are four things and never share a title."""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from desktop.models.values import NIL, FeeType, Money


class ReceiptKind(StrEnum):
    """The title of a receipt and the sentence under it follow from this."""

    INCOME = "income"
    DEPOSIT = "deposit"
    EARNEST = "earnest"
    ADVANCE = "advance"
    REFUND = "refund"
    """Money that goes back at a settlement, less what is still owed; the customer signs for receiving it."""
    OFFSET = "offset"
    """Money held, credit or a bill in the payer's favour pays bills: nothing changes hands."""
    PREPAYMENT = "prepayment"
    """Money paid ahead without a bill 预存款."""
    CREDIT_BACK = "credit_back"
    """Credit that goes back to whom it belongs."""


RECEIPT_TITLES = {
    ReceiptKind.INCOME: "收款收据", ReceiptKind.DEPOSIT: "押金收据", ReceiptKind.EARNEST: "定金收据",
    ReceiptKind.ADVANCE: "订金收据", ReceiptKind.REFUND: "退款单",
    ReceiptKind.OFFSET: "抵扣单", ReceiptKind.PREPAYMENT: "预存款收据", ReceiptKind.CREDIT_BACK: "退款单",
}  # fmt: skip
PAID_OUT = frozenset({ReceiptKind.REFUND, ReceiptKind.CREDIT_BACK})
"""The office gives, the customer signs for receiving it."""
_ALONE = (
    ({FeeType.EARNEST}, ReceiptKind.EARNEST),
    ({FeeType.ADVANCE}, ReceiptKind.ADVANCE),
    ({FeeType.DEPOSIT, FeeType.KEY_DEPOSIT}, ReceiptKind.DEPOSIT),
)


def receipt_kind(fees: Set[FeeType]) -> ReceiptKind:
    """定金收据 for earnest money alone, 订金收据 for advances alone, 押金收据 for deposits alone, else 收款收据."""
    return next((kind for alone, kind in _ALONE if fees and fees <= alone), ReceiptKind.INCOME)


def payment_kind(fees: Set[FeeType], kept: Money, credited: Money) -> ReceiptKind:
    """Of a payment at the till: 抵扣单 when no money changes hands, 预存款收据 without a bill, else by its fees."""
    if kept == NIL and (fees or credited):
        return ReceiptKind.OFFSET
    return ReceiptKind.PREPAYMENT if not fees and credited > NIL else receipt_kind(fees)
