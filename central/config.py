"""The settings of a head office, one TOML file:

    database = "postgresql://anju_central@127.0.0.1/anju_central"
    password_file = "database.password"     # or a ~/.pgpass; no password in the address
    listen = "0.0.0.0:8443"
    address = "hq.example.com:8443"         # what offices use; stands in enrolment codes
    ca = "ca.pem"                           # the authority that offices trust; its mark stands in enrolment codes
    logs = "/var/log/anju-central"
    watchers = ["127.0.0.1", "::1"]         # may read /ready and /metrics
    [tls]
    certificate = "server.pem"
    key = "server.key"
    [pace]
    device = "20/second"
    enrol = "5/minute"

Paths are meant from the folder of the file. Without `[tls]` a proxy on the same machine speaks it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from central import pace
from central.serving import Tls
from desktop.services.errors import DomainError

USUAL_PLACE = Path("/etc/anju-central/central.toml")
VARIABLE = "ANJU_CENTRAL_CONFIG"
_KNOWN = {"database", "password_file", "listen", "address", "ca", "logs", "watchers", "tls", "pace"}


class ConfigWrong(DomainError):
    """The settings cannot be used as they stand; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings that were read; `logs` None: to standard error."""

    database: str
    host: str
    port: int
    address: str
    ca: str
    logs: Path | None = None
    watchers: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    tls: Tls | None = None
    pace: Mapping[str, str] = field(default_factory=lambda: pace.USUAL)


def read_config(path: Path) -> Config:
    """The settings in a file. Raises ConfigWrong."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise ConfigWrong(f"没有配置文件 {path}：用 --config 指明，或先运行 trial 试用") from missing
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise ConfigWrong(f"配置文件 {path} 读不了：{wrong}") from wrong
    if unknown := set(told) - _KNOWN:
        raise ConfigWrong(f"配置里有不认识的项：{'、'.join(sorted(unknown))}")
    folder = path.resolve().parent
    host, port = _listen(_text(told, "listen"))
    return Config(
        database=_database(told, folder),
        host=host,
        port=port,
        address=_text(told, "address"),
        logs=folder / _text(told, "logs") if "logs" in told else None,
        watchers=frozenset(_texts(told.get("watchers", ["127.0.0.1", "::1"]), "watchers")),
        tls=_tls(told["tls"], folder) if "tls" in told else None,
        ca=_file(folder, _text(told, "ca")).read_text(encoding="ascii"),
        pace=_pace(told.get("pace", {})),
    )


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigWrong(f"配置里要写明 {name}")
    return value.strip()


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ConfigWrong(f"配置里的 {name} 要写成一列地址")
    return value


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigWrong("配置里的 listen 要写成 地址:端口，例如 0.0.0.0:8443")
    return host.strip("[]"), int(port)


def _database(told: Mapping[str, Any], folder: Path) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(_text(told, "database"))
    except ArgumentError as wrong:
        raise ConfigWrong("配置里的 database 要写成 postgresql://用户@服务器:5432/库名") from wrong
    if url.password:
        raise ConfigWrong("数据库密码不要写在地址里：写进另一个文件，用 password_file 指明")
    if "password_file" in told:
        file = folder / _text(told, "password_file")
        try:
            url = url.set(password=file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as wrong:
            raise ConfigWrong(f"数据库密码文件 {file} 读不了") from wrong
    return url.render_as_string(hide_password=False)


def _tls(told: Any, folder: Path) -> Tls:
    if not isinstance(told, dict) or set(told) != {"certificate", "key"}:
        raise ConfigWrong("配置里的 [tls] 要写明 certificate 和 key 两项")
    return Tls(_file(folder, _text(told, "certificate")), _file(folder, _text(told, "key")))


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise ConfigWrong(f"没有证书文件 {folder / name}：用 tls 命令做一套，或改正路径")
    return folder / name


def _pace(told: Any) -> Mapping[str, str]:
    from limits import parse

    if not isinstance(told, dict) or not set(told) <= set(pace.USUAL):
        raise ConfigWrong("配置里的 [pace] 只有 device 和 enrol 两项")
    for name, value in told.items():
        try:
            parse(value)
        except (ValueError, TypeError) as wrong:
            raise ConfigWrong(f"配置里 [pace] 的 {name} 要写成 次数/second、次数/minute 或 次数/hour") from wrong
    return {**pace.USUAL, **told}
