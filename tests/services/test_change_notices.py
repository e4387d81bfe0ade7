"""What goes over the line after a commit, and how it is understood."""

from __future__ import annotations

from datetime import UTC, datetime

from desktop.services import change_notices
from desktop.world import World


def test_a_notice_too_long_means_everything() -> None:
    many = [f"table_{n:05}" for n in range(2000)]
    text = change_notices.payload("a.1.1", many)
    assert len(text) < 8000
    assert change_notices.understood(text) == ("a.1.1", frozenset())
    assert change_notices.understood(change_notices.payload("a.1.1", ["room", "party"])) == (
        "a.1.1",
        frozenset({"party", "room"}),
    )


def test_the_real_world_believes_what_the_server_says() -> None:
    told = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert World().server_clock(told) is told
