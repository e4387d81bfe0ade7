"""Somebody saved first: both versions side by side, field by field, and the clerk chooses which side of each is kept.

A dialog whose form edits one stored row keeps a `Merge` and hands it every RowChanged:

    self._merge = Merge(shell, self, read=partial(session.read, room_place, id), values_of=_values, adopt=self._know)
    …
    elif isinstance(error, RowChanged): self._merge.begin(error)

The row is read again; what the clerk did not touch is proposed as the other side wrote it; what was chosen stands in
the form before it is stored over the fresh version, so nothing old can slip back when it is refused once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.services.errors import RowChanged
from desktop.views.dialogs import Dialog
from desktop.views.labels import label, rule, set_property
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment


@dataclass(frozen=True, slots=True)
class FieldVersions:
    """One field in both versions, in words; `mine` is the side proposed, `by` who wrote the other one and when."""

    field: str
    name: str
    theirs: str
    yours: str
    mine: bool
    by: str = ""


class Merge(QObject):
    """From RowChanged to the merged form.

    `values_of(row)` gives the form's values of a stored row, `adopt(row)` makes the dialog edit that version from now
    on; then the dialog is submitted again. `together(row)` is tried first where the form itself can put both changes
    together: True when it did, for the clerk to look at. `given_up()` is called instead of submitting when nothing of
    her own is left to be stored.
    """

    def __init__(
        self,
        shell: Shell,
        dialog: Dialog,
        read: Callable[[], Any],
        values_of: Callable[[Any], Mapping[str, Any]],
        adopt: Callable[[Any], object],
        *,
        together: Callable[[Any], bool] | None = None,
        given_up: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(dialog)
        self._shell, self._dialog, self._read, self._values_of, self._adopt = shell, dialog, read, values_of, adopt
        self._together, self._given_up = together, given_up
        assert dialog.form is not None
        self._form = dialog.form
        self._base = self._form.values()

    def begin(self, error: RowChanged) -> None:
        """Read again instead of taking what the error brought: it may have been changed once more meanwhile."""
        self._dialog.set_busy(False)
        self._shell.run(self._read, partial(self._compare, error), self._dialog.refuse)

    def _compare(self, error: RowChanged, row: Any) -> None:
        if self._together is not None and self._together(row):
            self._adopt(row)
            return
        typed = self._form.values()
        theirs = dict(self._values_of(row))
        yours = {name: typed[name] for name in theirs}
        names = {name: self._form.rows[name].caption.text() for name in theirs}
        by = {name: error.by[_column(name)] for name in theirs if _column(name) in error.by}
        rows = differing(self._base, theirs, yours, names, by, self._words)
        if not rows:  # both wrote the same
            self._go_on(row, theirs, yours)
            return
        dialog = VersionsDialog(self._shell.frame, error.message, rows)
        dialog.decided.connect(partial(self._decided, row, theirs, yours))
        self._shell.open(dialog)

    def _decided(self, row: Any, theirs: dict[str, Any], yours: dict[str, Any], mine: frozenset[str]) -> None:
        self._go_on(row, theirs, merged(theirs, yours, mine))

    def _go_on(self, row: Any, theirs: dict[str, Any], values: dict[str, Any]) -> None:
        self._form.set_values(values)
        self._base = {**self._base, **theirs}
        self._adopt(row)
        if self._given_up is not None and values == theirs:
            self._given_up()
        else:
            self._dialog.submit()

    def _words(self, name: str, value: Any) -> str:
        worded = getattr(self._form.field(name), "words_of", None)
        return worded(value) if worded is not None else "" if value is None else str(value)


def _column(name: str) -> str:
    """The stored field behind a field of the form, where they are not called the same."""
    return {"more": "pinned"}.get(name, name)


def differing(
    base: Mapping[str, Any],
    theirs: Mapping[str, Any],
    yours: Mapping[str, Any],
    names: Mapping[str, str],
    by: Mapping[str, str],
    words: Callable[[str, Any], str],
) -> list[FieldVersions]:
    """The fields in which what is stored now and what was typed here are not the same."""
    return [
        FieldVersions(
            field, names[field], words(field, theirs[field]), words(field, yours[field]),
            yours[field] != base[field], by.get(field, ""),
        )
        for field in names
        if theirs[field] != yours[field]
    ]  # fmt: skip


def merged(theirs: Mapping[str, Any], yours: Mapping[str, Any], mine: frozenset[str]) -> dict[str, Any]:
    """The clerk's side of the fields in `mine`, of all others what stands."""
    return {field: yours[field] if field in mine else theirs[field] for field in yours}


class VersionsDialog(Dialog):
    """Signals: decided(frozenset of the fields whose own side is kept). Cancelling goes back to the form as typed."""

    help_topic = "versions"

    decided = Signal(object)

    def __init__(self, window: QWidget, message: str, rows: Sequence[FieldVersions]) -> None:
        super().__init__(window, self.tr("看两个版本再存"), primary=self.tr("按所选保存"), cancel=self.tr("回去再改"))
        self.rows = list(rows)
        self.choices: dict[str, Segment] = {}
        self.body.addWidget(label(message, wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for column, words in enumerate((self.tr("项目"), self.tr("现在存的"), self.tr("您填的"), self.tr("保存哪个"))):
            grid.addWidget(label(words, "hint"), 0, column)
        grid.addWidget(rule(), 1, 0, 1, 4)
        self._texts: dict[str, tuple[QWidget, QWidget]] = {}
        for line, row in enumerate(rows, start=2):
            theirs, yours = label(row.theirs or "—", wrap=True), label(row.yours or "—", wrap=True)
            choice = Segment([Option(False, self.tr("现在存的")), Option(True, self.tr("您填的"))], row.mine)
            choice.setAccessibleName(self.tr("{name} 保存哪个").format(name=row.name))
            choice.changed.connect(self._mark)
            self.choices[row.field], self._texts[row.field] = choice, (theirs, yours)
            for column, widget in enumerate((label(row.name, "label"), _signed(theirs, row.by), yours, choice)):
                grid.addWidget(widget, line, column, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self._mark()

    def _mark(self) -> None:
        for field, choice in self.choices.items():
            theirs, yours = self._texts[field]
            set_property(theirs, "kind", "muted" if choice.value() else "strong")
            set_property(yours, "kind", "strong" if choice.value() else "muted")

    def request(self) -> frozenset[str]:
        return frozenset(field for field, choice in self.choices.items() if choice.value())

    def submit(self) -> None:
        mine = self.request()
        self.accept()
        self.decided.emit(mine)

    def open(self) -> None:
        """The first choice has the focus: plain Enter must not write over somebody's work."""
        super().open()
        first = next(iter(self.choices.values()), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)


def _signed(words: QWidget, by: str) -> QWidget:
    """What is stored now, with who wrote it and when beneath."""
    if not by:
        return words
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(words)
    column.addWidget(label(by, "caption", wrap=True))
    return both
