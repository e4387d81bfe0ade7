"""Head office's web server: TLS from certificate files, one process, its own log and no words about itself."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate of this server, with whatever leads to its authority, and its key (PEM files)."""

    certificate: Path
    key: Path


def make_server(app: ASGIApp, host: str, port: int, tls: Tls | None) -> uvicorn.Server:
    """A server that is ready to run. `tls` None: a proxy on this machine speaks TLS, and the address must be loopback.

    Raises ValueError for an open address without TLS.
    """
    if tls is None and host not in ("127.0.0.1", "::1"):
        raise ValueError("an address that others can reach needs TLS")
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=tls is None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return uvicorn.Server(config)
