"""Views of lists 视图: conditions, order and columns under a name, one's own or the office's; and how one left a list.

A view keeps no search text: what is typed there may be a phone or an ID number, and a view is not sealed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.personal import SavedView
from desktop.models.values import Right
from desktop.services.conditions import Chosen, chosen_of
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.rights import needs
from desktop.services.work import Look, Work

LISTS: Mapping[str, str] = {
    "rooms": "房间", "parties": "租客", "leases": "租约", "bills": "账单", "receipts": "收据", "enquiries": "意向",
    "deposits": "押金", "keys": "钥匙门卡", "invoices": "发票登记",
}  # fmt: skip
"""The lists that have views, and how they are called."""
LONGEST = 20
MOST = 30
"""Views of one list that a person sees: more would not be found again."""
_SCOPE = ":scope"
"""Kept among the conditions; no condition is called so."""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """A column that is shown: its key, and its width in px where somebody set one."""

    key: str
    width: int | None = None


@dataclass(frozen=True, slots=True)
class ListLook:
    """How a list looks: which rows, in which order, with which columns; empty parts take the list's own."""

    scope: str = ""
    chosen: Chosen = ()
    columns: tuple[ColumnLook, ...] = ()
    sort: tuple[str, bool] | None = None
    """(column, descending)."""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A named view of a list."""

    id: UUID
    title: str
    look: ListLook
    shared: bool
    """Everybody of the office has it."""
    mine: bool
    """Made by the person who looks: she may change it."""
    who: str


@dataclass(frozen=True, slots=True)
class ViewsOfList:
    """What a person has for a list: how she left it, her views, then the office's."""

    own: ListLook = field(default_factory=ListLook)
    views: tuple[ViewRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveView:
    """A view to keep under a title; one's own of that title is replaced."""

    list_key: str
    title: str
    look: ListLook


class NotYourView(DomainError):
    """A view of the office may be changed by who may hand lists on."""

    def __init__(self, title: str, who: str) -> None:
        super().__init__(f"「{title}」是{who}给大家用的：存成自己的视图再改，或请主管修改")


def title_problem(title: str) -> str:
    """What is wrong with the name of a view; empty when nothing is."""
    clean = _clean(title)
    if not clean:
        return "给视图起个名字，例如「2 栋欠租」"
    return f"最多 {LONGEST} 个字，现在 {len(clean)} 个" if len(clean) > LONGEST else ""


@needs(Right.SEE_BOARD)
def views_of(look: Look, list_key: str) -> ViewsOfList:
    """What the person who looks has for a list."""
    rows = look.session.execute(
        sa.select(SavedView, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == SavedView.created_by)
        .where(
            SavedView.list_key == list_key, SavedView.deleted_at.is_(None),
            sa.or_(SavedView.staff_id == look.actor.staff_id, SavedView.staff_id.is_(None)),
        )
        .order_by(SavedView.staff_id.is_(None), SavedView.ordinal, SavedView.id)
    ).all()  # fmt: skip
    own = ListLook()
    views = []
    for row, who in rows:
        if row.title:
            mine = row.created_by == look.actor.staff_id
            views.append(ViewRow(row.id, row.title, _look_of(row), row.staff_id is None, mine, who or "程序"))
        elif row.staff_id is not None:
            own = _look_of(row)
    return ViewsOfList(own, tuple(views[:MOST]))


@needs(Right.SEE_BOARD)
def save_view(work: Work, request: SaveView) -> UUID:
    """Keep how a list looks under a title of one's own. Raises ProblemsFound."""
    if problem := title_problem(request.title):
        raise ProblemsFound({"title": problem})
    staff_id = _who(work)
    title = _clean(request.title)
    known = _mine(work, request.list_key)
    row = next((each for each in known if each.title == title), None)
    if row is None:
        if len([each for each in known if each.title]) >= MOST:
            raise ProblemsFound({"title": f"一个列表最多 {MOST} 个视图：先在「整理视图」里删去不用的"})
        row = work.add(_new(staff_id, request.list_key, title, max((each.ordinal for each in known), default=0) + 1))
    _fill(row, request.look)
    return _noted(work, row)


@needs(Right.SEE_BOARD)
def keep_look(work: Work, list_key: str, columns: Sequence[ColumnLook], sort: tuple[str, bool] | None) -> None:
    """How a person leaves a list: its columns, their widths, its order. Conditions are not kept: a list that opens
    half empty would be taken for the whole."""
    staff_id = _who(work)
    row = next((each for each in _mine(work, list_key) if not each.title), None)
    if row is None:
        row = work.add(_new(staff_id, list_key, "", 0))
    _fill(row, ListLook(columns=tuple(columns), sort=sort))
    _noted(work, row)


@needs(Right.SEE_BOARD)
def change_view(work: Work, view_id: UUID, look: ListLook) -> None:
    """A view takes on how the list looks now. Raises NotYourView, NotFound."""
    row = _to_change(work, view_id)
    _fill(row, look)
    _noted(work, row)


@needs(Right.SEE_BOARD)
def rename_view(work: Work, view_id: UUID, title: str) -> None:
    """Another name for a view. Raises ProblemsFound, NotYourView, NotFound."""
    row = _to_change(work, view_id)
    if problem := title_problem(title):
        raise ProblemsFound({"title": problem})
    others = [each for each in _mine(work, row.list_key) if each.id != view_id and row.staff_id is not None]
    if any(each.title == _clean(title) for each in others):
        raise ProblemsFound({"title": "已有一个视图叫这个名字：换一个"})
    row.title = _clean(title)
    _noted(work, row)


@needs(Right.SEE_BOARD)
def drop_view(work: Work, view_id: UUID, dropped: bool = True) -> None:
    """Take a view away, or bring it back: what the undo toast does. Raises NotYourView, NotFound."""
    row = _to_change(work, view_id, gone=not dropped)
    row.deleted_at = work.at if dropped else None
    _noted(work, row)


@needs(Right.EXPORT_LISTS)
def share_view(work: Work, view_id: UUID, shared: bool = True) -> None:
    """Give a view to everybody of the office, or take it back to oneself. Raises NotFound."""
    row = _to_change(work, view_id)
    row.staff_id = None if shared else _who(work)
    _noted(work, row)


def _clean(title: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", title).split())


def _who(work: Work) -> UUID:
    if work.actor.staff_id is None:
        raise NotFound("这位员工")
    return work.actor.staff_id


def _mine(work: Work, list_key: str) -> list[SavedView]:
    """One's own views of a list, the unnamed one too."""
    if list_key not in LISTS:
        raise NotFound("这个列表")
    return list(
        work.session.scalars(
            sa.select(SavedView)
            .where(
                SavedView.staff_id == _who(work), SavedView.list_key == list_key, SavedView.deleted_at.is_(None)
            )
            .order_by(SavedView.ordinal, SavedView.updated_at.desc(), SavedView.id)
            .with_for_update()
        )
    )  # fmt: skip


def _to_change(work: Work, view_id: UUID, *, gone: bool = False) -> SavedView:
    """A view that this person may change; `gone`: also one that was taken away."""
    row = work.session.get(SavedView, view_id, with_for_update=True, populate_existing=True)
    if row is None or not row.title or (row.deleted_at is not None and not gone):
        raise NotFound("这个视图")
    if row.staff_id is None and row.created_by != work.actor.staff_id:
        if Right.EXPORT_LISTS not in work.actor.rights:
            member = work.session.get(StaffMember, row.created_by) if row.created_by is not None else None
            raise NotYourView(row.title, member.name if member is not None else "程序")
    elif row.staff_id not in (None, work.actor.staff_id):
        raise NotFound("这个视图")
    return row


def _new(staff_id: UUID, list_key: str, title: str, ordinal: int) -> SavedView:
    return SavedView(
        staff_id=staff_id, list_key=list_key, title=title, conditions={}, columns=[], sort=[], ordinal=ordinal
    )


def _fill(row: SavedView, look: ListLook) -> None:
    conditions: dict[str, Any] = {key: list(values) for key, values in look.chosen}
    if look.scope:
        conditions[_SCOPE] = [look.scope]
    columns = [[column.key, column.width] for column in look.columns]
    sort = list(look.sort) if look.sort is not None else []
    # Only what differs is set: a view saved again as it was is no change.
    for name, value in (("conditions", conditions), ("columns", columns), ("sort", sort)):
        if getattr(row, name) != value:
            setattr(row, name, value)


def _look_of(row: SavedView) -> ListLook:
    """The look that a row holds; what another version of the program may have written there is left out."""
    conditions = dict(row.conditions or {})
    scope = next(iter(conditions.pop(_SCOPE, [])), "")
    columns = tuple(ColumnLook(str(key), width) for key, width in row.columns or [])
    sort = (str(row.sort[0]), bool(row.sort[1])) if row.sort else None
    return ListLook(str(scope), chosen_of(conditions), columns, sort)


def _noted(work: Work, row: SavedView) -> UUID:
    work.session.flush()
    work.subject(row)
    work.record(list=row.list_key)
    return row.id
