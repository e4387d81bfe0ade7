"""A real head office over TLS on a loopback port, for tests that speak to it as an office does; and servers that only
pretend to be one."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme
from starlette.types import ASGIApp

from central.serving import Tls, make_server
from desktop.services.sync.http_client import Place


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test, with a certificate for 127.0.0.1 in two files."""

    pem: str
    tls: Tls

    @classmethod
    def make(cls, folder: Path) -> Authority:
        folder.mkdir(parents=True, exist_ok=True)
        ca = trustme.CA()
        issued = ca.issue_cert("127.0.0.1")
        certificate, key = folder / "server.pem", folder / "server.key"
        for blob in issued.cert_chain_pems:
            blob.write_to_path(certificate, append=True)
        issued.private_key_pem.write_to_path(key)
        return cls(ca.cert_pem.bytes().decode(), Tls(certificate, key))


@contextlib.contextmanager
def served(app: ASGIApp, authority: Authority) -> Iterator[Place]:
    """The app on a free port, for as long as the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = make_server(app, "127.0.0.1", port, authority.tls)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),), name="head-office")
    thread.start()
    try:
        _until_open(port, lambda: thread.is_alive())
        yield Place(f"https://127.0.0.1:{port}", authority.pem)
    finally:
        server.should_exit = True
        thread.join(30)


def _until_open(port: int, alive: Callable[[], bool]) -> None:
    while alive():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return


def _read_request(line: socket.socket) -> None:
    """All of a request: a line that is closed with something unread is cut, and the answer with it."""
    heard = b""
    while b"\r\n\r\n" not in heard and (more := line.recv(65536)):
        heard += more
    head, _, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]) and (more := line.recv(65536)):
        body += more


@contextlib.contextmanager
def pretending(answer: bytes, authority: Authority | None = None) -> Iterator[int]:
    """A port where something reads a little, says these bytes and hangs up, as often as it is asked."""
    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.tls.certificate, authority.tls.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def answering() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError, ssl.SSLError), line:
                told = context.wrap_socket(line, server_side=True) if context else line
                with told:
                    if context is None:
                        told.recv(65536)  # the beginning of TLS, which it does not speak
                    else:
                        _read_request(told)
                    told.sendall(answer)

    thread = threading.Thread(target=answering, name="pretender")
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)
