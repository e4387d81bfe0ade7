"""Notes and talks: kept for everybody, taken back by undo, and never a place where a secret number rests."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.notes import Note
from desktop.models.parties import Contact
from desktop.models.values import NoteKind
from desktop.ocr.id_number import make_id_number
from desktop.services import notes, timeline
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused, RowChanged
from desktop.services.notes import NoteForm
from desktop.services.office import Office
from desktop.services.timeline import Strand, TimelineAsk
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import check_in, rooms_of, sit_down


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def write(office: Office, actor: Actor, form: NoteForm) -> object:
    with begin(office, actor, Op.ADD_NOTE) as work:
        return notes.add_note(work, form)


def test_a_call_stands_in_the_timeline_of_person_and_lease(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, clerk, room)
    world.advance(timedelta(hours=1))
    write(
        office,
        clerk,
        NoteForm(
            "答应周二缴", NoteKind.CALL, news.party_id, room, incoming=False, answered=True,
            follow_up_on=date(2026, 11, 24),
        ),
    )  # fmt: skip
    with look(office, clerk) as reading:
        for entries in (
            timeline.party_timeline(reading, news.party_id),
            timeline.room_timeline(reading, room),
            timeline.party_timeline(reading, news.party_id, TimelineAsk(Strand.TALKS)),
        ):
            assert (entries[0].title, entries[0].detail) == ("去电", "答应周二缴 · 11-24 跟进 · 林小满")
            assert entries[0].strand is Strand.TALKS
            assert entries[0].note_id is not None
        assert {e.strand for e in timeline.party_timeline(reading, news.party_id, TimelineAsk(Strand.TALKS))} == {
            Strand.TALKS
        }
        due = notes.due_follow_ups(reading, date(2026, 11, 24))
        assert [(row.about, row.who) for row in due] == [("顾听澜 · 1 栋 301", "林小满")]
        assert notes.due_follow_ups(reading, date(2026, 11, 23)) == []


def test_a_telephone_moves_to_the_contacts_and_stands_masked(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    write(office, clerk, NoteForm("换号了，打 139 0000 2046 找她", party_id=news.party_id))
    write(office, clerk, NoteForm("还是 13900002046", party_id=news.party_id))
    with look(office, PROGRAM) as reading:
        texts = list(reading.session.scalars(sa.select(Note.text).order_by(Note.id)))
        kept = reading.session.scalars(sa.select(Contact).where(Contact.party_id == news.party_id)).all()
        numbers = [reading.unsealed(contact, "value") for contact in kept if contact.value_index is not None]
    assert texts == ["换号了，打 *********2046 找她", "还是 *******2046"]
    assert sorted(n for n in numbers if n) == ["13812345678", "13900002046"]  # kept once, and not preferred


@pytest.mark.parametrize("secret", [make_id_number(date(1990, 1, 2), "male"), "6217000010000000003"])
def test_an_id_number_or_card_is_refused_with_a_way_on(office: Office, clerk: Actor, secret: str) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with pytest.raises(ProblemsFound, match="不能写") as caught:
        write(office, clerk, NoteForm(f"号码 {secret}", party_id=news.party_id))
    assert secret not in caught.value.message
    with look(office, PROGRAM) as reading:
        assert reading.session.scalar(sa.select(sa.func.count()).select_from(Note)) == 0


def test_a_telephone_without_a_person_is_refused(office: Office, clerk: Actor) -> None:
    with pytest.raises(ProblemsFound, match="手机号"):
        write(office, clerk, NoteForm("打 13900002046", room_id=rooms_of(office)[0]))


def test_undo_brings_back_and_others_may_not_touch(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    note_id = write(office, clerk, NoteForm("钥匙放门卫", party_id=news.party_id, pinned=True))
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with pytest.raises(notes.SomebodyElsesNote, match="林小满"), begin(office, cashier, Op.CHANGE_NOTE) as work:
        notes.drop_note(work, note_id)  # type: ignore[arg-type]
    for dropped, left in ((True, 0), (False, 1)):
        with begin(office, clerk, Op.CHANGE_NOTE) as work:
            notes.drop_note(work, note_id, dropped)  # type: ignore[arg-type]
        with look(office, clerk) as reading:
            assert len(notes.pinned_notes(reading, party_id=news.party_id)) == left


def test_an_edit_on_top_of_another_shows_both(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    note_id = write(office, clerk, NoteForm("一", party_id=news.party_id))
    with look(office, clerk) as reading:
        row = notes.note_of(reading, note_id)  # type: ignore[arg-type]
    with begin(office, clerk, Op.CHANGE_NOTE) as work:
        notes.change_note(work, row.id, row.version, NoteForm("二"))
    with pytest.raises(RowChanged) as caught, begin(office, clerk, Op.CHANGE_NOTE) as work:
        notes.change_note(work, row.id, row.version, NoteForm("三"))
    assert (caught.value.theirs, caught.value.yours) == ({"text": "二"}, {"text": "三"})


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (NoteForm("  "), "text"),
        (NoteForm("字" * 2001), "text"),
        (NoteForm("明天来", happened_at=MORNING + timedelta(hours=2)), "happened_at"),
        (NoteForm("跟进", follow_up_on=date(2026, 11, 21)), "follow_up_on"),
        (NoteForm("谁的"), "party_id"),
    ],
)
def test_what_is_wrong_is_said(form: NoteForm, field: str) -> None:
    assert field in notes.note_problems(form, MORNING, MORNING.date())


def test_a_call_nobody_answered_needs_no_words() -> None:
    form = NoteForm("", NoteKind.CALL, incoming=False, answered=False, room_id=UUID(int=1))
    assert notes.note_problems(form, MORNING, MORNING.date()) == {}


def test_an_auditor_writes_nothing(office: Office, clerk: Actor) -> None:
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused):
        write(office, auditor, NoteForm("看过", room_id=rooms_of(office)[0]))
