"""Steps 管理员 and 密钥口令: who signs in first, at which desk, and what keeps this PC's keys where no keyring does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.views.buttons import Button
from desktop.views.fields import NumberField
from desktop.views.first_start.step import StepView
from desktop.views.labels import label
from desktop.views.text_fields import PasswordField, TextField, clean_code


class AdminStep(StepView):
    """The administrator, the desk and the lock. The sign-in name is suggested from the pinyin of the name."""

    def __init__(self) -> None:
        super().__init__(
            self.tr("管理员"),
            (
                self.tr(
                    "第一位管理员也是主管：添加员工、改规则、做备份，也能办入住和收款。其他人之后在「员工」里添加。"
                ),
                self.tr("密码至少 8 个字符，混用字母、数字或汉字。忘了密码，只有另一位管理员能重置。"),
            ),
        )
        form = self.use_form(2)
        form.add("admin_name", self.tr("管理员姓名"), TextField(limit=30), required=True)
        self.login = TextField(limit=32, clean=_login)
        form.add("admin_login", self.tr("工号"), self.login, required=True, note=self.tr("登录时输入，字母或数字"))
        form.add("admin_password", self.tr("密码"), PasswordField(), required=True)
        form.add("repeat", self.tr("再输一次密码"), PasswordField(), required=True)
        form.add("desk", self.tr("这个前台的名字"), TextField(self.tr("前台 1"), limit=20), required=True)
        minutes = NumberField(5, least=1, most=120)
        form.add("lock_minutes", self.tr("几分钟无人操作后锁屏"), minutes, required=True)
        self.card.body.addWidget(form)
        self.card.body.addStretch(1)
        self._suggested = ""
        self.form.field("admin_name").changed.connect(self._suggest)
        for name in ("admin_password", "repeat"):
            form.field(name).caps_lock.connect(self._caps)

    def _suggest(self) -> None:
        if self.known is None or self.login.value() != self._suggested:
            return
        found = self.known.services.pinyin_keys(self.form.field("admin_name").value()).full
        self._suggested = found[0][:32] if found else ""
        self.login.set_value(self._suggested)

    def _caps(self, on: bool) -> None:
        self.form.rows["admin_password"].say(self.tr("大写锁定已打开") if on else "", "warn")

    def values(self) -> dict[str, Any]:
        typed = self.form.values()
        typed["lock_minutes"] = int(typed["lock_minutes"] or 0)
        return typed

    def own_problems(self) -> dict[str, str]:
        typed, problems = self.form.values(), super().own_problems()
        if typed["repeat"] != typed["admin_password"]:
            problems["repeat"] = self.tr("两次输入的密码不一样") if typed["repeat"] else self.tr("再输一次密码")
        return problems

    def wipe(self) -> None:
        for name in ("admin_password", "repeat"):
            self.form.field(name).wipe()


def _login(text: str) -> str:
    return clean_code(text).lower()


class PassphraseStep(StepView):
    """A passphrase for the keys of this PC. `first_time` False: keys are here from a start that was cut off."""

    def __init__(self, why: str, first_time: bool) -> None:
        super().__init__(
            self.tr("为什么要口令"),
            (
                self.tr("证件号、电话和文件都是加密的，钥匙平时放在系统密钥环里。"),
                self.tr("这台电脑没有可信的密钥环，所以钥匙用一个口令锁着，每次启动时输入。"),
                self.tr("忘了口令，可以用恢复码把这台电脑重新加入。"),
            ),
        )
        self.reset = False
        self.words = label(why, wrap=True)
        self.card.body.addWidget(self.words)
        form = self.use_form(1)
        form.add("passphrase", self.tr("密钥口令"), PasswordField(), required=True, note=self.tr("至少 8 个字符"))
        form.add("passphrase_repeat", self.tr("再输一次"), PasswordField(), required=True)
        self.card.body.addWidget(form)
        self.anew = Button(self.tr("忘了上次的口令，换一个新的"), "quiet", key="Alt+1", slot=self._anew)
        self.card.body.addWidget(self.anew)
        self.card.body.addStretch(1)
        self._first_time = first_time
        self._show()

    def _show(self) -> None:
        choosing = self._first_time or self.reset
        self.form.rows["passphrase_repeat"].setVisible(choosing)
        self.anew.setVisible(not choosing)

    def _anew(self) -> None:
        self.reset = True
        self.words.setText(self.tr("旧的密钥会作废，它还没有保护任何资料。设一个新的口令。"))
        self._show()
        self.form.focus_first()
        self.changed.emit()

    def values(self) -> Mapping[str, Any]:
        return {"passphrase": self.form.field("passphrase").value()}

    def own_problems(self) -> dict[str, str]:
        first, again = (self.form.field(name).value() for name in ("passphrase", "passphrase_repeat"))
        problems = {}
        if len(first) < 8:
            problems["passphrase"] = self.tr("密钥口令至少 8 个字符，现在 {n} 个").format(n=len(first))
        if (self._first_time or self.reset) and again != first:
            problems["passphrase_repeat"] = self.tr("两次输入的口令不一样") if again else self.tr("再输一次口令")
        return problems

    def wipe(self) -> None:
        for name in ("passphrase", "passphrase_repeat"):
            self.form.field(name).wipe()
