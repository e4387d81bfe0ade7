"""What is looked at in every picture by machine: cut words, widgets out of their place, characters no font of ours has.

A finding is one line: the widget and what is wrong with it. Only free text (names, notes) may be shortened, with a
tooltip. `overhear` listens to the painters while a picture is drawn, since painted words belong to no widget.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import FrameType

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QRawFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QToolButton,
    QWidget,
)

from desktop.views import painting
from desktop.views.buttons import Button
from desktop.views.columns import GroupHead, Kind
from desktop.views.dates import DateField
from desktop.views.fields import IdNumberField, MoneyField, NoteField, NumberField, PhoneField
from desktop.views.forms import MessageLine
from desktop.views.keys import top_overlay
from desktop.views.labels import FreeText, Painted
from desktop.views.notices import BusyBar, Toast
from desktop.views.overlays import Overlay
from desktop.views.painting import tag_width, width
from desktop.views.popups import Popup
from desktop.views.screens import popups_over
from desktop.views.table_painting import PAD
from desktop.views.tables import RowTable
from desktop.views.tenant.mirror import Mirror
from desktop.views.theme import theme
from resources import resource

SHORTENED = frozenset(
    {"CardDelegate._free", "FreeText.paintEvent", "HitList._row", "TileDelegate._paint_tile", "Toast.paintEvent"}
)
"""Painters that may shorten what they paint: names and notes. In tables, columns of names may."""
_FLOATING = (Overlay, Toast, BusyBar, Popup, Mirror)
_CODES = (MoneyField, NumberField, PhoneField, IdNumberField, DateField)
_HALF_WIDTH = re.compile(r"[一-鿿][,;:!?]|[!！]")
_BLANK = frozenset("\n\t\u200b\u3000\ufe0f\xa0 ")


@dataclass(slots=True)
class Heard:
    """What the painters said while one picture was drawn: every word, and what was shortened."""

    words: set[str] = field(default_factory=set)
    shortened: list[str] = field(default_factory=list)


@contextmanager
def overhear() -> Iterator[Heard]:
    """Note every word that is painted, and every one that a painter shortened though it is no free text."""
    heard = Heard()
    whole_width, whole_elided = painting.width, painting.elided

    def heard_width(font: QFont, text: str) -> float:
        heard.words.add(text)
        return whole_width(font, text)

    def heard_elided(font: QFont, text: str, room: float) -> str:
        told = whole_elided(font, text, room)
        painter = sys._getframe(1)
        while painter.f_code.co_name == "put" and painter.f_back is not None:
            painter = painter.f_back
        if told != text and not _may_shorten(painter, text):
            heard.shortened.append(f"「{text}」 painted as 「{told}」 by {painter.f_code.co_qualname}")
        heard.words.add(text)
        return told

    # Painters know `elided` by its name in their own module, too.
    named = [each for each in list(sys.modules.values()) if getattr(each, "elided", None) is whole_elided]
    painting.width = heard_width
    for module in named:
        module.elided = heard_elided  # type: ignore[attr-defined]
    try:
        yield heard
    finally:
        painting.width = whole_width
        for module in named:
            module.elided = whole_elided  # type: ignore[attr-defined]


def _may_shorten(painter: FrameType, text: str) -> bool:
    if painter.f_code.co_qualname == "RowDelegate._text":
        return painter.f_locals["column"].kind is Kind.NAME and text == painter.f_locals["words"]
    if painter.f_code.co_qualname == "Timeline._paint_event":
        return bool(text == painter.f_locals["each"].detail)
    return painter.f_code.co_qualname in SHORTENED


def look_over(window: QWidget, heard: Heard) -> list[str]:
    """Everything wrong with what the window shows now, after it was drawn."""
    found = list(heard.shortened)
    words = set(heard.words)
    for top in (window, *popups_over(window)):
        for widget in _shown(top):
            found += [f"{_name(widget)}: {text}" for text in _wrong(widget)]
            words.update(_texts(widget))
    found += [
        f"no font of ours has {character!r} of 「{text}」" for text in sorted(words) for character in _missing(text)
    ]
    # The source of a template has marks of its own.
    found += [f"punctuation of 「{text}」" for text in sorted(words) if _HALF_WIDTH.search(text) and "{{" not in text]
    found += _focus(window)
    return list(dict.fromkeys(found))


def _shown(top: QWidget) -> list[QWidget]:
    return [top, *(each for each in top.findChildren(QWidget) if each.isVisibleTo(top))]


def _name(widget: QWidget) -> str:
    """A widget as somebody finds it: its class and words, and the page or dialog it stands in."""
    words = getattr(widget, "text", None)
    told = words() if callable(words) else words if isinstance(words, str) else ""
    told = told or widget.accessibleName()
    step = widget.parentWidget()
    while step is not None and not type(step).__module__.startswith("desktop."):
        step = step.parentWidget()
    owner = f" in {type(step).__name__}" if step is not None else ""
    return f"{type(widget).__name__} 「{str(told)[:40]}」{owner}"


# ---- one widget ------------------------------------------------------------------------------------------------------


def _wrong(widget: QWidget) -> list[str]:
    found = [_out_of_place(widget), *_overlaps(widget)]
    if isinstance(widget, QLabel):
        found.append(_cut_label(widget))
    elif isinstance(widget, MessageLine):
        found.append(_cut_message(widget))
    elif isinstance(widget, QComboBox):
        found.append(_cut_choice(widget))
    elif isinstance(widget, QLineEdit):
        found.append(_cut_line(widget))
    elif isinstance(widget, QPlainTextEdit):
        found.append(_cut_hint(widget))
    elif isinstance(widget, QAbstractButton | Painted) and not isinstance(widget, QToolButton):
        found.append(_squeezed(widget))
    if isinstance(widget, RowTable):
        found += _cut_cells(widget)
    if isinstance(widget, QAbstractScrollArea) and not isinstance(widget, RowTable | QPlainTextEdit):
        bar = widget.horizontalScrollBar()
        found.append("goes on to the right, out of sight" if bar.maximum() > 0 or bar.isVisible() else "")
    if isinstance(widget, Button) and not widget.isEnabled() and not widget.reason:
        found.append("disabled without a reason")
    return [text for text in found if text]


def _out_of_place(widget: QWidget) -> str:
    """Outside its parent, where nobody can scroll to."""
    parent = widget.parentWidget()
    if widget.isWindow() or parent is None or isinstance(widget, _FLOATING):
        return ""
    box, room = widget.geometry(), parent.rect()
    area = parent.parentWidget()
    if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
        return "wider than what it scrolls in" if box.width() > room.width() + 1 else ""
    if not room.adjusted(-1, -1, 1, 1).contains(box):
        return f"outside of its parent: {_numbers(box)} in {_numbers(room)}"
    return ""


def _overlaps(parent: QWidget) -> list[str]:
    """Children of one layout that lie on one another."""
    layout = parent.layout()
    if layout is None:
        return []
    children = [
        each
        for each in parent.children()
        if isinstance(each, QWidget) and each.isVisibleTo(parent) and not isinstance(each, _FLOATING)
    ]
    found = []
    for at, first in enumerate(children):
        for second in children[at + 1 :]:
            both = first.geometry().intersected(second.geometry())
            if both.width() > 1 and both.height() > 1 and not first.isWindow() and not second.isWindow():
                found.append(f"{_name(first)} lies on {_name(second)}")
    return found


def _numbers(box: QRect) -> str:
    return f"{box.x()},{box.y()} {box.width()}×{box.height()}"


def _squeezed(widget: QWidget) -> str:
    least, size = widget.minimumSizeHint(), widget.size()
    if isinstance(widget, FreeText):
        return ""
    if size.width() + 1 < least.width() or size.height() + 1 < least.height():
        return f"squeezed to {size.width()}×{size.height()}, needs {least.width()}×{least.height()}"
    return ""


def _cut_label(words: QLabel) -> str:
    if not words.text() or not words.pixmap().isNull():
        return ""
    room = words.contentsRect()
    flags = Qt.TextFlag.TextWordWrap.value if words.wordWrap() else 0
    large = QRect(0, 0, room.width() if words.wordWrap() else 100_000, 100_000)
    needed = words.fontMetrics().boundingRect(large, flags, words.text())
    if needed.width() > room.width() + 1 or needed.height() > room.height() + 2:
        return f"words are cut: {needed.width()}×{needed.height()} in {room.width()}×{room.height()}"
    return ""


def _cut_message(line: MessageLine) -> str:
    """Too few lines, or a date or number that no line has room for."""
    font = theme().font("small")
    wide = line.text and max(width(font, each) for each in line.lines()) > line.room() + 1
    return "words are cut" if wide or line.sizeHint().height() > line.height() + 1 else ""


def _cut_choice(choice: QComboBox) -> str:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = choice.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, choice).width()
    needed = choice.fontMetrics().horizontalAdvance(choice.currentText())
    return f"words are cut: {needed} in {room}" if needed > room + 1 else ""


def _cut_line(line: QLineEdit) -> str:
    """A hint that does not fit, or a value that is no free text."""
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    room = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line).width() - 4
    margins = line.textMargins()
    room -= margins.left() + margins.right() + 24 * len(line.actions())
    hint = not line.text()
    if not hint and not (line.isReadOnly() or isinstance(line, _CODES)):
        return ""
    text = line.placeholderText() if hint else line.displayText()
    needed = line.fontMetrics().horizontalAdvance(text)
    return f"「{text}」 is cut: {needed} in {room}" if needed > room + 1 else ""


def _cut_hint(note: QPlainTextEdit) -> str:
    if not isinstance(note, NoteField) or note.toPlainText():
        return ""
    room = note.viewport().rect().adjusted(4, 4, -4, -4)
    wrap = Qt.TextFlag.TextWordWrap.value
    needed = note.fontMetrics().boundingRect(QRect(0, 0, room.width(), 10_000), wrap, note.placeholderText())
    return "its hint is cut" if needed.height() > room.height() + 6 or needed.width() > room.width() + 1 else ""


def _cut_cells(table: RowTable) -> list[str]:
    """Heads and tags, which are painted whole whatever the room; other cells are overheard."""
    found, columns = [], table.rows.columns
    for at, column in enumerate(columns):
        if table.isColumnHidden(at):
            continue
        room = table.columnWidth(at)
        if width(theme().font("small"), column.title) + 2 * PAD > room + 1:
            found.append(f"head 「{column.title}」 is cut")
        if column.tag is None:
            continue
        rows = (table.rows.row(line) for line in range(min(40, table.rows.rowCount())))
        for row in (each for each in rows if each is not None and not isinstance(each, GroupHead)):
            tag = column.tag(row)
            if tag is not None and tag_width(tag.text, tag.icon) + PAD > room + 1:
                found.append(f"tag 「{tag.text}」 is cut: {tag_width(tag.text, tag.icon):.0f} in {room - PAD}")
    return found


# ---- words and focus -------------------------------------------------------------------------------------------------


def _texts(widget: QWidget) -> list[str]:
    if isinstance(widget, QLineEdit):
        return [
            widget.displayText() if widget.echoMode() == QLineEdit.EchoMode.Normal else "",
            widget.placeholderText(),
        ]
    if isinstance(widget, QPlainTextEdit):
        return [widget.toPlainText(), widget.placeholderText()]
    if isinstance(widget, QComboBox):
        return [widget.currentText()]
    if isinstance(widget, QMenu):
        return [action.text().replace("\t", " ") for action in widget.actions()]
    return [widget.text()] if isinstance(widget, QLabel | QAbstractButton) else []


@lru_cache(maxsize=1)
def _fonts() -> list[QRawFont]:
    return [QRawFont(str(path), 12) for path in sorted(resource("fonts").glob("*.ttf"))]


@lru_cache(maxsize=20_000)
def _has(character: str) -> bool:
    return character in _BLANK or any(font.supportsCharacter(ord(character)) for font in _fonts())


def _missing(text: str) -> list[str]:
    return [character for character in dict.fromkeys(text) if not _has(character)]


def _focus(window: QWidget) -> list[str]:
    """Exactly one ring, where the eye is: in sight, in the dialog in front."""
    here = QApplication.focusWidget()
    if here is None:
        return ["nothing has the focus"]
    front = top_overlay(window)
    found = []
    if here.visibleRegion().isEmpty():
        found.append(f"{_name(here)}: has the focus out of sight")
    if front is not None and not front.isAncestorOf(here):
        found.append(f"{_name(here)}: has the focus behind the dialog")
    return found
