"""What stands between this office and head office, in words: codes of sessions, of acts that wait, of acts refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from desktop.services.sync import messages
from desktop.services.sync.head_office import SENTENCES

BROKEN = "broken"
"""The program itself broke in a session: a bug of ours, and the log has it."""

_REFUSED: Mapping[str, str] = {
    messages.UNKNOWN_DEVICE: "总部不认识这台电脑：请向总部要一个登记码，重新登记",
    messages.REVOKED: "总部收回了这台电脑：请联系总部的系统管理员",
    messages.FOREIGN: "总部说这台电脑属于别的项目：请联系总部的系统管理员",
    messages.EPOCH: "总部刚从备份恢复，正在重新对账：稍后自动再试",
    messages.GAP: "总部少了前面的几笔：稍后自动补上，反复出现请联系系统管理员",
    messages.FORK: "总部那边和本机记的对不上：稍后自动重新对账，反复出现请联系系统管理员",
    messages.TOO_LARGE: "有一笔太大，总部没有收：请把这句话告诉系统管理员",
    BROKEN: "同步时程序出错：稍后自动再试，反复出现请把日志交给系统管理员",
}

_NEWER = re.compile(r"wire version \d+|table [a-z_]+|[a-z_]+\.[a-z_]+")
_WAITS = "它接着办的那一步还没有到，到了自动补上"
_ASIDE: Mapping[str, str] = {
    "unknown device": "办这件事的电脑这里还不认识，等它的登记到了自动补上",
    "another project": "它是别的项目的",
    "signature": "它的签名不对，可能被改动过",
    "ops do not match their header": "它的内容和目录对不上，可能被改动过",
    "op of another act": "它的内容和目录对不上，可能被改动过",
    "constraint": _WAITS,
}


def sentence_of(code: str) -> str:
    """Why the last session did not come to its end, in one sentence that says what to do."""
    return {why.value: words for why, words in SENTENCES.items()}.get(code) or _REFUSED.get(code) or _REFUSED[BROKEN]


def head_of(code: str) -> str:
    """The beginning of that sentence, for places with little room."""
    return re.split("[：，]", sentence_of(code))[0]


def aside_words(why: str) -> str:
    """Why an act of somebody else waits, or one of ours was refused."""
    if (known := _ASIDE.get(why)) is not None:
        return known
    if why.endswith("is not here") or "is no part of" in why:
        return _WAITS
    if _NEWER.fullmatch(why):
        return "办这件事的程序比本机新：升级安居前台后自动补上"
    return "这里读不懂它：请告诉系统管理员，内容都还在"
