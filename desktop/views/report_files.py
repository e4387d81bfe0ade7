"""The service report stored as PDF and as workbook in one go, where the last report was put: no name is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from desktop.services import service_report_copies
from desktop.services.acts import Op
from desktop.services.files import write_whole
from desktop.services.repair_trends import TrendsWanted
from desktop.services.service_report_copies import ReportFiles
from desktop.services.work import Approval, Work
from desktop.views.save_file import NotWritten, folder_of

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_MOST_ALIKE = 1000


@dataclass(frozen=True, slots=True)
class ReportStored:
    """Where both files lie."""

    folder: Path
    pdf: Path
    xlsx: Path


def store_report(session: Any, wanted: TrendsWanted, approval: Approval | None) -> ReportStored:
    """In a writing job: the act that gives both files, then both on the disk or neither. Raises NotWritten."""
    made: ReportFiles = session.act_with(approval, Op.EXPORT_LIST, partial(_make, wanted))
    folder = folder_of(session)
    pdf, xlsx = _free(folder, _FORBIDDEN.sub("_", made.name))
    try:
        write_whole(pdf, made.pdf)
        try:
            write_whole(xlsx, made.xlsx)
        except OSError:
            pdf.unlink(missing_ok=True)  # half a report is none
            raise
    except OSError as error:
        raise NotWritten(pdf, error.strerror or "") from error
    return ReportStored(folder, pdf, xlsx)


def _make(wanted: TrendsWanted, work: Work) -> ReportFiles:
    return service_report_copies.report_files(work, wanted)


def _free(folder: Path, name: str) -> tuple[Path, Path]:
    """Names that nothing bears yet: what was handed out before stays what it was."""
    for n in range(1, _MOST_ALIKE):
        stem = name if n == 1 else f"{name}（{n}）"
        pair = folder / f"{stem}.pdf", folder / f"{stem}.xlsx"
        if not any(path.exists() for path in pair):
            return pair
    raise NotWritten(folder / f"{name}.pdf", "同名的文件已有一千个")
