"""Head office lets offices in: projects by their code, enrolment secrets, and letters of desks that never meet."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "central_letter",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("node_id", columns.Uuid16(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "letter", name=op.f("pk_central_letter")),
    )
    op.create_table(
        "central_directory",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=True),
        sa.Column("added_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_central_directory")),
        sa.UniqueConstraint("project_id", name=op.f("uq_central_directory_project_id")),
    )
    op.create_table(
        "central_token",
        sa.Column("sha", columns.Digest(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_at", columns.Instant(), nullable=False),
        sa.Column("expires_at", columns.Instant(), nullable=False),
        sa.Column("used_at", columns.Instant(), nullable=True),
        sa.Column("device_id", columns.Uuid16(), nullable=True),
        sa.Column("signing_key", columns.Digest(), nullable=True),
        sa.PrimaryKeyConstraint("sha", name=op.f("pk_central_token")),
    )
