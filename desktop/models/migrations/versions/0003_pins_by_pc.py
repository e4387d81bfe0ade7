"""PINs: each PC knows who has signed in on it by password, and how often the PIN was wrong since."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_here",
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("staff_id", columns.Uuid16(), nullable=False),
        sa.Column("signed_in_at", columns.Instant(), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "staff_id", name=op.f("pk_known_here")),
    )
