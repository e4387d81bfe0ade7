"""Deadlines of single kinds: what differs from the usual, for categories and for levels of cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from desktop.models.values import CaseLevel, OrderKind, RepairCategory
from desktop.services import repair_clock, repair_minutes, settings
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.repair_minutes import MinutesRow
from desktop.services.settings import setting_problems
from desktop.services.work import PROGRAM, begin, look
from desktop.services.working_time import holiday_words
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down


def rows(office: Office) -> dict[str, MinutesRow]:
    with look(office, PROGRAM) as reading:
        return {row.words: row for row in repair_minutes.list_minutes(reading)}


def save(office: Office, words: str, **minutes: int | None) -> None:
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        repair_minutes.save_minutes(work, rows(office)[words].key, minutes)


def test_a_category_has_minutes_of_its_own(office: Office, world: SeededWorld) -> None:
    assert rows(office)["电梯"].holds("answer") == 120
    save(office, "电梯", answer=30, urgent_answer=10, finish=None, urgent_finish=None)
    save(office, "消防", answer=60, urgent_answer=None, finish=None, urgent_finish=None)
    found = rows(office)
    assert (found["电梯"].own, found["消防"].own) == ({"answer": 30, "urgent_answer": 10}, {"answer": 60})
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        rules = repair_clock.rules_of(reading)
    assert rules.answer_minutes(RepairCategory.LIFT, True) == 10
    assert rules.answer_minutes(RepairCategory.WATER, False) == 120
    save(office, "电梯", answer=None, urgent_answer=None, finish=None, urgent_finish=None)
    assert rows(office)["电梯"].own == {}
    assert rows(office)["消防"].own == {"answer": 60}


def test_a_level_has_minutes_of_its_own(office: Office) -> None:
    assert rows(office)["事件 · 重大"].own == {"urgent_finish": 60}
    assert rows(office)["投诉 · 一般"].own == {}
    save(office, "事件 · 重大", urgent_finish=30)
    save(office, "投诉 · 一般", finish=600)
    found = rows(office)
    assert (found["事件 · 重大"].own, found["投诉 · 一般"].own) == ({"urgent_finish": 30}, {"finish": 600})
    assert found["事件 · 较重"].own == {"finish": 240}
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        rules = repair_clock.rules_of(reading)
    at = datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE)
    due = rules.case_promise(OrderKind.INCIDENT, CaseLevel.GRAVE, RepairCategory.OTHER, True, at)
    assert (due - at).total_seconds() == 30 * 60
    save(office, "事件 · 重大", urgent_finish=None)
    assert rows(office)["事件 · 重大"].own == {}


def test_bad_minutes_and_rights(office: Office) -> None:
    with pytest.raises(ProblemsFound):
        save(office, "电梯", answer=0)
    with pytest.raises(ProblemsFound):
        save(office, "电梯", finish=10**9)
    clerk = sit_down(office, "front_desk")
    with begin(office, clerk, Op.CHANGE_SETTING) as work, pytest.raises(Refused):
        repair_minutes.save_minutes(work, ("repair_minutes", "lift"), {"answer": 1})


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("office_hours", "08:30-12:00 13:30-17:30", ""), ("office_hours", "八点半", "写成"),
        ("office_hours", "09:00-08:00", "早于"), ("office_weekdays", "12345", ""), ("office_weekdays", "", "1 是周一"),
        ("office_days_off", [], ""), ("office_days_off", ["2027-02-05"], ""), ("office_days_on", "下周", "写成"),
        ("office_days_on", ["2027-13-01"], "写成"), ("office_days_off", ["2027-02-05"] * 61, "最多 60 天"),
        ("repair_answer_minutes", 0, "之间"), ("repair_answer_minutes", 90, ""),
    ],
)  # fmt: skip
def test_a_calendar_nobody_can_read_is_refused(key: str, value: Any, why: str) -> None:
    told = setting_problems({key: value}).get(key, "")
    assert why in told if why else told == ""


def test_days_off_of_its_own_move_a_deadline(office: Office, world: SeededWorld) -> None:
    world.set_now(datetime(2026, 11, 27, 17, 0, tzinfo=OFFICE_ZONE))  # a Friday
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"office_days_off": ["2026-11-28"]}, {"office_days_off": []})
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        due = repair_clock.rules_of(reading).answer_due(RepairCategory.WATER, False, world.now())
    assert due == datetime(2026, 11, 29, 10, 0, tzinfo=OFFICE_ZONE)


def test_a_year_without_days_off_is_told() -> None:
    assert holiday_words(date(2026, 11, 27)) == "有 2026 年的安排；2027 年的还没有，公布后先填在下面两行，或更新程序"
    assert holiday_words(date(2031, 1, 1)).startswith("没有今明两年的安排；2031 年的还没有")
