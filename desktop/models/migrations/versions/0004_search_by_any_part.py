"""Search: any part of a name or plate, lease and receipt numbers by their end, each answered by an index."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns
from desktop.models.search import CREATE_FTS, Pieces

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_END = "substr(number, length(number) - 3)"


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "search_text",
        sa.Column("lid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("folded", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("pieces", Pieces(), nullable=False),
        sa.PrimaryKeyConstraint("lid", name=op.f("pk_search_text")),
        sa.UniqueConstraint("row_id", name=op.f("uq_search_text_row_id")),
    )
    op.create_index("ix_search_text_folded", "search_text", ["kind", "folded", sa.text("row_id DESC")])
    # Of parties with one key the one registered last comes first.
    op.drop_index("ix_party_name_key", "party_name")
    op.create_index("ix_party_name_key", "party_name", ["key", sa.text("party_id DESC")])
    for table in ("lease", "party", "receipt"):
        op.create_index(f"ix_{table}_number_end", table, [sa.text(_END)])
    if postgresql:
        op.create_index(
            "ix_search_text_pieces", "search_text", ["pieces"], postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )  # fmt: skip
        for table in ("lease", "receipt", "room"):
            op.create_index(f"ix_{table}_number_c", table, [sa.text('number COLLATE "C"')])
    else:
        op.execute(CREATE_FTS)
        op.create_index("ix_room_number", "room", ["number"])
