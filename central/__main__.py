"""`anju-central`: head office from the command line. Exit code 0 good, 1 found wrong, 2 misuse.

    anju-central trial [--folder DIR] [--port N]      try it out: a database from pip, on this machine only
    anju-central tls NAME... [--folder DIR]           an authority and a certificate for these names and addresses
    anju-central serve                                answer offices, as the settings say
    anju-central project add CODE NAME | list         projects whose offices may enrol
    anju-central token CODE [--hours N]               an enrolment code for one PC
    anju-central device list CODE                     the PCs of a project
    anju-central revoke CODE DEVICE                   shut a PC out
    anju-central restored                             the database came back from a backup
    anju-central drill BASE ARCHIVE [--until TIME]    bring a backup back on a scratch server, and look at it
    anju-central check                                whether this head office may serve

Settings: --config FILE, else $ANJU_CENTRAL_CONFIG, else /etc/anju-central/central.toml (see central/config.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from central import config, drill, keeping, trial
from central.certificates import make_certificates
from central.config import Config, read_config
from central.running import serve
from desktop.services.database import parse_url
from desktop.services.errors import DomainError, Outage
from desktop.world import OFFICE_ZONE, World


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    told = _parser().parse_args(argv)
    try:
        return _run(told, World())
    except (DomainError, Outage) as trouble:
        print(trouble.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(told: argparse.Namespace, world: World) -> int:
    match told.command:
        case "trial":
            _end_in_order()
            return _trial(told, world)
        case "tls":
            make_certificates(told.folder, told.names, world.now())
            print(f"证书在 {told.folder}。ca.key 请移到别处保管：一年后换证书时才用。")
            return 0
        case "serve":
            _end_in_order()
            asyncio.run(serve(_config(told), world))
            return 0
        case "drill":
            return _drill(told, _config(told))
    hand = keeping.Keeper(_config(told), world)
    with hand:
        return _keep(told, hand)


def _keep(told: argparse.Namespace, hand: keeping.Keeper) -> int:
    match told.command, getattr(told, "what", None):
        case "project", "add":
            hand.enrolment.add_project(told.code, told.name)
            print(f"已登记项目 {told.code} {told.name}。下一步：anju-central token {told.code}")
        case "project", "list":
            for known in hand.enrolment.projects():
                print(f"{known.code}\t{known.name}\t{known.project_id or '还没有管理处加入'}")
        case "token", _:
            print(hand.enrolment_code(told.code, timedelta(hours=told.hours)))
            print(f"把上面整行交给管理处，{told.hours} 小时内在一台电脑上用一次。", file=sys.stderr)
        case "device", _:
            for device in hand.devices(told.code):
                print(device)
        case "revoke", _:
            hand.revoke(told.code, told.device)
            print("已吊销：这台电脑不再收发，以前办的业务都在。")
        case "restored", _:
            print(
                f"已记下：总部数据库是从备份恢复的（第 {hand.log.restored()} 代）。各管理处下次同步时会补回缺的部分。"
            )
        case _:
            found = hand.check()
            print("\n".join(found) or "一切正常")
            return 1 if found else 0
    return 0


def _trial(told: argparse.Namespace, world: World) -> int:
    with trial.trial_database(told.folder) as database:
        settings = trial.lay_out(told.folder, database, told.port, world)
        print(f"试用总部在 https://127.0.0.1:{told.port}，只在本机可用；按 Ctrl+C 结束。", flush=True)
        print(f"另开一个窗口：anju-central --config {settings} project add WJY 望江苑", flush=True)
        asyncio.run(serve(read_config(settings), world))
    return 0


def _drill(told: argparse.Namespace, settings: Config) -> int:
    programs = told.programs or drill.find_programs()
    found = drill.drill(told.base, told.archive, told.until, programs, parse_url(settings.database))
    last = found.last_act.astimezone(OFFICE_ZONE).strftime("%Y-%m-%d %H:%M:%S") if found.last_act else "无"
    print(f"备份恢复正常：{found.projects} 个项目，{found.acts} 条变更，一条不缺；最后一条收于 {last}（北京时间）")
    return 0


def _end_in_order() -> None:
    """A service manager ends us by SIGTERM: as an exception it also ends the database of a trial."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _config(told: argparse.Namespace) -> Config:
    named = told.config or os.environ.get(config.VARIABLE)
    return read_config(Path(named) if named else config.USUAL_PLACE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="anju-central", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", metavar="FILE")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("trial")
    one.add_argument("--folder", type=Path, default=Path("anju-central-trial"))
    one.add_argument("--port", type=int, default=8443)
    one = commands.add_parser("tls")
    one.add_argument("names", nargs="+")
    one.add_argument("--folder", type=Path, default=Path("/etc/anju-central"))
    commands.add_parser("serve")
    project = commands.add_parser("project").add_subparsers(dest="what", required=True)
    one = project.add_parser("add")
    one.add_argument("code")
    one.add_argument("name")
    project.add_parser("list")
    one = commands.add_parser("token")
    one.add_argument("code")
    one.add_argument("--hours", type=int, default=24, choices=range(1, 169), metavar="1-168")
    device = commands.add_parser("device").add_subparsers(dest="what", required=True)
    device.add_parser("list").add_argument("code")
    one = commands.add_parser("revoke")
    one.add_argument("code")
    one.add_argument("device")
    commands.add_parser("restored")
    one = commands.add_parser("drill")
    one.add_argument("base", type=Path)
    one.add_argument("archive", type=Path)
    one.add_argument("--until", type=datetime.fromisoformat, metavar="2026-11-27T18:00+08:00")
    one.add_argument("--programs", type=Path, metavar="DIR")
    commands.add_parser("check")
    return parser


if __name__ == "__main__":
    sys.exit(main())
