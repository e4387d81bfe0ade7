"""What who pays may see of a payment under way: the sum, the change, the code of the chosen means."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from desktop.models.values import NIL, Money, PayMethod, Surplus
from desktop.views.tenant.showing import AmountShown, Blank, Showing

if TYPE_CHECKING:
    from desktop.views.pages import Shell
    from desktop.views.pay_form import PayForm


class AmountsShown:
    """Knows the office's payment codes once they have been read."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._codes: dict[PayMethod, bytes] = {}

    def load(self, then: Callable[[], object]) -> None:
        """Read the codes anew; `then` is called when they are here. Without them the sum alone is shown."""
        from desktop.services import payment_codes

        read = partial(self._shell.session.read, payment_codes.read_codes)
        self._shell.run(read, partial(self._know, then), self._not_read)

    def _know(self, then: Callable[[], object], codes: dict[PayMethod, bytes]) -> None:
        self._codes = codes
        then()

    def _not_read(self, _error: Exception) -> None:
        """The till says so where it matters; the tenant pays without a code."""

    def of(self, due: Money, form: PayForm) -> Showing:
        """The payment as it stands in the form; nothing while nothing is due."""
        from desktop.services.payments import METHOD_WORDS

        if due <= NIL:
            return Blank()
        over = max(form.over, NIL)
        method = form.method.value()
        means = PayMethod(str(method)) if method is not None else PayMethod.CASH
        change = over if form.surplus() is not Surplus.CREDIT else NIL
        given = due + over if over > NIL else NIL
        return AmountShown(due, given, change, self._codes.get(means, b""), METHOD_WORDS[means])
