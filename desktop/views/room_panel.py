"""The side panel of the room board: who lives in the chosen room, what is owed, what to do, then the facts."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import RoomMark, RoomState
from desktop.services import rooms
from desktop.services.board import TileFacts
from desktop.services.timeline import TimelineEntry
from desktop.views.buttons import Button, IconButton
from desktop.views.history import when_words
from desktop.views.labels import Fact, FactList, Glyph, MaskedValue, MoneyLabel, Tag, Well, label, rule
from desktop.views.layouts import Flow, clear
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Shell
from desktop.views.reveals import can_ask, reveal
from desktop.views.room_actions import STORED_AT_ONCE, Act, Offer, RoomActions
from desktop.views.theme import theme

_SETTLE_MS = 60
"""Facts are asked for once the arrow keys rest: a key held down must not queue a query for every room it passes."""


def mark_tag(tile: TileFacts, mark: RoomMark) -> Tag:
    """A mark of a room as a tag."""
    look = theme().mark(mark)
    tone = look.token if look.token in ("danger", "warn") else ""
    return Tag(tile.words_of(mark), tone, look.icon)


class RoomPanelCard(QFrame):
    """Signals: dismissed() for the cross; chosen(Act, TileFacts) when a button is pressed."""

    dismissed = Signal()
    chosen = Signal(object, object)

    def __init__(self, shell: Shell, actions: RoomActions) -> None:
        super().__init__()
        self.setObjectName("SidePanel")
        self._shell, self._actions = shell, actions
        self.tile: TileFacts | None = None
        self.facts: rooms.RoomPanel | None = None
        self._phone: MaskedValue | None = None
        self.offers: list[Offer] = []
        self.buttons: dict[Act, Button] = {}
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_SETTLE_MS)
        self._wait.timeout.connect(self._ask)
        self._build()
        self._measure()

    def _build(self) -> None:
        self._number, self._about = label("", "page"), label("", "small")
        self._cross = IconButton("x", self.tr("收起，空格"), size=26, glyph=16)
        self._cross.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._cross.clicked.connect(self.dismissed)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._number)
        head.addWidget(self._about)
        head.addStretch(1)
        head.addWidget(self._cross)
        self._tags = Flow()
        self._money = QVBoxLayout()
        self._money.setSpacing(8)
        self._acts = QVBoxLayout()
        self._acts.setSpacing(8)
        content = QWidget()
        self._body = QVBoxLayout(content)
        self._body.setContentsMargins(0, 0, 0, 8)
        self._body.setSpacing(4)
        self._scroll = BodyScroll(content, gutter=12)
        self._line = rule()
        above = QVBoxLayout()
        above.setContentsMargins(0, 0, 12, 0)
        above.setSpacing(8)
        for part in (head, self._tags, self._money, self._acts):
            above.addLayout(part)
        above.addWidget(self._line)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 2, 0)
        column.setSpacing(8)
        column.addLayout(above)
        column.addWidget(self._scroll, 1)

    def _measure(self) -> None:
        self.setFixedWidth(theme().panel("detail"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_wait"):
            self._measure()
        super().changeEvent(event)

    # what is shown

    def show_tile(self, tile: TileFacts | None, *, again: bool = False) -> None:
        """Show a room: what the board knows at once, the rest when it has been read."""
        before, self.tile = self.tile, tile
        same = tile is not None and before is not None and tile.room_id == before.room_id
        if not same:
            self.facts = None
        if (not same or again) and tile is not None and self.isVisible():
            self._wait.start()
        elif tile is None:
            self._wait.stop()
        if not same or tile != before:  # else a revealed phone would be masked by somebody else's commit
            self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.tile is not None:
            self._wait.start()  # folded away it asked nothing

    def hideEvent(self, event: QHideEvent) -> None:
        self._wait.stop()
        super().hideEvent(event)

    def _ask(self) -> None:
        if self.tile is not None and self._shell.session is not None:
            room_id = self.tile.room_id
            job = partial(self._shell.session.read, rooms.room_panel, room_id)
            self._shell.run(job, partial(self._answered, room_id))

    def _answered(self, room_id: UUID, facts: rooms.RoomPanel) -> None:
        if self.tile is None or self.tile.room_id != room_id:
            return  # the clerk has moved on
        if facts != self.facts:
            self.facts, self.tile = facts, facts.tile
            self._show()

    def _show(self) -> None:
        focus = next((act for act, button in self.buttons.items() if button.hasFocus()), None)
        for layout in (self._tags, self._money, self._acts, self._body):
            clear(layout)
        self.buttons, self._phone = {}, None
        tile = self.tile
        self._line.hide()
        if tile is None:
            self._number.setText("")
            self._about.setText("")
            self._money.addWidget(label(self.tr("点一间房，或用方向键选"), "muted", wrap=True))
            return
        self._number.setText(tile.number)
        size = f"{tile.area.normalize():f} m²" if tile.area is not None else ""
        self._about.setText(" · ".join(part for part in (tile.layout or "", size) if part))
        self._show_tags(tile)
        self._show_money(tile)
        self._show_acts(tile)
        if self.facts is not None:
            self._show_facts(tile, self.facts)
        self._line.setVisible(self._body.count() > 0)
        self._body.addStretch(1)
        if focus in self.buttons:
            self.buttons[focus].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_tags(self, tile: TileFacts) -> None:
        self._tags.addWidget(Tag.room(tile.state))
        for mark in tile.marks:
            oldest = self.facts.debts.oldest if self.facts is not None and self.facts.debts is not None else None
            if mark is RoomMark.ARREARS and oldest is not None:
                late = (self._shell.today() - oldest).days
                self._tags.addWidget(Tag(self.tr("欠费 {n} 天").format(n=late), "danger", theme().mark(mark).icon))
            else:
                self._tags.addWidget(mark_tag(tile, mark))

    def _show_money(self, tile: TileFacts) -> None:
        facts = self.facts
        debts = facts.debts if facts is not None else None
        if tile.tenant_id is not None and debts is not None:
            well = Well("" if debts.owed.fen > 0 else "ok")
            row = QHBoxLayout()
            row.addWidget(label(self.tr("应收未付") if debts.owed.fen > 0 else self.tr("没有欠费"), "label"))
            row.addStretch(1)
            if debts.bills:
                row.addWidget(label(self.tr("{n} 张账单").format(n=debts.bills), "small"))
            well.body.addLayout(row)
            if debts.owed.fen > 0:
                well.body.addWidget(MoneyLabel(debts.owed, owed=True), 0, Qt.AlignmentFlag.AlignRight)
            self._money.addWidget(well)
        elif tile.tenant_id is None and facts is not None and facts.asking_rent is not None:
            well = Well()
            well.body.addWidget(label(self.tr("挂牌月租"), "label"))
            well.body.addWidget(MoneyLabel(facts.asking_rent, role="figure"), 0, Qt.AlignmentFlag.AlignRight)
            self._money.addWidget(well)
        if tile.state in (RoomState.REPAIR, RoomState.OUT_OF_USE) and tile.who:
            self._money.addWidget(label(tile.who, "strong", wrap=True))

    def _show_acts(self, tile: TileFacts) -> None:
        owed = self.facts.debts.owed if self.facts is not None and self.facts.debts is not None else None
        self.offers = self._actions.offers(tile, owed)
        shown = [offer for offer in self.offers if offer.act is not Act.CLOSE]
        beside = None
        for at, offer in enumerate(shown[:5]):
            if offer.act is Act.TENANT and at > 0:
                continue  # it stands beside the name
            first = at == 0
            kind = "primary" if first and not offer.reason else "secondary"
            key = offer.key if first or offer.act is not Act.ROOM else ""  # the page has that key; here it is too long
            icon, writes = offer.icon if first else None, offer.act in STORED_AT_ONCE
            button = Button(offer.words, kind, icon=icon, key=key or None, writes=writes)
            button.allow(offer.reason)
            button.clicked.connect(partial(self._pressed, offer.act))
            self.buttons[offer.act] = button
            if first:
                self._acts.addWidget(button)
                continue
            if beside is None or beside.count() == 2 or button.sizeHint().width() > self._half():
                beside = QHBoxLayout()
                beside.setSpacing(8)
                self._acts.addLayout(beside)
            beside.addWidget(button, 1)

    def _half(self) -> int:
        return (self.width() - 28 - 8) // 2

    def _pressed(self, act: Act, _checked: bool = False) -> None:
        if self.tile is not None:
            self.chosen.emit(act, self.tile)

    def _show_facts(self, tile: TileFacts, facts: rooms.RoomPanel) -> None:
        if tile.who and tile.tenant_id is not None:
            self._show_name(tile)
        lines = self._tenancy_lines(facts)
        if facts.debts is not None and facts.debts.former is not None:
            _, name, owed = facts.debts.former
            lines.append(Fact(self.tr("前租客欠"), f"{name} ¥{owed}", "warn"))
        if facts.coming is not None:
            name, day = facts.coming
            lines.append(Fact(self.tr("下一位"), f"{name} {day:%m-%d}"))
        if tile.parts:
            lines.append(Fact(self.tr("分租"), self.tr("{n} 个房间或床位").format(n=tile.parts)))
        if lines:
            self._body.addWidget(FactList(lines, right=True, tight=True))
        if facts.recent:
            if lines:
                self._body.addWidget(rule())
            self._body.addWidget(label(self.tr("最近"), "muted"))
            for entry in facts.recent:
                self._body.addLayout(self._recent(entry))

    def _show_name(self, tile: TileFacts) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("user-round"))
        row.addWidget(label(tile.who, "strong", wrap=True), 1)
        tenant = next((offer for offer in self.offers if offer.act is Act.TENANT), None)
        if tenant is not None and Act.TENANT not in self.buttons:
            link = Button(tenant.words, "quiet", key=tenant.key or None, size="small")
            link.clicked.connect(partial(self._pressed, Act.TENANT))
            self.buttons[Act.TENANT] = link
            row.addWidget(link)
        self._body.addLayout(row)

    def _tenancy_lines(self, facts: rooms.RoomPanel) -> list[Fact]:
        lines: list[Fact] = []
        if facts.phone is not None:
            self._phone = MaskedValue(facts.phone.text, self.tr("手机"), can_reveal=can_ask(self._shell, facts.phone))
            self._phone.reveal_requested.connect(self.reveal)
            lines.append(Fact(self.tr("手机"), self._phone))
        lease, debts = facts.tenancy, facts.debts
        if lease is not None:
            lines.append(Fact(self.tr("租期"), self.tr("{start} 至 {end}").format(start=lease.start, end=lease.end)))
            lines.append(Fact(self.tr("月租 / 押金"), f"¥{lease.rent} / ¥{lease.deposit_held}"))
        if debts is not None and debts.next_due is not None:
            lines.append(Fact(self.tr("下一期"), f"{debts.next_due:%m-%d} 应收 ¥{debts.next_amount}"))
        if lease is not None:
            lines.append(Fact(self.tr("居住"), self.tr("{n} 人").format(n=lease.occupants)))
            if lease.keys:
                names = " / ".join(name for name, _ in lease.keys)
                units = {"钥匙": self.tr("{n} 把"), "门卡": self.tr("{n} 张")}
                counts = " / ".join(units.get(name, "{n}").format(n=count) for name, count in lease.keys)
                lines.append(Fact(names, counts))
        return lines

    def _recent(self, entry: TimelineEntry) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(when_words(entry.at, self._shell.today()), "caption"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(entry.title, "small", wrap=True), 1)
        return row

    # masked values

    def reveal(self) -> bool:
        """F3 or the eye: show the whole phone for half a minute; the audit log keeps it."""
        facts = self.facts
        if facts is None or facts.phone is None or not can_ask(self._shell, facts.phone) or self._phone is None:
            return False
        field, whose = facts.phone, " · ".join(part for part in (facts.tile.number, facts.tile.who) if part)
        reveal(self._shell, field, self.tr("手机"), whose, partial(self._revealed, field.row_id))
        return True

    def _revealed(self, row_id: UUID, value: str) -> None:
        if (
            self.facts is not None
            and self.facts.phone is not None
            and self.facts.phone.row_id == row_id
            and self._phone
        ):
            self._phone.show_value(value)

    def mask(self) -> None:
        """The page is left or the desk locked."""
        if self._phone is not None:
            self._phone.mask()
