"""Uppercase RMB: the examples of the payment rules, the conventions decided, and another program as oracle."""

from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import Money
from desktop.services.rmb import uppercase_rmb

EXAMPLES = {
    "1409.50": "人民币壹仟肆佰零玖元伍角整",
    "6007.14": "人民币陆仟零柒元壹角肆分",
    "1680.32": "人民币壹仟陆佰捌拾元叁角贰分",
    "107000.53": "人民币壹拾万柒仟元伍角叁分",
    "16409.02": "人民币壹万陆仟肆佰零玖元零贰分",
    "325.04": "人民币叁佰贰拾伍元零肆分",
    "10": "人民币壹拾元整",
    "0": "人民币零元整",
    "0.05": "人民币伍分",
    "0.50": "人民币伍角整",
    "0.55": "人民币伍角伍分",
    "110": "人民币壹佰壹拾元整",
    "10.05": "人民币壹拾元零伍分",
    "100.50": "人民币壹佰元伍角整",
    "1001": "人民币壹仟零壹元整",
    "10001": "人民币壹万零壹元整",
    "10000.01": "人民币壹万元零壹分",
    "100700": "人民币壹拾万零柒佰元整",
    "10000001": "人民币壹仟万零壹元整",
    "100000000": "人民币壹亿元整",
    "100010000": "人民币壹亿零壹万元整",
    "123456789012.34": "人民币壹仟贰佰叁拾肆亿伍仟陆佰柒拾捌万玖仟零壹拾贰元叁角肆分",
    "1000000000000": "人民币壹万亿元整",
    "-1680.32": "人民币负壹仟陆佰捌拾元叁角贰分",
    "-0.05": "人民币负伍分",
}


@pytest.mark.parametrize(("amount", "words"), EXAMPLES.items())
def test_an_amount_reads_as_the_rules_say(amount: str, words: str) -> None:
    assert uppercase_rmb(Money.yuan(amount)) == words


@given(st.integers(1, 10**14))
def test_cn2an_reads_the_words_back(fen: int) -> None:
    """The oracle leaves 整 out after 角 and writes 0.05 with 零元; otherwise the two agree character for character."""
    words = uppercase_rmb(Money(fen)).removeprefix("人民币")
    theirs = cn2an.an2cn(f"{fen // 100}.{fen % 100:02d}", "rmb")
    assert words.removesuffix("整") == theirs.removesuffix("整").removeprefix("零元")


@given(st.integers(0, 10**16))
def test_each_amount_has_its_own_words(fen: int) -> None:
    words = uppercase_rmb(Money(fen))
    assert words != uppercase_rmb(Money(fen + 1))
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert uppercase_rmb(Money(-fen - 1)) == uppercase_rmb(Money(fen + 1)).replace("人民币", "人民币负", 1)
