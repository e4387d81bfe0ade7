"""Two databases of one office that worked apart and met over a field; an office that knows a head office."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import LeaseTerm
from desktop.models.values import Money
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync import reaching
from desktop.services.sync.apply import apply_acts
from desktop.services.work import PROGRAM, Work, begin
from tests.databases import Databases
from tests.services.test_replicas_agree import Apart, Side


def enrol(office: Office) -> None:
    """As after an enrolment: head office has an address."""
    with begin(office, PROGRAM, Op.ENROL_OFFICE) as work:
        reaching.keep_address(work, "https://hq.example.com:8443", "-")


def term_of(side: Side) -> UUID:
    """The terms of the first lease."""
    with side.office.reading() as session:
        return session.scalars(sa.select(LeaseTerm.id).where(LeaseTerm.lease_id == side.leases[0])).one()


def set_rent(work: Work, term_id: UUID, rent: Money) -> None:
    """Somebody writes another rent."""
    term = work.take(LeaseTerm, term_id)
    term.rent, term.updated_at = rent, work.at
    work.record()


class Met:
    """Two desks that both wrote the rent of one lease, the second later, and heard of each other. To be closed."""

    def __init__(self, folder: Path, databases: Databases, kind: str) -> None:
        self.apart = Apart(folder, databases, 3, kind)
        self.early, self.late = self.apart.side(0, timedelta()), self.apart.side(1, timedelta(minutes=5))
        self.term_id = term_of(self.early)
        for side, yuan in ((self.early, 1900), (self.late, 2000)):
            with begin(side.office, PROGRAM, Op.CHANGE_LEASE) as work:
                set_rent(work, self.term_id, Money.yuan(yuan))
        assert not apply_acts(self.early.office, self.late.acts(), self.apart.trusted()).aside

    def rent(self, side: Side) -> Money:
        with side.office.reading() as session:
            return session.scalars(sa.select(LeaseTerm.rent).where(LeaseTerm.id == self.term_id)).one()

    def close(self) -> None:
        for office in (self.early.office, self.late.office, self.apart.base):
            office.close()
