"""One's own PIN: chosen after the password, typed twice, gone from the fields when the dialog closes."""

from __future__ import annotations

from functools import partial
from typing import Any

from desktop.services import pins
from desktop.services.acts import Op
from desktop.services.passwords import PIN_MAX, pin_problem
from desktop.services.pins import OwnPin
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import PasswordField


class PinDialog(Dialog):
    """Chooses a PIN, or another one."""

    help_topic = "pin"

    def __init__(self, shell: Shell, known: OwnPin) -> None:
        super().__init__(
            shell.frame,
            self.tr("换一个 PIN") if known.chosen else self.tr("设一个 PIN"),
            subtitle=shell.session.actor.name,
            primary=self.tr("存好 PIN"),
            wide=560,
        )
        self._shell, self._known = shell, known
        about = self.tr(
            "PIN 只在您用密码登录过的电脑上解锁、换人和当场授权；{days} 天没用密码登录，或错了 5 次，就只认密码。"
        )
        self.body.addWidget(label(about.format(days=known.days), "muted", wrap=True))
        form = self.use_form(1)
        digits = str(known.digits) if known.digits == PIN_MAX else f"{known.digits}–{PIN_MAX}"
        form.add("password", self.tr("登录密码"), PasswordField(), required=True)
        note = self.tr("{digits} 位数字，不用生日、连号和重复的数字").format(digits=digits)
        form.add("pin", self.tr("新 PIN"), PasswordField(), required=True, note=note)
        form.add("repeat", self.tr("再输一次"), PasswordField(), required=True)
        self.submitted.connect(self._save)

    def problems(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        problems = {}
        if not typed["password"]:
            problems["password"] = self.tr("写上登录密码")
        if trouble := pin_problem(typed["pin"], self._known.digits):
            problems["pin"] = trouble
        if typed["repeat"] != typed["pin"]:
            problems["repeat"] = self.tr("两次输入的 PIN 不一样") if typed["repeat"] else self.tr("再输一次 PIN")
        return problems

    def _save(self, typed: dict[str, Any]) -> None:
        self.set_busy(True, self.tr("正在存 PIN"))
        session = self._shell.session
        work = partial(session.act, Op.SET_PIN, pins.set_pin, typed["password"], typed["pin"], session.passwords)
        self._shell.run(work, self._saved, self.refuse, write=True)

    def _saved(self, _nothing: object) -> None:
        self.accept()
        self._shell.toast(self.tr("PIN 已存好，下次按 F9 就用它解锁"))

    def _end(self, accepted: bool) -> None:
        if self.form is not None:
            for row in self.form.rows.values():
                row.field.wipe()  # type: ignore[attr-defined]
        super()._end(accepted)
