"""What an office holds, in figures that two databases can be compared by: rows, sums of money, the end of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.billing import BillBalance
from desktop.models.journal import Posting
from desktop.models.payments import Payment
from desktop.models.search import SearchText
from desktop.models.tables import Base
from desktop.models.trust import AuditHead
from desktop.models.values import Money

ROW_WORDS = {
    "party": "人员", "room": "房间", "lease": "租约", "bill": "账单", "payment": "收款", "note": "备注",
    "stored_file": "文件",
}  # fmt: skip
SUM_WORDS = {"owed": "未付", "paid": "收款合计", "receivable": "应收", "deposit_held": "押金在管", "prepaid": "预存"}


@dataclass(frozen=True, slots=True)
class OfficeState:
    """One database at one moment. What search finds names by is left out: each engine cuts it differently."""

    rows: Mapping[str, int]
    """By table."""
    sums: Mapping[str, Money]
    """`owed` of all bills, `paid` by all payments, and what stands in each account of the journal."""
    links: int
    """Of the audit chain."""
    head: str
    """The hash of the last one, in hex."""

    def figures(self) -> dict[str, object]:
        """For programs: rows by table, money as `*_fen`, the anchor of the chain."""
        sums = {f"{name}_fen": money.fen for name, money in self.sums.items()}
        return {"rows": dict(self.rows), **sums, "audit_count": self.links, "audit_head": self.head}

    def words(self, other: OfficeState) -> Iterator[str]:
        """This one and another line by line, for people: 「房间 240 → 240」."""
        for name, word in ROW_WORDS.items():
            yield f"{word} {self.rows[name]} → {other.rows[name]}"
        for name, word in SUM_WORDS.items():
            if name in self.sums:
                yield f"{word} {self.sums[name]} → {other.sums.get(name, '—')}"
        yield f"审计链 {self.links} 条 {self.head[:12]} → {other.links} 条 {other.head[:12]}"

    def differs(self, other: OfficeState) -> list[str]:
        """Names of what is not the same in both."""
        wrong = [name for name in self.rows if self.rows[name] != other.rows.get(name)]
        wrong += [name for name in self.sums if self.sums[name] != other.sums.get(name)]
        return wrong + (["audit_chain"] if (self.links, self.head) != (other.links, other.head) else [])


def state_of(session: Session) -> OfficeState:
    """Count and sum everything, within one transaction."""
    rows = {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name != SearchText.__tablename__
    }
    sums = {
        "owed": _money(session.scalar(sa.select(sa.func.sum(BillBalance.owed)))),
        "paid": _money(session.scalar(sa.select(sa.func.sum(Payment.amount)))),
    }
    for account, amount in session.execute(
        sa.select(Posting.account, sa.func.sum(Posting.amount)).group_by(Posting.account).order_by(Posting.account)
    ):
        sums[str(account.value)] = _money(amount)
    head = session.execute(sa.select(AuditHead.n, AuditHead.hash)).one()
    return OfficeState(rows, sums, head.n, bytes(head.hash).hex())


def _money(value: object) -> Money:
    """A sum as the engine gives it: fen as a number, or nothing at all."""
    return value if isinstance(value, Money) else Money(int(value or 0))  # type: ignore[call-overload]
