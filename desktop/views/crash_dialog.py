"""The report of a bug of ours, to be copied."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.messages import Message


class CrashDialog(Dialog):
    """Our bug: what did not happen, what is safe, and a report without personal data to copy."""

    help_topic = "trouble"
    writes = False

    def __init__(self, window: QWidget, message: Message) -> None:
        super().__init__(
            window,
            self.tr("程序出了意外"),
            primary=self.tr("复制报告"),
            primary_icon="copy",
            cancel=self.tr("继续使用"),
            wide=640,
        )
        self._report = message.report
        self.body.addWidget(label(f"{message.text}。{message.safe}。", wrap=True))
        self.body.addWidget(
            label(self.tr("把下面的报告发给维护人员。里面没有姓名、电话和证件号。"), "small", wrap=True)
        )
        text = QPlainTextEdit(message.report)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setAccessibleName(self.tr("错误报告"))
        text.setMinimumHeight(120)
        self.body.addWidget(text, 1)

    def submit(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self.note.setText(self.tr("已复制"))
