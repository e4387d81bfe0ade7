"""The command line: the window, and the same services without one.

To add a command: a function taking the parsed arguments and returning the exit code, a parser in `_parser`, a line in
docs/handbook where clerks use it. Exit code 0: good; 1: something was found wrong; 2: misuse. `--json` prints one
object
(snake_case, money in fen,
ISO 8601) for programs; the words are for people. Imports stay inside the functions: the window
must not wait for what it does not use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop.services.office import Office
    from desktop.services.recovery import RecoveryCode
    from desktop.services.work import Actor

GOOD, WRONG, MISUSE = 0, 1, 2
PASSWORD_VARIABLE = "ANJU_PASSWORD"


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; returns the exit code."""
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as stop:
        return GOOD if stop.code in (0, None) else MISUSE
    if given.command is None:
        return _window(given)
    from desktop.services.errors import DomainError, Outage

    try:
        code: int = given.run(given)
    except (DomainError, Outage) as trouble:
        print(trouble.message, file=sys.stderr)
        if isinstance(trouble, Outage) and trouble.safe:
            print(trouble.safe, file=sys.stderr)
        return WRONG
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="anju-desk", description="安居前台：不带命令时打开窗口")
    parser.add_argument("--data", type=Path, metavar="DIR", help="数据文件夹（默认是本机用户的数据文件夹）")
    parser.add_argument(
        "--database", metavar="URL", default="", help="PostgreSQL 地址，不写密码：postgresql://用户@服务器/库"
    )
    parser.add_argument("--demo", action="store_true", help="打开一个虚构的管理处")
    commands = parser.add_subparsers(dest="command", metavar="命令")
    office = commands.add_parser("office", help="建立、查看、体检管理处").add_subparsers(dest="what", required=True)
    create = _with_office(office.add_parser("create", help="不开窗口建立管理处"))
    for name, words in (
        ("organisation", "公司名称"),
        ("project", "项目名称"),
        ("code", "简码"),
        ("admin", "管理员工号"),
    ):
        create.add_argument(f"--{name}", required=True, help=words)
    create.add_argument("--admin-name", default="", help="管理员姓名")
    create.add_argument("--desk", default="前台 1", help="前台名称")
    create.add_argument("--rooms", type=Path, help="房间清单文本，每行：楼栋 房号 面积 户型 月租")
    create.add_argument("--password-file", type=Path)
    create.set_defaults(run=_office_create)
    _with_office(office.add_parser("info", help="这个管理处的基本情况")).set_defaults(run=_office_info)
    _with_office(office.add_parser("check", help="全面体检")).set_defaults(run=_office_check)
    demo = commands.add_parser("demo", help="生成一个虚构的管理处")
    demo.add_argument("folder", type=Path, metavar="DIR")
    for name, default in (("rooms", 240), ("tenants", 200), ("months", 24), ("seed", 1)):
        demo.add_argument(f"--{name}", type=int, default=default)
    demo.add_argument("--today", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD")
    demo.set_defaults(run=_demo)
    read = commands.add_parser("read-card", help="读身份证图片")
    read.add_argument("files", type=Path, nargs="+", metavar="FILE")
    read.add_argument("--jsonl", action="store_true", help="每张证件一行 JSON")
    read.set_defaults(run=_read_card)
    audit = commands.add_parser("audit", help="审计链").add_subparsers(dest="what", required=True)
    verify = _with_office(audit.add_parser("verify", help="校验审计链"))
    verify.add_argument("--anchor", metavar="N:HASH", help="另外留存的锚点")
    verify.set_defaults(run=_audit_verify)
    backup = _with_office(commands.add_parser("backup", help="备份到一个文件"))
    backup.add_argument("file", type=Path, metavar="FILE.anjubak")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="用恢复码恢复备份")
    restore.add_argument("file", type=Path, metavar="FILE.anjubak")
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", dest="target")
    restore.add_argument("--database", default="", metavar="URL", dest="target_database")
    restore.add_argument("--recovery-file", type=Path, help="恢复码文本文件；不给时从键盘输入")
    restore.set_defaults(run=_restore)
    screens = commands.add_parser("screens", help="把每一页画成图片")
    screens.add_argument("out", type=Path, metavar="OUT")
    screens.set_defaults(run=_screens)
    return parser


def _with_office(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of every command that opens an office; also after the command's name."""
    parser.add_argument("--data", type=Path, metavar="DIR", default=argparse.SUPPRESS)
    parser.add_argument("--database", metavar="URL", default=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="给程序读的结果")
    parser.add_argument("--login", default="", help="以谁的身份（默认：程序本身，只用于检查和备份）")
    return parser


def _window(given: argparse.Namespace) -> int:
    from desktop.app import Start
    from desktop.app import run as run_window

    if given.database and _has_password(given.database):
        print("数据库地址里不要写密码：密码放在 PostgreSQL 的密码文件里", file=sys.stderr)
        return MISUSE
    return run_window(Start(given.data, given.database, given.demo))


def _has_password(address: str) -> bool:
    from urllib.parse import urlsplit

    return urlsplit(address).password is not None


# ---- opening an office without a window --------------------------------------------------------------------------


@contextmanager
def opened(given: argparse.Namespace) -> Iterator[Office]:
    """The office the arguments name, held alone when it is embedded."""
    from desktop.paths import folders
    from desktop.preferences import PreferencesFile
    from desktop.services import database, opening
    from desktop.world import World

    where = folders(given.data)
    data = where.cache / "demo" if given.demo else where.data
    address = given.database or ("" if given.data or given.demo else PreferencesFile(where.preferences).load().office)
    url = database.parse_url(address) if address else database.sqlite_url(data)
    with opening.alone(data, url):
        office = opening.open_office(World(), data, url)
        try:
            yield office
        finally:
            office.close()


def _actor(office: Office, given: argparse.Namespace) -> Actor:
    """The person named by --login with the password of ANJU_PASSWORD, else the program itself."""
    from desktop.services import access, opening
    from desktop.services.work import PROGRAM

    if not given.login:
        return PROGRAM
    passwords = opening.passwords_for(office.world, office.demo)
    return access.sign_in(office, given.login, os.environ.get(PASSWORD_VARIABLE, ""), passwords).actor


def _tell(given: argparse.Namespace, facts: Any, words: str) -> None:
    print(json.dumps(_plain(facts), ensure_ascii=False, sort_keys=True) if given.json else words)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


# ---- the commands ------------------------------------------------------------------------------------------------


def _office_create(given: argparse.Namespace) -> int:
    from desktop.paths import folders, place_facts, unfit_for_office
    from desktop.services import database, first_rooms, opening
    from desktop.services.errors import ProblemsFound
    from desktop.services.recovery import make_recovery_code
    from desktop.world import World

    where = folders(given.data)
    where.make()
    url = database.parse_url(given.database) if given.database else database.sqlite_url(where.data)
    if url.get_backend_name() == "sqlite" and (unfit := unfit_for_office(place_facts(where.data))):
        print(unfit.message, file=sys.stderr)
        return WRONG
    password = (
        given.password_file.read_text("utf-8").strip() if given.password_file else os.environ.get(PASSWORD_VARIABLE, "")
    )
    if not password:
        print(f"管理员密码放在环境变量 {PASSWORD_VARIABLE} 或 --password-file 里", file=sys.stderr)
        return MISUSE
    buildings: Sequence[Any] = ()
    if given.rooms is not None:
        pasted = first_rooms.parse_rooms(given.rooms.read_text("utf-8"))
        if pasted.problems:
            for problem in pasted.problems:
                print(problem, file=sys.stderr)
            return WRONG
        buildings = pasted.buildings
    form = opening.FirstStart(
        given.organisation, given.project, given.code, given.desk, given.admin, given.admin_name or given.admin,
        password,
        buildings=buildings,
    )  # fmt: skip
    world = World()
    code = make_recovery_code(world)
    with opening.alone(where.data, url):
        try:
            office = opening.create_office(world, where.data, url, form, code)
        except ProblemsFound as found:
            for text in found.problems.values():
                print(text, file=sys.stderr)
            return WRONG
        office.close()
    groups = " ".join(code.groups)
    _tell(
        given,
        {"project": given.project, "recovery_code": groups},
        f"管理处已建立。恢复码（请打印，放进保险柜）：\n{groups}",
    )
    return GOOD


def _office_info(given: argparse.Namespace) -> int:
    import sqlalchemy as sa

    from desktop.models.base import models, table_of
    from desktop.services import database
    from desktop.services.work import SCHEMA_REV

    with opened(given) as office:
        facts: dict[str, Any] = {
            "organisation": office.organisation, "project": office.project_name, "code": office.project_code,
            "desk": office.desk.name, "node_id": str(office.node_id), "schema_rev": SCHEMA_REV, "demo": office.demo,
            **database.facts(office.engine),
        }  # fmt: skip
        with office.reading() as session:
            counts = {
                m.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table_of(m))) for m in models()
            }
    shown = ("party", "room", "lease", "bill", "payment", "audit_entry", "outbox")
    words = [
        f"{facts['organisation']} · {facts['project']}（{facts['code']}）",
        f"{facts['engine']} {facts['version']}，结构版本 {SCHEMA_REV}",
        "，".join(f"{name} {counts[name]}" for name in shown),
    ]
    _tell(given, {**facts, "rows": counts}, "\n".join(words))
    return GOOD


def _office_check(given: argparse.Namespace) -> int:
    from desktop.services import checkup
    from desktop.services.work import look

    with opened(given) as office, look(office, _actor(office, given)) as reading:
        report = checkup.check_office(reading)
    lines = [f"✗ {finding.part}：{finding.text}" for finding in report.findings]
    good = [f"✓ {name}" for name in report.parts if name not in {f.part for f in report.findings}]
    _tell(given, {"sound": report.sound, "findings": report.findings}, "\n".join([*good, *lines]))
    return GOOD if report.sound else WRONG


def _audit_verify(given: argparse.Namespace) -> int:
    from desktop.services import audit
    from desktop.services.work import look

    anchor = None
    if given.anchor:
        number, _, digest = given.anchor.partition(":")
        try:
            anchor = int(number), bytes.fromhex(digest)
        except ValueError:
            print("锚点写成 条数:哈希，例如 120:9f3a…", file=sys.stderr)
            return MISUSE
    with opened(given) as office, look(office, _actor(office, given)) as reading:
        report = audit.verify_chain(reading, anchor)
    words = [f"共 {report.entries} 条，链尾 {report.head}"]
    words += [f"✗ {broken}" for broken in report.breaks] or ["✓ 审计链完整"]
    _tell(given, report, "\n".join(words))
    return WRONG if report.breaks else GOOD


def _demo(given: argparse.Namespace) -> int:
    from desktop.services.demo import build_demo
    from desktop.world import World

    build_demo(
        given.today or World().today(),
        given.folder,
        rooms=given.rooms,
        tenants=given.tenants,
        months=given.months,
        seed=given.seed,
    )
    print(f"演示管理处在 {given.folder}，登录密码 demo")
    return GOOD


def _read_card(given: argparse.Namespace) -> int:
    from desktop.ocr.pipeline import read_files

    found = True
    for reading in read_files(given.files):
        found = found and not reading.get("error")
        if given.jsonl:
            print(json.dumps(reading, ensure_ascii=False), flush=True)
            continue
        print(f"{reading['id']} · {reading['side']}")
        for key in ("name", "sex", "ethnicity", "birth", "address", "number", "issuer", "valid_from", "valid_to"):
            if reading.get(key) is not None:
                print(f"  {key}: {reading[key]}" + ("  （请核对）" if key in reading["needs_review"] else ""))
        if reading.get("error"):
            print(f"  {reading['error']}")
    return GOOD if found else WRONG


def _backup(given: argparse.Namespace) -> int:
    from desktop.services.backup import make_backup

    with opened(given) as office:
        made = make_backup(office, _actor(office, given), given.file)
    _tell(given, {"file": str(given.file), "result": made}, f"备份已写好并读回核对：{given.file}")
    return GOOD


def _restore(given: argparse.Namespace) -> int:
    from desktop.services import database
    from desktop.services.backup import restore_backup
    from desktop.world import World

    target = given.target.expanduser().absolute()
    url = database.parse_url(given.target_database) if given.target_database else database.sqlite_url(target)
    office = restore_backup(World(), given.file, _recovery_code(given), target, url)
    office.close()
    print(f"已恢复到 {target}：请运行体检（office check），再登录")
    return GOOD


def _recovery_code(given: argparse.Namespace) -> RecoveryCode:
    from desktop.services.recovery import RecoveryCode

    text = given.recovery_file.read_text("utf-8") if given.recovery_file else input("恢复码：")
    return RecoveryCode.parse(text)


def _screens(given: argparse.Namespace) -> int:
    from desktop.gallery import render_screens

    made = render_screens(given.out, given.data)
    print(f"{len(made)} 张图片在 {given.out}")
    return GOOD
