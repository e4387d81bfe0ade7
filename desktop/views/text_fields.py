"""Fields of one line of text: names, search, passwords. The sign-in card stands on these; `fields` has the others.

What comes in is normalised, and while an input method composes nothing fires. Every field has `value()`,
`set_value(v)`, `changed` (Signal without arguments), `set_state("" | "error" | "doubt")` and `problem()`: what is wrong
with the text by itself, in Chinese, or "" (whether it fits the office is the service's).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QResizeEvent, QValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.views.composing import Composing
from desktop.views.keys import asks_for_key, leaves_field, swallows_enter
from desktop.views.labels import set_property
from desktop.views.painting import width
from desktop.views.theme import theme

_PUNCTUATION = "，！？：；（）～"
"""Full-width forms that are Chinese punctuation, not somebody's forgotten full-width mode."""


def _plain(character: str) -> str:
    """Full-width digits, letters, signs and the wide space, and compatibility ideographs, in their usual form."""
    point = ord(character)
    wide = (0xFF01 <= point <= 0xFF5E and character not in _PUNCTUATION) or point == 0x3000
    ideograph = 0x2E80 <= point <= 0x2FDF or 0xF900 <= point <= 0xFAFF or 0x2F800 <= point <= 0x2FA1F
    return unicodedata.normalize("NFKC", character) if wide or ideograph else character


def clean_text(text: str) -> str:
    """Free text as it is stored: NFC, with NFKC for letters, digits and ideographs, without anything invisible.

    Chinese punctuation stays as typed: plain NFKC would turn 「，」 into a comma and 「①」 into 1 in every note.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(_plain(character) for character in _BREAKS.sub("\n", text) if _visible(character))
    return unicodedata.normalize("NFC", kept)


def clean_line(text: str) -> str:
    """`clean_text` for a field of one line: what was pasted in several lines is one, Chinese without a gap."""
    text = clean_text(text)
    if "\n" not in text and "\t" not in text:
        return text
    return re.sub(_FOLD, " ", re.sub(_FOLD_CHINESE, "", text))


def _visible(character: str) -> bool:
    """Control and zero-width characters, marks of direction and halves of a broken pair are seen by nobody."""
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_FOLD_CHINESE = rf"(?<=[{_WIDE}])[ \t]*[\n\t]\s*(?=[{_WIDE}])"
"""Compiled by the first text that was pasted in several lines: so wide a set takes 6 ms, and none is at the sign-in."""
_FOLD = r"[ ]*[\n\t]\s*"


def clean_code(text: str) -> str:
    """A code, number or date: full NFKC, without any blanks."""
    return re.sub(r"\s+", "", "".join(c for c in unicodedata.normalize("NFKC", text) if _visible(c)))


class _Cleaner(QValidator):
    """Cleans what is typed, pasted or committed before any signal of the field tells of it."""

    def __init__(self, clean: Callable[[str], str], limit: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._clean, self._limit = clean, limit

    def validate(self, text: str, position: int) -> object:
        cleaned = self._clean(text)[: self._limit]  # by code point: maxLength would cut 𬭎 in half
        if cleaned != text:
            position = min(len(self._clean(text[:position])), len(cleaned))
        return QValidator.State.Acceptable, cleaned, position


class TextField(Composing, QLineEdit):
    """A line of free text. Signals: changed(); entered() for Enter, which otherwise moves to the next field."""

    changed = Signal()
    entered = Signal()
    sample = ""
    """The longest usual text: the field is never laid out narrower than this."""

    def __init__(
        self,
        text: str = "",
        *,
        hint: str = "",
        limit: int = 200,
        clean: Callable[[str], str] = clean_line,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.enter_moves_on = True
        self.keeps_enter = False
        """Enter means something here although it does not move on: no button of the page takes it."""
        self.setValidator(_Cleaner(clean, limit, self))
        self.setPlaceholderText(hint)
        self.set_value(text)
        self.textChanged.connect(self._tell)

    def value(self) -> str:
        """What is typed, without blanks around it. Text still being composed does not count."""
        return self.text().strip()

    def set_value(self, value: str) -> None:
        self.setText(value)
        self.setCursorPosition(0)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        """Show "error", "doubt" or nothing; the focus colour always wins over both."""
        set_property(self, "state", state)

    def _tell(self) -> None:
        self.changed.emit()

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        if not self.sample:
            return least
        role = "figure" if self.property("kind") == "money" else "body"
        glyphs = theme().scaled(30) * len(self.actions())
        return QSize(max(least.width(), round(width(theme().font(role), self.sample)) + 26 + glyphs), least.height())

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def event(self, event: QEvent) -> bool:
        if (self.enter_moves_on or self.keeps_enter) and asks_for_key(event) and swallows_enter(event):
            event.accept()  # or an Enter button of the page behind the dialog would eat it
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if leaves_field(event):
            self.entered.emit()
            if self.enter_moves_on:
                self.focusNextPrevChild(True)
            return
        if event.modifiers() == Qt.KeyboardModifier.AltModifier and Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_9:
            event.ignore()  # a key of some page, pressed where it means nothing: it wrote its digit over the amount
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()


_BESIDE_HINT = 58
"""Glass, margins and a little air in a search box."""


def set_icon(action: QAction, name: str) -> None:
    """The glyph inside a field, in the colour of now; a change of style that leaves it as it is costs nothing."""
    icon = theme().qicon(name, "text-muted")
    if icon.cacheKey() != action.icon().cacheKey():
        action.setIcon(icon)


class SearchField(TextField):
    """A search box. Signals: searched(text) once a keystroke or commit, never for text still being composed."""

    searched = Signal(str)

    def __init__(self, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(hint=hint, limit=60, clean=_clean_search, parent=parent)
        self._hint = hint
        self.setProperty("kind", "search")
        self.enter_moves_on = False
        self.textEdited.connect(self._searched)
        self._glass = QAction(self)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow box names as many of 「姓名 / 拼音 / 房号」 as it has room for."""
        super().resizeEvent(event)
        room = self.width() - _BESIDE_HINT
        parts = self._hint.split(" / ")
        fits = (" / ".join(parts[:count]) for count in range(len(parts), 0, -1))
        self.setPlaceholderText(next((hint for hint in fits if width(self.font(), hint) <= room), parts[0]))

    def _searched(self, text: str) -> None:
        self.searched.emit(text.strip())

    def _tint(self) -> None:
        set_icon(self._glass, "search")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_glass"):
            self._tint()
        super().changeEvent(event)


def _clean_search(text: str) -> str:
    return unicodedata.normalize("NFKC", clean_line(text))


class PasswordField(TextField):
    """A password, hidden, with an eye to look at it and a note of Caps Lock. Signals: caps_lock(on)."""

    caps_lock = Signal(bool)

    def __init__(self, hint: str = "", parent: QWidget | None = None) -> None:
        # A password is taken as typed: normalising it would lock out somebody who chose a full-width letter.
        super().__init__(hint=hint, limit=256, clean=str, parent=parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData)
        self._eye = QAction(self)
        self._eye.triggered.connect(self._look)
        self.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self._caps = False
        self._tint()

    def value(self) -> str:
        return self.text()

    def wipe(self) -> None:
        """Empty the field when its form closes."""
        self.clear()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._tint()

    def _look(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._tint()

    def _tint(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        set_icon(self._eye, "eye-off" if hidden else "eye")
        self._eye.setToolTip(self.tr("显示密码") if hidden else self.tr("隐藏密码"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_eye"):
            self._tint()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letter = event.text()
        if len(letter) == 1 and letter.isascii() and letter.isalpha():
            # Qt cannot ask for the lock itself: a capital without Shift (or the reverse) gives it away.
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._set_caps(letter.isupper() != shifted)
        elif event.key() == Qt.Key.Key_CapsLock:
            self._set_caps(not self._caps if self._caps else False)
        super().keyPressEvent(event)

    def _set_caps(self, on: bool) -> None:
        if on != self._caps:
            self._caps = on
            self.caps_lock.emit(on)
