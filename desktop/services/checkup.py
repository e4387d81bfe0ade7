"""The full health check of an office 体检: database, guards, chain, journal, derived tables, ciphertext, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from desktop import watcher
from desktop.models.base import Profile, models, sealed_columns, table_of
from desktop.models.billing import BillLine
from desktop.models.guards import missing_guards
from desktop.models.journal import Posting
from desktop.models.leases import LeaseRoom
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt, Tender
from desktop.models.sync import ConflictTask
from desktop.models.trust import NumberBlock
from desktop.models.values import Account, Right
from desktop.models.work_orders import OPEN, WorkOrder, WorkOrderState
from desktop.services import derived, due_lists, journal, month_sums, receipt_gaps, signed, work_orders
from desktop.services.audit import _verify
from desktop.services.keys import SealBroken
from desktop.services.progress import Report, silent
from desktop.services.rights import needs
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: where it was found, and what."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check saw."""

    parts: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


@needs(Right.CHECK_OFFICE)
def check_office(look: Look, report: Report = silent, anchor: tuple[int, bytes] | None = None) -> CheckReport:
    """Go through everything that must hold. Reads all, changes nothing."""
    steps: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("数据库完整性", lambda: _integrity(look)),
        ("防改动保护", lambda: _guards(look)),
        ("审计链", lambda: _chain(look, anchor)),
        ("账务平衡", lambda: _journal(look)),
        ("收款与核销", lambda: _payments(look)),
        ("月报与分录", lambda: month_sums.drift(look)),
        ("未付余额与检索", lambda: (f"{line} 与来源不符" for line in derived.drift(look.session))),
        ("租约与房间", lambda: _rooms(look)),
        ("加密内容", lambda: _sealed(look)),
        ("当面签名", lambda: (f"签名 {row_id} 和记录对不上" for row_id in signed.broken(look))),
        ("编号连续", lambda: _numbers(look)),
        ("工单", lambda: _orders(look)),
        ("到期提醒", lambda: _due(look)),
    ]
    findings = []
    for number, (name, step) in enumerate(steps):
        report(number, len(steps), name)
        findings += [Finding(name, text) for text in step()]
    report(len(steps), len(steps), "完成")
    return CheckReport(tuple(name for name, _ in steps), tuple(findings))


def _integrity(look: Look) -> Iterator[str]:
    connection = look.session.connection()
    if connection.dialect.name != "sqlite":
        return
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield line
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"{row[0]} 指向的 {row[2]} 不存在"


def _guards(look: Look) -> Iterator[str]:
    for name in missing_guards(look.session.connection()):
        yield f"缺少保护 {name}"


def _chain(look: Look, anchor: tuple[int, bytes] | None) -> Iterator[str]:
    for broken in _verify(look, anchor).breaks:
        yield str(broken)


def _journal(look: Look) -> Iterator[str]:
    for entry_id in journal.uneven_entries(look):
        yield f"分录 {entry_id} 借贷不平"
    billed = look.session.scalar(sa.select(sa.func.sum(sa.cast(BillLine.amount, sa.BigInteger)))) or 0
    paid = look.session.scalar(sa.select(sa.func.sum(sa.cast(Allocation.amount, sa.BigInteger)))) or 0
    receivable = journal.balance(look, Account.RECEIVABLE).fen
    if receivable != int(billed) - int(paid):
        yield f"应收 {receivable} 分，账单减核销 {int(billed) - int(paid)} 分"
    kept = look.session.scalar(sa.select(sa.func.sum(sa.cast(Tender.amount, sa.BigInteger)))) or 0
    cash = journal.balance(look, Account.CASH).fen
    if cash != int(kept):
        yield f"现金及各渠道 {cash} 分，收款方式合计 {int(kept)} 分"


def _payments(look: Look) -> Iterator[str]:
    session = look.session
    without = session.scalars(
        sa.select(Payment.id)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(Receipt.id.is_(None), Payment.kind != PaymentKind.VOID)
    )
    for payment_id in without:
        yield f"收款 {payment_id} 没有收据"
    numbered = sa.select(Receipt.number).join(Payment, Payment.id == Receipt.payment_id)
    for number in session.scalars(numbered.where(Payment.kind == PaymentKind.VOID)):
        yield f"作废不占号，却有收据 {number}"
    tendered = (
        sa.select(Tender.payment_id, sa.func.sum(sa.cast(Tender.amount, sa.BigInteger)).label("fen"))
        .group_by(Tender.payment_id)
        .subquery()
    )
    used = (
        sa.select(Allocation.payment_id, sa.func.sum(sa.cast(Allocation.amount, sa.BigInteger)).label("fen"))
        .group_by(Allocation.payment_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Payment.id,
            Payment.amount,
            Payment.prepaid,
            Payment.rounding,
            tendered.c.fen.label("got"),
            used.c.fen.label("spent"),
        )
        .outerjoin(tendered, tendered.c.payment_id == Payment.id)
        .outerjoin(used, used.c.payment_id == Payment.id)
    )
    for row in rows:
        spent = int(row.spent or 0) + row.prepaid.fen - row.rounding.fen
        if row.amount.fen != int(row.got or 0) or row.amount.fen != spent:
            yield f"收款 {row.id} 的方式、核销与金额不符"
    credit = sa.func.sum(sa.cast(Posting.amount, sa.BigInteger))
    for party_id in session.scalars(
        sa.select(Posting.party_id)
        .where(Posting.account == Account.PREPAID)
        .group_by(Posting.party_id)
        .having(credit > 0)
    ):
        yield f"租客 {party_id} 的预存小于 0"


def _rooms(look: Look) -> Iterator[str]:
    """No room is let twice, but by two offices that did not know of each other: that is a task, and told there."""
    other = sa.orm.aliased(LeaseRoom)
    told = sa.select(ConflictTask.id).where(
        ConflictTask.table_name == "lease_room", ConflictTask.row_id.in_((LeaseRoom.id, other.id))
    )
    rows = look.session.execute(
        sa.select(LeaseRoom.room_id)
        .join(other, (other.room_id == LeaseRoom.room_id) & (other.id > LeaseRoom.id))
        .where(
            LeaseRoom.valid_from <= LeaseRoom.valid_to, other.valid_from <= other.valid_to,
            LeaseRoom.valid_from <= other.valid_to, other.valid_from <= LeaseRoom.valid_to,
            LeaseRoom.deleted_at.is_(None), other.deleted_at.is_(None), ~told.exists(),
        )
        .distinct()
    )  # fmt: skip
    for (room_id,) in rows:
        yield f"房间 {room_id} 有两份租约重叠"


def _sealed(look: Look) -> Iterator[str]:
    for model in models():
        names = sealed_columns(model)
        if not names or not issubclass(model, Profile):
            continue
        table = table_of(model)
        for row in (
            look.session.execute(sa.select(table.c.id, *(table.c[name] for name in names))).mappings().yield_per(500)
        ):
            for name in names:
                if row[name] is None:
                    continue
                try:
                    look.vault.open(model.__tablename__, name, row["id"], row[name])
                except SealBroken:
                    yield f"{model.__tablename__} {row['id']} 的 {name} 解不开"


def _orders(look: Look) -> Iterator[str]:
    """What two offices did to one order at the same time may have left nobody, or two, to do it."""
    query = sa.select(WorkOrder).where(
        WorkOrder.state.in_((*OPEN, WorkOrderState.CANCELLED)), WorkOrder.deleted_at.is_(None)
    )
    for order in look.session.scalars(query.order_by(WorkOrder.id).execution_options(yield_per=500)):
        for fault in work_orders.faults_of(order):
            yield f"工单 {order.number} {fault}"


def _due(look: Look) -> Iterator[str]:
    """The engine of due things runs; an office in which it never ran yet is told at the sign-in, not here."""
    says = watcher.what_it_says(look.office.data_dir, look.world.now())
    if says.health is watcher.Health.LATE:
        yield says.words
    elif (health := due_lists.health_of(look)).silent:
        assert health.silent_for is not None
        yield f"{health.silent_for.days} 天没有一台电脑查过到期的事：打开安居前台并登录，漏掉的会自动补上"


def _numbers(look: Look) -> Iterator[str]:
    """Every number of a receipt series that was not used is explained."""
    session = look.session
    for series in receipt_gaps.all_series(look):
        for gap in series.unexplained:
            yield f"收据 {series.head} 系列缺号 {gap.words()}"
    for block in session.scalars(sa.select(NumberBlock)):
        if not block.first <= block.upcoming <= block.last + 1:
            yield f"号段 {block.series} 越界"
