"""Two sheets of trust: the personal-information notice 个人信息处理告知书 and the recovery code for the safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import Block, Grid, Group, PageSetup, Paper, Rule, Text, text
from desktop.services.paper.lease import day_words
from desktop.services.paper.lines import GREY, Run, Style
from desktop.services.paper.markup import read_markup
from desktop.services.paper.template import render
from resources import resource


@dataclass(frozen=True, slots=True)
class PurposeFacts:
    """What is processed, what for, and on which ground of PIPL art. 13."""

    purpose: str
    ground: str
    kinds: str


@dataclass(frozen=True, slots=True)
class ReceiverFacts:
    name: str
    purpose: str
    kinds: str


PURPOSES = (
    PurposeFacts(
        "订立和履行租赁、物业服务合同", "合同必需（第十三条第二项）", "姓名、证件种类和号码、电话、住址、租住和缴费记录"
    ),
    PurposeFacts(
        "核对身份、登记承租人和实际居住人", "法定义务（第十三条第三项）", "姓名、性别、出生日期、证件信息、居住人关系"
    ),
    PurposeFacts("收取费用、退还押金", "合同必需（第十三条第二项）", "付款记录；需要退款时的银行账户和户名"),
    PurposeFacts("紧急情况联系", "合同必需（第十三条第二项）", "紧急联系人的姓名、关系、电话"),
)
RECEIVERS = (
    ReceiverFacts("住房租赁主管部门（备案平台）", "租赁合同备案", "合同当事人、房屋和租期信息"),
    ReceiverFacts("公安机关", "居住登记", "承租人和实际居住人的身份信息"),
)


@dataclass(frozen=True, slots=True)
class NoticePaper:
    """What PIPL art. 17 wants told, for one person and in one version."""

    version: str
    issued_on: date
    controller: str
    address: str
    contact: str
    phone: str
    name: str = ""
    clerk: str = ""
    purposes: tuple[PurposeFacts, ...] = PURPOSES
    receivers: tuple[ReceiverFacts, ...] = RECEIVERS
    years: int = 3
    """Kept after the lease ended, then masked or deleted."""
    answer_days: int = 15


def default_notice_template() -> str:
    """The notice shipped with the program; the office may keep its own instead."""
    return resource("templates/pipl_notice.zh.jinja").read_text("utf-8")


def notice_pdf(
    paper: NoticePaper,
    template: str | None = None,
    *,
    watermark: str = "",
    mark_missing: bool = False,
    invariant: bool = False,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The notice as PDF, to be read and signed for. Raises TemplateProblem, MissingGlyphs."""
    paper = printable(paper, mark_missing)
    blocks, _clauses = read_markup(render(template or default_notice_template(), notice_facts(paper)), pictures)
    pdf = Paper(f"个人信息处理告知书 {paper.version}", paper.controller, invariant)
    foot = f"{paper.controller} · 个人信息处理告知书 {paper.version} 版"
    pdf.add_flow(blocks, PageSetup(foot_left=foot, watermark=watermark))
    return pdf.finish()


def notice_facts(paper: NoticePaper) -> dict[str, Any]:
    """What the notice's template may name."""
    return {
        "告知": {
            "版本": paper.version, "日期": day_words(paper.issued_on), "姓名": paper.name, "经办人": paper.clerk,
        },
        "处理者": {
            "名称": paper.controller, "地址": paper.address, "联系人": paper.contact, "电话": paper.phone,
        },
        "目的": [{"目的": one.purpose, "依据": one.ground, "种类": one.kinds} for one in paper.purposes],
        "接收方": [{"名称": one.name, "目的": one.purpose, "种类": one.kinds} for one in paper.receivers],
        "保存": {"年数": paper.years, "答复天数": paper.answer_days},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecoveryPaper:
    """The recovery code (160 bits) as groups of characters. Kept in no log and in no file that stays."""

    organisation: str
    project: str
    groups: tuple[str, ...]
    made_on: date
    fingerprint: str = ""
    """Short public mark of the key set, to tell two sheets apart without reading the code."""


_PLAIN = Style(size=11, leading=19, align="left", after=4)
_WARN = Style(size=10.5, leading=18, align="left", after=3)


def recovery_pdf(paper: RecoveryPaper, *, invariant: bool = False) -> bytes:
    """The sheet for the safe: the code in numbered groups, what it opens, and how to keep it."""
    paper = printable(paper)
    columns = 3
    numbered = [f"{number:>2}" for number in range(1, len(paper.groups) + 1)]
    rows = []
    code = Style(size=17, leading=24, bold=True, align="centre")
    for first in range(0, len(paper.groups), columns):
        cells = list(zip(numbered, paper.groups, strict=True))[first : first + columns]
        cells += [("", "")] * (columns - len(cells))
        label = Style(size=8.5, leading=24, align="right", colour=GREY)
        rows.append([cell for number, group in cells for cell in (text(number, label), text(group, code))])
    mark = f"，钥匙标记 {paper.fingerprint}" if paper.fingerprint else ""
    facts = [("机构", paper.organisation), ("项目", paper.project), ("生成日期", f"{day_words(paper.made_on)}{mark}")]
    blocks: list[Block] = [
        text("恢复码", Style(size=24, leading=36, bold=True, align="centre", after=2)),
        text("请锁入保险柜 · 请勿拍照、扫描或者发送", Style(size=11, leading=18, bold=True, align="centre", after=12)),
        *(Text([Run(f"{label}：", True), Run(value)], _PLAIN) for label, value in facts),
        Grid([0.3, 1] * columns, rows, lines="rows", pad_x=3, pad_y=7, before=10, after=14),
        text("它有什么用", _PLAIN.but(bold=True)),
        *(
            Text([Run(words)], _WARN.but(left=16), label="·")
            for words in (
                "电脑损坏、被盗或者重装后，凭恢复码打开备份，找回全部加密资料。",
                "在新电脑上加入本管理处，没有管理员在场批准时使用。",
                "没有恢复码，也没有可用的电脑时，任何人（包括开发者）都无法解开加密的证件号码、电话和文件。",
            )
        ),
        text("怎样保管", _PLAIN.but(bold=True, before=6)),
        *(
            Text([Run(words)], _WARN.but(left=16), label="·")
            for words in (
                "打印两份，由两位负责人分别封存在不同地点的保险柜，封口签字。",
                "得到恢复码的人可以打开备份：视同保险柜钥匙。遗失或者泄露时，立即在系统中更换恢复码，旧纸销毁。",
                "输入时不分大小写，组间的空格和短横可以省略；字母 O 当作数字 0，字母 I、L 当作数字 1。",
            )
        ),
        Rule(before=16, after=10),
        Group([_keepers()]),
    ]
    pdf = Paper(f"恢复码 {paper.project}", paper.organisation, invariant)
    pdf.add_flow(blocks, PageSetup(foot_left=f"{paper.organisation} · {paper.project}"))
    return pdf.finish()


def _keepers() -> Grid:
    style = Style(size=10.5, leading=18, align="left")
    words = ("保管人：＿＿＿＿＿＿＿＿", "存放地点：＿＿＿＿＿＿＿＿", "封存日期：＿＿＿＿＿＿＿＿")
    return Grid((1, 1, 1), [[text(word, style) for word in words]], lines="none", pad_x=0)
