"""The middle of the till: how the money comes and the button that takes it; afterwards what was taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.labels import Card, Glyph, label
from desktop.views.overlays import BodyScroll
from desktop.views.paid_panel import PaidPanel
from desktop.views.pay_form import PayForm
from desktop.views.theme import theme


class TillPay(Card):
    """`form` and `button` ask for money, `paid` tells of it; one of the two is in front."""

    def __init__(self) -> None:
        super().__init__()
        self.form = PayForm()
        self.printer = label("", "small")
        self.button = Button(self.tr("收款并打印"), "primary", icon="banknote", key="Return", size="pay", writes=True)
        self.note = label(self.tr("收款后不能改，只能作废或冲红"), "small", wrap=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.printer_line = QWidget()
        printer = QHBoxLayout(self.printer_line)
        printer.setContentsMargins(0, 0, 0, 0)
        printer.setSpacing(6)
        printer.addWidget(Glyph("printer", "text-muted", 15))
        printer.addWidget(self.printer, 1)
        asking = QWidget()
        column = QVBoxLayout(asking)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(BodyScroll(self.form), 1)  # what does not fit is one turn of the wheel away, the button never
        column.addWidget(self.printer_line)
        column.addWidget(self.button)
        column.addWidget(self.note)
        self.paid = PaidPanel()
        self.stack = QStackedWidget()
        self.stack.addWidget(asking)
        self.stack.addWidget(self.paid)
        self.body.addWidget(self.stack)
        self._room = (False, True)
        self.stack.installEventFilter(self)

    @property
    def done(self) -> bool:
        """Whether the last payment is shown, not the next one asked for."""
        return self.stack.currentWidget() is self.paid

    def ask(self) -> None:
        """The next payment."""
        self.stack.setCurrentIndex(0)

    def tell(self) -> None:
        """What was taken, with the way on under the hand."""
        self.stack.setCurrentWidget(self.paid)
        self.paid.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to(self, field: str) -> None:
        """Place the focus where a problem is."""
        if field == "reference":
            self.form.reference.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.form.focus_given()

    def measure(self, low: bool) -> None:
        """Take the width of the look; on a `low` screen everything moves closer."""
        self.setFixedWidth(theme().panel("till-pay"))
        self.form.set_compact(low)
        self.body.setContentsMargins(*((14, 6, 14, 6) if low else (14, 10, 14, 10)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.stack and event.type() == QEvent.Type.Resize:
            self.make_room(*self._room)
        return super().eventFilter(watched, event)

    def make_room(self, low: bool, may_pay: bool) -> None:
        """The lines about paper give way to whatever has to be answered, where both do not fit."""
        self._room = (low, may_pay)
        self.form.set_compact(low or self.form.crowded)
        lines = self.printer_line.sizeHint().height() + self.note.sizeHint().height() + 16
        room = self.stack.height() - self.button.sizeHint().height() - 8
        tight = self.form.wants_room and (low or self.form.sizeHint().height() + lines > room)
        self.printer_line.setVisible(not tight)
        self.note.setVisible(not tight or not may_pay)
