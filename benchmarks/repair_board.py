"""Promise: the board of repairs with 2,000 open orders paints first in 150 ms.

    repair_board.py [open=2000]

`first` runs the window: from `navigate` until the first cards are painted, `whole` until every order is counted and
sorted; `again` is coming back to it. `first_cold` is the same in a program that has not been at rest yet, so that the
page's modules come with it. The floor (`plain`) is five bare list views over as many texts, shown and painted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]

OPEN, CLOSED = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, 2000
sys.argv[1:] = []
from _repairs import repair_office  # noqa: E402
from board import child  # noqa: E402 - it reads arguments of its own
from common import DIR, PG, emit, med, noise  # noqa: E402 - reads BENCH_DIR when imported

ROUNDS = 5
BOARD = r"""
import sys, json, time, os
from pathlib import Path
from datetime import date
from PySide6.QtWidgets import QApplication
from desktop.views.theme import Theme
app = QApplication([]); Theme(Path(sys.argv[1])).install(app)
from desktop.preferences import Preferences
from desktop.services import access, database, opening
from desktop.views.main_window import MainWindow
from desktop.views.session import DeskSession
from desktop.world import World
from sqlalchemy import select
from desktop.models.access import StaffMember
data, url, warm = Path(sys.argv[2]), sys.argv[3], sys.argv[4] == "warm"
office = opening.open_office(World(), data, database.parse_url(url) if url else database.sqlite_url(data))
with office.reading() as session:
    staff = session.scalar(select(StaffMember.id).where(StaffMember.login == "bench"))
actor = access.actor_of(office, staff)
window = MainWindow(date.today)
from desktop.views.printing import FolderSink, Printing
printing = Printing(FolderSink(data / "prints"))
words = opening.passwords_for(office.world, True)
session = DeskSession(office, actor, printing, words, Preferences(), lambda kept: None)
window.resize(1093, 614); window.show(); window.set_session(session, actor.rights, "林小满")
def breathe(): app.processEvents(); time.sleep(0.0003)   # a loop that never waits would keep the workers from the GIL
def quiet():
    while window.jobs.count: breathe()
if warm:
    from desktop.views.warming import warm_up
    warm_up(session.read, actor.rights)
window.navigate("enquiries"); quiet(); window.grab()   # the clerk has been at work elsewhere
out = {}
def opened(name):
    cpu, t = time.process_time(), time.perf_counter(); window.navigate("repairs"); page = window.page()
    while not any(view.lane.orders for view in page.views): breathe()
    app.processEvents(); window.grab(); out[name + "_ms"] = (time.perf_counter() - t) * 1e3
    out[name + "_cpu_ms"] = (time.process_time() - cpu) * 1e3
    while not page.board.whole: breathe()
    quiet(); window.grab(); out[name + "_whole_ms"] = (time.perf_counter() - t) * 1e3
opened("first")
window.navigate("enquiries"); quiet(); window.grab()
opened("again")
page = window.page()
def step(f):
    t = time.perf_counter(); f(); app.processEvents(); window.grab(); return (time.perf_counter() - t) * 1e3
out["tick_ms"] = sorted(step(page.tick) for _ in range(9))[4]
bar = max(page.views, key=lambda view: len(view.lane.orders)).verticalScrollBar()
out["scroll_p50_ms"] = sorted(step(lambda n=n: bar.setValue(n * bar.maximum() // 60)) for n in range(60))[30]
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""

PLAIN = r"""
import sys, json, time, os
from pathlib import Path
from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListView, QWidget
from desktop.views.theme import Theme
app = QApplication([]); Theme(Path(sys.argv[1])).install(app)
count = int(sys.argv[2])
def made():
    across = QWidget(); row = QHBoxLayout(across); across.resize(1020, 520)
    for at in range(5):
        view = QListView(); view.setUniformItemSizes(True)
        view.setModel(QStringListModel([f"{n} 栋 301\n水龙头滴水\n未派\n剩 30 分" for n in range(count // 5)], view))
        row.addWidget(view)
    return across
warm = made(); warm.show(); warm.grab(); warm.close()
cpu, t = time.process_time(), time.perf_counter(); view = made(); view.show(); view.grab()
out = {"first_ms": (time.perf_counter() - t) * 1e3, "first_cpu_ms": (time.process_time() - cpu) * 1e3}
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""


def main() -> None:
    icons = str(DIR / "icons")
    out: dict[str, float] = {"noise": noise(), "open": OPEN}
    for name, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        office = repair_office(OPEN, CLOSED, url)
        folder = str(office.data_dir)
        office.close()
        rounds: dict[str, list[dict[str, float]]] = {"plain": [], "warm": [], "cold": []}
        for _ in range(ROUNDS):
            rounds["plain"].append(child(PLAIN, icons, str(OPEN)))
            for arm in ("warm", "cold"):
                rounds[arm].append(child(BOARD, icons, folder, url, arm))
        for key in rounds["warm"][0]:
            out[f"{name}.{key}"] = med([run[key] for run in rounds["warm"]])
        out[f"{name}.first_cold_ms"] = med([run["first_ms"] for run in rounds["cold"]])
        out[f"{name}.plain_ms"] = med([run["first_ms"] for run in rounds["plain"]])
        out[f"{name}.first_ratio"] = out[f"{name}.first_ms"] / out[f"{name}.plain_ms"]
        out[f"{name}.first_ms.goal"] = 150
    emit(out)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE / "floors")])
    main()
