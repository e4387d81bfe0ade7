"""检字: a rare character found by sound, radical and strokes, and put where the cursor stands. Ctrl J in a field.

A page binds `KEY` to a method that calls `search_for` with its fields; the dialog knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from desktop.services.rare_characters import Found, Search, find_characters
from desktop.views.dialogs import Dialog
from desktop.views.forms import FormRow
from desktop.views.keys import swallows_enter
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.painting import middle, put, rounded
from desktop.views.text_fields import TextField
from desktop.views.theme import theme

KEY = "Ctrl+J"
_STEPS = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip


class CharacterList(QListWidget):
    """Characters side by side, each with its sound beneath. Signals: chosen(character)."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setItemDelegate(_Tile(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._take)

    def show_found(self, found: tuple[Found, ...]) -> None:
        """Show these; the first is in hand, so that Enter takes it."""
        self.clear()
        for one in found:
            item = QListWidgetItem(one.character)
            words = f"{one.character}，{'、'.join(one.sounds) or self.tr('读音未收')}，{one.strokes} 画"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            item.setData(Qt.ItemDataRole.UserRole, one)
            item.setToolTip(words)
            self.addItem(item)
        if found:
            self.setCurrentRow(0)

    @property
    def in_hand(self) -> str:
        item = self.currentItem()
        return item.text() if item is not None else ""

    def _take(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event):
            if self.in_hand:
                self.chosen.emit(self.in_hand)
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters go to the field."""


class _Tile(QStyledItemDelegate):
    """One character, large, with its usual sound."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(theme().scaled(58), theme().scaled(58))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look, found = theme(), index.data(Qt.ItemDataRole.UserRole)
        here = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded(painter, box, 6, look.colour("primary-tint" if here else "surface"), look.colour("line"), 1.0)
        if here:
            rounded(painter, box, 6, None, look.colour("primary"), 2.0)
        large, small = look.font("total", 400), look.font("caption")
        put(painter, box.center().x(), middle(large, box.y(), box.height() * 0.7), found.character, large,
            look.colour("text"), align="c")  # fmt: skip
        sound = found.sounds[0] if found.sounds else ""
        put(painter, box.center().x(), middle(small, box.y() + box.height() * 0.66, box.height() * 0.3), sound, small,
            look.colour("text-muted"), align="c")  # fmt: skip
        painter.restore()


class RareCharacterDialog(Dialog):
    """Signals: chosen(character)."""

    chosen = Signal(str)
    help_topic = "check_in.rare"
    writes = False
    fills = True

    def __init__(self, window: QWidget, what: str = "") -> None:
        super().__init__(window, window.tr("检字"), subtitle=what, primary=window.tr("用这个字"), wide=640)
        self.field = TextField(hint=self.tr("例如 yu 13、火 yu、王 12"), limit=30)
        self.field.enter_moves_on = False
        self.field.entered.connect(self.submit)
        self.field.changed.connect(self.look)
        self.field.installEventFilter(self)
        self.row = FormRow(
            self.tr("拼音、部首、笔画"), self.field, note=self.tr("写一样或几样，用空格分开，先后不论；拼音不写声调")
        )
        self.list = CharacterList()
        self.list.setAccessibleName(self.tr("找到的字"))
        self.list.chosen.connect(self._choose)
        self.said = label("", "hint", wrap=True)
        self.body.addWidget(self.row)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.said)
        self.look()

    def open(self) -> None:
        super().open()
        self.field.setFocus(Qt.FocusReason.TabFocusReason)

    def _waits(self) -> str:
        return self.tr("↑ ↓ 或 Tab 到字里挑，Enter 用这个字")

    def look(self) -> None:
        """What is found, at every change."""
        found: Search = find_characters(self.field.value())
        self.list.show_found(found.characters)
        count = len(found.characters)
        if found.problem or not count:
            self.said.setText(found.problem or self.tr("输入法打不出的字，在这里找：常用字排在最后"))
        elif found.beyond:
            words = self.tr("先列出 {n} 个，还有 {more} 个：加上笔画或部首再找")
            self.said.setText(words.format(n=count, more=found.beyond))
        else:
            self.said.setText(self.tr("找到 {n} 个").format(n=count))
        self.primary.allow("" if count else self.tr("还没有找到字"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down move in the list while the field keeps the focus."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and watched is self.field and event.key() in _STEPS and not self.field.composing:  # type: ignore[attr-defined]
            self.list.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().eventFilter(watched, event)

    def submit(self) -> None:
        """Enter or the primary: the character in hand."""
        if self.list.in_hand:
            self._choose(self.list.in_hand)

    def _choose(self, character: str) -> None:
        self.accept()
        self.chosen.emit(character)


def search_for(shell: Shell, fields: Mapping[str, Any]) -> None:
    """Open the search for the one of these fields (title → field) that has the focus; nothing happens in another."""
    focus = QApplication.focusWidget()
    for title, field in fields.items():
        if field is focus:
            dialog = RareCharacterDialog(shell.frame, title)
            dialog.chosen.connect(partial(put_into, field, _selected(field)))
            shell.open(dialog)


def _selected(field: Any) -> tuple[int, int]:
    """Where the selection begins and how long it is: a line forgets it when it loses the focus, a block of text not."""
    if not isinstance(field, TextField):
        return -1, 0
    return (field.selectionStart(), field.selectionLength()) if field.hasSelectedText() else (-1, 0)


def put_into(field: Any, selected: tuple[int, int], character: str) -> None:
    """In place of what was selected, else at the cursor; the field has the focus again."""
    if not isValid(field):
        return
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    if isinstance(field, TextField):
        if selected[0] >= 0:
            field.setSelection(*selected)
        field.insert(character)
    else:
        field.insertPlainText(character)
