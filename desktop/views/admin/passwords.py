"""Passwords: one's own is changed with the old one, a forgotten one is reset by the administrator."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.services import access
from desktop.services.acts import Op
from desktop.services.passwords import password_problem
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import PasswordField


class _NewPassword(Dialog):
    """What the two dialogs share: the new password twice, never kept in the widget afterwards."""

    def add_new(self, text: str) -> None:
        assert self.form is not None
        self.form.add("new", text, PasswordField(), required=True, note=self.tr("至少 8 个字符，混用字母、数字或汉字"))
        self.form.add("repeat", self.tr("再输一次"), PasswordField(), required=True)
        for name, row in self.form.rows.items():
            row.field.caps_lock.connect(partial(self._caps, name))  # type: ignore[attr-defined]

    def repeat_problem(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        if typed["repeat"] == typed["new"]:
            return {}
        return {"repeat": self.tr("两次输入的密码不一样") if typed["repeat"] else self.tr("再输一次新密码")}

    def _caps(self, name: str, on: bool) -> None:
        if self.form is not None:
            self.form.rows[name].say(self.tr("大写锁定已打开") if on else "", "warn")

    def _end(self, accepted: bool) -> None:
        if self.form is not None:
            for row in self.form.rows.values():
                row.field.wipe()  # type: ignore[attr-defined]
        super()._end(accepted)


class OwnPasswordDialog(_NewPassword):
    """One's own new password. With `must` the desk stays shut until then: leaving signs out, as closed(False)."""

    help_topic = "mine.password"

    def __init__(self, shell: Shell, must: bool = False) -> None:
        super().__init__(
            shell.frame,
            self.tr("设一个只有您知道的密码") if must else self.tr("修改密码"),
            subtitle=shell.session.actor.name,
            primary=self.tr("改好密码"),
            cancel=self.tr("退出登录") if must else "",
            wide=560,
        )
        self._shell, self._session, self._must = shell, shell.session, must
        if must:
            self.body.addWidget(label(self.tr("现在的密码是管理员给的，改好后才能开始工作。"), "muted", wrap=True))
        form = self.use_form(1)
        now = self.tr("管理员给的密码") if must else self.tr("现在的密码")
        form.add("old", now, PasswordField(), required=True)
        self.add_new(self.tr("新密码"))
        self.submitted.connect(self._save)

    def problems(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        problems = {}
        if not typed["old"]:
            problems["old"] = self.tr("写上现在的密码")
        if not typed["new"]:
            problems["new"] = self.tr("写上新密码，至少 8 个字符")
        elif trouble := access.new_password_problem(typed["old"], typed["new"], ""):
            problems["new"] = trouble
        return problems | self.repeat_problem()

    def _save(self, typed: dict[str, Any]) -> None:
        self.set_busy(True, self.tr("正在改密码"))
        self._shell.run(
            partial(
                self._session.act, Op.CHANGE_OWN_PASSWORD, access.change_own_password, typed["old"], typed["new"],
                self._session.passwords,
            ),
            self._saved, self.refuse, write=True,
        )  # fmt: skip

    def _saved(self, _nothing: object) -> None:
        self.accept()
        self._shell.toast(self.tr("密码已改，下次登录用新密码"))


class ResetPasswordDialog(_NewPassword):
    """A new first password for somebody else. submitted({"new": …}); it must be changed at the next sign-in."""

    help_topic = "staff.password"

    def __init__(self, window: QWidget, name: str, login: str) -> None:
        super().__init__(
            window, self.tr("重置密码"), subtitle=f"{name} · {login}", primary=self.tr("重置密码"), wide=560
        )
        self._login = login
        self.body.addWidget(label(self.tr("把新密码当面告诉本人。第一次登录时要改成自己的。"), "muted", wrap=True))
        self.use_form(1)
        self.add_new(self.tr("新密码"))

    def problems(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        trouble = password_problem(typed["new"], self._login)
        return ({"new": trouble} if trouble else {}) | self.repeat_problem()
