"""Work orders 工单 on their way from the call to the closing: what may follow, who answers, why it waits.

Every change is a line of the order's history (`WorkOrderEvent`), with who, when, a note and photos. An order that is
open always has somebody of the office who answers for it, and who does it or a reason why nobody does. Who is sent is
decided in `services.dispatch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import Role, StaffMember, StaffRole
from desktop.models.documents import StoredFile
from desktop.models.values import Right
from desktop.models.work_orders import (
    IN_HAND,
    OPEN,
    UNANSWERED,
    WAITING,
    Contractor,
    WorkOrder,
    WorkOrderEvent,
    WorkOrderState,
)
from desktop.services import check_sums, repair_clock
from desktop.services.attachments import MOST_BYTES, FileForm, file_content, put_file
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.masks import find_secrets
from desktop.services.rights import needs, part
from desktop.services.transitions import WORK_ORDER, move
from desktop.services.work import Look, Work

NOTE_LIMIT = 500
PHOTO = "repair_photo"
"""Kind of the stored file."""
MOST_PHOTOS = 12
"""Of one event."""
DISPATCH = frozenset({"assign", "hand_over", "take_back"})
"""Events of `services.dispatch`."""
REASONED = {
    "wait_material": "写明等什么材料，例如 等 6 分角阀",
    "wait_tenant": "写明等住户什么，例如 约好周六上午在家",
    "wait_contractor": "写明等哪家、等什么，例如 等电梯维保单位换主板",
    "reopen": "写明为什么重开，例如 又漏了",
    "cancel": "写明为什么取消，例如 住户自己修好了",
    "take_back": "写明为什么收回，例如 临时去抢修",
}  # fmt: skip
"""Events that say why, and what is asked when they do not."""
_LEADS = ("repair_lead", "manager", "administrator")


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of the work; `when`: before, after, or empty."""

    file: FileForm
    when: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to an order. `seen`: the version on the screen, when somebody looked at it before."""

    order_id: UUID
    event: str
    note: str = ""
    photos: Sequence[Photo] = ()
    seen: int | None = None


def note_problem(note: str) -> str:
    """Why a note about an order cannot be kept as it is; empty when it can."""
    if len(note) > NOTE_LIMIT:
        return f"最多 {NOTE_LIMIT} 字，现在 {len(note)} 字：写短一些"
    if find_secrets(note):
        return "工单不加密，不能写证件号、电话或卡号：删去它，电话填到资料里"
    return ""


def is_video(file: FileForm) -> bool:
    """Whether a file is a film, by its kind or by how it begins."""
    head = file.data[:16]
    if file.media_type.startswith("video/") or (head[4:8] == b"ftyp" and head[8:12] not in (b"heic", b"avif")):
        return True
    return head[:4] in (b"RIFF", b"\x1aE\xdf\xa3") and head[8:12] != b"WEBP"


def photo_problem(file: FileForm) -> str:
    """Why a file is no photo to be kept; empty when it is one."""
    head = file.data[:16]
    if is_video(file):
        return f"{file.title} 是视频，这里只收照片：截一张图再添加"
    if len(file.data) > MOST_BYTES:
        return (
            f"{file.title} 有 {len(file.data) // 1024 // 1024} MB，最多 {MOST_BYTES // 1024 // 1024} MB：压缩后再添加"
        )
    whole = (
        (head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in file.data[-1024:])
        or (head.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in file.data[-64:])
        or (head[8:12] == b"WEBP" and len(file.data) >= int.from_bytes(head[4:8], "little") + 8)
    )
    return "" if whole else f"{file.title} 不是照片，或文件坏了：换一张 JPG 或 PNG"


def step_problems(step: Step) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if step.event in REASONED and len(step.note.strip()) < 2:
        problems["note"] = REASONED[step.event]
    elif trouble := note_problem(step.note):
        problems["note"] = trouble
    return problems | photos_problems(step.photos)


def photos_problems(photos: Sequence[Photo]) -> dict[str, str]:
    """What is wrong with photos, under "photos"."""
    if len(photos) > MOST_PHOTOS:
        return {"photos": f"一次最多 {MOST_PHOTOS} 张照片，现在 {len(photos)} 张：去掉几张"}
    found = [trouble for photo in photos if (trouble := photo_problem(photo.file))]
    return {"photos": found[0]} if found else {}


@needs(Right.EDIT_REPAIRS)
def go_on(work: Work, step: Step) -> WorkOrderState:
    """Something happened to an order that somebody has in hand, or that is done; its state afterwards.

    Raises ProblemsFound, ForbiddenMove naming what is possible, RowChanged when somebody else went on with it first.
    """
    if step.event in DISPATCH:
        raise AssertionError(f"{step.event} is decided in services.dispatch")
    if problems := step_problems(step):
        raise ProblemsFound(problems)
    order = take_order(work, step.order_id, step.seen)
    advance(work, order, step.event, step.note, step.photos)
    work.subject(order)
    work.record(event=step.event, state=order.state.value)
    return order.state


@needs(Right.EDIT_REPAIRS)
def add_remark(work: Work, order_id: UUID, note: str, photos: Sequence[Photo] = ()) -> None:
    """A line in the history without a change of state: a call that was made, a photo that came later."""
    problems = photos_problems(photos)
    if trouble := note_problem(note) or ("" if note.strip() or photos else "写一句，或添加照片"):
        problems["note"] = trouble
    if problems:
        raise ProblemsFound(problems)
    order = take_order(work, order_id)
    line(work, order, "note", note, photos, {})
    work.subject(order)
    work.record(event="note", photos=len(photos))


@needs(Right.EDIT_REPAIRS)
def answer_for(work: Work, order_id: UUID, staff_id: UUID, note: str = "") -> None:
    """Another person of the office answers for an order from now on. Raises DomainError for one who was shut out."""
    if trouble := note_problem(note):
        raise ProblemsFound({"note": trouble})
    member = work.get(StaffMember, staff_id)
    if member.disabled_at is not None:
        raise DomainError(f"{member.name}已停用，不能负责工单：选一位在岗的同事", "owner_id")
    order = take_order(work, order_id)
    order.owner_id = staff_id
    line(work, order, "owner", note, (), {"owner": staff_id.hex})
    work.subject(order)
    work.record(event="owner")


@needs(Right.SEE_REPAIRS)
def read_photo(look: Look, photo_id: UUID) -> FileForm:
    """One photo of an order in clear. Raises NotFound."""
    if look.get(StoredFile, photo_id).kind != PHOTO:
        raise NotFound("这张照片")
    return file_content(look, photo_id)


# ---- pieces for the services beside ----------------------------------------------------------------------------------


@part
def take_order(work: Work, order_id: UUID, seen: int | None = None) -> WorkOrder:
    """An order that this act is going to change; of two who come at once the second waits, then sees what the first
    did. Raises RowChanged when it is not any more what was `seen`."""
    order = work.take(WorkOrder, order_id)
    refuse_changed(work, order, seen)
    return order


@part
def refuse_changed(work: Work, order: WorkOrder, seen: int | None) -> None:
    """Raise RowChanged when an order is not any more what was `seen`."""
    if seen is not None and order.version != seen:
        from desktop.services.timeline import last_act

        theirs = {"state": WORK_ORDER.words[order.state], "reason": order.reason or ""}
        raise RowChanged(theirs, {}, *last_act(work, order.id))


@part
def advance(
    work: Work, /, order: WorkOrder, event: str, note: str = "", photos: Sequence[Photo] = (), **detail: Any
) -> WorkOrderEvent:  # fmt: skip
    """Move an order on, with its line in the history, and set what follows from the state. Raises ForbiddenMove."""
    before, after = order.state, move(WORK_ORDER, order.state, event)
    if event == "finish":
        check_sums.refuse_unchecked(work, order)
    stands: bool | None = None
    if (after is WorkOrderState.WAITING_TENANT) != (before is WorkOrderState.WAITING_TENANT):
        stands = after is WorkOrderState.WAITING_TENANT
        if not stands and (since := repair_clock.standing_since(work, order.id)) is not None:
            detail[repair_clock.SINCE] = since
    order.state = after
    order.reason = note.strip() if event in REASONED and event != "take_back" else None
    if after in UNANSWERED and before not in UNANSWERED:
        order.awaited_since = work.at  # whoever reported it waits for an answer anew
    if event == "finish":
        order.done_at = work.at
        order.warranty_until = _warranty(work, order)
        detail |= _hands(order)
    if event == "reopen":
        detail |= _hands(order)
        order.done_at = order.rating = None
        rules = repair_clock.rules_of(work)
        order.promised_at, order.due_at = work.at, rules.promise(order.category, order.urgent, work.at)
    if after is WorkOrderState.REPORTED:
        order.technician_id = order.contractor_id = order.contract_price = None
    if not _has_owner(work, order):
        order.owner_id = owner_of(work)
    return line(work, order, event, note, photos, detail, after, stands)


@part
def owner_of(work: Work) -> UUID | None:
    """Who answers for an order that comes in now: whoever takes it in; for the program's own the lead of the
    repairs."""
    return lead_of(work) if work.actor.staff_id is None else work.actor.staff_id


@part
def lead_of(work: Work) -> UUID | None:
    """The lead of the repairs, else the manager, an administrator, anybody who works here."""
    place = sa.case({code: n for n, code in enumerate(_LEADS)}, value=Role.code, else_=len(_LEADS))
    return work.session.scalar(
        sa.select(StaffMember.id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .join(Role, Role.id == StaffRole.role_id)
        .where(
            StaffRole.deleted_at.is_(None), StaffMember.disabled_at.is_(None), StaffMember.deleted_at.is_(None)
        )
        .order_by(place, StaffMember.login)
        .limit(1)
    )  # fmt: skip


def faults_of(order: WorkOrder) -> list[str]:
    """What an order may never be, in words; nothing where all is well. `office check` and the tests ask it."""
    found = []
    if order.owner_id is None:
        found.append("没有负责人")
    doing = (order.technician_id is not None) + (order.contractor_id is not None)
    if order.state in IN_HAND and doing != 1:
        found.append("有人接手的工单必须正好有一位维修工或一家外包")
    if order.state is WorkOrderState.REPORTED and doing:
        found.append("待派单却已经有人")
    if order.state in (*WAITING, WorkOrderState.CANCELLED) and not order.reason:
        found.append("等待或取消没有原因")
    if order.state in OPEN and order.done_at is not None:
        found.append("没做完却有完成时间")
    return found


@part
def line(
    work: Work, order: WorkOrder, kind: str, note: str, photos: Sequence[Photo], detail: dict[str, Any],
    state: WorkOrderState | None = None, stands: bool | None = None,
) -> WorkOrderEvent:  # fmt: skip
    """A line in the history of an order."""
    work.session.flush()
    kept = [(put_file(work, PHOTO, "work_order", order.id, photo.file).hex, photo.when) for photo in photos]
    if kept:
        detail = detail | {"photos": kept}
    text = note.strip() or None
    return work.add(
        WorkOrderEvent(work_order_id=order.id, kind=kind, state=state, stands=stands, note=text, detail=detail)
    )


@part
def report_line(work: Work, /, order: WorkOrder, photos: Sequence[Photo] = (), **detail: Any) -> WorkOrderEvent:
    """The first line in the history of an order."""
    return line(work, order, "reported", "", photos, detail, order.state)


def _hands(order: WorkOrder) -> dict[str, Any]:
    """Who did it, for the line in the history: the order may pass on to somebody else."""
    hands = {"technician": order.technician_id, "contractor": order.contractor_id}
    return {name: row_id.hex for name, row_id in hands.items() if row_id is not None}


def _warranty(work: Work, order: WorkOrder) -> Any:
    if order.contractor_id is None:
        return None
    days = work.get(Contractor, order.contractor_id).warranty_days
    return work.world.today() + timedelta(days=days) if days else None


def _has_owner(work: Work, order: WorkOrder) -> bool:
    """Whether somebody answers for it who still works here."""
    if order.owner_id is None:
        return False
    member = work.session.get(StaffMember, order.owner_id)
    return member is not None and member.disabled_at is None and member.deleted_at is None
