"""Letting this PC into an office that is there already: at once where it is approved, else by an administrator's word
on another PC, or by the recovery code."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.views import messages
from desktop.views.dialogs import Dialog
from desktop.views.first_start.waiting import AskDialog, WaitingDialog, answer_for, ask_in, asked_before, take_back
from desktop.views.labels import label
from desktop.views.main_window import MainWindow
from desktop.views.text_fields import PasswordField, TextField
from desktop.world import World

if TYPE_CHECKING:
    from desktop.services.device_requests import Waiting


class JoinDialog(Dialog):
    """Asks for the recovery code and a name for this desk. submitted(dict)."""

    help_topic = "join"
    writes = False

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
    """The whole way in: asking an administrator of a shared office, or the recovery code.

    Signals: joined(office, lock, address).
    """

    joined = Signal(object, object, str)

    def __init__(
        self,
        window: MainWindow,
        world: World,
        data_dir: Path,
        address: str,
        forget: bool = False,
        passphrase: str = "",
    ) -> None:
        super().__init__(window)
        self._window, self._world, self._data_dir, self._address = window, world, data_dir, address
        self._forget, self._passphrase = forget, passphrase
        self._why = ""
        self._dialog: JoinDialog | AskDialog | None = None
        self._waiting: Waiting | None = None

    def start(self) -> None:
        """Try to open; ask to be let in when this PC is not approved there."""
        self._window.run(
            partial(_open, self._world, self._data_dir, self._address, self._passphrase or None), self._opened,
            self._not_opened, write=True, busy=self.tr("正在打开管理处"),
        )  # fmt: skip

    def ask(self, why: str) -> None:
        """Opening has failed already: ask an administrator where there may be one, else for the recovery code.

        Keys that were lost are made anew; an embedded office has no second PC that could approve.
        """
        self._why = why
        if not self._address:
            self.by_code()
            return
        look = partial(_way_in, self._world, self._data_dir, self._address, self._forget, self._passphrase)
        self._window.run(look, self._ask)

    def by_code(self) -> None:
        """The recovery code lets this PC in, whoever is there."""
        self._window.run(partial(_keys_asked, self._world, self._data_dir, self._forget), self._ask_code)

    # asking an administrator

    def _ask(self, found: tuple[bool, Waiting | None]) -> None:
        passphrase, waiting = found
        if waiting is not None:
            self._wait(waiting)
            return
        self._dialog = AskDialog(self._window, self._why, passphrase and not self._passphrase)
        self._dialog.submitted.connect(self._asked)
        self._dialog.by_code_wanted.connect(self.by_code)
        self._window.open(self._dialog)

    def _asked(self, typed: dict[str, Any]) -> None:
        assert self._dialog is not None
        self._passphrase = typed.get("passphrase") or self._passphrase
        self._dialog.set_busy(True, self.tr("正在申请"))
        work = partial(
            _ask_anew, self._world, self._data_dir, self._address, typed["desk"], self._passphrase, self._forget
        )
        self._window.run(work, self._put_down, self._dialog.refuse, write=True, busy=self.tr("正在申请"))

    def _put_down(self, waiting: Waiting) -> None:
        self._forget = False  # the keys of this request are the new ones
        if self._dialog is not None:
            self._dialog.accept()
            self._dialog = None
        self._wait(waiting)

    def _wait(self, waiting: Waiting) -> None:
        self._waiting = waiting
        dialog = WaitingDialog(self._window, waiting, answer_for(self._address, waiting))
        dialog.approved.connect(self.start)
        dialog.refused.connect(self.ask)
        dialog.by_code_wanted.connect(self.by_code)
        dialog.given_up.connect(self._given_up)
        self._window.open(dialog)

    def _given_up(self) -> None:
        if self._waiting is not None:
            self._window.run(partial(take_back, self._address, self._waiting), write=True)
            self._waiting = None

    # the recovery code

    def _ask_code(self, passphrase: bool) -> None:
        self._dialog = JoinDialog(self._window, self._why, passphrase)
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


def _way_in(world: World, data_dir: Path, address: str, forget: bool, passphrase: str) -> tuple[bool, Waiting | None]:
    """Whether a key passphrase is asked, and the request of an earlier start that still waits."""
    asked = _keys_asked(world, data_dir, forget)
    if forget or (asked and not passphrase):
        return asked, None
    return asked, asked_before(world, data_dir, address, passphrase)


def _ask_anew(world: World, data_dir: Path, address: str, desk: str, passphrase: str, forget: bool) -> Waiting:
    from desktop.services import opening

    if forget:
        opening.forget_keys(world, data_dir)
    return ask_in(world, data_dir, address, desk, passphrase or None)


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


def _open(world: World, data_dir: Path, address: str, passphrase: str | None) -> tuple[Any, Any]:
    from desktop.services import opening

    url, held = _held(data_dir, address)
    try:
        return opening.open_office(world, data_dir, url, passphrase), held
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
