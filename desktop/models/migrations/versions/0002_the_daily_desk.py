"""The daily desk: notes and calls, enquiries and reservations, views of lists, print queue, rooms split and merged."""

import sqlalchemy as sa
from alembic import op

from desktop.models import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_request",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("signing_key", columns.Digest(), nullable=False),
        sa.Column("wrapping_key", columns.Digest(), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("answered_at", columns.Instant(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_request")),
    )
    op.create_table(
        "print_job",
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("device_id", columns.Uuid16(), nullable=False),
        sa.Column("staff_id", columns.Uuid16(), nullable=True),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("options", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", columns.Instant(), nullable=False),
        sa.Column("done_at", columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.create_index(op.f("ix_print_job_device_id_state"), "print_job", ["device_id", "state"], unique=False)
    op.create_index(op.f("ix_print_job_subject_id"), "print_job", ["subject_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("staff_id", columns.Uuid16(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", columns.Uuid16(), nullable=False),
        sa.Column("visited_at", columns.Instant(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "subject_table", "subject_id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_staff_id_visited_at"), "visit", ["staff_id", "visited_at"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("staff_id", columns.Uuid16(), nullable=True),
        sa.Column("list_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("conditions", columns.Json(), nullable=False),
        sa.Column("columns", columns.Json(), nullable=False),
        sa.Column("sort", columns.Json(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff_member.id"],
            name=op.f("fk_saved_view_staff_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_staff_id_list_key"), "saved_view", ["staff_id", "list_key"], unique=False)
    op.create_table(
        "enquiry",
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("rent_from", columns.Fen(), nullable=True),
        sa.Column("rent_to", columns.Fen(), nullable=True),
        sa.Column("wanted_from", columns.Day(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("follow_up_on", columns.Day(), nullable=True),
        sa.Column("assignee_id", columns.Uuid16(), nullable=True),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
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
            name=op.f("fk_enquiry_assignee_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_enquiry_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_enquiry_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_enquiry_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
    )
    op.create_index(op.f("ix_enquiry_follow_up_on"), "enquiry", ["follow_up_on"], unique=False)
    op.create_index(op.f("ix_enquiry_party_id"), "enquiry", ["party_id"], unique=False)
    op.create_index(op.f("ix_enquiry_room_id"), "enquiry", ["room_id"], unique=False)
    op.create_index(op.f("ix_enquiry_state"), "enquiry", ["state"], unique=False)
    op.create_table(
        "note",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("party_id", columns.Uuid16(), nullable=True),
        sa.Column("room_id", columns.Uuid16(), nullable=True),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("happened_at", columns.Instant(), nullable=False),
        sa.Column("incoming", sa.Boolean(), nullable=True),
        sa.Column("answered", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("follow_up_on", columns.Day(), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_note_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_note_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_note_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_follow_up_on"), "note", ["follow_up_on"], unique=False)
    op.create_index(op.f("ix_note_lease_id"), "note", ["lease_id"], unique=False)
    op.create_index(op.f("ix_note_party_id_happened_at"), "note", ["party_id", "happened_at"], unique=False)
    op.create_index(op.f("ix_note_room_id_happened_at"), "note", ["room_id", "happened_at"], unique=False)
    op.create_table(
        "room_origin",
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("from_room_id", columns.Uuid16(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", columns.Day(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_room_id"],
            ["room.id"],
            name=op.f("fk_room_origin_from_room_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_origin_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_origin")),
    )
    op.create_index(op.f("ix_room_origin_from_room_id"), "room_origin", ["from_room_id"], unique=False)
    op.create_index(op.f("ix_room_origin_room_id"), "room_origin", ["room_id"], unique=False)
    op.create_table(
        "reservation",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("enquiry_id", columns.Uuid16(), nullable=True),
        sa.Column("party_id", columns.Uuid16(), nullable=False),
        sa.Column("room_id", columns.Uuid16(), nullable=False),
        sa.Column("money", sa.String(length=40), nullable=False),
        sa.Column("amount", columns.Fen(), nullable=False),
        sa.Column("bill_id", columns.Uuid16(), nullable=True),
        sa.Column("valid_from", columns.Day(), nullable=False),
        sa.Column("valid_to", columns.Day(), nullable=False),
        sa.Column("moves_in_on", columns.Day(), nullable=True),
        sa.Column("lease_id", columns.Uuid16(), nullable=True),
        sa.Column("closed_on", columns.Day(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("deleted_at", columns.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", columns.Uuid16(), nullable=False),
        sa.Column("project_id", columns.Uuid16(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("created_by", columns.Uuid16(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_reservation_bill_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["enquiry_id"],
            ["enquiry.id"],
            name=op.f("fk_reservation_enquiry_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["lease.id"], name=op.f("fk_reservation_lease_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_reservation_party_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_reservation_room_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_party_id"), "reservation", ["party_id"], unique=False)
    op.create_index(op.f("ix_reservation_project_id_number"), "reservation", ["project_id", "number"], unique=True)
    op.create_index(op.f("ix_reservation_room_id_state"), "reservation", ["room_id", "state"], unique=False)
    op.create_index(op.f("ix_reservation_state"), "reservation", ["state"], unique=False)
    op.add_column("room", sa.Column("retired_on", columns.Day(), nullable=True))
