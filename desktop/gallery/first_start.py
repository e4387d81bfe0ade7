"""The first start: every step of the wizard with what may be wrong, the new office, an empty one, a lost key."""

from __future__ import annotations

from typing import Any

from desktop.app import Start
from desktop.gallery.walk import Walk, wait_until
from desktop.services import database, opening
from desktop.services.recovery import make_recovery_code
from desktop.views.first_start.database_step import SERVER
from desktop.views.first_start.plan import Step
from desktop.views.first_start.rooms_step import PASTE, RUN
from desktop.world import MemoryKeyring, World

PASSWORD = "Wangjiang-2026"
_LIST = "1栋 0903 46.20 一室一厅 1860\n1栋 0904 51.80 一室一厅 1980\n2栋 0101 68.40 两室一厅 2200"


class NoKeyring(MemoryKeyring):
    """What a PC has whose keyring is not to be trusted: the wizard asks for a passphrase."""

    def backend(self) -> str:
        return "keyring.backends.fail.Keyring"


def walk_first_start(walk: Walk) -> None:
    """From nothing to an office, and the ways into it afterwards."""
    world = walk.new_world()
    world.keyring = NoKeyring()
    start = Start(data=walk.folder("first"))
    page = walk.open_desk(start, world)
    wait_until(lambda: page._known is not None)
    walk.quiet()
    for step in (_office, _database, _rooms, _admin, _passphrase, _code):
        step(walk, page)
    _proof(walk, page)
    wait_until(lambda: walk.window._sign_in is not page)
    card = walk.window._sign_in
    walk.shoot("12-first-start-made")
    card.user.setFocus()
    card.user.set_value("zhouyanqiu")
    card.password.setFocus()
    walk.type(PASSWORD)
    walk.press("Return")
    wait_until(lambda: walk.session is not None)
    walk.shoot("12-first-board")
    walk.go("check_in")
    walk.shoot("12-first-check-in")
    card = walk.open_desk(start, world)
    wait_until(card.passphrase_row.isVisible)
    card.password.setFocus()
    walk.shoot("12-key-locked")
    world.keyring = MemoryKeyring()
    (walk.folder("first") / "device.keys").unlink()
    walk.open_desk(start, world)
    wait_until(lambda: bool(walk.dialogs()))
    walk.press("Ctrl+Return")
    walk.shoot("12-join-by-recovery-code")
    walk.dialog.cancel()


def _next(walk: Walk, page: Any, step: Step) -> None:
    walk.press("Ctrl+Return")
    wait_until(lambda: page.plan.here is step)
    walk.quiet()


def _fill(page: Any, **values: Any) -> None:
    for name, value in values.items():
        page.view.form.field(name).set_value(value)


def _office(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-1-office")
    _fill(page, organisation_code="91990101MA0EXAMP", phone="8800123")
    walk.press("Ctrl+Return")
    walk.shoot("12-first-start-1-office-errors")
    _fill(
        page, organisation="望江物业服务有限公司", organisation_code="91990101MA0EXAMPXH", project="望江苑",
        address="青川市文昌区松风路 6 号", phone="0571-88001234",
    )  # fmt: skip
    walk.quiet()
    walk.shoot("12-first-start-1-office-filled")
    _next(walk, page, Step.DATABASE)


def _database(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-2-database")
    page.view.way.set_value(SERVER)
    page.view.address.set_value("postgresql://anju@127.0.0.1:1/anju")
    page.view.address.setFocus()
    walk.press("Alt+1")
    wait_until(lambda: bool(page.view.form.rows["database"].message.text))
    walk.shoot("12-first-start-2-database-refused")
    page.view.way.set_value("here")
    page.view.way.setFocus()
    _next(walk, page, Step.ROOMS)


def _rooms(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-3-rooms")
    view = page.view
    view.form.field("skip_floors").set_value("4,x")
    view.form.field("room_to").set_value("0")
    walk.shoot("12-first-start-3-rooms-errors")
    _fill(page, skip_floors="4", room_to="6", area="46.20", layout="一室一厅", rent="1860")
    walk.press("Ctrl+N")
    walk.shoot("12-first-start-3-rooms-collected")
    view.way.set_value(PASTE)
    view.paste.setFocus()
    view.paste.set_value(_LIST.replace("51.80", "很大").replace("2栋 0101", "2栋"))
    wait_until(lambda: view._pasted is not None)
    walk.shoot("12-first-start-3-rooms-paste-errors")
    view.paste.set_value(_LIST.replace("1栋", "2 栋").replace("2栋", "3 栋"))
    wait_until(lambda: view._pasted is not None)
    walk.shoot("12-first-start-3-rooms-pasted")
    view.paste.set_value("")
    view.way.set_value(RUN)
    view.entered()
    _next(walk, page, Step.ADMIN)


def _admin(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-4-admin")
    _fill(page, admin_name="周砚秋", admin_password="123", repeat="1234")
    walk.press("Ctrl+Return")
    walk.shoot("12-first-start-4-admin-errors")
    _fill(page, admin_password=PASSWORD, repeat=PASSWORD)
    _next(walk, page, Step.PASSPHRASE)


def _passphrase(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-5-passphrase")
    _fill(page, passphrase=PASSWORD, passphrase_repeat=PASSWORD)
    _next(walk, page, Step.CODE)


def _code(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-6-code")
    walk.press("F6")
    wait_until(lambda: bool(page.view.done))
    walk.shoot("12-first-start-6-code-printed")
    _next(walk, page, Step.PROOF)


def _proof(walk: Walk, page: Any) -> None:
    walk.shoot("12-first-start-7-proof")
    groups = page._code.groups
    fields = list(page.view.fields.items())
    fields[0][1].setFocus()
    for place, field in fields[:2]:
        field.set_value(groups[place - 1])
    fields[2][1].set_value("AAAAA" if groups[fields[2][0] - 1] != "AAAAA" else "BBBBB")
    walk.shoot("12-first-start-7-proof-wrong")
    for place, field in fields:
        field.set_value(groups[place - 1])
    walk.press("Ctrl+Return")


def new_empty_office(walk: Walk, world: World) -> Start:
    """An office in which nothing was done yet: no building, no room, one administrator with every right of a day."""
    folder = walk.folder("empty")
    form = opening.FirstStart(
        organisation="望江物业服务有限公司", project="望江苑", code="WJY", desk="前台 1", admin_login="zhouyq",
        admin_name="周砚秋", admin_password=PASSWORD,
    )  # fmt: skip
    opening.create_office(world, folder, database.sqlite_url(folder), form, make_recovery_code(world)).close()
    return Start(data=folder)


def walk_empty_office(walk: Walk) -> None:
    """What every page says before anything was done."""
    world = walk.new_world()
    start = new_empty_office(walk, world)
    walk.open_desk(start, world)
    walk.type("zhouyq")
    walk.press("Return")
    walk.type(PASSWORD)
    walk.press("Return")
    wait_until(lambda: walk.session is not None)
    walk.shoot("10-empty-board")
    for key in ("rooms", "enquiries", "parties", "leases", "bills"):
        walk.go(key)
        walk.shoot(f"10-empty-{key}")
