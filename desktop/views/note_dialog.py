"""The dialog of a note or talk: what was said, how, when somebody comes back to it; also to correct or drop one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal

from desktop.models.values import NoteKind
from desktop.services import notes
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.notes import NoteForm, NoteRow
from desktop.views.buttons import Button
from desktop.views.dates import DateField
from desktop.views.dialogs import Dialog
from desktop.views.fields import NoteField
from desktop.views.form_draft import FormDraft
from desktop.views.keys import bind
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge

_IN, _OUT, _MISSED = "in", "out", "missed"
"""A call that came in, one we made, one nobody picked up."""


class NoteDialog(Dialog):
    """Write a note, or correct one. Signals: done(note id, words) once it is stored; dropped(note id)."""

    help_topic = "notes"
    done = Signal(object, str)
    dropped = Signal(object)

    def __init__(self, shell: Shell, about: NoteForm, words: str, row: NoteRow | None = None) -> None:
        title = shell.frame.tr("写一条") if row is None else shell.frame.tr("改这条备注")
        super().__init__(shell.frame, title, subtitle=words, primary=shell.frame.tr("记下"), wide=620)
        self.shell, self.about, self.row = shell, about if row is None else row.form, row
        self._build(self.about)
        self.submitted.connect(self._store)

    def _build(self, shown: NoteForm) -> None:
        form = self.use_form(2)
        self.kind = Segment(
            [
                Option("note", self.tr("备注"), "message-square"),
                Option(_OUT, self.tr("去电"), "phone"),
                Option(_MISSED, self.tr("去电未接"), "phone"),
                Option(_IN, self.tr("来电"), "phone"),
                Option("visit", self.tr("来访"), "users"),
                Option("message", self.tr("微信或短信"), "send"),
            ]
        )
        form.add("kind", self.tr("怎么联系的"), self.kind, span=2, hint=self.tr("Alt 1…6"))
        for at in range(self.kind.count):
            bind(self, f"Alt+{at + 1}", partial(self.kind.choose, at))
        self.text = NoteField(lines=4)
        form.add("text", self.tr("说了什么"), self.text, span=2)
        form.add(
            "follow_up_on", self.tr("跟进日期"), DateField(self.shell.today), hint=self.tr("到那天提醒，没有就留空")
        )
        form.add("more", "", TicksField([("pinned", self.tr("置顶，所有人打开都看到"), "")], columns=1))
        form.set_values(_values_of(shown))
        whose = shown.lease_id or shown.party_id or shown.room_id
        self.draft = FormDraft(self.shell, self, "note", self.row.id if self.row is not None else whose)
        self._merge: Merge | None = None
        if self.row is not None:
            read = partial(self.shell.session.read, notes.note_of, self.row.id)
            self._merge = Merge(self.shell, self, read, _values_of_row, self._know)
            away = Button(self.tr("删除备注"), "quiet", icon="trash-2", slot=self._drop)
            self.foot.insertWidget(1, away)

    def open(self) -> None:
        super().open()
        self.text.setFocus()

    def request(self) -> NoteForm:
        assert self.form is not None
        typed = self.form.values()
        call = typed["kind"] in (_IN, _OUT, _MISSED)
        return replace(
            self.about,
            kind=NoteKind.CALL if call else NoteKind(typed["kind"]),
            incoming=typed["kind"] == _IN if call else None,
            answered=typed["kind"] != _MISSED if call and typed["kind"] != _IN else None,
            text=typed["text"] or "",
            follow_up_on=typed["follow_up_on"],
            pinned="pinned" in typed["more"],
        )

    def problems(self) -> Mapping[str, str]:
        session = self.shell.session
        asked = self.request()
        if self.row is not None and asked.follow_up_on == self.row.form.follow_up_on:
            asked = replace(asked, follow_up_on=None)  # a day that has gone by may stay
        return notes.note_problems(asked, session.office.world.now(), self.shell.today())

    def _store(self, request: NoteForm) -> None:
        self.set_busy(True)
        session = self.shell.session
        if self.row is None:
            job = partial(session.act, Op.ADD_NOTE, notes.add_note, request)
        else:
            job = partial(session.act, Op.CHANGE_NOTE, notes.change_note, self.row.id, self.row.version, request)
        self.shell.run(job, self._stored, self.refuse, write=True)

    def _stored(self, note_id: object) -> None:
        self.accept()
        self.done.emit(note_id or (self.row.id if self.row else None), notes.headline(self.request()))

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, row: NoteRow) -> None:
        self.row, self.about = row, row.form

    def _drop(self) -> None:
        assert self.row is not None
        self.set_busy(True)
        job = partial(self.shell.session.act, Op.CHANGE_NOTE, notes.drop_note, self.row.id)
        self.shell.run(job, self._gone, self.refuse, write=True)

    def _gone(self, _news: object) -> None:
        assert self.row is not None
        self.accept()
        self.dropped.emit(self.row.id)


def _values_of_row(row: NoteRow) -> dict[str, Any]:
    return _values_of(row.form)


def _values_of(shown: NoteForm) -> dict[str, Any]:
    """What stands in the form for a note."""
    kind: Any = shown.kind.value
    if shown.kind is NoteKind.CALL:
        kind = _IN if shown.incoming else _OUT if shown.answered is not False else _MISSED
    return {
        "kind": kind, "text": shown.text, "follow_up_on": shown.follow_up_on,
        "more": ("pinned",) if shown.pinned else (),
    }  # fmt: skip
