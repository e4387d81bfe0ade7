"""One stream of what happened around a party, lease or room 往来记录: leases, money, talks, repairs, prints, reveals.

Each strand is read from where it is kept (payments from payments, talks from notes, the rest from the audit log), so a
payment taken in bulk stands here like any other. Pages are cut by time: ask again with `before` of the oldest entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill, BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.notes import Note
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, PrintEvent, Receipt
from desktop.models.places import RoomOrigin
from desktop.models.trust import AuditEntry, FieldChange
from desktop.models.values import NIL, Right
from desktop.models.work_orders import WorkOrder
from desktop.services.acts import OP_WORDS, Op
from desktop.services.bill_codes import PAPER
from desktop.services.notes import form_of, headline
from desktop.services.rights import needs, part
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

MOST = 60


class Strand(StrEnum):
    """What a page of the stream may be narrowed to."""

    TALKS = "talks"
    MONEY = "money"
    LEASES = "leases"
    REPAIRS = "repairs"
    PAPERS = "papers"
    """Printed, revealed, stored."""


STRAND_WORDS = {
    Strand.TALKS: "沟通", Strand.MONEY: "收付", Strand.LEASES: "租约资料", Strand.REPAIRS: "报修",
    Strand.PAPERS: "打印查看",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimelineAsk:
    """Which part of the stream: one strand or all (None), older than `before`, at most so many."""

    strand: Strand | None = None
    before: datetime | None = None
    limit: int = MOST


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
    strand: Strand = Strand.LEASES
    note_id: UUID | None = None
    """A note: it may be opened and corrected."""
    key: str = ""
    """Stands still while the stream is read again."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What belongs to a person, lease or room."""

    subjects: tuple[UUID, ...]
    payments: sa.ColumnElement[bool] | None
    notes: sa.ColumnElement[bool] | None
    repairs: sa.ColumnElement[bool] | None
    also: tuple[sa.ColumnElement[bool], ...] = ()
    """Acts that are about something else and belong here, too."""
    bills: sa.ColumnElement[bool] | None = None
    """Bills (in bill_balance) whose notices are told of."""


@needs(Right.SEE_PARTIES)
def party_timeline(look: Look, party_id: UUID, ask: TimelineAsk | None = None) -> list[TimelineEntry]:
    """Everything around a party; the latest first."""
    leases = _ids(look, sa.select(LeaseParty.lease_id).where(LeaseParty.party_id == party_id))
    return _stream(
        look,
        _Around(
            (party_id, *leases), Payment.payer_id == party_id,
            sa.or_(Note.party_id == party_id, Note.lease_id.in_(leases)), WorkOrder.party_id == party_id,
            bills=BillBalance.debtor_id == party_id,
        ),
        ask,
    )  # fmt: skip


@needs(Right.SEE_LEASES)
def lease_timeline(look: Look, lease_id: UUID, ask: TimelineAsk | None = None) -> list[TimelineEntry]:
    """Everything around a lease; the latest first."""
    return _stream(
        look, _Around((lease_id,), _paid_on(Bill.lease_id == lease_id), Note.lease_id == lease_id, None), ask
    )


@needs(Right.SEE_BOARD)
def room_timeline(look: Look, room_id: UUID, ask: TimelineAsk | None = None) -> list[TimelineEntry]:
    """Everything around a room: its own changes, its leases, money, talks and repairs; the latest first."""
    leases = _ids(look, sa.select(LeaseRoom.lease_id).where(LeaseRoom.room_id == room_id))
    return _stream(
        look,
        _Around(
            (room_id, *leases), _paid_on(Bill.room_id == room_id),
            sa.or_(Note.room_id == room_id, Note.lease_id.in_(leases)), WorkOrder.room_id == room_id,
            _split_and_merged(look, room_id), BillBalance.room_id == room_id,
        ),
        ask,
    )  # fmt: skip


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
    return found.name or "程序", moment_words(look, found.at)


@part
def moment_words(look: Look, moment: datetime) -> str:
    """今天 14:30, or 11-21 14:30."""
    at = moment.astimezone(OFFICE_ZONE)
    return f"今天 {at:%H:%M}" if at.date() == look.world.today() else f"{at:%m-%d %H:%M}"


@part
def approver_names(look: Look, facts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Who gave the word for acts that one person alone could not do: id as it stands in the facts → name."""
    ids = {UUID(hex=each["approved_by"]) for each in facts if "approved_by" in each}
    if not ids:
        return {}
    query = sa.select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids))
    return {row.id.hex: row.name for row in look.session.execute(query)}


# ---- the stream ----------------------------------------------------------------------------------------------------


def _ids(look: Look, query: sa.Select[UUID]) -> list[UUID]:
    return list(dict.fromkeys(look.session.scalars(query)))


def _paid_on(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Payments that paid on certain bills, whoever brought the money."""
    return Payment.id.in_(sa.select(Allocation.payment_id).join(Bill, Bill.id == Allocation.bill_id).where(which))


def _stream(look: Look, around: _Around, ask: TimelineAsk | None) -> list[TimelineEntry]:
    ask = ask or TimelineAsk()
    found = [entry for read in _readers(look, around, ask) for entry in read()]
    if ask.strand is not None:
        found = [entry for entry in found if entry.strand is ask.strand]
    found.sort(key=lambda entry: (entry.at, entry.key), reverse=True)
    page = found[: ask.limit]
    # What happened in the very instant of the last one comes with it: the next page begins before that instant.
    return page + [entry for entry in found[ask.limit :] if page and entry.at == page[-1].at]


def _readers(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[Callable[[], Iterable[TimelineEntry]]]:
    rights, wanted = look.actor.rights, ask.strand
    if wanted in (None, Strand.MONEY) and around.payments is not None and Right.SEE_BILLS in rights:
        yield lambda: _payments(look, around, ask)
    if wanted in (None, Strand.TALKS) and around.notes is not None and Right.SEE_PARTIES in rights:
        yield lambda: _notes(look, around, ask)
    if wanted in (None, Strand.REPAIRS) and around.repairs is not None and Right.SEE_REPAIRS in rights:
        yield lambda: _repairs(look, around, ask)
    if wanted in (None, Strand.PAPERS) and around.bills is not None and Right.SEE_BILLS in rights:
        yield lambda: _bill_notices(look, around, ask)
    if wanted in (None, Strand.LEASES):
        yield lambda: _signed_together(look, around, ask)
    if wanted is not Strand.TALKS:
        yield lambda: _acts(look, around, ask)


def _older(column: sa.orm.InstrumentedAttribute[datetime], ask: TimelineAsk) -> sa.ColumnElement[bool]:
    return column < ask.before if ask.before is not None else sa.true()


def _split_and_merged(look: Look, room_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """The acts that made this room out of others, or others out of it: each is about one of them."""
    rows = look.session.execute(
        sa.select(RoomOrigin.room_id, RoomOrigin.from_room_id, RoomOrigin.created_at).where(
            sa.or_(RoomOrigin.room_id == room_id, RoomOrigin.from_room_id == room_id), RoomOrigin.deleted_at.is_(None)
        )
    )
    return tuple(
        sa.and_(AuditEntry.subject_id.in_((row.room_id, row.from_room_id)), AuditEntry.at == row.created_at)
        for row in rows
    )


_told_by = sa.case((Payment.kind == PaymentKind.VOID, Payment.reverses_id), else_=Payment.id)


def _payments(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    assert around.payments is not None
    rows = look.session.execute(
        sa.select(
            Payment.id, _told_by.label("shown_id"), Payment.kind, Payment.amount, Payment.reason, Payment.created_at,
            Payment.reverses_id, Payment.rounding, Receipt.number, Receipt.title, StaffMember.name,
            Party.name.label("payer"),
        )
        # A void payment has no receipt of its own: it is told by the number of the one it made void.
        .join(Receipt, Receipt.payment_id == _told_by)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .where(around.payments, _older(Payment.created_at, ask))
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(ask.limit + 1)
    ).all()  # fmt: skip
    agreed = _agreed(look, [row.reverses_id or row.id for row in rows if row.reverses_id or row.rounding])
    for row in rows:
        who = row.name or "程序"
        op, title = {
            PaymentKind.PAYMENT: (Op.TAKE_PAYMENT, f"收款 {row.amount}"),
            PaymentKind.REVERSAL: (Op.REVERSE_PAYMENT, f"冲红 {row.amount}"),
            PaymentKind.VOID: (Op.VOID_PAYMENT, f"作废 {abs(row.amount)}"),
            PaymentKind.REFUND: (Op.CHANGE_LEASE, f"退款 {abs(row.amount)}" if row.amount else row.title),
        }[row.kind]
        off = f"抹零 {row.rounding}" if row.rounding > NIL else ""
        told = (row.number, row.reason or "", off, who + agreed.get((row.reverses_id or row.id, op), ""))
        detail = " · ".join(each for each in told if each)
        yield TimelineEntry(
            row.created_at.astimezone(OFFICE_ZONE), op, title, detail, who, "payment", row.shown_id, Strand.MONEY,
            key=row.id.hex,
        )  # fmt: skip


def _agreed(look: Look, payments: Collection[UUID]) -> dict[tuple[UUID, str], str]:
    """What was done to these payments with a second person's word, and whose: 「，沈月舟当场授权」."""
    if not payments:
        return {}
    lent = (Op.REVERSE_PAYMENT, Op.VOID_PAYMENT, Op.TAKE_PAYMENT)
    query = sa.select(AuditEntry.subject_id, AuditEntry.op, AuditEntry.facts).where(
        AuditEntry.subject_id.in_(payments), AuditEntry.op.in_(lent)
    )
    facts = {(row.subject_id, row.op): row.facts for row in look.session.execute(query)}
    names = approver_names(look, facts.values())
    return {act: _word(told, names) for act, told in facts.items()}


def _word(facts: Mapping[str, Any], approvers: Mapping[str, str]) -> str:
    name = approvers.get(facts.get("approved_by", ""))
    return f"，{name}当场授权" if name else ""


def _notes(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    assert around.notes is not None
    for note, name in look.session.execute(
        sa.select(Note, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Note.created_by)
        .where(around.notes, Note.deleted_at.is_(None), _older(Note.happened_at, ask))
        .order_by(Note.happened_at.desc(), Note.id.desc())
        .limit(ask.limit + 1)
    ):
        form, who = form_of(note), name or "程序"
        coming = f"{note.follow_up_on:%m-%d} 跟进" if note.follow_up_on else ""
        detail = " · ".join(each for each in (" ".join(form.text.split()), coming, who) if each)
        yield TimelineEntry(
            note.happened_at.astimezone(OFFICE_ZONE), Op.ADD_NOTE, headline(form), detail, who, "note", note.id,
            Strand.TALKS, note.id, note.id.hex,
        )  # fmt: skip


def _repairs(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    assert around.repairs is not None
    for order, name in look.session.execute(
        sa.select(WorkOrder, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == WorkOrder.created_by)
        .where(around.repairs, WorkOrder.deleted_at.is_(None), _older(WorkOrder.created_at, ask))
        .order_by(WorkOrder.created_at.desc(), WorkOrder.id.desc())
        .limit(ask.limit + 1)
    ):
        who = name or "程序"
        yield TimelineEntry(
            order.created_at.astimezone(OFFICE_ZONE), Op.REPORT_REPAIR, order.summary,
            f"{WORK_ORDER.words[order.state]} · {order.number} · {who}", who, "work_order", order.id, Strand.REPAIRS,
            key=order.id.hex,
        )  # fmt: skip


def _bill_notices(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    """Notices 缴费通知单 of a run, which is one act about a thousand people and names none of them."""
    assert around.bills is not None
    bills = sa.select(BillBalance.bill_id).where(around.bills)
    for event, name in look.session.execute(
        sa.select(PrintEvent, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == PrintEvent.created_by)
        .where(PrintEvent.subject_id.in_(bills), PrintEvent.paper == PAPER, _older(PrintEvent.created_at, ask))
        .order_by(PrintEvent.created_at.desc(), PrintEvent.id.desc())
        .limit(ask.limit + 1)
    ):
        who = name or "程序"
        until = str((event.options or {}).get("until", ""))
        yield TimelineEntry(
            event.created_at.astimezone(OFFICE_ZONE), Op.PRINT_PAPER, "打印缴费通知单",
            " · ".join(each for each in (f"应缴日到 {until}" if until else "", who) if each), who, "bill",
            event.subject_id, Strand.PAPERS, key=event.id.hex,
        )  # fmt: skip


_TOLD_ELSEWHERE = (
    Op.TAKE_PAYMENT, Op.REVERSE_PAYMENT, Op.VOID_PAYMENT, Op.ADD_NOTE, Op.CHANGE_NOTE, Op.REPORT_REPAIR,
)  # fmt: skip
"""Acts whose own rows speak."""
_PAPER_OPS = (Op.PRINT_PAPER, Op.REVEAL, Op.STORE_FILE, Op.SIGN_PAPER)


def _acts(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    subjects: sa.ColumnElement[bool] = sa.or_(
        AuditEntry.subject_id.in_(around.subjects), AuditEntry.act_id.in_(_moved_together(look, around)), *around.also
    )
    if around.payments is not None and Right.SEE_BILLS in look.actor.rights:
        # Receipts that were printed: the act is about the payment.
        printed = sa.and_(
            AuditEntry.op == Op.PRINT_PAPER, AuditEntry.subject_id.in_(sa.select(Payment.id).where(around.payments))
        )
        subjects = sa.or_(subjects, printed)
    query = (
        sa.select(AuditEntry, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
        .where(subjects, AuditEntry.op.not_in(_TOLD_ELSEWHERE), _older(AuditEntry.at, ask))
        .order_by(AuditEntry.at.desc(), AuditEntry.n.desc())
        .limit(ask.limit + 1)
    )
    if ask.strand is not None:
        papers = AuditEntry.op.in_(_PAPER_OPS)
        query = query.where(papers if ask.strand is Strand.PAPERS else sa.not_(papers))
    found = look.session.execute(query).all()
    approvers = approver_names(look, [entry.facts for entry, _ in found])
    for entry, name in found:
        yield _act(entry, name or "程序", _word(entry.facts, approvers))


def _moved_together(look: Look, around: _Around) -> list[UUID]:
    """Acts that moved a lease on, also those about several leases at once, which name none of them."""
    return _ids(
        look,
        sa.select(FieldChange.act_id).where(
            FieldChange.row_id.in_(around.subjects), FieldChange.table_name == "lease", FieldChange.field == "state"
        ),
    )


def _signed_together(look: Look, around: _Around, ask: TimelineAsk) -> Iterable[TimelineEntry]:
    """Check-ins of several in one act (imports, the demo office): it names none of them, so the lease speaks."""
    told = sa.exists().where(AuditEntry.subject_id == Lease.id, AuditEntry.op == Op.CHECK_IN)
    for lease_id, at, name in look.session.execute(
        sa.select(Lease.id, Lease.created_at, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Lease.created_by)
        .where(Lease.id.in_(around.subjects), Lease.renews_id.is_(None), sa.not_(told), _older(Lease.created_at, ask))
        .order_by(Lease.created_at.desc(), Lease.id.desc())
        .limit(ask.limit + 1)
    ):
        who = name or "程序"
        yield TimelineEntry(
            at.astimezone(OFFICE_ZONE), Op.CHECK_IN, OP_WORDS[Op.CHECK_IN], who, who, "lease", lease_id,
            key=lease_id.hex,
        )  # fmt: skip


def _act(entry: AuditEntry, who: str, word: str) -> TimelineEntry:
    title = OP_WORDS.get(Op(entry.op), entry.op) if entry.op in set(Op) else entry.op
    detail, strand = who + word, Strand.PAPERS if entry.op in _PAPER_OPS else Strand.LEASES
    if entry.op == Op.REVEAL and "field" in entry.facts:
        title = f"查看{_FIELD_WORDS.get(entry.facts['field'], '原文')}"
    if entry.op == Op.PRINT_PAPER:
        ordinal = entry.facts.get("ordinal", 0)
        title = f"打印{_PAPER_WORDS.get(entry.facts.get('paper', ''), '')}" + (f"（补打 {ordinal}）" if ordinal else "")
    if entry.op == Op.EXPORT_LIST and entry.facts.get("list") == "statement":
        printed = entry.facts.get("how") == "printed"
        title, strand = "打印对账单" if printed else "导出对账单", Strand.PAPERS
        detail = f"{entry.facts['since']} 至 {entry.facts['until']} · {detail}"
    if entry.op in (Op.CHANGE_PLACE, Op.CHANGE_LEASE, Op.CHANGE_PARTY, Op.RENEW_LEASE):
        title = next((words for fact, words in _FACT_WORDS.items() if _holds(entry.facts, fact)), title)
    if entry.facts.get("reason") and entry.op in (Op.CHANGE_LEASE, Op.CHANGE_PLACE, Op.RENEW_LEASE):
        detail = f"{entry.facts['reason']} · {detail}"
    if told := [str(entry.facts[fact]) for fact in _TOLD_FACTS if fact in entry.facts]:
        detail = f"{'，'.join(told)} · {detail}"
    return TimelineEntry(
        entry.at.astimezone(OFFICE_ZONE), entry.op, title, detail, who, entry.subject_table or "",
        entry.subject_id or entry.act_id, strand, key=f"{entry.n:020d}",
    )  # fmt: skip


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
    ("taken_back", ...): "撤销拆分或合并",
    ("split", ...): "拆分",
    ("merged", ...): "合并",
    ("renumbered", ...): "改号",
    ("retired", True): "注销房间",
    ("retired", False): "撤销注销",
    ("owners", ...): "变更业主",
    ("photos", -1): "去掉照片",
    ("photos", ...): "添加照片",
    ("undone", True): "撤销资料修改",
    ("bank", True): "登记退款账户",
    ("bank", False): "撤回账户同意",
    ("relation", ...): "添加关联人",
    ("vehicles", ...): "变更车辆",
    ("corrected", ...): "更正登记",
    ("notice", True): "登记退租通知",
    ("notice", False): "撤回退租通知",
    ("taken_back_fen", ...): "撤销租约",
    ("keys_back", ...): "办理搬离",
    ("returned_fen", ...): "退租结算",
    ("closed", True): "租约结案",
    ("withdrawn", True): "撤销续租",
}
"""What an act did, where its own name says too little; `...` stands for any value."""


_TOLD_FACTS = ("renumbered", "split", "merged", "taken_back", "corrected", "renewed")
"""Facts that are words for a person: numbers of rooms, names of fields."""


def _holds(facts: Mapping[str, Any], fact: tuple[str, Any]) -> bool:
    name, value = fact
    return name in facts and (value is ... or facts[name] == value)


_PAPER_WORDS = {
    "receipt": "收据", "lease": "租约", "notice": "告知书", "bill_notice": "缴费通知单", "statement": "对账单",
    "month_sums": "月报", "list": "名单", "work_slip": "维修单", "service_report": "维修服务月报",
}  # fmt: skip


@part
def recent_around(
    look: Look, room_id: UUID, party_id: UUID | None, lease_id: UUID | None, limit: int
) -> list[TimelineEntry]:
    """The latest few around who lives in a room now, for the panel beside the board."""
    subjects = tuple(each for each in (room_id, party_id, lease_id) if each is not None)
    notes = [Note.room_id == room_id] + ([Note.party_id == party_id] if party_id is not None else [])
    around = _Around(
        subjects, _paid_on(Bill.lease_id == lease_id) if lease_id is not None else None, sa.or_(*notes),
        WorkOrder.room_id == room_id,
    )  # fmt: skip
    return _stream(look, around, TimelineAsk(limit=limit))[:limit]
