"""Start: from exec until the sign-in field takes a key, beside a bare Qt window with one field. Promise: at most 1.5×.

Cold = a new process with a warm file cache. Both arms load Qt, show a window, give a field the focus and press one key
as soon as the event loop turns. The product is the whole program by its own door, of a PC that has been in use: an
office is there, preferences are remembered, icons were drawn at the start before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

from common import DIR, emit, interleave, med, noise  # noqa: E402 - reads BENCH_DIR when imported
from start_floor import ENV, painted  # noqa: E402

FLOOR = r"""
import os, sys
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
app = QApplication([]); app.setStyle("Fusion")
window = QMainWindow(); field = QLineEdit(); window.setCentralWidget(field); window.resize(1093, 614)
def key():
    window.grab()
    QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a"))
    if field.text() == "a": sys.stdout.write("PAINTED\n"); sys.stdout.flush(); os._exit(0)
window.show(); field.setFocus(); QTimer.singleShot(0, key); app.exec()
"""
PRODUCT = r"""
import os, sys
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from desktop.__main__ import main
from desktop import qt_imports   # first, as `main` does
from desktop.app import Desk
show = Desk.show
def shown(desk):
    def key():
        desk.window.grab()
        if "LEAVE" in os.environ: desk.window.close(); return
        field, plain = desk._card.password, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, plain, "a"))
        if field.value() == "a": sys.stdout.write("PAINTED\n"); sys.stdout.flush(); os._exit(0)
    show(desk); QTimer.singleShot(0, key)
Desk.show = shown
main()
"""
PREFERENCES = """
login = "linxm"
[window]
width = 1093
height = 614
"""


def used_desk() -> None:
    """A user's folders with an office and preferences; both arms have them as their home."""
    from desktop.paths import folders

    home = DIR / "start" / "home"
    for environment in (os.environ, ENV):
        environment |= {"HOME": str(home), "LOCALAPPDATA": str(home), "APPDATA": str(home), "PYTHONPATH": str(ROOT)}
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            environment.pop(name, None)
    where = folders()
    where.make()
    (where.data / "office.db").touch()
    where.preferences.write_text(PREFERENCES)


def main() -> None:
    used_desk()
    scripts = {"floor": DIR / "start_bare.py", "product": DIR / "start_product.py"}
    scripts["floor"].write_text(FLOOR)
    scripts["product"].write_text(PRODUCT)
    subprocess.run([sys.executable, scripts["product"]], env={**ENV, "LEAVE": "1"}, check=True, capture_output=True)
    arms = {name: lambda path=path: painted([sys.executable, str(path)]) for name, path in scripts.items()}
    for arm in arms.values():
        arm.self_timed = True  # type: ignore[attr-defined]
    runs = interleave(arms, 9, 2)
    ratios = [a / b for a, b in zip(runs["product"], runs["floor"], strict=True)]
    emit(
        {
            "noise": noise(),
            "start.floor_ms": med(runs["floor"]),
            "start.product_ms": med(runs["product"]),
            "start.ratio": med(ratios),
            "start.ratio.goal": 1.5,
        }
    )


if __name__ == "__main__":
    main()
