"""The strip of conditions 条件 over a list: F10 opens it, digits choose, the list follows at once, Enter keeps it as a
view; closed it shows what is in force.

It knows conditions as data only (`services.conditions`): every list has the same strip and the same keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.services.conditions import Choice, Chosen, Condition, chips, flip, still_there, without
from desktop.views.buttons import Button
from desktop.views.filters import FilterChip
from desktop.views.labels import label
from desktop.views.layouts import Flow, clear
from desktop.views.picks import Pick, PickRow
from desktop.views.text_fields import SearchField

KEY = "F10"
MOST_SHOWN = 12
"""Choices shown at once; of more (400 buildings) a part of the name is typed."""
MANY = 15
"""Up to so many stand there whole; the first nine have their digits."""


class _Finder(SearchField):
    """Signals: left(up) by ↑ or Backspace on nothing, and by ↓."""

    left = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        back = event.key() == Qt.Key.Key_Backspace and not self.text()
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) or back:
            self.left.emit(event.key() != Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)


class ConditionStrip(QFrame):
    """Signals: changed() when the choice is another; save_wanted() for Enter; opened(); closed() when the list has the
    keys again."""

    changed = Signal()
    save_wanted = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "well")
        self.known: tuple[Condition, ...] = ()
        self.chosen: Chosen = ()
        self._found: list[Choice] = []
        self._open = False
        self._build()
        self._wire()
        self.hide()

    def _build(self) -> None:
        self.conditions = PickRow(self.tr("条件"))
        self.choices = PickRow(self.tr("可选的值"))
        self.finder = _Finder(self.tr("打几个字找"))
        self.finder.setAccessibleName(self.tr("找要选的值"))
        self.finder.setFixedWidth(150)
        self.more = label("", "muted")
        self.save = Button(self.tr("存为视图"), "quiet", size="small", icon="bookmark")
        self.save.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.done = Button(self.tr("看列表"), "quiet", size="small", key="Esc")
        self.done.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panel = QWidget()
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.conditions, 1)
        top.addWidget(self.save, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.done, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.finder, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.choices, 1)
        line.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)
        self.chip_line = QWidget()
        self._chips = Flow()
        self.chip_line.setLayout(self._chips)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 6, 10, 6)
        outer.setSpacing(0)
        outer.addWidget(self.panel)
        outer.addWidget(self.chip_line)

    def _wire(self) -> None:
        self.conditions.picked.connect(self._into)
        self.conditions.moved.connect(self._show_choices)
        self.conditions.left.connect(self._off_conditions)
        self.conditions.entered.connect(self._enter)
        self.choices.picked.connect(self._pick)
        self.choices.left.connect(self._off_choices)
        self.choices.entered.connect(self._enter)
        self.finder.searched.connect(self._narrow)
        self.finder.entered.connect(self._enter_found)
        self.finder.left.connect(self._off_finder)
        self.save.clicked.connect(self.save_wanted)
        self.done.clicked.connect(self.close_strip)

    # what is known and what is chosen

    def show_known(self, known: Sequence[Condition]) -> None:
        """The conditions of the list as they are now; what was chosen and has gone is let go."""
        if tuple(known) == self.known:
            return
        self.known = tuple(known)
        kept = still_there(self.chosen, self.known)
        if self._open:
            self._show_conditions(self.conditions.at)
            self._show_choices()
        if kept != self.chosen:
            self._set(kept)
        else:
            self._show_state()

    def set_chosen(self, chosen: Chosen) -> None:
        """Choose from outside, as a view or a page that leads here does; told to nobody."""
        self.chosen = still_there(chosen, self.known) if self.known else chosen
        self._show_state()

    def _set(self, chosen: Chosen) -> None:
        self.chosen = chosen
        self._show_state()
        self.changed.emit()

    def let_go(self) -> None:
        """Without any condition."""
        if self.chosen:
            self._set(())

    # open and closed

    def hints(self) -> str:
        """What the keys do here, for the status line; empty while it is closed."""
        if not self._open:
            return ""
        return self.tr("数字或空格 选 · 方向键 移 · 退格 回到条件 · Enter 存为视图 · Esc 看列表")

    @property
    def is_open(self) -> bool:
        return self._open

    def open_strip(self) -> None:
        """F10: begin with the conditions; open already, the list has the keys again."""
        if self._open:
            self.close_strip()
            return
        self._open = True
        self._show_conditions(0)
        self._show_choices()
        self._show_state()
        self.conditions.setFocus(Qt.FocusReason.OtherFocusReason)
        self.opened.emit()

    def close_strip(self) -> None:
        """Esc: back into the list."""
        if self._open:
            self._open = False
            self._show_state()
            self.closed.emit()

    def holds_focus(self) -> bool:
        """Whether the clerk is choosing: nothing may take the focus away then."""
        here = self.window().focusWidget()
        return self._open and here is not None and self.isAncestorOf(here)

    def _show_state(self) -> None:
        if self._open:
            at = self.conditions.at
            self._show_conditions(at)
            self._mark_choices()
        self.panel.setVisible(self._open)
        self.chip_line.setVisible(not self._open)
        clear(self._chips)
        if not self._open:
            for key, words in chips(self.chosen, self.known):
                chip = FilterChip(words)
                chip.clicked.connect(partial(self._drop, key))
                self._chips.addWidget(chip)
        self.setVisible(self._open or bool(self._chips.count()))
        self.save.allow("" if self.chosen else self.tr("先选条件，再存为视图"))

    def _drop(self, key: str) -> None:
        self._set(without(self.chosen, key))

    # conditions

    def _show_conditions(self, at: int) -> None:
        some = dict(self.chosen)
        picks = [
            Pick(each.said(some[each.key]) if each.key in some else each.words, each.key in some) for each in self.known
        ]
        self.conditions.show_picks(picks, at)

    @property
    def asked(self) -> Condition | None:
        """The condition in hand."""
        return self.known[self.conditions.at] if self.known else None

    def _into(self, _at: int = 0) -> None:
        """On to the values of the condition in hand."""
        self._show_choices()
        if self.finder.isVisibleTo(self):
            self.finder.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.choices.setFocus(Qt.FocusReason.OtherFocusReason)

    def _off_conditions(self, up: bool) -> None:
        if not up:
            self._into()
        elif self.asked is not None:
            self._set(without(self.chosen, self.asked.key))  # Backspace on a condition lets it go

    # values

    def _show_choices(self, _at: int = 0) -> None:
        many = self.asked is not None and len(self.asked.choices) > MANY
        self.finder.setVisible(many)
        self.choices.numbered = not many
        self.finder.set_value("")
        self._narrow("")

    def _narrow(self, typed: str) -> None:
        """The values that hold what was typed, those first that begin with it."""
        every = self.asked.choices if self.asked is not None else ()
        wanted = "".join(typed.lower().split())
        words = {choice: "".join(choice.words.lower().split()) for choice in every}
        hits = [choice for choice in every if wanted in words[choice]]
        hits.sort(key=lambda choice: not words[choice].startswith(wanted))
        self._found = hits[:MOST_SHOWN]
        self.more.setText(self.tr("共 {n} 个").format(n=len(hits)) if len(hits) > MOST_SHOWN else "")
        self.more.setVisible(bool(self.more.text()))
        self._mark_choices(0)

    def _mark_choices(self, at: int | None = None) -> None:
        some = dict(self.chosen).get(self.asked.key, ()) if self.asked is not None else ()
        picks = [Pick(choice.words, choice.value in some) for choice in self._found]
        self.choices.show_picks(picks, self.choices.at if at is None else at)

    def _pick(self, at: int) -> None:
        if self.asked is None or not 0 <= at < len(self._found):
            return
        asked = self.asked
        self._set(flip(self.chosen, asked, self._found[at].value))
        if asked.single and self.choices.hasFocus():
            self.conditions.setFocus(Qt.FocusReason.OtherFocusReason)  # one value is all: the next condition

    def _off_finder(self, up: bool) -> None:
        (self.conditions if up else self.choices).setFocus(Qt.FocusReason.OtherFocusReason)

    def _off_choices(self, up: bool) -> None:
        if up:
            self.conditions.setFocus(Qt.FocusReason.OtherFocusReason)

    def _enter(self) -> None:
        """Enter keeps what was chosen as a view; without a choice it goes back to the list."""
        if self.chosen:
            self.save_wanted.emit()
        else:
            self.close_strip()

    def _enter_found(self) -> None:
        """Enter after typing takes what is in hand, and the next one may be typed."""
        if self.finder.value():
            self._pick(self.choices.at)
            self.finder.set_value("")
            self._narrow("")
        else:
            self._enter()
