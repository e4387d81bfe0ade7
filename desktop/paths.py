"""Where this PC keeps what: data, logs, cache, preferences, and what is printed without a printer."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

APP = "AnjuDesk"
PRINTS = "安居前台 打印"


class Folders(NamedTuple):
    """The folders of one run. `data` holds the office database and the device keys."""

    data: Path
    logs: Path
    cache: Path
    preferences: Path
    """The file, not its folder."""
    prints: Path
    """Where a desk without a printer prints to. What lies there is paper in clear, so it lies outside all the others;
    made when the first sheet comes."""

    def make(self) -> None:
        """Create what is missing, readable by this user alone. Raises OSError."""
        for folder in (self.data, self.logs, self.cache, self.preferences.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def folders(data: Path | None = None) -> Folders:
    """The folders this system means for a program, or everything inside `data` (`--data DIR`) but what is printed."""
    if data is not None:
        data = data.expanduser().absolute()
        return Folders(data, data / "logs", data / "cache", data / "preferences.toml", beside(data))
    import platformdirs  # not needed with --data

    found = platformdirs.PlatformDirs(APP, appauthor=False)
    return Folders(
        Path(found.user_data_dir),
        Path(found.user_log_dir),
        Path(found.user_cache_dir),
        Path(found.user_config_dir) / "preferences.toml",
        Path(found.user_documents_dir) / PRINTS,
    )


def beside(data: Path) -> Path:
    """The print folder of a `--data` folder: next to it, under its name."""
    return data.parent / f"{data.name} {PRINTS}".strip()
