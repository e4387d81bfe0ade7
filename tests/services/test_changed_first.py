"""Two people save the same row: whoever comes second is told, with both versions and who wrote the other one when.

Also when they come at the very same moment, on two connections.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.models.values import RoomCondition
from desktop.services import access, notes, parties, party_edits, party_page, places, settings
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.notes import NoteForm
from desktop.services.office import Office
from desktop.services.opening import passwords_for
from desktop.services.party_edits import PartyEdit
from desktop.services.places import RoomForm
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import person, rooms_of, sit_down


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "administrator", "manager")


@pytest.fixture
def colleague(office: Office) -> Actor:
    return sit_down(office, "administrator", "manager", login="zhouyq", name="周砚秋")


def at_once(first: Callable[[], object], second: Callable[[], object]) -> list[Exception]:
    """Both in threads of their own, let go together; what they raised."""
    raised: list[Exception] = []
    gate = threading.Barrier(2)

    def run(what: Callable[[], object]) -> None:
        gate.wait()
        try:
            what()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(what,)) for what in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("round_", range(4))
def test_two_who_save_at_the_same_moment_are_told_as_one_after_the_other(
    office: Office, clerk: Actor, colleague: Actor, round_: int
) -> None:
    room_id = rooms_of(office)[round_]
    with look(office, clerk) as reading:
        known = places.room_place(reading, room_id)
    base = RoomForm(known.area, known.layout, known.asking_rent, RoomCondition.CLEAN, None)

    def save(actor: Actor, layout: str) -> None:
        with begin(office, actor, Op.CHANGE_PLACE) as work:
            places.change_room(work, room_id, known.version, replace(base, layout=layout))

    raised = at_once(lambda: save(clerk, "两室"), lambda: save(colleague, "三室"))
    assert len(raised) == 1
    error = raised[0]
    assert isinstance(error, RowChanged), error
    with look(office, clerk) as reading:
        stored = places.room_place(reading, room_id)
    assert error.theirs["layout"] == stored.layout, "the one who lost is shown what the other one stored"
    assert error.yours["layout"] in {"两室", "三室"} - {stored.layout}
    assert error.by["layout"].split()[0] in ("林小满", "周砚秋")


def test_each_field_says_who_wrote_it_last(office: Office, clerk: Actor, colleague: Actor, world: SeededWorld) -> None:
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        party_id = parties.register_party(work, person())
    with look(office, clerk) as reading:
        old = party_page.party_page(reading, party_id)

    def edit(actor: Actor, form: PartyEdit) -> None:
        with look(office, actor) as reading:
            version = party_page.party_page(reading, party_id).version
        with begin(office, actor, Op.CHANGE_PARTY) as work:
            party_edits.change_party(work, party_id, version, form)

    world.advance(timedelta(hours=1))
    edit(colleague, PartyEdit(old.name, "教师", None))
    world.advance(timedelta(hours=1))
    edit(clerk, PartyEdit(old.name, "教师", "周末在家", phone="13700005555"))
    mine = PartyEdit("顾听岚", "医生", None, phone="13700006666", home_address="别处 9 号")
    with pytest.raises(RowChanged) as clash, begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, party_id, old.version, mine)
    by = clash.value.by
    assert by["occupation"] == "周砚秋 今天 10:00"
    assert by["note"] == "林小满 今天 11:00"
    assert by["phone"] == "林小满 今天 11:00", "a new number counts as written by who gave it"
    assert by["home_address"] == "林小满 今天 09:00"
    assert "name" not in by, "nobody has edited the name"


def test_rules_set_by_somebody_else_meanwhile_are_not_written_over(
    office: Office, clerk: Actor, colleague: Actor
) -> None:
    with look(office, clerk) as reading:
        seen = settings.current_settings(reading)
    with begin(office, colleague, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"expiring_days": 45}, seen)
    with pytest.raises(RowChanged) as clash, begin(office, clerk, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"expiring_days": 20, "lock_minutes": 9}, seen)
    assert clash.value.theirs == {"expiring_days": 45}
    assert clash.value.yours == {"expiring_days": 20}
    assert clash.value.by == {"expiring_days": "周砚秋 今天 09:00"}
    with look(office, clerk) as reading:
        assert settings.setting(reading, "lock_minutes") == seen["lock_minutes"], "a refusal leaves no trace"
    with begin(office, clerk, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"lock_minutes": 9}, seen)


def test_two_who_set_one_rule_at_the_same_moment(office: Office, clerk: Actor, colleague: Actor) -> None:
    with look(office, clerk) as reading:
        seen = settings.current_settings(reading)

    def save(actor: Actor, days: int) -> None:
        with begin(office, actor, Op.CHANGE_SETTING) as work:
            settings.change_settings(work, {"expiring_days": days}, seen)

    raised = at_once(lambda: save(clerk, 41), lambda: save(colleague, 42))
    assert [type(error) for error in raised] == [RowChanged], raised


def test_a_note_and_a_person_are_compared_too(office: Office, clerk: Actor, colleague: Actor) -> None:
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        party_id = parties.register_party(work, person())
    with begin(office, clerk, Op.ADD_NOTE) as work:
        note_id = notes.add_note(work, NoteForm("电话没接", party_id=party_id))
    with begin(office, colleague, Op.CHANGE_NOTE) as work:
        notes.change_note(work, note_id, 1, NoteForm("电话接了，周六来"))
    with pytest.raises(RowChanged) as clash, begin(office, clerk, Op.CHANGE_NOTE) as work:
        notes.change_note(work, note_id, 1, NoteForm("还是没接"))
    assert clash.value.theirs == {"text": "电话接了，周六来"}
    assert clash.value.by["text"] == "周砚秋 今天 09:00"
    passwords = passwords_for(office.world, demo=True)
    with look(office, clerk) as reading:
        row = next(row for row in access.list_staff(reading) if row.login == "zhouyq")
    form = access.StaffForm("zhouyq", "周砚冬", row.roles)
    with begin(office, clerk, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, form, passwords)
    with pytest.raises(RowChanged) as clash, begin(office, colleague, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, replace(form, name="周砚夏"), passwords)
    assert clash.value.by["name"] == "林小满 今天 09:00"
