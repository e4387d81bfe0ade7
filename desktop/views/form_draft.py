"""The draft of a dialog: what was typed is kept sealed while one types, and stands there again when it is opened anew.

`FormDraft(shell, dialog, "party.edit", about)` once the form of the dialog is whole; `about` tells one thing's draft
from another's: an id. Esc keeps the draft, storing drops it. Only what differs from how the form stood is kept, so that
what others have changed meanwhile is not undone by an old draft. Passwords and consents are never kept.
"""

from __future__ import annotations

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

    def __init__(self, shell: Shell, dialog: Dialog, kind: str, about: object = "") -> None:
        assert dialog.form is not None
        self._shell, self._dialog, self._form, self._about = shell, dialog, dialog.form, str(about)
        self._fresh = typed_in(self._form)
        self.keeper = DraftKeeper(shell, kind, self._kept)
        self.again = Button(shell.frame.tr("重新填"), "quiet", size="small", key="Alt+0", slot=self._begin_anew)
        self.again.hide()
        dialog.foot.insertWidget(2, self.again)
        dialog.foot.insertWidget(3, self.keeper)
        dialog.form.changed.connect(self._changed)
        dialog.closed.connect(self._closed)
        if shell.allowed(Right.USE_DRAFTS):
            shell.run(partial(shell.session.read, _find, kind, self._about), self._found, self._not_found)

    def _kept(self) -> Kept | None:
        typed = {name: value for name, value in typed_in(self._form).items() if value != self._fresh.get(name)}
        return Kept(self._about, msgspec.json.encode(typed)) if typed else None

    def _changed(self) -> None:
        if self._shell.allowed(Right.USE_DRAFTS):
            self.keeper.changed()

    def _found(self, found: tuple[UUID, bytes] | None) -> None:
        if found is None or self.keeper.dirty:
            return  # nothing was left, or the clerk was quicker
        draft_id, body = found
        self.keeper.begin(draft_id)
        show_typed(self._form, msgspec.json.decode(body))
        self.keeper.settled()
        self.keeper.words.setText(self._shell.frame.tr("接着上次没办完的填"))
        self.again.show()

    def _not_found(self, _error: Exception) -> None:
        """A draft that cannot be read keeps nobody from filling the form anew."""

    def _begin_anew(self) -> None:
        show_typed(self._form, self._fresh)
        self.again.hide()
        self.keeper.drop()
        self.keeper.begin()
        self._form.focus_first()

    def _closed(self, accepted: bool) -> None:
        if accepted:
            self.keeper.drop()
        else:
            self.keeper.save()


def _find(look: Any, kind: str, about: str) -> tuple[UUID, bytes] | None:
    """The latest draft of this form about this thing."""
    for row in drafts.list_drafts(look, kind):
        if row.title == about:
            return row.id, drafts.read_draft(look, row.id)
    return None


def typed_in(form: Form) -> Typed:
    """What stands in the fields of a form, as plain JSON: text, and what a field of its own kind says in `typed()`."""
    found: Typed = {}
    for name, row in form.rows.items():
        field: Any = row.field
        if hasattr(field, "typed"):
            found[name] = field.typed()
        elif isinstance(field, QLineEdit):
            if field.echoMode() is QLineEdit.EchoMode.Normal:
                found[name] = field.text()
        elif isinstance(field, QPlainTextEdit):
            found[name] = field.toPlainText()
    return found


def show_typed(form: Form, typed: Typed) -> None:
    """Put back what `typed_in` gave; a field that is not there any more is passed over."""
    for name, value in typed.items():
        if name not in form.rows:
            continue
        field: Any = form.rows[name].field
        if hasattr(field, "show_typed"):
            field.show_typed(value)
        elif isinstance(field, QLineEdit):
            field.setText(str(value))
        elif isinstance(field, QPlainTextEdit):
            field.setPlainText(str(value))
