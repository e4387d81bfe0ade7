"""Leases: what the role of a party rests on, the kind of guarantee or the written authority, in words."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lease_party", sa.Column("basis", sa.Text(), nullable=True))
