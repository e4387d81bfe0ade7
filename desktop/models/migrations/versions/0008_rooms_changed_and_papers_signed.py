"""Rooms closed until a day and found by former numbers; signatures given before the clerk, sealed."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("condition_until", columns.Day(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_room_number_number_c", "room_number", [sa.text('number COLLATE "C"')])
    else:
        op.create_index("ix_room_number_number", "room_number", ["number"])
    op.create_table(
        "signature",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("paper", sa.String(length=40), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("template_id", columns.Uuid16(), nullable=True),
        sa.Column("words_sha", columns.Digest(), nullable=False),
        sa.Column("ink", columns.Sealed(), nullable=True),
        sa.Column("signed_at", columns.Instant(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_signature_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["template.id"],
            name=op.f("fk_signature_template_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index(op.f("ix_signature_party_id"), "signature", ["party_id"], unique=False)
    op.create_index(op.f("ix_signature_subject_id"), "signature", ["subject_id"], unique=False)
