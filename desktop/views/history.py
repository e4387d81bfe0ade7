"""What happened to a room, a party or a lease (往来记录): acts of the log as events of a timeline."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services.acts import Op
from desktop.services.timeline import TimelineEntry
from desktop.views.timeline import Event, Timeline

_LOOKS = {
    Op.CHECK_IN: ("log-in", "ok"),
    Op.TAKE_PAYMENT: ("banknote", "ok"),
    Op.REVERSE_PAYMENT: ("undo-2", "danger"),
    Op.CHANGE_PLACE: ("pencil", ""),
    Op.REGISTER_PARTY: ("user-round-plus", "info"),
    Op.CHANGE_PARTY: ("pencil", ""),
    Op.CHANGE_LEASE: ("file-text", "info"),
    Op.POST_BILLS: ("receipt", "info"),
    Op.PRINT_PAPER: ("printer", ""),
    Op.REVEAL: ("eye", "warn"),
    Op.STORE_FILE: ("paperclip", ""),
    Op.REPORT_REPAIR: ("wrench", "warn"),
}


def event_of(entry: TimelineEntry, today: date) -> Event:
    """One act as a line of history."""
    icon, tone = _LOOKS.get(Op(entry.op), ("circle-dot", "")) if entry.op in set(Op) else ("circle-dot", "")
    return Event(icon, entry.title, when_words(entry.at, today), entry.detail, tone)


def when_words(at: datetime, today: date) -> str:
    """今天 10:12, 11-18, 2025-11-18."""
    if at.date() == today:
        return f"今天 {at:%H:%M}"
    return f"{at:%m-%d}" if at.year == today.year else f"{at:%Y-%m-%d}"


def padded(timeline: Timeline) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(2, 4, 8, 4)
    column.addWidget(timeline)
    column.addStretch(1)
    return holder
