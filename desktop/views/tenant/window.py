"""The window a tenant looks at: one thing at a time, large, with nothing of anybody else."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import NIL
from desktop.views.buttons import Button
from desktop.views.keys import bind
from desktop.views.labels import Glyph, MoneyLabel, PictureLabel, label
from desktop.views.notice_view import NoticeView
from desktop.views.tenant.showing import AmountShown, Blank, PaperShown, Showing, SignAsked
from desktop.views.tenant.signature_pad import SignaturePad

_LEAST_CODE, _MOST_CODE = 150, 460


class TenantWindow(QWidget):
    """Signals: signed() when the tenant confirms; touched() with every line of the pen; left() for F12, Esc or a close.

    `turned`: there is one screen only, which the clerk turns round; the foot then says how it comes back.
    """

    signed = Signal()
    touched = Signal()
    left = Signal()

    def __init__(self, office: str, *, turned: bool) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.turned = turned
        self.setObjectName("Canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(self.tr("客户屏 · 安居前台"))
        if not turned:  # the clerk's keys stay in the clerk's window
            self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._stack = QStackedWidget()
        self._pages = {
            Blank: self._blank(office), PaperShown: self._paper(), AmountShown: self._amount(), SignAsked: self._sign(),
        }  # fmt: skip
        for page in self._pages.values():
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 20, 28, 14)
        column.setSpacing(10)
        column.addWidget(self._stack, 1)
        self.foot = label(self.tr("只有一块屏幕：请把屏幕转给客户看，按 F12 收回"), "muted", wrap=True)
        self.foot.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.foot.setVisible(turned)
        column.addWidget(self.foot)
        bind(self, "F12", self.left.emit)
        bind(self, "Esc", self.left.emit)
        self.show_it(Blank())

    # the pages

    def _blank(self, office: str) -> QWidget:
        page, column = _page()
        column.addStretch(1)
        column.addWidget(Glyph("house", "primary", 56), 0, Qt.AlignmentFlag.AlignHCenter)
        self.welcome = label(office, "page")
        self.welcome.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thanks = label(self.tr("谢谢"), "title")
        self.thanks.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.welcome)
        column.addWidget(self.thanks)
        column.addStretch(1)
        return page

    def _paper(self) -> QWidget:
        page, column = _page()
        head = QHBoxLayout()
        self.paper_title, self.paper_version = label("", "page"), label("", "muted")
        head.addWidget(self.paper_title)
        head.addWidget(self.paper_version, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        column.addLayout(head)
        self.paper = NoticeView("title")
        column.addWidget(self.paper, 1)
        return page

    def _amount(self) -> QWidget:
        page, column = _page()
        column.addStretch(1)
        self.due_words, self.due = label("", "page"), MoneyLabel(NIL, role="display")
        self.given_words, self.given = label(self.tr("收到"), "page"), MoneyLabel(NIL, role="total")
        self.change_words, self.change = label(self.tr("找零"), "page"), MoneyLabel(NIL, role="total", tone="ok")
        self.code, self.code_words = PictureLabel(), label("", "page")
        self.code.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._measure()
        centre = Qt.AlignmentFlag.AlignHCenter
        for words, money in (
            (self.due_words, self.due), (self.given_words, self.given), (self.change_words, self.change),
        ):  # fmt: skip
            column.addWidget(words, 0, centre)
            column.addWidget(money, 0, centre)
        column.addSpacing(6)
        column.addWidget(self.code, 0, centre)
        column.addWidget(self.code_words, 0, centre)
        column.addStretch(1)
        return page

    def _sign(self) -> QWidget:
        page, column = _page()
        self.sign_title = label("", "page")
        self.sign_lines = NoticeView("title")
        self.pad = SignaturePad()
        self.trouble = label("", "error", wrap=True)
        self.wipe = Button(self.tr("重写"), "secondary", icon="rotate-ccw", slot=self._wipe)
        self.confirm = Button(self.tr("确认签名"), "primary", icon="signature", size="pay", slot=self.signed.emit)
        self.pad.drawn.connect(self._drawn)
        row = QHBoxLayout()
        row.addWidget(self.wipe)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.confirm)
        column.addWidget(self.sign_title)
        column.addWidget(self.sign_lines, 3)
        column.addWidget(self.pad, 4)
        column.addLayout(row)
        return page

    # what is shown

    def show_it(self, showing: Showing) -> None:
        """Show this and nothing else: what stood here before is gone from every widget."""
        self._forget()
        if isinstance(showing, Blank):
            self.thanks.setVisible(showing.thanks)
        elif isinstance(showing, PaperShown):
            self.paper_title.setText(showing.title)
            self.paper_version.setText(showing.version)
            self.paper.show_lines(showing.lines)
        elif isinstance(showing, AmountShown):
            self._show_amount(showing)
        else:
            self.sign_title.setText(showing.title)
            self.sign_lines.show_lines(showing.lines)
        self._stack.setCurrentWidget(self._pages[type(showing)])

    def _forget(self) -> None:
        for words in (self.paper_title, self.paper_version, self.sign_title, self.trouble, self.code_words):
            words.setText("")
        for view in (self.paper, self.sign_lines):
            view.show_lines(())
        for money in (self.due, self.given, self.change):
            money.set_amount(NIL)
        self.code.set_picture(QPixmap())
        if not self.pad.empty:
            self.pad.wipe()
        self.confirm.disable(self.tr("签好名再确认"))

    def _show_amount(self, showing: AmountShown) -> None:
        self.due_words.setText(self.tr("已收款，谢谢") if showing.paid else self.tr("应付"))
        self.due.set_amount(showing.due)
        for words, money, amount in (
            (self.given_words, self.given, showing.given), (self.change_words, self.change, showing.change),
        ):  # fmt: skip
            money.set_amount(amount)
            words.setVisible(amount > NIL)
            money.setVisible(amount > NIL)
        picture = QPixmap()
        coded = bool(showing.code) and not showing.paid and picture.loadFromData(showing.code)
        self.code.set_picture(picture if coded else QPixmap())
        self.code.setVisible(coded)
        self.code_words.setText(self.tr("请用{way}扫码付款").format(way=showing.way) if coded else "")
        self.code_words.setVisible(coded)

    def _measure(self) -> None:
        """The code is as large as the screen allows: a telephone reads it from over the counter."""
        side = max(_LEAST_CODE, min(_MOST_CODE, self.height() * 2 // 5))
        self.code.setFixedSize(side, side)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def turn(self, pages: int) -> None:
        """Turn the paper that is read, with the clerk's PgUp and PgDn."""
        for view in (self.paper, self.sign_lines):
            view.turn(pages)

    def say(self, text: str) -> None:
        """Why the signature was not taken."""
        self.trouble.setText(text)

    def _wipe(self) -> None:
        self.pad.wipe()

    def _drawn(self) -> None:
        self.trouble.setText("")
        self.confirm.allow(self.tr("签好名再确认") if self.pad.empty else "")
        self.touched.emit()

    def place(self, box: QRect) -> None:
        """Fill a screen, or the window of the clerk."""
        self.setGeometry(box)
        if self.turned:
            self.show()
            self.activateWindow()
        else:
            self.setWindowState(Qt.WindowState.WindowFullScreen)
            self.show()  # showFullScreen would take the keys from the clerk

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.left.emit()


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(10)
    return page, column
