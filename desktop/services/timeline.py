"""The stream of what happened around a party, lease or room: acts, payments, prints and reveals in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.payments import Allocation, Payment, Receipt
from desktop.models.trust import AuditEntry
from desktop.models.values import Right
from desktop.services.acts import OP_WORDS, Op
from desktop.services.rights import needs, part
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

MOST = 60


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened."""

    at: datetime
    """In the office's zone."""
    op: str
    title: str
    detail: str
    who: str
    subject_table: str
    subject_id: UUID


@needs(Right.SEE_PARTIES)
def party_timeline(look: Look, party_id: UUID) -> list[TimelineEntry]:
    """Everything around a party: registration, leases, payments, prints, reveals; the latest first."""
    session = look.session
    leases = session.scalars(sa.select(LeaseParty.lease_id).where(LeaseParty.party_id == party_id)).all()
    payments = session.scalars(sa.select(Payment.id).where(Payment.payer_id == party_id)).all()
    return of_subjects(look, [party_id, *leases, *payments], MOST)


@needs(Right.SEE_LEASES)
def lease_timeline(look: Look, lease_id: UUID) -> list[TimelineEntry]:
    """Everything around a lease."""
    return of_subjects(look, [lease_id, *payments_on(look, Bill.lease_id == lease_id)], MOST)


@needs(Right.SEE_BOARD)
def room_timeline(look: Look, room_id: UUID) -> list[TimelineEntry]:
    """Everything around a room: its own changes, the leases it was under, and what was paid for it."""
    leases = look.session.scalars(
        sa.select(Lease.id).join(LeaseRoom, LeaseRoom.lease_id == Lease.id).where(LeaseRoom.room_id == room_id)
    ).all()
    payments = payments_on(look, Bill.room_id == room_id) if Right.SEE_BILLS in look.actor.rights else []
    return of_subjects(look, [room_id, *leases, *payments], MOST)


@part
def payments_on(look: Look, which: sa.ColumnElement[bool], limit: int = 200) -> list[UUID]:
    """The latest payments that paid on certain bills."""
    return list(
        look.session.scalars(
            sa.select(Payment.id)
            .where(
                Payment.id.in_(sa.select(Allocation.payment_id).join(Bill, Bill.id == Allocation.bill_id).where(which))
            )
            .order_by(Payment.id.desc())
            .limit(limit)
        )
    )


@part
def last_act(look: Look, subject_id: UUID) -> tuple[str, str]:
    """(who, when) of the latest act on a row, in words: 周砚秋, 今天 14:30. Empty when nobody is known."""
    found = look.session.execute(
        sa.select(AuditEntry.at, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.n.desc())
        .limit(1)
    ).first()
    if found is None:
        return "", ""
    at = found.at.astimezone(OFFICE_ZONE)
    same_day = at.date() == look.world.today()
    return found.name or "程序", f"今天 {at:%H:%M}" if same_day else f"{at:%m-%d %H:%M}"


@part
def of_subjects(look: Look, subjects: Sequence[UUID], limit: int) -> list[TimelineEntry]:
    """The latest acts on any of these rows."""
    session = look.session
    found = session.execute(
        sa.select(AuditEntry, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_id.in_(list(subjects)))
        .order_by(AuditEntry.n.desc())
        .limit(limit)
    ).all()
    payments = [entry.subject_id for entry, _ in found if entry.subject_table == "payment"]
    receipts = {
        row.payment_id: (row.number, row.amount)
        for row in session.execute(
            sa.select(Receipt.payment_id, Receipt.number, Payment.amount)
            .join(Payment, Payment.id == Receipt.payment_id)
            .where(Receipt.payment_id.in_(payments))
        )
    }
    rows = []
    for entry, name in found:
        if entry.subject_id is None:
            continue
        title = OP_WORDS.get(Op(entry.op), entry.op) if entry.op in set(Op) else entry.op
        detail = name or "程序"
        if entry.subject_table == "payment" and entry.subject_id in receipts:
            number, amount = receipts[entry.subject_id]
            title = f"{title} {amount}" if entry.op == Op.TAKE_PAYMENT else title
            detail = f"{number} · {detail}"
        if entry.op == Op.REVEAL and "field" in entry.facts:
            title = f"查看{_FIELD_WORDS.get(entry.facts['field'], '原文')}"
        if entry.op == Op.PRINT_PAPER:
            ordinal = entry.facts.get("ordinal", 0)
            title = f"打印{_PAPER_WORDS.get(entry.facts.get('paper', ''), '')}" + (
                f"（补打 {ordinal}）" if ordinal else ""
            )
        if entry.op in (Op.CHANGE_PLACE, Op.CHANGE_LEASE, Op.CHANGE_PARTY):
            title = next((words for fact, words in _FACT_WORDS.items() if _holds(entry.facts, fact)), title)
        if entry.facts.get("reason") and entry.op in (Op.REVERSE_PAYMENT, Op.CHANGE_LEASE):
            detail = f"{entry.facts['reason']} · {detail}"
        rows.append(
            TimelineEntry(
                entry.at.astimezone(OFFICE_ZONE), entry.op, title, detail, name or "程序", entry.subject_table or "",
                entry.subject_id,
            )
        )  # fmt: skip
    return rows


_FIELD_WORDS = {
    "contact.value": "联系方式原文",
    "person_document.number": "证件号原文",
    "person_document.address": "证件地址原文",
    "bank_account.number": "银行账号原文",
    "bank_account.holder": "开户人原文",
    "stored_file.lease_pdf": "租约原件",
}
_FACT_WORDS = {
    ("moved_in", True): "交房入住",
    ("clean", True): "标记已打扫",
    ("clean", False): "标记待打扫",
    ("closed", "repair"): "转为维修",
    ("closed", "out_of_use"): "转为停用",
    ("reopened", True): "恢复使用",
    ("undone", True): "撤销资料修改",
    ("bank", True): "登记退款账户",
    ("bank", False): "撤回账户同意",
    ("relation", ...): "添加关联人",
    ("notice", True): "登记退租通知",
    ("notice", False): "撤回退租通知",
    ("taken_back_fen", ...): "撤销租约",
    ("keys_back", ...): "办理搬离",
    ("returned_fen", ...): "退租结算",
    ("closed", True): "租约结案",
}
"""What an act did, where its own name says too little; `...` stands for any value."""


def _holds(facts: Mapping[str, Any], fact: tuple[str, Any]) -> bool:
    name, value = fact
    return name in facts and (value is ... or facts[name] == value)


_PAPER_WORDS = {"receipt": "收据", "lease": "租约", "notice": "告知书"}
