"""Closing the loop: somebody asks within a day, a bad answer makes one rectification, and that is asked about again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from desktop.models.values import OrderKind, RepairCategory
from desktop.models.work_orders import WorkOrderState
from desktop.services import repair_intake, repair_ratings
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.office import Office
from desktop.services.repair_intake import Report
from desktop.services.repair_ratings import Rated, Rating
from desktop.services.work import Actor, begin
from desktop.services.work_orders import faults_of
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.due_kit import facts, later, told
from tests.services.test_dispatch import hire, send
from tests.services.test_replay import prove
from tests.services.test_work_orders import go, history, order_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


@pytest.fixture
def clerk(office: Office, world: SeededWorld) -> Actor:
    world.set_now(at("2026-11-23 09:00"))
    return sit_down(office, "front_desk")


@pytest.fixture
def lead(office: Office, clerk: Actor) -> Actor:
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


@pytest.fixture
def done(office: Office, clerk: Actor, lead: Actor) -> UUID:
    """A tenant's tap, mended."""
    lease = check_in(office, clerk, rooms_of(office)[0])
    request = Report(
        office.world.new_id(), "水龙头滴水", RepairCategory.WATER, party_id=lease.party_id, room_id=rooms_of(office)[0]
    )
    with begin(office, clerk, Op.REPORT_REPAIR) as work:
        repair_intake.report_repair(work, request)
    send(office, lead, request.key, hire(office, lead, "方一鸣"))
    go(office, clerk, request.key, "finish")
    return request.key


def rate(office: Office, actor: Actor, order: UUID, stars: int, reason: str = "") -> Rated:
    with begin(office, actor, Op.GO_ON_WITH_REPAIR) as work:
        return repair_ratings.rate_order(work, Rating(order, stars, reason))


def test_somebody_asks_within_a_day(office: Office, clerk: Actor, done: UUID, world: SeededWorld) -> None:
    later(office, minutes=59)
    assert told(office, "repair_rating") == []
    later(office, minutes=1)
    assert told(office, "repair_rating") == [(0, "open")]
    later(office, hours=23)
    assert told(office, "repair_rating") == [(0, "open"), (1, "open")]
    for _ in range(4):
        later(office, hours=12)
    assert len(told(office, "repair_rating")) == 2
    rate(office, clerk, done, 5)
    later(office, minutes=1)
    assert told(office, "repair_rating") == [(0, "void"), (1, "void")]
    kept = order_of(office, done)
    assert kept.rating == 5
    assert kept.technician_id is not None
    assert history(office, done)[-1].detail == {"technician": kept.technician_id.hex, "stars": 5}


def test_nobody_is_called_at_night_or_after_a_month(
    office: Office, clerk: Actor, done: UUID, world: SeededWorld
) -> None:
    go(office, clerk, done, "reopen", "又漏了")
    later(office, hours=2)
    assert told(office, "repair_rating") == []
    world.set_now(at("2026-11-23 22:00"))
    send(office, clerk, done, hire(office, clerk, "夜班老吴", hours="18:00-24:00"))
    go(office, clerk, done, "finish")
    world.set_now(at("2026-12-25 09:00"))
    later(office)
    assert told(office, "repair_rating") == []
    world.set_now(at("2026-11-24 09:29"))
    later(office)
    assert told(office, "repair_rating") == []
    later(office, minutes=1)
    assert [fact.due_at for fact in facts(office, "repair_rating")] == [at("2026-11-24 09:30")]


def test_a_bad_rating_makes_one_rectification_that_is_asked_about_again(
    office: Office, clerk: Actor, lead: Actor, done: UUID, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    with pytest.raises(ProblemsFound, match="写明哪里不满意"):
        rate(office, clerk, done, 2)
    news = rate(office, clerk, done, 1, "又滴水，迟到一小时")
    assert (news.made, news.number) == (True, "WJYA26-W00002")
    assert news.rectification_id is not None
    again = order_of(office, news.rectification_id)
    assert (again.follows_id, again.kind, again.owner_id) == (done, OrderKind.COMPLAINT, lead.staff_id)
    assert (again.summary, again.state) == ("整改 WJYA26-W00001：水龙头滴水", WorkOrderState.REPORTED)
    assert faults_of(again) == []
    assert history(office, again.id)[0].note == "又滴水，迟到一小时"
    assert rate(office, clerk, done, 2, "还没人来") == Rated(again.id, again.number)
    send(office, lead, again.id, hire(office, lead, "卢大勇"))
    go(office, clerk, again.id, "finish")
    later(office, hours=1)
    asked = [fact.subject_id for fact in facts(office, "repair_rating")]
    assert asked == [again.id]  # the second call
    assert rate(office, clerk, again.id, 4) == Rated()
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


def test_only_what_is_done_is_rated(office: Office, clerk: Actor, done: UUID, world: SeededWorld) -> None:
    go(office, clerk, done, "reopen", "又漏了")
    with pytest.raises(DomainError, match="做完再登记评价"):
        rate(office, clerk, done, 5)
    world.advance(timedelta(minutes=1))
    assert repair_ratings.rating_problems(Rating(done, 0)).keys() == {"stars"}
    assert repair_ratings.rating_problems(Rating(done, 3, "电话 13812345678")).keys() == {"reason"}
