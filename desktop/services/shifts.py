"""Shifts 班次: whose time at which desk a payment falls into."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.payments import Shift, ShiftState
from desktop.services.rights import part
from desktop.services.work import Work


@part
def open_shift(work: Work) -> UUID:
    """The shift of this person at this desk; the first payment opens one."""
    if work.actor.staff_id is None:
        staff = work.session.scalar(sa.select(StaffMember.id).order_by(StaffMember.login).limit(1))
    else:
        staff = work.actor.staff_id
    found = work.session.connection().execute(_SHIFT, {"desk": work.desk.id, "staff": staff}).scalar()
    if found is not None:
        return found
    shift = work.add(
        Shift(desk_id=work.desk.id, staff_id=staff, state=ShiftState.OPEN, opened_at=work.at, closed_at=None)
    )
    work.session.flush()
    return shift.id


_SHIFT = sa.select(Shift.id).where(
    Shift.desk_id == sa.bindparam("desk"), Shift.staff_id == sa.bindparam("staff"), Shift.state == ShiftState.OPEN,
    Shift.deleted_at.is_(None),
)  # fmt: skip
