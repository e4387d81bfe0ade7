"""The tables of head office: projects, the databases and PCs of their offices, and the acts in the order of their
commits. It has none of the tables of an office and no key of a project (docs/decisions/0016)."""

from __future__ import annotations

import sqlalchemy as sa

from desktop.models.columns import Digest, Instant, Uuid16

NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)

meta = sa.Table(
    "central_meta",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
)
"""One row. The epoch goes up by one when head office is restored from a backup."""

project = sa.Table(
    "central_project",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("last_number", sa.BigInteger, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("kept", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("last_clock", sa.String(24), nullable=False, server_default="0" * 24),
)
"""`last_number`: of the project's acts. Its row is held from the numbering to the commit, so that the order of numbers
is the order of commits and a cursor passes nothing by. `epoch`: the one in which the project was last seen, `kept`: its
last number when that one began. `last_clock`: the highest that counts."""

node = sa.Table(
    "central_node",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("node_id", Uuid16, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("last_hash", Digest, nullable=False),
    sa.Column("last_seen_at", Instant, nullable=True),
    sa.Column("schema_rev", sa.Integer, nullable=False),
)
"""A database of an office in one life: one that was restored or copied is another."""

device = sa.Table(
    "central_device",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("device_id", Uuid16, primary_key=True),
    sa.Column("signing_key", Digest, nullable=False),
    sa.Column("revoked_at", Instant, nullable=True),
)
"""A PC whose signature counts. The first of a project comes with its enrolment, the others with the acts that let
them in."""

act = sa.Table(
    "central_act",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("act_id", Uuid16, nullable=False),
    sa.Column("node_id", Uuid16, nullable=False),
    sa.Column("device_id", Uuid16, nullable=False),
    sa.Column("header", sa.LargeBinary, nullable=False),
    sa.Column("sig", Digest, nullable=False),
    sa.Column("ops", sa.LargeBinary, nullable=False),
    sa.Column("clock", sa.String(24), nullable=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.UniqueConstraint("project_id", "act_id"),
)
"""An act for ever. `ops`: the exact bytes of each, as a MessagePack array. `clock`: what counts in place of the act's
own, which was ahead of the time."""

aside = sa.Table(
    "central_aside",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("sha", Digest, primary_key=True),
    sa.Column("node_id", Uuid16, nullable=False),
    sa.Column("header", sa.LargeBinary, nullable=False),
    sa.Column("sig", Digest, nullable=False),
    sa.Column("ops", sa.LargeBinary, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
)
"""What came and goes to nobody, with the reason: a wrong signature, another project's, not understood."""

letter = sa.Table(
    "central_letter",
    metadata,
    sa.Column("project_id", Uuid16, primary_key=True),
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("node_id", Uuid16, nullable=False),
)
"""A letter of a desk, for one database in one life and never given again: those given here, and those that acts
brought."""

directory = sa.Table(
    "central_directory",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("project_id", Uuid16, nullable=True, unique=True),
    sa.Column("added_at", Instant, nullable=False),
)
"""Projects as head office knows them. `project_id`: NULL until the first database of the project enrols and says it."""

token = sa.Table(
    "central_token",
    metadata,
    sa.Column("sha", Digest, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=True),
    sa.Column("device_id", Uuid16, nullable=True),
    sa.Column("signing_key", Digest, nullable=True),
)
"""The SHA-256 of an enrolment secret, for one PC once. `device_id` and `signing_key`: who used it, and may ask again
when the reply was lost."""

OF_A_PROJECT = (project, node, device, act, aside, letter)
"""Tables whose rows belong to one project, by their column project_id."""
OF_HEAD_OFFICE = (directory, token)
"""Tables that no project sees: before a PC is let in, it belongs to none."""
