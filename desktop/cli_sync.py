"""The command line towards head office: let this office in by its code, run one session now.

anju-desk office enrol CODE      `hq.example.com:8443/K7QX2-…`, as head office hands it out; good once
anju-desk office sync            one session to its end: what went, what came, what waits
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from desktop import cli


def add_parsers(office: Any, with_office: Callable[[argparse.ArgumentParser], argparse.ArgumentParser]) -> None:
    """Their words."""
    enrol = with_office(office.add_parser("enrol", help="用总部给的登记码，把这个管理处登记到总部"))
    enrol.add_argument("code", metavar="CODE", help="登记码，连同前面的总部地址")
    enrol.set_defaults(run=_enrol)
    with_office(office.add_parser("sync", help="马上和总部同步一次")).set_defaults(run=_sync)


def _enrol(given: argparse.Namespace) -> int:
    from desktop.services.sync import desk, reaching

    with cli.opened(given) as office:
        name = reaching.enrol_office(office, cli.actor_for(office, given), given.code)
        facts = desk.facts_of(office)
    told = {"project": name, "address": facts.address, "waiting": facts.waiting}
    words = f"已登记到总部，总部那边叫「{name}」；{facts.waiting} 笔待上传，运行 anju-desk office sync 马上传"
    cli.tell(given, told, words)
    return cli.GOOD


def _sync(given: argparse.Namespace) -> int:
    from desktop.services.sync import desk
    from desktop.services.sync.reaching import NotEnrolled
    from desktop.services.sync.runner import Runner

    with cli.opened(given) as office:
        if not desk.facts_of(office).enrolled:
            raise NotEnrolled
        runner = Runner(office)
        try:
            turn = runner.turn()
        finally:
            runner.stop()
        facts = desk.facts_of(office)
    met = turn.met
    told = {
        "done": met is not None, "sent": met.sent if met else 0, "came": met.came if met else 0,
        "given_back": met.given_back if met else 0, "waiting": facts.waiting, "held": facts.held, "tasks": facts.tasks,
        "trouble": turn.code or None, "met_at": facts.met_at,
    }  # fmt: skip
    if met is None:
        words = facts.why if turn.code else "另一个程序正在同步，或者一分钟内刚被打断：稍等再试"
        cli.complain(words, facts.words)
        if given.json:
            cli.tell(given, told, "")
        return cli.WRONG if turn.code else cli.GOOD
    cli.tell(given, told, f"上传 {met.sent} 笔，收到 {met.came} 笔；{facts.words}")
    return cli.GOOD
