"""A trial print 试排 of an edited template on an invented lease, before the office stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from desktop.models.values import Money, anchor_period
from desktop.services.paper.lease import (
    FeeFacts,
    HandoverFacts,
    LeasePaper,
    OccupantFacts,
    PartyFacts,
    RentFacts,
    StandInFacts,
    lease_of_facts,
    lease_pdf,
)
from desktop.services.paper.notices import NoticePaper, notice_pdf

WATERMARK = "样张"
_START = date(2026, 1, 1)


def trial_pdf(kind: str, source: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The template on invented facts, watermarked. Raises TemplateProblem with the line; KeyError for an unknown kind.

    A lease is tried twice, with everything agreed and with nothing, so that both sides of each condition are read.
    """
    if kind == "pipl_notice":
        return notice_pdf(sample_notice(), source, watermark=WATERMARK, pictures=pictures)
    if kind != "housing_lease":
        raise KeyError(kind)
    lease_pdf(sample_lease(full=False), source, watermark=WATERMARK, pictures=pictures)
    return lease_pdf(sample_lease(), source, watermark=WATERMARK, pictures=pictures)


def filled_pdf(kind: str, source: str, facts: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The template on the facts of a real lease, watermarked. KeyError for what has no lease."""
    if kind != "housing_lease":
        raise KeyError(kind)
    return lease_of_facts(facts, source, pictures, WATERMARK)


def sample_lease(full: bool = True) -> LeasePaper:
    """An invented lease that says what each field is; with `full=False` only the compulsory ones."""
    term = anchor_period(_START, 12)
    rent = Money.yuan(3000)
    periods = [anchor_period(_START, 3, first) for first in range(0, 12, 3)]
    lease = LeasePaper(
        number="样张-0001",
        signed_on=_START - timedelta(days=7),
        lessor=PartyFacts(
            "出租人名称", "统一社会信用代码", "000000000000000000", "00000000000", "出租人送达地址", role="出租人"
        ),
        tenants=(PartyFacts("承租人姓名", "居民身份证", "000000000000000000", "00000000000", "承租人送达地址"),),
        occupants=(),
        address="房屋坐落地址",
        room="1 栋 101",
        area=Decimal("80.00"),
        term=term,
        term_words="12 个月",
        rent=rent,
        cycle_words="每三个月一期",
        schedule=tuple(RentFacts(period, period.start, rent * 3) for period in periods),
        deposit=Money(0),
    )
    if not full:
        return lease
    return replace(
        lease,
        tenants=(replace(lease.tenants[0], agent="代签人姓名", legal_person="法定代表人姓名"),),
        occupants=(OccupantFacts("居住人姓名", "配偶", "居民身份证", "000000000000000000"),),
        agents=(_stand_in("监护人（母亲）", "代签人姓名", "监护证明"),),
        guarantors=(_stand_in("保证人", "保证人姓名", "连带责任保证"),),
        deposit=rent,
        layout="2 室 1 厅",
        title_proof="不动产权证号",
        most_occupants=4,
        account="户名、开户行、账号",
        fees=(FeeFacts("水费", "乙方", "按表计量"),),
        keys=(HandoverFacts("入户门钥匙", "2 把"),),
        meters=(HandoverFacts("电表", "0.0 度", "表号"),),
        goods=(HandoverFacts("空调", "1 台", "正常"),),
        penalty=rent,
        notice_version="1",
        special=("特别约定的内容。",),
        office="管理处名称",
    )


def _stand_in(role: str, name: str, basis: str) -> StandInFacts:
    return StandInFacts(role, name, "居民身份证", "000000000000000000", "00000000000", "送达地址", basis)


def sample_notice() -> NoticePaper:
    """An invented notice that says what each field is."""
    return NoticePaper("1", _START, "个人信息处理者名称", "地址", "联系人", "00000000000", "当事人姓名", "经办人姓名")
