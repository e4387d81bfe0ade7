"""What a receipt is called: 押金, 定金, 订金 and money for a service are four things and never share a title."""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum

from desktop.models.values import FeeType


class ReceiptKind(StrEnum):
    """The title of a receipt and the sentence under it follow from this."""

    INCOME = "income"
    DEPOSIT = "deposit"
    EARNEST = "earnest"
    ADVANCE = "advance"
    REFUND = "refund"
    """Money that goes back at a settlement, less what is still owed; the customer signs for receiving it."""
    OFFSET = "offset"
    """Money held that pays bills: nothing changes hands."""


RECEIPT_TITLES = {
    ReceiptKind.INCOME: "收款收据", ReceiptKind.DEPOSIT: "押金收据", ReceiptKind.EARNEST: "定金收据",
    ReceiptKind.ADVANCE: "订金收据", ReceiptKind.REFUND: "退款单",
    ReceiptKind.OFFSET: "抵扣单",
}  # fmt: skip
_ALONE = (
    ({FeeType.EARNEST}, ReceiptKind.EARNEST),
    ({FeeType.ADVANCE}, ReceiptKind.ADVANCE),
    ({FeeType.DEPOSIT, FeeType.KEY_DEPOSIT}, ReceiptKind.DEPOSIT),
)


def receipt_kind(fees: Set[FeeType]) -> ReceiptKind:
    """定金收据 for earnest money alone, 订金收据 for advances alone, 押金收据 for deposits alone, else 收款收据."""
    return next((kind for alone, kind in _ALONE if fees and fees <= alone), ReceiptKind.INCOME)
