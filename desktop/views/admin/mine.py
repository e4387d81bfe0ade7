"""Section 我的: one's own password and PIN, and how the program looks on this PC."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout

from desktop.preferences import Theme, TypeSize
from desktop.services import pins
from desktop.services.acts import Op
from desktop.services.pins import OwnPin
from desktop.views import theme as look
from desktop.views.admin.passwords import OwnPasswordDialog
from desktop.views.admin.pin_dialog import PinDialog
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.forms import Form
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment

SIZES = {
    TypeSize.SMALL: look.TypeSize.COMPACT,
    TypeSize.NORMAL: look.TypeSize.STANDARD,
    TypeSize.LARGE: look.TypeSize.LARGE,
}


class MineSection(Section):
    """A press changes the look at once; this PC remembers it."""

    help_topic = "settings.mine"

    tables = frozenset({"staff_member", "known_here", "setting"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        person = self.card(self.tr("我的密码"), self.tr("用「{name}」登录").format(name=shell.session.actor.name))
        self.password = Button(self.tr("修改密码"), "secondary", icon="key-round", key="Alt+1", slot=self._password)
        self.add_button(person, self.password)
        own = self.card(self.tr("我的 PIN"), self.tr("离开座位按 F9 锁屏，回来输几位数字就接着办，不用输整个密码。"))
        self.pin_state = label("", "body", wrap=True)
        own.body.addWidget(self.pin_state)
        self.pin = Button(self.tr("设一个 PIN"), "secondary", icon="lock-open", key="Alt+2", slot=self._pin)
        self.drop = Button(self.tr("不用 PIN 了"), "quiet", key="Alt+3", slot=self._drop)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.pin)
        buttons.addWidget(self.drop)
        buttons.addStretch(1)
        own.body.addLayout(buttons)
        self.known: OwnPin | None = None
        self.pin.disable(self.tr("正在读取"))
        self.drop.hide()
        looks = self.card(self.tr("外观"), self.tr("只改这台电脑，马上生效。"))
        form = Form(2)
        preferences = shell.session.preferences
        self.shade = Segment(
            [
                Option(Theme.SYSTEM, self.tr("跟随系统"), "monitor"),
                Option(Theme.LIGHT, self.tr("浅色"), "sun"),
                Option(Theme.DARK, self.tr("深色"), "moon"),
            ],
            preferences.theme,
        )
        self.type_size = Segment(
            [
                Option(TypeSize.SMALL, self.tr("紧凑")),
                Option(TypeSize.NORMAL, self.tr("标准")),
                Option(TypeSize.LARGE, self.tr("大")),
            ],
            preferences.type_size,
        )
        form.add("shade", self.tr("深浅"), self.shade)
        form.add("size", self.tr("字号"), self.type_size)
        looks.body.addWidget(form)
        self.column.addStretch(1)
        self.shade.changed.connect(self._switch)
        self.type_size.changed.connect(self._switch)

    def entered(self) -> None:
        self.password.setFocus()
        self.refresh()

    def refresh(self) -> None:
        self.shell.run(partial(self.shell.session.read, pins.own_pin), self.show_pin)

    def show_pin(self, known: OwnPin) -> None:
        """Say whether there is a PIN and whether it opens this PC."""
        self.known = known
        self.pin.enable()
        self.pin.setText(self.tr("换一个 PIN") if known.chosen else self.tr("设一个 PIN"))
        self.pin.updateGeometry()
        self.drop.setVisible(known.chosen)
        if not known.chosen:
            words = self.tr("还没有设 PIN，现在只能用密码解锁。")
        elif known.works_here:
            words = self.tr("已设好，在这台电脑上可以用。")
        else:
            words = self.tr("已设好，但在这台电脑上要先用密码登录一次。")
        self.pin_state.setText(words)

    def _pin(self) -> None:
        if self.known is not None:
            self.shell.open(PinDialog(self.shell, self.known))

    def _drop(self) -> None:
        work = partial(self.shell.session.act, Op.SET_PIN, pins.drop_pin)
        self.shell.run(work, self._dropped, write=True)

    def _dropped(self, _nothing: object) -> None:
        self.shell.toast(self.tr("PIN 已取消，以后用密码解锁"))

    def _password(self) -> None:
        self.shell.open(OwnPasswordDialog(self.shell))

    def _switch(self) -> None:
        shade, size = Theme(str(self.shade.value())), TypeSize(str(self.type_size.value()))
        session = self.shell.session
        session.save_preferences(session.preferences._replace(theme=shade, type_size=size))
        wanted = look.system_shade() if shade is Theme.SYSTEM else look.Shade(shade.value)
        look.theme().switch(wanted, SIZES[size])

    def hints(self) -> str:
        return self.tr("Alt+1 改密码 · Alt+2 设 PIN · 方向键换外观")
