"""Every table in one place: importing this module fills Base.metadata."""

from __future__ import annotations

from desktop.models import (
    access,
    approvals,
    billing,
    custom,
    deposits,
    documents,
    due,
    enquiries,
    fees,
    invoices,
    journal,
    leases,
    meters,
    notes,
    offices,
    parties,
    payments,
    personal,
    places,
    plans,
    pools,
    printing,
    repair_costs,
    search,
    signatures,
    sync,
    trust,
    work_orders,
)
from desktop.models.base import Base

__all__ = [
    "Base", "access", "approvals", "billing", "custom", "deposits", "documents", "due", "enquiries", "fees", "invoices",
    "journal", "leases", "meters", "notes", "offices", "parties", "payments", "personal", "places", "plans", "pools",
    "printing", "repair_costs", "search", "signatures", "sync", "trust", "work_orders",
]  # fmt: skip

for _table in Base.metadata.tables.values():
    # Checked at commit on both engines: rows of one act and ops of one aggregate arrive in any order.
    for _key in _table.foreign_key_constraints:
        _key.deferrable = True
        _key.initially = "DEFERRED"
