"""The search popup under the box in the top bar: hits as one types, opened by Enter, paid for or moved into by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from desktop.models.values import Right, RoomState
from desktop.services.bill_codes import Scanned, bill_in, scanned_notice
from desktop.services.scan_codes import HEAD, is_code, why_unreadable
from desktop.services.search import Found, Group, search
from desktop.services.search_hits import Hit, HitKind
from desktop.services.shelf import Spot, at_hand, pin
from desktop.services.slip_codes import SlipCode, slip_in
from desktop.views import messages
from desktop.views.buttons import KeyCap
from desktop.views.keys import bind
from desktop.views.labels import Painted, label, rule
from desktop.views.main_window import MainWindow
from desktop.views.overlays import BodyScroll
from desktop.views.painting import middle, paint_tag, put, rounded, tag_width, tone_colours, width
from desktop.views.popups import Popup
from desktop.views.theme import theme, tokens

_ICONS = {
    HitKind.PARTY: "user-round",
    HitKind.ROOM: "door-open",
    HitKind.LEASE: "file-text",
    HitKind.RECEIPT: "receipt",
    HitKind.VEHICLE: "car",
    HitKind.ORDER: "wrench",
}
_RECORDS = {
    "party": (HitKind.PARTY, "party_id"), "room": (HitKind.ROOM, "room_id"), "lease": (HitKind.LEASE, "lease_id"),
    "receipt": (HitKind.RECEIPT, "payment_id"), "repair": (HitKind.ORDER, "order_id"),
}  # fmt: skip
"""Pages of one record: what kind of hit it is, and the parameter with its id."""
SCANNED = "Shift+A, Shift+N, Shift+J, Shift+U"
"""How a scanner types the head of every code of ours. One after the other they are no key that a person presses."""
_SOUGHT = (Qt.FocusReason.ShortcutFocusReason, Qt.FocusReason.MouseFocusReason)
"""How somebody comes to the box who wants something of it; Tab passes by."""
_VACANT = (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY)
_REPAIRED = (HitKind.PARTY, HitKind.ROOM, HitKind.LEASE, HitKind.VEHICLE)
"""What says where a repair would be."""


@dataclass(slots=True)
class _Line:
    """One painted line: a group's head or a hit."""

    top: int
    high: int
    head: str = ""
    more: int = 0
    hit: Hit | None = None


class HitList(Painted):
    """The lines, painted in columns that stand under each other across groups. Signals: clicked(Hit), pointed(row)."""

    clicked = Signal(object)
    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.found = Found("")
        self.current = 0
        self._lines: list[_Line] = []

    def show_found(self, found: Found) -> None:
        """Show other hits; the first one is the current one."""
        self.found, self.current = found, 0
        look, top = theme(), 0
        titles = {
            HitKind.PARTY: self.tr("租客"), HitKind.ROOM: self.tr("房间"), HitKind.LEASE: self.tr("租约"),
            HitKind.RECEIPT: self.tr("收据"), HitKind.VEHICLE: self.tr("车辆"),
            HitKind.ORDER: self.tr("报修"),
        }  # fmt: skip
        self._lines = []
        for group in found.groups:
            self._lines.append(_Line(top, look.scaled(24), group.head or titles[group.kind], group.more))
            top += look.scaled(24)
            for hit in group.hits:
                self._lines.append(_Line(top, look.height("row"), hit=hit))
                top += look.height("row")
        self.setFixedHeight(top)  # at once: the area around it has no layout that would do it
        self.update()

    def hit(self) -> Hit | None:
        """The hit in hand."""
        hits = self.found.hits
        return hits[self.current] if self.current < len(hits) else None

    def steer(self, step: int) -> None:
        """Up or down, round and round."""
        if count := len(self.found.hits):
            self._point((self.current + step) % count)

    def next_group(self, step: int) -> None:
        """To the first hit of the next group, or the one before."""
        starts, at = [], 0
        for group in self.found.groups:
            starts.append(at)
            at += len(group.hits)
        if starts:
            here = max(index for index, start in enumerate(starts) if start <= self.current)
            self._point(starts[(here + step) % len(starts)])

    def _point(self, at: int) -> None:
        self.current = at
        self.update()
        self.pointed.emit(at)

    def box(self) -> QRectF:
        """Where the current hit lies."""
        lines = [line for line in self._lines if line.hit is not None]
        line = lines[self.current]
        return QRectF(0, line.top, self.width(), line.high)

    def sizeHint(self) -> QSize:
        last = self._lines[-1] if self._lines else None
        return QSize(400, last.top + last.high if last is not None else 0)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = 0
        for line in self._lines:
            if line.hit is None:
                self._head(painter, line)
            else:
                self._row(painter, line, line.hit, at == self.current)
                at += 1

    def _head(self, painter: QPainter, line: _Line) -> None:
        look = theme()
        font = look.font("caption")
        y = middle(font, line.top, line.high)
        x = 10 + put(painter, 10, y, line.head, font, look.colour("text-muted")) + 8
        right = float(self.width() - 10)
        if line.more:
            more = self.tr("还有 {n} 项").format(n=line.more)
            right -= put(painter, right, y, more, font, look.colour("text-faint"), "r") + 8
        painter.fillRect(QRectF(x, line.top + line.high // 2, max(0.0, right - x), 1), look.colour("line"))

    def _row(self, painter: QPainter, line: _Line, hit: Hit, current: bool) -> None:
        look, wide = theme(), float(self.width())
        box = QRectF(0, line.top, wide, line.high)
        if current:
            rounded(painter, box.adjusted(2, 0, -2, 0), 5, look.colour("selected"))
            painter.fillRect(QRectF(2, box.y() + 1, 3, box.height() - 2), look.colour("primary"))
        glyph, centre = look.scaled(15), box.center().y()
        icon = look.room(hit.state).icon if hit.state is not None else _ICONS[hit.kind]
        ink = look.room(hit.state).fg if hit.state is not None else look.colour("text-muted")
        look.icon(painter, icon, ink, QRectF(14, centre - glyph / 2, glyph, glyph))
        second, third, right = round(wide * 0.365), round(wide * 0.585), wide - 12
        tag = self._tag(hit)
        if tag is not None:
            words, tone, mark = tag
            wanted = tag_width(words, mark)
            paint_tag(painter, right - wanted, centre, words, mark, tone_colours(tone))
            right -= wanted + 8
        body, small = look.font("strong"), look.font("small")
        x = 40.0
        y = middle(body, box.y(), box.height())
        x += put(painter, x, y, hit.title, body, look.colour("text"), room=second - x - 8) + 10
        if hit.spelled:
            self._spelled(painter, x, box, hit, second - 8)
        elif hit.name and hit.kind is not HitKind.ROOM:
            put(
                painter,
                x,
                middle(small, box.y(), box.height()),
                hit.name,
                small,
                look.colour("text-muted"),
                room=second - x - 8,
            )
        words = hit.second
        if hit.kind is HitKind.ROOM and hit.state is not None:
            words = " · ".join(part for part in (look.room(hit.state).word, hit.name) if part)
        low = middle(small, box.y(), box.height())
        put(painter, second, low, words, small, look.colour("text-muted"), room=third - second - 10)
        put(painter, third, low, hit.third, small, look.colour("text-muted"), room=right - third)

    def _spelled(self, painter: QPainter, x: float, box: QRectF, hit: Hit, end: float) -> None:
        """The pinyin with what was typed in bold."""
        look = theme()
        small, strong = look.font("small"), look.font("small", 600)
        y, space = middle(small, box.y(), box.height()), width(small, " ")
        for syllable, marked in hit.spelled:
            if x + width(strong, syllable) > end:
                return
            x += put(painter, x, y, syllable[:marked], strong, look.colour("primary-text")) if marked else 0
            x += put(painter, x, y, syllable[marked:], small, look.colour("text-muted")) + space

    def _tag(self, hit: Hit) -> tuple[str, str, str | None] | None:
        if hit.owed.fen > 0:
            return self.tr("欠费 ¥{owed}").format(owed=hit.owed), "danger", "circle-alert"
        if hit.note:
            return hit.note, "", "undo-2"
        return (self.tr("置顶"), "", "bookmark") if hit.pinned else None

    # mouse

    def _at(self, point: QPointF) -> int:
        at = -1
        for line in self._lines:
            at += line.hit is not None
            if line.hit is not None and line.top <= point.y() < line.top + line.high:
                return at
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if (at := self._at(event.position())) >= 0 and at != self.current:
            self._point(at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (at := self._at(event.position())) >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._point(at)
            self.clicked.emit(self.found.hits[at])


class SearchPopup(Popup):
    """Belongs to the window's search box for as long as the window lives; asks as whoever is signed in."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._shell, self._box = window, window.top_bar.search
        self._asked = 0
        self._text = ""
        self._build()
        self._box.searched.connect(self.ask)
        self._box.entered.connect(self.open_hit)
        self._box.steered.connect(self._steered)
        self._box.left.connect(self.dismiss)
        self._box.installEventFilter(self)
        self.list.clicked.connect(self._open)
        self.list.pointed.connect(self._pointed)
        self._head_key = bind(window, SCANNED, self.scanner_types)

    def _build(self) -> None:
        self.list = HitList()
        self.none = label("", "muted", wrap=True)
        self.none.setContentsMargins(10, 12, 10, 12)
        self.keys = QFrame()
        row = QHBoxLayout(self.keys)
        row.setContentsMargins(10, 4, 10, 2)
        row.setSpacing(6)
        self._hints: dict[str, QWidget] = {}
        self._words: dict[str, QLabel] = {}
        for key, words in (
            ("Return", self.tr("打开")),
            ("F4", self.tr("收款")),
            ("F2", self.tr("入住")),
            ("F7", self.tr("报修")),
            ("F6", self.tr("打印")),
            ("Ctrl+N", self.tr("记通话")),
            ("Ctrl+D", self.tr("置顶")),
            ("Tab", self.tr("下一组")),
            ("Esc", self.tr("关闭")),
        ):
            pair = QWidget()
            inner = QHBoxLayout(pair)
            inner.setContentsMargins(0, 0, 10, 0)
            inner.setSpacing(6)
            inner.addWidget(KeyCap(key))
            said = label(words, "small")
            inner.addWidget(said)
            row.addWidget(pair)
            self._hints[key], self._words[key] = pair, said
        row.addStretch(1)
        self._count = label("", "hint")
        row.addWidget(self._count)
        self.scroller = BodyScroll(self.list)
        self.body.addWidget(self.scroller, 1)
        self.body.addWidget(self.none)
        self.body.addSpacing(4)
        self.body.addWidget(rule())
        self.body.addWidget(self.keys)

    # asking

    def ask(self, text: str) -> None:
        """One query a keystroke; an answer that a later keystroke has overtaken is dropped."""
        self._text = text
        self._asked += 1
        if self._shell.session is None:
            self.dismiss()
        elif text:
            self._run(partial(self._shell.session.read, search, text))
        elif self._box.hasFocus():
            self._run(partial(self._shell.session.read, at_hand, self._visited()))
        else:
            self.dismiss()

    def _run(self, job: Callable[[], Found]) -> None:
        self._shell.run(job, partial(self._answered, self._asked))

    def _visited(self) -> list[Spot]:
        """The records that were open just now; not the one in front, which needs no way to it."""
        places = [place for place in self._shell.visited() if place.key in _RECORDS]
        spots = [Spot(_RECORDS[place.key][0], place.params[_RECORDS[place.key][1]]) for place in places]
        here = self._shell.place
        return spots[1:] if here is not None and here.key in _RECORDS else spots

    def _answered(self, asked: int, found: Found) -> None:
        if asked == self._asked and self._box.isEnabled():
            self.show_found(found)

    def show_found(self, found: Found) -> None:
        """Show what was found, or say how else to look."""
        if not (found.text or found.hits):
            super().dismiss()  # nothing was opened yet and nothing is pinned
            return
        self.list.show_found(found)
        total = len(found.hits) + sum(group.more for group in found.groups)
        self.scroller.setVisible(bool(found.hits))
        self.scroller.updateGeometry()
        self.none.setVisible(not found.hits)
        self.none.setText(
            self._code_words(found.text)
            if is_code(found.text)
            else self.tr("没有找到「{text}」。试试姓名的一个字、拼音首字母、房号，或手机后 4 位").format(
                text=found.text
            )
        )
        self._count.setText(self.tr("{n} 项").format(n=total) if total else "")
        self._pointed(0)
        self.show_under(self._box, theme().scaled(tokens()["panel"]["search"]))

    def _code_words(self, text: str) -> str:
        """What Enter does with a code; a code that leads nowhere says why."""
        if bill_in(text) is not None:
            return self.tr("这是缴费通知单上的码：按 Enter 打开收款")
        if slip_in(text) is not None:
            return self.tr("这是维修单上的码：按 Enter 填结果")
        return why_unreadable(text)

    def scanner_types(self) -> None:
        """The head of a code was typed where nothing takes text: the rest of it goes into the box."""
        if self._shell.session is None:
            return
        self._box.setFocus(Qt.FocusReason.OtherFocusReason)
        self._box.setText(HEAD.rstrip(":"))
        self._box.setCursorPosition(len(self._box.text()))

    def dismiss(self) -> None:
        """Take it away; a late answer does not bring it back."""
        self._asked += 1
        super().dismiss()
        self._box.setAccessibleDescription("")

    # the hit in hand

    def hit(self) -> Hit | None:
        """The hit in hand while the popup is open."""
        return self.list.hit() if self.isVisible() else None

    def _pointed(self, _at: int) -> None:
        hit = self.list.hit()
        may_pay = hit is not None and hit.party_id is not None and self._shell.allowed(Right.TAKE_PAYMENT)
        may_enter = hit is not None and hit.state in _VACANT and self._shell.allowed(Right.CHECK_IN)
        may_report = hit is not None and hit.kind in _REPAIRED and self._shell.allowed(Right.EDIT_REPAIRS)
        may_print = hit is not None and hit.kind is HitKind.RECEIPT and self._shell.allowed(Right.PRINT_PAPER)
        may_note = hit is not None and hit.party_id is not None and self._shell.allowed(Right.WRITE_NOTES)
        may_pin = hit is not None and self._shell.allowed(Right.USE_DRAFTS)
        groups = len(self.list.found.groups)
        shown = {
            "Return": hit is not None, "F4": may_pay, "F2": may_enter, "F7": may_report, "F6": may_print,
            "Ctrl+N": may_note, "Ctrl+D": may_pin, "Tab": groups > 1, "Esc": True,
        }  # fmt: skip
        self._words["Ctrl+D"].setText(self.tr("取消置顶") if hit is not None and hit.pinned else self.tr("置顶"))
        for key, visible in shown.items():
            self._hints[key].setVisible(visible)
        if hit is not None:
            box = self.list.box()
            self.scroller.ensureVisible(0, round(box.center().y()), 0, round(box.height()))
            owed = self.tr("欠 {n} 元").format(n=hit.owed) if hit.owed.fen > 0 else ""
            said = (hit.title, hit.name, hit.second, hit.third, owed)
            self._box.setAccessibleDescription("，".join(part for part in said if part))

    def _steered(self, key: int) -> None:
        if not self.isVisible():
            self.ask(self._box.value())
            return
        steps = {
            Qt.Key.Key_Up.value: -1, Qt.Key.Key_Down.value: 1,
            Qt.Key.Key_PageUp.value: -4, Qt.Key.Key_PageDown.value: 4,
        }  # fmt: skip
        self.list.steer(steps[key])

    def open_hit(self) -> None:
        """Enter: the page of the hit in hand. Before the answer has come, ask again."""
        hit = self.hit()
        typed = self._box.value()
        if is_code(typed):
            self._open_code(typed)
        elif hit is not None and self.list.found.text == self._text:
            self._open(hit)
        elif not self.isVisible() and self._box.value():
            self.ask(self._box.value())

    def _open(self, hit: Hit) -> None:
        key, name, row_id = {
            HitKind.PARTY: ("party", "party_id", hit.id), HitKind.ROOM: ("room", "room_id", hit.id),
            HitKind.LEASE: ("lease", "lease_id", hit.id), HitKind.RECEIPT: ("receipt", "payment_id", hit.id),
            HitKind.VEHICLE: ("party", "party_id", hit.party_id),  # the vehicle stands on its owner's page
            HitKind.ORDER: ("repair", "order_id", hit.id),
        }[hit.kind]  # fmt: skip
        self._leave()
        self._shell.navigate(key, **{name: row_id})

    def _open_code(self, typed: str) -> None:
        """What a scanner typed, before any answer to it; a code that leads nowhere stays, and is said to be none."""
        if (bill_id := bill_in(typed)) is not None:
            self._open_scanned(bill_id)
        elif (slip := slip_in(typed)) is not None:
            self._open_slip(slip)
        else:
            self._leave()
            messages.show_warning(why_unreadable(typed))

    def _open_slip(self, code: SlipCode) -> None:
        """The square of a work slip: its order, with the form of its result."""
        self._leave()
        if self._shell.session is None or not self._shell.allowed(Right.SEE_REPAIRS):
            return
        from desktop.views.slip_result import open_slip

        open_slip(self._shell.seat, code)

    def _open_scanned(self, bill_id: UUID) -> None:
        """The square of a bill notice: the till with what is open of it, before any answer to what was typed."""
        if self._shell.session is not None and self._shell.allowed(Right.SEE_BILLS):
            read = partial(self._shell.session.read, scanned_notice, bill_id)
            self._leave()
            self._shell.run(read, self._to_till)

    def _to_till(self, scanned: Scanned) -> None:
        if scanned.bill_ids:
            self._shell.navigate("till", party_id=scanned.debtor_id, bill_ids=scanned.bill_ids)
        else:
            self._shell.navigate("till", party_id=scanned.debtor_id)
            self._shell.toast(self.tr("这张通知单已经缴清"))

    def _pay(self) -> None:
        hit = self.hit()
        if hit is not None and hit.party_id is not None and self._shell.allowed(Right.TAKE_PAYMENT):
            self._leave()
            self._shell.navigate("till", party_id=hit.party_id)

    def _check_in(self) -> None:
        hit = self.hit()
        if hit is not None and hit.state in _VACANT and self._shell.allowed(Right.CHECK_IN):
            self._leave()
            self._shell.navigate("check_in", room_id=hit.id)

    def _report(self) -> None:
        """F7: a repair where they live; the clerk stays where she was."""
        hit = self.hit()
        if hit is not None and hit.kind in _REPAIRED and self._shell.allowed(Right.EDIT_REPAIRS):
            from desktop.views.repair_intake import About, take_in

            self._leave()
            take_in(self._shell.seat, About(hit.kind, hit.id))

    def _print(self) -> None:
        """F6: the receipt in hand on paper again, without opening it; the clerk stays where she was."""
        hit = self.hit()
        if hit is not None and hit.kind is HitKind.RECEIPT and self._shell.allowed(Right.PRINT_PAPER):
            from desktop.views.receipt_printing import ReceiptPrinting

            self._leave()
            self._printing = ReceiptPrinting(self._shell, self)
            words = self._printing.print_again(hit.id, hit.title)
            self._shell.toast(self.tr("收据 {number}：{words}").format(number=hit.title, words=words))

    def _note_call(self) -> None:
        """Ctrl N: what was said on the telephone; the clerk stays where she was."""
        hit = self.hit()
        if hit is None or hit.party_id is None or not self._shell.allowed(Right.WRITE_NOTES):
            return
        from desktop.services.notes import NoteForm
        from desktop.views.note_dialog import NoteDialog

        whose = hit.title if hit.kind is HitKind.PARTY else hit.name
        phone = hit.third if hit.kind is HitKind.PARTY else ""
        self._leave()
        words = " · ".join(part for part in (whose, phone) if part)
        dialog = NoteDialog(self._shell.seat, NoteForm("", party_id=hit.party_id), words)
        dialog.kind.set_value("out")
        dialog.done.connect(partial(self._noted, whose))
        self._shell.open(dialog)

    def _noted(self, whose: str, _note_id: object, words: str) -> None:
        self._shell.toast(self.tr("{whose}：已记下{what}").format(whose=whose, what=words))

    def _pin(self) -> None:
        """Ctrl D: keep the hit in hand at the top of the empty box, or let it go."""
        hit, session = self.hit(), self._shell.session
        if hit is None or session is None or not self._shell.allowed(Right.USE_DRAFTS):
            return
        name = " ".join(part for part in (hit.title, hit.name if hit.kind is not HitKind.ROOM else "") if part)
        job = partial(pin, session.office, session.actor, Spot(hit.kind, hit.id))
        self._shell.run(job, partial(self._pinned, name), write=True)

    def _pinned(self, name: str, kept: bool) -> None:
        self._shell.toast((self.tr("已置顶「{name}」") if kept else self.tr("「{name}」不再置顶")).format(name=name))
        if not self._text:
            self.ask("")

    def _leave(self) -> None:
        self.dismiss()
        self._shell.leave_search()

    # keys that the box itself does not know, while the popup is open

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._box:
            if event.type() == QEvent.Type.EnabledChange and not self._box.isEnabled():
                self._box.clear()  # locked or signed out: neither the hits nor what was looked for stays
                self.dismiss()
            elif event.type() == QEvent.Type.FocusOut and not self.isAncestorOf(watched):  # type: ignore[arg-type]
                self.dismiss()
            elif event.type() == QEvent.Type.FocusIn and not self._box.value():
                if event.reason() in _SOUGHT:  # type: ignore[attr-defined]
                    self.ask("")
            elif self.isVisible() and isinstance(event, QKeyEvent):
                return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        acts: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_F4: self._pay,
            Qt.Key.Key_F2: self._check_in,
            Qt.Key.Key_F6: self._print,
            Qt.Key.Key_F7: self._report,
            Qt.Key.Key_Tab: partial(self.list.next_group, 1),
            Qt.Key.Key_Backtab: partial(self.list.next_group, -1),
        }
        act = acts.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_F6 and event.modifiers():
            act = None  # Shift F6 is the print queue
        if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            act = {Qt.Key.Key_D: self._pin, Qt.Key.Key_N: self._note_call}.get(Qt.Key(event.key()), act)
        if act is None or self._box.composing:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # or the page behind would answer F4 with its own room
            return True
        if event.type() == QEvent.Type.KeyPress:
            act()
            return True
        return False


__all__ = ["Group", "HitList", "SearchPopup"]
