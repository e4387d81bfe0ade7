"""A running desk keeps in step with a real log of head office, over a line that breaks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from central.log import Log
from central.store import open_store
from desktop.services.acts import Op
from desktop.services.notes import NoteForm, add_note
from desktop.services.office import Office
from desktop.services.sync import runner
from desktop.services.sync.desk import facts_of
from desktop.services.sync.head_office import HeadOffice, Unreachable, Why
from desktop.services.sync.lease import LASTS, take_lease
from desktop.services.sync.messages import REVOKED, Refusal
from desktop.services.sync.runner import Runner, Turn
from desktop.services.sync.troubles import BROKEN
from desktop.services.work import PROGRAM, begin
from desktop.world import SeededWorld
from tests.offices import rooms_of
from tests.services.sync_kit import enrol
from tests.simulation.line import Head, Line

SOON = 30
"""Seconds that a thread is given, however busy the machine."""


class Far:
    """A head office that may be reached or not."""

    def __init__(self, office: Office, folder: Path) -> None:
        log = Log(open_store(f"sqlite:///{folder / 'head.db'}"), office.world)
        log.add_project(office.project_id, "WJY", "望江苑")
        log.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
        self.line = Line(Head(log), office.device_id, random.Random(1))
        self.trouble: Exception | None = None
        self.reached = 0

    @contextmanager
    def reach(self, _office: Office) -> Iterator[HeadOffice]:
        self.reached += 1
        if self.trouble is not None:
            raise self.trouble
        yield self.line


@pytest.fixture
def far(office: Office, tmp_path: Path) -> Far:
    enrol(office)
    return Far(office, tmp_path)


def note(office: Office) -> None:
    with begin(office, PROGRAM, Op.ADD_NOTE) as work:
        add_note(work, NoteForm("电话里说下周交", room_id=rooms_of(office)[0]))


def test_a_turn_sends_what_waits(office: Office, far: Far) -> None:
    assert facts_of(office).waiting > 0
    turn = Runner(office, reach=far.reach).turn()
    assert turn.met is not None
    assert (turn.code, turn.again) == ("", runner.EVERY_SECONDS)
    assert turn.met.sent > 0
    assert facts_of(office).waiting == 0
    assert "和总部一致" in facts_of(office).words


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(Unreachable(Why.NO_LINE), "no_line"), (Refusal(REVOKED), REVOKED)],
    ids=["no line", "revoked"],
)
def test_trouble_is_told_and_tried_again_ever_later(
    office: Office, far: Far, trouble: Exception, code: str, expect_log: Callable[[str], None]
) -> None:
    if code == REVOKED:
        expect_log(r"head office refused")
    far.trouble = trouble
    mine = Runner(office, reach=far.reach)
    turns = [mine.turn() for _ in range(14)]
    assert {turn.code for turn in turns} == {code}
    assert all(1 <= turn.again <= min(300, max(1, 2**n)) for n, turn in enumerate(turns))
    assert max(turn.again for turn in turns[9:]) > 60, "in the end it waits minutes"
    assert len({turn.again for turn in turns[9:]}) > 1, "offices do not come back all at once"
    assert facts_of(office).trouble == code
    far.trouble = None
    assert mine.turn().met is not None
    assert facts_of(office).trouble == ""


def test_head_office_may_ask_to_wait(office: Office, far: Far) -> None:
    far.trouble = Unreachable(Why.BUSY, retry_after=120.0)
    assert Runner(office, reach=far.reach).turn().again == 120.0


def test_a_bug_is_trouble_and_no_end(office: Office, far: Far, expect_log: Callable[[str], None]) -> None:
    expect_log(r"a session with head office broke")
    far.trouble = KeyError("never thought of")
    assert Runner(office, reach=far.reach).turn().code == BROKEN


def test_without_a_thread_the_lease_is_given_back_too(office: Office, world: SeededWorld, far: Far) -> None:
    mine = Runner(office, reach=far.reach)
    mine.turn()
    assert take_lease(office, world.new_id()) is None
    mine.stop()
    assert take_lease(office, world.new_id()) is not None


def test_another_pc_does_it(office: Office, world: SeededWorld, far: Far) -> None:
    assert take_lease(office, world.new_id()) is not None
    mine = Runner(office, reach=far.reach)
    turn = mine.turn()
    assert turn.elsewhere
    assert turn.again + LASTS.total_seconds() <= 90
    assert far.reached == 0
    world.advance(LASTS + timedelta(seconds=1))
    assert mine.turn().met is not None


def test_in_trouble_another_pc_may_try_at_once(office: Office, world: SeededWorld, far: Far) -> None:
    far.trouble = Unreachable(Why.NO_LINE)
    Runner(office, reach=far.reach).turn()
    assert take_lease(office, world.new_id()) is not None


def test_the_thread_goes_by_itself_and_ends_with_the_lease_given_back(
    office: Office, world: SeededWorld, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SOON_SECONDS", 0.05)
    turned, turns = threading.Semaphore(0), list[Turn]()

    def told(turn: Turn) -> None:
        turns.append(turn)
        turned.release()

    mine = Runner(office, told, far.reach)
    mine.start()
    try:
        assert turned.acquire(timeout=SOON), "the first session comes at once"
        assert office.sync is mine
        note(office)
        assert turned.acquire(timeout=SOON), "and another one soon after a change"
        assert turns[-1].met is not None
        assert turns[-1].met.sent == 1
        mine.soon()
        assert turned.acquire(timeout=SOON), "and whenever somebody wants it"
        assert take_lease(office, world.new_id()) is None
    finally:
        mine.stop(SOON)
    assert office.sync is None
    assert take_lease(office, world.new_id()) is not None
    assert [turn.met.sent > 0 for turn in mine.recent if turn.met is not None] == [True, True], (
        "a quiet one tells nothing"
    )


def test_without_head_office_nothing_is_reached(office: Office) -> None:
    turn = Runner(office).turn()
    assert (turn.met, turn.code) == (None, "")
