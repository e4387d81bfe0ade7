"""Section 终端: PCs that wait to be let in, those that hold this office's keys, and the recovery code."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services import device_requests, devices
from desktop.services.acts import Op
from desktop.services.device_requests import RequestRow, digits_problem
from desktop.services.devices import DeviceRow, Trust
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog, Question
from desktop.views.labels import Fact, FactList, label
from desktop.views.pages import Shell
from desktop.views.tables import RowTable, fill
from desktop.views.text_fields import TextField, clean_code
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE


class ApproveDialog(Dialog):
    """批准终端: the six digits on the other PC's screen are typed here. submitted(digits)."""

    help_topic = "settings.devices"

    def __init__(self, window: QWidget, row: RequestRow) -> None:
        super().__init__(
            window, window.tr("批准终端"), subtitle=f"{row.desk} · {row.name}", primary=window.tr("批准"),
            primary_icon="user-check", wide=600,
        )  # fmt: skip
        text = self.tr("看着那台电脑的屏幕，或者打电话问清楚，把上面的六位数字输在这里。对得上才会批准。")
        self.body.addWidget(label(text, wrap=True))
        if row.returning:
            self.body.addWidget(
                label(self.tr("这台电脑以前批准过，后来收回了；批准后回到原来的前台。"), "muted", wrap=True)
            )
        form = self.use_form(1)
        digits = TextField(limit=12, clean=clean_code, hint=self.tr("六位数字"))
        form.add("digits", self.tr("对方屏幕上的六位数字"), digits, required=True)

    def problems(self) -> dict[str, str]:
        text = digits_problem(self.request())
        return {"digits": text} if text else {}

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["digits"])


class DevicesSection(Section):
    """Approves, refuses and revokes; a new PC asks by itself when it is pointed at this office's database."""

    help_topic = "settings.devices"

    tables = frozenset({"device", "device_request", "office_key_wrap"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._build_waiting()
        self._build_known()
        code = self.card(
            self.tr("恢复码"), self.tr("纸上的九组字。电脑都坏了，凭它和备份就能找回一切；新电脑也能用它加入。")
        )
        self.facts = FactList()
        code.body.addWidget(self.facts)
        self.column.addStretch(1)

    def _build_waiting(self) -> None:
        self.waiting_card = self.card(
            self.tr("等着加入的电脑"),
            self.tr("批准前核对六位数字：数字由那台电脑的密钥算出，被人调换过就对不上。"),
        )
        self.waiting = RowTable(
            [
                Column(self.tr("前台"), lambda row: row.desk, kind=Kind.NAME, sample="前台 2", strong=True, stretch=1),
                Column(self.tr("电脑"), lambda row: row.name, kind=Kind.NAME, sample="QT-PC-0002", stretch=1),
                Column(self.tr("申请"), _asked, kind=Kind.DATE, sample="2026-11-22 14:30"),
                Column(self.tr("状态"), _request_state, kind=Kind.TAG, sample="以前收回过", tag=_request_look),
            ]
        )
        self.waiting.setAccessibleName(self.tr("等着加入的电脑"))
        self.waiting.say_when_empty(
            self.tr("现在没有电脑等着加入"), self.tr("在新电脑上打开安居前台，填这个数据库的地址并申请，它会出现在这里")
        )
        self.waiting.setFixedHeight(theme().height("header-row") + 2 * theme().height("row") + 4)
        self.waiting_card.body.addWidget(self.waiting)
        self.approve = Button(self.tr("批准"), "primary", icon="user-check", key="Alt+1", slot=self._approve)
        self.refuse = Button(self.tr("拒绝"), "secondary", icon="ban", key="Alt+2", slot=self._refuse)
        self.waiting_card.body.addWidget(_beside(self.approve, self.refuse))
        self.waiting.opened.connect(self._opened)

    def _build_known(self) -> None:
        card = self.card(
            self.tr("已开通的终端"),
            self.tr("要让另一台电脑加入：在那台电脑上打开安居前台，填这个数据库的地址，它会出现在上面。"),
        )
        self.table = RowTable(
            [
                Column(self.tr("前台"), lambda row: row.desk, kind=Kind.NAME, sample="前台 1", strong=True, stretch=1),
                Column(self.tr("电脑"), lambda row: row.name, kind=Kind.NAME, sample="QT-PC-0001", stretch=1),
                Column(self.tr("开通"), _since, kind=Kind.DATE, sample="2026-11-22 14:30"),
                Column(self.tr("状态"), _state, kind=Kind.TAG, sample=self.tr("这台电脑"), tag=_state_look),
            ]
        )
        self.table.setAccessibleName(self.tr("已开通的终端"))
        self.table.say_when_empty(self.tr("还没有开通的终端"), self.tr("在上面批准一台"))
        self.table.setMinimumHeight(theme().height("header-row") + 4 * theme().height("row"))
        card.body.addWidget(self.table)
        self.revoke = Button(self.tr("收回"), "secondary", icon="ban", key="Alt+3", slot=self._revoke)
        card.body.addWidget(_beside(self.revoke))
        self.table.current_row.connect(self._chosen)
        self._chosen(None)

    # showing

    def entered(self) -> None:
        self.table.setFocus()
        self.refresh()

    def refresh(self) -> None:
        read = self.shell.session.read
        self.shell.run(partial(read, devices.trust_facts), self.show_trust)
        self.shell.run(partial(read, device_requests.device_requests), self.show_requests)

    def show_requests(self, rows: tuple[RequestRow, ...]) -> None:
        """Show who waits; with nobody waiting the card goes."""
        self.waiting_card.setVisible(bool(rows))
        fill(self.waiting, rows, attrgetter("id"))

    def show_trust(self, trust: Trust) -> None:
        """Show the devices and the state of the recovery code."""
        self.table.show_list(list(trust.devices), key=lambda row: row.id)
        made = trust.recovery.made_at
        good = trust.recovery.holds
        state = self.tr("有效，能打开今天的密钥") if good else self.tr("打不开今天的密钥")
        self.facts.set_facts(
            [
                Fact(self.tr("生成于"), f"{made.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" if made else "—"),
                Fact(self.tr("状态"), state, "ok" if good else "danger"),
            ]
        )

    def _chosen(self, row: DeviceRow | None) -> None:
        if row is None:
            self.revoke.disable(self.tr("先选一台电脑"))
        elif row.here:
            self.revoke.disable(self.tr("这台正在用：请到另一台电脑上收回它"))
        else:
            self.revoke.allow(self.tr("已经收回了") if row.revoked_at is not None else "")

    def hints(self) -> str:
        return self.tr("Tab 换表 · Alt+1 批准 · Alt+3 收回")

    # doing

    def _opened(self, _row: RequestRow) -> None:
        self._approve()

    def _approve(self) -> None:
        row = self.waiting.current()
        if row is None:
            return
        dialog = ApproveDialog(self.shell.frame, row)
        dialog.submitted.connect(partial(self._store_approval, dialog, row))
        self.shell.open(dialog)

    def _store_approval(self, dialog: ApproveDialog, row: RequestRow, digits: str) -> None:
        dialog.set_busy(True, self.tr("正在核对"))
        act = partial(self.shell.session.act, Op.APPROVE_DEVICE, device_requests.approve_device, row.id, digits)
        self.shell.run(act, partial(self._approved, dialog), dialog.refuse, write=True)

    def _approved(self, dialog: ApproveDialog, desk: str) -> None:
        dialog.accept()
        self.shell.toast(self.tr("{desk} 已批准，那台电脑会自动继续").format(desk=desk))

    def _refuse(self) -> None:
        row = self.waiting.current()
        if row is None:
            return
        question = Question(
            self.shell.frame, self.tr("拒绝 {desk}").format(desk=row.desk),
            self.tr("那台电脑会看到没有批准，可以再申请。"), [(row, self.tr("拒绝"), "danger")],
            cancel=self.tr("先不管"),
        )  # fmt: skip
        question.answered.connect(self._store_refusal)
        self.shell.open(question)

    def _store_refusal(self, row: RequestRow) -> None:
        act = partial(self.shell.session.act, Op.REFUSE_DEVICE, device_requests.refuse_device, row.id)
        self.shell.run(act, partial(self._told, self.tr("已拒绝 {desk}").format(desk=row.desk)), write=True)

    def _revoke(self) -> None:
        row = self.table.current()
        if row is None or row.here:
            return
        question = Question(
            self.shell.frame, self.tr("收回 {desk}").format(desk=row.desk),
            self.tr(
                "那台电脑上的窗口会回到登录页，以后打不开这个管理处；要再用得重新批准。"
                "电脑丢了的话，还要请维护人员换掉数据库的密码。"
            ),
            [(row, self.tr("收回这台电脑"), "danger")], cancel=self.tr("保留"),
        )  # fmt: skip
        question.answered.connect(self._store_revoking)
        self.shell.open(question)

    def _store_revoking(self, row: DeviceRow) -> None:
        act = partial(self.shell.session.act, Op.REVOKE_DEVICE, devices.revoke_device, row.id)
        self.shell.run(act, partial(self._told, self.tr("已收回 {desk}").format(desk=row.desk)), write=True)

    def _told(self, words: str, _nothing: Any) -> None:
        self.shell.toast(words)


def _beside(*buttons: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return line


def _asked(row: RequestRow) -> str:
    return f"{row.asked_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"


def _request_state(row: RequestRow) -> str:
    return _request_look(row).text


def _request_look(row: RequestRow) -> TagLook:
    return TagLook("以前收回过", "warn", "undo-2") if row.returning else TagLook("待批准", "info", "clock")


def _since(row: DeviceRow) -> str:
    return f"{row.approved_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" if row.approved_at else "—"


def _state(row: DeviceRow) -> str:
    return _state_look(row).text


def _state_look(row: DeviceRow) -> TagLook:
    if row.revoked_at is not None:
        return TagLook("已收回", "danger", "ban")
    return TagLook("这台电脑", "ok", "monitor") if row.here else TagLook("已开通", "info", "check")
