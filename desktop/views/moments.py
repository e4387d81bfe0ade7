"""The field for a moment to come: typed as 18:00, 明天下午 3 点, 周五 12:00, 11-28 17:30, 2 小时."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QSignalBlocker

from desktop.views.dates import read_date
from desktop.views.text_fields import TextField
from desktop.world import OFFICE_ZONE

_DAYS = {"今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3}
_FIGURES = {"半": "0.5", "一": "1", "两": "2", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7",
            "八": "8", "九": "9", "十": "10"}  # fmt: skip
_HOW = "写成 18:00、明天 12:00、周五下午 3 点、11-28 17:30 或 2 小时"
_COUNT = re.compile(r"[半一二两三四五六七八九十](?=(?:\.5)?个?(?:小时|钟头|分钟|天))")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)个?(分钟|分|小时|钟头|天)(半)?(?:内|以内|之内|后|以后|之后)?$")
_TIME = re.compile(r"(上午|早上|中午|下午|傍晚|晚上)?(\d{1,2})[:点时](?:(\d{1,2})分?|(半))?(?:前|以前|之前)?$")


def read_moment(text: str, now: datetime) -> datetime:
    """A moment as a clerk types it, in the office's time; a time alone is today's. Raises ValueError with what to do,
    in Chinese."""
    here = now.astimezone(OFFICE_ZONE)
    said = re.sub(r"\s+", "", text).replace("：", ":").replace("，", "")
    if (span := _SPAN.match(_COUNT.sub(lambda one: _FIGURES[one[0]], said.replace("个半", ".5")))) is not None:
        count = float(span[1]) + (0.5 if span[3] else 0)
        unit = {"分": "minutes", "分钟": "minutes", "天": "days"}.get(span[2], "hours")
        return (here + timedelta(**{unit: count})).replace(second=0, microsecond=0)
    told = re.sub(r"(?<=[午上早晚傍])([一二两三四五六七八九十])(?=点)", lambda one: _FIGURES[one[1]], said)
    if (clock := _TIME.search(told)) is None:
        raise ValueError(f"还要写几点：{_HOW}" if said in _DAYS else _HOW)
    hour, minute = int(clock[2]), 30 if clock[4] else int(clock[3] or 0)
    day_words = told[: clock.start()]
    if hour < 12 and (clock[1] in ("下午", "傍晚", "晚上") or (clock[1] is None and day_words in ("今晚", "明晚"))):
        hour += 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError(f"没有 {hour}:{minute:02d} 这个时间")
    midnight = datetime.combine(_day(day_words, here.date()), time(), OFFICE_ZONE)
    return midnight + timedelta(hours=hour, minutes=minute)


def _day(words: str, today: date) -> date:
    if not words:
        return today
    if words in _DAYS:
        return today + timedelta(days=_DAYS[words])
    if (week := re.fullmatch(r"(下)?(?:周|星期|礼拜)([一二三四五六日天])", words)) is not None:
        wanted = "一二三四五六日".index(week[2].replace("天", "日"))
        monday = today - timedelta(days=today.weekday())
        if week[1]:
            return monday + timedelta(days=7 + wanted)
        return today + timedelta(days=(wanted - today.weekday()) % 7)
    try:
        return read_date(words, today)
    except ValueError:
        raise ValueError(_HOW) from None


class MomentField(TextField):
    """A moment to come. `value()` is a datetime, or None while empty or wrong; left, it stands there in figures."""

    sample = "2026-12-28 18:00"

    def __init__(self, now: Callable[[], datetime], *, hint: str = "") -> None:
        self._now = now
        super().__init__(limit=20, hint=hint)
        self.editingFinished.connect(self._tidy)

    def value(self) -> datetime | None:  # type: ignore[override]
        if not self.text().strip():
            return None
        try:
            return read_moment(self.text(), self._now())
        except ValueError:
            return None

    def set_value(self, value: datetime | str | None) -> None:  # type: ignore[override]
        if isinstance(value, datetime):
            value = f"{value.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
        self.setText(value or "")
        self.setCursorPosition(0)

    def problem(self) -> str:
        if not self.text().strip():
            return ""
        try:
            read_moment(self.text(), self._now())
        except ValueError as wrong:
            return str(wrong)
        return ""

    def _tidy(self) -> None:
        if (moment := self.value()) is not None:
            blocker = QSignalBlocker(self)
            self.set_value(moment)
            blocker.unblock()
