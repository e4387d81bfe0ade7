"""An office that was moved: the database it left says where it lives now, and takes no further act.

The mark stands beside the end of the audit chain, whose row every act locks before it commits: no act of any PC can
slip into the old database behind the copy, and none is told "saved" that the new one does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from desktop.models.trust import AuditHead
from desktop.models.values import Right
from desktop.services.change_notices import tell_others
from desktop.services.errors import Outage
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.trouble import translated
from desktop.services.work import Work
from desktop.world import OFFICE_ZONE

HERE = "sqlite"
"""Instead of an address: into the data folder of the PC that moved it, where no other PC can follow."""


@dataclass(frozen=True, slots=True)
class MovedOn:
    """Where an office lives now, and since when."""

    to: str
    """An address without a password, or HERE."""
    at: datetime

    @property
    def can_follow(self) -> bool:
        """Whether any PC can open it there."""
        return self.to != HERE

    @property
    def where(self) -> str:
        """When it went, and to which place."""
        place = f"新地址 {self.to}" if self.can_follow else "一台电脑的本机"
        return f"{self.at.astimezone(OFFICE_ZONE):%m-%d %H:%M} 迁到了{place}"

    @property
    def words(self) -> str:
        """One sentence for the desk."""
        return f"管理处 {self.where}：{'改用新地址后再办' if self.can_follow else '到那台电脑上办理'}"


class OfficeMoved(Outage):
    """The act was to be stored in a database that the office has left: nothing was stored."""

    def __init__(self, moved: MovedOn) -> None:
        super().__init__(moved.words, safe="这一步没有保存，填写的内容还在", retry=False)
        self.moved = moved


def moved_on(office: Office) -> MovedOn | None:
    """Where the office has gone; None: it is here. Asked by the running program. Raises Outage."""
    with translated(), office.engine.connect() as connection:
        return mark_of(connection)


def mark_of(connection: Connection) -> MovedOn | None:
    """`moved_on` inside another transaction."""
    found = connection.execute(sa.select(AuditHead.moved_to, AuditHead.moved_at).where(AuditHead.id == 1)).first()
    return None if found is None or found.moved_to is None else MovedOn(found.moved_to, found.moved_at)


def refuse_moved(to: str, at: datetime) -> NoReturn:
    """Raise OfficeMoved."""
    raise OfficeMoved(MovedOn(to, at))


def leave_mark(connection: Connection, office: Office, to: str) -> None:
    """The office has gone to `to`: every PC that has it open here is told with this commit."""
    values = {"moved_to": to, "moved_at": office.world.now()}
    connection.execute(sa.update(AuditHead).where(AuditHead.id == 1).values(values))
    tell_others(connection, office.origin, (AuditHead.__tablename__,))


def clear_mark(connection: Connection) -> None:
    """The copy is the office now."""
    connection.execute(sa.update(AuditHead).where(AuditHead.id == 1).values(moved_to=None, moved_at=None))


@needs(Right.RESTORE_BACKUP)
def come_back(work: Work) -> None:
    """Go on in this database after all: the other one is given up, with what was done in it since."""
    before = mark_of(work.connection)
    values = {"moved_to": None, "moved_at": None}
    work.derive(sa.update(AuditHead).where(AuditHead.id == 1).values(values), AuditHead.__tablename__)
    work.record(came_back=True, moved_to="" if before is None else before.to)
