"""同步: an office without head office, what two offices wrote differently, what waits, and the light in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from desktop.gallery.walk import Walk
from desktop.models.base import table_of
from desktop.models.columns import to_wire
from desktop.models.leases import LeaseTerm
from desktop.models.places import Room
from desktop.models.sync import FieldHistory, OutboxAct, SeenAct
from desktop.models.values import Money
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync import reaching
from desktop.services.sync.desk import facts_of, record_trouble
from desktop.services.sync.head_office import HeadOffice, Unreachable, Why
from desktop.services.sync.meeting import open_task
from desktop.services.sync.runner import Runner, Turn
from desktop.services.sync.session import Met
from desktop.services.sync.state import change_state, state_of
from desktop.services.work import PROGRAM, Work, begin
from desktop.views.sync_watch import SyncWatch


def walk_sync(walk: Walk) -> None:
    """From an office that knows no head office to one that was alone for eight days."""
    walk.sit_down()
    walk.go("sync")
    walk.shoot("13-sync-no-head-office")
    office: Office = walk.session.office
    _enrol(office)
    watch, runner = SyncWatch(walk.window, office), Runner(office, reach=_nobody)
    office.sync = runner
    _told(runner)
    _show(walk, watch)
    walk.shoot("13-sync-nothing-to-look-at")
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        _meet(work)
    _show(walk, watch)
    walk.shoot("13-sync-both-values")
    walk.press("Down")
    walk.shoot("13-sync-let-twice")
    walk.press("Alt+3")
    walk.press("Ctrl+Return")
    walk.shoot("13-sync-settled-dialog")
    walk.dialog.cancel()
    walk.press("Ctrl+2")
    walk.shoot("13-sync-held")
    walk.press("Ctrl+3")
    walk.shoot("13-sync-sessions")
    record_trouble(office, Why.PORTAL.value)
    walk.press("Ctrl+1")
    _show(walk, watch)
    walk.shoot("13-sync-trouble")
    with office.writing() as session:
        change_state(session, met_at=office.world.now() - timedelta(days=8))
        session.commit()
    watch._tried = True
    _show(walk, watch)
    walk.shoot("13-sync-eight-days")
    office.sync = None
    watch.stop()
    walk.window.banner(None, "sync")
    walk.window.set_light("sync", "", "")
    walk.leave()


def _show(walk: Walk, watch: SyncWatch) -> None:
    watch.show_facts(facts_of(walk.session.office))
    walk.page.refresh(frozenset())
    walk.quiet()


def _enrol(office: Office) -> None:
    with begin(office, PROGRAM, Op.ENROL_OFFICE) as work:
        reaching.keep_address(work, "https://hq.example.com:8443", "-")
    state_of(office)
    with office.writing() as session:
        # Head office has all but the last three acts.
        table = table_of(OutboxAct)
        last = session.scalar(sa.select(sa.func.max(table.c.lid))) or 0
        session.execute(sa.update(table).where(table.c.lid <= last - 3).values(seq=table.c.lid, hash=bytes(32)))
        change_state(session, acked=last - 3, met_at=office.world.now() - timedelta(minutes=9))
        session.commit()


def _meet(work: Work) -> None:
    """Another office wrote another rent, let a room twice, and sent a step whose beginning is still under way."""
    term = work.session.scalars(sa.select(LeaseTerm).order_by(LeaseTerm.id).limit(1)).one()
    rooms = list(work.session.scalars(sa.select(Room.id).order_by(Room.id).limit(2)))
    column = table_of(LeaseTerm).c.rent
    work.derive(
        sa.insert(table_of(FieldHistory)).values(
            id=work.world.new_id(), table_name="lease_term", row_id=term.id, field="rent",
            value=to_wire(column, term.rent + Money.yuan(120)), hlc="0" * 24, op="0", lost_to="1" * 24, at=work.at,
        ),
        "field_history",
    )  # fmt: skip
    work.authorised += 1
    open_task(work, "edited_twice", "lease_term", term.id, {"field": "rent", "op": "1"})
    open_task(work, "twice", "room", rooms[0], {"other": rooms[1].hex, "key": ["number"]})
    moved = {"from": "signed", "to": "active", "is": "cancelled"}
    open_task(work, "transition", "lease", term.lease_id, moved)
    header = work.session.scalars(sa.select(OutboxAct.header).order_by(OutboxAct.lid.desc()).limit(1)).one()
    open_task(work, "quarantined", "outbox", work.world.new_id(), {"why": "signature", "header": bytes(header).hex()})
    for number, why in enumerate(("lease 12 is not here", "wire version 2")):
        waiting: dict[str, Any] = {
            "act_id": work.world.new_id(), "place": number, "device_id": work.office.device_id, "header": header,
            "sig": bytes(64), "ops": b"\x90", "came_at": work.at, "why": why,
        }  # fmt: skip
        work.derive(sa.insert(table_of(SeenAct)).values(**waiting), "seen_act")
    work.record()


def _told(runner: Runner) -> None:
    now = runner._office.world.now()
    for minutes, met, code in (
        (95, Met(sent=214, came=36), ""), (61, None, Why.NO_LINE.value), (9, Met(sent=12, came=8, waiting=2), ""),
    ):  # fmt: skip
        runner.recent.append(Turn(now - timedelta(minutes=minutes), met, code))


@contextmanager
def _nobody(_office: Office) -> Iterator[HeadOffice]:
    raise Unreachable(Why.NO_LINE)
    yield
