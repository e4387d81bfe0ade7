"""Moving: an office that lives on at another address says so, and takes no further act."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_head", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("audit_head", sa.Column("moved_at", columns.Instant(), nullable=True))
