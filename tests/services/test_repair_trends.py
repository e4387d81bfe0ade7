"""Trends of repairs: every figure against an oracle that counts by hand, on both engines; its edges by name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import RepairCategory
from desktop.models.work_orders import Technician, WorkOrder
from desktop.services import repair_intake, repair_trends, settings
from desktop.services.acts import Op
from desktop.services.batch_prints import buildings_to_find
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.repair_figures import (
    ComplaintKind,
    HeatCell,
    Mean,
    Share,
    Sums,
    Trends,
    heat_by_building,
    heat_by_floor,
)
from desktop.services.repair_trends import TrendsWanted
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import rooms_of, sit_down
from tests.services.test_dispatch import send
from tests.services.test_work_order_page import lead, report
from tests.services.test_work_orders import go
from tests.services.trend_kit import DAY, Told, W, crew, minutes_between, moved_promise, tell

__all__ = ["lead"]
C = RepairCategory


def read(office: Office, since: date, until: date, actor: Actor = PROGRAM, **more: object) -> Trends:
    with look(office, actor) as reading:
        return repair_trends.repair_trends(reading, TrendsWanted(since, until, **more))  # type: ignore[arg-type]


def day_of(at: datetime) -> date:
    return at.astimezone(OFFICE_ZONE).date()


def counted(told: Sequence[Told], now: datetime) -> tuple[object, ...]:
    """The figures of some orders, by their definitions."""
    answered = [each for each in told if each.answered]
    waits_for_answer = [e for e in told if not e.answered and e.state in (W.REPORTED, W.ASSIGNED)]
    limit = {e.number: 30 if e.urgent else 120 for e in told}
    in_time = [e for e in answered if minutes_between(e.at, e.answered, e, waits=False) <= limit[e.number]]
    late = [e for e in waits_for_answer if minutes_between(e.at, now, e, waits=False) > limit[e.number]]
    done = [e for e in told if e.done]
    kept = [e for e in done if (p := moved_promise(e)) is None or e.done <= p]
    still = [e for e in told if not e.done and e.state not in (W.CANCELLED,)]
    broken = [e for e in still if (p := moved_promise(e)) is not None and p < now]
    once = [e for e in told if e.finished_by]
    stars = [e.rated[-1][1] for e in told if e.rated]
    return (
        len(told), sum(e.complaint for e in told), sum(e.state is W.CANCELLED for e in told), len(still),
        (len(in_time), len(answered) + len(late)), (len(kept), len(done) + len(broken)),
        (sum(minutes_between(e.at, e.answered, e, waits=False) for e in answered), len(answered)),
        (sum(minutes_between(e.at, e.done, e, waits=True) for e in done), len(done)),
        (sum(bool(e.reopened_by) for e in once), len(once)), sorted(stars),
    )  # fmt: skip


def of(sums: Sums) -> tuple[object, ...]:
    """The same figures as the program has them."""
    stars = [at for at, count in enumerate(sums.stars, 1) for _ in range(count)]
    return (
        sums.orders, sums.complaints, sums.cancelled, sums.open, (sums.answer.part, sums.answer.of),
        (sums.promise.part, sums.promise.of), (sums.answer_time.total, sums.answer_time.of),
        (sums.finish_time.total, sums.finish_time.of), (sums.again.part, sums.again.of), stars,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_is_what_an_oracle_counts(office: Office, world: SeededWorld, seed: int) -> None:
    sit_down(office, "repair_lead", login="qinl", name="秦岭")
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "office_holidays", False, date(2026, 1, 1))
    told = tell(office, seed, orders=90, months=4)
    since, until = date(2026, 4, 1), date(2026, 5, 31)
    trends = read(office, since, until)
    mine = [e for e in told if since <= day_of(e.at) <= until]
    plain = [e for e in mine if not e.rectifies]
    assert len(mine) > 30
    # the whole, months, kinds
    assert of(trends.whole) == counted(plain, world.now())
    months = [[e for e in plain if day_of(e.at).month == month] for month in (4, 5)]
    assert [of(sums) for _, sums in trends.months] == [counted(each, world.now()) for each in months]
    for category, sums in trends.categories:
        assert of(sums) == counted([e for e in plain if e.category is category], world.now())
    # the map
    stand = [e for e in plain if e.state is not W.CANCELLED]
    cells = {(c.building_id, c.floor, c.category): c.count for c in trends.heat}
    assert cells == Counter((e.house, e.floor, e.category) for e in stand)
    # who
    names = crew_names(office)
    for each in trends.people:
        key = next(key for key, name in names.items() if name == each.name)
        held = [e for e in mine if (e.hands or (e.finished_by or [""])[-1]) == key]
        assert each.sums.orders == len(held)
        assert each.sums.again == Share(
            sum(key in e.reopened_by for e in mine), sum(key in e.finished_by for e in mine)
        )
        stars = [e.rated[-1][1] for e in mine if e.rated and e.rated[-1][0] == key]
        assert each.sums.rating == Mean(sum(stars), len(stars))
        assert each.sums.bad == sum(star <= 2 for star in stars)
    by_team = defaultdict(int)
    for each in trends.people:
        by_team[each.team] += each.sums.orders
    assert {name: sums.orders for name, sums in trends.teams} == by_team
    # again and again
    assert {frozenset(r.numbers) for r in trends.repeats} == repeats(told, since, until)
    # lifts and complaints
    lifts = Counter((e.facility, day_of(e.at).month) for e in stand if e.category is C.LIFT)
    assert sorted(each.count for each in trends.lifts) == sorted(n for n in lifts.values() if n > 5)
    kinds = Counter(e.category for e in stand if e.complaint)
    assert {k.category: k.count for k in trends.complaints} == kinds
    assert {k.category for k in trends.complaints if k.big} == {
        c for c, n in kinds.items() if Decimal(n) / sum(kinds.values()) > Decimal("0.3")
    }


def crew_names(office: Office) -> dict[str, str]:
    with office.reading() as session:
        return {row.id.hex: row.name for row in session.scalars(sa.select(Technician))}


def repeats(told: Sequence[Told], since: date, until: date) -> set[frozenset[str]]:
    """Chains of the same thing: each order with the one before it, if that is no more than ninety days ago."""
    chains: dict[object, set[str]] = defaultdict(set)
    last: dict[object, Told] = {}
    for e in sorted(told, key=lambda e: (e.at, e.number)):
        if e.complaint or e.rectifies or e.state is W.CANCELLED or e.category is C.OTHER:
            continue
        thing = (e.category, None if e.category is C.LIFT else e.room, e.house, e.facility)
        before = last.get(thing)
        last[thing] = e
        if before is not None and since <= day_of(e.at) <= until and e.at - before.at <= 90 * DAY:
            chains[thing] |= {before.number, e.number}
    return {frozenset(chain) for chain in chains.values()}


def test_only_what_was_reported_on_these_days(office: Office, lead: Actor, world: SeededWorld) -> None:
    """Both days are counted, in the office's time."""
    for moment in ("2026-10-31 23:59", "2026-11-01 00:00", "2026-11-30 23:59", "2026-12-01 00:00"):
        world.set_now(datetime.fromisoformat(moment).replace(tzinfo=OFFICE_ZONE))
        report(office, lead, "水龙头滴水", despite=_open(office))
    assert read(office, date(2026, 11, 1), date(2026, 11, 30), lead).whole.orders == 2
    assert read(office, date(2026, 11, 30), date(2026, 11, 30), lead).whole.orders == 1
    assert read(office, date(2026, 12, 2), date(2026, 12, 2), lead).whole == Sums()


def _open(office: Office) -> frozenset[object]:
    with office.reading() as session:
        return frozenset(session.scalars(sa.select(WorkOrder.id)))


def test_a_form_that_was_open_for_weeks_is_found(office: Office, lead: Actor, world: SeededWorld) -> None:
    """An order's id is as old as its form, which may have waited as a draft."""
    request = repair_intake.Report(office.world.new_id(), "水龙头滴水", C.WATER, room_id=rooms_of(office)[0])
    world.advance(timedelta(days=45))
    with begin(office, lead, Op.REPORT_REPAIR) as work:
        repair_intake.report_repair(work, request)
    today = world.today()
    assert read(office, today, today, lead).whole.orders == 1


@pytest.mark.parametrize("kind", ["maintenance", "inspection"])
def test_the_rounds_of_a_plan_are_nobodys_report(office: Office, lead: Actor, kind: str) -> None:
    tap, today = report(office, lead, "水龙头滴水"), office.world.today()
    assert read(office, today, today, lead).whole.orders == 1
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        work.take(WorkOrder, tap).kind = kind
    found = read(office, today, today, lead)
    assert (found.whole.orders, found.heat, found.months, found.people) == (0, (), (), ())


def test_one_building_and_no_other(office: Office, lead: Actor) -> None:
    report(office, lead, "水龙头滴水")
    with look(office, PROGRAM) as reading:
        ((house, name),) = buildings_to_find(reading)
        today = reading.world.today()
    one = read(office, today, today, lead, building_id=house)
    assert (one.building, one.whole.orders) == (name, 1)
    other = read(office, today, today, lead, building_id=office.world.new_id())
    assert (other.whole.orders, other.heat, other.repeats) == (0, (), ())


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_an_old_year_costs_what_is_in_it(office: Office) -> None:
    """The orders are found by their ids and their events by the orders, never by looking at all of them."""
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        said.append((statement, values))

    with look(office, PROGRAM) as reading:
        sa.event.listen(office.engine, "before_cursor_execute", hear)
        repair_trends.repair_trends(reading, TrendsWanted(date(2026, 1, 1), date(2026, 1, 31)))
        sa.event.remove(office.engine, "before_cursor_execute", hear)
        asked = [(statement, values) for statement, values in said if "work_order" in statement]
        plans = [
            step[3]
            for statement, values in asked
            for step in reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert len(asked) == 6, "one statement a figure"
    assert [step for step in plans if step.startswith(("SCAN work_order", "SCAN work_order_event"))] == []
    assert any("id>? AND id<?" in step for step in plans)


def test_days_that_cannot_be(office: Office, lead: Actor) -> None:
    with pytest.raises(ProblemsFound, match="止日早于起日"):
        read(office, date(2026, 11, 2), date(2026, 11, 1))
    with pytest.raises(ProblemsFound, match="最多看三年"):
        read(office, date(2020, 1, 1), date(2026, 1, 1))
    with pytest.raises(Refused):
        read(office, date(2026, 11, 1), date(2026, 11, 1), Actor(None, "无", frozenset()))


def test_who_finished_it_answers_for_the_reopening(office: Office, lead: Actor) -> None:
    """The order passed on to somebody else: the first one's work came back, not the second one's."""
    people = {name: key for key, name in crew(office).items()}
    tap = report(office, lead, "水龙头滴水")
    send(office, lead, tap, UUID(hex=people["方一鸣"]), anyway=True)
    go(office, lead, tap, "finish")
    go(office, lead, tap, "reopen", "又漏了")
    send(office, lead, tap, UUID(hex=people["石磊"]), anyway=True)
    go(office, lead, tap, "finish")
    today = office.world.today()
    found = {each.name: each for each in read(office, today, today, lead).people}
    assert (found["方一鸣"].sums.again, found["方一鸣"].team) == (Share(1, 1), "水电班")
    assert (found["石磊"].sums.again, found["石磊"].team) == (Share(0, 1), "综合班")


# ---- the values ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_has_one_exact_decimal(part: int, of_all: int) -> None:
    share = Share(part, of_all)
    assert share.percent == (Decimal(part) * 100 / of_all).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert share.small == (of_all < 5)


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).percent, Mean(0, 0).value, Share(0, 0).small) == (None, None, False)


@given(st.integers(0, 200), st.integers(1, 600))
def test_more_than_thirty_percent_is_exact(count: int, of_all: int) -> None:
    kind = ComplaintKind(C.ORDER, count, of_all)
    assert kind.big == (Decimal(count) / Decimal(of_all) > Decimal("0.3"))


def test_the_map_keeps_what_there_is(world: SeededWorld) -> None:
    one, two = world.new_id(), world.new_id()
    cells = [
        HeatCell(one, 3, C.WATER, 2), HeatCell(one, 1, C.POWER, 1), HeatCell(one, None, C.LIFT, 4),
        HeatCell(two, 1, C.WATER, 1), HeatCell(None, None, C.OTHER, 1),
    ]  # fmt: skip
    whole = heat_by_building(cells, [(one, "1 栋"), (two, "2 栋")])
    assert whole.categories == (C.WATER, C.POWER, C.LIFT, C.OTHER)
    assert whole.rows == (("1 栋", (2, 1, 4, 0)), ("2 栋", (1, 0, 0, 0)), ("不属楼栋", (0, 0, 0, 1)))
    assert (whole.most, whole.sum_of(0)) == (4, 3)
    floors = heat_by_floor(cells, one)
    assert floors.rows == (("3 层", (2, 0, 0)), ("1 层", (0, 1, 0)), ("公共部位", (0, 0, 4)))
