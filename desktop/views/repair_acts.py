"""What is done with an order from wherever it is shown, its page or the board: the next steps of its machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.values import Right
from desktop.models.work_orders import FINISHED
from desktop.models.work_orders import WorkOrderState as W
from desktop.services import dispatch, work_order_page, work_orders
from desktop.services.acts import Op
from desktop.services.dispatch import Proposals
from desktop.services.repair_ratings import Rated
from desktop.services.transitions import WORK_ORDER
from desktop.services.work_order_page import OrderCard, OrderPage
from desktop.services.work_orders import Step
from desktop.views import messages
from desktop.views.pages import Shell
from desktop.views.repair_checks import ChecksDialog
from desktop.views.repair_costs import CostsDialog
from desktop.views.repair_dispatch import AssignDialog, Sent
from desktop.views.repair_steps import OrderDialog, RatingDialog, StepDialog, WaitDialog
from desktop.views.slip_printing import SlipPrinting

CHECKS, COSTS, NOTE, RATE, SLIP, WAIT = "checks", "costs", "note", "rate", "slip", "wait"
AT_ONCE = frozenset({"accept", "set_out", "begin", "resume", "check", "close"})
"""Steps that ask nothing."""
FIRST = {
    W.REPORTED: "assign", W.ASSIGNED: "accept", W.ACCEPTED: "set_out", W.ON_THE_WAY: "begin", W.WORKING: "finish",
    W.WAITING_MATERIAL: "resume", W.WAITING_TENANT: "resume", W.WAITING_CONTRACTOR: "resume", W.DONE: "check",
    W.CHECKED: "close",
}  # fmt: skip
"""What usually follows; of what is done and was not asked about it is the call."""


@dataclass(frozen=True, slots=True)
class Way:
    """An act with its glyph and key."""

    act: str
    words: str
    icon: str
    key: str


WAYS = (
    Way("assign", "派单", "user-check", "Ctrl+D"),
    Way("accept", "接单", "check", "Alt+1"),
    Way("set_out", "出发", "car", "Alt+2"),
    Way("begin", "开始处理", "wrench", "Alt+3"),
    Way("resume", "继续处理", "wrench", "Alt+3"),
    Way(CHECKS, "检查项", "list-checks", "Ctrl+L"),
    Way("finish", "完成", "circle-check", "Alt+5"),
    Way(RATE, "回访", "phone", "Alt+8"),
    Way("check", "验收", "badge-check", "Alt+6"),
    Way("close", "关闭", "archive", "Alt+7"),
    Way(WAIT, "等待", "pause", "Alt+4"),
    Way("hand_over", "转派", "repeat", "Ctrl+D"),
    Way("take_back", "收回派单", "undo-2", "Alt+0"),
    Way("reopen", "重开", "rotate-ccw", "Alt+9"),
    Way("cancel", "取消", "ban", "Ctrl+Delete"),
    Way(SLIP, "维修单", "printer", "F6"),
    Way(COSTS, "费用", "coins", "Ctrl+B"),
    Way(NOTE, "记一笔", "message-square", "Ctrl+N"),
)
"""In the order of the buttons."""


def possible(page: OrderPage) -> list[str]:
    """The acts that may follow, in the order of the buttons."""
    events = {event for event, _ in page.events} | page.dispatching | {NOTE, COSTS}
    if any(event.startswith("wait_") for event in events):
        events.add(WAIT)
    if page.card.state in FINISHED and page.party_id is not None:
        events.add(RATE)
    if page.card.state is not W.CANCELLED:
        events.add(SLIP)
    if page.checks is not None:
        events.add(CHECKS)
    return [way.act for way in WAYS if way.act in events]


def next_act(page: OrderPage) -> str:
    """The one act that is the page's first; empty when nothing is left to do."""
    if page.card.state is W.WORKING and page.checks is not None and page.checks.open:
        return CHECKS
    unasked = page.card.state in FINISHED and page.rating is None and page.party_id is not None
    return RATE if unasked else FIRST.get(page.card.state, "")


class RepairActs(QObject):
    """Does at once what asks nothing, opens the dialogs of the rest, says what came of them. Signals: refused() when
    somebody else was quicker, so that the page reads anew."""

    refused = Signal()

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell
        self.slips = SlipPrinting(shell, self)

    def why_not(self, act: str) -> str:
        """Why this role may not do it; empty when it may. The costs may be looked at."""
        if act in (COSTS, CHECKS):
            return ""
        if act == SLIP:
            return self.slips.why_not()
        if act in work_orders.DISPATCH:
            may = self._shell.allowed(Right.DISPATCH_REPAIRS)
            return "" if may else self.tr("您的角色不能派单：请维修班长或主管来派")
        return "" if self._shell.allowed(Right.EDIT_REPAIRS) else self.tr("您的角色只能看：请前台或维修班长来办")

    def make(self, act: str, page: OrderPage) -> None:
        """One act with the order as it is shown."""
        if act in ("assign", "hand_over"):
            self.dispatch(page.card.id)
        elif act in AT_ONCE:
            step = Step(page.card.id, act, seen=page.card.version)
            work = partial(self._shell.session.act, Op.GO_ON_WITH_REPAIR, work_orders.go_on, step)
            words = self.tr("{number}：{word}").format(number=page.card.number, word=WORK_ORDER.events[act])
            self._shell.run(work, partial(self._told, words), self._refused, write=True)
        elif act == SLIP:
            self.slips.print_slip(page.card.id)
        elif act == WAIT:
            self._open(WaitDialog(self._shell, page), self.tr("{number} 等待中").format(number=page.card.number))
        elif act == COSTS:
            self._shell.open(CostsDialog(self._shell, page))
        elif act == CHECKS:
            self._shell.open(ChecksDialog(self._shell, page))
        elif act == RATE:
            rating = RatingDialog(self._shell, page)
            rating.done.connect(partial(self._rated, page.card.number))
            self._shell.open(rating)
        else:
            word = self.tr("记一笔") if act == NOTE else WORK_ORDER.events[act]
            words = self.tr("{number}：{word}").format(number=page.card.number, word=word)
            self._open(StepDialog(self._shell, page, act), words)

    def dispatch(self, order_id: UUID) -> None:
        """派单 or 转派: the order and who could do it are read first."""
        if why := self.why_not("assign"):
            self._shell.toast(why)
            return
        self._shell.run(partial(_read, self._shell.session, order_id), self._propose, self._refused)

    def _propose(self, read: tuple[OrderPage, Proposals]) -> None:
        page, proposals = read
        if not page.dispatching:
            words = self.tr("{number} 现在是「{state}」：没做完的单才能派")
            state = WORK_ORDER.words[page.card.state]
            self._shell.toast(words.format(number=page.card.number, state=state))
            return
        dialog = AssignDialog(self._shell, page, proposals)
        dialog.done.connect(partial(self._sent, page.card))
        self._shell.open(dialog)

    def _open(self, dialog: OrderDialog, words: str) -> None:
        dialog.done.connect(partial(self._told, words))
        self._shell.open(dialog)

    def _told(self, words: str, _news: object) -> None:
        self._shell.toast(words)

    def _sent(self, card: OrderCard, news: Sent) -> None:
        self._shell.toast(self.tr("{number} 派给了{name}").format(number=card.number, name=news.name))
        if news.slip:
            self.slips.print_slip(card.id)

    def _rated(self, number: str, news: Rated) -> None:
        if not news.number:
            self._shell.toast(self.tr("{number}：评价已登记").format(number=number))
            return
        words = self.tr("已开整改单 {new}，由维修班长跟进") if news.made else self.tr("整改单 {new} 还没结，一起跟进")
        self._shell.toast(words.format(new=news.number))

    def _refused(self, error: Exception) -> None:
        messages.show_error(error)
        self.refused.emit()


def _read(session: Any, order_id: UUID) -> tuple[OrderPage, Proposals]:
    """In a reading job."""
    return session.read(work_order_page.order_page, order_id), session.read(dispatch.propose, order_id)
