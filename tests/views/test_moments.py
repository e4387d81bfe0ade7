"""Moments as a clerk types them, read in the office's time; what cannot be read is told with an example."""

from __future__ import annotations

from datetime import datetime

import pytest
from pytestqt.qtbot import QtBot

from desktop.views.moments import MomentField, read_moment
from desktop.world import OFFICE_ZONE

NOW = datetime(2026, 11, 25, 10, 7, 31, tzinfo=OFFICE_ZONE)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("18:00", "11-25 18:00"),
        ("18：30", "11-25 18:30"),
        ("下午3点", "11-25 15:00"),
        ("下午 三点半", "11-25 15:30"),
        ("晚上8点前", "11-25 20:00"),
        ("今晚 9点", "11-25 21:00"),
        ("明天 12:00", "11-26 12:00"),
        ("明天上午10点", "11-26 10:00"),
        ("明晚8点", "11-26 20:00"),
        ("后天 9:5", "11-27 09:05"),
        ("周五 17:30", "11-27 17:30"),
        ("周三 17:30", "11-25 17:30"),
        ("周二 9:00", "12-01 09:00"),
        ("下周三 9:00", "12-02 09:00"),
        ("星期天下午2点", "11-29 14:00"),
        ("11-28 17:30", "11-28 17:30"),
        ("1128 17:30", "11-28 17:30"),
        ("11月28日 17点30分", "11-28 17:30"),
        ("2026-12-01 24:00", "12-02 00:00"),
        ("2小时", "11-25 12:07"),
        ("2 小时内", "11-25 12:07"),
        ("两个小时", "11-25 12:07"),
        ("半小时", "11-25 10:37"),
        ("一个半小时", "11-25 11:37"),
        ("40分钟", "11-25 10:47"),
        ("三天", "11-28 10:07"),
    ],
)
def test_a_moment_is_read_as_it_is_said(typed: str, meant: str) -> None:
    assert f"{read_moment(typed, NOW):%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "typed", ["明天", "尽快", "25:00", "12:75", "13-40 12:00", "周八 12:00", "::", "点", "9", "- 1"]
)
def test_what_cannot_be_read_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match=r"写|没有"):
        read_moment(typed, NOW)


def test_the_field_shows_in_figures_what_was_understood(qtbot: QtBot) -> None:
    field = MomentField(lambda: NOW)
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field, "2:")
    assert (field.value(), field.problem()) == (NOW.replace(hour=2, minute=0, second=0), "")
    field.set_value("明天 12:00")
    field.editingFinished.emit()
    assert field.text() == "2026-11-26 12:00"
    field.set_value("尽快")
    assert field.value() is None
    assert "18:00" in field.problem()
    field.set_value(None)
    assert (field.value(), field.problem()) == (None, "")
