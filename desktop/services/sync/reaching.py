"""Where head office is: kept when the office is enrolled, and opened for a session. Over HTTPS, as this PC.

What speaks HTTP is imported when there is somebody to speak to, never before an office is enrolled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.sync import HeadOfficeAddress
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.sync.head_office import HeadOffice
from desktop.services.trouble import translated
from desktop.services.work import Actor, Work, begin


class NotEnrolled(DomainError):
    """The office knows no head office."""

    def __init__(self) -> None:
        super().__init__("这个管理处还没有登记到总部：请向总部要登记码，运行 anju-desk office enrol 登记码")


def enrolled(office: Office) -> bool:
    """Whether this office knows a head office. Raises Outage."""
    with translated(), office.reading() as session:
        return session.scalar(sa.select(HeadOfficeAddress.id)) is not None


@contextmanager
def reached(office: Office) -> Iterator[HeadOffice]:
    """Head office for the length of a session. Raises NotEnrolled, NoHeadOffice, Outage."""
    with translated(), office.reading() as session:
        known = session.execute(sa.select(HeadOfficeAddress.address, HeadOfficeAddress.authority)).first()
    if known is None:
        raise NotEnrolled
    from desktop.services.sync.http_client import HttpHeadOffice, Place

    place = Place(known.address, known.authority)
    with HttpHeadOffice(place, office.project_id.hex, office.vault.device, office.world) as head:
        yield head


def enrol_office(office: Office, actor: Actor, text: str) -> str:
    """Let this office in at head office by its code 登记码; returns head office's name of the project.

    Asking again with the same code after a lost reply is no harm. Raises EnrolmentCodeMistyped, EnrolmentRefused,
    NoHeadOffice, Refused, Outage.
    """
    from desktop.services.sync.enrol_code import EnrolmentCode
    from desktop.services.sync.enrolling import enrol

    device = office.vault.device
    with begin(office, actor, Op.ENROL_OFFICE) as work:
        work.require(Right.APPROVE_DEVICES)  # before a code that is good once is used up
    code = EnrolmentCode.parse(text)
    let_in = enrol(code, device, device.ed25519_public, office.project_id.hex, office.world)
    with begin(office, actor, Op.ENROL_OFFICE) as work:
        keep_address(work, let_in.place.address, let_in.place.ca)
    return let_in.enrolled.name


@needs(Right.APPROVE_DEVICES)
def keep_address(work: Work, address: str, authority: str) -> None:
    """Remember where head office is and which authority vouches for it; an earlier one is forgotten."""
    table = table_of(HeadOfficeAddress)
    work.derive(sa.delete(table), table.name)
    work.derive(
        sa.insert(table).values(id=1, address=address, authority=authority, enrolled_at=work.at), table.name
    )  # fmt: skip
    work.record(head_office=address.removeprefix("https://"))
