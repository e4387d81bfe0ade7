"""Moving a lease on from its page: what may be done now, asked or filled in, stored, and said in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.models.values import NIL, LeaseState, Right
from desktop.services import lease_moves, settlements
from desktop.services.acts import Op
from desktop.services.lease_record import LeaseRecord
from desktop.services.on_the_spot import can_be_lent
from desktop.services.transitions import LEASE
from desktop.services.work import Work
from desktop.views.dialogs import Question
from desktop.views.lease_dialogs import (
    CancelDialog,
    LeaseDialog,
    MoveInLeaseDialog,
    MoveOutDialog,
    asked_of,
)
from desktop.views.on_the_spot import act_or_ask
from desktop.views.pages import Shell
from desktop.views.renewal import Renewing, WithdrawRenewalDialog
from desktop.views.settle_dialog import SettleDialog

_RIGHTS = {
    "move_in": Right.CHECK_IN,
    "renew": Right.CHECK_IN,
    "withdraw_renewal": Right.EDIT_LEASES,
    "unrenew": Right.EDIT_LEASES,
    "give_notice": Right.EDIT_LEASES,
    "withdraw_notice": Right.EDIT_LEASES,
    "move_out": Right.EDIT_LEASES,
    "settle": Right.TAKE_PAYMENT,
    "close": Right.EDIT_LEASES,
    "cancel": Right.EDIT_LEASES,
}
"""The moves that can be made here, with the right each needs; the machine says which are possible now."""


def _move(function: Callable[[Work, UUID], Any], lease_id: UUID, work: Work) -> Any:
    return function(work, lease_id)


class LeaseMoves(QObject):
    """The moves of the lease a page shows; `record` gives it, None while it is read. Signals: moved() once stored."""

    moved = Signal()

    def __init__(self, shell: Shell, page: QWidget, record: Callable[[], LeaseRecord | None]) -> None:
        super().__init__(page)
        self._shell, self._page, self._record = shell, page, record
        self.renewing = Renewing(shell, page)

    def possible(self) -> list[str]:
        """What may be done with the lease now, by the machine and the role."""
        record = self._record()
        events = record.moves if record is not None else ()
        unseen = {"settle"} if record is not None and record.settlement is None else set()  # the sums are not for her
        return [event for event in events if event in _RIGHTS and event not in unseen and self._may(_RIGHTS[event])]

    def _may(self, right: Right) -> bool:
        """By one's own right, or at the desk with a colleague's word on the spot."""
        lent = self._shell.allowed(Right.USE_DRAFTS) and can_be_lent(Op.CHANGE_LEASE, right)
        return self._shell.allowed(right) or lent

    def first(self) -> str:
        """交房 once the day has come and the first bills are paid, 结算 after moving out; else money comes first."""
        record, may, today = self._record(), self.possible(), self._shell.today()
        if record is None:
            return ""
        if "move_in" in may and record.page.row.start <= today and record.due(today) <= NIL:
            return "move_in"
        if "renew" in may and self._runs_out(record) and record.due(today) <= NIL:
            return "renew"
        return "settle" if "settle" in may else ""

    def _runs_out(self, record: LeaseRecord) -> bool:
        """Whether the lease ends soon, or has ended, and nobody has said that they leave."""
        row = record.page.row
        left = (row.end - self._shell.today()).days
        return row.state is LeaseState.ACTIVE and left <= record.expiring_days

    def pop_up(self, under: QWidget) -> None:
        """The possible moves as a menu under a button."""
        events = self.possible()
        if not events:
            return
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for event in events:
            menu.addAction(LEASE.events[event], partial(self.make, event))
        menu.popup(under.mapToGlobal(QPoint(0, under.height() + 2)))
        menu.setActiveAction(menu.actions()[0])

    def make(self, event: str) -> None:
        """Make a move: its dialog is opened, or the clerk is asked."""
        record, shell = self._record(), self._shell
        if record is None:
            return
        page = record.page
        if event == "move_in":
            dialog = MoveInLeaseDialog(shell, page.row, record.due(shell.today()))
            self._open(dialog, self.tr("已交房，{who} 入住"))
        elif event == "move_out":
            self._open(MoveOutDialog(shell, page.row, page.keys_out), self.tr("已收房，接着办退租结算"))
        elif event == "settle":
            assert record.settlement is not None
            self._open(SettleDialog(shell, page.row, record.settlement), "")
        elif event == "cancel":
            self._open(CancelDialog(shell, page.row), self.tr("租约已撤销"))
        elif event == "renew":
            self.renewing.begin(page.row.id)
        elif event in ("withdraw_renewal", "unrenew"):
            self._open(WithdrawRenewalDialog(shell, page.row), self.tr("续租已撤销，原租约接着有效"))
        else:
            self._ask(event)

    def _open(self, dialog: LeaseDialog, words: str) -> None:
        dialog.done.connect(partial(self._moved, words))
        self._shell.open(dialog)

    def _ask(self, event: str) -> None:
        texts = {
            "give_notice": self.tr("租客今天通知要退租：房态图和租约会标为「已通知退租」，账单照常。"),
            "withdraw_notice": self.tr("租客不退租了：租约回到在租。"),
            "close": self.tr("押金已退、账已结清：租约归档，以后只能查看。"),
        }
        word = LEASE.events[event]
        question = Question(self._shell.frame, word, texts[event], [(event, word, "primary")])
        question.answered.connect(self._answered)
        self._shell.open(question)

    def _answered(self, event: str) -> None:
        record = self._record()
        if record is None:
            return
        functions: dict[str, Any] = {
            "give_notice": lease_moves.give_notice,
            "withdraw_notice": lease_moves.withdraw_notice,
            "close": settlements.close_lease,
        }
        words = {
            "give_notice": self.tr("已登记退租通知"),
            "withdraw_notice": self.tr("已撤回退租通知"),
            "close": self.tr("租约已结案"),
        }
        row, function = record.page.row, functions[event]
        asked = asked_of(row, LEASE.events[event])
        act = partial(_move, function, row.id)
        act_or_ask(self._shell, asked, Op.CHANGE_LEASE, act, partial(self._moved, words[event]))

    def _moved(self, words: str, news: object) -> None:
        self.moved.emit()
        if isinstance(news, settlements.Settled):
            words = self._settled_words(news)
        record = self._record()
        self._shell.toast(words.format(who=record.page.row.tenant if record is not None else ""))

    def _settled_words(self, news: settlements.Settled) -> str:
        if news.still_owed > NIL:
            return self.tr("已结算，租客还欠 {owed}").format(owed=news.still_owed)
        return self.tr("已结算，退还 {back}，收据 {number}").format(
            back=news.returned, number=news.receipt_number or "—"
        )
