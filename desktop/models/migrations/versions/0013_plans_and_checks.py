"""Maintenance and inspections by plan with checklists, levels of cases, a price of firms, a low mark of materials."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _profile() -> list[sa.Column[Any]]:
    """What every table of facts that people edit has."""
    return [
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_ledger(),
    ]


def _ledger() -> list[sa.Column[Any]]:
    """What every table of what happened has."""
    return [
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
    ]


def _points(table: str, column: str, at: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{at}.id"], name=name, initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "maintenance_plan",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("building_id", columns.Uuid16(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("facility", sa.Text(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("anchor", columns.Day(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("pauses", columns.Json(), nullable=False),
        sa.Column("team_id", columns.Uuid16(), nullable=True),
        sa.Column("contractor_id", columns.Uuid16(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("checklist", columns.Json(), nullable=False),
        *_profile(),
        _points("maintenance_plan", "building_id", "building"),
        _points("maintenance_plan", "room_id", "room"),
        _points("maintenance_plan", "team_id", "repair_team"),
        _points("maintenance_plan", "contractor_id", "contractor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_plan")),
    )
    op.create_table(
        "plan_round",
        sa.Column("plan_id", columns.Uuid16(), nullable=False),
        sa.Column("due_on", columns.Day(), nullable=False),
        sa.Column("work_order_id", columns.Uuid16(), nullable=False),
        *_ledger(),
        _points("plan_round", "plan_id", "maintenance_plan"),
        _points("plan_round", "work_order_id", "work_order"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_round")),
        sa.UniqueConstraint("plan_id", "due_on", name=op.f("uq_plan_round_plan_id_due_on")),
        sa.UniqueConstraint("work_order_id", name=op.f("uq_plan_round_work_order_id")),
    )
    op.create_table(
        "check_line",
        sa.Column("work_order_id", columns.Uuid16(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("repair_id", columns.Uuid16(), nullable=True),
        *_profile(),
        _points("check_line", "work_order_id", "work_order"),
        _points("check_line", "repair_id", "work_order"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_line")),
    )
    op.create_index(op.f("ix_check_line_work_order_id"), "check_line", ["work_order_id"])
    op.add_column("work_order", sa.Column("level", sa.Integer(), nullable=True))
    op.add_column("contractor", sa.Column("price", columns.Fen(), nullable=True))
    op.add_column("repair_material", sa.Column("low_mark", columns.Scaled(3), nullable=True))
