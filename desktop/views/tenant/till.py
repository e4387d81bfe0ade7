"""The till and the screen of who pays: the sum while it is asked for, the change afterwards, the receipt to sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtWidgets import QWidget

from desktop.models.values import NIL, Money
from desktop.views.pages import Shell
from desktop.views.tenant.amounts import AmountsShown
from desktop.views.tenant.screen import tenant_of
from desktop.views.tenant.showing import AmountShown
from desktop.views.tenant.signing import ReceiptSigning

if TYPE_CHECKING:
    from desktop.services.payments import PaymentTaken
    from desktop.views.pay_form import PayForm


class TillTenant:
    """What the till offers to the screen that faces who pays."""

    def __init__(self, shell: Shell, page: QWidget) -> None:
        self._shell, self._page = shell, page
        self._amounts = AmountsShown(shell)
        self.there = tenant_of(shell) is not None

    def begin(self, then: Callable[[], object]) -> None:
        """Somebody comes to pay: the codes are read anew."""
        if self.there:
            self._amounts.load(then)

    def offer(self, due: Money, form: PayForm) -> None:
        """The payment as it stands."""
        tenant = tenant_of(self._shell)
        if tenant is not None:
            tenant.offer(self._page, self._amounts.of(due, form))

    def paid(self, taken: PaymentTaken) -> None:
        """What was taken, and what goes back."""
        tenant = tenant_of(self._shell)
        if tenant is not None:
            given = taken.amount + taken.change if taken.change > NIL else NIL
            tenant.offer(self._page, AmountShown(taken.amount, given, taken.change, paid=True))

    def withdraw(self) -> None:
        """Another payer: nothing of this one is seen any more."""
        tenant = tenant_of(self._shell)
        if tenant is not None:
            tenant.withdraw(self._page)

    def sign(self, payment_id: UUID, done: Callable[[], object]) -> None:
        """Who paid signs the receipt."""
        ReceiptSigning(self._shell, self._page).ask(payment_id, done)
