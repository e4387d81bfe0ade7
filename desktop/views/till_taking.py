"""The act behind the till's button: money is taken once, and what needs somebody's word first is asked.

    taking = Taking(shell, page, taken, refused)
    taking.take(request)       # taken(PaymentTaken), or refused(error) with everything as it was

抹零 without the right is lent on the spot; a bank serial that was taken before is shown with when, who and how much,
and the clerk says whether it is another payment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from desktop.services import payments
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.payments import PaymentTaken, TakePayment
from desktop.services.references import ReferenceRepeated
from desktop.services.work import Work
from desktop.views.on_the_spot import Asked, act_or_ask
from desktop.views.pages import Shell
from desktop.views.repeat_question import ask_about_repeats


class NotTaken(DomainError):
    """The clerk has looked at the serial and took nothing."""

    def __init__(self) -> None:
        super().__init__("没有收款：核对流水号，填好了再收", "reference")


class Taking(QObject):
    """One payment at a time; `busy` from the key until it is answered."""

    def __init__(
        self, shell: Shell, parent: QObject, taken: Callable[[PaymentTaken], object],
        refused: Callable[[Exception], object],
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._shell, self._told, self._refused = shell, taken, refused
        self._request: TakePayment | None = None

    @property
    def busy(self) -> bool:
        return self._request is not None

    def take(self, request: TakePayment) -> None:
        """Take it, unless one is being taken already."""
        if self._request is None:
            self._go(replace(request, asks_repeats=True))

    def _go(self, request: TakePayment) -> None:
        self._request = request
        tr, off = self.tr, request.rounding
        asked = Asked(
            tr("收款抹零 {off} 元").format(off=off),
            tr("应收 {due}，实收现金 {given}").format(due=request.due + off, given=request.due),
            tr("授权抹零"),
        )
        act = partial(_take, request)
        act_or_ask(self._shell, asked, Op.TAKE_PAYMENT, act, self._taken, self._failed, busy=tr("正在收款"))

    def _taken(self, taken: PaymentTaken) -> None:
        self._request = None
        self._told(taken)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, ReferenceRepeated):
            self._ask(error)
            return
        self._request = None
        self._refused(error)

    def _ask(self, error: ReferenceRepeated) -> None:
        """The money may have been taken already: look, and say."""
        ask_about_repeats(self._shell, error, self._another, self._looked)

    def _another(self) -> None:
        if self._request is not None:
            self._go(replace(self._request, asks_repeats=False))

    def _looked(self) -> None:
        self._request = None
        self._refused(NotTaken())


def _take(request: TakePayment, work: Work) -> PaymentTaken:
    return payments.take_payment(work, request)
