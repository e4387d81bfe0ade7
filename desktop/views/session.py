"""Who sits at the desk and what they sit in front of: given to every page as `shell.session`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from desktop.preferences import Preferences
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.passwords import Passwords
from desktop.services.work import Actor, Approval, Look, Work, begin, look
from desktop.views.printing import Printing

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class DeskSession:
    """One person at one desk of one open office. Its two methods run in a worker: never on the GUI thread."""

    office: Office
    actor: Actor
    printing: Printing
    passwords: Passwords
    preferences: Preferences
    save_preferences: Callable[[Preferences], Any]

    def read(self, function: Callable[Concatenate[Look, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask a service: `shell.run(partial(session.read, board.board), done=self.show_board)`."""
        with look(self.office, self.actor) as reading:
            return function(reading, *args, **kwargs)

    def act(self, op: Op, function: Callable[Concatenate[Work, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Have a service do something, as one act: `shell.run(partial(session.act, Op.TAKE_PAYMENT, take_payment,
        form), write=True, …)`."""
        with begin(self.office, self.actor, op) as work:
            return function(work, *args, **kwargs)

    def act_with(self, approval: Approval | None, op: Op, function: Callable[[Work], R]) -> R:
        """`act` with a second person's word, where there is one (`views.on_the_spot`)."""
        with begin(self.office, self.actor, op, approval) as work:
            return function(work)
