"""Renewing a lease 续租: what a clerk asks for, what it comes to, and what is still to be mended. Plain arithmetic.

`sums_of` and the `…_problems` are asked by the dialog with every key and again inside the act (`renewals`), over locked
rows: what was shown is what is posted. Law: a renewal may run 20 years from the day on which it is agreed (Civil Code
705); a guarantor answers for what they agreed to, and agrees anew in writing (695).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from desktop.models.values import NIL, FeeType, LeaseState, Money, PayMethod, Period, total
from desktop.services.deposit_forms import Payer
from desktop.services.errors import DomainError
from desktop.services.lease_bills import OVER, BillChange, LeaseBill, changes
from desktop.services.lease_limits import DEFAULT_RULES, LimitRules, limits
from desktop.services.lease_terms import MAX_YEARS, LeaseTerms, end_after
from desktop.services.leases import LeaseRow
from desktop.services.payments import NEEDS_REFERENCE
from desktop.services.problems import Level
from desktop.services.proration import ONE_DAY
from desktop.services.rent_discounts import LoyalRents
from desktop.services.schedule import PlannedBill, due_at_signing, plan_bills
from desktop.services.stays import stayed_until

USUAL_MONTHS = 12
LONGEST_GAP = 366
"""Days between the old end and the new beginning; more was a slip of the year."""
DEPOSITS = (FeeType.DEPOSIT, FeeType.KEY_DEPOSIT)


@dataclass(frozen=True, slots=True)
class OldDeposit:
    """A deposit bill of the lease that ends: what is held of it, and what was never paid."""

    bill_id: UUID
    fee_type: FeeType
    held: Money
    owed: Money
    payers: tuple[Payer, ...] = ()


@dataclass(frozen=True, slots=True)
class RenewalFacts:
    """The lease that is to be renewed, as it stands now."""

    row: LeaseRow
    terms: LeaseTerms
    today: date
    rules: LimitRules = DEFAULT_RULES
    deposits: tuple[OldDeposit, ...] = ()
    bills: tuple[LeaseBill, ...] = ()
    """Posted for days of the lease, and for a stay past its end."""
    guarantors: tuple[str, ...] = ()
    owed: Money = NIL
    """Open of the lease beside its deposits, due or not."""
    notice_on: date | None = None
    taken: tuple[tuple[Period, str], ...] = ()
    """Other leases on the room, in order, and whose."""
    reserved: tuple[tuple[date, date, str], ...] = ()
    """(from when, held until, for whom) of reservations of others that hold the room today."""
    renewals: int = 0
    """How many times the tenancy was renewed before."""
    loyal: LoyalRents = field(default_factory=LoyalRents)
    area: Decimal | None = None
    """m² of the room, for a property fee that was not collected before."""

    @property
    def usual_start(self) -> date:
        """The day after the old end."""
        return self.terms.end + ONE_DAY


@dataclass(frozen=True, slots=True)
class Renewal:
    """A lease renewed by another one. `terms` are those of the new lease."""

    lease_id: UUID
    terms: LeaseTerms
    guaranteed: bool = False
    """The guarantors have agreed in writing to stand surety for the new lease, too."""
    refund: PayMethod | None = None
    """How what is held above the new deposit goes back; None: it stays in hand on the old lease."""
    reference: str = ""
    shown: RenewalSums | None = None
    """What stood on the clerk's screen; None: nobody looked."""


@dataclass(frozen=True, slots=True)
class RenewalSums:
    """What a renewal comes to."""

    last: date
    """The last day of the old lease: the day before the new one begins."""
    bills: tuple[PlannedBill, ...]
    """Of the new lease, asked for at once: its deposits and first rent."""
    stays: tuple[PlannedBill, ...] = ()
    """For days between the old end and the new beginning."""
    changes: tuple[BillChange, ...] = ()
    """Posted bills for days that the new lease has."""
    moves: tuple[tuple[UUID, FeeType, Money], ...] = ()
    """(old deposit, kind, so much of it is carried over)."""
    backs: tuple[tuple[UUID, Money], ...] = ()
    """(old deposit, so much of it is held above the new one)."""
    waived: tuple[tuple[UUID, Money], ...] = ()
    """(old deposit, never paid of it): the new one is asked for in its place."""

    @property
    def moved(self) -> Money:
        return total(amount for _, _, amount in self.moves)

    @property
    def back(self) -> Money:
        return total(amount for _, amount in self.backs)

    @property
    def deposit(self) -> Money:
        """Deposits of the new lease."""
        return total(bill.money for bill in self.bills if bill.fee_type in DEPOSITS)

    @property
    def more(self) -> Money:
        """What is still to be paid as deposit."""
        return self.deposit - self.moved

    @property
    def corrected(self) -> Money:
        """What the changes add to what is owed; negative where less is asked."""
        return total(each.after - each.before for each in self.changes)

    @property
    def to_pay(self) -> Money:
        """What the tenant owes by the renewal, the deposit carried over taken off; negative: in their favour."""
        asked = total(bill.money for bill in (*self.bills, *self.stays))
        return asked + self.corrected - self.moved


class RenewalChanged(DomainError):
    """Money was taken or a bill posted since the clerk looked; `now` is what it comes to by now."""

    def __init__(self, shown: RenewalSums, now: RenewalSums) -> None:
        told = []
        if shown.moved != now.moved:
            told.append(f"转存押金由 {shown.moved} 变为 {now.moved}")
        if shown.to_pay != now.to_pay:
            told.append(f"要收的由 {shown.to_pay} 变为 {now.to_pay}")
        what = "，".join(told) or "账单有了变化"
        super().__init__(f"这份租约的账刚变过，{what}：没有办理，按新的金额核对后再按「续租」")
        self.shown = shown
        self.now = now


class AlreadyRenewed(DomainError):
    """Somebody was quicker; `number` is that of the new lease."""

    def __init__(self, number: str) -> None:
        super().__init__(f"这份租约已经续租，新合同号 {number}：打开新租约看看")
        self.number = number


# ---- what the form begins with -------------------------------------------------------------------------------------


def begin_with(facts: RenewalFacts) -> LeaseTerms:
    """The same terms for as long again from the day after the end: rent as it was last, deposits as agreed."""
    old, start = facts.terms, facts.usual_start
    keys = total(each.held + max(each.owed, NIL) for each in facts.deposits if each.fee_type is FeeType.KEY_DEPOSIT)
    return replace(
        old, start=start, end=end_after(start, months_of(old.period)), rent=old.rent_on(old.end), steps=(), free_days=0,
        deposit_months=None, key_deposit=max(keys, old.key_deposit),
    )  # fmt: skip


def months_of(period: Period) -> int:
    """The whole months of a lease; 12 where it is none."""
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    exact = [n for n in (months, months + 1) if n > 0 and end_after(period.start, n) == period.end]
    return exact[0] if exact else USUAL_MONTHS


def until(terms: LeaseTerms, last: date) -> LeaseTerms:
    """Terms that end earlier."""
    period = Period(terms.start, last)
    return replace(
        terms, end=last, steps=tuple(step for step in terms.steps if step.start <= last),
        free_days=min(terms.free_days, period.days),
    )  # fmt: skip


# ---- what it comes to ----------------------------------------------------------------------------------------------


def sums_of(form: Renewal, facts: RenewalFacts) -> RenewalSums:
    """What a renewal would post. Only where nothing is to be mended: impossible terms raise DomainError."""
    start, old = form.terms.start, facts.terms
    last = start - ONE_DAY
    bills = facts.loyal.earned(facts.renewals + 1, due_at_signing(plan_bills(form.terms), facts.today))
    # What is agreed today cannot have been due before, however early the new lease begins.
    bills = [replace(bill, due=max(bill.due, facts.today)) for bill in bills]
    own = [bill for bill in facts.bills if not bill.stays]
    over = [bill for bill in facts.bills if bill.stays]
    wanted = list[BillChange]()
    if last < old.end:
        cut = facts.loyal.earned(facts.renewals, plan_bills(until(old, last)))
        wanted += changes([bill for bill in own if bill.reach > last], {bill.source_key: bill for bill in cut})
    stay = {f"{OVER}{bill.source_key}": bill for bill in stayed_until(old, last)}
    wanted += changes(over, stay)
    known = {bill.key for bill in over}
    stays = tuple(replace(bill, due=max(bill.due, facts.today)) for key, bill in stay.items() if key not in known)
    return RenewalSums(last, tuple(bills), stays, tuple(wanted), *_deposits(form.terms, facts.deposits))


def _deposits(
    terms: LeaseTerms, deposits: Iterable[OldDeposit]
) -> tuple[
    tuple[tuple[UUID, FeeType, Money], ...], tuple[tuple[UUID, Money], ...], tuple[tuple[UUID, Money], ...]
]:  # fmt: skip
    """(carried over, held above the new ones, never paid)."""
    left = {FeeType.DEPOSIT: terms.deposit, FeeType.KEY_DEPOSIT: terms.key_deposit}
    moves, backs, waived = [], [], []
    for each in deposits:
        use = min(each.held, left[each.fee_type])
        if use > NIL:
            moves.append((each.bill_id, each.fee_type, use))
            left[each.fee_type] -= use
        if (rest := each.held - max(use, NIL)) > NIL:
            backs.append((each.bill_id, rest))
        if each.owed > NIL:
            waived.append((each.bill_id, each.owed))
    return tuple(moves), tuple(backs), tuple(waived)


# ---- what is still to be mended ------------------------------------------------------------------------------------


def renewal_problems(form: Renewal, facts: RenewalFacts) -> dict[str, str]:
    """What is to be mended, by field; empty when the lease may be renewed so."""
    terms = form.terms
    found = {remark.field: remark.text for remark in limits(terms, facts.rules) if remark.stops}
    if not found.keys() & {"start", "end"}:
        found |= _day_problems(terms, facts)
    if form.refund is not None and not found and (backs := sums_of(form, facts).backs):
        found |= _refund_problems(form, facts, backs)
    return found


def _day_problems(terms: LeaseTerms, facts: RenewalFacts) -> dict[str, str]:
    old = facts.terms
    if terms.start <= old.start:
        return {"start": f"原租约 {old.start} 才开始：新的起租日要在那之后"}
    if (terms.start - max(old.end, facts.today)).days > LONGEST_GAP:
        return {"start": f"离原租约到期太远：起租日通常是 {facts.usual_start}，请核对年份"}
    if terms.end > (latest := end_after(facts.today, MAX_YEARS * 12)):
        return {"end": f"续租从今天起最长 {MAX_YEARS} 年，超过的部分无效：到期日最晚 {latest}"}
    for period, name in facts.taken:
        if period.overlaps(terms.period):
            if period.start > terms.start:
                return {"end": f"这间房 {period.start} 起已租给{name}：到期日最晚 {period.start - ONE_DAY}"}
            return {"start": f"这间房 {period.start} 至 {period.end} 租给{name}：改起租日，或先处理那份租约"}
    for since, kept, name in facts.reserved:
        if since <= terms.end:
            words = f"这间房为{name}留到 {kept}，{since} 起要用：先结束那份预订"
            return {"end": words if since <= terms.start else f"{words}，或到期日最晚选 {since - ONE_DAY}"}
    return {}


def _refund_problems(form: Renewal, facts: RenewalFacts, backs: Iterable[tuple[UUID, Money]]) -> dict[str, str]:
    payers = {each.bill_id: each.payers for each in facts.deposits}
    for bill_id, amount in backs:
        if payer_of(payers[bill_id], amount) is None:
            return {"refund": "多出的押金是几个人付的：选「先留着」，再到押金页分别退"}
    if form.refund in NEEDS_REFERENCE and not form.reference.strip():
        return {"reference": "填写退款的流水号或单号后几位，日后好对账"}
    return {}


def payer_of(payers: Iterable[Payer], amount: Money) -> Payer | None:
    """To whom an amount goes back whole; None where no one of them paid so much."""
    return next((payer for payer in payers if payer.left >= amount), None)


def renewal_doubts(form: Renewal, facts: RenewalFacts) -> dict[str, str]:
    """What a clerk should have seen before she goes on; none of it stops her."""
    terms, old, found = form.terms, facts.terms, dict[str, str]()
    for remark in limits(terms, facts.rules):
        if remark.level is Level.WARN:
            found.setdefault(remark.field, remark.text)
    gap = (terms.start - facts.usual_start).days
    if gap > 0:
        found["start"] = f"{old.end} 到期，中间 {gap} 天按期满续住、原租金计租"
    elif gap < 0:
        found["start"] = f"原租约 {old.end} 到期：提前到 {terms.start - ONE_DAY} 止，之后已出的账单冲回或改短"
    if facts.row.state is LeaseState.NOTICE and facts.notice_on is not None:
        found.setdefault("start", f"租客 {facts.notice_on:%m-%d} 通知过要退租：续租后那个通知作废")
    if facts.guarantors and not form.guaranteed:
        names = "、".join(facts.guarantors)
        found["guaranteed"] = f"{names}不再为新租约担保：书面同意了就勾选"
    return found


def debt_words(facts: RenewalFacts) -> str:
    """What stands open of the old lease, which a renewal does not settle; empty when nothing does."""
    if facts.owed <= NIL:
        return ""
    return f"原租约还有 {facts.owed} 未付：续租不抵欠款，账单照旧在，建议先收清"


# ---- words -----------------------------------------------------------------------------------------------------------


def told(sums: RenewalSums, facts: RenewalFacts) -> list[str]:
    """What a renewal comes to, a line each: the deposit, what is asked for at once, old bills put right, debts."""
    lines = _deposit_words(sums)
    rents = [bill for bill in sums.bills if bill.fee_type not in DEPOSITS]
    if rents:
        first = min(bill.due for bill in rents)
        lines.append(f"首期 {total(bill.money for bill in rents)}，{first} 应缴" + _discount_words(rents))
    if sums.stays:
        days = (sums.last - facts.terms.end).days
        lines.append(f"期满续住 {days} 天 {total(bill.money for bill in sums.stays)}")
    if sums.changes:
        more = "多收" if sums.corrected > NIL else "少收"
        lines.append(f"原租约改 {len(sums.changes)} 张已出的账单，{more} {abs(sums.corrected)}")
    return [*lines, *filter(None, (debt_words(facts),))]


def _deposit_words(sums: RenewalSums) -> list[str]:
    if not sums.deposit and not sums.back:
        return []
    words = f"押金 {sums.moved} 转到新租约，不用再交" if sums.moved else "原租约没有收过押金"
    if sums.more:
        words += f"；补押金 {sums.more}"
    if sums.back:
        words += f"；多出 {sums.back}"
    return [words]


def _discount_words(bills: Iterable[PlannedBill]) -> str:
    off = {line.note: line.money for bill in bills for line in bill.lines if line.money < NIL and line.note}
    return f"（已减{'、'.join(off)} {-total(off.values())}）" if off else ""


def differences(terms: LeaseTerms, old: LeaseTerms) -> Iterator[tuple[str, str]]:
    """(field, what is other there than in the old lease): 原 1,860.00，涨 140.00（7.5%）; of the same nothing."""
    before = old.rent_on(old.end)
    for name, now, was in (
        ("rent", terms.rent, before), ("deposit", terms.deposit, old.deposit),
        ("key_deposit", terms.key_deposit, old.key_deposit),
    ):  # fmt: skip
        if now != was:
            yield name, f"原 {was}，{'涨' if now > was else '降'} {abs(now - was)}{_percent(now, was)}"
    if terms.cycle_months != old.cycle_months:
        yield "pay_choice", f"原来每 {old.cycle_months} 个月一期"
    if terms.property_price != old.property_price:
        yield "property_price", "原来含在租金内" if old.property_price is None else f"原 {old.property_price:f}"
    if terms.start != old.end + ONE_DAY:
        yield "start", f"原租约 {old.end} 到期"


def _percent(now: Money, was: Money) -> str:
    return f"（{abs(now - was).fen * 100 / was.fen:.1f}%）" if was.fen else ""
