"""F1: the keys that work everywhere and those of the page in front."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.views.buttons import KeyCap
from desktop.views.dialogs import Dialog
from desktop.views.labels import label

FIXED_KEYS = (
    ("F1", "帮助"),
    ("F2", "入住"),
    ("F3", "显示一项原文"),
    ("F4", "收款"),
    ("F5", "刷新"),
    ("F6", "打印、补打"),
    ("Shift+F6", "打印队列"),
    ("F7", "报修"),
    ("F8", "交班"),
    ("F9", "锁定"),
    ("Ctrl+K", "搜索"),
    ("Ctrl+Return", "保存"),
    ("Ctrl+Z", "撤销"),
    ("Ctrl+E", "编辑"),
    ("Ctrl+N", "写一条"),
    ("Alt+Down", "下一处错误"),
    ("Alt+Left", "返回"),
    ("Esc", "返回、取消"),
    ("Space", "勾选"),
)
_COLUMNS = 3


class KeysDialog(Dialog):
    """The list of keys; nothing to save, Esc or the button closes it."""

    writes = False

    def __init__(self, window: QWidget, hints: str = "") -> None:
        super().__init__(window, self.tr("快捷键"), primary=self.tr("知道了"), cancel=self.tr("关闭"), wide=640)
        self.cancel_button.hide()
        self.primary.set_key("Esc")
        if hints:
            self.body.addWidget(label(self.tr("这一页"), "label"))
            self.body.addWidget(label(hints, wrap=True))
        self.body.addWidget(label(self.tr("到处都能用"), "label"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        for at, (key, words) in enumerate(FIXED_KEYS):
            line, column = divmod(at, _COLUMNS)
            grid.addWidget(KeyCap(key), line, column * 2)
            grid.addWidget(label(self.tr(words)), line, column * 2 + 1)
            grid.setColumnStretch(column * 2 + 1, 1)
        self.body.addLayout(grid)

    def submit(self) -> None:
        self.cancel()
