"""Words that several rooms say alike."""

from __future__ import annotations

from datetime import date

_WEEKDAYS = "一二三四五六日"


def weekday(day: date) -> str:
    """周三"""
    return f"周{_WEEKDAYS[day.weekday()]}"
