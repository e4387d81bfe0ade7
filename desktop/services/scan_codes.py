"""Texts that a scanner types: how the program's own squares begin, and what to say of those that lead nowhere.

To add a kind of square: a module of its own that knows its code (`bill_codes`, `slip_codes`) with the head from here, a
line in `KINDS`, and what its code opens in `views/search`.
"""

from __future__ import annotations

import re
import unicodedata

HEAD = "ANJU:"
KINDS = {"B": ("缴费通知单", "到收款页输入房号"), "W": ("维修单", "在搜索框里输入单号")}
"""The letter behind the head: the paper it stands on, and how else one comes to what it leads to."""
_ADDRESS = re.compile(r"(HTTPS?|WXP|WEIXIN|ALIPAYS?):", re.ASCII)


def folded(text: str) -> str:
    """As the square has it, whatever the scanner or an input method made of it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def is_code(text: str) -> bool:
    """Whether somebody scans, or begins to type, a code: then no name is meant."""
    typed = folded(text)
    return typed.startswith(HEAD) or _ADDRESS.match(typed) is not None


def why_unreadable(text: str) -> str:
    """What to say of a code that names nothing."""
    typed = folded(text)
    if _ADDRESS.match(typed):
        return "扫到的是网址或付款码，不是维修单、通知单上的码：对准单子角上的方码再扫"
    if (kind := KINDS.get(typed[len(HEAD) : len(HEAD) + 1])) is not None:
        paper, way = kind
        return f"{paper}上的码没有读全：再扫一次，或{way}"
    return "不认识这个码：它不是维修单、缴费通知单上的码，或来自更新的程序版本"
