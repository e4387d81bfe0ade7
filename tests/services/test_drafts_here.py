"""Drafts outlive the database: without it they lie sealed on this PC, and the later one of the two is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from desktop.services import draft_files, drafts
from desktop.services.errors import DatabaseGone, NotFound
from desktop.services.office import Office
from desktop.services.work import Actor, look
from desktop.world import SeededWorld
from tests.offices import sit_down


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def gone(world: SeededWorld, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """`gone(True)`: the database is lost in the middle of every draft that is kept."""

    def lose(point: str) -> None:
        if point == "draft.before_commit":
            raise DatabaseGone("cut")

    def switch(on: bool) -> None:
        monkeypatch.setattr(world, "_fault", lose if on else None)

    return switch


def titles(office: Office, clerk: Actor) -> list[str]:
    with look(office, clerk) as reading:
        return [row.title for row in drafts.list_drafts(reading, "form")]


def body(office: Office, clerk: Actor, draft_id: object) -> bytes:
    with look(office, clerk) as reading:
        return drafts.read_draft(reading, draft_id)  # type: ignore[arg-type]


def test_without_the_database_a_draft_is_kept_here_until_it_is_back(
    office: Office, world: SeededWorld, clerk: Actor, gone: Callable[[bool], None]
) -> None:
    draft = world.new_id()
    assert not drafts.keep_draft(office, clerk, "form", draft, "顾听澜", b"13812345678").here
    world.advance(timedelta(seconds=3))
    gone(True)
    assert drafts.keep_draft(office, clerk, "form", draft, "顾听澜 二", b"13812345678 more").here
    (file,) = (office.data_dir / draft_files.FOLDER).iterdir()
    sealed = file.read_bytes()
    assert not any(clear in sealed for clear in (b"13812345678", "顾听澜".encode()))
    assert (titles(office, clerk), body(office, clerk, draft)) == (["顾听澜 二"], b"13812345678 more")
    gone(False)
    world.advance(timedelta(seconds=3))
    assert not drafts.keep_draft(office, clerk, "form", draft, "顾听澜 三", b"all").here
    assert not file.exists()
    assert (titles(office, clerk), body(office, clerk, draft)) == (["顾听澜 三"], b"all")


def test_what_an_act_stored_since_counts_more_than_an_older_file(
    office: Office, world: SeededWorld, clerk: Actor, gone: Callable[[bool], None]
) -> None:
    draft = world.new_id()
    gone(True)
    drafts.keep_draft(office, clerk, "form", draft, "alt", b"old")
    (file,) = (office.data_dir / draft_files.FOLDER).iterdir()
    old = file.read_bytes()
    gone(False)
    world.advance(timedelta(seconds=3))
    drafts.save_draft(office, clerk, "form", draft, "neu", b"new")
    file.write_bytes(old)  # as if it could not be removed
    assert (titles(office, clerk), body(office, clerk, draft)) == (["neu"], b"new")


def test_nobody_else_sees_it_and_nothing_broken_stands_in_the_way(
    office: Office, world: SeededWorld, clerk: Actor, gone: Callable[[bool], None]
) -> None:
    draft = world.new_id()
    gone(True)
    drafts.keep_draft(office, clerk, "form", draft, "mine", b"x")
    gone(False)
    other = sit_down(office, "front_desk", login="other", name="别人")
    assert titles(office, other) == []
    with look(office, other) as reading, pytest.raises(NotFound):
        drafts.read_draft(reading, draft)
    drafts.drop_draft(office, other, draft)
    folder = office.data_dir / draft_files.FOLDER
    (folder / "notes.draft").write_text("somebody else's")
    (folder / f"{world.new_id().hex}.draft").write_bytes(b"half")
    assert titles(office, clerk) == ["mine"]
    drafts.drop_draft(office, clerk, draft)
    assert titles(office, clerk) == []


def test_when_neither_takes_it_the_desk_is_told(
    office: Office, world: SeededWorld, clerk: Actor, gone: Callable[[bool], None], expect_log: Callable[[str], None]
) -> None:
    (office.data_dir / draft_files.FOLDER).write_text("a file where the folder should be")
    expect_log("kept neither in the database nor here")
    gone(True)
    with pytest.raises(DatabaseGone):
        drafts.keep_draft(office, clerk, "form", world.new_id(), "t", b"x")
