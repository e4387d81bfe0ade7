"""Step 数据库: the embedded database of this PC, or the address of a PostgreSQL server, which is tried first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.first_start.step import StepView
from desktop.views.forms import Form, MessageLine
from desktop.views.labels import Fact, FactList, Well, label
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField, clean_code

HERE, SERVER = "here", "server"


def passfile() -> str:
    """Where libpq, the PostgreSQL client, looks for passwords on this system."""
    return r"%APPDATA%\postgresql\pgpass.conf" if sys.platform == "win32" else "~/.pgpass"


class DatabaseStep(StepView):
    """`run` is the window's: the address is tried off the GUI thread.

    Signals: office_found(address) when somebody has made an office there already.
    """

    office_found = Signal(str)

    def __init__(self, run: Callable[..., Any], data_dir: Path, unfit: str, address: str = "") -> None:
        super().__init__(
            self.tr("怎么选"),
            (
                self.tr("一台电脑的前台：选「本机」，不用装别的，备份也在这里。"),
                self.tr("几台电脑一起用：选 PostgreSQL，由管理员在服务器上先建一个空库。"),
                self.tr("以后要换，可以用备份搬过去。"),
            ),
        )
        self._run, self._unfit = run, unfit
        self._tried = ""
        self._then: Callable[[], object] | None = None
        self.way = Segment(
            [
                Option(HERE, self.tr("本机（推荐）"), "hard-drive"),
                Option(SERVER, self.tr("PostgreSQL 服务器"), "server"),
            ],
            SERVER if unfit or address else HERE,
        )
        self.way.setAccessibleName(self.tr("数据存在哪里"))
        self.way.changed.connect(self._way_changed)
        self.card.body.addWidget(label(self.tr("数据存在哪里"), "strong"))
        self.card.body.addWidget(self.way)
        self.card.body.addWidget(self._here(data_dir))
        self.card.body.addWidget(self._server(address))
        self.card.body.addStretch(1)
        self._show_way()

    def _here(self, data_dir: Path) -> QWidget:
        self.local = Well("danger" if self._unfit else "")
        self.local.body.addWidget(
            FactList(
                [Fact(self.tr("位置"), str(data_dir)), Fact(self.tr("引擎"), self.tr("SQLite，内置，一台电脑独用"))]
            )
        )
        self.local_message = MessageLine()
        self.local_message.set(self._unfit, "danger" if self._unfit else "")
        self.local_message.setVisible(bool(self._unfit))
        self.local.body.addWidget(self.local_message)
        return self.local

    def _server(self, address: str) -> QWidget:
        self.server = QWidget()
        form = Form(1, parent=self.server)
        self.address = TextField(address, hint="postgresql://anju@192.168.1.10:5432/anju", limit=300, clean=clean_code)
        self.address.setAccessibleName(self.tr("数据库地址"))
        form.add("database", self.tr("数据库地址"), self.address, required=True)
        form.changed.connect(self._typed)
        self.form = form
        self.try_button = Button(
            self.tr("测试连接"), "secondary", icon="plug", key="Alt+1", size="small", slot=self._try
        )
        self.result = label("", "small", wrap=True)
        self.line = label("", "small", wrap=True, select=True)
        copy = Button(self.tr("复制这一行"), "quiet", icon="copy", key="Alt+2", size="small", slot=self._copy)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.try_button)
        row.addWidget(self.result, 1)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self.line, 1)
        second.addWidget(copy)
        column = QVBoxLayout(self.server)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(form)
        column.addLayout(row)
        column.addWidget(label(self._passwords(), "small", wrap=True))
        column.addLayout(second)
        self._show_line()
        return self.server

    def _passwords(self) -> str:
        return self.tr(
            "地址里不写密码，安居前台也不保存它。服务器要密码时，"
            "写进这台电脑上 PostgreSQL 自己的密码文件 {file}，一行一个："
        ).format(file=passfile())

    def _show_line(self) -> None:
        self.line.setText(self._pass_line())

    def _pass_line(self) -> str:
        """The line libpq wants, made from the address as typed; * where it does not tell."""
        rest = self.address.value().partition("://")[2]
        user, at, where = rest.rpartition("@")
        host, _, base = where.partition("/")
        name, _, port = host.partition(":")
        user = user.partition(":")[0] if at else ""
        base = base.partition("?")[0]
        return ":".join((name or "*", port or "5432", base or "*", user or "*", self.tr("密码")))

    # what is chosen

    @property
    def local_chosen(self) -> bool:
        return self.way.value() == HERE

    def values(self) -> dict[str, Any]:
        return {"database": "" if self.local_chosen else self.address.value()}

    def own_problems(self) -> dict[str, str]:
        if self.local_chosen:
            return {"database": self._unfit} if self._unfit else {}
        return (
            {}
            if self.address.value()
            else {"database": self.tr("写上数据库地址，例如 postgresql://anju@服务器:5432/anju")}
        )

    def show_problems(self, problems: Mapping[str, str]) -> None:
        if self.local_chosen:
            text = problems.get("database", "") or self._unfit
            self.local_message.set(text, "danger" if text else "")
            self.local_message.setVisible(bool(text))
        else:
            super().show_problems(problems)

    def entered(self) -> None:
        (self.way if self.local_chosen else self.address).setFocus()

    def focus_problem(self) -> None:
        self.entered()

    def may_go_on(self, then: Callable[[], object]) -> bool:
        if self.local_chosen or self._tried == self.address.value():
            return True
        self._then = then
        self._try()
        return False

    def barred(self) -> str:
        return self.tr("正在测试连接") if not self.try_button.isEnabled() else ""

    def _way_changed(self) -> None:
        self._show_way()
        self.changed.emit()

    def _show_way(self) -> None:
        self.local.setVisible(self.local_chosen)
        self.server.setVisible(not self.local_chosen)

    def _typed(self) -> None:
        self._tried = ""
        self.result.setText("")
        self._show_line()
        self.changed.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._pass_line())
        self.result.setText(self.tr("已复制，把「密码」两个字换成真的密码"))

    # trying

    def _try(self) -> None:
        if not self.address.value() or not self.try_button.isEnabled():
            self.address.setFocus()
            return
        self.try_button.disable(self.tr("正在测试连接"))
        self.result.setText(self.tr("正在连接…"))
        self.changed.emit()
        self._asked_for = self.address.value()
        self._run(_Trial(self._asked_for), self._answered, self._refused, busy=self.tr("正在测试连接"))

    def _answered(self, found: Any) -> None:
        self.try_button.enable()
        then, self._then = self._then, None
        if self.address.value() != self._asked_for:
            return
        if found.office:
            self._refused_with(self.tr("这个库里已经有一个管理处：要新建，请换一个空库"))
            self.office_found.emit(self._asked_for)
            return
        self._tried = self._asked_for
        self.result.setText(
            self.tr("连上了：PostgreSQL {version}，是空库，可以用").format(version=found.version.split()[0])
        )
        self.show_problems({})
        self.changed.emit()
        if then is not None:
            then()

    def _refused(self, error: Exception) -> None:
        self.try_button.enable()
        self._then = None
        self._refused_with(getattr(error, "message", "") or str(error))

    def _refused_with(self, text: str) -> None:
        self.result.setText("")
        self.changed.emit()
        self.show_problems({"database": text})
        self.address.setFocus()


class _Trial:
    """The address, tried in a worker."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __call__(self) -> Any:
        from desktop.services import database

        return database.test_address(self._address)
