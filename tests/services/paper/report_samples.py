"""Invented service reports: a full month of three houses, one house alone, a month in which nothing happened.

The sums agree with each other, as those of an office do: the map shows what was reported less what was cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from desktop.models.values import RepairCategory as C
from desktop.services.repair_figures import BusyLift, ComplaintKind, Hands, HeatCell, Repeat, Sums, Trends
from tests.services.paper.samples import OFFICE

HOUSES = tuple((UUID(int=n), name) for n, name in ((1, "1 栋"), (2, "2 栋"), (3, "青川·望江花园人才公寓 12 栋乙座")))


def sums(orders: int, **more: object) -> Sums:
    """Most answered and mended in time."""
    usual = Sums(
        orders=orders, complaints=orders // 6, cancelled=orders // 30, open=orders // 9, answers=orders - orders // 12,
        answer_minutes=47 * orders, answers_kept=orders - orders // 8, answers_late=orders // 40,
        finishes=orders - orders // 9, finish_minutes=395 * orders, promises=orders - orders // 10,
        promises_kept=orders - orders // 5, once_done=orders - orders // 9, reopened=orders // 14,
        stars=[orders // 30, orders // 25, orders // 10, orders // 5, orders // 3],
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]


def reported_of(counted: int) -> int:
    """So many were reported where so many stand on the map: what was cancelled does not."""
    return next(orders for orders in range(counted, 2 * counted + 1) if orders - orders // 30 == counted)


def by_category(heat: Sequence[HeatCell]) -> tuple[tuple[C, Sums], ...]:
    """What the map has of each category, the most first."""
    found = Counter[C]()
    for cell in heat:
        found[cell.category] += cell.count
    return tuple((category, sums(reported_of(count))) for category, count in found.most_common())


def whole_of(categories: Sequence[tuple[C, Sums]]) -> Sums:
    """All categories together."""
    orders, cancelled = (sum(getattr(each, name) for _, each in categories) for name in ("orders", "cancelled"))
    return sums(orders, cancelled=cancelled)


def complaints_of(whole: Sums) -> tuple[ComplaintKind, ...]:
    """Three kinds, one of them over its limit."""
    noise, dirt = whole.complaints * 2 // 5, whole.complaints * 3 // 10
    counts = ((C.ORDER, noise), (C.CLEANING, dirt), (C.SERVICE, whole.complaints - noise - dirt))
    return tuple(ComplaintKind(kind, count, whole.complaints) for kind, count in counts)


def report() -> Trends:
    """Every table has something in it, some of it over its limit, some of few."""
    floors = [(house, floor) for house, _ in HOUSES for floor in range(1, 13)]
    heat = [
        HeatCell(house, floor, category, (house.int * floor * (at + 3)) % 7)
        for house, floor in floors
        for at, category in enumerate(C)
        if (house.int + floor + at) % 3 == 0 and (house.int * floor * (at + 3)) % 7
    ]
    heat += [HeatCell(HOUSES[0][0], None, C.LIFT, 9), HeatCell(None, None, C.SERVICE, 2)]
    categories = by_category(heat)
    whole = whole_of(categories)
    people = [("方一鸣", "水电班", 190), ("卢大勇", "水电班", 141), ("石磊", "综合班", 90), ("温桂兰", "保洁班", 3)]
    firms = whole.orders - sum(n for *_, n in people)
    return Trends(
        office=OFFICE, since=date(2026, 11, 1), until=date(2026, 11, 30), made_on=date(2026, 12, 1), building_id=None,
        building="", buildings=HOUSES, heat=tuple(heat),
        repeats=(
            Repeat("2 栋 1205", UUID(int=9), C.WATER, ("CHY0126-W00301", "CHY0126-W00344", "CHY0126-W00390"),
                   date(2026, 11, 28)),
            Repeat("1 栋 · 2 号电梯", None, C.LIFT, tuple(f"CHY0126-W004{n:02d}" for n in range(9)),
                   date(2026, 11, 27)),
            Repeat("3 栋 302", UUID(int=8), C.DOOR, ("CHY0126-W00012", "CHY0126-W00399"), date(2026, 11, 2)),
        ),
        lifts=(BusyLift("1 栋 · 2 号电梯", date(2026, 11, 1), 9),),
        complaints=complaints_of(whole),
        whole=whole, months=((date(2026, 11, 1), whole),), categories=categories,
        people=tuple(Hands(name, team, sums(n)) for name, team, n in people),
        teams=(("水电班", sums(331)), ("综合班", sums(90)), ("保洁班", sums(3)), ("外包", sums(firms))),
    )  # fmt: skip


def one_house() -> Trends:
    """Half a year of one house."""
    house, name = HOUSES[0]
    heat = tuple(cell for cell in report().heat if cell.building_id == house)
    categories = by_category(heat)
    whole = whole_of(categories)
    counts = [whole.orders // 6 + month - 8 for month in range(6, 11)]
    counts.append(whole.orders - sum(counts))
    months = tuple((date(2026, 6 + at, 1), sums(count)) for at, count in enumerate(counts))
    return replace(
        report(), since=date(2026, 6, 15), building_id=house, building=name, heat=heat, whole=whole, months=months,
        categories=categories, complaints=complaints_of(whole),
        repeats=report().repeats[1:2],
    )  # fmt: skip


def nothing() -> Trends:
    """Nobody reported anything."""
    return replace(
        report(), heat=(), repeats=(), lifts=(), complaints=(), whole=Sums(), months=(), categories=(), people=(),
        teams=(),
    )  # fmt: skip
