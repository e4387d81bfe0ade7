"""PostgreSQL's own programs, pg_dump and pg_restore: found on this PC, run with a pipe, and asked how it went."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from desktop.services.errors import DomainError


class ToolMissing(DomainError):
    """pg_dump and pg_restore come with PostgreSQL's client programs; `tool` is what was not found."""

    def __init__(self, tool: str) -> None:
        super().__init__(f"这台电脑上没有 {tool}：请安装与服务器同版本或更新的 PostgreSQL 客户端程序后再试")
        self.tool = tool


class ToolFailed(DomainError):
    """What pg_dump or pg_restore complained about."""

    def __init__(self, tool: str, complaint: str) -> None:
        super().__init__(f"{tool} 没有完成，请管理员看后面这句话再试：{complaint}")
        self.tool = tool


class ClientProgram(io.RawIOBase):
    """A client program at work: what it writes can be read, what it reads can be written."""

    def __init__(self, tool: str, process: subprocess.Popen[bytes], complaints: Any) -> None:
        self._tool, self._process, self._complaints = tool, process, complaints

    def readable(self) -> bool:
        return self._process.stdout is not None

    def writable(self) -> bool:
        return self._process.stdin is not None

    def read(self, count: int = -1) -> bytes:
        """What it wrote; its end counts only when the program says that it went well."""
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if not data:
            self.check()
        return data

    def write(self, data: Any) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.write(data)

    def end_input(self) -> None:
        """Nothing more comes."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def check(self) -> None:
        """Wait for its end. Raises ToolFailed with the first thing it complained about."""
        if self._process.wait() == 0:
            return
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines or [f"代码 {self._process.returncode}"]
        raise ToolFailed(self._tool, errors[0].removeprefix(f"{self._tool}: "))


@contextmanager
def running(
    tool: str, command: list[str], environment: dict[str, str], stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[ClientProgram]:  # fmt: skip
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=complaints)
        except OSError as trouble:
            raise ToolFailed(tool, trouble.strerror or str(trouble)) from trouble
        try:
            yield ClientProgram(tool, process, complaints)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()


def find_tool(name: str) -> str:
    """The newest of PostgreSQL's client programs on this PC: an older pg_dump refuses a newer server."""
    end = ".exe" if os.name == "nt" else ""
    roots = [Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"), Path("C:/Program Files/PostgreSQL")]
    found = [path for root in roots for path in root.glob(f"*/bin/{name}{end}")]
    if found:
        return str(max(found, key=lambda path: [int(n) if n.isdigit() else 0 for n in path.parts[-3].split(".")]))
    on_path = shutil.which(name)
    if on_path is None:
        raise ToolMissing(name)
    return on_path


def where_and_who(url: URL) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment for a client program; a password travels in the environment, never on the command."""
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    parts = (("--host", url.host), ("--port", url.port), ("--username", url.username), ("--dbname", url.database))
    arguments = [f"{name}={value}" for name, value in parts if value]
    if (socket := url.query.get("host")) and not url.host:
        arguments.append(f"--host={socket}")
    return arguments, environment
