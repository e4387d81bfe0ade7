"""The office begins: places, parties, leases, bills, journal, payments, keys, audit chain and outbox."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("actor_id", columns.Uuid16(), nullable=True),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=True),
        sa.Column("subject_id", columns.Uuid16(), nullable=True),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("op_count", sa.Integer(), nullable=False),
        sa.Column("ops_sha", columns.Digest(), nullable=False),
        sa.Column("changes_sha", columns.Digest(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("prev", columns.Digest(), nullable=False),
        sa.Column("hash", columns.Digest(), nullable=False),
        sa.Column("mac", columns.Digest(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("act_id", name=op.f("uq_audit_entry_act_id")),
    )
    op.create_index(op.f("ix_audit_entry_actor_id_at"), "audit_entry", ["actor_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject_id"), "audit_entry", ["subject_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hash", columns.Digest(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", columns.Digest(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "building",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
    )
    op.create_table(
        "conflict_task",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("detail", columns.Json(), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_task")),
    )
    op.create_table(
        "custom_field",
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", columns.Json(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
    )
    op.create_table(
        "desk",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_desk_project_id_code")),
    )
    op.create_table(
        "draft",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("staff_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_staff_id_kind"), "draft", ["staff_id", "kind"], unique=False)
    op.create_table(
        "field_change",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("old", columns.Json(), nullable=True),
        sa.Column("new", columns.Json(), nullable=True),
        sa.Column("salt", columns.Digest(), nullable=True),
        sa.Column("digest", columns.Digest(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_change")),
    )
    op.create_index(op.f("ix_field_change_act_id"), "field_change", ["act_id"], unique=False)
    op.create_index(op.f("ix_field_change_row_id"), "field_change", ["row_id"], unique=False)
    op.create_table(
        "field_history",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", columns.Json(), nullable=True),
        sa.Column("hlc", sa.String(length=24), nullable=False),
        sa.Column("lost_to", sa.String(length=24), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_history")),
    )
    op.create_index(op.f("ix_field_history_row_id"), "field_history", ["row_id"], unique=False)
    op.create_table(
        "flow",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("steps", columns.Json(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow")),
        sa.UniqueConstraint("project_id", "kind", "ordinal", name=op.f("uq_flow_project_id_kind_ordinal")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("business_date", columns.Day(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["journal_entry.id"],
            name=op.f("fk_journal_entry_reverses_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(op.f("ix_journal_entry_subject_id"), "journal_entry", ["subject_id"], unique=False)
    op.create_table(
        "node",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("schema_rev", sa.Integer(), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("hlc", sa.String(length=24), nullable=False),
        sa.Column("enrolled_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "number_block",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("desk_id", columns.Uuid16(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("upcoming", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_block")),
        sa.UniqueConstraint("desk_id", "series", "first", name=op.f("uq_number_block_desk_id_series_first")),
    )
    op.create_table(
        "office_key_wrap",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=True),
        sa.Column("wrapped", columns.Digest(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_key_wrap")),
    )
    op.create_table(
        "outbox",
        sa.Column("lid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("op_id", columns.Uuid16(), nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha", columns.Digest(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("hash", columns.Digest(), nullable=True),
        sa.Column("acked_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("lid", name=op.f("pk_outbox")),
        sa.UniqueConstraint("op_id", name=op.f("uq_outbox_op_id")),
        sa.UniqueConstraint("seq", name=op.f("uq_outbox_seq")),
    )
    op.create_index(op.f("ix_outbox_act_id"), "outbox", ["act_id"], unique=False)
    op.create_table(
        "outbox_act",
        sa.Column("lid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("lid", name=op.f("pk_outbox_act")),
        sa.UniqueConstraint("act_id", name=op.f("uq_outbox_act_act_id")),
    )
    op.create_table(
        "party",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(40), nullable=True),
        sa.Column("birth", columns.Day(), nullable=True),
        sa.Column("ethnicity", sa.Text(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("hold_erasure", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index(op.f("ix_party_project_id_number"), "party", ["project_id", "number"], unique=True)
    op.create_table(
        "print_event",
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sha256", columns.Digest(), nullable=False),
        sa.Column("options", columns.Json(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_event")),
    )
    op.create_index(op.f("ix_print_event_subject_id"), "print_event", ["subject_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("organisation_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
    )
    op.create_table(
        "reminder",
        sa.Column("stable_key", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("due_at", columns.Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done_at", columns.Instant(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("stable_key", name=op.f("uq_reminder_stable_key")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("inherits_id", columns.Uuid16(), nullable=True),
        sa.Column("shipped", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["inherits_id"], ["role.id"], name=op.f("fk_role_inherits_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_role_project_id_code")),
    )
    op.create_table(
        "row_sync",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", columns.Uuid16(), nullable=False),
        sa.Column("row_hlc", sa.String(length=24), nullable=False),
        sa.Column("fields", columns.Json(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "row_id", name=op.f("pk_row_sync")),
    )
    op.create_table(
        "seen_op",
        sa.Column("op_id", columns.Uuid16(), nullable=False),
        sa.Column("act_id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha", columns.Digest(), nullable=False),
        sa.Column("sig", columns.Digest(), nullable=False),
        sa.Column("applied_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_seen_op")),
    )
    op.create_index(op.f("ix_seen_op_act_id"), "seen_op", ["act_id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", columns.Json(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("project_id", "key", "valid_from", name=op.f("uq_setting_project_id_key_valid_from")),
    )
    op.create_table(
        "sign_in_guard",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_sign_in_guard")),
    )
    op.create_table(
        "staff_member",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", columns.Instant(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("project_id", "login", name=op.f("uq_staff_member_project_id_login")),
    )
    op.create_table(
        "stored_file",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("title", columns.Sealed(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", columns.Digest(), nullable=False),
        sa.Column("file_key", columns.Digest(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index(op.f("ix_stored_file_subject_id"), "stored_file", ["subject_id"], unique=False)
    op.create_table(
        "tag",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_table(
        "template",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint("project_id", "kind", "ordinal", name=op.f("uq_template_project_id_kind_ordinal")),
    )
    op.create_table(
        "bank_account",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", columns.Sealed(), nullable=False),
        sa.Column("number_index", columns.Digest(), nullable=False),
        sa.Column("number_tail", columns.Digest(), nullable=False),
        sa.Column("holder", columns.Sealed(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_bank_account_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
    )
    op.create_index(op.f("ix_bank_account_party_id"), "bank_account", ["party_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("template_id", columns.Uuid16(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("by_party_id", columns.Uuid16(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_party_id"], ["party.id"], name=op.f("fk_consent_by_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_consent_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_consent_template_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_party_id"), "consent", ["party_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value", columns.Sealed(), nullable=False),
        sa.Column("value_index", columns.Digest(), nullable=True),
        sa.Column("value_tail", columns.Digest(), nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", columns.Instant(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_contact_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_party_id"), "contact", ["party_id"], unique=False)
    op.create_index(op.f("ix_contact_value_index"), "contact", ["value_index"], unique=False)
    op.create_index(op.f("ix_contact_value_tail"), "contact", ["value_tail"], unique=False)
    op.create_table(
        "custom_value",
        sa.Column("custom_field_id", columns.Uuid16(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("value", columns.Json(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["custom_field_id"],
            ["custom_field.id"],
            name=op.f("fk_custom_value_custom_field_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_value")),
        sa.UniqueConstraint("custom_field_id", "subject_id", name=op.f("uq_custom_value_custom_field_id_subject_id")),
    )
    op.create_index(op.f("ix_custom_value_subject_id"), "custom_value", ["subject_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("desk_id", columns.Uuid16(), nullable=True),
        sa.Column("signing_key", columns.Digest(), nullable=False),
        sa.Column("wrapping_key", columns.Digest(), nullable=False),
        sa.Column("approved_at", columns.Instant(), nullable=True),
        sa.Column("revoked_at", columns.Instant(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["desk.id"], name=op.f("fk_device_desk_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_table(
        "flow_case",
        sa.Column("flow_id", columns.Uuid16(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["flow_id"], ["flow.id"], name=op.f("fk_flow_case_flow_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_case")),
    )
    op.create_index(op.f("ix_flow_case_state"), "flow_case", ["state"], unique=False)
    op.create_index(op.f("ix_flow_case_subject_id"), "flow_case", ["subject_id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("lessor_id", columns.Uuid16(), nullable=True),
        sa.Column("renews_id", columns.Uuid16(), nullable=True),
        sa.Column("template_id", columns.Uuid16(), nullable=True),
        sa.Column("signed_on", columns.Day(), nullable=True),
        sa.Column("moved_in_on", columns.Day(), nullable=True),
        sa.Column("notice_on", columns.Day(), nullable=True),
        sa.Column("moved_out_on", columns.Day(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lessor_id"], ["party.id"], name=op.f("fk_lease_lessor_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["renews_id"], ["lease.id"], name=op.f("fk_lease_renews_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["template.id"], name=op.f("fk_lease_template_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    op.create_index(op.f("ix_lease_project_id_number"), "lease", ["project_id", "number"], unique=True)
    op.create_index(op.f("ix_lease_state"), "lease", ["state"], unique=False)
    op.create_table(
        "party_alias",
        sa.Column("merged_id", columns.Uuid16(), nullable=False),
        sa.Column("kept_id", columns.Uuid16(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["party.id"], name=op.f("fk_party_alias_kept_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["party.id"], name=op.f("fk_party_alias_merged_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_alias")),
        sa.UniqueConstraint("merged_id", name=op.f("uq_party_alias_merged_id")),
    )
    op.create_index(op.f("ix_party_alias_kept_id"), "party_alias", ["kept_id"], unique=False)
    op.create_table(
        "party_name",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_party_name_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("party_id", "key", name=op.f("pk_party_name")),
    )
    op.create_index("ix_party_name_key", "party_name", ["key", "party_id"], unique=False)
    op.create_table(
        "party_relation",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("other_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("since", columns.Day(), nullable=True),
        sa.Column("until", columns.Day(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["other_id"], ["party.id"], name=op.f("fk_party_relation_other_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_party_relation_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_relation")),
    )
    op.create_index(op.f("ix_party_relation_other_id"), "party_relation", ["other_id"], unique=False)
    op.create_index(op.f("ix_party_relation_party_id"), "party_relation", ["party_id"], unique=False)
    op.create_table(
        "person_document",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", columns.Sealed(), nullable=False),
        sa.Column("number_index", columns.Digest(), nullable=False),
        sa.Column("number_tail", columns.Digest(), nullable=False),
        sa.Column("address", columns.Sealed(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("valid_from", columns.Day(), nullable=True),
        sa.Column("valid_to", columns.Day(), nullable=True),
        sa.Column("long_term", sa.Boolean(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("matched_by", columns.Uuid16(), nullable=True),
        sa.Column("matched_at", columns.Instant(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["matched_by"],
            ["staff_member.id"],
            name=op.f("fk_person_document_matched_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_person_document_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_document")),
    )
    op.create_index(op.f("ix_person_document_number_index"), "person_document", ["number_index"], unique=False)
    op.create_index(op.f("ix_person_document_number_tail"), "person_document", ["number_tail"], unique=False)
    op.create_index(op.f("ix_person_document_party_id"), "person_document", ["party_id"], unique=False)
    op.create_table(
        "role_right",
        sa.Column("role_id", columns.Uuid16(), nullable=False),
        sa.Column("right", sa.String(40), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_role_right_role_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_right")),
        sa.UniqueConstraint("role_id", "right", name=op.f("uq_role_right_role_id_right")),
    )
    op.create_table(
        "role_sight",
        sa.Column("role_id", columns.Uuid16(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("sight", sa.String(40), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_role_sight_role_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_sight")),
        sa.UniqueConstraint("role_id", "field", name=op.f("uq_role_sight_role_id_field")),
    )
    op.create_table(
        "room",
        sa.Column("building_id", columns.Uuid16(), nullable=False),
        sa.Column("parent_id", columns.Uuid16(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("area", columns.Scaled(2), nullable=True),
        sa.Column("layout", sa.Text(), nullable=True),
        sa.Column("asking_rent", columns.Fen(), nullable=True),
        sa.Column("habitable", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(40), nullable=False),
        sa.Column("condition_note", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"], ["building.id"], name=op.f("fk_room_building_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["room.id"], name=op.f("fk_room_parent_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(op.f("ix_room_building_id_number"), "room", ["building_id", "number"], unique=False)
    op.create_index(op.f("ix_room_parent_id"), "room", ["parent_id"], unique=False)
    op.create_table(
        "shift",
        sa.Column("desk_id", columns.Uuid16(), nullable=False),
        sa.Column("staff_id", columns.Uuid16(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["desk.id"], name=op.f("fk_shift_desk_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_shift_staff_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(op.f("ix_shift_desk_id"), "shift", ["desk_id"], unique=False)
    op.create_table(
        "staff_role",
        sa.Column("staff_id", columns.Uuid16(), nullable=False),
        sa.Column("role_id", columns.Uuid16(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_staff_role_role_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_staff_role_staff_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
    )
    op.create_index(op.f("ix_staff_role_staff_id"), "staff_role", ["staff_id"], unique=False)
    op.create_table(
        "tag_use",
        sa.Column("tag_id", columns.Uuid16(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_tag_use_tag_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_use")),
        sa.UniqueConstraint("tag_id", "subject_id", name=op.f("uq_tag_use_tag_id_subject_id")),
    )
    op.create_index(op.f("ix_tag_use_subject_id"), "tag_use", ["subject_id"], unique=False)
    op.create_table(
        "bill",
        sa.Column("debtor_id", columns.Uuid16(), nullable=False),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("issued_on", columns.Day(), nullable=False),
        sa.Column("due", columns.Day(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["party.id"], name=op.f("fk_bill_debtor_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_bill_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_bill_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint("source_key", name=op.f("uq_bill_source_key")),
    )
    op.create_index(op.f("ix_bill_debtor_id_due"), "bill", ["debtor_id", "due"], unique=False)
    op.create_index(op.f("ix_bill_lease_id"), "bill", ["lease_id"], unique=False)
    op.create_table(
        "flow_step",
        sa.Column("case_id", columns.Uuid16(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["flow_case.id"], name=op.f("fk_flow_step_case_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_step")),
    )
    op.create_index(op.f("ix_flow_step_case_id"), "flow_step", ["case_id"], unique=False)
    op.create_table(
        "key_item",
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_key_item_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_item")),
    )
    op.create_index(op.f("ix_key_item_room_id"), "key_item", ["room_id"], unique=False)
    op.create_table(
        "lease_party",
        sa.Column("lease_id", columns.Uuid16(), nullable=False),
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
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
            ["lease_id"], ["lease.id"], name=op.f("fk_lease_party_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_lease_party_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_party")),
    )
    op.create_index(op.f("ix_lease_party_lease_id"), "lease_party", ["lease_id"], unique=False)
    op.create_index(op.f("ix_lease_party_party_id"), "lease_party", ["party_id"], unique=False)
    op.create_table(
        "lease_room",
        sa.Column("lease_id", columns.Uuid16(), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_lease_room_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_lease_room_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_room")),
    )
    op.create_index(op.f("ix_lease_room_lease_id"), "lease_room", ["lease_id"], unique=False)
    op.create_index(op.f("ix_lease_room_room_id_valid_from"), "lease_room", ["room_id", "valid_from"], unique=False)
    op.create_table(
        "lease_term",
        sa.Column("lease_id", columns.Uuid16(), nullable=False),
        sa.Column("effective_from", columns.Day(), nullable=False),
        sa.Column("start", columns.Day(), nullable=False),
        sa.Column("end", columns.Day(), nullable=False),
        sa.Column("rent", columns.Fen(), nullable=False),
        sa.Column("rent_steps", columns.Json(), nullable=False),
        sa.Column("cycle_months", sa.Integer(), nullable=False),
        sa.Column("calendar_months", sa.Boolean(), nullable=False),
        sa.Column("pay_ahead_days", sa.Integer(), nullable=False),
        sa.Column("deposit", columns.Fen(), nullable=False),
        sa.Column("stub_rule", sa.String(40), nullable=False),
        sa.Column("stub_placement", sa.String(40), nullable=False),
        sa.Column("free_days", sa.Integer(), nullable=False),
        sa.Column("free_days_rule", sa.String(40), nullable=False),
        sa.Column("late_fee_per_mille", columns.Scaled(4), nullable=False),
        sa.Column("property_fee_price", columns.Scaled(6), nullable=True),
        sa.Column("property_fee_area", columns.Scaled(2), nullable=True),
        sa.Column("property_fee_months", sa.Integer(), nullable=False),
        sa.Column("key_deposit", columns.Fen(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_lease_term_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_term")),
    )
    op.create_index(op.f("ix_lease_term_lease_id"), "lease_term", ["lease_id"], unique=False)
    op.create_table(
        "meter",
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
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
    op.create_table(
        "occupant",
        sa.Column("lease_id", columns.Uuid16(), nullable=False),
        sa.Column("party_id", columns.Uuid16(), nullable=False),
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
            ["lease_id"], ["lease.id"], name=op.f("fk_occupant_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_occupant_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupant")),
    )
    op.create_index(op.f("ix_occupant_lease_id"), "occupant", ["lease_id"], unique=False)
    op.create_index(op.f("ix_occupant_party_id"), "occupant", ["party_id"], unique=False)
    op.create_table(
        "ownership",
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("share", columns.Scaled(6), nullable=False),
        sa.Column("owner_occupied", sa.Boolean(), nullable=False),
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
            ["party_id"], ["party.id"], name=op.f("fk_ownership_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_ownership_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership")),
    )
    op.create_index(op.f("ix_ownership_party_id"), "ownership", ["party_id"], unique=False)
    op.create_index(op.f("ix_ownership_room_id"), "ownership", ["room_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payer_id", columns.Uuid16(), nullable=False),
        sa.Column("desk_id", columns.Uuid16(), nullable=False),
        sa.Column("shift_id", columns.Uuid16(), nullable=False),
        sa.Column("business_date", columns.Day(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("given", columns.Fen(), nullable=False),
        sa.Column("change", columns.Fen(), nullable=False),
        sa.Column("prepaid", columns.Fen(), nullable=False),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["desk.id"], name=op.f("fk_payment_desk_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"], ["party.id"], name=op.f("fk_payment_payer_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["payment.id"], name=op.f("fk_payment_reverses_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], name=op.f("fk_payment_shift_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_payment_reverses_id")),
    )
    op.create_index(op.f("ix_payment_payer_id_business_date"), "payment", ["payer_id", "business_date"], unique=False)
    op.create_index(op.f("ix_payment_shift_id"), "payment", ["shift_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("entry_id", columns.Uuid16(), nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("fee_type", sa.String(40), nullable=True),
        sa.Column("method", sa.String(40), nullable=True),
        sa.Column("desk_id", columns.Uuid16(), nullable=True),
        sa.Column("party_id", columns.Uuid16(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["desk_id"], ["desk.id"], name=op.f("fk_posting_desk_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name=op.f("fk_posting_entry_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_posting_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_posting_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_posting_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_account_lease_id"), "posting", ["account", "lease_id"], unique=False)
    op.create_index(op.f("ix_posting_entry_id"), "posting", ["entry_id"], unique=False)
    op.create_index(op.f("ix_posting_party_id_account"), "posting", ["party_id", "account"], unique=False)
    op.create_table(
        "room_number",
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
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
            ["room_id"], ["room.id"], name=op.f("fk_room_number_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_number")),
    )
    op.create_index(op.f("ix_room_number_room_id"), "room_number", ["room_id"], unique=False)
    op.create_table(
        "vehicle",
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("space_room_id", columns.Uuid16(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_vehicle_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["space_room_id"], ["room.id"], name=op.f("fk_vehicle_space_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle")),
    )
    op.create_index(op.f("ix_vehicle_party_id"), "vehicle", ["party_id"], unique=False)
    op.create_index(op.f("ix_vehicle_plate"), "vehicle", ["plate"], unique=False)
    op.create_table(
        "work_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("party_id", columns.Uuid16(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("due_at", columns.Instant(), nullable=True),
        sa.Column("assignee_id", columns.Uuid16(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["staff_member.id"],
            name=op.f("fk_work_order_assignee_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_work_order_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_work_order_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
    )
    op.create_index(op.f("ix_work_order_room_id"), "work_order", ["room_id"], unique=False)
    op.create_index(op.f("ix_work_order_state"), "work_order", ["state"], unique=False)
    op.create_table(
        "bill_balance",
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        sa.Column("debtor_id", columns.Uuid16(), nullable=False),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("due", columns.Day(), nullable=False),
        sa.Column("owed", columns.Fen(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_bill_balance_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("bill_id", name=op.f("pk_bill_balance")),
    )
    op.create_index(op.f("ix_bill_balance_debtor_id"), "bill_balance", ["debtor_id"], unique=False)
    op.create_index(
        "ix_bill_balance_open",
        "bill_balance",
        ["due", "debtor_id"],
        unique=False,
        sqlite_where=sa.text("owed <> 0"),
        postgresql_where=sa.text("owed <> 0"),
    )
    op.create_index(op.f("ix_bill_balance_room_id"), "bill_balance", ["room_id"], unique=False)
    op.create_table(
        "bill_line",
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        sa.Column("debtor_id", columns.Uuid16(), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("fee_type", sa.String(40), nullable=False),
        sa.Column("period_start", columns.Day(), nullable=True),
        sa.Column("period_end", columns.Day(), nullable=True),
        sa.Column("quantity", columns.Scaled(6), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_price", columns.Scaled(6), nullable=True),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("tax_rate", columns.Scaled(4), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        sa.Column("explanation", columns.Json(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_bill_line_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["party.id"], name=op.f("fk_bill_line_debtor_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_bill_line_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["bill_line.id"],
            name=op.f("fk_bill_line_reverses_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_bill_line_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_line")),
        sa.UniqueConstraint("source_key", name=op.f("uq_bill_line_source_key")),
    )
    op.create_index(op.f("ix_bill_line_bill_id"), "bill_line", ["bill_id"], unique=False)
    op.create_table(
        "key_move",
        sa.Column("key_item_id", columns.Uuid16(), nullable=False),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("party_id", columns.Uuid16(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("moved_on", columns.Day(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["key_item_id"],
            ["key_item.id"],
            name=op.f("fk_key_move_key_item_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_key_move_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_key_move_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_move")),
    )
    op.create_index(op.f("ix_key_move_key_item_id"), "key_move", ["key_item_id"], unique=False)
    op.create_index(op.f("ix_key_move_lease_id"), "key_move", ["lease_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("meter_id", columns.Uuid16(), nullable=False),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("value", columns.Scaled(3), nullable=False),
        sa.Column("read_on", columns.Day(), nullable=False),
        sa.Column("reverses_id", columns.Uuid16(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_reading_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["meter.id"], name=op.f("fk_reading_meter_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["reading.id"], name=op.f("fk_reading_reverses_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_meter_id"), "reading", ["meter_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("payment_id", columns.Uuid16(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_receipt_payment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_receipt_payment_id")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_receipt_project_id_number")),
    )
    op.create_table(
        "tender",
        sa.Column("payment_id", columns.Uuid16(), nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_tender_payment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tender")),
    )
    op.create_index(op.f("ix_tender_payment_id"), "tender", ["payment_id"], unique=False)
    op.create_table(
        "work_order_event",
        sa.Column("work_order_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", columns.Json(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["work_order_id"],
            ["work_order.id"],
            name=op.f("fk_work_order_event_work_order_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_event")),
    )
    op.create_index(op.f("ix_work_order_event_work_order_id"), "work_order_event", ["work_order_id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("payment_id", columns.Uuid16(), nullable=False),
        sa.Column("bill_line_id", columns.Uuid16(), nullable=False),
        sa.Column("bill_id", columns.Uuid16(), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_allocation_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["bill_line_id"],
            ["bill_line.id"],
            name=op.f("fk_allocation_bill_line_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    op.create_index(op.f("ix_allocation_bill_id"), "allocation", ["bill_id"], unique=False)
    op.create_index(op.f("ix_allocation_bill_line_id"), "allocation", ["bill_line_id"], unique=False)
    op.create_index(op.f("ix_allocation_payment_id"), "allocation", ["payment_id"], unique=False)
