"""The way to the first picture: what is loaded on it, and that a start which fails leaves a line in the log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

START = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from desktop.app import Desk, Start, make_application
import inspect
read = []
inspect.getsource = lambda module: read.append(module) or ""
data = Path(sys.argv[1])
(data / "office.db").touch()
app = make_application([], None, data / "icons")
desk = Desk(Start(data=data))
desk._open_office = lambda: None
desk.show()
app.processEvents()
assert desk._card.isVisible()
later = {"desktop.views.lock", "desktop.views.help", "desktop.views.dates", "desktop.logs", "logging.handlers",
         "tomllib", "uuid", "calendar", "desktop.office_place"}
print(sorted(later & set(sys.modules)), read)
"""
FAILS = """
import sys
from pathlib import Path
import desktop.app as app
def broken(*_): raise RuntimeError("no screen")
app.Desk.show = broken
app.run(app.Start(data=Path(sys.argv[1])))
"""


def _python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_that_can_wait_is_loaded_before_the_sign_in_card(tmp_path: Path) -> None:
    ran = _python(START, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[] []", "and PySide reads no source text of what is imported"


def test_a_start_that_fails_is_in_the_log(tmp_path: Path) -> None:
    ran = _python(FAILS, tmp_path)
    assert ran.returncode == 1
    log = (tmp_path / "logs" / "desk.log").read_text(encoding="utf-8")
    assert "the window did not come" in log
    assert "RuntimeError" in log
