"""Invented receipts by which a form is tried: a usual one, one that fills every blank, one that takes money back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from desktop.models.values import NIL, Money, PayMethod, Period, total
from desktop.services.paper.money import ReceiptLine, ReceiptPaper, TenderLine

USUAL, FULL, RED = "usual", "full", "red"

_YEAR = 2026


def _month(first: int, months: int = 1) -> Period:
    last = first + months
    return Period(date(_YEAR, first, 1), date(_YEAR, last, 1) - date.resolution)


def sample_receipt(which: str = USUAL) -> ReceiptPaper:
    """One of the three; its number says that it is none of the office's. KeyError for another name."""
    return {USUAL: _usual, FULL: _full, RED: _red}[which]()


def _usual() -> ReceiptPaper:
    return ReceiptPaper(
        office="收款单位名称", number="样张-000001", business_date=date(_YEAR, 1, 22), payer="付款人姓名",
        room="1 栋 101",
        lines=(
            ReceiptLine("房屋租金", Money.yuan(3000), _month(1), Decimal(1), "月", Decimal(3000)),
            ReceiptLine("物业管理费", Money.yuan(280), _month(1), Decimal(80), "㎡", Decimal("3.5")),
            ReceiptLine("水费", Money.yuan("47.60"), _month(1), Decimal(14), "吨", Decimal("3.4")),
        ),
        total=Money.yuan("3327.60"), cashier="收银员", desk="前台一号",
        tenders=(TenderLine(PayMethod.WECHAT, Money.yuan("3327.60"), "4200002345202601221234567890"),),
        received=Money.yuan("3327.60"), remark="备注的内容",
    )  # fmt: skip


def _full() -> ReceiptPaper:
    """As much as a form will ever have to hold."""
    line = ReceiptLine(
        "电梯维保及公共能耗分摊费", Money.yuan("88888.88"), _month(10, 2), Decimal("126.92"), "平方米",
        Decimal("1234.5678"),
    )  # fmt: skip
    lines = (line,) * 12
    return replace(
        _usual(), payer="阿卜杜热依木·买买提艾力·吐尔逊江·艾合买提·古丽巴哈尔（代 欧阳知微）",
        room="翠湖花园（二期）12 栋 3 单元 2801 房 B 床",
        lines=lines, total=total(each.amount for each in lines), business_date=date(_YEAR, 12, 28),
        tenders=(
            TenderLine(PayMethod.CASH, Money.yuan("66666.56")),
            TenderLine(PayMethod.TRANSFER, Money.yuan(1000000), "20261228004400123456"),
        ),
        received=Money.yuan("1066700"), change=Money.yuan("33.44"), remark="由公司代付，发票另开，退租时一并结算",
    )  # fmt: skip


def _red() -> ReceiptPaper:
    usual = _usual()
    lines = tuple(replace(each, amount=-each.amount) for each in usual.lines)
    return replace(
        usual, number="样张-000002", lines=lines, total=-usual.total, reverses=usual.number, reason="付款方式录错",
        tenders=(TenderLine(PayMethod.WECHAT, -usual.total),), received=None, change=NIL, remark="", reprint=1,
    )  # fmt: skip
