"""Photos of a room: kept encrypted, taken away and brought back, never too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.services import room_photos, timeline
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.errors import NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def photo(title: str = "客厅") -> FileForm:
    return FileForm(title, "image/jpeg", f"{title} as light".encode())


def test_kept_taken_away_and_brought_back(
    office: Office, clerk: Actor, world: SeededWorld, databases: Databases, tmp_path: Path
) -> None:
    room = rooms_of(office)[0]
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        first, _ = room_photos.add_photos(work, room, [photo(), photo("阳台")])
    with look(office, clerk) as reading:
        assert {row.title for row in room_photos.photos_of(reading, room)} == {"客厅", "阳台"}
        assert room_photos.read_photo(reading, first).data == photo().data
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_photos.drop_photo(work, first)
    with look(office, clerk) as reading, pytest.raises(NotFound):
        room_photos.read_photo(reading, first)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_photos.restore_photo(work, first)
    with look(office, clerk) as reading:
        assert len(room_photos.photos_of(reading, room)) == 2
        told = [entry.title for entry in timeline.room_timeline(reading, room)]
    assert told == ["添加照片", "去掉照片", "添加照片"]
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_not_more_than_anybody_looks_at(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    many = [photo(f"第 {n} 张") for n in range(room_photos.MOST_PHOTOS + 1)]
    with pytest.raises(ProblemsFound, match="最多 24 张"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_photos.add_photos(work, room, many)


def test_who_may_not_check_in_adds_none(office: Office) -> None:
    who = sit_down(office, "auditor")
    with pytest.raises(Refused), begin(office, who, Op.CHANGE_PLACE) as work:
        room_photos.add_photos(work, rooms_of(office)[0], [photo()])
