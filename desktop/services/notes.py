"""Notes 备注 and talks 沟通记录: what was said with whom, when somebody comes back to it, and what stays pinned.

Text is kept in clear, so a number that would identify somebody never stays in it: a telephone moves to the person's
contacts, an ID number or bank card is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.leases import Lease
from desktop.models.notes import Note
from desktop.models.parties import Contact, Party
from desktop.models.places import Building, Room
from desktop.models.values import NoteKind, Right
from desktop.services import parties
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.keys import BlindField
from desktop.services.masks import SecretKind, SecretSpan, find_secrets, hide_secrets
from desktop.services.phones import parse_phone
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

LONGEST = 2000
KIND_WORDS = {NoteKind.NOTE: "备注", NoteKind.CALL: "电话", NoteKind.VISIT: "来访", NoteKind.MESSAGE: "微信或短信"}
_TOO_FAR = timedelta(minutes=10)
"""How far ahead of the clock a talk may be dated: two PCs never agree to the second."""


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What the note dialog gathers. `happened_at` None: now. `incoming` and `answered` belong to calls and messages."""

    text: str
    kind: NoteKind = NoteKind.NOTE
    party_id: UUID | None = None
    room_id: UUID | None = None
    lease_id: UUID | None = None
    happened_at: datetime | None = None
    incoming: bool | None = None
    answered: bool | None = None
    follow_up_on: date | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note as a page shows it."""

    id: UUID
    version: int
    form: NoteForm
    who: str
    about: str
    """Whose it is: 顾听澜 · 1 栋 301."""


class SomebodyElsesNote(DomainError):
    def __init__(self, who: str) -> None:
        super().__init__(f"这条是{who}写的：自己另写一条，或请主管修改")


def note_problems(form: NoteForm, now: datetime, today: date) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if not form.text.strip() and not (form.kind is NoteKind.CALL and form.answered is False):
        problems["text"] = "写一句说了什么，以后看得懂"
    elif len(form.text) > LONGEST:
        problems["text"] = f"最多 {LONGEST} 字，现在 {len(form.text)} 字：分成两条"
    else:
        spans = [span for span in find_secrets(form.text) if span.kind is not SecretKind.PHONE]
        if spans:
            word = "身份证号" if spans[0].kind is SecretKind.ID_NUMBER else "银行卡号"
            problems["text"] = f"备注不加密，不能写{word}（尾号 {spans[0].digits[-4:]}）：删去它，填到资料里"
    if form.happened_at is not None and form.happened_at > now + _TOO_FAR:
        problems["happened_at"] = "时间在以后：约好的事填到「跟进日期」"
    if form.follow_up_on is not None and form.follow_up_on < today:
        problems["follow_up_on"] = "跟进日期已经过去，选今天或以后"
    if not (form.party_id or form.room_id or form.lease_id):
        problems["party_id"] = "选这条备注属于谁或哪间房"
    return problems


@needs(Right.WRITE_NOTES)
def add_note(work: Work, form: NoteForm) -> UUID:
    """Keep a note on a person, room or lease. Raises ProblemsFound.

    A telephone in it becomes a further contact of the person, and stands masked in the text.
    """
    if problems := note_problems(form, work.at, work.world.today()):
        raise ProblemsFound(problems)
    form = _settled(work, form)
    note = work.add(
        Note(
            kind=form.kind, party_id=form.party_id, room_id=form.room_id, lease_id=form.lease_id,
            happened_at=form.happened_at or work.at, incoming=form.incoming, answered=form.answered, text=form.text,
            follow_up_on=form.follow_up_on, pinned=form.pinned,
        )
    )  # fmt: skip
    _about(work, note)
    work.record(kind=form.kind.value)
    return note.id


@needs(Right.WRITE_NOTES)
def change_note(work: Work, note_id: UUID, version: int, form: NoteForm) -> None:
    """Correct one's own note; somebody else's only with the right to edit people. Raises ProblemsFound, RowChanged."""
    note = work.take(Note, note_id)
    _mine(work, note)
    if note.version != version:
        from desktop.services.changes import last_changes
        from desktop.services.timeline import last_act

        by = last_changes(work, "note", [note_id])
        raise RowChanged({"text": note.text}, {"text": form.text}, *last_act(work, note_id), by)
    form = replace(form, party_id=note.party_id, room_id=note.room_id, lease_id=note.lease_id)
    # A day that was promised and has gone by may stay as it was.
    asked = replace(form, follow_up_on=None) if form.follow_up_on == note.follow_up_on else form
    if problems := note_problems(asked, work.at, work.world.today()):
        raise ProblemsFound(problems)
    form = _settled(work, form)
    note.kind, note.text, note.pinned = form.kind, form.text, form.pinned
    note.incoming, note.answered, note.follow_up_on = form.incoming, form.answered, form.follow_up_on
    if form.happened_at is not None:
        note.happened_at = form.happened_at
    work.subject(note)
    work.record(kind=form.kind.value)


@needs(Right.WRITE_NOTES)
def drop_note(work: Work, note_id: UUID, dropped: bool = True) -> None:
    """Take a note away, or bring it back: what the undo toast does."""
    # Not `work.get`: a note that was taken away must be found again.
    note = work.session.get_one(Note, note_id)
    _mine(work, note)
    note.deleted_at = work.at if dropped else None
    _about(work, note)
    work.record(dropped=dropped)


@needs(Right.WRITE_NOTES)
def pin_note(work: Work, note_id: UUID, pinned: bool) -> None:
    """Let a note stand on top of its page for everybody, or take it down."""
    note = work.get(Note, note_id)
    note.pinned = pinned
    _about(work, note)
    work.record(pinned=pinned)


@needs(Right.SEE_PARTIES)
def note_of(look: Look, note_id: UUID) -> NoteRow:
    """One note, for its dialog."""
    return _rows(look, _query().where(Note.id == note_id))[0]


@needs(Right.SEE_PARTIES)
def pinned_notes(look: Look, party_id: UUID | None = None, room_id: UUID | None = None) -> list[NoteRow]:
    """What stands on top of the page of a person or room, the newest first."""
    which = Note.party_id == party_id if party_id is not None else Note.room_id == room_id
    return _rows(look, _query().where(which, Note.pinned).order_by(Note.happened_at.desc()).limit(5))


@needs(Right.SEE_PARTIES)
def due_follow_ups(look: Look, until: date, limit: int = 100) -> list[NoteRow]:
    """What somebody promised to come back to by a day, the longest waiting first."""
    return _rows(
        look, _query().where(Note.follow_up_on <= until).order_by(Note.follow_up_on, Note.happened_at).limit(limit)
    )


def _query() -> Any:
    return (
        sa.select(Note, StaffMember.name, Party.name, Building.name, Room.number)
        .outerjoin(StaffMember, StaffMember.id == Note.created_by)
        .outerjoin(Party, Party.id == Note.party_id)
        .outerjoin(Room, Room.id == Note.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(Note.deleted_at.is_(None))
    )


def _rows(look: Look, query: Any) -> list[NoteRow]:
    return [
        NoteRow(
            note.id, note.version, form_of(note), who or "程序",
            " · ".join(each for each in (party, f"{building} {room}" if room else None) if each),
        )
        for note, who, party, building, room in look.session.execute(query)
    ]  # fmt: skip


def form_of(note: Note) -> NoteForm:
    """A stored note as the dialog gathers it."""
    return NoteForm(
        note.text, note.kind, note.party_id, note.room_id, note.lease_id, note.happened_at, note.incoming,
        note.answered, note.follow_up_on, note.pinned,
    )  # fmt: skip


def headline(form: NoteForm) -> str:
    """What a note is called in a timeline: 去电未接, 来电, 备注."""
    if form.kind is NoteKind.CALL:
        if form.incoming:
            return "来电"
        return "去电" if form.answered is not False else "去电未接"
    return KIND_WORDS[form.kind]


def _mine(work: Work, note: Note) -> None:
    if note.created_by == work.actor.staff_id or Right.EDIT_PARTIES in work.actor.rights:
        return
    member = work.session.get(StaffMember, note.created_by) if note.created_by is not None else None
    raise SomebodyElsesNote(member.name if member is not None else "程序")


def _about(work: Work, note: Note) -> None:
    """The act is about the person or room, so that it stands in the log beside theirs."""
    if note.party_id is not None:
        work.subject_id("party", note.party_id)
    elif note.room_id is not None:
        work.subject_id("room", note.room_id)
    else:
        work.subject(note)


@part
def _settled(work: Work, form: NoteForm) -> NoteForm:
    """The form with its lease's room and person filled in, tidy text, and telephones moved to the contacts."""
    text = "\n".join(line.rstrip() for line in form.text.strip().splitlines())
    if form.lease_id is not None:
        work.get(Lease, form.lease_id)
    if form.room_id is not None:
        work.get(Room, form.room_id)
    party = work.get(Party, form.party_id) if form.party_id is not None else None
    phones = [span for span in find_secrets(text) if span.kind is SecretKind.PHONE]
    if phones:
        _move_phones(work, party, phones)
        text = hide_secrets(text)
    return replace(form, text=text)


def _move_phones(work: Work, party: Party | None, spans: Sequence[SecretSpan]) -> None:
    if party is None or Right.EDIT_PARTIES not in work.actor.rights:
        tail = spans[0].digits[-4:]
        raise ProblemsFound({"text": f"备注不加密，不能写手机号（尾号 {tail}）：删去它，或记到租客的联系方式里"})
    for span in spans:
        phone = parse_phone(span.digits)
        known = work.session.scalar(
            sa.select(Contact.id).where(
                Contact.party_id == party.id, Contact.deleted_at.is_(None),
                Contact.value_index == work.vault.blind(BlindField.PHONE, phone.stored),
            )
        )  # fmt: skip
        if known is None:
            parties.add_phone(work, party, phone, preferred=False)
