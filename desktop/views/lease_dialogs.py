"""Dialogs that move a lease on: cancelled before moving in, handed over, handed back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtCore import Signal

from desktop.models.values import NIL, MeterKind, Money
from desktop.services import handover, lease_moves, leases
from desktop.services.acts import Op
from desktop.views.dialogs import Dialog
from desktop.views.fields import NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.on_the_spot import Act, Asked, act_or_ask
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

METERS = (MeterKind.WATER, MeterKind.ELECTRICITY, MeterKind.GAS)


def asked_of(row: leases.LeaseRow, what: str) -> Asked:
    """What a second person is asked for when the clerk's role does not reach: 「撤销租约：1203 沈知微」."""
    return Asked(f"{what}：{row.room} {row.tenant}", f"{row.number}，{row.start} 至 {row.end}")


class LeaseDialog(Dialog):
    """A step of one lease. Signals: done(news) once it is stored."""

    help_topic = "lease.moves"
    op: ClassVar[Op] = Op.CHANGE_LEASE
    """The act under which it is stored."""

    done = Signal(object)

    def __init__(
        self, shell: Shell, row: leases.LeaseRow, title: str, *, primary: str, wide: int = 640, **looks: Any
    ) -> None:
        who = f"{row.room} · {row.tenant}"
        super().__init__(shell.frame, title, subtitle=who, primary=primary, wide=wide, **looks)
        self.shell, self.row, self._title = shell, row, title
        self.submitted.connect(self._store)

    @abstractmethod
    def order(self, request: Any) -> Act:
        """The service call that stores the request; it still wants its Work."""

    def _store(self, request: Any) -> None:
        self.set_busy(True)
        act_or_ask(
            self.shell, asked_of(self.row, self._title), self.op, self.order(request), self._stored,
            self.refuse,
        )  # fmt: skip

    def _stored(self, news: object) -> None:
        self.accept()
        self.done.emit(news)


def _lease_id(dialog: LeaseDialog) -> UUID:
    return dialog.row.id


class CancelDialog(LeaseDialog):
    """撤销租约 before the tenant moved in: the room is free again, unpaid bills are taken back."""

    help_topic = "lease.cancel"

    def __init__(self, shell: Shell, row: leases.LeaseRow) -> None:
        title = shell.frame.tr("撤销租约")
        super().__init__(shell, row, title, primary=title, kind="danger", cancel=shell.frame.tr("保留租约"))
        self.primary.set_key(None)  # a danger is pressed, never entered by a key in passing
        text = self.tr("房间马上空出来，没收过款的账单用负数冲回。已收的款要先在收据页冲红。")
        self.body.addWidget(label(text, wrap=True))
        form = self.use_form(1)
        form.add("reason", self.tr("撤销原因"), TextField(limit=60, hint=self.tr("例如 客户改租别处")), required=True)
        self.draft = FormDraft(shell, self, "lease.cancel", row.id)

    def problems(self) -> Mapping[str, str]:
        short = len(self.request().strip()) < 2
        return {"reason": self.tr("写明撤销原因，例如 客户改租别处")} if short else {}

    def request(self) -> str:
        assert self.form is not None
        reason: str = self.form.values()["reason"]
        return reason

    def order(self, request: str) -> Act:
        return lambda work: lease_moves.cancel_lease(work, _lease_id(self), request)


class MoveInLeaseDialog(LeaseDialog):
    """交房: first readings, keys and cards of a signed lease; the tenant moves in when it is stored."""

    help_topic = "lease.move_in"

    def __init__(self, shell: Shell, row: leases.LeaseRow, due: Money) -> None:
        title = shell.frame.tr("交房入住")
        super().__init__(shell, row, title, primary=shell.frame.tr("交房"), primary_icon="key-round")
        if due > NIL:
            text = self.tr("还有 {due} 元没有收：可以先按 F4 收款，也可以先交房").format(due=due)
            self.body.addWidget(label(text, tone="warn", wrap=True))
        if row.start > shell.today():
            text = self.tr("起租日是 {day}，今天就交房").format(day=row.start)
            self.body.addWidget(label(text, tone="warn", wrap=True))
        form = self.use_form(2)
        add_meters(form, self.tr("没有就留空"))
        form.add("keys", self.tr("钥匙"), NumberField(2, most=handover.MOST_KEYS), hint=self.tr("交出几把"))
        form.add("cards", self.tr("门卡"), NumberField(0, most=handover.MOST_KEYS), hint=self.tr("交出几张"))
        self.draft = FormDraft(shell, self, "lease.move_in", row.id)

    def problems(self) -> Mapping[str, str]:
        readings, keys, cards = self.request()
        return handover.handover_problems(readings, keys, cards)

    def request(self) -> tuple[tuple[handover.ReadingForm, ...], int, int]:
        assert self.form is not None
        values = self.form.values()
        return readings_in(values), int(values["keys"] or 0), int(values["cards"] or 0)

    def order(self, request: tuple[Any, int, int]) -> Act:
        return lambda work: lease_moves.move_in(work, _lease_id(self), *request)


class MoveOutDialog(LeaseDialog):
    """办理搬离: last readings; keys and cards come back, the room is to be cleaned."""

    help_topic = "lease.moves"

    def __init__(self, shell: Shell, row: leases.LeaseRow, keys: tuple[tuple[str, int], ...]) -> None:
        title = shell.frame.tr("办理搬离")
        super().__init__(shell, row, title, primary=shell.frame.tr("收房"), primary_icon="door-open")
        if keys:
            units = {"钥匙": self.tr("{n} 把钥匙"), "门卡": self.tr("{n} 张门卡")}
            out = "、".join(units.get(name, "{n}").format(n=count) for name, count in keys)
            self.body.addWidget(label(self.tr("收回 {keys}，少了的先登记赔付再收房。").format(keys=out), wrap=True))
        if row.end > shell.today():
            text = self.tr("租期到 {day}，今天是提前搬离：今天以后、没收过款的账单会冲回").format(day=row.end)
            self.body.addWidget(label(text, tone="warn", wrap=True))
        add_meters(self.use_form(2), self.tr("最后读数，没有就留空"))
        self.draft = FormDraft(shell, self, "lease.move_out", row.id)

    def problems(self) -> Mapping[str, str]:
        return handover.handover_problems(self.request(), 0, 0)

    def request(self) -> tuple[handover.ReadingForm, ...]:
        assert self.form is not None
        return readings_in(self.form.values())

    def order(self, request: tuple[handover.ReadingForm, ...]) -> Act:
        return lambda work: lease_moves.move_out(work, _lease_id(self), request)


def add_meters(form: Any, hint: str) -> None:
    """A field for each meter that is read at a handover."""
    for kind in METERS:
        words = f"{handover.METER_WORDS[kind]}（{handover.METER_UNITS[kind]}）"
        form.add(f"reading.{kind}", words, NumberField(decimals=3), hint=hint)


def readings_in(values: Mapping[str, Any]) -> tuple[handover.ReadingForm, ...]:
    """The readings that were typed."""
    typed = ((kind, values[f"reading.{kind}"]) for kind in METERS)
    return tuple(handover.ReadingForm(kind, value) for kind, value in typed if value is not None)
