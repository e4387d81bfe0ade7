"""派单 and 转派: who could do it, the best first, each with the reasons; an outside firm below them with its price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt

from desktop.models.values import Money, Right
from desktop.services import dispatch
from desktop.services.acts import Op
from desktop.services.dispatch import AlreadyAssigned, Assign, AssignContractor, NotThere, Proposals
from desktop.services.technicians import ContractorRow
from desktop.services.work_order_page import OrderPage
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.fields import MoneyField
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.repair_steps import OrderDialog
from desktop.views.tables import RowTable, fill
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField


@dataclass(frozen=True, slots=True)
class _Hand:
    """Somebody who could be sent. `fits`: nothing speaks against it."""

    id: UUID
    name: str
    why: str
    fits: bool
    best: bool
    firm: bool = False
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Who was sent, and whether a slip is to be printed for them."""

    name: str
    slip: bool


class AssignDialog(OrderDialog):
    """Opened with the proposal. ↑ ↓ choose, Enter or Ctrl Enter sends. Signals: done(Sent)."""

    kind = "repair.assign"
    help_topic = "repairs.dispatch"
    fills = True

    def __init__(self, shell: Shell, page: OrderPage, proposals: Proposals) -> None:
        again = "hand_over" in page.dispatching
        word = shell.frame.tr("转派") if again else shell.frame.tr("派单")
        super().__init__(shell, page, word, word, wide=800, primary_icon="user-check")
        self._again = again
        self._anyway: UUID | None = None
        """Who is sent though they are not there, once that was said and pressed again."""
        self.table = RowTable(
            [
                Column(self.tr("谁去"), lambda hand: hand.name, kind=Kind.NAME, sample="欧阳一鸣", strong=True),
                Column("", str, kind=Kind.TAG, sample=self.tr("不合适"), tag=self._tag),
                Column(self.tr("为什么"), lambda hand: hand.why, kind=Kind.NAME, sample="会修给排水", stretch=1),
            ]
        )
        self.table.setAccessibleName(self.tr("谁去"))
        self.table.say_when_empty(self.tr("还没有维修工和外包"), self.tr("请管理员先登记维修工"))
        self.nobody = label(proposals.nobody, tone="warn", wrap=True)
        self.nobody.setVisible(bool(proposals.nobody))
        form = self.use_form(5)
        form.add("note", self.tr("交代一句"), TextField(limit=120, hint=self.tr("带梯子，先打电话")), span=2)
        form.add("accepted", self.tr("电话里"), TicksField([("yes", self.tr("答应去了"), "")], columns=1))
        self.slip = TicksField([("slip", self.tr("打维修单"), self.tr("派好就打一张，给去的人带着"))], columns=1)
        form.add("slip", self.tr("纸"), self.slip, note=self.tr("Alt 6"))
        form.rows["slip"].setVisible(shell.allowed(Right.PRINT_PAPER))
        if shell.allowed(Right.PRINT_PAPER) and shell.session.preferences.slip_at_dispatch:
            self.slip.set_value(("slip",))
        bind(self, "Alt+6", self._turn_slip)
        self.price = MoneyField()
        form.add("price", self.tr("外包价（元）"), self.price, note=self.tr("没谈好就空着"))
        self.body.insertWidget(0, self.nobody)
        self.body.insertWidget(1, self.table, 1)
        self.body.setStretch(self.body.count() - 1, 0)
        self.table.opened.connect(self._opened)
        self.table.current_row.connect(self._chosen)
        fill(self.table, _hands(proposals, page), lambda hand: hand.id)
        self.keep_draft()

    def open(self) -> None:
        super().open()
        self.table.setFocus(Qt.FocusReason.TabFocusReason)
        self._chosen(self.table.current())

    def _tag(self, hand: _Hand) -> TagLook | None:
        if hand.firm:
            return TagLook(self.tr("外包"), "info", "building-2")
        if hand.best:
            return TagLook(self.tr("建议"), "ok", "check")
        return None if hand.fits else TagLook(self.tr("不合适"), "warn", "triangle-alert")

    def _opened(self, _hand: _Hand) -> None:
        self.submit()

    def _chosen(self, hand: _Hand | None) -> None:
        assert self.form is not None
        self.form.rows["price"].setVisible(hand is not None and hand.firm)
        if hand is not None and hand.price is not None and self.price.value() is None:
            self.price.set_value(hand.price)
        words = self.tr("转给 {name}") if self._again else self.tr("派给 {name}")
        self.primary.setText(words.format(name=hand.name) if hand is not None else self.tr("先选一位"))
        self.primary.allow("" if hand is not None else self.tr("先选一位"))

    # what is asked

    def request(self) -> Assign | AssignContractor:
        assert self.form is not None
        hand: _Hand = self.table.current()
        typed, card = self.form.values(), self.page.card
        accepted = bool(typed["accepted"])
        if hand.firm:
            price: Money | None = typed["price"]
            return AssignContractor(card.id, hand.id, price, typed["note"], accepted, card.version)
        return Assign(card.id, hand.id, typed["note"], accepted, hand.id == self._anyway, card.version)

    def submit(self) -> None:
        if self.table.current() is not None:
            super().submit()

    def order(self, request: Assign | AssignContractor) -> Callable[[], object]:
        act = partial(self.shell.session.act, Op.ASSIGN_REPAIR)
        if isinstance(request, AssignContractor):
            return partial(act, dispatch.assign_contractor, request)
        return partial(act, dispatch.hand_over if self._again else dispatch.assign, request)

    def _turn_slip(self) -> None:
        """Alt 6: a slip is printed with it, or not."""
        self.slip.set_value(() if self.slip.value() else ("slip",))

    def stored(self, news: object) -> None:
        slip, session = bool(self.slip.value()) and self.shell.allowed(Right.PRINT_PAPER), self.shell.session
        if self.shell.allowed(Right.PRINT_PAPER) and session.preferences.slip_at_dispatch != slip:
            session.save_preferences(session.preferences._replace(slip_at_dispatch=slip))
        super().stored(Sent(self.table.current().name, slip))

    def refuse(self, error: Exception) -> None:
        super().refuse(error)
        self._chosen(self.table.current())
        if isinstance(error, NotThere):
            self._anyway = self.table.current().id
            self.summary.say(self.tr("{said}。仍要派就再按一次").format(said=str(error)), "warn")
        elif isinstance(error, AlreadyAssigned):
            self.primary.allow(self.tr("已经派给{name}").format(name=error.name))


def _hands(proposals: Proposals, page: OrderPage) -> Sequence[_Hand]:
    best = proposals.best
    now = page.card.hands
    people = [
        _Hand(each.technician_id, each.name, each.words, each.fits, each is best)
        for each in proposals.people
        if each.name != now or "hand_over" not in page.dispatching
    ]
    return [*people, *(_firm(each) for each in proposals.contractors)]


def _firm(firm: ContractorRow) -> _Hand:
    warranty = f"保修 {firm.warranty_days} 天" if firm.warranty_days else ""
    load = f"手上 {firm.load} 单" if firm.load else "手上没有单"
    return _Hand(
        firm.id, firm.name, " · ".join(e for e in (load, warranty, firm.note) if e), True, False, True, firm.price
    )
