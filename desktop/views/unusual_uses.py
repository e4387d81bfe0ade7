"""Whose use is unusual 异常用量: a list with the reason in words; Enter opens the room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from desktop.models.values import MeterKind, Right, add_months
from desktop.services import meter_trends
from desktop.services.bill_lists import plain
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.meter_trends import UnusualUse
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.forms import MessageLine
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.tables import RowTable

MONTHS = 2
"""Readings of so many months are looked through: a round every other month is in it."""


class UnusualDialog(Dialog):
    """Uses read of late that differ from the room's own and from rooms like it."""

    help_topic = "meters.unusual"
    writes = False
    fills = True

    def __init__(self, shell: Shell, kind: MeterKind, building: UUID | None) -> None:
        title = shell.frame.tr("异常用量")
        super().__init__(
            shell.frame, title, subtitle=METER_WORDS[kind], primary=shell.frame.tr("看这间房"),
            primary_icon="layout-grid", cancel=shell.frame.tr("关闭"), wide=900,
        )  # fmt: skip
        self.shell, self._kind = shell, kind
        self.rows: list[UnusualUse] = []
        self.primary.set_key("Return")
        told = self.tr("近两个月读到的用量，和自己以往、和同户型比，都用中位数")
        self.body.addWidget(label(told, "muted", wrap=True))
        self.table = RowTable(
            [
                Column("", str, kind=Kind.TAG, sample=self.tr("空置"), tag=self._tag),
                Column(self.tr("房间"), _room, kind=Kind.NAME, sample="12 栋 2305", strong=True, detail=_who),
                Column(self.tr("用量"), self._use, kind=Kind.NUMBER, sample="09-03 至 11-02 0", detail=_days),
                Column(self.tr("为什么"), _why, kind=Kind.NAME, sample="每天 1.9 m³", stretch=1, detail=_more),
            ],
            two_lines=True,
        )
        self.table.setAccessibleName(title)
        self.table.say_when_empty(self.tr("没有异常用量"), self.tr("和以往、和同户型都差不多"))
        self.why = MessageLine()
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.why)
        self.table.current_row.connect(self._walked)
        self.table.opened.connect(self._open)
        self.submitted.connect(self._open_current)
        self.primary.allow(self.tr("先选一行"))
        today = shell.today()
        first = add_months(today, -MONTHS)
        shell.run(
            partial(shell.session.read, meter_trends.unusual_uses, kind, first, today, building), self.show_uses,
            self.refuse, busy=self.tr("正在比较用量"),
        )  # fmt: skip

    def show_uses(self, rows: Sequence[UnusualUse]) -> None:
        """The list, the furthest off first."""
        self.rows = list(rows)
        self.table.show_list(self.rows, _key)
        self.note.setText(self.tr("{n} 处").format(n=len(rows)) if rows else "")
        if rows:
            self.table.choose(0)
            self.table.setFocus()

    def _tag(self, row: UnusualUse) -> TagLook:
        words = {
            "high": (self.tr("偏高"), "danger", "arrow-up"),
            "vacant": (self.tr("空置"), "warn", "triangle-alert"),
            "low": (self.tr("偏低"), "info", "arrow-down"),
        }  # fmt: skip
        return TagLook(*words[row.verdict])

    def _use(self, row: UnusualUse) -> str:
        return f"{plain(row.use)} {METER_UNITS[self._kind]}"

    def _walked(self, row: UnusualUse | None) -> None:
        self.why.set("；".join(row.why) if row is not None else "")
        may = self.shell.allowed(Right.SEE_BOARD)
        self.primary.allow("" if row is not None and may else self.tr("先选一行"))

    def _open_current(self, _request: object) -> None:
        row = self.table.current()
        if row is not None:
            self._open(row)

    def _open(self, row: UnusualUse) -> None:
        self.accept()
        self.shell.navigate("room", room_id=row.room_id)


def _key(row: UnusualUse) -> object:
    return row.meter_id


def _room(row: UnusualUse) -> str:
    return row.room


def _who(row: UnusualUse) -> str:
    return row.who or "空置"


def _days(row: UnusualUse) -> str:
    return f"{row.start:%m-%d} 至 {row.end:%m-%d}"


def _why(row: UnusualUse) -> str:
    return row.why[0]


def _more(row: UnusualUse) -> str:
    return "；".join(row.why[1:])
