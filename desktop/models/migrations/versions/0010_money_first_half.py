"""Money, first half: fees with tariffs and discounts, bill runs, shared costs, deposits, invoices, master meters."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TOLD = sa.text("reference IS NOT NULL")
_OF_AN_ITEM = sa.text("fee_item_id IS NOT NULL")
_OF_A_RUN = sa.text("run_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "discount_rule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fee_item_ids", columns.Json(), nullable=False),
        sa.Column("percent", columns.Scaled(2), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_rule")),
    )
    op.create_table(
        "fee_item",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fee_type", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("area_kind", sa.String(length=40), nullable=False),
        sa.Column("meter_kind", sa.String(length=40), nullable=True),
        sa.Column("debtor", sa.String(length=40), nullable=False),
        sa.Column("every_room", sa.Boolean(), nullable=False),
        sa.Column("room_kinds", columns.Json(), nullable=False),
        sa.Column("building_ids", columns.Json(), nullable=False),
        sa.Column("cycle_months", sa.Integer(), nullable=False),
        sa.Column("in_arrears", sa.Boolean(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("stub_rule", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_item")),
    )
    op.create_table(
        "owed_day",
        sa.Column("due", columns.Day(), nullable=False),
        sa.Column("owed", columns.Fen(), nullable=False),
        sa.Column("bills", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("due", name=op.f("pk_owed_day")),
    )
    op.create_table(
        "bill_run",
        sa.Column("first", columns.Day(), nullable=False),
        sa.Column("last", columns.Day(), nullable=False),
        sa.Column("building_id", columns.Uuid16(), nullable=True),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_bill_run_building_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_run")),
    )
    op.create_table(
        "invoice",
        sa.Column("buyer_id", columns.Uuid16(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("requested_on", columns.Day(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("issued_on", columns.Day(), nullable=True),
        sa.Column("red_number", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["party.id"], name=op.f("fk_invoice_buyer_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_index(op.f("ix_invoice_buyer_id"), "invoice", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_invoice_state"), "invoice", ["state"], unique=False)
    op.create_table(
        "tariff",
        sa.Column("fee_item_id", columns.Uuid16(), nullable=False),
        sa.Column("building_id", columns.Uuid16(), nullable=True),
        sa.Column("room_kind", sa.String(length=40), nullable=True),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("unit_price", columns.Scaled(6), nullable=True),
        sa.Column("tiers", columns.Json(), nullable=False),
        sa.Column("tier_span", sa.String(length=40), nullable=False),
        sa.Column("one_line", sa.Boolean(), nullable=False),
        sa.Column("minimum", columns.Fen(), nullable=False),
        sa.Column("tax_rate", columns.Scaled(4), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"], ["building.id"], name=op.f("fk_tariff_building_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["fee_item_id"], ["fee_item.id"], name=op.f("fk_tariff_fee_item_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
    )
    op.create_index(op.f("ix_tariff_fee_item_id"), "tariff", ["fee_item_id"], unique=False)
    op.create_table(
        "room_fee",
        sa.Column("fee_item_id", columns.Uuid16(), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("quantity", columns.Scaled(6), nullable=True),
        sa.Column("unit_price", columns.Scaled(6), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fee_item_id"],
            ["fee_item.id"],
            name=op.f("fk_room_fee_fee_item_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_fee_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_fee")),
    )
    op.create_index(op.f("ix_room_fee_fee_item_id"), "room_fee", ["fee_item_id"], unique=False)
    op.create_index(op.f("ix_room_fee_room_id"), "room_fee", ["room_id"], unique=False)
    op.create_table(
        "deposit_move",
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        sa.Column("payment_id", columns.Uuid16(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("moved_on", columns.Day(), nullable=False),
        sa.Column("to_bill_id", columns.Uuid16(), nullable=True),
        sa.Column("payee_id", columns.Uuid16(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_deposit_move_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["party.id"], name=op.f("fk_deposit_move_payee_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["payment.id"],
            name=op.f("fk_deposit_move_payment_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["to_bill_id"], ["bill.id"], name=op.f("fk_deposit_move_to_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_move")),
    )
    op.create_index(op.f("ix_deposit_move_bill_id"), "deposit_move", ["bill_id"], unique=False)
    op.create_index(op.f("ix_deposit_move_payment_id"), "deposit_move", ["payment_id"], unique=False)
    op.create_table(
        "invoiced_bill",
        sa.Column("invoice_id", columns.Uuid16(), nullable=False),
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_invoiced_bill_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
            name=op.f("fk_invoiced_bill_invoice_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoiced_bill")),
    )
    op.create_index(op.f("ix_invoiced_bill_bill_id"), "invoiced_bill", ["bill_id"], unique=False)
    op.create_index(op.f("ix_invoiced_bill_invoice_id"), "invoiced_bill", ["invoice_id"], unique=False)
    op.create_table(
        "shared_pool",
        sa.Column("fee_item_id", columns.Uuid16(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("building_id", columns.Uuid16(), nullable=True),
        sa.Column("by_members", sa.Boolean(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("master_meter_id", columns.Uuid16(), nullable=True),
        sa.Column("vacant_percent", columns.Scaled(2), nullable=False),
        sa.Column("office_bears_rest", sa.Boolean(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_shared_pool_building_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["fee_item_id"],
            ["fee_item.id"],
            name=op.f("fk_shared_pool_fee_item_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["master_meter_id"],
            ["meter.id"],
            name=op.f("fk_shared_pool_master_meter_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_pool")),
    )
    op.create_index(op.f("ix_shared_pool_fee_item_id"), "shared_pool", ["fee_item_id"], unique=False)
    op.create_table(
        "pool_charge",
        sa.Column("pool_id", columns.Uuid16(), nullable=False),
        sa.Column("period_start", columns.Day(), nullable=False),
        sa.Column("period_end", columns.Day(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["shared_pool.id"], name=op.f("fk_pool_charge_pool_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["pool_charge.id"],
            name=op.f("fk_pool_charge_reverses_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_charge")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_pool_charge_reverses_id")),
    )
    op.create_index(op.f("ix_pool_charge_pool_id"), "pool_charge", ["pool_id"], unique=False)
    op.create_table(
        "pool_member",
        sa.Column("pool_id", columns.Uuid16(), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("ratio", columns.Scaled(6), nullable=True),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["shared_pool.id"], name=op.f("fk_pool_member_pool_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_pool_member_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_member")),
    )
    op.create_index(op.f("ix_pool_member_pool_id"), "pool_member", ["pool_id"], unique=False)
    op.create_index(op.f("ix_pool_member_room_id"), "pool_member", ["room_id"], unique=False)

    _point("bill", "run_id", "bill_run")
    op.create_index("ix_bill_run_id", "bill", ["run_id"], sqlite_where=_OF_A_RUN, postgresql_where=_OF_A_RUN)
    _point("bill_line", "fee_item_id", "fee_item")
    op.create_index(
        "ix_bill_line_fee", "bill_line", ["fee_item_id", "period_end"], sqlite_where=_OF_AN_ITEM,
        postgresql_where=_OF_AN_ITEM,
    )  # fmt: skip
    op.add_column("key_item", sa.Column("serial", sa.Text(), nullable=True))
    _point("key_item", "copy_of_id", "key_item")
    op.add_column("key_move", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("rounding", columns.Fen(), server_default="0", nullable=False))
    op.add_column("payment", sa.Column("allocated_by", sa.String(length=40), nullable=True))
    op.add_column("reading", sa.Column("rolled_over", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("reading", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("room", sa.Column("inner_area", columns.Scaled(2), nullable=True))
    op.create_index("ix_tender_reference", "tender", ["reference"], sqlite_where=_TOLD, postgresql_where=_TOLD)
    _meters_without_a_room()
    op.execute(
        "INSERT INTO owed_day (due, owed, bills)"
        " SELECT due, CAST(sum(owed) AS BIGINT), count(*) FROM bill_balance WHERE owed > 0 GROUP BY due"
    )


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


def _meters_without_a_room() -> None:
    """A master meter hangs in a house, not in a room."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("meter", "room_id", nullable=True)
    else:
        # SQLite cannot drop a NOT NULL. The rows come back under the same name before the keys that point at them
        # are checked, which is at the commit.
        op.execute("CREATE TEMP TABLE meter_kept AS SELECT * FROM meter")
        op.drop_table("meter")
        op.create_table(
            "meter",
            sa.Column("room_id", columns.Uuid16(), nullable=True),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("serial", sa.Text(), nullable=True),
            sa.Column("multiplier", columns.Scaled(3), nullable=False),
            sa.Column("highest", columns.Scaled(3), nullable=True),
            sa.Column("installed_on", columns.Day(), nullable=False),
            sa.Column("removed_on", columns.Day(), nullable=True),
            sa.Column("updated_at", columns.Instant(), nullable=False),
            sa.Column("deleted_at", columns.Instant(), nullable=True),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("id", columns.Uuid16(), nullable=False),
            sa.Column("project_id", columns.Uuid16(), nullable=False),
            sa.Column("created_at", columns.Instant(), nullable=False),
            sa.Column("created_by", columns.Uuid16(), nullable=True),
            sa.ForeignKeyConstraint(
                ["room_id"], ["room.id"], name=op.f("fk_meter_room_id"), initially="DEFERRED", deferrable=True
            ),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        )
        op.create_index(op.f("ix_meter_room_id"), "meter", ["room_id"], unique=False)
        op.execute("INSERT INTO meter SELECT * FROM meter_kept")
        op.execute("DROP TABLE meter_kept")
    op.add_column("meter", sa.Column("place", sa.Text(), nullable=True))
    _point("meter", "building_id", "building")
    _point("meter", "replaces_id", "meter")
