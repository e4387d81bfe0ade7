"""The lists in the tabs of the party page: leases, receipts, deposits, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Any

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL
from desktop.services.billing import FEE_WORDS
from desktop.services.leases import LeaseRow
from desktop.services.party_record import DepositMove, LeaseFile
from desktop.services.payments import METHOD_WORDS
from desktop.services.receipts import ReceiptRow
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.file_preview import KIND_WORDS
from desktop.views.leases import lease_tag
from desktop.views.tables import RowTable
from desktop.world import OFFICE_ZONE


class LeaseList(RowTable):
    """租约: where, how long, how it stands; `expiring_days` is what the office calls 将到期."""

    expiring_days = 30

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today
        super().__init__(
            [
                Column(
                    self.tr("租约"), attrgetter("room"), kind=Kind.NAME, sample="WJY-2026-A0062",
                    detail=attrgetter("number"), stretch=1,
                ),
                Column(
                    self.tr("租期"), _term, kind=Kind.DATE, sample="26-03-01 至 27-02-28", detail=self._rent_words,
                ),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("今天到期"), tag=self.tag),
            ],
            two_lines=True,
        )  # fmt: skip

    def _rent_words(self, row: LeaseRow) -> str:
        return self.tr("月租 {rent}").format(rent=row.rent)

    def tag(self, row: LeaseRow) -> TagLook:
        """How a lease stands, in few words."""
        return lease_tag(row, self._today(), self.expiring_days, short=True)


class ReceiptList(RowTable):
    """收据: what was paid, given back, taken back."""

    def __init__(self) -> None:
        super().__init__(
            [
                Column(self.tr("收据"), attrgetter("number"), kind=Kind.CODE, sample="WJYA26-001396"),
                Column(self.tr("日期"), _business_date, kind=Kind.DATE, sample="2026-11-22"),
                Column(self.tr("方式"), _methods, kind=Kind.NAME, sample="微信、现金", stretch=1),
                Column(self.tr("金额（元）"), _amount, kind=Kind.MONEY, sample="-12,860.00"),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已冲红"), tag=self._tag, fold=True),
            ]
        )

    def _tag(self, row: ReceiptRow) -> TagLook:
        if row.kind is PaymentKind.REVERSAL:
            return TagLook(self.tr("冲红"), "danger", "undo-2")
        if row.voided:
            return TagLook(self.tr("已作废"), "", "ban")
        if row.reversed_by is not None:
            return TagLook(self.tr("已冲红"), "", "undo-2")
        return (
            TagLook(self.tr("退款"), "info", "undo-2")
            if row.kind is PaymentKind.REFUND
            else TagLook(self.tr("已收"), "ok", "circle-check")
        )


class DepositList(RowTable):
    """押金: taken, given back, set off, taken back by a reversal or a void receipt."""

    def __init__(self) -> None:
        super().__init__(
            [
                Column(self.tr("日期"), _day, kind=Kind.DATE, sample="2026-11-22"),
                Column(self.tr("事由"), self._words, kind=Kind.NAME, sample="钥匙押金 冲红", stretch=1),
                Column(self.tr("房间"), attrgetter("where"), kind=Kind.NAME, sample="12 栋 1203", fold=True),
                Column(self.tr("收据"), attrgetter("receipt"), kind=Kind.CODE, sample="WJYA26-001396", fold=True),
                Column(self.tr("金额（元）"), _amount, kind=Kind.MONEY, sample="-12,860.00"),
            ]
        )

    def _words(self, row: DepositMove) -> str:
        if row.reversal:
            what = self.tr("退回")
        else:
            what = self.tr("收取") if row.amount > NIL else self.tr("退还或抵扣")
        return f"{FEE_WORDS[row.fee_type]} {what}"


class PartyFileList(RowTable):
    """文件: papers and photos of every lease of the party."""

    def __init__(self) -> None:
        super().__init__(
            [
                Column(self.tr("文件"), _file_title, kind=Kind.NAME, sample="房况照片 客厅", stretch=1),
                Column(self.tr("种类"), _file_kind, kind=Kind.TEXT, sample="房况照片"),
                Column(self.tr("租约"), _file_lease, kind=Kind.NAME, sample="12 栋 1203", fold=True),
                Column(self.tr("存入"), _file_day, kind=Kind.DATE, sample="2026-11-22"),
            ]
        )


def deposit_key(row: DepositMove) -> Any:
    """Tells one movement of a deposit from another."""
    return (row.payment_id, row.lease_id, row.fee_type, row.amount)


def _term(row: LeaseRow) -> str:
    return f"{row.start:%y-%m-%d} 至 {row.end:%y-%m-%d}"


def _amount(row: Any) -> str:
    return str(row.amount)


def _business_date(row: ReceiptRow) -> str:
    return f"{row.business_date}"


def _methods(row: ReceiptRow) -> str:
    return "、".join(METHOD_WORDS[method] for method in row.methods)


def _day(row: DepositMove) -> str:
    return f"{row.day}"


def _file_title(row: LeaseFile) -> str:
    return row.file.title


def _file_kind(row: LeaseFile) -> str:
    return KIND_WORDS.get(row.file.kind, row.file.kind)


def _file_lease(row: LeaseFile) -> str:
    return row.lease.room if row.lease is not None else ""


def _file_day(row: LeaseFile) -> str:
    return f"{row.file.at.astimezone(OFFICE_ZONE).date()}"
