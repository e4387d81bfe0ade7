"""Head office begins: projects, databases, PCs, and the acts in the order of their commits."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "central_meta",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_central_meta")),
    )
    op.create_table(
        "central_project",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_clock", sa.String(length=24), server_default="0" * 24, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_central_project")),
        sa.UniqueConstraint("code", name=op.f("uq_central_project_code")),
    )
    op.create_table(
        "central_node",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("node_id", columns.Uuid16(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", columns.Digest(), nullable=False),
        sa.Column("last_seen_at", columns.Instant(), nullable=True),
        sa.Column("schema_rev", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "node_id", name=op.f("pk_central_node")),
    )
    op.create_table(
        "central_device",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("signing_key", columns.Digest(), nullable=False),
        sa.Column("revoked_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "device_id", name=op.f("pk_central_device")),
    )
    op.create_table(
        "central_act",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("node_id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("ops", sa.LargeBinary(), nullable=False),
        sa.Column("clock", sa.String(length=24), nullable=True),
        sa.Column("received_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_central_act")),
        sa.UniqueConstraint("project_id", "act_id", name=op.f("uq_central_act_project_id_act_id")),
    )
    op.create_table(
        "central_aside",
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("sha", columns.Digest(), nullable=False),
        sa.Column("node_id", columns.Uuid16(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("ops", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("received_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "sha", name=op.f("pk_central_aside")),
    )
