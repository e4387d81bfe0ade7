"""What is done with a deposit from wherever it is shown: the list, its page, a lost key."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.values import NIL, Money, Right
from desktop.services import deposits
from desktop.services.deposit_forms import Cause, DepositFacts
from desktop.services.deposit_moves import DepositMoved
from desktop.services.paper.markup import Clause
from desktop.views.deposit_dialogs import DeductDialog, DepositDialog, ForfeitDialog, RefundDialog, TransferDialog
from desktop.views.pages import Shell

ACTS = ("refund", "deduct", "transfer", "forfeit")


def refusal(facts: DepositFacts | None, act: str, words: dict[str, str]) -> str:
    """Why an act is not offered, in the words of the page; empty when it is. Rights are asked for in the act itself,
    since a colleague may lend hers."""
    if facts is None:
        return words["none"]
    if not facts.movable:
        return words["reserved"]
    if facts.held <= NIL:
        return words["nothing"]
    if act == "transfer" and not facts.next_deposits:
        return words["no_next"]
    return ""


class DepositActs(QObject):
    """Opens the dialogs and says what came of them. Signals: moved(DepositMoved)."""

    moved = Signal(object)

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell

    def words(self) -> dict[str, str]:
        """Why an act is not offered."""
        return {
            "none": self.tr("先选一笔押金"),
            "reserved": self.tr("定金和订金在预订里处理：打开那位客人，结束预订"),
            "nothing": self.tr("这笔押金没有在管的钱"),
            "no_next": self.tr("这位租客没有待交押金的新租约"),
        }

    def make(self, act: str, bill_id: UUID, **begun: Any) -> None:
        """Read the deposit anew and open the dialog of an act."""
        self._shell.run(partial(_read, self._shell, bill_id, act), partial(self._open, act, begun))

    def deduct(self, bill_id: UUID, cause: Cause, amount: Money | None, reason: str) -> None:
        """扣款 with what is known of it already."""
        self.make("deduct", bill_id, cause=cause, amount=amount, reason=reason)

    def _open(self, act: str, begun: dict[str, Any], read: tuple[DepositFacts, tuple[Clause, ...]]) -> None:
        facts, clauses = read
        if why := refusal(facts, act, self.words()):
            self._shell.toast(why)
            return
        dialog: DepositDialog
        if act == "deduct":
            dialog = DeductDialog(self._shell, facts, clauses, **begun)
        elif act == "refund":
            dialog = RefundDialog(self._shell, facts)
        elif act == "transfer":
            dialog = TransferDialog(self._shell, facts)
        else:
            dialog = ForfeitDialog(self._shell, facts, clauses)
        dialog.done.connect(self._done)
        self._shell.open(dialog)

    def _done(self, news: DepositMoved) -> None:
        self.moved.emit(news)
        words = self.tr("已办好，单号 {number}：按 F6 打印").format(number=news.receipt_number)
        self._shell.navigate("receipt", payment_id=news.payment_id)
        self._shell.toast(words)


def _read(shell: Shell, bill_id: UUID, act: str) -> tuple[DepositFacts, tuple[Clause, ...]]:
    """In a reading job: what may become of it, and the clauses where they are asked for."""
    facts = shell.session.read(deposits.deposit_facts, bill_id)
    grounded = act in ("deduct", "forfeit") and facts.lease_id is not None and shell.allowed(Right.SEE_LEASES)
    clauses = shell.session.read(deposits.clauses_of, facts.lease_id) if grounded else ()
    return facts, clauses
