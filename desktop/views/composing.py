"""Text under way in an input method 输入法: its keys are its own, and what it shows is never lost without a word.

A base beside QLineEdit or QPlainTextEdit. `keys.is_composing()` asks the focused field, so that no key of a page fires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QInputMethodEvent
    from PySide6.QtWidgets import QPlainTextEdit

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)


class Composing:
    """`composing` while unfinished text is shown, `preedit` what it is.

    Left in the middle, the field keeps that text: an input method that did not commit it itself would leave it on the
    screen and nowhere else.
    """

    composing = False
    preedit = ""

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)  # type: ignore[misc]
        self.preedit = event.preeditString()
        self.composing = bool(self.preedit)

    def event(self, event: QEvent) -> bool:
        if self.composing and event.type() in _KEYS and isinstance(event, QKeyEvent):
            # Enter chooses a word, digits a candidate, F-keys and Ctrl Enter are nobody's meanwhile. Only Esc, should
            # it come through, ends a composition whose input method is gone.
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.drop_preedit()
            event.accept()
            return True
        return bool(super().event(event))  # type: ignore[misc]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.keep_preedit()
        super().focusOutEvent(event)  # type: ignore[misc]

    def drop_preedit(self) -> None:
        """Take the unfinished text back."""
        from PySide6.QtGui import QInputMethodEvent

        QGuiApplication.inputMethod().reset()
        self.inputMethodEvent(QInputMethodEvent())

    def keep_preedit(self, *, select: bool = False, quietly: bool = False) -> None:
        """Make the unfinished text part of the field, by the input method or, when it does not, as it stands.

        `select`: it is selected, so that typing on replaces it. `quietly`: no signal tells of it.
        """
        if not self.composing:
            return
        from PySide6.QtGui import QInputMethodEvent  # not at first paint, nor the classes of notes below

        field: QLineEdit | QPlainTextEdit = self  # type: ignore[assignment]
        blocked = field.blockSignals(quietly or field.signalsBlocked())
        start = _cursor(field)
        QGuiApplication.inputMethod().commit()
        if self.composing:
            done = QInputMethodEvent()
            done.setCommitString(self.preedit)
            self.inputMethodEvent(done)
        if select:
            _select(field, start)
        field.blockSignals(blocked)


def _cursor(field: QLineEdit | QPlainTextEdit) -> int:
    if isinstance(field, QLineEdit):
        return field.selectionStart() if field.hasSelectedText() else field.cursorPosition()
    return min(field.textCursor().position(), field.textCursor().anchor())


def _select(field: QLineEdit | QPlainTextEdit, start: int) -> None:
    if isinstance(field, QLineEdit):
        field.setSelection(start, max(0, field.cursorPosition() - start))
        return
    cursor = field.textCursor()
    end = cursor.position()
    cursor.setPosition(min(start, end))
    cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)
