"""The watched folder offers what is new and whole, once; a file says in words why it gives no picture."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.ocr.quality import LARGEST_BYTES
from desktop.ocr.sources import PictureFile, SourceError, WatchedFolder


def names(folder: WatchedFolder) -> list[str]:
    return [file.name for file in folder.look()]


def test_what_lay_there_is_old_and_what_grows_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "old.jpg").write_bytes(b"1")
    folder = WatchedFolder(tmp_path)
    assert names(folder) == []
    scan = tmp_path / "scan.JPG"
    scan.write_bytes(b"")
    assert names(folder) == []
    assert names(folder) == [], "an empty file is not written yet"
    scan.write_bytes(b"12")
    assert names(folder) == []
    scan.write_bytes(b"1234")
    assert names(folder) == [], "it still grew"
    assert names(folder) == ["scan.JPG"]
    assert names(folder) == [], "once"


def test_the_same_name_again_is_another_picture(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path)
    folder.look()
    for content in (b"front", b"back side"):
        (tmp_path / "0001.png").write_bytes(content)
        assert [names(folder), names(folder)] == [[], ["0001.png"]]
    (tmp_path / "0001.png").unlink()
    assert names(folder) == []
    (tmp_path / "0001.png").write_bytes(b"back side")
    assert [names(folder), names(folder)] == [[], ["0001.png"]]


def test_only_pictures_oldest_first(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path)
    folder.look()
    for at, name in enumerate(("b.jpg", "a.png", "notes.txt", ".hidden.jpg", "~tmp.jpg")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, ns=(at, at))
    (tmp_path / "folder.jpg").mkdir()
    folder.look()
    assert names(folder) == ["b.jpg", "a.png"]


def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "scans"
    folder = WatchedFolder(place)
    with pytest.raises(SourceError, match="扫描文件夹 scans"):
        folder.look()
    place.mkdir()
    assert names(folder) == []


def test_files_that_give_no_picture(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="是文件夹"):
        PictureFile(tmp_path).take()
    with pytest.raises(SourceError, match=r"打不开 gone\.jpg"):
        PictureFile(tmp_path / "gone.jpg").take()
    with (tmp_path / "huge.png").open("wb") as stream:
        stream.truncate(LARGEST_BYTES + 1)
    with pytest.raises(SourceError, match="超过 160 MB"):
        PictureFile(tmp_path / "huge.png").take()
