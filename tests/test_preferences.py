"""What a PC remembers: whole files, old and new ones, and nothing lost that another version wrote."""

from __future__ import annotations

import os
import stat
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.preferences import (
    CardChoice,
    Preferences,
    PreferencesFile,
    PrinterChoice,
    Theme,
    TypeSize,
    WindowPlace,
    write_toml,
)

FULL = Preferences(
    theme=Theme.DARK,
    type_size=TypeSize.LARGE,
    office="postgresql://desk@db.example/office",
    login="wangli",
    cards=CardChoice('USB 摄像头 "1"', "1280x720", False, "D:\\扫描", "net:1", 200),
    window=WindowPlace("HDMI-1", -8, 0, 1093, 614, True),
    printers={
        "receipt": PrinterChoice("EPSON LQ-630K", "纸盒 1", "241x140", -1.5, 0.25, 2, True),
        "lease": PrinterChoice("HP"),
        "work order.v2": PrinterChoice(),
    },
    columns={"arrears": (120, 80, 300), "空": ()},
)


@pytest.fixture
def file(tmp_path: Path) -> PreferencesFile:
    return PreferencesFile(tmp_path / "folder" / "preferences.toml")


def test_first_start_has_defaults_and_writes_nothing(file: PreferencesFile) -> None:
    assert file.load() == Preferences()
    assert not file.path.parent.exists()


def test_everything_comes_back(file: PreferencesFile) -> None:
    file.load()
    file.save(FULL)
    assert PreferencesFile(file.path).load() == FULL
    assert [path.name for path in file.path.parent.iterdir()] == ["preferences.toml"]
    if os.name == "posix":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_unknown_keys_stay_at_every_depth(file: PreferencesFile) -> None:
    """A newer version was here: its keys survive a save of ours."""
    file.path.parent.mkdir()
    file.path.write_text(
        'theme = "dark"\nfuture = [1, {a = "b"}]\nsince = 2026-11-22\n'
        "[window]\nwidth = 900\nmonitor_count = 2\n"
        '[printers.receipt]\nprinter = "LQ"\nribbon = "new"\n[cloud.account]\nname = "x"\n',
        "utf-8",
    )
    loaded = file.load()
    assert (loaded.theme, loaded.window.width, loaded.printers["receipt"].printer) == (Theme.DARK, 900, "LQ")
    file.save(loaded._replace(theme=Theme.LIGHT))
    stored = tomllib.loads(file.path.read_text("utf-8"))
    assert stored["theme"] == "light"
    assert stored["future"] == [1, {"a": "b"}]
    assert stored["since"] == date(2026, 11, 22)
    assert stored["window"]["monitor_count"] == 2
    assert stored["printers"]["receipt"]["ribbon"] == "new"
    assert stored["cloud"] == {"account": {"name": "x"}}


def test_what_is_forgotten_here_goes_from_the_file(file: PreferencesFile) -> None:
    file.load()
    file.save(FULL)
    file.save(FULL._replace(printers={"lease": FULL.printers["lease"]}, columns={}))
    again = PreferencesFile(file.path).load()
    assert set(again.printers) == {"lease"}
    assert again.columns == {}


def test_value_of_the_wrong_kind_takes_its_default(file: PreferencesFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text(
        'theme = "sepia"\ntype_size = 3\noffice = 5\nlogin = "li"\nprinters = "none"\n'
        '[window]\nx = "left"\ny = 7\nmaximized = 1\nwidth = true\n'
        '[columns]\nrooms = [100, "wide"]\nbills = [60]\n',
        "utf-8",
    )
    assert file.load() == Preferences(login="li", window=WindowPlace(y=7), columns={"bills": (60,)})


@pytest.mark.parametrize("number", ["nan", "inf", "true", '"1"'])
def test_offset_that_is_no_length_takes_its_default(file: PreferencesFile, number: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(f'[printers.a]\nprinter = "P"\noffset_x_mm = {number}\noffset_y_mm = 2\n', "utf-8")
    assert file.load().printers == {"a": PrinterChoice("P", offset_y_mm=2.0)}


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00", b"[window\n", b"a = 1\na = 2\n"])
def test_broken_file_is_put_aside(file: PreferencesFile, content: bytes) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    assert file.load() == Preferences()
    assert file.put_aside is not None
    assert file.put_aside.read_bytes() == content
    file.save(FULL)
    assert PreferencesFile(file.path).load() == FULL


def test_file_saved_by_notepad_is_read(file: PreferencesFile) -> None:
    """With a byte-order mark and Windows line ends."""
    file.path.parent.mkdir()
    file.path.write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert file.load().theme is Theme.DARK


def test_save_that_fails_leaves_the_old_file(file: PreferencesFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.load()
    file.save(FULL)
    before = file.path.read_bytes()

    def power_cut(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("desktop.preferences.os.fsync", power_cut)
    with pytest.raises(OSError, match="no space"):
        file.save(Preferences())
    assert file.path.read_bytes() == before
    assert len(list(file.path.parent.iterdir())) == 1


SCALARS = (
    st.text()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.times()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(document=st.dictionaries(st.text(), VALUES))
def test_whatever_is_written_is_read_back(document: dict[str, Any]) -> None:
    assert tomllib.loads(write_toml(document)) == document


def test_what_toml_cannot_say_is_refused() -> None:
    assert tomllib.loads(write_toml({"at": [datetime(2026, 1, 2), time(3), date(2026, 1, 2)]}))  # noqa: DTZ001
    with pytest.raises(TypeError, match="NoneType"):
        write_toml({"nothing": None})
