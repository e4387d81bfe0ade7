"""The code of a work slip as printed and read by a scanner: ANJU:W:, the order's id in hex digits, and which print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.values import Right
from desktop.models.work_orders import IN_HAND, WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services.errors import DomainError
from desktop.services.rights import needs
from desktop.services.scan_codes import HEAD, folded
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

PAPER = "work_slip"
"""What a slip 维修单 is called among print events and printers."""
_CODE = re.compile(rf"{HEAD}W:([0-9A-F]{{32}}):([0-9]{{1,4}})")


@dataclass(frozen=True, slots=True)
class SlipCode:
    """What the square on a slip says. `print_no`: 0 on the first print of an order, n on 补打 n."""

    order_id: UUID
    print_no: int


def code_of(order_id: UUID, print_no: int) -> str:
    """What the square on a slip says, in capitals and digits: a third fewer modules."""
    return f"{HEAD}W:{order_id.hex.upper()}:{print_no}"


def slip_in(text: str) -> SlipCode | None:
    """The slip that a scanned code names; None for any other text. A scanner may type in lower case or full width."""
    found = _CODE.fullmatch(folded(text))
    return SlipCode(UUID(hex=found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class ScannedSlip:
    """The order of a scanned slip. `closed`: why nothing can be typed back now, and what to do; `doubt`: what is odd
    about the paper, though it may be typed back."""

    order_id: UUID
    number: str
    closed: str = ""
    doubt: str = ""


class NoSuchOrder(DomainError):
    """A slip of another office, or of an order that has not come here yet."""

    def __init__(self) -> None:
        super().__init__("这里没有这张维修单：可能是别的管理处的单，或还没同步到这台电脑。核对单上的管理处和单号")


@needs(Right.SEE_REPAIRS)
def scanned_slip(look: Look, code: SlipCode) -> ScannedSlip:
    """The order of a slip, and whether its result can be typed back. Raises NoSuchOrder."""
    order = look.session.get(WorkOrder, code.order_id)
    if order is None or order.deleted_at is not None:
        raise NoSuchOrder
    if order.state is WorkOrderState.REPORTED:
        words = f"{order.number} 还没派单：先按 Ctrl D 派给做的人，再扫一次就能填结果"
        return ScannedSlip(order.id, order.number, words)
    if order.state not in IN_HAND:
        when = f"（{_day(order.done_at)}）" if order.done_at is not None else ""
        words = f"{order.number} {WORK_ORDER.words[order.state]}{when}，这张单的结果已经填过：要改就先重开（Alt 9）"
        if order.state is WorkOrderState.CANCELLED:
            words = f"{order.number} 已取消，不用填结果：真的修了，就另登记一单（F7）"
        return ScannedSlip(order.id, order.number, words)
    return ScannedSlip(order.id, order.number, doubt=_doubt(look, order.id, code.print_no))


def _doubt(look: Look, order_id: UUID, print_no: int) -> str:
    """A paper from before the order was opened again, or one that was printed anew since."""
    prints = look.session.execute(
        sa.select(PrintEvent.ordinal, PrintEvent.created_at)
        .where(PrintEvent.subject_id == order_id, PrintEvent.paper == PAPER)
        .order_by(PrintEvent.ordinal)
    ).all()
    made = next((row.created_at for row in prints if row.ordinal == print_no), None)
    if made is None:
        return "这张单不是在这里打的：核对单号再填"
    reopened = look.session.scalar(
        sa.select(sa.func.max(WorkOrderEvent.created_at)).where(
            WorkOrderEvent.work_order_id == order_id, WorkOrderEvent.kind == "reopen"
        )
    )
    if reopened is not None and made < reopened:
        return f"这是 {_day(made)} 打的旧单，工单 {_day(reopened)} 又重开了：核对是不是这次的结果"
    if any(row.ordinal > print_no for row in prints):
        return f"这是 {_day(made)} 打的旧单，后来又补打过：核对两张单上写的是否一样"
    return ""


def _day(at: datetime) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%m-%d %H:%M}"
