"""The flatbed of this PC as a source of pictures; SANE's program is on Linux only."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

from desktop.preferences import CardChoice
from desktop.services.errors import DomainError


def can_scan() -> bool:
    """Whether a scan can be asked for here."""
    return sys.platform != "win32" and shutil.which("scanimage") is not None


class Scan:
    """One page of the scanner this PC remembers; the device is asked when the picture is wanted, in a job."""

    name = "扫描仪"

    def __init__(self, choice: CardChoice) -> None:
        self._choice = choice

    def take(self, going: Callable[[], object] = lambda: None) -> bytes:
        from desktop.ocr.scanner import Scanner

        return Scanner(self._choice.scanner, self._choice.dpi).take(going)


def list_scanners() -> list[tuple[str, str]]:
    """The scanners that answer, as device and words; takes seconds, so in a job. Raises NoScanner."""
    from desktop.ocr.scanner import scanners
    from desktop.ocr.sources import SourceError

    try:
        return [(each.device, each.words) for each in scanners()]
    except SourceError as trouble:
        raise NoScanner(trouble.message) from trouble


class NoScanner(DomainError):
    """The scanners cannot be asked for."""
