"""Fields to type into: what comes in is normalised, and while an input method composes nothing fires.

Every field has `value()`, `set_value(v)`, `changed` (Signal without arguments), `set_state("" | "error" | "doubt")`
and `problem()`: what is wrong with the text by itself, in Chinese, or "" (whether it fits the office is the service's).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QResizeEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from desktop.models.values import Money
from desktop.views.composing import Composing
from desktop.views.keys import swallows_enter
from desktop.views.labels import set_property
from desktop.views.painting import width
from desktop.views.theme import theme

_PUNCTUATION = "，！？：；（）～"
"""Full-width forms that are Chinese punctuation, not somebody's forgotten full-width mode."""
_LIMIT = Money.yuan(1_000_000_000)
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


def _odd_comma(text: str) -> bool:
    """Whether a comma stands where it parts no thousands: somebody meant the decimal point, or slipped."""
    return "," in text and _THOUSANDS.fullmatch(text) is None


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
    kept = "".join(_plain(character) for character in _BREAKS.sub("\n", text) if _visible(character))
    return unicodedata.normalize("NFC", kept)


def clean_line(text: str) -> str:
    """`clean_text` for a field of one line: what was pasted in several lines is one, Chinese without a gap."""
    return _FOLD.sub(" ", _FOLD_CHINESE.sub("", clean_text(text)))


def _visible(character: str) -> bool:
    """Control and zero-width characters, marks of direction and halves of a broken pair are seen by nobody."""
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_FOLD_CHINESE = re.compile(rf"(?<=[{_WIDE}])[ \t]*[\n\t]\s*(?=[{_WIDE}])")
_FOLD = re.compile(r"[ ]*[\n\t]\s*")


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
        if self.enter_moves_on and event.type() == QEvent.Type.ShortcutOverride and swallows_enter(event):
            event.accept()  # or an Enter button of the page behind the dialog would eat it
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
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
        self._glass.setIcon(theme().qicon("search", "text-muted"))

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
        self._eye.setIcon(theme().qicon("eye-off" if hidden else "eye", "text-muted"))
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


class MoneyField(TextField):
    """An amount in yuan, right-aligned. `value()` is Money, or None while empty or wrong. `big` is the till's field."""

    sample = "1,234,567.00"

    def __init__(self, amount: Money | None = None, *, big: bool = False, negative: bool = False) -> None:
        self._negative = negative
        super().__init__(limit=20, clean=_clean_amount)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly | Qt.InputMethodHint.ImhPreferNumbers)
        if big:
            self.setProperty("kind", "money")
        if amount is not None:
            self.set_amount(amount)
        self.editingFinished.connect(self._tidy)

    def value(self) -> Money | None:  # type: ignore[override]
        return None if self.problem() or not self.text() else Money.yuan(Decimal(self._figures()))

    def set_value(self, value: Money | str | None) -> None:  # type: ignore[override]
        self.setText("" if value is None else str(value))

    def set_amount(self, amount: Money) -> None:
        self.set_value(amount)

    def problem(self) -> str:
        text = self._figures()
        if not text:
            return ""
        if _odd_comma(self.text()):
            return self.tr("小数点写成「.」，如 1860.50")
        try:
            amount = Decimal(text)
        except InvalidOperation:
            return self.tr("金额只写数字，如 1860.50")
        if -amount.as_tuple().exponent > 2:  # type: ignore[operator]
            return self.tr("金额最多两位小数")
        if amount < 0 and not self._negative:
            return self.tr("金额不能是负数，去掉前面的减号")
        if abs(amount) * 100 >= _LIMIT.fen:
            return self.tr("金额要小于 10 亿元，请核对")
        return ""

    def _figures(self) -> str:
        return self.text().replace(",", "")

    def _tidy(self) -> None:
        amount = self.value()
        if amount is not None and str(amount) != self.text():
            blocker = QSignalBlocker(self)  # the same amount, only with commas and two decimals
            self.setText(str(amount))
            blocker.unblock()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:  # back from a menu or the lock: as it was
            # After the click has placed the cursor: an amount is replaced far more often than mended.
            QTimer.singleShot(0, self, self.selectAll)


def _clean_amount(text: str) -> str:
    return re.sub(r"[^0-9.,\-]", "", clean_code(text).replace("。", "."))


class NumberField(TextField):
    """A quantity, reading or number of days, right-aligned. `value()` is Decimal, or None while empty or wrong."""

    sample = "12345.678"

    def __init__(
        self,
        number: Decimal | int | None = None,
        *,
        decimals: int = 0,
        least: Decimal | int | None = 0,
        most: Decimal | int | None = None,
    ) -> None:
        self._decimals, self._least, self._most = decimals, least, most
        super().__init__(limit=16, clean=_clean_amount)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.set_value(number)

    def value(self) -> Decimal | None:  # type: ignore[override]
        return None if self.problem() or not self.text() else Decimal(self.text().replace(",", ""))

    def set_value(self, value: Decimal | int | str | None) -> None:  # type: ignore[override]
        self.setText("" if value is None else f"{value}")

    def problem(self) -> str:
        text = self.text().replace(",", "")
        if not text:
            return ""
        if _odd_comma(self.text()):
            return self.tr("小数点写成「.」，如 812.5")
        try:
            number = Decimal(text)
        except InvalidOperation:
            return self.tr("这里只写数字")
        if -number.as_tuple().exponent > self._decimals:  # type: ignore[operator]
            return self.tr("最多 {n} 位小数").format(n=self._decimals) if self._decimals else self.tr("这里只写整数")
        if self._least is not None and number < self._least:
            return self.tr("写 {n} 或更大的数").format(n=self._least)
        if self._most is not None and number > self._most:
            return self.tr("写 {n} 或更小的数").format(n=self._most)
        return ""


class PhoneField(TextField):
    """A phone as typed by hand: digits, +, - and 转 with blanks dropped. `value()` has no blanks."""

    sample = "138-0013-8000"

    def __init__(self, text: str = "", *, hint: str = "") -> None:
        super().__init__(text, hint=hint, limit=24, clean=_clean_phone)
        self.setInputMethodHints(Qt.InputMethodHint.ImhDialableCharactersOnly)


def _clean_phone(text: str) -> str:
    return re.sub(r"[^0-9+\-转*#]", "", clean_code(text).replace("—", "-").replace("－", "-").replace("ext", "转"))


class IdNumberField(TextField):
    """An ID or document number: letters and digits in capitals, without blanks."""

    sample = "11010519491231002X"

    def __init__(self, text: str = "", *, hint: str = "") -> None:
        super().__init__(text, hint=hint, limit=24, clean=_clean_id)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferUppercase | Qt.InputMethodHint.ImhNoPredictiveText)


def _clean_id(text: str) -> str:
    return re.sub(r"[^0-9A-Z()\-]", "", clean_code(text).upper().replace("Х", "X"))


class NoteField(Composing, QPlainTextEdit):
    """Several lines of free text; Tab leaves it. Signals: changed()."""

    changed = Signal()

    def __init__(self, text: str = "", *, hint: str = "", lines: int = 2, limit: int = 2000) -> None:
        super().__init__()
        self._limit, self._lines = limit, lines
        self.setTabChangesFocus(True)
        self.setPlaceholderText(hint)
        self.setPlainText(text)
        self.textChanged.connect(self.changed)
        self._measure()

    def value(self) -> str:
        return clean_text(self.toPlainText()).strip()

    def set_value(self, value: str) -> None:
        self.setPlainText(value)

    def problem(self) -> str:
        over = len(self.toPlainText()) - self._limit
        return self.tr("多了 {n} 个字，最多 {most} 个").format(n=over, most=self._limit) if over > 0 else ""

    def set_state(self, state: str) -> None:
        set_property(self, "state", state)

    def _measure(self) -> None:
        if self._lines == 1:  # beside other fields it is as high as they are, and scrolls without a bar
            self.setFixedHeight(theme().height("control"))
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.document().setDocumentMargin(0)
        else:
            self.setFixedHeight(round(theme().factor * (21.5 * self._lines + 12)))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_lines"):
            self._measure()
        super().changeEvent(event)


class ChoiceField(QComboBox):
    """One of a few: `ChoiceField([(value, "words"), …])`. Signals: changed(). The wheel turns it only while focused."""

    changed = Signal()

    def __init__(self, choices: Sequence[tuple[Hashable, str]] = (), value: Hashable | None = None) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._values: list[Hashable] = []
        self.set_choices(choices)
        if value is not None:
            self.set_value(value)
        self.currentIndexChanged.connect(self._tell)

    def set_choices(self, choices: Sequence[tuple[Hashable, str]]) -> None:
        """Replace the choices, keeping the chosen value when it is still there."""
        kept = self.value()
        blocker = QSignalBlocker(self)
        self.clear()
        self._values = [value for value, _ in choices]
        self.addItems([words for _, words in choices])
        self.set_value(kept)
        blocker.unblock()
        self.updateGeometry()

    def value(self) -> Hashable | None:
        at = self.currentIndex()
        return self._values[at] if 0 <= at < len(self._values) else None

    def set_value(self, value: Hashable | None) -> None:
        if value in self._values:
            self.setCurrentIndex(self._values.index(value))

    def words_of(self, value: Hashable | None) -> str:
        """How a value reads on screen."""
        return self.itemText(self._values.index(value)) if value in self._values else ""

    def typed(self) -> str:
        """What is chosen, in words: for a draft."""
        return self.currentText()

    def show_typed(self, words: str) -> None:
        """Choose by words; what is no choice any more changes nothing."""
        if (at := self.findText(words)) >= 0:
            self.setCurrentIndex(at)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        set_property(self, "state", state)

    def _tell(self) -> None:
        self.changed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # scrolling the form must not change a choice in passing

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and swallows_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)
