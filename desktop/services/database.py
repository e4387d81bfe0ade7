"""Opening and migrating a database: one engine an office, the same rules on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from desktop.services.errors import DatabaseGone, DomainError
from desktop.services.trouble import translated
from desktop.services.work import SCHEMA_REV, attach

MIGRATIONS = Path(__file__).resolve().parents[1] / "models" / "migrations"
HEAD_REVISION = "0014"
FIXED_CHECKPOINTS = (3, 51, 3)
"""From this SQLite on, a checkpoint may run beside a reader without the reset fault; below, only the writer
checkpoints."""
MIGRATION_LOCK = 0x616E6A75
KEEPALIVE: dict[str, Any] = {
    "keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip
"""A pulled cable is noticed within half a minute instead of two hours. libpq's words; it skips what a system lacks."""


class OfficeTooNew(DomainError):
    """The database was made by a newer program; `found` is its revision."""

    def __init__(self, found: str) -> None:
        super().__init__("这个管理处已升级到更新的版本：请先更新本机的安居前台")
        self.found = found


class ServerTooOld(DomainError):
    def __init__(self, found: int) -> None:
        super().__init__(f"数据库服务器是 PostgreSQL {found}：请用 15 或更新的版本")


class NotAnOffice(DomainError):
    """A database that holds no office of ours."""

    def __init__(self) -> None:
        super().__init__("这里还没有管理处：请先运行首次设置，或检查数据文件夹和数据库地址")


def sqlite_url(data_dir: Path) -> URL:
    """The embedded database of a data folder."""
    return URL.create("sqlite", database=str(data_dir / "office.db"))


def parse_url(text: str) -> URL:
    """A PostgreSQL address as people type it. Raises DomainError in words."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    text = text.strip()
    if text.startswith("postgres://"):
        text = "postgresql://" + text.removeprefix("postgres://")
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise DomainError("数据库地址看不懂：写成 postgresql://用户@服务器:5432/库名", "database") from error
    if url.get_backend_name() == "sqlite":
        return url
    if url.get_backend_name() != "postgresql":
        raise DomainError("只支持 PostgreSQL：写成 postgresql://用户@服务器:5432/库名", "database")
    return url.set(drivername="postgresql+psycopg")


def open_engine(url: URL) -> Engine:
    """An engine with the office's rules on every connection. Nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            url, connect_args={"timeout": 10, "check_same_thread": False}, pool_size=6, hide_parameters=True
        )
        sa.event.listen(engine, "connect", _sqlite_connected)
        sa.event.listen(engine, "begin", _sqlite_begin)
        return engine
    return sa.create_engine(
        url, pool_size=4, max_overflow=4, pool_pre_ping=True, hide_parameters=True,
        connect_args={**KEEPALIVE, "connect_timeout": 5,
        "options": "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s"},
    )  # fmt: skip


def sessions(engine: Engine) -> tuple[sessionmaker[Session], sessionmaker[Session]]:
    """(reading, writing): a writing session takes SQLite's write lock at once, so that it never fails half way."""
    reading_engine: Engine = engine
    writing_engine: Engine = engine
    if engine.dialect.name == "sqlite":
        writing_engine = engine.execution_options(anju_write=True)
    else:
        reading_engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    reading = sessionmaker(reading_engine, expire_on_commit=False)
    writing = sessionmaker(writing_engine, expire_on_commit=False)
    attach(reading)
    attach(writing)
    return reading, writing


def _sqlite_connected(connection: Any, _record: object) -> None:
    # pysqlite would begin transactions by itself and too late: we say BEGIN ourselves (see _sqlite_begin).
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "recursive_triggers=ON",
        "secure_delete=ON", "trusted_schema=OFF", "cell_size_check=ON", "cache_size=-65536", "temp_store=MEMORY",
        "wal_autocheckpoint=1000",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("anju_write"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # past SQLAlchemy: a deferred BEGIN takes no lock and cannot fail, and readings are opened at every key
        connection.connection.cursor().execute("BEGIN")


def check_server(engine: Engine) -> None:
    """Raise in words unless the server answers and is new enough."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
            if int(version) < 150000:
                raise ServerTooOld(int(version) // 10000)


def revision_of(engine: Engine) -> str | None:
    """The migration an office stands at; None for an empty database. One SELECT, without Alembic."""
    with translated(), engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def migrate(engine: Engine) -> bool:
    """Bring a database to today's schema, guards included. Returns whether anything had to be done.

    One PC migrates, others wait. Raises OfficeTooNew for a revision this program does not know.
    """
    found = revision_of(engine)
    if found == HEAD_REVISION:
        return False
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    from desktop.models.guards import install_guards

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if found is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(found)
        except CommandError as error:
            raise OfficeTooNew(found) from error
    with translated(), _changing_tables(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        install_guards(connection)
    return True


@contextmanager
def _changing_tables(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be made anew: on SQLite foreign keys are checked at its end, all at once."""
    with engine.execution_options(anju_write=True).connect() as connection:
        lite = connection.dialect.name == "sqlite"
        if lite:  # takes effect outside a transaction only
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if lite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()) is not None:
                    raise AssertionError(f"after the migration {broken[0]} points at nothing in {broken[2]}")
        finally:
            if lite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


def migrate_url(url: str) -> None:
    """Migrate the database at an address; for tests and tools."""
    engine = open_engine(parse_url(url))
    try:
        migrate(engine)
    finally:
        engine.dispose()


def facts(engine: Engine) -> dict[str, str]:
    """What `office info` says of the engine."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return {
                "engine": "SQLite",
                "version": sqlite3.sqlite_version,
                "journal": str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()),
                "checkpoints": "any" if sqlite3.sqlite_version_info >= FIXED_CHECKPOINTS else "writer only",
            }
        return {"engine": "PostgreSQL", "version": str(connection.exec_driver_sql("SHOW server_version").scalar())}


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What answers at an address: the server's version, and whether an office lives there already."""

    url: URL
    version: str
    office: bool


def test_address(text: str) -> AddressFacts:
    """Try the address the first-start wizard was given. Raises DomainError in words; a password in it is refused."""
    url = parse_url(text)
    if url.get_backend_name() != "postgresql":
        raise DomainError("只支持 PostgreSQL：写成 postgresql://用户@服务器:5432/库名", "database")
    if url.password or "password" in url.query:
        raise DomainError("地址里不要写密码：去掉冒号后的密码，密码放进 PostgreSQL 的密码文件", "database")
    if not url.database:
        raise DomainError("地址里缺库名：写成 postgresql://用户@服务器:5432/库名", "database")
    engine = open_engine(url)
    try:
        check_server(engine)
        version = facts(engine)["version"]
        return AddressFacts(url, version, revision_of(engine) is not None and _has_node(engine))
    except DatabaseGone as error:
        raise DomainError(_why_silent(url, error.__cause__), "database") from error
    finally:
        engine.dispose()


def _has_node(engine: Engine) -> bool:
    with translated(), engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1 FROM node").first() is not None


_REASONS = (
    (r"no password supplied|没有.*密码|未提供密码", "服务器要密码：写进 PostgreSQL 的密码文件后再试"),
    (r"password authentication|密码认证|Password 认证|口令认证", "密码文件里的密码不对，或用户名不对"),
    (r'role ".*" does not exist|角色.*不存在', "服务器上没有这个用户，请核对 @ 前面的名字"),
    (r'database ".*" does not exist|数据库.*不存在', "服务器上没有这个库：请管理员先建一个空库"),
    (r"pg_hba|no encryption", "服务器不让这台电脑连接：请管理员在 pg_hba.conf 里放行"),
    (r"refused|拒绝", "这个端口没有数据库在听：请看服务器和端口，数据库是否开着"),
    (r"resolve|translate host|Name or service|getaddrinfo|No such host", "找不到这台服务器：请核对服务器名"),
    (
        r"starting up|recovery mode|shutting down|administrator command|57P0|正在启动|正在关闭",
        "服务器正在重启，稍等片刻",
    ),
    (r"timeout|timed out|超时", "服务器没有应答：请核对地址，或看防火墙"),
)


def reason_in_words(cause: BaseException | None, else_: str = "请核对地址和用户名") -> str:
    """Why the server cannot be had, as far as the driver tells; its own words may be in the server's language."""
    said = str(getattr(cause, "orig", cause) or "")
    return next((words for pattern, words in _REASONS if re.search(pattern, said, re.IGNORECASE)), else_)


def _why_silent(url: URL, cause: BaseException | None) -> str:
    return f"连不上 {url.host or '本机'}:{url.port or 5432}/{url.database}：{reason_in_words(cause)}"


__all__ = [
    "HEAD_REVISION",
    "SCHEMA_REV",
    "AddressFacts",
    "NotAnOffice",
    "OfficeTooNew",
    "check_server",
    "facts",
    "migrate",
    "migrate_url",
    "open_engine",
    "parse_url",
    "revision_of",
    "sessions",
    "sqlite_url",
    "test_address",
]  # fmt: skip
