"""Due things are found once, whatever happens to the program: facts, answers, marks and the heartbeat of the engine."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_RENEWS = sa.text("renews_id IS NOT NULL")
_BACKUP = sa.text("op = 'make_backup'")


def upgrade() -> None:
    op.create_table(
        "due_fact",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("cause_on", columns.Day(), nullable=True),
        sa.Column("cause_at", columns.Instant(), nullable=True),
        sa.Column("due_at", columns.Instant(), nullable=False),
        sa.Column("produced_at", columns.Instant(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("settled_at", columns.Instant(), nullable=True),
        sa.Column("settled_by", columns.Uuid16(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_fact")),
        sa.UniqueConstraint("key", name=op.f("uq_due_fact_key")),
    )
    op.create_index(op.f("ix_due_fact_subject_id_rule_level"), "due_fact", ["subject_id", "rule", "level"])
    op.create_index(op.f("ix_due_fact_state_rule_id"), "due_fact", ["state", "rule", "id"])
    op.create_index(op.f("ix_due_fact_state_due_at_id"), "due_fact", ["state", "due_at", "id"])
    op.create_table(
        "due_answer",
        sa.Column("fact_key", sa.Text(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("due_at", columns.Instant(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_answer")),
    )
    op.create_index(op.f("ix_due_answer_fact_key"), "due_answer", ["fact_key"])
    op.create_table(
        "due_mark",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("looked_until", columns.Instant(), nullable=True),
        sa.Column("furthest", columns.Instant(), nullable=True),
        sa.Column("looked_through", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_due_mark")),
    )
    op.create_table(
        "due_run",
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("last_run_at", columns.Instant(), nullable=False),
        sa.Column("looked_until", columns.Instant(), nullable=False),
        sa.Column("passes", sa.BigInteger(), nullable=False),
        sa.Column("produced", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_due_run")),
    )
    op.create_index(op.f("ix_lease_state_id"), "lease", ["state", "id"])
    op.create_index("ix_lease_renews", "lease", ["renews_id"], sqlite_where=_RENEWS, postgresql_where=_RENEWS)
    op.create_index("ix_lease_term_last_day", "lease_term", ["lease_id", "effective_from", "id", "deleted_at", "end"])
    op.create_index("ix_audit_entry_backup", "audit_entry", ["at"], sqlite_where=_BACKUP, postgresql_where=_BACKUP)
