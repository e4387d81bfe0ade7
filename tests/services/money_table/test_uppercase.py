"""By hand: amounts in uppercase characters, every worked example of DOMAIN §6 and §16 and the traps beside them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services.rmb import uppercase_rmb
from tests.services.money_table.kit import Case, each, yuan


@dataclass(frozen=True, slots=True)
class Words(Case):
    """An amount, and how it reads."""

    amount: str
    words: str


WORDS = (
    # ---- the examples of DOMAIN §6 and §16
    Words("1,409.50", "1 thousand 4 hundred 0 tens 9: one 零 for the tens; 5 jiao, no fen: 整",
          "1409.50", "人民币壹仟肆佰零玖元伍角整"),
    Words("6,007.14", "6 thousand, hundreds and tens empty: one 零 for both; 7; with fen no 整",
          "6007.14", "人民币陆仟零柒元壹角肆分"),
    Words("1,680.32", "the units of yuan are empty, jiao are not: the 零 is optional there, left out",
          "1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
    Words("107,000.53",
          "10 × 万 + 7 thousand: no gap between 万 and 仟; three empty places before 元, jiao follow: no 零",
          "107000.53", "人民币壹拾万柒仟元伍角叁分"),
    Words("16,409.02", "tens empty: 零; jiao empty and fen not: obligatory 零",
          "16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
    Words("10", "10 begins with its 1: 壹拾, never 拾", "10.00", "人民币壹拾元整"),
    Words("zero", "nothing but 零", "0.00", "人民币零元整"),
    Words("100,000,000", "1 × 亿, everything below empty: no 零", "100000000.00", "人民币壹亿元整"),
    Words("100,010,000", "1 × 亿, then 1 × 万: the thousands of 万 to the tens of 万 are empty: one 零",
          "100010000.00", "人民币壹亿零壹万元整"),
    Words("10,000,001", "1000 × 万, then 1: thousands to tens are empty: one 零",
          "10000001.00", "人民币壹仟万零壹元整"),
    Words("0.05", "no yuan, no jiao: only the fen", "0.05", "人民币伍分"),
    Words("0.50", "no yuan, 5 jiao, no fen: 整", "0.50", "人民币伍角整"),
    Words("red 1,680.32", "负 right behind 人民币", "-1680.32", "人民币负壹仟陆佰捌拾元叁角贰分"),
    # ---- traps beside them
    Words("red fen", "负 and the fen alone", "-0.05", "人民币负伍分"),
    Words("325.04", "jiao empty between 元 and 分: obligatory 零", "325.04", "人民币叁佰贰拾伍元零肆分"),
    Words("200,000.06", "20 × 万, all places to 元 empty, jiao empty: one 零 before 分",
          "200000.06", "人民币贰拾万元零陆分"),
    Words("1,010", "hundreds empty: 零; units empty at the end: none", "1010.00", "人民币壹仟零壹拾元整"),
    Words("10,100", "thousands empty behind 万: 零 before 壹佰", "10100.00", "人民币壹万零壹佰元整"),
    Words("100,100.10", "10 × 万, thousands empty: 零; 1 hundred; 1 jiao: 整",
          "100100.10", "人民币壹拾万零壹佰元壹角整"),
    Words("30,004", "thousands, hundreds, tens empty: one 零", "30004.00", "人民币叁万零肆元整"),
    Words("1,000,000", "100 × 万", "1000000.00", "人民币壹佰万元整"),
    Words("20,005,000", "2000 × 万, then 5 thousand: the next place is filled, no 零",
          "20005000.00", "人民币贰仟万伍仟元整"),
    Words("9,999,999.99", "every place filled: no 零, no 整",
          "9999999.99", "人民币玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    Words("0.01", "the smallest amount there is", "0.01", "人民币壹分"),
    # ---- sums of this table
    Words("7,812.00", "asked for at signing by test_deposits", "7812.00", "人民币柒仟捌佰壹拾贰元整"),
    Words("444.20", "the property fee of 444.195", "444.20", "人民币肆佰肆拾肆元贰角整"),
    Words("red 444.20", "its counter-line", "-444.20", "人民币负肆佰肆拾肆元贰角整"),
    Words("2,469.12", "earnest money returned double", "2469.12", "人民币贰仟肆佰陆拾玖元壹角贰分"),
)  # fmt: skip


@each(WORDS)
def test_an_amount_reads(case: Words) -> None:
    assert uppercase_rmb(yuan(case.amount)) == case.words
