"""Amounts of money in the uppercase characters that receipts and leases carry 人民币大写."""

from __future__ import annotations

from desktop.models.values import Money

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ((10**8, "亿"), (10**4, "万"), (10**3, "仟"), (10**2, "佰"), (10, "拾"))


def uppercase_rmb(money: Money) -> str:
    """The amount as 人民币壹仟肆佰零玖元伍角整, without a gap and never alterable by adding a stroke.

    整 stands after 元 and after 角, never after 分; one 零 for a run of zeros, the optional ones left out; a red amount
    reads 人民币负…. Source: 支付结算办法 附一, as decided in docs (uppercase RMB).
    """
    yuan, rest = divmod(abs(money).fen, 100)
    jiao, fen = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan or not rest else ""
    if yuan and fen and not jiao:
        text += "零"  # obligatory: 16,409.02 reads 玖元零贰分
    text += f"{_DIGITS[jiao]}角" if jiao else ""
    text += f"{_DIGITS[fen]}分" if fen else "整"
    return f"人民币{'负' if money.fen < 0 else ''}{text}"


def _whole(number: int) -> str:
    """A whole number; 10 is 壹拾, and a 零 stands where the next place below a unit is empty."""
    for unit, word in _UNITS:
        if number >= unit:
            head, rest = divmod(number, unit)
            zero = "零" if 0 < rest < unit // 10 else ""
            return f"{_whole(head)}{word}{zero}{_whole(rest) if rest else ''}"
    return _DIGITS[number]
