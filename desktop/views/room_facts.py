"""The left of the room page: what it is, who owns it, what it was before, what is inside."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import RoomKind
from desktop.services import rooms, shares
from desktop.views.buttons import Button
from desktop.views.labels import Fact, FactList, MoneyLabel, Well, label
from desktop.views.layouts import Flow, clear
from desktop.views.theme import theme


class RoomFacts(QWidget):
    """Signals: room_wanted(room id) for the rooms around it, before it and inside it."""

    room_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._body = QVBoxLayout(self)
        self._body.setSpacing(8)
        self._body.setContentsMargins(0, 0, 6, 0)

    def show_room(self, page: rooms.RoomPage) -> None:
        """Everything anew."""
        clear(self._body)
        self._debts(page)
        lines = [*self._place(page), *self._letting(page), *self._past(page)]
        self._body.addWidget(FactList(lines, tight=True))
        self._rooms_around(page)
        self._body.addStretch(1)

    def _debts(self, page: rooms.RoomPage) -> None:
        debts = page.panel.debts
        if debts is None or debts.owed.fen <= 0:
            return
        well = Well()
        row = QHBoxLayout()
        row.addWidget(label(self.tr("应收未付"), "label"))
        row.addStretch(1)
        row.addWidget(label(self.tr("{n} 张账单").format(n=debts.bills), "small"))
        well.body.addLayout(row)
        well.body.addWidget(MoneyLabel(debts.owed, role="figure", owed=True), 0, Qt.AlignmentFlag.AlignRight)
        self._body.addWidget(well)

    def _place(self, page: rooms.RoomPage) -> list[Fact]:
        place, tile = page.place, page.panel.tile
        kinds = {
            RoomKind.FLAT: self.tr("住房"), RoomKind.ROOM: self.tr("单间"), RoomKind.BED: self.tr("床位"),
            RoomKind.SHOP: self.tr("商铺"), RoomKind.PARKING: self.tr("车位"), RoomKind.STORE: self.tr("储藏间"),
        }  # fmt: skip
        lines = [
            Fact(self.tr("用途"), kinds[place.kind]),
            Fact(self.tr("楼层"), self.tr("{n} 层").format(n=place.floor)),
            Fact(self.tr("户型"), place.layout or "—"),
            Fact(self.tr("建筑面积"), f"{place.area} m²" if place.area is not None else "—"),
            Fact(self.tr("挂牌月租"), f"¥{place.asking_rent}" if place.asking_rent is not None else "—"),
        ]
        if page.retired_on is not None:
            lines.append(Fact(self.tr("注销"), self.tr("{day} 起").format(day=page.retired_on)))
        if place.condition_note and page.retired_on is None:
            lines.append(Fact(self.tr("备注"), place.condition_note))
        if tile.closed_until is not None:
            tone = "warn" if tile.late else ""
            lines.append(Fact(self.tr("预计到"), f"{tile.closed_until}", tone))
        return lines

    def _letting(self, page: rooms.RoomPage) -> list[Fact]:
        panel, lines = page.panel, []
        if panel.tenancy is not None:
            lease = panel.tenancy
            lines.append(Fact(self.tr("现月租"), f"¥{lease.rent}"))
            lines.append(Fact(self.tr("押金"), f"¥{lease.deposit_held}"))
            lines.append(Fact(self.tr("居住"), self.tr("{n} 人").format(n=lease.occupants)))
        if panel.coming is not None:
            lines.append(Fact(self.tr("下一位"), f"{panel.coming[0]} {panel.coming[1]:%m-%d}"))
        if panel.debts is not None and panel.debts.former is not None:
            _, name, owed = panel.debts.former
            lines.append(Fact(self.tr("前租客欠"), f"{name} ¥{owed}", "warn"))
        return lines

    def _past(self, page: rooms.RoomPage) -> list[Fact]:
        lines = []
        now = [row for row in page.owners or () if row.valid_to is None]
        for row in now:
            lives = self.tr("，自住") if row.owner_occupied else ""
            lines.append(Fact(self.tr("业主"), f"{row.name} {shares.share_words(row.share)}{lives}"))
        for row in page.owners or ():
            if row.valid_to is not None:
                lines.append(Fact(self.tr("原业主"), f"{row.name}（至 {row.valid_to}）"))
        for number, start, end in page.former_numbers:
            lines.append(Fact(self.tr("曾用房号"), f"{number}（{start} 至 {end or ''}）"))
        return lines

    def _rooms_around(self, page: rooms.RoomPage) -> None:
        if page.outer is not None:
            words = self.tr("所在：{room}").format(room=page.outer[1])
            self._way(words, "arrow-up", page.outer[0])
        kinds = {"split": self.tr("拆分"), "merge": self.tr("合并")}
        for origin in page.origins:
            text = self.tr("{kind}成 {room}") if origin.into else self.tr("由 {room} {kind}")
            if not origin.into and origin.kind == "merge":
                text = self.tr("由 {room} {kind}而来")
            words = text.format(kind=kinds.get(origin.kind, ""), room=origin.words.rpartition(" ")[2])
            self._way(f"{words}，{origin.on}", "arrow-right" if origin.into else "history", origin.room_id)
        if page.inner:
            self._body.addWidget(label(self.tr("分租"), "muted"))
            holder, flow = QWidget(), Flow()
            holder.setLayout(flow)
            for room in page.inner:
                words = " ".join(part for part in (room.number, theme().room(room.state).word, room.who) if part)
                inner = Button(words, "secondary", size="small")
                inner.clicked.connect(partial(self._go, room.id))
                flow.addWidget(inner)
            self._body.addWidget(holder)

    def _way(self, words: str, icon: str, room_id: UUID) -> None:
        way = Button(words, "quiet", size="small", icon=icon)
        way.clicked.connect(partial(self._go, room_id))
        self._body.addWidget(way, 0, Qt.AlignmentFlag.AlignLeft)

    def _go(self, room_id: UUID, _checked: bool = False) -> None:
        self.room_wanted.emit(room_id)
