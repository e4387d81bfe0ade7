"""What lies over the window: the scrim that keeps keys and mouse inside, and the scroll area that knows where Tab goes.

The sign-in card stands on these; `dialogs` has what asks for something.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QSizePolicy, QWidget
from shiboken6 import isValid

from desktop.views.keys import top_overlay
from desktop.views.painting import soft_shadow
from desktop.views.theme import theme


def focusable(root: QWidget) -> list[QWidget]:
    """The widgets inside `root` that Tab visits, in order."""
    found: list[QWidget] = []
    step = root.nextInFocusChain()
    while step is not None and step is not root:
        if (
            root.isAncestorOf(step)
            and step.isVisible()
            and step.isEnabled()
            and step.focusPolicy() & Qt.FocusPolicy.TabFocus
            and step.focusProxy() is None
        ):
            found.append(step)
        step = step.nextInFocusChain()
    return found


class Overlay(QWidget):
    """A child that covers the window with the scrim and keeps Tab, keys and mouse inside. Sign-in, lock and dialogs."""

    is_overlay = True

    def __init__(self, window: QWidget, *, scrim: bool = True) -> None:
        super().__init__(window)
        self._scrim = scrim
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._keep_focus)
        self.hide()

    def covered(self) -> QRect:
        """The part of the window that is covered; all of it."""
        return self.parentWidget().rect()

    def cover(self) -> None:
        """Come to the front, remembering where the focus was."""
        self._before = QApplication.focusWidget()
        self.setGeometry(self.covered())
        self.raise_()
        self.show()

    def return_to(self, widget: QWidget) -> None:
        """Give the focus to this widget afterwards: the page beneath has only now found what it stands on."""
        self._before = widget

    def uncover(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible() and before.isEnabled():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        """A page behind that has just got its rows takes the focus: it gets it when this goes away, not before, or
        what is typed meanwhile would be lost in it."""
        if now is None or not self.isVisible() or top_overlay(self.window()) is not self or not self._behind(now):
            return
        self._before = now
        ring = focusable(self)
        inside = old if old is not None and isValid(old) and self.isAncestorOf(old) else ring[0] if ring else None
        if inside is not None:
            inside.setFocus(Qt.FocusReason.OtherFocusReason)

    def _behind(self, widget: QWidget) -> bool:
        """Whether a widget lies behind this in the same window; a toast lies before it."""
        window: QWidget | None = self.parentWidget()
        child: QWidget | None = widget
        while child is not None and child.parentWidget() is not window:
            child = child.parentWidget()
        beside = window.children() if window is not None else []
        return child in beside and beside.index(child) < beside.index(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self.setGeometry(self.covered())
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        ring = focusable(self)
        if not ring:
            return True
        here = QApplication.focusWidget()
        at = ring.index(here) if here in ring else (-1 if forward else 0)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        ring[(at + (1 if forward else -1)) % len(ring)].setFocus(reason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # a click beside the card neither closes it nor reaches the page

    def shaded(self) -> QRectF | None:
        """Where a soft shadow belongs, or None."""
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._scrim:
            painter.fillRect(self.rect(), QColor(theme().colour("scrim")))
        box = self.shaded()
        if box is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            soft_shadow(painter, box, 12)


class BodyScroll(QScrollArea):
    """Scrolls up and down only, asks for as much height as its content would like, keeps the focus in sight.

    `gutter` is kept free right of the content and takes the scroll bar, so that no line breaks because of it. With
    `grows` what holds it is asked for more room whenever its content wants more: a message of two lines.
    """

    def __init__(
        self, content: QWidget, parent: QWidget | None = None, *, gutter: int = 0, grows: bool = False
    ) -> None:
        super().__init__(parent)
        self._gutter, self._grows = gutter, grows
        content.setObjectName("Clear")
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        content.setAutoFillBackground(False)  # the viewport is made transparent by the sheet
        if gutter:
            self.verticalScrollBar().rangeChanged.connect(self._make_room)
            self._make_room(0, 0)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def _make_room(self, _least: int, most: int) -> None:
        layout = self.widget().layout()
        margins = layout.contentsMargins()
        bar = self.verticalScrollBar().sizeHint().width() if most else 0
        margins.setRight(max(0, self._gutter - bar))
        layout.setContentsMargins(margins)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """A focus set by the program, not by Tab, must not lie below the edge."""
        if now is not None and self.widget().isAncestorOf(now):
            QTimer.singleShot(0, self, self._show_focus)

    def _show_focus(self) -> None:
        here = QApplication.focusWidget()
        if here is not None and self.widget().isAncestorOf(here):
            self.ensureWidgetVisible(here, 0, 12)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and self._grows and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        content = self.widget()
        wide = max(content.sizeHint().width(), content.minimumSizeHint().width())
        high = content.heightForWidth(self.width()) if content.hasHeightForWidth() else -1
        return QSize(wide, max(content.sizeHint().height(), high))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.widget().minimumSizeHint().width(), min(80, self.widget().minimumSizeHint().height()))

    def focusNextPrevChild(self, forward: bool) -> bool:
        # QScrollArea would go on by itself and could leave the dialog; the overlay decides where Tab goes.
        outer = self.parentWidget()
        while outer is not None and not isinstance(outer, Overlay):
            outer = None if outer.isWindow() else outer.parentWidget()
        if outer is None:
            return super().focusNextPrevChild(forward)
        moved = outer.focusNextPrevChild(forward)
        here = QApplication.focusWidget()
        if here is not None and self.widget().isAncestorOf(here):
            self.ensureWidgetVisible(here, 20, 30)
        return moved
