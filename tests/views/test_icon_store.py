"""Icons kept from start to start: the same pixels, and a file nobody can use is as good as none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from desktop.views import icon_store, icons
from desktop.views.icon_store import IconStore
from desktop.views.theme import Theme


@pytest.fixture
def kept(look: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(icons, "_store", None)
    icons.forget()
    icons.keep_in(tmp_path)
    yield tmp_path / "drawn"
    icons.forget()


def drawn() -> bytes:
    """An icon as a page gets it, as its pixels."""
    image = icons.pixmap("house", QColor("#0a7f5a"), 22, 1.25).toImage()
    assert image.width() == 28
    return bytes(image.constBits())


def another_start(folder: Path) -> None:
    icons.forget()
    icons.keep_in(folder)


def test_the_next_start_shows_the_same_pixels_without_drawing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn()
    icons.save()
    another_start(kept.parent)
    with monkeypatch.context() as nobody_draws:
        nobody_draws.setattr(icons, "_renderer", None)
        assert drawn() == first


@pytest.mark.parametrize("broken", [b"", b"{", b"[1,2]\nxx", b'["1", {"a": "b"}]\n', b"\xff\xfe\n"])
def test_a_file_nobody_can_use_is_as_good_as_none(kept: Path, broken: bytes) -> None:
    first = drawn()
    kept.write_bytes(broken)
    another_start(kept.parent)
    assert drawn() == first


def test_a_cut_file_and_another_edition_are_not_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn()
    icons.save()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    assert IconStore(kept)._kept == {}
    kept.write_bytes(whole)
    assert IconStore(kept)._kept
    monkeypatch.setattr(icon_store, "edition", lambda: "2-0")
    assert IconStore(kept)._kept == {}


def test_a_folder_that_cannot_be_written_stops_nobody(kept: Path) -> None:
    drawn()
    kept.mkdir()
    icons.save()
    assert list(kept.iterdir()) == []
    assert [path.name for path in kept.parent.iterdir()] == ["drawn"], "nothing half written is left"
