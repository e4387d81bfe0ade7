"""An editor for templates: line numbers, marks in colour, wrong lines marked, and nothing fires while one composes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from desktop.views.composing import Composing
from desktop.views.painting import middle, put, width
from desktop.views.theme import theme

LIMIT = 100_000
"""Characters: what the service takes."""

_MARK = re.compile(r"^[ \t]*(##|#|--|-!|-|>|\|=|\|!|\||@\w+)")
_INSIDE = (
    (re.compile(r"\{\{.*?\}\}"), "primary-text"),
    (re.compile(r"\{%.*?%\}"), "violet"),
    (re.compile(r"\{@[^{}]*\}"), "info"),
)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_IN_COMMENT = 1


class _Colours(QSyntaxHighlighter):
    """Fields, conditions, marks at the head of a line, bold words, comments over several lines."""

    def highlightBlock(self, text: str) -> None:
        self.setCurrentBlockState(0)
        start = 0 if self.previousBlockState() == _IN_COMMENT else text.find("{#")
        if start != 0:
            self._line(text)
        faint = _format("text-faint")
        while start >= 0:
            end = text.find("#}", start)
            if end < 0:
                self.setFormat(start, len(text) - start, faint)
                self.setCurrentBlockState(_IN_COMMENT)
                return
            self.setFormat(start, end + 2 - start, faint)
            start = text.find("{#", end + 2)

    def _line(self, text: str) -> None:
        if found := _MARK.match(text):
            self.setFormat(found.start(1), found.end(1) - found.start(1), _format("info", bold=True))
        for found in _BOLD.finditer(text):
            self.setFormat(found.start(), found.end() - found.start(), _format("text", bold=True))
        for pattern, token in _INSIDE:
            for found in pattern.finditer(text):
                self.setFormat(found.start(), found.end() - found.start(), _format(token))


def _format(token: str, bold: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme().colour(token))
    if bold:
        made.setFontWeight(500)
    return made


class _Gutter(QWidget):
    """The strip of line numbers; a wrong line has a red one, and says why under the mouse."""

    def __init__(self, editor: TextEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        return QSize(self._editor.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_gutter(QPainter(self))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            line = self._editor.line_at(event.pos().y())  # type: ignore[attr-defined]
            QToolTip.showText(event.globalPos(), self._editor.problem_of(line), self)  # type: ignore[attr-defined]
            return True
        return super().event(event)


class TextEditor(Composing, QPlainTextEdit):
    """Signals: changed() when the text is another one; line_changed(line), 1-based."""

    changed = Signal()
    line_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: dict[int, str] = {}
        self._last = ""
        self._colours = _Colours(self.document())
        self._gutter = _Gutter(self)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setAccessibleName(self.tr("模板文字"))
        self.textChanged.connect(self._text_changed)
        self.cursorPositionChanged.connect(self._cursor_moved)
        self.updateRequest.connect(self._scrolled)
        self.blockCountChanged.connect(self._measure)
        self._measure()

    # the text

    def text(self) -> str:
        """What is written, without what an input method still composes."""
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        """Another text, from its top; Ctrl Z does not go back behind it."""
        self._problems = {}
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._mark()

    def rewrite(self, text: str) -> None:
        """Another text in place of this one, as one edit that Ctrl Z takes back; the line in hand stays in view."""
        at = self.textCursor().blockNumber()
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(min(at, self.blockCount() - 1))))

    def insert(self, text: str) -> None:
        """Put something where the cursor is; Ctrl Z takes it away again as a whole. Several lines start their own."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        if "\n" in text and cursor.positionInBlock():
            text = "\n" + text
        if "\n" in text and not cursor.atBlockEnd():
            text += "\n"
        cursor.insertText(text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def line(self) -> int:
        """Where the cursor is, 1-based."""
        return self.textCursor().blockNumber() + 1

    def go_to(self, line: int) -> None:
        """Bring a line (1-based) into the middle and select it."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        if not block.isValid():
            block = self.document().lastBlock()
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problems(self, problems: Mapping[int, str]) -> None:
        """Mark lines (1-based) with what is wrong there."""
        self._problems = dict(problems)
        self._mark()
        self._gutter.update()

    def problem_of(self, line: int) -> str:
        return self._problems.get(line, "")

    def _text_changed(self) -> None:
        text = self.text()
        if text == self._last:  # the input method has only moved its letters
            return
        self._last = text
        self.changed.emit()

    def _cursor_moved(self) -> None:
        self._mark()
        self.line_changed.emit(self.line)

    def _mark(self) -> None:
        """The line in hand, and the wrong ones."""
        here = QTextEdit.ExtraSelection()
        here.format.setBackground(theme().colour("hover"))
        here.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        here.cursor = self.textCursor()
        here.cursor.clearSelection()
        marks = [here]
        for line in self._problems:
            block = self.document().findBlockByNumber(line - 1)
            if block.isValid():
                wrong = QTextEdit.ExtraSelection()
                wrong.format.setBackground(theme().colour("danger-tint"))
                wrong.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                wrong.cursor = QTextCursor(block)
                marks.append(wrong)
        self.setExtraSelections(marks)

    # the gutter

    def gutter_width(self) -> int:
        digits = max(3, len(str(self.blockCount())))
        return round(width(theme().font("caption"), "8" * digits)) + 14

    def paint_gutter(self, painter: QPainter) -> None:
        look = theme()
        painter.fillRect(self._gutter.rect(), look.colour("sunken"))
        font, right = look.font("caption"), self._gutter.width() - 7
        block, here = self.firstVisibleBlock(), self.line
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > self._gutter.height():
                break
            number = block.blockNumber() + 1
            if block.isVisible() and box.bottom() >= 0:
                ink = look.colour("danger" if number in self._problems else "text" if number == here else "text-faint")
                high = self.fontMetrics().height()
                put(painter, right, middle(font, box.top(), high), str(number), font, QColor(ink), "r")
            block = block.next()
        painter.end()

    def line_at(self, y: int) -> int:
        """The line (1-based) at a height of the gutter."""
        return self.cursorForPosition(QRect(0, y, 1, 1).topLeft()).blockNumber() + 1

    def _measure(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        self._place()

    def _place(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))

    def _scrolled(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_gutter"):
            self._measure()
            self._colours.rehighlight()
            self._mark()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(420, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().scaled(260), 140)
