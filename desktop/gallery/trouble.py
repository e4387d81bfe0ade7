"""Trouble and help: the database that is gone, a locked one, a message, the crash report, the keys of a page."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack

from desktop.gallery.walk import Walk, wait_until
from desktop.services.moved_on import MovedOn
from desktop.views import messages
from desktop.views.move_watch import MoveWatch
from desktop.views.notices import Notice


def walk_trouble(walk: Walk) -> None:
    """What the frame says when something is wrong."""
    walk.sit_down()
    walk.go("bills")
    walk.press("F1")
    walk.shoot("09-dialog-keys")
    walk.dialog.cancel()
    walk.window.banner(
        Notice(
            "连不上数据库", "14:21 起 · 现在只能查看；正在写的表单存为草稿，恢复后自动继续", "danger",
            note="第 4 次重试，8 秒后", action=("立即重试", "F5", lambda: None),
        )
    )  # fmt: skip
    walk.window.set_light("engine", "database-zap", "数据库断开", "14:21 起", "danger")
    walk.shoot("10-database-gone")
    walk.window.banner(None)
    walk.window.set_light("engine", "database", "数据库正常", "14:35", "ok")
    _moved(walk)
    messages.show_warning("刚才有人收了这张账单，已经换成最新的：核对后再收")
    walk.shoot("10-warning", told=True)
    _locked(walk)
    walk.go("board")
    try:
        dict[str, str]()["lease"]
    except KeyError as bug:
        messages.show_error(bug)
    wait_until(lambda: bool(walk.dialogs()))
    walk.shoot("10-crash", crash=True)
    walk.dialog.cancel()


def _moved(walk: Walk) -> None:
    """The office lives at another address now."""
    watch = MoveWatch(walk.window, walk.session.office)
    walk.quiet()
    to = "postgresql://office@server:5432/wangjiangyuan"
    watch._show(MovedOn(to, walk.session.office.world.now()))
    walk.shoot("10-office-moved")
    walk.press("F5")
    walk.shoot("10-office-moved-follow")
    walk.dialog.cancel()
    watch.stop()


def _locked(walk: Walk) -> None:
    """Another program holds the database: what is stored is told, with the way to try again."""
    page = walk.go("board")
    engine = walk.session.office.engine
    with ExitStack() as held:  # every connection of the pool: nobody waits for the picture as a clerk would
        for connection in [held.enter_context(engine.connect()) for _ in range(engine.pool.size())]:
            connection.exec_driver_sql("PRAGMA busy_timeout = 300")
    other = sqlite3.connect(engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        page.room_actions._mark(page.current().room_id, page.current().number, True)
        wait_until(walk.window.message_bar.isVisible)
        walk.shoot("10-database-locked", told=True)
    finally:
        other.execute("ROLLBACK")
        other.close()
        engine.dispose()
