"""Every table of head office, asked by another project: its rows are not there, and none can be put there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from central import tables
from central.isolation import APART, GUARDED, holes, install, speak_as_head_office, speak_for
from central.store import open_store
from desktop.models.columns import Digest, Instant, Uuid16
from desktop.world import SeededWorld
from tests.databases import Databases

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)


@pytest.fixture
def engine(databases: Databases, engine_kind: str) -> Iterator[Engine]:
    made = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    yield made
    made.dispose()


def a_row(table: sa.Table, project_id: UUID, world: SeededWorld) -> dict[str, Any]:
    """Something that may stand in a table."""
    row: dict[str, Any] = {}
    for column in table.columns:
        match column.type:
            case Uuid16():
                row[column.name] = project_id if column.name == "project_id" else uuid4()
            case Digest() | sa.LargeBinary():
                row[column.name] = uuid4().bytes
            case Instant():
                row[column.name] = world.now()
            case sa.Integer():
                row[column.name] = 1
            case _:
                row[column.name] = uuid4().hex[:8]
    return row


@pytest.mark.parametrize("table", GUARDED, ids=lambda table: table.name)
def test_rows_of_another_project_are_not_there(engine: Engine, world: SeededWorld, table: sa.Table) -> None:
    ours, theirs = uuid4(), uuid4()
    for project_id in (ours, theirs):
        with engine.begin() as connection:
            speak_for(connection, project_id)
            connection.execute(sa.insert(table).values(**a_row(table, project_id, world)))
    with engine.begin() as connection:
        assert connection.execute(sa.select(table)).all() == [], "whoever says nothing sees nothing"
    with engine.begin() as connection:
        speak_for(connection, ours)
        assert connection.scalars(sa.select(table.c.project_id)).all() == [ours]
        assert connection.execute(sa.select(table).where(table.c.project_id == theirs)).all() == []
        assert connection.execute(sa.delete(table).where(table.c.project_id == theirs)).rowcount == 0
        assert connection.execute(sa.update(table).values(project_id=ours)).rowcount == 1
    for statement in (
        sa.insert(table).values(**a_row(table, theirs, world)),
        sa.update(table).values(project_id=theirs),
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), engine.begin() as connection:  # noqa: PT012
            speak_for(connection, ours)
            connection.execute(statement)


@pytest.mark.parametrize("table", APART, ids=lambda table: table.name)
def test_what_is_head_offices_own_no_project_sees(engine: Engine, world: SeededWorld, table: sa.Table) -> None:
    row = a_row(table, uuid4(), world)
    with engine.begin() as connection:
        speak_as_head_office(connection)
        connection.execute(sa.insert(table).values(**row))
        assert len(connection.execute(sa.select(table)).all()) == 1
    for project_id in (None, row.get("project_id"), uuid4()):
        with engine.begin() as connection:
            if project_id is not None:
                speak_for(connection, project_id)
            assert connection.execute(sa.select(table)).all() == []
            assert connection.execute(sa.delete(table)).rowcount == 0
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), engine.begin() as connection:
            connection.execute(sa.insert(table).values(**a_row(table, uuid4(), world)))


def test_every_table_of_head_office_is_guarded_or_belongs_to_nobody(engine: Engine) -> None:
    assert set(sa.inspect(engine).get_table_names()) == {*tables.metadata.tables, "central_version"}
    assert set(tables.metadata.sorted_tables) - {*GUARDED, *APART} == {tables.meta}


def test_a_table_of_projects_without_a_rule_is_found(engine: Engine) -> None:
    with engine.begin() as connection:
        assert holes(connection) == []
        connection.exec_driver_sql("CREATE TABLE forgotten (project_id uuid)")
        assert holes(connection) == ["table forgotten belongs to projects and is not guarded"]
        connection.exec_driver_sql("DROP TABLE forgotten")
    for statement in (
        "ALTER TABLE central_act NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE central_act DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_project ON central_act",
        "CREATE POLICY wide ON central_act USING (true)",
    ):
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
            assert holes(connection) == ["table central_act has no row level security"], statement
            install(connection)
            connection.exec_driver_sql("DROP POLICY IF EXISTS wide ON central_act")
            assert holes(connection) == []


def test_a_role_that_passes_the_rules_by_is_found(engine: Engine, databases: Databases) -> None:
    name = engine.url.database
    with databases.admin() as admin:
        assert admin.info.dbname != name
        url = engine.url.set(username=admin.info.user, password=admin.info.password or None)
    mighty = sa.create_engine(url)
    try:
        with mighty.connect() as connection:
            found = holes(connection)
        assert len(found) == 1
        assert "passes row level security by" in found[0]
    finally:
        mighty.dispose()
