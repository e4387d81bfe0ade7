"""Folders of a PC, and which of them may hold an embedded office."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.office_place import Place, PlaceFacts, file_system_of, place_facts, unfit_for_office
from desktop.paths import APP, folders


def test_data_folder_given_holds_everything(tmp_path: Path) -> None:
    found = folders(tmp_path / "office")
    assert {found.data, found.logs.parent, found.cache.parent, found.preferences.parent} == {tmp_path / "office"}
    assert found.prints.parent == tmp_path, "paper lies beside it, not in it"
    found.make()
    assert not found.prints.exists()
    assert found.logs.is_dir()
    assert found.cache.is_dir()
    if os.name == "posix":
        assert stat.S_IMODE(found.logs.stat().st_mode) == 0o700
    found.make()


def test_relative_data_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert folders(Path("office")).data == tmp_path / "office"


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_without_it_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    found = folders()
    assert found.data == tmp_path / "XDG_DATA_HOME" / APP
    assert found.cache == tmp_path / "XDG_CACHE_HOME" / APP
    assert found.preferences == tmp_path / "XDG_CONFIG_HOME" / APP / "preferences.toml"
    assert str(found.logs).startswith(str(tmp_path))
    assert not any(folder in found.prints.parents for folder in (found.data, found.cache, found.logs))


def test_platformdirs_is_loaded_only_when_asked() -> None:
    code = "import sys, desktop.paths as p; p.folders(p.Path('x')); print('platformdirs' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (PlaceFacts(r"\\server\share\office"), Place.NETWORK_SHARE),
        (PlaceFacts(r"\\192.168.1.9\d$\office"), Place.NETWORK_SHARE),
        (PlaceFacts(r"\\?\UNC\server\share\office"), Place.NETWORK_SHARE),
        (PlaceFacts(r"\\wsl.localhost\Debian\home"), Place.NETWORK_SHARE),
        (PlaceFacts("//server/share/office"), Place.NETWORK_SHARE),
        (PlaceFacts(r"Z:\office", remote_drive=True), Place.MAPPED_DRIVE),
        (PlaceFacts("/mnt/nas/office", file_system="nfs4"), Place.NETWORK_DISK),
        (PlaceFacts("/mnt/nas/office", file_system="CIFS"), Place.NETWORK_DISK),
        (PlaceFacts("/mnt/c/office", file_system="9p"), Place.NETWORK_DISK),
        (PlaceFacts("/home/a/remote", file_system="fuse.sshfs"), Place.NETWORK_DISK),
        (PlaceFacts(r"C:\Users\a\OneDrive\office"), Place.CLOUD_FOLDER),
        (PlaceFacts(r"C:\Users\a\OneDrive - 青山物业\office"), Place.CLOUD_FOLDER),
        (PlaceFacts(r"D:\cloud\office", cloud_roots=(r"d:\Cloud",)), Place.CLOUD_FOLDER),
        (PlaceFacts(r"C:\Users\a\Nutstore\1\office"), Place.CLOUD_FOLDER),
        (PlaceFacts(r"D:\我的坚果云\office"), Place.CLOUD_FOLDER),
        (PlaceFacts("/home/a/Dropbox (Personal)/office"), Place.CLOUD_FOLDER),
        (PlaceFacts(r"D:\BaiduSyncdisk\office"), Place.CLOUD_FOLDER),
    ],
)
def test_folder_that_would_break_an_office_is_refused(facts: PlaceFacts, reason: Place) -> None:
    unfit = unfit_for_office(facts)
    assert unfit is not None
    assert unfit.reason is reason
    assert "PostgreSQL" in unfit.message


@pytest.mark.parametrize(
    "facts",
    [
        PlaceFacts(r"C:\Users\a\AppData\Local\AnjuDesk"),
        PlaceFacts(r"\\?\C:\Users\a\AppData\Local\AnjuDesk"),
        PlaceFacts(r"\\.\C:\office"),
        PlaceFacts(r"D:\onedrive-notes\office"),
        PlaceFacts(r"D:\cloudy\office", cloud_roots=(r"D:\cloud",)),
        PlaceFacts(r"D:\cloud", cloud_roots=("",)),
        PlaceFacts("/home/a/.local/share/AnjuDesk", file_system="ext4"),
        PlaceFacts("/home/a/office", file_system="btrfs"),
        PlaceFacts("/dev/shm/office", file_system="tmpfs"),
        PlaceFacts("/home/a/crypt", file_system="fuse.gocryptfs"),
        PlaceFacts("/home/a/office"),
    ],
)
def test_folder_on_this_machine_is_fine(facts: PlaceFacts) -> None:
    assert unfit_for_office(facts) is None


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/nas rw shared:9 - cifs //nas/share rw,vers=3.0
31 22 0:41 / /mnt/nas/deep rw - xfs /dev/sdb1 rw
32 22 0:42 / /mnt/my\040share rw,nosuid master:3 - nfs4 server:/export rw
33 22 0:43 / /over rw - ext4 /dev/sdc1 rw
34 22 0:44 / /over rw - nfs server:/other rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/home/a", "ext4"),
        ("/mnt/nas", "cifs"),
        ("/mnt/nas/office", "cifs"),
        ("/mnt/nasty", "ext4"),
        ("/mnt/nas/deep/office", "xfs"),
        ("/mnt/my share/office", "nfs4"),
        ("/over/office", "nfs"),
    ],
)
def test_file_system_under_a_path(path: str, system: str) -> None:
    assert file_system_of(path, MOUNTS) == system


def test_nothing_is_known_without_mounts() -> None:
    assert file_system_of("/home", "") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the mounts of Linux")
def test_facts_of_a_real_folder(tmp_path: Path) -> None:
    """Against the system's own word for the same folder, through a link and for a folder not made yet."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    facts = place_facts(link / "not yet", {"OneDrive": "/cloud", "OneDriveConsumer": ""})
    assert facts.path == str(tmp_path / "not yet")
    assert facts.cloud_roots == ("/cloud",)
    told = subprocess.run(
        ["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert facts.file_system
    assert facts.file_system.split("fs")[0] in told or told.startswith(facts.file_system[:3])
    assert place_facts(Path("/proc/self")).file_system == "proc"
    assert unfit_for_office(facts) is None
