"""What an office made by an earlier program lacks beside its tables: rights of shipped roles and the like.

To add a step: raise `work.SCHEMA_REV` with the migration, write one function here and name it in STEPS under that
number. A step runs once in an office, as one act of the program, on the first opening by the newer program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from desktop.models.access import Role, RoleRight, RoleSight
from desktop.models.offices import Node
from desktop.models.values import Right
from desktop.models.work_orders import WorkOrder
from desktop.services import derived, search_index
from desktop.services.access import SHIPPED, shipped_sights
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, SCHEMA_REV, Work, begin


def bring_up_to_date(office: Office) -> bool:
    """Take the steps this office has not taken yet; whether there were any. Two PCs at once take them once."""
    with translated(), office.reading() as session:
        found = session.execute(sa.select(Node.schema_rev)).scalar_one()
    if found >= SCHEMA_REV:
        return False
    with begin(office, PROGRAM, Op.UPGRADE_OFFICE) as work:
        node = work.session.execute(sa.select(Node).with_for_update()).scalar_one()
        if node.schema_rev >= SCHEMA_REV:
            return False
        for rev, step in STEPS.items():
            if node.schema_rev < rev <= SCHEMA_REV:
                step(work)
        work.record(came_from=node.schema_rev, schema_rev=SCHEMA_REV)
        node.schema_rev = SCHEMA_REV
    return True


def _notes_and_reservations(work: Work) -> None:
    """0.2: the desk writes notes and reserves rooms."""
    _give_rights(work, {Right.WRITE_NOTES, Right.RESERVE_ROOMS})


def _money(work: Work) -> None:
    """0.2: fees, meters, deposits, keys and invoices have rights of their own."""
    _give_rights(work, {
        Right.EDIT_TARIFFS, Right.READ_METERS, Right.VOID_PAYMENT, Right.ROUND_CASH, Right.MOVE_DEPOSITS,
        Right.FORFEIT_DEPOSITS, Right.KEEP_KEYS, Right.REGISTER_INVOICES,
    })  # fmt: skip


def _repairs(work: Work) -> None:
    """0.2: orders are dispatched, technicians have telephones, the lead of the repairs prints work slips."""
    _give_rights(work, {Right.DISPATCH_REPAIRS})
    _give_rights(work, {Right.PRINT_PAPER}, only="repair_lead")
    _give_sights(work, {"technician.phone"})


def _orders_found(work: Work) -> None:
    """0.2: repairs are found by the search box."""
    derived.refresh_found(work.session, "work_order", work.session.scalars(sa.select(WorkOrder.id)).all())


def _give_rights(work: Work, new: set[Right], only: str = "") -> None:
    """New rights to the shipped roles that have them today, or to one of them; what the office itself changed in them
    stays."""
    roles = {role.code: role.id for role in work.session.scalars(sa.select(Role).where(Role.shipped))}
    held = {(row.role_id, row.right) for row in work.session.execute(sa.select(RoleRight.role_id, RoleRight.right))}
    for code, (_title, rights) in SHIPPED.items():
        for right in sorted(rights & new) if only in ("", code) else ():
            if code in roles and (roles[code], right) not in held:
                work.add(RoleRight(role_id=roles[code], right=right))


def _give_sights(work: Work, new: set[str]) -> None:
    """How the shipped roles see new encrypted fields; what the office itself has set stays."""
    roles = {role.code: role.id for role in work.session.scalars(sa.select(Role).where(Role.shipped))}
    held = {(row.role_id, row.field) for row in work.session.execute(sa.select(RoleSight.role_id, RoleSight.field))}
    for code in sorted(SHIPPED.keys() & roles.keys()):
        for name in sorted(new):
            if (roles[code], name) not in held:
                work.add(RoleSight(role_id=roles[code], field=name, sight=shipped_sights(code)[name]))


def _search_by_any_part(work: Work) -> None:
    """0.2: names and plates are found by any part of them."""
    search_index.rebuild_texts(work.session.connection())


STEPS: Mapping[int, Callable[[Work], None]] = {
    2: _notes_and_reservations,
    4: _search_by_any_part,
    10: _money,
    12: _repairs,
    13: _orders_found,
}
