"""Moving a deposit 押金: what a clerk asks for, what it comes to, and what is still to be mended. Plain arithmetic.

`sums_of` and the `…_problems` are asked by the dialog with every key and again inside the act, over locked rows: what
was shown is what is posted. Law: deductions need a ground in the contract (Order 812 art. 10), normal wear is never one
(Civil Code 710).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from desktop.models.values import LIABILITY_FEES, NIL, FeeType, LeaseState, Money, PayMethod, total
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError
from desktop.services.payments import NEEDS_REFERENCE

MOVABLE = frozenset({FeeType.DEPOSIT, FeeType.KEY_DEPOSIT})
"""Earnest money and advances end with their reservation (`services.reservations`)."""
CHARGEABLE = tuple(fee for fee in (FeeType.DAMAGE, *FeeType) if fee not in LIABILITY_FEES)
"""What a deduction may be billed as, each once; damage first."""
MOST_FILES = 9
_NUMBER = "[0-9〇零一二三四五六七八九十百]+"
_CLAUSE = re.compile(rf"第\s*{_NUMBER}\s*[条款项]|(?<![0-9.])[0-9]{{1,2}}\.[0-9]{{1,2}}(?![0-9.])")


class Cause(StrEnum):
    """Why something is taken off a deposit."""

    DAMAGE = "damage"
    KEYS = "keys"
    ARREARS = "arrears"
    OTHER = "other"
    WEAR = "wear"
    """Normal wear, which is not chargeable: named, so that it can be refused in words."""


CAUSE_WORDS = {
    Cause.DAMAGE: "损坏赔偿", Cause.KEYS: "钥匙门卡未还", Cause.ARREARS: "抵未付账单",
    Cause.OTHER: "合同约定的其他情形", Cause.WEAR: "正常损耗",
}  # fmt: skip
_PROVED = frozenset({Cause.DAMAGE, Cause.OTHER})
"""Causes that somebody must be able to show: a photo, an inspection sheet, a repair bill."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who paid on a deposit, how much, and what of it went back to them."""

    party_id: UUID
    name: str
    paid: Money
    returned: Money = NIL

    @property
    def left(self) -> Money:
        """What may still go back to them."""
        return max(self.paid - self.returned, NIL)


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill of the tenant with something open: a debt, or the next deposit."""

    bill_id: UUID
    title: str
    room: str
    due: date
    owed: Money


@dataclass(frozen=True, slots=True)
class DepositFacts:
    """One deposit bill and what may become of it, as it stands now. `held` = `received` − `moved`."""

    bill_id: UUID
    fee_type: FeeType
    title: str
    debtor_id: UUID
    debtor: str
    lease_id: UUID | None
    lease_number: str
    lease_state: LeaseState | None
    room_id: UUID | None
    room: str
    billed: Money
    owed: Money
    """Asked for and not yet paid; negative: a settlement that was taken back left so much to pay out."""
    received: Money
    moved: Money
    moved_out_on: date | None
    refund_due: date | None
    """By when it must be back with the tenant; None: they have not moved out."""
    payers: tuple[Payer, ...] = ()
    debts: tuple[OpenBill, ...] = ()
    """Bills of the tenant it may be set off against, the oldest first."""
    next_deposits: tuple[OpenBill, ...] = ()
    """Open deposit bills of other leases of the tenant."""
    proof_needed: bool = True
    """The office wants a photo or file with each deduction for damage."""

    @property
    def held(self) -> Money:
        """What the office holds of it 在管."""
        return self.received - self.moved

    @property
    def movable(self) -> bool:
        return self.fee_type in MOVABLE

    @property
    def stays(self) -> bool:
        """The tenant lives there, or is to: nothing is to go back yet."""
        return self.lease_state in (LeaseState.DRAFT, LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE)

    def overdue_days(self, today: date) -> int:
        """Days past the day on which what is held should have gone back; 0 otherwise."""
        if self.refund_due is None or self.held <= NIL:
            return 0
        return max(0, (today - self.refund_due).days)


@dataclass(frozen=True, slots=True)
class MoveSums:
    """What a move comes to: of what is held, so much leaves it, and where it goes."""

    held: Money
    moved: Money
    pays: tuple[tuple[UUID, Money], ...] = ()
    """(open bill, how much of it is paid), in order; of a bill that the move itself makes nothing stands here."""
    paid_out: Money = NIL

    @property
    def left(self) -> Money:
        return self.held - self.moved


class DepositChanged(DomainError):
    """Money moved since the clerk looked. `shown` is what she saw, `now` what stands."""

    def __init__(self, shown: MoveSums, now: MoveSums) -> None:
        told = []
        if shown.held != now.held:
            told.append(f"在管由 {shown.held} 变为 {now.held}")
        before, after = total(fen for _, fen in shown.pays), total(fen for _, fen in now.pays)
        if before != after:
            told.append(f"可抵的账单由 {before} 变为 {after}")
        elif shown.pays != now.pays:
            told.append("要抵的账单有了变化")
        what = "，".join(told) or "金额有了变化"
        super().__init__(f"这笔押金刚有人动过，{what}：没有办理，按新的金额核对后再办", "amount")
        self.shown = shown
        self.now = now


# ---- what is asked for -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deduct:
    """扣: take something off. `against` are open bills that it pays; without any a bill of `fee` is made for it."""

    bill_id: UUID
    amount: Money
    cause: Cause | None
    reason: str
    clause: str
    """Where the contract allows it: 「6.3 …」, 「第七条」."""
    fee: FeeType = FeeType.DAMAGE
    against: tuple[UUID, ...] = ()
    evidence: tuple[FileForm, ...] = ()
    shown: MoveSums | None = None
    """The sums on the clerk's screen; None: nobody looked."""


@dataclass(frozen=True, slots=True)
class Refund:
    """退: pay it back, to whoever paid it, or to somebody whom they authorised in writing."""

    bill_id: UUID
    amount: Money
    payee_id: UUID | None
    method: PayMethod = PayMethod.CASH
    reference: str = ""
    reason: str = ""
    authority: str = ""
    """The written authority: its day, who gave it, where it lies."""
    authority_files: tuple[FileForm, ...] = ()
    shown: MoveSums | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """转: to the deposit of the tenant's next lease (renewal, room change)."""

    bill_id: UUID
    amount: Money
    to_bill_id: UUID | None
    reason: str = ""
    shown: MoveSums | None = None


@dataclass(frozen=True, slots=True)
class Forfeit:
    """没收: it stays with the office, as income, for a breach that the contract names."""

    bill_id: UUID
    amount: Money
    reason: str
    clause: str
    evidence: tuple[FileForm, ...] = ()
    shown: MoveSums | None = None


Move = Deduct | Refund | Transfer | Forfeit


# ---- what it comes to ----------------------------------------------------------------------------------------------


def sums_of(request: Move, facts: DepositFacts) -> MoveSums:
    """What a move would come to, from what stands now."""
    if isinstance(request, Refund):
        return MoveSums(facts.held, request.amount, paid_out=request.amount)
    if isinstance(request, Transfer):
        target = _found(facts.next_deposits, (request.to_bill_id,))
        return MoveSums(facts.held, request.amount, _spread(target, request.amount))
    if isinstance(request, Deduct) and request.against:
        return MoveSums(facts.held, request.amount, _spread(_found(facts.debts, request.against), request.amount))
    return MoveSums(facts.held, request.amount)


def _found(bills: Sequence[OpenBill], ids: Sequence[UUID | None]) -> list[OpenBill]:
    return [bill for bill in bills if bill.bill_id in ids]


def _spread(bills: Sequence[OpenBill], amount: Money) -> tuple[tuple[UUID, Money], ...]:
    pays, left = [], amount
    for bill in bills:
        use = min(left, bill.owed)
        if use > NIL:
            pays.append((bill.bill_id, use))
            left -= use
    return tuple(pays)


# ---- what is still to be mended ------------------------------------------------------------------------------------


def move_problems(request: Move, facts: DepositFacts) -> dict[str, str]:
    """What is to be mended, by field; empty when the move may be made."""
    if not facts.movable:
        return {"amount": "定金和订金在预订里处理：打开那份预订，选退还、不退或双倍返还"}
    if isinstance(request, Deduct):
        return _deduct_problems(request, facts)
    if isinstance(request, Refund):
        return _refund_problems(request, facts)
    if isinstance(request, Transfer):
        return _transfer_problems(request, facts)
    return _amount_problems(request.amount, facts, "没收") | _ground_problems(request.reason, request.clause)


def _amount_problems(amount: Money, facts: DepositFacts, verb: str) -> dict[str, str]:
    if facts.held <= NIL:
        return {"amount": "这笔押金已经没有在管的钱：到列表里看它去了哪里"}
    if amount <= NIL:
        return {"amount": f"填写{verb}多少，要大于 0"}
    if amount > facts.held:
        return {"amount": f"{verb} {amount} 超过在管的 {facts.held}：改成 {facts.held} 或更少"}
    return {}


def _ground_problems(reason: str, clause: str) -> dict[str, str]:
    found = {}
    if len(reason.strip()) < 2:
        found["reason"] = "写明原因，例如 客厅墙面被砸破 20 厘米"
    if trouble := clause_problem(clause):
        found["clause"] = trouble
    return found


def clause_problem(clause: str) -> str:
    """What is wrong with the ground of a deduction; empty when it names a place of the contract."""
    if not clause.strip():
        return "选合同里的条款：没有约定的不能扣（《住房租赁条例》第十条）"
    if not _CLAUSE.search(clause):
        return "写出条号，例如 第七条 或 6.3"
    return ""


def _deduct_problems(request: Deduct, facts: DepositFacts) -> dict[str, str]:
    found: dict[str, str] = {}
    if request.cause is None:
        found["cause"] = "先选扣款原因"
    elif request.cause is Cause.WEAR:
        found["cause"] = "正常使用的损耗不能扣（《民法典》第七百一十条）：确是损坏就选损坏赔偿，并附证据"
    found |= _ground_problems(request.reason, request.clause) | _amount_problems(request.amount, facts, "扣")
    if request.cause is Cause.ARREARS or request.against:
        found |= _debt_problems(request, facts)
    elif request.fee in LIABILITY_FEES:
        found["fee"] = "扣下的钱不能再记成押金：选赔偿金或别的费用"
    if request.cause in _PROVED and not request.against and facts.proof_needed and not request.evidence:
        found["evidence"] = "附上照片、验房单或维修单：扣赔偿要有凭据"
    if len(request.evidence) > MOST_FILES:
        found["evidence"] = f"最多附 {MOST_FILES} 个文件：去掉几个"
    return found


def _debt_problems(request: Deduct, facts: DepositFacts) -> dict[str, str]:
    chosen = _found(facts.debts, request.against)
    if not facts.debts:
        return {"against": "这位租客没有未付的账单：换一个扣款原因"}
    if not request.against:
        return {"against": "勾选要抵的账单"}
    if len(chosen) != len(set(request.against)):
        return {"against": "有账单刚被收过款或撤销：重新勾选"}
    if request.amount > (owed := total(bill.owed for bill in chosen)):
        return {"amount": f"勾选的账单一共未付 {owed}：改成 {owed} 或更少"}
    return {}


def _refund_problems(request: Refund, facts: DepositFacts) -> dict[str, str]:
    found: dict[str, str] = {}
    payer = next((each for each in facts.payers if each.party_id == request.payee_id), None)
    if request.payee_id is None:
        found["payee"] = "选好退给谁：原交款人，或有书面委托的人"
    if request.amount > facts.held > NIL:
        found["amount"] = f"退 {request.amount} 超过收了还在管的 {facts.held}：最多退 {facts.held}"
    else:
        found |= _amount_problems(request.amount, facts, "退")
    if request.payee_id is not None and not found:
        found |= _payee_problems(request, payer)
    if request.method in NEEDS_REFERENCE and not request.reference.strip():
        found["reference"] = "填写退款的流水号或单号后几位，日后好对账"
    return found


def _payee_problems(request: Refund, payer: Payer | None) -> dict[str, str]:
    if payer is not None and request.amount <= payer.left:
        return {}
    written = len(request.authority.strip()) >= 4
    if written and request.authority_files:
        return {}
    if payer is not None:
        words = f"{payer.name}付了 {payer.paid}，还能退 {payer.left}：改少，或附其他付款人的书面授权"
        return {"amount": words}
    if not written:
        return {"authority": "只能退给原付款人；退给别人要有书面授权：写明谁、哪天、授权退给谁"}
    return {"authority_files": "附上书面授权的照片或扫描件"}


def _transfer_problems(request: Transfer, facts: DepositFacts) -> dict[str, str]:
    if not facts.next_deposits:
        return {"to_bill": "这位租客没有待交押金的新租约：先办好续租或换房的租约"}
    target = next((bill for bill in facts.next_deposits if bill.bill_id == request.to_bill_id), None)
    if target is None:
        return {"to_bill": "选转到哪张押金账单"}
    if found := _amount_problems(request.amount, facts, "转"):
        return found
    if request.amount > target.owed:
        return {"amount": f"那张押金账单只差 {target.owed}：改成 {target.owed} 或更少"}
    return {}


def move_doubts(request: Move, facts: DepositFacts) -> dict[str, str]:
    """What a clerk should have seen before she goes on; none of it stops her."""
    found: dict[str, str] = {}
    if isinstance(request, Refund):
        if facts.stays:
            found["amount"] = "租约还没有退租：现在退，押金就不在管了"
        elif debts := total(bill.owed for bill in facts.debts):
            found["amount"] = f"这位租客还有 {debts} 未付：可以先用押金抵账"
    return found


# ---- words ---------------------------------------------------------------------------------------------------------


TITLES = {Deduct: "押金扣款单", Refund: "押金退还单", Transfer: "押金转存单", Forfeit: "押金不退单"}
"""What the paper of a move is called."""


def paper_words(request: Move, to: str = "") -> str:
    """What the paper says beside the figures: the reason, and the clause it rests on; `to` where it goes."""
    if isinstance(request, Deduct):
        cause = CAUSE_WORDS[request.cause] if request.cause is not None else "扣款"
        return f"{cause}：{request.reason.strip()}；依据合同 {request.clause.strip()}"
    if isinstance(request, Forfeit):
        return f"押金不退：{request.reason.strip()}；依据合同 {request.clause.strip()}"
    if isinstance(request, Transfer):
        return "；".join(filter(None, (f"转作 {to} 的押金" if to else "转作新租约的押金", request.reason.strip())))
    authority = f"凭书面授权：{request.authority.strip()}" if request.authority.strip() else ""
    return "；".join(filter(None, ("退还押金", request.reason.strip(), authority)))
