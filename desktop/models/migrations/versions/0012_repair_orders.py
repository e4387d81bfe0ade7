"""Repairs from the call to the rating: categories, clocks and owners of orders, teams, technicians and contractors."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_UNRATED = sa.text("rating IS NULL AND done_at IS NOT NULL")
_STATES = {"waiting": "reported", "dispatched": "reported", "under_way": "reported", "rated": "closed"}
"""Nobody stands in an order of before as the one who does it, so all that is open is dispatched again."""


def _ledger() -> list[sa.Column[Any]]:
    """What every table of what happened has."""
    return _profile()[3:]


def _profile() -> list[sa.Column[Any]]:
    """What every table of facts that people edit has."""
    return [
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
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
        "repair_team",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lead_id", columns.Uuid16(), nullable=True),
        sa.Column("categories", columns.Json(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        *_profile(),
        _points("repair_team", "lead_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_team")),
    )
    op.create_table(
        "technician",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", columns.Uuid16(), nullable=True),
        sa.Column("phone", columns.Sealed(), nullable=True),
        sa.Column("skills", columns.Json(), nullable=False),
        sa.Column("building_ids", columns.Json(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("left_on", columns.Day(), nullable=True),
        *_profile(),
        _points("technician", "team_id", "repair_team"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technician")),
    )
    op.create_table(
        "duty_change",
        sa.Column("technician_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("first", columns.Day(), nullable=False),
        sa.Column("last", columns.Day(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        *_profile(),
        _points("duty_change", "technician_id", "technician"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_change")),
    )
    op.create_index(op.f("ix_duty_change_technician_id"), "duty_change", ["technician_id"])
    op.create_table(
        "contractor",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("categories", columns.Json(), nullable=False),
        sa.Column("warranty_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ended_on", columns.Day(), nullable=True),
        *_profile(),
        _points("contractor", "party_id", "party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractor")),
        sa.UniqueConstraint("party_id", name=op.f("uq_contractor_party_id")),
    )
    for column in (
        sa.Column("category", sa.String(length=40), server_default="other", nullable=False),
        sa.Column("channel", sa.String(length=40), server_default="counter", nullable=False),
        sa.Column("facility", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("wished_from", columns.Instant(), nullable=True),
        sa.Column("wished_to", columns.Instant(), nullable=True),
        sa.Column("promised_at", columns.Instant(), nullable=True),
        sa.Column("awaited_since", columns.Instant(), nullable=True),
        sa.Column("contract_price", columns.Fen(), nullable=True),
        sa.Column("warranty_until", columns.Day(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("done_at", columns.Instant(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
    ):
        op.add_column("work_order", column)
    _point("work_order", "building_id", "building")
    _point("work_order", "owner_id", "staff_member")
    _point("work_order", "technician_id", "technician")
    _point("work_order", "contractor_id", "contractor")
    _point("work_order", "follows_id", "work_order")
    op.create_index(op.f("ix_work_order_technician_id_state"), "work_order", ["technician_id", "state"])
    op.create_index(op.f("ix_work_order_building_id_state"), "work_order", ["building_id", "state"])
    op.create_index(op.f("ix_work_order_follows_id"), "work_order", ["follows_id"])
    op.create_index(
        "ix_work_order_unrated", "work_order", ["done_at", "id"], sqlite_where=_UNRATED, postgresql_where=_UNRATED
    )
    op.add_column("work_order_event", sa.Column("state", sa.String(length=40), nullable=True))
    op.add_column("work_order_event", sa.Column("stands", sa.Boolean(), nullable=True))
    op.add_column("work_order_event", sa.Column("note", sa.Text(), nullable=True))
    _costs()
    _orders_as_they_stood()


def _costs() -> None:
    op.create_table(
        "repair_material",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price", columns.Fen(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        *_profile(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_material")),
    )
    op.create_table(
        "repair_cost",
        sa.Column("work_order_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("quantity", columns.Scaled(3), nullable=False),
        sa.Column("unit_price", columns.Fen(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("payer", sa.String(length=40), nullable=False),
        sa.Column("material_id", columns.Uuid16(), nullable=True),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        *_ledger(),
        _points("repair_cost", "work_order_id", "work_order"),
        _points("repair_cost", "material_id", "repair_material"),
        _points("repair_cost", "reverses_id", "repair_cost"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_cost")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_repair_cost_reverses_id")),
    )
    op.create_index(op.f("ix_repair_cost_work_order_id"), "repair_cost", ["work_order_id"])
    op.create_table(
        "material_move",
        sa.Column("material_id", columns.Uuid16(), nullable=False),
        sa.Column("quantity", columns.Scaled(3), nullable=False),
        sa.Column("cost_id", columns.Uuid16(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        *_ledger(),
        _points("material_move", "material_id", "repair_material"),
        _points("material_move", "cost_id", "repair_cost"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_move")),
    )
    op.create_index(op.f("ix_material_move_material_id"), "material_move", ["material_id"])
    op.create_table(
        "repair_bill",
        sa.Column("work_order_id", columns.Uuid16(), nullable=False),
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        *_ledger(),
        _points("repair_bill", "work_order_id", "work_order"),
        _points("repair_bill", "bill_id", "bill"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_bill")),
        sa.UniqueConstraint("bill_id", name=op.f("uq_repair_bill_bill_id")),
    )
    op.create_index(op.f("ix_repair_bill_work_order_id"), "repair_bill", ["work_order_id"])


def _point(table: str, column: str, target: str) -> None:
    """A column that points at another table, empty in the rows that are there."""
    key = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "postgresql":
        op.add_column(table, sa.Column(column, columns.Uuid16(), nullable=True))
        op.create_foreign_key(key, table, target, [column], ["id"], initially="DEFERRED", deferrable=True)
    else:
        # SQLite takes a key with a new column only where it stands beside it; a rebuilt table would lose its guards.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} BLOB"
            f" CONSTRAINT {key} REFERENCES {target} (id) DEFERRABLE INITIALLY DEFERRED"
        )


def _orders_as_they_stood() -> None:
    """Orders of before go on: the state by its new word, the owner whoever took it in, the clock from where it was."""
    for old, new in _STATES.items():
        op.execute(sa.text("UPDATE work_order SET state = :new WHERE state = :old").bindparams(old=old, new=new))
    op.execute("UPDATE work_order SET owner_id = created_by")
    op.execute("UPDATE work_order SET reason = '升级前已取消' WHERE state = 'cancelled'")
    op.execute(
        "UPDATE work_order SET awaited_since = (SELECT max(e.created_at) FROM work_order_event e"
        " WHERE e.work_order_id = work_order.id AND e.kind IN ('rework', 'take_back'))"
    )
    if op.get_bind().dialect.name == "postgresql":
        # Keys that wait to be checked would keep a later migration of the same run from changing the table.
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
