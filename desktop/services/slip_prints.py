"""Work slips 维修单 from the office's data: looked at, printed and queued in one act, made anew for the queue.

The whole telephone number goes on paper only for the office's own technician who has the order in hand, and only where
the role may read it: an outside firm is no receiver that the tenant was told of (PIPL 17, 21), it calls the front desk.
On screen the number is masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Project
from desktop.models.values import OrderKind, Right, Sight
from desktop.models.work_orders import OPEN, WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import checks, work_order_page
from desktop.services.errors import DomainError
from desktop.services.masks import mask_phone
from desktop.services.paper.work_slip import TITLE, WorkSlipPaper, work_slip_pdf
from desktop.services.print_events import Printed, Sheets, note_print, ordinal_of
from desktop.services.repair_intake import CHANNEL_WORDS, KIND_WORDS, contact_of
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.rights import needs, part
from desktop.services.slip_codes import PAPER, code_of
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

MASKED_NOTICE = "住户电话没有印全"
_GIVEN = ("assign", "hand_over")


@needs(Right.SEE_REPAIRS)
def preview_slip(look: Look, order_id: UUID) -> bytes:
    """The slip as it would be printed now, the number masked; nothing is noted. Raises NotFound, DomainError."""
    paper, _why = _paper(look, order_id, ordinal_of(look, PAPER, order_id), "", whole=False)
    return work_slip_pdf(paper, mark_missing=True, invariant=True)


@needs(Right.PRINT_PAPER)
def print_slip(work: Work, order_id: UUID, printer: str = "") -> Printed:
    """The slip for the printer, a line that it was printed and with what number, and its place in the queue.

    Raises NotFound, DomainError for an order that was cancelled, Refused for who may not see repairs.
    """
    work.require(Right.SEE_REPAIRS)
    ordinal = ordinal_of(work, PAPER, order_id)
    stamp = f"{work.actor.name} {work.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M} 打印"
    sheets, paper = _sheets(work, order_id, ordinal, stamp, whole=True)
    work.world.fault("paper.drawn")
    phone = ("whole" if paper.whole_phone else "masked") if paper.phone else "none"
    printed = note_print(work, PAPER, "work_order", order_id, sheets, ordinal, printer, phone=phone)
    work.record(phone=phone)
    return printed


@part
def slip_again(look: Look, order_id: UUID, ordinal: int, options: Mapping[str, Any]) -> Sheets:
    """A slip that did not come out, with the number of prints it had then; never more of the number than then."""
    look.require(Right.SEE_REPAIRS)
    return _sheets(look, order_id, ordinal, "", whole=options.get("phone") == "whole")[0]


def _sheets(look: Look, order_id: UUID, ordinal: int, stamp: str, whole: bool) -> tuple[Sheets, WorkSlipPaper]:
    paper, why = _paper(look, order_id, ordinal, stamp, whole)
    title = f"{TITLE} {paper.number}"
    notices = (f"{MASKED_NOTICE}：{why}",) if why else ()
    return Sheets(work_slip_pdf(paper, mark_missing=True, invariant=True), title, paper.number, notices), paper


def _paper(look: Look, order_id: UUID, ordinal: int, stamp: str, whole: bool) -> tuple[WorkSlipPaper, str]:
    """(The slip, why its number is masked though somebody wanted it whole)."""
    order = look.get(WorkOrder, order_id)
    if order.state is WorkOrderState.CANCELLED:
        raise DomainError(f"{order.number} 已取消，不用打维修单")
    look.settle()
    (card,) = work_order_page.cards_of(look, WorkOrder.id == order_id)
    lines = look.session.execute(
        sa.select(WorkOrderEvent.kind, WorkOrderEvent.note, WorkOrderEvent.detail)
        .where(WorkOrderEvent.work_order_id == order_id)
        .order_by(WorkOrderEvent.created_at, WorkOrderEvent.id)
    ).all()
    told = next((line.note or "" for line in reversed(lines) if line.kind in _GIVEN), "")
    phone, why = _phone(look, order) if order.party_id is not None else ("", "")
    if phone and not (whole and not why):
        phone = mask_phone(phone)
    project = look.session.get_one(Project, look.office.project_id)
    promised = card.clock.finish_due or order.due_at
    kind = OrderKind(order.kind)
    category = CATEGORY_WORDS[order.category] + ("" if kind is OrderKind.REPAIR else f"（{KIND_WORDS[kind]}）")
    return WorkSlipPaper(
        office=f"{project.organisation} · {project.name}", office_phone=project.phone or "", number=order.number,
        code=code_of(order.id, ordinal), place=card.place, summary=order.summary, category=category,
        urgent=order.urgent, who=card.name, phone=phone, whole_phone=bool(phone) and whole and not why,
        wished=_wished(order), promised=_moment(promised),
        reported=f"{_moment(order.created_at)}　{CHANNEL_WORDS[order.channel]}",
        hands=card.hands if order.state in OPEN else "", note=f"交代：{told}" if told else "", printed=stamp,
        reprint=ordinal, photos=sum(len(line.detail.get("photos", ())) for line in lines),
        checks=tuple((line.words, checks.answer_words(line.answer)) for line in checks.lines_of(look, order_id)),
    ), why if whole else ""  # fmt: skip


def _phone(look: Look, order: WorkOrder) -> tuple[str, str]:
    """(The number to call today, why it may not stand on this paper whole); empty where there is none to be seen."""
    if Right.SEE_PARTIES not in look.actor.rights or order.party_id is None:
        return "", ""
    contact = contact_of(look, order.party_id)
    sight = look.sight("contact.value")
    if contact is None or sight is Sight.NONE:
        return "", ""
    clear = look.unsealed(contact, "value") or ""
    if sight is Sight.MASKED:
        return clear, "您的角色只能看打码的电话，请维修班长或前台来打"
    if order.contractor_id is not None:
        return clear, "外包单位不在告知书列出的接收方里，请他们先打前台电话"
    if order.technician_id is None:
        return clear, "还没派单，派给人以后再打就是完整的"
    if order.state not in OPEN:
        return clear, "这一单已经做完，用不着再联系"
    return clear, ""


def _wished(order: WorkOrder) -> str:
    if order.wished_from is None:
        return ""
    end = f"–{order.wished_to.astimezone(OFFICE_ZONE):%H:%M}" if order.wished_to is not None else ""
    return _moment(order.wished_from) + end


def _moment(at: datetime | None) -> str:
    """11 月 23 日（周一）14:00."""
    if at is None:
        return ""
    here = at.astimezone(OFFICE_ZONE)
    return f"{here.month} 月 {here.day} 日（周{'一二三四五六日'[here.weekday()]}）{here:%H:%M}"
