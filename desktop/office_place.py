"""Whether a folder may hold an embedded office at all.

SQLite needs a disk of this very machine: on a network share or in a folder that a cloud program copies while it is
written, an office breaks sooner or later. What is known about a folder is gathered by `place_facts` and judged by
`unfit_for_office`, so that the judgement can be tried for every system on any system.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Place(StrEnum):
    """Why a folder may not hold an embedded office."""

    NETWORK_SHARE = "network_share"
    MAPPED_DRIVE = "mapped_drive"
    NETWORK_DISK = "network_disk"
    CLOUD_FOLDER = "cloud_folder"


@dataclass(frozen=True, slots=True)
class Unfit:
    """The reason, and the sentence that says what to do instead."""

    reason: Place
    message: str


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is known about a folder: its resolved path, `remote_drive` (Windows says the letter is a network drive),
    the file system's name ("" = unknown), and the folders cloud programs announce.
    """

    path: str
    remote_drive: bool = False
    file_system: str = ""
    cloud_roots: tuple[str, ...] = ()


_UNC = re.compile(r"(?:\\\\\?\\UNC\\|\\\\(?![?.]\\)|//)", re.IGNORECASE)
_NETWORK_SYSTEMS = re.compile(
    r"nfs4?|cifs|smb[23]?|smbfs|afpfs|webdav|davfs|ncpfs|afs|9p|ceph|lustre|glusterfs|gfs2|ocfs2|vboxsf|prl_fs|"
    r"fuse\.(?:sshfs|davfs2|rclone|glusterfs|ceph|smbnetfs|gvfsd-fuse|vmhgfs-fuse)",
    re.IGNORECASE,
)
_CLOUD_NAMES = (
    ("onedrive", "OneDrive"),
    ("dropbox", "Dropbox"),
    ("google drive", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("iclouddrive", "iCloud"),
    ("com~apple~clouddocs", "iCloud"),
    ("nutstore", "坚果云"),
    ("我的坚果云", "坚果云"),
    ("坚果云", "坚果云"),
    ("baidusyncdisk", "百度网盘"),
    ("wps云盘", "WPS 云盘"),
    ("wpsdrive", "WPS 云盘"),
    ("synologydrive", "Synology Drive"),
)
_INSTEAD = "请选本机硬盘上的文件夹；几台电脑要共用时，请改用 PostgreSQL。"


def unfit_for_office(facts: PlaceFacts) -> Unfit | None:
    """Why an embedded office may not live here; None when it may."""
    if _UNC.match(facts.path):
        return Unfit(Place.NETWORK_SHARE, f"这是网络共享文件夹，内置数据库放在上面会损坏。{_INSTEAD}")
    if facts.remote_drive:
        return Unfit(Place.MAPPED_DRIVE, f"{facts.path[:2]} 是映射的网络驱动器，内置数据库放在上面会损坏。{_INSTEAD}")
    if _NETWORK_SYSTEMS.fullmatch(facts.file_system):
        return Unfit(Place.NETWORK_DISK, f"这是网络磁盘（{facts.file_system}），内置数据库放在上面会损坏。{_INSTEAD}")
    if cloud := _cloud_of(facts):
        return Unfit(Place.CLOUD_FOLDER, f"这个文件夹由 {cloud} 同步，内置数据库会在同步中损坏。{_INSTEAD}")
    return None


def _cloud_of(facts: PlaceFacts) -> str | None:
    parts = _parts(facts.path)
    for root in facts.cloud_roots:
        announced = _parts(root)
        if announced and parts[: len(announced)] == announced:
            return root
    for part in parts:
        for start, name in _CLOUD_NAMES:
            # "OneDrive - 某公司" is OneDrive too; "onedrive-notes" is somebody's own folder.
            if part == start or re.match(re.escape(start) + r"(?: | - |\()", part):
                return name
    return None


def _parts(path: str) -> list[str]:
    return [part for part in re.split(r"[\\/]+", path.casefold()) if part and part != "?"]


def place_facts(path: Path, environment: Mapping[str, str] | None = None) -> PlaceFacts:
    """What this system knows about a folder, which need not exist yet; links are followed."""
    environment = os.environ if environment is None else environment
    resolved = path.expanduser().resolve()
    roots = tuple(
        environment[name] for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer") if environment.get(name)
    )
    return PlaceFacts(str(resolved), _remote_drive(resolved), _file_system(resolved), roots)


def _remote_drive(path: Path) -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    drive_remote = 4
    return bool(path.drive) and ctypes.windll.kernel32.GetDriveTypeW(path.drive + "\\") == drive_remote


def _file_system(path: Path) -> str:
    if sys.platform != "linux":
        return ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    return file_system_of(str(path), mounts)


def file_system_of(path: str, mounts: str) -> str:
    """The file system's name under a path, from the text of Linux' `mountinfo`; "" when nothing covers it."""
    best, name = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, source = before.split(" "), after.split(" ")
        if len(fields) < 5 or not source[0]:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two mounts on one point the later one is seen
            best, name = len(point), source[0]
    return name
