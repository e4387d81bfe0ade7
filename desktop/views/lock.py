"""The lock: a card over the whole window that says since when and why, and opens by PIN or password.

Whoever has worked at this PC of late stands on it: another one takes over with her own PIN, and finds her own pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.forms import FormRow
from desktop.views.labels import Glyph, label
from desktop.views.login import CardCanvas
from desktop.views.overlays import BodyScroll, Overlay
from desktop.views.person_list import Colleague, PersonList
from desktop.views.text_fields import PasswordField
from desktop.views.theme import theme

_WIDE = 400
MOST_PEOPLE = 6


@dataclass(frozen=True, slots=True)
class Knocker:
    """Somebody who may open the lock. `pin` None: not known yet whether her PIN works here."""

    staff_id: UUID
    login: str
    name: str
    roles: str = ""
    pin: bool | None = None


class SecretField(PasswordField):
    """A PIN or a password beside a list of people. Signals: stepped(±1) for the arrows, which choose in the list."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.enter_moves_on = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class LockScreen(Overlay):
    """Covers everything. Signals: submitted(Knocker, secret); other_user_wanted() for somebody who is not listed.

    Answer with `show_error`, `show_wait`, or take it away with `MainWindow.unlock`.
    """

    submitted = Signal(object, str)
    other_user_wanted = Signal()

    def __init__(self, window: QWidget, where: str, reason: str, since: datetime, now: Any, first: Knocker) -> None:
        super().__init__(window, scrim=False)
        self._since, self._now, self._reason = since, now, reason
        self._wait = 0
        self.people: list[Knocker] = [first]
        self.list = PersonList(self.tr("谁来解锁"))
        self.secret = SecretField()
        self.secret.caps_lock.connect(self._caps)
        self.secret.stepped.connect(self.list.step)
        self.row = FormRow("", self.secret)
        self.primary = Button(self.tr("解锁"), "primary", key="Return", size="pay", icon="lock-open")
        self.primary.clicked.connect(self.submit)
        self.other = Button(self.tr("别的人登录"), "quiet", size="small", slot=self.other_user_wanted.emit)
        self.since = label("", "small", wrap=True)
        self.hint = label("", "small", wrap=True)
        self._lay_out(where)
        self.list.changed.connect(self._chosen)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.show_people([first])
        self._tell_time()

    def _lay_out(self, where: str) -> None:
        self.card = QFrame()
        self.card.setProperty("kind", "dialog")
        self.card.setFixedWidth(round(_WIDE * max(1.0, theme().factor)))
        column = QVBoxLayout(self.card)
        column.setContentsMargins(28, 18, 28, 16)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Glyph("lock", "primary", 32))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(label(self.tr("已锁定"), "page"))
        names.addWidget(label(where, "small", wrap=True))
        head.addLayout(names, 1)
        column.addLayout(head)
        column.addSpacing(6)
        column.addWidget(self.since)
        column.addSpacing(8)
        column.addWidget(self.list)
        column.addSpacing(8)
        column.addWidget(self.row)
        column.addSpacing(4)
        column.addWidget(self.primary)
        column.addSpacing(6)
        foot = QHBoxLayout()
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.other, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(foot)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BodyScroll(CardCanvas(self.card, beside=0)))

    # what the application answers

    def show_people(self, people: Sequence[Knocker]) -> None:
        """Who may open; the one in hand stays in hand."""
        here = self.chosen.staff_id
        self.people = list(people)[:MOST_PEOPLE]
        at = next((at for at, each in enumerate(self.people) if each.staff_id == here), 0)
        words = self.tr("刚才在这里") if len(self.people) > 1 else ""
        self.list.show_people(
            [Colleague(each.name, each.roles, words if not n else "") for n, each in enumerate(self.people)], at
        )
        self._chosen(keep=True)

    def show_error(self, text: str) -> None:
        """Show why it did not open and let somebody try again."""
        self.row.say(text, "danger")
        self.secret.set_state("error" if text else "")
        self._set_busy(False)
        self.take_focus()
        self.secret.selectAll()

    def show_wait(self, seconds: int) -> None:
        """Too many wrong passwords: count down, and keep the button shut until then."""
        self._wait = seconds
        self._tell_wait()

    def wipe(self) -> None:
        """What was typed leaves the widget."""
        self.secret.wipe()

    def take_focus(self) -> None:
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    # what somebody does

    @property
    def chosen(self) -> Knocker:
        """Who is trying."""
        return self.people[min(self.list.at, len(self.people) - 1)]

    def submit(self) -> None:
        """Enter: try what is typed."""
        if self._wait or not self.primary.isEnabled():
            return
        if not self.secret.value():
            self.row.say(self.tr("写上{what}").format(what=self.row.caption.text()), "danger")
            self.take_focus()
            return
        self.row.say("")
        self.secret.set_state("")
        self._set_busy(True)
        self.submitted.emit(self.chosen, self.secret.value())

    def _chosen(self, keep: bool = False) -> None:
        who = self.chosen
        words = self.tr("密码") if who.pin is False else self.tr("PIN 或密码")
        self.row.caption.setText(words)
        self.secret.setAccessibleName(f"{who.name}，{words}")
        self.hint.setText(
            self.tr("PIN 在这台电脑上不能用，输密码") if who.pin is False else self.tr("没做完的事原样留着")
        )
        self.primary.setText(self.tr("解锁") if who is self.people[0] else self.tr("换{name}").format(name=who.name))
        self.primary.updateGeometry()
        if not keep:
            self.secret.clear()
            self.row.say("")
            self.secret.set_state("")
            self.take_focus()

    def _set_busy(self, busy: bool) -> None:
        if busy:
            self.primary.disable(self.tr("正在核对"))
        elif not self._wait:
            self.primary.enable()

    def _caps(self, on: bool) -> None:
        self.row.say(self.tr("大写锁定已打开") if on else "", "warn")

    def _tick(self) -> None:
        if self._wait:
            self._wait -= 1
            self._tell_wait()
        self._tell_time()

    def _tell_time(self) -> None:
        minutes = int((self._now() - self._since).total_seconds() // 60)
        long = self.tr("已 {n} 分钟").format(n=minutes) if minutes < 60 else self._hours(minutes)
        self.since.setText(" · ".join(part for part in (self._reason, long if minutes > 0 else "") if part))

    def _hours(self, minutes: int) -> str:
        return self.tr("已 {h} 小时 {m} 分").format(h=minutes // 60, m=minutes % 60)

    def _tell_wait(self) -> None:
        if self._wait:
            words = self.tr("错了多次，{n} 秒后再试").format(n=self._wait)
            self.primary.disable(words)
            self.row.say(words, "warn")
        else:
            self.row.say("")
            self.secret.set_state("")
            self.primary.enable()

    # over everything

    def cover(self) -> None:
        super().cover()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._clock.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(QRectF(self.rect()), theme().colour("canvas"))
