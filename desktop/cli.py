"""The command line: the window, and the same services without one.

To add a command: a function taking the parsed arguments and returning the exit code, a parser in `_parser`, a line in
docs/handbook where clerks use it. Exit code 0: good; 1: something was found wrong; 2: misuse. `--json` prints one
object (snake_case, money in fen, ISO 8601) for programs; the words are for people. Imports stay inside the functions:
the window must not wait for what it does not use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from desktop.services.office import Office
    from desktop.services.recovery import RecoveryCode
    from desktop.services.work import Actor

GOOD, WRONG, MISUSE = 0, 1, 2
PASSWORD_VARIABLE = "ANJU_PASSWORD"


class Misuse(Exception):
    """The arguments cannot be meant; the message says what to write instead."""


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; returns the exit code."""
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit as stop:
        return GOOD if stop.code in (0, None) else MISUSE
    from desktop.services.errors import DomainError, Outage, ProblemsFound

    try:
        _refuse_passwords(given)
        code: int = _window(given) if given.command is None else given.run(given)
    except Misuse as trouble:
        complain(str(trouble))
        return MISUSE
    except ProblemsFound as found:
        complain(*found.problems.values())
        return WRONG
    except DomainError as trouble:
        complain(trouble.message)
        return WRONG
    except Outage as trouble:
        complain(trouble.message, trouble.safe)
        return WRONG
    except KeyboardInterrupt:
        complain("已中断")
        return WRONG
    return code


def complain(*lines: str) -> None:
    """Say what is wrong, to whoever looks; programs read what `tell` prints."""
    for line in filter(None, lines):
        print(line, file=sys.stderr)


def _refuse_passwords(given: argparse.Namespace) -> None:
    from urllib.parse import urlsplit

    for name in ("database", "target_database", "to"):
        address = getattr(given, name, "") or ""
        if "://" in address and urlsplit(address).password is not None:
            raise Misuse("数据库地址里不要写密码：密码放在 PostgreSQL 的密码文件（.pgpass）里")


# ---- the words of the command line -------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    from desktop import cli_sync

    parser = argparse.ArgumentParser(prog="anju-desk", description="安居前台：不带命令时打开窗口")
    parser.add_argument("--data", type=Path, metavar="DIR", help="数据文件夹（默认是本机用户的数据文件夹）")
    parser.add_argument(
        "--database", metavar="URL", default="", help="PostgreSQL 地址，不写密码：postgresql://用户@服务器/库"
    )
    parser.add_argument("--demo", action="store_true", help="打开一个虚构的管理处")
    commands = parser.add_subparsers(dest="command", metavar="命令")
    office = commands.add_parser("office", help="建立、查看、体检、迁移管理处").add_subparsers(
        dest="what", required=True, metavar="动作"
    )
    create = _with_office(office.add_parser("create", help="不开窗口建立管理处"))
    for name, words in (
        ("organisation", "公司名称"),
        ("project", "项目名称"),
        ("code", "简码"),
        ("admin", "管理员工号"),
    ):
        create.add_argument(f"--{name}", required=True, metavar="TEXT", help=words)
    create.add_argument("--admin-name", default="", metavar="TEXT", help="管理员姓名")
    create.add_argument("--desk", default="前台 1", metavar="TEXT", help="前台名称")
    create.add_argument("--rooms", type=Path, metavar="FILE", help="房间清单文本，每行：楼栋 房号 面积 户型 月租")
    create.set_defaults(run=_office_create)
    _with_office(office.add_parser("info", help="这个管理处的基本情况")).set_defaults(run=_office_info)
    _with_office(office.add_parser("check", help="全面体检")).set_defaults(run=_office_check)
    move = _with_office(office.add_parser("move", help="在 SQLite 和 PostgreSQL 之间迁移"))
    move.add_argument("--to", required=True, metavar="URL", help="空的 PostgreSQL 数据库地址，或 sqlite")
    move.set_defaults(run=_office_move)
    reopen = _with_office(office.add_parser("reopen", help="迁走之后回到原来的数据库"))
    reopen.set_defaults(run=_office_reopen)
    cli_sync.add_parsers(office, _with_office)
    _demo_parser(commands.add_parser("demo", help="生成一个虚构的管理处"))
    read = commands.add_parser("read-card", help="读身份证图片")
    read.add_argument("files", type=Path, nargs="+", metavar="FILE")
    read.add_argument("--jsonl", action="store_true", help="每张证件一行 JSON")
    read.set_defaults(run=_read_card)
    audit = commands.add_parser("audit", help="审计链").add_subparsers(dest="what", required=True, metavar="动作")
    verify = _with_office(audit.add_parser("verify", help="校验审计链"))
    verify.add_argument("--anchor", metavar="N:HASH", help="另外留存的锚点")
    verify.set_defaults(run=_audit_verify)
    backup = _with_office(commands.add_parser("backup", help="备份到一个文件"))
    backup.add_argument("file", type=Path, metavar="FILE.anjubak", help="备份文件；给文件夹时自动取名")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="用恢复码恢复备份")
    restore.add_argument("file", type=Path, metavar="FILE.anjubak")
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", dest="target", help="空文件夹")
    restore.add_argument("--database", default="", metavar="URL", dest="target_database", help="空的数据库")
    restore.add_argument("--recovery-file", type=Path, metavar="FILE", help="恢复码文本文件；不给时从键盘输入")
    restore.add_argument("--desk", default="", metavar="TEXT", help="这台电脑的前台名称")
    restore.add_argument("--json", action="store_true", help="给程序读的结果")
    restore.set_defaults(run=_restore)
    _due_parser(commands.add_parser("due", help="到期提醒：马上查一遍，或看护它"))
    screens = commands.add_parser("screens", help="把每一页画成图片")
    screens.add_argument("out", type=Path, metavar="OUT")
    screens.set_defaults(run=_screens)
    return parser


def _demo_parser(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("folder", type=Path, metavar="DIR", help="空文件夹")
    for name, default, words in (
        ("rooms", 238, "房间数"), ("tenants", 200, "在住租客数"), ("months", 24, "往回几个月"), ("seed", 1, "种子"),
    ):  # fmt: skip
        demo.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{words}（默认 {default}）")
    demo.add_argument("--today", type=date.fromisoformat, default=None, metavar="YYYY-MM-DD", help="当作今天的日期")
    demo.add_argument("--json", action="store_true", help="给程序读的结果")
    demo.set_defaults(run=_demo)


def _due_parser(parser: argparse.ArgumentParser) -> None:
    due = parser.add_subparsers(dest="what", required=True, metavar="动作")
    _with_office(due.add_parser("run", help="马上查一遍到期的事，漏掉的补上")).set_defaults(run=_due_run)
    for name, words in (
        ("status", "到期提醒在这台电脑上是否正常"), ("watch", "留下来看护（程序自己会启动它）"), ("stop", "结束看护")
    ):  # fmt: skip
        one = due.add_parser(name, help=words)
        one.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="数据文件夹（默认是本机用户的数据文件夹）")
        one.add_argument("--late", type=float, default=None, metavar="SECONDS", help="多少秒没有运行算停了")
        one.add_argument("--tick", type=float, default=None, metavar="SECONDS", help="每几秒看一次")
        one.set_defaults(run=_due_watch)


def _with_office(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options of every command that opens an office; also after the command's name."""
    parser.add_argument("--data", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="数据文件夹")
    parser.add_argument("--database", metavar="URL", default=argparse.SUPPRESS, help="PostgreSQL 地址，不写密码")
    parser.add_argument("--json", action="store_true", help="给程序读的结果")
    parser.add_argument("--login", default="", metavar="TEXT", help="以谁的身份（默认：程序本身）")
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help=f"密码文件；不给时读环境变量 {PASSWORD_VARIABLE}"
    )
    return parser


# ---- opening an office without a window --------------------------------------------------------------------------


def _window(given: argparse.Namespace) -> int:
    from desktop.__main__ import open_window

    return open_window(given.data, given.database, given.demo)


def _place(given: argparse.Namespace) -> tuple[Path, URL]:
    """The data folder and the database the arguments name; the demo office is built when it is asked for."""
    from desktop.paths import folders
    from desktop.preferences import PreferencesFile
    from desktop.services import database

    where = folders(given.data)
    if given.demo:
        from desktop.services.demo import demo_dir
        from desktop.world import World

        data = demo_dir(where.cache / "demo", World().today())
        return data, database.sqlite_url(data)
    address = given.database or ("" if given.data else PreferencesFile(where.preferences).load().office)
    return where.data, database.parse_url(address) if address else database.sqlite_url(where.data)


@contextmanager
def opened(given: argparse.Namespace) -> Iterator[Office]:
    """The office the arguments name, held alone when it is embedded."""
    from desktop.services import database, opening
    from desktop.world import World

    data, url = _place(given)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise database.NotAnOffice  # before a lock file is left in a folder that is none of ours
    with opening.alone(data, url):
        office = opening.open_office(World(), data, url)
        try:
            yield office
        finally:
            office.close()


def actor_for(office: Office, given: argparse.Namespace) -> Actor:
    """The person named by --login with their password, else the program itself."""
    from desktop.services import access, opening
    from desktop.services.work import PROGRAM

    if not given.login:
        return PROGRAM
    passwords = opening.passwords_for(office.world, office.demo)
    return access.sign_in(office, given.login, _password(given), passwords).actor


def _password(given: argparse.Namespace) -> str:
    if given.password_file is not None:
        return _text_of(given.password_file).strip("\r\n")
    return os.environ.get(PASSWORD_VARIABLE, "")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as trouble:
        raise Misuse(f"读不到 {path}：{trouble.strerror or trouble}") from trouble
    except UnicodeDecodeError as trouble:
        raise Misuse(f"{path} 不是 UTF-8 文本") from trouble


def tell(given: argparse.Namespace, facts: Any, words: str) -> None:
    """Say what was done: in words, or as one object for a program."""
    print(json.dumps(_plain(facts), ensure_ascii=False, sort_keys=True) if given.json else words)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _progress(done: int, total: int, text: str) -> None:
    """One line that is written over, for people only: nothing goes into a file or a pipe."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r\x1b[K{done}/{total} {text}", end=end, file=sys.stderr, flush=True)


# ---- the office --------------------------------------------------------------------------------------------------


def _office_create(given: argparse.Namespace) -> int:
    from desktop.office_place import place_facts, unfit_for_office
    from desktop.paths import folders
    from desktop.services import database, first_rooms, opening
    from desktop.services.recovery import make_recovery_code
    from desktop.world import World

    where = folders(given.data)
    url = database.parse_url(given.database) if given.database else database.sqlite_url(where.data)
    if url.get_backend_name() == "sqlite" and (unfit := unfit_for_office(place_facts(where.data))):
        complain(unfit.message)
        return WRONG
    password = _password(given)
    if not password:
        raise Misuse(f"管理员密码放在环境变量 {PASSWORD_VARIABLE} 或 --password-file 里")
    buildings: Sequence[Any] = ()
    if given.rooms is not None:
        pasted = first_rooms.parse_rooms(_text_of(given.rooms))
        if pasted.problems:
            complain(*map(str, pasted.problems))
            return WRONG
        buildings = pasted.buildings
    form = opening.FirstStart(
        given.organisation, given.project, given.code, given.desk, given.admin, given.admin_name or given.admin,
        password, buildings=buildings,
    )  # fmt: skip
    where.make()
    world = World()
    code = make_recovery_code(world)
    with opening.alone(where.data, url):
        opening.create_office(world, where.data, url, form, code).close()
    groups = " ".join(code.groups)
    facts = {"project": given.project, "data": where.data, "recovery_code": groups}
    tell(given, facts, f"管理处已建立。恢复码（请打印，放进保险柜）：\n{groups}")
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
    shown = {
        "room": "房间",
        "party": "人员",
        "lease": "租约",
        "bill": "账单",
        "payment": "收款",
        "audit_entry": "审计记录",
    }
    words = [
        f"{facts['organisation']} · {facts['project']}（{facts['code']}）",
        f"{facts['engine']} {facts['version']}，结构版本 {SCHEMA_REV}",
        "，".join(f"{word} {counts[name]}" for name, word in shown.items()),
    ]
    tell(given, {**facts, "rows": counts}, "\n".join(words))
    return GOOD


def _office_check(given: argparse.Namespace) -> int:
    from desktop.services import checkup
    from desktop.services.work import look

    with opened(given) as office, look(office, actor_for(office, given)) as reading:
        report = checkup.check_office(reading, _progress)
    bad = {finding.part for finding in report.findings}
    lines = [f"✓ {name}" for name in report.parts if name not in bad]
    lines += [f"✗ {finding.part}：{finding.text}" for finding in report.findings]
    tell(given, {"sound": report.sound, "parts": report.parts, "findings": report.findings}, "\n".join(lines))
    return GOOD if report.sound else WRONG


def _office_move(given: argparse.Namespace) -> int:
    from desktop.services import database
    from desktop.services.move_office import address_of, move_office

    with opened(given) as office:
        folder = office.data_dir
        to = database.sqlite_url(folder) if given.to == "sqlite" else database.parse_url(given.to)
        moved = move_office(office, actor_for(office, given), to, _progress)
    address = address_of(to)
    facts = {"to": address, "tables": moved.tables, "rows": moved.rows}
    facts |= {"before": moved.before.figures(), "after": moved.after.figures()}
    words = [
        f"{moved.tables} 张表、{moved.rows} 行已复制，逐项核对一致：",
        *(f"  {line}" for line in moved.before.words(moved.after)),
        f"以后用新地址打开：{address}",
        "原来的数据库原样留着，只能查看；要回到原来的，运行 anju-desk office reopen",
    ]
    tell(given, facts, "\n".join(words))
    return GOOD


def _office_reopen(given: argparse.Namespace) -> int:
    from desktop.services.acts import Op
    from desktop.services.moved_on import come_back, moved_on
    from desktop.services.work import begin

    with opened(given) as office:
        before = moved_on(office)
        if before is None:
            complain("这个管理处没有迁走，照常使用就行")
            return WRONG
        with begin(office, actor_for(office, given), Op.MOVE_OFFICE) as work:
            come_back(work)
    tell(given, {"moved_to": before.to}, f"回到了原来的数据库。迁到 {before.to} 之后在那边办的，这里没有")
    return GOOD


def _audit_verify(given: argparse.Namespace) -> int:
    from desktop.services import audit
    from desktop.services.work import look

    anchor = None
    if given.anchor:
        number, _, digest = given.anchor.partition(":")
        try:
            anchor = int(number), bytes.fromhex(digest)
        except ValueError as trouble:
            raise Misuse("锚点写成 条数:哈希，例如 120:9f3a…") from trouble
    with opened(given) as office, look(office, actor_for(office, given)) as reading:
        report = audit.verify_chain(reading, anchor)
    words = [f"共 {report.entries} 条，链尾 {report.head}"]
    words += [f"✗ {broken}" for broken in report.breaks] or ["✓ 审计链完整"]
    tell(given, report, "\n".join(words))
    return WRONG if report.breaks else GOOD


# ---- demo, cards, backup, pictures -------------------------------------------------------------------------------


def _demo(given: argparse.Namespace) -> int:
    from desktop.services.demo import build_demo
    from desktop.world import World

    if given.rooms < 1 or not 0 <= given.tenants <= given.rooms or not 1 <= given.months <= 120:
        raise Misuse("房间数至少 1，租客数不超过房间数，月数在 1 到 120 之间")
    today = given.today or World().today()
    build_demo(
        today, given.folder, rooms=given.rooms, tenants=given.tenants, months=given.months, seed=given.seed,
        report=_progress,
    )  # fmt: skip
    tell(given, {"data": given.folder, "today": today}, f"演示管理处在 {given.folder}，登录密码 demo")
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
        made = make_backup(office, actor_for(office, given), given.file, _progress)
    facts = {
        "file": made.path, "size": made.path.stat().st_size, "created": made.header.created,
        "audit_count": made.header.audit_count, "audit_head": made.header.audit_head.hex(), "rows": made.header.counts,
    }  # fmt: skip
    anchor = f"{made.header.audit_count}:{made.header.audit_head.hex()}"
    tell(given, facts, f"备份已写好并读回核对：{made.path}\n审计链到 {anchor}")
    return GOOD


def _due_run(given: argparse.Namespace) -> int:
    from desktop.services import due_engine

    with opened(given) as office:
        passes = due_engine.catch_up(office)
    first, last = passes[0], passes[-1]
    produced, settled = sum(one.produced for one in passes), sum(one.settled for one in passes)
    silent, ahead = first.silent_for, first.clock_back
    facts = {
        "at": last.at, "produced": produced, "settled": settled, "reopened": sum(one.reopened for one in passes),
        "early": last.early, "silent_seconds": None if silent is None else int(silent.total_seconds()),
        "clock_ahead_seconds": None if ahead is None else int(ahead.total_seconds()),
    }  # fmt: skip
    words = [f"查过了：新到期 {produced} 件，不用再办 {settled} 件"]
    if first.long_silence and silent is not None:
        words.append(f"在这之前 {silent.days} 天没有查过，漏掉的已按到期先后补上")
    if ahead is not None:
        words.append(f"这台电脑的时间曾经快了 {ahead // timedelta(minutes=1)} 分钟，提前的事到时候再提醒")
    tell(given, facts, "\n".join(words))
    return GOOD


def _due_watch(given: argparse.Namespace) -> int:
    from desktop import paths, watcher

    folder = given.folder.expanduser().absolute() if given.folder else paths.folders(given.data).data
    if not folder.is_dir():
        raise Misuse(f"没有这个文件夹：{folder}；写管理处的数据文件夹")
    options = [f"--{name}={value}" for name in ("late", "tick") if (value := getattr(given, name)) is not None]
    return watcher.main([given.what, str(folder), *options])


def _restore(given: argparse.Namespace) -> int:
    from desktop.services import checkup, database, opening
    from desktop.services.backup_file import read_header
    from desktop.services.restore import restore_backup
    from desktop.services.work import PROGRAM, look
    from desktop.world import World

    target = given.target.expanduser().absolute()
    url = database.parse_url(given.target_database) if given.target_database else database.sqlite_url(target)
    header = read_header(given.file)
    recovery = _recovery_code(given)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opening.alone(target, url):
        office = restore_backup(World(), given.file, recovery, target, url, given.desk, report=_progress)
        try:
            with look(office, PROGRAM) as reading:
                anchor = header.audit_count, header.audit_head
                report = checkup.check_office(reading, _progress, anchor)
        finally:
            office.close()
    complain(*(f"✗ {finding.part}：{finding.text}" for finding in report.findings))
    facts = {"data": target, "sound": report.sound, "findings": report.findings, "desk": office.desk.name}
    tell(
        given,
        facts,
        f"已恢复到 {target}，体检{'通过' if report.sound else '发现问题'}；这台电脑是「{office.desk.name}」",
    )
    return GOOD if report.sound else WRONG


def _recovery_code(given: argparse.Namespace) -> RecoveryCode:
    from desktop.services.recovery import RecoveryCode

    if given.recovery_file is not None:
        return RecoveryCode.parse(_text_of(given.recovery_file))
    try:
        return RecoveryCode.parse(input("恢复码："))
    except EOFError as trouble:
        raise Misuse("没有恢复码：用 --recovery-file 给出，或从键盘输入") from trouble


def _screens(given: argparse.Namespace) -> int:
    from desktop.gallery import render_screens

    drawn = render_screens(given.out, given.data)
    print(f"{len(drawn.pictures)} 张图片在 {given.out}")
    for finding in drawn.findings:
        print(finding)
    return WRONG if drawn.findings else GOOD
