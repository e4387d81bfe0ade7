"""What came from another office is kept beside what was written here; the chain of acts and the session."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEYS = {
    "bill": ["source_key"],
    "bill_line": ["source_key"],
    "contractor": ["party_id"],
    "custom_value": ["custom_field_id, subject_id"],
    "desk": ["project_id, code"],
    "flow": ["project_id, kind, ordinal"],
    "party_alias": ["merged_id"],
    "payment": ["reverses_id"],
    "plan_round": ["plan_id, due_on", "work_order_id"],
    "pool_charge": ["reverses_id"],
    "receipt": ["payment_id", "project_id, number"],
    "repair_bill": ["bill_id"],
    "repair_cost": ["reverses_id"],
    "role": ["project_id, code"],
    "role_right": ["role_id, right"],
    "role_sight": ["role_id, field"],
    "setting": ["project_id, key, valid_from"],
    "staff_member": ["project_id, login"],
    "tag_use": ["tag_id, subject_id"],
    "template": ["project_id, kind, ordinal"],
}
"""Unique keys, which from now on hold among the rows that were written here."""
_BY_INDEX = ("lease", "party", "reservation")
"""Tables whose number is kept unique by an index."""
_UNSEALED, _WAITING = sa.text("seq IS NULL"), sa.text("applied_at IS NULL")


def upgrade() -> None:
    _arrived()
    _chain()
    _come_in()
    _session()
    op.add_column("field_history", sa.Column("op", sa.Text(), server_default="", nullable=False))
    op.add_column("conflict_task", sa.Column("closed_by", columns.Uuid16(), nullable=True))
    op.add_column("device", sa.Column("vouch", columns.Digest(), nullable=True))
    op.drop_table("reminder")


def _arrived() -> None:
    for table in (*_KEYS, *_BY_INDEX, "lease_room"):
        op.add_column(table, sa.Column("arrived", sa.BigInteger(), server_default="0", nullable=False))
    for table in _BY_INDEX:
        op.drop_index(f"ix_{table}_project_id_number", table)
        op.create_index(
            f"ix_{table}_project_id_number_arrived", table, ["project_id", "number", "arrived"], unique=True
        )
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEYS:
            _rebuild(table, _with_arrived)
        return
    for table, keys in _KEYS.items():
        for key in keys:
            names = [name.strip() for name in key.split(",")]
            op.drop_constraint(f"uq_{table}_{'_'.join(names)}", table)
            op.create_unique_constraint(f"uq_{table}_{'_'.join(names)}_arrived", table, [*names, "arrived"])


def _chain() -> None:
    op.add_column("outbox_act", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("outbox_act", sa.Column("hash", columns.Digest(), nullable=True))
    op.add_column("outbox_act", sa.Column("clock", sa.String(length=24), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _rebuild("outbox_act", lambda sql: _and_unique(sql, "uq_outbox_act_seq", "seq"))
        _rebuild("outbox", lambda sql: re.sub(r",\s*CONSTRAINT uq_outbox_seq UNIQUE \(seq\)", "", sql))
    else:
        op.create_unique_constraint("uq_outbox_act_seq", "outbox_act", ["seq"])
    for name in ("seq", "hash", "acked_at"):
        op.drop_column("outbox", name)
    op.create_index("ix_outbox_act_unsealed", "outbox_act", ["lid"], sqlite_where=_UNSEALED, postgresql_where=_UNSEALED)


def _come_in() -> None:
    op.drop_table("seen_op")  # no office had another one to hear from yet
    op.create_table(
        "seen_act",
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("ops", sa.LargeBinary(), nullable=False),
        sa.Column("clock", sa.String(length=24), nullable=True),
        sa.Column("came_at", columns.Instant(), nullable=False),
        sa.Column("applied_at", columns.Instant(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_seen_act")),
    )
    op.create_index("ix_seen_act_waiting", "seen_act", ["place"], sqlite_where=_WAITING, postgresql_where=_WAITING)


def _session() -> None:
    op.create_table(
        "sync_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("acked", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", columns.Digest(), nullable=False),
        sa.Column("offering", sa.Boolean(), nullable=False),
        sa.Column("met_at", columns.Instant(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("trouble_since", columns.Instant(), nullable=True),
        sa.Column("letters", columns.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_state")),
    )
    op.create_table(
        "sync_lease",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder_id", columns.Uuid16(), nullable=True),
        sa.Column("device_id", columns.Uuid16(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_lease")),
    )
    op.create_table(
        "head_office",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("enrolled_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_office")),
    )


def _with_arrived(sql: str) -> str:
    return re.sub(r"CONSTRAINT (uq_\w+) UNIQUE \(([^)]*)\)", r"CONSTRAINT \1_arrived UNIQUE (\2, arrived)", sql)


def _and_unique(sql: str, name: str, column: str) -> str:
    return f"{sql.rstrip().removesuffix(')')}, CONSTRAINT {name} UNIQUE ({column}))"


def _rebuild(table: str, edit: Callable[[str], str]) -> None:
    """SQLite changes no constraint: the table is made anew by its own edited words, and filled from the old one.

    The caller has switched off the checks of foreign keys; the guards are made anew at the end of every migration.
    """
    connection = op.get_bind()
    for (name,) in connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%'"
    ).fetchall():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    (sql,) = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
    ).one()
    indexes = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,)
    ).fetchall()
    names = ", ".join(f'"{row[1]}"' for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")'))
    made = edit(re.sub(rf'^CREATE TABLE "?{table}"?', f'CREATE TABLE "{table}_anew"', sql))
    assert made.count("(") == made.count(")"), made
    connection.exec_driver_sql(made)
    connection.exec_driver_sql(f'INSERT INTO "{table}_anew" ({names}) SELECT {names} FROM "{table}"')
    connection.exec_driver_sql(f'DROP TABLE "{table}"')
    connection.exec_driver_sql(f'ALTER TABLE "{table}_anew" RENAME TO "{table}"')
    for (index,) in indexes:
        connection.exec_driver_sql(index)
