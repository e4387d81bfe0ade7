"""Repairs under the search box: found by number and words however long ago they were closed, the latest first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.values import Right
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import derived, search_index
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.quick import uuid_of
from desktop.services.search_hits import HitKind
from desktop.services.work import PROGRAM, begin, look
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.test_replay import prove
from tests.services.test_search import found, of
from tests.services.test_work_order_page import report

SAID = ("厨房水龙头滴水", "客厅灯不亮", "门锁打不开", "卫生间水龙头漏水")


@pytest.fixture
def lead(office: Office) -> object:
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


@pytest.fixture
def orders(office: Office, lead: object) -> list[object]:
    """Four orders in four rooms; the first was closed."""
    made = [report(office, lead, words, at) for at, words in enumerate(SAID)]  # type: ignore[arg-type]
    with begin(office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        order = work.get(WorkOrder, made[0])
        order.state, order.reason = WorkOrderState.CLOSED, None
        work.record(closed=True)
    return list(made)


def hit_words(office: Office, text: str) -> list[str]:
    return [hit.second for hit in of(found(office, text), HitKind.ORDER)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("WJYA26-W00001", ["厨房水龙头滴水"]), ("wjya26w00001", ["厨房水龙头滴水"]), ("0002", ["客厅灯不亮"]),
        ("W00003", ["门锁打不开"]), ("水龙头", ["卫生间水龙头漏水", "厨房水龙头滴水"]), ("灯不", ["客厅灯不亮"]),
        ("WJYA26-W", ["卫生间水龙头漏水", "门锁打不开", "客厅灯不亮", "厨房水龙头滴水"]),
        ("门锁 打不开", ["门锁打不开"]),
        ("水", []), ("马桶", []), ("003门", []), ("w00001厨房", []), ("%", []), ("' OR 1", []),
        ('"*', []),
    ],
)  # fmt: skip
def test_by_number_its_end_and_words(office: Office, orders: list[object], typed: str, words: list[str]) -> None:
    assert hit_words(office, typed) == words


def test_a_hit_says_where_when_and_how_it_stands(office: Office, orders: list[object]) -> None:
    (hit,) = of(found(office, "0001"), HitKind.ORDER)
    assert (hit.id, hit.title, hit.name) == (orders[0], "WJYA26-W00001", "1 栋 301")
    assert hit.third.endswith(" · 已关闭")
    assert hit.room_id == rooms_of(office)[0]


def test_whoever_may_not_see_repairs_finds_none(office: Office, orders: list[object]) -> None:
    nobody = replace(PROGRAM, rights=PROGRAM.rights - {Right.SEE_REPAIRS})
    assert of(found(office, "水龙头", nobody), HitKind.ORDER) == []


def test_what_is_changed_or_taken_away_is_found_so(office: Office, orders: list[object]) -> None:
    with begin(office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        work.get(WorkOrder, orders[1]).summary = "阳台灯不亮"  # type: ignore[arg-type]
        work.get(WorkOrder, orders[2]).deleted_at = work.at  # type: ignore[arg-type]
        work.record(changed=True)
    assert hit_words(office, "阳台") == ["阳台灯不亮"]
    assert hit_words(office, "客厅灯") == []
    assert hit_words(office, "门锁") == []
    with office.reading() as session:
        assert derived.drift(session) == []


def test_the_check_sees_what_is_lost_and_it_is_made_anew(office: Office, orders: list[object]) -> None:
    with office.engine.begin() as connection:
        search_index._forget(connection, [orders[0]])  # type: ignore[list-item]
    with office.reading() as session:
        assert derived.drift(session) == [f"search_text {orders[0]}"]
    with office.engine.begin() as connection:
        search_index.rebuild_texts(connection)
    assert hit_words(office, "0001") == ["厨房水龙头滴水"]
    with office.reading() as session:
        assert derived.drift(session) == []


def test_hot_words_are_answered_by_going_backwards_and_the_same(office: Office, orders: list[object]) -> None:
    """On PostgreSQL words that thousands of orders have are not sorted; what is found is what sorting would find."""
    with look(office, PROGRAM) as reading:
        if reading.connection.dialect.name != "postgresql":
            return
        backwards = search_index._LATEST_ORDERS.first(reading.connection, folded="水龙头", most=30)
        assert [uuid_of(kept) for kept in backwards] == [orders[3], orders[0]]


def test_orders_travel_and_are_found_over_there(
    office: Office, orders: list[object], databases: Databases, tmp_path: Path
) -> None:
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(WorkOrder)) == len(orders)
