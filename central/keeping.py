"""What whoever keeps a head office does by hand: enrolment codes, PCs to be shut out, the check before serving."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType

import sqlalchemy as sa

from central import tables
from central.auth import read_id
from central.certificates import RENEW_BEFORE, days_left, der_of
from central.config import Config
from central.enrolment import Enrolment, WrongCode
from central.isolation import holes, speak_for
from central.log import Log
from central.store import open_store
from desktop.services.sync.enrol_code import EnrolmentCode, fingerprint
from desktop.services.trouble import translated
from desktop.world import World


class Keeper:
    """Head office's database in the hands of whoever keeps it. To be closed."""

    def __init__(self, settings: Config, world: World) -> None:
        self._settings = settings
        self._world = world
        with translated():
            self._engine = open_store(settings.database)
        self.enrolment = Enrolment(self._engine, world)
        self.log = Log(self._engine, world)

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def enrolment_code(self, code: str, good_for: timedelta) -> str:
        """The text that lets one PC of a project in. Raises WrongCode."""
        mark = fingerprint(der_of(self._settings.ca))
        return EnrolmentCode(self._settings.address, mark, self.enrolment.make_token(code, good_for)).text

    def devices(self, code: str) -> list[str]:
        """A line for each PC of a project: its id, and since when it is shut out. Raises WrongCode."""
        project_id, table = self.enrolment.find(code).project_id, tables.device
        if project_id is None:
            return []
        with self._engine.connect() as connection:
            speak_for(connection, project_id)
            rows = connection.execute(
                sa.select(table.c.device_id, table.c.revoked_at)
                .where(table.c.project_id == project_id)
                .order_by(table.c.device_id)
            )
            return [
                row.device_id.hex + (f"\t{row.revoked_at:%Y-%m-%d %H:%M}Z 已吊销" if row.revoked_at else "")
                for row in rows
            ]

    def revoke(self, code: str, device: str) -> None:
        """Shut a PC out. Raises WrongCode."""
        project_id, device_id = self.enrolment.find(code).project_id, read_id(device.replace("-", "").lower())
        if project_id is None or device_id is None or self.log.key_of(device_id, project_id) is None:
            raise WrongCode("这个项目没有这台电脑：用 device list 看有哪些")
        self.log.revoke(project_id, device_id)

    def check(self) -> list[str]:
        """Why this head office may not serve, or soon not any more. Empty when all is well."""
        with translated(), self._engine.connect() as connection:
            found = [f"数据库不能把项目彼此隔开：{hole}" for hole in holes(connection)]
        if self._settings.tls is not None:
            left = days_left(self._settings.tls.certificate, self._world.now())
            if left < RENEW_BEFORE.days:
                found.append(f"证书还有 {left} 天到期：用 tls 命令换一张")
        return found
