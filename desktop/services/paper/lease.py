"""The housing lease 住房租赁合同: facts of one lease filled into the office's template, about four pages of A4."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from desktop.models.values import Money, Period
from desktop.services.masks import mask_id_number, mask_phone
from desktop.services.paper.fonts import printable
from desktop.services.paper.ink_marks import SignedHere
from desktop.services.paper.layout import MM, PageSetup, Paper
from desktop.services.paper.markup import Clause, read_markup
from desktop.services.paper.template import render
from desktop.services.rmb import uppercase_rmb
from resources import resource

DEDUCTIONS = (
    "乙方欠付的租金、违约金和应由乙方承担的费用",
    "因乙方使用不当造成房屋、设施损坏的修复费用，正常使用的自然损耗除外",
    "乙方未归还的钥匙、门禁卡的补办费用",
    "乙方按本合同应当支付而未支付的其他款项",
)
"""The cases in which a deposit may be deducted. Without one in the contract there is none (regulation 812, art. 10)."""


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """One side of the lease; `document` in words, `number` in full (masked on paper where asked)."""

    name: str
    document: str
    number: str
    phone: str = ""
    address: str = ""
    role: str = "承租人"
    agent: str = ""
    legal_person: str = ""
    """Of a company."""


@dataclass(frozen=True, slots=True)
class StandInFacts:
    """Who signs for a tenant or stands surety: 监护人（母亲）, 代理人, 经办人, 保证人; `basis` is what it rests on."""

    role: str
    name: str
    document: str
    number: str
    phone: str = ""
    address: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class OccupantFacts:
    """Who really lives there, signatory or not (regulation 812)."""

    name: str
    relation: str
    document: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class RentFacts:
    """One line of the rent schedule, from the same function that posts the bills."""

    period: Period
    due: date
    amount: Money


@dataclass(frozen=True, slots=True)
class FeeFacts:
    item: str
    payer: str
    standard: str


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """One line of the delivery list: a key, a meter with number and reading, a piece of furniture with condition."""

    item: str
    quantity: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class LeasePaper:
    """Everything the template may name. Money exact, dates inclusive, days as agreed."""

    number: str
    signed_on: date
    lessor: PartyFacts
    tenants: tuple[PartyFacts, ...]
    occupants: tuple[OccupantFacts, ...]
    address: str
    room: str
    area: Decimal
    """m² of 建筑面积."""
    term: Period
    term_words: str
    """"12 个月", as services.lease_terms says it."""
    rent: Money
    """A month."""
    cycle_words: str
    """"每 3 个月一期"."""
    schedule: tuple[RentFacts, ...]
    deposit: Money
    agents: tuple[StandInFacts, ...] = ()
    """Guardians, agents, the handler of a company: they sign for a tenant."""
    guarantors: tuple[StandInFacts, ...] = ()
    layout: str = ""
    title_proof: str = ""
    use: str = "居住"
    most_occupants: int = 0
    """0: not agreed."""
    delivery_on: date | None = None
    renewal_days: int = 30
    holdover_days: int = 30
    pay_methods: str = "现金、银行转账、微信、支付宝"
    account: str = ""
    late_rate: str = "万分之五"
    """Per day, as words: a lease says 违约金, never 滞纳金."""
    grace_days: int = 3
    demand_days: int = 15
    deposit_days: int = 7
    deductions: tuple[str, ...] = DEDUCTIONS
    fees: tuple[FeeFacts, ...] = ()
    keys: tuple[HandoverFacts, ...] = ()
    meters: tuple[HandoverFacts, ...] = ()
    goods: tuple[HandoverFacts, ...] = ()
    notice_days: int = 30
    penalty: Money | None = None
    """For ending early without ground; None: what the law gives."""
    entry_hours: int = 24
    repair_days: int = 3
    filing_by: str = "甲方"
    filing_days: int = 30
    notice_version: str = ""
    """Version of the personal-information notice handed over."""
    court: str = "房屋所在地有管辖权的人民法院"
    copies: int = 2
    special: tuple[str, ...] = ()
    office: str = ""


def default_lease_template() -> str:
    """The template shipped with the program; the office may keep its own instead."""
    return resource("templates/housing_lease.zh.jinja").read_text("utf-8")


def lease_pdf(
    paper: LeasePaper,
    template: str | None = None,
    *,
    masked: bool = False,
    watermark: str = "",
    mark_missing: bool = False,
    invariant: bool = False,
    pictures: Mapping[str, bytes] | None = None,
    signature: SignedHere | None = None,
) -> bytes:
    """The lease as PDF. Raises TemplateProblem (with the line) and, unless `mark_missing`, MissingGlyphs.

    `masked` shows document numbers and phones with stars, for a preview that faces the public. `pictures` are those
    the template may name, `signature` was given before the clerk, by
    the tenant or in their place.
    """
    paper = printable(paper, mark_missing)
    signature = printable(signature, mark_missing) if signature is not None else None
    pdf = Paper(f"住房租赁合同 {paper.number}", paper.office or paper.lessor.name, invariant)
    _set_lease(pdf, lease_facts(paper, masked), template or default_lease_template(), pictures, watermark, signature)
    return pdf.finish()


def leases_pdf(
    leases: Sequence[tuple[LeasePaper, str, Mapping[str, bytes]]],
    report: Callable[[int, int, str], None] | None = None,
) -> bytes:
    """Several leases (paper, template, pictures) one after the other in one file, masked: to look through, not to sign.
    Raises TemplateProblem; `report` is told of each.
    """
    if not leases:
        raise ValueError("no leases to show")
    pdf = Paper(f"住房租赁合同 {leases[0][0].number}", leases[0][0].office)
    for done, (paper, template, pictures) in enumerate(leases):
        if report is not None:
            report(done, len(leases), paper.number)
        _set_lease(pdf, lease_facts(printable(paper, mark_missing=True), masked=True), template, pictures, "")
    return pdf.finish()


def lease_of_facts(
    facts: Mapping[str, Any], template: str, pictures: Mapping[str, bytes] | None = None, watermark: str = ""
) -> bytes:
    """The lease of facts that were put into the template's words before, e.g. masked ones. Raises TemplateProblem."""
    pdf = Paper(f"住房租赁合同 {facts['合同']['编号']}")
    _set_lease(pdf, facts, template, pictures, watermark)
    return pdf.finish()


def _set_lease(
    pdf: Paper, facts: Mapping[str, Any], template: str, pictures: Mapping[str, bytes] | None, watermark: str,
    signature: SignedHere | None = None,
) -> None:  # fmt: skip
    blocks, _clauses = read_markup(render(template, facts), pictures, signature)
    foot = f"合同编号：{facts['合同']['编号']}"
    pdf.add_flow(blocks, PageSetup(left=23 * MM, right=23 * MM, foot_left=foot, watermark=watermark))


def lease_clauses(
    paper: LeasePaper, template: str | None = None, pictures: Mapping[str, bytes] | None = None
) -> list[Clause]:
    """The numbered clauses of this lease: what a deduction, a demand or a fee may name as its ground."""
    facts = lease_facts(printable(paper, mark_missing=True))
    return read_markup(render(template or default_lease_template(), facts), pictures)[1]


def lease_facts(paper: LeasePaper, masked: bool = False) -> Mapping[str, Any]:
    """What a template may name, in the office's own words: {{ 房屋.地址 }}, {% for 人 in 居住人 %}."""
    return {
        "合同": {
            "编号": paper.number, "签订日期": day_words(paper.signed_on), "份数": paper.copies, "法院": paper.court,
            "管理处": paper.office,
        },
        "甲方": _party(paper.lessor, masked),
        "乙方": [_party(tenant, masked) for tenant in paper.tenants],
        "居住人": [
            {"姓名": one.name, "关系": one.relation, "证件": one.document,
             "号码": mask_id_number(one.number) if masked else one.number}
            for one in paper.occupants
        ],
        "代签人": [_stand_in(one, masked) for one in paper.agents],
        "保证人": [_stand_in(one, masked) for one in paper.guarantors],
        "房屋": {
            "地址": paper.address, "房号": paper.room, "面积": f"{paper.area:f}" if paper.area else "＿＿＿＿",
            "户型": paper.layout,
            "权属证明": paper.title_proof, "用途": paper.use, "人数上限": paper.most_occupants,
        },
        "租期": {
            "开始": day_words(paper.term.start), "结束": day_words(paper.term.end), "长度": paper.term_words,
            "交付日期": day_words(paper.delivery_on or paper.term.start), "续租提前天数": paper.renewal_days,
            "不定期通知天数": paper.holdover_days,
        },
        "租金": {
            "每月": str(paper.rent), "每月大写": uppercase_rmb(paper.rent), "周期": paper.cycle_words,
            "支付方式": paper.pay_methods, "账户": paper.account, "违约金率": paper.late_rate,
            "宽限天数": paper.grace_days, "催告天数": paper.demand_days,
        },
        "租金表": [
            {"期": number, "开始": str(line.period.start), "结束": str(line.period.end), "应付日": str(line.due),
             "金额": str(line.amount), "大写": uppercase_rmb(line.amount)}
            for number, line in enumerate(paper.schedule, start=1)
        ],
        "押金": {
            "金额": str(paper.deposit), "大写": uppercase_rmb(paper.deposit), "退还天数": paper.deposit_days,
            "有": bool(paper.deposit), "扣除情形": list(paper.deductions),
        },
        "费用": [{"项目": fee.item, "承担": fee.payer, "标准": fee.standard} for fee in paper.fees],
        "钥匙": [_handover(line) for line in paper.keys],
        "表计": [_handover(line) for line in paper.meters],
        "物品": [_handover(line) for line in paper.goods],
        "违约": {
            "通知天数": paper.notice_days, "维修天数": paper.repair_days, "进入小时": paper.entry_hours,
            "金额": str(paper.penalty) if paper.penalty else "",
            "大写": uppercase_rmb(paper.penalty) if paper.penalty else "",
        },
        "备案": {"负责": paper.filing_by, "天数": paper.filing_days},
        "隐私": {"版本": paper.notice_version},
        "特别约定": list(paper.special),
    }  # fmt: skip


def day_words(day: date) -> str:
    """2026年12月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _party(party: PartyFacts, masked: bool) -> dict[str, str]:
    return {
        "名称": party.name, "身份": party.role, "证件": party.document, "地址": party.address, "代理人": party.agent,
        "法定代表人": party.legal_person,
        "号码": mask_id_number(party.number) if masked else party.number,
        "电话": mask_phone(party.phone) if masked else party.phone,
    }  # fmt: skip


def _stand_in(one: StandInFacts, masked: bool) -> dict[str, str]:
    return {
        "身份": one.role, "姓名": one.name, "证件": one.document, "地址": one.address, "依据": one.basis,
        "号码": mask_id_number(one.number) if masked else one.number,
        "电话": mask_phone(one.phone) if masked else one.phone,
    }  # fmt: skip


def _handover(line: HandoverFacts) -> dict[str, str]:
    return {"名称": line.item, "数量": line.quantity, "状况": line.condition}
