"""The pictures of the program are drawn, each is what it says, and nothing in them is cut, lost or out of its place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from desktop import cli
from desktop.gallery import FROZEN, LOOKS, PictureBroken, render_screens
from desktop.paths import folders
from desktop.services.demo import demo_dir
from desktop.views.screens import PICTURE

FEW = ("parties", "till")
"""Groups drawn in CI, in one look: lists, a record with its tabs, every kind of dialog, money in all its turns."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the invented office of the pictures is built once."""
    data = tmp_path_factory.mktemp("gallery")
    where = folders(data)
    where.make()
    demo_dir(where.cache / "demo", FROZEN)  # before the walk that needs it, whichever test comes first
    return data


def test_a_few_groups_without_a_finding(office: Path, tmp_path: Path) -> None:
    drawn = render_screens(tmp_path, office, LOOKS[:1], FEW)
    assert drawn.findings == []
    names = {path.stem for path in drawn.pictures}
    assert {"07-parties-125", "07-party-125", "09-dialog-errors-125", "06-till-125", "06-till-taken-125"} <= names
    assert len(drawn.pictures) == len(names) > 25
    assert all(QImage(str(path)).size() == PICTURE for path in drawn.pictures)
    assert os.environ.get("QT_SCALE_FACTOR") is None, "this process is left alone"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".png"] == [".screen.json"], "nothing stays"


@pytest.mark.long
def test_everything_in_every_look(office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--data", str(office), "screens", str(tmp_path)]) == 0, capsys.readouterr().out
    assert len(list(tmp_path.glob("*.png"))) > 800


def test_a_picture_that_breaks_ends_the_run(office: Path, tmp_path: Path) -> None:
    with pytest.raises(PictureBroken, match="no-such-group"):
        render_screens(tmp_path, office, LOOKS[:1], ["no-such-group"])


BREAK = """
import sys
from pathlib import Path
from desktop.gallery import LOOKS, PictureBroken
from desktop.gallery.walk import Walk
walk = Walk(Path(sys.argv[1]), Path(sys.argv[2]), LOOKS[0])
walk.sit_down()
walk.shoot("board")
told = []
def broken(name, act):
    act()
    try:
        walk.shoot(name)
    except PictureBroken as trouble:
        told.append(str(trouble))
broken("same", lambda: None)
def crash():
    from desktop.views import messages
    try:
        {}["nothing"]
    except KeyError as bug:
        messages.show_error(bug)
broken("crash", crash)
walk.dialog.cancel()
def fail():
    raise ZeroDivisionError
from PySide6.QtWidgets import QPushButton
button = QPushButton()
button.clicked.connect(fail)
broken("slot", button.click)
walk._trouble.clear()
def said():
    from desktop.views import messages
    messages.show_warning("\u6ca1\u6709\u8fd9\u4e00\u9875")
broken("said", said)
walk.end()
print("\\n---\\n".join(told))
"""


def test_what_is_not_what_it_says_is_no_picture(office: Path, tmp_path: Path) -> None:
    """The same twice, a crash, an exception in a slot, a message nobody expected."""
    ran = subprocess.run(
        [sys.executable, "-c", BREAK, str(tmp_path), str(office)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1.25", "PYTHONUTF8": "1"},
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    same, crash, slot, said = ran.stdout.split("\n---\n")
    assert same == "same: shows the same as board"
    assert "KeyError" in crash
    assert "ZeroDivisionError" in slot
    assert "没有这一页" in said
