"""The lists in the tabs of the lease page: schedule with what was paid, handover, files."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import FeeType, ReadingKind, total
from desktop.services import handover
from desktop.services.attachments import FileRow
from desktop.services.billing import FEE_WORDS
from desktop.services.handover import ReadingRow
from desktop.services.lease_record import Paid, Period
from desktop.views.columns import Column, GroupHead, Kind, TagLook
from desktop.views.file_preview import KIND_WORDS
from desktop.views.labels import label
from desktop.views.tables import RowTable, TableFoot, fill
from desktop.world import OFFICE_ZONE

_PAID = {
    Paid.PLANNED: TagLook("未出账", "", "calendar"),
    Paid.OPEN: TagLook("待收", "info", "clock"),
    Paid.OVERDUE: TagLook("逾期", "danger", "circle-alert"),
    Paid.PART: TagLook("收了一部分", "warn", "circle-dot"),
    Paid.PAID: TagLook("已收清", "ok", "circle-check"),
    Paid.TAKEN_BACK: TagLook("已冲回", "", "undo-2"),
    Paid.MOVED: TagLook("已转到新约", "", "arrow-right-left"),
}
_READINGS = {
    ReadingKind.INITIAL: "入住", ReadingKind.REGULAR: "抄表", ReadingKind.FINAL: "搬离",
    ReadingKind.REPLACEMENT: "换表", ReadingKind.ESTIMATED: "估算",
}  # fmt: skip


class ScheduleList(QWidget):
    """排期: every bill of the lease from first to last, planned or posted, with the sum of the rent below."""

    def __init__(self) -> None:
        super().__init__()
        self.table = RowTable(
            [
                Column(self.tr("期次"), _title, kind=Kind.NAME, sample="钥匙押金", strong=True),
                Column(self.tr("计费期间"), _span, kind=Kind.DATE, sample="26-11-25 至 27-02-24", stretch=1),
                Column(self.tr("应缴日"), _due, kind=Kind.DATE, sample="2026-11-25", fold=True),
                Column(self.tr("金额（元）"), _money, kind=Kind.MONEY, sample="12,860.00"),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("收了一部分"), tag=_paid),
            ]
        )
        self.table.say_when_empty(self.tr("没有排期"), self.tr("租约的租期和租金定了才有；按 Ctrl+M 看能做的变更"))
        self.foot = TableFoot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.foot)

    def show_periods(self, periods: tuple[Period, ...]) -> None:
        fill(self.table, grouped(periods), _period_key)
        rents = [each for each in periods if each.planned.fee_type is FeeType.RENT]
        paid = sum(each.paid is Paid.PAID for each in rents)
        told = self.tr("租金 {n} 期，已收清 {paid} 期").format(n=len(rents), paid=paid)
        whole = total(each.planned.money for each in rents)
        self.foot.show_words(told, self.tr("租金合计 {sum}").format(sum=whole))

    def stand_on_next(self, periods: tuple[Period, ...]) -> None:
        """Choose the first bill that is not settled."""
        for each in periods:
            if each.paid not in (Paid.PAID, Paid.TAKEN_BACK, Paid.MOVED):
                self.table.stand_on(_period_key(each))
                return


class HandoverList(QWidget):
    """交接: keys and cards in the tenant's hands, and every reading of the lease."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_line = label("", wrap=True)
        self.table = RowTable(
            [
                Column(self.tr("表"), _meter, kind=Kind.NAME, sample="热水表", stretch=1),
                Column(self.tr("表号"), _serial, kind=Kind.CODE, sample="20261122001", fold=True),
                Column(self.tr("哪一次"), _reading, kind=Kind.TEXT, sample="入住"),
                Column(self.tr("读数"), _value, kind=Kind.NUMBER, sample="123456.789 m³"),
                Column(self.tr("日期"), _read_on, kind=Kind.DATE, sample="2026-11-22"),
            ]
        )
        self.table.say_when_empty(self.tr("还没有抄过表"), self.tr("交房或搬离时抄，读数列在这里"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        inset = QHBoxLayout()
        inset.setContentsMargins(10, 0, 10, 0)
        inset.addWidget(self.keys_line)
        column.addLayout(inset)
        column.addWidget(self.table, 1)

    def show_handover(self, readings: tuple[ReadingRow, ...], keys: tuple[tuple[str, int], ...]) -> None:
        fill(self.table, readings, _reading_key)
        units = {"钥匙": self.tr("钥匙 {n} 把"), "门卡": self.tr("门卡 {n} 张")}
        out = " · ".join(units.get(name, name + " {n}").format(n=count) for name, count in keys)
        words = self.tr("在租客手里：{keys}").format(keys=out) if out else self.tr("没有钥匙和门卡在租客手里")
        self.keys_line.setText(words)


class LeaseFileList(RowTable):
    """文件: leases as printed, photos of the room."""

    def __init__(self) -> None:
        super().__init__(
            [
                Column(self.tr("文件"), attrgetter("title"), kind=Kind.NAME, sample="房况照片 客厅", stretch=1),
                Column(self.tr("种类"), _file_kind, kind=Kind.TEXT, sample="房况照片"),
                Column(self.tr("大小"), _file_size, kind=Kind.NUMBER, sample="1,024 KB", fold=True),
                Column(self.tr("存入"), _file_day, kind=Kind.DATE, sample="2026-11-22"),
            ]
        )


def grouped(periods: tuple[Period, ...]) -> list[Period | GroupHead]:
    """The schedule with a head over each kind of fee, when there is more than rent."""
    kinds: dict[FeeType, list[Period]] = {}
    for period in periods:
        kinds.setdefault(period.planned.fee_type, []).append(period)
    rows: list[Period | GroupHead] = []
    single = [each for kind, some in kinds.items() if len(some) == 1 and kind is not FeeType.RENT for each in some]
    rows += single
    for kind, some in kinds.items():
        if some[0] in single:
            continue
        if len(kinds) > 1:
            whole = total(each.planned.money for each in some)
            rows.append(GroupHead(FEE_WORDS[kind], f"{len(some)} 期 · 共 {whole}"))
        rows += some
    return rows


def _period_key(row: Period) -> str:
    return row.planned.source_key


def _title(row: Period) -> str:
    return row.planned.title


def _span(row: Period) -> str:
    period = row.planned.period
    if period is None:
        return ""
    return f"{period.start:%y-%m-%d} 至 {period.end:%y-%m-%d}"


def _due(row: Period) -> str:
    return f"{row.planned.due}"


def _money(row: Period) -> str:
    return str(row.planned.money)


def _paid(row: Period) -> TagLook:
    return _PAID[row.paid]


def _meter(row: ReadingRow) -> str:
    return handover.METER_WORDS[row.kind]


def _serial(row: ReadingRow) -> str:
    return row.serial or ""


def _reading(row: ReadingRow) -> str:
    return _READINGS[row.reading]


def _value(row: ReadingRow) -> str:
    return f"{row.value.normalize():f} {handover.METER_UNITS[row.kind]}"


def _read_on(row: ReadingRow) -> str:
    return f"{row.read_on}"


def _reading_key(row: ReadingRow) -> Any:
    return (row.kind, row.serial, row.reading, row.read_on, row.value)


def _file_kind(row: FileRow) -> str:
    return KIND_WORDS.get(row.kind, row.kind)


def _file_size(row: FileRow) -> str:
    return f"{max(1, row.size // 1024):,} KB"


def _file_day(row: FileRow) -> str:
    return f"{row.at.astimezone(OFFICE_ZONE).date()}"
