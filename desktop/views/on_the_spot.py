"""Approval on the spot: where the right is missing, a second person gives her word here and the act goes on.

    act_or_ask(shell, Asked(…words…), Op.REVERSE_PAYMENT, partial(payments.reverse_payment, …), done, failed)

`act(work)` is a service call that still wants its `Work`. With the right it is simply done. Without it the dialog says
what is asked and by whom; somebody else chooses her name, gives PIN or password, and the act runs with both names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal

from desktop.models.values import Right
from desktop.services import on_the_spot
from desktop.services.access import SignInRefused
from desktop.services.acts import Op
from desktop.services.errors import DomainError, Refused
from desktop.services.on_the_spot import Approvers, NotAnApprover
from desktop.services.pins import PinRefused
from desktop.services.work import Approval, Work
from desktop.views import messages
from desktop.views.dialogs import Dialog
from desktop.views.forms import FormRow
from desktop.views.labels import Well, label
from desktop.views.lock import SecretField
from desktop.views.pages import Shell
from desktop.views.person_list import Colleague, PersonList
from desktop.views.session import DeskSession

Act = Callable[[Work], Any]
Run = Callable[[Approval | None], Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the second person is asked for, in words: 「冲红收据 A2-0004518，退回 1,860.00」."""

    what: str
    detail: str = ""
    primary: str = ""
    """A verb for the button; empty: 「授权」."""


class Declined(DomainError):
    """Nobody gave the word: nothing has changed."""

    def __init__(self) -> None:
        super().__init__("没有得到授权，什么都没有改：可以再试，或等有权限的同事来办")


def act_or_ask(
    shell: Shell, asked: Asked, op: Op, act: Act, done: Callable[[Any], object],
    failed: Callable[[Exception], object] | None = None, *, busy: str = "",
) -> None:  # fmt: skip
    """Do it; where the right is missing, ask a second person for her word and do it with that.

    `failed` hears what else went wrong, and Declined when nobody gave the word.
    """
    run_or_ask(shell, asked, op, partial(_act, shell.session, op, act), done, failed, busy=busy)


def run_or_ask(
    shell: Shell, asked: Asked, op: Op, run: Run, done: Callable[[Any], object],
    failed: Callable[[Exception], object] | None = None, *, busy: str = "",
) -> None:  # fmt: skip
    """`act_or_ask` for work that is more than one service call: `run(approval)` in a writing job."""
    refused = partial(_refused, shell, asked, op, run, done, failed or messages.show_error)
    shell.run(partial(run, None), done, refused, write=True, busy=busy)


def _act(session: DeskSession, op: Op, act: Act, approval: Approval | None) -> Any:
    return session.act_with(approval, op, act)


def _refused(
    shell: Shell, asked: Asked, op: Op, run: Run, done: Callable[[Any], object],
    failed: Callable[[Exception], object], error: Exception,
) -> None:  # fmt: skip
    if not isinstance(error, Refused) or not on_the_spot.can_be_lent(op, error.right):
        failed(error)
        return
    right = Right(error.right)
    read = partial(shell.session.read, on_the_spot.list_approvers, right)
    shell.run(read, partial(_ask, shell, asked, op, run, done, failed, error), failed)


def _ask(
    shell: Shell, asked: Asked, op: Op, run: Run, done: Callable[[Any], object],
    failed: Callable[[Exception], object], error: Refused, found: Approvers,
) -> None:  # fmt: skip
    if not found.people:
        failed(Refused(error.right, "除了您没有人有这个权限：请管理员在员工页给一位同事加上角色"))
        return
    dialog = ApprovalDialog(shell, asked, op, Right(error.right), error.message, found, run)
    dialog.acted.connect(done)
    dialog.failed.connect(failed)
    shell.open(dialog)


class ApprovalDialog(Dialog):
    """Who gives her word, and her PIN. Signals: acted(result) when it is done, failed(error) when it is not."""

    help_topic = "approval"

    acted = Signal(object)
    failed = Signal(object)

    def __init__(self, shell: Shell, asked: Asked, op: Op, right: Right, why: str, found: Approvers, run: Run) -> None:
        super().__init__(
            shell.frame,
            self.tr("请同事当场授权"),
            primary=asked.primary or self.tr("授权"),
            primary_icon="shield-check",
            wide=560,
        )
        self._shell, self._op, self._right, self._run = shell, op, right, run
        self.people = found.people
        well = Well()
        well.body.addWidget(label(asked.what, "strong", wrap=True))
        if asked.detail:
            well.body.addWidget(label(asked.detail, wrap=True))
        who = self.tr("{name}来办，要有这个权限的同事同意").format(name=shell.session.actor.name)
        if why != Refused.USUAL:
            who = self.tr("{name}来办；{why}").format(name=shell.session.actor.name, why=why)
        well.body.addWidget(label(who, "small", wrap=True))
        self.body.addWidget(well)
        self.body.addWidget(label(self.tr("谁同意（不能是自己）"), "label"))
        self.list = PersonList(self.tr("谁同意"))
        self.list.show_people([Colleague(each.name, each.roles) for each in self.people])
        self.body.addWidget(self.list)
        self.secret = SecretField()
        self.row = FormRow("", self.secret, required=True)
        self.body.addWidget(self.row)
        self.body.addStretch(1)
        self.list.changed.connect(self._chosen)
        self.secret.stepped.connect(self.list.step)
        self.secret.entered.connect(self.submit)
        self.secret.caps_lock.connect(self._caps)
        self._chosen()

    def open(self) -> None:
        super().open()
        self.secret.setFocus(Qt.FocusReason.TabFocusReason)

    def _chosen(self) -> None:
        person = self.people[self.list.at]
        words = self.tr("{name}的 PIN 或密码") if person.pin else self.tr("{name}的密码")
        self.row.caption.setText(words.format(name=person.name))
        self.secret.setAccessibleName(words.format(name=person.name))
        self.secret.clear()
        self.row.say("" if person.pin else self.tr("PIN 在这台电脑上不能用，要输密码"))
        self.secret.set_state("")

    def _caps(self, on: bool) -> None:
        self.row.say(self.tr("大写锁定已打开") if on else "", "warn")

    def submit(self) -> None:
        if not self.primary.isEnabled():
            return
        if not self.secret.value():
            self.row.say(self.tr("请{name}输入").format(name=self.people[self.list.at].name), "danger")
            self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.row.say("")
        self.secret.set_state("")
        self.set_busy(True, self.tr("正在核对"))
        work = partial(
            _approve_and_run, self._shell.session, self._op, self._right, self.people[self.list.at].staff_id,
            self.secret.value(), self._run,
        )  # fmt: skip
        self._shell.run(work, self._acted, self._not_acted, write=True)

    def _acted(self, result: object) -> None:
        self.accept()
        self.acted.emit(result)

    def _not_acted(self, error: Exception) -> None:
        if isinstance(error, PinRefused | SignInRefused | NotAnApprover):
            self.set_busy(False)
            self.row.say(error.message, "danger")
            self.secret.set_state("error")
            self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
            self.secret.selectAll()
            return
        self._end(True)  # the word was given; what went wrong is the act's, and its own form says it
        self.failed.emit(error)

    def _end(self, accepted: bool) -> None:
        self.secret.wipe()
        super()._end(accepted)
        if not accepted:
            self.failed.emit(Declined())


def _approve_and_run(session: DeskSession, op: Op, right: Right, staff_id: Any, secret: str, run: Run) -> Any:
    approval = on_the_spot.approve(session.office, session.actor, op, right, staff_id, secret, session.passwords)
    return run(approval)
