"""今日: what needs doing now, for whoever sits here, and how the desk itself stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from desktop.models.trust import AuditEntry
from desktop.models.values import Right
from desktop.services import settings
from desktop.services.drafts import DraftRow, list_drafts
from desktop.services.due_desk import DueState, engine_state
from desktop.services.due_later import put_off_now
from desktop.services.due_lists import DueRow, list_due, rung_counts
from desktop.services.due_rules import RULES
from desktop.services.rights import needs
from desktop.services.work import Look

LITTLE_ROOM = 2 * 1024**3
"""Bytes: below it the next backup, or the next photo, may find no place."""


class Scope(StrEnum):
    """What of it is looked at."""

    MINE = "mine"
    ALL = "all"
    LEASES = "leases"
    BILLS = "bills"
    DEPOSITS = "deposits"
    REPAIRS = "repairs"
    OFFICE = "office"
    LATER = "later"


RULES_OF: dict[Scope, tuple[str, ...]] = {
    Scope.LEASES: ("move_in", "lease_end"),
    Scope.BILLS: ("bill_open",),
    Scope.DEPOSITS: ("deposit_back",),
    Scope.REPAIRS: tuple(name for name, rule in RULES.items() if rule.table == "work_order"),
    Scope.OFFICE: ("backup_late",),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things there are, and how many of them are overdue."""

    all: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class DeskState:
    """How the desk itself stands."""

    engine: DueState
    backup_at: datetime | None
    """The last backup; None: none was ever made."""
    backup_late: bool
    free: int | None
    """Bytes left on the disk with the data folder; None: not known."""

    @property
    def little_room(self) -> bool:
        return self.free is not None and self.free < LITTLE_ROOM


@dataclass(frozen=True, slots=True)
class Today:
    """What stands over the list and beside it."""

    tallies: dict[Scope, Tally]
    """Of every scope the actor may see; MINE is left out where no rung of any rule is for the actor's roles."""
    put_off: frozenset[UUID]
    drafts: tuple[DraftRow, ...] = ()
    desk: DeskState | None = field(default=None, compare=False)


@needs(Right.SEE_BOARD)
def today(look: Look) -> Today:
    """Everything but the rows."""
    later = frozenset(put_off_now(look))
    counts = rung_counts(look, later)
    tallies: dict[Scope, Tally] = {}
    for scope in _scopes(look):
        wanted = [(RULES[rule], level, n) for (rule, level), n in counts.items() if _belongs(look, scope, rule, level)]
        tallies[scope] = Tally(
            sum(n for _, _, n in wanted), sum(n for rule, level, n in wanted if level >= rule.late_from)
        )
    if later:
        everything = sum(rung_counts(look).values())
        tallies[Scope.LATER] = Tally(everything - tallies[Scope.ALL].all)
    drafts = tuple(list_drafts(look)) if Right.USE_DRAFTS in look.actor.rights else ()
    return Today(tallies, later, drafts, _desk(look))


@needs(Right.SEE_BOARD)
def count_of(look: Look, scope: Scope) -> int:
    """How many rows a scope has."""
    later = frozenset(put_off_now(look))
    counts = rung_counts(look, later)
    if scope is Scope.LATER:
        return sum(rung_counts(look).values()) - sum(counts.values())
    return sum(n for (rule, level), n in counts.items() if _belongs(look, scope, rule, level))


@needs(Right.SEE_BOARD)
def rows_of(look: Look, scope: Scope, offset: int, limit: int) -> list[DueRow]:
    """One page of a scope: what is overdue stands first, then by due time."""
    later = frozenset(put_off_now(look))
    if scope is Scope.LATER:
        return list_due(look, limit=limit, offset=offset, only=later)
    roles = look.actor.roles if scope is Scope.MINE else None
    rules = RULES_OF.get(scope)

    def page(late: bool, offset: int, limit: int) -> list[DueRow]:
        return list_due(look, roles, rules, limit=limit, late=late, without=later, offset=offset)

    rows = page(True, offset, limit)
    if len(rows) == limit:
        return rows
    counts = rung_counts(look, later)
    overdue = sum(
        n for (rule, level), n in counts.items()
        if level >= RULES[rule].late_from and _belongs(look, scope, rule, level)
    )  # fmt: skip
    return [*rows, *page(False, max(0, offset - overdue), limit - len(rows))]


def _scopes(look: Look) -> Sequence[Scope]:
    """What the actor may look at; a tab of its own for each kind she may see."""
    kinds = [
        scope for scope, rules in RULES_OF.items() if any(RULES[rule].right in look.actor.rights for rule in rules)
    ]
    mine = [Scope.MINE] if _has_rungs(look.actor.roles) else []
    return [*mine, Scope.ALL, *kinds]


def _has_rungs(roles: Collection[str]) -> bool:
    return any(rung.role in roles for rule in RULES.values() for rung in rule.rungs)


def _belongs(look: Look, scope: Scope, rule: str, level: int) -> bool:
    if scope is Scope.MINE:
        return RULES[rule].rungs[level].role in look.actor.roles
    return scope is Scope.ALL or rule in RULES_OF[scope]


def _desk(look: Look) -> DeskState:
    made: datetime | None = look.session.scalar(
        sa.select(AuditEntry.at)
        .where(sa.text("op = 'make_backup'"), AuditEntry.at <= look.world.now())  # as the index says it
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )
    days = int(settings.values_of(look, "backup_days")["backup_days"])
    late = made is None or (look.world.now() - made).days >= days
    try:
        free: int | None = look.world.free_bytes(look.office.data_dir)
    except OSError:
        free = None
    return DeskState(engine_state(look), made, late, free)
