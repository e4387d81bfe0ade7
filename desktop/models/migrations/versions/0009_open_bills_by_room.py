"""The list of rooms opens at once however long the ledger: what is owed on a room is read from its open bills alone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = sa.text("owed <> 0")


def upgrade() -> None:
    # In the order in which they are summed up, with all that is asked of them: the table is not looked at.
    op.create_index(
        "ix_bill_balance_open_room", "bill_balance", ["room_id", "debtor_id", "due", "owed"],
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
