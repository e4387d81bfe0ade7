"""A project sees nothing of another: PostgreSQL itself leaves out the rows, whatever a statement forgot to say.

Every transaction says for which project it speaks (`speak_for`); one that says nothing sees nothing. A role that
passes the rules by is refused at the start (`holes`).
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central import tables

GUARDED = tables.OF_A_PROJECT
APART = tables.OF_HEAD_OFFICE
_OURS = (
    "project_id = ANY ((SELECT string_to_array(nullif(current_setting('app.projects', true), ''), ',')"
    "::uuid[])::uuid[])"
)
"""The setting is read once a statement, not once a row: only so it costs nothing."""
_HEAD_OFFICE = "(SELECT current_setting('app.head_office', true)) = 'yes'"


def install(connection: Connection) -> None:
    """Make the rules of every table anew. SQLite has none: it serves proofs, never a head office."""
    if connection.dialect.name != "postgresql":
        return
    ruled = [(table, "own_project", _OURS) for table in GUARDED] + [(table, "apart", _HEAD_OFFICE) for table in APART]
    for table, policy, rule in ruled:
        for statement in (
            f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS {policy} ON {table.name}",
            f"CREATE POLICY {policy} ON {table.name} USING ({rule}) WITH CHECK ({rule})",
        ):
            connection.exec_driver_sql(statement)


def speak_for(connection: Connection, project_id: UUID) -> None:
    """Until the end of this transaction only rows of this project are there."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT set_config('app.projects', :project, true)"), {"project": str(project_id)})


def speak_as_head_office(connection: Connection) -> None:
    """Until the end of this transaction the list of projects and the enrolment secrets are there."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT set_config('app.head_office', 'yes', true)"))


def holes(connection: Connection) -> list[str]:
    """Why this connection may not serve: what would let one project see another. Empty when it may."""
    if connection.dialect.name != "postgresql":
        return ["this is not PostgreSQL: it cannot keep projects apart"]
    found = []
    role = connection.exec_driver_sql(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).one()
    if role.rolsuper or role.rolbypassrls:
        found.append(f"role {role.rolname} passes row level security by")
    told = {
        row.relname: row.relrowsecurity and row.relforcerowsecurity and row.rules == 1
        for row in connection.exec_driver_sql(
            "SELECT relname, relrowsecurity, relforcerowsecurity,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid) AS rules"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
    }
    ruled = (*GUARDED, *APART)
    found += [f"table {table.name} has no row level security" for table in ruled if not told.get(table.name)]
    with_project = connection.exec_driver_sql(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND column_name = 'project_id'"
    ).scalars()
    names = {table.name for table in ruled}
    found += [
        f"table {name} belongs to projects and is not guarded" for name in sorted(with_project) if name not in names
    ]
    return found
