"""Promise: a list of 1,500,000 bills paints first in 1.5 times a constant model, adds 60 MB at most and jumps to its
end and back; any list page of such an office opens in 100 ms.

    lists.py [bills=1500000]

`constant.*` is the same table over rows that are there already, `qt.*` a bare QTableView over them; `product.*` the
bills of a real office with 100,000 people, each arm in a process of its own. A jump is timed from the key to the
painted rows. `open.PAGE` runs the window: from `navigate` until the first rows are painted; `whole.PAGE` until the
figures over the list are there too. `sort.KEY` is the first page in another order.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from board import child
from common import DIR, PG, emit, med, noise

ROUNDS = 5
BILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
PAGES = ("bills", "leases", "parties", "receipts", "rooms")

_BEGIN = r"""
import sys, json, time, os
from pathlib import Path
from common import rss_mb
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QHeaderView, QTableView
from desktop.views.theme import Theme
rows, icons = int(sys.argv[1]), sys.argv[2]
app = QApplication([]); Theme(Path(icons)).install(app)
from datetime import date
from uuid import UUID
from desktop.models.values import FeeType, Money
from desktop.services.billing import BillRow
from desktop.views.bills import BillsSource, columns
from desktop.views.columns import Count
from desktop.views.tables import RowTable
one = BillRow(UUID(int=1), "租金", FeeType.RENT, "11-01 至 11-30", UUID(int=2), "沈知微", "1 栋 1203", UUID(int=3),
              date(2026, 11, 22), Money.yuan(186), Money.yuan(0))
out = {}
def breathe(): app.processEvents(); time.sleep(0.0003)   # a loop that never waits would keep the workers from the GIL
def paint(view, ready):
    while not ready(): breathe()
    app.processEvents(); view.grab()
def timed(name, view, act, ready):
    t = time.perf_counter(); act(); paint(view, ready); out[name] = (time.perf_counter() - t) * 1e3
"""

CONSTANT = (
    _BEGIN
    + r"""
class Same:
    def count(self): return Count(rows)
    def page(self, ask): return [one] * ask.limit
    def key(self, row): return row.id
warm = RowTable(columns(date(2026, 11, 22), app), two_lines=True); warm.show_list([one] * 30, id)
warm.resize(1200, 800); warm.show(); warm.grab(); warm.close()
view = RowTable(columns(date(2026, 11, 22), app), two_lines=True); view.resize(1200, 800); view.show(); view.grab()
here = lambda at: lambda: view.rows.row(at) is not None
m0 = rss_mb()
timed("first_ms", view, lambda: view.show_source(Same()), here(0))
timed("end_ms", view, view.scrollToBottom, here(rows - 1))
timed("back_ms", view, view.scrollToTop, here(0))
out["mb"] = rss_mb() - m0
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""
)

QT = (
    _BEGIN
    + r"""
class Constant(QAbstractTableModel):
    def rowCount(self, parent=QModelIndex()): return rows
    def columnCount(self, parent=QModelIndex()): return 7
    def data(self, index, role=0): return "1" if role == 0 else None
def made():
    view = QTableView(); view.verticalHeader().setSectionResizeMode(QHeaderView.Fixed)
    view.verticalHeader().setDefaultSectionSize(44); view.resize(1200, 800); return view
warm = made(); warm.show(); warm.grab(); warm.close()
view = made(); view.show(); view.grab(); m0 = rss_mb(); model = Constant()
timed("first_ms", view, lambda: view.setModel(model), lambda: True)
out["mb"] = rss_mb() - m0
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""
)

_OFFICE = r"""
from desktop.services import access, database, opening
from desktop.services.work import look
from desktop.world import World
data, url = Path(sys.argv[3]), sys.argv[4]
office = opening.open_office(World(), data, database.parse_url(url) if url else database.sqlite_url(data))
from sqlalchemy import select
from desktop.models.access import StaffMember
with office.reading() as session:
    staff = session.scalar(select(StaffMember.id).where(StaffMember.login == "bench"))
actor = access.actor_of(office, staff)
"""

PRODUCT = (
    _BEGIN
    + _OFFICE
    + r"""
from desktop.services.bill_lists import BillFilter
from desktop.views.jobs import Job, Jobs
from desktop.views.main_window import MainWindow
window = MainWindow(date.today); window.set_session(object(), actor.rights, "林小满")
def read(function, *arguments):
    with look(office, actor) as reading: return function(reading, *arguments)
from desktop.views.warming import warm_up
warm_up(read, actor.rights)   # as the desk does when it is quiet
warm = RowTable(columns(date(2026, 11, 22), app), window.run, two_lines=True)
warm.show_source(BillsSource(read, BillFilter(text="查无此人")))
warm.resize(1200, 800); warm.show(); warm.grab()
while window.jobs.count: breathe()
warm.show_list([one] * 30, id)
while window.jobs.count: breathe()   # its rows come by a job, and must not come while the other table is timed
warm.grab(); warm.close()
view = RowTable(columns(date.today(), app), window.run, two_lines=True)
view.resize(1200, 800); view.show(); view.grab()
here = lambda at: lambda: view.rows.row(at) is not None
m0 = rss_mb()
timed("first_ms", view, lambda: view.show_source(BillsSource(read, BillFilter())), here(0))
timed("counted_ms", view, lambda: None, lambda: view.rows.rowCount() >= rows)
end = view.rows.rowCount() - 1
timed("end_ms", view, view.scrollToBottom, here(end))
timed("back_ms", view, view.scrollToTop, here(0))
bar = view.verticalScrollBar(); middle = bar.maximum() // 2
timed("middle_ms", view, lambda: bar.setValue(middle), lambda: here(view.rowAt(10))())
steps = []
for n in range(200):
    t = time.perf_counter(); bar.setValue(middle + n * 25); paint(view, here(view.rowAt(10)))
    steps.append((time.perf_counter() - t) * 1e3)
out["scroll_p50_ms"], out["scroll_p99_ms"] = sorted(steps)[100], sorted(steps)[197]
out["mb"] = rss_mb() - m0
for key in ("due", "owed"):
    view.scrollToTop(); paint(view, here(0))
    def turn(key=key): view.rows.order_by(key, True)
    timed(f"sort.{key}_ms", view, turn, lambda: 0 not in view.rows._stale)
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""
)

OPEN = (
    _BEGIN
    + _OFFICE
    + r"""
from desktop.preferences import Preferences
from desktop.views.main_window import MainWindow
from desktop.views.session import DeskSession
window = MainWindow(date.today)
session = DeskSession(office, actor, None, opening.passwords_for(office.world, True), Preferences(), lambda kept: None)
window.resize(1093, 614); window.show(); window.set_session(session, actor.rights, "林小满")
def quiet():
    while window.jobs.count: breathe()
from desktop.views.warming import warm_up
warm_up(session.read, actor.rights)
window.navigate("enquiries"); quiet(); window.grab()   # the clerk has been at work: modules and connections are there
for key in sys.argv[5].split(","):
    window.navigate(key); quiet(); window.grab(); window.navigate("enquiries"); quiet()
    window._seat.pages.pop(key).deleteLater(); app.processEvents()   # opened anew, with what it needs already loaded
    t = time.perf_counter(); window.navigate(key)
    page = window.page()
    while page.table.rows.row(0) is None and page.stack.currentWidget() is page.table: breathe()
    app.processEvents(); window.grab(); out[f"open.{key}_ms"] = (time.perf_counter() - t) * 1e3
    while getattr(page, "_waiting", ()): breathe()   # the list of rooms asks for its figures once the rows are painted
    quiet(); window.grab(); out[f"whole.{key}_ms"] = (time.perf_counter() - t) * 1e3
    window.navigate("enquiries"); quiet()
print(json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""
)


def office(url: str) -> Path:
    """The data folder of the office with so many bills, made once."""
    from _ledger import long_ledger

    made = long_ledger(BILLS, url)
    folder = made.data_dir
    made.close()
    return folder


def main() -> None:
    icons = str(DIR / "icons")
    out: dict[str, float] = {"noise": noise(), "bills": BILLS}
    for kind, url in (("sqlite", ""), ("pg", PG)):
        if kind == "pg" and not url:
            continue
        folder = str(office(url))
        rounds: dict[str, list[dict[str, float]]] = {"qt": [], "constant": [], "product": [], "pages": []}
        for _ in range(ROUNDS):
            rounds["qt"].append(child(QT, str(BILLS), icons))
            rounds["constant"].append(child(CONSTANT, str(BILLS), icons))
            rounds["product"].append(child(PRODUCT, str(BILLS), icons, folder, url))
            rounds["pages"].append(child(OPEN, str(BILLS), icons, folder, url, ",".join(PAGES)))
        for arm, runs in rounds.items():
            out |= {f"{kind}.{arm}.{key}": med([run[key] for run in runs]) for key in runs[0]}
        pairs = list(zip(rounds["product"], rounds["constant"], strict=True))
        out[f"{kind}.first_ratio"] = med([product["first_ms"] / floor["first_ms"] for product, floor in pairs])
        out[f"{kind}.first_ratio.goal"] = 1.5
        out[f"{kind}.product.mb.goal"] = 60
        for key in PAGES:
            out[f"{kind}.pages.open.{key}_ms.goal"] = 100
    emit(out)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.path[:0] = [str(here.parent), str(here)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(here.parent), str(here / "floors")])
    main()
