"""各类时限: by when each kind of repairs is answered and done, where it differs from the usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from desktop.services import repair_minutes
from desktop.services.acts import Op
from desktop.services.repair_minutes import NAMES, MinutesRow
from desktop.views.act_dialog import ActDialog
from desktop.views.columns import Column, Kind
from desktop.views.fields import NumberField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.tables import RowTable, fill


class RepairMinutesDialog(ActDialog):
    """Every kind with its minutes; the one in hand is changed below. It stays open."""

    help_topic = "settings.minutes"
    fills = True

    def __init__(self, shell: Shell) -> None:
        tr = shell.frame.tr
        super().__init__(shell, tr("各类时限"), primary=tr("记下这一类"), cancel=tr("关闭"), wide=860)
        words = {
            "answer": self.tr("普通响应"), "urgent_answer": self.tr("紧急响应"), "finish": self.tr("普通完成"),
            "urgent_finish": self.tr("紧急完成"),
        }  # fmt: skip
        self.body.addWidget(
            label(self.tr("单位是分钟。普通的只算上班时间，紧急和重大的日夜都算；浅色是平时的。"), "muted", wrap=True)
        )
        self.table = RowTable(
            [
                Column(self.tr("哪一类"), lambda row: row.words, kind=Kind.NAME, sample=self.tr("事件 · 较重"),
                       stretch=1, strong=True),
                *(
                    Column(words[name], partial(_holds, name), kind=Kind.NUMBER, sample="86,400",
                           tone=partial(_tone, name))
                    for name in NAMES
                ),
            ]
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("各类时限"))
        self.table.setMinimumHeight(140)
        self.table.say_when_empty(self.tr("正在读取"), self.tr("读不出来就按 F5 再试"))
        form = self.use_form(4)
        for name in NAMES:
            form.add(name, words[name], NumberField(), note=self.tr("空着按平时"))
        self.body.insertWidget(1, self.table, 1)
        self.body.setStretch(self.body.count() - 1, 0)
        self.table.current_row.connect(self._chosen)
        self.table.opened.connect(self._into_form)
        self._read()

    def open(self) -> None:
        super().open()
        self.table.setFocus()

    def _read(self) -> None:
        self.shell.run(partial(self.shell.session.read, repair_minutes.list_minutes), self._show, self.refuse)

    def _show(self, rows: Sequence[MinutesRow]) -> None:
        fill(self.table, list(rows), lambda row: row.key)
        self._chosen(self.table.current())

    def _chosen(self, row: MinutesRow | None) -> None:
        if row is None or self.form is None:
            return
        for name in NAMES:
            self.form.rows[name].setEnabled(name in row.names)
            self.form.field(name).set_value(row.own.get(name))

    def _into_form(self, row: MinutesRow) -> None:
        assert self.form is not None
        self.form.field(row.names[0]).setFocus()

    def request(self) -> dict[str, int | None]:
        assert self.form is not None
        row: MinutesRow | None = self.table.current()
        typed = self.form.values()
        return {name: _whole(typed[name]) for name in (row.names if row is not None else ())}

    def problems(self) -> Mapping[str, str]:
        return repair_minutes.minutes_problems(self.request())

    def order(self, request: Mapping[str, int | None]) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(act, Op.CHANGE_SETTING, repair_minutes.save_minutes, self.table.current().key, request)

    def stored(self, news: Any) -> None:
        self._asked = False
        self.set_busy(False)
        self.check()
        self.shell.toast(self.tr("{what}的时限已存，今天起算").format(what=self.table.current().words))
        self.table.setFocus()
        self._read()


def _holds(name: str, row: MinutesRow) -> str:
    number = row.holds(name)
    return "" if number is None else f"{number:,}"


def _tone(name: str, row: MinutesRow) -> str:
    return "" if name in row.own else "text-faint"


def _whole(number: Decimal | None) -> int | None:
    return None if number is None else int(number)
