"""Somebody stored a version of the template meanwhile: both edits become one text, and where both wrote the clerk
chooses line by line."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.services import templates
from desktop.services.templates import TemplateChanged, TemplateText
from desktop.services.text_merge import Merged, merge
from desktop.views import messages
from desktop.views.pages import Shell
from desktop.views.versions import FieldVersions, VersionsDialog
from desktop.views.workshop.text_editor import TextEditor


def read_both(session: Any, kind: str, based_on: int) -> tuple[TemplateText, TemplateText]:
    """The version that was edited here, and the one in force now. In a job."""
    from desktop.services.work import look

    with look(session.office, session.actor) as reading:
        return templates.read_version(reading, kind, based_on), templates.current_template(reading, kind)


class TemplateMerge(QObject):
    """Signals: merged(text, the version it is based on now, whether it is to be stored at once).

    Lines that only one side changed are put together by themselves, to be looked at before they are stored.
    """

    merged = Signal(str, object, bool)

    def __init__(self, shell: Shell, editor: TextEditor) -> None:
        super().__init__(editor)
        self._shell, self._editor = shell, editor

    def begin(self, error: TemplateChanged, based_on: int) -> None:
        """Read both anew: a third version may have come meanwhile."""
        read = partial(read_both, self._shell.session, error.kind, based_on)
        self._shell.run(read, partial(self._compare, error))

    def _compare(self, error: TemplateChanged, both: tuple[TemplateText, TemplateText]) -> None:
        base, newest = both
        found = merge(base.body, newest.body, self._editor.text())
        if not found.clashes:
            words = self.tr("{who}刚存了第 {n} 版，和您改的不在同一处：已合在一起，看过再存")
            messages.show_warning(words.format(who=error.newest.who, n=newest.ordinal))
            self.merged.emit(found.text({}), newest, False)
            return
        rows = [
            FieldVersions(
                str(at), self.tr("第 {n} 行").format(n=clash.line), "\n".join(clash.theirs), "\n".join(clash.yours),
                mine=True, by=error.newest.who,
            )
            for at, clash in found.clashes.items()
        ]  # fmt: skip
        words = self.tr("{who}存了第 {n} 版，有 {m} 处您两位都改了：每处选一个；只有一人改的，两边都留着")
        dialog = VersionsDialog(
            self._shell.frame, words.format(who=error.newest.who, n=newest.ordinal, m=len(rows)), rows
        )
        dialog.decided.connect(partial(self._decided, found, newest))
        self._shell.open(dialog)

    def _decided(self, found: Merged, newest: TemplateText, mine: frozenset[str]) -> None:
        chosen = {at: clash.yours if str(at) in mine else clash.theirs for at, clash in found.clashes.items()}
        self.merged.emit(found.text(chosen), newest, True)
