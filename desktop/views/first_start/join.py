"""Letting this PC into an office that is there already: at once where it is approved, else by the recovery code."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.views import messages
from desktop.views.dialogs import Dialog
from desktop.views.fields import PasswordField, TextField
from desktop.views.labels import label
from desktop.views.main_window import MainWindow
from desktop.world import World


class JoinDialog(Dialog):
    """Asks for the recovery code and a name for this desk. submitted(dict)."""

    def __init__(self, window: MainWindow, why: str, passphrase: bool) -> None:
        super().__init__(
            window, self.tr("用恢复码加入管理处"), primary=self.tr("加入"), primary_icon="log-in", wide=680
        )
        self.body.addWidget(label(why, wrap=True))
        form = self.use_form(2)
        form.add(
            "recovery_code", self.tr("恢复码"), TextField(limit=120, clean=str.upper), required=True, span=2,
            note=self.tr("保险柜里那张纸上的九组，空格和短横可以不输"),
        )  # fmt: skip
        form.add("desk", self.tr("这个前台的名字"), TextField(limit=20), note=self.tr("例如 前台 2"))
        if passphrase:
            note = self.tr("这台电脑的密钥用它锁着，每次启动时输入，至少 8 个字符")
            form.add("passphrase", self.tr("密钥口令"), PasswordField(), required=True, span=2, note=note)

    def problems(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        problems = {}
        if not typed["recovery_code"]:
            problems["recovery_code"] = self.tr("从纸上输入恢复码")
        if "passphrase" in typed and len(typed["passphrase"]) < 8:
            problems["passphrase"] = self.tr("密钥口令至少 8 个字符")
        return problems

    def _end(self, accepted: bool) -> None:
        if self.form is not None:
            self.form.field("recovery_code").clear()
            if "passphrase" in self.form.rows:
                self.form.field("passphrase").wipe()
        super()._end(accepted)


class JoinOffice(QObject):
    """The whole way in. Signals: joined(office, lock, address)."""

    joined = Signal(object, object, str)

    def __init__(self, window: MainWindow, world: World, data_dir: Path, address: str, forget: bool = False) -> None:
        super().__init__(window)
        self._window, self._world, self._data_dir, self._address = window, world, data_dir, address
        self._forget = forget
        self._dialog: JoinDialog | None = None

    def start(self) -> None:
        """Try to open; ask for the recovery code when this PC is not approved there."""
        self._window.run(
            partial(_open, self._world, self._data_dir, self._address), self._opened, self._not_opened, write=True,
            busy=self.tr("正在打开管理处"),
        )  # fmt: skip

    def ask(self, why: str) -> None:
        """Ask for the recovery code at once, because opening has failed already."""
        self._window.run(partial(_keys_asked, self._world, self._data_dir, self._forget), partial(self._ask, why))

    def _ask(self, why: str, passphrase: bool) -> None:
        self._dialog = JoinDialog(self._window, why, passphrase)
        self._dialog.submitted.connect(self._submitted)
        self._window.open(self._dialog)

    def _not_opened(self, error: Exception) -> None:
        from desktop.services.device_key import PassphraseNeeded
        from desktop.services.errors import DomainError
        from desktop.services.opening import DeviceNotApproved

        if isinstance(error, DeviceNotApproved | PassphraseNeeded):
            self.ask(error.message)
        elif isinstance(error, DomainError):
            messages.show_warning(error.message)
        else:
            messages.show_error(error)

    def _submitted(self, typed: dict[str, Any]) -> None:
        assert self._dialog is not None
        self._dialog.set_busy(True, self.tr("正在核对恢复码"))
        self._window.run(
            partial(
                _join, self._world, self._data_dir, self._address, typed["recovery_code"], typed["desk"],
                typed.get("passphrase"), self._forget,
            ),
            self._opened, self._dialog.refuse, write=True, busy=self.tr("正在核对恢复码"),
        )  # fmt: skip

    def _opened(self, opened: tuple[Any, Any]) -> None:
        if self._dialog is not None:
            self._dialog.accept()
            self._dialog = None
        office, lock = opened
        self.joined.emit(office, lock, self._address)


def _keys_asked(world: World, data_dir: Path, forget: bool) -> bool:
    from desktop.services import opening

    return opening.passphrase_for(world, data_dir, forget) is not None


def _held(data_dir: Path, address: str) -> tuple[Any, Any]:
    from contextlib import ExitStack

    from desktop.services import database, opening

    url = database.parse_url(address) if address else database.sqlite_url(data_dir)
    held = ExitStack()
    held.enter_context(opening.alone(data_dir, url))
    return url, held


def _open(world: World, data_dir: Path, address: str) -> tuple[Any, Any]:
    from desktop.services import opening

    url, held = _held(data_dir, address)
    try:
        return opening.open_office(world, data_dir, url), held
    except BaseException:
        held.close()
        raise


def _join(
    world: World, data_dir: Path, address: str, code: str, desk: str, passphrase: str | None, forget: bool
) -> tuple[Any, Any]:
    from desktop.services import opening
    from desktop.services.recovery import RecoveryCode

    recovery = RecoveryCode.parse(code)
    url, held = _held(data_dir, address)
    try:
        if forget:
            opening.forget_keys(world, data_dir)
        return opening.join_by_recovery_code(world, data_dir, url, recovery, desk, passphrase or None), held
    except BaseException:
        held.close()
        raise
