"""Lists: bills in the order of due day and of what is owed, receipts by day, each answered by an index at any size."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("owed <> 0")
_TAKEN_BACK = sa.text("kind <> 'payment'")


def upgrade() -> None:
    # The bill in it gives the order of the list, what is owed the sums over it, without a look at the table.
    op.drop_index("ix_bill_balance_open", "bill_balance")
    op.create_index(
        "ix_bill_balance_open", "bill_balance", ["due", "bill_id", "owed", "debtor_id", "lease_id"],
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
    op.create_index("ix_bill_balance_due_bill_id", "bill_balance", ["due", "bill_id"])
    op.create_index("ix_bill_balance_owed_bill_id", "bill_balance", ["owed", "bill_id"])
    op.create_index("ix_payment_business_date_id", "payment", ["business_date", "id"])
    op.create_index("ix_payment_taken_back", "payment", ["id"], sqlite_where=_TAKEN_BACK, postgresql_where=_TAKEN_BACK)
