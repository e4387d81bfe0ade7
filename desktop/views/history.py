"""往来记录 beside a person, room or lease: the stream narrowed by strand, older pages on demand, notes to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop.models.values import Right
from desktop.services import notes
from desktop.services.acts import Op
from desktop.services.notes import NoteForm, NoteRow
from desktop.services.timeline import MOST, STRAND_WORDS, Strand, TimelineAsk, TimelineEntry
from desktop.views.buttons import Button, IconButton
from desktop.views.fields import ChoiceField
from desktop.views.labels import Glyph, Well, label
from desktop.views.note_dialog import NoteDialog
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Shell
from desktop.views.timeline import Event, Timeline

LOOKS = {
    Op.CHECK_IN: ("log-in", "ok"),
    Op.TAKE_PAYMENT: ("banknote", "ok"),
    Op.REVERSE_PAYMENT: ("undo-2", "danger"),
    Op.CHANGE_PLACE: ("pencil", ""),
    Op.REGISTER_PARTY: ("user-round-plus", "info"),
    Op.CHANGE_PARTY: ("pencil", ""),
    Op.CHANGE_LEASE: ("file-text", "info"),
    Op.RENEW_LEASE: ("calendar-plus", "ok"),
    Op.POST_BILLS: ("receipt", "info"),
    Op.PRINT_PAPER: ("printer", ""),
    Op.REVEAL: ("eye", "warn"),
    Op.STORE_FILE: ("paperclip", ""),
    Op.REPORT_REPAIR: ("wrench", "warn"),
    Op.ADD_NOTE: ("message-square", "warn"),
    Op.RESERVE_ROOM: ("bookmark", "violet"),
    Op.CHANGE_RESERVATION: ("bookmark", "violet"),
    Op.SIGN_PAPER: ("signature", "ok"),
}
_CALLS = ("来电", "去电", "去电未接")
_PAGES = {
    "payment": ("receipt", "payment_id"), "lease": ("lease", "lease_id"), "room": ("room", "room_id"),
    "bill": ("bill", "bill_id"), "work_order": ("repair", "order_id"),
}  # fmt: skip
"""What an entry of a table opens: page and parameter."""

Reader = Callable[..., list[TimelineEntry]]


def when_words(at: datetime, today: date, *, time: bool = False) -> str:
    """今天 10:12, 11-18, 2025-11-18: as much as is needed to know the day; with `time` the hour of other days too."""
    day = at.date()
    if day == today:
        return f"今天 {at:%H:%M}"
    words = f"{at:%m-%d}" if day.year == today.year else f"{day}"
    return f"{words} {at:%H:%M}" if time else words


def event_of(entry: TimelineEntry, today: date, opens: bool = False) -> Event:
    """One entry as a line of history."""
    icon, tone = LOOKS.get(Op(entry.op), ("circle-dot", "")) if entry.op in set(Op) else ("circle-dot", "")
    if entry.op == Op.ADD_NOTE and entry.title in _CALLS:
        icon = "phone"
    return Event(icon, entry.title, when_words(entry.at, today), entry.detail, tone, opens)


class History(QWidget):
    """The stream with its head. `show_history` is called by the page with what it read; the rest it asks itself.

    `reader` is one of services.timeline's three, `about` makes an empty note of the page's subject.
    """

    def __init__(self, shell: Shell, reader: Reader, about: Callable[[UUID], NoteForm]) -> None:
        super().__init__()
        self.shell, self._reader, self._about = shell, reader, about
        self._subject: UUID | None = None
        self._words = ""
        self._entries: list[TimelineEntry] = []
        self.strand = ChoiceField([(None, self.tr("全部")), *((each, STRAND_WORDS[each]) for each in Strand)])
        self.strand.setAccessibleName(self.tr("只看哪一类"))
        self.strand.changed.connect(self._narrowed)
        self.write = Button(self.tr("写一条"), "quiet", size="small", key="Ctrl+N", slot=self.write_note)
        self.timeline = Timeline()
        self.timeline.opened.connect(self._open)
        self.more = Button(self.tr("更早的记录"), "quiet", size="small", slot=self._older)
        self.empty = label("", "muted", wrap=True)
        self._pinned = QVBoxLayout()
        self._pinned.setSpacing(6)
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.strand, 1)
        head.addWidget(self.write)
        stream = QWidget()
        inner = QVBoxLayout(stream)
        inner.setContentsMargins(0, 4, 6, 4)
        inner.setSpacing(4)
        inner.addLayout(self._pinned)
        inner.addWidget(self.timeline)
        inner.addWidget(self.empty)
        inner.addWidget(self.more)
        inner.addStretch(1)
        self.scroller = BodyScroll(stream)
        self.timeline.current_changed.connect(self._into_view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.scroller, 1)

    def place_in(self, layout: QLayout) -> None:
        """Stand in the side card or in the tab, as the width allows."""
        if self.parentWidget() is None or self.parentWidget().layout() is not layout:
            layout.addWidget(self)

    # showing

    def show_history(
        self, subject: UUID, words: str, entries: Sequence[TimelineEntry], pinned: Sequence[NoteRow]
    ) -> None:
        """Show the first page of a subject; a strand that was chosen stays chosen for the same subject."""
        anew = subject != self._subject
        self._subject, self._words = subject, words
        self.write.setVisible(self.shell.allowed(Right.WRITE_NOTES))
        self._show_pinned(pinned)
        if anew and self.strand.value() is not None:
            self.strand.set_value(None)
        if self.strand.value() is None:
            self._show(list(entries), len(entries) >= MOST)
        else:
            self._narrowed()

    def _show(self, entries: list[TimelineEntry], more: bool) -> None:
        self._entries = entries
        today = self.shell.today()
        self.timeline.show_events([event_of(entry, today, self._opens(entry)) for entry in entries])
        self.more.setVisible(more)
        self.empty.setVisible(not entries)
        narrowed = self._strand()
        self.empty.setText(
            self.tr("还没有记录：按 Ctrl N 写第一条")
            if narrowed is None
            else self.tr("没有「{kind}」记录：上面换成全部再看").format(kind=STRAND_WORDS[narrowed])
        )

    def _show_pinned(self, rows: Sequence[NoteRow]) -> None:
        while self._pinned.count():
            item = self._pinned.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()
        for row in rows:
            well = Well("warn")
            line = QHBoxLayout()
            line.setSpacing(6)
            line.addWidget(Glyph("star", "warn"))
            line.addWidget(label(row.form.text, wrap=True), 1)
            if self.shell.allowed(Right.WRITE_NOTES):
                down = IconButton("x", self.tr("取消置顶：{text}").format(text=row.form.text[:20]), size=26)
                down.clicked.connect(partial(self._unpin, row.id))
                line.addWidget(down)
            well.body.addLayout(line)
            self._pinned.addWidget(well)

    def _opens(self, entry: TimelineEntry) -> bool:
        if entry.note_id is not None:
            return self.shell.allowed(Right.WRITE_NOTES)
        return entry.subject_table in _PAGES and entry.subject_id != self._subject

    def _into_view(self, at: int) -> None:
        box = self.timeline.box_of(at)
        stream = self.scroller.widget()
        assert stream is not None
        middle = self.timeline.mapTo(stream, box.center())
        self.scroller.ensureVisible(middle.x(), middle.y(), 0, box.height())

    # asking

    def _strand(self) -> Strand | None:
        chosen = self.strand.value()
        return chosen if isinstance(chosen, Strand) else None

    def _narrowed(self) -> None:
        self._ask(TimelineAsk(self._strand()), [])

    def _older(self) -> None:
        if self._entries:
            self._ask(TimelineAsk(self._strand(), self._entries[-1].at), self._entries)

    def _ask(self, ask: TimelineAsk, kept: list[TimelineEntry]) -> None:
        if self._subject is not None:
            job = partial(self.shell.session.read, self._reader, self._subject, ask)
            self.shell.run(job, partial(self._answered, self._subject, ask, kept))

    def _answered(self, subject: UUID, ask: TimelineAsk, kept: list[TimelineEntry], page: list[TimelineEntry]) -> None:
        if subject == self._subject and ask.strand == self._strand():
            self._show([*kept, *page], len(page) >= ask.limit)

    # notes

    def write_note(self) -> None:
        """Ctrl+N: a note on whom or what the page shows."""
        if self._subject is not None and self.shell.allowed(Right.WRITE_NOTES):
            dialog = NoteDialog(self.shell, self._about(self._subject), self._words)
            dialog.done.connect(self._written)
            self.shell.open(dialog)

    def _open(self, at: int) -> None:
        entry = self._entries[at]
        if entry.note_id is not None:
            self.shell.run(partial(self.shell.session.read, notes.note_of, entry.note_id), self._edit_note)
        elif self._opens(entry):
            page, parameter = _PAGES[entry.subject_table]
            self.shell.navigate(page, **{parameter: entry.subject_id})

    def _edit_note(self, row: NoteRow) -> None:
        dialog = NoteDialog(self.shell, row.form, row.about, row)
        dialog.done.connect(self._written)
        dialog.dropped.connect(self._dropped)
        self.shell.open(dialog)

    def _written(self, note_id: UUID, words: str) -> None:
        self.shell.toast(self.tr("已记下{what}").format(what=words), partial(self._put_away, note_id, True))

    def _dropped(self, note_id: UUID) -> None:
        self.shell.toast(self.tr("已删除 1 条备注"), partial(self._put_away, note_id, False))

    def _put_away(self, note_id: UUID, dropped: bool) -> None:
        job = partial(self.shell.session.act, Op.CHANGE_NOTE, notes.drop_note, note_id, dropped)
        self.shell.run(job, write=True)

    def _unpin(self, note_id: UUID, *_: object) -> None:
        job = partial(self.shell.session.act, Op.CHANGE_NOTE, notes.pin_note, note_id, False)
        self.shell.run(job, write=True)
