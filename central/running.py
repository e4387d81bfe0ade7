"""Head office at work: the database checked, the log begun, the web server up until it is told to end."""

from __future__ import annotations

import asyncio
import logging

from central import logs
from central.app import Manners, make_app
from central.config import Config
from central.isolation import holes
from central.serving import make_server
from central.store import open_store
from desktop.services.errors import DomainError
from desktop.services.trouble import translated
from desktop.world import World

log = logging.getLogger(__name__)


class MayNotServe(DomainError):
    """The database would let one project see another; `found`: how."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("总部没有启动：数据库不能把项目彼此隔开。" + "；".join(found))
        self.found = found


async def serve(settings: Config, world: World) -> None:
    """Answer offices until the process is told to end. Raises MayNotServe, Outage, DomainError."""
    logs.begin(settings.logs)
    with translated():
        engine = await asyncio.to_thread(open_store, settings.database)
        with engine.connect() as connection:
            if found := holes(connection):
                raise MayNotServe(found)
    manners = Manners(settings.pace, settings.watchers, settings.ca)
    try:
        server = make_server(make_app(engine, world, manners), settings.host, settings.port, settings.tls)
    except ValueError as wrong:
        raise DomainError("对外的地址要有证书：配置里写明 [tls]，或只监听 127.0.0.1 并由本机的代理负责 TLS") from wrong
    log.info("head office begins")
    try:
        await server.serve()
    except SystemExit as ended:  # uvicorn's way to say that it could not listen
        if server.started:
            raise
        raise DomainError(f"端口 {settings.port} 打不开：可能已被别的程序占用") from ended
    finally:
        engine.dispose()
        log.info("head office ends")
