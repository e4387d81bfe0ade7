"""Means of payment 收款方式: their words, which of them want a number, and one of them within a payment."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from desktop.models.values import Money, PayMethod

METHOD_WORDS = {
    PayMethod.CASH: "现金",
    PayMethod.TRANSFER: "转账",
    PayMethod.POS: "POS",
    PayMethod.WECHAT: "微信",
    PayMethod.ALIPAY: "支付宝",
}
NEEDS_REFERENCE = frozenset({PayMethod.TRANSFER, PayMethod.POS, PayMethod.WECHAT, PayMethod.ALIPAY})


@dataclass(frozen=True, slots=True)
class TenderForm:
    """One means of payment as given; cash is what the customer put down, before change."""

    method: PayMethod
    amount: Money
    reference: str = ""


def clean_reference(text: str) -> str | None:
    """A bank serial or order number as it is stored: half-width, capitals, without blanks; None when there is none.

    The same number copied from a phone, a slip and a statement must be the same text, or no duplicate is ever found.
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).upper() or None
