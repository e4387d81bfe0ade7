"""What a desk is told of head office: what waits, since when and why; and what met, settled by one choice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.columns import to_wire
from desktop.models.parties import PersonDocument
from desktop.models.sync import ConflictTask, FieldHistory, SeenAct
from desktop.models.trust import AuditEntry
from desktop.models.values import Money
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.keys import BlindField
from desktop.services.notes import NoteForm, add_note
from desktop.services.office import Office
from desktop.services.sync import conflicts, messages
from desktop.services.sync.apply import Coming, apply_acts, apply_page
from desktop.services.sync.conflicts import AlreadySettled, Task
from desktop.services.sync.desk import facts_of, held_acts, record_trouble
from desktop.services.sync.head_office import SENTENCES, Why
from desktop.services.sync.meeting import open_task
from desktop.services.sync.outbox import outgoing, seal
from desktop.services.sync.state import change_state, state_of
from desktop.services.sync.troubles import BROKEN, aside_words, sentence_of
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.sync_kit import Met, enrol, set_rent


@pytest.fixture
def met(tmp_path: Path, databases: Databases, engine_kind: str) -> Iterator[Met]:
    made = Met(tmp_path, databases, engine_kind)
    yield made
    made.close()


def tasks(office: Office, actor: Actor = PROGRAM) -> tuple[Task, ...]:
    with look(office, actor) as reading:
        return conflicts.open_tasks(reading)


def act(office: Office, function: Any, *arguments: Any) -> Any:
    with begin(office, PROGRAM, Op.SETTLE_CONFLICT) as work:
        return function(work, *arguments)


# ---- how it stands ---------------------------------------------------------------------------------------------------


def test_an_office_without_head_office_says_so(office: Office) -> None:
    facts = facts_of(office)
    assert not facts.enrolled
    assert (facts.waiting, facts.apart_words) == (0, "")
    assert "没有登记到总部" in facts.words


def test_what_waits_is_counted_from_the_oldest(office: Office, world: SeededWorld) -> None:
    enrol(office)
    state_of(office)
    with office.writing() as session:  # head office has everything so far
        seal(session)
        change_state(session, acked=session.scalar(sa.text("SELECT last_seq FROM sync_state")), met_at=world.now())
        session.commit()
    assert facts_of(office).waiting == 0
    assert facts_of(office).words == "和总部一致，上次同步 11-22 09:00"
    world.advance(timedelta(minutes=12))
    first = world.now()
    for minutes in (0, 30):
        world.advance(timedelta(minutes=minutes))
        with begin(office, PROGRAM, Op.ADD_NOTE) as work:
            add_note(work, NoteForm("电话里说下周交", room_id=rooms_of(office)[0]))
    with office.writing() as session:  # one is sealed, as in a session that was cut off: it waits all the same
        seal(session)
        session.commit()
    facts = facts_of(office)
    assert (facts.waiting, facts.waiting_since) == (2, first)
    assert facts.words == "2 笔待上传（自 11-22 09:12），上次同步 11-22 09:00"


def test_trouble_is_remembered_from_its_beginning(office: Office, world: SeededWorld) -> None:
    enrol(office)
    assert record_trouble(office, Why.NO_LINE.value)
    begun = world.now()
    world.advance(timedelta(hours=2))
    assert not record_trouble(office, Why.NO_LINE.value)
    facts = facts_of(office)
    assert (facts.trouble, facts.trouble_since) == ("no_line", begun)
    assert facts.why == SENTENCES[Why.NO_LINE]
    assert facts.why_briefly == "连不上总部"
    assert record_trouble(office, messages.REVOKED)
    assert facts_of(office).trouble_since == world.now(), "another trouble has its own beginning"


def test_a_day_and_a_week_alone_are_told(office: Office, world: SeededWorld) -> None:
    enrol(office)
    world.advance(timedelta(hours=23))
    assert facts_of(office).apart_words == ""
    world.advance(timedelta(hours=2))
    assert "照常" in facts_of(office).apart_words
    world.advance(timedelta(days=7))
    assert "超过 7 天" in facts_of(office).apart_words


def test_every_code_has_a_sentence_that_says_what_to_do() -> None:
    refusals = (
        messages.UNKNOWN_DEVICE, messages.REVOKED, messages.FOREIGN, messages.EPOCH, messages.GAP, messages.FORK,
        messages.TOO_LARGE, BROKEN,
    )  # fmt: skip
    told = {sentence_of(code) for code in [*(why.value for why in Why), *refusals]}
    assert len(told) == len(Why) + len(refusals)
    assert all("：" in words for words in told)
    assert sentence_of("of a later program") == sentence_of(BROKEN)


def test_what_waits_to_go_in_says_why(met: Met) -> None:
    (notice,) = [each for each in met.early.acts() if b'"change_lease"' in each.header][:1]
    office = met.apart.replica()
    try:
        with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
            waiting = {
                "act_id": office.world.new_id(), "place": 9, "device_id": office.device_id, "header": notice.header,
                "sig": notice.sig, "ops": b"\x90", "came_at": work.at, "why": "lease_term 12 is not here",
            }  # fmt: skip
            work.derive(sa.insert(table_of(SeenAct)).values(**waiting), "seen_act")
            work.record()
        with look(office, PROGRAM) as reading:
            (held,) = held_acts(reading)
        assert held.what.startswith("变更租约 11-22")
        assert held.why == "它接着办的那一步还没有到，到了自动补上"
    finally:
        office.close()
    assert "升级" in aside_words("wire version 2")
    assert "升级" in aside_words("lease_term.colour")
    assert "升级" in aside_words("table dream")
    assert "管理员" in aside_words("something else")


# ---- what met --------------------------------------------------------------------------------------------------------


def test_a_field_written_twice_shows_both_values(met: Met) -> None:
    (task,) = tasks(met.early.office)
    assert task.kind == conflicts.EDITED_TWICE
    assert task.what.startswith("租约 ")
    assert task.sides is not None
    assert (task.sides.field, task.sides.now, task.sides.other) == ("月租", "¥2,000.00", "¥1,900.00")
    assert tasks(met.late.office) == ()


def test_the_one_that_stands_is_kept(met: Met) -> None:
    (task,) = tasks(met.early.office)
    act(met.early.office, conflicts.keep_present, task.id)
    assert met.rent(met.early) == Money.yuan(2000)
    assert tasks(met.early.office) == ()
    with pytest.raises(AlreadySettled):
        act(met.early.office, conflicts.keep_present, task.id)
    with met.early.office.reading() as session:
        done = session.scalars(sa.select(ConflictTask)).one()
        entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).one()
    assert done.closed_at == met.early.office.world.now()
    assert (entry.op, entry.facts["kept"]) == ("settle_conflict", "present")


def test_the_other_is_taken_here_and_everywhere(met: Met) -> None:
    (task,) = tasks(met.early.office)
    met.early.world.advance(timedelta(minutes=20))
    assert act(met.early.office, conflicts.take_other, task.id, task.version) == "¥1,900.00"
    assert met.rent(met.early) == Money.yuan(1900)
    assert not apply_acts(met.late.office, met.early.acts(), met.apart.trusted()).aside
    assert met.rent(met.late) == Money.yuan(1900)
    assert tasks(met.early.office) == tasks(met.late.office) == (), "a choice is no new conflict"


def test_a_choice_is_for_what_was_seen(met: Met) -> None:
    (task,) = tasks(met.early.office)
    with begin(met.early.office, PROGRAM, Op.CHANGE_LEASE) as work:
        set_rent(work, met.term_id, Money.yuan(2100))
    with pytest.raises(RowChanged):
        act(met.early.office, conflicts.take_other, task.id, task.version)
    assert met.rent(met.early) == Money.yuan(2100)
    assert len(tasks(met.early.office)) == 1


def test_a_number_of_a_paper_is_shown_masked_and_found_again(office: Office) -> None:
    """What lost is put back with what it is found by."""
    clerk = sit_down(office, "manager")
    check_in(office, clerk, rooms_of(office)[0])
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        paper = work.session.scalars(sa.select(PersonDocument)).one()
        number, column = work.unsealed(paper, "number"), table_of(PersonDocument).c.number
        assert number is not None
        sealed = to_wire(column, paper.number)
        work.seal(paper, "number", "990101199001010010")
        paper.number_index = work.vault.blind(BlindField.ID_NUMBER, "990101199001010010")
        paper.number_tail = work.vault.blind_tail(BlindField.ID_NUMBER, "990101199001010010")
        work.authorised += 1
        open_task(work, "edited_twice", "person_document", paper.id, {"field": "number", "op": "1"})
        work.session.add(
            FieldHistory(
                id=work.world.new_id(), table_name="person_document", row_id=paper.id, field="number", value=sealed,
                hlc="0" * 24, op="0", lost_to="1" * 24, at=work.at,
            )
        )  # fmt: skip
        work.record()
    (task,) = tasks(office, clerk)
    assert task.what == "租客 顾听澜"
    assert task.sides is not None
    assert task.sides.now == "990101********0010"
    assert number not in task.told
    assert task.sides.other.endswith(number[-4:])
    with begin(office, clerk, Op.SETTLE_CONFLICT) as work:
        shown = conflicts.take_other(work, task.id, task.version)
    assert shown == task.sides.other
    with look(office, PROGRAM) as reading:
        paper = reading.session.scalars(sa.select(PersonDocument)).one()
        assert reading.unsealed(paper, "number") == number
        assert paper.number_index == reading.vault.blind(BlindField.ID_NUMBER, number)


@pytest.mark.parametrize("note", ["", "好", "已联系 990101199001010010", "说" * 201])
def test_a_note_that_says_nothing_or_too_much_is_refused(office: Office, note: str) -> None:
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        work.authorised += 1
        open_task(work, "twice", "room", rooms_of(office)[0], {"other": rooms_of(office)[1].hex, "key": ["number"]})
        work.record()
    (task,) = tasks(office)
    with pytest.raises(ProblemsFound):
        act(office, conflicts.note_settled, task.id, note)
    assert len(tasks(office)) == 1


def test_the_rest_is_looked_at_and_noted(office: Office, world: SeededWorld) -> None:
    one, other = rooms_of(office)[:2]
    (_, sent), *_ = outgoing(office)
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        work.authorised += 1
        open_task(work, "twice", "room", one, {"other": other.hex, "key": ["number"]})
        open_task(work, "transition", "lease", world.new_id(), {"from": "signed", "to": "active", "is": "cancelled"})
        open_task(work, "quarantined", "outbox", world.new_id(), {"why": "signature", "header": sent.header.hex()})
        open_task(work, "refused", "outbox_act", world.new_id(), {"why": "unknown device"})
        work.record()
    found = {task.kind: task for task in tasks(office)}
    assert found["twice"].what == "房间 1 栋 301、1 栋 302"
    assert "原来是「待入住」，一边改成「已撤销」，另一边改成「在租」" in found["transition"].told
    assert "签名不对" in found["quarantined"].told
    assert found["quarantined"].what.startswith("建立管理处 11-22")
    assert "别的管理处看不到" in found["refused"].told
    for task in found.values():
        assert task.sides is None
        with pytest.raises(DomainError):
            act(office, conflicts.take_other, task.id, 1)
        act(office, conflicts.note_settled, task.id, "已和两边核对")
    assert tasks(office) == ()
    with office.reading() as session:
        assert {row.detail["note"] for row in session.scalars(sa.select(ConflictTask))} == {"已和两边核对"}


def test_a_real_forged_act_becomes_a_task_in_words(met: Met) -> None:
    (good,) = met.late.acts()[-1:]
    forged = type(good)(good.header, bytes(64), good.bodies)
    office = met.apart.replica()
    try:
        apply_page(office, [Coming(forged)], met.apart.trusted())
        (task,) = tasks(office)
        assert (task.kind, task.kind_words) == ("quarantined", "没有收进来")
        assert task.what.startswith("变更租约")
    finally:
        office.close()
