"""Making an office and opening it: database, device key, project keys, desk. The one place where an `Office` is
made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import URL

from desktop.models.approvals import Flow
from desktop.models.offices import Desk, Device, Node, OfficeKeyWrap, Project
from desktop.models.sync import RowSync
from desktop.models.tables import Base as _Tables
from desktop.models.trust import AuditHead
from desktop.services import access, database, places, settings, templates
from desktop.services.acts import Op
from desktop.services.audit import FIRST_LINK
from desktop.services.device_key import (
    DeviceKeys,
    PassphraseNeeded,
    forget_device,
    open_device_key,
    passphrase_asked,
    passphrase_from,
)
from desktop.services.devices import put_desk
from desktop.services.errors import DomainError, OfficeInUse, ProblemsFound
from desktop.services.identity import uscc_problem
from desktop.services.keys import ProjectKeys, Vault, new_project_keys, unwrap_for_device, wrap_for_device
from desktop.services.office import DeskFacts, Office
from desktop.services.passwords import Passwords
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.recovery import RecoveryCode, unwrap_by_recovery_code, wrap_by_recovery_code
from desktop.services.secret import FULL_COST, Cost
from desktop.services.sync.clock import NEVER, HybridClock
from desktop.services.trouble import translated
from desktop.services.upgrades import bring_up_to_date
from desktop.services.work import PROGRAM, SCHEMA_REV, begin
from desktop.world import OFFICE_ZONE, World

assert _Tables.metadata.tables

DEMO_PASSPHRASE = "demo-office-no-secrets"
"""A demo office holds invented people only; its device key is behind this, so that it opens on any PC."""
DEMO_MARK = "demo.mark"
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
"""argon2 settings of the demo office and of tests. Never of an office with real people."""


class OfficeExists(DomainError):
    def __init__(self) -> None:
        super().__init__("这里已经有一个管理处：请直接登录，或另选一个文件夹或数据库", "database")


class DeviceNotApproved(DomainError):
    """This PC holds no keys of the office yet: it asks to be let in, or takes the recovery code."""

    def __init__(self, device_id: UUID, message: str = "") -> None:
        super().__init__(message or "这台电脑还没有被批准：请管理员在已开通的电脑上批准，或在这里输入恢复码")
        self.device_id = device_id


class DeviceRevoked(DeviceNotApproved):
    """An administrator took the office's keys from this PC."""

    def __init__(self, device_id: UUID, at: datetime) -> None:
        when = f"{at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
        super().__init__(device_id, f"管理员在 {when} 收回了这台电脑：要再用，请重新申请，由管理员批准")


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first-start wizard gathers."""

    organisation: str
    project: str
    code: str
    desk: str
    admin_login: str
    admin_name: str
    admin_password: str
    lock_minutes: int = 5
    organisation_code: str | None = None
    address: str | None = None
    phone: str | None = None
    buildings: Sequence[places.BuildingDraft] = field(default_factory=tuple)
    demo: bool = False


def first_start_problems(form: FirstStart) -> dict[str, str]:
    """What is still to be mended, by field of the wizard."""
    problems: dict[str, str] = {}
    if not form.organisation.strip():
        problems["organisation"] = "填写公司名称，会印在合同和收据上"
    if not form.project.strip():
        problems["project"] = "填写项目名称，例如 望江苑"
    if not re.fullmatch(r"[A-Z0-9]{2,6}", form.code):
        problems["code"] = "简码用 2 到 6 个大写字母或数字，会出现在每个单号里"
    if not form.desk.strip():
        problems["desk"] = "给这个前台起个名字，例如 前台 1"
    if not 1 <= form.lock_minutes <= 120:
        problems["lock_minutes"] = "锁屏时间在 1 到 120 分钟之间"
    if form.organisation_code and (trouble := uscc_problem(form.organisation_code)):
        problems["organisation_code"] = trouble
    if form.phone:
        try:
            parse_phone(form.phone)
        except PhoneError as wrong:
            problems["phone"] = wrong.message
    names = [building.name.strip() for building in form.buildings]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        problems["buildings"] = f"{twice} 有两栋同名的楼，改一个名称"
    elif wrong_building := next(filter(None, map(places.building_problems, form.buildings)), None):
        problems["buildings"] = next(iter(wrong_building.values()))
    admin = access.StaffForm(form.admin_login, form.admin_name, ("administrator",), form.admin_password)
    if not form.demo:
        problems |= {f"admin_{k}": v for k, v in access.staff_problems(admin, (), new=True).items()}
    return problems


def office_lock(data_dir: Path) -> FileLock:
    """The lock of an embedded office: one program at a time."""
    # Not thread-local: a worker takes the lock when the office is opened, the window gives it back when it closes.
    return FileLock(str(data_dir / "office.lock"), timeout=0, mode=0o600, thread_local=False)


@contextmanager
def alone(data_dir: Path, url: URL) -> Iterator[None]:
    """Hold an embedded office for this program; a PostgreSQL office may be shared. Raises OfficeInUse."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    lock = office_lock(data_dir)
    try:
        lock.acquire()
    except Timeout as error:
        raise OfficeInUse from error
    try:
        yield
    finally:
        lock.release()


def passwords_for(world: World, demo: bool) -> Passwords:
    """The password hasher: full cost, except for the invented people of a demo office."""
    return Passwords(world, CHEAP if demo else FULL_COST)


def device_keys_for(world: World, data_dir: Path, demo: bool, passphrase: str | None = None) -> DeviceKeys:
    """This PC's keys, made on first use. Raises PassphraseNeeded and its kin."""
    if demo:
        return open_device_key(world, data_dir, DEMO_PASSPHRASE, cost=CHEAP)
    return open_device_key(
        world, data_dir, passphrase or passphrase_from(os.environ), allow_memory=_memory_allowed(world)
    )


def passphrase_for(world: World, data_dir: Path, anew: bool = False) -> PassphraseNeeded | None:
    """What is asked before keys are made on this PC (`anew`: in place of lost ones); None when nothing is."""
    if passphrase_from(os.environ):
        return None
    return passphrase_asked(world, data_dir, _memory_allowed(world), anew)


def forget_keys(world: World, data_dir: Path) -> None:
    """Throw away keys that a first start left behind, so that another passphrase can be chosen. Raises Outage."""
    forget_device(world, data_dir, allow_memory=_memory_allowed(world))


def _memory_allowed(world: World) -> bool:
    """Only a World made for it (tests, simulations) may keep keys in memory: the real one never does."""
    return type(world) is not World


def create_office(
    world: World, data_dir: Path, url: URL, form: FirstStart, recovery: RecoveryCode, passphrase: str | None = None
) -> Office:
    """Make an office: schema, keys, roles, administrator, desk, rooms, in one act. Raises ProblemsFound,
    OfficeExists."""
    if problems := first_start_problems(form):
        raise ProblemsFound(problems)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = database.open_engine(url)
    try:
        database.check_server(engine)
        database.migrate(engine)
        with engine.connect() as connection:
            if connection.execute(sa.select(Node.node_id)).first() is not None:
                raise OfficeExists
        device = device_keys_for(world, data_dir, form.demo, passphrase)
        keys = new_project_keys(world, world.new_id())
        cost = CHEAP if form.demo else FULL_COST
        recovery_wrap = wrap_by_recovery_code(world, keys, recovery, cost)
        desk = DeskFacts(world.new_id(), "A", form.desk.strip())
        reading, writing = database.sessions(engine)
        node_id = world.new_id()
        office = Office(
            engine, Vault(keys, device, world), world, HybridClock(node_id), keys.project_id, form.code,
            form.project.strip(), form.organisation.strip(), node_id, desk, form.demo, data_dir, reading, writing,
        )  # fmt: skip
        world.fault("create.before_act")
        with begin(office, PROGRAM, Op.CREATE_OFFICE) as work:
            for statement, table in (
                (
                    sa.insert(Node).values(
                        id=1, node_id=node_id, project_id=keys.project_id, schema_rev=SCHEMA_REV, opened_at=work.at,
                        hlc=NEVER
                    ),
                    "node",
                ),
                (sa.insert(AuditHead).values(id=1, n=0, hash=FIRST_LINK), "audit_head"),
                (
                    sa.insert(OfficeKeyWrap).values(
                        id=world.new_id(), device_id=device.device_id, created_at=work.at,
                        wrapped=wrap_for_device(keys, device.x25519_public),
                    ),
                    "office_key_wrap",
                ),
                (
                    sa.insert(OfficeKeyWrap).values(
                        id=world.new_id(), device_id=None, created_at=work.at, wrapped=recovery_wrap
                    ),
                    "office_key_wrap",
                ),
            ):  # fmt: skip
                work.derive(statement, table)
            work.authorised += 1  # the program itself makes the office: no person is there yet
            project = work.add(
                Project(
                    id=keys.project_id, organisation=form.organisation.strip(),
                    organisation_code=form.organisation_code,
                    name=form.project.strip(), code=form.code, address=form.address, phone=form.phone, demo=form.demo,
                )
            )  # fmt: skip
            work.add(Desk(id=desk.id, name=desk.name, code=desk.code))
            work.add(
                Device(
                    id=device.device_id, name=form.desk.strip(), desk_id=desk.id, signing_key=device.ed25519_public,
                    wrapping_key=device.x25519_public, approved_at=work.at, revoked_at=None,
                    vouch=vouch_for(work.vault, device),
                )
            )  # fmt: skip
            access.ship_roles(work)
            if not form.demo:
                access.enter_staff(
                    work,
                    access.StaffForm(
                        form.admin_login, form.admin_name, ("administrator", "manager"), form.admin_password
                    ),
                    passwords_for(world, form.demo),
                    must_change=False,
                )
            settings.put(work, "lock_minutes", form.lock_minutes)
            templates.ship_templates(work)
            work.add(
                Flow(
                    kind="walk_in", ordinal=1, title="上门入住", valid_from=world.today(),
                    steps=[
                        {"key": "completeness", "title": "资料完整", "by": "program"},
                        {"key": "notice", "title": "已告知个人信息处理", "by": "program"},
                    ],
                )
            )  # fmt: skip
            for building in form.buildings:
                places.put_building(work, building)
            work.subject(project)
            work.record(rooms=sum(len(b.rooms) for b in form.buildings))
        if form.demo:
            (data_dir / DEMO_MARK).touch()
    except BaseException:
        engine.dispose()
        raise
    return office


def open_office(world: World, data_dir: Path, url: URL, passphrase: str | None = None) -> Office:
    """Open an existing office. Raises NotAnOffice, OfficeTooNew, DeviceNotApproved, PassphraseNeeded and their kin."""
    engine = database.open_engine(url)
    try:
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
            raise database.NotAnOffice
        if database.revision_of(engine) is None:
            raise database.NotAnOffice
        database.migrate(engine)
        with translated(), engine.connect() as connection:
            # Before the keys: a first start that was cut off must lead back to it, not to a passphrase for nothing.
            node = connection.execute(sa.select(Node.node_id, Node.project_id)).first()
        if node is None:
            raise database.NotAnOffice
        demo = (data_dir / DEMO_MARK).exists()
        device = device_keys_for(world, data_dir, demo, passphrase)
        with translated(), engine.connect() as connection:
            wrapped = connection.scalar(
                sa.select(OfficeKeyWrap.wrapped).where(OfficeKeyWrap.device_id == device.device_id)
            )
            revoked = connection.scalar(sa.select(Device.revoked_at).where(Device.id == device.device_id))
        if revoked is not None:
            raise DeviceRevoked(device.device_id, revoked)
        if wrapped is None:
            raise DeviceNotApproved(device.device_id)
        keys = unwrap_for_device(wrapped, node.project_id, device)
        office = _assemble(world, data_dir, engine, keys, device)
        bring_up_to_date(office)
        return office
    except BaseException:
        engine.dispose()
        raise


def join_by_recovery_code(
    world: World, data_dir: Path, url: URL, recovery: RecoveryCode, desk_name: str, passphrase: str | None = None
) -> Office:
    """Let this PC into an office by the recovery code alone: after a restore, or when no approved PC is left."""
    engine = database.open_engine(url)
    try:
        if database.revision_of(engine) is None:
            raise database.NotAnOffice
        database.migrate(engine)
        device = device_keys_for(world, data_dir, (data_dir / DEMO_MARK).exists(), passphrase)
        with translated(), engine.connect() as connection:
            wrapped = connection.scalar(sa.select(OfficeKeyWrap.wrapped).where(OfficeKeyWrap.device_id.is_(None)))
        if wrapped is None:
            raise database.NotAnOffice
        keys = unwrap_by_recovery_code(wrapped, recovery)
        office = _assemble(world, data_dir, engine, keys, device, desk_for_stranger=True)
        with begin(office, PROGRAM, Op.APPROVE_DEVICE) as work:
            known = work.session.get(Device, device.device_id)
            if known is None:
                work.authorised += 1  # the recovery code is the right: nobody has signed in yet
                desk = put_desk(work, desk_name)
                work.authorised -= 1
                known = work.add(
                    Device(
                        id=device.device_id, name=desk.name, desk_id=desk.id, signing_key=device.ed25519_public,
                        wrapping_key=device.x25519_public, approved_at=work.at, revoked_at=None,
                        vouch=vouch_for(work.vault, device),
                    )
                )  # fmt: skip
                office.desk = work.desk = DeskFacts(desk.id, desk.code, desk.name)
            known.revoked_at = None
            work.derive(sa.delete(OfficeKeyWrap).where(OfficeKeyWrap.device_id == device.device_id), "office_key_wrap")
            work.derive(
                sa.insert(OfficeKeyWrap).values(
                    id=world.new_id(), device_id=device.device_id, created_at=work.at,
                    wrapped=wrap_for_device(keys, device.x25519_public),
                ),
                "office_key_wrap",
            )  # fmt: skip
            work.subject(known)
            work.record(way="recovery_code")
        bring_up_to_date(office)
        return office
    except BaseException:
        engine.dispose()
        raise


def replica_office(world: World, data_dir: Path, url: URL, keys: ProjectKeys, device: DeviceKeys) -> Office:
    """A database of a project whose acts will be applied: the replay proof, and a new office that joins. One that was
    begun before goes on."""
    engine = database.open_engine(url)
    database.migrate(engine)
    reading, writing = database.sessions(engine)
    with engine.execution_options(anju_write=True).begin() as connection:
        node_id = connection.scalar(sa.select(Node.node_id))
        if node_id is None:
            node_id = world.new_id()
            connection.execute(
                sa.insert(Node).values(
                    id=1, node_id=node_id, project_id=keys.project_id, schema_rev=SCHEMA_REV, opened_at=world.now(),
                    hlc=NEVER,
                )
            )  # fmt: skip
            connection.execute(sa.insert(AuditHead).values(id=1, n=0, hash=FIRST_LINK))
    return Office(
        engine, Vault(keys, device, world), world, HybridClock(node_id), keys.project_id, "", "", "", node_id,
        DeskFacts(UUID(int=0), "", ""), False, data_dir, reading, writing,
    )  # fmt: skip


def vouch_for(vault: Vault, device: DeviceKeys) -> bytes:
    """The project's word for this PC's keys."""
    return vault.vouch(device.device_id, device.ed25519_public, device.x25519_public)


def assemble(office: Office) -> Office:
    """The same office as it stands in its database by now: with its project and this PC's desk."""
    return _assemble(office.world, office.data_dir, office.engine, office.vault.keys, office.vault.device)


def _assemble(
    world: World,
    data_dir: Path,
    engine: sa.Engine,
    keys: ProjectKeys,
    device: DeviceKeys,
    desk_for_stranger: bool = False,
) -> Office:
    reading, writing = database.sessions(engine)
    with translated(), reading() as session:
        node = session.execute(sa.select(Node.node_id)).scalar_one()
        project = session.get_one(Project, keys.project_id)
        desk = session.execute(
            sa.select(Desk.id, Desk.code, Desk.name)
            .join(Device, Device.desk_id == Desk.id)
            .where(Device.id == device.device_id)
        ).first()
        if desk is None:
            if not desk_for_stranger:
                raise DeviceNotApproved(device.device_id)
            desk = session.execute(sa.select(Desk.id, Desk.code, Desk.name).order_by(Desk.code)).first()
        assert desk is not None
        last = session.scalar(sa.select(sa.func.max(RowSync.row_hlc))) or NEVER
        return Office(
            engine, Vault(keys, device, world), world, HybridClock(node, last), keys.project_id, project.code,
            project.name,
            project.organisation, node, DeskFacts(desk.id, desk.code, desk.name), project.demo, data_dir, reading,
            writing,
        )  # fmt: skip
