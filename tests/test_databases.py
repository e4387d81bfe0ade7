"""The test databases themselves: clones are fresh, apart from each other, on both engines, and gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from desktop.models.search import CREATE_FTS
from desktop.models.tables import Base
from desktop.services.database import HEAD_REVISION, open_engine, parse_url, revision_of
from tests.databases import Databases, EngineKind, TestRun
from tests.postgresql import OWNER, PASSWORD, PASSWORD_ROLE, Server, bundled_folders, find_programs

RENT = sa.Table("rent", sa.MetaData(), sa.Column("room", sa.Text, primary_key=True), sa.Column("fen", sa.BigInteger))


@pytest.fixture(scope="session")
def built() -> list[str]:
    """The addresses that were built from nothing."""
    return []


@pytest.fixture(scope="session")
def small(test_run: TestRun, worker_id: str, built: list[str]) -> Iterator[Databases]:
    """Clones of a schema of one table with one row, in the write-ahead log on SQLite."""

    def build(url: str) -> None:
        built.append(url)
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            RENT.metadata.create_all(connection)
            connection.execute(RENT.insert().values(room="3-1201", fen=280_000))
        engine.dispose()

    made = Databases(test_run, f"{worker_id}_small", build)
    yield made
    made.close()


def _rows(url: str) -> list[tuple[str, int]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.select(RENT).order_by(RENT.c.room))]
    engine.dispose()
    return rows


def test_a_clone_has_what_the_template_has_and_nothing_of_its_neighbour(
    small: Databases, engine_kind: EngineKind, built: list[str]
) -> None:
    first, second = small.clone(engine_kind), small.clone(engine_kind)
    engine = sa.create_engine(first)
    with engine.begin() as connection:
        connection.execute(RENT.insert().values(room="3-1202", fen=300_000))
    engine.dispose()
    assert _rows(first) == [("3-1201", 280_000), ("3-1202", 300_000)]
    assert _rows(second) == [("3-1201", 280_000)]
    small.drop(first)
    small.drop(second)
    assert _rows(small.clone(engine_kind)) == [("3-1201", 280_000)]
    assert len([url for url in built if url.startswith(engine_kind)]) == 1


def test_a_dropped_database_is_gone_even_with_a_connection_open(small: Databases, engine_kind: EngineKind) -> None:
    url = small.clone(engine_kind)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    connection = engine.connect()
    small.drop(url)
    connection.invalidate()
    connection.close()
    with pytest.raises(sa.exc.OperationalError), engine.connect():
        pass


def test_every_test_gets_the_programs_own_schema(database_url: str) -> None:
    engine = open_engine(parse_url(database_url))
    assert revision_of(engine) == HEAD_REVISION
    engine.dispose()


def test_an_empty_database_has_no_table(databases: Databases, engine_kind: EngineKind) -> None:
    url = databases.empty(engine_kind)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    databases.drop(url)


def test_a_template_left_open_is_named(test_run: TestRun, worker_id: str) -> None:
    """PostgreSQL refuses by itself to copy a database in use; a file would be copied with half of it missing."""
    left_open: list[sa.Connection] = []

    def build(url: str) -> None:
        connection = sa.create_engine(url, poolclass=sa.NullPool).connect()
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("CREATE TABLE rent (fen BIGINT)")
        connection.exec_driver_sql("INSERT INTO rent VALUES (1)")
        left_open.append(connection)

    careless = Databases(test_run, f"{worker_id}_careless", build)
    with pytest.raises(RuntimeError, match="must close its connections"):
        careless.clone("sqlite")
    left_open.pop().close()
    careless.close()


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_postgresql_is_as_an_office_has_it(small: Databases, engine_kind: EngineKind) -> None:
    url = small.clone(engine_kind)
    assert sa.make_url(url).password is None
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        asked = "SELECT usename, usesuper, current_setting('server_encoding') FROM pg_user WHERE usename = current_user"
        assert tuple(connection.exec_driver_sql(asked).one()) == (OWNER, False, "UTF8")
        assert connection.exec_driver_sql("SELECT '张' ~ '^[[:alpha:]]$'").scalar_one() is True
    engine.dispose()
    small.drop(url)


def test_a_password_is_asked_where_a_test_wants_one(test_run: TestRun) -> None:
    server = test_run.server()
    address = f"host=127.0.0.1 port={server.port} user={PASSWORD_ROLE} dbname=postgres"
    psycopg.connect(address, password=PASSWORD).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address, password="wrong")


def test_all_workers_share_one_server(test_run: TestRun) -> None:
    assert test_run.server() == test_run.server()
    assert [folder.name for folder in test_run.folder.glob("postgresql*")] == ["postgresql"]


def test_what_was_committed_survives_the_servers_death(durable_server: Server) -> None:
    with durable_server.admin() as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        connection.execute("CREATE TABLE IF NOT EXISTS receipt (number TEXT)")
        connection.execute("INSERT INTO receipt VALUES ('A-000001')")
    durable_server.kill()
    durable_server.resume()
    with durable_server.admin() as connection:
        assert connection.execute("SELECT number FROM receipt").fetchall() == [("A-000001",)]


def test_the_pip_package_serves_where_the_system_has_none(
    test_run: TestRun, worker_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.postgresql._system_folders", list)
    programs = find_programs()
    assert programs.folder in bundled_folders()
    server = Server.start(test_run.folder / f"bundled-{worker_id}", programs=programs)
    with server.admin() as connection:
        assert connection.info.server_version // 10_000 == programs.major
        assert connection.execute("SELECT '张' ~ '^[[:alpha:]]$'").fetchone() == (True,)
    server.stop()


def test_without_any_postgresql_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.postgresql._major", lambda folder: 0)
    with pytest.raises(RuntimeError, match="ANJU_TEST_DATABASE"):
        find_programs()


def test_a_killed_run_is_swept_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TestRun.variable)
    monkeypatch.setattr("tests.databases._memory_or_temp", lambda: tmp_path)
    dead = tmp_path / "anju-tests-999999999-00000000"
    dead.mkdir()
    run = TestRun.join()
    assert run.mine
    assert not dead.exists()
    assert TestRun.join().folder == run.folder
    assert not TestRun.join().mine
    run.end()
    assert not run.folder.exists()


def _made_of(url: str) -> dict[str, object]:
    """Tables with their columns, keys and indexes, as the engine tells them; spaces and the order of columns apart."""
    engine = sa.create_engine(url)
    told: dict[str, object] = {}
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
        for name in tables:
            columns = {(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)}
            links = _links(connection, inspector, name)
            told[name] = (columns, inspector.get_pk_constraint(name)["constrained_columns"], links)
        asked = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            if engine.dialect.name == "sqlite"
            else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        )
        for name, text in connection.exec_driver_sql(asked):
            if name != "alembic_version_pkc":
                told[name] = " ".join(text.split())
    engine.dispose()
    return told


def _links(connection: sa.Connection, inspector: sa.Inspector, table: str) -> object:
    """What a table points at, and how: SQLite tells no name and no options of a key that came with a later column."""
    keys = inspector.get_foreign_keys(table)
    targets = sorted((k["constrained_columns"], k["referred_table"]) for k in keys)
    if connection.dialect.name == "postgresql":
        return targets, sorted((k["name"], str(k["options"])) for k in keys)
    asked = "SELECT upper(sql) FROM sqlite_master WHERE type = 'table' AND name = ?"
    text = " ".join(str(connection.exec_driver_sql(asked, (table,)).scalar()).split())
    return targets, text.count("DEFERRABLE INITIALLY DEFERRED")


def test_models_and_migrations_make_the_same_database(databases: Databases, engine_kind: EngineKind) -> None:
    migrated, from_models = databases.clone(engine_kind), databases.empty(engine_kind)
    engine = open_engine(parse_url(from_models))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        if engine_kind == "sqlite":
            connection.exec_driver_sql(CREATE_FTS)
    engine.dispose()
    assert _made_of(migrated) == _made_of(from_models)
    databases.drop(migrated)
    databases.drop(from_models)
