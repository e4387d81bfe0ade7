"""The board of repairs as it is painted: a lane for each stage, cards with a clock of glyph, word, colour and bar.

The lanes paint what can be seen, so two thousand open orders cost no more than twenty. ← → change the lane, ↑ ↓ the
order, Enter opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.models.work_orders import WorkOrderState as W
from desktop.services.repair_board import BoardOrder
from desktop.services.repair_clock import Clock
from desktop.services.repair_ratings import BAD
from desktop.services.transitions import WORK_ORDER
from desktop.views.keys import asks_for_key, key_words, swallows_enter
from desktop.views.labels import Glyph, Well, label
from desktop.views.painting import (
    cap_width,
    em,
    focus_ring,
    key_cap,
    middle,
    paint_tag,
    put,
    rounded,
    tag_width,
    tone_colours,
    width,
)
from desktop.views.theme import theme

Index = QModelIndex | QPersistentModelIndex
SOON = timedelta(minutes=30)
"""So little time left is said in the head of the page and in another colour."""
_GAP = 8
_URGENT = ("紧急", "flame")
_NOWHERE = QModelIndex()


class Stage(StrEnum):
    """A lane of the board."""

    REPORTED = "reported"
    SENT = "sent"
    WORKING = "working"
    WAITING = "waiting"
    DONE = "done"


STAGE_OF = {
    W.REPORTED: Stage.REPORTED, W.ASSIGNED: Stage.SENT, W.ACCEPTED: Stage.SENT, W.ON_THE_WAY: Stage.WORKING,
    W.WORKING: Stage.WORKING, W.WAITING_MATERIAL: Stage.WAITING, W.WAITING_TENANT: Stage.WAITING,
    W.WAITING_CONTRACTOR: Stage.WAITING, W.DONE: Stage.DONE, W.CHECKED: Stage.DONE,
}  # fmt: skip
STAGE_LOOKS = {
    Stage.REPORTED: ("待派单", "inbox"),
    Stage.SENT: ("已派单", "user-check"),
    Stage.WORKING: ("处理中", "wrench"),
    Stage.WAITING: ("等待", "pause"),
    Stage.DONE: ("待回访", "phone"),
}
"""The words and glyph over each lane."""


@dataclass(frozen=True, slots=True)
class ClockLook:
    """How a clock reads: never by colour alone. `share`: how much of its time has gone, 0–1; None: no bar."""

    icon: str
    words: str
    tone: str
    share: float | None = None


def clock_look(clock: Clock, whole: timedelta = timedelta(0)) -> ClockLook:
    """The clock that counts now, of an order that is open."""
    if clock.stands:
        return ClockLook("pause", "计时暂停", "")
    if clock.left is None:
        return ClockLook("clock", "不计时", "")
    if clock.late:
        return ClockLook("clock-alert", f"超时 {span_words(-clock.left)}", "danger", 1.0)
    share = None if not whole else max(0.0, min(1.0, 1 - clock.left / whole))
    if clock.left <= SOON:
        return ClockLook("hourglass", f"剩 {span_words(clock.left)}", "warn", share)
    return ClockLook("clock", f"剩 {span_words(clock.left)}", "ok", share)


def order_clock(order: BoardOrder, now: datetime) -> ClockLook:
    """The clock of an order on the board: of one that is done, by when its reporter is asked."""
    if STAGE_OF[order.card.state] is not Stage.DONE:
        return clock_look(order.card.clock, order.whole)
    if order.rating is not None:
        return ClockLook("star", f"已评 {order.rating} 分", "warn" if order.rating <= BAD else "ok")
    if order.call_by is None:
        return ClockLook("check", "等验收关闭", "")
    left = order.call_by - now
    if left <= timedelta(0):
        return ClockLook("clock-alert", f"超时 {span_words(-left)}", "danger", 1.0)
    if left <= timedelta(hours=2):
        return ClockLook("hourglass", f"剩 {span_words(left)}", "warn", 1 - left / order.whole)
    return ClockLook("check", f"{span_words(left)}内回访", "info", 1 - left / order.whole)


def span_words(span: timedelta) -> str:
    """How long, as a clerk says it: 18 分, 1时12分, 31 小时."""
    minutes = max(0, int(span.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} 分"
    return f"{hours}时{rest:02d}分" if hours < 10 else f"{hours} 小时"


def where(order: BoardOrder) -> str:
    """The place in short, else who reported it: 1 栋 301."""
    card = order.card
    return card.place.split(" · ")[0] or card.name or "没有地点"


def hands(order: BoardOrder, *, brief: bool = False) -> str:
    """Who has it and how it stands: 方一鸣 · 待接单, 未派 · 建议 方一鸣; in brief who has it, or why it waits."""
    card = order.card
    if card.state is W.REPORTED:
        told = f"建议 {order.best}" if order.best else ""
        return told if brief and told else " · ".join(each for each in ("未派", told) if each)
    if brief:
        return card.reason or card.hands
    return " · ".join(each for each in (card.hands, card.reason or WORK_ORDER.words[card.state]) if each)


class LaneModel(QAbstractListModel):
    """The orders of one lane."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: Sequence[BoardOrder] = ()
        self.at = datetime.fromtimestamp(0, UTC)

    def show(self, orders: Sequence[BoardOrder], at: datetime) -> None:
        """Other orders, or the same ones with their clocks gone on."""
        same = [order.card.id for order in orders] == [order.card.id for order in self.orders]
        if not same:
            self.beginResetModel()
        self.orders, self.at = orders, at
        if not same:
            self.endResetModel()
        elif orders:
            self.dataChanged.emit(self.index(0), self.index(len(orders) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.orders)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole,
        ):  # fmt: skip
            return None
        order = self.orders[index.row()]
        card = order.card
        urgent = "紧急" if card.urgent else ""
        clock = order_clock(order, self.at).words
        return " · ".join(
            each for each in (card.number, urgent, card.place, card.summary, card.name, hands(order), clock) if each
        )


class CardDelegate(QStyledItemDelegate):
    """Paints one card: place and urgency, what, who, clock."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, card_height() + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model: LaneModel = index.model()  # type: ignore[assignment]
        view: LaneView = self.parent()  # type: ignore[assignment]
        order, look = model.orders[index.row()], theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(2, 2, -2, -_GAP + 2)
        current = index.row() == view.currentIndex().row() and view.hasFocus()
        rounded(painter, box, 5, look.colour("surface"), look.colour("line-strong"))
        body, small = look.font("body"), look.font("small")
        left, right = box.x() + 10, box.right() - 10
        line = box.height() / 4.2
        tops = [box.y() + 3 + line * at for at in range(4)]
        beside = self._head(painter, order, left, right, tops[0], line)
        ink, muted = look.colour("text"), look.colour("text-muted")
        self._free(painter, left, middle(body, tops[1], line), order.card.summary, body, ink, right - left)
        size, end = look.scaled(14), right
        who = left + size + 5
        if order.card.urgent and not beside:
            end -= paint_tag(painter, right - tag_width(*_URGENT), tops[2] + line / 2, *_URGENT, _danger()) + 6
        told = hands(order)
        if width(small, told) > end - who:  # the lane says already how it stands
            told = hands(order, brief=True)
            if order.best and width(small, told) > end - left:
                told = hands(replace(order, best=""))  # a proposal without its name says nothing
        if width(small, told) <= end - who:
            look.icon(painter, "user-round", muted, QRectF(left, tops[2] + (line - size) / 2, size, size))
        else:
            who = left  # a name says who it is without its glyph
        self._free(painter, who, middle(small, tops[2], line), told, small, muted, end - who)
        self._clock(painter, order_clock(order, model.at), left, right, tops[3], line)
        if current:
            focus_ring(painter, box.adjusted(-1.5, -1.5, 1.5, 1.5), 6)
        painter.restore()

    def _head(self, painter: QPainter, order: BoardOrder, left: float, right: float, top: float, line: float) -> bool:
        """Place, urgency, number, each whole or not at all; whether the urgency stands here if there is any."""
        look = theme()
        strong, caption = look.font("strong"), look.font("caption")
        number, place = "#" + order.card.number[-3:], where(order)
        x = left + width(strong, place)
        self._free(painter, left, middle(strong, top, line), place, strong, look.colour("text"), right - left)
        beside = order.card.urgent and x + 8 + tag_width(*_URGENT) <= right
        if beside:
            x += 8 + paint_tag(painter, x + 8, top + line / 2, *_URGENT, _danger())
        if x + width(caption, number) + 8 <= right:
            put(painter, right, middle(caption, top, line), number, caption, look.colour("text-muted"), "r")
        return beside

    @staticmethod
    def _free(painter: QPainter, x: float, y: float, text: str, font: QFont, ink: QColor, room: float) -> None:
        """What somebody wrote, shortened where it must be; the tooltip has it whole."""
        put(painter, x, y, text, font, ink, room=room)

    @staticmethod
    def _clock(painter: QPainter, clock: ClockLook, left: float, right: float, top: float, line: float) -> None:
        look, size = theme(), theme().scaled(15)
        font = look.font("small", 500)
        ink = look.colour(clock.tone or "text-muted")
        look.icon(painter, clock.icon, ink, QRectF(left, top + (line - size) / 2, size, size))
        x = left + size + 6
        x += put(painter, x, middle(font, top, line), clock.words, font, ink) + 12
        if right - x >= 24 and clock.share is not None:
            bar = QRectF(max(x, right - look.scaled(64)), top + line / 2 - 2, 0, 4)
            bar.setRight(right)
            rounded(painter, bar, 2, look.colour("sunken"))
            if clock.share > 0:
                bar.setWidth(max(4.0, bar.width() * clock.share))
                rounded(painter, bar, 2, ink)


def _danger() -> tuple[QColor, QColor, QColor]:
    return tone_colours("danger")


def card_height() -> int:
    """Four lines and their air, in pixels."""
    return round(em(theme().font("body")) * 1.55 * 4.2) + 2


class LaneView(QListView):
    """The cards of one lane. Signals: opened(order), stepped(-1 or 1) for ← →, came() when it has the focus."""

    opened = Signal(object)
    stepped = Signal(int)
    came = Signal()

    def __init__(self, words: str) -> None:
        super().__init__()
        self.lane = LaneModel()
        self.setModel(self.lane)
        self.setItemDelegate(CardDelegate(self))
        self.setUniformItemSizes(True)
        self.setObjectName("Board")
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(words)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(self._open)

    def show_orders(self, orders: Sequence[BoardOrder], at: datetime) -> None:
        """Show these; the order in hand stays in hand and where it stood, else what stands in its place."""
        kept, row = self.current(), self.currentIndex().row()
        stood = self.visualRect(self.currentIndex()).top()
        self.lane.show(orders, at)
        if not orders:
            return
        if kept is None or not self.stand_on(kept.card.id):
            self.setCurrentIndex(self.lane.index(max(0, min(row, len(orders) - 1))))
            return
        self.executeDelayedItemsLayout()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.visualRect(self.currentIndex()).top() - stood)

    def current(self) -> BoardOrder | None:
        row = self.currentIndex().row()
        return self.lane.orders[row] if 0 <= row < len(self.lane.orders) else None

    def stand_on(self, order_id: UUID) -> bool:
        """Take an order in hand; False when it is not in this lane."""
        row = next((at for at, order in enumerate(self.lane.orders) if order.card.id == order_id), None)
        if row is None:
            return False
        self.setCurrentIndex(self.lane.index(row))
        return True

    def _open(self, *_: object) -> None:
        if (order := self.current()) is not None:
            self.opened.emit(order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = Qt.Key(event.key()), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif swallows_enter(event):
            self._open()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters choose nothing here: the search of the page does."""

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.lane.orders:
            self.setCurrentIndex(self.lane.index(0))
        self.viewport().update()
        self.came.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.scheduleDelayedItemsLayout()


class AddCard(QAbstractButton):
    """A card that is not there yet: dashed, with its key."""

    def __init__(self, words: str, key: str) -> None:
        super().__init__()
        self._key = key_words(key)
        self.setText(words)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(100, round(em(theme().font("body")) * 2.4))

    minimumSizeHint = sizeHint

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5)
        alive = self.isEnabled()
        painter.setBrush(look.colour("surface") if alive and self.underMouse() else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.colour("line-strong"), 1.2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, 5, 5)
        body, ink = look.font("body"), look.colour("text-muted" if alive else "text-faint")
        words, size = self.text(), look.scaled(15)
        cap = cap_width(self._key) + 8
        wide = size + 6 + width(body, words) + cap
        beside = wide <= box.width() - 8
        x = box.center().x() - (wide if beside else wide - cap) / 2
        look.icon(painter, "plus", ink, QRectF(x, box.center().y() - size / 2, size, size))
        x += size + 6
        x += put(painter, x, middle(body, box.y(), box.height()), words, body, ink) + 8
        if beside:
            key_cap(painter, self._key, x, box.center().y(), ink, look.colour("line-strong"))
        if self.hasFocus():
            focus_ring(painter, box, 6)


class Lane(Well):
    """One stage: its name with how many there are, and the cards."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        words, icon = STAGE_LOOKS[stage]
        self.stage = stage
        self.body.setContentsMargins(6, 6, 6, 4)
        self.body.setSpacing(4)
        self.count = label("0", "hint")
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 4, 0)
        head.setSpacing(6)
        head.addWidget(Glyph(icon, "text-muted", 16))
        head.addWidget(label(words, "strong"))
        head.addWidget(self.count)
        head.addStretch(1)
        self.view = LaneView(words)
        self.body.addLayout(head)
        self.body.addWidget(self.view, 1)
        self.add: AddCard | None = None

    def offer(self, words: str, key: str) -> AddCard:
        """A dashed card behind the last one, for one more."""
        self.add = AddCard(words, key)
        self.body.setStretchFactor(self.view, 1000)
        self.body.addWidget(self.add)
        self.body.addStretch(1)
        return self.add

    def show_orders(self, orders: Sequence[BoardOrder], at: datetime, *, whole: bool = True) -> None:
        """`whole`: these are all, so they may be counted."""
        self.count.setText(f"{len(orders):,}" if whole else "…")
        if self.add is not None:  # it stands behind the last card, or at the foot of a lane that is full
            self.view.setMaximumHeight(len(orders) * (card_height() + _GAP) + 2)
        self.view.show_orders(orders, at)
