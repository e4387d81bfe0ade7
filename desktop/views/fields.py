"""Fields for amounts, quantities, codes, phones, choices and notes; `text_fields` has those of one line of text.

Each has what a `TextField` has: `value()`, `set_value(v)`, `changed`, `set_state(…)` and `problem()`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QPlainTextEdit

from desktop.models.values import Money
from desktop.views.composing import Composing
from desktop.views.keys import asks_for_key, swallows_enter
from desktop.views.labels import set_property
from desktop.views.text_fields import TextField, clean_code, clean_text
from desktop.views.theme import theme

_LIMIT = Money.yuan(1_000_000_000)
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


def _odd_comma(text: str) -> bool:
    """Whether a comma stands where it parts no thousands: somebody meant the decimal point, or slipped."""
    return "," in text and _THOUSANDS.fullmatch(text) is None


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
        if asks_for_key(event) and swallows_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)
