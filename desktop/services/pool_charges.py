"""The sum of a period of a shared cost 公摊: by invoice or master meter, without gaps; reversed, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.pools import PoolCharge, SharedPool
from desktop.models.values import NIL, Money, Period, PoolSource, Right
from desktop.services import apportioning, pool_split
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.meter_uses import meter_facts_of, meters_of_rooms, uses_of_period
from desktop.services.pool_split import Member, PoolFacts
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

ONE_DAY = timedelta(days=1)
INVOICE_LIMIT = 40
MOST = Money.yuan(100_000_000)


@dataclass(frozen=True, slots=True)
class ChargeForm:
    """The sum of a period: from an invoice, or by the master meter at a price."""

    pool_id: UUID
    start: date | None
    end: date | None
    amount: Money | None = None
    invoice: str = ""
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MasterUse:
    """What a master meter counted in a period and what the meters of the rooms behind it did."""

    use: Decimal | None
    """None: the master meter was not read in the period."""
    rooms: Decimal
    unread: int
    """Meters of rooms without a reading in the period: what they used is counted as shared."""

    @property
    def shared(self) -> Decimal | None:
        return None if self.use is None else self.use - self.rooms


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """What a charge is held against: the pool, who takes part in the period, what was charged before."""

    pool: PoolFacts
    period: Period | None
    members: tuple[Member, ...]
    master: MasterUse | None
    charged: tuple[Period, ...]
    """Periods of standing charges, in order."""

    @property
    def next_start(self) -> date:
        """The day on which the next period begins."""
        return self.charged[-1].end + ONE_DAY if self.charged else self.pool.valid_from


def charge_problems(form: ChargeForm, facts: ChargeFacts, today: date) -> dict[str, str]:
    """What is still to be mended of a charge: dates that overlap or leave a gap, a sum that cannot be."""
    problems = _period_problems(form, facts, today)
    if facts.pool.source is PoolSource.INVOICE:
        if form.amount is None or form.amount <= NIL:
            problems["amount"] = "填发票金额，大于 0"
        elif form.amount > MOST:
            problems["amount"] = "金额太大：看看是不是多写了几位"
        if len(form.invoice) > INVOICE_LIMIT:
            problems["invoice"] = f"最多 {INVOICE_LIMIT} 个字"
    else:
        if form.unit_price is None or not 0 < form.unit_price < 10_000:
            problems["unit_price"] = "填单价，大于 0"
        elif form.unit_price != round(form.unit_price, 6):
            problems["unit_price"] = "单价最多六位小数"
        if not problems and (facts.master is None or facts.master.use is None):
            problems["amount"] = "总表在这一期没有抄表读数：先到「抄表」录总表"
        elif facts.master is not None and facts.master.shared is not None and facts.master.shared < 0:
            problems["amount"] = f"分表合计比总表多 {-facts.master.shared.normalize():f}：核对读数和日期"
    if not problems and not facts.members:
        problems["amount"] = "这一期没有参加分摊的房间"
    return problems


def _period_problems(form: ChargeForm, facts: ChargeFacts, today: date) -> dict[str, str]:
    if form.start is None or form.end is None:
        return {"start" if form.start is None else "end": "填这一期的起止日期"}
    if form.end < form.start:
        return {"end": "止日早于起日：改成起日之后"}
    if form.end > today:
        return {"end": f"这一期到 {form.end:%m-%d} 才结束：结束后再录"}
    pool, period = facts.pool, Period(form.start, form.end)
    if form.start < pool.valid_from:
        return {"start": f"这项公摊从 {pool.valid_from} 起"}
    if pool.valid_to is not None and form.end > pool.valid_to:
        return {"end": f"这项公摊到 {pool.valid_to} 止"}
    for known in facts.charged:
        if known.overlaps(period):
            return {"start": f"{known.start} 至 {known.end} 已经录过：错了先冲销那一期"}
    before = [known for known in facts.charged if known.end < form.start]
    after = [known for known in facts.charged if known.start > form.end]
    if before and before[-1].end + ONE_DAY != form.start:
        return {"start": f"上一期到 {before[-1].end}，中间漏了几天：从 {before[-1].end + ONE_DAY} 开始"}
    if after and form.end + ONE_DAY != after[0].start:
        return {"end": f"下一期从 {after[0].start} 开始，中间漏了几天：到 {after[0].start - ONE_DAY} 为止"}
    return {}


def amount_of(form: ChargeForm, facts: ChargeFacts) -> Money | None:
    """The sum that a form stands for; None while it cannot be told."""
    if facts.pool.source is PoolSource.INVOICE:
        return form.amount
    master = facts.master
    if master is None or master.use is None or form.unit_price is None:
        return None
    try:
        return apportioning.pool_amount(master.use, [master.rooms], form.unit_price)
    except DomainError:
        return None


# ---- acts ---------------------------------------------------------------------------------------------------------


@needs(Right.POST_BILLS)
def enter_charge(work: Work, form: ChargeForm) -> UUID:
    """The sum of a period of a shared cost; the bill run makes bills of it. Raises ProblemsFound."""
    work.take(SharedPool, form.pool_id)  # two who enter one period at once come one after the other
    facts = facts_for(work, form.pool_id, form.start, form.end)
    problems = charge_problems(form, facts, work.world.today())
    amount = amount_of(form, facts)
    if not problems and (amount is None or amount <= NIL):
        problems = {"amount": "总表减分表没有剩下用量：这一期不用分摊"}
    if problems:
        raise ProblemsFound(problems)
    assert amount is not None
    assert facts.period is not None
    pool_split.split(facts.pool, facts.members, amount)  # says now that nobody could bear it, not in the bill run
    told: dict[str, str] = {}
    if facts.pool.source is PoolSource.INVOICE:
        told = {"invoice": form.invoice.strip()} if form.invoice.strip() else {}
    elif facts.master is not None:
        counted = {"master_use": facts.master.use, "sub_use": facts.master.rooms, "price": form.unit_price}
        told = {name: f"{value.normalize():f}" for name, value in counted.items() if value is not None}
    charge = work.add(
        PoolCharge(
            pool_id=form.pool_id, period_start=facts.period.start, period_end=facts.period.end, amount=amount,
            facts=told, reverses_id=None,
        )
    )  # fmt: skip
    work.subject_id("shared_pool", form.pool_id)
    work.record(charged=f"{facts.period.start} 至 {facts.period.end}")
    return charge.id


@needs(Right.POST_BILLS)
def reverse_charge(work: Work, charge_id: UUID, reason: str) -> None:
    """A wrong sum is reversed by a row of its own; the period may be entered anew. Raises ProblemsFound, NotFound."""
    charge = work.session.get(PoolCharge, charge_id)
    if charge is None:
        raise NotFound("这一期公摊")
    work.take(SharedPool, charge.pool_id)
    gone = sa.select(PoolCharge.id).where(PoolCharge.reverses_id == charge_id)
    if charge.reverses_id is not None or work.session.scalar(gone) is not None:
        raise DomainError("这一期已经冲销过：刷新（F5）看一眼")
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明为什么冲销，例如 发票抄错"})
    work.add(
        PoolCharge(
            pool_id=charge.pool_id, period_start=charge.period_start, period_end=charge.period_end,
            amount=-charge.amount, facts={"reason": reason.strip()}, reverses_id=charge_id,
        )
    )  # fmt: skip
    work.subject_id("shared_pool", charge.pool_id)
    work.record(reversed=f"{charge.period_start} 至 {charge.period_end}", reason=reason.strip())


# ---- reading ------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def charge_facts(look: Look, pool_id: UUID, start: date | None = None, end: date | None = None) -> ChargeFacts:
    """What a charge of a period would be split on; without a period only what was charged before."""
    return facts_for(look, pool_id, start, end)


@part
def facts_for(look: Look, pool_id: UUID, start: date | None, end: date | None) -> ChargeFacts:
    """`charge_facts` inside an act."""
    pool = pool_split.pool_facts(look, pool_id)
    charged = tuple(charged_periods(look, pool_id))
    if start is None or end is None or end < start:
        return ChargeFacts(pool, None, (), None, charged)
    period = Period(start, end)
    members = tuple(pool_split.members_of(look, pool, period))
    master = master_use(look, pool, members, period) if pool.source is PoolSource.MASTER_METER else None
    return ChargeFacts(pool, period, members, master, charged)


@part
def master_use(look: Look, pool: PoolFacts, members: Sequence[Member], period: Period) -> MasterUse:
    """What the master meter counted in a period and the meters of the rooms behind it: those of the members, or of the
    building."""
    known = meter_facts_of(look, [pool.master_meter_id]) if pool.master_meter_id is not None else {}
    if not known:
        return MasterUse(None, Decimal(0), 0)
    (master,) = known.values()
    counted = [use for use in uses_of_period(look, known, period) if not use.trouble]
    behind = meters_of_rooms(look, pool.building_id or master.building_id, master.kind)
    if pool.by_members:
        rooms = {member.room_id for member in members}
        behind = {meter_id: facts for meter_id, facts in behind.items() if facts.room_id in rooms}
    used, read = Decimal(0), set()
    for use in uses_of_period(look, behind, period):
        used += use.use
        read.add(use.meter_id)
    unread = sum(
        facts.removed_on is None and facts.installed_on <= period.end and meter_id not in read
        for meter_id, facts in behind.items()
    )
    return MasterUse(sum((use.use for use in counted), Decimal(0)) if counted else None, used, unread)


@part
def charged_periods(look: Look, pool_id: UUID) -> list[Period]:
    """The periods of the standing charges of a pool, in order."""
    gone = sa.select(PoolCharge.reverses_id).where(PoolCharge.reverses_id.is_not(None))
    rows = look.session.execute(
        sa.select(PoolCharge.period_start, PoolCharge.period_end)
        .where(PoolCharge.pool_id == pool_id, PoolCharge.reverses_id.is_(None), PoolCharge.id.not_in(gone))
        .order_by(PoolCharge.period_start)
    )
    return [Period(*row) for row in rows]
