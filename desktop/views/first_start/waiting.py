"""A PC that asks to be let in: the form with the desk's name, then six digits and waiting, until somebody answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import Painted, label, set_property
from desktop.views.main_window import MainWindow
from desktop.views.painting import em, put, rounded, width
from desktop.views.text_fields import PasswordField, TextField
from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.services.device_requests import Answer, Waiting

POLL_MS = 700
PASSPHRASE_MIN = 8


class AskDialog(Dialog):
    """加入管理处: what this desk is to be called. Signals: submitted(dict); by_code_wanted() for the recovery code."""

    help_topic = "join"

    writes = False
    by_code_wanted = Signal()

    def __init__(self, window: QWidget, why: str, passphrase: bool) -> None:
        super().__init__(
            window, self.tr("申请加入管理处"), primary=self.tr("申请加入"), primary_icon="log-in", wide=680
        )
        self.body.addWidget(label(why, wrap=True))
        form = self.use_form(1)
        form.add(
            "desk", self.tr("这个前台的名字"), TextField(limit=20), required=True,
            note=self.tr("例如 前台 2；印在收据上的前台代号由程序给"),
        )  # fmt: skip
        if passphrase:
            note = self.tr("这台电脑的密钥用它锁着，每次启动时输入，至少 8 个字符")
            form.add("passphrase", self.tr("密钥口令"), PasswordField(), required=True, note=note)
        self.by_code = Button(self.tr("用恢复码加入"), "quiet", key="Alt+1", slot=self._by_code)
        self.foot.insertWidget(2, self.by_code)

    def problems(self) -> dict[str, str]:
        typed = self.form.values() if self.form is not None else {}
        problems = {}
        if not typed["desk"].strip():
            problems["desk"] = self.tr("给这个前台起个名字，例如 前台 2")
        if "passphrase" in typed and len(typed["passphrase"]) < PASSPHRASE_MIN:
            problems["passphrase"] = self.tr("密钥口令至少 8 个字符")
        return problems

    def _by_code(self) -> None:
        self.cancel()
        self.by_code_wanted.emit()

    def _end(self, accepted: bool) -> None:
        if self.form is not None and "passphrase" in self.form.rows:
            self.form.field("passphrase").wipe()
        super()._end(accepted)


class Digits(Painted):
    """Six digits in two groups, large enough to be read across a desk."""

    def __init__(self, digits: str) -> None:
        super().__init__()
        self._digits = digits
        self.setAccessibleName(" ".join(digits))

    def text(self) -> str:
        return self._digits

    def _cell(self) -> QSize:
        font = theme().font("total")
        return QSize(round(width(font, "8") + em(font) * 0.7), round(em(font) * 1.9))

    def sizeHint(self) -> QSize:
        cell = self._cell()
        return QSize(6 * cell.width() + 5 * 6 + 18, cell.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, cell = theme(), QPainter(self), self._cell()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font("total")
        x = 0.0
        for at, digit in enumerate(self._digits):
            box = QRectF(x + 0.5, 0.5, cell.width() - 1, cell.height() - 1)
            rounded(painter, box, 6, look.colour("primary-tint"), look.colour("line-strong"))
            put(painter, box.center().x(), box.center().y() + em(font) * 0.36, digit, font, look.colour("text"), "c")
            x += cell.width() + (24 if at == 2 else 6)


class WaitingDialog(Dialog):
    """等待批准: the six digits, and asking the database every moment what became of the request.

    Signals: approved(); refused(words); by_code_wanted(); given_up().
    """

    help_topic = "join"

    writes = False
    approved = Signal()
    refused = Signal(str)
    by_code_wanted = Signal()
    given_up = Signal()

    def __init__(self, window: MainWindow, waiting: Waiting, ask: Callable[[], Answer]) -> None:
        super().__init__(window, self.tr("等管理员批准"), subtitle=waiting.desk, cancel=self.tr("不加入了"), wide=680)
        self._window, self._ask = window, ask
        self._seconds, self._asking, self._over = 0.0, False, False
        self.primary.hide()
        self.primary.set_key(None)
        self.digits = Digits(waiting.digits)
        self.body.addWidget(
            label(self.tr("请管理员在另一台已开通的电脑上打开「设置 → 终端」，输入这六位数字："), wrap=True)
        )
        self.body.addWidget(self.digits, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(label(self.tr("电话里报给对方也可以。两边的数字不一样，就不要批准。"), "muted", wrap=True))
        self.state = label("", "small", wrap=True)
        self.body.addWidget(self.state)
        self.body.addStretch(1)
        self.by_code = Button(self.tr("用恢复码加入"), "quiet", key="Alt+1", slot=self._by_code)
        self.foot.addWidget(self.by_code)
        self._clock = QTimer(self)
        self._clock.setInterval(POLL_MS)
        self._clock.timeout.connect(self._tick)

    def open(self) -> None:
        super().open()
        self._clock.start()
        self._tick()

    def cancel(self) -> None:
        """不加入了: the request is taken back."""
        self.stop()
        super().cancel()
        self.given_up.emit()

    def stop(self) -> None:
        """Ask no more."""
        self._over = True
        self._clock.stop()

    def _by_code(self) -> None:
        self.stop()
        super().cancel()
        self.by_code_wanted.emit()

    def _tick(self) -> None:
        self._seconds += POLL_MS / 1000
        if not self._asking and not self._over:
            self._asking = True
            self._window.run(self._ask, self._answered, self._silent)

    def _answered(self, answer: Answer) -> None:
        self._asking = False
        if self._over:
            return
        minutes, seconds = divmod(int(self._seconds), 60)
        self._say(self.tr("等待批准… 已等 {m}:{s:02d}，批准后自动继续").format(m=minutes, s=seconds))
        if answer == "waiting":
            return
        self.stop()
        self.accept()
        if answer == "approved":
            self.approved.emit()
        elif answer == "refused":
            self.refused.emit(self.tr("管理员没有批准这台电脑：问清楚以后可以再申请"))
        else:
            self.refused.emit(self.tr("申请已经失效：请重新申请"))

    def _silent(self, error: Exception) -> None:
        self._asking = False
        self._say(self.tr("暂时连不上数据库，连上后接着等"), "warn")

    def _say(self, text: str, tone: str = "") -> None:
        set_property(self.state, "tone", tone)
        self.state.setText(text)


# ---- in workers ----------------------------------------------------------------------------------------------------


def ask_in(world: Any, data_dir: Any, address: str, desk: str, passphrase: str | None) -> Waiting:
    """Put the request into the database."""
    import platform

    from desktop.services import database, device_requests

    url = database.parse_url(address)
    return device_requests.ask_to_join(world, data_dir, url, desk, platform.node(), passphrase or None)


def asked_before(world: Any, data_dir: Any, address: str, passphrase: str | None) -> Waiting | None:
    """The request of an earlier start that nobody has answered."""
    from desktop.services import database, device_requests

    return device_requests.still_waiting(world, data_dir, database.parse_url(address), passphrase or None)


def answer_for(address: str, waiting: Waiting) -> Callable[[], Answer]:
    """What the waiting dialog asks again and again."""
    return partial(_answer, address, waiting)


def _answer(address: str, waiting: Waiting) -> Answer:
    from desktop.services import database, device_requests

    return device_requests.answer_to(database.parse_url(address), waiting.device_id)


def take_back(address: str, waiting: Waiting) -> None:
    """The request is no longer wanted."""
    from desktop.services import database, device_requests

    device_requests.take_back(database.parse_url(address), waiting.device_id)
