"""Signing in and the staff: the growing wait that no restart forgets, roles that add up, and the last administrator."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.access import Role, RoleRight, RoleSight, StaffMember, StaffRole
from desktop.models.trust import AuditEntry
from desktop.models.values import Right, Sight
from desktop.services import access, opening
from desktop.services.access import SignInRefused, StaffForm, sign_in
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.passwords import Passwords
from desktop.services.secret import Cost
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import PASSWORD, sit_down

WRONG = "Maple-丙丁-42"


@pytest.fixture
def passwords(office: Office) -> Passwords:
    return opening.passwords_for(office.world, demo=True)


@pytest.fixture
def admin(office: Office) -> Actor:
    return sit_down(office, "administrator", login="zhouyq", name="周砚秋")


def acts_of(office: Office, op: Op) -> list[AuditEntry]:
    with office.reading() as session:
        return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.op == op.value).order_by(AuditEntry.n)))


def refused(office: Office, login: str, password: str, passwords: Passwords) -> SignInRefused:
    with pytest.raises(SignInRefused) as caught:
        sign_in(office, login, password, passwords)
    return caught.value


def staff_id(office: Office, login: str) -> UUID:
    with office.reading() as session:
        return session.scalars(sa.select(StaffMember.id).where(StaffMember.login == login)).one()


def row_of(office: Office, actor: Actor, login: str) -> access.StaffRow:
    with look(office, actor) as reading:
        return next(row for row in access.list_staff(reading) if row.login == login)


# ---- signing in --------------------------------------------------------------------------------------------------


def test_a_good_password_gives_the_rights_and_a_line_in_the_log(office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    signed = sign_in(office, " LinXM ", PASSWORD, passwords)
    assert signed.login == "linxm"
    assert signed.must_change_password
    assert signed.actor.rights == access.SHIPPED["front_desk"][1]
    (entry,) = acts_of(office, Op.SIGN_IN)
    assert entry.subject_id == signed.actor.staff_id
    access.sign_out(office, signed.actor)
    (left,) = acts_of(office, Op.SIGN_OUT)
    assert (left.actor_id, left.subject_id) == (signed.actor.staff_id, signed.actor.staff_id)


def test_full_width_letters_are_the_same_person(office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    assert sign_in(office, "ｌｉｎｘｍ", PASSWORD, passwords).login == "linxm"


def test_a_wrong_name_and_a_wrong_password_say_the_same(office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    nobody, somebody = refused(office, "nobody", WRONG, passwords), refused(office, "linxm", WRONG, passwords)
    assert nobody.message == somebody.message
    assert (nobody.field, nobody.wait, somebody.wait) == ("password", timedelta(), timedelta())
    assert [entry.facts for entry in acts_of(office, Op.SIGN_IN_FAILED)] == [{"failures": 1}, {"failures": 1}]
    assert all(entry.subject_id is None for entry in acts_of(office, Op.SIGN_IN_FAILED))


def test_waiting_grows_and_even_the_right_password_waits(office: Office, passwords: Passwords) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    sit_down(office, "front_desk")
    for _ in range(4):
        assert refused(office, "linxm", WRONG, passwords).wait == timedelta()
    assert refused(office, "linxm", WRONG, passwords).wait == timedelta(seconds=30)
    early = refused(office, "linxm", PASSWORD, passwords)
    assert early.wait == timedelta(seconds=30)
    assert "30 秒" in early.message
    assert len(acts_of(office, Op.SIGN_IN_FAILED)) == 5, "a try that was not checked is no failure"
    world.advance(timedelta(seconds=29))
    assert refused(office, "linxm", PASSWORD, passwords).wait == timedelta(seconds=1)
    world.advance(timedelta(seconds=1))
    assert refused(office, "linxm", WRONG, passwords).wait == timedelta(seconds=60)
    world.advance(timedelta(seconds=60))
    assert sign_in(office, "linxm", PASSWORD, passwords).login == "linxm"
    assert refused(office, "linxm", WRONG, passwords).wait == timedelta(), "a good sign-in begins anew"


def test_a_restart_does_not_forget_and_a_clock_set_back_does_not_lengthen(office: Office, passwords: Passwords) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    sit_down(office, "front_desk")
    for _ in range(5):
        refused(office, "linxm", WRONG, passwords)
    office.close()
    again = opening.open_office(world, office.data_dir, office.engine.url)
    try:
        world.advance(timedelta(seconds=10))
        assert refused(again, "linxm", PASSWORD, passwords).wait == timedelta(seconds=20)
        world.advance(-timedelta(days=2))
        assert refused(again, "linxm", PASSWORD, passwords).wait == timedelta(seconds=30)
    finally:
        again.close()


def test_one_persons_wrong_tries_do_not_lock_another_out(office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    sit_down(office, "cashier", login="heyu", name="贺屿")
    for _ in range(6):
        with contextlib.suppress(SignInRefused):
            sign_in(office, "linxm", WRONG, passwords)
    assert sign_in(office, "heyu", PASSWORD, passwords).actor.name == "贺屿"


def test_a_name_nobody_has_waits_too(office: Office, passwords: Passwords) -> None:
    waits = [refused(office, "ghost", WRONG, passwords).wait for _ in range(6)]
    assert waits[3] == timedelta()
    assert waits[4] == waits[5] == timedelta(seconds=30)


def test_disabled_people_stay_out_until_they_are_back(office: Office, admin: Actor, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    person = staff_id(office, "linxm")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.disable_staff(work, person, True)
    assert "不对" in refused(office, "linxm", PASSWORD, passwords).message
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.disable_staff(work, person, False)
    assert sign_in(office, "linxm", PASSWORD, passwords).login == "linxm"


def test_a_hash_made_with_other_settings_is_made_anew(office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    with office.reading() as session:
        before = session.scalars(sa.select(StaffMember.password_hash).where(StaffMember.login == "linxm")).one()
    dearer = Passwords(office.world, Cost(passes=2, memory_kib=16, lanes=1))
    sign_in(office, "linxm", PASSWORD, dearer)
    with office.reading() as session:
        after = session.scalars(sa.select(StaffMember.password_hash).where(StaffMember.login == "linxm")).one()
    assert before != after
    assert "t=2" in after
    assert PASSWORD not in after


def test_role_buttons_only_in_a_demo_office(world: SeededWorld, tmp_path: Path) -> None:
    from tests.offices import first_start, make_office

    real = opening.FirstStart(
        organisation="望江物业", project="望江苑", code="WJY", desk="前台 1", admin_login="zhouyq", admin_name="周砚秋",
        admin_password=PASSWORD,
    )  # fmt: skip
    # A real office pays argon2 in full: once here, to see that its administrator exists from the first act on.
    office = make_office(world, tmp_path / "real", f"sqlite:///{tmp_path}/real/office.db", real)
    try:
        with pytest.raises(SignInRefused):
            access.sign_in_demo(office, "administrator")
        signed = sign_in(office, "zhouyq", PASSWORD, opening.passwords_for(world, demo=False))
        assert not signed.must_change_password
        assert "administrator" in signed.actor.roles
    finally:
        office.close()
    demo = make_office(world, tmp_path / "demo", f"sqlite:///{tmp_path}/demo/office.db", first_start())
    try:
        sit_down(demo, "cashier")
        assert access.sign_in_demo(demo, "cashier").actor.rights == access.SHIPPED["cashier"][1]
        with pytest.raises(SignInRefused):
            access.sign_in_demo(demo, "auditor")
    finally:
        demo.close()


# ---- roles -------------------------------------------------------------------------------------------------------


def test_several_roles_add_up_and_the_widest_sight_counts(office: Office) -> None:
    both = sit_down(office, "repair_lead", "cashier")
    assert both.rights == access.SHIPPED["repair_lead"][1] | access.SHIPPED["cashier"][1]
    assert both.sights["contact.value"] is Sight.READ
    assert both.sights["person_document.number"] is Sight.MASKED, "none of one role and masked of the other"
    assert set(both.roles) == {"cashier", "repair_lead"}


def test_a_role_inherits_over_several_steps(office: Office) -> None:
    with begin(office, PROGRAM, Op.CHANGE_STAFF) as work:
        ids = {role.code: role.id for role in work.session.scalars(sa.select(Role))}
        middle = work.add(Role(code="night", title="夜班", inherits_id=ids["front_desk"], shipped=False))
        top = work.add(Role(code="night_lead", title="夜班长", inherits_id=middle.id, shipped=False))
        work.add(RoleRight(role_id=top.id, right=Right.TAKE_PAYMENT))
        work.add(RoleSight(role_id=top.id, field="bank_account.number", sight=Sight.READ))
    actor = sit_down(office, "auditor", login="qiaom", name="乔木")
    assert actor.staff_id is not None
    with begin(office, PROGRAM, Op.CHANGE_STAFF) as work:
        work.add(StaffRole(staff_id=actor.staff_id, role_id=top.id))
    now = access.actor_of(office, actor.staff_id)
    wanted = access.SHIPPED["front_desk"][1] | access.SHIPPED["auditor"][1] | {Right.TAKE_PAYMENT}
    assert now.rights == wanted
    assert now.sights["bank_account.number"] is Sight.READ
    assert set(now.roles) == {"auditor", "front_desk", "night", "night_lead"}


def test_a_role_taken_away_is_gone_and_may_come_back(office: Office, admin: Actor, passwords: Passwords) -> None:
    actor = sit_down(office, "front_desk", "cashier")
    assert actor.staff_id is not None

    def give(*roles: str) -> frozenset[Right]:
        row = row_of(office, admin, "linxm")
        with begin(office, admin, Op.CHANGE_STAFF) as work:
            access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小满", roles), passwords)
        return access.actor_of(office, row.id).rights

    assert give("cashier") == access.SHIPPED["cashier"][1]
    assert give("cashier", "auditor") == access.SHIPPED["cashier"][1] | access.SHIPPED["auditor"][1]
    assert give("front_desk") == access.SHIPPED["front_desk"][1]
    assert row_of(office, admin, "linxm").role_titles == ("前台",)


def test_who_may_not_edit_staff_is_refused(office: Office, passwords: Passwords) -> None:
    auditor = sit_down(office, "auditor", login="luwx", name="陆望舒")
    with look(office, auditor) as reading:
        assert [row.login for row in access.list_staff(reading)] == ["luwx"]
        assert [role.code for role in access.list_roles(reading)] == list(access.SHIPPED)
    with pytest.raises(Refused), begin(office, auditor, Op.ADD_STAFF) as work:
        access.add_staff(work, StaffForm("heyu", "贺屿", ("cashier",), PASSWORD), passwords)
    clerk = sit_down(office, "front_desk")
    with pytest.raises(Refused), look(office, clerk) as reading:
        access.list_staff(reading)


# ---- the staff page ----------------------------------------------------------------------------------------------

WRONG_FORMS = {
    "short login": (StaffForm("a", "林小满", ("cashier",), PASSWORD), "login"),
    "login with Chinese": (StaffForm("林小满", "林小满", ("cashier",), PASSWORD), "login"),
    "login taken, in other letters": (StaffForm(" ZhouYQ", "林小满", ("cashier",), PASSWORD), "login"),
    "no name": (StaffForm("linxm", "  ", ("cashier",), PASSWORD), "name"),
    "no role": (StaffForm("linxm", "林小满", (), PASSWORD), "roles"),
    "unknown role": (StaffForm("linxm", "林小满", ("king",), PASSWORD), "roles"),
    "no password": (StaffForm("linxm", "林小满", ("cashier",)), "password"),
    "short password": (StaffForm("linxm", "林小满", ("cashier",), "Aa1甲"), "password"),
    "password of figures": (StaffForm("linxm", "林小满", ("cashier",), "20261122"), "password"),
    "password with the login": (StaffForm("linxm", "林小满", ("cashier",), "xLINXM-77"), "password"),
}


@pytest.mark.parametrize(("form", "field"), WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    office: Office, admin: Actor, passwords: Passwords, form: StaffForm, field: str
) -> None:
    with pytest.raises(ProblemsFound) as caught, begin(office, admin, Op.ADD_STAFF) as work:
        access.add_staff(work, form, passwords)
    assert list(caught.value.problems) == [field]
    with look(office, admin) as reading:
        assert [row.login for row in access.list_staff(reading)] == ["zhouyq"]


def test_a_changed_row_shows_both_versions_and_who(office: Office, admin: Actor, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    row = row_of(office, admin, "linxm")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小曼", ("front_desk",)), passwords)
    with pytest.raises(RowChanged) as caught, begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林晓满", ("cashier",)), passwords)
    assert caught.value.theirs == {"login": "linxm", "name": "林小曼", "roles": "前台"}
    assert caught.value.yours == {"login": "linxm", "name": "林晓满", "roles": "收银员"}
    assert caught.value.message.startswith("周砚秋 今天 09:00 ")
    assert row_of(office, admin, "linxm").name == "林小曼"


def test_roles_alone_are_a_change_too(office: Office, admin: Actor, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    row = row_of(office, admin, "linxm")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小满", ("cashier",)), passwords)
    with pytest.raises(RowChanged), begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小满", ("auditor",)), passwords)
    assert row_of(office, admin, "linxm").roles == ("cashier",)


def test_saving_the_same_again_is_no_clash(office: Office, admin: Actor, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    row = row_of(office, admin, "linxm")
    for _ in range(2):
        with begin(office, admin, Op.CHANGE_STAFF) as work:
            access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小满", ("front_desk",)), passwords)
    assert row_of(office, admin, "linxm").version == row.version


@pytest.mark.parametrize("way", ["roles", "disable"])
def test_the_last_administrator_stays(office: Office, admin: Actor, passwords: Passwords, way: str) -> None:
    def leave(login: str) -> None:
        row = row_of(office, admin, login)
        with begin(office, admin, Op.CHANGE_STAFF) as work:
            if way == "disable":
                access.disable_staff(work, row.id, True)
            else:
                access.change_staff(work, row.id, row.version, StaffForm(login, row.name, ("manager",)), passwords)

    with pytest.raises(DomainError, match="至少要留一位") as caught:
        leave("zhouyq")
    assert caught.value.field == "roles"
    sit_down(office, "administrator", login="shenzw", name="沈知微")
    leave("shenzw")
    with pytest.raises(DomainError, match="至少要留一位"):
        leave("zhouyq")
    assert row_of(office, admin, "zhouyq").roles == ("administrator",)


def test_a_reset_password_works_at_once_and_must_be_changed(office: Office, admin: Actor, passwords: Passwords) -> None:
    actor = sit_down(office, "front_desk")
    for _ in range(6):
        refused(office, "linxm", WRONG, passwords)
    row = row_of(office, admin, "linxm")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.change_staff(
            work, row.id, row.version, StaffForm("linxm", "林小满", row.roles, "Birch-戊己-43"), passwords
        )
    signed = sign_in(office, "linxm", "Birch-戊己-43", passwords)
    assert signed.must_change_password
    with begin(office, actor, Op.CHANGE_OWN_PASSWORD) as work:
        access.change_own_password(work, "Birch-戊己-43", "Cedar-庚辛-44", passwords)
    assert not sign_in(office, "linxm", "Cedar-庚辛-44", passwords).must_change_password
    assert "不对" in refused(office, "linxm", "Birch-戊己-43", passwords).message


OWN: dict[str, tuple[str, str, str]] = {
    "wrong old": (WRONG, "Cedar-庚辛-44", "old"),
    "the same": (PASSWORD, PASSWORD, "new"),
    "weak": (PASSWORD, "11112222", "new"),
    "with the login": (PASSWORD, "linxm-庚辛-44", "new"),
}


@pytest.mark.parametrize(("old", "new", "field"), OWN.values(), ids=OWN)
def test_own_password_rules(office: Office, passwords: Passwords, old: str, new: str, field: str) -> None:
    actor = sit_down(office, "front_desk")
    with pytest.raises(ProblemsFound) as caught, begin(office, actor, Op.CHANGE_OWN_PASSWORD) as work:
        access.change_own_password(work, old, new, passwords)
    assert list(caught.value.problems) == [field]
    assert sign_in(office, "linxm", PASSWORD, passwords).login == "linxm"


def test_no_password_reaches_the_log_or_the_outbox(
    office: Office, admin: Actor, passwords: Passwords, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "Alder-壬癸-45"
    with begin(office, admin, Op.ADD_STAFF) as work:
        access.add_staff(work, StaffForm("heyu", "贺屿", ("cashier",), secret), passwords)
    sign_in(office, "heyu", secret, passwords)
    refused(office, "heyu", secret + "x", passwords)
    with office.reading() as session:
        for table in ("outbox", "outbox_act", "audit_entry", "field_change"):
            for row in session.execute(sa.text(f"SELECT * FROM {table}")):
                assert secret.encode() not in b"".join(
                    bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row
                )
    assert secret not in caplog.text
