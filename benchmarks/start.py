"""Start: from exec until the sign-in field takes a key, beside a bare Qt window with one field. Promise: at most 1.5×.

Cold = a new process with a warm file cache. Both arms load Qt, show a window, give a field the focus and press one key.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

from common import DIR, emit, interleave, med, noise  # noqa: E402 - reads BENCH_DIR when imported
from start_floor import painted  # noqa: E402

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
import gc, os, sys
gc.disable()  # as `cli` does
from pathlib import Path
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from desktop.app import Desk, Start, make_application
from desktop.paths import folders
from desktop.preferences import PreferencesFile
where = folders(Path(sys.argv[1]))
app = make_application([], PreferencesFile(where.preferences).load(), where.cache / "icons")
desk = Desk(Start(data=where.data)); desk._open_office = lambda: None
def key():
    desk.window.grab()
    field = desk._card.password
    QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a"))
    if field.value() == "a": sys.stdout.write("PAINTED\n"); sys.stdout.flush(); os._exit(0)
desk.show(); QTimer.singleShot(0, key); app.exec()
"""


def main() -> None:
    data = DIR / "start"
    data.mkdir(parents=True, exist_ok=True)
    (data / "office.db").touch()
    scripts = {"floor": DIR / "start_bare.py", "product": DIR / "start_product.py"}
    scripts["floor"].write_text(FLOOR)
    scripts["product"].write_text(PRODUCT)
    os.environ["PYTHONPATH"] = str(ROOT)
    arms = {name: lambda path=path: painted([sys.executable, str(path), str(data)]) for name, path in scripts.items()}
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
