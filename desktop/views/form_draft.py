"""The draft of a dialog: what was typed is kept sealed while one types, and stands there again when it is opened anew.

`FormDraft(shell, dialog, "room.split", "1 栋 301", typed, show_typed)`: `typed()` gives what stands in the form as
plain JSON, `show_typed(kept)` puts it back. Esc keeps the draft, storing drops it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from desktop.models.values import Right
from desktop.services import drafts
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.draft_keeping import DraftKeeper, Kept
from desktop.views.forms import Form
from desktop.views.pages import Shell

Typed = dict[str, Any]


class FormDraft:
    """Keeps and brings back what is typed in one dialog about one thing."""

    def __init__(
        self, shell: Shell, dialog: Dialog, kind: str, title: str, typed: Callable[[], Typed],
        show_typed: Callable[[Typed], object],
    ) -> None:  # fmt: skip
        assert dialog.form is not None
        self._shell, self._dialog, self._title = shell, dialog, title
        self._typed, self._show = typed, show_typed
        self._fresh = typed()
        self.keeper = DraftKeeper(shell, kind, self._kept)
        self.again = Button(shell.frame.tr("重新填"), "quiet", size="small", key="Alt+0", slot=self._begin_anew)
        self.again.hide()
        dialog.foot.insertWidget(2, self.again)
        dialog.foot.insertWidget(3, self.keeper)
        dialog.form.changed.connect(self._changed)
        dialog.closed.connect(self._closed)
        if shell.allowed(Right.USE_DRAFTS):
            shell.run(partial(shell.session.read, _find, kind, title), self._found, self._not_found)

    def _kept(self) -> Kept | None:
        typed = self._typed()
        return None if typed == self._fresh else Kept(self._title, msgspec.json.encode(typed))

    def _changed(self) -> None:
        if self._shell.allowed(Right.USE_DRAFTS):
            self.keeper.changed()

    def _found(self, found: tuple[UUID, bytes] | None) -> None:
        if found is None or self.keeper.dirty:
            return  # nothing was left, or the clerk was quicker
        draft_id, body = found
        self.keeper.begin(draft_id)
        self._show(msgspec.json.decode(body))
        self.keeper.settled()
        self.keeper.words.setText(self._shell.frame.tr("接着上次没办完的填"))
        self.again.show()

    def _not_found(self, _error: Exception) -> None:
        """A draft that cannot be read keeps nobody from filling the form anew."""

    def _begin_anew(self) -> None:
        self._show(self._fresh)
        self.again.hide()
        self.keeper.drop()
        self.keeper.begin()
        if self._dialog.form is not None:
            self._dialog.form.focus_first()

    def _closed(self, accepted: bool) -> None:
        if accepted:
            self.keeper.drop()
        else:
            self.keeper.save()


def _find(look: Any, kind: str, title: str) -> tuple[UUID, bytes] | None:
    """The latest draft of this form about this thing."""
    for row in drafts.list_drafts(look, kind):
        if row.title == title:
            return row.id, drafts.read_draft(look, row.id)
    return None


def typed_in(form: Form) -> Typed:
    """What stands in the plain fields of a form, as text; choices by the words of their value."""
    found: Typed = {}
    for name, row in form.rows.items():
        field: Any = row.field
        if isinstance(field, QLineEdit):
            found[name] = field.text()
        elif isinstance(field, QPlainTextEdit):
            found[name] = field.toPlainText()
        elif hasattr(field, "typed"):
            found[name] = field.typed()
    return found


def show_typed(form: Form, typed: Typed) -> None:
    """Put back what `typed_in` gave; a field that is not there any more is passed over."""
    for name, value in typed.items():
        if name not in form.rows:
            continue
        field: Any = form.rows[name].field
        if isinstance(field, QLineEdit):
            field.setText(str(value))
        elif isinstance(field, QPlainTextEdit):
            field.setPlainText(str(value))
        elif hasattr(field, "show_typed"):
            field.show_typed(value)
