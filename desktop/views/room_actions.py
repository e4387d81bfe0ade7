"""What may be done with a room now: the same offers on the board, in its menu, in the panel and on the room's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.models.values import Money, Right, RoomMark, RoomState
from desktop.services import places
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.search_hits import HitKind
from desktop.views import one_off_dialog
from desktop.views.holding import hold
from desktop.views.keys import key_words
from desktop.views.one_off_dialog import Whom, bill_by_hand
from desktop.views.pages import Shell
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.reservation_acts import ReservationActs
from desktop.views.reservation_dialogs import Holding
from desktop.views.room_changes import RoomChanges
from desktop.views.room_dialogs import MoveInDialog


class Act(StrEnum):
    """One thing to do with a room."""

    CHECK_IN = "check_in"
    TAKE_PAYMENT = "take_payment"
    ONE_OFF = "one_off"
    TENANT = "tenant"
    LEASE = "lease"
    RENEW = "renew"
    MOVE_IN = "move_in"
    MARK_CLEAN = "mark_clean"
    MARK_DIRTY = "mark_dirty"
    CLOSE = "close"
    RESERVE = "reserve"
    SIGN = "sign"
    EXTEND = "extend"
    END_RESERVATION = "end_reservation"
    REOPEN = "reopen"
    ROOM = "room"


CHANGE_KEY = "Ctrl+R"
"""Opens the changes of the room in hand."""
LIST_KEY = "Ctrl+L"
"""From the board to the list of rooms and back."""
_RUNS_OUT = {RoomMark.EXPIRING, RoomMark.HOLDOVER}
STORED_AT_ONCE = frozenset({Act.MARK_CLEAN, Act.MARK_DIRTY, Act.REOPEN})
"""Acts that ask nothing more: they wait while the database cannot be reached."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as it stands on a button or in the menu; the first offer of a room is its primary."""

    act: Act
    words: str
    icon: str
    key: str = ""
    reason: str = ""
    """Why it is greyed; empty when it may be done."""


class RoomActions(QObject):
    """Offers and does things with rooms for one page."""

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell, self._page = shell, page
        self.reservations = ReservationActs(shell, page)
        self.changes = RoomChanges(shell, page)

    def offers(self, tile: TileFacts, owed: Money | None = None) -> list[Offer]:
        """What fits the state, the most likely first; what the role may not do is left out.

        `owed` is what is due up to today when it is known better than from the tile.
        """
        may, state = self._shell.allowed, tile.state
        found: list[Offer] = []
        if tile.tenant_id is not None:
            pay = self._pay() if may(Right.SEE_BILLS) else []
            tenant = [Offer(Act.TENANT, self.tr("租客详情"), "user-round")] if may(Right.SEE_PARTIES) else []
            owes = (tile.overdue if owed is None else owed).fen > 0
            found = [*pay, *tenant] if owes and pay and not pay[0].reason else [*tenant, *pay]
            if may(Right.SEE_LEASES) and tile.lease_id is not None:
                found.append(Offer(Act.LEASE, self.tr("租约"), "file-text"))
                if may(Right.CHECK_IN) and state is RoomState.LET and _RUNS_OUT & set(tile.marks):
                    found.append(Offer(Act.RENEW, self.tr("续租"), "calendar-plus", RENEW_KEY))
        if state is RoomState.RESERVED and tile.lease_id is not None:
            if may(Right.CHECK_IN) and not tile.unsigned:  # nobody gets the keys of a lease that is not signed
                found.insert(0, Offer(Act.MOVE_IN, self.tr("交房"), "key-round"))
        elif tile.reservation_id is not None and tile.lease_id is None:
            found = [*self._reserved(), *found]
        elif state is RoomState.VACANT_CLEAN and may(Right.CHECK_IN):
            found += [
                Offer(Act.CHECK_IN, self.tr("办理入住"), "log-in", "F2"),
                Offer(Act.MARK_DIRTY, self.tr("标记待打扫"), "brush-cleaning"),
            ]
        elif state is RoomState.VACANT_DIRTY and may(Right.CHECK_IN):
            found += [
                Offer(Act.MARK_CLEAN, self.tr("标记已打扫"), "brush-cleaning"),
                Offer(Act.CHECK_IN, self.tr("办理入住"), "log-in", "F2"),
            ]
        elif state in (RoomState.REPAIR, RoomState.OUT_OF_USE) and not tile.retired and may(Right.EDIT_PLACES):
            found.append(Offer(Act.REOPEN, self.tr("恢复使用"), "rotate-ccw"))
        if tile.tenant_id is not None and may(Right.POST_BILLS):
            found.append(Offer(Act.ONE_OFF, self.tr("开单"), "file-plus", one_off_dialog.KEY))
        found.append(Offer(Act.ROOM, self.tr("房间详情"), "door-open", "Alt+Return"))
        vacant = state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY)
        if vacant and not tile.parts and may(Right.RESERVE_ROOMS):
            found.insert(1 if len(found) > 1 else 0, Offer(Act.RESERVE, self.tr("预订"), "bookmark"))
        if vacant and may(Right.EDIT_PLACES):
            found.append(Offer(Act.CLOSE, self.tr("转维修或停用"), "ban"))
        entered = self.on_enter(tile, found)
        return [
            Offer(each.act, each.words, each.icon, "Return", each.reason)
            if each.act is entered and not each.key
            else each
            for each in found
        ]

    def _reserved(self) -> list[Offer]:
        found = []
        if self._shell.allowed(Right.CHECK_IN):
            found.append(Offer(Act.SIGN, self.tr("办理入住"), "log-in", "F2"))
        if self._shell.allowed(Right.RESERVE_ROOMS):
            found.append(Offer(Act.EXTEND, self.tr("延长预订"), "calendar-plus"))
            found.append(Offer(Act.END_RESERVATION, self.tr("结束预订"), "calendar-x"))
        return found

    def _pay(self) -> list[Offer]:
        reason = "" if self._shell.allowed(Right.TAKE_PAYMENT) else self.tr("您的角色不能收款，请租客到收银台")
        return [Offer(Act.TAKE_PAYMENT, self.tr("收款"), "banknote", "F4", reason)]

    def on_enter(self, tile: TileFacts, offers: list[Offer]) -> Act:
        """What Enter does with this room: the tenant, the handover, the broom, the check-in, else the room's page."""
        have = {offer.act for offer in offers}
        for act in (Act.MOVE_IN, Act.SIGN, Act.TENANT, Act.MARK_CLEAN, Act.CHECK_IN):
            if act in have:
                return act
        return Act.ROOM

    def enter(self, tile: TileFacts) -> None:
        """Enter or a double click."""
        self.do(self.on_enter(tile, self.offers(tile)), tile)

    def take_payment(self, tile: TileFacts | None) -> None:
        """F4: the till with this room's tenant, or the bare till."""
        if tile is not None and tile.tenant_id is not None:
            self.do(Act.TAKE_PAYMENT, tile)
        else:
            self._shell.navigate("till")

    def one_off(self, tile: TileFacts | None) -> None:
        """Ctrl B: a one-off charge for this room's tenant, or for whom one names."""
        if tile is not None and tile.tenant_id is not None:
            self.do(Act.ONE_OFF, tile)
        else:
            bill_by_hand(self._shell, Whom())

    def check_in(self, tile: TileFacts | None) -> None:
        """F2: check in to this room when it is free, else begin with the person."""
        if tile is not None and tile.state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY) and not tile.parts:
            self.do(Act.CHECK_IN, tile)
        elif tile is not None and tile.reservation_id is not None and tile.lease_id is None:
            self.do(Act.SIGN, tile)
        else:
            self._shell.navigate("check_in")

    def do(self, act: Act, tile: TileFacts) -> None:
        """Do it; pages open, dialogs ask, marks are stored at once and can be undone."""
        shell, room_id = self._shell, tile.room_id
        if act is Act.CHECK_IN:
            shell.navigate("check_in", room_id=room_id)
        elif act is Act.SIGN:
            shell.navigate("check_in", room_id=room_id, party_id=tile.tenant_id)
        elif act is Act.RESERVE:
            self.reservations.reserve(Holding(room_id, tile.number))
        elif act is Act.EXTEND and tile.reservation_id is not None:
            self.reservations.extend(tile.reservation_id)
        elif act is Act.END_RESERVATION and tile.reservation_id is not None:
            self.reservations.end(tile.reservation_id)
        elif act is Act.TAKE_PAYMENT:
            shell.navigate("till", party_id=tile.tenant_id)
        elif act is Act.ONE_OFF:
            bill_by_hand(shell, Whom(tile.tenant_id, tile.who, room_id))
        elif act is Act.TENANT:
            shell.navigate("party", party_id=tile.tenant_id)
        elif act is Act.LEASE:
            shell.navigate("lease", lease_id=tile.lease_id)
        elif act is Act.RENEW:
            self.renew(tile)
        elif act is Act.ROOM:
            shell.navigate("room", room_id=room_id)
        elif act is Act.MARK_CLEAN:
            self._mark(room_id, tile.number, True)
        elif act is Act.MARK_DIRTY:
            self._mark(room_id, tile.number, False)
        elif act is Act.REOPEN:
            job = partial(shell.session.act, Op.CHANGE_PLACE, places.reopen_room, room_id)
            shell.run(
                job, partial(self._told, self.tr("{room} 恢复使用，打扫后可租").format(room=tile.number)), write=True
            )
        elif act is Act.MOVE_IN:
            shell.open(MoveInDialog(shell, tile))
        elif act is Act.CLOSE:
            self.changes.close_room(tile)

    def renew(self, tile: TileFacts | None) -> None:
        """Shift F2: the lease of this room is renewed."""
        from desktop.views.renewal import Renewing  # the board is the first page of all: it waits for less

        let = tile is not None and tile.state is RoomState.LET
        Renewing(self._shell, self._page).begin(tile.lease_id if tile is not None and let else None)

    def _told(self, text: str, _done: object) -> None:
        self._shell.toast(text)

    def _mark(self, room_id: UUID, number: str, clean: bool) -> None:
        text = self.tr("{room} 已打扫，可以带看") if clean else self.tr("{room} 待打扫")
        self._store_mark(room_id, clean, partial(self._marked, room_id, clean, text.format(room=number)))

    def _store_mark(self, room_id: UUID, clean: bool, done: Callable[[object], object] | None) -> None:
        session = self._shell.session
        self._shell.run(partial(session.act, Op.CHANGE_PLACE, places.mark_clean, room_id, clean), done, write=True)

    def _marked(self, room_id: UUID, clean: bool, text: str, _done: object) -> None:
        self._shell.toast(text, partial(self._store_mark, room_id, not clean, None))

    def report_repair(self, tile: TileFacts | None) -> None:
        """F7: a repair of this room, or of one that the caller names."""
        from desktop.views.repair_intake import About, take_in  # the board is the first page of all: it waits for less

        take_in(self._shell, None if tile is None else About(HitKind.ROOM, tile.room_id))

    def menu(self, tile: TileFacts, at: QPoint, chosen: Sequence[UUID] = ()) -> QMenu:
        """The menu of a right click."""
        menu = QMenu(self._page)
        self.fill(menu, tile, chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
        return menu

    def fill(self, menu: QMenu, tile: TileFacts, chosen: Sequence[UUID] = ()) -> None:
        """The same offers with the same keys, and the changes of rooms behind them."""
        for offer in self.offers(tile):
            if offer.act is Act.ROOM:
                if self._shell.allowed(Right.EDIT_REPAIRS) and not tile.retired:
                    menu.addAction(f"{self.tr('报修')}\tF7", partial(self.report_repair, tile))
                menu.addSeparator()
            # The key stands behind a tab: as a QAction shortcut it would answer beside the key registry.
            action = QAction(f"{offer.words}\t{key_words(offer.key)}" if offer.key else offer.words, menu)
            reason = offer.reason or (hold().reason if offer.act in STORED_AT_ONCE else "")
            action.setEnabled(not reason)
            action.setToolTip(reason)
            action.triggered.connect(partial(self._chosen, offer.act, tile))
            menu.addAction(action)
        if self.changes.entries(tile):
            changes = menu.addMenu(f"{self.tr('房间变动')}\t{key_words(CHANGE_KEY)}")
            self.changes.fill(changes, tile, chosen)

    def _chosen(self, act: Act, tile: TileFacts, _checked: bool = False) -> None:
        self.do(act, tile)
