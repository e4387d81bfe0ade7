"""Section 我的: one's own password, and how the program looks on this PC."""

from __future__ import annotations

from dataclasses import replace

from desktop.preferences import Theme, TypeSize
from desktop.views import theme as look
from desktop.views.admin.passwords import OwnPasswordDialog
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.forms import Form
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment

SIZES = {
    TypeSize.SMALL: look.TypeSize.COMPACT,
    TypeSize.NORMAL: look.TypeSize.STANDARD,
    TypeSize.LARGE: look.TypeSize.LARGE,
}


class MineSection(Section):
    """A press changes the look at once; this PC remembers it."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        person = self.card(self.tr("我的密码"), self.tr("用「{name}」登录").format(name=shell.session.actor.name))
        self.password = Button(self.tr("修改密码"), "secondary", icon="key-round", key="Alt+1", slot=self._password)
        self.add_button(person, self.password)
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

    def _password(self) -> None:
        self.shell.open(OwnPasswordDialog(self.shell.frame, self.shell.session))

    def _switch(self) -> None:
        shade, size = Theme(str(self.shade.value())), TypeSize(str(self.type_size.value()))
        session = self.shell.session
        session.save_preferences(replace(session.preferences, theme=shade, type_size=size))
        wanted = look.system_shade() if shade is Theme.SYSTEM else look.Shade(shade.value)
        look.theme().switch(wanted, SIZES[size])

    def hints(self) -> str:
        return self.tr("方向键换外观")
