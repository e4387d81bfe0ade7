"""缺号报告: every receipt number of a desk and year, used, void or unused and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.services.receipt_gaps import WHY_WORDS, SeriesReport, Why
from desktop.views.columns import Column, GroupHead, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.labels import Well, label
from desktop.views.tables import RowTable


@dataclass(frozen=True, slots=True)
class GapRow:
    """Numbers and what became of them."""

    numbers: str
    count: int
    state: str
    """used, void, waiting, given_up or unknown."""
    words: str
    payment_id: UUID | None = None


class GapReportDialog(Dialog):
    """Signals: receipt_wanted(payment id) for a void receipt that was opened."""

    help_topic = "receipts.gaps"
    receipt_wanted = Signal(object)

    def __init__(self, frame: QWidget, report: Sequence[SeriesReport]) -> None:
        super().__init__(frame, self.tr("缺号报告"), cancel=self.tr("关闭"), wide=820)
        self.primary.hide()
        self.primary.set_key(None)
        alarm = sum(gap.count for series in report for gap in series.unexplained)
        self.well = Well("danger" if alarm else "ok")
        told = (
            self.tr("有 {n} 个收据号说不清去向：请查审计日志，并联系管理员").format(n=alarm)
            if alarm
            else self.tr("每个收据号都有去向：用掉的、作废的、还没用到的，都在下面")
        )
        self.well.body.addWidget(label(told, "strong", tone="danger" if alarm else "", wrap=True))
        self.body.addWidget(self.well)
        self.table = RowTable(
            [
                Column(
                    self.tr("收据号"), attrgetter("numbers"), kind=Kind.CODE, sample="000123 至 000140", strong=True
                ),
                Column(self.tr("个数"), _count, kind=Kind.NUMBER, sample="8,888"),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("说不清"), tag=self._tag),
                Column(self.tr("说明"), attrgetter("words"), kind=Kind.NAME, sample="金额录错", stretch=1),
            ]
        )
        self.table.setAccessibleName(self.tr("收据号"))
        self.table.say_when_empty(self.tr("还没有开过收据"), self.tr("收下第一笔款，号码就从 000001 开始"))
        self.table.show_list(self._rows(report), id)
        self.table.setMinimumHeight(240)
        self.table.opened.connect(self._open)
        self.body.addWidget(self.table, 1)

    def _rows(self, report: Sequence[SeriesReport]) -> list[Any]:
        rows: list[Any] = []
        for series in report:
            words = self.tr("用到 {last:06d}，已分配到 {granted:06d}").format(
                last=series.last_used, granted=series.last_granted
            )
            rows.append(GroupHead(f"{series.desk} · {series.year} · {series.head}-", words))
            ordered = sorted(series.gaps, key=lambda gap: gap.why is not Why.UNKNOWN)
            rows += [GapRow(g.words(), g.count, g.why.value, WHY_WORDS[g.why]) for g in ordered if g.why is Why.UNKNOWN]
            rows.append(GapRow(self.tr("已用"), series.used, "used", self.tr("已开出的收据，含作废")))
            rows += [
                GapRow(void.number.rpartition("-")[2], 1, "void", void.reason, void.payment_id)
                for void in series.voided
            ]
            rows += [
                GapRow(g.words(), g.count, g.why.value, WHY_WORDS[g.why]) for g in ordered if g.why is not Why.UNKNOWN
            ]
        return rows

    def _tag(self, row: GapRow) -> TagLook:
        return {
            "used": TagLook(self.tr("已用"), "ok", "circle-check"),
            "void": TagLook(self.tr("作废"), "", "ban"),
            "waiting": TagLook(self.tr("未用"), "", "clock"),
            "given_up": TagLook(self.tr("放弃"), "info", "info"),
            "unknown": TagLook(self.tr("说不清"), "danger", "circle-alert"),
        }[row.state]

    def _open(self, row: GapRow) -> None:
        if row.payment_id is not None:
            self.receipt_wanted.emit(row.payment_id)
            self.cancel()

    def open(self) -> None:
        super().open()
        self.table.setFocus()


def _count(row: GapRow) -> str:
    return f"{row.count:,}"
