"""The sign-in card over the empty frame. It only asks; others decide.

First paint: this module and the frame import no database, no numbers, no pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.forms import FormRow
from desktop.views.labels import Painted, Tag, label, rule, set_property
from desktop.views.overlays import BodyScroll
from desktop.views.painting import rounded, soft_shadow
from desktop.views.text_fields import PasswordField, TextField
from desktop.views.theme import theme, tokens

_WIDE = 380
_ROLES_A_ROW = 3
_LEAST_HIGH = 120
"""Of a window so low the card scrolls."""


class _Logo(Painted):
    def sizeHint(self) -> QSize:
        return QSize(40, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, QRectF(0, 0, 40, 40), 9, look.colour("primary"))
        look.icon(painter, "house", "on-primary", QRectF(9, 9, 22, 22))


class CardCanvas(QWidget):
    """The canvas around the card, with the card's soft shadow."""

    def __init__(self, card: QFrame, beside: int) -> None:
        super().__init__()
        self._card = card
        outer = QVBoxLayout(self)
        # What stands at the left is balanced at the right: the card stands in the middle of the window.
        outer.setContentsMargins(16, 6, 16 + beside, 10)
        outer.addStretch(3)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        soft_shadow(painter, QRectF(self._card.geometry()), 12, blur=20, drop=5, alpha=0.2)


class SignIn(QWidget):
    """Who are you?

    Signals: submitted(user, password); demo_role_chosen(role); key_file_wanted().
    Answer with `show_error`, `show_wait`, `ask_passphrase` or take the card away.
    """

    submitted = Signal(str, str)
    demo_role_chosen = Signal(str)
    key_file_wanted = Signal()

    is_page = True
    help_topic = "login"

    def __init__(self, office: str, desk: str, *, demo: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self.setObjectName("Canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._wait = 0
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.user = TextField(limit=40)
        self.password = PasswordField()
        for field in (self.user, self.password):
            field.enter_moves_on = False  # Enter is the button's: it goes to what is missing, or signs in
        self.password.caps_lock.connect(self._caps)
        self.primary = Button(self.tr("登录"), "primary", key="Return", size="pay")
        self.primary.clicked.connect(self.submit)
        self.card = QFrame()
        self.card.setProperty("kind", "dialog")
        self.card.setFixedWidth(self._card_width())
        self._lay_out(demo)
        self.show_office(office, desk)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._canvas = CardCanvas(self.card, beside=tokens()["width"]["rail"])
        self._column.addWidget(self._canvas)

    @staticmethod
    def _card_width() -> int:
        return round(_WIDE * max(1.0, theme().factor))

    def _lay_out(self, demo: Sequence[tuple[str, str]]) -> None:
        self._rows = column = QVBoxLayout(self.card)
        column.setContentsMargins(28, 18, 28, 16)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(_Logo())
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(label(self.tr("登录安居前台"), "page"))
        self.where = label("", "small", wrap=True)
        names.addWidget(self.where)
        head.addLayout(names, 1)
        if demo:
            head.addWidget(Tag(self.tr("演示数据"), "violet", "sparkles"))
        column.addLayout(head)
        column.addSpacing(8)
        self.user_row = FormRow(self.tr("工号或姓名拼音"), self.user)
        self.password_row = FormRow(self.tr("密码"), self.password)
        for row in (self.user_row, self.password_row):
            column.addWidget(row)
        column.addSpacing(6)
        column.addWidget(self.primary)
        column.addSpacing(6)
        links = QHBoxLayout()
        links.addWidget(label(self.tr("忘记密码：请管理员重置"), "small"))
        links.addStretch(1)
        links.addWidget(Button(self.tr("换用密钥文件"), "quiet", size="small", slot=self.key_file_wanted.emit))
        column.addLayout(links)
        if demo:
            self._add_demo(column, demo)

    def _add_demo(self, column: QVBoxLayout, demo: Sequence[tuple[str, str]]) -> None:
        column.addSpacing(8)
        column.addWidget(rule())
        column.addSpacing(8)
        column.addWidget(label(self.tr("演示：选一个身份直接进入"), "small"))
        column.addSpacing(4)
        grid = QGridLayout()
        grid.setSpacing(8)
        self.roles: list[Button] = []
        for at, (role, words) in enumerate(demo):
            button = Button(words, "secondary", key=f"Alt+{at + 1}" if at < 9 else None, size="normal")
            button.setProperty("role", role)
            button.clicked.connect(self._role_clicked)
            self.roles.append(button)
            grid.addWidget(button, at // _ROLES_A_ROW, at % _ROLES_A_ROW)
        column.addLayout(grid)

    @cached_property
    def passphrase(self) -> PasswordField:
        """The passphrase of the key file; made when it is first asked for, which few PCs do."""
        field = PasswordField()
        field.enter_moves_on = False
        return field

    @cached_property
    def passphrase_row(self) -> FormRow:
        note = self.tr("这台电脑的密钥存在文件里，开机后要输一次口令")
        row = FormRow(self.tr("密钥口令"), self.passphrase, note=note)
        row.hide()
        self._rows.insertWidget(self._rows.indexOf(self.password_row) + 1, row)
        return row

    @property
    def key_file_words(self) -> str:
        """What was typed as the passphrase; empty where none is asked for."""
        return self.passphrase.value() if self._asks_passphrase else ""

    @property
    def _asks_passphrase(self) -> bool:
        return "passphrase_row" in self.__dict__

    def _asked(self) -> list[tuple[PasswordField | TextField, FormRow, str]]:
        """Field, its row and what to say while it is empty, from the top."""
        asked: list[tuple[PasswordField | TextField, FormRow, str]] = [
            (self.user, self.user_row, self.tr("写上工号或姓名拼音")),
            (self.password, self.password_row, self.tr("写上密码")),
        ]
        if self._asks_passphrase:
            asked.append((self.passphrase, self.passphrase_row, self.tr("写上密钥口令")))
        return asked

    # what the application answers

    def show_office(self, office: str, desk: str) -> None:
        """Name the office and the desk, once they are known; their line is there before."""
        self.where.setText(" · ".join(part for part in (office, desk) if part) or " ")

    @property
    def said(self) -> str:
        """What stands under the fields."""
        return next((row.said for _field, row, _words in self._asked() if row.said), "")

    def show_error(self, text: str, *, passphrase: bool = False) -> None:
        """Show why it did not work, under the field to be typed into again; an empty one is only asked for."""
        row, field = (self.passphrase_row, self.passphrase) if passphrase else (self.password_row, self.password)
        row.say(text.rstrip("。"), "danger" if field.value() else "warn")
        field.set_state("error" if text and field.value() else "")
        self.set_busy(False)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def show_wait(self, seconds: int) -> None:
        """Too many wrong tries: count down, and keep the button shut until then."""
        self._wait = seconds
        self._clock.start()
        self._tell_wait()

    def ask_passphrase(self, wanted: bool = True) -> None:
        """Ask for the key file's passphrase as well."""
        if wanted or self._asks_passphrase:
            self.passphrase_row.setVisible(wanted)

    def set_busy(self, busy: bool) -> None:
        """Between pressing and the answer: argon2 takes its time elsewhere."""
        if busy:
            self.primary.disable(self.tr("正在核对密码"))
        elif not self._wait:
            self.primary.enable()

    def wipe(self) -> None:
        """Passwords leave the widget."""
        self.password.wipe()
        if self._asks_passphrase:
            self.passphrase.wipe()

    def hints(self) -> str:
        return self.tr("未登录时不显示任何租客信息")

    # what the clerk does

    def submit(self) -> None:
        """Enter: go on with what is typed, or to the field that is still empty."""
        if self._wait or not self.primary.isEnabled():
            return
        for field, row, words in self._asked():
            if row.isVisibleTo(self) and not field.value():
                if field.hasFocus():
                    row.say(words, "danger")
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        for field, row, _words in self._asked():
            field.set_state("")
            row.say("")
        self.set_busy(True)
        self.submitted.emit(self.user.value(), self.password.value())

    def _fit(self) -> None:
        """Let the card scroll once it is higher than the window: a scroll area nobody needs costs 4 ms of the start."""
        high = self._canvas.minimumSizeHint().height()
        if self._column.indexOf(self._canvas) >= 0 and 0 < self.height() < high:
            self._column.removeWidget(self._canvas)
            self._column.addWidget(BodyScroll(self._canvas))

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(least.width(), min(least.height(), _LEAST_HIGH))

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _role_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.demo_role_chosen.emit(str(sender.property("role")))

    def _caps(self, on: bool) -> None:
        self.password_row.say(self.tr("大写锁定已打开") if on else "", "warn")

    def _tick(self) -> None:
        self._wait = max(0, self._wait - 1)
        self._tell_wait()

    def _tell_wait(self) -> None:
        if self._wait:
            words = self.tr("错了多次，{n} 秒后再试").format(n=self._wait)
            self.primary.disable(words)
            self.password_row.say(words, "warn")
        else:
            self._clock.stop()
            self.password_row.say("")
            set_property(self.password, "state", "")
            self.primary.enable()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        (self.password if self.user.value() else self.user).setFocus(Qt.FocusReason.OtherFocusReason)
