"""A running lease corrected: facts without money, field by field, by two clerks at once; money is out of reach."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.leases import LeaseTerm, Occupant
from desktop.models.places import Room
from desktop.models.trust import FieldChange
from desktop.services import lease_edits, lease_moves, leases, party_edits, timeline
from desktop.services.acts import Op
from desktop.services.check_in_people import Role
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.lease_edits import BASIS, Correctable, Corrected, CorrectedAgain, Particulars
from desktop.services.office import Office
from desktop.services.party_edits import RelationForm
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down, terms
from tests.services.test_check_in_people import other, store
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def lease_id(office: Office, clerk: Actor) -> UUID:
    return check_in(office, clerk, rooms_of(office)[0]).lease_id


def _known(office: Office, lease_id: UUID) -> Correctable:
    with look(office, PROGRAM) as reading:
        return lease_edits.correctable(reading, lease_id)


def _correct(
    office: Office, actor: Actor, lease_id: UUID, shown: Particulars, since: date | None = None, **facts: object
) -> Corrected:
    with begin(office, actor, Op.CHANGE_LEASE) as work:
        return lease_edits.correct_lease(work, lease_id, shown, replace(shown, **facts), since)  # type: ignore[arg-type]


def _terms(office: Office, lease_id: UUID) -> dict[str, object]:
    """Everything agreed but the purpose."""
    with office.reading() as session:
        row = session.scalars(sa.select(LeaseTerm).where(LeaseTerm.lease_id == lease_id)).one()
        names = [column.key for column in sa.inspect(LeaseTerm).columns]
        return {name: getattr(row, name) for name in names if name not in ("purpose", "updated_at", "version")}


def _flatmate(office: Office, clerk: Actor, lease_id: UUID, name: str = "顾知夏") -> UUID:
    with look(office, PROGRAM) as reading:
        tenant = leases.lease_page(reading, lease_id).row.tenant_id
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        return party_edits.add_relation(work, tenant, RelationForm("household", name, "姐姐"))


def test_facts_without_money_are_corrected_told_and_replayed(
    office: Office, clerk: Actor, lease_id: UUID, databases: Databases, tmp_path: Path
) -> None:
    office.world.advance(timedelta(days=5))  # type: ignore[attr-defined]
    shown, agreed = _known(office, lease_id).now, _terms(office, lease_id)
    signed = shown.signed_on - timedelta(days=2) if shown.signed_on else None
    news = _correct(office, clerk, lease_id, shown, purpose="居住兼办公 ", signed_on=signed)
    now = _known(office, lease_id).now
    assert (now.purpose, now.signed_on, now.moved_in_on) == ("居住兼办公", signed, shown.moved_in_on)
    assert _terms(office, lease_id) == agreed, "what was agreed about money stands"
    with office.reading() as session:
        kept = {row.field: row.old for row in session.scalars(sa.select(FieldChange)) if row.field == "purpose"}
    assert kept == {"purpose": "居住"}
    with look(office, clerk) as reading:
        entry = timeline.lease_timeline(reading, lease_id)[0]
    assert (entry.title, entry.detail.partition(" · ")[0]) == ("更正登记", "用途、签约日")
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_edits.undo_correction(work, news)
    assert _known(office, lease_id).now == shown
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_no_field_of_the_form_is_a_term_of_money() -> None:
    money = {"rent", "rent_steps", "deposit", "key_deposit", "cycle_months", "start", "end", "late_fee_per_mille"}
    assert not money & {each.name for each in fields(Particulars)}


def test_two_clerks_meet_only_in_the_same_fact(office: Office, clerk: Actor, lease_id: UUID) -> None:
    other = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    shown = _known(office, lease_id).now
    assert shown.moved_in_on is not None
    _correct(office, other, lease_id, shown, purpose="办公")
    earlier = shown.moved_in_on - timedelta(days=1)
    _correct(office, clerk, lease_id, shown, moved_in_on=earlier)  # seen before the other one saved: no clash
    now = _known(office, lease_id).now
    assert (now.purpose, now.moved_in_on) == ("办公", earlier)
    with pytest.raises(RowChanged) as caught:
        _correct(office, clerk, lease_id, shown, purpose="仓储", moved_in_on=shown.moved_in_on)
    assert (caught.value.theirs, caught.value.yours) == ({"purpose": "办公"}, {"purpose": "仓储"})
    assert caught.value.by["purpose"].startswith("周砚秋 今天")
    assert _known(office, lease_id).now == now
    _correct(office, clerk, lease_id, shown, purpose="办公")  # both wrote the same


def test_who_lives_there_is_a_set_of_two_clerks(
    office: Office, clerk: Actor, lease_id: UUID, databases: Databases, tmp_path: Path
) -> None:
    first, second = _flatmate(office, clerk, lease_id), _flatmate(office, clerk, lease_id, "林以宁")
    known = _known(office, lease_id)
    assert [each.words for each in known.people] == ["顾听澜", "顾知夏（姐姐）", "林以宁（姐姐）"]
    office.world.advance(timedelta(days=20))  # type: ignore[attr-defined]
    shown, today = known.now, office.world.today()
    tenant = next(iter(shown.living))
    _correct(office, clerk, lease_id, shown, living=shown.living | {first}, since=today - timedelta(days=3))
    _correct(office, clerk, lease_id, shown, living=shown.living | {second})
    assert _known(office, lease_id).now.living == {tenant, first, second}, "the other one's tick was not taken away"
    now = _known(office, lease_id).now
    news = _correct(office, clerk, lease_id, now, living=now.living - {first}, since=today - timedelta(days=1))
    with office.reading() as session:
        stay = session.scalars(sa.select(Occupant).where(Occupant.party_id == first)).one()
        assert (stay.valid_from, stay.valid_to) == (today - timedelta(days=3), today - timedelta(days=1))
    with look(office, clerk) as reading:
        assert first not in {row.party_id for row in leases.lease_page(reading, lease_id).occupants}
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_edits.undo_correction(work, news)
    with office.reading() as session:
        assert session.scalars(sa.select(Occupant.valid_to).where(Occupant.party_id == first)).one() is None
    _correct(office, clerk, lease_id, now, living=now.living - {second})
    with office.reading() as session:
        gone = session.scalars(sa.select(Occupant).where(Occupant.party_id == second)).one()
        assert gone.deleted_at is not None, "ticked and taken off on one day: never lived there"
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


@pytest.mark.parametrize(
    ("facts", "since", "field", "says"),
    [
        ({"purpose": "  "}, 0, "purpose", "填写用途"),
        ({"purpose": "居" * 21}, 0, "purpose", "最多 20 个字"),
        ({"signed_on": date(2099, 1, 1)}, 0, "signed_on", "签约日不能在今天之后"),
        ({"moved_in_on": None}, 0, "moved_in_on", "填写交房日"),
        ({"living": frozenset()}, 1, "since", "今天或以前"),
        ({"living": frozenset()}, -400, "since", "租期从"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    office: Office, clerk: Actor, lease_id: UUID, facts: dict[str, object], since: int, field: str, says: str
) -> None:
    shown, day = _known(office, lease_id).now, office.world.today() + timedelta(days=since)
    with pytest.raises(ProblemsFound, match=says) as caught:
        _correct(office, clerk, lease_id, shown, day, **facts)
    assert set(caught.value.problems) == {field}
    assert _known(office, lease_id).now == shown


def test_a_store_room_is_not_made_a_home_and_a_full_room_is_doubted(
    office: Office, clerk: Actor, lease_id: UUID
) -> None:
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room = work.get(Room, rooms_of(office)[0])
        room.habitable, room.capacity = False, 1
        work.record()
    shown = _known(office, lease_id).now
    with pytest.raises(ProblemsFound, match="不能供人居住"):
        _correct(office, clerk, lease_id, shown)
    first = _flatmate(office, clerk, lease_id)
    known = _known(office, lease_id)
    form = replace(known.now, living=known.now.living | {first})
    assert "最多住 1 人" in lease_edits.correction_doubts(form, known)["living"]
    assert lease_edits.correction_doubts(known.now, known) == {}


def test_what_an_agents_signing_rests_on_is_corrected_a_guarantee_is_not(office: Office, clerk: Actor) -> None:
    people = [other(Role.AGENT, "陆远"), other(Role.GUARANTOR, "宋怀瑾", 12)]
    lease_id = store(office, clerk, people=people).lease_id
    known = _known(office, lease_id)
    assert [signer.words for signer in known.signers] == ["代理人 陆远"]
    assert "宋怀瑾" not in [each.words for each in known.people]
    row_id = known.signers[0].row_id
    _correct(office, clerk, lease_id, known.now, bases={row_id: "授权委托书 2026-11-21"})
    assert _known(office, lease_id).now.bases == {row_id: "授权委托书 2026-11-21"}
    with pytest.raises(RowChanged) as caught:
        _correct(office, clerk, lease_id, known.now, bases={row_id: "公证书"})
    assert set(caught.value.theirs) == {f"{BASIS}{row_id.hex}"} <= set(caught.value.by)
    with pytest.raises(ProblemsFound, match="授权文件"):
        _correct(office, clerk, lease_id, _known(office, lease_id).now, bases={row_id: " "})


def test_a_correction_on_top_keeps_the_first_from_being_taken_back(
    office: Office, clerk: Actor, lease_id: UUID
) -> None:
    news = _correct(office, clerk, lease_id, _known(office, lease_id).now, purpose="办公")
    _correct(office, clerk, lease_id, news.after, purpose="仓储")
    with pytest.raises(CorrectedAgain, match="林小满 今天"), begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_edits.undo_correction(work, news)


def test_a_lease_put_away_is_only_looked_at(office: Office, clerk: Actor) -> None:
    start = office.world.today() + timedelta(days=5)
    lease_id = check_in(office, clerk, rooms_of(office)[0], lease=terms(start)).lease_id
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.cancel_lease(work, lease_id, "客户改租别处")
    with pytest.raises(DomainError, match="只能查看"):
        _correct(office, clerk, lease_id, _known(office, lease_id).now, purpose="办公")


def test_who_left_by_moving_out_is_not_brought_back(office: Office, clerk: Actor, lease_id: UUID) -> None:
    shown = _known(office, lease_id).now
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease_id)
    assert _known(office, lease_id).people == ()
    with look(office, clerk) as reading:
        page = leases.lease_page(reading, lease_id)
    assert {row.party_id for row in page.occupants} == shown.living, "who stayed to the end is still told"
    _correct(office, clerk, lease_id, shown, purpose="办公")
    assert _known(office, lease_id).now.living == frozenset()


def test_a_right_is_needed(office: Office, lease_id: UUID) -> None:
    clerk = sit_down(office, "front_desk", login="wangxy", name="王晓雨")
    with pytest.raises(Refused):
        _correct(office, clerk, lease_id, _known(office, lease_id).now, purpose="办公")
