"""PINs: chosen after the password, weak ones refused, five wrong ones end it on this PC, dead for who left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.access import KnownHere, StaffMember
from desktop.models.base import table_of
from desktop.models.sync import Outbox
from desktop.models.trust import AuditEntry
from desktop.services import access, audit, opening, pins, settings
from desktop.services.access import StaffForm, sign_in
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.passwords import Passwords
from desktop.services.pins import PinRefused
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import PASSWORD, sit_down, with_pin

PIN, OTHER = "407186", "918273"
WRONG = "509142"


@pytest.fixture
def passwords(office: Office) -> Passwords:
    return opening.passwords_for(office.world, demo=True)


@pytest.fixture
def clerk(office: Office) -> Actor:
    """林小满 of the front desk, who has signed in here and changed the first password."""
    return with_pin(office, sit_down(office, "front_desk"), PIN)


def _id(actor: Actor) -> UUID:
    assert actor.staff_id is not None
    return actor.staff_id


def _refused(office: Office, actor: Actor, pin: str, passwords: Passwords) -> PinRefused:
    with pytest.raises(PinRefused) as caught:
        pins.sign_in_by_pin(office, _id(actor), pin, passwords)
    assert caught.value.field == "pin"
    return caught.value


def _entries(office: Office, op: Op) -> list[AuditEntry]:
    with office.reading() as session:
        return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.op == op.value).order_by(AuditEntry.n)))


# ---- choosing ----------------------------------------------------------------------------------------------------


def test_the_pin_opens_the_lock_and_stands_in_the_log(office: Office, clerk: Actor, passwords: Passwords) -> None:
    signed = pins.sign_in_by_pin(office, _id(clerk), "４０７１８６", passwords)
    assert signed.actor == access.actor_of(office, _id(clerk))
    assert signed.login == "linxm"
    assert [entry.facts for entry in _entries(office, Op.SIGN_IN)][-1] == {"way": "pin"}
    (chosen,) = _entries(office, Op.SET_PIN)
    assert (chosen.actor_id, chosen.subject_id) == (clerk.staff_id, clerk.staff_id)


def test_it_is_chosen_after_the_password(office: Office, clerk: Actor, passwords: Passwords) -> None:
    with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.SET_PIN) as work:
        pins.set_pin(work, "Maple-丙丁-42", OTHER, passwords)
    assert set(caught.value.problems) == {"password"}
    with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.SET_PIN) as work:
        pins.set_pin(work, PASSWORD, "960418", passwords)
    assert set(caught.value.problems) == {"pin"}
    assert pins.sign_in_by_pin(office, _id(clerk), PIN, passwords).login == "linxm", "the old one still opens"


def test_the_office_says_how_many_digits(office: Office, clerk: Actor, passwords: Passwords) -> None:
    with look(office, clerk) as reading:
        assert pins.own_pin(reading) == pins.OwnPin(chosen=True, works_here=True, digits=6, days=7)
    with pytest.raises(ProblemsFound), begin(office, clerk, Op.SET_PIN) as work:
        pins.set_pin(work, PASSWORD, "4071", passwords)
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "pin_digits", 4)
    with begin(office, clerk, Op.SET_PIN) as work:
        pins.set_pin(work, PASSWORD, "4071", passwords)
    assert pins.sign_in_by_pin(office, _id(clerk), "4071", passwords).login == "linxm"


def test_without_a_pin_again_only_the_password_opens(office: Office, clerk: Actor, passwords: Passwords) -> None:
    with begin(office, clerk, Op.SET_PIN) as work:
        pins.drop_pin(work)
    assert "还没有设 PIN" in _refused(office, clerk, PIN, passwords).message
    with look(office, clerk) as reading:
        assert not pins.own_pin(reading).chosen


# ---- guessing ----------------------------------------------------------------------------------------------------


def test_five_wrong_ones_end_it_until_the_password(office: Office, clerk: Actor, passwords: Passwords) -> None:
    assert [_refused(office, clerk, WRONG, passwords).left for _ in range(5)] == [4, 3, 2, 1, 0]
    assert "请输密码" in _refused(office, clerk, PIN, passwords).message, "even the right one is not looked at"
    assert [entry.facts["failures"] for entry in _entries(office, Op.SIGN_IN_FAILED)] == [1, 2, 3, 4, 5]
    assert {entry.subject_id for entry in _entries(office, Op.SIGN_IN_FAILED)} == {clerk.staff_id}
    sign_in(office, "linxm", PASSWORD, passwords)
    assert pins.sign_in_by_pin(office, _id(clerk), PIN, passwords).login == "linxm"


def test_a_right_one_forgives_the_slips_before(office: Office, clerk: Actor, passwords: Passwords) -> None:
    for _ in range(3):
        for _ in range(4):
            _refused(office, clerk, WRONG, passwords)
        pins.sign_in_by_pin(office, _id(clerk), PIN, passwords)


def test_a_restart_forgives_no_try_not_even_one_cut_short(office: Office, clerk: Actor, passwords: Passwords) -> None:
    class Pulled(Passwords):
        def check(self, stored: str | None, password: str) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    for _ in range(2):
        _refused(office, clerk, WRONG, passwords)
    with pytest.raises(KeyboardInterrupt):
        pins.sign_in_by_pin(office, _id(clerk), WRONG, Pulled(office.world))
    office.close()
    again = opening.open_office(office.world, office.data_dir, office.engine.url)
    try:
        assert _refused(again, clerk, WRONG, passwords).left == 1
        assert _refused(again, clerk, WRONG, passwords).left == 0
        assert "停用" in _refused(again, clerk, PIN, passwords).message
    finally:
        again.close()


def test_each_person_is_counted_alone(office: Office, clerk: Actor, passwords: Passwords) -> None:
    other = sit_down(office, "cashier", login="heyu", name="贺屿")
    with_pin(office, other, OTHER)
    for _ in range(5):
        _refused(office, clerk, WRONG, passwords)
    assert pins.sign_in_by_pin(office, _id(other), OTHER, passwords).login == "heyu"
    assert _refused(office, other, PIN, passwords).left == 4, "another's PIN is a wrong one"


# ---- where and how long ------------------------------------------------------------------------------------------


def test_it_sleeps_after_some_days_without_the_password(office: Office, clerk: Actor, passwords: Passwords) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    world.advance(timedelta(days=7))
    assert pins.sign_in_by_pin(office, _id(clerk), PIN, passwords).login == "linxm"
    assert [person.login for person in pins.people_here(office)] == ["linxm"]
    world.advance(timedelta(minutes=1))
    assert "没有用密码" in _refused(office, clerk, PIN, passwords).message
    assert pins.people_here(office) == ()
    sign_in(office, "linxm", PASSWORD, passwords)
    assert pins.sign_in_by_pin(office, _id(clerk), PIN, passwords).login == "linxm"


def test_a_clock_set_back_wakes_no_old_pin(office: Office, clerk: Actor, passwords: Passwords) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    world.advance(timedelta(days=-30))
    _refused(office, clerk, PIN, passwords)


def test_a_pc_where_she_never_signed_in_does_not_know_it(office: Office, clerk: Actor, passwords: Passwords) -> None:
    """The same database seen by another PC: what is stored there is not enough."""
    with begin(office, PROGRAM, Op.SIGN_IN) as work:
        work.derive(sa.update(KnownHere).values(device_id=office.world.new_id()), "known_here")
    assert "没有用密码" in _refused(office, clerk, PIN, passwords).message
    assert pins.people_here(office) == ()


def test_the_hash_is_no_use_without_the_key_of_the_project(office: Office, clerk: Actor, passwords: Passwords) -> None:
    with office.reading() as session:
        stored = session.scalars(sa.select(StaffMember.pin_hash).where(StaffMember.id == clerk.staff_id)).one()
    assert not passwords.check(stored, PIN).right
    keyed = office.vault.keyed_pin(_id(clerk), PIN)
    assert passwords.check(stored, keyed).right
    assert office.vault.keyed_pin(office.world.new_id(), PIN) != keyed, "of one person alone"
    other_keys = replace(office.vault.keys, blind=office.vault.keys.audit)
    assert type(office.vault)(other_keys, office.vault.device, office.world).keyed_pin(_id(clerk), PIN) != keyed


# ---- who left ----------------------------------------------------------------------------------------------------


def test_disabled_her_pin_is_dead_and_stays_dead(office: Office, clerk: Actor, passwords: Passwords) -> None:
    admin = sit_down(office, "administrator", login="zhouyq", name="周砚秋")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.disable_staff(work, _id(clerk), True)
    assert "已停用" in _refused(office, clerk, PIN, passwords).message
    assert pins.people_here(office) == ()
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.disable_staff(work, _id(clerk), False)
    assert "还没有设 PIN" in _refused(office, clerk, PIN, passwords).message


def test_a_password_reset_by_the_administrator_ends_the_pin(office: Office, clerk: Actor, passwords: Passwords) -> None:
    admin = sit_down(office, "administrator", login="zhouyq", name="周砚秋")
    with look(office, admin) as reading:
        row = next(each for each in access.list_staff(reading) if each.login == "linxm")
    form = StaffForm("linxm", "林小满", ("front_desk",), "Cedar-庚辛-44")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, form, passwords)
    assert "还没有设 PIN" in _refused(office, clerk, PIN, passwords).message


def test_people_here_are_named_the_latest_first(office: Office, clerk: Actor, passwords: Passwords) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    world.advance(timedelta(minutes=5))
    other = sit_down(office, "cashier", "front_desk", login="heyu", name="贺屿")
    sign_in(office, "heyu", PASSWORD, passwords)
    assert [(p.name, p.pin) for p in pins.people_here(office)] == [("贺屿", False), ("林小满", True)]
    assert set(pins.people_here(office)[0].roles.split("、")) == {"前台", "收银员"}
    assert pins.people_here(office)[0].staff_id == other.staff_id


# ---- never told --------------------------------------------------------------------------------------------------


def test_no_pin_stands_anywhere(office: Office, clerk: Actor, passwords: Passwords, tmp_path: Path) -> None:
    _refused(office, clerk, WRONG, passwords)
    pins.sign_in_by_pin(office, _id(clerk), PIN, passwords)
    with office.reading() as session:
        told = repr(session.execute(sa.select(table_of(AuditEntry))).all())
        sent = b"".join(session.scalars(sa.select(Outbox.body)))
    assert PIN not in told
    assert WRONG not in told
    assert PIN.encode() not in sent
    with look(office, PROGRAM) as reading:
        assert audit.verify_chain(reading).breaks == ()
